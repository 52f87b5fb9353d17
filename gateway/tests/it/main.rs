//! Integration tests of the gateway: one binary, one room per promise.

mod faults;
mod http;
mod kill;
mod registers;
mod site;
mod store;
