//! What the ledger says an instrument was, and when.
//!
//! Registers say nothing of the transformers in front of them or of the meter they stand in: readings are judged under
//! the configuration that the ledger held when they were taken, and a certificate is for the configuration of its day.

use devices::Window;
use jiff::civil::Date;
use jiff::tz::Offset;
use jiff::{Timestamp, ToSpan};

use crate::instrument::wire::{Instrument, InstrumentDraft};
use crate::problem::Answer;
use crate::records::Configuration;
use crate::refusal;

/// Certificates carry days of China Standard Time.
const CERTIFICATE_DAYS: Offset = Offset::constant(8);

/// What gives the registers their meaning.
fn means_the_same(one: &InstrumentDraft, other: &InstrumentDraft) -> bool {
    (&one.profile, &one.serial, &one.multiplier) == (&other.profile, &other.serial, &other.multiplier)
}

/// When the meter, its model or its ratios were last changed; `None`: never.
pub(crate) fn changed(instrument: &Instrument, history: &[Configuration]) -> Option<Timestamp> {
    let now = &instrument.draft;
    let other = history
        .iter()
        .rposition(|past| !means_the_same(&past.draft, now))?;
    history.get(other + 1).map(|changed| changed.since)
}

/// Refuses a window from before the meter, its model or its ratios were last changed: its readings belong to another
/// configuration, and those of a window across the change to two.
pub(super) fn check_window(instrument: &Instrument, history: &[Configuration], window: Window) -> Answer<()> {
    let Some(since) = changed(instrument, history).filter(|since| window.from < *since) else {
        return Ok(());
    };
    let name = &instrument.draft.name;
    Err(refusal::run::window_before_change(name, &since.to_string()).on_field("from"))
}

/// The configuration that the present certificate is for: what the ledger held when the day of issue ended.
///
/// Two things bound that day. Once the certificate has been entered, the calibration lies in the past, so a later
/// change never counts as before it. And the history begins when the meter with this serial number came into the ledger:
/// what hung there before has another certificate.
pub(super) fn at_calibration(history: &[Configuration]) -> Option<&InstrumentDraft> {
    let certificate = history.last()?.draft.traceability.as_ref()?;
    let names_it = |past: &Configuration| {
        let named = past.draft.traceability.as_ref();
        named.is_some_and(|named| named.certificate_no == certificate.certificate_no)
    };
    let entered = history
        .iter()
        .rposition(|past| !names_it(past))
        .map_or(0, |last| last + 1);
    let serial = &history[entered].draft.serial;
    let other_meter = |past: &Configuration| past.draft.serial != *serial;
    let came = history[..entered]
        .iter()
        .rposition(other_meter)
        .map_or(0, |last| last + 1);
    let issued = end_of_day(certificate.issued_on);
    let candidates = &history[came..=entered];
    let at_issue = candidates.iter().rfind(|past| past.since < issued);
    Some(&at_issue.unwrap_or(&candidates[0]).draft)
}

