//! Meters whose mean is good and whose days are not, and sound ones beside them.

use serde::Deserialize;

use super::site::{Site, exact};
use super::*;
use numbers::number::Exact;
use numbers::rounding::Interval;

#[derive(Deserialize)]
struct Trials {
    trial: Vec<Trial>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial {
    name: String,
    /// Errors in % by day, again from the start.
    daily: Vec<String>,
    step: Option<String>,
    #[serde(rename = "break")]
    broken: Option<Break>,
    verdict: Verdict,
    reason: Option<Code>,
}

/// What a register does between two readings beside counting.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Break {
    meter: String,
    slot: usize,
    by: String,
    /// Whether the next reading is as if nothing had been.
    #[serde(default)]
    back: bool,
    /// Readings that are missing from there on.
    #[serde(default)]
    unread: usize,
}

impl Trial {
    fn evidence(&self) -> Evidence {
        let mut evidence = Site::factory(0).evidence();
        let step = exact(self.step.as_deref().unwrap_or("0.001"));
        let readings = evidence.series["W0"].readings.iter();
        let truth: Vec<Exact> = readings.map(|sample| sample.value.clone().unwrap()).collect();
        let shown = Interval::new(step.clone()).unwrap();
        let mut counted = truth[0].clone();
        for (slot, sample) in series(&mut evidence, "W").readings.iter_mut().enumerate() {
            if let Some(before) = slot.checked_sub(1) {
                let error = exact(&self.daily[before / 96 % self.daily.len()]);
                let consumed = &truth[slot] - &truth[before];
                counted = &counted + &(&consumed * &(&exact("1") + &error.scaled(-2)));
            }
            sample.value = Some(shown.round(&counted).value().clone());
        }
        series(&mut evidence, "W").resolution = Some(step);
        if let Some(broken) = &self.broken {
            broken.apply(&mut evidence);
        }
        evidence.checked().unwrap()
    }
}

impl Break {
    fn apply(&self, evidence: &mut Evidence) {
        let symbol = if self.meter == "subject" { "W" } else { "W0" };
        let readings = &mut series(evidence, symbol).readings;
        let last = if self.back { self.slot + 1 } else { readings.len() };
        for sample in &mut readings[self.slot..last] {
            sample.value = sample.value.as_ref().map(|value| value + &exact(&self.by));
        }
        readings.drain(self.slot..self.slot + self.unread);
    }
}

#[test]
fn every_trial_is_seen_for_what_it_is() {
    let trials: Trials = toml::from_str(include_str!("../../../../../vectors/trials.toml")).unwrap();
    for trial in trials.trial {
        let conclusion = run(&trial.evidence());
        let name = &trial.name;
        assert_eq!(
            conclusion.verdict, trial.verdict,
            "{name}: {:?}",
            conclusion.reasons
        );
        assert_eq!(conclusion.reasons.first().map(|r| r.code), trial.reason, "{name}");
    }
}

/// Through an idle night the last digit falls back and comes again, as a register at the edge of a digit does. Each way up
/// counted alone would add a digit.
#[test]
fn a_last_digit_that_wavers_adds_nothing() {
    for (error_e4, verdict, rounded) in [
        (0, Verdict::Conforms, "0.00"),
        (-8_000, Verdict::DoesNotConform, "-0.80"),
    ] {
        let mut evidence = Site::factory(error_e4).evidence();
        let digit = exact("0.01");
        let shown = Interval::new(digit.clone()).unwrap();
        let slots = evidence.series["W"].readings.len();
        let is_night = |slot: usize| slot % 96 < 40;
        for symbol in ["W", "W0"] {
            let readings = &mut series(&mut evidence, symbol).readings;
            let truth: Vec<Exact> = readings
                .iter()
                .map(|sample| sample.value.clone().unwrap())
                .collect();
            let mut counted = truth[0].clone();
            for slot in 1..slots {
                if !is_night(slot) {
                    counted = &counted + &(&truth[slot] - &truth[slot - 1]);
                }
                readings[slot].value = Some(counted.clone());
            }
        }
        let register = series(&mut evidence, "W");
        register.resolution = Some(digit.clone());
        for (slot, sample) in register.readings.iter_mut().enumerate() {
            let mut value = shown.round(sample.value.as_ref().unwrap()).value().clone();
            // In the middle of an hour: what stands at the ends of a bin is in its budget.
            if is_night(slot) && slot % 4 == 2 {
                value = &value - &digit;
            }
            sample.value = Some(value);
        }
        let conclusion = run(&evidence.checked().unwrap());
        assert_eq!(
            conclusion.verdict, verdict,
            "{error_e4}: {:?}",
            conclusion.reasons
        );
        let line = point(&conclusion, "i0.05-max/1.0");
        assert_eq!(line.rounded.as_deref(), Some(rounded), "{error_e4}");
        assert_eq!(excluded(&conclusion, Code::EpochChanged), 0);
    }
}

#[test]
fn a_bin_says_which_window_lies_furthest_out() {
    let trial = Trial {
        name: String::new(),
        daily: ["0.10", "0.10", "0.10", "0.10", "0.10", "0.10", "1.50"]
            .map(String::from)
            .to_vec(),
        step: None,
        broken: None,
        verdict: Verdict::Inconclusive,
        reason: None,
    };
    let conclusion = run(&trial.evidence());
    let line = point(&conclusion, "i0.05-max/1.0");
    // Means and digits stand on the record as before; only what follows from them does not.
    assert_eq!(line.verdict, Some(Verdict::Inconclusive));
    assert_eq!(line.readings_used, 7);
    let reason = line.reasons.iter().find(|r| r.code == Code::Scatter).unwrap();
    assert_eq!(reason.parameters["from"], "2026-03-08T00:00:00Z");
    assert_eq!(reason.parameters["permitted"], "0.166666");
    // (6·0.10 + 1.50)/7 = 0.30: 1.50 lies 1.20 above it, but for what a register step is of a day.
    let deviation = exact(&reason.parameters["deviation"]);
    assert!((&deviation - &exact("1.20")).abs() < exact("0.01"), "{deviation}");
    assert!(conclusion.reasons.contains(reason));
}

#[test]
fn a_meter_is_not_compared_with_itself() {
    let sound = Site::factory(-800).evidence();
    let with = |change: fn(&mut Evidence)| {
        let mut evidence = sound.clone();
        change(&mut evidence);
        let conclusion = run(&evidence);
        assert_eq!(conclusion.verdict, Verdict::Inconclusive);
        assert_eq!(codes(&conclusion), [Code::SelfComparison]);
        conclusion.reasons[0].parameters["field"].clone()
    };
    assert_eq!(with(|e| e.subject.device = "ref-1".to_owned()), "device");
    assert_eq!(
        with(|e| e.subject.serial = " ref3000-0007".to_owned()),
        "serial number"
    );
}
