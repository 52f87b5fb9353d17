//! Who sees what over the real ledger: an enterprise its own sites, an auditor one site and one week of it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::actor::{Actor, Reply, read};
use crate::laboratory::{Laboratory, asked};

/// The plant with two checks, one of the granted week and one of the week after.
struct Plant {
    laboratory: Laboratory,
    meter: i64,
    inside: i64,
    outside: i64,
}

async fn plant() -> Plant {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-04-01T00:00:00Z");
    let meter = laboratory.meter("m-1", "dtz341@1").await;
    let reference = laboratory.meter("ref-1", "ref3000@1").await;
    laboratory.it_is_now("2026-06-01T08:00:00Z");
    let operator = laboratory.actor("li").await;
    let mut runs = Vec::new();
    for shift in [false, true] {
        let mut body = asked("period-check", meter, reference);
        if shift {
            // One hour more than was granted is too much.
            body["to"] = json!("2026-05-08T01:00:00Z");
        }
        let reply = operator.send("POST", "/api/v1/runs", Some(body), None).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        runs.push(reply.json()["id"].as_i64().unwrap());
    }
    Plant {
        laboratory,
        meter,
        inside: runs[0],
        outside: runs[1],
    }
}

fn ids(page: &Value) -> Vec<i64> {
    let rows = page["rows"].as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

fn assert_absent(reply: &Reply, what: &str) {
    assert_eq!(
        (reply.status, reply.code().as_str()),
        (StatusCode::NOT_FOUND, "not-found"),
        "{what}"
    );
}

#[tokio::test]
async fn an_auditor_sees_and_counts_what_was_granted() {
    let plant = plant().await;
    let auditor = plant.laboratory.actor("qian").await;
    let runs = auditor.get("/api/v1/runs").await.json();
    assert_eq!((ids(&runs), &runs["total"]), (vec![plant.inside], &json!(1)));
    assert_eq!(auditor.get("/api/v1/overview").await.json()["awaiting_review"], 1);
    for part in ["", "/evidence", "/bundle"] {
        let inside = auditor.get(&format!("/api/v1/runs/{}{part}", plant.inside)).await;
        assert_eq!(inside.status, StatusCode::OK, "{part}");
        assert_absent(
            &auditor
                .get(&format!("/api/v1/runs/{}{part}", plant.outside))
                .await,
            part,
        );
    }
    let instruments = auditor.get("/api/v1/instruments").await.json();
    assert_eq!(instruments["total"], 2);
    let mut next_door = plant.laboratory.draft("x-1", "dtz341@1");
    next_door["site_id"] = json!(plant.laboratory.mill);
    next_door["collector"] = json!("c-2");
    let others = plant.laboratory.actor("others").await;
    let foreign = others
        .send("POST", "/api/v1/instruments", Some(next_door), None)
        .await;
    assert_eq!(foreign.status, StatusCode::CREATED, "{}", foreign.body);
    let id = &foreign.json()["id"];
    for part in ["", "/latest", "/series/voltage.a", "/audit"] {
        let path = format!("/api/v1/instruments/{id}{part}");
        assert_absent(&auditor.get(&path).await, &path);
    }
    assert_eq!(auditor.get("/api/v1/instruments").await.json(), instruments);
    // Everything was registered and run outside the granted week.
    assert_eq!(
        auditor.get("/api/v1/audit").await.json(),
        json!({"rows": [], "total": 0})
    );
    let operator = plant.laboratory.actor("li").await;
    assert_eq!(operator.get("/api/v1/runs").await.json()["total"], 2);
}

#[tokio::test]
async fn an_auditor_changes_nothing() {
    let plant = plant().await;
    let auditor = plant.laboratory.actor("qian").await;
    let draft = plant.laboratory.draft("m-9", "dtz341@1");
    for (method, path, body) in [
        ("POST", "/api/v1/instruments".to_owned(), draft.clone()),
        ("PUT", format!("/api/v1/instruments/{}", plant.meter), draft),
        (
            "POST",
            "/api/v1/runs".to_owned(),
            asked("period-check", plant.meter, 2),
        ),
        (
            "POST",
            format!("/api/v1/runs/{}/confirm", plant.inside),
            json!({"note": ""}),
        ),
        (
            "POST",
            format!("/api/v1/runs/{}/return", plant.inside),
            json!({"reason": "x"}),
        ),
    ] {
        let reply = auditor.send(method, &path, Some(body), Some(1)).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::FORBIDDEN, "forbidden"),
            "{method} {path}"
        );
    }
}

