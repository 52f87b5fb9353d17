//! A disk that is full, and peers that speak no protocol.

use std::path::Path;

use axum::http::StatusCode;
use devices::{Quality, Window};
use gateway::store::SeriesStore;
use gateway::store::conformance::sweep;
use gateway::store::embedded::EmbeddedStore;
use jiff::Timestamp;
use uplink::Sweep;

use crate::site::{NOW, encoded, site_in};

/// On a really full disk: 8 MB of memory, mounted where only the child process sees it.
#[test]
fn a_full_disk_acknowledges_nothing_and_ends_by_itself() {
    peers::run_on_small_disk(8, "faults::on_a_full_disk");
}

/// 20 sweeps that compress badly.
fn noise(sequence: u64) -> Vec<Sweep> {
    (0..20)
        .map(|n| {
            let second = NOW + i64::try_from(sequence).unwrap() * 20 + n;
            let mut one = sweep("m-01", second, Some((i128::from(22_000 + n), 2)), Quality::Good);
            let mut word = u32::try_from(sequence).unwrap() * 20 + u32::try_from(n).unwrap() + 1;
            one.raw[0].words = std::iter::repeat_with(|| {
                word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                word.to_be_bytes()[0..2]
                    .try_into()
                    .map(u16::from_be_bytes)
                    .unwrap()
            })
            .take(1_000)
            .collect();
            one
        })
        .collect()
}

#[tokio::test]
#[ignore = "started as a child process by a_full_disk_acknowledges_nothing_and_ends_by_itself"]
async fn on_a_full_disk() {
    let said = crate::log::Log::begin();
    let disk = std::env::var("HENGLIAN_SMALL_DISK").unwrap();
    let folder = tempfile::tempdir_in(&disk).unwrap();
    let path = folder.path().join("series.db");
    let site = site_in(folder).await;
    let filler = Path::new(&disk).join("filler");

    let mut acknowledged = 0;
    for failure in 1..=2 {
        let refused = loop {
            let (status, body) = site
                .post(encoded(acknowledged + 1, noise(acknowledged + 1)))
                .await;
            if status != StatusCode::OK {
                break (status, body);
            }
            acknowledged += 1;
            if acknowledged % 10 == 0 && !filler.exists() {
                let _ = std::fs::write(&filler, vec![1; 8 << 20]);
            }
        };
        assert_eq!(refused.0, StatusCode::SERVICE_UNAVAILABLE);
        assert!(refused.1.contains("full"), "{}", refused.1);
        for _ in 0..3 {
            let (status, _) = site
                .post(encoded(acknowledged + 1, noise(acknowledged + 1)))
                .await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            let (status, body) = site.send("GET", "/health", "", "").await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
            let health: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert!(
                health["store"]["cannot_write"].as_str().unwrap().contains("full"),
                "{health}"
            );
        }
        std::fs::remove_file(&filler).unwrap();
        // Once by asking, once by the next batch.
        if failure == 1 {
            assert_eq!(site.send("GET", "/health", "", "").await.0, StatusCode::OK);
        }
        acknowledged += 1;
        assert!(!site.good(acknowledged, noise(acknowledged)).await.duplicate);
        assert_eq!(site.send("GET", "/health", "", "").await.0, StatusCode::OK);
        assert_eq!(said.times("cannot write"), failure);
        assert_eq!(said.times("writes again"), failure);
        assert_eq!(said.times("batch not stored"), 0);
    }

    let everything = Window {
        from: Timestamp::UNIX_EPOCH,
        to: Timestamp::from_second(NOW * 2).unwrap(),
    };
    let series = "m-01/voltage.a".parse().unwrap();
    let count = usize::try_from(acknowledged * 20).unwrap();
    let stored = site
        .gateway
        .store()
        .range(&series, everything, 10_000)
        .await
        .unwrap();
    assert_eq!(stored.len(), count);
    let again = EmbeddedStore::open(&path).await.unwrap();
    assert_eq!(again.range(&series, everything, 10_000).await.unwrap(), stored);
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
