//! Instruments that publish over MQTT 3.1.1. With the folder beside it, the only place that knows the MQTT library.
//!
//! The session at the broker is kept while the collector is away, and a message is acknowledged
//! only when its sweep is durable in the spool. The connection has a task of its own. A message that is too large is
//! stepped over: acknowledged, counted, and a failed reading of its device.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use devices::{DeviceId, Doubt, Failure, Profile, Quality};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use jiff::Timestamp;
use rumqttc::Publish;
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uplink::{ProbeFailure, ProbeOutcome};

use crate::Clock;
use crate::config::BrokerConfig;
use crate::decode;
use crate::health::Health;
use crate::writer::Queued;

mod connection;
pub mod packets;

use connection::{Broker, Request, Seen};
use packets::{MOST_MESSAGE_BYTES, TooLarge};

/// Requests of ours that may wait for the connection: all subscriptions and acknowledgements.
const CAPACITY: usize = 4_096;
/// After a kept session was taken up, the broker first hands out what queued up meanwhile.
const CATCHING_UP: Duration = Duration::from_secs(2);

/// A device and the topic on which it speaks.
#[derive(Clone, Debug)]
pub struct Subscribed {
    pub device: DeviceId,
    pub topic: String,
    pub profile: Arc<Profile>,
}

pub enum Command {
    /// Replaces the devices of this broker.
    Assign(Vec<Subscribed>),
    /// Waits for the next message on a topic.
    Probe {
        profile: Arc<Profile>,
        topic: String,
        wait: Duration,
        reply: oneshot::Sender<ProbeOutcome>,
    },
}

/// Who we are at the broker.
pub enum Session {
    /// Kept at the broker under this client id.
    Kept(String),
    /// For one probe.
    Passing,
}

struct Waiting {
    profile: Arc<Profile>,
    topic: String,
    until: Instant,
    reply: oneshot::Sender<ProbeOutcome>,
}

/// The subscriber of one broker.
pub struct Subscriber {
    broker: String,
    requests: mpsc::Sender<Request>,
    devices: BTreeMap<String, Vec<Subscribed>>,
    probes: Vec<Waiting>,
    out: mpsc::Sender<Queued>,
    clock: Clock,
    health: Arc<Health>,
    /// Counted like the connections themselves.
    connection: u64,
    catching_up_until: Option<Instant>,
}

