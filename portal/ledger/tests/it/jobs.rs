//! Jobs: each is concluded exactly once, whoever vanishes in between.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ledger::jobs::{
    ATTEMPTS, Claim, Conclusion, Effect, Job, JobFilter, JobKind, JobState, NewJob, Order, Progress,
};
use ledger::outbox::Topic;
use ledger::runs::Kind::OnlineVerification;
use ledger::runs::RunFilter;
use ledger::runs::Verdict::Conforms;
use ledger::{Actor, Body, InstrumentId, JobId, Ledger, Page, SeenSite};
use serde_json::json;

use crate::hand::Hand;
use crate::house::{House, judged, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_job_is_done_with_its_run_and_told_of,
    after_a_crash_another_worker_takes_over,
    many_workers_of_two_servers_conclude_each_job_once,
    a_refused_effect_leaves_the_job_to_its_worker,
    tries_are_put_off_longer_each_time,
    a_worker_that_never_comes_back_is_not_waited_for_for_ever,
    cancelling_in_each_state,
    what_nobody_can_read_stops_nobody_else,
    jobs_of_other_sites_do_not_exist,
    a_timer_goes_off_once,
);

pub const LEASE: SignedDuration = SignedDuration::from_secs(60);
const ANY: [JobKind; 2] = [JobKind::Run, JobKind::Estimate];

fn later(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}

pub fn new_job(house: &House, instrument: InstrumentId) -> NewJob {
    NewJob {
        kind: JobKind::Run,
        body: Body::new(1, &json!({ "instrument": instrument })).unwrap(),
        site_id: Some(house.site),
        subject: format!("instrument/{instrument}"),
        not_before: now(),
    }
}

async fn asked(house: &House, instrument: InstrumentId) -> JobId {
    let li = house.actor("li").await;
    house
        .ledger
        .enqueue(Some(&li), &new_job(house, instrument), now())
        .await
        .unwrap()
}

async fn claim(ledger: &Ledger, owner: &str, at: Timestamp) -> Option<Claim> {
    let job = ledger.claim_job(owner, &ANY, LEASE, at).await.unwrap();
    job.as_ref().and_then(Job::claim)
}

async fn run_of(house: &House, instrument: InstrumentId) -> Effect {
    Effect::Run {
        by: house.actor("li").await,
        run: judged(instrument, OnlineVerification, Conforms, "2026-11-15"),
    }
}

async fn job(house: &House, id: JobId) -> Job {
    let li = house.actor("li").await;
    house.ledger.job(&li, id).await.unwrap()
}

async fn runs(house: &House) -> u64 {
    let li = house.actor("li").await;
    let all = RunFilter::default();
    house.ledger.runs(&li, &all, Page::first(100)).await.unwrap().1
}

async fn a_job_is_done_with_its_run_and_told_of(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let id = asked(&house, meter).await;
    assert_eq!(
        (job(&house, id).await.state, job(&house, id).await.attempt),
        (JobState::Waiting, 0)
    );
    let taken = house
        .ledger
        .claim_job("a", &ANY, LEASE, now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (taken.state, taken.attempt, taken.asked_by.as_str()),
        (JobState::Running, 1, "li")
    );
    assert_eq!(
        taken.read::<serde_json::Value>(1).unwrap(),
        json!({ "instrument": meter })
    );
    let mine = taken.claim().unwrap();
    assert_eq!(claim(&house.ledger, "b", now()).await, None, "it is taken");
    let half = Progress {
        stage: "readings".to_owned(),
        done: 1,
        of: 2,
    };
    let order = house
        .ledger
        .job_progress(&mine, &half, LEASE, later(50))
        .await
        .unwrap();
    assert_eq!(order, Order::GoOn);
    assert_eq!(job(&house, id).await.progress, half);
    assert_eq!(
        claim(&house.ledger, "b", later(100)).await,
        None,
        "progress renews the lease"
    );
    let effect = run_of(&house, meter).await;
    let done = house.ledger.finish_job(&mine, &effect, later(100)).await.unwrap();
    let Conclusion::Run(run) = done else {
        panic!("{done:?}")
    };
    let ended = job(&house, id).await;
    assert_eq!((ended.state, ended.ended), (JobState::Done, Some(later(100))));
    assert_eq!(
        ended.result.unwrap().json(),
        format!(r#"{{"format":1,"run":{run}}}"#)
    );
    let again = house
        .ledger
        .finish_job(&mine, &effect, later(101))
        .await
        .unwrap_err();
    assert_eq!(again.code(), "claim-lost");
    assert_eq!(runs(&house).await, 1);
    let told = house.ledger.outbox("pages", 100).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|(_, entry)| entry.unwrap()).collect();
    let topics: Vec<_> = told.iter().map(|entry| entry.topic).collect();
    assert_eq!(
        topics,
        [
            Topic::InstrumentRegistered,
            Topic::JobState,
            Topic::JobState,
            Topic::RunConcluded,
            Topic::JobState
        ]
    );
    let last: serde_json::Value = told[4].read(1).unwrap();
    assert_eq!(
        last,
        json!({ "job": id, "kind": "run", "state": "done", "attempt": 1, "cancelling": false })
    );
}

