//! The days before the demo started, put into the collector's spool so that they take the ordinary way.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use collector::Spool;
use devices::profile::Table;
use field_sim::Site;
use jiff::{SignedDuration, Timestamp};
use uplink::orders::RegisterTable;
use uplink::{RawSpan, Sweep, SweepValue};

use super::HISTORY_PERIOD_SECONDS;
use crate::wiring::System;

/// Only an empty store gets a history.
pub(super) async fn wanted(system: &System) -> anyhow::Result<bool> {
    Ok(system.gateway.journal().statistics().await?.batches == 0)
}

/// Writes what every registered device would have said. Gives the number of sweeps.
pub(super) async fn into_spool(
    site: &Arc<Site>,
    folder: &Path,
    collector: &str,
    from: Timestamp,
    to: Timestamp,
) -> anyhow::Result<usize> {
    let (site, folder, collector) = (site.clone(), folder.to_owned(), collector.to_owned());
    tokio::task::spawn_blocking(move || {
        let spool = Spool::open(&folder, &collector)?;
        let mut written = 0;
        let mut waiting = Vec::new();
        let period = i64::from(HISTORY_PERIOD_SECONDS);
        let mut time = Timestamp::from_second((from.as_second() / period + 1) * period)?;
        while time < to {
            for device in site
                .devices()
                .iter()
                .filter(|device| device.id.as_str() != "m-09")
            {
                waiting.push(uplinked(site.sweep_at(&device.id, time)?));
            }
            if waiting.len() >= 500 {
                spool.append(&waiting)?;
                written += waiting.len();
                waiting.clear();
            }
            time = time.checked_add(SignedDuration::from_secs(period))?;
        }
        spool.append(&waiting)?;
        Ok(written + waiting.len())
    })
    .await
    .context("writing the history")?
}

fn uplinked(sweep: field_sim::site::Sweep) -> Sweep {
    let raw = sweep
        .points
        .iter()
        .filter_map(|point| {
            let (table, address) = point.register?;
            Some(RawSpan {
                table: table_of(table),
                address,
                words: point.words.clone(),
            })
        })
        .collect();
    let values = sweep.points.iter().map(|point| SweepValue {
        point: point.name.to_string(),
        number: point
            .value
            .map(|value| (value.mantissa(), u8::try_from(value.scale()).unwrap_or(u8::MAX))),
        quality: point.quality.code(),
    });
    Sweep {
        device: sweep.device,
        profile: sweep.profile,
        nominal_us: sweep.time.as_microsecond(),
        taken_us: sweep.time.as_microsecond(),
        values: values.collect(),
        raw,
        message: sweep.message,
    }
}

fn table_of(table: Table) -> RegisterTable {
    match table {
        Table::Holding => RegisterTable::Holding,
        Table::Input => RegisterTable::Input,
        Table::Coil => RegisterTable::Coil,
        Table::Discrete => RegisterTable::Discrete,
    }
}
