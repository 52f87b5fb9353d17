//! The HTTP interface for collectors.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use uplink::ProbeAnswer;

use super::IngestError;
use crate::health::{Contact, count};
use crate::store::StoreError;
use crate::{CollectorAdmission, Gateway};

/// Largest batch on the wire. The collector cuts its batches at 1 MiB.
const MOST_BYTES: usize = 8 * 1024 * 1024;
/// Longest wait of a long poll.
const MOST_WAIT: u64 = 60;

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/uplink/v1/batches", post(batches))
        .route("/uplink/v1/orders", get(orders))
        .route("/uplink/v1/probes/{id}", post(probes))
        .route("/health", get(health))
        .route(
            "/metrics",
            get(|State(gateway): State<Arc<Gateway>>| async move { gateway.metrics_text() }),
        )
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(gateway)
}

#[derive(Serialize)]
struct Problem {
    title: &'static str,
    detail: String,
}

fn problem(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Response {
    let body = Json(Problem {
        title,
        detail: detail.into(),
    });
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
}

/// The collector of a request, or the answer that refuses it.
#[allow(
    clippy::result_large_err,
    reason = "the error is the answer, made once per refused request"
)]
fn authenticate(gateway: &Gateway, headers: &HeaderMap) -> Result<(String, CollectorAdmission), Response> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let collector = text("x-collector").unwrap_or_default();
    let token = text("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let table = gateway.admission.borrow().clone();
    match table.authenticate(collector, token) {
        Some(admission) => {
            let now = (gateway.clock)();
            gateway.counters.change(|health| {
                let contact = health.collectors.entry(collector.to_owned()).or_insert(Contact {
                    last_seen: now,
                    spooled: None,
                    lost: None,
                });
                contact.last_seen = now;
            });
            Ok((collector.to_owned(), admission.clone()))
        }
        None => {
            gateway.counters.change(|health| health.unauthorised += 1);
            tracing::warn!(collector, "unknown collector or wrong token");
            Err(problem(
                StatusCode::UNAUTHORIZED,
                "unknown collector or wrong token",
                "send the headers x-collector and authorization: Bearer TOKEN as issued in the portal",
            ))
        }
    }
}

async fn batches(
    State(gateway): State<Arc<Gateway>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (collector, admission) = match authenticate(&gateway, &headers) {
        Ok(authenticated) => authenticated,
        Err(refused) => return refused,
    };
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let status = rejection.status();
            let large = status == StatusCode::PAYLOAD_TOO_LARGE;
            let name = if large { "too-large" } else { "cut-off" };
            gateway
                .counters
                .change(|health| count(&mut health.malformed, name, 1));
            tracing::warn!(collector, reason = name, "request body not taken");
            return if large {
                let detail = format!("a batch has at most {MOST_BYTES} bytes; send fewer sweeps at a time");
                problem(status, "batch too large", detail)
            } else {
                problem(status, "request cut off", rejection.body_text())
            };
        }
    };
    match gateway.ingest(&collector, &admission, &body).await {
        Ok(ack) => Json(ack).into_response(),
        Err(IngestError::Store(error @ StoreError::Conflict { .. })) => {
            problem(StatusCode::CONFLICT, "same key, other content", error.to_string())
        }
        Err(IngestError::Store(error)) => problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "not stored, send again",
            error.to_string(),
        ),
        Err(error @ IngestError::Malformed(_)) => {
            problem(StatusCode::BAD_REQUEST, "not a readable batch", error.to_string())
        }
        Err(error @ IngestError::ForeignCollector { .. }) => problem(
            StatusCode::BAD_REQUEST,
            "batch of another collector",
            error.to_string(),
        ),
    }
}

/// 503 while the store cannot write: it is asked again now, so that the answer is of now.
async fn health(State(gateway): State<Arc<Gateway>>) -> Response {
    gateway.store.recheck().await;
    let health = gateway.health();
    let status = match health.store.cannot_write {
        Some(_) => StatusCode::SERVICE_UNAVAILABLE,
        None => StatusCode::OK,
    };
    (status, Json(health)).into_response()
}

#[derive(Deserialize)]
struct OrdersQuery {
    #[serde(default)]
    after: u64,
    /// Seconds to wait for something newer.
    #[serde(default)]
    wait: u64,
    /// Sweeps that wait in the collector's spool, and that it had to give up.
    spooled: Option<u64>,
    lost: Option<u64>,
}

async fn orders(
    State(gateway): State<Arc<Gateway>>,
    Query(query): Query<OrdersQuery>,
    headers: HeaderMap,
) -> Response {
    let (collector, _) = match authenticate(&gateway, &headers) {
        Ok(authenticated) => authenticated,
        Err(refused) => return refused,
    };
    gateway.counters.change(|health| {
        if let Some(contact) = health.collectors.get_mut(&collector) {
            contact.spooled = query.spooled.or(contact.spooled);
            contact.lost = query.lost.or(contact.lost);
        }
    });
    let mut changes = gateway.admission.clone();
    let look = async {
        loop {
            let woken = gateway.desk.woken();
            let table = changes.borrow_and_update().clone();
            // Withdrawn meanwhile: the next request will be refused by name.
            let admission = table.collectors.get(&collector)?;
            let probes = gateway.desk.take(&collector);
            if table.version > query.after || !probes.is_empty() {
                let mut orders = table.orders(admission);
                orders.probes = probes;
                return Some(orders);
            }
            tokio::select! {
                () = woken => {}
                changed = changes.changed() => changed.ok()?,
            }
        }
    };
    let wait = Duration::from_secs(query.wait.min(MOST_WAIT));
    match tokio::time::timeout(wait, look).await {
        Ok(Some(orders)) => Json(orders).into_response(),
        _ => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn probes(
    State(gateway): State<Arc<Gateway>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(answer): Json<ProbeAnswer>,
) -> Response {
    let (collector, _) = match authenticate(&gateway, &headers) {
        Ok(authenticated) => authenticated,
        Err(refused) => return refused,
    };
    if answer.id == id && gateway.desk.answer(&collector, answer) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        problem(
            StatusCode::NOT_FOUND,
            "nobody waits for this probe",
            format!("probe {id} has timed out or was answered"),
        )
    }
}
