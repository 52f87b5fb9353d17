//! From evidence to findings, for any period check.

use ::uncertainty::document::Text;
use numbers::decision::{Grade, Score};
use numbers::number::{Exact, Fraction};

use super::chart::{Charted, chart};
use super::interval::interval;
use super::points::{Differences, differences, mean, points};
use super::rules::PeriodCheckRules;
use super::sides::{Reference, Sides};
use super::signal::Signal;
use super::trend::{dated, within};
use crate::conclusion::{
    Body, Code, ComparisonMethod, ExcludedLine, PeriodCheck, Reason, SlotCount, Verdict,
};
use crate::evidence::Evidence;
use crate::findings::Findings;
use crate::gate::identity;

/// Judges one period check. Never fails: what cannot be judged is 待定 with its reason.
pub(crate) fn run(rules: &PeriodCheckRules, evidence: &Evidence) -> Findings {
    match Sides::of(evidence) {
        Ok(sides) => judged(rules, &sides),
        Err(misfit) => findings(
            rules,
            evidence,
            (Verdict::Inconclusive, vec![misfit]),
            None,
            PeriodCheck::default(),
        ),
    }
}

fn judged(rules: &PeriodCheckRules, sides: &Sides<'_>) -> Findings {
    let found = differences(rules, sides);
    let difference = mean(&found.values);
    let comparison = Comparison::of(sides, &found, difference.as_ref());
    let open = unusable(rules, sides, found.values.len());
    let points = points(rules, &found);
    let mut notes = Vec::new();
    let charted = rules.chart.as_ref();
    let charted = charted.map(|rule| chart(rules, rule, sides.check.baseline.as_ref(), &points));
    notes.extend(charted.iter().flat_map(|c| c.notes.iter().cloned()));

    // A mean of too few readings is no result.
    let present = difference.as_ref().filter(|_| open.is_empty());
    let rule = rules.drift.as_ref();
    let by_results = noted(rule.map(|rule| dated(rules, rule, sides, present)), &mut notes);
    let by_points = noted(rule.map(|rule| within(rules, rule, sides, &points)), &mut notes);
    let rule = rules.interval.as_ref();
    let suggestion = noted(
        rule.map(|rule| interval(rule, sides, by_results.as_ref(), by_points.as_ref())),
        &mut notes,
    );
    let trends = by_results.iter().chain(&by_points);
    let reached = trends.filter_map(|t| t.reached.clone()).collect();
    let verdict = verdict(rules, sides, open, &comparison, charted.as_ref(), reached);
    let body = PeriodCheck {
        chart: charted.and_then(|c| c.line),
        drift: by_results.map(|t| t.line),
        window_drift: by_points.map(|t| t.line),
        interval: suggestion,
        notes,
        ..comparison.line(rules.pairing.places, sides, found.values.len())
    };
    findings(rules, sides.evidence, verdict, Some(&found), body)
}

