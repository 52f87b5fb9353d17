//! The portal as its callers see it.

mod actor;
mod certificate;
mod conditions;
mod configuration;
mod curves;
mod damaged;
mod estimates;
mod four_eyes;
mod laboratory;
mod live;
mod on_gateway;
mod openapi;
mod period_checks;
mod permissions;
mod plans;
mod plant;
mod power_factor;
mod probes;
mod procedures;
mod refusals;
mod runs;
mod scope;
mod simulated;
mod trail;