async fn after_a_crash_another_worker_takes_over(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let id = asked(&house, meter).await;
    // The server that claimed it is gone.
    let gone = Ledger::open(house.address()).await.unwrap();
    let first = claim(&gone, "a", now()).await.unwrap();
    gone.close().await;
    assert_eq!(claim(&house.ledger, "b", later(59)).await, None);
    let second = claim(&house.ledger, "b", later(60)).await.unwrap();
    assert_eq!((second.job, second.attempt), (id, 2));
    // And comes back late.
    let effect = run_of(&house, meter).await;
    let back = Ledger::open(house.address()).await.unwrap();
    for late in [
        back.finish_job(&first, &effect, later(61)).await.map(drop),
        back.job_progress(&first, &Progress::default(), LEASE, later(61))
            .await
            .map(drop),
        back.fail_job(&first, "x", true, later(61)).await.map(drop),
    ] {
        assert_eq!(late.unwrap_err().code(), "claim-lost");
    }
    house
        .ledger
        .finish_job(&second, &effect, later(62))
        .await
        .unwrap();
    assert_eq!(runs(&house).await, 1);
}

async fn many_workers_of_two_servers_conclude_each_job_once(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    for _ in 0..20 {
        asked(&house, meter).await;
    }
    let effect = run_of(&house, meter).await;
    let mut workers = tokio::task::JoinSet::new();
    for server in ["one", "two"] {
        let ledger = Arc::new(Ledger::open(house.address()).await.unwrap());
        for worker in 0..4 {
            let (ledger, effect) = (ledger.clone(), effect.clone());
            workers.spawn(async move {
                let mut done = Vec::new();
                let owner = format!("{server}-{worker}");
                while let Some(mine) = claim(&ledger, &owner, now()).await {
                    ledger.finish_job(&mine, &effect, now()).await.unwrap();
                    done.push(mine.job);
                }
                done
            });
        }
    }
    let mut done = Vec::new();
    while let Some(one) = workers.join_next().await {
        done.extend(one.unwrap());
    }
    done.sort();
    done.dedup();
    assert_eq!((done.len(), runs(&house).await), (20, 20));
    let chain = house.ledger.verify_audit().await.unwrap();
    assert!(
        matches!(chain, ledger::audit::AuditCheck::Whole { .. }),
        "{chain:?}"
    );
}

async fn a_refused_effect_leaves_the_job_to_its_worker(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let id = asked(&house, meter).await;
    let mine = claim(&house.ledger, "a", now()).await.unwrap();
    let before = house.dump().await;
    let effect = Effect::Run {
        by: house.actor("zhao").await,
        run: judged(meter, OnlineVerification, Conforms, "2026-11-15"),
    };
    let refused = house.ledger.finish_job(&mine, &effect, now()).await.unwrap_err();
    assert_eq!(refused.code(), "not-permitted");
    assert_eq!(house.dump().await, before);
    assert_eq!(job(&house, id).await.state, JobState::Running);
    let state = house
        .ledger
        .fail_job(&mine, "not permitted", false, now())
        .await
        .unwrap();
    assert_eq!(state, JobState::Failed);
    assert_eq!(job(&house, id).await.error.as_deref(), Some("not permitted"));
}

