//! Slows down guessing of passwords, by account: five wrong ones in a quarter of an hour close the account's door for
//! the rest of it. By account and not by address, because a laboratory sits behind one address.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

const MOST_FAILURES: usize = 5;
const WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// Names that do not exist count too, so their number is bounded.
const MOST_ACCOUNTS: usize = 10_000;

#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, VecDeque<Timestamp>>>,
}

impl Throttle {
    /// Counts an attempt before it is checked, so that many at once do not slip through.
    ///
    /// # Errors
    /// Seconds to wait.
    pub fn attempt(&self, account: &str, now: Timestamp) -> Result<(), u64> {
        let mut failures = self.failures.lock().expect("no holder panics");
        if failures.len() >= MOST_ACCOUNTS {
            failures.retain(|_, times| times.back().is_some_and(|last| *last + WITHIN > now));
        }
        if failures.len() >= MOST_ACCOUNTS && !failures.contains_key(account) {
            return Err(60);
        }
        let times = failures.entry(account.to_owned()).or_default();
        while times.front().is_some_and(|first| *first + WITHIN <= now) {
            times.pop_front();
        }
        if times.len() >= MOST_FAILURES {
            let until = times[0] + WITHIN;
            return Err(u64::try_from(until.duration_since(now).as_secs())
                .unwrap_or(0)
                .max(1));
        }
        times.push_back(now);
        Ok(())
    }

    pub fn succeeded(&self, account: &str) {
        self.failures.lock().expect("no holder panics").remove(account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_waits_and_other_accounts_do_not() {
        let throttle = Throttle::default();
        let start = Timestamp::UNIX_EPOCH;
        for _ in 0..MOST_FAILURES {
            throttle.attempt("li", start).unwrap();
        }
        assert_eq!(throttle.attempt("li", start), Err(900));
        assert!(throttle.attempt("wang", start).is_ok());
        assert!(throttle.attempt("li", start + WITHIN).is_ok());
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..20 {
            throttle.attempt("li", Timestamp::UNIX_EPOCH).unwrap();
            throttle.succeeded("li");
        }
    }
}
