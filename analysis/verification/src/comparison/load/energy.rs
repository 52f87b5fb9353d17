//! Bins and reader of energy registers, from tables that only they have.

use std::collections::BTreeMap;

use ::uncertainty::budget::load;
use ::uncertainty::document::{FileError, Source, Text};
use devices::Connection;
use numbers::number::Exact;
use numbers::rounding::Interval;
use numbers::unit::Unit;

use crate::comparison::file::{ComparisonFile, MpeTable, PowerFactorTable};
use crate::comparison::limit::{Limit, Limits};
use crate::comparison::rules::{Bin, Character, EnergyRegisters, LoadRange};
use crate::comparison::symbols::SymbolTable;
use crate::gate::same_load::SameLoad;

type Loaded<T> = Result<T, FileError>;

/// These tables belong to one reader, and the bins of the others not to it.
pub(super) fn refuse_foreign(source: Source<'_>, file: &ComparisonFile) -> Loaded<()> {
    let start = file.reader.span().start;
    if !file.is_energy() {
        if file.power_factor.is_empty() && file.mpe.is_empty() && file.rounding.is_empty() {
            return Ok(());
        }
        let reason =
            "power_factor, mpe and rounding belong to kind = \"energy-registers\"; write [limit] and [[bin]]";
        return Err(source.error(start, "reader", reason));
    }
    let start = match (file.bin.first(), &file.limit) {
        (Some(bin), _) => bin.name.span().start,
        (None, Some(_)) => start,
        (None, None) => return Ok(()),
    };
    let reason =
        "the reader of energy registers takes its bins and limits from power_factor, mpe and rounding";
    Err(source.error(start, "bin", reason))
}

pub(super) fn reader(source: Source<'_>, file: &ComparisonFile) -> Loaded<EnergyRegisters> {
    let table = file.reader.get_ref();
    let start = file.reader.span().start;
    let needed = |value: &Option<Exact>, key: &str| {
        value
            .clone()
            .ok_or_else(|| source.error(start, "reader", format!("energy-registers needs {key}")))
    };
    Ok(EnergyRegisters {
        unbalance: needed(&table.unbalance, "unbalance")?,
        plausible_step: needed(&table.plausible_step, "plausible_step")?,
        same_load: SameLoad {
            deviation: needed(&table.same_load_deviation, "same_load_deviation")?,
            share: needed(&table.same_load_share, "same_load_share")?,
        },
    })
}

/// One bin for every range of the power factor and every range of current that the table has limits for.
pub(super) fn bins(
    source: Source<'_>,
    file: &ComparisonFile,
    symbols: &SymbolTable,
    unit: &Unit,
) -> Loaded<Vec<Bin>> {
    let start = file.reader.span().start;
    let refuse = |(place, reason): (String, String)| source.error(start, place, reason);
    let mut intervals = BTreeMap::new();
    for (class, value) in &file.rounding {
        let interval =
            Interval::new(value.clone()).map_err(|e| refuse((format!("rounding.{class}"), e.to_string())))?;
        intervals.insert(class.as_str(), interval);
    }
    check(file, &intervals).map_err(refuse)?;
    overlaps(&file.mpe).map_err(refuse)?;
    let mut bins: Vec<Bin> = Vec::new();
    for factor in &file.power_factor {
        for row in file.mpe.iter().filter(|row| row.points.contains(&factor.point)) {
            let limits = limits(source, start, row, &intervals, symbols, unit)?;
            let load = range(factor, row);
            let (name, title) = named(factor, &load);
            // Rows of one range may state the limits of different classes.
            match bins
                .iter_mut()
                .find(|bin| bin.name == name && bin.load.as_ref() == Some(&load))
            {
                Some(bin) => bin.limits.by_class.extend(limits.by_class),
                None => bins.push(Bin {
                    name,
                    title,
                    conditions: Vec::new(),
                    load: Some(load),
                    limits,
                }),
            }
        }
    }
    Ok(bins)
}

