//! The connection to one broker: opened again as often as it takes, subscribing and acknowledging, nothing else.
//!
//! The packets are the library's; its event loop is not used, because it cannot step over a large message
//! ([`super::packets`]) and would end a connection whose pings wait behind one.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rumqttc::{ConnAck, Connect, ConnectReturnCode, Packet, PubAck, Publish, QoS, Subscribe, Unsubscribe};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_util::codec::Framed;

use super::Session;
use super::packets::{Incoming, Packets, TooLarge};
use crate::backoff::{Backoff, random_seed};
use crate::config::BrokerConfig;
use crate::health::Health;

const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// A broker that says nothing for so long, not even to pings, is gone.
const MOST_SILENCE: Duration = Duration::from_secs(30);
/// A connection that has lasted so long is a good one.
const STEADY: Duration = Duration::from_secs(30);
/// For the connection, and for the broker's answer to it.
const OPENING: Duration = Duration::from_secs(10);

/// What the subscriber asks of the connection.
#[derive(Debug)]
pub(super) enum Request {
    Subscribe(String),
    Unsubscribe(String),
    /// Acknowledgements belong to a connection; those of an older one are dropped.
    Acknowledge {
        connection: u64,
        packet: u16,
    },
}

/// What the connection tells the subscriber.
pub(super) enum Seen {
    Connected { session_present: bool },
    Published(Publish),
    TooLarge(TooLarge),
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0}; check host and port in [brokers]")]
    Open(io::Error),
    #[error("no answer within {} s; check host and port in [brokers]", OPENING.as_secs())]
    OpenTimeout,
    #[error("the broker refuses the connection: {0:?}; check username and password in [brokers]")]
    Refused(ConnectReturnCode),
    #[error("the broker closed the connection; does another client use the same name?")]
    Closed,
    #[error("the broker has been silent for {} s", MOST_SILENCE.as_secs())]
    Silent,
    #[error(transparent)]
    Packet(#[from] rumqttc::Error),
    /// Nobody listens any more.
    #[error("the collector is stopping")]
    Stopping,
}

/// One broker and our name there.
pub(super) struct Broker {
    pub(super) config: BrokerConfig,
    pub(super) session: Session,
    pub(super) name: String,
    pub(super) health: Arc<Health>,
}

impl Broker {
    /// Keeps a connection until the subscriber is gone.
    pub(super) async fn run(self, mut requests: mpsc::Receiver<Request>, seen: mpsc::Sender<Seen>) {
        let mut backoff = Backoff::new(Duration::from_millis(250), Duration::from_secs(30), random_seed());
        let (mut connection, mut failures) = (0_u64, 0_u64);
        loop {
            let ended = match self.open().await {
                Ok((framed, answer)) => {
                    connection += 1;
                    let since = Instant::now();
                    // What was asked of the connection before is asked anew, or void.
                    while requests.try_recv().is_ok() {}
                    self.opened(&answer);
                    let ended = self.serve(framed, answer, connection, &mut requests, &seen).await;
                    // A broker that accepts and closes at once, as for two clients of one name, is not asked faster.
                    if since.elapsed() >= STEADY {
                        failures = 0;
                        backoff.reset();
                    }
                    ended
                }
                Err(ended) => ended,
            };
            if matches!(ended, Ended::Stopping) || seen.is_closed() {
                return;
            }
            failures += 1;
            self.failed(&ended, failures);
            tokio::time::sleep(backoff.next_wait()).await;
        }
    }

    fn opened(&self, answer: &ConnAck) {
        self.health.counters.connections_opened.one();
        self.health.with_broker(&self.name, |broker| {
            broker.connected = true;
            broker.error = None;
        });
        let session_present = answer.session_present;
        tracing::info!(broker = self.name, session_present, "connected to the broker");
    }

    fn failed(&self, ended: &Ended, failures: u64) {
        self.health.counters.connections_failed.one();
        self.health.with_broker(&self.name, |broker| {
            broker.connected = false;
            broker.error = Some(ended.to_string());
        });
        if failures.is_power_of_two() {
            tracing::warn!(
                broker = self.name,
                failures,
                "no connection to the broker, trying again: {ended}"
            );
        }
    }

