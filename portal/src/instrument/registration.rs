//! What a registration must satisfy before it reaches the ledger; each refusal names its field.

use devices::profile::{Catalogue, Protocol};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;

use crate::instrument::wire::{Access, ExpandedUncertainty, InstrumentDraft};
use crate::problem::{Answer, Problem};

const LONGEST_TEXT: usize = 200;
const LONGEST_PERIOD_SECONDS: u32 = 86_400;

/// # Errors
/// `invalid` (422) with the first field that is wrong.
pub fn check(draft: &InstrumentDraft, catalogue: &Catalogue, now: Timestamp) -> Answer<()> {
    for (field, text, needed) in [
        ("name", &draft.name, true),
        ("serial", &draft.serial, true),
        ("manufacturer", &draft.manufacturer, false),
        ("location", &draft.location, false),
    ] {
        if needed && text.trim().is_empty() {
            return Err(Problem::invalid(
                field,
                format!("{field} must not be empty."),
                "此项不能为空。",
            ));
        }
        if text.chars().count() > LONGEST_TEXT {
            return Err(Problem::invalid(
                field,
                format!("{field} has at most 200 characters."),
                "最多 200 个字符。",
            ));
        }
    }
    if draft.period_seconds == 0 || draft.period_seconds > LONGEST_PERIOD_SECONDS {
        return Err(Problem::invalid(
            "period_seconds",
            "The reading period is between 1 s and 86400 s.",
            "采集周期应在 1 s 至 86400 s 之间。",
        ));
    }
    for (field, ratio) in [
        ("multiplier.current_ratio", draft.multiplier.current_ratio),
        ("multiplier.voltage_ratio", draft.multiplier.voltage_ratio),
    ] {
        if ratio <= Decimal::ZERO {
            return Err(Problem::invalid(
                field,
                "A transformer ratio is greater than 0.",
                "互感器变比必须大于 0。",
            ));
        }
    }
    check_access(&draft.profile, &draft.access, catalogue)?;
    check_plausible(draft, catalogue)?;
    check_traceability(draft, now)
}

/// # Errors
/// `invalid` (422): an unknown model, or an address that its protocol has not.
pub fn check_access(profile: &str, access: &Access, catalogue: &Catalogue) -> Answer<()> {
    let profile = catalogue.get(profile).ok_or_else(|| {
        let known: Vec<String> = catalogue.iter().map(|profile| profile.reference()).collect();
        let known = known.join(", ");
        Problem::invalid(
            "profile",
            format!("There is no model \"{profile}\"; known are {known}."),
            format!("没有型号“{profile}”，可用型号：{known}。"),
        )
    })?;
    let fits = matches!(
        (profile.protocol, access),
        (
            Protocol::Modbus,
            Access::ModbusTcp { .. } | Access::ModbusRtu { .. }
        ) | (Protocol::Mqtt, Access::Mqtt { .. })
    );
    if !fits {
        return Err(Problem::invalid(
            "access.kind",
            "This model does not speak that protocol.",
            "该型号不支持此通信协议。",
        ));
    }
    match access {
        Access::ModbusTcp { host, port, unit } => {
            text("access.host", host)?;
            if *port == 0 {
                return Err(Problem::invalid(
                    "access.port",
                    "A port is 1 to 65535.",
                    "端口应为 1 至 65535。",
                ));
            }
            // Behind TCP, 0 and 255 are ordinary addresses of the device itself.
            let _ = unit;
            Ok(())
        }
        Access::ModbusRtu { line, unit, settings } => {
            text("access.line", line)?;
            if !(1..=247).contains(unit) {
                return Err(Problem::invalid(
                    "access.unit",
                    "A unit on a bus is 1 to 247.",
                    "站号应为 1 至 247。",
                ));
            }
            match settings {
                Some(settings) if !["8N1", "8E1", "8O1", "8N2"].contains(&settings.format.as_str()) => {
                    Err(Problem::invalid(
                        "access.settings.format",
                        "The format is 8N1, 8E1, 8O1 or 8N2.",
                        "串口格式应为 8N1、8E1、8O1 或 8N2。",
                    ))
                }
                _ => Ok(()),
            }
        }
        Access::Mqtt { broker, topic } => {
            text("access.broker", broker)?;
            text("access.topic", topic)?;
            if topic.contains(['#', '+']) {
                return Err(Problem::invalid(
                    "access.topic",
                    "One instrument has one topic: no # or +.",
                    "一台仪表对应一个主题，不能使用通配符 # 或 +。",
                ));
            }
            Ok(())
        }
    }
}

fn text(field: &str, text: &str) -> Answer<()> {
    let (detail, detail_zh) = if text.trim().is_empty() {
        ("must not be empty", "此项不能为空。")
    } else if text.chars().count() > LONGEST_TEXT {
        ("has at most 200 characters", "最多 200 个字符。")
    } else if text.chars().any(char::is_control) {
        (
            "holds a line break or another control character",
            "含有换行或其他控制字符。",
        )
    } else {
        return Ok(());
    };
    Err(Problem::invalid(field, format!("{field} {detail}."), detail_zh))
}

fn check_plausible(draft: &InstrumentDraft, catalogue: &Catalogue) -> Answer<()> {
    for (point, (low, high)) in &draft.plausible {
        let field = format!("plausible.{point}");
        if catalogue
            .get(&draft.profile)
            .and_then(|profile| profile.point(point.as_str()))
            .is_none()
        {
            return Err(Problem::invalid(
                &field,
                "The model has no such point.",
                "该型号没有此测点。",
            ));
        }
        if low > high {
            return Err(Problem::invalid(
                &field,
                "The lower end is above the upper.",
                "下限大于上限。",
            ));
        }
    }
    Ok(())
}

fn check_traceability(draft: &InstrumentDraft, now: Timestamp) -> Answer<()> {
    let Some(certificate) = &draft.traceability else {
        return Ok(());
    };
    let refused = |field: &str, detail, detail_zh| {
        let field = format!("traceability.{field}");
        Err(Problem::invalid(&field, format!("{field}: {detail}"), detail_zh))
    };
    text("traceability.certificate_no", &certificate.certificate_no)?;
    text("traceability.issued_by", &certificate.issued_by)?;
    // Where the certificate was issued, it may be tomorrow already.
    let latest = TimeZone::UTC.to_datetime(now).date().saturating_add(1.day());
    if certificate.issued_on > latest {
        return refused(
            "issued_on",
            "a certificate is not issued in the future.",
            "签发日期不能晚于今天。",
        );
    }
    if certificate.due_on <= certificate.issued_on {
        return refused(
            "due_on",
            "the certificate ends before it begins.",
            "有效期至应晚于签发日期。",
        );
    }
    let Some(ExpandedUncertainty { percent, k }) = certificate.u95_percent else {
        return Ok(());
    };
    if percent <= Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return refused(
            "u95_percent",
            "an expanded uncertainty is greater than 0 and at most 100 %.",
            "扩展不确定度应大于 0 且不超过 100 %。",
        );
    }
    if k < Decimal::ONE || k > Decimal::TEN {
        return refused(
            "k",
            "a coverage factor is between 1 and 10.",
            "包含因子 k 应在 1 至 10 之间。",
        );
    }
    Ok(())
}
