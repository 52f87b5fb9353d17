//! Communication and validity stand beside the status, wherever the status stands.

use std::collections::BTreeMap;

use devices::{DeviceId, Failure, Quality, Reading, SeriesId};
use portal::field::FieldError;
use serde_json::{Value, json};

use crate::laboratory::Laboratory;
use crate::simulated::{Simulated, reading_of};

fn last_value(device: &DeviceId, time: &str) -> Reading {
    let series = SeriesId::new(device.clone(), "voltage.a".parse().unwrap());
    reading_of(&series, time.parse().unwrap(), "220.10")
}

/// `m-live` was read a minute ago, `m-cut` at seven, then only failures; of `m-new` nothing is known; `m-broken` is a
/// device that the store cannot read.
fn shift() -> Simulated {
    let latest = |device: &DeviceId| {
        Ok(match device.as_str() {
            "m-live" => vec![last_value(device, "2026-06-01T07:59:00Z")],
            "m-cut" => {
                let mut failed = last_value(device, "2026-06-01T07:59:00Z");
                (failed.value, failed.quality) = (None, Quality::Bad(Failure::NoAnswer));
                // A point that is read no more keeps its last value for ever.
                let left_over = SeriesId::new(device.clone(), "frequency".parse().unwrap());
                let left_over = reading_of(&left_over, "2026-04-01T00:00:00Z".parse().unwrap(), "50.00");
                vec![left_over, failed]
            }
            "m-broken" => return Err(FieldError("a damaged block".to_owned())),
            _ => Vec::new(),
        })
    };
    Simulated::silent().latest(latest).before(|device| {
        assert_eq!(device.as_str(), "m-cut", "the others need no search");
        Ok(vec![last_value(device, "2026-05-31T07:00:00Z")])
    })
}

/// Of `m-cut` the certificate ended yesterday, `m-new` has none.
async fn plant() -> Laboratory {
    let laboratory = Laboratory::over(shift()).await;
    for device in ["m-live", "m-cut", "m-new", "m-broken"] {
        laboratory.meter(device, "dtz341@1").await;
    }
    laboratory
        .change(2, "/traceability/due_on", json!("2026-05-31"))
        .await;
    laboratory.change(3, "/traceability", Value::Null).await;
    laboratory
}

fn conditions(rows: &Value) -> BTreeMap<String, (Value, Value)> {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| {
        let device = row["device"].as_str().or(row["instrument"]["device"].as_str());
        let condition = &row["condition"];
        (
            device.unwrap().to_owned(),
            (condition["communication"].clone(), condition["validity"].clone()),
        )
    })
    .collect()
}

fn cut() -> (Value, Value) {
    (
        json!({"state": "silent", "last_value_at": "2026-05-31T07:00:00Z", "reason": "no-answer"}),
        json!({"state": "ended", "until": "2026-05-31"}),
    )
}

#[tokio::test]
async fn the_ledger_says_who_answers_and_whose_certificate_has_ended() {
    let laboratory = plant().await;
    let works = laboratory.actor("works").await;
    let page = works.get("/api/v1/instruments").await.json();
    assert!(
        page["rows"]
            .as_array()
            .unwrap()
            .iter()
            .all(|row| row["status"] == "normal")
    );
    let told = conditions(&page["rows"]);
    assert_eq!(
        told["m-live"],
        (
            json!({"state": "answering", "last_value_at": "2026-06-01T07:59:00Z", "reason": null}),
            json!({"state": "valid", "until": "2027-01-04"}),
        )
    );
    assert_eq!(told["m-cut"], cut());
    assert_eq!(
        told["m-new"],
        (
            json!({"state": "never-seen", "last_value_at": null, "reason": null}),
            json!({"state": "none", "until": null}),
        )
    );
    // One damaged series does not take the ledger with it.
    assert_eq!(told["m-broken"].0["state"], "unknown");
    let one = works.get("/api/v1/instruments/2").await.json();
    assert_eq!(one["condition"]["communication"], cut().0);
}

#[tokio::test]
async fn silence_begins_two_periods_and_a_minute_after_the_last_value() {
    let laboratory = plant().await;
    for (time, state) in [
        ("2026-06-01T10:00:00Z", "answering"),
        ("2026-06-01T10:00:01Z", "silent"),
    ] {
        laboratory.it_is_now(time);
        let works = laboratory.actor("works").await;
        let one = works.get("/api/v1/instruments/1").await.json();
        assert_eq!(one["condition"]["communication"]["state"], state, "{time}");
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_both() {
    let laboratory = plant().await;
    let works = laboratory.actor("works").await;
    for (filter, devices) in [
        ("communication=silent", vec!["m-cut"]),
        ("communication=never-seen", vec!["m-new"]),
        ("validity=valid", vec!["m-broken", "m-live"]),
        ("validity=ended&communication=silent", vec!["m-cut"]),
        ("validity=ended&communication=answering", vec![]),
        ("validity=valid&q=m-live", vec!["m-live"]),
    ] {
        let page = works.get(&format!("/api/v1/instruments?{filter}")).await.json();
        let found: Vec<String> = conditions(&page["rows"]).into_keys().collect();
        assert_eq!(
            (found, page["total"].as_u64()),
            (
                devices.iter().map(|one| (*one).to_owned()).collect(),
                Some(devices.len() as u64)
            ),
            "{filter}"
        );
    }
    let second = works
        .get("/api/v1/instruments?validity=valid&page=2&per_page=1")
        .await
        .json();
    assert_eq!(
        (second["rows"].as_array().unwrap().len(), &second["total"]),
        (1, &json!(2))
    );
}

#[tokio::test]
async fn the_overview_counts_the_normal_ones_that_are_not_sound() {
    let laboratory = plant().await;
    let overview = laboratory
        .actor("works")
        .await
        .get("/api/v1/overview")
        .await
        .json();
    assert_eq!(overview["instruments"]["normal"], 4);
    assert_eq!(
        overview["communication"],
        json!({"answering": 1, "silent": 1, "never_seen": 1, "unknown": 1})
    );
    assert_eq!(overview["validity"], json!({"valid": 2, "ended": 1, "none": 1}));
    assert_eq!(overview["normal_in_doubt"], 3);
}

#[tokio::test]
async fn what_is_due_comes_with_its_instrument_as_it_is() {
    let laboratory = plant().await;
    let operator = laboratory.actor("li").await;
    let plan = json!({"kind": "online-verification", "instrument_id": 2, "due_on": "2026-06-09"});
    let reply = operator.send("POST", "/api/v1/plans", Some(plan), None).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let due = operator.get("/api/v1/plans").await.json();
    assert_eq!(conditions(&due["rows"])["m-cut"], cut());
    assert_eq!(due["rows"][0]["status"], "normal");
}

#[tokio::test]
async fn an_auditor_learns_nothing_of_the_time_that_was_not_granted() {
    let laboratory = plant().await;
    let page = laboratory
        .actor("qian")
        .await
        .get("/api/v1/instruments")
        .await
        .json();
    let told = conditions(&page["rows"]);
    assert!(
        told.values()
            .all(|(communication, _)| communication["state"] == "unknown"),
        "{told:?}"
    );
    assert_eq!(told["m-cut"].1, cut().1);
}
