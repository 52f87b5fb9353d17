"""Every pair of units against pint: the same factor to 18 digits, and no conversion that pint refuses.

usage: units.py PATH-TO-METROLOGY SYMBOL...

SYMBOL is every symbol of the table. A pair converts here if pint finds one dimension and both measure the same kind
of quantity: the third column names kinds that pint takes for one another and we do not.
"""

import json
import subprocess
import sys
from decimal import Decimal, getcontext

import pint

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
    ("pH", "here_ph = [here_ph]", "a logarithm; pint reads picohenry"),
    ("NTU", "here_ntu = [here_ntu]", "unknown to pint; turbidity by comparison"),
    ("DN", "here_dn = [here_dn]", "unknown to pint; a nominal size"),
]
COMPOUND = [
    ("r/min", "revolution/minute", "angle"), ("rad/s", "radian/second", "angle"), ("°/s", "degree/second", "angle"),
    ("r/s", "revolution/second", "angle"), ("rad/s²", "radian/second**2", "angle"), ("1/s", "1/second", ""),
    ("1/min", "1/minute", ""), ("kW·h", "kilowatt*hour", ""), ("MJ", "megajoule", ""), ("V·A", "volt*ampere", ""),
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


def main(metrology, *symbols):
    registry = pint.UnitRegistry(non_int_type=Decimal, autoconvert_offset_to_baseunit=True)
    for _, definition, _ in DEFINED:
        registry.define(definition)
    rows = KNOWN + [(name, definition.split(" = ")[0], "") for name, definition, _ in DEFINED] + COMPOUND
    units = {name: (registry.parse_units(theirs), kind) for name, theirs, kind in rows}
    missing = set(symbols) - set(units)
    assert symbols and not missing, f"units of the table that this oracle does not name: {missing}"

    pairs = [(a, b) for a in units for b in units]
    requests = [json.dumps({"op": "convert", "value": VALUE, "from": a, "to": b}) for a, b in pairs]
    run = subprocess.run([metrology, "eval"], input="\n".join(requests).encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.decode().splitlines()]
    assert len(answers) == len(pairs)

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
    for row in wrong[:30]:
        print(*row)
    refused = len(pairs) - converted
    print(f"{len(units)} units, {converted} pairs convert, {refused} are refused, {len(wrong)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main(*sys.argv[1:])
