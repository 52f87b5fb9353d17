//! The ledger's promises, on both databases.

mod accounts;
mod audit;
mod damaged;
mod estimates;
mod hand;
mod house;
mod instruments;
mod migrations;
mod on;
mod plans;
mod procedures;
mod review;
mod runs;
mod scope;
mod servers;
mod untouchable;
