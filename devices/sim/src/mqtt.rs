//! MQTT instruments: they publish unasked, aligned to the wall clock.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rumqttc::{AsyncClient, Event, MqttOptions, Outgoing, QoS};
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::fault::FaultKind;
use crate::site::{SimDevice, Site};

/// The broker that MQTT instruments speak to.
#[derive(Clone, Debug)]
pub struct MqttTarget {
    pub host: String,
    pub port: u16,
    pub client_id: String,
    /// User and password.
    pub login: Option<(String, String)>,
}

/// Publishes every MQTT instrument of the site until `stop`, reconnecting as often as it takes.
pub(crate) async fn publish(target: MqttTarget, site: Arc<Site>, clock: Clock, stop: CancellationToken) {
    let mut options = MqttOptions::new(target.client_id, target.host, target.port);
    options.set_keep_alive(Duration::from_secs(15));
    if let Some((user, password)) = target.login {
        options.set_credentials(user, password);
    }
    let (client, mut events) = AsyncClient::new(options, 64);
    let polled = tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Outgoing(Outgoing::Disconnect)) => break,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(%error, "the broker cannot be reached; trying again");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    });
    let mut speakers = tokio::task::JoinSet::new();
    for device in site.devices().iter().filter(|device| device.topic.is_some()) {
        speakers.spawn(speak(device.clone(), site.clone(), client.clone(), clock.clone()));
    }
    stop.cancelled().await;
    speakers.shutdown().await;
    let _ = client.try_disconnect();
    if tokio::time::timeout(Duration::from_secs(1), polled)
        .await
        .is_err()
    {
        tracing::debug!("the broker did not take the farewell");
    }
}

async fn speak(device: SimDevice, site: Arc<Site>, client: AsyncClient, clock: Clock) {
    let Some(topic) = device.topic.clone() else { return };
    let period = i64::from(device.period_seconds.max(1)) * 1_000_000;
    // Says something at once, then at the full multiples of its period.
    loop {
        let now = clock();
        match message(&site, &device, now) {
            Ok(Some(message)) => {
                if client
                    .publish(topic.clone(), QoS::AtLeastOnce, false, message)
                    .await
                    .is_err()
                {
                    return;
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(device = %device.id, %error, "a message cannot be built"),
        }
        let wait = period - now.as_microsecond().rem_euclid(period);
        tokio::time::sleep(Duration::from_micros(wait.unsigned_abs())).await;
    }
}

/// What the instrument publishes at `now`; `None` in a gap.
pub fn message(site: &Site, device: &SimDevice, now: Timestamp) -> Result<Option<Vec<u8>>, crate::SiteError> {
    let fault = site.faults.on_request(&device.id, now);
    let claimed = match fault {
        Some(FaultKind::ClockSkew { seconds }) => {
            now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(now)
        }
        Some(FaultKind::Late { milliseconds }) => {
            let late = SignedDuration::from_millis(i64::try_from(milliseconds).unwrap_or(i64::MAX));
            now.checked_sub(late).unwrap_or(now)
        }
        _ => now,
    };
    let mut message = site.message_at(device, claimed_or_now(&fault, claimed, now), claimed)?;
    Ok(match fault {
        Some(FaultKind::Gap) => None,
        Some(FaultKind::Truncated | FaultKind::WrongLength) => {
            message.truncate(message.len() / 2);
            Some(message)
        }
        Some(FaultKind::Foreign) => Some(vec![0xFF, 0xFE, 0x00, 0x7B]),
        _ => Some(message),
    })
}

/// A late message tells an old truth; a skewed clock tells the present one with a wrong time.
fn claimed_or_now(fault: &Option<FaultKind>, claimed: Timestamp, now: Timestamp) -> Timestamp {
    if matches!(fault, Some(FaultKind::Late { .. })) {
        claimed
    } else {
        now
    }
}
