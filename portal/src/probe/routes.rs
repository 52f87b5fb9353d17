//! Test reads through a collector.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;

use crate::Portal;
use crate::access::Caller;
use crate::instrument::registration;
use crate::probe::wire::{ProbeAnswer, ProbeRequest};
use crate::probe::work;
use crate::problem::{Answer, Problem};
use crate::refusal::{self, Thing};
use crate::request::Body;

/// Longer than a collector's own time-outs, shorter than a person's patience.
const PATIENCE: Duration = Duration::from_secs(15);

/// Read an instrument once, raw words beside decoded values; nothing is stored but the audit entry.
#[utoipa::path(post, path = "/probe", tag = "instruments", operation_id = "probe_instrument",
    request_body = ProbeRequest,
    responses((status = 200, body = ProbeAnswer), (status = 404, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem), (status = 504, body = Problem)))]
pub async fn probe(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(asked): Body<ProbeRequest>,
) -> Answer<Json<ProbeAnswer>> {
    registration::check_access(&asked.profile, &asked.access, portal.catalogue)?;
    if !portal
        .collectors(&caller)
        .await?
        .iter()
        .any(|collector| collector.id == asked.collector)
    {
        return Err(refusal::request::not_found(Thing::Collector));
    }
    portal.check_reach(&asked.collector, &asked.access)?;
    let now = portal.now();
    portal
        .probing
        .attempt(caller.actor.account_id, &asked.collector, now)?;
    let what = work::told(&asked.profile, &asked.access);
    portal
        .ledger
        .record_probe(&caller.actor, &asked.collector, &what, now)
        .await?;
    match portal
        .field
        .probe(&asked.collector, &asked.profile, asked.access.into(), PATIENCE)
        .await
    {
        Ok(answer) => Ok(Json(answer.into())),
        Err(silent) => Err(refusal::probe::collector_silent(&asked.collector).because(&silent)),
    }
}
