//! Composition root: configuration, wiring and listeners. No domain logic lives here.

pub mod clock;
pub mod config;
pub mod demo;
pub mod listen;
pub mod report;
pub mod wiring;