    fn greeting(&self) -> Connect {
        let mut greeting = match &self.session {
            Session::Kept(id) => Connect {
                clean_session: false,
                ..Connect::new(id.clone())
            },
            Session::Passing => Connect::new(format!("henglian-probe-{:012x}", random_seed() >> 16)),
        };
        greeting.keep_alive = u16::try_from(KEEP_ALIVE.as_secs()).unwrap_or(u16::MAX);
        if let Some(username) = &self.config.username {
            greeting.set_login(username.clone(), self.config.password().unwrap_or_default());
        }
        greeting
    }

    async fn open(&self) -> Result<(Framed<TcpStream, Packets>, ConnAck), Ended> {
        let opening = async {
            let stream = TcpStream::connect((self.config.host.as_str(), self.config.port))
                .await
                .map_err(Ended::Open)?;
            stream.set_nodelay(true).map_err(Ended::Open)?;
            let mut framed = Framed::new(stream, Packets::new());
            framed.send(Packet::Connect(self.greeting())).await?;
            match framed.next().await.ok_or(Ended::Closed)?? {
                Incoming::Packet(Packet::ConnAck(answer)) if answer.code == ConnectReturnCode::Success => {
                    Ok((framed, answer))
                }
                Incoming::Packet(Packet::ConnAck(answer)) => Err(Ended::Refused(answer.code)),
                _ => Err(Ended::Packet(rumqttc::Error::MalformedPacket)),
            }
        };
        timeout(OPENING, opening).await.unwrap_or(Err(Ended::OpenTimeout))
    }

    async fn serve(
        &self,
        framed: Framed<TcpStream, Packets>,
        answer: ConnAck,
        connection: u64,
        requests: &mut mpsc::Receiver<Request>,
        seen: &mpsc::Sender<Seen>,
    ) -> Ended {
        let session_present = answer.session_present;
        if seen.send(Seen::Connected { session_present }).await.is_err() {
            return Ended::Stopping;
        }
        match exchange(framed, connection, requests, seen).await {
            Ok(()) => Ended::Stopping,
            Err(ended) => ended,
        }
    }
}

/// Carries packets both ways. `Ok` when the subscriber is gone.
async fn exchange(
    mut framed: Framed<TcpStream, Packets>,
    connection: u64,
    requests: &mut mpsc::Receiver<Request>,
    seen: &mpsc::Sender<Seen>,
) -> Result<(), Ended> {
    let mut pings = interval_at(Instant::now() + KEEP_ALIVE, KEEP_ALIVE / 2);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_packet = 0_u16;
    loop {
        tokio::select! {
            incoming = framed.next() => {
                let event = match incoming.ok_or(Ended::Closed)?? {
                    Incoming::Packet(Packet::Publish(publish)) => Seen::Published(publish),
                    Incoming::TooLarge(message) => Seen::TooLarge(message),
                    Incoming::Packet(_) => continue,
                };
                if seen.send(event).await.is_err() {
                    return Ok(());
                }
                // While that waited for room it was us who did not listen.
                framed.codec_mut().heard = Instant::now();
            }
            request = requests.recv() => {
                let Some(request) = request else { return Ok(()) };
                last_packet = last_packet.checked_add(1).unwrap_or(1);
                if let Some(packet) = packet_of(request, connection, last_packet) {
                    framed.send(packet).await?;
                }
            }
            _ = pings.tick() => {
                if framed.codec().heard.elapsed() > MOST_SILENCE {
                    return Err(Ended::Silent);
                }
                framed.send(Packet::PingReq).await?;
            }
        }
    }
}

fn packet_of(request: Request, connection: u64, number: u16) -> Option<Packet> {
    match request {
        Request::Subscribe(topic) => {
            let mut subscribe = Subscribe::new(topic, QoS::AtLeastOnce);
            subscribe.pkid = number;
            Some(Packet::Subscribe(subscribe))
        }
        Request::Unsubscribe(topic) => {
            let mut unsubscribe = Unsubscribe::new(topic);
            unsubscribe.pkid = number;
            Some(Packet::Unsubscribe(unsubscribe))
        }
        Request::Acknowledge {
            connection: of,
            packet,
        } => (of == connection).then(|| Packet::PubAck(PubAck::new(packet))),
    }
}
