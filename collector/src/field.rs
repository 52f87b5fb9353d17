//! The field as a whole: which buses there are, and which device belongs to which.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use devices::profile::{Catalogue, Protocol};
use devices::{DeviceId, Profile};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uplink::{Access, DeviceAssignment, NotRead, NotReadCause, ProbeFailure, ProbeOutcome, SerialSettings};

use crate::Clock;
use crate::bus::{self, Bus, Polled};
use crate::config::{self, Config};
use crate::health::Health;
use crate::plan::{Span, read_plan};
use crate::source::modbus::TcpWire;
use crate::source::mqtt::{self, Session, Subscribed};
use crate::source::serial::line::Timing;
use crate::source::serial::{Port, SerialWire};
use crate::writer::Queued;

/// Time that a probe waits for an MQTT instrument to speak.
const MQTT_PROBE_WAIT: Duration = Duration::from_secs(12);
/// A probe waits for the device being read, and for its own time-outs.
const PROBE_LIMIT: Duration = Duration::from_secs(60);

/// What may only be used by one task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Tcp { host: String, port: u16 },
    Line { path: String },
    Broker { name: String },
}

impl Place {
    fn of(access: &Access) -> Place {
        match access {
            Access::ModbusTcp { host, port, .. } => Place::Tcp {
                host: host.clone(),
                port: *port,
            },
            Access::ModbusRtu { line, .. } => Place::Line { path: line.clone() },
            Access::Mqtt { broker, .. } => Place::Broker { name: broker.clone() },
        }
    }
}

#[derive(Clone)]
enum Running {
    Modbus {
        commands: mpsc::Sender<bus::Command>,
        settings: Option<SerialSettings>,
    },
    Mqtt {
        commands: mpsc::Sender<mqtt::Command>,
    },
}

/// All buses of a collector. Dropping it ends their tasks.
pub struct Field {
    config: Arc<Config>,
    catalogue: Arc<Catalogue>,
    clock: Clock,
    health: Arc<Health>,
    out: mpsc::Sender<Queued>,
    /// For one probe from the command line: no lasting session at a broker.
    passing: bool,
    running: BTreeMap<Place, Running>,
}

/// Devices of one place.
#[derive(Default)]
struct Group {
    settings: Option<SerialSettings>,
    polled: Vec<Polled>,
    subscribed: Vec<Subscribed>,
}

impl Field {
    pub fn new(
        config: Arc<Config>,
        catalogue: Arc<Catalogue>,
        clock: Clock,
        health: Arc<Health>,
        out: mpsc::Sender<Queued>,
    ) -> Self {
        Self {
            config,
            catalogue,
            clock,
            health,
            out,
            passing: false,
            running: BTreeMap::new(),
        }
    }

    /// A field that only serves probes and leaves nothing behind.
    #[must_use]
    pub fn passing(mut self) -> Self {
        self.passing = true;
        self
    }

    /// Reads exactly these devices from now on, but for those that it returns. What does not change goes on undisturbed.
    pub async fn apply(&mut self, assignments: &[DeviceAssignment]) -> Vec<NotRead> {
        let mut not_read = Vec::new();
        let mut groups: BTreeMap<Place, Group> = BTreeMap::new();
        self.health
            .keep_devices(|device| assignments.iter().any(|assignment| assignment.device == *device));
        for assignment in assignments {
            let group = groups.entry(Place::of(&assignment.access)).or_default();
            if let Err((cause, detail)) = self.place(assignment, group) {
                not_read.push(self.refuse(&assignment.device, cause, detail));
            }
        }
        let changed_line = |place: &Place, running: &Running| match (running, groups.get(place)) {
            (_, None) => true,
            (Running::Modbus { settings, .. }, Some(group)) => *settings != group.settings,
            (Running::Mqtt { .. }, Some(_)) => false,
        };
        self.running
            .retain(|place, running| !changed_line(place, running));
        for (place, group) in groups {
            if group.polled.is_empty() && group.subscribed.is_empty() {
                self.running.remove(&place);
                continue;
            }
            let running = match self.running.get(&place) {
                Some(running) => running.clone(),
                None => match self.start(&place, group.settings.clone()) {
                    Ok(running) => {
                        self.running.insert(place, running.clone());
                        running
                    }
                    Err(reason) => {
                        for subscribed in &group.subscribed {
                            let (cause, reason) = (NotReadCause::NotPossible, reason.clone());
                            not_read.push(self.refuse(&subscribed.device, cause, reason));
                        }
                        continue;
                    }
                },
            };
            // A closed channel means that the collector is stopping.
            match running {
                Running::Modbus { commands, .. } => {
                    let _ = commands.send(bus::Command::Assign(group.polled)).await;
                }
                Running::Mqtt { commands } => {
                    let _ = commands.send(mqtt::Command::Assign(group.subscribed)).await;
                }
            }
        }
        not_read
    }

