//! Whether an instrument answers, and whether its certificate holds. The ledger's status tells neither: a meter that was
//! found to conform stays `normal` after its line is cut and its certificate has ended.

use devices::{Doubt, Quality, Reading};
use futures_util::StreamExt;
use futures_util::stream;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use ledger::instruments::{Certificate, Instrument, InstrumentFilter, InstrumentStatus, Purpose};
use ledger::zones::Zones;
use ledger::{InstrumentId, Page};

use crate::Portal;
use crate::access::Caller;
use crate::field::FieldError;
use crate::instrument::wire::{
    Communication, CommunicationState, Condition, InstrumentCard, InstrumentPage, Validity, ValidityState,
};
use crate::overview::wire::Overview;
use crate::problem::Answer;
use crate::request::MOST_ROWS;

/// What a reading needs from the instrument to the store, beside its period; also how far a clock may be ahead.
const ON_THE_WAY: SignedDuration = SignedDuration::from_secs(60);

/// Devices that the store is asked about at once.
const AT_ONCE: usize = 16;

/// What was last heard of an instrument.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Heard {
    /// When a value was last taken, as far as its time can be believed.
    value: Option<Timestamp>,
    /// How the newest attempt ended.
    newest: Option<Quality>,
    /// There are values with a time that is still to come.
    ahead: bool,
}

/// One lost reading is no silence; two in a row are. A meter that answers nothing but errors is silent as well: nobody
/// learns its value. Where a clock is ahead nobody knows when the values were taken.
fn communication(heard: Heard, period_seconds: u32, now: Timestamp) -> Communication {
    let patience = SignedDuration::from_secs(2 * i64::from(period_seconds)) + ON_THE_WAY;
    let fresh = |value| now.duration_since(value) <= patience;
    let (state, reason) = match heard.value {
        Some(value) if fresh(value) => (CommunicationState::Answering, None),
        _ if heard.ahead => (
            CommunicationState::Unknown,
            Some(Quality::Uncertain(Doubt::ClockSkew)),
        ),
        Some(_) => (CommunicationState::Silent, heard.newest),
        None => (CommunicationState::NeverSeen, heard.newest),
    };
    Communication {
        state,
        last_value_at: heard.value,
        reason: reason.filter(|quality| !quality.is_good()),
    }
}

/// A certificate holds on its last day too; `today` is the site's.
fn validity(certificate: Option<&Certificate>, today: Date) -> Validity {
    let until = certificate.map(|certificate| certificate.due_on);
    let state = match until {
        None => ValidityState::None,
        Some(until) if until < today => ValidityState::Ended,
        Some(_) => ValidityState::Valid,
    };
    Validity { state, until }
}

/// Ordinary meters may do without a certificate; what others are compared with may not.
fn is_sound(communication: Communication, validity: Validity, purpose: Purpose) -> bool {
    let traceable = match validity.state {
        ValidityState::Valid => true,
        ValidityState::Ended => false,
        ValidityState::None => purpose != Purpose::ReferenceStandard,
    };
    traceable && communication.state == CommunicationState::Answering
}

/// Of the last readings of all points.
fn heard(latest: &[Reading], now: Timestamp) -> Heard {
    let taken = || {
        latest
            .iter()
            .filter(|one| one.value.is_some())
            .map(|one| one.taken)
    };
    let newest = latest.iter().max_by_key(|one| (one.nominal, one.value.is_some()));
    Heard {
        value: taken().filter(|taken| *taken <= now + ON_THE_WAY).max(),
        newest: newest.map(|one| one.quality),
        ahead: taken().any(|taken| taken > now + ON_THE_WAY),
    }
}

impl Portal {
    async fn heard(&self, instrument: &Instrument, now: Timestamp) -> Result<Heard, FieldError> {
        let device = &instrument.configuration.device;
        let latest = self.field.latest_of_device(device).await?;
        let mut heard = heard(&latest, now);
        if heard.ahead || heard.newest.is_some_and(Quality::is_bad) {
            // Failures, or the future, stand at the end: the last value may lie before them.
            let before = self.field.values_before(device, now).await?;
            heard.value = heard.value.max(before.iter().map(|one| one.taken).max());
        }
        Ok(heard)
    }

