//! A second person decides, once, and either everything follows or nothing.

use ledger::LedgerError;
use ledger::instruments::InstrumentStatus;
use ledger::runs::Decision::{Confirm, Return};
use ledger::runs::Kind::{OnlineVerification, PeriodCheck};
use ledger::runs::RunState;
use ledger::runs::Verdict::{Conforms, DoesNotConform, Inconclusive};
use ledger::{InstrumentId, Page, SeenSite};

use crate::house::{House, day, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_confirmed_run_changes_status_date_and_trail_together,
    no_conclusion_moves_the_validity_of_a_certificate,
    an_inconclusive_run_leaves_an_overdue_check_overdue,
    a_late_review_of_an_old_window_hides_no_later_failure,
    refusals_change_nothing,
    a_role_taken_away_counts_at_once,
    a_return_changes_the_run_alone,
    of_two_reviewers_at_once_exactly_one_wins,
    a_failure_anywhere_leaves_everything_as_it_was,
);

async fn status(house: &House, id: InstrumentId) -> (InstrumentStatus, Option<String>) {
    let owner = house.actor("owner").await;
    let found = house.ledger.instrument(&owner, id).await.unwrap();
    (found.status, found.next_check_on.map(|date| date.to_string()))
}

async fn a_confirmed_run_changes_status_date_and_trail_together(on: On) {
    let house = House::build(on).await;
    let (good, bad) = (house.meter("m-1").await, house.meter("m-2").await);
    let zhao = house.actor("zhao").await;
    for (meter, verdict) in [(good, Conforms), (bad, DoesNotConform)] {
        let run = house
            .run("li", meter, OnlineVerification, verdict, "2026-11-15")
            .await;
        assert_eq!(
            status(&house, meter).await,
            (InstrumentStatus::Normal, None),
            "待核验 changes nothing"
        );
        house
            .ledger
            .review(&zhao, run, 1, Confirm, "seen", now())
            .await
            .unwrap();
        let stored = house.ledger.run(&zhao, run).await.unwrap();
        assert_eq!(
            (stored.state, stored.reviewer.as_deref(), stored.version),
            (RunState::Confirmed, Some("zhao"), 2)
        );
        let (entries, _) = house
            .ledger
            .audit(&zhao, Some(&format!("instrument/{meter}")), Page::first(1))
            .await
            .unwrap();
        assert_eq!(entries[0].action, "instrument.status");
        assert_eq!(entries[0].who, "zhao");
    }
    assert_eq!(
        status(&house, good).await,
        (InstrumentStatus::Normal, Some("2026-12-15".to_owned()))
    );
    assert_eq!(status(&house, bad).await, (InstrumentStatus::ToSend, None));
}

async fn no_conclusion_moves_the_validity_of_a_certificate(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let zhao = house.actor("zhao").await;
    let before = house.ledger.instrument(&zhao, meter).await.unwrap().configuration;
    for verdict in [Conforms, Inconclusive, DoesNotConform] {
        for kind in [OnlineVerification, PeriodCheck] {
            let run = house.run("li", meter, kind, verdict, "2026-11-15").await;
            house
                .ledger
                .review(&zhao, run, 1, Confirm, "", now())
                .await
                .unwrap();
        }
    }
    assert_eq!(
        house.ledger.instrument(&zhao, meter).await.unwrap().configuration,
        before
    );
}

async fn an_inconclusive_run_leaves_an_overdue_check_overdue(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let zhao = house.actor("zhao").await;
    let first = house
        .run("li", meter, OnlineVerification, Conforms, "2026-10-01")
        .await;
    house
        .ledger
        .review(&zhao, first, 1, Confirm, "", now())
        .await
        .unwrap();
    let second = house
        .run("li", meter, OnlineVerification, Inconclusive, "2026-11-15")
        .await;
    house
        .ledger
        .review(&zhao, second, 1, Confirm, "", now())
        .await
        .unwrap();
    assert_eq!(
        status(&house, meter).await,
        (InstrumentStatus::ToCheck, Some("2026-10-31".to_owned()))
    );
    let counts = house.ledger.counts(&zhao, day("2026-11-20")).await.unwrap();
    assert_eq!((counts.to_check, counts.overdue_checks), (1, 1));
}

async fn a_late_review_of_an_old_window_hides_no_later_failure(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let zhao = house.actor("zhao").await;
    let old = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-01")
        .await;
    let new = house
        .run("li", meter, OnlineVerification, DoesNotConform, "2026-11-15")
        .await;
    house
        .ledger
        .review(&zhao, new, 1, Confirm, "", now())
        .await
        .unwrap();
    house
        .ledger
        .review(&zhao, old, 1, Confirm, "", now())
        .await
        .unwrap();
    assert_eq!(status(&house, meter).await.0, InstrumentStatus::ToSend);
    let check = house.run("li", meter, PeriodCheck, Conforms, "2026-11-18").await;
    house
        .ledger
        .review(&zhao, check, 1, Confirm, "", now())
        .await
        .unwrap();
    assert_eq!(
        status(&house, meter).await.0,
        InstrumentStatus::ToSend,
        "a period check does not call it back"
    );
}

