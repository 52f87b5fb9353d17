//! The one place of the server side that asks the system for the time.

use std::sync::Arc;

use jiff::Timestamp;

/// Everything inside is handed this; tests hand in their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The system's clock, as UTC.
#[allow(
    clippy::disallowed_methods,
    reason = "the outermost edge, from where the time is passed in"
)]
pub fn system_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// A password that nobody has to remember: 20 letters and digits that are not mistaken for each other.
pub fn random_password() -> String {
    const SIGNS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    (0..20)
        .map(|_| char::from(SIGNS[rand::random_range(0..SIGNS.len())]))
        .collect()
}
