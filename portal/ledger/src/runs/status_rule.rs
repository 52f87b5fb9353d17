//! What a confirmed conclusion makes of an instrument's status, as one table.
//!
//! A conclusion is neither 检定 nor 校准: it changes status and next check date, never a certificate's validity.

use crate::instruments::InstrumentStatus::{self, Normal, Stopped, ToCheck, ToSend};
use crate::runs::{Kind, Verdict};

/// What other confirmed runs say about windows that end later than the one under review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Later {
    Nothing,
    /// Something later was confirmed, but nothing that settles this run's question.
    Something,
    /// A later run of the same kind, or a later online verification, found that the instrument conforms.
    Conforms,
}

/// What follows for the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Follows {
    pub(super) status: InstrumentStatus,
    /// Only a check that was passed puts the next one off: an inconclusive one must stay overdue.
    pub(super) moves_next_check: bool,
}

/// The table. What a person stopped stays stopped.
pub(super) fn follows(kind: Kind, verdict: Verdict, before: InstrumentStatus, later: Later) -> Follows {
    let stays = |status| Follows {
        status,
        moves_next_check: false,
    };
    if before == Stopped || later == Later::Conforms {
        return stays(before);
    }
    let by_verdict = match (kind, verdict, before) {
        // A period check carries no traceability: it does not call back an instrument that is to be sent in.
        (Kind::PeriodCheck, Verdict::Conforms, ToSend) => return stays(before),
        (_, Verdict::Conforms, _) => Follows {
            status: Normal,
            moves_next_check: true,
        },
        (_, Verdict::DoesNotConform, _) => stays(ToSend),
        // Nothing was established, so nothing gets better.
        (_, Verdict::Inconclusive, ToSend) => return stays(before),
        (_, Verdict::Inconclusive, _) => stays(ToCheck),
    };
    // An older window confirmed late may reveal something worse; it never hides what a later one showed.
    if later == Later::Something && by_verdict.status <= before {
        return stays(before);
    }
    by_verdict
}

#[cfg(test)]
mod tests {
    use Kind::{OnlineVerification, PeriodCheck};
    use Verdict::{Conforms, DoesNotConform, Inconclusive};

    use super::*;

    fn status(
        kind: Kind,
        verdict: Verdict,
        before: InstrumentStatus,
        later: Later,
    ) -> (InstrumentStatus, bool) {
        let follows = follows(kind, verdict, before, later);
        (follows.status, follows.moves_next_check)
    }

    #[test]
    fn an_online_verification_decides() {
        let after = |verdict, before| status(OnlineVerification, verdict, before, Later::Nothing);
        for before in [Normal, ToCheck, ToSend] {
            assert_eq!(after(Conforms, before), (Normal, true));
            assert_eq!(after(DoesNotConform, before), (ToSend, false));
        }
        assert_eq!(after(Inconclusive, Normal), (ToCheck, false));
        assert_eq!(after(Inconclusive, ToCheck), (ToCheck, false));
        assert_eq!(after(Inconclusive, ToSend), (ToSend, false));
    }

    #[test]
    fn a_period_check_does_not_call_an_instrument_back() {
        let after = |verdict, before| status(PeriodCheck, verdict, before, Later::Nothing);
        assert_eq!(after(Conforms, Normal), (Normal, true));
        assert_eq!(after(Conforms, ToCheck), (Normal, true));
        assert_eq!(after(Conforms, ToSend), (ToSend, false));
        assert_eq!(after(DoesNotConform, Normal), (ToSend, false));
    }

    #[test]
    fn an_older_window_only_makes_it_worse() {
        let after = |verdict, before, later| status(OnlineVerification, verdict, before, later);
        assert_eq!(after(Conforms, ToSend, Later::Something), (ToSend, false));
        assert_eq!(after(Conforms, Normal, Later::Something), (Normal, false));
        assert_eq!(after(DoesNotConform, ToCheck, Later::Something), (ToSend, false));
        assert_eq!(after(DoesNotConform, Normal, Later::Conforms), (Normal, false));
    }

    #[test]
    fn what_a_person_stopped_stays_stopped() {
        for verdict in [Conforms, DoesNotConform, Inconclusive] {
            assert_eq!(
                status(OnlineVerification, verdict, Stopped, Later::Nothing),
                (Stopped, false)
            );
        }
    }
}
