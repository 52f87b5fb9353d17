//! Plans of verifications and checks, and what is due.

pub(crate) mod routes;
pub mod wire;
