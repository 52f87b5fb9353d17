//! The conclusion as it is recorded.

use std::collections::BTreeMap;

use super::fit::{self, Fit};
use super::gates::{counts, gates, itself, resets};
use super::judge::point;
use super::overall::{overall, rule};
use super::reading::Bench;
use super::slots::{none, sampling, slots};
use super::sort::sort;
use crate::evidence::Grid;
use crate::gate;
use crate::procedure::symbols::Origin;
use crate::procedure::{Decision, Evidence, Procedure};
use crate::verdict::{
    CertificateLine, Code, Conclusion, ExcludedLine, FORMAT, Kind, Measured, Reason, ValueLine, engine,
};
use numbers::number::Fraction;
use uncertainty::document::Text;

pub(super) fn conclude(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    let mut fit = fit::fit(procedure, evidence);
    if sampling(procedure).is_none() {
        let reason = fit::misfit(
            "format",
            "a procedure of energy registers reads evidence of format 1",
        );
        fit.reasons.push(reason);
    }
    let fits = fit.reasons.is_empty();
    let grid = Grid::new(evidence.window, evidence.period_seconds);
    let (slots, (members, outside)) = match fit.reasons.first() {
        None => {
            let slots = slots(procedure, grid, &fit.series, &fit.base);
            let sorted = sort(procedure, &fit, &slots);
            (slots, sorted)
        }
        Some(reason) => {
            let bins = vec![Vec::new(); procedure.bins().len()];
            (none(grid, reason.code), (bins, Vec::new()))
        }
    };
    let used = members.iter().map(Vec::len).sum();
    let counts = counts(&slots, used);
    let mut reasons = fit.reasons.clone();
    if fits {
        reasons.extend(gates(procedure, evidence, &counts));
        reasons.extend(resets(evidence, &fit.series, grid));
    } else if evidence.certificate.is_none() && sampling(procedure).is_some_and(|(s, _)| s.needs_certificate)
    {
        reasons.insert(0, Reason::plain(Code::CertificateAbsent));
    }
    reasons.extend(itself(evidence));
    let blocked = !reasons.is_empty();
    let class = evidence.subject.accuracy_class.as_deref();
    let bench = Bench {
        procedure,
        fit: &fit,
        slots: &slots,
        class,
    };
    let points: Vec<_> = procedure
        .bins()
        .iter()
        .zip(&members)
        .map(|(bin, slots)| {
            let readings = if fits {
                bench.readings(bin, slots)
            } else {
                Vec::new()
            };
            point(procedure, bin, class, slots.len(), readings, blocked)
        })
        .collect();
    let verdict = overall(procedure, &points, &mut reasons, blocked);
    let unit = procedure.error().unit.to_string();
    Conclusion {
        format: FORMAT,
        kind: Kind::OnlineVerification,
        nature: nature(),
        moves_traceability: false,
        verdict,
        reasons,
        basis: procedure.basis().clone(),
        subject: fit::line(&evidence.subject, &unit),
        reference: fit::line(&evidence.reference, &unit),
        certificate: evidence.certificate.as_ref().map(|c| CertificateLine {
            number: c.number.clone(),
            issued_by: c.issued_by.clone(),
            valid_to: c.valid_to.to_string(),
            // Stated with its own unit among the values.
            u95_percent: String::new(),
            configuration_unchanged: c.configuration_at_calibration == c.configuration_now,
        }),
        window: evidence.window,
        period_seconds: evidence.period_seconds,
        deciding_method: procedure.deciding_method(),
        method_declared_by: procedure.method_declared_by().clone(),
        overall_rule: rule(procedure),
        rules: rules(procedure),
        bins: Vec::new(),
        intervals: counts,
        excluded: match fit.reasons.first().filter(|_| grid.slots > 0) {
            None => excluded(&outside),
            Some(reason) => vec![ExcludedLine {
                reason: reason.clone(),
                intervals: u32::try_from(grid.slots).unwrap_or(u32::MAX),
            }],
        },
        not_tested: procedure.not_tested().to_vec(),
        period_check: None,
        measured: Some(Measured {
            title: procedure.measurand().clone(),
            formula: procedure.error().formula.text().to_owned(),
            decision: decision_name(procedure.decision()),
            coverage_factor: procedure.uncertainty().k.to_string(),
            values: values(procedure, &fit),
            points,
            unit,
        }),
        control: None,
        engine: engine(),
        evidence_sha256: evidence.sha256(),
        procedure_sha256: procedure.sha256(),
    }
}

fn nature() -> Text {
    Text::new(
        "远程在线比对（VIM 2.44），不是检定，也不是校准；不改变溯源有效期。试验了所列检测点，不作整机合格声明。",
        "Remote online comparison (VIM 2.44), neither a legal verification nor a calibration; it does not move the traceability due date. The bins listed were tested; no statement about the whole instrument.",
    )
}

fn excluded(outside: &[(usize, Code)]) -> Vec<ExcludedLine> {
    let mut by_code: BTreeMap<Code, u32> = BTreeMap::new();
    for (_, code) in outside {
        *by_code.entry(*code).or_default() += 1;
    }
    by_code
        .into_iter()
        .map(|(code, intervals)| ExcludedLine {
            reason: Reason::plain(code),
            intervals,
        })
        .collect()
}

fn values(procedure: &Procedure, fit: &Fit<'_>) -> Vec<ValueLine> {
    let all = procedure.symbols().all().iter().zip(&fit.base);
    all.zip(&fit.given)
        .filter_map(|(line, given)| given.then_some(line))
        .filter(|(s, _)| matches!(s.origin, Origin::Value(_) | Origin::Resolution(_)))
        .map(|(symbol, value)| ValueLine {
            symbol: symbol.name.clone(),
            title: symbol.title.clone(),
            value: shown(value, procedure.unrounded_places()),
            unit: symbol.unit.to_string(),
        })
        .collect()
}

fn shown(value: &Fraction, places: u32) -> String {
    match value.decimal() {
        Some(decimal) => decimal.to_string(),
        None => value.cut(places).0,
    }
}

fn decision_name(decision: &Decision) -> String {
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

fn rules(procedure: &Procedure) -> Vec<Text> {
    let r = procedure.repeats();
    let u = procedure.uncertainty();
    let (formula, unit) = (procedure.error().formula.text(), &procedure.error().unit);
    let window = procedure.window().seconds;
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
        gate::rule(),
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
