//! The edge collector: polls and subscribes, stamps time, spools durably, forwards.
//!
//! **Architecture invariant:** never rounds, converts or drops a reading silently; every loss is
//! counted. The spool, not a client library, is the queue, and its cursor moves only when the
//! gateway has acknowledged a batch.
//!
//! The way of a sweep: [`source`] reads a device in the spans of its [`plan`] at the times of
//! [`schedule`], [`decode`] turns words into exact decimals, [`writer`] commits it to the
//! [`spool`], [`forward`] sends batches until they are acknowledged. [`orders`] says which
//! devices to read, [`field`] keeps one bus task per line and connection.

use std::sync::Arc;

pub mod access;
pub mod backoff;
pub mod bus;
pub mod config;
pub mod decode;
pub mod field;
pub mod forward;
pub mod health;
pub mod link;
pub mod orders;
pub mod plan;
pub mod probe;
pub mod run;
pub mod schedule;
pub mod source;
pub mod spool;
pub mod writer;

pub use config::{Config, ConfigError};
pub use health::{Health, HealthReport};
pub use run::{Collector, CollectorHandle, StartError};
pub use spool::{Spool, SpoolError};

/// Where the time comes from. Injected, so that tests and simulations own it.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
