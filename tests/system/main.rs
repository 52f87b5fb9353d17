//! Whole-system tests; one binary, one room per promise.

mod crowd;
mod kill;
mod layering;
mod licences;
mod own_profile;
mod tls;
mod whole_path;
