//! Period check (期间核查): whether an instrument still agrees with a check standard.
//!
//! It is not a verification and carries no traceability. |E_n| ≤ 1 is decided exactly, without a
//! square root: (x − X)² ≤ U² + U_ref². The form |y₁ − y₂| ≤ √(U₁² + U₂²) is the same inequality.

pub mod control;
mod procedure;

use devices::{Quality, Window};
use serde::{Deserialize, Serialize};

use crate::evidence::{EvidenceError, Sample, canonical};
use crate::number::Exact;
use crate::number::Fraction;
use crate::verdict::{
    Code, ComparisonMethod, Conclusion, ExcludedLine, FORMAT, InstrumentLine, IntervalCount, Kind,
    PeriodCheckLine, Reason, Text, Verdict, engine,
};

pub use procedure::Procedure;

/// |E_n| ≤ 1 without a square root: (x − X)² ≤ U² + U_ref².
///
/// ```
/// use analysis::period_check::en_within_one;
/// let [x, reference, u, u_ref] = ["10.05", "10.00", "0.03", "0.04"].map(|t| t.parse().unwrap());
/// assert!(en_within_one(&x, &reference, &u, &u_ref)); // 0.05² = 0.03² + 0.04², f64 says no
/// assert!(!en_within_one(&"10.0501".parse().unwrap(), &reference, &u, &u_ref));
/// ```
pub fn en_within_one(x: &Exact, reference: &Exact, u: &Exact, u_reference: &Exact) -> bool {
    let difference = x - reference;
    &difference * &difference <= &(u * u) + &(u_reference * u_reference)
}

/// |y₁ − y₂| ≤ √(U₁² + U₂²), by squares.
pub fn difference_within(y1: &Exact, y2: &Exact, u1: &Exact, u2: &Exact) -> bool {
    en_within_one(y1, y2, u1, u2)
}

/// One side of a check: the instrument, its U95 and its readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    pub device: String,
    pub name: String,
    pub manufacturer: String,
    pub model: String,
    pub serial: String,
    /// U95 in the unit of the readings, as declared.
    pub u95: Exact,
    pub point: String,
    pub readings: Vec<Sample>,
}

/// Evidence of a period check; canonical like [`crate::evidence::Evidence`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    pub format: u32,
    pub kind: Kind,
    pub window: Window,
    pub period_seconds: u32,
    pub quantity: String,
    pub unit: String,
    pub subject: Side,
    pub reference: Side,
}

impl Evidence {
    /// Reads and checks evidence.
    ///
    /// # Errors
    /// As [`crate::evidence::Evidence::parse`].
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        serde_json::from_str::<Self>(text)?.checked()
    }

    /// Sorts the readings and checks the rest.
    ///
    /// # Errors
    /// Another kind or format, two readings of one nominal time.
    pub fn checked(mut self) -> Result<Self, EvidenceError> {
        if self.format != crate::evidence::FORMAT || self.kind != Kind::PeriodCheck {
            return Err(EvidenceError::Content {
                place: "format, kind".to_owned(),
                reason: "not a period check of a known format".to_owned(),
            });
        }
        crate::evidence::check_samples("subject", &mut self.subject.readings)?;
        crate::evidence::check_samples("reference", &mut self.reference.readings)?;
        Ok(self)
    }

    /// The bytes that are stored, digested and rechecked.
    pub fn canonical(&self) -> String {
        canonical::text(self)
    }

    /// SHA-256 of [`Evidence::canonical`].
    pub fn sha256(&self) -> String {
        canonical::sha256(self.canonical().as_bytes())
    }
}

#[derive(Deserialize)]
struct Peek {
    format: Option<toml::Value>,
    check: Option<toml::Value>,
}

/// Whether a text is a procedure of a period check, of either format; it may still be refused.
pub fn is_procedure(text: &str) -> bool {
    toml::from_str::<Peek>(text).is_ok_and(|p| p.check.is_some())
}

/// Whether a text is a procedure for [`control`] and not for [`check`].
pub fn has_charts(text: &str) -> bool {
    toml::from_str::<Peek>(text).is_ok_and(|p| p.check.is_some() && p.format.is_some())
}

struct Pairs<'a> {
    values: Vec<(&'a Exact, &'a Exact)>,
    excluded: Vec<(Code, u32)>,
}

fn pairs<'a>(procedure: &Procedure, evidence: &'a Evidence) -> Pairs<'a> {
    let others: std::collections::BTreeMap<_, _> = evidence
        .reference
        .readings
        .iter()
        .map(|s| (s.nominal, s))
        .collect();
    let (mut values, mut missing, mut bad, mut apart) = (Vec::new(), 0, 0, 0);
    let inside = |s: &&Sample| evidence.window.contains(s.nominal);
    for subject in evidence.subject.readings.iter().filter(inside) {
        let Some(reference) = others.get(&subject.nominal) else {
            missing += 1;
            continue;
        };
        let good = |s: &'a Sample| s.value.as_ref().filter(|_| s.quality == Quality::Good);
        let (Some(x), Some(y)) = (good(subject), good(reference)) else {
            bad += 1;
            continue;
        };
        let skew = Exact::new(
            subject.taken.as_nanosecond() - reference.taken.as_nanosecond(),
            -9,
        );
        if skew.abs() > *procedure.largest_skew_seconds() {
            apart += 1;
            continue;
        }
        values.push((x, y));
    }
    Pairs {
        values,
        excluded: vec![
            (Code::ReadingMissing, missing),
            (Code::ReadingNotGood, bad),
            (Code::ClockSkewTooLarge, apart),
        ],
    }
}

