//! Latest values, curves, and the way back to the wire.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use devices::{PointName, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};
use ledger::InstrumentId;
use ledger::instruments::Instrument;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::reading::curve;
use crate::reading::wire::{ProvenanceCard, Reading, SeriesPage};
use crate::refusal::{self, Thing};
use crate::request::{Path, Query};

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SeriesQuery {
    /// A day before `to` unless told.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Now unless told; not included.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Into how many spans the window is cut at most, 10 to 2,000; 500 unless told. Up to four readings for each are
    /// sent as they are.
    pub buckets: Option<u32>,
}

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProvenanceQuery {
    #[param(value_type = String, format = DateTime)]
    pub nominal: Timestamp,
}

fn series_of(portal: &Portal, instrument: &Instrument, point: &str) -> Answer<(SeriesId, String)> {
    let unknown = || refusal::request::not_found(Thing::Point);
    let name = PointName::new(point).map_err(|_| unknown())?;
    let unit = portal
        .unit(&instrument.configuration.profile, point)
        .ok_or_else(unknown)?;
    Ok((SeriesId::new(instrument.configuration.device.clone(), name), unit))
}

/// The last reading of every point.
#[utoipa::path(get, path = "/instruments/{id}/latest", tag = "readings", operation_id = "list_latest_readings",
    params(("id" = i64, Path)),
    responses((status = 200, body = Vec<Reading>), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn latest(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<InstrumentId>,
) -> Answer<Json<Vec<Reading>>> {
    let instrument = portal.ledger.instrument(&caller.actor, id).await?;
    let readings = portal
        .field
        .latest_of_device(&instrument.configuration.device)
        .await;
    let readings = readings.map_err(|error| Problem::internal(&error))?;
    let site = instrument.configuration.site_id;
    Ok(Json(
        readings
            .into_iter()
            .filter(|reading| caller.scope.sees_now(site, reading.nominal))
            .map(|reading| portal.shown(&instrument.configuration, reading))
            .collect(),
    ))
}

/// One point over a window: its readings, or where they are too many, first, smallest, largest and last of each span.
#[utoipa::path(get, path = "/instruments/{id}/series/{point}", tag = "readings", operation_id = "get_series",
    params(("id" = i64, Path), ("point" = String, Path), SeriesQuery),
    responses((status = 200, body = SeriesPage), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn series(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path((id, point)): Path<(InstrumentId, String)>,
    Query(query): Query<SeriesQuery>,
) -> Answer<Json<SeriesPage>> {
    let instrument = portal.ledger.instrument(&caller.actor, id).await?;
    let (series, unit) = series_of(&portal, &instrument, &point)?;
    let to = query.to.unwrap_or_else(|| portal.now());
    let from = match query.from {
        Some(from) => from,
        None => to
            .checked_sub(SignedDuration::from_hours(24))
            .unwrap_or(Timestamp::MIN),
    };
    let asked = Window::new(from, to).ok_or_else(|| refusal::run::window_upside_down().on_field("to"))?;
    let window = caller.scope.within(instrument.configuration.site_id, asked)?;
    let buckets = query.buckets.unwrap_or(500).clamp(10, 2_000);
    let configurations = portal.ledger.configurations(&caller.actor, id).await?;
    let gaps = curve::gap_rules(&configurations, window);
    let drawn = curve::draw(&*portal.field, &series, window, buckets, &gaps).await;
    let mut drawn = drawn.map_err(|error| Problem::internal(&error))?;
    Ok(Json(SeriesPage {
        curve: drawn.on_the_wire(&unit),
        unit,
        from: window.from,
        to: window.to,
        complete_from: drawn.complete_from,
        count: drawn.count,
        gaps,
    }))
}

/// What was on the wire for one reading.
#[utoipa::path(get, path = "/instruments/{id}/provenance/{point}", tag = "readings", operation_id = "get_provenance",
    params(("id" = i64, Path), ("point" = String, Path), ProvenanceQuery),
    responses((status = 200, body = ProvenanceCard), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn provenance(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path((id, point)): Path<(InstrumentId, String)>,
    Query(query): Query<ProvenanceQuery>,
) -> Answer<Json<ProvenanceCard>> {
    let instrument = portal.ledger.instrument(&caller.actor, id).await?;
    let (series, _) = series_of(&portal, &instrument, &point)?;
    if !caller
        .scope
        .sees_now(instrument.configuration.site_id, query.nominal)
    {
        return Err(refusal::request::not_found(Thing::Reading));
    }
    let found = portal.field.provenance(&series, query.nominal).await;
    let found = found.map_err(|error| Problem::internal(&error))?;
    let found = found.ok_or_else(|| refusal::request::not_found(Thing::Reading))?;
    Ok(Json(ProvenanceCard {
        raw: found.raw,
        profile: found.profile,
    }))
}
