//! One job, two workers and a person, in any order: the ledger does what a small model does.

use jiff::{SignedDuration, Timestamp};
use ledger::jobs::{ATTEMPTS, Claim, Effect, JobKind, JobState, NewJob, Order, Progress};
use ledger::{Actor, Address, Body, JobId, Ledger};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::house::now;
use crate::jobs::LEASE;

#[derive(Clone, Debug)]
enum Step {
    Claim(usize),
    Progress(usize),
    Finish(usize),
    Fail(usize, bool),
    Cancel,
    Retry,
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let worker = 0..2_usize;
    let step = prop_oneof![
        4 => worker.clone().prop_map(Step::Claim),
        2 => worker.clone().prop_map(Step::Progress),
        1 => worker.clone().prop_map(Step::Finish),
        3 => (worker, any::<bool>()).prop_map(|(worker, again)| Step::Fail(worker, again)),
        1 => Just(Step::Cancel),
        1 => Just(Step::Retry),
        4 => prop_oneof![Just(1), Just(29), Just(30), Just(60), Just(300)].prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..40)
}

/// What the job should be.
#[derive(Clone, Debug)]
struct Model {
    state: JobState,
    attempt: u32,
    last_attempt: u32,
    /// The worker, and when his lease ends.
    lease: Option<(usize, Timestamp)>,
    not_before: Timestamp,
    cancelling: bool,
    /// The attempt that each worker believes to be his.
    believed: [Option<u32>; 2],
}

impl Model {
    fn holds(&self, worker: usize) -> bool {
        self.lease.is_some_and(|(owner, _)| owner == worker) && self.believed[worker] == Some(self.attempt)
    }

    fn end(&mut self, state: JobState) {
        (self.state, self.lease) = (state, None);
    }

    /// Whether the worker gets the job.
    fn claim(&mut self, worker: usize, now: Timestamp) -> bool {
        let left = self.lease.is_some_and(|(_, until)| until <= now);
        match self.state {
            JobState::Waiting if self.not_before <= now => {}
            JobState::Running if left && self.cancelling => {
                self.end(JobState::Cancelled);
                return false;
            }
            JobState::Running if left && self.attempt >= self.last_attempt => {
                self.end(JobState::Failed);
                return false;
            }
            JobState::Running if left => {}
            _ => return false,
        }
        self.state = JobState::Running;
        self.attempt += 1;
        self.lease = Some((worker, now + LEASE));
        self.believed[worker] = Some(self.attempt);
        true
    }

    fn fail(&mut self, again: bool, now: Timestamp) {
        if self.cancelling {
            self.end(JobState::Cancelled);
        } else if again && self.attempt < self.last_attempt {
            self.end(JobState::Waiting);
            self.not_before =
                now + SignedDuration::from_secs(30 << (self.attempt + ATTEMPTS - self.last_attempt - 1));
        } else {
            self.end(JobState::Failed);
        }
    }
}

fn person() -> Actor {
    Actor {
        account_id: 0.into(),
        login: "root".to_owned(),
        sites: None,
    }
}

async fn play(ledger: &Ledger, steps: &[Step]) {
    let mut at = now();
    let new = NewJob {
        kind: JobKind::Estimate,
        body: Body::new(1, &json!({})).unwrap(),
        site_id: None,
        subject: "instrument/1".to_owned(),
        not_before: at,
    };
    let id = ledger.enqueue(None, &new, at).await.unwrap();
    let mut model = Model {
        state: JobState::Waiting,
        attempt: 0,
        last_attempt: ATTEMPTS,
        lease: None,
        not_before: at,
        cancelling: false,
        believed: [None; 2],
    };
    for step in steps {
        one_step(ledger, id, step, &mut model, &mut at).await;
        let job = ledger.job(&person(), id).await.unwrap();
        assert_eq!(
            (job.state, job.attempt, job.cancelling),
            (model.state, model.attempt, model.cancelling),
            "{step:?}"
        );
        let lease = job.lease.map(|lease| (lease.owner, lease.until));
        assert_eq!(
            lease,
            model.lease.map(|(worker, until)| (worker.to_string(), until)),
            "{step:?}"
        );
        if model.state == JobState::Waiting {
            assert_eq!(job.not_before, model.not_before, "{step:?}");
        }
    }
    // Nothing is left for the next one to claim.
    let end = at + SignedDuration::from_hours(24);
    while let Some(job) = ledger
        .claim_job("end", &[JobKind::Estimate], LEASE, end)
        .await
        .unwrap()
    {
        ledger
            .finish_job(&job.claim().unwrap(), &nothing(), end)
            .await
            .unwrap();
    }
}