/// Judges one period check. Never fails: what cannot be judged is 待定.
pub fn check(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    let pairs = pairs(procedure, evidence);
    let count = pairs.values.len();
    let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let total = |pick: fn(&(&Exact, &Exact)) -> Exact| {
        let sum = pairs.values.iter().fold(Exact::zero(), |sum, v| &sum + &pick(v));
        Fraction::new(&sum, &Exact::new(count, 0))
    };
    let x = total(|v| v.0.clone());
    let reference = total(|v| v.1.clone());
    let (u, u_ref) = (&evidence.subject.u95, &evidence.reference.u95);
    let permitted = &(u * u) + &(u_ref * u_ref);
    let one = Exact::from(1);
    let permitted_fraction = Fraction::new(&permitted, &one);
    let difference = x.as_ref().zip(reference.as_ref()).map(|(x, y)| x.minus(y));
    let squared = difference.as_ref().map(Fraction::squared);
    let places = procedure.places();
    let shown = |f: &Option<Fraction>| f.as_ref().map(|f| f.cut(places).0);

    let mut reasons = Vec::new();
    if !u.is_positive() || !u_ref.is_positive() {
        reasons.push(Reason::plain(Code::UncertaintyNotPositive));
    }
    if count < procedure.least_pairs() {
        reasons.push(Reason::with(
            Code::TooFewPairs,
            &[
                ("pairs", &count.to_string()),
                ("least", &procedure.least_pairs().to_string()),
            ],
        ));
    }
    let verdict = match &squared {
        Some(squared) if reasons.is_empty() => Verdict::of(squared.cmp_abs(&permitted).is_le()),
        _ => Verdict::Inconclusive,
    };
    if verdict == Verdict::DoesNotConform {
        let difference = shown(&difference).unwrap_or_default();
        reasons.push(Reason::with(
            Code::DifferenceTooLarge,
            &[("difference", &difference), ("unit", &evidence.unit)],
        ));
    }
    let e_n = squared
        .as_ref()
        .zip(permitted_fraction.as_ref())
        .and_then(|(s, p)| s.over(p))
        .map(|q| q.root_up(places).to_string());
    let excluded: Vec<_> = pairs
        .excluded
        .iter()
        .filter(|(_, n)| *n > 0)
        .map(|(code, n)| ExcludedLine {
            reason: Reason::plain(*code),
            intervals: *n,
        })
        .collect();
    let out: u32 = excluded.iter().map(|line| line.intervals).sum();
    Conclusion {
        format: FORMAT,
        kind: Kind::PeriodCheck,
        nature: Text::new(
            "期间核查，不是检定，也不是校准；不提供溯源性，不改变溯源有效期。",
            "Period check, neither a legal verification nor a calibration; it carries no traceability and does not move the traceability due date.",
        ),
        moves_traceability: false,
        verdict,
        reasons,
        basis: procedure.basis(),
        subject: side(&evidence.subject, &evidence.unit),
        reference: side(&evidence.reference, &evidence.unit),
        certificate: None,
        window: evidence.window,
        period_seconds: evidence.period_seconds,
        deciding_method: ComparisonMethod::FullValue,
        method_declared_by: Text::new(
            "未声明修约值比较法，按 GB/T 8170-2008 4.3.1 用全数值比较法",
            "no rounded-value comparison is declared: full-value comparison by GB/T 8170-2008 clause 4.3.1",
        ),
        overall_rule: Text::new(
            "|En|≤1，即 (x−X)²≤U²+Uref²",
            "|E_n| ≤ 1, decided as (x − X)² ≤ U² + U_ref²",
        ),
        rules: vec![Text::new(
            "x、X 为共同标称时刻有效读数的平均值；等价形式 |y1−y2|≤√(U1²+U2²)",
            "x and X are means over good readings of common nominal times; the same as |y1 − y2| ≤ √(U1² + U2²)",
        )],
        bins: Vec::new(),
        intervals: IntervalCount {
            expected: whole(count).saturating_add(out),
            used: whole(count),
            excluded: out,
            coverage: format!("{count}/{}", count + out as usize),
            largest_gap_seconds: 0,
        },
        excluded,
        not_tested: Vec::new(),
        period_check: Some(PeriodCheckLine {
            quantity: evidence.quantity.clone(),
            unit: evidence.unit.clone(),
            pairs: whole(count),
            subject_mean: shown(&x),
            reference_mean: shown(&reference),
            difference: shown(&difference),
            difference_squared: shown(&squared),
            u_subject: u.to_string(),
            u_reference: u_ref.to_string(),
            permitted_squared: permitted.to_string(),
            e_n,
            permitted_difference: permitted_fraction
                .map(|p| p.root_up(places).to_string())
                .unwrap_or_default(),
        }),
        measured: None,
        control: None,
        engine: engine(),
        evidence_sha256: evidence.sha256(),
        procedure_sha256: procedure.sha256(),
    }
}

fn side(side: &Side, unit: &str) -> InstrumentLine {
    InstrumentLine {
        device: side.device.clone(),
        name: side.name.clone(),
        manufacturer: side.manufacturer.clone(),
        model: side.model.clone(),
        serial: side.serial.clone(),
        accuracy_class: None,
        connection: None,
        basic_current: None,
        maximum_current: None,
        current_ratio: "1".to_owned(),
        voltage_ratio: "1".to_owned(),
        registers_are_primary: true,
        register_factor: "1".to_owned(),
        register_resolution: String::new(),
        register_unit: unit.to_owned(),
    }
}

#[cfg(test)]
mod tests;
