//! The conclusion of a period check.

use super::chart::{Charted, chart};
use super::interval::interval;
use super::points::{Differences, differences, mean, points};
use super::trend::{dated, within};
use super::{Evidence, Procedure, Side};
use crate::gate::one_instrument;
use crate::verdict::{
    Code, ComparisonMethod, Conclusion, ControlLine, ExcludedLine, FORMAT, InstrumentLine, IntervalCount,
    Kind, PeriodCheckLine, Reason, Verdict, engine,
};
use numbers::decision::{Grade, Score};
use numbers::number::{Exact, Fraction};
use uncertainty::document::Text;

pub(super) fn conclude(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    let found = differences(procedure, evidence);
    let difference = mean(&found.values);
    let comparison = Comparison::of(evidence, &found, difference.as_ref());
    let open = unusable(procedure, evidence, found.values.len());
    let points = points(procedure, &found);
    let mut notes = Vec::new();
    let charted = procedure.chart.as_ref();
    let charted = charted.map(|rule| chart(procedure, rule, evidence, &points));
    notes.extend(charted.iter().flat_map(|c| c.notes.iter().cloned()));

    // A mean of too few readings is no result.
    let present = difference.as_ref().filter(|_| open.is_empty());
    let rule = procedure.drift.as_ref();
    let by_results = noted(
        rule.map(|rule| dated(procedure, rule, evidence, present)),
        &mut notes,
    );
    let by_points = noted(
        rule.map(|rule| within(procedure, rule, evidence, &points)),
        &mut notes,
    );
    let rule = procedure.interval.as_ref();
    let suggestion = noted(
        rule.map(|rule| interval(rule, evidence, by_results.as_ref(), by_points.as_ref())),
        &mut notes,
    );
    let trends = by_results.iter().chain(&by_points);
    let reached = trends.filter_map(|t| t.reached.clone()).collect();
    let (verdict, reasons) = verdict(procedure, evidence, open, &comparison, charted.as_ref(), reached);
    let count = found.values.len();
    let excluded = excluded(&found);
    let out: u32 = excluded.iter().map(|line| line.intervals).sum();
    let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
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
        subject: instrument(
            &evidence.subject.device,
            &evidence.subject.name,
            Some(&evidence.subject),
            &evidence.unit,
        ),
        reference: match (&evidence.reference, &evidence.standard) {
            (Some(side), _) => instrument(&side.device, &side.name, Some(side), &evidence.unit),
            (None, Some(standard)) => instrument("", &standard.name, None, &evidence.unit),
            (None, None) => instrument("", "", None, &evidence.unit),
        },
        certificate: None,
        window: evidence.window,
        period_seconds: evidence.period_seconds,
        deciding_method: ComparisonMethod::FullValue,
        method_declared_by: Text::new(
            "未声明修约值比较法，按 GB/T 8170-2008 4.3.1 用全数值比较法",
            "no rounded-value comparison is declared: full-value comparison by GB/T 8170-2008 clause 4.3.1",
        ),
        overall_rule: overall_rule(procedure),
        rules: rules(procedure, evidence),
        bins: Vec::new(),
        intervals: IntervalCount {
            expected: found.expected,
            used: whole(count),
            excluded: out,
            coverage: format!("{count}/{}", found.expected),
            largest_gap_seconds: found.largest_gap_seconds,
        },
        excluded,
        not_tested: Vec::new(),
        period_check: Some(comparison.line(procedure, evidence, whole(count))),
        measured: None,
        control: procedure.uses_past().then(|| ControlLine {
            unit: evidence.unit.clone(),
            chart: charted.and_then(|c| c.line),
            drift: by_results.map(|t| t.line),
            window_drift: by_points.map(|t| t.line),
            interval: suggestion,
            notes,
        }),
        engine: engine(),
        evidence_sha256: evidence.sha256(),
        procedure_sha256: procedure.sha256(),
    }
}

/// The value, or a note of why there is none.
fn noted<T>(found: Option<Result<T, Reason>>, notes: &mut Vec<Reason>) -> Option<T> {
    found?.map_err(|reason| notes.push(reason)).ok()
}

