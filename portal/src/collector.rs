//! Collectors (采集器) as people see them, and what the gateway may take from them.

pub mod admission;
pub(crate) mod routes;
pub mod wire;
mod work;
