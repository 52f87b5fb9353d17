//! Whole runs over a simulated week, and the examples of the regulation.

mod bundle;
mod site;
mod trials;

use devices::{Doubt, Failure, Quality};
use proptest::prelude::*;
use serde::Deserialize;

use super::judge::judge;
use super::*;
use crate::verdict::{BinLine, Code, Verdict};
use site::{Site, exact};

fn procedure() -> Procedure {
    Procedure::energy_meter_online().unwrap()
}

fn run(evidence: &Evidence) -> Conclusion {
    let conclusion = verify(&procedure(), evidence);
    let counts = &conclusion.intervals;
    assert_eq!(counts.used + counts.excluded, counts.expected);
    assert_eq!(
        conclusion.bins.iter().map(|b| b.intervals).sum::<u32>(),
        counts.used
    );
    assert_eq!(
        conclusion.excluded.iter().map(|e| e.intervals).sum::<u32>(),
        counts.excluded
    );
    assert!(!conclusion.moves_traceability);
    conclusion
}

fn bin<'a>(conclusion: &'a Conclusion, name: &str) -> &'a BinLine {
    conclusion.bins.iter().find(|b| b.bin == name).unwrap()
}

fn codes(conclusion: &Conclusion) -> Vec<Code> {
    conclusion.reasons.iter().map(|r| r.code).collect()
}

fn excluded(conclusion: &Conclusion, code: Code) -> u32 {
    let mut lines = conclusion.excluded.iter().filter(|e| e.reason.code == code);
    lines.next().map_or(0, |e| e.intervals)
}

#[derive(Deserialize)]
struct Vectors {
    example: Vec<Example>,
}
#[derive(Deserialize)]
struct Example {
    class: String,
    limit: String,
    interval: String,
    readings: Vec<String>,
    mean: String,
    needs_two_more: bool,
    rounded: String,
    conforms: bool,
}

#[test]
fn examples_of_the_regulation() {
    let text = include_str!("../../../vectors/energy_meter_examples.toml");
    let vectors: Vectors = toml::from_str(text).unwrap();
    assert!(vectors.example.len() >= 11);
    let procedure = procedure();
    for e in vectors.example {
        let interval = procedure.table().interval(&e.class).unwrap();
        assert_eq!(interval.to_string(), e.interval);
        let readings: Vec<_> = e.readings.iter().map(|r| exact(r)).collect();
        let judged = judge(&procedure, &readings, &exact(&e.limit), interval).unwrap();
        let shown = exact(&judged.mean(6).0);
        assert_eq!(shown, exact(&e.mean), "{:?}", e.readings);
        assert_eq!(judged.rounded.to_string(), e.rounded, "{:?}", e.readings);
        assert_eq!(judged.near_limit, e.needs_two_more, "{:?}", e.readings);
        assert_eq!(
            judged.rounded_value == Verdict::Conforms,
            e.conforms,
            "{:?}",
            e.readings
        );
    }
}

#[test]
fn a_good_and_a_planted_meter() {
    let good = run(&Site::factory(-800).evidence());
    assert_eq!(good.verdict, Verdict::Conforms, "{:?}", good.reasons);
    let point = bin(&good, "i0.05-max/1.0");
    assert_eq!(point.rounded_percent.as_deref(), Some("-0.10"));
    assert_eq!((point.limit_percent.as_str(), point.windows_used), ("0.5", 7));
    assert_eq!(bin(&good, "i0.1-max/0.5L-1").limit_percent, "0.6");
    assert_eq!(good.intervals.expected, 672);

    let planted = run(&Site::factory(-18_000).evidence());
    assert_eq!(planted.verdict, Verdict::DoesNotConform);
    assert_eq!(
        bin(&planted, "i0.05-max/1.0").rounded_percent.as_deref(),
        Some("-1.80")
    );
    assert!(codes(&planted).contains(&Code::BinOutsideLimit));
}

#[test]
fn a_window_by_hand() {
    let mut site = Site::factory(2_000);
    site.days = 1;
    site.load = |_| (3_000, 1_000);
    let conclusion = run(&site.evidence());
    // 1.98 kW through 24 h, twenty times: 950.4 kWh primary; steps 0.02 and 0.002 kWh.
    let window = &bin(&conclusion, "i0.05-max/1.0").windows[0];
    assert_eq!(window.reference_energy, "950.4000");
    let (w, w0) = (exact(&window.subject_energy), exact(&window.reference_energy));
    let error = (&w - &w0).scaled(2);
    let shown = exact(window.error_percent.as_ref().unwrap());
    // Cut towards zero after six decimals.
    let below = &shown * &w0;
    assert!(below <= error && error < &(&shown + &exact("0.000001")) * &w0);
    // U² = 0.02² + 4·10⁴·((0.02² + 0.002²)/6 + 2·(9.9·0.14/900)²/3)/950.4² = 0.020076²
    assert_eq!(window.u95_percent.as_deref(), Some("0.0201"));
    assert_eq!(codes(&conclusion)[0], Code::NoBinJudged);
    assert!(codes(&conclusion).contains(&Code::TooFewWindows));
}

