//! 1,000 instruments × 24 h of minute readings, verified in one run: CPU seconds and peak memory.

use devices::{Quality, Window};
use jiff::{SignedDuration, Timestamp};
use numbers::number::Exact;
use verification::conclusion::Verdict;
use verification::evidence::{Certificate, Evidence, FORMAT, Instrument, Role, Sample, Series, Value};
use verification::judge;
use verification::procedure::{Procedure, SHIPPED};
use verification::recheck::judge_texts;

const INSTRUMENTS: i64 = 1_000;

/// CPU seconds of this thread; the machine may be shared.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a time for people")]
    let seconds = nanoseconds as f64 / 1e9;
    seconds
}

fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM"));
    line.map_or_else(
        || "?".to_owned(),
        |l| l.trim_start_matches("VmHWM:").trim().to_owned(),
    )
}

fn values(list: &[(&str, &str, &str)]) -> std::collections::BTreeMap<String, Value> {
    let value = |v: &str, unit: &str| Value {
        value: v.parse().unwrap(),
        unit: unit.to_owned(),
    };
    list.iter()
        .map(|(name, v, unit)| ((*name).to_owned(), value(v, unit)))
        .collect()
}

fn evidence(water: bool, index: i64) -> Evidence {
    let from: Timestamp = "2026-03-01T16:00:00Z".parse().unwrap();
    let hours = if water { 48 } else { 24 };
    let series = |of: Role, unit: &str, step: &str, value: &dyn Fn(i64) -> Exact, late: i64| Series {
        of,
        point: "p".to_owned(),
        unit: unit.to_owned(),
        resolution: Some(step.parse().unwrap()),
        modulus: None,
        largest_step: None,
        negative: None,
        readings: (0..=hours * 60)
            .map(|minute| Sample {
                nominal: from + SignedDuration::from_mins(minute),
                taken: from + SignedDuration::from_millis(minute * 60_000 + late),
                value: Some(value(minute)),
                quality: Quality::Good,
            })
            .collect(),
    };
    let instrument = |class: Option<&str>, list: &[(&str, &str, &str)]| Instrument {
        accuracy_class: class.map(str::to_owned),
        values: values(list),
        ..Instrument::default()
    };
    let level = move |minute: i64| 10_000 + 140_000 * ((minute / 180 + index) % 8) / 8;
    let noise = move |minute: i64| (minute * 7_919 + index * 104_729) % 41 - 20;
    let litres = move |minute: i64| 123_456 + index + 150 * minute;
    let series = if water {
        [
            (
                "V".to_owned(),
                series(
                    Role::Subject,
                    "m³",
                    "0.001",
                    &|m| Exact::new(litres(m) * 1_005 / 1_000, -3),
                    300,
                ),
            ),
            (
                "V0".to_owned(),
                series(
                    Role::Reference,
                    "m³",
                    "0.0001",
                    &|m| Exact::new(litres(m) * 10, -4),
                    100,
                ),
            ),
            (
                "t".to_owned(),
                series(Role::Reference, "℃", "0.1", &|_| Exact::new(184, -1), 100),
            ),
        ]
        .into()
    } else {
        [
            (
                "p".to_owned(),
                series(
                    Role::Subject,
                    "kPa",
                    "0.1",
                    &|m| Exact::new(level(m) + 200 + noise(m), -2),
                    150,
                ),
            ),
            (
                "p0".to_owned(),
                series(Role::Reference, "kPa", "0.01", &|m| Exact::new(level(m), -2), 80),
            ),
        ]
        .into()
    };
    Evidence {
        format: FORMAT,
        window: Window::new(from, from + SignedDuration::from_hours(hours)).unwrap(),
        period_seconds: 60,
        subject: if water {
            instrument(
                Some("2"),
                &[
                    ("Q1", "0.1", "m³/h"),
                    ("Q2", "0.16", "m³/h"),
                    ("Q4", "20", "m³/h"),
                ],
            )
        } else {
            instrument(Some("0.5"), &[("FS", "1600", "kPa")])
        },
        reference: instrument(None, &[]),
        certificate: Some(Certificate {
            number: "C".to_owned(),
            issued_by: String::new(),
            valid_from: None,
            valid_to: "2027-01-09".parse().unwrap(),
            values: if water {
                values(&[("U_ref", "0.3", "%")])
            } else {
                values(&[("U_ref", "0.4", "kPa")])
            },
            configuration_at_calibration: String::new(),
            configuration_now: String::new(),
        }),
        series,
        check: None,
    }
    .checked()
    .unwrap()
}

fn main() {
    for (id, water, what) in [
        ("digital-pressure-gauge-online", false, "24 h, 2 series"),
        ("water-meter-online", true, "48 h, 3 series, registers"),
    ] {
        let (_, text) = SHIPPED.iter().find(|(name, _)| *name == id).unwrap();
        let procedure = Procedure::parse(text).unwrap();
        let (mut judging, mut whole, mut readings, mut conform) = (0.0, 0.0, 0, 0);
        for index in 0..INSTRUMENTS {
            let evidence = evidence(water, index);
            readings += evidence.series.values().map(|s| s.readings.len()).sum::<usize>();
            let start = cpu();
            let conclusion = judge(&procedure, &evidence);
            judging += cpu() - start;
            conform += i32::from(conclusion.verdict == Verdict::Conforms);
            if index % 20 == 0 {
                let bytes = evidence.canonical();
                let start = cpu();
                let (again, _) = judge_texts(text, &bytes).unwrap();
                whole += 20.0 * (cpu() - start);
                assert!(again == conclusion);
            }
        }
        println!(
            "{id:<32} {what:<26} {INSTRUMENTS} instruments, {readings} readings: {judging:>6.2} s judging, {whole:>6.2} s from JSON text, {conform} conform, peak {}",
            peak_memory()
        );
    }
}
