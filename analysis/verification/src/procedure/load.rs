//! From the file to a checked procedure.

mod bins;
mod energy;
mod symbols;
mod terms;
mod trial;

use std::collections::BTreeSet;

use toml::Spanned;

use super::file::{DecisionTable, ProcedureFile};
use super::{Decision, ErrorRule, FORMAT, Procedure, Reader, Sampling, Stable};
use crate::verdict::{ComparisonMethod, NotTested};
use numbers::decision::Rule;
use numbers::number::Exact;
use uncertainty::budget::load;
use uncertainty::document::Text;
use uncertainty::document::{FileError, Source};

pub(crate) use energy::check as check_energy;
pub(crate) use symbols::energy as energy_symbols;
pub(crate) use trial::{apart, empty};

type Loaded<T> = Result<T, FileError>;

pub(super) fn load(text: &str) -> Loaded<Procedure> {
    let source = Source::new(text);
    let file: ProcedureFile = source.read()?;
    if *file.format.get_ref() != FORMAT {
        let reason = format!(
            "{} is not known, this engine reads {FORMAT}",
            file.format.get_ref()
        );
        return Err(source.error(file.format.span().start, "format", reason));
    }
    head(source, &file)?;
    let energy = file.reader.get_ref().kind.get_ref() == "energy-registers";
    let mut symbols = symbols::declared(source, &file, energy)?;
    let unit = load::unit(source, &file.error.unit, "error")?;
    let derived = symbols::reader_and_derived(source, &file, energy, &unit, &mut symbols)?;
    let error = ErrorRule {
        formula: load::formula(source, &file.error.formula, "error", &symbols.units(), &unit)?,
        unit,
    };
    let bins = if energy {
        bins::refuse_generic(source, &file)?;
        Vec::new()
    } else {
        energy::refuse_tables(source, &file)?;
        bins::bins(source, &file, &symbols, &error.unit)?
    };
    let decision = decision(source, &file.decision)?;
    if energy {
        energy::refuse_rules(source, &file, &decision)?;
    }
    let uncertainty = terms::rule(source, &file.uncertainty, &symbols, &error.unit)?;
    numbers(source, &file)?;
    let reader = match file.reader.get_ref().kind.get_ref().as_str() {
        "energy-registers" => Reader::EnergyRegisters(energy::reader(source, &file)?),
        "indications" => Reader::Indications(sampling(source, &file, &symbols)?),
        "registers" => Reader::Registers(sampling(source, &file, &symbols)?),
        other => {
            let reason = format!("{other:?}: one of indications, registers, energy-registers");
            return Err(source.error(file.reader.get_ref().kind.span().start, "reader", reason));
        }
    };
    let basis = file.basis.get_ref();
    let document = basis.document();
    let statement = match (&reader, &decision) {
        (Reader::EnergyRegisters(_), _) => Text::new(
            format!("依据 {document} 基本误差限值作在线比对，不是检定"),
            format!(
                "Online comparison by the intrinsic error limits of {document}; not a verification in the legal sense"
            ),
        ),
        (_, Decision::None) => Text::new(
            format!("依据 {document} 给出示值误差和测量不确定度，不作符合性判定"),
            format!("Error of indication and uncertainty by {document}; no statement of conformity"),
        ),
        _ => Text::new(
            format!("依据 {document} 误差限值作在线比对，不是检定"),
            format!(
                "Online comparison by the error limits of {document}; not a verification in the legal sense"
            ),
        ),
    };
    let procedure = Procedure {
        text: text.to_owned(),
        basis: basis.record(file.id.get_ref(), file.version, statement),
        id: file.id.into_inner(),
        version: file.version,
        measurand: Text::new(file.measurand.zh, file.measurand.en),
        reader,
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
        display: file.display.into_inner(),
        not_tested: file
            .not_tested
            .into_iter()
            .map(|row| NotTested {
                code: row.code,
                title: Text::new(row.zh, row.en),
            })
            .collect(),
    };
    trial::run(source, &procedure, &file.error, &file.bin)?;
    Ok(procedure)
}

fn head(source: Source<'_>, file: &ProcedureFile) -> Loaded<()> {
    let id = file.id.get_ref();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(plain) {
        let reason = format!("{id:?}: small letters, digits and -, as in water-meter-online");
        return Err(source.error(file.id.span().start, "id", reason));
    }
    if file.version == 0 {
        return Err(source.error(file.id.span().start, "version", "versions count from 1"));
    }
    if let Some(missing) = file.basis.get_ref().missing_for_approval() {
        let reason =
            format!("an approved procedure needs its {missing}; keep status = \"draft\" until it is entered");
        return Err(source.error(file.basis.span().start, "basis", reason));
    }
    let mut codes = BTreeSet::new();
    for row in &file.not_tested {
        if !codes.insert(row.code.as_str()) {
            let reason = format!("{} is listed twice", row.code);
            return Err(source.error(file.basis.span().start, "not_tested", reason));
        }
    }
    Ok(())
}

fn numbers(source: Source<'_>, file: &ProcedureFile) -> Loaded<()> {
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
    let window = file.window.get_ref();
    if window.seconds == 0 || window.utc_offset_seconds.abs() > 15 * 3_600 {
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

fn sampling(source: Source<'_>, file: &ProcedureFile, symbols: &super::SymbolTable) -> Loaded<Sampling> {
    let table = file.reader.get_ref();
    for (value, key) in [
        (table.unbalance.is_some(), "unbalance"),
        (table.plausible_step.is_some(), "plausible_step"),
        (table.same_load_deviation.is_some(), "same_load_deviation"),
        (table.same_load_share.is_some(), "same_load_share"),
        (table.timestamp_seconds.is_some(), "timestamp_seconds"),
    ] {
        if value {
            let reason = format!("{key} belongs to kind = \"energy-registers\"");
            return Err(source.error(file.reader.span().start, "reader", reason));
        }
    }
    let not_negative = |value: &Spanned<Exact>| {
        if value.get_ref().is_negative() {
            Err(source.error(value.span().start, "reader", "a time is not negative"))
        } else {
            Ok(value.get_ref().clone())
        }
    };
    let stable = match &table.stable {
        None => None,
        Some(stable) => {
            let stable = stable.get_ref();
            let index = symbols
                .index(stable.of.get_ref())
                .filter(|i| symbols::is_series(symbols, *i));
            let Some(index) = index else {
                let reason = format!("{} is no series of indications", stable.of.get_ref());
                return Err(source.error(stable.of.span().start, "reader, stable", reason));
            };
            let unit = symbols.all()[index].unit.clone();
            let most = load::formula(source, &stable.most, "reader, stable", &symbols.units(), &unit)?;
            bins::only_values(source, &most, symbols, &stable.most, "reader, stable")?;
            Some(Stable { symbol: index, most })
        }
    };
    Ok(Sampling {
        largest_skew_seconds: not_negative(&table.largest_skew_seconds)?,
        largest_delay_seconds: table
            .largest_delay_seconds
            .as_ref()
            .map(not_negative)
            .transpose()?,
        stable,
        needs_certificate: table.certificate,
    })
}

/// Whether limits must carry a rounding interval.
fn needs_interval(file: &ProcedureFile) -> bool {
    file.method.deciding == ComparisonMethod::RoundedValue
}
