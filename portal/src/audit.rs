//! The audit trail: who changed what.

pub(crate) mod routes;
pub mod wire;
