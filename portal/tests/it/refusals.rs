//! What is refused, and how it says so.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::actor::{Actor, Reply, portal_run_by};
use crate::double::{OTHER_SITE, PASSWORD, certificate_json, draft_json};

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_get_the_same_answer() {
    let portal = portal_run_by("operator");
    let actor = Actor::anonymous(&portal);
    let wrong = actor.sign_in("reviewer", "wrong").await;
    let unknown = actor.sign_in("nobody", PASSWORD).await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::UNAUTHORIZED, "wrong-credentials")
    );
    assert_eq!((unknown.status, &unknown.body), (wrong.status, &wrong.body));
    assert!(wrong.headers.get(header::SET_COOKIE).is_none());
}

/// From somewhere, with a header that anybody can write; only proxies that are believed are.
async fn sign_in_from(actor: &Actor, login: &str, password: &str, from: &str) -> Reply {
    let peer: SocketAddr = from.parse().unwrap();
    let request = Request::builder()
        .method("POST")
        .uri("/api/v1/session")
        .header("x-requested-with", "henglian")
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-forwarded-for", "203.0.113.9")
        .extension(ConnectInfo(peer))
        .body(Body::from(
            json!({"login": login, "password": password}).to_string(),
        ))
        .unwrap();
    actor.raw(request).await
}