fn nothing() -> Effect {
    Effect::Only(Body::new(1, &json!({})).unwrap())
}

async fn one_step(ledger: &Ledger, id: JobId, step: &Step, model: &mut Model, at: &mut Timestamp) {
    let lost = "claim-lost";
    let claim = |worker: usize, model: &Model| Claim {
        job: id,
        attempt: model.believed[worker].unwrap_or(0),
        owner: worker.to_string(),
    };
    match *step {
        Step::Wait(seconds) => *at += SignedDuration::from_secs(seconds),
        Step::Claim(worker) => {
            let got = ledger
                .claim_job(&worker.to_string(), &[JobKind::Estimate], LEASE, *at)
                .await
                .unwrap();
            assert_eq!(got.is_some(), model.claim(worker, *at));
        }
        Step::Progress(worker) => {
            let told = ledger
                .job_progress(&claim(worker, model), &Progress::default(), LEASE, *at)
                .await;
            if model.holds(worker) {
                model.lease = Some((worker, *at + LEASE));
                let order = if model.cancelling {
                    Order::Cancel
                } else {
                    Order::GoOn
                };
                assert_eq!(told.unwrap(), order);
            } else {
                assert_eq!(told.unwrap_err().code(), lost);
            }
        }
        Step::Finish(worker) => {
            let done = ledger.finish_job(&claim(worker, model), &nothing(), *at).await;
            if model.holds(worker) {
                done.unwrap();
                model.end(JobState::Done);
            } else {
                assert_eq!(done.unwrap_err().code(), lost);
            }
        }
        Step::Fail(worker, again) => {
            let failed = ledger.fail_job(&claim(worker, model), "x", again, *at).await;
            if model.holds(worker) {
                model.fail(again, *at);
                assert_eq!(failed.unwrap(), model.state);
            } else {
                assert_eq!(failed.unwrap_err().code(), lost);
            }
        }
        Step::Cancel => {
            let cancelled = ledger.cancel_job(&person(), id, *at).await;
            match model.state {
                JobState::Done | JobState::Cancelled => {
                    assert_eq!(cancelled.unwrap_err().code(), "job-ended");
                }
                JobState::Running => {
                    cancelled.unwrap();
                    model.cancelling = true;
                }
                JobState::Waiting | JobState::Failed => {
                    cancelled.unwrap();
                    model.end(JobState::Cancelled);
                }
            }
        }
        Step::Retry => {
            let retried = ledger.retry_job(&person(), id, *at).await;
            if model.state == JobState::Failed {
                retried.unwrap();
                (model.state, model.not_before) = (JobState::Waiting, *at);
                model.last_attempt = model.attempt + ATTEMPTS;
            } else {
                assert_eq!(retried.unwrap_err().code(), "job-ended");
            }
        }
    }
}

fn any_order(address: &Address, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ledger = runtime.block_on(Ledger::open(address)).unwrap();
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig {
            cases,
            failure_persistence: None,
            ..ProptestConfig::default()
        },
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    runner
        .run(&steps(), |steps| {
            runtime.block_on(play(&ledger, &steps));
            Ok(())
        })
        .unwrap();
}

#[test]
fn in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    any_order(&Address::File(folder.path().join("ledger.db")), 60);
}

#[test]
fn on_a_server() {
    if peers::postgres::is_installed() {
        let database = peers::postgres::database().unwrap();
        any_order(&Address::server(&database.url(), None).unwrap(), 60);
    }
}
