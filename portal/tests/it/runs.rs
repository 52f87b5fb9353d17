//! Runs from the request to the frozen bundle.

use axum::http::StatusCode;
use serde_json::{Value, json};
use verification::canonical::sha256;
use verification::recheck::recheck_bytes;

use crate::laboratory::{Laboratory, asked};

/// A meter and a reference of the plant.
async fn pair() -> (Laboratory, i64, i64) {
    let laboratory = Laboratory::open().await;
    let subject = laboratory.meter("m-01", "dtz341@1").await;
    let reference = laboratory.meter("ref-1", "ref3000@1").await;
    (laboratory, subject, reference)
}

#[tokio::test]
async fn a_run_freezes_what_it_judged_and_a_recheck_agrees() {
    let (laboratory, subject, reference) = pair().await;
    let li = laboratory.actor("li").await;
    for kind in ["online-verification", "period-check"] {
        let started = li
            .send(
                "POST",
                "/api/v1/runs",
                Some(asked(kind, subject, reference)),
                None,
            )
            .await;
        assert_eq!(started.status, StatusCode::CREATED, "{kind}: {}", started.body);
        let run = started.json();
        let path = format!("/api/v1/runs/{}", run["id"]);
        let bundle = li.get(&format!("{path}/bundle")).await;
        let recheck = recheck_bytes(bundle.body.as_bytes()).unwrap();
        assert!(recheck.agrees, "{kind}: {:?}", recheck.differences);
        let evidence = li.get(&format!("{path}/evidence")).await;
        assert_eq!(sha256(evidence.body.as_bytes()), run["evidence_sha256"], "{kind}");
        // The conclusion on the wire is the engine's own text.
        let frozen: Value = bundle.json();
        assert_eq!(run["conclusion"], frozen["conclusion"], "{kind}");
        // These registers never move: nothing can be judged, and that is no error.
        if kind == "online-verification" {
            assert_eq!(run["verdict"], "inconclusive");
        }
    }
}

#[tokio::test]
async fn a_run_that_cannot_begin_says_why() {
    let (laboratory, subject, reference) = pair().await;
    let li = laboratory.actor("li").await;
    for (change, field) in [
        (json!({"reference_id": null}), "reference_id"),
        (json!({"reference_id": subject}), "reference_id"),
        (json!({"to": "2026-04-01T00:00:00Z"}), "to"),
        (json!({"to": "2027-04-01T00:00:00Z"}), "to"),
        (json!({"from": "2025-04-01T00:00:00Z"}), "from"),
        (json!({"kind": "guess"}), "kind"),
    ] {
        let mut body = asked("online-verification", subject, reference);
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = li.send("POST", "/api/v1/runs", Some(body), None).await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{change}: {}",
            reply.body
        );
        assert_eq!(reply.json()["field"], field, "{change}");
    }
    let foreign = asked("online-verification", laboratory.foreign_meter().await, reference);
    let reply = li.send("POST", "/api/v1/runs", Some(foreign), None).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
