//! What must hold before any control point is judged: certificate, nameplate, coverage, gaps, two instruments at one
//! load, registers that go on.

use crate::evidence::{Evidence, LoadSource, Meter};
use crate::gate::one_instrument;
use crate::verdict::{Code, IntervalCount, Reason};
use numbers::number::Exact;

use super::conclude::connection_name;
use super::intervals::{Paired, resets};
use super::procedure::Procedure;

/// Conditions without which nothing is judged.
pub(super) fn gates(
    procedure: &Procedure,
    evidence: &Evidence,
    paired: &Paired<'_>,
    counts: &IntervalCount,
    no_limits: bool,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    certificate_gate(procedure, evidence, &mut reasons);
    for (who, meter) in [("subject", &evidence.subject), ("reference", &evidence.reference)] {
        let mut missing = |field: &str, absent: bool| {
            if absent {
                let field = format!("{who}.{field}");
                reasons.push(Reason::with(Code::NameplateIncomplete, &[("field", &field)]));
            }
        };
        missing("maximum_current", meter.maximum_current.is_none());
        missing("reference_voltage", meter.reference_voltage.is_none());
        if who == "subject" {
            missing("basic_current", meter.basic_current.is_none());
            missing("accuracy_class", meter.accuracy_class.is_none());
            missing("connection", meter.connection.is_none());
            let expected = usize::from(match evidence.load.source {
                LoadSource::Subject => evidence.subject.phases,
                LoadSource::Reference => evidence.reference.phases,
            });
            missing("load.currents", evidence.load.currents.len() != expected);
        }
    }
    if no_limits && let Some(class) = &evidence.subject.accuracy_class {
        let connection = connection_name(evidence.subject.connection);
        reasons.push(Reason::with(
            Code::NoLimitForClass,
            &[("class", class), ("connection", connection)],
        ));
    }
    let rules = procedure.coverage();
    let covered = paired.slots.iter().filter(|s| s.is_ok()).count();
    if counts.expected == 0
        || Exact::new(covered, 0) < &rules.least * &Exact::from(i64::from(counts.expected))
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
    same_load(procedure, evidence, paired, &mut reasons);
    let (subject, reference) = (&evidence.subject, &evidence.reference);
    reasons.extend(one_instrument(
        (&subject.device, &subject.serial),
        (&reference.device, &reference.serial),
    ));
    reasons.extend(resets(procedure, evidence, paired));
    reasons
}

/// Whether both meters saw one load. A meter that is wrong keeps its ratio to the reference; one in another circuit
/// does not, and its "error" would be a comparison of two consumptions.
fn same_load(procedure: &Procedure, evidence: &Evidence, paired: &Paired<'_>, reasons: &mut Vec<Reason>) {
    let rules = procedure.load();
    let Some((deviation, share)) = rules
        .same_load_deviation
        .as_ref()
        .zip(rules.same_load_share.as_ref())
    else {
        return;
    };
    let (factor_s, factor_r) = (
        evidence.subject.multiplier.factor(),
        evidence.reference.multiplier.factor(),
    );
    let pairs: Vec<(Exact, Exact)> = paired
        .slots
        .iter()
        .filter_map(|slot| slot.as_ref().ok())
        .map(|pair| {
            (
                &pair.subject.energy * &factor_s,
                &pair.reference.energy * &factor_r,
            )
        })
        .collect();
    let sum =
        |of: fn(&(Exact, Exact)) -> &Exact| pairs.iter().fold(Exact::zero(), |sum, pair| &sum + of(pair));
    let (subject, reference) = (sum(|pair| &pair.0), sum(|pair| &pair.1));
    // |w·ΣW₀ − w₀·ΣW| against deviation·w₀·ΣW and one register step of each meter: no quotient is needed.
    let step = |meter: &Meter, factor: &Exact| &meter.register.resolution * factor;
    let steps = &(&step(&evidence.subject, &factor_s) * &reference)
        + &(&step(&evidence.reference, &factor_r) * &subject);
    let apart = pairs
        .iter()
        .filter(|(w, w0)| {
            let expected = w0 * &subject;
            let permitted = &(&expected * deviation) + &steps;
            (&(w * &reference) - &expected).abs() > permitted
        })
        .count();
    if Exact::new(apart, 0) > share * &Exact::new(pairs.len(), 0) {
        reasons.push(Reason::with(
            Code::LoadsNotTheSame,
            &[
                ("apart", &apart.to_string()),
                ("pairs", &pairs.len().to_string()),
                ("deviation", &deviation.to_string()),
            ],
        ));
    }
}

fn certificate_gate(procedure: &Procedure, evidence: &Evidence, reasons: &mut Vec<Reason>) {
    let Some(certificate) = &evidence.certificate else {
        reasons.push(Reason::plain(Code::CertificateAbsent));
        return;
    };
    // Certificates carry days of the laboratory's calendar; the end of the window is open.
    let day = |time: jiff::Timestamp, minus: i64| {
        jiff::tz::Offset::from_seconds(procedure.day().utc_offset_seconds)
            .ok()
            .zip(time.checked_sub(jiff::SignedDuration::from_nanos(minus)).ok())
            .map(|(offset, time)| offset.to_datetime(time).date())
    };
    let number = certificate.number.as_str();
    if let Some(end) = day(evidence.window.to, 1)
        && end > certificate.valid_to
    {
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
    if !certificate.u95_percent.is_positive() {
        let u95 = certificate.u95_percent.to_string();
        reasons.push(Reason::with(
            Code::CertificateUncertaintyInvalid,
            &[("number", number), ("u95", &u95)],
        ));
    }
    if certificate.configuration_at_calibration != certificate.configuration_now {
        reasons.push(Reason::plain(Code::ReferenceConfigurationChanged));
    }
}
