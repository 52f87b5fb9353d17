//! A row that cannot be read is named; nothing else takes its place.

use ledger::Page;
use ledger::audit::AuditCheck;
use ledger::instruments::InstrumentFilter;
use ledger::plans::{DueFilter, NewPlan};
use ledger::runs::Kind::{OnlineVerification, PeriodCheck};
use ledger::runs::Verdict::Conforms;
use ledger::runs::{Decision, RunFilter};
use ledger::{InstrumentId, LedgerError, RunId};
use sha2::{Digest, Sha256};

use crate::hand::Hand;
use crate::house::{House, day, now};
use crate::on::{On, on_each_database};

on_each_database!(
    an_instrument,
    a_run_and_its_review,
    a_status_that_no_rule_knows_stays_as_it_was_found,
    evidence_that_its_digest_does_not_fit,
    an_audit_entry,
    an_audit_entry_of_a_later_format,
    an_audit_entry_that_is_no_text,
    a_plan_and_a_next_check,
    a_role_a_grant_and_a_token,
    a_procedure_and_a_past_configuration,
    a_configuration_of_another_format_or_site,
);

/// The error names all of these.
fn names(error: &LedgerError, table: &str, id: impl std::fmt::Display, column: &str, found: &str) {
    assert_eq!(error.code(), "unreadable-record", "{error}");
    let text = error.to_string();
    let place = format!("table {table}, row {id}, column {column}: ");
    assert!(
        text.contains(&place) && text.contains(found),
        "{place}{found} in: {text}"
    );
}

/// A text that is no UTF-8.
const TORN: &str = "CAST(x'414BFF' AS TEXT)";
/// A server keeps nothing that is no UTF-8.
fn never(on: On, value: &str) -> bool {
    on == On::Server && value == TORN
}

/// Microseconds beyond any calendar.
const NEVER: &str = "9000000000000000000";

async fn run_of(house: &House) -> (InstrumentId, RunId) {
    let meter = house.meter("m-1").await;
    let run = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    (meter, run)
}

async fn an_instrument(on: On) {
    for (column, value, found) in [
        ("status", "'broken'", "broken"),
        ("next_check_on", "'2026-13-45'", "2026-13-45"),
        ("created_us", NEVER, NEVER),
        ("name", TORN, "AK"),
        ("serial", TORN, "AK"),
    ] {
        if never(on, value) {
            continue;
        }
        let house = House::build(on).await;
        let (meter, other) = (house.meter("m-1").await, house.meter("m-2").await);
        let mut hand = Hand::freed(&house).await;
        hand.accepted(&format!(
            "UPDATE instrument SET {column} = {value} WHERE id = {meter}"
        ))
        .await;
        let owner = house.actor("owner").await;
        let alone = house.ledger.instrument(&owner, meter).await.unwrap_err();
        names(&alone, "instrument", meter, column, found);
        let listed = house
            .ledger
            .instruments(&owner, &InstrumentFilter::default(), Page::first(10))
            .await;
        names(&listed.unwrap_err(), "instrument", meter, column, found);
        assert_eq!(house.ledger.instrument(&owner, other).await.unwrap().id, other);
        if matches!(column, "status" | "next_check_on") {
            let counted = house.ledger.counts(&owner, day("2026-11-20")).await;
            names(&counted.unwrap_err(), "instrument", meter, column, found);
        }
        // The gateway goes on with the others.
        let every = house.ledger.every_instrument().await.unwrap();
        let (good, bad): (Vec<_>, Vec<_>) = every.into_iter().partition(Result::is_ok);
        assert_eq!(good[0].as_ref().unwrap().id, other);
        names(bad[0].as_ref().unwrap_err(), "instrument", meter, column, found);
    }
}

async fn a_run_and_its_review(on: On) {
    for (column, value, found) in [
        ("kind", "'broken'", "broken"),
        ("verdict", "'broken'", "broken"),
        ("from_us", NEVER, NEVER),
        ("created_us", NEVER, NEVER),
        ("conclusion", TORN, "AK"),
    ] {
        if never(on, value) {
            continue;
        }
        let house = House::build(on).await;
        let (_, run) = run_of(&house).await;
        let mut hand = Hand::freed(&house).await;
        hand.accepted(&format!("UPDATE run SET {column} = {value}")).await;
        let before = house.dump().await;
        let zhao = house.actor("zhao").await;
        names(
            &house.ledger.run(&zhao, run).await.unwrap_err(),
            "run",
            run,
            column,
            found,
        );
        let listed = house
            .ledger
            .runs(&zhao, &RunFilter::default(), Page::first(10))
            .await;
        names(&listed.unwrap_err(), "run", run, column, found);
        let review = house
            .ledger
            .review(&zhao, run, 1, Decision::Confirm, "", now())
            .await;
        names(&review.unwrap_err(), "run", run, column, found);
        assert_eq!(house.dump().await, before);
    }
}

