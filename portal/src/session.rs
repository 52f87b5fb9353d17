//! Signing in and out, and what guards it: who is signed in, passwords, the brake on guessing, where a request came from.

pub(crate) mod origin;
pub(crate) mod passwords;
pub(crate) mod routes;
pub(crate) mod sessions;
pub(crate) mod throttle;
pub mod wire;
