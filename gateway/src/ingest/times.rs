//! Times that cannot be true. One of them would stand before or behind everything else of its series for ever.

use jiff::{SignedDuration, Timestamp};
use uplink::Sweep;

/// 2020-01-01T00:00:00Z. No reading is older than this system; a clock that lost its battery says 1970, 2000 or 2010.
const EARLIEST: Timestamp = Timestamp::constant(1_577_836_800, 0);
/// A clock may run fast by minutes (then its readings are doubted); a day ahead it was never set.
const MOST_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// A reading taken so long before its nominal time belongs to another one.
const MOST_EARLY: SignedDuration = SignedDuration::from_hours(24);
/// A logger may deliver a season late, and a slot that was slept through is recorded at waking; a year late it is an
/// instrument whose clock stands in another year.
const MOST_LATE: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Why a sweep's times are kept aside.
pub(super) fn refusal_of(sweep: &Sweep, now: Timestamp) -> Option<&'static str> {
    let (Some(nominal), Some(taken)) = (sweep.nominal(), sweep.taken()) else {
        return Some("impossible-time");
    };
    if nominal.min(taken) < EARLIEST {
        return Some("time-before-2020");
    }
    if nominal.max(taken).duration_since(now) > MOST_AHEAD {
        return Some("time-ahead");
    }
    let late = taken.duration_since(nominal);
    (late > MOST_LATE || late < -MOST_EARLY).then_some("times-apart")
}
