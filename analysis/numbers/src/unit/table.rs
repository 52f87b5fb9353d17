//! Symbols, prefixes, dimensions and exact factors to SI.

use super::{BASES, Dimension, PLANE_ANGLE};

/// A number of the table, as the text of an exact decimal.
type Decimal = &'static str;

/// A unit symbol without prefix.
pub(super) struct Symbol {
    pub(super) name: &'static str,
    /// Whether SI prefixes may stand before it.
    pub(super) prefixes: bool,
    pub(super) dimension: Dimension,
    /// Factor to the coherent SI unit, as numerator and denominator (texts of exact decimals).
    pub(super) factor: (Decimal, Decimal),
    /// Power of 2π behind the factor: a revolution is 2π rad.
    pub(super) turns: i32,
    /// Where the scale counts from: what to add, in steps of its own, to stand at the zero of its base.
    pub(super) zero: Option<Decimal>,
    /// The least and the largest value that nature allows, in steps of its own.
    pub(super) bounds: (Option<Decimal>, Option<Decimal>),
    /// Not a legal unit of the People's Republic of China: read for conversion only.
    pub(super) foreign: bool,
}

/// Exponents of the seven base units of SI.
const fn of(base: [i32; 7]) -> Dimension {
    let mut dimension = ONE;
    let mut i = 0;
    while i < base.len() {
        dimension[i] = base[i];
        i += 1;
    }
    dimension
}

/// The product with one more base.
const fn with(mut dimension: Dimension, base: usize) -> Dimension {
    dimension[base] += 1;
    dimension
}

const ONE: Dimension = [0; BASES.len()];
const LENGTH: Dimension = of([1, 0, 0, 0, 0, 0, 0]);
const MASS: Dimension = of([0, 1, 0, 0, 0, 0, 0]);
const TIME: Dimension = of([0, 0, 1, 0, 0, 0, 0]);
const CURRENT: Dimension = of([0, 0, 0, 1, 0, 0, 0]);
const KELVIN: Dimension = of([0, 0, 0, 0, 1, 0, 0]);
const PRESSURE: Dimension = of([-1, 1, -2, 0, 0, 0, 0]);
const ENERGY: Dimension = of([2, 1, -2, 0, 0, 0, 0]);
const POWER: Dimension = of([2, 1, -3, 0, 0, 0, 0]);
const FORCE: Dimension = of([1, 1, -2, 0, 0, 0, 0]);
const VOLTAGE: Dimension = of([2, 1, -3, -1, 0, 0, 0]);
const FREQUENCY: Dimension = of([0, 0, -1, 0, 0, 0, 0]);
const VOLUME: Dimension = of([3, 0, 0, 0, 0, 0, 0]);
const ANGLE: Dimension = with(ONE, PLANE_ANGLE);
const SOLID_ANGLE: Dimension = with(ONE, 8);

const fn plain(name: &'static str, dimension: Dimension, top: Decimal, bottom: Decimal) -> Symbol {
    Symbol {
        name,
        prefixes: false,
        dimension,
        factor: (top, bottom),
        turns: 0,
        zero: None,
        bounds: (None, None),
        foreign: false,
    }
}
const fn scaled(name: &'static str, dimension: Dimension, top: Decimal, bottom: Decimal) -> Symbol {
    Symbol {
        prefixes: true,
        ..plain(name, dimension, top, bottom)
    }
}
const fn si(name: &'static str, dimension: Dimension) -> Symbol {
    scaled(name, dimension, "1", "1")
}
/// A part of a revolution.
const fn turn(name: &'static str, parts: Decimal) -> Symbol {
    Symbol {
        turns: 1,
        ..plain(name, ANGLE, "1", parts)
    }
}
const fn scale(name: &'static str, base: usize) -> Symbol {
    plain(name, with(ONE, base), "1", "1")
}
const fn foreign(name: &'static str, dimension: Dimension, top: Decimal, bottom: Decimal) -> Symbol {
    Symbol {
        foreign: true,
        ..plain(name, dimension, top, bottom)
    }
}
const fn foreign_scaled(name: &'static str, dimension: Dimension, top: Decimal) -> Symbol {
    Symbol {
        prefixes: true,
        ..foreign(name, dimension, top, "1")
    }
}

