//! What the ledger says an instrument was, and when.
//!
//! Registers say nothing of the transformers in front of them or of the meter they stand in: readings are judged under
//! the configuration that the ledger held when they were taken, and a certificate is for the configuration of its day.

use std::collections::BTreeSet;

use devices::Window;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use ledger::instruments::{Configuration, Instrument, PastConfiguration, SerialChange};

use crate::problem::Answer;
use crate::refusal;

/// The same history with mistyped serial numbers as somebody corrected them later: it was this meter all along.
pub(super) fn corrected(mut history: Vec<PastConfiguration>) -> Vec<PastConfiguration> {
    for version in (1..history.len()).rev() {
        let (before, after) = history.split_at_mut(version);
        let right = &after[0].configuration;
        if right.serial_change != Some(SerialChange::Correction) {
            continue;
        }
        let mistyped = before[version - 1].configuration.serial.clone();
        let same_meter = |past: &&mut PastConfiguration| past.configuration.serial == mistyped;
        for past in before.iter_mut().rev().take_while(same_meter) {
            past.configuration.serial.clone_from(&right.serial);
        }
    }
    history
}

/// Every serial number that the present meter was entered with.
pub(super) fn spellings(history: &[PastConfiguration]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    all.extend(history.last().map(|now| now.configuration.serial.clone()));
    for pair in history.windows(2).rev() {
        let (before, after) = (&pair[0].configuration, &pair[1].configuration);
        if before.serial == after.serial {
            continue;
        }
        if after.serial_change != Some(SerialChange::Correction) {
            break;
        }
        all.insert(before.serial.clone());
    }
    all
}

/// What gives the registers their meaning.
fn means_the_same(one: &Configuration, other: &Configuration) -> bool {
    (&one.profile, &one.serial, &one.multiplier) == (&other.profile, &other.serial, &other.multiplier)
}

/// When the meter, its model or its ratios were last changed; `None`: never.
pub(crate) fn changed(instrument: &Instrument, history: &[PastConfiguration]) -> Option<Timestamp> {
    let now = &instrument.configuration;
    let other = history
        .iter()
        .rposition(|past| !means_the_same(&past.configuration, now))?;
    history.get(other + 1).map(|changed| changed.since)
}

/// Refuses a window from before the meter, its model or its ratios were last changed: its readings belong to another
/// configuration, and those of a window across the change to two.
pub(super) fn check_window(
    instrument: &Instrument,
    history: &[PastConfiguration],
    window: Window,
) -> Answer<()> {
    let Some(since) = changed(instrument, history).filter(|since| window.from < *since) else {
        return Ok(());
    };
    let name = &instrument.configuration.name;
    Err(refusal::run::window_before_change(name, &since.to_string()).on_field("from"))
}

/// The configuration that the present certificate is for: what the ledger held when the day of issue ended
/// at its site.
///
/// Two things bound that day. Once the certificate has been entered, the calibration lies in the past, so a later
/// change never counts as before it. And the history begins when the meter with this serial number came into the ledger:
/// what hung there before has another certificate.
pub(super) fn at_calibration<'h>(
    history: &'h [PastConfiguration],
    zone: &TimeZone,
) -> Option<&'h Configuration> {
    let certificate = history.last()?.configuration.certificate.as_ref()?;
    let names_it = |past: &PastConfiguration| {
        let named = past.configuration.certificate.as_ref();
        named.is_some_and(|named| named.certificate_no == certificate.certificate_no)
    };
    let entered = history
        .iter()
        .rposition(|past| !names_it(past))
        .map_or(0, |last| last + 1);
    let serial = &history[entered].configuration.serial;
    let other_meter = |past: &PastConfiguration| past.configuration.serial != *serial;
    let came = history[..entered]
        .iter()
        .rposition(other_meter)
        .map_or(0, |last| last + 1);
    let issued = end_of_day(certificate.issued_on, zone);
    let candidates = &history[came..=entered];
    let at_issue = candidates.iter().rfind(|past| past.since < issued);
    Some(&at_issue.unwrap_or(&candidates[0]).configuration)
}