async fn refusals_change_nothing(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let run = house
        .run("both", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    let before = house.dump().await;
    let both = house.actor("both").await;
    let own = house
        .ledger
        .review(&both, run, 1, Confirm, "", now())
        .await
        .unwrap_err();
    assert!(matches!(own, LedgerError::OwnWork), "{own}");
    let own = house
        .ledger
        .review(&both, run, 1, Return, "", now())
        .await
        .unwrap_err();
    assert_eq!(own.code(), "own-work");
    let operator = house.actor("li").await;
    let roleless = house
        .ledger
        .review(&operator, run, 1, Confirm, "", now())
        .await
        .unwrap_err();
    assert_eq!(roleless.code(), "not-permitted");
    let zhao = house.actor("zhao").await;
    let stale = house
        .ledger
        .review(&zhao, run, 9, Confirm, "", now())
        .await
        .unwrap_err();
    assert!(matches!(stale, LedgerError::Stale { current: 1 }), "{stale}");
    let absent = house
        .ledger
        .review(&zhao, (i64::from(run) + 1).into(), 1, Confirm, "", now())
        .await
        .unwrap_err();
    assert_eq!(absent.code(), "not-found");
    let mut stranger = zhao.clone();
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    let hidden = house
        .ledger
        .review(&stranger, run, 1, Confirm, "", now())
        .await
        .unwrap_err();
    assert_eq!(hidden.code(), "not-found");
    assert_eq!(house.dump().await, before);
}

async fn a_role_taken_away_counts_at_once(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let run = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    let (zhao, sun) = (house.actor("zhao").await, house.actor("sun").await);
    let mut hand = house.hand().await;
    hand.accepted(&format!(
        "DELETE FROM account_role WHERE account_id = {}",
        zhao.account_id
    ))
    .await;
    hand.accepted(&format!(
        "UPDATE account SET closed = 1 WHERE id = {}",
        sun.account_id
    ))
    .await;
    for gone in [zhao, sun] {
        let refused = house
            .ledger
            .review(&gone, run, 1, Confirm, "", now())
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "not-permitted");
    }
}

async fn a_return_changes_the_run_alone(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let run = house
        .run("li", meter, OnlineVerification, DoesNotConform, "2026-11-15")
        .await;
    let zhao = house.actor("zhao").await;
    house
        .ledger
        .review(&zhao, run, 1, Return, "window too short", now())
        .await
        .unwrap();
    assert_eq!(status(&house, meter).await, (InstrumentStatus::Normal, None));
    let stored = house.ledger.run(&zhao, run).await.unwrap();
    assert_eq!(
        (stored.state, stored.note.as_str()),
        (RunState::Returned, "window too short")
    );
    let again = house
        .ledger
        .review(&zhao, run, stored.version, Confirm, "", now())
        .await
        .unwrap_err();
    assert_eq!(again.code(), "already-reviewed");
}

async fn of_two_reviewers_at_once_exactly_one_wins(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let (zhao, sun) = (house.actor("zhao").await, house.actor("sun").await);
    // The second ledger stands for another process on the same file.
    let other = ledger::Ledger::open(house.address()).await.unwrap();
    for _ in 0..20 {
        let run = house
            .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
            .await;
        let (first, second) = tokio::join!(
            house.ledger.review(&zhao, run, 1, Confirm, "", now()),
            other.review(&sun, run, 1, Return, "", now()),
        );
        let loser = match (first, second) {
            (Ok(()), Err(loser)) | (Err(loser), Ok(())) => loser,
            outcome => panic!("{outcome:?}"),
        };
        assert_eq!(loser.code(), "already-reviewed");
    }
    assert!(matches!(
        house.ledger.verify_audit().await.unwrap(),
        ledger::audit::AuditCheck::Whole { .. }
    ));
}

/// Every statement of a confirmation, made to fail in turn.
async fn a_failure_anywhere_leaves_everything_as_it_was(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let run = house
        .run("li", meter, OnlineVerification, DoesNotConform, "2026-11-15")
        .await;
    let zhao = house.actor("zhao").await;
    let before = house.dump().await;
    for point in [
        "BEFORE UPDATE ON run",
        "AFTER UPDATE ON run",
        "BEFORE INSERT ON audit WHEN NEW.action = 'run.confirmed'",
        "AFTER INSERT ON audit WHEN NEW.action = 'run.confirmed'",
        "BEFORE UPDATE ON instrument",
        "AFTER UPDATE ON instrument",
        "BEFORE INSERT ON configuration_history",
        "AFTER INSERT ON configuration_history",
        "BEFORE INSERT ON audit WHEN NEW.action = 'instrument.status'",
        "AFTER INSERT ON audit WHEN NEW.action = 'instrument.status'",
    ] {
        let mut hand = house.hand().await;
        hand.accepted(&on.fault(point)).await;
        let failed = house
            .ledger
            .review(&zhao, run, 1, Confirm, "", now())
            .await
            .unwrap_err();
        assert!(failed.to_string().contains("injected"), "{point}: {failed}");
        assert_eq!(house.dump().await, before, "{point}");
        let table = point.split_once(" ON ").unwrap().1.split(' ').next().unwrap();
        hand.accepted(&on.drop_trigger("fault", table)).await;
    }
    // And the same run goes through once the fault is gone.
    house
        .ledger
        .review(&zhao, run, 1, Confirm, "", now())
        .await
        .unwrap();
    assert_eq!(status(&house, meter).await.0, InstrumentStatus::ToSend);
}
