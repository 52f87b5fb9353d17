//! Runs of shipped procedures over made evidence, and what is refused.

mod energy;
mod gates;
mod refused;
mod registers;
mod site;

use devices::{Doubt, Failure, Quality};
use jiff::SignedDuration;

use crate::conclusion::{Code, Conclusion, PointLine, RuleStatus, Verdict};
use crate::evidence::{Evidence, Role, Value};
use crate::procedure::{Procedure, SHIPPED};
use crate::recheck::{Bundle, recheck};
use crate::requirement::Plan;
use crate::{judge, requirement};
use site::{exact, indications, shipped};

fn codes(conclusion: &Conclusion) -> Vec<Code> {
    conclusion.reasons.iter().map(|r| r.code).collect()
}

fn excluded(conclusion: &Conclusion, code: Code) -> u32 {
    let lines = conclusion.excluded.iter().filter(|e| e.reason.code == code);
    lines.map(|e| e.slots).sum()
}

fn point<'a>(conclusion: &'a Conclusion, bin: &str) -> &'a PointLine {
    let points = &conclusion.comparison().unwrap().points;
    points.iter().find(|p| p.bin == bin).unwrap()
}

/// Every count adds up, nothing moves the due date, and a recheck agrees.
fn judged(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    let conclusion = judge(procedure, evidence);
    let counts = &conclusion.slots;
    assert_eq!(counts.used + counts.excluded, counts.expected);
    let listed: u32 = conclusion.excluded.iter().map(|e| e.slots).sum();
    assert_eq!(listed, counts.excluded);
    assert!(!conclusion.moves_traceability);
    assert!(conclusion.verdict != Verdict::Inconclusive || !conclusion.reasons.is_empty());
    let bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion: conclusion.clone(),
        evidence: evidence.canonical(),
        procedure: procedure.text().to_owned(),
        record: None,
    };
    let again = recheck(&bundle).unwrap();
    assert!(again.agrees, "{:?}", again.differences);
    assert_eq!(Conclusion::parse(&conclusion.to_json()).unwrap(), conclusion);
    conclusion
}

#[test]
fn every_shipped_procedure_loads_as_a_draft() {
    for (id, text) in SHIPPED {
        let procedure = Procedure::parse(text).unwrap_or_else(|e| panic!("{id}: {e}"));
        assert_eq!(procedure.id(), *id);
        assert_eq!(procedure.basis().status, RuleStatus::Draft);
    }
    assert_eq!(SHIPPED.len(), 11);
}

/// A gauge of 1600 kPa, class 0.5 (±8 kPa), four steps of six hours.
fn gauge(error: &'static str) -> Evidence {
    indications(site::Gauge {
        error,
        ..site::Gauge::default()
    })
}

#[test]
fn a_pressure_gauge_by_hand() {
    let procedure = shipped("digital-pressure-gauge-online");
    let good = judged(&procedure, &gauge("3.00"));
    assert_eq!(good.verdict, Verdict::Conforms, "{:?}", good.reasons);
    let at = point(&good, "20-40");
    assert_eq!(
        (at.mean.as_deref(), at.limit.as_deref()),
        (Some("3.000000"), Some("8"))
    );
    assert!(at.mean_is_complete);
    // U² = 4·(0.2² + 0.1²/12 + 0.01²/12): all exact, rounded up to four decimals.
    assert_eq!(at.u95.as_deref(), Some("0.4042"));
    assert_eq!(
        at.decided_by.as_deref(),
        Some("JJF 1094-2002 5.3.1.4 (U95 ≤ MPEV/3)")
    );
    assert_eq!(at.limit_text.as_deref(), Some("±0.5%FS"));
    assert_eq!(at.rounded, None);
    let reading = &at.readings[0];
    assert_eq!(reading.values["p0"], "400.000000");
    let terms: Vec<_> = reading.terms.iter().map(|t| t.contribution.as_str()).collect();
    assert_eq!(terms, ["0.2", "0.0289", "0.00289", "0"]);
    assert_eq!(good.slots.expected, 1440);
    // The first minute of a step has no steady neighbour.
    assert_eq!(excluded(&good, Code::LoadUnsteady), 4);
    let values = &good.comparison().unwrap().values;
    assert!(values.iter().any(|v| v.symbol == "FS" && v.value == "1600"));

    let bad = judged(&procedure, &gauge("8.01"));
    assert_eq!(bad.verdict, Verdict::DoesNotConform);
    assert_eq!(codes(&bad), [Code::PointOutsideLimit; 4]);
    // The edge is inside.
    assert_eq!(judged(&procedure, &gauge("-8.00")).verdict, Verdict::Conforms);
}