async fn a_status_that_no_rule_knows_stays_as_it_was_found(on: On) {
    let house = House::build(on).await;
    let (meter, run) = run_of(&house).await;
    let mut hand = Hand::freed(&house).await;
    hand.accepted("UPDATE instrument SET status = 'broken'").await;
    let before = house.dump().await;
    let zhao = house.actor("zhao").await;
    let review = house
        .ledger
        .review(&zhao, run, 1, Decision::Confirm, "", now())
        .await;
    names(&review.unwrap_err(), "instrument", meter, "status", "broken");
    assert_eq!(house.dump().await, before, "least of all is it stopped");
}

async fn evidence_that_its_digest_does_not_fit(on: On) {
    let house = House::build(on).await;
    let (_, run) = run_of(&house).await;
    let mut hand = Hand::freed(&house).await;
    let flipped = match on {
        On::File => {
            "UPDATE run SET evidence = CAST(replace(CAST(evidence AS TEXT), '10.00', '10.01') AS BLOB)"
        }
        On::Server => {
            "UPDATE run SET evidence = convert_to(replace(convert_from(evidence, 'UTF8'), '10.00', '10.01'), 'UTF8')"
        }
    };
    hand.accepted(flipped).await;
    let li = house.actor("li").await;
    let refused = house.ledger.frozen(&li, run).await.unwrap_err();
    names(&refused, "run", run, "evidence", "SHA-256");
}

async fn an_audit_entry(on: On) {
    let house = House::build(on).await;
    house.meter("m-1").await;
    let mut hand = Hand::freed(&house).await;
    // A hand that also mends the chain: the time reads as 1970 to whoever makes something up for what is no time.
    let owner = house.actor("owner").await;
    let (entries, _) = house.ledger.audit(&owner, None, Page::first(1)).await.unwrap();
    let id = entries[0].id;
    let mut forged = serde_json::to_value(&entries[0]).unwrap();
    forged["format"] = 1.into();
    forged["at"] = "1970-01-01T00:00:00Z".into();
    let last = format!("SELECT previous FROM audit WHERE id = {id}");
    forged["previous"] = hand.texts(&last).await.remove(0).into();
    let hash = hex::encode(Sha256::digest(serde_json_canonicalizer::to_vec(&forged).unwrap()));
    hand.accepted(&format!(
        "UPDATE audit SET at_us = {NEVER}, hash = '{hash}' WHERE id = {id}"
    ))
    .await;
    match house.ledger.verify_audit().await.unwrap() {
        AuditCheck::Broken { entry, reason } => {
            assert_eq!(entry, id);
            assert!(
                reason.contains("column at_us") && reason.contains(NEVER),
                "{reason}"
            );
        }
        whole @ AuditCheck::Whole { .. } => panic!("{whole:?}"),
    }
    let listed = house
        .ledger
        .audit(&owner, None, Page::first(100))
        .await
        .unwrap_err();
    names(&listed, "audit", id, "at_us", NEVER);
}

async fn an_audit_entry_of_a_later_format(on: On) {
    let house = House::build(on).await;
    let mut hand = Hand::freed(&house).await;
    hand.accepted("UPDATE audit SET format = 2 WHERE id = 3").await;
    match house.ledger.verify_audit().await.unwrap() {
        AuditCheck::Broken { entry, reason } => {
            assert_eq!(entry, 3.into());
            assert!(reason.contains("row 3, column format: \"2\""), "{reason}");
        }
        whole @ AuditCheck::Whole { .. } => panic!("{whole:?}"),
    }
}

async fn an_audit_entry_that_is_no_text(on: On) {
    if never(on, TORN) {
        return;
    }
    let house = House::build(on).await;
    let mut hand = Hand::freed(&house).await;
    hand.accepted(&format!("UPDATE audit SET detail = {TORN} WHERE id = 2"))
        .await;
    match house.ledger.verify_audit().await.unwrap() {
        AuditCheck::Broken { entry, reason } => {
            assert_eq!(entry, 2.into());
            assert!(reason.contains("column detail"), "{reason}");
        }
        whole @ AuditCheck::Whole { .. } => panic!("{whole:?}"),
    }
}

