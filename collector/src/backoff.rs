//! Waiting times between attempts: exponential, bounded, with jitter.

use std::time::Duration;

/// Doubles from `least` to `most`; each wait is drawn between half and the whole of the step, so
/// that many collectors do not return at once after an outage. Seeded, hence repeatable in tests.
#[derive(Clone, Debug)]
pub struct Backoff {
    least: Duration,
    most: Duration,
    step: Duration,
    state: u64,
}

impl Backoff {
    pub fn new(least: Duration, most: Duration, seed: u64) -> Self {
        Self {
            least,
            most,
            step: least,
            state: seed,
        }
    }

    /// The next wait; the one after it will be about twice as long.
    pub fn next_wait(&mut self) -> Duration {
        let half = self.step / 2;
        let spread = u64::try_from(half.as_micros()).unwrap_or(u64::MAX).max(1);
        let wait = half + Duration::from_micros(self.draw() % spread);
        self.step = (self.step * 2).min(self.most);
        wait
    }

    /// After a success.
    pub fn reset(&mut self) {
        self.step = self.least;
    }

    /// SplitMix64: good enough to spread retries, no dependency.
    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// A seed that differs between processes and calls, from the operating system's randomness.
pub fn random_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::collections::hash_map::RandomState::new()
        .build_hasher()
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_bound_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2), 7);
        let waits: Vec<_> = (0..12).map(|_| backoff.next_wait()).collect();
        assert!(waits[0] >= Duration::from_millis(50) && waits[0] < Duration::from_millis(100));
        assert!(waits.iter().all(|wait| *wait <= Duration::from_secs(2)));
        assert!(waits[11] >= Duration::from_secs(1));
        backoff.reset();
        assert!(backoff.next_wait() < Duration::from_millis(100));
    }

    #[test]
    fn the_same_seed_gives_the_same_waits() {
        let mut one = Backoff::new(Duration::from_millis(10), Duration::from_secs(1), 3);
        let mut two = one.clone();
        assert!((0..20).all(|_| one.next_wait() == two.next_wait()));
    }
}
