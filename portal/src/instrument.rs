//! The instrument ledger (台账): registration, changes, models, and what is known of an instrument beside its status.

mod condition;
pub(crate) mod models;
pub(crate) mod registration;
pub(crate) mod routes;
pub mod wire;
