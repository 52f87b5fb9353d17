//! Plans: made and closed by the laboratory, frozen in between, and beside the next checks in one list.

use ledger::Page;
use ledger::plans::{Closing, Due, DueFilter, NewPlan, PlanState};
use ledger::runs::Decision::Confirm;
use ledger::runs::Kind::{OnlineVerification, PeriodCheck};
use ledger::runs::Verdict::{Conforms, DoesNotConform, Inconclusive};
use ledger::runs::{Kind, Verdict};
use ledger::{InstrumentId, RunId, SeenSite};

use crate::house::{House, day, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_plan_is_made_and_done_with_its_trail,
    a_next_check_is_due_after_the_run_that_set_it,
    what_is_overdue_depends_on_the_day_that_is_passed_in,
    the_list_is_filtered_and_paged,
    only_the_laboratory_plans_and_only_at_its_sites,
    an_auditor_sees_what_is_due_within_the_grant,
    what_does_not_fit_is_refused_by_field,
    the_database_itself_keeps_plans,
);

fn new(instrument_id: InstrumentId, due_on: &str) -> NewPlan {
    NewPlan {
        kind: OnlineVerification,
        instrument_id,
        reference_id: None,
        due_on: due_on.parse().unwrap(),
        note: String::new(),
    }
}

fn done(run_id: RunId) -> Closing {
    Closing::Done {
        run_id,
        note: String::new(),
    }
}

fn cancelled(note: &str) -> Closing {
    Closing::Cancelled {
        note: note.to_owned(),
    }
}

/// A run that has been confirmed.
async fn confirmed(house: &House, meter: InstrumentId, kind: Kind, verdict: Verdict) -> RunId {
    let run = house.run("li", meter, kind, verdict, "2026-11-15").await;
    let zhao = house.actor("zhao").await;
    house
        .ledger
        .review(&zhao, run, 1, Confirm, "", now())
        .await
        .unwrap();
    run
}

