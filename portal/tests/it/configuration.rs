//! A certificate is for the configuration of its day, and a window is judged under the configuration that it was read in.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::laboratory::{Laboratory, asked};

/// The evidence of an online verification, and whether its conclusion blames the reference's configuration.
async fn verified(laboratory: &Laboratory, subject: i64, reference: i64) -> (Value, bool) {
    let operator = laboratory.actor("li").await;
    let started = operator
        .send(
            "POST",
            "/api/v1/runs",
            Some(asked("online-verification", subject, reference)),
            None,
        )
        .await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    let run = started.json();
    let path = format!("/api/v1/runs/{}/evidence", run["id"]);
    let evidence = operator.get(&path).await.json();
    let blamed = run["conclusion"]
        .to_string()
        .contains("reference-configuration-changed");
    (evidence, blamed)
}

async fn pair() -> (Laboratory, i64, i64) {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-02-01T00:00:00Z");
    let subject = laboratory.meter("m-1", "dtz341@1").await;
    let reference = laboratory.meter("ref-1", "ref3000@1").await;
    (laboratory, subject, reference)
}

const BEFORE_THE_WINDOW: &str = "2026-04-01T00:00:00Z";
const AFTER_IT: &str = "2026-06-01T08:00:00Z";

#[tokio::test]
async fn the_reference_as_it_was_calibrated() {
    let (laboratory, subject, reference) = pair().await;
    laboratory.it_is_now(BEFORE_THE_WINDOW);
    laboratory.change(reference, "/name", json!("standard")).await;
    laboratory
        .change(reference, "/multiplier/current_ratio", json!("1.00"))
        .await;
    laboratory.it_is_now(AFTER_IT);
    let (evidence, blamed) = verified(&laboratory, subject, reference).await;
    let certificate = &evidence["certificate"];
    assert_eq!(
        certificate["configuration_at_calibration"],
        certificate["configuration_now"]
    );
    assert!(!blamed);
}

#[tokio::test]
async fn ratio_meter_or_model_changed_since_the_day_of_issue() {
    for (pointer, value) in [
        ("/multiplier/current_ratio", json!("40")),
        ("/multiplier/registers_are_primary", json!(true)),
        ("/serial", json!("another meter")),
        ("/profile", json!("dtz341@1")),
    ] {
        let (laboratory, subject, reference) = pair().await;
        laboratory.it_is_now(BEFORE_THE_WINDOW);
        laboratory.change(reference, pointer, value).await;
        laboratory.it_is_now(AFTER_IT);
        let (evidence, blamed) = verified(&laboratory, subject, reference).await;
        let certificate = &evidence["certificate"];
        assert_ne!(
            certificate["configuration_at_calibration"], certificate["configuration_now"],
            "{pointer}"
        );
        assert!(blamed, "{pointer}");
    }
}

#[tokio::test]
async fn a_new_certificate_settles_an_earlier_change() {
    let (laboratory, subject, reference) = pair().await;
    laboratory.it_is_now("2026-03-01T00:00:00Z");
    laboratory
        .change(reference, "/multiplier/current_ratio", json!("40"))
        .await;
    laboratory.it_is_now(BEFORE_THE_WINDOW);
    let renewed = json!({"certificate_no": "Z-2", "issued_by": "Institute", "issued_on": "2026-03-20",
        "due_on": "2027-03-19", "u95_percent": "0.02"});
    laboratory.change(reference, "/traceability", renewed).await;
    laboratory.it_is_now(AFTER_IT);
    let (_, blamed) = verified(&laboratory, subject, reference).await;
    assert!(!blamed);
}

#[tokio::test]
async fn a_window_from_before_a_change_is_not_judged() {
    for changed in 0..2 {
        let (laboratory, subject, reference) = pair().await;
        laboratory.it_is_now(AFTER_IT);
        laboratory
            .change(
                [subject, reference][changed],
                "/multiplier/current_ratio",
                json!("40"),
            )
            .await;
        let operator = laboratory.actor("li").await;
        for kind in ["online-verification", "period-check"] {
            let refused = operator
                .send(
                    "POST",
                    "/api/v1/runs",
                    Some(asked(kind, subject, reference)),
                    None,
                )
                .await;
            assert_eq!(
                (refused.status, refused.code().as_str()),
                (StatusCode::UNPROCESSABLE_ENTITY, "window-before-change")
            );
            assert_eq!(refused.json()["field"], "from", "{}", refused.body);
        }
        assert_eq!(operator.get("/api/v1/runs").await.json()["total"], 0);
    }
}

/// A mistyped number that is put right is no exchange of the meter; whoever does not say so has exchanged it.
#[tokio::test]
async fn a_corrected_serial_number_bars_no_window() {
    for (said, barred) in [
        (None, true),
        (Some("other-meter"), true),
        (Some("correction"), false),
    ] {
        let (laboratory, subject, reference) = pair().await;
        laboratory.it_is_now(AFTER_IT);
        for id in [subject, reference] {
            laboratory.renumber(id, &format!("S-right-{id}"), said).await;
        }
        let li = laboratory.actor("li").await;
        for kind in ["online-verification", "period-check"] {
            let body = asked(kind, subject, reference);
            let reply = li.send("POST", "/api/v1/runs", Some(body), None).await;
            if barred {
                assert_eq!(reply.code(), "window-before-change", "{said:?} {kind}");
                continue;
            }
            assert_eq!(reply.status, StatusCode::CREATED, "{kind}: {}", reply.body);
            let run = reply.json();
            assert_eq!(
                run["conclusion"]["subject"]["serial"],
                format!("S-right-{subject}")
            );
            let conclusion = run["conclusion"].to_string();
            assert!(
                !conclusion.contains("reference-configuration-changed"),
                "{conclusion}"
            );
        }
    }
}