#[tokio::test]
async fn the_sixth_guess_waits_even_if_it_is_right() {
    let portal = portal_run_by("operator");
    let actor = Actor::anonymous(&portal);
    for _ in 0..5 {
        assert_eq!(
            actor.sign_in("reviewer", "wrong").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let reply = actor.sign_in("reviewer", PASSWORD).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts")
    );
    assert_eq!(reply.headers[header::RETRY_AFTER], "15");
    assert_eq!(actor.sign_in("operator", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_guesses_at_a_known_login_locks_out_himself_alone() {
    let portal = portal_run_by("operator");
    let actor = Actor::anonymous(&portal);
    let mut refused = 0;
    for _ in 0..12 {
        let reply = sign_in_from(&actor, "reviewer", "wrong", "192.0.2.7:40000").await;
        refused += usize::from(reply.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 7);
    let owner = sign_in_from(&actor, "reviewer", PASSWORD, "198.51.100.1:40000").await;
    assert_eq!(owner.status, StatusCode::OK, "{}", owner.body);
    let guesser = sign_in_from(&actor, "reviewer", PASSWORD, "192.0.2.7:40000").await;
    assert_eq!(guesser.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn another_spelling_of_a_login_is_no_fresh_try() {
    let portal = portal_run_by("operator");
    let actor = Actor::anonymous(&portal);
    for spelling in [
        "reviewer",
        "Reviewer",
        " REVIEWER",
        "ｒｅｖｉｅｗｅｒ",
        "reviewer\u{3000}",
    ] {
        assert_eq!(
            actor.sign_in(spelling, "wrong").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    for spelling in ["reviewer", "rEVIEWER", "Ｒeviewer "] {
        assert_eq!(
            actor.sign_in(spelling, PASSWORD).await.code(),
            "too-many-attempts",
            "{spelling}"
        );
    }
    let long = "x".repeat(10_000);
    assert_eq!(actor.sign_in(&long, PASSWORD).await.code(), "wrong-credentials");
}

#[tokio::test]
async fn guessing_at_many_accounts_from_one_address_waits() {
    let portal = portal_run_by("operator");
    let actor = Actor::anonymous(&portal);
    let attempt = async |login: &str, password: &str, from: &str| {
        sign_in_from(&actor, login, password, from).await.status
    };
    for number in 0..50 {
        let status = attempt(&format!("guess-{number}"), "wrong", "192.0.2.7:40000").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let same = attempt("reviewer", PASSWORD, "192.0.2.7:40001").await;
    assert_eq!(same, StatusCode::TOO_MANY_REQUESTS);
    for other in ["192.0.2.8:40000", "127.0.0.1:40000"] {
        assert_eq!(
            attempt("reviewer", PASSWORD, other).await,
            StatusCode::OK,
            "{other}"
        );
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "auditor").await;
    assert_eq!(actor.get("/api/v1/me").await.json()["roles"], json!(["auditor"]));
    assert_eq!(
        actor.send("DELETE", "/api/v1/session", None, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(actor.get("/api/v1/me").await.code(), "not-signed-in");
}

#[tokio::test]
async fn a_stale_page_is_refused_and_a_missing_version_too() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "enterprise").await;
    let path = "/api/v1/instruments/1";
    let stale = actor.send("PUT", path, Some(draft_json()), Some(6)).await;
    assert_eq!(
        (stale.status, stale.code().as_str()),
        (StatusCode::PRECONDITION_FAILED, "stale")
    );
    let without = actor.send("PUT", path, Some(draft_json()), None).await;
    assert_eq!(without.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(
        actor.send("PUT", path, Some(draft_json()), Some(7)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn own_work_is_confirmed_by_somebody_else() {
    let portal = portal_run_by("reviewer");
    let actor = Actor::signed_in(&portal, "reviewer").await;
    let reply = actor
        .send(
            "POST",
            "/api/v1/runs/1/confirm",
            Some(json!({"note": ""})),
            Some(7),
        )
        .await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::FORBIDDEN, "own-work")
    );
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "reviewer").await;
    let reply = actor
        .send(
            "POST",
            "/api/v1/runs/1/confirm",
            Some(json!({"note": ""})),
            Some(7),
        )
        .await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    assert_eq!(reply.json()["conclusion"]["mean"], "-1.80");
    let empty = actor
        .send(
            "POST",
            "/api/v1/runs/1/return",
            Some(json!({"reason": " "})),
            Some(7),
        )
        .await;
    assert_eq!(empty.json()["field"], "reason");
}

#[tokio::test]
async fn refused_input_names_its_field() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "enterprise").await;
    for (pointer, value, field) in [
        ("/access/port", json!("x"), "access.port"),
        ("/access/port", json!(0), "access.port"),
        ("/period_seconds", json!(0), "period_seconds"),
        ("/profile", json!("none@1"), "profile"),
        ("/device", json!("M 01"), "device"),
        (
            "/multiplier/current_ratio",
            json!("0"),
            "multiplier.current_ratio",
        ),
        (
            "/multiplier/current_ratio",
            json!("twenty"),
            "multiplier.current_ratio",
        ),
        ("/name", json!("  "), "name"),
        (
            "/traceability/certificate_no",
            json!(" "),
            "traceability.certificate_no",
        ),
        (
            "/traceability/certificate_no",
            json!(null),
            "traceability.certificate_no",
        ),
        (
            "/traceability/issued_by",
            json!("x".repeat(201)),
            "traceability.issued_by",
        ),
        (
            "/traceability/issued_by",
            json!("two\nlines"),
            "traceability.issued_by",
        ),
        (
            "/traceability/issued_on",
            json!("2026-02-30"),
            "traceability.issued_on",
        ),
        (
            "/traceability/issued_on",
            json!("2026-06-03"),
            "traceability.issued_on",
        ),
        ("/traceability/due_on", json!("2026-01-05"), "traceability.due_on"),
        ("/traceability/due_on", json!(""), "traceability.due_on"),
        (
            "/traceability/u95_percent",
            json!("0"),
            "traceability.u95_percent",
        ),
        (
            "/traceability/u95_percent",
            json!("100.1"),
            "traceability.u95_percent",
        ),
        (
            "/traceability/u95_percent",
            json!("0,02"),
            "traceability.u95_percent",
        ),
        ("/traceability/u95_percent", json!(null), "traceability"),
        ("/traceability/k", json!("0.9"), "traceability.k"),
        ("/traceability/k", json!("20"), "traceability.k"),
        ("/traceability/k", json!("two"), "traceability.k"),
        (
            "/traceability/calibrated_by",
            json!("x"),
            "traceability.calibrated_by",
        ),
    ] {
        let mut draft = draft_json();
        draft["traceability"] = certificate_json();
        let (object, name) = pointer.rsplit_once('/').unwrap();
        draft.pointer_mut(object).unwrap()[name] = value;
        let reply = actor.send("POST", "/api/v1/instruments", Some(draft), None).await;
        assert_eq!(
            reply.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{pointer}: {}",
            reply.body
        );
        let problem = reply.json();
        assert!(
            problem["field"].as_str().unwrap().starts_with(field),
            "{pointer}: {problem}"
        );
        assert!(problem["detail_zh"].as_str().is_some_and(|text| !text.is_empty()));
        assert_eq!(reply.headers[header::CONTENT_TYPE], "application/problem+json");
    }
}

#[tokio::test]
async fn a_foreign_site_is_as_if_it_were_not_there() {
    let portal = portal_run_by("operator");
    for login in ["enterprise", "operator", "reviewer", "auditor"] {
        let actor = Actor::signed_in(&portal, login).await;
        for path in [
            "/api/v1/instruments/2",
            "/api/v1/instruments/2/latest",
            "/api/v1/instruments/2/series/voltage.a",
        ] {
            let reply = actor.get(path).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (StatusCode::NOT_FOUND, "not-found"),
                "{login} {path}"
            );
        }
    }
    let actor = Actor::signed_in(&portal, "enterprise").await;
    let mut draft = draft_json();
    draft["site_id"] = json!(OTHER_SITE);
    assert_eq!(
        actor
            .send("POST", "/api/v1/instruments", Some(draft), None)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn an_auditor_reads_only_the_granted_period() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "auditor").await;
    let path = "/api/v1/instruments/1/series/voltage.a";
    let cut = actor
        .get(&format!(
            "{path}?from=2026-05-07T22:00:00Z&to=2026-05-09T00:00:00Z"
        ))
        .await;
    let readings = cut.json()["curve"]["readings"].as_array().unwrap().len();
    assert_eq!(readings, 2, "{}", cut.body);
    let outside = actor
        .get(&format!(
            "{path}?from=2026-05-09T00:00:00Z&to=2026-05-10T00:00:00Z"
        ))
        .await;
    assert_eq!(outside.code(), "outside-grant");
    assert_eq!(actor.get("/api/v1/instruments/1/latest").await.json(), json!([]));
    let nominal = "/api/v1/instruments/1/provenance/voltage.a?nominal=2026-05-09T00:00:00Z";
    assert_eq!(actor.get(nominal).await.status, StatusCode::NOT_FOUND);
    assert!(!actor.get("/api/v1/live").await.body.contains("220.10"));
}

#[tokio::test]
async fn live_readings_carry_units_and_hide_foreign_devices() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "enterprise").await;
    let reply = actor.get("/api/v1/live").await;
    assert!(reply.body.contains("event: sweep"), "{}", reply.body);
    assert!(reply.body.contains("\"value\":\"220.10\"") && reply.body.contains("\"unit\":\"V\""));
    assert!(reply.body.contains("event: lagged\ndata: 3"));
    assert!(!reply.body.contains("m-99"));
}

#[tokio::test]
async fn a_collector_shows_its_last_contact_and_what_it_holds_back() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "enterprise").await;
    let rows = actor.get("/api/v1/collectors").await.json();
    let known = json!({"id": "c-1", "site_id": 1, "name": "一号", "online": true,
        "last_seen": "2026-06-01T07:59:00Z", "spooled": 7, "lost": 0,
        "not_read": [{"device": "m-07", "cause": "not-understood", "detail": "unknown variant"}], "not_read_unnamed": 0,
        "refused": [{"reason": "time-ahead", "readings": 12, "device": "m-01"}]});
    assert_eq!(rows[0], known);
    assert_eq!(rows[1]["online"], false);
    for unknown in ["last_seen", "spooled", "lost"] {
        assert!(rows[1][unknown].is_null(), "{rows}");
    }
    assert_eq!(actor.get("/api/v1/overview").await.json()["collectors"], rows);
}

#[tokio::test]
async fn a_silent_collector_is_named() {
    let portal = portal_run_by("operator");
    let actor = Actor::signed_in(&portal, "enterprise").await;
    let access = json!({"kind": "modbus-tcp", "host": "127.0.0.1", "port": 502, "unit": 1});
    let asked = json!({"collector": "c-1", "profile": "dtz341@1", "access": access});
    let reply = actor
        .send("POST", "/api/v1/probe", Some(asked.clone()), None)
        .await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::GATEWAY_TIMEOUT, "collector-silent")
    );
    let mut foreign = asked;
    foreign["collector"] = json!("c-9");
    assert_eq!(
        actor
            .send("POST", "/api/v1/probe", Some(foreign), None)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn headers_guard_every_answer() {
    let portal = portal_run_by("operator");
    let actor = Actor::anonymous(&portal);
    for path in ["/api/v1/me", "/api/v1/nothing", "/"] {
        let reply = actor.get(path).await;
        let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "{path}");
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    assert_eq!(actor.get("/api/v1/nothing").await.code(), "not-found");
}