    fn refuse(&self, device: &DeviceId, cause: NotReadCause, detail: String) -> NotRead {
        self.health.assignment_refused(device, &detail);
        NotRead {
            device: device.to_string(),
            cause,
            detail,
        }
    }

    fn place(&self, assignment: &DeviceAssignment, group: &mut Group) -> Result<(), (NotReadCause, String)> {
        let impossible = |reason: String| (NotReadCause::NotPossible, reason);
        config::assignment(assignment).map_err(|(key, reason)| impossible(format!("{key}: {reason}")))?;
        let profile = self
            .profile(&assignment.profile, &assignment.access)
            .map_err(impossible)?;
        let device = assignment.device.clone();
        match &assignment.access {
            Access::Mqtt { topic, .. } => {
                group.subscribed.push(Subscribed {
                    device,
                    topic: topic.clone(),
                    profile,
                });
                return Ok(());
            }
            Access::ModbusTcp { host, .. } => {
                let outside = self.config.modbus.networks.check_host(host);
                outside.map_err(|outside| (NotReadCause::AddressNotAllowed, outside.to_string()))?;
            }
            Access::ModbusRtu { settings, line, .. } => match &group.settings {
                Some(first) if first != settings => {
                    return Err(impossible(format!(
                        "{line} is used with other settings by a device before it; all must agree"
                    )));
                }
                _ => group.settings = Some(settings.clone()),
            },
        }
        let polled = Polled {
            device,
            unit: unit_of(&assignment.access),
            spans: self.spans(&profile),
            profile,
            period_us: i64::from(assignment.period_seconds) * 1_000_000,
        };
        group.polled.push(polled);
        Ok(())
    }

    fn profile(&self, reference: &str, access: &Access) -> Result<Arc<Profile>, String> {
        let profile = self.catalogue.get(reference).ok_or_else(|| {
            let known: Vec<String> = self.catalogue.iter().map(|profile| profile.reference()).collect();
            format!("the profile \"{reference}\" is unknown here; known are {}; update the collector or add it to `profiles`", known.join(", "))
        })?;
        let speaks = match access {
            Access::Mqtt { .. } => Protocol::Mqtt,
            Access::ModbusTcp { .. } | Access::ModbusRtu { .. } => Protocol::Modbus,
        };
        if profile.protocol != speaks {
            return Err(format!(
                "{reference} speaks {:?}, but the access is for {speaks:?}",
                profile.protocol
            ));
        }
        Ok(Arc::clone(profile))
    }

    fn spans(&self, profile: &Profile) -> Vec<Span> {
        read_plan(profile, self.config.modbus.most_gap)
    }

    fn start(&self, place: &Place, settings: Option<SerialSettings>) -> Result<Running, String> {
        let modbus = &self.config.modbus;
        let (out, clock, health) = (
            self.out.clone(),
            Arc::clone(&self.clock),
            Arc::clone(&self.health),
        );
        match place {
            Place::Tcp { host, port } => {
                let (connect, response) = (modbus.connect_timeout(), modbus.response_timeout());
                let wire = TcpWire::new(host.clone(), *port, connect, response, Arc::clone(&health))
                    .within(modbus.networks.clone());
                let (commands, receiver) = mpsc::channel(16);
                tokio::spawn(Bus::new(wire, out, clock, health).run(receiver));
                Ok(Running::Modbus {
                    commands,
                    settings: None,
                })
            }
            Place::Line { path } => {
                let settings = settings.unwrap_or_default();
                let timing = Timing {
                    baud: settings.baud,
                    response: modbus.response_timeout(),
                };
                let port = Port::new(path.clone(), settings.clone());
                let wire = SerialWire::new(path.clone(), port, timing, Arc::clone(&health));
                let (commands, receiver) = mpsc::channel(16);
                tokio::spawn(Bus::new(wire, out, clock, health).run(receiver));
                Ok(Running::Modbus {
                    commands,
                    settings: Some(settings),
                })
            }
            Place::Broker { name } => {
                let Some(broker) = self.config.brokers.get(name) else {
                    return Err(format!(
                        "the broker \"{name}\" is unknown here; add [brokers.{name}] to the configuration"
                    ));
                };
                let session = if self.passing {
                    Session::Passing
                } else {
                    Session::Kept(format!("henglian-{}-{name}", self.config.id))
                };
                let (commands, receiver) = mpsc::channel(16);
                tokio::spawn(mqtt::run(broker.clone(), session, receiver, out, clock, health));
                Ok(Running::Mqtt { commands })
            }
        }
    }

