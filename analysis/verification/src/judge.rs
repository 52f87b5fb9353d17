//! From a procedure and evidence to a conclusion: the one way, whatever the kind of run.

use crate::conclusion::{CertificateLine, Conclusion, FORMAT, InstrumentLine, MultiplierLine, engine};
use crate::evidence::{Certificate, Evidence, Instrument};
use crate::procedure::{Procedure, Rules};
use crate::requirement::{Plan, Requirement};
use crate::{comparison, period_check};

/// What a run by this procedure needs; `None` when the window holds no whole period.
pub fn requirement(procedure: &Procedure, plan: &Plan) -> Option<Requirement> {
    match procedure.rules() {
        Rules::Comparison(rules) => rules.requirement(plan),
        Rules::PeriodCheck(rules) => rules.requirement(plan),
    }
}

/// Judges one run. Never fails: what cannot be judged is 待定 with its reason.
pub fn judge(procedure: &Procedure, evidence: &Evidence) -> Conclusion {
    let findings = match procedure.rules() {
        Rules::Comparison(rules) => comparison::run(rules, evidence),
        Rules::PeriodCheck(rules) => period_check::run(rules, evidence),
    };
    Conclusion {
        format: FORMAT,
        nature: findings.nature,
        moves_traceability: false,
        verdict: findings.verdict,
        reasons: findings.reasons,
        basis: procedure.basis().clone(),
        subject: instrument(&evidence.subject),
        reference: instrument(&evidence.reference),
        certificate: evidence.certificate.as_ref().map(certificate),
        window: evidence.window,
        period_seconds: evidence.period_seconds,
        deciding_method: findings.deciding_method,
        method_declared_by: findings.method_declared_by,
        overall_rule: findings.overall_rule,
        rules: findings.rules,
        slots: findings.slots,
        excluded: findings.excluded,
        not_tested: findings.not_tested,
        body: findings.body,
        engine: engine(),
        evidence_sha256: evidence.sha256(),
        procedure_sha256: procedure.sha256(),
    }
}

fn instrument(of: &Instrument) -> InstrumentLine {
    InstrumentLine {
        device: of.device.clone(),
        name: of.name.clone(),
        manufacturer: of.manufacturer.clone(),
        model: of.model.clone(),
        serial: of.serial.clone(),
        accuracy_class: of.accuracy_class.clone(),
        connection: of.connection,
        multiplier: of.multiplier.as_ref().map(|m| MultiplierLine {
            current_ratio: m.current_ratio.to_string(),
            voltage_ratio: m.voltage_ratio.to_string(),
            registers_are_primary: m.registers_are_primary,
            factor: m.factor().to_string(),
        }),
    }
}

fn certificate(of: &Certificate) -> CertificateLine {
    CertificateLine {
        number: of.number.clone(),
        issued_by: of.issued_by.clone(),
        valid_to: of.valid_to.to_string(),
        configuration_unchanged: of.configuration_at_calibration == of.configuration_now,
    }
}