/// Why this evidence decides nothing at all.
fn unusable(procedure: &Procedure, evidence: &Evidence, pairs: usize) -> Vec<Reason> {
    let mut open = Vec::new();
    let (subject, reference) = (&evidence.subject, evidence.reference.as_ref());
    open.extend(reference.and_then(|reference| {
        one_instrument(
            (&subject.device, &subject.serial),
            (&reference.device, &reference.serial),
        )
    }));
    if !evidence.subject.u95.is_positive() || !evidence.u_reference().is_positive() {
        open.push(Reason::plain(Code::UncertaintyNotPositive));
    }
    let least = procedure.check.least_pairs;
    if pairs < least {
        let (pairs, least) = (pairs.to_string(), least.to_string());
        open.push(Reason::with(
            Code::TooFewPairs,
            &[("pairs", &pairs), ("least", &least)],
        ));
    }
    open
}

fn verdict(
    procedure: &Procedure,
    evidence: &Evidence,
    open: Vec<Reason>,
    comparison: &Comparison,
    charted: Option<&Charted>,
    reached: Vec<Reason>,
) -> (Verdict, Vec<Reason>) {
    if !open.is_empty() {
        return (Verdict::Inconclusive, open);
    }
    let mut reasons = Vec::new();
    if comparison
        .score
        .as_ref()
        .is_some_and(|s| s.grade() != Grade::Satisfactory)
    {
        let difference = comparison
            .difference
            .as_ref()
            .map_or_else(String::new, |d| d.cut(procedure.check.places).0);
        reasons.push(Reason::with(
            Code::DifferenceTooLarge,
            &[("difference", &difference), ("unit", &evidence.unit)],
        ));
    }
    let chart_open = charted.map_or(&[] as &[Reason], |c| &c.open);
    if chart_open.is_empty() {
        reasons.extend(charted.iter().flat_map(|c| c.actions.iter().cloned()));
    }
    if !reasons.is_empty() {
        return (Verdict::DoesNotConform, reasons);
    }
    reasons.extend(chart_open.iter().cloned());
    reasons.extend(charted.iter().flat_map(|c| c.warnings.iter().cloned()));
    reasons.extend(reached);
    if reasons.is_empty() {
        (Verdict::Conforms, reasons)
    } else {
        (Verdict::Inconclusive, reasons)
    }
}

/// The means, their difference, and its E_n.
struct Comparison {
    subject_mean: Option<Fraction>,
    difference: Option<Fraction>,
    permitted: Exact,
    /// None without a difference, and where no uncertainty is above zero.
    score: Option<Score>,
}

impl Comparison {
    fn of(evidence: &Evidence, found: &Differences, difference: Option<&Fraction>) -> Self {
        let (u, u_ref) = (&evidence.subject.u95, evidence.u_reference());
        let permitted = &(u * u) + &(u_ref * u_ref);
        Self {
            score: difference.and_then(|d| Score::en_of(d, u, u_ref).ok()),
            subject_mean: found.subject_mean.clone(),
            difference: difference.cloned(),
            permitted,
        }
    }

    fn line(&self, procedure: &Procedure, evidence: &Evidence, pairs: u32) -> PeriodCheckLine {
        let places = procedure.check.places;
        let permitted = Fraction::from(&self.permitted);
        let squared = self.difference.as_ref().map(Fraction::squared);
        let reference_mean = || {
            let (subject, difference) = (self.subject_mean.as_ref()?, self.difference.as_ref()?);
            Some(subject.minus(difference).cut(places).0)
        };
        PeriodCheckLine {
            quantity: evidence.quantity.clone(),
            unit: evidence.unit.clone(),
            pairs,
            subject_mean: self.subject_mean.as_ref().map(|mean| mean.cut(places).0),
            reference_mean: match &evidence.standard {
                Some(standard) => Some(standard.value.to_string()),
                None => reference_mean(),
            },
            difference: self.difference.as_ref().map(|d| d.cut(places).0),
            difference_squared: squared.as_ref().map(|s| s.cut(places).0),
            u_subject: evidence.subject.u95.to_string(),
            u_reference: evidence.u_reference().to_string(),
            permitted_squared: self.permitted.to_string(),
            // Upwards, so that it never shows 1 for what lies beyond.
            e_n: self
                .score
                .as_ref()
                .map(|s| s.squared().root_up(places).to_string()),
            permitted_difference: permitted.root_up(places).to_string(),
        }
    }
}

