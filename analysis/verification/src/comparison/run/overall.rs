//! The verdict of the run from those of its bins, and the rules in words.

use ::uncertainty::document::Text;

use crate::comparison::rules::{ComparisonRules, Decision};
use crate::conclusion::{Code, ComparisonMethod, PointLine, Reason, Verdict};
use crate::gate::scatter;

pub(super) fn overall(
    rules: &ComparisonRules,
    points: &[PointLine],
    reasons: &mut Vec<Reason>,
    blocked: bool,
) -> Verdict {
    if blocked {
        return Verdict::Inconclusive;
    }
    if rules.decision == Decision::None {
        reasons.push(Reason::plain(Code::NoVerdictByDocument));
        return Verdict::Inconclusive;
    }
    let unit = rules.error.unit.to_string();
    let rounded = rules.method == ComparisonMethod::RoundedValue;
    let mut fails = false;
    for point in points
        .iter()
        .filter(|p| p.verdict == Some(Verdict::DoesNotConform))
    {
        fails = true;
        let value = if rounded { &point.rounded } else { &point.mean };
        reasons.push(Reason::with(
            Code::PointOutsideLimit,
            &[
                ("bin", &point.bin),
                ("value", value.as_deref().unwrap_or("")),
                ("unit", &unit),
                ("limit", point.limit.as_deref().unwrap_or("")),
            ],
        ));
    }
    if fails {
        return Verdict::DoesNotConform;
    }
    let open = [Code::NearLimitMoreReadings, Code::InsideGuardBand, Code::Scatter];
    let near: Vec<Reason> = points
        .iter()
        .flat_map(|p| &p.reasons)
        .filter(|r| open.contains(&r.code))
        .cloned()
        .collect();
    if !near.is_empty() {
        reasons.extend(near);
        return Verdict::Inconclusive;
    }
    let missing: Vec<&PointLine> = points
        .iter()
        .filter(|p| p.verdict != Some(Verdict::Conforms))
        .collect();
    if rules.repeats.all_bins && !missing.is_empty() {
        reasons.extend(
            missing
                .iter()
                .map(|p| Reason::with(Code::PointNotJudged, &[("bin", &p.bin)])),
        );
        return Verdict::Inconclusive;
    }
    if missing.len() < points.len() {
        return Verdict::Conforms;
    }
    reasons.push(Reason::plain(Code::NoBinJudged));
    // Why none: each cause once, whichever bin had readings at all.
    for reason in points.iter().filter(|p| p.slots > 0).flat_map(|p| &p.reasons) {
        if !reasons.contains(reason) {
            reasons.push(reason.clone());
        }
    }
    Verdict::Inconclusive
}

/// The rule above in words.
pub(super) fn rule(rules: &ComparisonRules) -> Text {
    if rules.decision == Decision::None {
        return Text::new(
            "只给出各检测点的示值误差和扩展不确定度，不作符合性判定。",
            "Error of indication and expanded uncertainty of every bin; no statement of conformity.",
        );
    }
    let all = if rules.repeats.all_bins {
        (
            "否则全部检测点符合，则符合",
            "Otherwise every bin that conforms: conforms",
        )
    } else {
        (
            "否则至少一个检测点符合，则符合",
            "Otherwise at least one that conforms: conforms",
        )
    };
    Text::new(
        format!(
            "任一检测点不符合，则不符合；否则只要有检测点因接近限值尚缺读数、落在保护带内或各读数误差分散过大，则待定；{}；其余待定。标准器、覆盖率、缺测和寄存器连续性条件不满足时，一律待定。",
            all.0
        ),
        format!(
            "One bin that does not conform: does not conform. Otherwise one that lacks readings near its limit, lies in the guard band or scatters too much: inconclusive. {}. Anything else is inconclusive. Whatever the bins say, a missing condition of reference, coverage, gaps or registers that go on leaves the run inconclusive.",
            all.1
        ),
    )
}

/// Name of the rule of decision with its document.
pub(super) fn decision_name(decision: &Decision) -> String {
    match decision {
        Decision::UncertaintyRatio(ratio) => format!("U ≤ MPEV/{ratio}, JJF 1094-2002 5.3.1.4"),
        Decision::None => "-".to_owned(),
        Decision::Guarded(rule) => match rule {
            numbers::decision::Rule::Jjf1094 => "JJF 1094-2002 5.3.1",
            numbers::decision::Rule::Iso14253 => "ISO 14253-1:2017",
            numbers::decision::Rule::Iso14253Full => "ISO 14253-1:2013",
            numbers::decision::Rule::IlacSimple => "ILAC-G8:09/2019 4.2.1",
            numbers::decision::Rule::IlacGuarded(_) => "ILAC-G8:09/2019 4.2.2",
            numbers::decision::Rule::IlacNonBinary(_) => "ILAC-G8:09/2019 4.2.3",
        }
        .to_owned(),
    }
}

/// What a reader must know to follow the figures.
pub(super) fn rules(rules: &ComparisonRules) -> Vec<Text> {
    let r = &rules.repeats;
    let u = &rules.uncertainty;
    let (formula, unit) = (rules.error.formula.text(), &rules.error.unit);
    let window = rules.window.seconds;
    vec![
        Text::new(
            format!("误差 = {formula}（{unit}）；每 {window} s 内同一检测点的全部有效数据为一个读数"),
            format!(
                "error = {formula} ({unit}); all usable data of one bin within {window} s make one reading"
            ),
        ),
        Text::new(
            format!(
                "每检测点至少 {} 个读数；平均误差处于限值 {}～{} 倍时至少 {} 个；平均后只修约一次",
                r.least,
                r.near_from,
                r.near_to,
                r.least + r.more
            ),
            format!(
                "at least {} readings per bin; {} when the mean lies at {} to {} times the limit; one rounding, of the mean",
                r.least,
                r.least + r.more,
                r.near_from,
                r.near_to
            ),
        ),
        scatter::rule(),
        Text::new(
            format!(
                "U 由所列各分量合成（k={}），向上取至 {} 位小数；检测点的 U 取各读数中最大者",
                u.k, u.places
            ),
            format!(
                "U combines the terms listed (k={}), rounded up to {} decimals; the U of a bin is the largest of its readings",
                u.k, u.places
            ),
        ),
    ]
}
