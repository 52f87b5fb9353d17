//! Integration tests of the gateway: one binary, one room per promise.

mod attack;
mod faults;
mod http;
mod kill;
mod profiles;
mod registers;
mod site;
mod store;
mod times;
