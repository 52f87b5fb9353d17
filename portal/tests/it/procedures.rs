//! Procedures in the portal: laid open, entered, approved by another, and judged by.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::laboratory::{Laboratory, asked, person};

async fn cards(actor: &Actor, id: &str) -> Vec<Value> {
    let all = actor.get("/api/v1/procedures").await.json();
    let of_it = all.as_array().unwrap().iter().filter(|card| card["id"] == id);
    of_it.cloned().collect()
}

async fn text_of(actor: &Actor, id: &str) -> (String, String) {
    let sha256 = cards(actor, id).await[0]["sha256"].as_str().unwrap().to_owned();
    let detail = actor.get(&format!("/api/v1/procedures/{sha256}")).await.json();
    (sha256, detail["text"].as_str().unwrap().to_owned())
}

const GAUGE: &str = "digital-pressure-gauge-online";

#[tokio::test]
async fn what_ships_is_listed_as_drafts_and_laid_open() {
    let laboratory = Laboratory::open().await;
    let li = laboratory.actor("li").await;
    let all = li.get("/api/v1/procedures").await.json();
    assert!(all.as_array().unwrap().len() >= 11);
    for card in all.as_array().unwrap() {
        assert_eq!(
            (&card["state"], &card["current"]),
            (&json!("draft"), &json!(true)),
            "{card}"
        );
        let path = format!("/api/v1/procedures/{}", card["sha256"].as_str().unwrap());
        let sheet = &li.get(&path).await.json()["sheet"];
        if card["kind"] == "period-check" {
            assert!(sheet["least_pairs"].as_u64().unwrap() > 0, "{sheet}");
            continue;
        }
        assert!(!sheet["points"].as_array().unwrap().is_empty(), "{sheet}");
        assert!(!sheet["terms"].as_array().unwrap().is_empty(), "{sheet}");
        assert!(!sheet["formula"].as_str().unwrap().is_empty());
    }
    let missing = li.get("/api/v1/procedures/00").await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_own_procedure_is_entered_by_one_and_approved_by_another() {
    let laboratory = Laboratory::open().await;
    let (li, root) = (laboratory.actor("li").await, laboratory.actor("root").await);
    let (_, text) = text_of(&li, GAUGE).await;
    let own = text.replacen("version = 1", "version = 2", 1);
    let file = json!({"text": own, "note": "five parts of the span"});
    let entered = li
        .send("POST", "/api/v1/procedures", Some(file.clone()), None)
        .await;
    assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.body);
    let draft = entered.json();
    assert_eq!(
        (&draft["version"], &draft["by"], &draft["current"]),
        (&json!(2), &person("li"), &json!(true))
    );
    let again = li.send("POST", "/api/v1/procedures", Some(file), None).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);

    let path = format!("/api/v1/procedures/{}/approve", draft["sha256"].as_str().unwrap());
    let empty = json!({"edition": "", "clause": "5", "effective_on": "2018-06-27"});
    let refused = root.send("POST", &path, Some(empty), None).await;
    assert_eq!(
        (refused.status, &refused.json()["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("edition"))
    );
    let approval = json!({"edition": "2018", "clause": "5.2, 6.3", "effective_on": "2018-06-27", "note": "read by root"});
    let approved = root.send("POST", &path, Some(approval.clone()), None).await;
    assert_eq!(approved.status, StatusCode::CREATED, "{}", approved.body);
    let approved = approved.json();
    assert_eq!(
        (
            &approved["state"],
            &approved["edition"],
            &approved["draft_sha256"]
        ),
        (&json!("approved"), &json!("2018"), &draft["sha256"])
    );
    assert!(
        approved["text"]
            .as_str()
            .unwrap()
            .contains("# A draft: an approver enters edition")
    );

    // The approved one is what runs use from now on; nothing has been lost.
    let of_it = cards(&li, GAUGE).await;
    let states: Vec<_> = of_it
        .iter()
        .map(|c| (c["state"].as_str().unwrap(), c["current"].as_bool().unwrap()))
        .collect();
    assert_eq!(states, [("approved", true), ("draft", false), ("draft", false)]);
    let path = format!(
        "/api/v1/procedures/{}/approve",
        approved["sha256"].as_str().unwrap()
    );
    let twice = root.send("POST", &path, Some(approval), None).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", twice.body);
    let audit = root
        .get(&format!("/api/v1/audit?object=procedure/{GAUGE}"))
        .await
        .json();
    let actions: Vec<_> = audit["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["action"])
        .collect();
    assert_eq!(actions, ["procedure.approved", "procedure.entered"]);
}

#[tokio::test]
async fn nobody_approves_an_own_draft() {
    let laboratory = Laboratory::open().await;
    let root = laboratory.actor("root").await;
    let (_, text) = text_of(&root, GAUGE).await;
    let file = json!({"text": text.replacen("version = 1", "version = 2", 1)});
    let draft = root
        .send("POST", "/api/v1/procedures", Some(file), None)
        .await
        .json();
    let path = format!("/api/v1/procedures/{}/approve", draft["sha256"].as_str().unwrap());
    let approval = json!({"edition": "2018", "clause": "5", "effective_on": "2018-06-27"});
    let own = root.send("POST", &path, Some(approval), None).await;
    assert_eq!(
        (own.status, own.code()),
        (StatusCode::FORBIDDEN, "own-draft".to_owned()),
        "{}",
        own.body
    );
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_refused_with_its_line() {
    let laboratory = Laboratory::open().await;
    let li = laboratory.actor("li").await;
    let (_, text) = text_of(&li, GAUGE).await;
    let line = 1 + text.lines().position(|line| line.starts_with("formula")).unwrap();
    let cases = [
        (
            text.replacen("\"p - p0\"", "\"p - q0\"", 1),
            format!("line {line}, column 16"),
        ),
        (
            text.replacen("version = 1", "version = 1\nversion = 1", 1),
            "duplicate key".to_owned(),
        ),
        (text.clone(), "ships with the engine".to_owned()),
        (
            text.replacen("status = \"draft\"", "status = \"approved\"", 1),
            "needs its clause".to_owned(),
        ),
        ("本".to_owned(), "line 1".to_owned()),
        (String::new(), "line 1".to_owned()),
    ];
    for (text, wanted) in cases {
        let file = json!({ "text": text });
        let reply = li.send("POST", "/api/v1/procedures", Some(file), None).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.body);
        let problem = reply.json();
        assert_eq!(problem["field"], "text");
        // The sentence names the place, in both languages; the engine's own words stand beside it.
        let said = format!("{} {}", problem["detail"], problem["cause"]);
        assert!(said.contains(&wanted), "{wanted}: {problem}");
        let zh = problem["detail_zh"].as_str().unwrap();
        assert!(zh.starts_with("规程文件第") || problem["cause"].is_null(), "{zh}");
    }
}

#[tokio::test]
async fn a_pressure_transmitter_is_verified_by_its_procedure() {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-04-01T00:00:00Z");
    let subject = laboratory.meter("p-1", "pt100k@1").await;
    let reference = laboratory.meter("p-0", "pt100k@1").await;
    laboratory.change(subject, "/accuracy_class", json!("0.2")).await;
    laboratory.it_is_now("2026-06-01T08:00:00Z");
    let li = laboratory.actor("li").await;
    // Of hourly readings, a day makes a reading of the error: the laboratory's own version says so.
    let (_, text) = text_of(&li, GAUGE).await;
    let own =
        text.replacen("version = 1", "version = 2", 1)
            .replacen("seconds = 3600\n", "seconds = 86400\n", 1);
    let entered = li
        .send("POST", "/api/v1/procedures", Some(json!({ "text": own })), None)
        .await;
    assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.body);
    let mut body = asked("online-verification", subject, reference);
    body["procedure"] = json!(GAUGE);
    for (values, field) in [
        (json!({}), "values.FS"),
        (json!({"FS": {"value": "400"}}), "values.U_ref"),
        (
            json!({"FS": {"value": "400"}, "U_ref": {"value": "0.05"}, "x": {"value": "1"}}),
            "values.x",
        ),
    ] {
        body["values"] = values;
        let refused = li.send("POST", "/api/v1/runs", Some(body.clone()), None).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.body
        );
        assert_eq!(refused.json()["field"], field);
    }
    body["values"] = json!({"FS": {"value": "400.0"}, "U_ref": {"value": "50", "unit": "Pa"}});
    let started = li.send("POST", "/api/v1/runs", Some(body.clone()), None).await;
    assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
    let run = started.json();
    assert_eq!(run["verdict"], "conforms", "{}", run["conclusion"]["reasons"]);
    assert_eq!(run["conclusion"]["procedure_sha256"], entered.json()["sha256"]);
    let measured = &run["conclusion"]["body"]["comparison"];
    assert_eq!(measured["unit"], "kPa");
    let judged = measured["points"]
        .as_array()
        .unwrap()
        .iter()
        .find(|point| point["bin"] == "40-60")
        .unwrap();
    // Both read the same: error 0, limit 0.2 % of 400 kPa, U above that of the certificate.
    assert_eq!(
        (&judged["limit"], &judged["verdict"]),
        (&json!("0.8"), &json!("conforms"))
    );
    assert!(judged["u95"].as_str().unwrap().parse::<f64>().unwrap() > 0.05);
    let evidence = li
        .get(&format!("/api/v1/runs/{}/evidence", run["id"]))
        .await
        .json();
    assert_eq!(
        evidence["subject"]["values"]["FS"],
        json!({"unit": "kPa", "value": "400.0"})
    );
    let bundle = li.get(&format!("/api/v1/runs/{}/bundle", run["id"])).await;
    let recheck = verification::recheck::recheck(
        &verification::recheck::Bundle::parse(bundle.body.as_bytes()).unwrap(),
    )
    .unwrap();
    assert!(recheck.agrees, "{:?}", recheck.differences);

    body["procedure"] = json!("thermo-hygrometer-humidity-online");
    body["values"] = json!({});
    let no_point = li.send("POST", "/api/v1/runs", Some(body.clone()), None).await;
    assert_eq!(
        no_point.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        no_point.body
    );
    body["procedure"] = json!("coffee");
    let none = li.send("POST", "/api/v1/runs", Some(body), None).await;
    assert_eq!(none.json()["field"], "procedure");
}
