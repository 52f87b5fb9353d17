//! The whole run: gates of the run, bins, and what the record says.

use std::collections::BTreeMap;

use devices::Connection;

use crate::evidence::{Evidence, Meter};
use crate::verdict::{
    BinLine, CertificateLine, Code, Conclusion, ExcludedLine, FORMAT, InstrumentLine, IntervalCount, Kind,
    Reason, Verdict, engine,
};
use numbers::number::Exact;
use uncertainty::document::Text;

use super::bins::{self, Bin, Loads};
use super::gates::gates;
use super::intervals::{self, Paired};
use super::judge::judge_fractions;
use super::procedure::Procedure;
use super::windows::{Judged, Workbench};
use crate::gate;
use numbers::number::Fraction;

pub(super) fn conclude(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    let paired = intervals::pair(procedure, evidence);
    let bins = bins::bins(procedure, evidence);
    let (members, excluded) = sort(procedure, evidence, &paired, &bins);
    let used: usize = members.iter().map(Vec::len).sum();
    let counts = count(&paired, used, evidence.period_seconds);

    let mut reasons = gates(procedure, evidence, &paired, &counts, bins.is_empty());
    let blocked = !reasons.is_empty();
    let bench = Workbench {
        procedure,
        evidence,
        paired: &paired,
    };
    let lines: Vec<BinLine> = bins
        .iter()
        .zip(&members)
        .map(|(bin, slots)| line(&bench, bin, slots, blocked))
        .collect();
    let verdict = overall(&lines, &mut reasons, blocked);
    Conclusion {
        format: FORMAT,
        kind: Kind::OnlineVerification,
        nature: Text::new(
            "远程在线比对（VIM 2.44），不是检定，也不是校准；不改变溯源有效期。试验了所列控制点，不作整机合格声明。",
            "Remote online comparison (VIM 2.44), neither a legal verification nor a calibration; it does not move the traceability due date. The control points listed were tested; no statement about the whole instrument.",
        ),
        moves_traceability: false,
        verdict,
        reasons,
        basis: procedure.basis(),
        subject: instrument(&evidence.subject),
        reference: instrument(&evidence.reference),
        certificate: evidence.certificate.as_ref().map(|c| CertificateLine {
            number: c.number.clone(),
            issued_by: c.issued_by.clone(),
            valid_to: c.valid_to.to_string(),
            u95_percent: c.u95_percent.to_string(),
            configuration_unchanged: c.configuration_at_calibration == c.configuration_now,
        }),
        window: evidence.window,
        period_seconds: evidence.period_seconds,
        deciding_method: procedure.deciding_method(),
        method_declared_by: procedure.method_declared_by(),
        overall_rule: Text::new(
            "任一控制点不符合，则不符合；否则只要有控制点因接近限值尚缺窗口或各窗口误差分散过大，则待定；否则至少一个控制点符合，则符合；没有控制点可判，则待定。标准器、覆盖率、缺测和寄存器连续性条件不满足时，一律待定。",
            "One control point that does not conform: does not conform. Otherwise one that lacks windows near its limit, or whose windows scatter too much: inconclusive. Otherwise at least one that conforms: conforms. None judged: inconclusive. Whatever the points say, a missing condition of reference, coverage, gaps or registers that go on leaves the run inconclusive.",
        ),
        rules: rules(procedure),
        bins: lines,
        intervals: counts,
        excluded,
        not_tested: procedure.not_tested(),
        period_check: None,
        measured: None,
        control: None,
        engine: engine(),
        evidence_sha256: evidence.sha256(),
        procedure_sha256: procedure.sha256(),
    }
}