/// An operator chose a reference that stands in another circuit: the sums even agree within a percent.
#[test]
fn meters_in_different_circuits_are_not_compared() {
    let mut evidence = Site::factory(-800).evidence();
    let mut elsewhere = Site::factory(0);
    elsewhere.load = |hour| match (hour + 9) % 24 {
        shifted @ 0..=11 => (3_000 + 20 * i128::from(shifted), 980),
        12..=15 => (1_200, 900),
        _ => (60, 970),
    };
    evidence.reference.register.readings = elsewhere.evidence().reference.register.readings;
    let conclusion = run(&evidence);
    assert_eq!(conclusion.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&conclusion)[0], Code::LoadsNotTheSame);

    // A grossly wrong meter in the same circuit keeps its ratio, and is found.
    let gross = run(&Site::factory(-500_000).evidence());
    assert_eq!(gross.verdict, Verdict::DoesNotConform, "{:?}", gross.reasons);
    assert!(!codes(&gross).contains(&Code::LoadsNotTheSame));
}

#[test]
fn near_the_limit_two_more_windows_are_needed() {
    let mut site = Site::factory(4_800);
    site.days = 3;
    site.load = |_| (3_000, 1_000);
    let few = run(&site.evidence());
    assert_eq!(few.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&few), [Code::NearLimitMoreWindows]);
    assert_eq!(few.reasons[0].parameters["missing"], "1");
    site.days = 4;
    let enough = run(&site.evidence());
    assert_eq!(enough.verdict, Verdict::Conforms);
    // Rounded up and down around the limit: both methods, one decides.
    site.error_e4 = 5_200;
    let between = run(&site.evidence());
    let point = bin(&between, "i0.05-max/1.0");
    assert_eq!(point.rounded_percent.as_deref(), Some("0.50"));
    assert_eq!(point.full_value_verdict, Some(Verdict::DoesNotConform));
    assert_eq!(between.verdict, Verdict::Conforms);
}

#[test]
fn the_uncertainty_gate_comes_first() {
    let mut evidence = Site::factory(-18_000).evidence();
    evidence.certificate.as_mut().unwrap().u95_percent = exact("0.5");
    let conclusion = run(&evidence);
    assert_eq!(conclusion.verdict, Verdict::Inconclusive);
    assert!(codes(&conclusion).contains(&Code::UncertaintyTooLarge));
    // A coarse register over a small load resolves nothing.
    let mut evidence = Site::factory(0).evidence();
    evidence.subject.register.resolution = exact("10");
    assert!(codes(&run(&evidence)).contains(&Code::UncertaintyTooLarge));
}

#[test]
fn without_a_sound_reference_nothing_is_judged() {
    let sound = Site::factory(-18_000).evidence();
    let with = |change: fn(&mut Evidence)| {
        let mut evidence = sound.clone();
        change(&mut evidence);
        let conclusion = run(&evidence);
        assert_eq!(conclusion.verdict, Verdict::Inconclusive);
        codes(&conclusion)
    };
    assert_eq!(with(|e| e.certificate = None), [Code::CertificateAbsent]);
    fn certificate(e: &mut Evidence) -> &mut crate::evidence::Certificate {
        e.certificate.as_mut().unwrap()
    }
    let expired = with(|e| certificate(e).valid_to = "2026-03-07".parse().unwrap());
    assert_eq!(expired, [Code::CertificateExpired]);
    // The window ends with 8 March in China: the last valid day may be that day.
    let mut last_day = sound.clone();
    certificate(&mut last_day).valid_to = "2026-03-08".parse().unwrap();
    assert_eq!(run(&last_day).verdict, Verdict::DoesNotConform);
    let early = with(|e| certificate(e).valid_from = Some("2026-03-03".parse().unwrap()));
    assert_eq!(early, [Code::CertificateNotYetValid]);
    let changed = with(|e| certificate(e).configuration_now.push('0'));
    assert_eq!(changed, [Code::ReferenceConfigurationChanged]);
    let class = with(|e| e.subject.accuracy_class = Some("7".to_owned()));
    assert_eq!(class, [Code::NoLimitForClass]);
    assert!(with(|e| e.subject.basic_current = None).contains(&Code::NameplateIncomplete));
}

