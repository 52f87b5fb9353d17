//! The symbol table of a file.

use ::uncertainty::budget::load;
use ::uncertainty::document::{FileError, Source, Text};
use ::uncertainty::expression::{self, Formula};
use numbers::number::{Exact, Fraction};
use numbers::unit::Unit;
use toml::Spanned;

use crate::comparison::file::{ComparisonFile, DerivedTable, SeriesTable};
use crate::comparison::symbols::{Origin, Symbol, SymbolTable};
use crate::evidence::Role;
use crate::requirement::ValueSource;

type Loaded<T> = Result<T, FileError>;

/// Names the reader gives to its own figures.
const RESERVED: [&str; 5] = ["n", "T", "runs", "skew2", "s_e"];

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

/// Series, their resolutions, and values.
pub(super) fn declared(source: Source<'_>, file: &ComparisonFile) -> Loaded<SymbolTable> {
    let mut table = SymbolTable::default();
    if file.is_energy() {
        if let Some(series) = file.series.first() {
            let reason = "the reader of energy registers brings its own series";
            return Err(source.error(series.symbol.span().start, "series", reason));
        }
        energy(&mut table);
    }
    for series in &file.series {
        add_series(source, file, series, &mut table)?;
    }
    for value in &file.value {
        let place = format!("value {}", value.symbol.get_ref());
        let symbol = Symbol {
            name: value.symbol.get_ref().clone(),
            unit: load::unit(source, &value.unit, &place)?,
            title: Text::new(&*value.zh, &*value.en),
            origin: Origin::Value(value.of, ValueSource::Entered),
            example: Fraction::from(&value.example),
        };
        add(source, &mut table, &value.symbol, "value", symbol)?;
    }
    if !file.is_energy() {
        both_sides(source, file)?;
    }
    Ok(table)
}

fn add_series(
    source: Source<'_>,
    file: &ComparisonFile,
    series: &SeriesTable,
    table: &mut SymbolTable,
) -> Loaded<()> {
    let place = format!("series {}", series.symbol.get_ref());
    let unit = load::unit(source, &series.unit, &place)?;
    if *series.of.get_ref() == Role::Certificate {
        return Err(source.error(series.of.span().start, place, "a certificate has no series"));
    }
    if series.register && !file.has_registers() {
        let reason = "registers are read by kind = \"registers\"";
        return Err(source.error(series.symbol.span().start, place, reason));
    }
    let symbol = Symbol {
        name: series.symbol.get_ref().clone(),
        unit: unit.clone(),
        title: Text::default(),
        origin: Origin::Series {
            of: *series.of.get_ref(),
            point: series.point.clone(),
            register: series.register,
        },
        example: Fraction::from(&series.example),
    };
    let index = add(source, table, &series.symbol, "series", symbol)?;
    if let Some(step) = &series.resolution {
        let symbol = Symbol {
            name: step.get_ref().clone(),
            unit,
            title: Text::default(),
            origin: Origin::Resolution(index),
            example: Fraction::from(&Exact::new(1, -3)),
        };
        add(source, table, step, "series", symbol)?;
    }
    Ok(())
}

