//! Remote estimation of errors (误差远程估计): what ordinary readings say of the meters behind a master.
//!
//! A suspicion: kept with its audit entry, and nothing else changes. Registers become f64 here and not before, because
//! what follows is statistics that decides nothing (see [`estimation`]).

use devices::Window;
use estimation::{Answer as Estimation, EstimationError, Reading, ReadingKind, Site};
use jiff::{SignedDuration, Timestamp};
use ledger::EstimateId;
use ledger::estimates::NewEstimate;
use ledger::instruments::Instrument;
use uncertainty::document::Text;
use verification::canonical;
use verification::conclusion::engine;

use super::registers::{Grid, Register};
use crate::Portal;
use crate::access::Caller;
use crate::estimate::wire::ErrorEstimateRequest;
use crate::instrument::wire::InstrumentRef;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::run::configuration;
use crate::run::work::{compute, history};

/// The clock of a browser may run ahead by so much.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Estimates on somebody's request and gives the id of the estimate in the ledger.
///
/// # Errors
/// 422 with the reason when these readings give no estimate.
pub(crate) async fn estimate(
    portal: &Portal,
    caller: &Caller,
    asked: &ErrorEstimateRequest,
) -> Answer<EstimateId> {
    let now = portal.now();
    let to = if asked.to <= now.saturating_add(AHEAD).unwrap_or(now) {
        asked.to.min(now)
    } else {
        asked.to
    };
    let window = crate::run::work::window(portal, asked.from, to)?;
    let master = portal.ledger.instrument(&caller.actor, asked.master_id).await?;
    let window = caller.scope.within(master.configuration.site_id, window)?;
    let _place = portal
        .runs
        .acquire()
        .await
        .map_err(|error| Problem::internal(&error))?;
    let balance = Balance::behind(portal, caller, master, window).await?;
    let made = balance.estimate(portal).await?;
    let id = portal
        .ledger
        .record_estimate(Some(&caller.actor), &made, now)
        .await?;
    Ok(id)
}

/// A master whose readings have been fetched; those of the meters behind it have not.
pub(super) struct Balance {
    master: Instrument,
    meters: Vec<Instrument>,
    registers: Vec<Register>,
    window: Window,
    grid: Grid,
    /// kWh at each boundary of the grid.
    column: Vec<Option<f64>>,
    /// What the window itself leaves open.
    limits: Vec<Text>,
}

impl Balance {
    pub(super) async fn behind(
        portal: &Portal,
        caller: &Caller,
        master: Instrument,
        window: Window,
    ) -> Answer<Self> {
        let meters = portal.ledger.sub_meters(&caller.actor, master.id).await?;
        if meters.is_empty() {
            return Err(refusal::estimate::without_meters(&master.configuration.name).on_field("master_id"));
        }
        let mut limits = Vec::new();
        let window = in_one_configuration(portal, caller, &master, &meters, window, &mut limits).await?;
        let registers = std::iter::once(&master)
            .chain(&meters)
            .map(|instrument| Register::of(portal, instrument))
            .collect::<Answer<Vec<_>>>()?;
        let grid = Grid::new(&registers, window)?;
        let column = registers[0].column(portal, &grid).await?;
        Ok(Self {
            master,
            meters,
            registers,
            window,
            grid,
            column,
            limits,
        })
    }

    /// The time over which the master was read.
    pub(super) fn read(&self) -> SignedDuration {
        let read = self.column.iter().flatten().count();
        SignedDuration::from_secs(
            i64::try_from(read)
                .unwrap_or(i64::MAX)
                .saturating_mul(self.grid.interval),
        )
    }