    /// With what is known of it beside the ledger.
    pub(crate) async fn card(
        &self,
        caller: &Caller,
        instrument: Instrument,
        zones: &Zones,
    ) -> InstrumentCard {
        let now = self.now();
        let communication = if caller.scope.sees_now(instrument.configuration.site_id, now) {
            match self.heard(&instrument, now).await {
                Ok(heard) => communication(heard, instrument.configuration.period_seconds, now),
                Err(error) => {
                    // The ledger's list does not fall with one series.
                    tracing::error!(device = %instrument.configuration.device, %error, "whether it answers is not known");
                    Communication::unknown()
                }
            }
        } else {
            Communication::unknown()
        };
        let today = zones.today(instrument.configuration.site_id, now);
        let validity = validity(instrument.configuration.certificate.as_ref(), today);
        let condition = Condition {
            sound: is_sound(communication, validity, instrument.configuration.purpose),
            communication,
            validity,
        };
        InstrumentCard {
            instrument: instrument.into(),
            condition,
        }
    }

    pub(crate) async fn card_of(&self, caller: &Caller, id: InstrumentId) -> Answer<InstrumentCard> {
        let instrument = self.ledger.instrument(&caller.actor, id).await?;
        Ok(self.card(caller, instrument, &self.ledger.zones().await?).await)
    }

    async fn cards(&self, caller: &Caller, instruments: Vec<Instrument>) -> Answer<Vec<InstrumentCard>> {
        let zones = self.ledger.zones().await?;
        let cards = stream::iter(instruments)
            .map(|instrument| self.card(caller, instrument, &zones))
            .buffered(AT_ONCE)
            .collect()
            .await;
        Ok(cards)
    }

    /// Every instrument of the filter: the ledger cannot choose by what only the store knows.
    async fn all_cards(&self, caller: &Caller, of: &InstrumentFilter) -> Answer<Vec<InstrumentCard>> {
        let mut all = Vec::new();
        let mut page = Page::first(MOST_ROWS);
        loop {
            let (found, total) = self.ledger.instruments(&caller.actor, of, page).await?;
            let last = found.is_empty();
            all.extend(found);
            if last || all.len() as u64 >= total {
                break;
            }
            page.offset += page.limit;
        }
        self.cards(caller, all).await
    }

    pub(crate) async fn instrument_page(
        &self,
        caller: &Caller,
        of: InstrumentFilter,
        communication: Option<CommunicationState>,
        validity: Option<ValidityState>,
        page: Page,
    ) -> Answer<InstrumentPage> {
        if communication.is_none() && validity.is_none() {
            let (found, total) = self.ledger.instruments(&caller.actor, &of, page).await?;
            let rows = self.cards(caller, found).await?;
            return Ok(InstrumentPage { rows, total });
        }
        let mut rows = self.all_cards(caller, &of).await?;
        rows.retain(|card| {
            communication.is_none_or(|state| card.condition.communication.state == state)
                && validity.is_none_or(|state| card.condition.validity.state == state)
        });
        let total = rows.len() as u64;
        let rows = rows.into_iter().skip(page.offset as usize);
        let rows = rows.take(page.limit as usize).collect();
        Ok(InstrumentPage { rows, total })
    }