#[test]
fn a_guard_band_leaves_it_open() {
    let procedure = shipped("digital-pressure-gauge-online");
    // U = 3.0014: above MPEV/3, so 8 − U passes and 8 + U fails.
    let with = |error: &'static str| {
        let mut evidence = gauge(error);
        let certificate = evidence.certificate.as_mut().unwrap();
        certificate.values.get_mut("U_ref").unwrap().value = exact("3.0");
        judged(&procedure, &evidence)
    };
    assert_eq!(with("4.99").verdict, Verdict::Conforms);
    let open = with("5.00");
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&open), [Code::InsideGuardBand; 4]);
    let at = point(&open, "20-40");
    assert_eq!(at.accepted_to.as_deref(), Some("4.999400"));
    assert_eq!(at.verdict, Some(Verdict::Inconclusive));
    assert_eq!(with("11.01").verdict, Verdict::DoesNotConform);
    // The same figures decided by ratio instead: the readings cannot be used.
    let text = procedure
        .text()
        .replace("\"jjf-1094\"", "\"uncertainty-ratio\"\nratio = 3");
    let gated = Procedure::parse(&text).unwrap();
    let mut evidence = gauge("0.00");
    evidence
        .certificate
        .as_mut()
        .unwrap()
        .values
        .get_mut("U_ref")
        .unwrap()
        .value = exact("3.0");
    let open = judged(&gated, &evidence);
    assert_eq!(open.verdict, Verdict::Inconclusive);
    assert!(
        codes(&open).contains(&Code::UncertaintyTooLarge),
        "{:?}",
        open.reasons
    );
}

#[test]
fn edges_belong_to_the_upper_bin() {
    let procedure = shipped("digital-pressure-gauge-online");
    let mut evidence = gauge("0.00");
    // 640 kPa is 40 % of 1600 kPa, to the digit; a hair less is not.
    let reference = &mut evidence.series.get_mut("p0").unwrap().readings;
    for (index, sample) in reference.iter_mut().enumerate() {
        let value = if index < 720 { "640.00" } else { "639.99" };
        sample.value = Some(exact(value));
    }
    let conclusion = judged(&procedure, &evidence);
    assert_eq!(point(&conclusion, "40-60").slots, 719);
    assert_eq!(point(&conclusion, "20-40").slots, 720);
    let top = &mut evidence.series.get_mut("p0").unwrap().readings;
    top.iter_mut().for_each(|s| s.value = Some(exact("1600")));
    assert_eq!(point(&judged(&procedure, &evidence), "80-100").slots, 1439);
    let over = &mut evidence.series.get_mut("p0").unwrap().readings;
    over.iter_mut()
        .for_each(|s| s.value = Some(exact("1600.0000000001")));
    assert_eq!(excluded(&judged(&procedure, &evidence), Code::OutsideBins), 1439);
}

