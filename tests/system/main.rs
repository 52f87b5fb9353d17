//! Whole-system tests; one binary, one room per promise.

mod layering;