/// Slots of every bin, and the rest by reason.
fn sort(
    procedure: &Procedure,
    evidence: &Evidence,
    paired: &Paired<'_>,
    bins: &[Bin<'_>],
) -> (Vec<Vec<usize>>, Vec<ExcludedLine>) {
    let loads = Loads::of(procedure, evidence, paired.grid).sort(bins);
    let mut members = vec![Vec::new(); bins.len()];
    let mut excluded: BTreeMap<Code, u32> = BTreeMap::new();
    for (slot, pair) in paired.slots.iter().enumerate() {
        let found = match (pair, loads.get(slot), loads.get(slot + 1)) {
            (Err(code), _, _) => Err(*code),
            _ if bins.is_empty() => Err(Code::NoLimitForClass),
            (Ok(_), Some(Ok(a)), Some(Ok(b))) if a == b => Ok(*a),
            (Ok(_), Some(Ok(_)), Some(Ok(_))) => Err(Code::LoadCrossesBins),
            (Ok(_), Some(Err(code)), _) | (Ok(_), _, Some(Err(code))) => Err(*code),
            _ => Err(Code::LoadMissing),
        };
        match found {
            Ok(bin) => members[bin].push(slot),
            Err(code) => *excluded.entry(code).or_default() += 1,
        }
    }
    let field = [("field", "basic_current / maximum_current")];
    let (class, connection) = (
        evidence.subject.accuracy_class.as_deref().unwrap_or("?"),
        connection_name(evidence.subject.connection),
    );
    let excluded = excluded
        .into_iter()
        .map(|(code, intervals)| ExcludedLine {
            reason: match code {
                Code::NameplateIncomplete => Reason::with(code, &field),
                Code::NoLimitForClass => Reason::with(code, &[("class", class), ("connection", connection)]),
                _ => Reason::plain(code),
            },
            intervals,
        })
        .collect();
    (members, excluded)
}

fn count(paired: &Paired<'_>, used: usize, period_seconds: u32) -> IntervalCount {
    let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let expected = paired.slots.len();
    let covered = paired.slots.iter().filter(|s| s.is_ok()).count();
    let longest = paired
        .slots
        .chunk_by(|a, b| a.is_ok() == b.is_ok())
        .filter(|run| run.first().is_some_and(Result::is_err))
        .map(<[_]>::len)
        .max()
        .unwrap_or(0);
    IntervalCount {
        expected: whole(expected),
        used: whole(used),
        excluded: whole(expected - used),
        coverage: format!("{covered}/{expected}"),
        largest_gap_seconds: u64::from(period_seconds) * u64::try_from(longest).unwrap_or(u64::MAX / 100_000),
    }
}

fn line(bench: &Workbench<'_>, bin: &Bin<'_>, slots: &[usize], blocked: bool) -> BinLine {
    let procedure = bench.procedure;
    let places = procedure.unrounded_places();
    let windows: Vec<_> = bench
        .days(slots)
        .iter()
        .map(|day| bench.window(day, bin.limit))
        .collect();
    let used: Vec<_> = windows.iter().filter(|w| w.line.used).collect();
    let errors: Vec<Fraction> = used.iter().filter_map(|w| w.error.clone()).collect();
    let worst = |list: &mut dyn Iterator<Item = &Option<Exact>>| list.flatten().max().cloned();
    // Without a usable window, the best of the others shows how far it is from being usable.
    let u95 = worst(&mut used.iter().map(|w| &w.u95))
        .or_else(|| windows.iter().filter_map(|w| w.u95.clone()).min());
    let judgement = judge_fractions(procedure.repeats(), &errors, bin.limit, bin.interval);
    let ratio = procedure.ratio();
    let mut reasons = Vec::new();
    let least = procedure.repeats().least;
    if let Some(u95) = u95.as_ref().filter(|_| used.is_empty()) {
        reasons.push(Reason::with(
            Code::UncertaintyTooLarge,
            &[
                ("u95", &u95.to_string()),
                ("limit", &bin.limit.to_string()),
                ("ratio", &ratio.to_string()),
            ],
        ));
    }
    if errors.len() < least {
        reasons.push(Reason::with(
            Code::TooFewWindows,
            &[
                ("windows", &errors.len().to_string()),
                ("least", &least.to_string()),
            ],
        ));
    } else if let Some(judged) = judgement.as_ref().filter(|j| j.missing > 0) {
        let repeats = procedure.repeats();
        reasons.push(Reason::with(
            Code::NearLimitMoreWindows,
            &[
                ("mean", &judged.mean(places).0),
                ("limit", &bin.limit.to_string()),
                ("from", &repeats.near_from.to_string()),
                ("to", &repeats.near_to.to_string()),
                ("missing", &judged.missing.to_string()),
            ],
        ));
    }
    let mut verdict = match &judgement {
        Some(judged) if reasons.is_empty() && !blocked => judged.by(procedure.deciding_method()),
        _ => Verdict::Inconclusive,
    };
    if let Some(reason) = scattered(bin, &windows, verdict, places) {
        reasons.push(reason);
        verdict = Verdict::Inconclusive;
    }
    let mean = judgement.as_ref().map(|j| j.mean(places));
    let energy = windows
        .iter()
        .fold(Exact::zero(), |sum, w| &sum + &w.reference_energy);
    let direct = bench.evidence.subject.connection == Some(Connection::Direct);
    let permitted = Fraction::new(bin.limit, &Exact::from(i64::from(ratio)));
    BinLine {
        bin: bin.name.clone(),
        title: bin.title(direct),
        table_point: bin.power_factor.point.clone(),
        current_from: bin.row.current_from.to_string(),
        current_to: bin.row.current_to.as_ref().map(Exact::to_string),
        power_factor_from: bin.power_factor.from.to_string(),
        power_factor_to: bin.power_factor.to.to_string(),
        intervals: u32::try_from(slots.len()).unwrap_or(u32::MAX),
        windows_used: u32::try_from(errors.len()).unwrap_or(u32::MAX),
        reference_energy: energy.to_string(),
        mean_is_complete: mean.as_ref().is_some_and(|(_, complete)| *complete),
        mean_percent: mean.map(|(text, _)| text),
        mean_fraction: judgement.as_ref().map(|j| j.fraction()),
        rounded_percent: judgement.as_ref().map(|j| j.rounded.to_string()),
        residual: judgement
            .as_ref()
            .map_or("", |j| j.rounded.residual().mark())
            .to_owned(),
        limit_percent: bin.limit.to_string(),
        interval_percent: bin.interval.to_string(),
        u95_percent: u95.map(|u| u.to_string()),
        u95_permitted_percent: permitted.map_or_else(String::new, |p| p.cut(places).0),
        near_limit: judgement.as_ref().is_some_and(|j| j.near_limit),
        rounded_value_verdict: judgement.as_ref().map(|j| j.rounded_value),
        full_value_verdict: judgement.as_ref().map(|j| j.full_value),
        verdict,
        reasons,
        windows: windows.into_iter().map(|w| w.line).collect(),
    }
}

/// Why the windows of a bin contradict each other.
fn scattered(bin: &Bin<'_>, windows: &[Judged], verdict: Verdict, places: u32) -> Option<Reason> {
    let used = windows.iter().filter(|w| w.line.used);
    let used: Vec<_> = used
        .filter_map(|w| {
            Some(gate::Window {
                from: w.line.from,
                to: w.line.to,
                error: w.error.as_ref()?,
                u95: w.u95.as_ref()?,
                limit: Fraction::from(bin.limit),
            })
        })
        .collect();
    gate::objection((&bin.name, "%", places), verdict, &used)
}

fn overall(lines: &[BinLine], reasons: &mut Vec<Reason>, blocked: bool) -> Verdict {
    if blocked {
        return Verdict::Inconclusive;
    }
    let failing: Vec<_> = lines
        .iter()
        .filter(|l| l.verdict == Verdict::DoesNotConform)
        .collect();
    for line in &failing {
        reasons.push(Reason::with(
            Code::BinOutsideLimit,
            &[
                ("bin", &line.bin),
                ("rounded", line.rounded_percent.as_deref().unwrap_or("")),
                ("limit", &line.limit_percent),
            ],
        ));
    }
    if !failing.is_empty() {
        return Verdict::DoesNotConform;
    }
    let open: Vec<Reason> = lines
        .iter()
        .flat_map(|l| &l.reasons)
        .filter(|r| matches!(r.code, Code::NearLimitMoreWindows | Code::Scatter))
        .cloned()
        .collect();
    if !open.is_empty() {
        reasons.extend(open);
        return Verdict::Inconclusive;
    }
    if lines.iter().any(|l| l.verdict == Verdict::Conforms) {
        return Verdict::Conforms;
    }
    reasons.push(Reason::plain(Code::NoBinJudged));
    // Why none: each cause once, whichever bin had intervals at all.
    for line in lines.iter().filter(|l| l.intervals > 0) {
        for reason in &line.reasons {
            if !reasons.contains(reason) {
                reasons.push(reason.clone());
            }
        }
    }
    Verdict::Inconclusive
}

pub(super) fn connection_name(connection: Option<Connection>) -> &'static str {
    match connection {
        Some(Connection::Direct) => "direct",
        Some(Connection::Transformer) => "transformer",
        None => "?",
    }
}