fn end_of_day(day: Date) -> Timestamp {
    let next = day.saturating_add(1.day()).at(0, 0, 0, 0);
    CERTIFICATE_DAYS.to_timestamp(next).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Past(Vec<Configuration>);

    fn draft(serial: &str, ratio: &str, certificate: Option<&str>) -> InstrumentDraft {
        let certificate = certificate.map(|number| {
            serde_json::json!({"certificate_no": number, "issued_by": "x", "issued_on": "2026-03-10",
                "due_on": "2027-03-09", "u95_percent": "0.02"})
        });
        serde_json::from_value(serde_json::json!({
            "site_id": 1, "collector": "c", "device": "ref-1", "name": "reference", "profile": "ref3000@1",
            "serial": serial, "manufacturer": "", "accuracy_class": null, "purpose": "reference-standard",
            "access": {"kind": "modbus-tcp", "host": "h", "port": 502, "unit": 1}, "period_seconds": 60,
            "multiplier": {"current_ratio": ratio, "voltage_ratio": "1", "registers_are_primary": false},
            "location": "", "traceability": certificate
        }))
        .unwrap()
    }

    impl Past {
        fn new() -> Self {
            Self(Vec::new())
        }

        fn then(mut self, since: &str, serial: &str, ratio: &str, certificate: Option<&str>) -> Self {
            self.0.push(Configuration {
                version: i64::try_from(self.0.len()).unwrap() + 1,
                since: since.parse().unwrap(),
                draft: draft(serial, ratio, certificate),
            });
            self
        }

        /// Serial number and ratio at the calibration.
        fn calibrated(&self) -> Option<(String, String)> {
            let draft = at_calibration(&self.0)?;
            Some((draft.serial.clone(), draft.multiplier.current_ratio.to_string()))
        }

        fn changed(&self) -> bool {
            let then = at_calibration(&self.0).unwrap();
            !means_the_same(then, &self.0.last().unwrap().draft)
        }
    }

    const BEFORE: &str = "2026-01-01T00:00:00Z";
    const AFTER: &str = "2026-04-01T00:00:00Z";
    const LATER: &str = "2026-05-01T00:00:00Z";

    #[test]
    fn the_day_of_issue_decides() {
        let changed_after =
            Past::new()
                .then(BEFORE, "A", "20", Some("Z-1"))
                .then(AFTER, "A", "40", Some("Z-1"));
        assert_eq!(
            changed_after.calibrated(),
            Some(("A".to_owned(), "20".to_owned()))
        );
        assert!(changed_after.changed());
        // Changed between issue and entry: the certificate does not know the new ratio.
        let entered_late = Past::new()
            .then(BEFORE, "A", "20", None)
            .then(AFTER, "A", "40", None)
            .then(LATER, "A", "40", Some("Z-1"));
        assert!(entered_late.changed());
        let changed_before = Past::new()
            .then(BEFORE, "A", "20", Some("Z-0"))
            .then("2026-02-01T00:00:00Z", "A", "40", Some("Z-0"))
            .then(AFTER, "A", "40", Some("Z-1"));
        assert!(!changed_before.changed());
        assert_eq!(Past::new().then(BEFORE, "A", "20", None).calibrated(), None);
    }

    #[test]
    fn a_certificate_older_than_the_ledger_is_for_what_was_first_registered() {
        let first = Past::new().then(AFTER, "A", "20", Some("Z-1"));
        assert!(!first.changed());
        assert!(first.then(LATER, "A", "40", Some("Z-1")).changed());
    }

    #[test]
    fn another_meter_brings_its_own_certificate() {
        let exchanged = Past::new()
            .then(BEFORE, "A", "20", Some("Z-0"))
            .then(AFTER, "B", "20", Some("Z-1"));
        assert!(!exchanged.changed());
        let kept = Past::new()
            .then(BEFORE, "A", "20", Some("Z-1"))
            .then(AFTER, "B", "20", Some("Z-1"));
        assert!(kept.changed(), "the certificate of the meter that was taken away");
    }

    #[test]
    fn on_the_day_itself_the_entry_of_the_certificate_divides() {
        let (morning, evening) = ("2026-03-10T01:00:00Z", "2026-03-10T09:00:00Z");
        let with_it = Past::new()
            .then(BEFORE, "A", "20", Some("Z-0"))
            .then(morning, "A", "40", Some("Z-1"));
        assert!(!with_it.changed());
        assert!(with_it.then(evening, "A", "60", Some("Z-1")).changed());
        // The day ends by the laboratory's clock, at 16:00 UTC.
        let next_day =
            Past::new()
                .then(BEFORE, "A", "20", None)
                .then("2026-03-10T16:00:00Z", "A", "40", Some("Z-1"));
        assert!(next_day.changed());
    }

    #[test]
    fn what_gives_the_registers_no_meaning_changes_nothing() {
        let mut past =
            Past::new()
                .then(BEFORE, "A", "20", Some("Z-1"))
                .then(AFTER, "A", "20.00", Some("Z-1"));
        past.0[1].draft.name = "other".to_owned();
        past.0[1].draft.period_seconds = 900;
        assert!(!past.changed());
    }

    #[test]
    fn a_window_lies_in_one_configuration() {
        let past = Past::new()
            .then(BEFORE, "A", "20", None)
            .then(AFTER, "A", "40", None)
            .then(LATER, "A", "40", Some("Z-1"));
        let instrument = Instrument {
            id: 1,
            version: 3,
            status: crate::instrument::wire::InstrumentStatus::Normal,
            next_check_on: None,
            created_at: BEFORE.parse().unwrap(),
            draft: past.0[2].draft.clone(),
        };
        let check = |from: &str| {
            let window = Window::new(from.parse().unwrap(), "2026-06-01T00:00:00Z".parse().unwrap());
            check_window(&instrument, &past.0, window.unwrap())
        };
        assert!(check(AFTER).is_ok());
        let refused = check("2026-03-31T23:59:59Z").unwrap_err();
        assert_eq!(
            (refused.code, refused.field.as_deref()),
            ("window-before-change", Some("from"))
        );
        assert!(
            refused.detail.contains("2026-04-01T00:00:00Z"),
            "{}",
            refused.detail
        );
        let unchanged = check_window(
            &instrument,
            &past.0[1..],
            Window::new(BEFORE.parse().unwrap(), AFTER.parse().unwrap()).unwrap(),
        );
        assert!(
            unchanged.is_ok(),
            "history from before the registration counts as the first configuration"
        );
    }
}
