//! Readings that tests make up, in the place of the gateway. What a test does not set is not there.
//!
//! Not the real gateway: months of readings of a formula would have to be written first, and a store that fails, a clock
//! that is ahead or a sweep at a given moment could not be had at all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use devices::{DeviceId, Provenance, Quality, Reading, SeriesId, Window};
use futures_util::stream::{self, BoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use portal::field::{CollectorGrant, Contact, Field, FieldError, Live, Refused, Silent};
use uplink::{Networks, NotRead, NotReadCause, Report};

use crate::laboratory::now;

type OfDevice = dyn Fn(&DeviceId) -> Result<Vec<Reading>, FieldError> + Send + Sync;
type Range = dyn Fn(&SeriesId, Window, usize) -> Vec<Reading> + Send + Sync;
type Listen = dyn Fn() -> BoxStream<'static, Live> + Send + Sync;

pub struct Simulated {
    latest: Box<OfDevice>,
    before: Box<OfDevice>,
    range: Box<Range>,
    live: Box<Listen>,
    provenance: Option<Provenance>,
    contacts: BTreeMap<String, Contact>,
}

impl Simulated {
    /// Nothing was ever read.
    pub fn silent() -> Self {
        Self {
            latest: Box::new(|_| Ok(Vec::new())),
            before: Box::new(|_| Ok(Vec::new())),
            range: Box::new(|_, _, _| Vec::new()),
            live: Box::new(|| stream::empty().boxed()),
            provenance: None,
            contacts: BTreeMap::new(),
        }
    }

    /// A reading at the begin of whatever window is asked for and then one each `period`; `value` knows the series, the
    /// number of the reading and its time.
    pub fn every(
        period: SignedDuration,
        value: impl Fn(&SeriesId, i32, Timestamp) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::silent().range(move |series, window, limit| {
            let times = (0..).map(|number| (number, window.from + period * number));
            times
                .take_while(|(_, time)| window.contains(*time))
                .take(limit)
                .map(|(number, time)| reading_of(series, time, &value(series, number, time)))
                .collect()
        })
    }

    /// 220.10 once an hour and just now, whatever is asked; `c-1` was heard of a minute ago and holds some readings back.
    pub fn hourly() -> Self {
        let value = |series: &SeriesId| reading_of(series, now(), "220.10");
        let voltage = move |device: &DeviceId| {
            let series = SeriesId::new(device.clone(), "voltage.a".parse().unwrap());
            Ok(vec![value(&series)])
        };
        let mut field = Self::every(SignedDuration::from_hours(1), |_, _, _| "220.10".to_owned())
            .latest(voltage)
            .before(voltage)
            .live(move || {
                let heard =
                    ["m-01/voltage.a", "m-99/voltage.a"].map(|series| value(&series.parse().unwrap()));
                stream::iter([Live::Sweep(Arc::new(heard.to_vec())), Live::Lagged(3)]).boxed()
            });
        field.provenance = Some(Provenance {
            raw: "55FA".to_owned(),
            profile: "dtz341@1".to_owned(),
        });
        field.contacts.insert("c-1".to_owned(), contact());
        field
    }

    pub fn latest(
        mut self,
        latest: impl Fn(&DeviceId) -> Result<Vec<Reading>, FieldError> + Send + Sync + 'static,
    ) -> Self {
        self.latest = Box::new(latest);
        self
    }

    /// The last values before a failure.
    pub fn before(
        mut self,
        before: impl Fn(&DeviceId) -> Result<Vec<Reading>, FieldError> + Send + Sync + 'static,
    ) -> Self {
        self.before = Box::new(before);
        self
    }

    pub fn range(
        mut self,
        range: impl Fn(&SeriesId, Window, usize) -> Vec<Reading> + Send + Sync + 'static,
    ) -> Self {
        self.range = Box::new(range);
        self
    }

    pub fn live(mut self, live: impl Fn() -> BoxStream<'static, Live> + Send + Sync + 'static) -> Self {
        self.live = Box::new(live);
        self
    }
}

/// A collector that does not read one device, and connects to private addresses only.
fn contact() -> Contact {
    let not_read = NotRead {
        device: "m-07".to_owned(),
        cause: NotReadCause::NotUnderstood,
        detail: "unknown variant".to_owned(),
    };
    Contact {
        last_seen: now() - SignedDuration::from_mins(1),
        spooled: Some(7),
        lost: Some(0),
        refused: vec![Refused {
            reason: "time-ahead".to_owned(),
            readings: 12,
            device: "m-01".to_owned(),
        }],
        report: Some(Report::new(3, vec![not_read], Networks::default())),
    }
}

pub fn reading_of(series: &SeriesId, nominal: Timestamp, value: &str) -> Reading {
    Reading {
        series: series.clone(),
        nominal,
        taken: nominal,
        value: Some(value.parse().unwrap()),
        quality: Quality::Good,
    }
}

#[async_trait]
impl Field for Simulated {
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, FieldError> {
        (self.latest)(device)
    }

    async fn values_before(&self, device: &DeviceId, _: Timestamp) -> Result<Vec<Reading>, FieldError> {
        (self.before)(device)
    }

    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, FieldError> {
        Ok((self.range)(series, window, limit))
    }

    async fn provenance(&self, _: &SeriesId, _: Timestamp) -> Result<Option<Provenance>, FieldError> {
        Ok(self.provenance.clone())
    }

    fn live(&self) -> BoxStream<'static, Live> {
        (self.live)()
    }

    async fn probe(
        &self,
        _: &str,
        _: &str,
        _: uplink::Access,
        _: Duration,
    ) -> Result<uplink::ProbeAnswer, Silent> {
        Err(Silent("nothing within 15 s".to_owned()))
    }

    fn contacts(&self) -> BTreeMap<String, Contact> {
        self.contacts.clone()
    }

    fn admit(&self, _: Vec<CollectorGrant>) {}
}
