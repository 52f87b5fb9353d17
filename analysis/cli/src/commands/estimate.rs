//! `metrology estimate-errors`: which sub-meters behind a master may run wrong, from readings alone.

mod readings;
mod report;
mod step;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use estimation::{Answer as Estimated, Estimator, Meter, Reading, ReadingKind, Settings, Site};
use serde_json::{Value, json};

use super::{Answer, done};
use readings::Readings;

/// Suspect the sub-meters that run wrong, from months of readings against a master meter.
///
/// The file is a CSV with a header: time (RFC 3339 or Unix seconds), the master, then every
/// sub-meter, in kWh with multipliers applied; an empty cell is a missing reading. The result is a
/// suspicion to verify on site, never a verdict.
#[derive(Args)]
pub(crate) struct EstimateCommand {
    /// CSV of readings; - is standard input.
    file: String,
    /// Whether a cell is a register at the end of an interval or the energy of the interval; without
    /// it, registers if the master's column only grows.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
    /// Length of an interval; without it, the commonest step between two lines.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    interval: Option<u32>,
    /// Step of all registers, multiplier included; without it, what each column shows.
    #[arg(long, value_name = "KWH", allow_negative_numbers = true)]
    resolution: Option<f64>,
    /// Standard uncertainty of the constant error of the master, in percent.
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = 0.2,
        allow_negative_numbers = true
    )]
    master_error: f64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Energy,
    Register,
}

impl From<Kind> for ReadingKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Energy => Self::Energy,
            Kind::Register => Self::Register,
        }
    }
}

/// The range that the estimator accepts, in percent.
const MASTER_ERROR: std::ops::RangeInclusive<f64> = 0.000_1..=10.0;

pub(super) fn run(command: &EstimateCommand) -> Result<Answer> {
    if !MASTER_ERROR.contains(&command.master_error) {
        bail!(
            "--master-error {}: give a percentage between 0.0001 and 10",
            command.master_error
        );
    }
    if let Some(step) = command.resolution
        && !(step.is_finite() && step >= 0.0)
    {
        bail!("--resolution {step}: give the step in kWh, or 0 for none");
    }
    let readings = Readings::read(&command.file)?;
    let site = site(command, &readings)?;
    let answer = estimated(command, &readings, site.clone())?;
    let text = report::text(&answer, &site);
    Ok(done(object(&answer, &site), text))
}

fn site(command: &EstimateCommand, readings: &Readings) -> Result<Site> {
    let kind = match command.kind {
        Some(kind) => kind.into(),
        None if readings.master_falls() => ReadingKind::Energy,
        None => ReadingKind::Register,
    };
    let interval_seconds = match command.interval {
        Some(seconds) => seconds,
        None => readings.commonest_step()?,
    };
    let meter = |column: usize| {
        let resolution = command
            .resolution
            .unwrap_or_else(|| step::shown(readings.column(column), kind));
        Meter::new(&readings.names[column], resolution)
    };
    Ok(Site {
        master: meter(0),
        meters: (1..readings.names.len()).map(meter).collect(),
        kind,
        interval_seconds,
    })
}

fn estimated(command: &EstimateCommand, readings: &Readings, site: Site) -> Result<Estimated> {
    let settings = Settings {
        master_error: command.master_error / 100.0,
        ..Settings::default()
    };
    let mut estimator = Estimator::with_settings(site, settings).with_context(|| readings.file.clone())?;
    let mut values = Vec::with_capacity(readings.names.len());
    for row in &readings.rows {
        values.clear();
        values.extend(row.cells.iter().map(|c| c.map(|c| c.value)));
        let reading = Reading {
            time: row.time,
            master: values[0],
            meters: &values[1..],
        };
        estimator
            .push(reading)
            .with_context(|| format!("{}: line {}: column 1", readings.file, row.line))?;
    }
    estimator.answer().with_context(|| readings.file.clone())
}

/// The estimator's answer as it is (errors relative, 0.01 is 1 %), with what it was told.
fn object(answer: &Estimated, site: &Site) -> Value {
    let names: Vec<&str> = answer
        .ranking()
        .iter()
        .map(|i| answer.meters[*i].name.as_str())
        .collect();
    let mut object = json!(answer);
    object["notice"] = json!(report::notice());
    object["ranking"] = json!(names);
    object["site"] = json!(site);
    object
}
