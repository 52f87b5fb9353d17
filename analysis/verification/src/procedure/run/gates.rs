//! What must hold before any bin is judged: certificate, class, coverage, gaps, two instruments, registers that go on.

use crate::evidence::Grid;
use crate::gate::{Counter, one_instrument};
use crate::procedure::{Evidence, Owner, Procedure};
use crate::verdict::{Code, IntervalCount, Reason};
use numbers::number::Exact;

use super::fit::Fitted;
use super::slots::{Slots, sampling};

pub(super) fn counts(slots: &Slots<'_>, used: usize) -> IntervalCount {
    let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let expected = slots.states.len();
    let covered = slots.states.iter().filter(|s| s.is_ok()).count();
    let longest = slots
        .states
        .chunk_by(|a, b| a.is_ok() == b.is_ok())
        .filter(|run| run.first().is_some_and(Result::is_err))
        .map(<[_]>::len)
        .max()
        .unwrap_or(0);
    // Between two indications there is one step more than indications missing.
    let steps = longest + usize::from(longest > 0 && !slots.intervals);
    let period = u64::try_from(slots.grid.period()).unwrap_or(0);
    IntervalCount {
        expected: whole(expected),
        used: whole(used),
        excluded: whole(expected - used),
        coverage: format!("{covered}/{expected}"),
        largest_gap_seconds: period.saturating_mul(steps as u64),
    }
}

/// Where a register did not go on.
pub(super) fn resets(evidence: &Evidence, series: &[Fitted<'_>], grid: Grid) -> Vec<Reason> {
    let registers = series.iter().filter(|s| s.register);
    let found = registers.filter_map(|series| {
        let owner = match series.of {
            Owner::Subject => &evidence.subject,
            Owner::Reference | Owner::Certificate => &evidence.reference,
        };
        let counter = Counter {
            meter: format!("{} ({})", owner.name, owner.device),
            readings: &grid.place(&series.readings),
            resolution: series.resolution.as_ref(),
            modulus: series.modulus.as_ref(),
            most: series.largest_step.as_ref(),
            scale: Exact::from(1),
        };
        counter.reset()
    });
    found.collect()
}

/// Whether the instrument was compared with itself.
pub(super) fn itself(evidence: &Evidence) -> Option<Reason> {
    let (subject, reference) = (&evidence.subject, &evidence.reference);
    one_instrument(
        (&subject.device, &subject.serial),
        (&reference.device, &reference.serial),
    )
}

pub(super) fn gates(procedure: &Procedure, evidence: &Evidence, counts: &IntervalCount) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if sampling(procedure).is_some_and(|(s, _)| s.needs_certificate) {
        certificate(procedure, evidence, &mut reasons);
    }
    let class = evidence.subject.accuracy_class.as_deref();
    let limited = procedure.bins().iter().any(|b| !b.limits.is_empty());
    if limited && procedure.bins().iter().all(|b| b.limits.of(class).is_none()) {
        reasons.push(Reason::with(
            Code::NoLimitForClass,
            &[("class", class.unwrap_or("?")), ("connection", "-")],
        ));
    }
    let rules = procedure.coverage();
    let covered = counts
        .coverage
        .split('/')
        .next()
        .and_then(|n| n.parse::<u32>().ok())
        .unwrap_or(0);
    if counts.expected == 0
        || Exact::from(i64::from(covered)) < &rules.least * &Exact::from(i64::from(counts.expected))
    {
        reasons.push(Reason::with(
            Code::CoverageTooLow,
            &[
                ("covered", &covered.to_string()),
                ("expected", &counts.expected.to_string()),
                ("least", &rules.least.to_string()),
            ],
        ));
    }
    if counts.largest_gap_seconds > rules.largest_gap_seconds {
        reasons.push(Reason::with(
            Code::LargestGapExceeded,
            &[
                ("gap", &counts.largest_gap_seconds.to_string()),
                ("most", &rules.largest_gap_seconds.to_string()),
            ],
        ));
    }
    reasons
}

fn certificate(procedure: &Procedure, evidence: &Evidence, reasons: &mut Vec<Reason>) {
    let Some(certificate) = &evidence.certificate else {
        reasons.push(Reason::plain(Code::CertificateAbsent));
        return;
    };
    // Certificates carry days of the laboratory's calendar; the end of the window is open.
    let day = |time: jiff::Timestamp, minus: i64| {
        jiff::tz::Offset::from_seconds(procedure.window().utc_offset_seconds)
            .ok()
            .zip(time.checked_sub(jiff::SignedDuration::from_nanos(minus)).ok())
            .map(|(offset, time)| offset.to_datetime(time).date())
    };
    let number = certificate.number.as_str();
    if let Some(end) = day(evidence.window.to, 1).filter(|end| *end > certificate.valid_to) {
        let (valid, end) = (certificate.valid_to.to_string(), end.to_string());
        reasons.push(Reason::with(
            Code::CertificateExpired,
            &[("number", number), ("valid_to", &valid), ("end", &end)],
        ));
    }
    if let Some(start) = day(evidence.window.from, 0)
        && let Some(valid) = certificate.valid_from.filter(|valid| start < *valid)
    {
        let (valid, start) = (valid.to_string(), start.to_string());
        reasons.push(Reason::with(
            Code::CertificateNotYetValid,
            &[("number", number), ("valid_from", &valid), ("start", &start)],
        ));
    }
    if certificate.configuration_at_calibration != certificate.configuration_now {
        reasons.push(Reason::plain(Code::ReferenceConfigurationChanged));
    }
}
