//! What a confirmed conclusion makes of an instrument's status, as one table.
//!
//! A conclusion is neither 检定 nor 校准: it changes status and next check date, never a certificate's validity.

use crate::row::{KINDS, STATUSES, VERDICTS};

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
    pub(super) status: &'static str,
    /// Only a check that was passed puts the next one off: an inconclusive one must stay overdue.
    pub(super) moves_next_check: bool,
}

/// From good to bad.
fn rank(status: &str) -> Option<usize> {
    STATUSES.iter().position(|name| *name == status)
}

/// The table. `stopped` is a person's decision and stays. `None` for a name that is none of the table's: nothing follows
/// from what nobody understands.
pub(super) fn follows(kind: &str, verdict: &str, before: &str, later: Later) -> Option<Follows> {
    let before = STATUSES[rank(before)?];
    let unchanged = Follows {
        status: before,
        moves_next_check: false,
    };
    if !KINDS.contains(&kind) || !VERDICTS.contains(&verdict) {
        return None;
    }
    if before == "stopped" || later == Later::Conforms {
        return Some(unchanged);
    }
    let by_verdict = match (kind, verdict, before) {
        // A period check carries no traceability: it does not call back an instrument that is to be sent in.
        ("period-check", "conforms", "to-send") => return Some(unchanged),
        (_, "conforms", _) => Follows {
            status: "normal",
            moves_next_check: true,
        },
        (_, "does-not-conform", _) => Follows {
            status: "to-send",
            moves_next_check: false,
        },
        // Nothing was established, so nothing gets better.
        (_, _, "to-send") => return Some(unchanged),
        _ => Follows {
            status: "to-check",
            moves_next_check: false,
        },
    };
    // An older window confirmed late may reveal something worse; it never hides what a later one showed.
    if later == Later::Something && rank(by_verdict.status) <= rank(before) {
        return Some(unchanged);
    }
    Some(by_verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(kind: &str, verdict: &str, before: &str, later: Later) -> (&'static str, bool) {
        let follows = follows(kind, verdict, before, later).unwrap();
        (follows.status, follows.moves_next_check)
    }

    #[test]
    fn an_online_verification_decides() {
        let after = |verdict, before| status("online-verification", verdict, before, Later::Nothing);
        for before in ["normal", "to-check", "to-send"] {
            assert_eq!(after("conforms", before), ("normal", true));
            assert_eq!(after("does-not-conform", before), ("to-send", false));
        }
        assert_eq!(after("inconclusive", "normal"), ("to-check", false));
        assert_eq!(after("inconclusive", "to-check"), ("to-check", false));
        assert_eq!(after("inconclusive", "to-send"), ("to-send", false));
    }

    #[test]
    fn a_period_check_does_not_call_an_instrument_back() {
        let after = |verdict, before| status("period-check", verdict, before, Later::Nothing);
        assert_eq!(after("conforms", "normal"), ("normal", true));
        assert_eq!(after("conforms", "to-check"), ("normal", true));
        assert_eq!(after("conforms", "to-send"), ("to-send", false));
        assert_eq!(after("does-not-conform", "normal"), ("to-send", false));
    }

    #[test]
    fn an_older_window_only_makes_it_worse() {
        let after = |verdict, before, later| status("online-verification", verdict, before, later);
        assert_eq!(after("conforms", "to-send", Later::Something), ("to-send", false));
        assert_eq!(after("conforms", "normal", Later::Something), ("normal", false));
        assert_eq!(
            after("does-not-conform", "to-check", Later::Something),
            ("to-send", false)
        );
        assert_eq!(
            after("does-not-conform", "normal", Later::Conforms),
            ("normal", false)
        );
    }

    #[test]
    fn what_a_person_stopped_stays_stopped() {
        for verdict in ["conforms", "does-not-conform", "inconclusive"] {
            assert_eq!(
                status("online-verification", verdict, "stopped", Later::Nothing),
                ("stopped", false)
            );
        }
    }

    #[test]
    fn nothing_follows_from_what_nobody_understands() {
        for (kind, verdict, before) in [
            ("online-verification", "conforms", "broken"),
            ("online-verification", "broken", "normal"),
            ("broken", "conforms", "normal"),
            ("online-verification", "broken", "stopped"),
        ] {
            assert_eq!(follows(kind, verdict, before, Later::Nothing), None);
        }
    }
}
