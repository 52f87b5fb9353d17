//! From the operator's run to the reviewer's decision, over the real ledger, by HTTP alone. That the changes of a decision
//! are one transaction, statement by statement, is tested in the ledger.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actor::{Actor, Reply};
use crate::laboratory::{Laboratory, asked, person};

/// A period check of a plant's meter that waits for review: with equal ratios it conforms, otherwise it does not.
async fn waiting(laboratory: &Laboratory, operator: &str, ratio: &str) -> (i64, Value) {
    laboratory.it_is_now("2026-04-01T00:00:00Z");
    let subject = laboratory.meter("m-1", "dtz341@1").await;
    let reference = laboratory.meter("ref-1", "ref3000@1").await;
    laboratory
        .change(subject, "/multiplier/current_ratio", json!(ratio))
        .await;
    laboratory.it_is_now("2026-06-01T08:00:00Z");
    let started = laboratory
        .actor(operator)
        .await
        .send(
            "POST",
            "/api/v1/runs",
            Some(asked("period-check", subject, reference)),
            None,
        )
        .await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    (subject, started.json())
}

async fn decide(actor: &Actor, run: &Value, decision: &str, version: i64) -> Reply {
    let body = match decision {
        "confirm" => json!({"note": "seen"}),
        _ => json!({"reason": "too short"}),
    };
    let path = format!("/api/v1/runs/{}/{decision}", run["id"]);
    actor.send("POST", &path, Some(body), Some(version)).await
}

async fn instrument(laboratory: &Laboratory, id: i64) -> Value {
    let reply = laboratory
        .actor("works")
        .await
        .get(&format!("/api/v1/instruments/{id}"))
        .await;
    reply.json()
}

/// Everything that a decision may touch.
async fn everything(laboratory: &Laboratory, subject: i64, run: &Value) -> Vec<String> {
    let root = laboratory.actor("root").await;
    let mut all = Vec::new();
    for path in [
        format!("/api/v1/instruments/{subject}"),
        format!("/api/v1/runs/{}", run["id"]),
        "/api/v1/audit".to_owned(),
        "/api/v1/overview".to_owned(),
    ] {
        all.push(root.get(&path).await.body);
    }
    all
}

#[tokio::test]
async fn a_confirmed_conclusion_moves_status_and_next_check_and_leaves_its_trail() {
    for (ratio, verdict, status, next) in [
        ("1", "conforms", "normal", json!("2026-06-07")),
        ("20", "does-not-conform", "to-send", Value::Null),
    ] {
        let laboratory = Laboratory::open().await;
        let (subject, run) = waiting(&laboratory, "li", ratio).await;
        assert_eq!(
            (&run["state"], &run["verdict"], &run["operator"]),
            (&json!("awaiting-review"), &json!(verdict), &person("li"))
        );
        let before = instrument(&laboratory, subject).await;
        assert_eq!(before["status"], "normal", "waiting for review changes nothing");
        assert!(before["next_check_on"].is_null());

        laboratory.it_is_now("2026-06-02T09:30:00Z");
        let reviewer = laboratory.actor("zhao").await;
        let confirmed = decide(&reviewer, &run, "confirm", 1).await;
        assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
        let review = json!({"by": person("zhao"), "at": "2026-06-02T09:30:00Z", "decision": "confirmed", "note": "seen"});
        assert_eq!(confirmed.json()["review"], review);

        let after = instrument(&laboratory, subject).await;
        assert_eq!(
            (&after["status"], &after["next_check_on"]),
            (&json!(status), &next)
        );
        assert_eq!(
            after["version"].as_i64(),
            before["version"].as_i64().map(|version| version + 1)
        );
        assert_eq!(
            after["traceability"], before["traceability"],
            "no conclusion moves a certificate"
        );

        let trail = reviewer.get("/api/v1/audit").await.json();
        let told: Vec<_> = trail["rows"]
            .as_array()
            .unwrap()
            .iter()
            .take(3)
            .map(|entry| {
                (
                    entry["action"].as_str().unwrap(),
                    entry["who"]["login"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("instrument.status", "zhao"),
                ("run.confirmed", "zhao"),
                ("run.judged", "li")
            ]
        );
        assert_eq!(
            trail["rows"][0]["after"],
            json!({"format": 1, "status": status, "next_check_on": next})
        );
        let whole = laboratory.ledger.verify_audit().await.unwrap();
        assert!(
            matches!(whole, ledger::audit::AuditCheck::Whole { .. }),
            "{whole:?}"
        );
    }
}

#[tokio::test]
async fn refusals_change_nothing() {
    let laboratory = Laboratory::open().await;
    let (subject, run) = waiting(&laboratory, "both", "1").await;
    let before = everything(&laboratory, subject, &run).await;
    for (login, decision, version, status, code) in [
        ("li", "confirm", 1, StatusCode::FORBIDDEN, "forbidden"),
        ("li", "return", 1, StatusCode::FORBIDDEN, "forbidden"),
        ("works", "confirm", 1, StatusCode::FORBIDDEN, "forbidden"),
        ("root", "confirm", 1, StatusCode::FORBIDDEN, "forbidden"),
        // May do both, but not both to the same run.
        ("both", "confirm", 1, StatusCode::FORBIDDEN, "own-work"),
        ("both", "return", 1, StatusCode::FORBIDDEN, "own-work"),
        ("zhao", "confirm", 0, StatusCode::PRECONDITION_FAILED, "stale"),
        ("zhao", "return", 2, StatusCode::PRECONDITION_FAILED, "stale"),
    ] {
        let reply = decide(&laboratory.actor(login).await, &run, decision, version).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (status, code),
            "{login} {decision} {version}"
        );
    }
    assert_eq!(everything(&laboratory, subject, &run).await, before);
    let confirmed = decide(&laboratory.actor("zhao").await, &run, "confirm", 1).await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);
}

