//! Remote estimation of errors over the real ledger: who is suspected, who sees it, and that nothing follows from it.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::actor::{Actor, Reply};
use crate::laboratory::{Laboratory, granted, person};
use crate::plant::Plant;

const FROM: &str = "2026-04-25T00:00:00Z";
const TO: &str = "2026-05-30T00:00:00Z";
const HOURS: u64 = 35 * 24;

/// The meters that the plant has, registered behind the master.
struct Site {
    laboratory: Laboratory,
    master: i64,
    meters: Vec<i64>,
}

async fn behind(laboratory: &Laboratory, device: &str, master: i64) -> i64 {
    let mut draft = laboratory.draft(device, "dtz341@1");
    draft["master_id"] = json!(master);
    let works = laboratory.actor("works").await;
    let reply = works.send("POST", "/api/v1/instruments", Some(draft), None).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    assert_eq!(reply.json()["master_id"], master);
    reply.json()["id"].as_i64().unwrap()
}

impl Site {
    async fn of(plant: Plant, devices: &[&str]) -> Self {
        let laboratory = Laboratory::over(plant.field()).await;
        let master = laboratory.meter("m-0", "dtz341@1").await;
        let mut meters = Vec::new();
        for device in devices {
            meters.push(behind(&laboratory, device, master).await);
        }
        Self {
            laboratory,
            master,
            meters,
        }
    }

    async fn usual() -> Self {
        Self::of(Plant::new(FROM, HOURS), &["m-1", "m-2", "m-3", "m-4", "m-5"]).await
    }

    async fn ask(&self, actor: &Actor, from: &str, to: &str) -> Reply {
        let body = json!({"master_id": self.master, "from": from, "to": to});
        actor
            .send("POST", "/api/v1/error-estimates", Some(body), None)
            .await
    }

    async fn estimate(&self) -> Value {
        let reply = self.ask(&self.laboratory.actor("li").await, FROM, TO).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        reply.json()
    }
}

fn meter<'a>(estimate: &'a Value, device: &str) -> &'a Value {
    let meters = estimate["meters"].as_array().unwrap();
    let found = meters.iter().find(|one| one["instrument"]["device"] == device);
    found.unwrap_or_else(|| panic!("{device} is not in {estimate}"))
}

fn finding<'a>(estimate: &'a Value, code: &str) -> &'a Value {
    let findings = estimate["findings"].as_array().unwrap();
    let found = findings.iter().find(|one| one["code"] == code);
    found.unwrap_or_else(|| panic!("no {code} in {findings:?}"))
}

fn number(value: &Value) -> f64 {
    value.as_str().unwrap().parse().unwrap()
}

