//! The symbol table of a file.

use toml::Spanned;

use super::Loaded;
use crate::procedure::file::ProcedureFile;
use crate::procedure::symbols::{Origin, Symbol, SymbolTable};
use crate::procedure::{Owner, whole};
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;
use uncertainty::budget::load;
use uncertainty::document::Source;
use uncertainty::document::Text;
use uncertainty::expression::Formula;

/// Names the reader gives to its own figures.
const RESERVED: [&str; 5] = ["n", "T", "runs", "skew2", "s_e"];

pub(super) fn is_series(symbols: &SymbolTable, index: usize) -> bool {
    let origin = symbols.all().get(index).map(|s| &s.origin);
    matches!(origin, Some(Origin::Series { register: false, .. }))
}

fn add(
    source: Source<'_>,
    table: &mut SymbolTable,
    name: &Spanned<String>,
    place: &str,
    symbol: Symbol,
) -> Loaded<usize> {
    load::name(source, name, place)?;
    let text = name.get_ref();
    if RESERVED.contains(&text.as_str()) {
        let reason = format!("{text} is a symbol of the reader, choose another name");
        return Err(source.error(name.span().start, place, reason));
    }
    if table.index(text).is_some() {
        let reason = format!("{text} is defined twice, rename one");
        return Err(source.error(name.span().start, place, reason));
    }
    Ok(table.push(symbol))
}

/// The symbols of the reader of energy registers, in their order.
pub(crate) fn energy() -> SymbolTable {
    let mut table = SymbolTable::default();
    for (name, unit, title, example) in ENERGY {
        table.push(Symbol {
            name: (*name).to_owned(),
            unit: uncertainty::expression::unit(unit).unwrap_or_else(|_| Unit::one()),
            title: Text::new(title.0, title.1),
            origin: Origin::Reader,
            example: Fraction::from(&Exact::parse(example).unwrap_or_else(|_| Exact::from(1))),
        });
    }
    table
}

/// Series, their resolutions, and values.
pub(super) fn declared(source: Source<'_>, file: &ProcedureFile, energy: bool) -> Loaded<SymbolTable> {
    let mut table = SymbolTable::default();
    if energy {
        if let Some(series) = file.series.first() {
            let reason = "the reader of energy registers brings its own series";
            return Err(source.error(series.symbol.span().start, "series", reason));
        }
        table = self::energy();
    }
    for series in &file.series {
        let place = format!("series {}", series.symbol.get_ref());
        let unit = load::unit(source, &series.unit, &place)?;
        if *series.of.get_ref() == Owner::Certificate {
            return Err(source.error(series.of.span().start, place, "a certificate has no series"));
        }
        if series.register && file.reader.get_ref().kind.get_ref() != "registers" {
            let reason = "registers are read by kind = \"registers\"";
            return Err(source.error(series.symbol.span().start, place, reason));
        }
        let origin = Origin::Series {
            of: *series.of.get_ref(),
            point: series.point.clone(),
            register: series.register,
        };
        let symbol = Symbol {
            name: series.symbol.get_ref().clone(),
            unit: unit.clone(),
            title: Text::default(),
            origin,
            example: Fraction::from(&series.example),
        };
        let index = add(source, &mut table, &series.symbol, "series", symbol)?;
        if let Some(step) = &series.resolution {
            let symbol = Symbol {
                name: step.get_ref().clone(),
                unit,
                title: Text::default(),
                origin: Origin::Resolution(index),
                example: Fraction::from(&Exact::new(1, -3)),
            };
            add(source, &mut table, step, "series", symbol)?;
        }
    }
    for value in &file.value {
        let place = format!("value {}", value.symbol.get_ref());
        let symbol = Symbol {
            name: value.symbol.get_ref().clone(),
            unit: load::unit(source, &value.unit, &place)?,
            title: Text::new(&*value.zh, &*value.en),
            origin: Origin::Value(value.of),
            example: Fraction::from(&value.example),
        };
        add(source, &mut table, &value.symbol, "value", symbol)?;
    }
    if !energy {
        both_sides(source, file)?;
    }
    Ok(table)
}

fn both_sides(source: Source<'_>, file: &ProcedureFile) -> Loaded<()> {
    let registers = file.reader.get_ref().kind.get_ref() == "registers";
    for (owner, name) in [(Owner::Subject, "subject"), (Owner::Reference, "reference")] {
        let of = file.series.iter().filter(|s| *s.of.get_ref() == owner);
        let count = of.filter(|s| !registers || s.register).count();
        if count == 0 || (registers && count > 1) {
            let what = if registers {
                "exactly one register"
            } else {
                "a series"
            };
            let reason = format!("the {name} needs {what}");
            return Err(source.error(file.reader.span().start, "series", reason));
        }
    }
    Ok(())
}

