//! One task per line or connection: reads its devices when they are due, and answers probes in
//! between, so that two requests never meet on a line.

use std::sync::Arc;
use std::time::Duration;

use devices::{DeviceId, Failure, Profile};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uplink::{ProbeFailure, ProbeOutcome};

use crate::Clock;
use crate::decode::{self, SpanResults};
use crate::health::Health;
use crate::plan::Span;
use crate::schedule::{self, Due};
use crate::source::{ReadFault, Wire};
use crate::writer::Queued;

/// A device as its bus knows it.
#[derive(Clone, Debug)]
pub struct Polled {
    pub device: DeviceId,
    pub unit: u8,
    pub profile: Arc<Profile>,
    pub spans: Vec<Span>,
    pub period_us: i64,
}

pub enum Command {
    /// Replaces the devices of this bus.
    Assign(Vec<Polled>),
    Probe {
        profile: Arc<Profile>,
        unit: u8,
        spans: Vec<Span>,
        reply: oneshot::Sender<ProbeOutcome>,
    },
}

struct Task {
    polled: Polled,
    next_us: i64,
    failures: u32,
    /// Its slot is tried a second time, after all others that are due.
    retrying: bool,
    /// A device that keeps failing leaves the line to its neighbours until then.
    rest_until: Option<Instant>,
}

/// After so many failures in a row a device on a shared line is asked less often.
const PATIENCE: u32 = 3;
const LONGEST_REST: Duration = Duration::from_secs(30);
/// Wakes at least so often, to notice that the wall clock was set.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

pub struct Bus<W> {
    wire: W,
    tasks: Vec<Task>,
    out: mpsc::Sender<Queued>,
    clock: Clock,
    health: Arc<Health>,
}

impl<W: Wire> Bus<W> {
    pub fn new(wire: W, out: mpsc::Sender<Queued>, clock: Clock, health: Arc<Health>) -> Self {
        Self {
            wire,
            tasks: Vec::new(),
            out,
            clock,
            health,
        }
    }