#[test]
fn missing_late_or_bad_evidence_is_inconclusive_with_its_reason() {
    let procedure = shipped("digital-pressure-gauge-online");
    let with = |change: fn(&mut Evidence)| {
        let mut evidence = gauge("20.00");
        change(&mut evidence);
        let conclusion = judged(&procedure, &evidence);
        assert_eq!(conclusion.verdict, Verdict::Inconclusive);
        conclusion
    };
    let of = |change: fn(&mut Evidence)| codes(&with(change));
    assert!(of(|e| e.certificate = None).starts_with(&[Code::CertificateAbsent]));
    // What is missing is not a zero on the record.
    let recorded = with(|e| e.certificate = None);
    let recorded = &recorded.comparison().unwrap().values;
    assert!(recorded.iter().all(|line| line.symbol != "U_ref"), "{recorded:?}");
    assert_eq!(
        of(|e| e.certificate.as_mut().unwrap().valid_to = "2026-03-01".parse().unwrap()),
        [Code::CertificateExpired]
    );
    assert_eq!(
        of(|e| e.certificate.as_mut().unwrap().valid_from = Some("2026-03-03".parse().unwrap())),
        [Code::CertificateNotYetValid]
    );
    assert_eq!(
        of(|e| e.certificate.as_mut().unwrap().configuration_now.push('x')),
        [Code::ReferenceConfigurationChanged]
    );
    assert_eq!(
        of(|e| e.subject.accuracy_class = Some("7".to_owned())),
        [Code::NoLimitForClass]
    );
    assert_eq!(of(|e| e.subject.accuracy_class = None), [Code::NoLimitForClass]);
    let missing = with(|e| drop(e.series.remove("p0")));
    assert_eq!(
        missing.reasons[0].en,
        "the evidence does not fit the procedure: series p0, is missing"
    );
    let field = with(|e| drop(e.subject.values.remove("FS")));
    assert_eq!(field.reasons[0].parameters["field"], "subject.FS");
    let unit = with(|e| e.series.get_mut("p").unwrap().unit = "V".to_owned());
    assert!(
        unit.reasons[0].en.contains("unit V where kPa is asked for"),
        "{:?}",
        unit.reasons
    );
    let step = with(|e| e.series.get_mut("p").unwrap().resolution = None);
    assert!(step.reasons[0].en.contains("resolution is missing"));
    // Gaps: a fifth of the day, then many short ones.
    let gap = with(|e| drop(e.series.get_mut("p").unwrap().readings.drain(300..600)));
    assert_eq!(codes(&gap), [Code::CoverageTooLow, Code::LargestGapExceeded]);
    assert_eq!(gap.slots.largest_gap_seconds, 302 * 60);
    let bad = with(|e| {
        for sample in e.series.get_mut("p0").unwrap().readings.iter_mut().step_by(4) {
            sample.value = None;
            sample.quality = Quality::Bad(Failure::NoAnswer);
        }
    });
    assert_eq!(codes(&bad), [Code::CoverageTooLow]);
    assert_eq!(excluded(&bad, Code::ReadingNotGood), 360);
    let late = with(|e| {
        for series in e.series.values_mut() {
            for sample in &mut series.readings {
                sample.taken += SignedDuration::from_secs(61);
            }
        }
    });
    assert_eq!(excluded(&late, Code::ReadingLate), 1440);
    let skew = with(|e| {
        for sample in &mut e.series.get_mut("p").unwrap().readings {
            sample.taken += SignedDuration::from_secs(6);
        }
    });
    assert_eq!(excluded(&skew, Code::ClockSkewTooLarge), 1440);
    // Doubted readings do not count.
    let doubted = with(|e| {
        for sample in &mut e.series.get_mut("p").unwrap().readings {
            sample.quality = Quality::Uncertain(Doubt::Stuck);
        }
    });
    assert_eq!(excluded(&doubted, Code::ReadingNotGood), 1440);
    // A nameplate that the bins cannot live with.
    let zero = with(|e| e.subject.values.get_mut("FS").unwrap().value = exact("0"));
    assert!(codes(&zero).contains(&Code::NoBinJudged) || codes(&zero).contains(&Code::CoverageTooLow));
}

#[test]
fn readings_in_another_unit_are_converted() {
    let procedure = shipped("digital-pressure-gauge-online");
    let plain = gauge("3.00");
    let mut mega = plain.clone();
    let series = mega.series.get_mut("p").unwrap();
    series.unit = "MPa".to_owned();
    series.resolution = series.resolution.as_ref().map(|r| r.scaled(-3));
    for sample in &mut series.readings {
        sample.value = sample.value.as_ref().map(|v| v.scaled(-3));
    }
    mega.subject.values.insert(
        "FS".to_owned(),
        Value {
            value: exact("1.6"),
            unit: "MPa".to_owned(),
        },
    );
    let (a, b) = (judged(&procedure, &plain), judged(&procedure, &mega));
    let points = |c: &Conclusion| c.comparison().unwrap().points.clone();
    assert_eq!(points(&a), points(&b));
}

#[test]
fn calibration_specifications_give_no_verdict() {
    let procedure = shipped("thermo-hygrometer-temperature-online");
    let mut evidence = indications(site::Gauge {
        symbols: ("t", "t0", "℃"),
        levels: &["15.00", "20.00", "30.00", "20.00"],
        error: "0.31",
        u_ref: "0.06",
        ..site::Gauge::default()
    });
    evidence.reference.values.insert(
        "Δ_field".to_owned(),
        Value {
            value: exact("0.2"),
            unit: "℃".to_owned(),
        },
    );
    let conclusion = judged(&procedure, &evidence);
    assert_eq!(conclusion.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&conclusion), [Code::NoVerdictByDocument]);
    let at = point(&conclusion, "30");
    assert_eq!((at.verdict, at.mean.as_deref()), (None, Some("0.310000")));
    // 2·√(0.03² + 0.2²/3 + 0.1²/12 + 0.01²/12) = 0.2458
    assert_eq!(at.u95.as_deref(), Some("0.25"));
    assert!(conclusion.basis.statement.zh.contains("不作符合性判定"));
}

