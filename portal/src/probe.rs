//! Test reads (试读) through a collector.

pub(crate) mod routes;
pub mod wire;
mod work;

pub(crate) use work::Probing;
