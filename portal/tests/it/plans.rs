//! Plans and due checks by HTTP, over the real ledger.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::laboratory::{Laboratory, asked, person};

async fn make(actor: &Actor, instrument: i64, due_on: &str) -> Value {
    let body =
        json!({"kind": "period-check", "instrument_id": instrument, "due_on": due_on, "note": "spring"});
    let reply = actor.send("POST", "/api/v1/plans", Some(body), None).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    reply.json()
}

#[tokio::test]
async fn from_the_plan_to_the_run_that_does_it_and_the_next_check() {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-04-01T00:00:00Z");
    let meter = laboratory.meter("m-1", "dtz341@1").await;
    let reference = laboratory.meter("ref-1", "ref3000@1").await;
    let plan = make(&laboratory.actor("li").await, meter, "2026-05-31").await;
    let instrument = json!({"id": meter, "device": "m-1", "name": "meter m-1"});
    let made = json!({"id": plan["id"], "kind": "period-check", "instrument": instrument, "reference": null,
        "due_on": "2026-05-31", "note": "spring", "made_by": person("li"), "made_at": "2026-04-01T00:00:00Z", "state": "open",
        "closed": null, "version": 1});
    assert_eq!(plan, made);

    laboratory.it_is_now("2026-06-01T08:00:00Z");
    let works = laboratory.actor("works").await;
    let condition = json!({"sound": true, "validity": {"state": "valid", "until": "2027-01-04"},
        "communication": {"state": "answering", "last_value_at": "2026-06-01T08:00:00Z", "reason": null}});
    let late = json!({"rows": [{"instrument": instrument, "kind": "period-check", "due_on": "2026-05-31",
        "overdue": true, "plan": made, "after_run": null, "status": "normal", "condition": condition}], "total": 1, "overdue": 1});
    assert_eq!(works.get("/api/v1/plans").await.json(), late);

    let operator = laboratory.actor("li").await;
    let body = asked("period-check", meter, reference);
    let run = operator
        .send("POST", "/api/v1/runs", Some(body), None)
        .await
        .json();
    let close = format!("/api/v1/plans/{}/close", plan["id"]);
    let done = json!({"state": "done", "run_id": run["id"]});
    let early = operator.send("POST", &close, Some(done.clone()), Some(1)).await;
    assert_eq!(
        early.json()["field"],
        "run_id",
        "nobody has confirmed it yet: {}",
        early.body
    );
    let reviewer = laboratory.actor("zhao").await;
    let confirm = format!("/api/v1/runs/{}/confirm", run["id"]);
    reviewer.send("POST", &confirm, Some(json!({})), Some(1)).await;
    let closed = operator.send("POST", &close, Some(done.clone()), Some(1)).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.body);
    let told = json!({"by": person("li"), "at": "2026-06-01T08:00:00Z", "run_id": run["id"], "note": ""});
    assert_eq!(
        (
            &closed.json()["state"],
            &closed.json()["closed"],
            &closed.json()["version"]
        ),
        (&json!("done"), &told, &json!(2))
    );
    let again = operator.send("POST", &close, Some(done), Some(2)).await;
    assert_eq!(
        (again.status, again.code().as_str()),
        (StatusCode::CONFLICT, "already-closed")
    );

    // What remains is the next check, thirty days after the window.
    let next = json!({"rows": [{"instrument": instrument, "kind": "period-check", "due_on": "2026-06-07",
        "overdue": false, "plan": null, "after_run": run["id"], "status": "normal", "condition": condition}], "total": 1, "overdue": 0});
    assert_eq!(works.get("/api/v1/plans").await.json(), next);
    assert_eq!(
        works.get("/api/v1/plans?state=done").await.json()["rows"][0]["plan"]["id"],
        plan["id"]
    );
    laboratory.it_is_now("2026-06-08T00:00:00Z");
    let works = laboratory.actor("works").await;
    assert_eq!(works.get("/api/v1/plans?overdue=true").await.json()["overdue"], 1);
    assert_eq!(works.get("/api/v1/overview").await.json()["overdue_checks"], 1);

    let trail = works
        .get(&format!("/api/v1/instruments/{meter}/audit"))
        .await
        .body;
    assert!(
        trail.contains("plan.made") && trail.contains("plan.done"),
        "{trail}"
    );
}