/// Every address that names something of the plant.
fn addresses(plant: &Plant) -> Vec<String> {
    let (meter, run) = (plant.meter, plant.inside);
    let point = "voltage.a";
    vec![
        format!("/api/v1/instruments/{meter}"),
        format!("/api/v1/instruments/{meter}/audit"),
        format!("/api/v1/instruments/{meter}/latest"),
        format!("/api/v1/instruments/{meter}/series/{point}"),
        format!("/api/v1/instruments/{meter}/provenance/{point}?nominal=2026-05-02T00:00:00Z"),
        format!("/api/v1/runs/{run}"),
        format!("/api/v1/runs/{run}/evidence"),
        format!("/api/v1/runs/{run}/bundle"),
    ]
}

async fn sees_nothing(actor: &Actor, plant: &Plant) {
    for path in addresses(plant) {
        assert_absent(&actor.get(&path).await, &path);
    }
    for list in ["/api/v1/instruments", "/api/v1/runs"] {
        let page = actor.get(list).await.json();
        assert_eq!((ids(&page), &page["total"]), (vec![], &json!(0)), "{list}");
    }
    for filter in [
        format!("/api/v1/instruments?site={}", plant.laboratory.plant),
        format!("/api/v1/runs?instrument={}", plant.meter),
    ] {
        assert_eq!(actor.get(&filter).await.json()["total"], 0, "{filter}");
    }
    let overview = actor.get("/api/v1/overview").await.json();
    assert_eq!(overview["instruments"]["normal"], 0);
    assert_eq!(overview["awaiting_review"], 0);
    for list in ["/api/v1/sites", "/api/v1/collectors"] {
        let rows = actor.get(list).await.body;
        assert!(!rows.contains("Plant"), "{list}: {rows}");
    }
}

#[tokio::test]
async fn an_enterprise_sees_its_own_sites_only() {
    let plant = plant().await;
    let works = plant.laboratory.actor("works").await;
    for path in addresses(&plant) {
        assert_eq!(works.get(&path).await.status, StatusCode::OK, "{path}");
    }
    let others = plant.laboratory.actor("others").await;
    sees_nothing(&others, &plant).await;

    // Neither a registration nor a change carries anything over the fence.
    let mut draft = plant.laboratory.draft("m-9", "dtz341@1");
    let into = others
        .send("POST", "/api/v1/instruments", Some(draft.clone()), None)
        .await;
    assert_absent(&into, "into the plant");
    draft["site_id"] = json!(plant.laboratory.mill);
    let foreign = others
        .send("POST", "/api/v1/instruments", Some(draft.clone()), None)
        .await;
    assert_eq!(
        (foreign.status, &foreign.json()["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("collector")),
        "the plant's collector"
    );
    let path = format!("/api/v1/instruments/{}", plant.meter);
    assert_absent(
        &others.send("PUT", &path, Some(draft.clone()), Some(1)).await,
        "a change",
    );
    draft["device"] = json!("m-1");
    let away = works.send("PUT", &path, Some(draft), Some(1)).await;
    assert_absent(&away, "moved to a site that is not one's own");
    let access = json!({"kind": "modbus-tcp", "host": "h", "port": 502, "unit": 1});
    let probe = json!({"collector": "c-1", "profile": "dtz341@1", "access": access});
    let reply = others.send("POST", "/api/v1/probe", Some(probe), None).await;
    assert_absent(&reply, "a test read through the plant's collector");
}

#[tokio::test]
async fn an_auditor_without_a_grant_sees_nothing() {
    let plant = plant().await;
    let ledger = &plant.laboratory.ledger;
    let account = ledger::seed::NewAccount {
        login: "sun".to_owned(),
        name: "SUN".to_owned(),
        party: "Auditors".to_owned(),
        password: crate::laboratory::PASSWORD.into(),
        roles: vec![ledger::accounts::Role::Auditor],
    };
    ledger
        .create_account(&account, crate::laboratory::now())
        .await
        .unwrap();
    sees_nothing(&plant.laboratory.actor("sun").await, &plant).await;
}

#[tokio::test]
async fn a_stream_ends_with_the_session_that_opened_it() {
    let laboratory = Laboratory::open().await;
    laboratory.meter("m-01", "dtz341@1").await;
    let works = laboratory.actor("works").await;
    let opened = async || {
        let request = Request::get("/api/v1/live").body(Body::empty()).unwrap();
        works.answer(request).await
    };
    let (before, after) = (opened().await, opened().await);
    assert!(read(before).await.body.contains("220.10"));
    laboratory.it_is_now("2026-06-01T18:00:01Z");
    let rest = read(after).await;
    assert_eq!(rest.status, StatusCode::OK);
    assert!(!rest.body.contains("event"), "{}", rest.body);
}
