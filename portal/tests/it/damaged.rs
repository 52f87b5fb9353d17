//! What the ledger holds and nobody can read is named, and keeps nothing else out.

use axum::http::StatusCode;
use devices::Window;
use jiff::Timestamp;
use ledger::estimates::NewEstimate;
use ledger::runs::{Decision, Frozen, Kind, NewRun, Verdict};
use ledger::{Actor, SeenSite};
use portal::collector::admission::grants;

use crate::actor::Reply;
use crate::laboratory::{Laboratory, asked, granted};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Somebody of the ledger's accounts, past the portal.
async fn hand(laboratory: &Laboratory, login: &str) -> Actor {
    let (account_id, _) = laboratory.ledger.password_hash_of(login).await.unwrap().unwrap();
    Actor {
        account_id,
        login: login.to_owned(),
        sites: Some(vec![SeenSite::whole(laboratory.plant.into())]),
    }
}

#[tokio::test]
async fn an_instrument_is_named_and_the_others_may_send() {
    let laboratory = Laboratory::open().await;
    laboratory.meter("m-1", "dtz341@1").await;
    let torn = laboratory.meter("m-2", "dtz341@1").await;
    laboratory
        .hand("UPDATE instrument SET configuration = '{\"device\":' WHERE device = 'm-2'")
        .await;

    let li = laboratory.actor("li").await;
    for path in [
        "/api/v1/instruments".to_owned(),
        format!("/api/v1/instruments/{torn}"),
    ] {
        let reply = li.get(&path).await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
        let problem = reply.json();
        assert_eq!(problem["code"], "unreadable-record");
        for text in [&problem["detail"], &problem["detail_zh"]] {
            let text = text.as_str().unwrap();
            assert!(text.contains(&format!("instrument/{torn}")), "{text}");
            assert!(text.contains("configuration"), "{text}");
        }
    }

    let grants = grants(&laboratory.ledger).await.unwrap();
    let first = grants
        .collectors
        .iter()
        .find(|one| one.collector == "c-1")
        .unwrap();
    let devices: Vec<_> = first.devices.iter().map(|(one, _)| one.device.as_str()).collect();
    assert_eq!(devices, ["m-1"]);
    assert_eq!(grants.unreadable.len(), 1);
    let named = &grants.unreadable[0];
    assert!(
        named.contains(&format!("table instrument, row {torn}, column configuration")),
        "{named}"
    );
}

/// A confirmed check of the week before the granted one whose bundle breaks off.
async fn torn_check(laboratory: &Laboratory, subject: i64, reference: i64) -> i64 {
    let from = granted().from;
    let new = NewRun {
        kind: Kind::PeriodCheck,
        instrument_id: subject.into(),
        reference_id: Some(reference.into()),
        window: Window {
            from: from - jiff::SignedDuration::from_hours(24),
            to: from,
        },
        verdict: Verdict::Conforms,
        conclusion: "{}".to_owned(),
        engine: "1".to_owned(),
        evidence_sha256: verification::canonical::sha256(b"{}"),
        procedure_sha256: String::new(),
        frozen: Frozen {
            evidence: b"{}".to_vec(),
            bundle: b"{\"format\":".to_vec(),
        },
    };
    let now = time("2026-02-20T00:00:00Z");
    let (li, zhao) = (hand(laboratory, "li").await, hand(laboratory, "zhao").await);
    let past = laboratory.ledger.record_run(&li, &new, now).await.unwrap();
    laboratory
        .ledger
        .review(&zhao, past, 1, Decision::Confirm, "", now)
        .await
        .unwrap();
    past.into()
}

fn asked_of_the_chart(subject: i64, reference: i64) -> serde_json::Value {
    let mut body = asked("period-check", subject, reference);
    body["procedure"] = "period-check-chart".into();
    body["point"] = "pressure".into();
    body
}

/// To pass over an earlier check would be to judge by other limits.
#[tokio::test]
async fn an_earlier_check_that_cannot_be_read_is_not_passed_over() {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-02-20T00:00:00Z");
    let subject = laboratory.meter("p-1", "pt100k@1").await;
    let reference = laboratory.meter("p-0", "pt100k@1").await;
    let past = torn_check(&laboratory, subject, reference).await;
    laboratory.it_is_now("2026-06-01T08:00:00Z");

    let li = laboratory.actor("li").await;
    let mut body = asked_of_the_chart(subject, reference);
    let reply = li.send("POST", "/api/v1/runs", Some(body.clone()), None).await;
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", reply.body);
    let problem = reply.json();
    assert_eq!(problem["code"], "unreadable-record");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains(&format!("run/{past}")),
        "{problem}"
    );
    // Whoever says that nothing from before counts is not held up by it.
    body["starts_anew"] = true.into();
    let reply = li.send("POST", "/api/v1/runs", Some(body), None).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
}

/// What another pair left behind never counted, and its row says which pair it was.
#[tokio::test]
async fn an_earlier_check_against_another_reference_need_not_be_readable() {
    let laboratory = Laboratory::open().await;
    laboratory.it_is_now("2026-02-20T00:00:00Z");
    let subject = laboratory.meter("p-1", "pt100k@1").await;
    let reference = laboratory.meter("p-0", "pt100k@1").await;
    let another = laboratory.meter("p-2", "pt100k@1").await;
    torn_check(&laboratory, subject, another).await;
    laboratory.it_is_now("2026-06-01T08:00:00Z");

    let li = laboratory.actor("li").await;
    let body = asked_of_the_chart(subject, reference);
    let reply = li.send("POST", "/api/v1/runs", Some(body), None).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
}

fn assert_names(reply: &Reply, place: &str, column: &str) {
    assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", reply.body);
    let problem = reply.json();
    assert_eq!(problem["code"], "unreadable-record");
    for text in [&problem["detail"], &problem["detail_zh"]] {
        let text = text.as_str().unwrap();
        assert!(text.contains(place) && text.contains(column), "{text}");
    }
}

/// Whatever a later program wrote is not guessed at.
#[tokio::test]
async fn a_body_of_another_format_names_its_row() {
    let laboratory = Laboratory::open().await;
    let master = laboratory.meter("m-1", "dtz341@1").await;
    let li = laboratory.actor("li").await;
    let body = "{\"format\":2}".to_owned();
    let new = NewEstimate {
        master_id: master.into(),
        window: granted(),
        meters: 1,
        suspects: 0,
        engine: "1".to_owned(),
        body_sha256: verification::canonical::sha256(body.as_bytes()),
        body,
    };
    let now = time("2026-06-01T00:00:00Z");
    let estimate = laboratory.ledger.record_estimate(None, &new, now).await.unwrap();
    let reply = li.get(&format!("/api/v1/error-estimates/{estimate}")).await;
    assert_names(&reply, &format!("error_estimate/{estimate}"), "body");

    laboratory
        .hand("UPDATE instrument SET configuration = replace(configuration, '\"format\":1', '\"format\":2')")
        .await;
    let reply = li.get(&format!("/api/v1/instruments/{master}")).await;
    assert_names(&reply, &format!("instrument/{master}"), "configuration");
}
