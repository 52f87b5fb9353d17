//! Whole-system tests; one binary, one room per promise.

mod kill;
mod layering;
mod licences;
mod whole_path;
