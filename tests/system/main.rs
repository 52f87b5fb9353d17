//! Whole-system tests; one binary, one room per promise.

mod kill;
mod layering;
mod licences;
mod tls;
mod whole_path;