async fn tries_are_put_off_longer_each_time(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let id = asked(&house, meter).await;
    let mut at = now();
    for delay in [30, 60, 120, 240] {
        let mine = claim(&house.ledger, "a", at).await.unwrap();
        let state = house
            .ledger
            .fail_job(&mine, "no readings", true, at)
            .await
            .unwrap();
        assert_eq!(state, JobState::Waiting);
        at += SignedDuration::from_secs(delay);
        assert_eq!(job(&house, id).await.not_before, at);
        let early = at - SignedDuration::from_micros(1);
        assert_eq!(claim(&house.ledger, "a", early).await, None);
    }
    let mine = claim(&house.ledger, "a", at).await.unwrap();
    assert_eq!(mine.attempt, ATTEMPTS);
    let state = house
        .ledger
        .fail_job(&mine, "no readings", true, at)
        .await
        .unwrap();
    assert_eq!(state, JobState::Failed);
    let counts = house.ledger.job_counts(at).await.unwrap();
    assert_eq!(
        (counts.states, counts.longest_waiting),
        (vec![(JobState::Failed, 1)], SignedDuration::ZERO)
    );
    let li = house.actor("li").await;
    let failed = JobFilter {
        state: Some(JobState::Failed),
        ..JobFilter::default()
    };
    let (rows, total) = house.ledger.jobs(&li, &failed, Page::first(10)).await.unwrap();
    assert_eq!((rows[0].error.as_deref(), total), (Some("no readings"), 1));
    // A person has it tried again, as often as at first; no claim of before fits.
    house.ledger.retry_job(&li, id, at).await.unwrap();
    let waiting = house
        .ledger
        .job_counts(at + SignedDuration::from_secs(7))
        .await
        .unwrap();
    assert_eq!(waiting.longest_waiting, SignedDuration::from_secs(7));
    let again = claim(&house.ledger, "a", at).await.unwrap();
    assert_eq!(again.attempt, ATTEMPTS + 1);
    let late = house.ledger.fail_job(&mine, "late", true, at).await.unwrap_err();
    assert_eq!(late.code(), "claim-lost");
    house.ledger.fail_job(&again, "no", true, at).await.unwrap();
    assert_eq!(
        job(&house, id).await.not_before,
        at + SignedDuration::from_secs(30)
    );
    let twice = house.ledger.retry_job(&li, id, at).await.unwrap_err();
    assert_eq!(twice.code(), "job-ended");
}

async fn a_worker_that_never_comes_back_is_not_waited_for_for_ever(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let id = asked(&house, meter).await;
    for attempt in 1..=ATTEMPTS {
        let mine = claim(&house.ledger, "a", later(i64::from(attempt) * 60))
            .await
            .unwrap();
        assert_eq!(mine.attempt, attempt);
    }
    assert_eq!(claim(&house.ledger, "a", later(3600)).await, None);
    let failed = job(&house, id).await;
    assert_eq!(failed.state, JobState::Failed);
    assert_eq!(failed.error.as_deref(), Some("its worker did not come back"));
}

async fn cancelling_in_each_state(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let cancel = async |id| house.ledger.cancel_job(&li, id, now()).await;
    let waiting = asked(&house, meter).await;
    assert_eq!(cancel(waiting).await.unwrap(), JobState::Cancelled);
    assert_eq!(cancel(waiting).await.unwrap_err().code(), "job-ended");

    let running = asked(&house, meter).await;
    let mine = claim(&house.ledger, "a", now()).await.unwrap();
    assert_eq!(mine.job, running);
    assert_eq!(cancel(running).await.unwrap(), JobState::Running);
    let order = house
        .ledger
        .job_progress(&mine, &Progress::default(), LEASE, now())
        .await
        .unwrap();
    assert_eq!(order, Order::Cancel);
    let state = house
        .ledger
        .fail_job(&mine, "cancelled", true, now())
        .await
        .unwrap();
    assert_eq!(state, JobState::Cancelled);

    // Whoever was to cancel and vanished is not waited for.
    let left = asked(&house, meter).await;
    claim(&house.ledger, "a", now()).await.unwrap();
    cancel(left).await.unwrap();
    assert_eq!(claim(&house.ledger, "b", later(60)).await, None);
    assert_eq!(job(&house, left).await.state, JobState::Cancelled);

    let done = asked(&house, meter).await;
    let mine = claim(&house.ledger, "a", now()).await.unwrap();
    cancel(done).await.unwrap();
    // The worker was done before it saw it: what is concluded stands.
    let effect = run_of(&house, meter).await;
    house.ledger.finish_job(&mine, &effect, now()).await.unwrap();
    assert_eq!(cancel(done).await.unwrap_err().code(), "job-ended");
    assert_eq!(runs(&house).await, 1);

    let failed = asked(&house, meter).await;
    let mine = claim(&house.ledger, "a", now()).await.unwrap();
    house.ledger.fail_job(&mine, "no", false, now()).await.unwrap();
    assert_eq!(cancel(failed).await.unwrap(), JobState::Cancelled);
}

