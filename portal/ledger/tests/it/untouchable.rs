//! What the database itself refuses, whatever program asks.

use ledger::RunId;
use ledger::runs::Decision::Confirm;
use ledger::runs::Kind::OnlineVerification;
use ledger::runs::Verdict::DoesNotConform;

use crate::house::{House, now, refused};

async fn confirmed() -> (House, RunId) {
    let house = House::build().await;
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

#[tokio::test]
async fn a_confirmed_run() {
    let (house, run) = confirmed().await;
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
        let reason = refused(&mut hand, &format!("UPDATE run SET {change} WHERE id = {run}")).await;
        assert!(
            reason.contains("never changed") || reason.contains("frozen"),
            "{change}: {reason}"
        );
    }
    assert!(
        refused(&mut hand, "DELETE FROM run")
            .await
            .contains("never deleted")
    );
    let anew = "INSERT OR REPLACE INTO run SELECT id, kind, instrument_id, reference_id, from_us, to_us, 'conforms', conclusion,
                engine, evidence_sha256, procedure_sha256, evidence, bundle, operator_id, created_us, 'awaiting-review', NULL, NULL,
                '', 1 FROM run";
    let reason = refused(&mut hand, anew).await;
    assert!(reason.contains("never replaced"), "{reason}");
    assert_eq!(house.dump().await, before);
}

#[tokio::test]
async fn what_was_judged_even_before_its_review() {
    let house = House::build().await;
    let meter = house.meter("m-1").await;
    house
        .run("li", meter, OnlineVerification, DoesNotConform, "2026-11-15")
        .await;
    let mut hand = house.hand().await;
    for change in [
        "verdict = 'conforms'",
        "conclusion = '{}'",
        "evidence = x'00'",
        "evidence_sha256 = ''",
        "bundle = x'00'",
        "procedure_sha256 = ''",
        "engine = '2'",
        "from_us = 0",
        "operator_id = 3",
    ] {
        let reason = refused(&mut hand, &format!("UPDATE run SET {change}")).await;
        assert!(reason.contains("frozen"), "{change}: {reason}");
    }
    let own = "UPDATE run SET state = 'confirmed', reviewer_id = operator_id";
    assert!(refused(&mut hand, own).await.contains("CHECK"));
    assert!(
        refused(&mut hand, "UPDATE run SET state = 'confirmed'")
            .await
            .contains("CHECK")
    );
    let born = "INSERT INTO run SELECT id + 1, kind, instrument_id, reference_id, from_us, to_us, verdict, conclusion, engine,
                evidence_sha256, procedure_sha256, evidence, bundle, operator_id, created_us, 'confirmed', 3, 0, '', 1 FROM run";
    assert!(
        refused(&mut hand, born)
            .await
            .contains("begins as awaiting-review")
    );
}

#[tokio::test]
async fn the_audit_trail_and_past_configurations() {
    let (house, _) = confirmed().await;
    let before = house.dump().await;
    let mut hand = house.hand().await;
    assert!(
        refused(&mut hand, "UPDATE audit SET who = 'x' WHERE id = 1")
            .await
            .contains("never changed")
    );
    assert!(
        refused(&mut hand, "DELETE FROM audit")
            .await
            .contains("never deleted")
    );
    assert!(
        refused(&mut hand, "REPLACE INTO audit SELECT * FROM audit WHERE id = 1")
            .await
            .contains("never replaced")
    );
    let history = "configuration_history";
    assert!(
        refused(&mut hand, &format!("UPDATE {history} SET configuration = '{{}}'"))
            .await
            .contains("never changed")
    );
    assert!(
        refused(&mut hand, &format!("DELETE FROM {history}"))
            .await
            .contains("never deleted")
    );
    assert!(
        refused(
            &mut hand,
            &format!("REPLACE INTO {history} SELECT * FROM {history}")
        )
        .await
        .contains("never replaced")
    );
    assert_eq!(house.dump().await, before);
}
