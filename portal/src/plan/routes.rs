//! Plans of verifications and checks, and what is due.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ledger::plans::{Closing, DueFilter};
use ledger::{InstrumentId, PlanId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::plan::wire::{DueCard, DueItem, DuePage, Plan, PlanClosing, PlanDraft, PlanState};
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::request::page;
use crate::request::{Body, Path, Query, SeenVersion};
use crate::run::wire::RunKind;

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// `open` (with the next checks of instruments) unless told.
    pub state: Option<PlanState>,
    pub kind: Option<RunKind>,
    #[param(value_type = Option<i64>)]
    pub instrument: Option<InstrumentId>,
    /// `true`: only what was due before today.
    pub overdue: Option<bool>,
    /// From 1.
    pub page: Option<u32>,
    /// At most 200; 50 unless told.
    pub per_page: Option<u32>,
}

/// What is to be done at the sites that the caller sees, the longest due first: open plans, and the next checks that
/// follow from confirmed conclusions. With `state`, the plans that were done or cancelled.
#[utoipa::path(get, path = "/plans", tag = "plans", operation_id = "list_plans", params(PlanQuery),
    responses((status = 200, body = DuePage), (status = 401, body = Problem)))]
pub async fn list(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Query(query): Query<PlanQuery>,
) -> Answer<Json<DuePage>> {
    let of = DueFilter {
        state: query.state.map(Into::into),
        kind: query.kind.map(Into::into),
        instrument: query.instrument,
        overdue: query.overdue.unwrap_or(false),
    };
    let page = page(query.page, query.per_page);
    let due = portal.ledger.due(&caller.actor, &of, portal.now(), page).await?;
    let (people, zones) = (portal.people().await?, portal.ledger.zones().await?);
    let mut rows = Vec::with_capacity(due.rows.len());
    for item in due.rows {
        let instrument = portal
            .ledger
            .instrument(&caller.actor, item.instrument.id)
            .await?;
        let card = portal.card(&caller, instrument, &zones).await;
        rows.push(DueCard {
            item: DueItem::new(item, &people),
            status: card.instrument.status,
            condition: card.condition,
        });
    }
    Ok(Json(DuePage {
        rows,
        total: due.total,
        overdue: due.overdue,
    }))
}

/// Plan a verification or a period check.
#[utoipa::path(post, path = "/plans", tag = "plans", operation_id = "create_plan", request_body = PlanDraft,
    responses((status = 201, body = Plan), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn create(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Body(draft): Body<PlanDraft>,
) -> Answer<(StatusCode, Json<Plan>)> {
    let plan = portal
        .ledger
        .make_plan(&caller.actor, &draft.into(), portal.now())
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(Plan::new(plan, &portal.people().await?)),
    ))
}

/// Close a plan: done by a confirmed run, or cancelled with a reason. A closed plan stays closed.
#[utoipa::path(post, path = "/plans/{id}/close", tag = "plans", operation_id = "close_plan", request_body = PlanClosing,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "the version seen, in quotes")),
    responses((status = 200, body = Plan), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn close(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<PlanId>,
    SeenVersion(version): SeenVersion,
    Body(closing): Body<PlanClosing>,
) -> Answer<Json<Plan>> {
    let closing = checked(closing)?;
    let closed = portal
        .ledger
        .close_plan(&caller.actor, id, version, &closing, portal.now())
        .await?;
    Ok(Json(Plan::new(closed, &portal.people().await?)))
}

fn checked(closing: PlanClosing) -> Answer<Closing> {
    let note = closing.note;
    match (closing.state, closing.run_id) {
        (PlanState::Open, _) => Err(refusal::plan::not_closed_as_open().on_field("state")),
        (PlanState::Done, None) => Err(refusal::plan::done_by_no_run().on_field("run_id")),
        (PlanState::Cancelled, Some(_)) => Err(refusal::plan::cancelled_with_run().on_field("run_id")),
        (PlanState::Cancelled, None) if note.trim().is_empty() => {
            Err(refusal::plan::cancelled_without_reason().on_field("note"))
        }
        (PlanState::Done, Some(run_id)) => Ok(Closing::Done { run_id, note }),
        (PlanState::Cancelled, None) => Ok(Closing::Cancelled { note }),
    }
}