struct StopOnDrop(AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Runs the subscriber of one broker until the commands or the queue of sweeps are closed.
pub async fn run(
    broker: BrokerConfig,
    session: Session,
    mut commands: mpsc::Receiver<Command>,
    out: mpsc::Sender<Queued>,
    clock: Clock,
    health: Arc<Health>,
) {
    let (requests, asked) = mpsc::channel(CAPACITY);
    let (seen_tx, mut seen) = mpsc::channel(256);
    let broker = Broker {
        name: format!("{}:{}", broker.host, broker.port),
        config: broker,
        session,
        health: Arc::clone(&health),
    };
    let name = broker.name.clone();
    let connection = tokio::spawn(broker.run(asked, seen_tx));
    let _connection = StopOnDrop(connection.abort_handle());
    let mut subscriber = Subscriber {
        broker: name,
        requests,
        devices: BTreeMap::new(),
        probes: Vec::new(),
        out,
        clock,
        health,
        connection: 0,
        catching_up_until: None,
    };
    let mut unacknowledged = FuturesOrdered::new();
    let mut closing = false;
    loop {
        let next_deadline = subscriber.probes.iter().map(|probe| probe.until).min();
        tokio::select! {
            command = commands.recv(), if !closing => match command {
                Some(command) => subscriber.obey(command),
                None => closing = true,
            },
            Some(event) = seen.recv() => match event {
                Seen::Connected { session_present } => subscriber.connected(session_present),
                Seen::Published(publish) => {
                    let Ok(durable) = subscriber.published(&publish).await else { return };
                    unacknowledged.push_back(acknowledgement(subscriber.connection, publish.pkid, durable));
                }
                Seen::TooLarge(message) => {
                    let Ok(durable) = subscriber.too_large(&message).await else { return };
                    unacknowledged.push_back(acknowledgement(subscriber.connection, message.packet, durable));
                }
            },
            Some(done) = unacknowledged.next(), if !unacknowledged.is_empty() => {
                if let Some(request) = done {
                    // A full queue means a broken connection: the broker sends it again.
                    let _ = subscriber.requests.try_send(request);
                }
            }
            () = tokio::time::sleep_until(next_deadline.unwrap_or_else(Instant::now)), if next_deadline.is_some() => {
                subscriber.expire();
            }
        }
        if closing && subscriber.probes.is_empty() {
            return;
        }
    }
}

/// The acknowledgement of a message, once its sweeps are durable. `None` if none is due.
async fn acknowledgement(
    connection: u64,
    packet: u16,
    durable: Vec<oneshot::Receiver<()>>,
) -> Option<Request> {
    for sweep in durable {
        // The writer gave up: not acknowledged, the broker sends it again.
        sweep.await.ok()?;
    }
    (packet != 0).then_some(Request::Acknowledge { connection, packet })
}

impl Subscriber {
    fn obey(&mut self, command: Command) {
        match command {
            Command::Assign(devices) => {
                let old = std::mem::take(&mut self.devices);
                for device in devices {
                    self.devices.entry(device.topic.clone()).or_default().push(device);
                }
                for topic in self.devices.keys().filter(|topic| !old.contains_key(*topic)) {
                    self.subscribe(topic);
                }
                for topic in old.keys().filter(|topic| !self.devices.contains_key(*topic)) {
                    self.unsubscribe(topic);
                }
            }
            Command::Probe {
                profile,
                topic,
                wait,
                reply,
            } => {
                self.subscribe(&topic);
                self.probes.push(Waiting {
                    profile,
                    topic,
                    until: Instant::now() + wait,
                    reply,
                });
            }
        }
    }

    fn subscribe(&self, topic: &str) {
        if self
            .requests
            .try_send(Request::Subscribe(topic.to_owned()))
            .is_err()
        {
            tracing::error!(
                topic,
                broker = self.broker,
                "cannot subscribe now: more than {CAPACITY} requests wait; it is tried again at the next connection"
            );
        }
    }

    fn unsubscribe(&self, topic: &str) {
        // Offline, this is made up for when a message on that topic comes.
        let _ = self.requests.try_send(Request::Unsubscribe(topic.to_owned()));
    }

    fn connected(&mut self, session_present: bool) {
        self.connection += 1;
        self.catching_up_until = session_present.then(|| Instant::now() + CATCHING_UP);
        let probed = self.probes.iter().map(|probe| probe.topic.as_str());
        for topic in self.devices.keys().map(String::as_str).chain(probed) {
            self.subscribe(topic);
        }
    }

    /// Queues a sweep per device of the topic; their durability is awaited before the message is
    /// acknowledged. `Err` when the queue is closed.
    async fn published(&mut self, publish: &Publish) -> Result<Vec<oneshot::Receiver<()>>, ()> {
        let arrival = (self.clock)();
        self.health.counters.mqtt_messages.one();
        let mut durable = Vec::new();
        let probed = self.answer_probes(publish);
        let Some(devices) = self.devices.get(&publish.topic) else {
            if !probed {
                self.health.counters.mqtt_ignored.one();
                self.unsubscribe(&publish.topic);
            }
            return Ok(durable);
        };
        let catching_up = self.catching_up_until.is_some_and(|until| Instant::now() < until);
        for device in devices {
            let sweep = self.sweep(device, publish, arrival, publish.retain || catching_up);
            durable.push(self.queue(sweep).await?);
        }
        Ok(durable)
    }

    async fn queue(&self, sweep: uplink::Sweep) -> Result<oneshot::Receiver<()>, ()> {
        let (done, wait) = oneshot::channel();
        let durable = Some(done);
        self.out.send(Queued { sweep, durable }).await.map_err(|_| ())?;
        Ok(wait)
    }

    /// A failed reading of each device of the topic; as for any message, they are durable before it is acknowledged.
    async fn too_large(&mut self, message: &TooLarge) -> Result<Vec<oneshot::Receiver<()>>, ()> {
        let detail = format!(
            "a message of {} bytes on {} was stepped over; at most {MOST_MESSAGE_BYTES} are taken",
            message.bytes, message.topic
        );
        self.health.counters.mqtt_too_large.one();
        self.health.with_broker(&self.broker, |broker| {
            broker.too_large += 1;
            broker.last_too_large = Some(detail.clone());
        });
        for probe in self.take_probes(&message.topic) {
            let outcome = ProbeOutcome::failed(ProbeFailure::Other, detail.clone());
            // Whoever asked may have given up waiting.
            let _ = probe.reply.send(outcome);
        }
        let now = (self.clock)().as_microsecond();
        let mut durable = Vec::new();
        let Some(devices) = self.devices.get(&message.topic) else {
            tracing::warn!(broker = self.broker, "{detail}");
            self.unsubscribe(&message.topic);
            return Ok(durable);
        };
        for Subscribed { device, profile, .. } in devices {
            let failure = Failure::MalformedAnswer;
            self.health.device_failed(device, failure, &detail);
            let sweep = decode::failed_sweep(device, profile, (now, now), failure);
            durable.push(self.queue(sweep).await?);
        }
        Ok(durable)
    }

    fn sweep(
        &self,
        device: &Subscribed,
        publish: &Publish,
        arrival: Timestamp,
        may_be_old: bool,
    ) -> uplink::Sweep {
        let Subscribed { device, profile, .. } = device;
        let own_time = profile.message_time(&publish.payload);
        let taken = own_time.unwrap_or(arrival);
        let mut lowered = Quality::Good;
        if own_time.is_none() && may_be_old {
            // Retained or queued at the broker: the arrival says nothing about when it was measured.
            self.health.counters.mqtt_of_unknown_time.one();
            lowered = Quality::Uncertain(Doubt::ClockSkew);
        }
        let times = (taken.as_microsecond(), taken.as_microsecond());
        let sweep = decode::sweep_from_message(device, profile, times, &publish.payload, lowered);
        if sweep.values.iter().any(|value| value.number.is_some()) {
            self.health.device_good(device, arrival);
        } else {
            self.health.counters.mqtt_undecodable.one();
            let failure = match sweep
                .values
                .first()
                .and_then(|value| Quality::from_code(value.quality))
            {
                Some(Quality::Bad(failure)) => failure,
                _ => Failure::MalformedAnswer,
            };
            self.health.device_failed(
                device,
                failure,
                &format!("no value in the message on {}", publish.topic),
            );
        }
        sweep
    }

    fn take_probes(&mut self, topic: &str) -> Vec<Waiting> {
        let (answered, waiting) = std::mem::take(&mut self.probes)
            .into_iter()
            .partition(|probe| probe.topic == topic);
        self.probes = waiting;
        answered
    }

    fn answer_probes(&mut self, publish: &Publish) -> bool {
        let answered = self.take_probes(&publish.topic);
        let any = !answered.is_empty();
        for probe in answered {
            let values = decode::probed_message(&probe.profile, &publish.payload);
            // Whoever asked may have given up waiting.
            let _ = probe.reply.send(ProbeOutcome::Read { values });
        }
        any
    }

    fn expire(&mut self) {
        let now = Instant::now();
        let connected = self.connection > 0;
        let (over, waiting) = std::mem::take(&mut self.probes)
            .into_iter()
            .partition(|probe| probe.until <= now);
        self.probes = waiting;
        for probe in Vec::into_iter(over) {
            if !self.devices.contains_key(&probe.topic) {
                self.unsubscribe(&probe.topic);
            }
            let reason = if connected {
                format!(
                    "nothing was published on \"{}\" while waiting; check topic and instrument",
                    probe.topic
                )
            } else {
                "no connection to the broker; check its host, port and password in [brokers]".to_owned()
            };
            let _ = probe
                .reply
                .send(ProbeOutcome::failed(ProbeFailure::Other, reason));
        }
    }
}
