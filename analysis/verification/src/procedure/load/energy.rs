//! Tables that only the reader of energy registers has.

use std::collections::BTreeMap;

use super::Loaded;
use crate::mpe::MpeTable;
use crate::procedure::Decision;
use crate::procedure::file::{EnergyRegisters, LoadRules, ProcedureFile};
use numbers::number::Exact;
use numbers::rounding::Interval;
use uncertainty::document::Source;

pub(super) fn refuse_tables(source: Source<'_>, file: &ProcedureFile) -> Loaded<()> {
    if file.power_factor.is_empty() && file.mpe.is_empty() && file.rounding.is_empty() {
        return Ok(());
    }
    let reason =
        "power_factor, mpe and rounding belong to kind = \"energy-registers\"; write [limit] and [[bin]]";
    Err(source.error(file.reader.span().start, "reader", reason))
}

/// What this reader does not know how to do.
pub(super) fn refuse_rules(source: Source<'_>, file: &ProcedureFile, decision: &Decision) -> Loaded<()> {
    if !matches!(decision, Decision::UncertaintyRatio(_)) {
        let reason = "energy registers are decided by rule = \"uncertainty-ratio\"";
        return Err(source.error(file.decision.rule.span().start, "decision", reason));
    }
    if file.repeats.get_ref().all_bins {
        let reason = "all_bins belongs to other readers: a load visits what bins it visits";
        return Err(source.error(file.repeats.span().start, "repeats", reason));
    }
    Ok(())
}

pub(super) fn reader(source: Source<'_>, file: &ProcedureFile) -> Loaded<EnergyRegisters> {
    let table = file.reader.get_ref();
    let start = file.reader.span().start;
    let needed = |value: &Option<Exact>, key: &str| {
        value
            .clone()
            .ok_or_else(|| source.error(start, "reader", format!("energy-registers needs {key}")))
    };
    if table.stable.is_some() || table.largest_delay_seconds.is_some() {
        let reason = "stable and largest_delay_seconds belong to other readers";
        return Err(source.error(start, "reader", reason));
    }
    let mut intervals = BTreeMap::new();
    for (class, value) in &file.rounding {
        let interval = Interval::new(value.clone())
            .map_err(|e| source.error(start, format!("rounding.{class}"), e.to_string()))?;
        intervals.insert(class.clone(), interval);
    }
    let found = EnergyRegisters {
        load: LoadRules {
            unbalance: needed(&table.unbalance, "unbalance")?,
            largest_skew_seconds: table.largest_skew_seconds.get_ref().clone(),
            plausible_step: needed(&table.plausible_step, "plausible_step")?,
            same_load_deviation: Some(needed(&table.same_load_deviation, "same_load_deviation")?),
            same_load_share: Some(needed(&table.same_load_share, "same_load_share")?),
        },
        timestamp_seconds: needed(&table.timestamp_seconds, "timestamp_seconds")?,
        power_factor: file.power_factor.clone(),
        table: MpeTable {
            rows: file.mpe.clone(),
            intervals,
        },
    };
    check(&found)
        .and_then(|()| overlaps(&found))
        .map_err(|(place, reason)| source.error(start, place, reason))?;
    Ok(found)
}

/// No two rows take one current for one class.
fn overlaps(reader: &EnergyRegisters) -> Result<(), (String, String)> {
    for (index, row) in reader.table.rows.iter().enumerate() {
        let place = format!("mpe[{index}]");
        for (other, earlier) in reader.table.rows.iter().take(index).enumerate() {
            let same = earlier.connection == row.connection
                && earlier.points.iter().any(|p| row.points.contains(p))
                && earlier.limits.keys().any(|c| row.limits.contains_key(c));
            let apart = earlier
                .current_to
                .as_ref()
                .is_some_and(|to| *to <= row.current_from)
                || row
                    .current_to
                    .as_ref()
                    .is_some_and(|to| *to <= earlier.current_from);
            if same && !apart {
                return Err((place, format!("overlaps mpe[{other}] for a class that both have")));
            }
        }
    }
    Ok(())
}

/// Ranges that are ranges, limits above zero, an interval for every class.
pub(crate) fn check(reader: &EnergyRegisters) -> Result<(), (String, String)> {
    let refuse = |place: String, reason: &str| Err((place, reason.to_owned()));
    for (index, row) in reader.table.rows.iter().enumerate() {
        let place = format!("mpe[{index}]");
        if row.current_to.as_ref().is_some_and(|to| *to <= row.current_from) {
            return refuse(place, "current_to must lie above current_from");
        }
        for (class, limit) in &row.limits {
            if !limit.is_positive() {
                return refuse(place, "a limit must be above zero");
            }
            if reader.table.interval(class).is_none() {
                return Err((place, format!("class {class} has no interval under [rounding]")));
            }
        }
    }
    for bin in &reader.power_factor {
        if bin.to <= bin.from || bin.from.is_negative() || bin.to > Exact::from(1) {
            return refuse(format!("power_factor {}", bin.name), "needs 0 ≤ from < to ≤ 1");
        }
    }
    Ok(())
}
