//! A factory load as evidence: integers only, reproducible.

use devices::{Connection, Quality, Window};
use jiff::{SignedDuration, Timestamp};

use crate::evidence::{
    Certificate, Evidence, Load, LoadSeries, LoadSource, Meter, Multiplier, PowerFactorSign, Register, Sample,
};
use crate::verdict::Kind;
use numbers::number::Exact;

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
        let load = |point: &str, readings: &[Sample]| LoadSeries {
            point: point.to_owned(),
            unit: if point == "power.factor" { "1" } else { "A" }.to_owned(),
            readings: readings.to_vec(),
        };
        let reference = meter("ref-1", "0.0001", "100000000.0000", reference);
        let digest = reference.configuration_sha256();
        Evidence {
            format: 1,
            kind: Kind::OnlineVerification,
            window: Window::new(from, to).unwrap(),
            period_seconds: 900,
            subject: meter("m-03", "0.001", "1000000.000", subject),
            reference,
            certificate: Some(Certificate {
                number: "DLbz2026-00123".to_owned(),
                issued_by: "示例省计量科学研究院".to_owned(),
                valid_from: Some("2026-01-10".parse().unwrap()),
                valid_to: "2027-01-09".parse().unwrap(),
                u95_percent: exact("0.02"),
                configuration_at_calibration: digest.clone(),
                configuration_now: digest,
            }),
            load: Load {
                source: LoadSource::Subject,
                currents: ["current.a", "current.b", "current.c"]
                    .iter()
                    .map(|point| load(point, &current))
                    .collect(),
                power_factor: load("power.factor", &factor),
                power_factor_sign: PowerFactorSign::NegativeIsCapacitive,
            },
        }
        .checked()
        .unwrap()
    }
}

fn meter(device: &str, resolution: &str, modulus: &str, readings: Vec<Sample>) -> Meter {
    let standard = device == "ref-1";
    Meter {
        device: device.to_owned(),
        name: if standard {
            "标准电能表"
        } else {
            "窑炉电能表"
        }
        .to_owned(),
        manufacturer: if standard { "示例标准" } else { "示例仪表" }.to_owned(),
        model: if standard { "ref3000" } else { "dtz341" }.to_owned(),
        serial: if standard {
            "REF3000-0007"
        } else {
            "DTZ341-2600103"
        }
        .to_owned(),
        accuracy_class: Some(if standard { "0.05" } else { "0.5S" }.to_owned()),
        connection: Some(Connection::Transformer),
        basic_current: Some(exact(if standard { "5" } else { "1.5" })),
        maximum_current: Some(exact(if standard { "100" } else { "6" })),
        reference_voltage: Some(exact("220")),
        phases: 3,
        multiplier: Multiplier {
            current_ratio: exact("20"),
            voltage_ratio: exact("1"),
            registers_are_primary: false,
        },
        register: Register {
            point: "energy.active.import".to_owned(),
            unit: "kWh".to_owned(),
            resolution: exact(resolution),
            modulus: Some(exact(modulus)),
            readings,
        },
    }
}
