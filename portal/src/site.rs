//! Sites (站点) of enterprises.

pub(crate) mod routes;
pub mod wire;
