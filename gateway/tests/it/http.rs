//! The HTTP interface: good batches, and everything that is none.

use std::time::Duration;

use axum::http::StatusCode;
use devices::{DeviceId, Failure, Quality};
use gateway::store::StoreStatistics;
use gateway::store::conformance::sweep;
use uplink::{
    Access, Batch, BatchKey, Networks, NotRead, NotReadCause, Orders, ProbeAnswer, ProbeFailure,
    ProbeOutcome, Report,
};

use crate::site::{NOW, encoded, energy, site, table, volts};

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
        site.gateway.journal().statistics().await.unwrap(),
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
        site.gateway.journal().statistics().await.unwrap().quarantined,
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
        .send(
            "GET",
            "/uplink/v1/orders?after=1&wait=0&spooled=12&lost=3",
            "secret",
            "",
        )
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);

    let contact = site.gateway.health().collectors["edge-1"].clone();
    assert_eq!(
        (contact.spooled, contact.lost),
        (Some(12), Some(3)),
        "as the collector said"
    );
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
        let outcome = ProbeOutcome::failed(ProbeFailure::NoReading, "");
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

#[tokio::test]
async fn too_large_a_batch_is_refused_in_form_and_counted() {
    let site = site().await;
    let (status, body) = site.post(vec![0; 9 * 1024 * 1024]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert!(
        problem["detail"].as_str().unwrap().contains("fewer sweeps"),
        "{body}"
    );
    assert_eq!(site.gateway.health().malformed["too-large"], 1);
}

#[tokio::test]
async fn one_key_with_other_content_is_a_conflict_and_no_store_failure() {
    let site = site().await;
    site.good(1, vec![volts(NOW, 22010)]).await;
    let (status, _) = site.post(encoded(1, vec![volts(NOW, 22011)])).await;
    assert_eq!(status, StatusCode::CONFLICT);
    let health = site.gateway.health();
    assert_eq!((health.conflicts, health.store_failures), (1, 0));
}

#[tokio::test]
async fn a_reading_of_another_model_than_assigned_is_kept_aside() {
    let site = site().await;
    let mut other = volts(NOW, 22010);
    other.profile = "ddz1187@1".to_owned();
    let ack = site.good(1, vec![other, volts(NOW + 60, 22020)]).await;
    assert_eq!((ack.refused, ack.stored), (1, 1));
    assert_eq!(site.gateway.health().refused["other-profile"], 1);
    assert_eq!(site.gateway.journal().statistics().await.unwrap().quarantined, 1);
}

#[tokio::test]
async fn what_was_lost_or_doubted_shows_in_health_and_metrics() {
    let site = site().await;
    site.good(
        1,
        vec![
            volts(NOW, 30_000),
            sweep("stranger", NOW, Some((1, 0)), Quality::Good),
        ],
    )
    .await;
    site.post(encoded(1, vec![volts(NOW, 22011)])).await;
    site.post(b"nonsense".to_vec()).await;
    let text = String::from_utf8(site.send("GET", "/metrics", "", "").await.1).unwrap();
    for line in [
        "henglian_gateway_readings_total 1",
        "henglian_gateway_lowered_readings_total{quality=\"outside-plausible-range\"} 1",
        "henglian_gateway_refused_readings_total{reason=\"unknown-device\"} 1",
        "henglian_gateway_malformed_batches_total{reason=\"foreign-bytes\"} 1",
        "henglian_gateway_conflicting_batches_total 1",
        "henglian_gateway_store_failures_total 0",
        "henglian_gateway_collector_last_seen_seconds{collector=\"edge-1\"} 1790000000",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
    }
    let health: serde_json::Value =
        serde_json::from_slice(&site.send("GET", "/health", "", "").await.1).unwrap();
    assert_eq!(health["refused"]["unknown-device"], 1);
}

#[tokio::test]
async fn what_a_collector_makes_of_its_orders_is_kept_and_counted() {
    let site = site().await;
    let mut report = Report::new(3, Vec::new(), Networks::default());
    // More than anybody reads, from a collector that is not ours.
    report.not_read = (0..600)
        .map(|n| NotRead {
            device: format!("m-{n}"),
            cause: NotReadCause::NotUnderstood,
            detail: "电".repeat(1_000),
        })
        .collect();
    let body = serde_json::to_vec(&report).unwrap();
    let (status, _) = site.send("POST", "/uplink/v1/report", "secret", body).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    for one in &mut report.not_read {
        one.detail = "电".repeat(400);
    }
    let body = serde_json::to_vec(&report).unwrap();
    let (status, _) = site.send("POST", "/uplink/v1/report", "secret", body).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let kept = site.gateway.health().collectors["edge-1"].report.clone().unwrap();
    assert_eq!((kept.not_read.len(), kept.unnamed), (500, 100));
    assert_eq!(kept.not_read[0].detail.chars().count(), Report::LONGEST_DETAIL);
    let metrics = site.gateway.metrics_text();
    assert!(
        metrics.contains("collector_not_read_devices{collector=\"edge-1\"} 600"),
        "{metrics}"
    );
}
