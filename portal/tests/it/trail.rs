//! The trail of one instrument, for whoever sees the instrument.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::laboratory::{Laboratory, asked};

fn told(page: &Value) -> Vec<(String, String)> {
    let rows = page["rows"].as_array().unwrap();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|entry| (text(entry, "action"), text(entry, "object")))
        .collect()
}

#[tokio::test]
async fn registration_changes_and_runs_stand_in_one_trail() {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-04-01T00:00:00Z");
    let meter = laboratory.meter("m-1", "dtz341@1").await;
    let reference = laboratory.meter("ref-1", "ref3000@1").await;
    let unrelated = laboratory.meter("m-2", "dtz341@1").await;
    laboratory.change(meter, "/location", json!("hall 2")).await;
    laboratory.it_is_now("2026-06-01T08:00:00Z");
    let operator = laboratory.actor("li").await;
    let run = operator
        .send(
            "POST",
            "/api/v1/runs",
            Some(asked("period-check", meter, reference)),
            None,
        )
        .await
        .json();
    let reviewer = laboratory.actor("zhao").await;
    let path = format!("/api/v1/runs/{}/confirm", run["id"]);
    let confirmed = reviewer
        .send("POST", &path, Some(json!({"note": ""})), Some(1))
        .await;
    assert_eq!(confirmed.status, StatusCode::OK, "{}", confirmed.body);

    let of = |id: i64| format!("/api/v1/instruments/{id}/audit");
    let (own, job) = (format!("instrument/{meter}"), format!("run/{}", run["id"]));
    let whole = [
        ("instrument.status", &own),
        ("run.confirmed", &job),
        ("run.judged", &job),
        ("instrument.changed", &own),
        ("instrument.registered", &own),
    ]
    .map(|(action, object)| (action.to_owned(), object.clone()));
    for login in ["works", "li", "zhao", "root"] {
        let page = laboratory.actor(login).await.get(&of(meter)).await.json();
        assert_eq!(
            (told(&page), &page["total"]),
            (whole.to_vec(), &json!(5)),
            "{login}"
        );
    }
    let works = laboratory.actor("works").await;
    let second = works
        .get(&format!("{}?page=2&per_page=2", of(meter)))
        .await
        .json();
    assert_eq!(
        (told(&second), &second["total"]),
        (whole[2..4].to_vec(), &json!(5))
    );
    let used = works.get(&of(reference)).await.json();
    assert_eq!(
        used["total"], 3,
        "a standard's trail tells what it was used for: {used}"
    );
    assert_eq!(works.get(&of(unrelated)).await.json()["total"], 1);

    // The auditor sees the instrument, but nothing of this happened in the granted week.
    let auditor = laboratory.actor("qian").await;
    assert_eq!(
        auditor.get(&of(meter)).await.json(),
        json!({"rows": [], "total": 0})
    );
    let others = laboratory.actor("others").await;
    for absent in [of(meter), of(999)] {
        assert_eq!(
            others.get(&absent).await.status,
            StatusCode::NOT_FOUND,
            "{absent}"
        );
    }
}