/// Every decimal is a string of at most three places.
fn no_noise(value: &Value, path: &str) {
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, one)| no_noise(one, &format!("{path}.{key}"))),
        Value::Array(list) => list.iter().for_each(|one| no_noise(one, path)),
        Value::Number(number) => assert!(number.is_u64(), "{path}: {number}"),
        Value::String(text) if text.parse::<f64>().is_ok() => {
            let places = text.split_once('.').map_or(0, |(_, places)| places.len());
            assert!(places <= 3, "{path}: {text}");
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_wrong_meter_is_suspected_and_nothing_else_happens() {
    let site = Site::usual().await;
    let li = site.laboratory.actor("li").await;
    let instruments = li.get("/api/v1/instruments").await.json();
    let estimate = site.estimate().await;
    no_noise(&estimate, "");
    let first = &estimate["meters"][0];
    assert_eq!(
        (&first["instrument"]["device"], &first["suspect"]),
        (&json!("m-3"), &json!(true)),
        "{estimate}"
    );
    let error = &first["error"];
    assert!((number(&error["error_percent"]) - 5.0).abs() < 0.5, "{first}");
    assert!(
        number(&error["low_percent"]) < 5.0 && number(&error["high_percent"]) > 4.5,
        "{first}"
    );
    assert!(
        first["advice"].to_string().contains("verify it on site"),
        "{first}"
    );
    for device in ["m-1", "m-2", "m-4", "m-5"] {
        assert_eq!(meter(&estimate, device)["suspect"], false, "{estimate}");
    }
    assert_eq!(
        (
            &estimate["interval_seconds"],
            &estimate["window"],
            &estimate["by"]
        ),
        (&json!(3_600), &json!({"from": FROM, "to": TO}), &person("li"))
    );
    let balance = &estimate["balance"];
    let difference = number(&balance["master_kwh"]) - number(&balance["sum_kwh"]);
    assert!(
        (difference - number(&balance["difference_kwh"])).abs() < 0.011,
        "{balance}"
    );
    assert!(number(&balance["loss_kwh"]["value"]) > 0.0, "{balance}");
    assert!(estimate["limits"].as_array().unwrap().len() > 2);

    let id = &estimate["id"];
    let again = li.get(&format!("/api/v1/error-estimates/{id}")).await;
    assert_eq!(again.json(), estimate);
    let row = json!({"id": id, "site_id": site.laboratory.plant, "master": estimate["master"], "window": estimate["window"], "at": estimate["at"],
        "by": person("li"), "suspects": 1, "meters": 5});
    let page = json!({"rows": [row], "total": 1});
    let list = format!(
        "/api/v1/error-estimates?master={}&page=1&per_page=20",
        site.master
    );
    assert_eq!(li.get(&list).await.json(), page);
    let of_another = format!("/api/v1/error-estimates?master={}", site.meters[0]);
    assert_eq!(li.get(&of_another).await.json()["total"], 0);

    // No status, no due date, no version moved; the trail says what was done.
    assert_eq!(li.get("/api/v1/instruments").await.json(), instruments);
    assert_eq!(li.get("/api/v1/plans").await.json()["total"], 0);
    let audit = li.get("/api/v1/audit").await.json();
    let entry = &audit["rows"][0];
    assert_eq!(
        (&entry["action"], &entry["who"], &entry["object"]),
        (
            &json!("estimate.made"),
            &person("li"),
            &json!(format!("estimate/{id}"))
        )
    );
}

#[tokio::test]
async fn readers_read_and_strangers_find_nothing() {
    let site = Site::usual().await;
    let mut ids = Vec::new();
    let week = (granted().from.to_string(), granted().to.to_string());
    for (login, from, to) in [("works", week.0.as_str(), week.1.as_str()), ("root", FROM, TO)] {
        let reply = site.ask(&site.laboratory.actor(login).await, from, to).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{login}: {}", reply.body);
        ids.push(reply.json()["id"].as_i64().unwrap());
    }
    let one = |id: i64| format!("/api/v1/error-estimates/{id}");
    for (login, seen) in [("zhao", 2), ("qian", 1), ("others", 0)] {
        let actor = site.laboratory.actor(login).await;
        let page = actor.get("/api/v1/error-estimates").await.json();
        assert_eq!(page["total"], seen, "{login}");
        assert_eq!(page["rows"].as_array().unwrap().len(), seen, "{login}");
        let inside = actor.get(&one(ids[0])).await.status;
        assert_eq!(inside == StatusCode::OK, seen > 0, "{login}: {inside}");
        let outside = actor.get(&one(ids[1])).await.status;
        assert_eq!(outside == StatusCode::OK, seen > 1, "{login}: {outside}");
        let made = site.ask(&actor, &week.0, &week.1).await;
        let expected = match login {
            "others" => (StatusCode::NOT_FOUND, "not-found"),
            _ => (StatusCode::FORBIDDEN, "forbidden"),
        };
        assert_eq!((made.status, made.code().as_str()), expected, "{login}");
    }
}

#[tokio::test]
async fn what_cannot_be_estimated_is_refused_with_the_reason() {
    let site = Site::usual().await;
    let li = site.laboratory.actor("li").await;
    for (from, to, code, field, words) in [
        (
            "2026-03-01T00:00:00Z",
            "2026-03-20T00:00:00Z",
            "no-readings",
            "from",
            "no energy readings of \"meter m-0\"",
        ),
        (TO, FROM, "window-upside-down", "to", "before it begins"),
        (FROM, "2026-07-01T00:00:00Z", "window-in-future", "to", "future"),
        (
            "2026-01-01T00:00:00Z",
            TO,
            "window-too-long",
            "from",
            "at most 92 days",
        ),
        (
            FROM,
            "2026-04-25T05:00:00Z",
            "estimate-too-few-intervals",
            "",
            "8 are needed",
        ),
    ] {
        let reply = site.ask(&li, from, to).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, code),
            "{}",
            reply.body
        );
        let told = reply.json();
        assert_eq!(told["field"].as_str().unwrap_or_default(), field);
        assert!(told["detail"].as_str().unwrap().contains(words), "{told}");
        assert!(!told["detail_zh"].as_str().unwrap().is_empty());
    }
    let alone = json!({"master_id": site.meters[0], "from": FROM, "to": TO});
    let reply = li
        .send("POST", "/api/v1/error-estimates", Some(alone), None)
        .await;
    assert_eq!(
        (reply.code().as_str(), &reply.json()["field"]),
        ("estimate-without-meters", &json!("master_id"))
    );
    let nowhere = json!({"master_id": 99, "from": FROM, "to": TO});
    let reply = li
        .send("POST", "/api/v1/error-estimates", Some(nowhere), None)
        .await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
    assert_eq!(li.get("/api/v1/error-estimates").await.json()["total"], 0);
    // A browser's clock may be a little ahead.
    let ahead = site.ask(&li, FROM, "2026-06-01T08:04:00Z").await;
    assert_eq!(ahead.status, StatusCode::CREATED, "{}", ahead.body);
}

