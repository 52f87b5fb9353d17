"""Every pair of units against pint: the same factor to 18 digits, and no conversion that pint refuses. Those that UCUM
has a code for are held against ucumvert too, and levels against pint's logarithmic units.

usage: units.py PATH-TO-METROLOGY SYMBOL...

SYMBOL is every symbol of the table. A pair converts here if pint finds one dimension and both measure the same kind
of quantity: the third column names kinds that pint takes for one another and we do not.
"""

import json
import math
import subprocess
import sys
from decimal import Decimal, getcontext

import pint
import ucumvert

getcontext().prec = 40
VALUE = "7.25"

# Ours, pint's, and what it measures where the dimension alone does not tell.
KNOWN = [
    ("m", "meter", ""), ("g", "gram", ""), ("s", "second", ""), ("A", "ampere", ""), ("K", "kelvin", ""),
    ("mol", "mole", ""), ("cd", "candela", ""), ("rad", "radian", "angle"), ("sr", "steradian", "solid angle"),
    ("Hz", "hertz", ""), ("N", "newton", ""), ("Pa", "pascal", ""), ("J", "joule", ""), ("W", "watt", ""),
    ("C", "coulomb", ""), ("V", "volt", ""), ("F", "farad", ""), ("Ω", "ohm", ""), ("S", "siemens", ""),
    ("Wb", "weber", ""), ("T", "tesla", ""), ("H", "henry", ""), ("lm", "lumen", "solid angle"),
    ("lx", "lux", "solid angle"), ("Bq", "becquerel", "decays"), ("Gy", "gray", ""), ("Sv", "sievert", "dose to tissue"),
    ("kat", "katal", ""), ("℃", "degC", ""), ("min", "minute", ""), ("h", "hour", ""), ("d", "day", ""),
    ("°", "degree", "angle"), ("′", "arcminute", "angle"), ("″", "arcsecond", "angle"), ("r", "revolution", "angle"),
    ("L", "liter", ""), ("t", "metric_ton", ""), ("eV", "electron_volt", ""), ("hm²", "hectare", ""),
    ("tex", "tex", ""), ("kn", "knot", ""), ("%", "percent", ""), ("‰", "permille", ""), ("ppm", "ppm", ""),
    ("cal", "international_calorie", ""), ("bar", "bar", ""), ("kgf", "kilogram_force", ""),
    ("atm", "standard_atmosphere", ""), ("at", "technical_atmosphere", ""), ("Torr", "torr", ""),
    ("mmHg", "millimeter_Hg", ""), ("psi", "pound_force_per_square_inch", ""), ("in", "inch", ""), ("ft", "foot", ""),
    ("yd", "yard", ""), ("mile", "mile", ""), ("lb", "pound", ""), ("oz", "ounce", ""), ("hp", "horsepower", ""),
    ("Btu", "international_british_thermal_unit", ""), ("°F", "degF", ""), ("dyn", "dyne", ""), ("erg", "erg", ""),
    ("cP", "centipoise", ""), ("Å", "angstrom", ""), ("gal", "gallon", ""),
]
# What pint does not know, or knows otherwise: defined for it, with the reason.
DEFINED = [
    ("u", "here_u = 1.66053906660e-27 kilogram", "pint 0.25 has CODATA 2022, the table CODATA 2018"),
    ("ppb", "here_ppb = 1e-9", "unknown to pint"),
    ("kgce", "here_kgce = 29307600 joule", "GB/T 2589: 7000 kcal of 4.1868 kJ"),
    ("tce", "here_tce = 29307600000 joule", "GB/T 2589"),
    ("mmH₂O", "here_mmH2O = 9.80665 pascal", "pint has centimeters of a water column"),
    ("Gs", "here_gauss = 1e-4 tesla", "pint counts the gauss in Gaussian units"),
    ("kcal", "here_kcal = 4186.8 joule", "pint's prefixed calorie is the thermochemical one"),
    # Kinds of their own convert to nothing else: a base unit each.
    ("var", "here_var = [here_var]", "unknown to pint; reactive power is no active power"),
    ("imp", "here_imp = [here_imp]", "pulses counted; pint takes a count for a number"),
    ("%RH", "here_rh = [here_rh]", "unknown to pint; relative humidity"),
    ("dB", "here_db = [here_db]", "a ratio of powers or of fields on a logarithmic scale; pint takes its antilogarithm"),
    ("Np", "here_np = [here_np]", "a logarithm of a ratio of fields; 8.685889638 dB, which goes through ln 10"),
    ("dBm", "here_dbm = [here_power_level]", "a level; its law is checked below"),
    ("dBW", "here_dbw = here_dbm; offset: 30", "the same level counted from 1 W"),
    ("dBμV", "here_dbuv = [here_voltage_level]", "a level; its law is checked below"),
    ("dBV", "here_dbv = here_dbuv; offset: 120", "the same level counted from 1 V"),
    ("Nm³", "here_nm3 = [here_normal_volume]", "an amount of gas, no volume"),
    ("NL", "here_nl = 0.001 * here_nm3", "as Nm³"),
    ("Pa(abs)", "here_pa_abs = [here_absolute_pressure]", "counts from vacuum; Pa is also a difference"),
    ("bar(abs)", "here_bar_abs = 100000 * here_pa_abs", "as Pa(abs)"),
    ("pH", "here_ph = [here_ph]", "a logarithm; pint reads picohenry"),
    ("NTU", "here_ntu = [here_ntu]", "unknown to pint; turbidity by comparison"),
    ("DN", "here_dn = [here_dn]", "unknown to pint; a nominal size"),
]
COMPOUND = [
    ("r/min", "revolution/minute", "angle"), ("rad/s", "radian/second", "angle"), ("°/s", "degree/second", "angle"),
    ("r/s", "revolution/second", "angle"), ("rad/s²", "radian/second**2", "angle"), ("1/s", "1/second", ""),
    ("1/min", "1/minute", ""), ("kW·h", "kilowatt*hour", ""), ("MJ", "megajoule", ""), ("V·A", "volt*ampere", "apparent"),
    ("kV·A·h", "kilovolt*ampere*hour", "apparent"), ("kvar·h", "kilohere_var*hour", ""), ("V²/Ω", "volt**2/ohm", ""), ("mV·A", "millivolt*ampere", "apparent"),
    ("Nm³/h", "here_nm3/hour", ""), ("NL/min", "here_nl/minute", ""), ("kg/Nm³", "kilogram/here_nm3", ""), ("Bq/kg", "becquerel/kilogram", "decays"),
    ("Hz/kg", "hertz/kilogram", ""), ("μSv/h", "microsievert/hour", "dose to tissue"), ("μGy/h", "microgray/hour", ""),
    ("N·m", "newton*meter", ""), ("N·m/rad", "newton*meter/radian", "per angle"), ("N·m/°", "newton*meter/degree", "per angle"),
    ("Pa·s", "pascal*second", ""), ("m³/h", "meter**3/hour", ""), ("L/min", "liter/minute", ""),
    ("J/(kg·K)", "joule/kilogram/kelvin", ""), ("kcal/(kg·℃)", "here_kcal/kilogram/kelvin", ""),
    ("W/(m²·K)", "watt/meter**2/kelvin", ""), ("km/h", "kilometer/hour", ""), ("g/cm³", "gram/centimeter**3", ""),
    ("kg/L", "kilogram/liter", ""), ("mol/L", "mole/liter", ""), ("mmol/m³", "millimole/meter**3", ""),
    ("lm/W", "lumen/watt", "solid angle"), ("cd/m²", "candela/meter**2", ""), ("kgf/cm²", "kilogram_force/centimeter**2", ""),
    ("mm/m", "millimeter/meter", ""), ("μS/cm", "microsiemens/centimeter", ""), ("A·h", "ampere*hour", ""),
    ("r/(kW·h)", "revolution/kilowatt/hour", "angle"), ("imp/(kW·h)", "here_imp/kilowatt/hour", ""),
    ("cd·sr", "candela*steradian", "solid angle"), ("℃/min", "kelvin/minute", ""), ("mV/K", "millivolt/kelvin", ""),
]

