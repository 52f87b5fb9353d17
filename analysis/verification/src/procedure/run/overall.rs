//! The verdict of the run from those of its bins.

use crate::procedure::{Decision, Procedure};
use crate::verdict::{Code, ComparisonMethod, PointLine, Reason, Verdict};
use uncertainty::document::Text;

pub(super) fn overall(
    procedure: &Procedure,
    points: &[PointLine],
    reasons: &mut Vec<Reason>,
    blocked: bool,
) -> Verdict {
    if blocked {
        return Verdict::Inconclusive;
    }
    if *procedure.decision() == Decision::None {
        reasons.push(Reason::plain(Code::NoVerdictByDocument));
        return Verdict::Inconclusive;
    }
    let unit = procedure.error().unit.to_string();
    let rounded = procedure.deciding_method() == ComparisonMethod::RoundedValue;
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
    if procedure.repeats().all_bins && !missing.is_empty() {
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
pub(super) fn rule(procedure: &Procedure) -> Text {
    if *procedure.decision() == Decision::None {
        return Text::new(
            "只给出各检测点的示值误差和扩展不确定度，不作符合性判定。",
            "Error of indication and expanded uncertainty of every bin; no statement of conformity.",
        );
    }
    let all = if procedure.repeats().all_bins {
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