/// Figures of the reader, then symbols computed from others.
pub(super) fn reader_and_derived(
    source: Source<'_>,
    file: &ProcedureFile,
    energy: bool,
    error: &Unit,
    table: &mut SymbolTable,
) -> Loaded<Vec<(usize, Formula)>> {
    if energy {
        if let Some(derived) = file.derived.first() {
            let reason = "the reader of energy registers knows no derived symbols";
            return Err(source.error(derived.symbol.span().start, "derived", reason));
        }
        return Ok(Vec::new());
    }
    let mut own = |name: &str, unit: Unit, zh: &str, en: &str, example: i64| {
        table.push(Symbol {
            name: name.to_owned(),
            unit,
            title: Text::new(zh, en),
            origin: Origin::Reader,
            example: whole(example),
        });
    };
    let second = Unit::single("s");
    own(
        "n",
        Unit::one(),
        "区间或读数个数",
        "number of slots in the reading",
        60,
    );
    own("T", second, "读数时长", "time of the slots in the reading", 3_600);
    if file.reader.get_ref().kind.get_ref() == "registers" {
        let reference = file
            .series
            .iter()
            .find(|s| s.register && *s.of.get_ref() == Owner::Reference);
        let unit = reference.map_or(Ok(Unit::one()), |s| load::unit(source, &s.unit, "series"))?;
        own(
            "runs",
            Unit::one(),
            "连续段数",
            "contiguous runs in the reading",
            1,
        );
        own(
            "skew2",
            unit.squared(),
            "Σ(端点区间增量×时刻差/区间时长)²",
            "Σ(step at an end × skew / length of the slot)²",
            0,
        );
    } else {
        own(
            "s_e",
            error.clone(),
            "读数内误差的实验标准偏差",
            "standard deviation of the errors of the slots",
            0,
        );
    }
    let mut found = Vec::new();
    for derived in &file.derived {
        let place = format!("derived {}", derived.symbol.get_ref());
        let unit = load::unit(source, &derived.unit, &place)?;
        let formula = load::formula(source, &derived.formula, &place, &table.units(), &unit)?;
        let symbol = Symbol {
            name: derived.symbol.get_ref().clone(),
            unit,
            title: Text::default(),
            origin: Origin::Derived,
            example: whole(0),
        };
        let index = add(source, table, &derived.symbol, "derived", symbol)?;
        found.push((index, formula));
    }
    // Formulas take their values in the order of the whole table.
    let units: Vec<(String, Unit)> = table
        .all()
        .iter()
        .map(|s| (s.name.clone(), s.unit.clone()))
        .collect();
    let pairs: Vec<(&str, &Unit)> = units.iter().map(|(n, u)| (n.as_str(), u)).collect();
    for ((index, formula), derived) in found.iter_mut().zip(&file.derived) {
        let place = format!("derived {}", derived.symbol.get_ref());
        *formula = load::formula(source, &derived.formula, &place, &pairs, &units[*index].1)?;
        let value = formula.exact(&table.examples()).map_err(|e| {
            let reason = format!("{} at the examples", e.trouble);
            source.inside(derived.formula.span(), &place, (e.line, e.column), reason)
        })?;
        table.set_example(*index, value);
    }
    Ok(found)
}

type EnergySymbol = (
    &'static str,
    &'static str,
    (&'static str, &'static str),
    &'static str,
);

/// What [`crate::online_verification`] gives for one window.
const ENERGY: &[EnergySymbol] = &[
    ("W", "kW·h", ("被检表电能", "energy of the subject"), "1001"),
    ("W0", "kW·h", ("标准表电能", "energy of the reference"), "1000"),
    (
        "d",
        "kW·h",
        (
            "被检表最小示值增量（一次侧）",
            "register step of the subject, primary",
        ),
        "0.02",
    ),
    (
        "d0",
        "kW·h",
        (
            "标准表最小示值增量（一次侧）",
            "register step of the reference, primary",
        ),
        "0.002",
    ),
    ("runs", "1", ("连续段数", "contiguous runs"), "1"),
    (
        "skew2",
        "kW²·h²",
        (
            "Σ(端点区间电能×时刻差/区间时长)²",
            "Σ(energy of the interval at an end × skew / period)²",
        ),
        "0.01",
    ),
    (
        "U_ref",
        "%",
        ("标准表证书 U95", "U95 of the reference by its certificate"),
        "0.02",
    ),
];