#[tokio::test]
async fn a_decision_is_final() {
    for first in ["confirm", "return"] {
        let laboratory = Laboratory::open().await;
        let (subject, run) = waiting(&laboratory, "li", "20").await;
        let reviewer = laboratory.actor("zhao").await;
        assert_eq!(decide(&reviewer, &run, first, 1).await.status, StatusCode::OK);
        let before = everything(&laboratory, subject, &run).await;
        for (login, version) in [("zhao", 2), ("both", 2), ("zhao", 1)] {
            for again in ["confirm", "return"] {
                let reply = decide(&laboratory.actor(login).await, &run, again, version).await;
                assert_eq!(
                    (reply.status, reply.code().as_str()),
                    (StatusCode::CONFLICT, "already-reviewed"),
                    "{first}, then {again} by {login} at {version}"
                );
            }
        }
        assert_eq!(everything(&laboratory, subject, &run).await, before);
    }
}

#[tokio::test]
async fn a_returned_conclusion_leaves_the_instrument_as_it_is() {
    let laboratory = Laboratory::open().await;
    let (subject, run) = waiting(&laboratory, "li", "20").await;
    let before = instrument(&laboratory, subject).await;
    let reviewer = laboratory.actor("zhao").await;
    let path = format!("/api/v1/runs/{}/return", run["id"]);
    let unsaid = reviewer
        .send("POST", &path, Some(json!({"reason": " "})), Some(1))
        .await;
    assert_eq!(
        (unsaid.code().as_str(), &unsaid.json()["field"]),
        ("return-without-reason", &json!("reason"))
    );
    let returned = decide(&reviewer, &run, "return", 1).await.json();
    assert_eq!(
        (&returned["state"], &returned["review"]["note"]),
        (&json!("returned"), &json!("too short"))
    );
    assert_eq!(instrument(&laboratory, subject).await, before);
}

#[tokio::test]
async fn a_page_opened_before_a_review_overwrites_nothing() {
    let laboratory = Laboratory::open().await;
    let (subject, run) = waiting(&laboratory, "li", "20").await;
    let opened = instrument(&laboratory, subject).await;
    let reviewer = laboratory.actor("zhao").await;
    assert_eq!(decide(&reviewer, &run, "confirm", 1).await.status, StatusCode::OK);
    let works = laboratory.actor("works").await;
    let reply = works
        .send(
            "PUT",
            &format!("/api/v1/instruments/{subject}"),
            Some(laboratory.draft("m-1", "dtz341@1")),
            opened["version"].as_i64(),
        )
        .await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::PRECONDITION_FAILED, "stale")
    );
    assert_eq!(instrument(&laboratory, subject).await["status"], "to-send");
}

/// Whoever takes a bundle away takes with it whether it counts.
#[tokio::test]
async fn a_bundle_says_whether_it_was_reviewed_and_by_whom() {
    for (decision, state) in [
        (None, "awaiting-review"),
        (Some("confirm"), "confirmed"),
        (Some("return"), "returned"),
    ] {
        let laboratory = Laboratory::open().await;
        let (_, run) = waiting(&laboratory, "li", "1").await;
        if let Some(decision) = decision {
            let reviewer = laboratory.actor("zhao").await;
            assert_eq!(decide(&reviewer, &run, decision, 1).await.status, StatusCode::OK);
        }
        let li = laboratory.actor("li").await;
        let path = format!("/api/v1/runs/{}/bundle", run["id"]);
        let bundle = li.get(&path).await;
        let reviewed = decision.map(|_| "ZHAO (zhao)");
        assert_eq!(
            bundle.json()["record"],
            json!({"number": run["id"], "state": state, "operator": "LI (li)", "reviewer": reviewed,
                "reviewed_at": decision.map(|_| "2026-06-01T08:00:00Z"), "taken_at": "2026-06-01T08:00:00Z"})
        );
        let recheck = verification::recheck::recheck_bytes(bundle.body.as_bytes()).unwrap();
        assert!(recheck.agrees, "{:?}", recheck.differences);
    }
}
