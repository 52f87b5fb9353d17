//! A few hundred bytes that name millions of things: refused by their counts, before anything is made of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::http::StatusCode;
use gateway::store::StoreStatistics;
use sha2::{Digest, Sha256};
use uplink::SweepValue;

use crate::site::{NOW, site, volts};

/// `head`, so many times `element`, and empty lists for whatever is still to come, as the body of a batch.
fn batch(head: &[u8], element: &[u8], times: usize, rest: &[u8]) -> Vec<u8> {
    let mut plain = head.to_vec();
    plain.extend(element.repeat(times));
    plain.extend(rest);
    let body = zstd::bulk::compress(&plain, 19).unwrap();
    let mut bytes = b"HLB\0\x01".to_vec();
    bytes.extend(Sha256::digest(&body));
    bytes.extend(body);
    bytes
}

/// As postcard writes a count.
fn varint(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
    bytes
}

/// Collector `edge-1`, epoch 9, sequence 1.
fn key() -> Vec<u8> {
    b"\x06edge-1\x09\x01".to_vec()
}

/// Device `a`, no profile, time zero, nothing else.
const SWEEP: &[u8] = b"\x01a\x00\x00\x00\x00\x00\x00";

/// Each passes one limit, is a few hundred bytes, and would be well-formed otherwise.
fn attacks() -> Vec<(&'static str, Vec<u8>)> {
    let device = b"\x01a\x00\x00\x00";
    let head = |parts: &[&[u8]]| [&key(), &[1][..], &parts.concat()].concat();
    let (sweeps, values, words) = (1 << 18, 1 << 20, 1 << 21);
    vec![
        (
            "sweeps",
            batch(&[key(), varint(sweeps)].concat(), SWEEP, sweeps, &[]),
        ),
        (
            "values",
            // No name, no number, quality 0.
            batch(&head(&[device, &varint(values)]), &[0, 0, 0], values, &[0, 0]),
        ),
        (
            "spans of raw registers",
            batch(&head(&[device, &[0], &varint(values)]), &[0, 0, 0], values, &[0]),
        ),
        (
            "words of one span",
            batch(&head(&[device, &[0, 1, 0, 0], &varint(words)]), &[7], words, &[0]),
        ),
        (
            "bytes of one message",
            batch(&head(&[device, &[0, 0], &varint(words)]), b"x", words, &[]),
        ),
        (
            "bytes of one name",
            batch(&head(&[&varint(words)]), b"x", words, &[0; 6]),
        ),
    ]
}

#[tokio::test]
async fn a_few_bytes_that_name_millions_of_things_are_refused_by_their_counts() {
    let site = site().await;
    for (what, bytes) in attacks() {
        assert!(bytes.len() < 1_500, "{what}: {} bytes", bytes.len());
        let (status, body) = site.post(bytes).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{what}: {body}");
        assert!(
            body.contains(what) && body.contains("at most") && body.contains("fewer sweeps"),
            "{what}: {body}"
        );
    }
    let health = site.gateway.health();
    assert_eq!(health.malformed["too-many"], 6);
    assert_eq!(
        site.gateway.journal().statistics().await.unwrap(),
        StoreStatistics::default()
    );
}

#[tokio::test]
async fn what_decompresses_beyond_what_a_collector_sends_is_refused_before_it_is_looked_at() {
    let site = site().await;
    let (status, body) = site.post(batch(&key(), &[0], 5 << 20, &[])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(body.contains("does not decompress within"), "{body}");
}

#[tokio::test]
async fn a_sweep_full_of_unknown_points_is_kept_aside_once() {
    let site = site().await;
    let mut sweep = volts(NOW, 22010);
    sweep.message = vec![b'x'; 100_000];
    let value = sweep.values[0].clone();
    sweep.values = (0..4_000)
        .map(|n| SweepValue {
            point: format!("no.such.{n}"),
            ..value.clone()
        })
        .collect();
    let ack = site.good(1, vec![sweep]).await;
    assert_eq!(ack.refused, 4_000);
    let held = site.gateway.journal().statistics().await.unwrap();
    assert_eq!(held.quarantined, 1, "one row, with one copy of the message");
}

#[tokio::test]
async fn without_a_token_no_byte_of_a_body_is_read() {
    let site = site().await;
    for (method, path) in [
        ("POST", "/uplink/v1/batches"),
        ("POST", "/uplink/v1/report"),
        ("POST", "/uplink/v1/probes/probe-1"),
    ] {
        let read = Arc::new(AtomicBool::new(false));
        let touched = Arc::clone(&read);
        let body = Body::from_stream(futures_util::stream::poll_fn(move |_| {
            touched.store(true, Ordering::SeqCst);
            std::task::Poll::Ready(Some(Ok::<_, std::io::Error>(vec![0_u8; 1024])))
        }));
        let (status, _) = site.send(method, path, "guess", body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert!(!read.load(Ordering::SeqCst), "{path}");
    }
    assert_eq!(site.gateway.health().unauthorised, 3);
}
