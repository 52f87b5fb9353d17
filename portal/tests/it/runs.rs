//! Runs from the request to the frozen bundle.

use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use portal::records::Judged;
use portal::wire::VerdictName;
use serde_json::json;
use verification::recheck::recheck_bytes;

use crate::actor::{Actor, portal_recording, portal_run_by};

fn asked(kind: &str, reference: Option<i64>) -> serde_json::Value {
    json!({"kind": kind, "instrument_id": 1, "reference_id": reference,
        "from": "2026-05-01T00:00:00Z", "to": "2026-05-08T00:00:00Z"})
}

#[tokio::test]
async fn a_run_freezes_what_it_judged_and_a_recheck_agrees() {
    for kind in ["online-verification", "period-check"] {
        let recorded: Arc<Mutex<Vec<Judged>>> = Arc::default();
        let portal = portal_recording("operator", recorded.clone());
        let actor = Actor::signed_in(&portal, "operator").await;
        let reply = actor
            .send("POST", "/api/v1/runs", Some(asked(kind, Some(3))), None)
            .await;
        assert_eq!(reply.status, StatusCode::CREATED, "{kind}: {}", reply.body);
        let judged = recorded.lock().unwrap().pop().expect("one run was recorded");
        let recheck = recheck_bytes(&judged.frozen.bundle).unwrap();
        assert!(recheck.agrees, "{kind}: {:?}", recheck.differences);
        let digest = verification::canonical::sha256(&judged.frozen.evidence);
        assert_eq!(digest, judged.evidence_sha256, "{kind}");
        // The double's registers never move: nothing can be judged, and that is no error.
        if kind == "online-verification" {
            assert_eq!(judged.verdict, VerdictName::Inconclusive);
        }
    }
}

#[tokio::test]
async fn a_run_that_cannot_begin_says_why() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "operator").await;
    for (change, field) in [
        (json!({"reference_id": null}), "reference_id"),
        (json!({"reference_id": 1}), "reference_id"),
        (json!({"to": "2026-04-01T00:00:00Z"}), "to"),
        (json!({"to": "2027-04-01T00:00:00Z"}), "to"),
        (json!({"from": "2025-04-01T00:00:00Z"}), "from"),
        (json!({"kind": "guess"}), "kind"),
    ] {
        let mut body = asked("online-verification", Some(3));
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let reply = actor.send("POST", "/api/v1/runs", Some(body), None).await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{change}: {}",
            reply.body
        );
        assert_eq!(reply.json()["field"], field, "{change}");
    }
    let mut foreign = asked("online-verification", Some(3));
    foreign["instrument_id"] = json!(2);
    let reply = actor.send("POST", "/api/v1/runs", Some(foreign), None).await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}
