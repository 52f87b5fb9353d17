//! Slows down guessing of passwords without shutting out the person who is guessed at. Three bounds, each looser than
//! the one before:
//!
//! - one account from one address: five attempts are let through, then each waits twice as long as the one before;
//! - one address, whatever the account: fifty in a quarter of an hour, because a laboratory sits behind one;
//! - one account, wherever from: beyond twenty in a quarter of an hour each attempt is answered later, never refused,
//!   because whoever knows a login could otherwise close it for its owner.
//!
//! Where nobody tells the address only the third counts: a lock for all who are unknown would be the owner's too.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

const FREE: u32 = 5;
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(15);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// Wrong attempts of one account from one address are forgotten this long after the last of them.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

const WITHIN: SignedDuration = SignedDuration::from_mins(15);
const MOST_FROM_ADDRESS: i32 = 50;
const UNHINDERED_FOR_ACCOUNT: i32 = 20;
/// Beyond what is unhindered, each attempt adds this much to the answer of the next ones.
const SLOWER_BY: Duration = Duration::from_millis(100);
const SLOWEST: Duration = Duration::from_secs(3);

/// Of each of the three tables. Names that do not exist count too, so their number is bounded.
const MOST_ENTRIES: usize = 20_000;

/// Something that counts for a while.
trait Entry {
    fn forgotten_at(&self) -> Timestamp;
}

/// A bounded table: what no longer counts makes room, and if everything still does, the half that would go first. A
/// flood can thus make it forget, but neither fill the memory nor shut people out.
struct Table<K, V>(HashMap<K, V>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash, V: Entry> Table<K, V> {
    fn make_room(&mut self, now: Timestamp) {
        if self.0.len() < MOST_ENTRIES {
            return;
        }
        self.0.retain(|_, entry| entry.forgotten_at() > now);
        if self.0.len() < MOST_ENTRIES {
            return;
        }
        let mut ends: Vec<Timestamp> = self.0.values().map(Entry::forgotten_at).collect();
        let (_, &mut middle, _) = ends.select_nth_unstable(MOST_ENTRIES / 2);
        let mut left = MOST_ENTRIES / 2;
        self.0.retain(|_, entry| {
            let kept = left > 0 && entry.forgotten_at() >= middle;
            left -= usize::from(kept);
            kept
        });
    }
}

/// Wrong attempts at one account from one address.
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    /// When the next attempt is let through.
    fn open_at(&self) -> Timestamp {
        let Some(doublings) = self.count.checked_sub(FREE) else {
            return self.last;
        };
        let wait = FIRST_WAIT.as_secs() << doublings.min(10);
        self.last + SignedDuration::from_secs(wait).min(LONGEST_WAIT)
    }
}

impl Entry for Failures {
    fn forgotten_at(&self) -> Timestamp {
        self.last + FORGOTTEN_AFTER
    }
}

/// Attempts that wear off one by one, kept as the time at which all of them will have.
struct Debt(Timestamp);

impl Debt {
    /// How many still count, as a time: `most` of them are worth [`WITHIN`].
    fn owed(&self, now: Timestamp) -> SignedDuration {
        self.0.duration_since(now).max(SignedDuration::ZERO)
    }

    fn add(&mut self, worth: SignedDuration, now: Timestamp) {
        self.0 = self.0.max(now) + worth;
    }

    fn cap(&mut self, most: SignedDuration, now: Timestamp) {
        self.0 = self.0.min(now + most);
    }

    fn take_back(&mut self, worth: SignedDuration) {
        self.0 -= worth;
    }
}

impl Entry for Debt {
    fn forgotten_at(&self) -> Timestamp {
        self.0
    }
}

fn worth(most: i32) -> SignedDuration {
    WITHIN / most
}

#[derive(Default)]
struct Tables {
    failures: Table<(String, IpAddr), Failures>,
    addresses: Table<IpAddr, Debt>,
    accounts: Table<String, Debt>,
}

#[derive(Default)]
pub struct Throttle {
    tables: Mutex<Tables>,
}

/// Whole seconds until `open`, at least one; `None` if it is open.
fn seconds_until(open: Timestamp, now: Timestamp) -> Option<u64> {
    let left = open.duration_since(now);
    (left > SignedDuration::ZERO).then(|| left.as_secs().cast_unsigned().max(1))
}