fn both_sides(source: Source<'_>, file: &ComparisonFile) -> Loaded<()> {
    let registers = file.reader.get_ref().kind.get_ref() == "registers";
    for (owner, name) in [(Role::Subject, "subject"), (Role::Reference, "reference")] {
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
    file: &ComparisonFile,
    error: &Unit,
    table: &mut SymbolTable,
) -> Loaded<Vec<(usize, Formula)>> {
    own(file.has_registers(), error, table);
    let mut found = Vec::new();
    for derived in &file.derived {
        let (unit, formula) = derived_formula(source, derived, table)?;
        let symbol = Symbol {
            name: derived.symbol.get_ref().clone(),
            unit,
            title: Text::default(),
            origin: Origin::Derived,
            example: Fraction::zero(),
        };
        let index = add(source, table, &derived.symbol, "derived", symbol)?;
        found.push((index, formula));
    }
    // Formulas take their values in the order of the whole table.
    for ((index, formula), derived) in found.iter_mut().zip(&file.derived) {
        *formula = derived_formula(source, derived, table)?.1;
        let value = formula.exact(&table.examples()).map_err(|e| {
            let place = format!("derived {}", derived.symbol.get_ref());
            let reason = format!("{} at the examples", e.trouble);
            source.inside(derived.formula.span(), place, (e.line, e.column), reason)
        })?;
        table.set_example(*index, value);
    }
    Ok(found)
}

fn derived_formula(
    source: Source<'_>,
    derived: &DerivedTable,
    table: &SymbolTable,
) -> Loaded<(Unit, Formula)> {
    let place = format!("derived {}", derived.symbol.get_ref());
    let unit = load::unit(source, &derived.unit, &place)?;
    let formula = load::formula(source, &derived.formula, &place, &table.units(), &unit)?;
    Ok((unit, formula))
}

/// What the reader itself knows of a reading.
fn own(registers: bool, error: &Unit, table: &mut SymbolTable) {
    let reference = table
        .all()
        .iter()
        .find(|symbol| symbol.is_register_of(Role::Reference));
    let of_reference = reference.map_or_else(Unit::one, |symbol| symbol.unit.clone());
    let mut own = |name: &str, unit: Unit, zh: &str, en: &str, example: i64| {
        table.push(Symbol {
            name: name.to_owned(),
            unit,
            title: Text::new(zh, en),
            origin: Origin::Reader,
            example: Fraction::from(example),
        });
    };
    let (one, second) = (Unit::one, Unit::single("s"));
    own("n", one(), "区间或读数个数", "number of slots in the reading", 60);
    own("T", second, "读数时长", "time of the slots in the reading", 3_600);
    if registers {
        own("runs", one(), "连续段数", "contiguous runs in the reading", 1);
        own(
            "skew2",
            of_reference.squared(),
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
}

/// Symbols of the reader of energy registers: both registers in primary kWh with their least steps, what it needs of
/// nameplates to know a plausible step and the bins of current, and the certificate.
fn energy(table: &mut SymbolTable) {
    let mut push = |name: &str, unit: &str, title: (&str, &str), origin: Origin, example: &str| {
        table.push(Symbol {
            name: name.to_owned(),
            unit: expression::unit(unit).unwrap_or_else(|_| Unit::one()),
            title: Text::new(title.0, title.1),
            origin,
            example: Fraction::from(&Exact::parse(example).unwrap_or_else(|_| Exact::from(1))),
        })
    };
    for (name, step, of, energy, least, examples) in ENERGY {
        let origin = Origin::Series {
            of: *of,
            point: "energy.active.import".to_owned(),
            register: true,
        };
        let index = push(name, "kW·h", *energy, origin, examples.0);
        push(step, "kW·h", *least, Origin::Resolution(index), examples.1);
    }
    for (name, unit, of, source, title, example) in NAMEPLATE {
        push(name, unit, *title, Origin::Value(*of, *source), example);
    }
}

type Titles = (&'static str, &'static str);

const ENERGY: &[(&str, &str, Role, Titles, Titles, Titles)] = &[
    (
        "W",
        "d",
        Role::Subject,
        ("被检表电能", "energy of the subject"),
        (
            "被检表最小示值增量（一次侧）",
            "register step of the subject, primary",
        ),
        ("1001", "0.02"),
    ),
    (
        "W0",
        "d0",
        Role::Reference,
        ("标准表电能", "energy of the reference"),
        (
            "标准表最小示值增量（一次侧）",
            "register step of the reference, primary",
        ),
        ("1000", "0.002"),
    ),
];

type NameplateSymbol = (
    &'static str,
    &'static str,
    Role,
    ValueSource,
    Titles,
    &'static str,
);

const NAMEPLATE: &[NameplateSymbol] = &[
    (
        "I_b",
        "A",
        Role::Subject,
        ValueSource::BasicCurrent,
        (
            "被检表基本电流（额定电流）",
            "basic or rated current of the subject",
        ),
        "1.5",
    ),
    (
        "I_max",
        "A",
        Role::Subject,
        ValueSource::MaximumCurrent,
        ("被检表最大电流", "maximum current of the subject"),
        "6",
    ),
    (
        "U_n",
        "V",
        Role::Subject,
        ValueSource::ReferenceVoltage,
        ("被检表参比电压（相）", "reference voltage of the subject, phase"),
        "220",
    ),
    (
        "phases",
        "1",
        Role::Subject,
        ValueSource::Phases,
        ("被检表相数", "phases of the subject"),
        "3",
    ),
    (
        "I_max0",
        "A",
        Role::Reference,
        ValueSource::MaximumCurrent,
        ("标准表最大电流", "maximum current of the reference"),
        "100",
    ),
    (
        "U_n0",
        "V",
        Role::Reference,
        ValueSource::ReferenceVoltage,
        (
            "标准表参比电压（相）",
            "reference voltage of the reference, phase",
        ),
        "220",
    ),
    (
        "phases0",
        "1",
        Role::Reference,
        ValueSource::Phases,
        ("标准表相数", "phases of the reference"),
        "3",
    ),
    (
        "U_ref",
        "%",
        Role::Certificate,
        ValueSource::CertificateUncertainty,
        ("标准表证书 U95", "U95 of the reference by its certificate"),
        "0.02",
    ),
];