fn end_of_day(day: Date, zone: &TimeZone) -> Timestamp {
    let next = day.saturating_add(1.day()).at(0, 0, 0, 0);
    zone.to_timestamp(next).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use ledger::instruments::{Certificate, Multiplier};

    use super::*;

    struct Past(Vec<PastConfiguration>);

    fn configuration(serial: &str, ratio: &str, certificate: Option<&str>) -> Configuration {
        Configuration {
            serial: serial.to_owned(),
            multiplier: Multiplier {
                current_ratio: ratio.parse().unwrap(),
                ..crate::instrument::sample().multiplier
            },
            certificate: certificate.map(|number| Certificate {
                certificate_no: number.to_owned(),
                issued_by: "x".to_owned(),
                issued_on: "2026-03-10".parse().unwrap(),
                due_on: "2027-03-09".parse().unwrap(),
                u95: None,
            }),
            ..crate::instrument::sample()
        }
    }

    fn zone() -> TimeZone {
        TimeZone::get(ledger::zones::USUAL).unwrap()
    }

    impl Past {
        fn new() -> Self {
            Self(Vec::new())
        }

        fn then(mut self, since: &str, serial: &str, ratio: &str, certificate: Option<&str>) -> Self {
            self.0.push(PastConfiguration {
                version: i64::try_from(self.0.len()).unwrap() + 1,
                since: since.parse().unwrap(),
                who: "works".to_owned(),
                configuration: configuration(serial, ratio, certificate),
            });
            self
        }

        /// Serial number and ratio at the calibration.
        fn calibrated(&self) -> Option<(String, String)> {
            let then = at_calibration(&self.0, &zone())?;
            Some((then.serial.clone(), then.multiplier.current_ratio.to_string()))
        }

        fn changed(&self) -> bool {
            let then = at_calibration(&self.0, &zone()).unwrap();
            !means_the_same(then, &self.0.last().unwrap().configuration)
        }
    }

    const BEFORE: &str = "2026-01-01T00:00:00Z";
    const AFTER: &str = "2026-04-01T00:00:00Z";
    const LATER: &str = "2026-05-01T00:00:00Z";

    #[test]
    fn a_corrected_serial_number_was_always_this_meters() {
        let mut past = Past::new()
            .then("2025-01-01T00:00:00Z", "other", "20", None)
            .then(BEFORE, "A", "20", Some("Z-1"))
            .then(AFTER, "B", "20", Some("Z-1"))
            .then(LATER, "C", "20", Some("Z-1"));
        let serials = |history: Vec<PastConfiguration>| -> Vec<String> {
            let all = history.into_iter();
            all.map(|past| past.configuration.serial).collect()
        };
        // As long as nobody says so, each is another meter.
        assert_eq!(serials(corrected(past.0.clone())), ["other", "A", "B", "C"]);
        assert_eq!(spellings(&past.0), BTreeSet::from(["C".to_owned()]));
        assert!(past.changed());
        for version in [2, 3] {
            past.0[version].configuration.serial_change = Some(SerialChange::Correction);
        }
        assert_eq!(serials(corrected(past.0.clone())), ["other", "C", "C", "C"]);
        assert_eq!(spellings(&past.0), ["A", "B", "C"].map(str::to_owned).into());
        let past = Past(corrected(past.0));
        assert!(!past.changed(), "the certificate is this meter's");
        let instrument_changed = past.0.iter().rposition(|one| one.configuration.serial != "C");
        assert_eq!(instrument_changed, Some(0));
    }

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
        // The day ends by the site's clock, at 16:00 UTC.
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
        past.0[1].configuration.name = "other".to_owned();
        past.0[1].configuration.period_seconds = 900;
        assert!(!past.changed());
    }

    #[test]
    fn a_window_lies_in_one_configuration() {
        let past = Past::new()
            .then(BEFORE, "A", "20", None)
            .then(AFTER, "A", "40", None)
            .then(LATER, "A", "40", Some("Z-1"));
        let instrument = Instrument {
            id: 1.into(),
            version: 3,
            status: ledger::instruments::InstrumentStatus::Normal,
            next_check_on: None,
            created: BEFORE.parse().unwrap(),
            configuration: past.0[2].configuration.clone(),
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