fn instrument(meter: &Meter) -> InstrumentLine {
    InstrumentLine {
        device: meter.device.clone(),
        name: meter.name.clone(),
        manufacturer: meter.manufacturer.clone(),
        model: meter.model.clone(),
        serial: meter.serial.clone(),
        accuracy_class: meter.accuracy_class.clone(),
        connection: meter.connection.map(|c| connection_name(Some(c)).to_owned()),
        basic_current: meter.basic_current.as_ref().map(Exact::to_string),
        maximum_current: meter.maximum_current.as_ref().map(Exact::to_string),
        current_ratio: meter.multiplier.current_ratio.to_string(),
        voltage_ratio: meter.multiplier.voltage_ratio.to_string(),
        registers_are_primary: meter.multiplier.registers_are_primary,
        register_factor: meter.multiplier.factor().to_string(),
        register_resolution: meter.register.resolution.to_string(),
        register_unit: meter.register.unit.clone(),
    }
}

fn rules(procedure: &Procedure) -> Vec<Text> {
    let r = procedure.repeats();
    let u = procedure.uncertainty();
    let ratio = procedure.ratio();
    vec![
        Text::new(
            "γ=(W−W0)/W0×100 %，W、W0 为同一时段两表一次侧电能",
            "γ = (W − W0)/W0 × 100 %, W and W0 the primary energies of both meters over the same time",
        ),
        Text::new(
            format!("先核对 U95≤MPEV/{}，再取平均，只修约一次，然后与限值比较", ratio),
            format!(
                "first U95 ≤ MPEV/{}, then the mean, one rounding, then the limit",
                ratio
            ),
        ),
        Text::new(
            format!(
                "每控制点至少 {} 个窗口；平均误差处于限值 {}～{} 倍时至少 {} 个",
                r.least,
                r.near_from,
                r.near_to,
                r.least + r.more
            ),
            format!(
                "at least {} windows per control point; {} when the mean lies at {} to {} times the limit",
                r.least,
                r.least + r.more,
                r.near_from,
                r.near_to
            ),
        ),
        gate::rule(),
        Text::new(
            format!(
                "U95 由标准器证书、两表寄存器分辨力和采样时刻差合成（k={}），向上取至 {} 位小数",
                u.k, u.places
            ),
            format!(
                "U95 combines certificate, register steps of both meters and time skew (k={}), rounded up to {} decimals",
                u.k, u.places
            ),
        ),
    ]
}
