//! Runs: online verifications (远程在线检测) and period checks (期间核查), and their review by a second person.

mod comparison;
pub(crate) mod configuration;
mod period_check;
pub(crate) mod review;
pub(crate) mod routes;
pub mod wire;
pub(crate) mod work;
