//! The HTTP interface: good batches, and everything that is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use devices::{DeviceId, Failure, Provenance, Quality, Reading, SeriesId, Window};
use gateway::store::conformance::sweep;
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{AdmittedBatch, Appended, Received, SeriesStore, StoreError, StoreStatistics};
use gateway::{AdmissionTable, CollectorAdmission, DeviceAdmission, Gateway};
use http_body_util::BodyExt;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tower::ServiceExt;
use uplink::{Access, Ack, Batch, BatchKey, DeviceAssignment, Orders, ProbeAnswer, ProbeOutcome, Sweep};

const NOW: i64 = 1_790_000_000;

struct Site {
    gateway: Arc<Gateway>,
    admission: watch::Sender<Arc<AdmissionTable>>,
    _folder: tempfile::TempDir,
}

fn device(name: &str) -> (DeviceId, DeviceAdmission) {
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

fn table(version: u64, devices: &[&str]) -> Arc<AdmissionTable> {
    let admission = CollectorAdmission {
        token_sha256: Sha256::digest(b"secret").into(),
        devices: devices.iter().map(|name| device(name)).collect(),
    };
    Arc::new(AdmissionTable {
        version,
        collectors: [("edge-1".to_owned(), admission)].into(),
    })
}

async fn site() -> Site {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&folder.path().join("series.db"))
        .await
        .unwrap();
    site_with(Arc::new(store), folder)
}

fn site_with(store: Arc<dyn SeriesStore>, folder: tempfile::TempDir) -> Site {
    let (admission, receiver) = watch::channel(table(1, &["m-01"]));
    let gateway = Gateway::new(store, receiver, Arc::new(|| Timestamp::from_second(NOW).unwrap()));
    Site {
        gateway,
        admission,
        _folder: folder,
    }
}

