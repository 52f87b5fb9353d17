//! Whether the reference's certificate holds for the window, and for the reference as it is now.

use devices::Window;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz};

use crate::conclusion::{Code, Reason};
use crate::evidence::Certificate;

/// Why a certificate cannot stand behind a run; certificates carry days of the laboratory's calendar.
pub(crate) fn objections(
    certificate: Option<&Certificate>,
    window: Window,
    utc_offset_seconds: i32,
) -> Vec<Reason> {
    let Some(certificate) = certificate else {
        return vec![Reason::plain(Code::CertificateAbsent)];
    };
    let mut reasons = Vec::new();
    let day = |time: Timestamp| -> Option<Date> {
        let offset = tz::Offset::from_seconds(utc_offset_seconds).ok()?;
        Some(offset.to_datetime(time).date())
    };
    let number = certificate.number.as_str();
    // The end of the window is open.
    let end = window
        .to
        .checked_sub(SignedDuration::from_nanos(1))
        .ok()
        .and_then(day);
    if let Some(end) = end.filter(|end| *end > certificate.valid_to) {
        let (valid, end) = (certificate.valid_to.to_string(), end.to_string());
        reasons.push(Reason::with(
            Code::CertificateExpired,
            &[("number", number), ("valid_to", &valid), ("end", &end)],
        ));
    }
    if let Some((start, valid)) = day(window.from)
        .zip(certificate.valid_from)
        .filter(|(start, valid)| start < valid)
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
    reasons
}