impl Throttle {
    /// Counts an attempt before it is checked, so that many at once do not slip through, and says how long to wait
    /// before checking it. `account` is the login in the form in which the ledger compares it: a variant of it is the
    /// same account.
    ///
    /// # Errors
    /// Seconds to wait; what is not let through is not counted.
    pub fn attempt(&self, account: &str, from: Option<IpAddr>, now: Timestamp) -> Result<Duration, u64> {
        let mut tables = self.tables.lock().expect("no holder panics");
        let Tables {
            failures,
            addresses,
            accounts,
        } = &mut *tables;
        if let Some(from) = from {
            let key = (account.to_owned(), from);
            // What lies ahead was counted by a clock that has since been set back: it would shut out for as long as that.
            if let Some(known) = failures.0.get(&key)
                && known.last <= now
                && let Some(seconds) = seconds_until(known.open_at(), now)
            {
                return Err(seconds);
            }
            let each = worth(MOST_FROM_ADDRESS);
            if let Some(known) = addresses.0.get(&from)
                && known.owed(now) <= WITHIN
                && let Some(seconds) = seconds_until(known.0 + each - WITHIN, now)
            {
                return Err(seconds);
            }
            failures.make_room(now);
            let mine = failures.0.entry(key).or_insert(Failures { count: 0, last: now });
            if mine.forgotten_at() <= now {
                mine.count = 0;
            }
            mine.count = mine.count.saturating_add(1);
            mine.last = now;
            addresses.make_room(now);
            let mine = addresses.0.entry(from).or_insert(Debt(now));
            mine.cap(WITHIN - each, now);
            mine.add(each, now);
        }
        accounts.make_room(now);
        let everybody = accounts.0.entry(account.to_owned()).or_insert(Debt(now));
        let slow = slowed(everybody, now);
        // Before this attempt is added, so that what its success takes back was added.
        everybody.cap(slowest_from(), now);
        everybody.add(worth(UNHINDERED_FOR_ACCOUNT), now);
        Ok(slow)
    }

    /// The account starts afresh from this address; the other two bounds take back only this one attempt, or one's own
    /// account would open the door for guessing at others.
    pub fn succeeded(&self, account: &str, from: Option<IpAddr>) {
        let mut tables = self.tables.lock().expect("no holder panics");
        if let Some(from) = from {
            tables.failures.0.remove(&(account.to_owned(), from));
            if let Some(debt) = tables.addresses.0.get_mut(&from) {
                debt.take_back(worth(MOST_FROM_ADDRESS));
            }
        }
        if let Some(debt) = tables.accounts.0.get_mut(account) {
            debt.take_back(worth(UNHINDERED_FOR_ACCOUNT));
        }
    }
}

/// The debt from which an account is at its slowest. What goes beyond would only keep it slow for longer.
fn slowest_from() -> SignedDuration {
    let steps = i32::try_from(SLOWEST.as_millis() / SLOWER_BY.as_millis()).expect("both are short");
    WITHIN + worth(UNHINDERED_FOR_ACCOUNT) * (steps - 1)
}

