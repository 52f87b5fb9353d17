//! What the database itself refuses, whatever program asks.

use ledger::RunId;
use ledger::runs::Decision::Confirm;
use ledger::runs::Kind::OnlineVerification;
use ledger::runs::Verdict::DoesNotConform;

use crate::house::{House, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_confirmed_run,
    what_was_judged_even_before_its_review,
    the_audit_trail_and_past_configurations,
);

async fn confirmed(on: On) -> (House, RunId) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let run = house
        .run("li", meter, OnlineVerification, DoesNotConform, "2026-11-15")
        .await;
    let zhao = house.actor("zhao").await;
    house
        .ledger
        .review(&zhao, run, 1, Confirm, "", now())
        .await
        .unwrap();
    (house, run)
}

async fn a_confirmed_run(on: On) {
    let (house, run) = confirmed(on).await;
    let before = house.dump().await;
    let mut hand = house.hand().await;
    for change in [
        "state = 'returned'",
        "note = 'x'",
        "verdict = 'conforms'",
        "reviewer_id = 1",
        "version = 1",
        "id = 99",
    ] {
        let reason = hand
            .refused(&format!("UPDATE run SET {change} WHERE id = {run}"))
            .await;
        assert!(
            reason.contains("never changed") || reason.contains("frozen"),
            "{change}: {reason}"
        );
    }
    assert!(hand.refused("DELETE FROM run").await.contains("never deleted"));
    // The same run anew, with another verdict and nobody's review.
    let columns =
        "kind, instrument_id, reference_id, from_us, to_us, verdict, conclusion, engine, evidence_sha256,
                   procedure_sha256, evidence, bundle, operator_id, created_us";
    let values = columns.replace(" verdict,", " 'conforms',");
    let anew = format!("INTO run (id, {columns}) SELECT id, {values} FROM run");
    let (anew, words) = match on {
        On::File => (format!("INSERT OR REPLACE {anew}"), "never replaced"),
        On::Server => {
            let update = "ON CONFLICT (id) DO UPDATE SET verdict = excluded.verdict, state = excluded.state";
            (format!("INSERT {anew} {update}"), "frozen")
        }
    };
    let reason = hand.refused(&anew).await;
    assert!(reason.contains(words), "{reason}");
    if on == On::Server {
        let reason = hand.refused("TRUNCATE run CASCADE").await;
        assert!(reason.contains("never deleted"), "{reason}");
    }
    assert_eq!(house.dump().await, before);
}

async fn what_was_judged_even_before_its_review(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    house
        .run("li", meter, OnlineVerification, DoesNotConform, "2026-11-15")
        .await;
    let mut hand = house.hand().await;
    for change in [
        "verdict = 'conforms'",
        "conclusion = '{}'",
        &format!("evidence = {}", on.bytes("00")),
        "evidence_sha256 = ''",
        &format!("bundle = {}", on.bytes("00")),
        "procedure_sha256 = ''",
        "engine = '2'",
        "from_us = 0",
        "operator_id = 3",
    ] {
        let reason = hand.refused(&format!("UPDATE run SET {change}")).await;
        assert!(reason.contains("frozen"), "{change}: {reason}");
    }
    let own = "UPDATE run SET state = 'confirmed', reviewer_id = operator_id";
    assert!(hand.refused(own).await.contains("constraint"));
    assert!(
        hand.refused("UPDATE run SET state = 'confirmed'")
            .await
            .contains("constraint")
    );
    let born = "INSERT INTO run SELECT id + 1, kind, instrument_id, reference_id, from_us, to_us, verdict, conclusion, engine,
                evidence_sha256, procedure_sha256, evidence, bundle, operator_id, created_us, 'confirmed', 3, 0, '', 1 FROM run";
    assert!(hand.refused(born).await.contains("begins as awaiting-review"));
}

async fn the_audit_trail_and_past_configurations(on: On) {
    let (house, _) = confirmed(on).await;
    let before = house.dump().await;
    let mut hand = house.hand().await;
    assert!(
        hand.refused("UPDATE audit SET who = 'x' WHERE id = 1")
            .await
            .contains("never changed")
    );
    assert!(hand.refused("DELETE FROM audit").await.contains("never deleted"));
    for table in ["audit", "configuration_history"] {
        let (again, words) = on.replacing(table);
        let reason = hand.refused(&again).await;
        assert!(reason.contains(words), "{again}: {reason}");
    }
    let history = "configuration_history";
    assert!(
        hand.refused(&format!("UPDATE {history} SET configuration = '{{}}'"))
            .await
            .contains("never changed")
    );
    assert!(
        hand.refused(&format!("DELETE FROM {history}"))
            .await
            .contains("never deleted")
    );
    assert_eq!(house.dump().await, before);
}
