//! Times of reading, aligned to the wall clock: every nominal time is a multiple of the period
//! since 1970-01-01 UTC, so that the readings of two meters fall on the same instants.

/// Next slot strictly after `now`. Both in microseconds; `period` must be positive.
pub fn slot_after(now_us: i64, period_us: i64) -> i64 {
    (now_us.div_euclid(period_us) + 1) * period_us
}

/// What is due when the collector wakes for the slot `next`.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    /// Not yet; wait until `next`.
    Later,
    /// Read now for `nominal`; the slots of `missed` went by unread.
    Now {
        nominal: i64,
        missed: Vec<i64>,
        unrecorded: u64,
    },
    /// The clock was set back; go on with this slot.
    SetBack { next: i64 },
}

/// At most this many missed slots of one device are recorded one by one after a stop (a suspended
/// machine, a clock set forward); the others are only counted.
pub const MOST_RECORDED: i64 = 5_000;

/// Decides what to do at `now` for a device whose next slot is `next`.
///
/// A slot may be read until the next one begins; after that it is missed.
pub fn due(next: i64, now_us: i64, period_us: i64) -> Due {
    if now_us < next {
        return if next - now_us > 2 * period_us {
            Due::SetBack {
                next: slot_after(now_us, period_us),
            }
        } else {
            Due::Later
        };
    }
    let nominal = now_us.div_euclid(period_us) * period_us;
    let gone = (nominal - next) / period_us;
    let recorded = gone.min(MOST_RECORDED);
    let missed = (0..recorded)
        .map(|back| nominal - (recorded - back) * period_us)
        .collect();
    Due::Now {
        nominal,
        missed,
        unrecorded: u64::try_from(gone - recorded).unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: i64 = 1_000_000;

    #[test]
    fn slots_are_multiples_of_the_period() {
        assert_eq!(slot_after(0, 60 * S), 60 * S);
        assert_eq!(slot_after(59 * S, 60 * S), 60 * S);
        assert_eq!(slot_after(60 * S, 60 * S), 120 * S);
        assert_eq!(slot_after(-1, 60 * S), 0);
    }

    #[test]
    fn a_late_wake_reads_the_current_slot_and_names_the_missed_ones() {
        assert_eq!(
            due(60 * S, 61 * S, 60 * S),
            Due::Now {
                nominal: 60 * S,
                missed: vec![],
                unrecorded: 0
            }
        );
        assert_eq!(
            due(60 * S, 185 * S, 60 * S),
            Due::Now {
                nominal: 180 * S,
                missed: vec![60 * S, 120 * S],
                unrecorded: 0
            }
        );
    }

    #[test]
    fn a_long_stop_is_bounded_and_counted() {
        let Due::Now {
            missed,
            unrecorded,
            nominal,
        } = due(S, 10_000 * S, S)
        else {
            panic!("due")
        };
        assert_eq!((missed.len(), unrecorded, nominal), (5_000, 4_999, 10_000 * S));
        assert_eq!(missed.last(), Some(&(9_999 * S)));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_the_polling() {
        assert_eq!(
            due(7_200 * S, 3_605 * S, 60 * S),
            Due::SetBack { next: 3_660 * S }
        );
        assert_eq!(due(60 * S, 10 * S, 60 * S), Due::Later);
    }
}
