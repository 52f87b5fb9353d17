//! The HTTP interface for collectors.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::{Deserialize, Serialize};
use uplink::limits::MOST_ENCODED_BYTES;
use uplink::{ProbeAnswer, Report};

use super::IngestError;
use crate::health::count;
use crate::store::StoreError;
use crate::{CollectorAdmission, Gateway};

/// Largest answer to a probe, and largest report.
const MOST_JSON_BYTES: usize = 1024 * 1024;
/// Longest wait of a long poll.
const MOST_WAIT: u64 = 60;

pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route(
            "/uplink/v1/batches",
            post(batches).layer(DefaultBodyLimit::max(MOST_ENCODED_BYTES)),
        )
        .route("/uplink/v1/orders", get(orders))
        .route("/uplink/v1/probes/{id}", post(probes))
        .route("/uplink/v1/report", post(report))
        // Before any of them reads a body.
        .route_layer(from_fn_with_state(Arc::clone(&gateway), authenticated))
        .route("/health", get(health))
        .route(
            "/metrics",
            get(|State(gateway): State<Arc<Gateway>>| async move { gateway.metrics_text() }),
        )
        .layer(DefaultBodyLimit::max(MOST_JSON_BYTES))
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

/// The collector whose token a request carries.
#[derive(Clone)]
struct Sender {
    collector: String,
    admission: Arc<CollectorAdmission>,
}

/// Lets a request through with its [`Sender`], or answers it from its head alone: whoever has no token is not listened to.
async fn authenticated(State(gateway): State<Arc<Gateway>>, mut request: Request, next: Next) -> Response {
    match sender(&gateway, request.headers()) {
        Some(sender) => {
            let now = (gateway.clock)();
            gateway
                .counters
                .change(|health| health.contact(&sender.collector).last_seen = Some(now));
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
        None => {
            gateway.counters.change(|health| health.unauthorised += 1);
            let refused = problem(
                StatusCode::UNAUTHORIZED,
                "unknown collector or wrong token",
                "send the headers x-collector and authorization: Bearer TOKEN as issued in the portal",
            );
            // What follows the head is not read, so nothing else can follow on this connection.
            ([(header::CONNECTION, "close")], refused).into_response()
        }
    }
}

fn sender(gateway: &Gateway, headers: &HeaderMap) -> Option<Sender> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let collector = text("x-collector").unwrap_or_default();
    let token = text("authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default();
    let table = gateway.admission.borrow().clone();
    let Some(admission) = table.authenticate(collector, token) else {
        tracing::warn!(collector, "unknown collector or wrong token");
        return None;
    };
    Some(Sender {
        collector: collector.to_owned(),
        admission: Arc::clone(admission),
    })
}

async fn batches(
    State(gateway): State<Arc<Gateway>>,
    Extension(Sender { collector, admission }): Extension<Sender>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
            let name = if large { "too-large" } else { "cut-off" };
            gateway
                .counters
                .change(|health| count(&mut health.malformed, name, 1));
            tracing::warn!(collector, reason = name, "request body not taken");
            return if large {
                let detail =
                    format!("a batch has at most {MOST_ENCODED_BYTES} bytes; send fewer sweeps at a time");
                problem(StatusCode::PAYLOAD_TOO_LARGE, "batch too large", detail)
            } else {
                // Says nothing about the batch: it is sent again.
                problem(
                    StatusCode::REQUEST_TIMEOUT,
                    "request cut off or too slow",
                    rejection.body_text(),
                )
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
    gateway.store.intake.recheck().await;
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
    Extension(Sender { collector, .. }): Extension<Sender>,
    Query(query): Query<OrdersQuery>,
) -> Response {
    gateway.counters.change(|health| {
        let contact = health.contact(&collector);
        contact.spooled = query.spooled.or(contact.spooled);
        contact.lost = query.lost.or(contact.lost);
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
    Extension(Sender { collector, .. }): Extension<Sender>,
    Path(id): Path<String>,
    Json(answer): Json<ProbeAnswer>,
) -> Response {
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

/// What a collector makes of its orders: shown in the portal, since a device that is not read has nobody else to say so.
async fn report(
    State(gateway): State<Arc<Gateway>>,
    Extension(Sender { collector, .. }): Extension<Sender>,
    Json(mut report): Json<Report>,
) -> StatusCode {
    report.bound();
    let mut news = report.not_read.clone();
    gateway.counters.change(|health| {
        let contact = health.contact(&collector);
        if let Some(before) = contact.report.replace(report) {
            news.retain(|one| !before.not_read.contains(one));
        }
    });
    for one in news {
        tracing::warn!(collector, device = one.device, cause = ?one.cause, "not read by its collector: {}", one.detail);
    }
    StatusCode::NO_CONTENT
}
