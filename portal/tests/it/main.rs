//! The portal as its callers see it.

mod actor;
mod configuration;
mod double;
mod laboratory;
mod on_gateway;
mod openapi;
mod permissions;
mod refusals;
mod runs;
