//! `metrology`: exact rounding, judgement, notation, conversion and statistics for laboratories
//! and auditors. Readable by default, `--json` for programs, `eval` for JSON Lines.

mod commands;
mod eval;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match commands::run(commands::Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("metrology: {error:#}");
            ExitCode::from(2)
        }
    }
}
