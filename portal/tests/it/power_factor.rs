//! What the sign of a power factor is taken for: no model declares it, so a minus is never taken for capacitive load.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::StatusCode;
use devices::{DeviceId, Provenance, Reading, SeriesId, Window};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use jiff::{SignedDuration, Timestamp};
use portal::field::{Contact, Field, FieldError, Live, Silent};
use portal::records::{CollectorGrant, Judged};
use serde_json::json;
use verification::evidence::{Evidence, Negative};
use verification::procedure::{Procedure, SHIPPED};

use crate::actor::{Actor, portal_over};
use crate::double::{granted, reading_of};

/// A circuit under steady load; the reference reports this power factor.
struct Steady(&'static str);

impl Steady {
    fn value(&self, series: &SeriesId, minute: i64) -> String {
        match series.point.as_str() {
            "energy.active.import" => {
                let watt_hours = 100_000 + 20 * minute;
                format!("{}.{:03}", watt_hours / 1_000, watt_hours % 1_000)
            }
            "power.factor" => self.0.to_owned(),
            _ => "3.000".to_owned(),
        }
    }
}

#[async_trait]
impl Field for Steady {
    async fn latest_of_device(&self, _: &DeviceId) -> Result<Vec<Reading>, FieldError> {
        Ok(Vec::new())
    }
    async fn values_before(&self, _: &DeviceId, _: Timestamp) -> Result<Vec<Reading>, FieldError> {
        Ok(Vec::new())
    }
    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, FieldError> {
        let minutes = (0..).map(|minute| (minute, window.from + SignedDuration::from_mins(minute)));
        Ok(minutes
            .take_while(|(_, time)| window.contains(*time))
            .take(limit)
            .map(|(minute, time)| reading_of(series, time, &self.value(series, minute)))
            .collect())
    }
    async fn provenance(&self, _: &SeriesId, _: Timestamp) -> Result<Option<Provenance>, FieldError> {
        Ok(None)
    }
    fn live(&self) -> BoxStream<'static, Live> {
        stream::empty().boxed()
    }
    async fn probe(
        &self,
        _: &str,
        _: &str,
        _: uplink::Access,
        _: Duration,
    ) -> Result<uplink::ProbeAnswer, Silent> {
        Err(Silent(String::new()))
    }
    fn contacts(&self) -> BTreeMap<String, Contact> {
        BTreeMap::new()
    }
    fn admit(&self, _: Vec<CollectorGrant>) {}
}

async fn evidence(power_factor: &'static str) -> Evidence {
    let recorded: Arc<Mutex<Vec<Judged>>> = Arc::default();
    let portal = portal_over(Arc::new(Steady(power_factor)), "operator", recorded.clone());
    let actor = Actor::signed_in(&portal, "operator").await;
    let body = json!({"kind": "online-verification", "instrument_id": 1, "reference_id": 3,
        "from": granted().from.to_string(), "to": granted().to.to_string()});
    let reply = actor.send("POST", "/api/v1/runs", Some(body), None).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    let judged = recorded.lock().unwrap().pop().unwrap();
    Evidence::parse(std::str::from_utf8(&judged.frozen.evidence).unwrap()).unwrap()
}

/// Names of the bins that hold intervals.
fn bins(evidence: &Evidence) -> Vec<String> {
    let (_, text) = SHIPPED
        .iter()
        .find(|(id, _)| *id == "energy-meter-online")
        .unwrap();
    let conclusion = verification::judge(&Procedure::parse(text).unwrap(), evidence);
    let points = &conclusion.comparison().unwrap().points;
    let filled = points.iter().filter(|point| point.slots > 0);
    filled.map(|point| point.bin.clone()).collect()
}

#[tokio::test]
async fn a_negative_power_factor_lies_in_no_bin() {
    let negative = evidence("-0.800").await;
    assert_eq!(negative.series["cosφ"].negative, Some(Negative::Reversed));
    assert_eq!(bins(&negative), Vec::<String>::new());
    // The same readings under the other meaning would have been judged by the limit for capacitive load.
    let mut otherwise = negative;
    otherwise.series.get_mut("cosφ").unwrap().negative = Some(Negative::Capacitive);
    let found = bins(&otherwise);
    assert!(
        !found.is_empty() && found.iter().all(|bin| bin.ends_with("/0.8C")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_positive_one_is_judged_as_inductive() {
    let found = bins(&evidence("0.800").await);
    assert!(
        !found.is_empty() && found.iter().all(|bin| bin.ends_with("/0.5L-1")),
        "{found:?}"
    );
}

/// The rule rests on this: whoever reports a signed factor can also report power that flows back. A model whose power is
/// never negative would mean the character of the load by its sign, and must be able to say so first.
#[test]
fn every_meter_model_with_a_signed_factor_has_signed_power() {
    let mut seen = 0;
    for profile in devices::profile::catalogue().iter() {
        let negative = |point: &str| {
            let range = profile.point(point).and_then(|point| point.range);
            range.is_none_or(|(least, _)| least.is_sign_negative())
        };
        if profile.point("power.factor").is_some() && negative("power.factor") {
            assert!(negative("power.active"), "{}", profile.reference());
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}
