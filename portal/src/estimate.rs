//! Remote estimates of errors (误差远程估计) behind a master: suspicions, never verdicts.

pub mod body;
mod daily;
mod registers;
pub(crate) mod routes;
mod shown;
pub mod wire;
pub(crate) mod work;
