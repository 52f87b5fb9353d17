//! The start page: what needs attention.

pub(crate) mod routes;
pub mod wire;