async fn what_nobody_can_read_stops_nobody_else(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let li = house.actor("li").await;
    let newer = NewJob {
        body: Body::new(9, &json!({})).unwrap(),
        ..new_job(&house, meter)
    };
    let newer = house.ledger.enqueue(Some(&li), &newer, now()).await.unwrap();
    let (torn, good) = (asked(&house, meter).await, asked(&house, meter).await);
    let mut hand = Hand::freed(&house).await;
    hand.accepted(&format!(
        "UPDATE job SET asked_us = 9000000000000000000 WHERE id = {torn}"
    ))
    .await;
    let first = house
        .ledger
        .claim_job("a", &ANY, LEASE, now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(first.id, newer);
    let unknown = first.read::<serde_json::Value>(1).unwrap_err();
    assert_eq!(unknown.code(), "unreadable-record");
    let text = unknown.to_string();
    assert!(
        text.contains(&format!("table job, row {newer}, column body")),
        "{text}"
    );
    assert!(
        text.contains("it is of format 9, and this program reads format 1"),
        "{text}"
    );
    assert_eq!(claim(&house.ledger, "a", now()).await.unwrap().job, good);
    let states = hand
        .texts(&format!(
            "SELECT state || ': ' || error FROM job WHERE id = {torn}"
        ))
        .await;
    assert!(
        states[0].starts_with("failed: ") && states[0].contains("column asked_us"),
        "{states:?}"
    );
}

async fn jobs_of_other_sites_do_not_exist(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let id = asked(&house, meter).await;
    let mut stranger = house.actor("li").await;
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    let system = NewJob {
        site_id: None,
        ..new_job(&house, meter)
    };
    let own = house.ledger.enqueue(None, &system, now()).await.unwrap();
    for hidden in [
        house.ledger.job(&stranger, id).await.map(drop),
        house.ledger.cancel_job(&stranger, id, now()).await.map(drop),
        house.ledger.retry_job(&stranger, id, now()).await,
        house.ledger.job(&stranger, own).await.map(drop),
        house
            .ledger
            .enqueue(Some(&stranger), &new_job(&house, meter), now())
            .await
            .map(drop),
        house
            .ledger
            .enqueue(Some(&stranger), &system, now())
            .await
            .map(drop),
    ] {
        assert_eq!(hidden.unwrap_err().code(), "not-found");
    }
    let all = JobFilter::default();
    let root = Actor {
        sites: None,
        ..stranger.clone()
    };
    let li = house.actor("li").await;
    for (actor, seen) in [(&stranger, 0), (&li, 1), (&root, 2)] {
        let (_, total) = house.ledger.jobs(actor, &all, Page::first(10)).await.unwrap();
        assert_eq!(total, seen);
    }
}

async fn a_timer_goes_off_once(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let jobs = [new_job(&house, meter)];
    let day = |days: i64| later(days * 24 * 3600);
    let servers = [
        Ledger::open(house.address()).await.unwrap(),
        Ledger::open(house.address()).await.unwrap(),
    ];
    for (at, next) in [(0, 1), (1, 2)] {
        let (one, two) = tokio::join!(
            servers[0].when_due("daily", day(next), &jobs, day(at)),
            servers[1].when_due("daily", day(next), &jobs, day(at)),
        );
        assert!(one.unwrap() ^ two.unwrap(), "day {at}");
    }
    assert!(!servers[0].when_due("daily", day(3), &jobs, day(1)).await.unwrap());
    let li = house.actor("li").await;
    let (_, total) = house
        .ledger
        .jobs(&li, &JobFilter::default(), Page::first(10))
        .await
        .unwrap();
    assert_eq!(total, 2);
}