    /// Runs until the commands or the queue of sweeps are closed.
    pub async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            // Commands first: a probe must not wait for a whole round of devices.
            match commands.try_recv() {
                Ok(command) => {
                    self.obey(command).await;
                    continue;
                }
                Err(mpsc::error::TryRecvError::Disconnected) => return,
                Err(mpsc::error::TryRecvError::Empty) => {}
            }
            let now = self.now_us();
            let Some(index) = self.first_due(now) else {
                tokio::select! {
                    command = commands.recv() => match command {
                        Some(command) => self.obey(command).await,
                        None => return,
                    },
                    () = tokio::time::sleep(self.idle_for(now)) => {}
                }
                continue;
            };
            if self.serve(index, now).await.is_err() {
                return;
            }
        }
    }

    fn now_us(&self) -> i64 {
        (self.clock)().as_microsecond()
    }

    /// The due device that has waited longest; those that keep failing come after all others.
    fn first_due(&mut self, now: i64) -> Option<usize> {
        for task in &mut self.tasks {
            if let Due::SetBack { next } = schedule::due(task.next_us, now, task.polled.period_us) {
                self.health.counters.clock_set_back.one();
                tracing::warn!(device = %task.polled.device, "the clock was set back; reading goes on with it");
                task.next_us = next;
            }
        }
        let due = self
            .tasks
            .iter()
            .enumerate()
            .filter(|(_, task)| task.next_us <= now);
        due.min_by_key(|(_, task)| (task.retrying || task.failures >= PATIENCE, task.next_us))
            .map(|(index, _)| index)
    }

    fn idle_for(&self, now: i64) -> Duration {
        let next = self.tasks.iter().map(|task| task.next_us).min();
        let wait = next.map_or(LONGEST_SLEEP, |next| {
            Duration::from_micros(u64::try_from(next - now).unwrap_or(0)) + Duration::from_micros(1)
        });
        // A timer counts in milliseconds; waking a little late is better than spinning.
        wait.min(LONGEST_SLEEP).max(Duration::from_millis(1))
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Assign(devices) => {
                let now = self.now_us();
                let mut old = std::mem::take(&mut self.tasks);
                self.tasks = devices
                    .into_iter()
                    .map(|polled| {
                        let known = old.iter().position(|task| {
                            task.polled.device == polled.device && task.polled.period_us == polled.period_us
                        });
                        match known {
                            // Its slot and its record of failures stay.
                            Some(index) => Task {
                                polled,
                                ..old.swap_remove(index)
                            },
                            None => Task {
                                next_us: schedule::slot_after(now, polled.period_us),
                                polled,
                                failures: 0,
                                retrying: false,
                                rest_until: None,
                            },
                        }
                    })
                    .collect();
            }
            Command::Probe {
                profile,
                unit,
                spans,
                reply,
            } => {
                let (results, fault) = self.read(unit, &spans).await;
                let outcome = match fault {
                    Some(fault) if !results.any_read() => {
                        // An exception is an answer in Modbus: it may say what is wrong.
                        let answered = matches!(fault, ReadFault::Exception { .. });
                        let cause = if answered {
                            ProbeFailure::Other
                        } else {
                            ProbeFailure::NoReading
                        };
                        ProbeOutcome::failed(cause, fault.to_string())
                    }
                    _ => ProbeOutcome::Read {
                        values: decode::probed_spans(&profile, &results),
                    },
                };
                // Whoever asked may have given up waiting.
                let _ = reply.send(outcome);
            }
        }
    }

    /// Reads one due device and queues what came of it. `Err` when the queue is closed.
    async fn serve(&mut self, index: usize, now: i64) -> Result<(), ()> {
        let task = &self.tasks[index];
        let polled = task.polled.clone();
        let Due::Now {
            nominal,
            missed,
            unrecorded,
        } = schedule::due(task.next_us, now, polled.period_us)
        else {
            return Ok(());
        };
        self.health.counters.slots_unrecorded.add(unrecorded);
        if !missed.is_empty() {
            self.missed(&polled.device, missed.len() as u64);
        }
        for slot in missed {
            self.queue(decode::failed_sweep(
                &polled.device,
                &polled.profile,
                (slot, now),
                Failure::NotRead,
            ))
            .await?;
        }
        let alone = self.tasks.len() == 1;
        let task = &mut self.tasks[index];
        task.next_us = nominal + polled.period_us;
        if !alone && task.rest_until.is_some_and(|until| Instant::now() < until) {
            self.missed(&polled.device, 1);
            return self
                .queue(decode::failed_sweep(
                    &polled.device,
                    &polled.profile,
                    (nominal, now),
                    Failure::NotRead,
                ))
                .await;
        }
        let (results, fault) = self.read(polled.unit, &polled.spans).await;
        let task = &mut self.tasks[index];
        let passing = matches!(
            fault,
            Some(ReadFault::NoAnswer { .. } | ReadFault::Malformed { .. })
        );
        if passing && task.failures == 0 && !task.retrying {
            task.retrying = true;
            task.next_us = nominal;
            return Ok(());
        }
        task.retrying = false;
        let taken = (self.clock)();
        self.judge(index, &results, fault.as_ref(), taken);
        let times = (nominal, taken.as_microsecond());
        self.queue(decode::sweep_from_spans(
            &polled.device,
            &polled.profile,
            times,
            &results,
        ))
        .await
    }

    fn missed(&self, device: &DeviceId, slots: u64) {
        self.health.slots_missed(device, slots, (self.clock)());
    }

    fn judge(
        &mut self,
        index: usize,
        results: &SpanResults,
        fault: Option<&ReadFault>,
        taken: jiff::Timestamp,
    ) {
        let task = &mut self.tasks[index];
        match fault {
            Some(fault) if !results.any_read() => {
                task.failures = task.failures.saturating_add(1);
                if task.failures >= PATIENCE {
                    let doublings = (task.failures - PATIENCE).min(5);
                    let rest = Duration::from_secs(1 << doublings).min(LONGEST_REST);
                    task.rest_until = Some(Instant::now() + rest);
                }
                self.health
                    .device_failed(&task.polled.device, fault.failure(), &fault.to_string());
            }
            _ => {
                task.failures = 0;
                task.rest_until = None;
                self.health.device_good(&task.polled.device, taken);
            }
        }
    }

    /// Reads all spans. Silence or a lost line ends the round for this device; other faults cost
    /// their own span only.
    async fn read(&mut self, unit: u8, spans: &[Span]) -> (SpanResults, Option<ReadFault>) {
        let mut results = SpanResults::default();
        let mut last_fault = None;
        for (index, span) in spans.iter().enumerate() {
            match self.wire.read(unit, *span).await {
                Ok(words) => {
                    results.0.insert(*span, Ok(words));
                }
                Err(fault) => {
                    results.0.insert(*span, Err(fault.failure()));
                    let ends = matches!(fault, ReadFault::NoAnswer { .. } | ReadFault::NoConnection(_));
                    if ends {
                        for rest in &spans[index + 1..] {
                            results.0.insert(*rest, Err(fault.failure()));
                        }
                    }
                    last_fault = Some(fault);
                    if ends {
                        break;
                    }
                }
            }
        }
        (results, last_fault)
    }

    async fn queue(&mut self, sweep: uplink::Sweep) -> Result<(), ()> {
        self.out.send(sweep.into()).await.map_err(|_| ())
    }
}
