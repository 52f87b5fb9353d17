//! What a registration must satisfy before it reaches the ledger; each refusal names its field.

use devices::profile::{Catalogue, Protocol};
use jiff::civil::Date;
use ledger::instruments::ExpandedUncertainty;
use rust_decimal::Decimal;

use crate::instrument::wire::{Access, InstrumentDraft};
use crate::problem::Answer;
use crate::refusal;

const LONGEST_TEXT: usize = 200;
const LONGEST_PERIOD_SECONDS: u32 = 86_400;

/// `today` is the site's.
///
/// # Errors
/// 422 with the first field that is wrong.
pub fn check(draft: &InstrumentDraft, catalogue: &Catalogue, today: Date) -> Answer<()> {
    for (field, text, needed) in [
        ("name", &draft.name, true),
        ("serial", &draft.serial, true),
        ("manufacturer", &draft.manufacturer, false),
        ("location", &draft.location, false),
    ] {
        if needed && text.trim().is_empty() {
            return Err(refusal::instrument::text_empty(field).on_field(field));
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(refusal::instrument::text_too_long(field, LONGEST_TEXT).on_field(field));
        }
    }
    if draft.period_seconds == 0 || draft.period_seconds > LONGEST_PERIOD_SECONDS {
        return Err(refusal::instrument::period_out_of_range().on_field("period_seconds"));
    }
    for (field, ratio) in [
        ("multiplier.current_ratio", draft.multiplier.current_ratio),
        ("multiplier.voltage_ratio", draft.multiplier.voltage_ratio),
    ] {
        if ratio <= Decimal::ZERO {
            return Err(refusal::instrument::ratio_not_positive().on_field(field));
        }
    }
    check_access(&draft.profile, &draft.access, catalogue)?;
    check_plausible(draft, catalogue)?;
    check_traceability(draft, today)
}

/// # Errors
/// 422: an unknown model, or an address that its protocol has not.
pub fn check_access(profile: &str, access: &Access, catalogue: &Catalogue) -> Answer<()> {
    let profile = catalogue.get(profile).ok_or_else(|| {
        let known: Vec<String> = catalogue.iter().map(|profile| profile.reference()).collect();
        let known = known.join(", ");
        refusal::instrument::unknown_model(profile, &known).on_field("profile")
    })?;
    let fits = matches!(
        (profile.protocol, access),
        (
            Protocol::Modbus,
            Access::ModbusTcp { .. } | Access::ModbusRtu { .. }
        ) | (Protocol::Mqtt, Access::Mqtt { .. })
    );
    if !fits {
        return Err(refusal::instrument::protocol_not_spoken().on_field("access.kind"));
    }
    match access {
        Access::ModbusTcp { host, port, unit } => {
            text("access.host", host)?;
            if *port == 0 {
                return Err(refusal::instrument::port_out_of_range().on_field("access.port"));
            }
            // Behind TCP, 0 and 255 are ordinary addresses of the device itself.
            let _ = unit;
            Ok(())
        }
        Access::ModbusRtu { line, unit, settings } => {
            text("access.line", line)?;
            if !(1..=247).contains(unit) {
                return Err(refusal::instrument::unit_out_of_range().on_field("access.unit"));
            }
            match settings {
                Some(settings) if !["8N1", "8E1", "8O1", "8N2"].contains(&settings.format.as_str()) => {
                    Err(refusal::instrument::unknown_line_format().on_field("access.settings.format"))
                }
                _ => Ok(()),
            }
        }
        Access::Mqtt { broker, topic } => {
            text("access.broker", broker)?;
            text("access.topic", topic)?;
            if topic.contains(['#', '+']) {
                return Err(refusal::instrument::topic_with_wildcard().on_field("access.topic"));
            }
            Ok(())
        }
    }
}

fn text(field: &str, text: &str) -> Answer<()> {
    let refused = if text.trim().is_empty() {
        refusal::instrument::text_empty(field)
    } else if text.chars().count() > LONGEST_TEXT {
        refusal::instrument::text_too_long(field, LONGEST_TEXT)
    } else if text.chars().any(char::is_control) {
        refusal::instrument::text_with_control_character(field)
    } else {
        return Ok(());
    };
    Err(refused.on_field(field))
}

fn check_plausible(draft: &InstrumentDraft, catalogue: &Catalogue) -> Answer<()> {
    for (point, (low, high)) in &draft.plausible {
        let field = format!("plausible.{point}");
        if catalogue
            .get(&draft.profile)
            .and_then(|profile| profile.point(point.as_str()))
            .is_none()
        {
            return Err(refusal::instrument::no_such_point().on_field(field));
        }
        if low > high {
            return Err(refusal::instrument::range_upside_down().on_field(field));
        }
    }
    Ok(())
}

fn check_traceability(draft: &InstrumentDraft, today: Date) -> Answer<()> {
    let Some(certificate) = &draft.traceability else {
        return Ok(());
    };
    text("traceability.certificate_no", &certificate.certificate_no)?;
    text("traceability.issued_by", &certificate.issued_by)?;
    if certificate.issued_on > today {
        return Err(refusal::instrument::issued_in_future().on_field("traceability.issued_on"));
    }
    if certificate.due_on <= certificate.issued_on {
        return Err(refusal::instrument::ends_before_issue().on_field("traceability.due_on"));
    }
    let Some(ExpandedUncertainty { percent, k }) = certificate.u95_percent else {
        return Ok(());
    };
    if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return Err(refusal::instrument::uncertainty_out_of_range().on_field("traceability.u95_percent"));
    }
    if k < Decimal::ONE || k > Decimal::TEN {
        return Err(refusal::instrument::coverage_factor_out_of_range().on_field("traceability.k"));
    }
    Ok(())
}
