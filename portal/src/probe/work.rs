//! Test reads make another machine open connections. So each stands in the audit trail, they are few, and an address
//! that a collector does not connect to is refused before it is asked.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};
use ledger::AccountId;

use crate::Portal;
use crate::instrument::wire::Access;
use crate::problem::Answer;
use crate::refusal;

/// Test reads of one account through one collector: enough to set up a meter, too few to search a network.
const MOST: usize = 10;
const WITHIN: SignedDuration = SignedDuration::from_mins(1);
/// Above this, pairs that have not asked of late are forgotten.
const SWEEP_ABOVE: usize = 1_000;

/// When an account asked through a collector, oldest first.
#[derive(Default)]
pub struct Probing {
    asked: Mutex<HashMap<(AccountId, String), VecDeque<Timestamp>>>,
}

impl Probing {
    /// # Errors
    /// `too-many-probes` (429) with the time to wait; what is not let through is not counted.
    pub fn attempt(&self, account: AccountId, collector: &str, now: Timestamp) -> Answer<()> {
        let mut asked = self.asked.lock().expect("no holder panics");
        if asked.len() > SWEEP_ABOVE {
            asked.retain(|_, times| times.back().is_some_and(|last| *last + WITHIN > now));
        }
        let times = asked.entry((account, collector.to_owned())).or_default();
        while times.front().is_some_and(|first| *first + WITHIN <= now) {
            times.pop_front();
        }
        if let Some(first) = times.front().filter(|_| times.len() >= MOST) {
            let seconds = (*first + WITHIN).duration_since(now).as_secs();
            let seconds = u64::try_from(seconds).unwrap_or(0).max(1);
            return Err(refusal::probe::too_many_probes(MOST, seconds).after_seconds(seconds));
        }
        times.push_back(now);
        Ok(())
    }
}

impl Portal {
    /// The collector enforces its networks itself; here a person learns at once what it will not do. A name is left to
    /// the collector, which can resolve it.
    ///
    /// # Errors
    /// `invalid` (422) on `access.host`.
    pub(crate) fn check_reach(&self, collector: &str, access: &Access) -> Answer<()> {
        let Access::ModbusTcp { host, .. } = access else {
            return Ok(());
        };
        let contacts = self.field.contacts();
        let networks = contacts
            .get(collector)
            .and_then(|contact| Some(contact.report.as_ref()?.networks.clone()))
            .unwrap_or_default();
        networks.check_host(host).map_err(|_| {
            refusal::probe::host_out_of_reach(collector, host, &networks.to_string()).on_field("access.host")
        })
    }
}

/// What a test read asks for, as one line of the audit trail.
pub(crate) fn told(profile: &str, access: &Access) -> String {
    match access {
        Access::ModbusTcp { host, port, unit } => format!("{profile} modbus-tcp://{host}:{port}/{unit}"),
        Access::ModbusRtu { line, unit, .. } => format!("{profile} modbus-rtu://{line}/{unit}"),
        Access::Mqtt { broker, topic } => format!("{profile} mqtt://{broker}/{topic}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn one_account_waits_at_one_collector_only() {
        let probing = Probing::default();
        for _ in 0..MOST {
            probing.attempt(1.into(), "c-1", NOW).unwrap();
        }
        assert_eq!(
            probing.attempt(1.into(), "c-1", NOW).unwrap_err().code,
            "too-many-probes"
        );
        probing.attempt(2.into(), "c-1", NOW).unwrap();
        probing.attempt(1.into(), "c-2", NOW).unwrap();
        probing.attempt(1.into(), "c-1", NOW + WITHIN).unwrap();
    }
}