#[tokio::test]
async fn a_plan_that_does_not_fit_names_its_field() {
    let laboratory = Laboratory::open().await;
    let meter = laboratory.meter("m-1", "dtz341@1").await;
    let operator = laboratory.actor("li").await;
    for (name, value, field) in [
        ("kind", json!("calibration"), "kind"),
        ("due_on", json!("2026-05-31"), "due_on"),
        ("due_on", json!("soon"), "due_on"),
        ("reference_id", json!(meter), "reference_id"),
        ("note", json!("x".repeat(501)), "note"),
        ("from", json!("2026-05-31"), "from"),
    ] {
        let mut body = json!({"kind": "period-check", "instrument_id": meter, "due_on": "2026-06-30"});
        body[name] = value;
        let reply = operator.send("POST", "/api/v1/plans", Some(body), None).await;
        assert_eq!(
            (reply.status, &reply.json()["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
            "{}",
            reply.body
        );
    }
    let plan = make(&operator, meter, "2026-06-30").await;
    let close = format!("/api/v1/plans/{}/close", plan["id"]);
    for (body, field) in [
        (json!({"state": "open"}), "state"),
        (json!({"state": "done"}), "run_id"),
        (json!({"state": "done", "run_id": 99}), "run_id"),
        (json!({"state": "cancelled", "note": " "}), "note"),
        (json!({"state": "cancelled", "run_id": 1, "note": "x"}), "run_id"),
    ] {
        let reply = operator.send("POST", &close, Some(body), Some(1)).await;
        assert_eq!(
            (reply.status, &reply.json()["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
            "{}",
            reply.body
        );
    }
    let cancelled = json!({"state": "cancelled", "note": "sold"});
    let stale = operator
        .send("POST", &close, Some(cancelled.clone()), Some(2))
        .await;
    assert_eq!(
        (stale.status, stale.code().as_str()),
        (StatusCode::PRECONDITION_FAILED, "stale")
    );
    let closed = operator.send("POST", &close, Some(cancelled), Some(1)).await;
    assert_eq!(closed.json()["closed"]["note"], "sold");
}

#[tokio::test]
async fn other_peoples_plans_are_as_if_they_were_not_there() {
    let laboratory = Laboratory::open().await;
    let meter = laboratory.meter("m-1", "dtz341@1").await;
    let operator = laboratory.actor("li").await;
    let plan = make(&operator, meter, "2026-06-30").await;
    let nothing = json!({"rows": [], "total": 0, "overdue": 0});
    // The auditor's grant ends in May.
    for login in ["others", "qian"] {
        assert_eq!(
            laboratory.actor(login).await.get("/api/v1/plans").await.json(),
            nothing,
            "{login}"
        );
    }
    for login in ["works", "zhao", "root"] {
        let actor = laboratory.actor(login).await;
        assert_eq!(actor.get("/api/v1/plans").await.json()["total"], 1, "{login}");
        let close = format!("/api/v1/plans/{}/close", plan["id"]);
        let reply = actor
            .send(
                "POST",
                &close,
                Some(json!({"state": "cancelled", "note": "x"})),
                Some(1),
            )
            .await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::FORBIDDEN, "forbidden"),
            "{login}"
        );
    }
    for unknown in [meter + 100, 0] {
        let body = json!({"kind": "period-check", "instrument_id": unknown, "due_on": "2026-06-30"});
        let reply = operator.send("POST", "/api/v1/plans", Some(body), None).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
    }
    let absent = operator
        .send(
            "POST",
            "/api/v1/plans/99/close",
            Some(json!({"state": "cancelled", "note": "x"})),
            Some(1),
        )
        .await;
    assert_eq!(absent.status, StatusCode::NOT_FOUND);
}

/// Shanghai is eight hours ahead: what is due on the first of June is late there from 16:00 UTC on.
#[tokio::test]
async fn the_day_turns_where_the_instrument_hangs() {
    let laboratory = Laboratory::open().await;
    let meter = laboratory.meter("m-1", "dtz341@1").await;
    make(&laboratory.actor("li").await, meter, "2026-06-01").await;
    laboratory
        .change(meter, "/traceability/due_on", json!("2026-06-01"))
        .await;
    for (now, late, validity) in [
        ("2026-06-01T15:59:59Z", 0, "valid"),
        ("2026-06-01T16:00:00Z", 1, "ended"),
    ] {
        laboratory.it_is_now(now);
        let li = laboratory.actor("li").await;
        let due = li.get("/api/v1/plans").await.json();
        assert_eq!(due["overdue"], late, "{now}: {due}");
        assert_eq!(due["rows"][0]["overdue"], late == 1, "{now}");
        assert_eq!(
            due["rows"][0]["condition"]["validity"]["state"], validity,
            "{now}"
        );
        let only = li.get("/api/v1/plans?overdue=true").await.json();
        assert_eq!(only["total"], late, "{now}");
    }
    let li = laboratory.actor("li").await;
    let yesterday = json!({"kind": "period-check", "instrument_id": meter, "due_on": "2026-06-01"});
    let refused = li.send("POST", "/api/v1/plans", Some(yesterday), None).await;
    assert_eq!(
        (refused.code().as_str(), &refused.json()["field"]),
        ("due-in-past", &json!("due_on"))
    );
    // Where it is the second of June, a certificate may be of the second.
    laboratory
        .change(
            meter,
            "/traceability",
            json!({"certificate_no": "Z-2", "issued_by": "Institute",
            "issued_on": "2026-06-02", "due_on": "2027-06-01", "u95_percent": null}),
        )
        .await;
}
