//! Whole-system tests; one binary, one room per promise.

mod layering;
mod whole_path;
