//! Integration tests of the gateway: one binary, one room per promise.

mod attack;
mod damage;
mod faults;
mod http;
mod kill;
mod log;
mod profiles;
mod registers;
mod repeats;
mod sealing;
mod site;
mod store;
mod times;