# Ours and the code of UCUM. Left out: ' and ″ (ucumvert 0.3 takes them for time), u (CODATA 2022), lm and lx (radians squared),
# Bq (counts), levels and what UCUM writes through a special function.
UCUM = [
    ("m", "m"), ("g", "g"), ("s", "s"), ("A", "A"), ("K", "K"), ("℃", "Cel"), ("°F", "[degF]"), ("mol", "mol"), ("cd", "cd"), ("Hz", "Hz"), ("N", "N"),
    ("Pa", "Pa"), ("J", "J"), ("W", "W"), ("C", "C"), ("V", "V"), ("F", "F"), ("Ω", "Ohm"), ("S", "S"), ("Wb", "Wb"), ("T", "T"), ("H", "H"), ("Gy", "Gy"),
    ("kat", "kat"), ("min", "min"), ("h", "h"), ("d", "d"), ("°", "deg"), ("rad", "rad"), ("r", "circ"), ("L", "L"), ("t", "t"), ("eV", "eV"), ("hm²", "har"),
    ("tex", "tex"), ("kn", "[kn_i]"), ("%", "%"), ("ppm", "[ppm]"), ("ppb", "[ppb]"), ("cal", "cal_IT"), ("bar", "bar"), ("kgf", "kgf"), ("atm", "atm"), ("at", "att"),
    ("mmHg", "mm[Hg]"), ("mmH₂O", "mm[H2O]"), ("psi", "[psi]"), ("in", "[in_i]"), ("ft", "[ft_i]"), ("yd", "[yd_i]"), ("mile", "[mi_i]"), ("lb", "[lb_av]"), ("oz", "[oz_av]"),
    ("hp", "[HP]"), ("Btu", "[Btu_IT]"), ("dyn", "dyn"), ("erg", "erg"), ("cP", "cP"), ("Å", "Ao"), ("gal", "[gal_us]"), ("kW·h", "kW.h"), ("MJ", "MJ"), ("m³/h", "m3/h"),
    ("L/min", "L/min"), ("Pa·s", "Pa.s"), ("J/(kg·K)", "J/(kg.K)"), ("W/(m²·K)", "W/(m2.K)"), ("km/h", "km/h"), ("g/cm³", "g/cm3"), ("kg/L", "kg/L"), ("mol/L", "mol/L"),
    ("mmol/m³", "mmol/m3"), ("kgf/cm²", "kgf/cm2"), ("mm/m", "mm/m"), ("μS/cm", "uS/cm"), ("A·h", "A.h"), ("r/min", "circ/min"), ("rad/s", "rad/s"), ("N·m", "N.m"),
]


