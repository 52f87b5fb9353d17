//! The ledger's promises, on a file of its own per test.

mod accounts;
mod audit;
mod damaged;
mod estimates;
mod house;
mod instruments;
mod migrations;
mod plans;
mod procedures;
mod review;
mod runs;
mod scope;
mod untouchable;
