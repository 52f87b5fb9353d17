//! Slows down guessing of passwords: five wrong ones for one account, or fifty from one address, within a quarter of an
//! hour close that door for the rest of it. The address has the wider door, because a laboratory sits behind one.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

const MOST_FOR_ACCOUNT: usize = 5;
const MOST_FROM_ADDRESS: usize = 50;
const WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// Names that do not exist count too, so their number is bounded.
const MOST_ACCOUNTS: usize = 10_000;
/// Beyond this, further addresses are not counted; their accounts still are.
const MOST_ADDRESSES: usize = 10_000;

/// When the attempts were made, oldest first.
type Attempts = VecDeque<Timestamp>;

#[derive(Default)]
struct Doors {
    accounts: HashMap<String, Attempts>,
    addresses: HashMap<IpAddr, Attempts>,
}

#[derive(Default)]
pub struct Throttle {
    doors: Mutex<Doors>,
}

fn is_recent(attempts: &Attempts, now: Timestamp) -> bool {
    attempts.back().is_some_and(|last| *last + WITHIN > now)
}

/// Seconds until one more attempt is let through; `None`: now.
fn wait(attempts: &mut Attempts, most: usize, now: Timestamp) -> Option<u64> {
    while attempts.front().is_some_and(|first| *first + WITHIN <= now) {
        attempts.pop_front();
    }
    let first = *attempts.front().filter(|_| attempts.len() >= most)?;
    let seconds = (first + WITHIN).duration_since(now).as_secs();
    Some(u64::try_from(seconds).unwrap_or(0).max(1))
}

impl Throttle {
    /// Counts an attempt before it is checked, so that many at once do not slip through. `account` is the login in the
    /// form in which the ledger compares it: a variant of it is the same account.
    ///
    /// # Errors
    /// Seconds to wait; what is not let through is not counted.
    pub fn attempt(&self, account: &str, from: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let mut doors = self.doors.lock().expect("no holder panics");
        let Doors { accounts, addresses } = &mut *doors;
        if accounts.len() >= MOST_ACCOUNTS {
            accounts.retain(|_, attempts| is_recent(attempts, now));
        }
        if addresses.len() >= MOST_ADDRESSES {
            addresses.retain(|_, attempts| is_recent(attempts, now));
        }
        if accounts.len() >= MOST_ACCOUNTS && !accounts.contains_key(account) {
            return Err(60);
        }
        let mut at_address = from
            .filter(|from| addresses.len() < MOST_ADDRESSES || addresses.contains_key(from))
            .map(|from| addresses.entry(from).or_default());
        if let Some(attempts) = &mut at_address
            && let Some(seconds) = wait(attempts, MOST_FROM_ADDRESS, now)
        {
            return Err(seconds);
        }
        let at_account = accounts.entry(account.to_owned()).or_default();
        if let Some(seconds) = wait(at_account, MOST_FOR_ACCOUNT, now) {
            return Err(seconds);
        }
        at_account.push_back(now);
        if let Some(attempts) = at_address {
            attempts.push_back(now);
        }
        Ok(())
    }

    /// The account starts afresh; the address takes back only this one attempt, or one's own account would open the
    /// door for guessing at others.
    pub fn succeeded(&self, account: &str, from: Option<IpAddr>) {
        let mut doors = self.doors.lock().expect("no holder panics");
        doors.accounts.remove(account);
        if let Some(attempts) = from.and_then(|from| doors.addresses.get_mut(&from)) {
            attempts.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn address(last: u8) -> Option<IpAddr> {
        Some(IpAddr::from([192, 0, 2, last]))
    }

    #[test]
    fn the_sixth_attempt_waits_and_other_accounts_do_not() {
        let throttle = Throttle::default();
        for _ in 0..MOST_FOR_ACCOUNT {
            throttle.attempt("li", None, NOW).unwrap();
        }
        assert_eq!(throttle.attempt("li", address(1), NOW), Err(900));
        assert!(throttle.attempt("wang", None, NOW).is_ok());
        assert!(throttle.attempt("li", None, NOW + WITHIN).is_ok());
    }

    #[test]
    fn success_forgets_the_failures() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            throttle.attempt("li", address(1), NOW).unwrap();
            throttle.succeeded("li", address(1));
        }
    }

    #[test]
    fn many_names_from_one_address_wait_and_other_addresses_do_not() {
        let throttle = Throttle::default();
        for name in 0..MOST_FROM_ADDRESS {
            throttle.attempt(&name.to_string(), address(1), NOW).unwrap();
        }
        assert_eq!(throttle.attempt("li", address(1), NOW), Err(900));
        assert!(throttle.attempt("li", address(2), NOW).is_ok());
        assert!(throttle.attempt("li", address(1), NOW + WITHIN).is_ok());
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
    fn a_flood_of_addresses_neither_fills_the_memory_nor_shuts_people_out() {
        let throttle = Throttle::default();
        for number in 0..=u32::try_from(MOST_ADDRESSES).unwrap() {
            let from = Some(IpAddr::from(number.to_be_bytes()));
            throttle.attempt(&(number / 5).to_string(), from, NOW).unwrap();
        }
        assert_eq!(throttle.doors.lock().unwrap().addresses.len(), MOST_ADDRESSES);
    }
}