fn limits(
    source: Source<'_>,
    start: usize,
    row: &MpeTable,
    intervals: &BTreeMap<&str, Interval>,
    symbols: &SymbolTable,
    unit: &Unit,
) -> Loaded<Limits> {
    let mut by_class = BTreeMap::new();
    for (class, value) in &row.limits {
        let formula = load::bound(&value.to_string(), &symbols.units(), unit)
            .map_err(|e| source.error(start, format!("mpe, class {class}"), e.reason))?;
        let limit = Limit {
            text: format!("±{value} {unit}"),
            mpev: formula,
            interval: intervals.get(class.as_str()).cloned(),
        };
        by_class.insert(class.clone(), limit);
    }
    Ok(Limits { any: None, by_class })
}

fn range(factor: &PowerFactorTable, row: &MpeTable) -> LoadRange {
    LoadRange {
        connection: row.connection,
        current_from: row.current_from.clone(),
        current_to: row.current_to.clone(),
        character: factor.character,
        factor_from: factor.from.clone(),
        factor_to: factor.to.clone(),
    }
}

/// `i0.05-max/1.0` and its title.
fn named(factor: &PowerFactorTable, range: &LoadRange) -> (String, Text) {
    let base = match range.connection {
        Connection::Direct => "Ib",
        Connection::Transformer => "In",
    };
    let from = &range.current_from;
    let (name, current) = match &range.current_to {
        Some(to) => (
            format!("i{from}-{to}/{}", factor.name),
            format!("{from}{base}≤I<{to}{base}"),
        ),
        None => (
            format!("i{from}-max/{}", factor.name),
            format!("{from}{base}≤I≤Imax"),
        ),
    };
    let upper = if range.factor_to == Exact::from(1) {
        "≤"
    } else {
        "<"
    };
    let cosine = format!("{}≤|cosφ|{upper}{}", range.factor_from, range.factor_to);
    let (zh, en) = match range.character {
        Character::Any => ("", ""),
        Character::Inductive => ("（感性）", " inductive"),
        Character::Capacitive => ("（容性）", " capacitive"),
    };
    let title = Text::new(
        format!("{current}，{cosine}{zh}"),
        format!("{current}, {cosine}{en}"),
    );
    (name, title)
}

/// No two rows take one current for one class.
fn overlaps(rows: &[MpeTable]) -> Result<(), (String, String)> {
    for (index, row) in rows.iter().enumerate() {
        let place = format!("mpe[{index}]");
        for (other, earlier) in rows.iter().take(index).enumerate() {
            let same = earlier.connection == row.connection
                && earlier.points.iter().any(|p| row.points.contains(p))
                && earlier.limits.keys().any(|c| row.limits.contains_key(c));
            let below = |low: &MpeTable, high: &MpeTable| {
                low.current_to.as_ref().is_some_and(|to| *to <= high.current_from)
            };
            if same && !below(earlier, row) && !below(row, earlier) {
                return Err((place, format!("overlaps mpe[{other}] for a class that both have")));
            }
        }
    }
    Ok(())
}

/// Ranges that are ranges, limits above zero, an interval for every class.
fn check(file: &ComparisonFile, intervals: &BTreeMap<&str, Interval>) -> Result<(), (String, String)> {
    let refuse = |place: String, reason: &str| Err((place, reason.to_owned()));
    for (index, row) in file.mpe.iter().enumerate() {
        let place = format!("mpe[{index}]");
        if row.current_to.as_ref().is_some_and(|to| *to <= row.current_from) {
            return refuse(place, "current_to must lie above current_from");
        }
        for (class, limit) in &row.limits {
            if !limit.is_positive() {
                return refuse(place, "a limit must be above zero");
            }
            if !intervals.contains_key(class.as_str()) {
                return Err((place, format!("class {class} has no interval under [rounding]")));
            }
        }
    }
    for bin in &file.power_factor {
        if bin.to <= bin.from || bin.from.is_negative() || bin.to > Exact::from(1) {
            return refuse(format!("power_factor {}", bin.name), "needs 0 ≤ from < to ≤ 1");
        }
    }
    Ok(())
}