async fn open(house: &House, login: &str) -> Vec<Due> {
    let actor = house.actor(login).await;
    let page = house
        .ledger
        .due(&actor, &DueFilter::default(), now(), Page::first(50))
        .await
        .unwrap();
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

async fn a_plan_is_made_and_done_with_its_trail(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let plan = house
        .ledger
        .make_plan(&li, &new(meter, "2026-11-30"), now())
        .await
        .unwrap();
    assert_eq!(
        (plan.state, plan.made_by.as_str(), plan.made, plan.version),
        (PlanState::Open, "li", now(), 1)
    );
    let run = confirmed(&house, meter, OnlineVerification, DoesNotConform).await;
    let plan = house
        .ledger
        .close_plan(&li, plan.id, 1, &done(run), day("2026-11-21"))
        .await
        .unwrap();
    let closed = plan.closed.unwrap();
    assert_eq!(
        (
            plan.state,
            closed.by.as_str(),
            closed.run_id,
            closed.at,
            plan.version
        ),
        (PlanState::Done, "li", Some(run), day("2026-11-21"), 2)
    );
    let (trail, _) = house
        .ledger
        .audit(&li, Some(&format!("plan/{}", plan.id)), Page::first(10))
        .await
        .unwrap();
    let told: Vec<_> = trail
        .iter()
        .map(|entry| (entry.action.as_str(), entry.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("plan.done", format!("by run/{run}").as_str()),
            ("plan.made", "online-verification m-1 due 2026-11-30")
        ]
    );
}

async fn a_next_check_is_due_after_the_run_that_set_it(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    assert!(open(&house, "owner").await.is_empty());
    let run = confirmed(&house, meter, PeriodCheck, Conforms).await;
    // Nothing that follows is said of a later run that moves no date.
    confirmed(&house, meter, OnlineVerification, Inconclusive).await;
    let li = house.actor("li").await;
    house
        .ledger
        .make_plan(&li, &new(meter, "2026-12-01"), now())
        .await
        .unwrap();
    let rows = open(&house, "owner").await;
    let told: Vec<_> = rows
        .iter()
        .map(|due| {
            (
                due.due_on.to_string(),
                due.plan.is_some(),
                due.kind,
                due.after_run,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("2026-12-01".to_owned(), true, Some(OnlineVerification), None),
            ("2026-12-15".to_owned(), false, Some(PeriodCheck), Some(run)),
        ]
    );
}

async fn what_is_overdue_depends_on_the_day_that_is_passed_in(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    confirmed(&house, meter, OnlineVerification, Conforms).await;
    house
        .ledger
        .make_plan(&li, &new(meter, "2026-11-20"), now())
        .await
        .unwrap();
    for (today, overdue) in [
        ("2026-11-20", 0),
        ("2026-11-21", 1),
        ("2026-12-15", 1),
        ("2026-12-16", 2),
    ] {
        let page = house
            .ledger
            .due(&li, &DueFilter::default(), day(today), Page::first(50))
            .await
            .unwrap();
        let flagged = page.rows.iter().filter(|due| due.overdue).count();
        assert_eq!(
            (page.total, page.overdue, flagged),
            (2, overdue, usize::try_from(overdue).unwrap()),
            "{today}"
        );
        let only = DueFilter {
            overdue: true,
            ..DueFilter::default()
        };
        let page = house
            .ledger
            .due(&li, &only, day(today), Page::first(50))
            .await
            .unwrap();
        assert_eq!(
            (page.total, page.overdue, page.rows.len() as u64),
            (overdue, overdue, overdue)
        );
    }
    let counts = house.ledger.counts(&li, day("2026-12-16")).await.unwrap();
    assert_eq!(counts.overdue_checks, 1);
    // What a person stopped is not due.
    let mut hand = house.hand().await;
    hand.accepted("UPDATE instrument SET status = 'stopped'").await;
    let counts = house.ledger.counts(&li, day("2026-12-16")).await.unwrap();
    assert_eq!(counts.overdue_checks, 0);
    assert_eq!(open(&house, "li").await.len(), 1, "the plan stays");
}

async fn the_list_is_filtered_and_paged(on: On) {
    let house = House::build(on).await;
    let (first, second) = (house.meter("m-1").await, house.meter("m-2").await);
    let li = house.actor("li").await;
    for (meter, due_on) in [
        (first, "2026-12-03"),
        (second, "2026-12-01"),
        (first, "2026-12-02"),
    ] {
        house
            .ledger
            .make_plan(&li, &new(meter, due_on), now())
            .await
            .unwrap();
    }
    let gone = house
        .ledger
        .make_plan(&li, &new(second, "2026-12-04"), now())
        .await
        .unwrap();
    house
        .ledger
        .close_plan(&li, gone.id, 1, &cancelled("sold"), now())
        .await
        .unwrap();
    let page = house
        .ledger
        .due(&li, &DueFilter::default(), now(), Page { offset: 1, limit: 1 })
        .await
        .unwrap();
    assert_eq!(
        (page.rows[0].due_on.to_string().as_str(), page.total),
        ("2026-12-02", 3)
    );
    let count = async |filter: DueFilter| {
        house
            .ledger
            .due(&li, &filter, now(), Page::first(50))
            .await
            .unwrap()
            .total
    };
    let none = DueFilter::default;
    assert_eq!(
        count(DueFilter {
            instrument: Some(first),
            ..none()
        })
        .await,
        2
    );
    assert_eq!(
        count(DueFilter {
            kind: Some(PeriodCheck),
            ..none()
        })
        .await,
        0
    );
    assert_eq!(
        count(DueFilter {
            state: Some(PlanState::Cancelled),
            ..none()
        })
        .await,
        1
    );
    assert_eq!(
        count(DueFilter {
            state: Some(PlanState::Done),
            ..none()
        })
        .await,
        0
    );
}

async fn only_the_laboratory_plans_and_only_at_its_sites(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let plan = house
        .ledger
        .make_plan(&li, &new(meter, "2026-11-30"), now())
        .await
        .unwrap();
    let before = house.dump().await;
    for login in ["owner", "zhao"] {
        let actor = house.actor(login).await;
        let made = house
            .ledger
            .make_plan(&actor, &new(meter, "2026-11-30"), now())
            .await;
        assert_eq!(made.unwrap_err().code(), "not-permitted", "{login}");
        let closed = house
            .ledger
            .close_plan(&actor, plan.id, 1, &cancelled("x"), now())
            .await;
        assert_eq!(closed.unwrap_err().code(), "not-permitted", "{login}");
    }
    let mut stranger = li.clone();
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    let made = house
        .ledger
        .make_plan(&stranger, &new(meter, "2026-11-30"), now())
        .await;
    assert_eq!(made.unwrap_err().code(), "not-found");
    let closed = house
        .ledger
        .close_plan(&stranger, plan.id, 1, &cancelled("x"), now())
        .await;
    assert_eq!(closed.unwrap_err().code(), "not-found");
    let seen = house
        .ledger
        .due(&stranger, &DueFilter::default(), now(), Page::first(50))
        .await
        .unwrap();
    assert_eq!((seen.rows.len(), seen.total), (0, 0));
    assert_eq!(house.dump().await, before);
}

async fn an_auditor_sees_what_is_due_within_the_grant(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    for due_on in ["2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01"] {
        house
            .ledger
            .make_plan(&li, &new(meter, due_on), now())
            .await
            .unwrap();
    }
    house
        .ledger
        .grant("qian", house.site, day("2026-12-01"), day("2027-01-01"), now())
        .await
        .unwrap();
    let dates: Vec<_> = open(&house, "qian")
        .await
        .iter()
        .map(|due| due.due_on.to_string())
        .collect();
    assert_eq!(dates, ["2026-12-01", "2026-12-31"]);
}

async fn what_does_not_fit_is_refused_by_field(on: On) {
    let house = House::build(on).await;
    let (meter, other) = (house.meter("m-1").await, house.meter("m-2").await);
    let li = house.actor("li").await;
    let itself = NewPlan {
        reference_id: Some(meter),
        ..new(meter, "2026-11-30")
    };
    let wordy = NewPlan {
        note: "x".repeat(501),
        ..new(meter, "2026-11-30")
    };
    for (bad, field) in [
        (new(meter, "2026-11-19"), "due_on"),
        (itself, "reference_id"),
        (wordy, "note"),
    ] {
        let refused = house.ledger.make_plan(&li, &bad, now()).await.unwrap_err();
        assert_eq!(refused.code(), "invalid-field");
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    let plan = house
        .ledger
        .make_plan(&li, &new(meter, "2026-11-20"), now())
        .await
        .unwrap();
    let waiting = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    let other_kind = confirmed(&house, meter, PeriodCheck, Conforms).await;
    let other_meter = confirmed(&house, other, OnlineVerification, Conforms).await;
    let before = house.dump().await;
    for (closing, field) in [
        (done(waiting), "run_id"),
        (done(other_kind), "run_id"),
        (done(other_meter), "run_id"),
        (done(999.into()), "run_id"),
        (cancelled("  "), "note"),
    ] {
        let refused = house
            .ledger
            .close_plan(&li, plan.id, 1, &closing, now())
            .await
            .unwrap_err();
        assert!(refused.to_string().starts_with(field), "{closing:?}: {refused}");
    }
    let stale = house
        .ledger
        .close_plan(&li, plan.id, 2, &cancelled("x"), now())
        .await;
    assert_eq!(stale.unwrap_err().code(), "stale");
    assert_eq!(house.dump().await, before);
    house
        .ledger
        .close_plan(&li, plan.id, 1, &cancelled("x"), now())
        .await
        .unwrap();
    let again = house
        .ledger
        .close_plan(&li, plan.id, 2, &cancelled("y"), now())
        .await;
    assert_eq!(again.unwrap_err().code(), "already-closed");
}

async fn the_database_itself_keeps_plans(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let plan = house
        .ledger
        .make_plan(&li, &new(meter, "2026-11-30"), now())
        .await
        .unwrap();
    let waiting = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    let mut hand = house.hand().await;
    let finish =
        format!("UPDATE plan SET state = 'done', closed_by = 'li', closed_us = 0, run_id = {waiting}");
    let (replacing, replaced) = on.replacing("plan");
    for (statement, words) in [
        ("UPDATE plan SET due_on = '2030-01-01'", "frozen"),
        ("UPDATE plan SET instrument_id = 1, id = 9", "frozen"),
        ("UPDATE plan SET state = 'cancelled'", "constraint"),
        (finish.as_str(), "by a confirmed run"),
        ("DELETE FROM plan", "never deleted"),
        (replacing.as_str(), replaced),
    ] {
        let reason = hand.refused(statement).await;
        assert!(reason.contains(words), "{statement}: {reason}");
    }
    house
        .ledger
        .close_plan(&li, plan.id, 1, &cancelled("sold"), now())
        .await
        .unwrap();
    let reason = hand.refused("UPDATE plan SET closing_note = ''").await;
    assert!(reason.contains("never changed"), "{reason}");
    let born = "INSERT INTO plan SELECT id + 1, kind, instrument_id, reference_id, due_on, note, made_by, made_us, state,
                closed_by, closed_us, run_id, closing_note, version FROM plan";
    assert!(hand.refused(born).await.contains("begins open"));
}