fn excluded(found: &Differences) -> Vec<ExcludedLine> {
    let lines = found.excluded.iter().filter(|(_, n)| *n > 0);
    lines
        .map(|(code, n)| ExcludedLine {
            reason: Reason::plain(*code),
            intervals: *n,
        })
        .collect()
}

fn overall_rule(procedure: &Procedure) -> Text {
    if !procedure.uses_past() {
        return Text::new(
            "|En|≤1，即 (x−X)²≤U²+Uref²",
            "|E_n| ≤ 1, decided as (x − X)² ≤ U² + U_ref²",
        );
    }
    Text::new(
        "|En|>1 或出现所列判异信号，则不符合；基线不稳、数据不足、出现预警信号或漂移可能已达限，则待定；否则符合",
        "|E_n| > 1 or a signal of action: does not conform. An unstable baseline, too little data, a signal of warning, or a drift that may have reached the limit: inconclusive. Otherwise conforms",
    )
}

fn rules(procedure: &Procedure, evidence: &Evidence) -> Vec<Text> {
    let mut rules = vec![Text::new(
        "x、X 为共同标称时刻有效读数的平均值；等价形式 |y1−y2|≤√(U1²+U2²)",
        "x and X are means over good readings of common nominal times; the same as |y1 − y2| ≤ √(U1² + U2²)",
    )];
    if let Some(subgroup) = &procedure.subgroup {
        let span = subgroup.seconds;
        rules.push(Text::new(
            format!("差值 = 被核查仪器示值 − 参考值；每 {span} s 的平均差值为一点"),
            format!("difference = indication − reference; the mean of {span} s is one point"),
        ));
    }
    if evidence.starts_anew {
        rules.push(Text::new(
            "自本次核查重新开始：此前核查的控制限与结果不再采用",
            "starts anew: limits and results of earlier checks no longer count",
        ));
    }
    if let Some(chart) = &procedure.chart {
        let (lambda, width) = (&chart.lambda, &chart.width);
        rules.push(Text::new(
            format!("σ = 移动极差均值/1.128，取四位；控制限 = 中心 ± 3σ；EWMA 取 λ={lambda}、L={width}"),
            format!("σ = mean moving range/1.128 in four digits; limits = centre ± 3σ; EWMA with λ={lambda}, L={width}"),
        ));
        let list = |signals: &[super::Signal], en: bool| {
            let names: Vec<_> = signals
                .iter()
                .map(|s| if en { s.texts().1 } else { s.texts().0 })
                .collect();
            match (names.is_empty(), en) {
                (true, true) => "none".to_owned(),
                (true, false) => "无".to_owned(),
                (false, true) => names.join("; "),
                (false, false) => names.join("；"),
            }
        };
        rules.push(Text::new(
            format!(
                "判异：{}。预警：{}",
                list(&chart.action, false),
                list(&chart.warning, false)
            ),
            format!(
                "action: {}. Warning: {}",
                list(&chart.action, true),
                list(&chart.warning, true)
            ),
        ));
    }
    rules
}

fn instrument(device: &str, name: &str, side: Option<&Side>, unit: &str) -> InstrumentLine {
    let text = |pick: fn(&Side) -> &String| side.map_or_else(String::new, |s| pick(s).clone());
    InstrumentLine {
        device: device.to_owned(),
        name: name.to_owned(),
        manufacturer: text(|s| &s.manufacturer),
        model: text(|s| &s.model),
        serial: text(|s| &s.serial),
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