/// Grows with the attempts beyond those that are unhindered.
fn slowed(everybody: &Debt, now: Timestamp) -> Duration {
    let beyond = everybody.owed(now) - WITHIN;
    if beyond < SignedDuration::ZERO {
        return Duration::ZERO;
    }
    let attempts = 1 + beyond.as_secs() / worth(UNHINDERED_FOR_ACCOUNT).as_secs();
    (SLOWER_BY * u32::try_from(attempts).unwrap_or(u32::MAX)).min(SLOWEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    fn seconds(seconds: i64) -> SignedDuration {
        SignedDuration::from_secs(seconds)
    }

    #[test]
    fn whoever_guesses_locks_himself_and_the_owner_signs_in_from_elsewhere() {
        let throttle = Throttle::default();
        let mut now = NOW;
        let (mut let_through, mut refused) = (0, 0);
        // An hour of one guess a second.
        for _ in 0..3600 {
            match throttle.attempt("li", address(1), now) {
                Ok(_) => let_through += 1,
                Err(_) => refused += 1,
            }
            now += seconds(1);
        }
        // Five, six that wait from 15 seconds to 8 minutes, and two after a quarter of an hour each.
        assert_eq!((let_through, refused), (13, 3587));
        assert!(throttle.attempt("li", address(1), now).is_err());
        assert_eq!(throttle.attempt("li", address(2), now), Ok(Duration::ZERO));
    }

    #[test]
    fn each_wrong_attempt_waits_twice_as_long_until_a_quarter_of_an_hour() {
        let throttle = Throttle::default();
        let mut now = NOW;
        let mut waits = Vec::new();
        while waits.len() < 10 {
            match throttle.attempt("li", address(1), now) {
                Ok(_) => {}
                Err(wait) => {
                    waits.push(wait);
                    now += seconds(wait.cast_signed());
                }
            }
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 900, 900, 900, 900]);
        // An hour of silence, and it begins anew.
        now += FORGOTTEN_AFTER;
        for _ in 0..FREE {
            throttle.attempt("li", address(1), now).unwrap();
        }
        assert_eq!(throttle.attempt("li", address(1), now), Err(15));
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..1_000 {
            assert_eq!(throttle.attempt("li", address(1), NOW), Ok(Duration::ZERO));
            throttle.succeeded("li", address(1));
        }
    }

    #[test]
    fn many_names_from_one_address_wait_and_other_addresses_do_not() {
        let throttle = Throttle::default();
        let mut let_through = 0;
        let mut now = NOW;
        for second in 0..3600 {
            let_through += i32::from(throttle.attempt(&second.to_string(), address(1), now).is_ok());
            now += seconds(1);
        }
        // Fifty at once, and four quarters of an hour with fifty each.
        assert!((240..=251).contains(&let_through), "{let_through}");
        while throttle.attempt("wang", address(1), now).is_ok() {}
        let wait = throttle.attempt("li", address(1), now).unwrap_err();
        assert!((1..=18).contains(&wait), "{wait}");
        assert!(throttle.attempt("li", address(2), now).is_ok());
        assert!(throttle.attempt("li", address(1), now + seconds(18)).is_ok());
    }

    #[test]
    fn an_own_account_opens_no_door_for_guessing_at_others() {
        let throttle = Throttle::default();
        for name in 0..MOST_FROM_ADDRESS {
            throttle.attempt(&name.to_string(), address(1), NOW).unwrap();
            if throttle.attempt("mine", address(1), NOW).is_ok() {
                throttle.succeeded("mine", address(1));
            }
        }
        assert!(throttle.attempt("li", address(1), NOW).is_err());
    }

    #[test]
    fn guesses_from_everywhere_make_an_account_slow_and_never_closed() {
        let throttle = Throttle::default();
        for last in 0..20 {
            assert_eq!(throttle.attempt("li", address(last), NOW), Ok(Duration::ZERO));
        }
        assert_eq!(throttle.attempt("li", address(20), NOW), Ok(SLOWER_BY));
        for last in 21..=255 {
            assert!(throttle.attempt("li", address(last), NOW).unwrap() <= SLOWEST);
        }
        let owner = Some(IpAddr::from([198, 51, 100, 1]));
        assert_eq!(throttle.attempt("li", owner, NOW), Ok(SLOWEST));
        assert_eq!(throttle.attempt("wang", owner, NOW), Ok(Duration::ZERO));
        // However long it was hammered at, it is as fast as ever soon after.
        throttle.succeeded("li", owner);
        assert_eq!(
            throttle.attempt("li", owner, NOW + WITHIN * 3),
            Ok(Duration::ZERO)
        );
    }

    #[test]
    fn a_success_takes_back_no_more_than_its_own_attempt() {
        let throttle = Throttle::default();
        let owner = Some(IpAddr::from([198, 51, 100, 1]));
        for last in 0..=255 {
            throttle.attempt("li", address(last), NOW).unwrap();
        }
        for _ in 0..MOST_FROM_ADDRESS - 1 {
            assert_eq!(throttle.attempt("li", owner, NOW), Ok(SLOWEST));
            throttle.succeeded("li", owner);
        }
        assert_eq!(throttle.attempt("li", address(1), NOW), Ok(SLOWEST));
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out() {
        let throttle = Throttle::default();
        let ahead = NOW + SignedDuration::from_hours(24);
        for name in 0..MOST_FROM_ADDRESS {
            throttle.attempt(&name.to_string(), address(1), ahead).unwrap();
        }
        throttle.attempt("0", address(1), NOW).unwrap();
        // And the bound is there as before.
        let wait = throttle.attempt("li", address(1), NOW).unwrap_err();
        assert!((1..=18).contains(&wait), "{wait}");
    }

    /// Nobody knows whom to shut out, so nobody is; the account answers more slowly.
    #[test]
    fn from_no_known_address_nothing_is_refused() {
        let throttle = Throttle::default();
        for _ in 0..20 {
            assert_eq!(throttle.attempt("li", None, NOW), Ok(Duration::ZERO));
        }
        for _ in 0..1_000 {
            let slow = throttle.attempt("li", None, NOW).unwrap();
            assert!((SLOWER_BY..=SLOWEST).contains(&slow), "{slow:?}");
        }
        assert_eq!(throttle.attempt("li", None, NOW), Ok(SLOWEST));
        assert_eq!(throttle.attempt("wang", None, NOW), Ok(Duration::ZERO));
    }

    #[test]
    fn a_flood_neither_fills_the_memory_nor_shuts_people_out() {
        let throttle = Throttle::default();
        for number in 0..u32::try_from(3 * MOST_ENTRIES).unwrap() {
            let from = Some(IpAddr::from(number.to_be_bytes()));
            throttle.attempt(&number.to_string(), from, NOW).unwrap();
        }
        {
            let tables = throttle.tables.lock().unwrap();
            assert!(tables.failures.0.len() <= MOST_ENTRIES);
            assert!(tables.addresses.0.len() <= MOST_ENTRIES);
            assert!(tables.accounts.0.len() <= MOST_ENTRIES);
        }
        throttle.attempt("li", address(1), NOW).unwrap();
        // What no longer counts is gone when room is needed.
        let later = NOW + FORGOTTEN_AFTER + seconds(1);
        for number in 0..u32::try_from(MOST_ENTRIES).unwrap() {
            let from = Some(IpAddr::from(number.to_be_bytes()));
            throttle.attempt(&number.to_string(), from, later).unwrap();
        }
        assert!(
            !throttle
                .tables
                .lock()
                .unwrap()
                .failures
                .0
                .contains_key(&("li".to_owned(), address(1).unwrap()))
        );
    }
}
