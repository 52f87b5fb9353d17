//! What is refused, and how it says so.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use serde_json::json;

use crate::actor::{Actor, Reply};
use crate::laboratory::{Laboratory, PASSWORD};

#[tokio::test]
async fn an_unknown_login_and_a_wrong_password_get_the_same_answer() {
    let laboratory = Laboratory::open().await;
    let actor = Actor::anonymous(&laboratory.portal);
    let wrong = actor.sign_in("zhao", "wrong").await;
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
    let laboratory = Laboratory::open().await;
    let actor = Actor::anonymous(&laboratory.portal);
    for _ in 0..5 {
        assert_eq!(
            actor.sign_in("zhao", "wrong").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    let reply = actor.sign_in("zhao", PASSWORD).await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too-many-attempts")
    );
    assert_eq!(reply.headers[header::RETRY_AFTER], "15");
    assert_eq!(actor.sign_in("li", PASSWORD).await.status, StatusCode::OK);
}

#[tokio::test]
async fn whoever_guesses_at_a_known_login_locks_out_himself_alone() {
    let laboratory = Laboratory::open().await;
    let actor = Actor::anonymous(&laboratory.portal);
    let mut refused = 0;
    for _ in 0..12 {
        let reply = sign_in_from(&actor, "zhao", "wrong", "192.0.2.7:40000").await;
        refused += usize::from(reply.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 7);
    let owner = sign_in_from(&actor, "zhao", PASSWORD, "198.51.100.1:40000").await;
    assert_eq!(owner.status, StatusCode::OK, "{}", owner.body);
    let guesser = sign_in_from(&actor, "zhao", PASSWORD, "192.0.2.7:40000").await;
    assert_eq!(guesser.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn another_spelling_of_a_login_is_no_fresh_try() {
    let laboratory = Laboratory::open().await;
    let actor = Actor::anonymous(&laboratory.portal);
    for spelling in ["zhao", "Zhao", " ZHAO", "ｚｈａｏ", "zhao\u{3000}"] {
        assert_eq!(
            actor.sign_in(spelling, "wrong").await.status,
            StatusCode::UNAUTHORIZED
        );
    }
    for spelling in ["zhao", "zHAO", "Ｚhao "] {
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
    let laboratory = Laboratory::open().await;
    let actor = Actor::anonymous(&laboratory.portal);
    let attempt = async |login: &str, password: &str, from: &str| {
        sign_in_from(&actor, login, password, from).await.status
    };
    for number in 0..50 {
        let status = attempt(&format!("guess-{number}"), "wrong", "192.0.2.7:40000").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    let same = attempt("zhao", PASSWORD, "192.0.2.7:40001").await;
    assert_eq!(same, StatusCode::TOO_MANY_REQUESTS);
    for other in ["192.0.2.8:40000", "127.0.0.1:40000"] {
        assert_eq!(attempt("zhao", PASSWORD, other).await, StatusCode::OK, "{other}");
    }
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("qian").await;
    assert_eq!(actor.get("/api/v1/me").await.json()["roles"], json!(["auditor"]));
    assert_eq!(
        actor.send("DELETE", "/api/v1/session", None, None).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(actor.get("/api/v1/me").await.code(), "not-signed-in");
}

#[tokio::test]
async fn a_stale_page_is_refused_and_a_missing_version_too() {
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("works").await;
    let id = laboratory.meter("m-01", "dtz341@1").await;
    let draft = laboratory.draft("m-01", "dtz341@1");
    let path = &format!("/api/v1/instruments/{id}");
    let stale = actor.send("PUT", path, Some(draft.clone()), Some(0)).await;
    assert_eq!(
        (stale.status, stale.code().as_str()),
        (StatusCode::PRECONDITION_FAILED, "stale")
    );
    let without = actor.send("PUT", path, Some(draft.clone()), None).await;
    assert_eq!(without.status, StatusCode::PRECONDITION_REQUIRED);
    assert_eq!(
        actor.send("PUT", path, Some(draft), Some(1)).await.status,
        StatusCode::OK
    );
}

#[tokio::test]
async fn refused_input_names_its_field() {
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("works").await;
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
        let mut draft = laboratory.draft("m-01", "dtz341@1");
        draft["traceability"]["k"] = json!("2");
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
    let laboratory = Laboratory::open().await;
    let foreign = laboratory.foreign_meter().await;
    for login in ["works", "li", "zhao", "qian"] {
        let actor = laboratory.actor(login).await;
        for part in ["", "/latest", "/series/voltage.a"] {
            let path = format!("/api/v1/instruments/{foreign}{part}");
            let reply = actor.get(&path).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (StatusCode::NOT_FOUND, "not-found"),
                "{login} {path}"
            );
        }
    }
    let actor = laboratory.actor("works").await;
    let mut draft = laboratory.draft("m-01", "dtz341@1");
    draft["site_id"] = json!(laboratory.mill);
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
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("qian").await;
    let id = laboratory.meter("m-01", "dtz341@1").await;
    let path = format!("/api/v1/instruments/{id}/series/voltage.a");
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
    assert_eq!(
        actor
            .get(&format!("/api/v1/instruments/{id}/latest"))
            .await
            .json(),
        json!([])
    );
    let nominal = format!("/api/v1/instruments/{id}/provenance/voltage.a?nominal=2026-05-09T00:00:00Z");
    assert_eq!(actor.get(&nominal).await.status, StatusCode::NOT_FOUND);
    assert!(!actor.get("/api/v1/live").await.body.contains("220.10"));
}

#[tokio::test]
async fn live_readings_carry_units_and_hide_foreign_devices() {
    let laboratory = Laboratory::open().await;
    laboratory.meter("m-01", "dtz341@1").await;
    let actor = laboratory.actor("works").await;
    let reply = actor.get("/api/v1/live").await;
    assert!(reply.body.contains("event: sweep"), "{}", reply.body);
    assert!(reply.body.contains("\"value\":\"220.10\"") && reply.body.contains("\"unit\":\"V\""));
    assert!(reply.body.contains("event: lagged\ndata: 3"));
    assert!(!reply.body.contains("m-99"));
}

#[tokio::test]
async fn a_collector_shows_its_last_contact_and_what_it_holds_back() {
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("works").await;
    let rows = actor.get("/api/v1/collectors").await.json();
    let known = json!({"id": "c-1", "site_id": laboratory.plant, "name": "Plant", "online": true,
        "last_seen": "2026-06-01T07:59:00Z", "spooled": 7, "lost": 0,
        "not_read": [{"device": "m-07", "cause": "not-understood", "detail": "unknown variant"}], "not_read_unnamed": 0,
        "refused": [{"reason": "time-ahead", "readings": 12, "device": "m-01"}]});
    assert_eq!(rows[0], known);
    assert_eq!(actor.get("/api/v1/overview").await.json()["collectors"], rows);
    let others = laboratory.actor("others").await;
    let silent = others.get("/api/v1/collectors").await.json();
    assert_eq!(silent[0]["online"], false);
    for unknown in ["last_seen", "spooled", "lost"] {
        assert!(silent[0][unknown].is_null(), "{silent}");
    }
}

#[tokio::test]
async fn a_silent_collector_is_named() {
    let laboratory = Laboratory::open().await;
    let actor = laboratory.actor("works").await;
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
    let laboratory = Laboratory::open().await;
    let actor = Actor::anonymous(&laboratory.portal);
    for path in ["/api/v1/me", "/api/v1/nothing", "/"] {
        let reply = actor.get(path).await;
        let policy = reply.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "{path}");
        assert_eq!(reply.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    assert_eq!(actor.get("/api/v1/nothing").await.code(), "not-found");
}

/// What a phone loads is packed; what comes piece by piece is not, or nothing would be heard until much has come.
#[tokio::test]
async fn answers_are_packed_for_whoever_asks_and_streams_are_not() {
    let laboratory = Laboratory::open().await;
    let works = laboratory.actor("works").await;
    let asked = async |path: &str| {
        let request = Request::get(path)
            .header(header::ACCEPT_ENCODING, "gzip")
            .body(Body::empty())
            .unwrap();
        let answer = works.answer(request).await;
        let packed = answer.headers().get(header::CONTENT_ENCODING).cloned();
        (answer.status(), packed)
    };
    let gzip = Some(axum::http::HeaderValue::from_static("gzip"));
    assert_eq!(asked("/api/v1/profiles").await, (StatusCode::OK, gzip));
    assert_eq!(asked("/api/v1/live").await, (StatusCode::OK, None));
}
