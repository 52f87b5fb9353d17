//! Who is connected, and who has to go when there are too many.
//!
//! A newcomer takes the place of the connection of its own address that has been idle longest; when all places are
//! taken, of one of the address that has most. Only if nobody is idle the newcomer is turned away. So sockets that say
//! nothing never keep out whoever has something to say, not even behind the same address.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::neighbourhood;

/// How many connections a listener holds at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    pub in_total: usize,
    /// Of one address (of one /64 network with IPv6). A page needs up to six, a collector two. Without effect behind a
    /// proxy, where all come from one address and the proxy has to bound them.
    pub per_address: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            in_total: 1_000,
            per_address: 100,
        }
    }
}

/// One line per address and this time; what happened in between is counted in the next.
const SAID_EVERY: Duration = Duration::from_mins(10);
/// Addresses whose last line is remembered.
const MOST_REMEMBERED: usize = 1_000;

pub(super) struct Crowd {
    name: &'static str,
    bounds: Bounds,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    taken: BTreeMap<u64, Seat>,
    by_address: HashMap<IpAddr, usize>,
    /// Numbers connections, and moments at which one became idle.
    turn: u64,
    said: HashMap<IpAddr, (Instant, u64)>,
}

struct Seat {
    address: IpAddr,
    /// Since which turn nothing is being answered; `None` while something is.
    idle: Option<u64>,
    leave: CancellationToken,
}

impl Seats {
    fn turn(&mut self) -> u64 {
        self.turn += 1;
        self.turn
    }

    fn of(&self, address: IpAddr) -> usize {
        self.by_address.get(&address).copied().unwrap_or(0)
    }

    fn remove(&mut self, id: u64) {
        let Some(seat) = self.taken.remove(&id) else {
            return;
        };
        seat.leave.cancel();
        if let Some(count) = self.by_address.get_mut(&seat.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&seat.address);
            }
        }
    }

    /// The longest idle connection of the addresses that `among` names.
    fn longest_idle(&self, among: impl Fn(IpAddr) -> bool) -> Option<u64> {
        let idle = self.taken.iter().filter(|(_, seat)| among(seat.address));
        idle.filter_map(|(id, seat)| Some((seat.idle?, *id)))
            .min()
            .map(|(_, id)| id)
    }
}

/// A connection that has a place; leaves it when dropped.
pub(super) struct Guest {
    crowd: Arc<Crowd>,
    id: u64,
    leave: CancellationToken,
}

/// While it lives, the connection is not idle.
pub(super) struct Busy {
    guest: Arc<Guest>,
}

impl Crowd {
    pub(super) fn new(name: &'static str, bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            name,
            bounds,
            seats: Mutex::default(),
        })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a newcomer, or none.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Guest> {
        let address = neighbourhood(address);
        let mut seats = self.seats();
        let leaves = if seats.of(address) >= self.bounds.per_address {
            Some(seats.longest_idle(|one| one == address))
        } else if seats.taken.len() >= self.bounds.in_total {
            let most = seats.by_address.values().copied().max().unwrap_or(0);
            let crowded = seats.longest_idle(|one| seats.of(one) == most);
            Some(crowded.or_else(|| seats.longest_idle(|_| true)))
        } else {
            None
        };
        if let Some(leaves) = leaves {
            let of = leaves
                .and_then(|id| Some(seats.taken.get(&id)?.address))
                .unwrap_or(address);
            self.say(&mut seats, of, leaves.is_some());
            seats.remove(leaves?);
        }
        let id = seats.turn();
        let leave = CancellationToken::new();
        *seats.by_address.entry(address).or_default() += 1;
        let seat = Seat {
            address,
            idle: Some(id),
            leave: leave.clone(),
        };
        seats.taken.insert(id, seat);
        Some(Guest {
            crowd: Arc::clone(self),
            id,
            leave,
        })
    }

    fn say(&self, seats: &mut Seats, address: IpAddr, idle: bool) {
        let now = Instant::now();
        if seats.said.len() >= MOST_REMEMBERED {
            seats
                .said
                .retain(|_, (at, _)| now.duration_since(*at) < SAID_EVERY);
        }
        if seats.said.len() >= MOST_REMEMBERED && !seats.said.contains_key(&address) {
            return;
        }
        let connections = seats.of(address);
        match seats.said.get_mut(&address) {
            Some((at, unsaid)) if now.duration_since(*at) < SAID_EVERY => *unsaid += 1,
            known => {
                let before = known.map_or(0, |(_, unsaid)| *unsaid);
                seats.said.insert(address, (now, 0));
                tracing::warn!(
                    listener = self.name,
                    %address,
                    connections,
                    since_last_line = before,
                    "too many connections; {}",
                    if idle { "the longest idle one is closed for a newcomer" } else { "a newcomer is turned away" }
                );
            }
        }
    }
}

