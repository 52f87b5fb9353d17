//! Live readings as server-sent events.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::field::Live;
use crate::input::Asked;
use crate::problem::{Answer, Problem};
use crate::wire::{LiveSweepCard, Reading};

#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// Device names with commas between; all visible ones unless told.
    pub devices: Option<String>,
}

/// Device → (site, profile) as the caller saw them when the stream began.
type Watched = BTreeMap<String, (i64, String)>;

/// How often a listener hears something, so that a line that is dead without having been closed is noticed.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Event `sweep` with one device's readings; event `lagged` with the number of sweeps that this listener missed; event
/// `alive` when there was nothing else for 15 seconds. The stream ends with the session.
#[utoipa::path(get, path = "/live", tag = "readings", operation_id = "watch_live",
    params(LiveQuery),
    responses((status = 200, body = LiveSweepCard, content_type = "text/event-stream"), (status = 401, body = Problem)))]
pub async fn live(
    State(portal): State<Arc<Portal>>,
    caller: Caller,
    headers: HeaderMap,
    Asked(query): Asked<LiveQuery>,
) -> Answer<Sse<impl Stream<Item = Result<Event, Infallible>>>> {
    // Subscribed before the list is read, so that nothing between the two is missed.
    let live = portal.field.live();
    let mut watched = portal.records.devices(&caller).await?;
    if let Some(asked) = &query.devices {
        let asked: BTreeSet<&str> = asked.split(',').map(str::trim).collect();
        watched.retain(|device, _| asked.contains(device.as_str()));
    }
    let session = portal.clone();
    let live = live.take_while(move |_| {
        let signed_in = session.sessions.user(&headers, session.now()).is_some();
        std::future::ready(signed_in)
    });
    let events = live.flat_map(move |item| {
        stream::iter(match item {
            Live::Sweep(readings) => sweep_events(&portal, &caller, &watched, &readings),
            Live::Lagged(missed) => {
                vec![Ok(Event::default().event("lagged").data(missed.to_string()))]
            }
        })
    });
    let greeting = stream::iter([Ok(Event::default().comment("listening"))]);
    let alive = Event::default().event("alive").data("");
    let keep_alive = KeepAlive::new().interval(ALIVE_EVERY).event(alive);
    Ok(Sse::new(greeting.chain(events)).keep_alive(keep_alive))
}

fn sweep_events(
    portal: &Portal,
    caller: &Caller,
    watched: &Watched,
    readings: &[devices::Reading],
) -> Vec<Result<Event, Infallible>> {
    let mut by_device: BTreeMap<&str, Vec<Reading>> = BTreeMap::new();
    for reading in readings {
        let device = reading.series.device.as_str();
        let Some((site, profile)) = watched.get(device) else {
            continue;
        };
        if caller.scope.sees_now(*site, reading.nominal) {
            let unit = portal
                .unit(profile, reading.series.point.as_str())
                .unwrap_or_default();
            by_device
                .entry(device)
                .or_default()
                .push(Reading::new(reading.clone(), &unit));
        }
    }
    by_device
        .into_iter()
        .filter_map(|(device, readings)| {
            let card = LiveSweepCard {
                device: device.to_owned(),
                readings,
            };
            Event::default().event("sweep").json_data(card).ok().map(Ok)
        })
        .collect()
}