#[test]
fn gaps_and_coverage() {
    let mut evidence = Site::factory(0).evidence();
    evidence.subject.register.readings.drain(100..117);
    let conclusion = run(&evidence);
    assert_eq!(codes(&conclusion), [Code::LargestGapExceeded]);
    assert_eq!(conclusion.intervals.largest_gap_seconds, 18 * 900);
    assert_eq!(excluded(&conclusion, Code::ReadingMissing), 18);

    let mut evidence = Site::factory(0).evidence();
    for sample in evidence.reference.register.readings.iter_mut().step_by(4) {
        sample.value = None;
        sample.quality = Quality::Bad(Failure::NoAnswer);
    }
    let conclusion = run(&evidence);
    assert_eq!(codes(&conclusion), [Code::CoverageTooLow]);
    assert!(excluded(&conclusion, Code::ReadingNotGood) > 300);
}

#[test]
fn rollover_is_energy_and_reset_is_not() {
    let plain = Site::factory(-800).evidence();
    let mut rolled = plain.clone();
    let modulus = exact("1300.000");
    rolled.subject.register.modulus = Some(modulus.clone());
    for sample in &mut rolled.subject.register.readings {
        let value = sample.value.clone().unwrap();
        if value >= modulus {
            sample.value = Some(&value - &modulus);
        }
    }
    // The registers start at 1234.567 kWh, so that a modulus of 1300 is passed within the week.
    let first = plain.subject.register.readings[0].value.clone().unwrap();
    assert!(first < modulus);
    let a = run(&plain);
    let b = run(&rolled);
    let rollovers: u32 = b
        .bins
        .iter()
        .flat_map(|l| &l.windows)
        .flat_map(|w| &w.runs)
        .map(|r| r.subject_rollovers)
        .sum();
    assert_eq!(rollovers, 1);
    let means = |c: &Conclusion| c.bins.iter().map(|l| l.mean_fraction.clone()).collect::<Vec<_>>();
    assert_eq!(means(&a), means(&b));

    let mut reset = plain.clone();
    for sample in reset.subject.register.readings.iter_mut().skip(300) {
        sample.value = Some(&sample.value.clone().unwrap() - &first);
    }
    reset.subject.register.readings[300].quality = Quality::Uncertain(Doubt::RegisterWentBackwards);
    let conclusion = run(&reset);
    assert_eq!(excluded(&conclusion, Code::EpochChanged), 1);
    assert_eq!(conclusion.verdict, Verdict::Inconclusive);
    assert_eq!(codes(&conclusion), [Code::RegisterReset]);

    let mut jump = plain;
    for sample in jump.reference.register.readings.iter_mut().skip(300) {
        sample.value = Some(&sample.value.clone().unwrap() + &exact("1000"));
    }
    assert_eq!(excluded(&run(&jump), Code::ImplausibleStep), 1);
}

#[test]
fn intervals_outside_every_bin_are_counted() {
    let mut evidence = Site::factory(0).evidence();
    let at = |hour: usize| hour * 4 + 1;
    let set = |series: &mut crate::evidence::LoadSeries, index: usize, value: &str| {
        series.readings[index].value = Some(exact(value));
    };
    let load = &mut evidence.load;
    set(&mut load.power_factor, at(10), "0.300");
    set(&mut load.currents[0], at(12), "9.0");
    set(&mut load.currents[1], at(14), "1.0");
    for current in &mut load.currents {
        set(current, at(16), "0.010");
        set(current, at(18), "6.100");
    }
    load.power_factor.readings.remove(at(20));
    evidence.reference.register.readings[at(22)].taken += jiff::SignedDuration::from_secs(6);
    let conclusion = run(&evidence);
    for code in [
        Code::PowerFactorOutsideBins,
        Code::CurrentBelowTable,
        Code::CurrentAboveMaximum,
        Code::LoadMissing,
        Code::ClockSkewTooLarge,
    ] {
        assert_eq!(excluded(&conclusion, code), 2, "{code:?}");
    }
    assert_eq!(excluded(&conclusion, Code::LoadUnbalanced), 4);
    assert!(excluded(&conclusion, Code::LoadCrossesBins) > 0);
    let reversed = {
        let mut evidence = Site::factory(0).evidence();
        evidence.load.power_factor_sign = crate::evidence::PowerFactorSign::NegativeIsReversed;
        set(&mut evidence.load.power_factor, 5, "-0.980");
        run(&evidence)
    };
    assert_eq!(excluded(&reversed, Code::PowerFactorOutsideBins), 2);
}

/// The procedure as it stood in the first format; stored conclusions carry this text.
const FIRST: &str = include_str!("../../../vectors/energy-meter-online-1.toml");