impl Site {
    async fn send(
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

    async fn post(&self, bytes: Vec<u8>) -> (StatusCode, String) {
        let (status, body) = self.send("POST", "/uplink/v1/batches", "secret", bytes).await;
        (status, String::from_utf8(body).unwrap())
    }

    async fn good(&self, sequence: u64, sweeps: Vec<Sweep>) -> Ack {
        let (status, body) = self.post(encoded(sequence, sweeps)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn stored(&self, series: &str) -> Vec<Reading> {
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

fn encoded(sequence: u64, sweeps: Vec<Sweep>) -> Vec<u8> {
    Batch {
        key: BatchKey {
            collector: "edge-1".to_owned(),
            epoch: 9,
            sequence,
        },
        sweeps,
    }
    .encode()
}

fn volts(at: i64, mantissa: i128) -> Sweep {
    sweep("m-01", at, Some((mantissa, 2)), Quality::Good)
}

fn energy(at: i64, mantissa: i128) -> Sweep {
    let mut sweep = volts(at, mantissa);
    sweep.values[0].point = "energy.active.import".to_owned();
    sweep
}

#[tokio::test]
async fn a_batch_is_stored_once_and_broadcast() {
    let site = site().await;
    let mut live = site.gateway.live();
    let ack = site.good(1, vec![volts(NOW, 22010)]).await;
    assert_eq!(
        (ack.stored, ack.lowered, ack.refused, ack.duplicate),
        (1, 0, 0, false)
    );
    assert_eq!(
        live.try_recv().unwrap().readings[0].value.unwrap().to_string(),
        "220.10"
    );
    assert!(site.good(1, vec![volts(NOW, 22010)]).await.duplicate);
    assert!(live.try_recv().is_err(), "a duplicate is not news");
    assert_eq!(site.stored("m-01/voltage.a").await.len(), 1);
    let (status, body) = site.post(encoded(1, vec![volts(NOW, 22011)])).await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
}

#[tokio::test]
async fn foreign_bytes_are_refused_by_name_and_store_nothing() {
    let site = site().await;
    let good = encoded(1, vec![volts(NOW, 22010)]);
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut versioned = good.clone();
    versioned[4] = 99;
    let other = Batch {
        key: BatchKey {
            collector: "edge-2".to_owned(),
            epoch: 9,
            sequence: 1,
        },
        sweeps: vec![],
    };
    for (bytes, says) in [
        (b"GET / HTTP/1.1".to_vec(), "not a batch"),
        (Vec::new(), "not a batch"),
        (good[..20].to_vec(), "truncated"),
        (good[..good.len() - 3].to_vec(), "damaged"),
        (damaged, "damaged"),
        (versioned, "version 99"),
        (other.encode(), "edge-2"),
    ] {
        let (status, body) = site.post(bytes).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert!(body.contains(says), "{says}: {body}");
    }
    assert_eq!(
        site.gateway.store().statistics().await.unwrap(),
        StoreStatistics::default()
    );
    assert_eq!(site.gateway.health().malformed.values().sum::<u64>(), 7);
    let (status, _) = site.post(vec![0; 9 * 1024 * 1024]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_counted() {
    let site = site().await;
    let bytes = encoded(1, vec![volts(NOW, 22010)]);
    let (status, _) = site.send("POST", "/uplink/v1/batches", "guess", bytes).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(site.gateway.health().unauthorised, 1);
}

#[tokio::test]
async fn what_is_not_admitted_never_blocks_what_is() {
    let site = site().await;
    let mut stranger = volts(NOW, 22010);
    stranger.device = DeviceId::new("m-99").unwrap();
    let mut odd = volts(NOW + 1, 22011);
    odd.values[0].point = "no.such.point".to_owned();
    let mut contradiction = volts(NOW + 2, 22012);
    contradiction.values[0].quality = Quality::Bad(Failure::NoAnswer).code();
    let mut unknown = volts(NOW + 3, 22013);
    unknown.values[0].quality = 77;
    let ack = site
        .good(1, vec![stranger, odd, contradiction, unknown, volts(NOW, 22014)])
        .await;
    assert_eq!((ack.stored, ack.refused), (1, 4));
    let reasons: Vec<&str> = ack
        .refusals
        .iter()
        .map(|refusal| refusal.reason.as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "unknown-device",
            "unknown-point",
            "quality-contradicts-value",
            "unknown-quality"
        ]
    );
    assert_eq!(
        site.gateway.store().statistics().await.unwrap().quarantined,
        4,
        "kept, not dropped"
    );
}

#[tokio::test]
async fn quality_is_lowered_and_the_value_kept() {
    let site = site().await;
    let ack = site
        .good(
            1,
            vec![
                volts(NOW + 3600, 22010),
                volts(NOW - 60, 31000),
                volts(NOW, 22020),
            ],
        )
        .await;
    assert_eq!((ack.stored, ack.lowered), (3, 2));
    let got: Vec<(String, &str)> = site
        .stored("m-01/voltage.a")
        .await
        .iter()
        .map(|reading| (reading.value.unwrap().to_string(), reading.quality.name()))
        .collect();
    let expected = [
        ("310.00", "outside-plausible-range"),
        ("220.20", "good"),
        ("220.10", "clock-skew"),
    ];
    assert_eq!(got, expected.map(|(value, quality)| (value.to_owned(), quality)));
}

#[tokio::test]
async fn a_register_that_goes_backwards_is_doubted_but_late_data_is_not() {
    let site = site().await;
    site.good(2, vec![energy(NOW - 60, 50_000)]).await;
    // Older data that arrives later is smaller by nature.
    assert_eq!(site.good(1, vec![energy(NOW - 120, 40_000)]).await.lowered, 0);
    assert_eq!(site.good(3, vec![energy(NOW, 100)]).await.lowered, 1);
    // From the new register on it counts up again.
    assert_eq!(site.good(4, vec![energy(NOW + 60, 200)]).await.lowered, 0);
}

#[tokio::test]
async fn orders_wait_for_news_and_a_probe_finds_its_way() {
    let site = site().await;
    let (status, body) = site
        .send("GET", "/uplink/v1/orders?after=0&wait=5", "secret", "")
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_slice::<Orders>(&body).unwrap().devices.len(), 1);
    let (status, _) = site
        .send("GET", "/uplink/v1/orders?after=1&wait=0", "secret", "")
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    let waiting = site.send("GET", "/uplink/v1/orders?after=1&wait=30", "secret", "");
    let publish = async { site.admission.send_replace(table(2, &["m-01", "m-02"])) };
    let ((status, body), _) = tokio::join!(waiting, publish);
    assert_eq!(status, StatusCode::OK);
    assert_eq!(serde_json::from_slice::<Orders>(&body).unwrap().devices.len(), 2);

    let access = Access::ModbusTcp {
        host: "10.0.0.9".to_owned(),
        port: 502,
        unit: 3,
    };
    let asking = site
        .gateway
        .probe("edge-1", "ddz1187@1", access, Duration::from_secs(10));
    let collector = async {
        let (_, body) = site
            .send("GET", "/uplink/v1/orders?after=2&wait=30", "secret", "")
            .await;
        let probe = serde_json::from_slice::<Orders>(&body).unwrap().probes.remove(0);
        let outcome = ProbeOutcome::Failed {
            reason: "no answer".to_owned(),
        };
        let answer = ProbeAnswer {
            id: probe.id.clone(),
            outcome,
            elapsed_ms: 12,
        };
        let body = serde_json::to_vec(&answer).unwrap();
        let uri = format!("/uplink/v1/probes/{}", probe.id);
        assert_eq!(
            site.send("POST", &uri, "secret", body.clone()).await.0,
            StatusCode::NO_CONTENT
        );
        assert_eq!(
            site.send("POST", &uri, "secret", body).await.0,
            StatusCode::NOT_FOUND,
            "answered once"
        );
    };
    let (answer, ()) = tokio::join!(asking, collector);
    assert_eq!(answer.unwrap().elapsed_ms, 12);

    let access = Access::ModbusTcp {
        host: "10.0.0.9".to_owned(),
        port: 502,
        unit: 3,
    };
    let silent = site
        .gateway
        .probe("edge-1", "ddz1187@1", access, Duration::from_millis(20))
        .await;
    assert!(silent.unwrap_err().to_string().contains("edge-1"));
}

/// A store on a full disk, until told otherwise.
struct FullDisk {
    inner: EmbeddedStore,
    full: AtomicBool,
}

#[async_trait]
impl SeriesStore for FullDisk {
    async fn append(&self, batch: &AdmittedBatch) -> Result<Appended, StoreError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(StoreError::Engine("no space left on device".into()));
        }
        self.inner.append(batch).await
    }
    async fn latest(&self, series: &[SeriesId]) -> Result<Vec<Option<Reading>>, StoreError> {
        self.inner.latest(series).await
    }
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, StoreError> {
        self.inner.latest_of_device(device).await
    }
    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, StoreError> {
        self.inner.range(series, window, limit).await
    }
    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, StoreError> {
        self.inner.provenance(series, nominal).await
    }
    async fn bounds(&self, series: &SeriesId) -> Result<Option<(Timestamp, Timestamp)>, StoreError> {
        self.inner.bounds(series).await
    }
    async fn received(&self, collector: &str, epoch: u64) -> Result<Received, StoreError> {
        self.inner.received(collector, epoch).await
    }
    async fn statistics(&self) -> Result<StoreStatistics, StoreError> {
        self.inner.statistics().await
    }
}

#[tokio::test]
async fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let inner = EmbeddedStore::open(&folder.path().join("series.db"))
        .await
        .unwrap();
    let store = Arc::new(FullDisk {
        inner,
        full: AtomicBool::new(true),
    });
    let site = site_with(store.clone(), folder);
    let bytes = encoded(1, vec![volts(NOW, 22010)]);
    let (status, body) = site.post(bytes.clone()).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body.contains("no space left"), "{body}");
    assert_eq!(site.gateway.health().store_failures, 1);
    store.full.store(false, Ordering::SeqCst);
    assert!(
        !serde_json::from_str::<Ack>(&site.post(bytes).await.1)
            .unwrap()
            .duplicate
    );
    assert_eq!(site.stored("m-01/voltage.a").await.len(), 1);
}

#[tokio::test]
async fn garbage_does_not_bring_the_broker_down() {
    use tokio::io::AsyncWriteExt;
    let broker = gateway::broker::EmbeddedBroker::start("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    for garbage in [
        &b"GET / HTTP/1.1\r\n\r\n"[..],
        &[0xFF; 64],
        &[0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
    ] {
        let mut stream = tokio::net::TcpStream::connect(broker.address()).await.unwrap();
        stream.write_all(garbage).await.unwrap();
    }
    tokio::net::TcpStream::connect(broker.address()).await.unwrap();
    let taken = gateway::broker::EmbeddedBroker::start(broker.address())
        .await
        .unwrap_err()
        .to_string();
    assert!(taken.contains("choose another port"), "{taken}");
}