async fn a_plan_and_a_next_check(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let new = NewPlan {
        kind: PeriodCheck,
        instrument_id: meter,
        reference_id: None,
        due_on: "2026-12-01".parse().unwrap(),
        note: String::new(),
    };
    let plan = house.ledger.make_plan(&li, &new, now()).await.unwrap().id;
    let mut hand = Hand::freed(&house).await;
    for (column, broken, sound) in [
        ("due_on", "'soon'", "'2026-12-01'"),
        ("kind", "'soon'", "'period-check'"),
        ("note", TORN, "''"),
    ] {
        if never(on, broken) {
            continue;
        }
        hand.accepted(&format!("UPDATE plan SET {column} = {broken}"))
            .await;
        let listed = house
            .ledger
            .due(&li, &DueFilter::default(), now(), Page::first(10))
            .await;
        let found = if broken == TORN { "AK" } else { "soon" };
        names(&listed.unwrap_err(), "plan", plan, column, found);
        hand.accepted(&format!("UPDATE plan SET {column} = {sound}"))
            .await;
    }
    hand.accepted("UPDATE instrument SET next_check_on = 'soon'")
        .await;
    let listed = house
        .ledger
        .due(&li, &DueFilter::default(), now(), Page::first(10))
        .await;
    names(&listed.unwrap_err(), "instrument", meter, "next_check_on", "soon");
}

async fn a_role_a_grant_and_a_token(on: On) {
    let house = House::build(on).await;
    house
        .ledger
        .grant(
            "qian",
            house.site,
            now(),
            "2027-01-01T00:00:00Z".parse().unwrap(),
            now(),
        )
        .await
        .unwrap();
    let (qian, _) = house.ledger.password_hash_of("qian").await.unwrap().unwrap();
    let mut hand = Hand::freed(&house).await;
    hand.accepted(&format!("UPDATE site_grant SET to_us = {NEVER}"))
        .await;
    let grant = house.ledger.account(qian).await.unwrap_err();
    names(&grant, "site_grant", qian, "to_us", NEVER);
    hand.accepted(&format!(
        "UPDATE account_role SET role = 'king' WHERE account_id = {qian}"
    ))
    .await;
    let role = house.ledger.account(qian).await.unwrap_err();
    names(&role, "account_role", qian, "role", "king");

    hand.accepted(&format!(
        "UPDATE collector SET token_sha256 = {} WHERE id = 'edge-1'",
        on.bytes("01")
    ))
    .await;
    let owner = house.actor("owner").await;
    let refused = house.ledger.collectors(&owner).await.unwrap_err().to_string();
    assert!(
        refused.contains("table collector, row edge-1, column token_sha256: \"1 bytes\""),
        "{refused}"
    );
    let every = house.ledger.every_collector().await.unwrap();
    assert!(every[0].is_err() && every[1].as_ref().is_ok_and(|one| one.id == "edge-2"));
}

async fn a_procedure_and_a_past_configuration(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let new = ledger::procedures::NewProcedure {
        id: "own".to_owned(),
        version: 1,
        text: "limit = 1".to_owned(),
        note: String::new(),
    };
    house.ledger.enter_procedure(&li, &new, now()).await.unwrap();
    let mut hand = Hand::freed(&house).await;
    hand.accepted("UPDATE procedure SET text = 'limit = 9'").await;
    names(
        &house.ledger.procedures().await.unwrap_err(),
        "procedure",
        1,
        "text",
        "SHA-256",
    );
    hand.accepted("UPDATE procedure SET text = 'limit = 1', state = 'perhaps'")
        .await;
    names(
        &house.ledger.procedures().await.unwrap_err(),
        "procedure",
        1,
        "state",
        "perhaps",
    );

    hand.accepted(&format!("UPDATE configuration_history SET at_us = {NEVER}"))
        .await;
    let past = house.ledger.configurations(&li, meter).await.unwrap_err();
    let place = format!("table configuration_history, row {meter}, version 1, column at_us: \"{NEVER}\"");
    assert!(past.to_string().contains(&place), "{past}");
}

async fn a_configuration_of_another_format_or_site(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let mut hand = Hand::freed(&house).await;
    hand.accepted("UPDATE configuration_history SET configuration = replace(configuration, '\"format\":1', '\"format\":2')")
        .await;
    let past = house
        .ledger
        .configurations(&li, meter)
        .await
        .unwrap_err()
        .to_string();
    let place = format!("table configuration_history, row {meter}, version 1, column configuration");
    assert!(
        past.contains(&place) && past.contains("it is of format 2"),
        "{past}"
    );
    // The present one can still be read; then it is of another format too.
    house.ledger.instrument(&li, meter).await.unwrap();
    let moved = format!("UPDATE instrument SET site_id = {}", house.elsewhere);
    let renumbered =
        "UPDATE instrument SET configuration = replace(configuration, '\"format\":1', '\"format\":2')";
    for (sql, column, reason) in [
        (moved.as_str(), "site_id", "the configuration says 1"),
        (renumbered, "configuration", "it is of format 2"),
    ] {
        hand.accepted(sql).await;
        let every = house.ledger.every_instrument().await.unwrap();
        names(
            every[0].as_ref().unwrap_err(),
            "instrument",
            meter,
            column,
            reason,
        );
    }
}
