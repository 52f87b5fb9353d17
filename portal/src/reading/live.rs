//! Live readings as server-sent events.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, Sse};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};
use ledger::instruments::Configuration;
use serde::Deserialize;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};
use utoipa::IntoParams;

use crate::Portal;
use crate::access::{Caller, Permission};
use crate::field::Live;
use crate::problem::{Answer, Problem};
use crate::reading::wire::{LiveSweepCard, Reading};
use crate::refusal;
use crate::request::Query;

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// Device names with commas between; all visible ones unless told.
    pub devices: Option<String>,
}

/// By device.
type Watched = BTreeMap<String, Configuration>;

/// How often a listener hears something, so that a line that is dead without having been closed is noticed; and how long
/// it takes at most until a session, role or grant that ended is one that ended here.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Event `sweep` with one device's readings; event `lagged` with the number of sweeps that this listener missed; event
/// `alive` every 15 seconds, from when on the caller hears what he may see now. The stream ends with the session.
#[utoipa::path(get, path = "/live", tag = "readings", operation_id = "watch_live",
    params(LiveQuery),
    responses((status = 200, body = LiveSweepCard, content_type = "text/event-stream"), (status = 401, body = Problem)))]
pub async fn live(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<LiveQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    // Subscribed before the list is read, so that nothing between the two is missed.
    let live = portal.field.live();
    let asked = query
        .devices
        .map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
    let watched = watched(&portal, &caller, asked.as_ref()).await?;
    let mut renewal = interval_at(Instant::now() + ALIVE_EVERY, ALIVE_EVERY);
    renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let listener = Listener {
        portal,
        headers,
        asked,
        live,
        renewal,
        caller,
        watched,
    };
    let heard = stream::unfold(listener, async |mut listener| {
        let events = listener.hear().await?;
        Some((stream::iter(events), listener))
    });
    let greeting = stream::iter([Event::default().comment("listening")]);
    Ok(Sse::new(greeting.chain(heard.flatten()).map(Ok)))
}

async fn watched(portal: &Portal, caller: &Caller, asked: Option<&BTreeSet<String>>) -> Answer<Watched> {
    let mut watched = Watched::new();
    for row in portal.ledger.every_instrument().await? {
        let kept = match row {
            Ok(instrument) => instrument.configuration,
            // A row that cannot be read is named where it is looked at; it silences nobody else's readings.
            Err(_) => continue,
        };
        let device = kept.device.to_string();
        if caller.scope.sees_site(kept.site_id) && asked.is_none_or(|asked| asked.contains(&device)) {
            watched.insert(device, kept);
        }
    }
    Ok(watched)
}

/// Who listens, and what he may hear: as of the last tick, because a stream lasts for hours.
struct Listener {
    portal: Arc<Portal>,
    headers: HeaderMap,
    asked: Option<BTreeSet<String>>,
    live: BoxStream<'static, Live>,
    renewal: Interval,
    caller: Caller,
    watched: Watched,
}

impl Listener {
    /// `None` once there is nothing more to hear, or nobody who may.
    async fn hear(&mut self) -> Option<Vec<Event>> {
        tokio::select! {
            // Ticks first: however much arrives, what may be heard is renewed.
            biased;
            _ = self.renewal.tick() => {
                self.renew().await.ok()?;
                Some(vec![Event::default().event("alive").data("")])
            }
            item = self.live.next() => {
                let item = item?;
                self.portal.sessions.account(&self.headers, self.portal.now())?;
                Some(match item {
                    Live::Sweep(readings) => sweep_events(&self.portal, &self.caller, &self.watched, &readings),
                    Live::Lagged(missed) => vec![Event::default().event("lagged").data(missed.to_string())],
                })
            }
        }
    }

    async fn renew(&mut self) -> Answer<()> {
        self.caller = self.portal.caller(&self.headers).await?;
        if !self.caller.may(Permission::Read) {
            return Err(refusal::request::forbidden());
        }
        self.watched = watched(&self.portal, &self.caller, self.asked.as_ref()).await?;
        Ok(())
    }
}

fn sweep_events(
    portal: &Portal,
    caller: &Caller,
    watched: &Watched,
    readings: &[devices::Reading],
) -> Vec<Event> {
    let mut by_device: BTreeMap<&str, Vec<Reading>> = BTreeMap::new();
    for reading in readings {
        let device = reading.series.device.as_str();
        let Some(kept) = watched.get(device) else {
            continue;
        };
        if caller.scope.sees_now(kept.site_id, reading.nominal) {
            let shown = portal.shown(kept, reading.clone());
            by_device.entry(device).or_default().push(shown);
        }
    }
    by_device
        .into_iter()
        .filter_map(|(device, readings)| {
            let card = LiveSweepCard {
                device: device.to_owned(),
                readings,
            };
            Event::default().event("sweep").json_data(card).ok()
        })
        .collect()
}
