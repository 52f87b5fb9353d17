//! Every connection is a file descriptor, and many systems hand out 1,024 unless asked for more.

use rustix::process::{Resource, getrlimit, setrlimit};

use super::Bounds;

/// What databases, logs and listeners need beside the connections.
const RESERVED: u64 = 256;

/// Asks for enough descriptors for all connections; what the system refuses is taken off the bounds, evenly.
pub fn room_for(bounds: &mut [&mut Bounds]) {
    let wanted = RESERVED + bounds.iter().map(|one| one.in_total as u64).sum::<u64>();
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|current| current < wanted) {
        limit.current = Some(limit.maximum.map_or(wanted, |most| most.min(wanted)));
        // What was there before stays if this is refused.
        let _ = setrlimit(Resource::Nofile, limit);
    }
    let granted = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    if granted >= wanted {
        return;
    }
    let share = granted.saturating_sub(RESERVED).max(granted / 2) / bounds.len().max(1) as u64;
    let share = usize::try_from(share).unwrap_or(usize::MAX).max(1);
    tracing::warn!(
        granted,
        wanted,
        connections = share,
        "the system allows too few open files; each listener takes fewer connections (LimitNOFILE in the service's unit, \
         or `ulimit -n`, raises it)"
    );
    for one in bounds {
        one.in_total = one.in_total.min(share);
        one.per_address = one.per_address.min(one.in_total);
    }
}
