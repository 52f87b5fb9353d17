//! A gateway that misbehaves on purpose: it fails before and after storing, cuts connections, and
//! answers late.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::watch;
use uplink::{Ack, Batch, Orders, ProbeAnswer, Report};

/// Everything it got.
#[derive(Default)]
pub struct Stored {
    /// Bytes by (epoch, sequence).
    pub batches: BTreeMap<(u64, u64), Vec<u8>>,
    pub duplicates: u64,
    /// One key with two different contents.
    pub conflicts: u64,
    pub faults: u64,
    pub refuse_device: Option<String>,
    pub down: bool,
    pub dice: u64,
    pub faulty: bool,
}

#[derive(Clone)]
pub struct FaultyGateway {
    pub stored: Arc<Mutex<Stored>>,
    pub orders: Arc<watch::Sender<Orders>>,
    /// Devices of the same orders as a newer gateway words them.
    pub newer: Arc<Mutex<Vec<serde_json::Value>>>,
    pub reports: Arc<watch::Sender<Vec<Report>>>,
    pub answers: Arc<watch::Sender<Vec<ProbeAnswer>>>,
    pub address: SocketAddr,
    pub changed: Arc<watch::Sender<u64>>,
}

pub const TOKEN: &str = "a-long-token";

impl FaultyGateway {
    pub async fn start(seed: u64, faulty: bool) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let gateway = Self {
            stored: Arc::new(Mutex::new(Stored {
                dice: seed,
                faulty,
                ..Stored::default()
            })),
            orders: Arc::new(watch::Sender::new(Orders {
                version: 0,
                devices: Vec::new(),
                probes: Vec::new(),
            })),
            newer: Arc::default(),
            reports: Arc::new(watch::Sender::new(Vec::new())),
            answers: Arc::new(watch::Sender::new(Vec::new())),
            address: listener.local_addr().unwrap(),
            changed: Arc::new(watch::Sender::new(0)),
        };
        let router = Router::new()
            .route("/uplink/v1/batches", post(batches))
            .route("/uplink/v1/orders", get(orders))
            .route("/uplink/v1/probes/{id}", post(probes))
            .route("/uplink/v1/report", post(report))
            .with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until `enough` holds for what was stored.
    pub async fn until(&self, enough: impl Fn(&Stored) -> bool) {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            while !enough(&self.stored.lock().unwrap()) {
                changed.changed().await.unwrap();
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(60), waiting)
            .await
            .expect("the gateway got enough");
    }
}

async fn batches(State(gateway): State<FaultyGateway>, headers: HeaderMap, body: Bytes) -> Response {
    let response = take(&gateway, &headers, &body);
    gateway.changed.send_modify(|version| *version += 1);
    response
}

fn refused(headers: &HeaderMap) -> Option<Response> {
    let known = format!("Bearer {TOKEN}");
    let given = headers.get("authorization");
    let refusal = (
        StatusCode::UNAUTHORIZED,
        "{\"title\":\"token\",\"detail\":\"unknown\"}",
    );
    given
        .is_none_or(|given| given != &known)
        .then(|| refusal.into_response())
}

fn take(gateway: &FaultyGateway, headers: &HeaderMap, body: &Bytes) -> Response {
    let mut stored = gateway.stored.lock().unwrap();
    if let Some(refusal) = refused(headers) {
        return refusal;
    }
    stored.dice = stored
        .dice
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(99);
    let roll = if stored.faulty {
        (stored.dice >> 33) % 10
    } else {
        9
    };
    if stored.down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if roll < 3 {
        stored.faults += 1;
    }
    // Nothing stored, and the collector must come again.
    match roll {
        0 => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        1 => return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")]).into_response(),
        _ => {}
    }
    let Ok(batch) = Batch::decode(body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    if let Some(device) = &stored.refuse_device
        && batch.sweeps.iter().any(|sweep| sweep.device.as_str() == device)
    {
        return (
            StatusCode::BAD_REQUEST,
            "{\"title\":\"refused\",\"detail\":\"poison\"}",
        )
            .into_response();
    }
    let key = (batch.key.epoch, batch.key.sequence);
    let duplicate = match stored.batches.get(&key) {
        Some(before) if before.as_slice() != body => {
            stored.conflicts += 1;
            return StatusCode::CONFLICT.into_response();
        }
        Some(_) => {
            stored.duplicates += 1;
            true
        }
        None => {
            stored.batches.insert(key, body.to_vec());
            false
        }
    };
    if roll == 2 {
        // Stored, but the acknowledgement is cut off: the body breaks after one byte.
        let broken =
            futures_util::stream::iter([Ok(Bytes::from_static(b"{")), Err(std::io::Error::other("cut"))]);
        return Response::new(axum::body::Body::from_stream(broken));
    }
    let ack = Ack {
        epoch: key.0,
        sequence: key.1,
        duplicate,
        stored: batch.sweeps.len() as u64,
        lowered: 0,
        refused: 0,
        refusals: Vec::new(),
    };
    axum::Json(ack).into_response()
}

async fn orders(
    State(gateway): State<FaultyGateway>,
    headers: HeaderMap,
    axum::extract::Query(query): axum::extract::Query<BTreeMap<String, String>>,
) -> Response {
    if let Some(refusal) = refused(&headers) {
        return refusal;
    }
    let after: u64 = query.get("after").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut orders = gateway.orders.subscribe();
    let news = async {
        loop {
            let now = orders.borrow_and_update().clone();
            if now.version != after || !now.probes.is_empty() {
                return now;
            }
            orders.changed().await.unwrap();
        }
    };
    match tokio::time::timeout(std::time::Duration::from_secs(1), news).await {
        Ok(orders) => {
            let mut json = serde_json::to_value(orders).unwrap();
            let newer = gateway.newer.lock().unwrap().clone();
            json["devices"].as_array_mut().unwrap().extend(newer);
            axum::Json(json).into_response()
        }
        Err(_) => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn probes(
    State(gateway): State<FaultyGateway>,
    axum::Json(answer): axum::Json<ProbeAnswer>,
) -> StatusCode {
    gateway
        .orders
        .send_modify(|orders| orders.probes.retain(|probe| probe.id != answer.id));
    gateway.answers.send_modify(|answers| answers.push(answer));
    StatusCode::NO_CONTENT
}

async fn report(State(gateway): State<FaultyGateway>, axum::Json(report): axum::Json<Report>) -> StatusCode {
    gateway.reports.send_modify(|reports| reports.push(report));
    StatusCode::NO_CONTENT
}
