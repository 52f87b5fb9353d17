//! The certificate of an instrument, from registration to evidence.

use axum::http::StatusCode;
use serde_json::json;

use crate::laboratory::{Laboratory, asked};

#[tokio::test]
async fn digits_and_coverage_factor_come_back_as_they_were_entered() {
    let laboratory = Laboratory::open().await;
    let works = laboratory.actor("works").await;
    let mut draft = laboratory.draft("ref-1", "ref3000@1");
    draft["traceability"]["u95_percent"] = json!("0.020");
    // What leaves k out means 2.
    let reply = works
        .send("POST", "/api/v1/instruments", Some(draft.clone()), None)
        .await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    let entered = json!({"certificate_no": "Z-ref-1", "issued_by": "Institute", "issued_on": "2026-01-05",
        "due_on": "2027-01-04", "u95_percent": "0.020", "k": "2"});
    assert_eq!(reply.json()["traceability"], entered);
    draft["traceability"]["k"] = json!("2.13");
    let path = format!("/api/v1/instruments/{}", reply.json()["id"]);
    let changed = works.send("PUT", &path, Some(draft.clone()), Some(1)).await;
    assert_eq!(changed.json()["traceability"]["k"], "2.13");
    // A certificate may state no uncertainty; and there may be none at all.
    draft["traceability"].as_object_mut().unwrap().remove("k");
    draft["traceability"]["u95_percent"] = json!(null);
    let without = works
        .send("PUT", &path, Some(draft.clone()), Some(2))
        .await
        .json();
    assert!(without["traceability"]["k"].is_null() && without["traceability"]["u95_percent"].is_null());
    draft["traceability"] = json!(null);
    let none = works.send("PUT", &path, Some(draft), Some(3)).await.json();
    assert!(none["traceability"].is_null());
}

#[tokio::test]
async fn evidence_holds_the_uncertainty_for_k_2() {
    for (k, counts) in [("2", "0.02"), ("1", "0.04000"), ("3", "0.02")] {
        let laboratory = Laboratory::open().await;
        laboratory.it_is_now("2026-04-01T00:00:00Z");
        let subject = laboratory.meter("m-1", "dtz341@1").await;
        let reference = laboratory.meter("ref-1", "ref3000@1").await;
        laboratory.change(reference, "/traceability/k", json!(k)).await;
        laboratory.it_is_now("2026-06-01T08:00:00Z");
        let operator = laboratory.actor("li").await;
        let body = asked("online-verification", subject, reference);
        let run = operator
            .send("POST", "/api/v1/runs", Some(body), None)
            .await
            .json();
        let evidence = operator
            .get(&format!("/api/v1/runs/{}/evidence", run["id"]))
            .await
            .json();
        assert_eq!(
            evidence["certificate"]["values"]["U_ref"]["value"], counts,
            "k = {k}"
        );
    }
}
