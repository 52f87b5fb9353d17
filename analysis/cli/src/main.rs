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
            eprintln!("metrology: {}", once(&error));
            ExitCode::from(2)
        }
    }
}

/// The causes of an error behind one another; one that the sentence before it quotes is not said twice.
fn once(error: &anyhow::Error) -> String {
    error
        .chain()
        .map(ToString::to_string)
        .fold(String::new(), |said, cause| match said {
            _ if said.is_empty() => cause,
            _ if said.ends_with(&cause) => said,
            _ => format!("{said}: {cause}"),
        })
}