    /// How many of the instruments in use answer and are traceable.
    pub(crate) async fn count_conditions(&self, caller: &Caller, overview: &mut Overview) -> Answer<()> {
        let in_use = self.all_cards(caller, &InstrumentFilter::default()).await?;
        for card in in_use
            .iter()
            .filter(|card| card.instrument.status != InstrumentStatus::Stopped.into())
        {
            let counts = &mut overview.communication;
            *match card.condition.communication.state {
                CommunicationState::Answering => &mut counts.answering,
                CommunicationState::Silent => &mut counts.silent,
                CommunicationState::NeverSeen => &mut counts.never_seen,
                CommunicationState::Unknown => &mut counts.unknown,
            } += 1;
            let counts = &mut overview.validity;
            *match card.condition.validity.state {
                ValidityState::Valid => &mut counts.valid,
                ValidityState::Ended => &mut counts.ended,
                ValidityState::None => &mut counts.none,
            } += 1;
            if card.instrument.status == InstrumentStatus::Normal.into() && !card.condition.sound {
                overview.normal_in_doubt += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use devices::Failure;

    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn state(heard: Heard, period: u32, now: &str) -> CommunicationState {
        communication(heard, period, at(now)).state
    }

    fn reading(nominal: &str, value: Option<&str>, quality: Quality) -> Reading {
        Reading {
            series: "m-01/voltage.a".parse().unwrap(),
            nominal: at(nominal),
            taken: at(nominal),
            value: value.map(|value| value.parse().unwrap()),
            quality,
        }
    }

    const NO_ANSWER: Quality = Quality::Bad(Failure::NoAnswer);

    #[test]
    fn two_periods_and_a_minute_without_a_value_are_silence() {
        let heard = Heard {
            value: Some(at("2026-06-01T08:00:00Z")),
            ..Heard::default()
        };
        for (period, last_answering, first_silent) in [
            (1, "2026-06-01T08:01:02Z", "2026-06-01T08:01:03Z"),
            (60, "2026-06-01T08:03:00Z", "2026-06-01T08:03:01Z"),
            (900, "2026-06-01T08:31:00Z", "2026-06-01T08:31:01Z"),
            (86_400, "2026-06-03T08:01:00Z", "2026-06-03T08:01:01Z"),
        ] {
            assert_eq!(
                state(heard, period, last_answering),
                CommunicationState::Answering,
                "{period}"
            );
            assert_eq!(
                state(heard, period, first_silent),
                CommunicationState::Silent,
                "{period}"
            );
        }
        assert_eq!(
            state(Heard::default(), 60, "2026-06-01T08:00:00Z"),
            CommunicationState::NeverSeen
        );
    }

    #[test]
    fn silence_says_since_when_and_why() {
        let heard = Heard {
            value: Some(at("2026-06-01T08:00:00Z")),
            newest: Some(NO_ANSWER),
            ahead: false,
        };
        let silent = communication(heard, 60, at("2026-06-01T09:00:00Z"));
        assert_eq!(silent.last_value_at, heard.value);
        assert_eq!(silent.reason, Some(NO_ANSWER));
        let answering = communication(heard, 60, at("2026-06-01T08:02:00Z"));
        assert_eq!(
            (answering.state, answering.reason),
            (CommunicationState::Answering, None)
        );
    }

    #[test]
    fn one_point_with_a_value_is_an_answer_and_a_time_to_come_is_none() {
        let now = at("2026-06-01T08:00:30Z");
        let mixed = [
            reading("2026-06-01T08:00:00Z", None, NO_ANSWER),
            reading("2026-06-01T08:00:00Z", Some("220.1"), Quality::Good),
        ];
        assert_eq!(heard(&mixed, now).value, Some(at("2026-06-01T08:00:00Z")));
        let failing = [
            reading("2026-06-01T07:00:00Z", Some("220.1"), Quality::Good),
            reading("2026-06-01T08:00:00Z", None, NO_ANSWER),
        ];
        assert_eq!(heard(&failing, now).newest, Some(NO_ANSWER));
        let future = [reading("2300-01-01T00:00:00Z", Some("220.1"), Quality::Good)];
        let told = communication(heard(&future, now), 60, now);
        assert_eq!(told.state, CommunicationState::Unknown);
        assert_eq!(told.reason, Some(Quality::Uncertain(Doubt::ClockSkew)));
    }

    #[test]
    fn a_certificate_holds_through_its_last_day() {
        let certificate = |due_on: &str| Certificate {
            certificate_no: "Z".to_owned(),
            issued_by: "x".to_owned(),
            issued_on: "2025-06-01".parse().unwrap(),
            due_on: due_on.parse().unwrap(),
            u95: None,
        };
        let state = |due_on, today: &str| validity(Some(&certificate(due_on)), today.parse().unwrap()).state;
        assert_eq!(state("2026-05-31", "2026-05-31"), ValidityState::Valid);
        assert_eq!(state("2026-05-31", "2026-06-01"), ValidityState::Ended);
        assert_eq!(
            validity(None, "2026-06-01".parse().unwrap()).state,
            ValidityState::None
        );
    }
}