    /// Starts a test read; the answer comes through the bus that the device shares with others.
    pub fn probe(
        &self,
        reference: &str,
        access: &Access,
    ) -> impl Future<Output = ProbeOutcome> + Send + 'static {
        let prepared = self.prepare_probe(reference, access);
        // A closed port refuses at once, a silent one after a time-out: what gives nothing takes as long as the longest.
        let no_sooner =
            Instant::now() + self.config.modbus.connect_timeout() + self.config.modbus.response_timeout();
        let level = !self.passing && matches!(access, Access::ModbusTcp { .. });
        async move {
            let (sending, answer) = match prepared {
                Ok(prepared) => prepared,
                Err((cause, detail)) => return ProbeOutcome::failed(cause, detail),
            };
            let asked = async move {
                match sending {
                    Sending::Modbus(commands, command) => commands.send(command).await.ok()?,
                    Sending::Mqtt(commands, command) => commands.send(command).await.ok()?,
                }
                answer.await.ok()
            };
            match tokio::time::timeout(PROBE_LIMIT, asked).await {
                Ok(Some(outcome)) => {
                    let nothing = |outcome: &ProbeOutcome| {
                        matches!(
                            outcome,
                            ProbeOutcome::Failed {
                                cause: ProbeFailure::NoReading,
                                ..
                            }
                        )
                    };
                    if level && nothing(&outcome) {
                        tokio::time::sleep_until(no_sooner).await;
                    }
                    outcome
                }
                Ok(None) => {
                    not_asked("the collector is stopping, or its devices are being changed; ask again")
                }
                Err(_) => {
                    not_asked("the line is busy with other devices; ask again, or lengthen their periods")
                }
            }
        }
    }

    fn prepare_probe(
        &self,
        reference: &str,
        access: &Access,
    ) -> Result<(Sending, oneshot::Receiver<ProbeOutcome>), (ProbeFailure, String)> {
        let not_asked = |reason: String| (ProbeFailure::Other, reason);
        let profile = self.profile(reference, access).map_err(not_asked)?;
        if let Access::ModbusTcp { host, .. } = access {
            let outside = self.config.modbus.networks.check_host(host);
            outside.map_err(|outside| (ProbeFailure::AddressNotAllowed, outside.to_string()))?;
        }
        let place = Place::of(access);
        let wanted = match access {
            Access::ModbusRtu { settings, .. } => Some(settings.clone()),
            Access::ModbusTcp { .. } | Access::Mqtt { .. } => None,
        };
        let running = match self.running.get(&place) {
            Some(Running::Modbus { settings, .. }) if *settings != wanted => {
                let reason = "the line is in use with other settings (baud rate or format)";
                return Err(not_asked(reason.to_owned()));
            }
            Some(running) => running.clone(),
            // Its task ends with this probe.
            None => self.start(&place, wanted).map_err(not_asked)?,
        };
        let (reply, answer) = oneshot::channel();
        let sending = match (running, access) {
            (Running::Modbus { commands, .. }, _) => {
                let spans = self.spans(&profile);
                Sending::Modbus(
                    commands,
                    bus::Command::Probe {
                        profile,
                        unit: unit_of(access),
                        spans,
                        reply,
                    },
                )
            }
            (Running::Mqtt { commands }, Access::Mqtt { topic, .. }) => {
                let (topic, wait) = (topic.clone(), MQTT_PROBE_WAIT);
                Sending::Mqtt(
                    commands,
                    mqtt::Command::Probe {
                        profile,
                        topic,
                        wait,
                        reply,
                    },
                )
            }
            (Running::Mqtt { .. }, _) => {
                return Err(not_asked("the access does not fit the connection".to_owned()));
            }
        };
        Ok((sending, answer))
    }
}

enum Sending {
    Modbus(mpsc::Sender<bus::Command>, bus::Command),
    Mqtt(mpsc::Sender<mqtt::Command>, mqtt::Command),
}

fn unit_of(access: &Access) -> u8 {
    match access {
        Access::ModbusTcp { unit, .. } | Access::ModbusRtu { unit, .. } => *unit,
        Access::Mqtt { .. } => 0,
    }
}

fn not_asked(reason: &str) -> ProbeOutcome {
    ProbeOutcome::failed(ProbeFailure::Other, reason)
}
