//! A factory load as evidence: integers only, reproducible.

use std::collections::BTreeMap;

use devices::{Connection, Quality, Window};
use jiff::{SignedDuration, Timestamp};
use numbers::number::Exact;

use crate::evidence::{
    Certificate, Evidence, FORMAT, Instrument, Multiplier, Negative, Role, Sample, Series, Value,
};

pub(super) fn exact(text: &str) -> Exact {
    text.parse().unwrap()
}

pub(super) struct Site {
    pub(super) days: i64,
    /// Error of the subject in units of 0.0001 %.
    pub(super) error_e4: i128,
    /// (current in mA, cosφ in ‰) by hour of the day in UTC.
    pub(super) load: fn(i64) -> (i128, i128),
}

impl Site {
    pub(super) fn factory(error_e4: i128) -> Self {
        Self {
            days: 7,
            error_e4,
            load: |hour| match hour {
                0..=11 => (3_000 + 20 * i128::from(hour), 980),
                12..=15 => (1_200, 900),
                _ => (60, 970),
            },
        }
    }

    pub(super) fn evidence(&self) -> Evidence {
        let from: Timestamp = "2026-03-01T16:00:00Z".parse().unwrap();
        let to = from + SignedDuration::from_hours(24 * self.days);
        let mut truth: i128 = 1_234_567_890_123;
        let (mut subject, mut reference, mut current, mut factor) = (vec![], vec![], vec![], vec![]);
        for slot in 0..=self.days * 96 {
            let nominal = from + SignedDuration::from_mins(15 * slot);
            let (milliampere, permille) = (self.load)((16 + slot / 4) % 24);
            let register = truth + truth * self.error_e4 / 1_000_000;
            let sample = |value: Exact, late: i64| Sample {
                nominal,
                taken: nominal + SignedDuration::from_millis(late),
                value: Some(value),
                quality: Quality::Good,
            };
            subject.push(sample(Exact::new(register / 1_000_000, -3), 120));
            reference.push(sample(Exact::new(truth / 100_000, -4), 80));
            current.push(sample(Exact::new(milliampere, -3), 120));
            factor.push(sample(Exact::new(permille, -3), 120));
            // 220 V × 3 × I × cosφ × 0.25 h in 10⁻⁹ kWh
            truth += 220 * 3 * milliampere * permille / 4;
        }
        let value = |text: &str, unit: &str| Value {
            value: exact(text),
            unit: unit.to_owned(),
        };
        let mut series = BTreeMap::from([
            (
                "W".to_owned(),
                register(Role::Subject, "0.001", "1000000.000", subject),
            ),
            (
                "W0".to_owned(),
                register(Role::Reference, "0.0001", "100000000.0000", reference),
            ),
            ("cosφ".to_owned(), load("power.factor", "1", factor)),
        ]);
        for (symbol, point) in [("I1", "current.a"), ("I2", "current.b"), ("I3", "current.c")] {
            series.insert(symbol.to_owned(), load(point, "A", current.clone()));
        }
        series.get_mut("cosφ").unwrap().negative = Some(Negative::Capacitive);
        Evidence {
            format: FORMAT,
            window: Window::new(from, to).unwrap(),
            period_seconds: 900,
            subject: Instrument {
                values: BTreeMap::from([
                    ("I_b".to_owned(), value("1.5", "A")),
                    ("I_max".to_owned(), value("6", "A")),
                    ("U_n".to_owned(), value("220", "V")),
                    ("phases".to_owned(), value("3", "1")),
                ]),
                ..meter(
                    "m-03",
                    "窑炉电能表",
                    "示例仪表",
                    "dtz341",
                    "DTZ341-2600103",
                    "0.5S",
                )
            },
            reference: Instrument {
                values: BTreeMap::from([
                    ("I_max0".to_owned(), value("100", "A")),
                    ("U_n0".to_owned(), value("220", "V")),
                    ("phases0".to_owned(), value("3", "1")),
                ]),
                ..meter(
                    "ref-1",
                    "标准电能表",
                    "示例标准",
                    "ref3000",
                    "REF3000-0007",
                    "0.05",
                )
            },
            certificate: Some(Certificate {
                number: "DLbz2026-00123".to_owned(),
                issued_by: "示例省计量科学研究院".to_owned(),
                valid_from: Some("2026-01-10".parse().unwrap()),
                valid_to: "2027-01-09".parse().unwrap(),
                values: BTreeMap::from([("U_ref".to_owned(), value("0.02", "%"))]),
                configuration_at_calibration: "c".to_owned(),
                configuration_now: "c".to_owned(),
            }),
            series,
            check: None,
        }
        .checked()
        .unwrap()
    }
}

/// A series of the load, read from the subject.
fn load(point: &str, unit: &str, readings: Vec<Sample>) -> Series {
    Series {
        of: Role::Subject,
        point: point.to_owned(),
        unit: unit.to_owned(),
        resolution: None,
        modulus: None,
        largest_step: None,
        negative: None,
        readings,
    }
}

fn register(of: Role, resolution: &str, modulus: &str, readings: Vec<Sample>) -> Series {
    Series {
        of,
        resolution: Some(exact(resolution)),
        modulus: Some(exact(modulus)),
        ..load("energy.active.import", "kWh", readings)
    }
}

fn meter(device: &str, name: &str, manufacturer: &str, model: &str, serial: &str, class: &str) -> Instrument {
    Instrument {
        device: device.to_owned(),
        name: name.to_owned(),
        manufacturer: manufacturer.to_owned(),
        model: model.to_owned(),
        serial: serial.to_owned(),
        accuracy_class: Some(class.to_owned()),
        connection: Some(Connection::Transformer),
        multiplier: Some(Multiplier {
            current_ratio: exact("20"),
            voltage_ratio: exact("1"),
            registers_are_primary: false,
        }),
        values: BTreeMap::new(),
    }
}