fn findings(
    rules: &PeriodCheckRules,
    evidence: &Evidence,
    (verdict, reasons): (Verdict, Vec<Reason>),
    found: Option<&Differences>,
    body: PeriodCheck,
) -> Findings {
    let excluded = found.map_or_else(Vec::new, excluded);
    let used = found.map_or(0, |found| found.values.len());
    let expected = found.map_or(0, |found| found.expected);
    let starts_anew = evidence.check.as_ref().is_some_and(|check| check.starts_anew);
    Findings {
        nature: Text::new(
            "期间核查，不是检定，也不是校准；不提供溯源性，不改变溯源有效期。",
            "Period check, neither a legal verification nor a calibration; it carries no traceability and does not move the traceability due date.",
        ),
        verdict,
        reasons,
        deciding_method: ComparisonMethod::FullValue,
        method_declared_by: Text::new(
            "未声明修约值比较法，按 GB/T 8170-2008 4.3.1 用全数值比较法",
            "no rounded-value comparison is declared: full-value comparison by GB/T 8170-2008 clause 4.3.1",
        ),
        overall_rule: overall_rule(rules),
        rules: rules_in_words(rules, starts_anew),
        slots: SlotCount {
            expected,
            used: count(used),
            excluded: excluded.iter().map(|line| line.slots).sum(),
            coverage: format!("{used}/{expected}"),
            largest_gap_seconds: found.map_or(0, |found| found.largest_gap_seconds),
        },
        excluded,
        not_tested: Vec::new(),
        body: Body::PeriodCheck(Box::new(body)),
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// The value, or a note of why there is none.
fn noted<T>(found: Option<Result<T, Reason>>, notes: &mut Vec<Reason>) -> Option<T> {
    found?.map_err(|reason| notes.push(reason)).ok()
}

/// Why this evidence decides nothing at all.
fn unusable(rules: &PeriodCheckRules, sides: &Sides<'_>, pairs: usize) -> Vec<Reason> {
    let mut open = Vec::new();
    let evidence = sides.evidence;
    open.extend(identity::one_instrument(&evidence.subject, &evidence.reference));
    if !sides.u_subject.is_positive() || !sides.u_reference.is_positive() {
        open.push(Reason::plain(Code::UncertaintyNotPositive));
    }
    let least = rules.pairing.least_pairs;
    if pairs < least {
        let (pairs, least) = (pairs.to_string(), least.to_string());
        let parameters = [("pairs", pairs.as_str()), ("least", &least)];
        open.push(Reason::with(Code::TooFewPairs, &parameters));
    }
    open
}

fn verdict(
    rules: &PeriodCheckRules,
    sides: &Sides<'_>,
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
            .map_or_else(String::new, |d| d.cut(rules.pairing.places).0);
        reasons.push(Reason::with(
            Code::DifferenceTooLarge,
            &[("difference", &difference), ("unit", sides.unit)],
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
    fn of(sides: &Sides<'_>, found: &Differences, difference: Option<&Fraction>) -> Self {
        let (u, u_ref) = (sides.u_subject, sides.u_reference);
        let permitted = &(u * u) + &(u_ref * u_ref);
        Self {
            score: difference.and_then(|d| Score::en_of(d, u, u_ref).ok()),
            subject_mean: found.subject_mean.clone(),
            difference: difference.cloned(),
            permitted,
        }
    }

    fn line(&self, places: u32, sides: &Sides<'_>, pairs: usize) -> PeriodCheck {
        let permitted = Fraction::from(&self.permitted);
        let squared = self.difference.as_ref().map(Fraction::squared);
        let reference_mean = || {
            let (subject, difference) = (self.subject_mean.as_ref()?, self.difference.as_ref()?);
            Some(subject.minus(difference).cut(places).0)
        };
        PeriodCheck {
            quantity: sides.check.quantity.clone(),
            unit: sides.unit.to_owned(),
            pairs: count(pairs),
            subject_mean: self.subject_mean.as_ref().map(|mean| mean.cut(places).0),
            reference_mean: match &sides.reference {
                Reference::Standard(value) => Some(value.to_string()),
                Reference::Instrument(_) => reference_mean(),
            },
            difference: self.difference.as_ref().map(|d| d.cut(places).0),
            difference_squared: squared.as_ref().map(|s| s.cut(places).0),
            u_subject: sides.u_subject.to_string(),
            u_reference: sides.u_reference.to_string(),
            permitted_squared: self.permitted.to_string(),
            // Upwards, so that it never shows 1 for what lies beyond.
            e_n: self
                .score
                .as_ref()
                .map(|s| s.squared().root_up(places).to_string()),
            permitted_difference: permitted.root_up(places).to_string(),
            ..PeriodCheck::default()
        }
    }
}

fn excluded(found: &Differences) -> Vec<ExcludedLine> {
    let lines = found.excluded.iter().filter(|(_, n)| *n > 0);
    lines
        .map(|(code, n)| ExcludedLine {
            reason: Reason::plain(*code),
            slots: *n,
        })
        .collect()
}

fn overall_rule(rules: &PeriodCheckRules) -> Text {
    if !rules.uses_past() {
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

fn rules_in_words(rules: &PeriodCheckRules, starts_anew: bool) -> Vec<Text> {
    let mut lines = vec![Text::new(
        "x、X 为共同标称时刻有效读数的平均值；等价形式 |y1−y2|≤√(U1²+U2²)",
        "x and X are means over good readings of common nominal times; the same as |y1 − y2| ≤ √(U1² + U2²)",
    )];
    if let Some(subgroup) = &rules.subgroup {
        let span = subgroup.seconds;
        lines.push(Text::new(
            format!("差值 = 被核查仪器示值 − 参考值；每 {span} s 的平均差值为一点"),
            format!("difference = indication − reference; the mean of {span} s is one point"),
        ));
    }
    if starts_anew {
        lines.push(Text::new(
            "自本次核查重新开始：此前核查的控制限与结果不再采用",
            "starts anew: limits and results of earlier checks no longer count",
        ));
    }
    if let Some(chart) = &rules.chart {
        let (lambda, width) = (&chart.lambda, &chart.width);
        lines.push(Text::new(
            format!("σ = 移动极差均值/1.128，取四位；控制限 = 中心 ± 3σ；EWMA 取 λ={lambda}、L={width}"),
            format!("σ = mean moving range/1.128 in four digits; limits = centre ± 3σ; EWMA with λ={lambda}, L={width}"),
        ));
        let list = |signals: &[Signal], en: bool| {
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
        lines.push(Text::new(
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
    lines
}
