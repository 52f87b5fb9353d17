//! Instruments that publish over MQTT 3.1.1. The only file that knows the MQTT client library.
//!
//! The session at the broker is kept while the collector is away, and a message is acknowledged
//! only when its sweep is durable in the spool. The connection is polled in a task of its own;
//! nothing that may wait happens there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use devices::{DeviceId, Doubt, Failure, Profile, Quality};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use jiff::Timestamp;
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use tokio::sync::{mpsc, oneshot};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use uplink::{ProbeFailure, ProbeOutcome};

use crate::Clock;
use crate::backoff::{Backoff, random_seed};
use crate::config::BrokerConfig;
use crate::decode;
use crate::health::Health;
use crate::writer::Queued;

/// Larger packets end the connection, and with a kept session would come again and again.
const MOST_PACKET_BYTES: usize = 16 << 20;
/// A larger message is not kept; its sweep says so.
const MOST_MESSAGE_BYTES: usize = 256 << 10;
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

enum Seen {
    Connected { session_present: bool },
    Published(Publish),
}

struct Waiting {
    profile: Arc<Profile>,
    topic: String,
    until: Instant,
    reply: oneshot::Sender<ProbeOutcome>,
}

/// The subscriber of one broker.
pub struct Subscriber {
    client: AsyncClient,
    devices: BTreeMap<String, Vec<Subscribed>>,
    probes: Vec<Waiting>,
    out: mpsc::Sender<Queued>,
    clock: Clock,
    health: Arc<Health>,
    /// Acknowledgements belong to a connection; those of an older one are dropped.
    connection: u64,
    catching_up_until: Option<Instant>,
}

struct StopOnDrop(AbortHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn options(broker: &BrokerConfig, session: &Session) -> MqttOptions {
    let (id, clean) = match session {
        Session::Kept(id) => (id.clone(), false),
        Session::Passing => (format!("henglian-probe-{:012x}", random_seed() >> 16), true),
    };
    let mut options = MqttOptions::new(id, &broker.host, broker.port);
    options.set_clean_session(clean);
    options.set_manual_acks(true);
    options.set_max_packet_size(MOST_PACKET_BYTES, MOST_PACKET_BYTES);
    options.set_keep_alive(Duration::from_secs(20));
    if let Some(username) = &broker.username {
        let from_file = || {
            let path = broker.password_file.as_ref()?;
            std::fs::read_to_string(path)
                .inspect_err(|error| tracing::error!(path = %path.display(), %error, "the broker's password cannot be read"))
                .ok()
        };
        let password = broker.password.clone().or_else(from_file).unwrap_or_default();
        options.set_credentials(username.clone(), password.trim());
    }
    options
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
    let (client, events) = AsyncClient::new(options(&broker, &session), CAPACITY);
    let (seen_tx, mut seen) = mpsc::channel(256);
    let name = format!("{}:{}", broker.host, broker.port);
    let poll = tokio::spawn(poll(events, seen_tx, name, Arc::clone(&health)));
    let _poll = StopOnDrop(poll.abort_handle());
    let mut subscriber = Subscriber {
        client,
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
                    let connection = subscriber.connection;
                    let Ok(durable) = subscriber.published(&publish).await else { return };
                    unacknowledged.push_back(async move {
                        for sweep in durable {
                            // The writer gave up: not acknowledged, the broker sends it again.
                            if sweep.await.is_err() {
                                return None;
                            }
                        }
                        Some((connection, publish))
                    });
                }
            },
            Some(done) = unacknowledged.next(), if !unacknowledged.is_empty() => {
                if let Some((connection, publish)) = done && connection == subscriber.connection {
                    // A full request queue means a broken connection: the broker sends it again.
                    let _ = subscriber.client.try_ack(&publish);
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

async fn poll(mut events: EventLoop, seen: mpsc::Sender<Seen>, name: String, health: Arc<Health>) {
    let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(30), random_seed());
    let mut failures = 0_u64;
    loop {
        let event = match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(answer))) => {
                health.counters.connections_opened.one();
                tracing::info!(
                    broker = name,
                    session_present = answer.session_present,
                    "connected to the broker"
                );
                failures = 0;
                backoff.reset();
                Seen::Connected {
                    session_present: answer.session_present,
                }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => Seen::Published(publish),
            Ok(_) => continue,
            Err(error) => {
                health.counters.connections_failed.one();
                failures += 1;
                if failures.is_power_of_two() {
                    tracing::warn!(broker = name, failures, %error, "no connection to the broker; trying again");
                }
                tokio::time::sleep(backoff.next_wait()).await;
                continue;
            }
        };
        if seen.send(event).await.is_err() {
            return;
        }
    }
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
                    // Offline, this is made up for when a message on that topic comes.
                    let _ = self.client.try_unsubscribe(topic);
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
        if let Err(error) = self.client.try_subscribe(topic, QoS::AtLeastOnce) {
            tracing::error!(topic, %error, "cannot subscribe");
        }
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
                let _ = self.client.try_unsubscribe(&publish.topic);
            }
            return Ok(durable);
        };
        let catching_up = self.catching_up_until.is_some_and(|until| Instant::now() < until);
        for device in devices {
            let sweep = self.sweep(device, publish, arrival, publish.retain || catching_up);
            let (done, wait) = oneshot::channel();
            durable.push(wait);
            self.out
                .send(Queued {
                    sweep,
                    durable: Some(done),
                })
                .await
                .map_err(|_| ())?;
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
        if publish.payload.len() > MOST_MESSAGE_BYTES {
            self.health.counters.mqtt_ignored.one();
            let detail = format!(
                "a message of {} bytes; at most {MOST_MESSAGE_BYTES} are kept",
                publish.payload.len()
            );
            self.health
                .device_failed(device, Failure::MalformedAnswer, &detail);
            let now = arrival.as_microsecond();
            return decode::failed_sweep(device, profile, (now, now), Failure::MalformedAnswer);
        }
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

    fn answer_probes(&mut self, publish: &Publish) -> bool {
        let (answered, waiting) = std::mem::take(&mut self.probes)
            .into_iter()
            .partition(|probe| probe.topic == publish.topic);
        self.probes = waiting;
        let any = !Vec::is_empty(&answered);
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
                let _ = self.client.try_unsubscribe(&probe.topic);
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