impl Guest {
    /// Cancelled when somebody else gets the place.
    pub(super) fn leave(&self) -> CancellationToken {
        self.leave.clone()
    }

    /// A request has come.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        if let Some(seat) = self.crowd.seats().taken.get_mut(&self.id) {
            seat.idle = None;
        }
        Busy {
            guest: Arc::clone(self),
        }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mut seats = self.guest.crowd.seats();
        let turn = seats.turn();
        if let Some(seat) = seats.taken.get_mut(&self.guest.id) {
            seat.idle = Some(turn);
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.crowd.seats().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(in_total: usize, per_address: usize) -> Arc<Crowd> {
        Crowd::new(
            "test",
            Bounds {
                in_total,
                per_address,
            },
        )
    }

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn the_longest_idle_connection_of_the_same_address_makes_room() {
        let crowd = crowd(100, 3);
        let guests: Vec<Arc<Guest>> = (0..3).map(|_| Arc::new(crowd.admit(from(1)).unwrap())).collect();
        let elsewhere = crowd.admit(from(2)).unwrap();
        // The first has just been answered, the second is being answered: the third has waited longest.
        drop(guests[0].busy());
        let _answering = guests[1].busy();
        let newcomer = crowd.admit(from(1)).unwrap();
        let gone: Vec<bool> = guests.iter().map(|guest| guest.leave().is_cancelled()).collect();
        assert_eq!(gone, [false, false, true]);
        assert!(!elsewhere.leave().is_cancelled() && !newcomer.leave().is_cancelled());
    }

    #[test]
    fn nobody_who_is_being_answered_has_to_go() {
        let crowd = crowd(100, 2);
        let guests: Vec<Arc<Guest>> = (0..2).map(|_| Arc::new(crowd.admit(from(1)).unwrap())).collect();
        let answering: Vec<Busy> = guests.iter().map(Guest::busy).collect();
        assert!(crowd.admit(from(1)).is_none());
        assert!(crowd.admit(from(2)).is_some());
        drop(answering);
        assert!(crowd.admit(from(1)).is_some());
    }

    #[test]
    fn in_a_full_house_the_address_with_most_connections_makes_room() {
        let crowd = crowd(4, 3);
        let modest = crowd.admit(from(2)).unwrap();
        let many: Vec<Guest> = (0..3).map(|_| crowd.admit(from(1)).unwrap()).collect();
        let newcomer = crowd.admit(from(3)).unwrap();
        assert!(many[0].leave().is_cancelled() && !modest.leave().is_cancelled());
        assert_eq!(crowd.seats().taken.len(), 4);
        drop((modest, many, newcomer));
        assert!(crowd.seats().taken.is_empty() && crowd.seats().by_address.is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let crowd = crowd(100, 1);
        let one = crowd.admit("2001:db8::1".parse().unwrap()).unwrap();
        let other = crowd.admit("2001:db8:0:1::1".parse().unwrap()).unwrap();
        let _same = crowd.admit("2001:db8::2".parse().unwrap()).unwrap();
        assert!(one.leave().is_cancelled() && !other.leave().is_cancelled());
    }
}
