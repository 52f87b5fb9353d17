//! Remote estimation of errors (误差远程估计): what ordinary readings say of the meters behind a master.
//!
//! A suspicion: kept with its audit entry, and nothing else changes. Registers become f64 here and not before, because
//! what follows is statistics that decides nothing (see [`estimation`]).

mod daily;
mod registers;
mod shown;

use axum::http::StatusCode;
use devices::Window;
use estimation::{Answer as Estimation, EstimationError, Reading, ReadingKind, Site};
use jiff::{SignedDuration, Timestamp};
use uncertainty::document::Text;
use verification::canonical;
use verification::conclusion::engine;

use super::{compute, configuration, history};
use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::records::Estimated;
use crate::wire::{ErrorEstimateRequest, Instrument, InstrumentRef};
use registers::{Grid, Register};

/// The clock of a browser may run ahead by so much.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// Estimates on somebody's request and gives the id of the estimate in the ledger.
///
/// # Errors
/// 422 with the reason when these readings give no estimate.
pub(crate) async fn estimate(portal: &Portal, caller: &Caller, asked: &ErrorEstimateRequest) -> Answer<i64> {
    let now = portal.now();
    let to = if asked.to <= now.saturating_add(AHEAD).unwrap_or(now) {
        asked.to.min(now)
    } else {
        asked.to
    };
    let window = super::window(portal, asked.from, to)?;
    let master = portal.records.instrument(caller, asked.master_id).await?;
    let window = caller.scope.within(master.draft.site_id, window)?;
    let _place = portal
        .runs
        .acquire()
        .await
        .map_err(|error| Problem::internal(&error))?;
    let begun = Begun::new(portal, caller, master, window).await?;
    let made = begun.finish(portal).await?;
    portal.records.record_estimate(Some(caller), made, now).await
}

/// A master whose readings have been fetched; those of the meters behind it have not.
struct Begun {
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

impl Begun {
    async fn new(portal: &Portal, caller: &Caller, master: Instrument, window: Window) -> Answer<Self> {
        let meters = portal.records.sub_meters(caller, master.id).await?;
        if meters.is_empty() {
            return Err(not_possible(
                format!(
                    "No meter stands behind \"{}\": enter it as the master of its sub-meters.",
                    master.draft.name
                ),
                format!("“{}”之下没有分表，请在分表台账中登记其总表。", master.draft.name),
            )
            .on_field("master_id"));
        }
        let mut limits = Vec::new();
        let window = in_one_configuration(portal, caller, &master, &meters, window, &mut limits).await?;
        let registers = std::iter::once(&master)
            .chain(&meters)
            .map(|instrument| Register::of(portal, instrument))
            .collect::<Answer<Vec<_>>>()?;
        let grid = Grid::new(&registers, window)?;
        let column = registers[0].column(portal, &grid).await?;
        if column.iter().all(Option::is_none) {
            let name = &master.draft.name;
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                NO_READINGS,
                format!("There are no energy readings of \"{name}\" in this window; choose one in which it was read."),
                format!("该时段内没有“{name}”的电能读数，请选择有采集数据的时段。"),
            )
            .on_field("from"));
        }
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
    fn read(&self) -> SignedDuration {
        let read = self.column.iter().flatten().count();
        SignedDuration::from_secs(
            i64::try_from(read)
                .unwrap_or(i64::MAX)
                .saturating_mul(self.grid.interval),
        )
    }

    /// Fetches the rest and estimates.
    async fn finish(self, portal: &Portal) -> Answer<Estimated> {
        let Begun {
            master,
            meters,
            registers,
            window,
            grid,
            column,
            mut limits,
        } = self;
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
            return Err(not_possible(
                "None of the meters behind this master was read in this window.",
                "该时段内各分表均无电能读数。",
            )
            .on_field("from"));
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
            let body = shown::body(master, &known, used, grid.interval, &found, limits)
                .ok_or_else(|| refused(&EstimationError::Unsolvable))?;
            let text = canonical::text(&body).map_err(|error| Problem::internal(&error))?;
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            Ok(Estimated {
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
            latest = Some((since, &instrument.draft.name));
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
        return Err(not_possible(
            format!("In this window {en}. Choose one that begins after it."),
            format!("{zh}，请选择此后开始的时段。"),
        )
        .on_field("from"));
    }
    limits.push(Text::new(zh, en));
    Ok(Window {
        from: since,
        to: window.to,
    })
}

fn unread(instrument: &Instrument) -> Text {
    let device = &instrument.draft.device;
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
        device: instrument.draft.device.to_string(),
        name: instrument.draft.name.clone(),
    }
}

/// The code of a window in which the master was not read.
const NO_READINGS: &str = "no-readings";

fn not_possible(detail: impl Into<String>, detail_zh: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "estimate-not-possible",
        detail,
        detail_zh,
    )
}

fn refused(error: &EstimationError) -> Problem {
    let zh = match error {
        EstimationError::TooFew { given, needed } => {
            format!("可用时段仅 {given} 个，至少需要 {needed} 个：请选择更长的时段或等待更多读数。")
        }
        EstimationError::MasterStands(name) => format!("总表 {name} 未走字：无从比较。"),
        EstimationError::TooManyMeters { given, most } => {
            format!("总表之下有 {given} 块分表，最多 {most} 块：请按中间总表分组。")
        }
        EstimationError::Unsolvable => "各表读数量级相差过大，无法求解：请核对单位与倍率。".to_owned(),
        other => format!("读数无法用于估计：{other}"),
    };
    not_possible(format!("No estimate: {error}."), zh)
}
