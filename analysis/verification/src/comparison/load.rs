//! From the file to checked rules.

mod bins;
mod energy;
mod symbols;
mod terms;
mod trial;

use std::collections::BTreeSet;

use ::uncertainty::budget::load;
use ::uncertainty::document::{FileError, Source, Text};
use numbers::decision::Rule;
use numbers::number::Exact;
use toml::Spanned;

use super::file::{ComparisonFile, DecisionTable};
use super::rules::{ComparisonRules, Decision, ErrorRule, Reader, Sampling, Stable};
use super::symbols::SymbolTable;
use crate::conclusion::NotTested;
use crate::head::Head;

type Loaded<T> = Result<T, FileError>;

pub(crate) fn load(text: &str) -> Loaded<(Head, ComparisonRules)> {
    let source = Source::new(text);
    let file: ComparisonFile = source.read()?;
    file.head().check(source)?;
    codes_once(source, &file)?;
    energy::refuse_foreign(source, &file)?;
    let mut symbols = symbols::declared(source, &file)?;
    let unit = load::unit(source, &file.error.unit, "error")?;
    let derived = symbols::reader_and_derived(source, &file, &unit, &mut symbols)?;
    let error = ErrorRule {
        formula: load::formula(source, &file.error.formula, "error", &symbols.units(), &unit)?,
        unit,
    };
    let bins = if file.is_energy() {
        energy::bins(source, &file, &symbols, &error.unit)?
    } else {
        bins::bins(source, &file, &symbols, &error.unit)?
    };
    let decision = decision(source, &file.decision)?;
    let uncertainty = terms::rule(source, &file.uncertainty, &symbols, &error.unit)?;
    numbers(source, &file)?;
    let head = file.head().head(text, statement(&file, &decision));
    let not_tested = file.not_tested.iter().map(|row| NotTested {
        code: row.code.clone(),
        title: Text::new(&*row.zh, &*row.en),
    });
    let rules = ComparisonRules {
        measurand: Text::new(&*file.measurand.zh, &*file.measurand.en),
        reader: reader(source, &file)?,
        sampling: sampling(source, &file, &symbols)?,
        not_tested: not_tested.collect(),
        symbols,
        derived,
        error,
        bins,
        method: file.method.deciding,
        declared_by: Text::new(file.method.declared_by_zh, file.method.declared_by_en),
        decision,
        repeats: file.repeats.into_inner(),
        window: file.window.into_inner(),
        coverage: file.coverage.into_inner(),
        uncertainty,
        unrounded_places: file.display.into_inner().unrounded_places,
    };
    trial::run(source, &rules, &file.error, &file.bin)?;
    Ok((head, rules))
}

fn codes_once(source: Source<'_>, file: &ComparisonFile) -> Loaded<()> {
    let mut codes = BTreeSet::new();
    let twice = file
        .not_tested
        .iter()
        .find(|row| !codes.insert(row.code.as_str()));
    match twice {
        Some(row) => {
            let reason = format!("{} is listed twice", row.code);
            Err(source.error(file.basis.span().start, "not_tested", reason))
        }
        None => Ok(()),
    }
}

/// What a run by this document is.
fn statement(file: &ComparisonFile, decision: &Decision) -> Text {
    let document = &file.basis.get_ref().document;
    let compared = |limits_zh: &str, limits: &str| {
        Text::new(
            format!("依据 {document} {limits_zh}作在线比对，不是检定"),
            format!("Online comparison by the {limits} of {document}; not a verification in the legal sense"),
        )
    };
    match decision {
        Decision::None => Text::new(
            format!("依据 {document} 给出示值误差和测量不确定度，不作符合性判定"),
            format!("Error of indication and uncertainty by {document}; no statement of conformity"),
        ),
        _ if file.is_energy() => compared("基本误差限值", "intrinsic error limits"),
        _ => compared("误差限值", "error limits"),
    }
}

fn numbers(source: Source<'_>, file: &ComparisonFile) -> Loaded<()> {
    let refuse = |start: usize, place: &str, reason: &str| Err(source.error(start, place, reason));
    let repeats = file.repeats.get_ref();
    let start = file.repeats.span().start;
    if repeats.least < 1 || repeats.least + repeats.more > 10_000 {
        return refuse(
            start,
            "repeats",
            "least is at least 1, and both together at most 10000",
        );
    }
    if repeats.near_from.is_negative() || repeats.near_to < repeats.near_from {
        return refuse(start, "repeats", "needs 0 ≤ near_from ≤ near_to");
    }
    if !file.window.get_ref().usable() {
        return refuse(
            file.window.span().start,
            "window",
            "seconds above zero, utc_offset_seconds within ±15 h",
        );
    }
    let coverage = file.coverage.get_ref();
    if !coverage.least.is_positive() || coverage.least > Exact::from(1) {
        return refuse(
            file.coverage.span().start,
            "coverage",
            "least is a share above 0 and up to 1, as in \"0.80\"",
        );
    }
    if file.display.get_ref().unrounded_places > 30 {
        return refuse(
            file.display.span().start,
            "display",
            "more decimals than anybody can read",
        );
    }
    Ok(())
}

