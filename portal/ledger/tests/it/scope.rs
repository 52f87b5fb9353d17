//! What somebody with a granted period sees, and what is counted for them: the same.

use ledger::Page;
use ledger::RunId;
use ledger::runs::Kind::OnlineVerification;
use ledger::runs::Verdict::Conforms;
use ledger::runs::{Decision, RunFilter};

use crate::house::{House, day, now};
use crate::on::{On, on_each_database};

on_each_database!(
    totals_count_only_runs_whose_whole_window_is_granted,
    the_trail_and_its_total_end_with_the_period,
    an_instant_at_the_end_of_a_period_lies_outside,
);

/// Four runs whose weeks end on these days; the grant covers the second and third.
const ENDS: [&str; 4] = ["2026-09-30", "2026-10-10", "2026-10-20", "2026-11-03"];

async fn granted(on: On) -> (House, Vec<RunId>) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let mut runs = Vec::new();
    for end in ENDS {
        runs.push(house.run("li", meter, OnlineVerification, Conforms, end).await);
    }
    house
        .ledger
        .grant("qian", house.site, day("2026-10-01"), day("2026-11-01"), now())
        .await
        .unwrap();
    (house, runs)
}

async fn totals_count_only_runs_whose_whole_window_is_granted(on: On) {
    let (house, runs) = granted(on).await;
    let auditor = house.actor("qian").await;
    let (rows, total) = house
        .ledger
        .runs(&auditor, &RunFilter::default(), Page::first(50))
        .await
        .unwrap();
    let ids: Vec<RunId> = rows.iter().map(|run| run.id).collect();
    assert_eq!((ids, total), (vec![runs[2], runs[1]], 2));
    let (second, total) = house
        .ledger
        .runs(&auditor, &RunFilter::default(), Page { offset: 1, limit: 1 })
        .await
        .unwrap();
    assert_eq!(
        (second[0].id, total),
        (runs[1], 2),
        "pages hold what the total promises"
    );
    for (place, run) in runs.iter().enumerate() {
        let seen = house.ledger.run(&auditor, *run).await.is_ok();
        assert_eq!(seen, place == 1 || place == 2, "{}", ENDS[place]);
        assert_eq!(house.ledger.frozen(&auditor, *run).await.is_ok(), seen);
    }
    let today = day("2026-11-20");
    assert_eq!(
        house
            .ledger
            .counts(&auditor, today)
            .await
            .unwrap()
            .awaiting_review,
        2
    );
    let operator = house.actor("li").await;
    assert_eq!(
        house
            .ledger
            .counts(&operator, today)
            .await
            .unwrap()
            .awaiting_review,
        4
    );
}

async fn the_trail_and_its_total_end_with_the_period(on: On) {
    let (house, runs) = granted(on).await;
    let auditor = house.actor("qian").await;
    let zhao = house.actor("zhao").await;
    // Everything so far was written in November; one review happens within the grant.
    assert_eq!(
        house
            .ledger
            .audit(&auditor, None, Page::first(50))
            .await
            .unwrap()
            .1,
        0
    );
    house
        .ledger
        .review(&zhao, runs[1], 1, Decision::Return, "again", day("2026-10-15"))
        .await
        .unwrap();
    let (rows, total) = house.ledger.audit(&auditor, None, Page::first(50)).await.unwrap();
    assert_eq!((rows.len(), total), (1, 1));
    assert_eq!(rows[0].action, "run.returned");
}

async fn an_instant_at_the_end_of_a_period_lies_outside(on: On) {
    let (house, runs) = granted(on).await;
    let zhao = house.actor("zhao").await;
    let auditor = house.actor("qian").await;
    for (run, at, seen) in [(runs[1], "2026-10-01", 1), (runs[2], "2026-11-01", 1)] {
        house
            .ledger
            .review(&zhao, run, 1, Decision::Return, "x", day(at))
            .await
            .unwrap();
        assert_eq!(
            house
                .ledger
                .audit(&auditor, None, Page::first(50))
                .await
                .unwrap()
                .1,
            seen,
            "{at}"
        );
    }
}