#[test]
fn the_same_conclusion_as_before() {
    let evidence = Site::factory(-800).evidence();
    let first = Procedure::parse(FIRST).unwrap();
    let conclusion = verify(&first, &evidence);
    let json = conclusion.to_json() + "\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/online_verification.json");
    if std::env::var_os("HENGLIAN_BLESS").is_some() {
        std::fs::write(path, &json).unwrap();
        if let Some(folder) = std::env::var_os("HENGLIAN_EXAMPLES") {
            let folder = std::path::PathBuf::from(folder);
            std::fs::write(folder.join("example-conclusion.json"), &json).unwrap();
            std::fs::write(folder.join("example-evidence.json"), evidence.canonical()).unwrap();
            let planted = verify(&first, &Site::factory(-18_000).evidence());
            std::fs::write(folder.join("example-conclusion-failing.json"), planted.to_json()).unwrap();
        }
    }
    assert!(
        json == std::fs::read_to_string(path).unwrap(),
        "the conclusion changed; set HENGLIAN_BLESS to accept"
    );
    assert_eq!(Conclusion::parse(&json).unwrap(), conclusion);
}

#[test]
fn formula_and_uncertainty_as_data_change_no_digit() {
    let first = Procedure::parse(FIRST).unwrap();
    let now = procedure();
    assert_eq!((first.version(), now.version()), (1, 2));
    let mut sites = vec![
        Site::factory(-800),
        Site::factory(-18_000),
        Site::factory(5_100),
        Site::factory(0),
    ];
    sites[3].load = |hour| (300 + 100 * i128::from(hour), 700 + 13 * i128::from(hour));
    for site in sites {
        let mut evidence = site.evidence();
        for resolution in ["0.001", "0.5"] {
            evidence.subject.register.resolution = exact(resolution);
            let mut changed = verify(&now, &evidence);
            let before = verify(&first, &evidence);
            assert_ne!(changed.procedure_sha256, before.procedure_sha256);
            changed.procedure_sha256.clone_from(&before.procedure_sha256);
            changed.basis.procedure_version = 1;
            // New is only that the budget of every U stands on the record.
            for window in changed.bins.iter_mut().flat_map(|bin| &mut bin.windows) {
                assert_eq!(window.terms.is_empty(), window.u95_percent.is_none());
                window.terms.clear();
            }
            assert!(changed == before, "{}", site.error_e4);
        }
    }
}

#[test]
fn requirement_shrinks_to_the_grid() {
    let window = devices::Window::new(
        "2026-03-01T00:07:00.5Z".parse().unwrap(),
        "2026-03-02T00:16:00Z".parse().unwrap(),
    )
    .unwrap();
    let plan = Plan {
        subject: "m-03".parse().unwrap(),
        reference: "ref-1".parse().unwrap(),
        subject_phases: 3,
        reference_phases: 3,
        load: crate::evidence::LoadSource::Subject,
        window,
        period_seconds: 900,
    };
    let need = requirement(&procedure(), &plan).unwrap();
    assert_eq!(need.window.from.to_string(), "2026-03-01T00:15:00Z");
    assert_eq!(need.window.to.to_string(), "2026-03-02T00:15:00Z");
    assert_eq!(need.fetch.to.to_string(), "2026-03-02T00:30:00Z");
    assert_eq!((need.currents.len(), need.power_factor.least_samples), (3, 77));
    assert!(
        requirement(
            &procedure(),
            &Plan {
                period_seconds: 0,
                ..plan
            }
        )
        .is_none()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn order_of_readings_does_not_matter(seed in 1_u64..u64::MAX) {
        let mut site = Site::factory(-800);
        site.days = 2;
        let evidence = site.evidence();
        let mut shuffled = evidence.clone();
        let mut state = seed;
        let readings = &mut shuffled.subject.register.readings;
        for i in (1..readings.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            readings.swap(i, (state >> 33) as usize % (i + 1));
        }
        prop_assert_eq!(shuffled.checked().unwrap().canonical(), evidence.canonical());
    }

    #[test]
    fn ratios_common_to_both_meters_change_no_error(ratio in 1_i64..5_000, error in -30_000_i128..30_000) {
        let mut site = Site::factory(error);
        site.days = 2;
        let evidence = site.evidence();
        let mut scaled = evidence.clone();
        for meter in [&mut scaled.subject, &mut scaled.reference] {
            meter.multiplier.current_ratio = ratio.into();
        }
        let (a, b) = (run(&evidence), run(&scaled));
        for (a, b) in a.bins.iter().zip(&b.bins) {
            prop_assert_eq!(&a.mean_fraction, &b.mean_fraction);
            prop_assert_eq!(&a.u95_percent, &b.u95_percent);
            prop_assert_eq!(a.verdict, b.verdict);
        }
    }
}
