//! Readings: latest values, curves, live ones, and the way back to the wire.

pub(crate) mod curve;
pub(crate) mod live;
pub(crate) mod routes;
pub mod wire;
mod work;
