//! The portal as its callers see it.

mod actor;
mod double;
mod openapi;
mod permissions;
mod refusals;
mod runs;