    /// Fetches the rest and estimates.
    pub(super) async fn estimate(self, portal: &Portal) -> Answer<NewEstimate> {
        let Balance {
            master,
            meters,
            registers,
            window,
            grid,
            column,
            mut limits,
        } = self;
        if column.iter().all(Option::is_none) {
            return Err(refusal::estimate::no_readings(&master.configuration.name).on_field("from"));
        }
        let mut columns = vec![column];
        let mut known = Vec::new();
        let mut parts = vec![registers[0].meter.clone()];
        for (instrument, register) in meters.into_iter().zip(&registers[1..]) {
            let column = register.column(portal, &grid).await?;
            if column.iter().all(Option::is_none) {
                limits.push(unread(&instrument));
                continue;
            }
            columns.push(column);
            parts.push(register.meter.clone());
            known.push(named(&instrument));
        }
        if known.is_empty() {
            return Err(refusal::estimate::no_sub_readings().on_field("from"));
        }
        let master = named(&master);
        compute(move || {
            let site = Site {
                master: parts.remove(0),
                meters: parts,
                kind: ReadingKind::Register,
                interval_seconds: u32::try_from(grid.interval).unwrap_or(u32::MAX),
            };
            let found = answered(site, &grid, &columns).map_err(|error| refused(&error))?;
            let seen = |second| Timestamp::from_second(second).unwrap_or(window.from);
            let used = Window {
                from: seen(found.from),
                to: seen(found.to),
            };
            let master_id = master.id;
            let body = super::shown::body(master, &known, used, grid.interval, &found, limits)
                .ok_or_else(|| refused(&EstimationError::Unsolvable))?;
            let text = canonical::text(&body).map_err(|error| Problem::internal(&error))?;
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Ok(NewEstimate {
                master_id,
                window: used,
                meters: count(body.meters.len()),
                suspects: count(body.meters.iter().filter(|meter| meter.suspect).count()),
                engine: engine(),
                body_sha256: canonical::sha256(text.as_bytes()),
                body: text,
            })
        })
        .await?
    }
}

/// From the first to the last boundary at which the master was read.
fn answered(site: Site, grid: &Grid, columns: &[Vec<Option<f64>>]) -> Result<Estimation, EstimationError> {
    let read = |row: &usize| columns[0][*row].is_some();
    let rows = 0..grid.rows;
    let (first, last) = (rows.clone().find(read), rows.rev().find(read));
    let mut estimator = estimation::Estimator::new(site)?;
    let mut meters = vec![None; columns.len() - 1];
    for row in first.unwrap_or(0)..last.map_or(0, |last| last + 1) {
        for (value, column) in meters.iter_mut().zip(&columns[1..]) {
            *value = column[row];
        }
        estimator.push(Reading {
            time: grid.boundary(row),
            master: columns[0][row],
            meters: &meters,
        })?;
    }
    estimator.answer()
}

/// The part of the window in which every register meant what it means now.
async fn in_one_configuration(
    portal: &Portal,
    caller: &Caller,
    master: &Instrument,
    meters: &[Instrument],
    window: Window,
    limits: &mut Vec<Text>,
) -> Answer<Window> {
    let mut latest: Option<(Timestamp, &str)> = None;
    for instrument in std::iter::once(master).chain(meters) {
        let past = history(portal, caller, instrument).await?;
        let since = configuration::changed(instrument, &past);
        if let Some(since) = since.filter(|since| latest.is_none_or(|(later, _)| *since > later)) {
            latest = Some((since, &instrument.configuration.name));
        }
    }
    let Some((since, name)) = latest.filter(|(since, _)| window.from < *since) else {
        return Ok(window);
    };
    let en = format!(
        "meter, model or ratios of \"{name}\" were changed at {since}: earlier readings are left out"
    );
    let zh = format!("“{name}”的表计、型号或变比于 {since} 更改：此前的读数不参与估计");
    if since >= window.to {
        return Err(refusal::estimate::before_change(name, &since.to_string()).on_field("from"));
    }
    limits.push(Text::new(zh, en));
    Ok(Window {
        from: since,
        to: window.to,
    })
}

fn unread(instrument: &Instrument) -> Text {
    let device = &instrument.configuration.device;
    Text::new(
        format!("表 {device} 在该时段内没有电能读数：其电量计入未计量负荷，不作估计"),
        format!(
            "meter {device} was not read in this window: its energy counts as unmetered load, its error is not estimated"
        ),
    )
}

fn named(instrument: &Instrument) -> InstrumentRef {
    InstrumentRef {
        id: instrument.id,
        device: instrument.configuration.device.to_string(),
        name: instrument.configuration.name.clone(),
    }
}

fn refused(error: &EstimationError) -> Problem {
    match error {
        EstimationError::TooFew { given, needed } => refusal::estimate::too_few_intervals(*given, *needed),
        EstimationError::MasterStands(name) => refusal::estimate::master_stands(name),
        EstimationError::TooManyMeters { given, most } => refusal::estimate::too_many_meters(*given, *most),
        EstimationError::Unsolvable => refusal::estimate::unsolvable(),
        other => refusal::estimate::readings_not_usable().because(other),
    }
}