def ask(metrology, pairs, value=VALUE):
    requests = [json.dumps({"op": "convert", "value": value, "from": a, "to": b}) for a, b in pairs]
    run = subprocess.run([metrology, "eval"], input="\n".join(requests).encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == len(pairs)
    return answers


def ucum(metrology):
    """Every pair with a code, to 12 digits: ucumvert computes in f64."""
    registry = ucumvert.PintUcumRegistry(autoconvert_offset_to_baseunit=True)
    units = {name: registry.from_ucum(code).units for name, code in UCUM}
    angles = {"°", "rad", "r", "r/min", "rad/s"}
    pairs = [(a, b) for a in units for b in units if units[a].dimensionality == units[b].dimensionality and (a in angles) == (b in angles)]
    wrong = []
    for (a, b), answer in zip(pairs, ask(metrology, pairs)):
        want = registry.Quantity(float(VALUE), units[a]).to(units[b]).magnitude
        if "value" not in answer or abs(float(answer["value"]) - want) > abs(want) * 1e-12:
            wrong.append((a, b, answer, want))
    print(f"{len(units)} units of UCUM, {len(pairs)} pairs, {len(wrong)} wrong")
    return wrong


def levels(metrology):
    """Levels by the logarithm of the power or the voltage they stand for."""
    registry, wrong = pint.UnitRegistry(autoconvert_offset_to_baseunit=True), []
    for value in ["-30", "0", "7.25", "100"]:
        watts = registry.Quantity(float(value), "dBm").to("W").magnitude
        volts = 1e-6 * 10 ** (float(value) / 20)
        answers = ask(metrology, [("dBm", "dBW"), ("dBμV", "dBV")], value)
        for answer, want in zip(answers, [10 * math.log10(watts), 20 * math.log10(volts)]):
            if abs(float(answer["value"]) - want) > 1e-9:
                wrong.append((value, answer, want))
    return wrong


def main(metrology, *symbols):
    registry = pint.UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)
    for _, definition, _ in DEFINED:
        registry.define(definition)
    rows = KNOWN + [(name, definition.split(" = ")[0], "") for name, definition, _ in DEFINED] + COMPOUND
    units = {name: (registry.parse_units(theirs), kind) for name, theirs, kind in rows}
    missing = set(symbols) - set(units)
    assert symbols and not missing, f"units of the table that this oracle does not name: {missing}"

    pairs = [(a, b) for a in units for b in units]
    answers = ask(metrology, pairs)
    wrong, converted = [], 0
    for (a, b), answer in zip(pairs, answers):
        (of, kind), (to, other) = units[a], units[b]
        if of.dimensionality != to.dimensionality or kind != other:
            if "error" not in answer:
                wrong.append((a, b, answer, "must be refused"))
            continue
        converted += 1
        want = registry.Quantity(Decimal(VALUE), of).to(to).magnitude
        if "value" not in answer or abs(Decimal(answer["value"]) - want) > abs(want) * Decimal("1e-18"):
            wrong.append((a, b, answer, want))
    wrong += ucum(metrology) + levels(metrology)
    for row in wrong[:30]:
        print(*row)
    refused = len(pairs) - converted
    print(f"{len(units)} units, {converted} pairs convert, {refused} are refused, {len(wrong)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
