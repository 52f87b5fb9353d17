//! Integration tests of the gateway: one binary, one room per promise.

mod http;
mod kill;
mod store;