#[test]
fn a_platinum_sensor_by_its_resistance() {
    let procedure = shipped("platinum-rtd-resistance-online");
    // R(100 ℃) = 138.5055 Ω, R(−50 ℃) = 80.306282 Ω by IEC 60751.
    let of = |t0: &'static str, r: &str| {
        let mut evidence = indications(site::Gauge {
            symbols: ("R", "t0", "℃"),
            levels: site::leak([t0; 4]),
            error: "0.00",
            u_ref: "0.04",
            class: "A",
        });
        let series = evidence.series.get_mut("R").unwrap();
        series.unit = "Ω".to_owned();
        series.resolution = Some(exact("0.001"));
        series.readings.iter_mut().for_each(|s| s.value = Some(exact(r)));
        for (owner, name, value, unit) in [
            (0, "R0", "100", "Ω"),
            (1, "Δ_field", "0.02", "℃"),
            (2, "U_R", "0.004", "Ω"),
        ] {
            let value = Value {
                value: exact(value),
                unit: unit.to_owned(),
            };
            let values = match owner {
                0 => &mut evidence.subject.values,
                1 => &mut evidence.reference.values,
                _ => &mut evidence.certificate.as_mut().unwrap().values,
            };
            values.insert(name.to_owned(), value);
        }
        judged(&procedure, &evidence)
    };
    let hot = of("100", "138.5055");
    assert_eq!(hot.verdict, Verdict::Conforms, "{:?}", hot.reasons);
    let at = point(&hot, "50-150");
    assert_eq!(
        (at.mean.as_deref(), at.limit.as_deref()),
        (Some("0.000000"), Some("0.35"))
    );
    let cold = of("-50", "80.306282");
    let mean = point(&cold, "below-0").mean.clone().unwrap();
    assert!(mean.trim_start_matches('-').starts_with("0.00000"), "{mean}");
    assert_eq!(point(&cold, "below-0").limit.as_deref(), Some("0.25"));
    // 0.14 Ω too much is 0.369 ℃, beyond class A at 100 ℃.
    assert_eq!(of("100", "138.6455").verdict, Verdict::DoesNotConform);
}

#[test]
fn a_transmitter_and_a_chain() {
    let procedure = shipped("platinum-rtd-chain-online");
    let mut evidence = indications(site::Gauge {
        symbols: ("t", "t0", "℃"),
        levels: &["80.00", "20.00", "120.00", "-20.00"],
        error: "0.20",
        u_ref: "0.04",
        class: "A",
    });
    let place = Value {
        value: exact("0.02"),
        unit: "℃".to_owned(),
    };
    evidence.reference.values.insert("Δ_field".to_owned(), place);
    let chain = judged(&procedure, &evidence);
    // ±(0.15 + 0.002·20) = 0.19 at 20 ℃ and −20 ℃, 0.31 at 80 ℃.
    assert_eq!(point(&chain, "0-50").limit.as_deref(), Some("0.19"));
    assert_eq!(point(&chain, "50-150").verdict, Some(Verdict::Conforms));
    assert_ne!(point(&chain, "0-50").verdict, Some(Verdict::Conforms));
}

#[test]
fn readings_in_any_order_give_the_same_bytes() {
    let evidence = gauge("3.00");
    let mut turned = evidence.clone();
    turned.series.get_mut("p").unwrap().readings.reverse();
    assert_eq!(turned.checked().unwrap().canonical(), evidence.canonical());
    let mut twice = evidence.clone();
    let again = twice.series["p0"].readings[7].clone();
    twice.series.get_mut("p0").unwrap().readings.push(again);
    let refused = twice.checked().unwrap_err().to_string();
    assert!(refused.contains("series p0: two readings of"), "{refused}");
    let text = evidence
        .canonical()
        .replacen("\"value\":\"1600\"", "\"value\":1600", 1);
    assert!(Evidence::parse(&text).unwrap_err().to_string().contains("column"));
}

#[test]
fn a_requirement_names_everything() {
    let procedure = shipped("water-meter-online");
    let evidence = gauge("0");
    let plan = Plan {
        window: evidence.window,
        period_seconds: 60,
    };
    let need = requirement(&procedure, &plan).unwrap();
    let series: Vec<_> = need
        .series
        .iter()
        .map(|s| (s.symbol.as_str(), s.unit.as_deref().unwrap(), s.register))
        .collect();
    assert_eq!(series, [("V", "m³", true), ("V0", "m³", true), ("t", "℃", false)]);
    assert!(need.series[0].resolution && !need.series[2].resolution);
    assert_eq!(need.series[0].least_samples, 1152);
    let values: Vec<_> = need.values.iter().map(|v| (v.symbol.as_str(), v.of)).collect();
    assert_eq!(values[3], ("U_ref", Role::Certificate));
    assert_eq!(need.classes, ["1", "2"]);
    assert!(need.fetch.to > need.window.to && need.needs_certificate);
    let never = Plan {
        period_seconds: 0,
        ..plan
    };
    assert!(requirement(&procedure, &never).is_none());
}
