//! Made evidence: four steps of six hours, a reading per minute.

use std::collections::BTreeMap;

use devices::{Quality, Window};
use jiff::{SignedDuration, Timestamp};

use numbers::number::Exact;

use crate::evidence::{Certificate, Evidence, FORMAT, Instrument, Role, Sample, Series, Value};
use crate::procedure::{Procedure, SHIPPED};

pub(super) fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

pub(super) fn shipped(id: &str) -> Procedure {
    let (_, text) = SHIPPED.iter().find(|(name, _)| *name == id).unwrap();
    Procedure::parse(text).unwrap()
}

pub(super) fn leak<const N: usize>(levels: [&'static str; N]) -> &'static [&'static str] {
    Box::leak(Box::new(levels))
}

/// Indications of two instruments, the subject `error` above the reference.
pub(super) struct Gauge {
    pub(super) symbols: (&'static str, &'static str, &'static str),
    pub(super) levels: &'static [&'static str],
    pub(super) error: &'static str,
    pub(super) u_ref: &'static str,
    pub(super) class: &'static str,
}

impl Default for Gauge {
    fn default() -> Self {
        Self {
            symbols: ("p", "p0", "kPa"),
            levels: &["400.00", "800.00", "1200.00", "100.00"],
            error: "0.00",
            u_ref: "0.4",
            class: "0.5",
        }
    }
}

pub(super) fn start() -> Timestamp {
    "2026-03-01T16:00:00Z".parse().unwrap()
}

pub(super) fn sample(minute: usize, value: Exact, late: i64) -> Sample {
    let nominal = start() + SignedDuration::from_mins(i64::try_from(minute).unwrap());
    Sample {
        nominal,
        taken: nominal + SignedDuration::from_millis(late),
        value: Some(value),
        quality: Quality::Good,
    }
}

pub(super) fn instrument(device: &str, class: Option<&str>, values: &[(&str, &str, &str)]) -> Instrument {
    Instrument {
        device: device.to_owned(),
        name: device.to_owned(),
        manufacturer: "示例仪表".to_owned(),
        model: "x".to_owned(),
        serial: format!("S-{device}"),
        accuracy_class: class.map(str::to_owned),
        values: map(values),
        ..Instrument::default()
    }
}

pub(super) fn map(values: &[(&str, &str, &str)]) -> BTreeMap<String, Value> {
    let value = |v: &str, u: &str| Value {
        value: exact(v),
        unit: u.to_owned(),
    };
    values
        .iter()
        .map(|(n, v, u)| ((*n).to_owned(), value(v, u)))
        .collect()
}

pub(super) fn certificate(values: &[(&str, &str, &str)]) -> Certificate {
    Certificate {
        number: "C-1".to_owned(),
        issued_by: "示例省计量科学研究院".to_owned(),
        valid_from: Some("2026-01-10".parse().unwrap()),
        valid_to: "2027-01-09".parse().unwrap(),
        values: map(values),
        configuration_at_calibration: "c".to_owned(),
        configuration_now: "c".to_owned(),
    }
}

pub(super) fn series(of: Role, unit: &str, resolution: Option<&str>, readings: Vec<Sample>) -> Series {
    Series {
        of,
        point: "point".to_owned(),
        unit: unit.to_owned(),
        resolution: resolution.map(exact),
        modulus: None,
        largest_step: None,
        negative: None,
        readings,
    }
}

pub(super) fn indications(gauge: Gauge) -> Evidence {
    let (subject, reference, unit) = gauge.symbols;
    let level = |minute: usize| exact(gauge.levels[minute * gauge.levels.len() / 1440]);
    let error = exact(gauge.error);
    let of = |late: i64, add: &Exact| (0..1440).map(|m| sample(m, &level(m) + add, late)).collect();
    Evidence {
        format: FORMAT,
        window: Window::new(start(), start() + SignedDuration::from_hours(24)).unwrap(),
        period_seconds: 60,
        subject: instrument("p-1", Some(gauge.class), &[("FS", "1600", "kPa")]),
        reference: instrument("ref-1", None, &[]),
        certificate: Some(certificate(&[("U_ref", gauge.u_ref, unit)])),
        series: [
            (
                subject.to_owned(),
                series(Role::Subject, unit, Some("0.1"), of(150, &error)),
            ),
            (
                reference.to_owned(),
                series(Role::Reference, unit, Some("0.01"), of(80, &Exact::zero())),
            ),
        ]
        .into(),
        check: None,
    }
    .checked()
    .unwrap()
}
