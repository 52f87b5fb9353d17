//! A gateway with one admitted collector and device, and the sweeps that it sends.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use devices::{DeviceId, Quality, Reading, Window};
use gateway::store::conformance::sweep;
use gateway::store::embedded::EmbeddedStore;
use gateway::{AdmissionTable, CollectorAdmission, DeviceAdmission, Gateway};
use http_body_util::BodyExt;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tower::ServiceExt;
use uplink::{Access, Ack, Batch, BatchKey, DeviceAssignment, Sweep};

pub const NOW: i64 = 1_790_000_000;

pub struct Site {
    pub gateway: Arc<Gateway>,
    pub store: Arc<EmbeddedStore>,
    pub admission: watch::Sender<Arc<AdmissionTable>>,
    _folder: tempfile::TempDir,
}

pub fn device(name: &str) -> (DeviceId, DeviceAdmission) {
    let device = DeviceId::new(name).unwrap();
    let access = Access::ModbusTcp {
        host: "127.0.0.1".to_owned(),
        port: 502,
        unit: 1,
    };
    let assignment = DeviceAssignment {
        device: device.clone(),
        profile: "dtz341@1".to_owned(),
        access,
        period_seconds: 60,
    };
    let plausible = [("voltage.a".parse().unwrap(), (180.into(), 260.into()))].into();
    (
        device,
        DeviceAdmission {
            assignment,
            plausible,
        },
    )
}

pub fn table(version: u64, names: &[&str]) -> Arc<AdmissionTable> {
    let admission = CollectorAdmission {
        token_sha256: Sha256::digest(b"secret").into(),
        devices: names.iter().map(|name| device(name)).collect(),
        profiles: Arc::new(devices::profile::catalogue().clone()),
    };
    Arc::new(AdmissionTable {
        version,
        collectors: [("edge-1".to_owned(), Arc::new(admission))].into(),
    })
}

pub async fn site() -> Site {
    site_in(tempfile::tempdir().unwrap()).await
}

pub async fn site_in(folder: tempfile::TempDir) -> Site {
    let store = EmbeddedStore::open(&folder.path().join("series.db"))
        .await
        .unwrap();
    let store = Arc::new(store);
    let (admission, receiver) = watch::channel(table(1, &["m-01"]));
    let gateway = Gateway::new(
        store.clone(),
        receiver,
        Arc::new(|| Timestamp::from_second(NOW).unwrap()),
    );
    Site {
        gateway,
        store,
        admission,
        _folder: folder,
    }
}

impl Site {
    pub async fn send(
        &self,
        method: &str,
        uri: &str,
        token: &str,
        body: impl Into<Body>,
    ) -> (StatusCode, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", format!("Bearer {token}"))
            .header("x-collector", "edge-1")
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        let response = self.gateway.router().oneshot(request).await.unwrap();
        (
            response.status(),
            response.into_body().collect().await.unwrap().to_bytes().to_vec(),
        )
    }

    pub async fn post(&self, bytes: Vec<u8>) -> (StatusCode, String) {
        let (status, body) = self.send("POST", "/uplink/v1/batches", "secret", bytes).await;
        (status, String::from_utf8(body).unwrap())
    }

    pub async fn good(&self, sequence: u64, sweeps: Vec<Sweep>) -> Ack {
        let (status, body) = self.post(encoded(sequence, sweeps)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    pub async fn stored(&self, series: &str) -> Vec<Reading> {
        let window = Window {
            from: Timestamp::UNIX_EPOCH,
            to: Timestamp::from_second(NOW * 2).unwrap(),
        };
        self.gateway
            .store()
            .range(&series.parse().unwrap(), window, 100)
            .await
            .unwrap()
    }
}

pub fn encoded(sequence: u64, sweeps: Vec<Sweep>) -> Vec<u8> {
    encoded_in(9, sequence, sweeps)
}

pub fn encoded_in(epoch: u64, sequence: u64, sweeps: Vec<Sweep>) -> Vec<u8> {
    Batch {
        key: BatchKey {
            collector: "edge-1".to_owned(),
            epoch,
            sequence,
        },
        sweeps,
    }
    .encode()
}

pub fn volts(at: i64, mantissa: i128) -> Sweep {
    sweep("m-01", at, Some((mantissa, 2)), Quality::Good)
}

pub fn energy(at: i64, mantissa: i128) -> Sweep {
    let mut sweep = volts(at, mantissa);
    sweep.values[0].point = "energy.active.import".to_owned();
    sweep
}
