//! The portal as its callers see it.

mod actor;
mod double;
mod on_gateway;
mod openapi;
mod permissions;
mod refusals;
mod runs;