impl Symbol {
    /// A scale that counts from a point of its own.
    const fn from(self, zero: Decimal) -> Self {
        Self {
            zero: Some(zero),
            ..self
        }
    }
    const fn least(self, value: Decimal) -> Self {
        Self {
            bounds: (Some(value), self.bounds.1),
            ..self
        }
    }
    const fn most(self, value: Decimal) -> Self {
        Self {
            bounds: (self.bounds.0, Some(value)),
            ..self
        }
    }
}

pub(super) static SYMBOLS: &[Symbol] = &[
    // SI base and derived units with their own names (GB 3100 tables 1-3)
    si("m", LENGTH),
    scaled("g", MASS, "0.001", "1"),
    si("s", TIME),
    si("A", CURRENT),
    si("K", KELVIN).least("0"),
    si("mol", of([0, 0, 0, 0, 0, 1, 0])),
    si("cd", of([0, 0, 0, 0, 0, 0, 1])),
    si("rad", ANGLE),
    si("sr", SOLID_ANGLE),
    si("Hz", FREQUENCY),
    si("N", FORCE),
    si("Pa", PRESSURE),
    si("J", ENERGY),
    si("W", POWER),
    si("C", of([0, 0, 1, 1, 0, 0, 0])),
    si("V", VOLTAGE),
    si("F", of([-2, -1, 4, 2, 0, 0, 0])),
    si("Ω", of([2, 1, -3, -2, 0, 0, 0])),
    si("S", of([-2, -1, 3, 2, 0, 0, 0])),
    si("Wb", of([2, 1, -2, -1, 0, 0, 0])),
    si("T", of([0, 1, -2, -1, 0, 0, 0])),
    si("H", of([2, 1, -2, -2, 0, 0, 0])),
    si("lm", with(of([0, 0, 0, 0, 0, 0, 1]), 8)),
    si("lx", with(of([-2, 0, 0, 0, 0, 0, 1]), 8)),
    si("Bq", FREQUENCY),
    si("Gy", of([2, 0, -2, 0, 0, 0, 0])),
    si("Sv", of([2, 0, -2, 0, 0, 0, 0])),
    si("kat", of([0, 0, -1, 0, 0, 1, 0])),
    plain("℃", KELVIN, "1", "1").from("273.15").least("-273.15"),
    // legal units beside SI (GB 3100 table 5)
    plain("min", TIME, "60", "1"),
    plain("h", TIME, "3600", "1"),
    plain("d", TIME, "86400", "1"),
    turn("r", "1"),
    turn("°", "360"),
    turn("′", "21600"),
    turn("″", "1296000"),
    scaled("L", VOLUME, "0.001", "1"),
    scaled("t", MASS, "1000", "1"),
    scaled("eV", ENERGY, "1.602176634E-19", "1"),
    scaled("u", MASS, "1.66053906660E-27", "1"),
    scaled("var", POWER, "1", "1"),
    plain("hm²", of([2, 0, 0, 0, 0, 0, 0]), "10000", "1"),
    scaled("tex", of([-1, 1, 0, 0, 0, 0, 0]), "0.000001", "1"),
    plain("kn", of([1, 0, -1, 0, 0, 0, 0]), "1852", "3600"),
    // dimension one
    plain("%", ONE, "0.01", "1"),
    plain("‰", ONE, "0.001", "1"),
    foreign("ppm", ONE, "0.000001", "1"),
    foreign("ppb", ONE, "0.000000001", "1"),
    // counted things, logarithmic and conventional scales: each is a base of its own
    scale("imp", 9),
    scale("%RH", 10).least("-100").most("100"),
    scale("dB", 11),
    scale("pH", 12),
    scale("NTU", 13),
    scale("DN", 14).least("0"),
    scale("Np", 15),
    // levels: against 1 mW and 1 W, against 1 μV and 1 V
    scale("dBm", 16).from("0"),
    scale("dBW", 16).from("30"),
    scale("dBμV", 17).from("0"),
    scale("dBV", 17).from("120"),
    // an amount of gas by its volume at 0 ℃ and 101.325 kPa
    foreign("Nm³", with(VOLUME, 18), "1", "1").least("0"),
    foreign("NL", with(VOLUME, 18), "0.001", "1").least("0"),
    // against vacuum, where Pa alone may be a difference
    Symbol {
        prefixes: true,
        ..plain("Pa(abs)", with(PRESSURE, 19), "1", "1").least("0")
    },
    Symbol {
        prefixes: true,
        ..foreign("bar(abs)", with(PRESSURE, 19), "100000", "1").least("0")
    },
    // energy accounting
    plain("kgce", ENERGY, "29307600", "1"),
    plain("tce", ENERGY, "29307600000", "1"),
    // usual but not legal: for conversion only
    foreign_scaled("cal", ENERGY, "4.1868"),
    foreign_scaled("bar", PRESSURE, "100000"),
    foreign("kgf", FORCE, "9.80665", "1"),
    foreign("atm", PRESSURE, "101325", "1"),
    foreign("at", PRESSURE, "98066.5", "1"),
    foreign("Torr", PRESSURE, "101325", "760"),
    foreign("mmHg", PRESSURE, "133.322387415", "1"),
    foreign("mmH₂O", PRESSURE, "9.80665", "1"),
    foreign("psi", PRESSURE, "44482216152605", "6451600000"),
    foreign("in", LENGTH, "0.0254", "1"),
    foreign("ft", LENGTH, "0.3048", "1"),
    foreign("yd", LENGTH, "0.9144", "1"),
    foreign("mile", LENGTH, "1609.344", "1"),
    foreign("lb", MASS, "0.45359237", "1"),
    foreign("oz", MASS, "0.028349523125", "1"),
    foreign("hp", POWER, "745.69987158227022", "1"),
    foreign("Btu", ENERGY, "1055.05585262", "1"),
    foreign("°F", KELVIN, "5", "9").from("459.67").least("-459.67"),
    foreign("Gs", of([0, 1, -2, -1, 0, 0, 0]), "0.0001", "1"),
    foreign("dyn", FORCE, "0.00001", "1"),
    foreign("erg", ENERGY, "0.0000001", "1"),
    foreign("cP", of([-1, 1, -1, 0, 0, 0, 0]), "0.001", "1"),
    foreign("Å", LENGTH, "1E-10", "1"),
    foreign("gal", VOLUME, "0.003785411784", "1"),
];

/// SI prefixes and their powers of ten.
pub(super) static PREFIXES: &[(&str, i32)] = &[
    ("da", 1),
    ("Q", 30),
    ("R", 27),
    ("Y", 24),
    ("Z", 21),
    ("E", 18),
    ("P", 15),
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("μ", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
    ("a", -18),
];

pub(super) fn symbol(name: &str) -> Option<&'static Symbol> {
    SYMBOLS.iter().find(|s| s.name == name)
}

pub(super) fn prefix_power(prefix: &str) -> i32 {
    PREFIXES
        .iter()
        .find(|(p, _)| *p == prefix)
        .map_or(0, |(_, power)| *power)
}

/// A symbol with or without a prefix.
pub(super) fn resolve(token: &str) -> Option<(&'static str, &'static str)> {
    if let Some(found) = symbol(token) {
        return Some(("", found.name));
    }
    PREFIXES.iter().find_map(|(prefix, _)| {
        let found = symbol(token.strip_prefix(prefix)?)?;
        found.prefixes.then_some((*prefix, found.name))
    })
}
