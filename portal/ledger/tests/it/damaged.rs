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
use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use crate::house::{House, accepted, day, now};

/// A hand that no check and no trigger stops.
async fn free_hand(house: &House) -> SqliteConnection {
    let mut hand = house.hand().await;
    let triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'";
    for row in sqlx::query(triggers).fetch_all(&mut hand).await.unwrap() {
        accepted(&mut hand, &format!("DROP TRIGGER {}", row.get::<String, _>(0))).await;
    }
    accepted(&mut hand, "PRAGMA ignore_check_constraints = ON").await;
    hand
}

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
/// Microseconds beyond any calendar.
const NEVER: &str = "9000000000000000000";

async fn run_of(house: &House) -> (InstrumentId, RunId) {
    let meter = house.meter("m-1").await;
    let run = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    (meter, run)
}

#[tokio::test]
async fn an_instrument() {
    for (column, value, found) in [
        ("status", "'broken'", "broken"),
        ("next_check_on", "'2026-13-45'", "2026-13-45"),
        ("created_us", NEVER, NEVER),
        ("name", TORN, "AK"),
        ("serial", TORN, "AK"),
    ] {
        let house = House::build().await;
        let (meter, other) = (house.meter("m-1").await, house.meter("m-2").await);
        let mut hand = free_hand(&house).await;
        accepted(
            &mut hand,
            &format!("UPDATE instrument SET {column} = {value} WHERE id = {meter}"),
        )
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

#[tokio::test]
async fn a_run_and_its_review() {
    for (column, value, found) in [
        ("kind", "'broken'", "broken"),
        ("verdict", "'broken'", "broken"),
        ("from_us", NEVER, NEVER),
        ("created_us", NEVER, NEVER),
        ("conclusion", TORN, "AK"),
    ] {
        let house = House::build().await;
        let (_, run) = run_of(&house).await;
        let mut hand = free_hand(&house).await;
        accepted(&mut hand, &format!("UPDATE run SET {column} = {value}")).await;
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

#[tokio::test]
async fn a_status_that_no_rule_knows_stays_as_it_was_found() {
    let house = House::build().await;
    let (meter, run) = run_of(&house).await;
    let mut hand = free_hand(&house).await;
    accepted(&mut hand, "UPDATE instrument SET status = 'broken'").await;
    let before = house.dump().await;
    let zhao = house.actor("zhao").await;
    let review = house
        .ledger
        .review(&zhao, run, 1, Decision::Confirm, "", now())
        .await;
    names(&review.unwrap_err(), "instrument", meter, "status", "broken");
    assert_eq!(house.dump().await, before, "least of all is it stopped");
}

#[tokio::test]
async fn evidence_that_its_digest_does_not_fit() {
    let house = House::build().await;
    let (_, run) = run_of(&house).await;
    let mut hand = free_hand(&house).await;
    let flipped = "UPDATE run SET evidence = CAST(replace(CAST(evidence AS TEXT), '10.00', '10.01') AS BLOB)";
    accepted(&mut hand, flipped).await;
    let li = house.actor("li").await;
    let refused = house.ledger.frozen(&li, run).await.unwrap_err();
    names(&refused, "run", run, "evidence", "SHA-256");
}

#[tokio::test]
async fn an_audit_entry() {
    let house = House::build().await;
    house.meter("m-1").await;
    let mut hand = free_hand(&house).await;
    let (id, previous): (i64, String) = {
        let last = "SELECT id, previous FROM audit ORDER BY id DESC LIMIT 1";
        let row = sqlx::query(last).fetch_one(&mut hand).await.unwrap();
        (row.get(0), row.get(1))
    };
    // A hand that also mends the chain: the time reads as 1970 to whoever makes something up for what is no time.
    let owner = house.actor("owner").await;
    let (entries, _) = house.ledger.audit(&owner, None, Page::first(1)).await.unwrap();
    assert_eq!(entries[0].id, id);
    let mut forged = serde_json::to_value(&entries[0]).unwrap();
    forged["at"] = "1970-01-01T00:00:00Z".into();
    let order = [
        "id", "at", "who", "action", "object", "site_id", "detail", "before", "after",
    ];
    let fields: Vec<String> = order
        .iter()
        .map(|key| format!("\"{key}\":{}", forged[*key]))
        .collect();
    let text = format!("{previous}\n{{{}}}", fields.join(","));
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    let change = format!("UPDATE audit SET at_us = {NEVER}, hash = '{hash}' WHERE id = {id}");
    sqlx::query(AssertSqlSafe(change))
        .execute(&mut hand)
        .await
        .unwrap();
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

#[tokio::test]
async fn an_audit_entry_that_is_no_text() {
    let house = House::build().await;
    let mut hand = free_hand(&house).await;
    accepted(
        &mut hand,
        &format!("UPDATE audit SET detail = {TORN} WHERE id = 2"),
    )
    .await;
    match house.ledger.verify_audit().await.unwrap() {
        AuditCheck::Broken { entry, reason } => {
            assert_eq!(entry, 2);
            assert!(reason.contains("column detail"), "{reason}");
        }
        whole @ AuditCheck::Whole { .. } => panic!("{whole:?}"),
    }
}

#[tokio::test]
async fn a_plan_and_a_next_check() {
    let house = House::build().await;
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
    let mut hand = free_hand(&house).await;
    for (column, broken, sound) in [
        ("due_on", "'soon'", "'2026-12-01'"),
        ("kind", "'soon'", "'period-check'"),
        ("note", TORN, "''"),
    ] {
        accepted(&mut hand, &format!("UPDATE plan SET {column} = {broken}")).await;
        let listed = house
            .ledger
            .due(&li, &DueFilter::default(), now(), Page::first(10))
            .await;
        let found = if broken == TORN { "AK" } else { "soon" };
        names(&listed.unwrap_err(), "plan", plan, column, found);
        accepted(&mut hand, &format!("UPDATE plan SET {column} = {sound}")).await;
    }
    accepted(&mut hand, "UPDATE instrument SET next_check_on = 'soon'").await;
    let listed = house
        .ledger
        .due(&li, &DueFilter::default(), now(), Page::first(10))
        .await;
    names(&listed.unwrap_err(), "instrument", meter, "next_check_on", "soon");
}

#[tokio::test]
async fn a_role_a_grant_and_a_token() {
    let house = House::build().await;
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
    let mut hand = free_hand(&house).await;
    accepted(&mut hand, &format!("UPDATE site_grant SET to_us = {NEVER}")).await;
    let grant = house.ledger.account(qian).await.unwrap_err();
    names(&grant, "site_grant", qian, "to_us", NEVER);
    accepted(
        &mut hand,
        &format!("UPDATE account_role SET role = 'king' WHERE account_id = {qian}"),
    )
    .await;
    let role = house.ledger.account(qian).await.unwrap_err();
    names(&role, "account_role", qian, "role", "king");

    accepted(
        &mut hand,
        "UPDATE collector SET token_sha256 = x'01' WHERE id = 'edge-1'",
    )
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

#[tokio::test]
async fn a_procedure_and_a_past_configuration() {
    let house = House::build().await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let new = ledger::procedures::NewProcedure {
        id: "own".to_owned(),
        version: 1,
        text: "limit = 1".to_owned(),
        note: String::new(),
    };
    house.ledger.enter_procedure(&li, &new, now()).await.unwrap();
    let mut hand = free_hand(&house).await;
    accepted(&mut hand, "UPDATE procedure SET text = 'limit = 9'").await;
    names(
        &house.ledger.procedures().await.unwrap_err(),
        "procedure",
        1,
        "text",
        "SHA-256",
    );
    accepted(
        &mut hand,
        "UPDATE procedure SET text = 'limit = 1', state = 'perhaps'",
    )
    .await;
    names(
        &house.ledger.procedures().await.unwrap_err(),
        "procedure",
        1,
        "state",
        "perhaps",
    );

    accepted(
        &mut hand,
        &format!("UPDATE configuration_history SET at_us = {NEVER}"),
    )
    .await;
    let past = house.ledger.configurations(&li, meter).await.unwrap_err();
    let place = format!("table configuration_history, row {meter}, version 1, column at_us: \"{NEVER}\"");
    assert!(past.to_string().contains(&place), "{past}");
}

#[tokio::test]
async fn a_configuration_of_another_format_or_site() {
    let house = House::build().await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let mut hand = free_hand(&house).await;
    accepted(&mut hand, "UPDATE configuration_history SET configuration = replace(configuration, '\"format\":1', '\"format\":2')").await;
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
        accepted(&mut hand, sql).await;
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
