//! A test read makes another machine open a connection: bounded, refused where it leads nowhere, and in the audit trail.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::laboratory::{Laboratory, person};

fn asked(collector: &str, host: &str) -> Value {
    json!({"collector": collector, "profile": "dtz341@1",
        "access": {"kind": "modbus-tcp", "host": host, "port": 502, "unit": 1}})
}

#[tokio::test]
async fn each_test_read_stands_in_the_audit_trail_whatever_came_of_it() {
    let laboratory = Laboratory::open().await;
    let works = laboratory.actor("works").await;
    let reply = works
        .send("POST", "/api/v1/probe", Some(asked("c-1", "10.0.0.5")), None)
        .await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT, "{}", reply.body);
    let page = laboratory
        .actor("li")
        .await
        .get("/api/v1/audit?object=collector/c-1")
        .await
        .json();
    let entry = &page["rows"][0];
    assert_eq!(
        (&entry["action"], &entry["who"], &entry["detail"]),
        (
            &json!("probe.asked"),
            &person("works"),
            &json!("dtz341@1 modbus-tcp://10.0.0.5:502/1")
        )
    );
    // Whoever does not see the collector has asked nothing of it.
    let others = laboratory.actor("others").await;
    let reply = others
        .send("POST", "/api/v1/probe", Some(asked("c-1", "10.0.0.5")), None)
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    let root = laboratory.actor("root").await;
    let page = root.get("/api/v1/audit?object=collector/c-1").await.json();
    let probes = page["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["action"] == "probe.asked");
    assert_eq!(probes.count(), 1, "{page}");
}

#[tokio::test]
async fn an_account_asks_a_collector_ten_times_a_minute_at_most() {
    let laboratory = Laboratory::open().await;
    let works = laboratory.actor("works").await;
    for _ in 0..10 {
        let reply = works
            .send("POST", "/api/v1/probe", Some(asked("c-1", "10.0.0.5")), None)
            .await;
        assert_eq!(reply.code(), "collector-silent");
    }
    let reply = works
        .send("POST", "/api/v1/probe", Some(asked("c-1", "10.0.0.6")), None)
        .await;
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too-many-probes")
    );
    assert_eq!(reply.headers[header::RETRY_AFTER], "60");
    let root = laboratory.actor("root").await;
    let reply = root
        .send("POST", "/api/v1/probe", Some(asked("c-1", "10.0.0.6")), None)
        .await;
    assert_eq!(reply.code(), "collector-silent", "another account");
}

#[tokio::test]
async fn an_address_outside_of_the_collectors_networks_is_refused_with_its_field() {
    let laboratory = Laboratory::open().await;
    let works = laboratory.actor("works").await;
    for foreign in ["8.8.8.8", "169.254.169.254", "::ffff:8.8.8.8"] {
        let reply = works
            .send("POST", "/api/v1/probe", Some(asked("c-1", foreign)), None)
            .await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.body);
        let problem = reply.json();
        assert_eq!(problem["field"], "access.host");
        assert!(
            problem["detail"].as_str().unwrap().contains("10.0.0.0/8"),
            "{problem}"
        );
        assert!(
            problem["detail_zh"].as_str().unwrap().contains(foreign),
            "{problem}"
        );

        let mut draft = laboratory.draft("m-1", "dtz341@1");
        draft["access"]["host"] = json!(foreign);
        let reply = works.send("POST", "/api/v1/instruments", Some(draft), None).await;
        assert_eq!(
            (reply.status, &reply.json()["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("access.host"))
        );
    }
    let page = laboratory
        .actor("li")
        .await
        .get("/api/v1/audit?object=collector/c-1")
        .await
        .json();
    let rows = page["rows"].as_array().unwrap();
    assert!(
        rows.iter().all(|one| one["action"] != "probe.asked"),
        "nothing was asked: {page}"
    );
}
