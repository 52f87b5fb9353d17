//! Procedures (检测规程): what is judged by which rules, and who approved them.

pub(crate) mod routes;
pub mod wire;
pub(crate) mod work;
