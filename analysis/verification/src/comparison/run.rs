//! From evidence to findings, for any comparison.
//!
//! The order is fixed: what fits → which slots count → bins → readings of the error with their U → gate or guard band →
//! mean → **one** rounding (GB/T 8170-2008 §3) → limit. Whatever decides is exact; f64 sorts only where it cannot be
//! wrong, and may compute a U, which is rounded up and recorded before it decides.

mod inputs;
pub(super) mod judgement;
mod load;
mod overall;
mod point;
mod reading;
mod series;
mod slots;
mod sort;

use std::collections::BTreeMap;

use ::uncertainty::document::Text;
use numbers::number::Exact;

use super::rules::{Bin, ComparisonRules};
use super::symbols::Origin;
use crate::conclusion::{Body, Code, Comparison, ExcludedLine, PointLine, Reason, SlotCount, ValueLine};
use crate::evidence::{Evidence, Grid, Role};
use crate::findings::Findings;
use crate::gate::{certificate, identity, reset};
use inputs::{Inputs, inputs, undeclared};
use point::Point;
use reading::{Workbench, shown};
use series::instrument;
use slots::Slots;

/// Judges one run. Never fails: what cannot be judged is 待定 with its reason.
pub(crate) fn run(rules: &ComparisonRules, evidence: &Evidence) -> Findings {
    let inputs = inputs(rules, evidence);
    let grid = Grid::new(evidence.window, evidence.period_seconds);
    let bins = bins(rules, evidence, &inputs);
    let misfit = inputs.reasons.first();
    let slots = match misfit {
        None => Slots::of(rules, grid, &inputs),
        Some(reason) => Slots::none(grid, reason.code),
    };
    let sorted = sort::sort(rules, &inputs, &slots, &bins);
    let used = sorted.members.iter().map(Vec::len).sum();
    let counts = slots.count(used);
    let mut reasons = inputs.reasons.clone();
    if misfit.is_none() {
        reasons.extend(gates(rules, evidence, &inputs, &slots, &counts, &bins));
    }
    reasons.extend(identity::one_instrument(&evidence.subject, &evidence.reference));
    if misfit.is_none() {
        reasons.extend(resets(evidence, &inputs, &slots));
    }
    let blocked = !reasons.is_empty();
    let class = evidence.subject.accuracy_class.as_deref();
    let bench = Workbench {
        rules,
        inputs: &inputs,
        slots: &slots,
        class,
    };
    let points: Vec<PointLine> = bins
        .iter()
        .zip(&sorted.members)
        .map(|(bin, slots)| {
            let point = Point {
                rules,
                bin,
                class,
                slots: slots.len(),
                readings: bench.readings(bin, slots),
                fixed_limit: bench.fixed_limit(bin),
                blocked,
            };
            point.line()
        })
        .collect();
    let verdict = overall::overall(rules, &points, &mut reasons, blocked);
    Findings {
        nature: nature(),
        verdict,
        reasons,
        deciding_method: rules.method,
        method_declared_by: rules.declared_by.clone(),
        overall_rule: overall::rule(rules),
        rules: overall::rules(rules),
        slots: counts,
        excluded: excluded(&sorted.outside, misfit, evidence),
        not_tested: rules.not_tested.clone(),
        body: Body::Comparison(Comparison {
            title: rules.measurand.clone(),
            formula: rules.error.formula.text().trim().to_owned(),
            decision: overall::decision_name(&rules.decision),
            coverage_factor: rules.uncertainty.k.to_string(),
            values: values(rules, &inputs),
            points,
            unit: rules.error.unit.to_string(),
        }),
    }
}

fn nature() -> Text {
    Text::new(
        "远程在线比对（VIM 2.44），不是检定，也不是校准；不改变溯源有效期。试验了所列检测点，不作整机合格声明。",
        "Remote online comparison (VIM 2.44), neither a legal verification nor a calibration; it does not move the traceability due date. The bins listed were tested; no statement about the whole instrument.",
    )
}

