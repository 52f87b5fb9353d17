//! Water and gas meters against an upstream reference.

use devices::Window;
use jiff::SignedDuration;

use super::site::{certificate, instrument, sample, series, start};
use super::*;
use crate::evidence::FORMAT;
use numbers::number::Exact;

/// Flow in L/min by minute of the day; the subject counts `error_e4`·10⁻⁴ % too much.
pub(super) fn water(days: usize, error_e4: i64, flow: fn(usize) -> i64) -> Evidence {
    let minutes = days * 1440;
    let (mut litres, mut subject, mut reference, mut warmth) = (123_456_i64, vec![], vec![], vec![]);
    for minute in 0..=minutes {
        let counted = litres * 1_000_000 + litres * error_e4;
        subject.push(sample(minute, Exact::new(counted / 1_000_000, -3), 300));
        reference.push(sample(minute, Exact::new(litres * 10, -4), 100));
        warmth.push(sample(minute, Exact::new(184, -1), 100));
        litres += flow(minute % 1440);
    }
    Evidence {
        format: FORMAT,
        window: Window::new(
            start(),
            start() + SignedDuration::from_hours(24 * i64::try_from(days).unwrap()),
        )
        .unwrap(),
        period_seconds: 60,
        subject: instrument(
            "w-1",
            Some("2"),
            &[
                ("Q1", "0.1", "m³/h"),
                ("Q2", "0.16", "m³/h"),
                ("Q4", "20", "m³/h"),
            ],
        ),
        reference: instrument("w-0", None, &[]),
        certificate: Some(certificate(&[("U_ref", "0.3", "%")])),
        series: [
            (
                "V".to_owned(),
                series(Role::Subject, "m³", Some("0.001"), subject),
            ),
            (
                "V0".to_owned(),
                series(Role::Reference, "m³", Some("0.0001"), reference),
            ),
            ("t".to_owned(), series(Role::Reference, "℃", None, warmth)),
        ]
        .into(),
        check: None,
    }
    .checked()
    .unwrap()
}

pub(super) fn by_day(minute: usize) -> i64 {
    match minute {
        0..=719 => 200,
        720..=1079 => 100,
        _ => 0,
    }
}

#[test]
fn a_water_meter_by_hand() {
    let procedure = shipped("water-meter-online");
    let good = judged(&procedure, &water(2, 10_000, by_day));
    assert_eq!(good.verdict, Verdict::Conforms, "{:?}", good.reasons);
    let at = point(&good, "Q2-Q4");
    assert_eq!((at.limit.as_deref(), at.readings_used), (Some("4"), 2));
    // 720 min at 200 L and 360 min at 100 L: 180 m³ a day.
    assert_eq!(at.readings[0].values["V0"], "180.0000");
    assert!(at.mean.as_ref().unwrap().starts_with("1.00"), "{:?}", at.mean);
    // U² = 0.3² + 4·10⁴·((0.001² + 0.0001²)/6 + 2·(0.2·0.2/60)²/3)/180², one run, 0.2 s apart:
    // the ends lie at flows of 200 and 100 L/min, so slightly less.
    assert_eq!(at.u95.as_deref(), Some("0.301"));
    // Standing water is counted, not judged.
    assert_eq!(excluded(&good, Code::OutsideBins), 2 * 360);
    assert_eq!(
        judged(&procedure, &water(2, 41_000, by_day)).codes_first(),
        Some(Code::NearLimitMoreReadings)
    );
    let bad = judged(&procedure, &water(3, 41_000, by_day));
    assert_eq!(bad.verdict, Verdict::DoesNotConform, "{:?}", bad.reasons);
}

trait FirstCode {
    fn codes_first(&self) -> Option<Code>;
}
impl FirstCode for Conclusion {
    fn codes_first(&self) -> Option<Code> {
        self.reasons.first().map(|r| r.code)
    }
}

#[test]
fn a_register_that_resolves_nothing_cannot_judge() {
    let procedure = shipped("water-meter-online");
    let mut evidence = water(2, 0, by_day);
    evidence.series.get_mut("V").unwrap().resolution = Some(exact("10"));
    let open = judged(&procedure, &evidence);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert!(codes(&open).contains(&Code::UncertaintyTooLarge));
}

#[test]
fn rollover_reset_and_gap() {
    let procedure = shipped("water-meter-online");
    let plain = water(2, 10_000, by_day);
    let means = |c: &Conclusion| point(c, "Q2-Q4").mean_fraction.clone();
    let before = judged(&procedure, &plain);

    let mut rolled = plain.clone();
    let series = rolled.series.get_mut("V").unwrap();
    let modulus = exact("200");
    for sample in &mut series.readings {
        let value = sample.value.clone().unwrap();
        let over = if value >= exact("400") {
            exact("400")
        } else if value >= modulus {
            modulus.clone()
        } else {
            exact("0")
        };
        sample.value = Some(&value - &over);
    }
    // Without a plausible step a rollover looks like a reset.
    series.modulus = Some(modulus);
    let doubtful = judged(&procedure, &rolled);
    assert_eq!(excluded(&doubtful, Code::EpochChanged), 2);
    rolled.series.get_mut("V").unwrap().largest_step = Some(exact("0.5"));
    assert_eq!(means(&judged(&procedure, &rolled)), means(&before));

    let mut jump = plain.clone();
    jump.series.get_mut("V0").unwrap().largest_step = Some(exact("0.5"));
    for sample in jump.series.get_mut("V0").unwrap().readings.iter_mut().skip(500) {
        sample.value = sample.value.as_ref().map(|v| v + &exact("50"));
    }
    assert_eq!(excluded(&judged(&procedure, &jump), Code::ImplausibleStep), 1);

    let mut hole = plain;
    hole.series.get_mut("V").unwrap().readings.drain(100..102);
    let found = judged(&procedure, &hole);
    assert_eq!(excluded(&found, Code::ReadingMissing), 3);
    assert_eq!(found.slots.largest_gap_seconds, 180);
    assert_eq!(found.verdict, Verdict::Conforms);
}

#[test]
fn no_flow_at_all() {
    let procedure = shipped("water-meter-online");
    let still = judged(&procedure, &water(2, 0, |_| 0));
    assert_eq!(still.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&still), [Code::NoBinJudged]);
    // A bin for everything: now the formula divides by zero, and says where.
    let text = procedure.text().replace(
        "when = [{ of = \"q\", unit = \"m³/h\", from = \"Q1\", to = \"Q2\" }]",
        "when = [{ of = \"q\", unit = \"m³/h\", from = \"0\", to = \"Q2\" }]",
    );
    let wide = Procedure::parse(&text).unwrap();
    let still = judged(&wide, &water(2, 0, |_| 0));
    let reason = point(&still, "Q1-Q2").reasons[0].clone();
    assert_eq!(reason.code, Code::NoValue);
    assert!(
        reason.en.contains("line 1 column 9: division by zero"),
        "{}",
        reason.en
    );
}
