//! A disk that is full, and peers that speak no protocol.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use axum::http::StatusCode;
use devices::{DeviceId, Provenance, Reading, SeriesId, Window};
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{AdmittedBatch, Appended, Received, SeriesStore, StoreError, StoreStatistics};
use jiff::Timestamp;
use uplink::Ack;

use crate::site::{NOW, encoded, site_with, volts};

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
    async fn known_before(&self, device: &DeviceId, before: Timestamp) -> Result<Vec<Reading>, StoreError> {
        self.inner.known_before(device, before).await
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