/// The bins that are for this instrument: all of them, but for meters those of its connection and class.
fn bins<'a>(rules: &'a ComparisonRules, evidence: &Evidence, inputs: &Inputs<'_>) -> Vec<&'a Bin> {
    let class = evidence.subject.accuracy_class.as_deref();
    let load = inputs.load.as_ref();
    let concerns = |bin: &&Bin| match (rules.reader.energy(), load) {
        (None, _) => true,
        (Some(_), load) => load.is_some_and(|load| load.concerns(bin, class)),
    };
    rules.bins.iter().filter(concerns).collect()
}

/// Conditions without which nothing is judged.
fn gates(
    rules: &ComparisonRules,
    evidence: &Evidence,
    inputs: &Inputs<'_>,
    slots: &Slots<'_>,
    counts: &SlotCount,
    bins: &[&Bin],
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if rules.sampling.needs_certificate {
        let (certificate, offset) = (evidence.certificate.as_ref(), rules.window.utc_offset_seconds);
        reasons.extend(certificate::objections(certificate, evidence.window, offset));
        reasons.extend(undeclared(rules, evidence, inputs));
    }
    let class = evidence.subject.accuracy_class.as_deref();
    let limited = rules.bins.iter().any(|b| !b.limits.is_empty());
    if limited && bins.iter().all(|b| b.limits.of(class).is_none()) {
        reasons.push(no_limits(evidence));
    }
    reasons.extend(rules.coverage.objections(slots.covered(), counts));
    if let Some(energy) = rules.reader.energy() {
        let step = |of: Role| {
            let register = inputs
                .register(of)
                .and_then(|index| inputs.series[index].least_step());
            register.unwrap_or_else(Exact::zero)
        };
        let steps = (step(Role::Subject), step(Role::Reference));
        reasons.extend(energy.same_load.objection(&slots.pairs(), (&steps.0, &steps.1)));
    }
    reasons
}

fn no_limits(evidence: &Evidence) -> Reason {
    let class = evidence.subject.accuracy_class.as_deref().unwrap_or("?");
    let connection = match evidence.subject.connection {
        Some(devices::Connection::Direct) => "direct",
        Some(devices::Connection::Transformer) => "transformer",
        None => "-",
    };
    let parameters = [("class", class), ("connection", connection)];
    Reason::with(Code::NoLimitForClass, &parameters)
}

/// Where a register did not go on.
fn resets(evidence: &Evidence, inputs: &Inputs<'_>, slots: &Slots<'_>) -> Vec<Reason> {
    let registers = inputs.series.iter().zip(&slots.placed);
    let found = registers.filter_map(|(series, readings)| {
        let owner = instrument(evidence, series.of);
        let counter = reset::Counter {
            meter: format!("{} ({})", owner.name, owner.device),
            readings,
            register: series.register.as_ref()?,
        };
        counter.reset()
    });
    found.collect()
}

fn excluded(
    outside: &BTreeMap<Code, u32>,
    misfit: Option<&Reason>,
    evidence: &Evidence,
) -> Vec<ExcludedLine> {
    let lines = outside.iter().map(|(code, slots)| ExcludedLine {
        reason: match (misfit, code) {
            (Some(reason), _) => reason.clone(),
            (None, Code::NoLimitForClass) => no_limits(evidence),
            (None, _) => Reason::plain(*code),
        },
        slots: *slots,
    });
    lines.collect()
}

fn values(rules: &ComparisonRules, inputs: &Inputs<'_>) -> Vec<ValueLine> {
    let all = rules.symbols.all();
    let given = all.iter().zip(&inputs.base).zip(&inputs.given);
    given
        .filter_map(|((symbol, value), given)| {
            let of = match &symbol.origin {
                Origin::Value(role, _) => *role,
                Origin::Resolution(of) => match &all[*of].origin {
                    Origin::Series { of, .. } => *of,
                    _ => return None,
                },
                _ => return None,
            };
            given.then(|| ValueLine {
                symbol: symbol.name.clone(),
                of,
                title: symbol.title.clone(),
                value: shown(value, rules.unrounded_places),
                unit: symbol.unit.to_string(),
            })
        })
        .collect()
}