#[tokio::test]
async fn a_meter_that_is_counted_twice_is_found() {
    let plant = Plant::new(FROM, HOURS).and("m-6", |_, first| first);
    let site = Site::of(plant, &["m-1", "m-2", "m-3", "m-4", "m-5", "m-6"]).await;
    let estimate = site.estimate().await;
    let twice = finding(&estimate, "counted-twice");
    assert_eq!(
        (&twice["meter"]["device"], &twice["other"]["device"]),
        (&json!("m-1"), &json!("m-6"))
    );
    assert!(
        twice["text"]["zh"].as_str().unwrap().contains("重复计入"),
        "{twice}"
    );
}

#[tokio::test]
async fn a_meter_that_stands_before_the_master_is_found() {
    let plant = Plant::new(FROM, HOURS).and("m-7", |master, _| master + 20.0);
    let site = Site::of(plant, &["m-1", "m-2", "m-3", "m-4", "m-5", "m-7"]).await;
    let estimate = site.estimate().await;
    let upstream = finding(&estimate, "upstream-of-master");
    assert_eq!(
        (&upstream["meter"]["device"], &upstream["other"]),
        (&json!("m-7"), &Value::Null)
    );
    assert!(
        upstream["text"]["zh"].as_str().unwrap().contains("上级表"),
        "{upstream}"
    );
}

#[tokio::test]
async fn readings_that_are_late_or_missing_or_of_another_configuration() {
    let plant = Plant::new(FROM, HOURS).read_early("m-2", 40);
    let site = Site::of(plant, &["m-1", "m-2", "m-3", "m-4", "m-5", "m-9"]).await;
    let estimate = site.estimate().await;
    // Once it was not read, and for the first boundary it was read before the window.
    assert_eq!(meter(&estimate, "m-2")["missing"], 2, "{estimate}");
    assert_eq!(meter(&estimate, "m-1")["missing"], 0);
    assert_eq!(estimate["meters"].as_array().unwrap().len(), 5);
    let limits = estimate["limits"].to_string();
    assert!(
        limits.contains("meter m-9 was not read in this window"),
        "{limits}"
    );

    // What was read through other transformers is left out, and it is said.
    site.laboratory.it_is_now("2026-06-02T00:00:00Z");
    site.laboratory
        .change(site.meters[0], "/multiplier/current_ratio", json!("2"))
        .await;
    let reply = site.ask(&site.laboratory.actor("li").await, FROM, TO).await;
    assert_eq!(reply.code(), "estimate-before-change", "{}", reply.body);
    assert!(
        reply.body.contains("were changed at 2026-06-02T00:00:00Z"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn the_daily_job_makes_one_a_day() {
    let site = Site::usual().await;
    let portal = &site.laboratory.portal;
    let hour = |hours: i64| {
        let begun: Timestamp = TO.parse().unwrap();
        begun + SignedDuration::from_hours(hours)
    };
    assert_eq!(
        portal.estimate_masters(hour(-24 * 35 + 48)).await.unwrap(),
        0,
        "two days of readings"
    );
    assert_eq!(portal.estimate_masters(hour(0)).await.unwrap(), 1);
    assert_eq!(portal.estimate_masters(hour(0)).await.unwrap(), 0);
    assert_eq!(portal.estimate_masters(hour(23)).await.unwrap(), 0);
    assert_eq!(portal.estimate_masters(hour(24)).await.unwrap(), 1);
    let li = site.laboratory.actor("li").await;
    let page = li.get("/api/v1/error-estimates").await.json();
    assert_eq!(page["total"], 2);
    let row = &page["rows"][1];
    let system = json!({"login": "system", "name": "system"});
    assert_eq!(
        (&row["by"], &row["suspects"], &row["at"]),
        (&system, &json!(1), &json!(TO))
    );
    assert_eq!(row["window"], json!({"from": FROM, "to": TO}));
    let audit = li.get("/api/v1/audit").await.json();
    assert_eq!(audit["rows"][0]["who"], system);

    // One that somebody made counts as well.
    site.laboratory.it_is_now("2026-06-02T00:00:00Z");
    site.estimate().await;
    let now: Timestamp = "2026-06-02T12:00:00Z".parse().unwrap();
    assert_eq!(portal.estimate_masters(now).await.unwrap(), 0);
}

#[tokio::test]
async fn a_tree_that_is_none_is_refused_by_its_field() {
    let site = Site::usual().await;
    let works = site.laboratory.actor("works").await;
    let path = format!("/api/v1/instruments/{}", site.master);
    let mut draft = works.get(&path).await.json();
    for own in [
        "id",
        "version",
        "status",
        "next_check_on",
        "created_at",
        "condition",
    ] {
        draft.as_object_mut().unwrap().remove(own);
    }
    for master in [site.master, site.meters[0], 99] {
        draft["master_id"] = json!(master);
        let reply = works.send("PUT", &path, Some(draft.clone()), Some(1)).await;
        assert_eq!(
            (reply.status, &reply.json()["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("master_id")),
            "{}",
            reply.body
        );
    }
}