fn decision(source: Source<'_>, table: &DecisionTable) -> Loaded<Decision> {
    let rule = table.rule.get_ref().as_str();
    if let Some(ratio) = &table.ratio
        && (rule != "uncertainty-ratio" || *ratio.get_ref() == 0)
    {
        let reason = "ratio belongs to rule = \"uncertainty-ratio\" and is above zero";
        return Err(source.error(ratio.span().start, "decision", reason));
    }
    let guarded = matches!(rule, "ilac-guarded" | "ilac-non-binary");
    if let Some(guard) = &table.guard
        && (!guarded || guard.get_ref().is_negative())
    {
        let reason = "guard belongs to an ILAC rule and is not negative";
        return Err(source.error(guard.span().start, "decision", reason));
    }
    let guard = || {
        table
            .guard
            .as_ref()
            .map_or(Exact::from(1), |g| g.get_ref().clone())
    };
    match rule {
        "uncertainty-ratio" => Ok(Decision::UncertaintyRatio(
            table.ratio.as_ref().map_or(3, |r| *r.get_ref()),
        )),
        "jjf-1094" => Ok(Decision::Guarded(Rule::Jjf1094)),
        "iso-14253-1" => Ok(Decision::Guarded(Rule::Iso14253)),
        "ilac-simple" => Ok(Decision::Guarded(Rule::IlacSimple)),
        "ilac-guarded" => Ok(Decision::Guarded(Rule::IlacGuarded(guard()))),
        "ilac-non-binary" => Ok(Decision::Guarded(Rule::IlacNonBinary(guard()))),
        "none" => Ok(Decision::None),
        other => {
            let reason = format!(
                "{other:?}: one of uncertainty-ratio, jjf-1094, iso-14253-1, ilac-simple, ilac-guarded, ilac-non-binary, none"
            );
            Err(source.error(table.rule.span().start, "decision", reason))
        }
    }
}

/// How evidence is read, and the keys that only some readers know.
fn reader(source: Source<'_>, file: &ComparisonFile) -> Loaded<Reader> {
    let table = file.reader.get_ref();
    let found = match table.kind.get_ref().as_str() {
        "indications" => Reader::Indications,
        "registers" => Reader::Registers,
        "energy-registers" => return energy::reader(source, file).map(Reader::EnergyRegisters),
        other => {
            let reason = format!("{other:?}: one of indications, registers, energy-registers");
            return Err(source.error(table.kind.span().start, "reader", reason));
        }
    };
    let foreign = [
        (table.unbalance.is_some(), "unbalance"),
        (table.plausible_step.is_some(), "plausible_step"),
        (table.same_load_deviation.is_some(), "same_load_deviation"),
        (table.same_load_share.is_some(), "same_load_share"),
        (
            table.timestamp_seconds.is_some() && !found.intervals(),
            "timestamp_seconds",
        ),
    ];
    match foreign.iter().find(|(given, _)| *given) {
        Some((_, "timestamp_seconds")) => {
            let reason = "timestamp_seconds belongs to registers";
            Err(source.error(file.reader.span().start, "reader", reason))
        }
        Some((_, key)) => {
            let reason = format!("{key} belongs to kind = \"energy-registers\"");
            Err(source.error(file.reader.span().start, "reader", reason))
        }
        None => Ok(found),
    }
}

fn sampling(source: Source<'_>, file: &ComparisonFile, symbols: &SymbolTable) -> Loaded<Sampling> {
    let table = file.reader.get_ref();
    let not_negative = |value: &Spanned<Exact>| {
        if value.get_ref().is_negative() {
            Err(source.error(value.span().start, "reader", "a time is not negative"))
        } else {
            Ok(value.get_ref().clone())
        }
    };
    let delay = table.largest_delay_seconds.as_ref();
    Ok(Sampling {
        largest_skew_seconds: not_negative(&table.largest_skew_seconds)?,
        largest_delay_seconds: delay.map(not_negative).transpose()?,
        timestamp_seconds: match (&table.timestamp_seconds, file.is_energy()) {
            (Some(value), _) => not_negative(value)?,
            (None, false) => Exact::zero(),
            (None, true) => {
                let reason = "energy-registers needs timestamp_seconds";
                return Err(source.error(file.reader.span().start, "reader", reason));
            }
        },
        stable: stable(source, file, symbols)?,
        needs_certificate: table.certificate,
    })
}

fn stable(source: Source<'_>, file: &ComparisonFile, symbols: &SymbolTable) -> Loaded<Option<Stable>> {
    let Some(table) = &file.reader.get_ref().stable else {
        return Ok(None);
    };
    let table = table.get_ref();
    let place = "reader, stable";
    let index = symbols.index(table.of.get_ref());
    let Some(symbol) = index.filter(|index| symbols.all()[*index].is_indication()) else {
        let reason = format!("{} is no series of indications", table.of.get_ref());
        return Err(source.error(table.of.span().start, place, reason));
    };
    let unit = symbols.all()[symbol].unit.clone();
    let most = load::formula(source, &table.most, place, &symbols.units(), &unit)?;
    bins::only_values(source, &most, symbols, &table.most, place)?;
    Ok(Some(Stable { symbol, most }))
}
