//! Plans of verifications and checks, and what is due.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::plan::wire::{DueCard, DuePage, Plan, PlanClosing, PlanDraft, PlanState};
use crate::problem::{Answer, Problem};
use crate::records::{DueFilter, PageOf};
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
    pub instrument: Option<i64>,
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
    let (number, rows) = page(query.page, query.per_page);
    let of = DueFilter {
        state: query.state,
        kind: query.kind,
        instrument: query.instrument,
        overdue: query.overdue.unwrap_or(false),
    };
    let page = PageOf { number, rows };
    let due = portal.records.due(&caller, of, page, portal.now()).await?;
    let mut rows = Vec::with_capacity(due.rows.len());
    for item in due.rows {
        let instrument = portal.records.instrument(&caller, item.instrument.id).await?;
        let card = portal.card(&caller, instrument).await;
        rows.push(DueCard {
            item,
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
    let plan = portal.records.make_plan(&caller, draft, portal.now()).await?;
    Ok((StatusCode::CREATED, Json(plan)))
}

/// Close a plan: done by a confirmed run, or cancelled with a reason. A closed plan stays closed.
#[utoipa::path(post, path = "/plans/{id}/close", tag = "plans", operation_id = "close_plan", request_body = PlanClosing,
    params(("id" = i64, Path), ("If-Match" = String, Header, description = "the version seen, in quotes")),
    responses((status = 200, body = Plan), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 412, body = Problem), (status = 422, body = Problem)))]
pub async fn close(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    Path(id): Path<i64>,
    SeenVersion(version): SeenVersion,
    Body(closing): Body<PlanClosing>,
) -> Answer<Json<Plan>> {
    let fits = match closing.state {
        PlanState::Open => Err(refusal::plan::not_closed_as_open().on_field("state")),
        PlanState::Done if closing.run_id.is_none() => {
            Err(refusal::plan::done_by_no_run().on_field("run_id"))
        }
        PlanState::Cancelled if closing.run_id.is_some() => {
            Err(refusal::plan::cancelled_with_run().on_field("run_id"))
        }
        PlanState::Cancelled if closing.note.trim().is_empty() => {
            Err(refusal::plan::cancelled_without_reason().on_field("note"))
        }
        PlanState::Done | PlanState::Cancelled => Ok(()),
    };
    fits?;
    portal
        .records
        .close_plan(&caller, id, version, closing, portal.now())
        .await
        .map(Json)
}
