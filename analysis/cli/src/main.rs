//! `metrology`: exact rounding, judgement, notation, conversion and statistics for laboratories
//! and auditors. Readable by default, `--json` for programs, `eval` for JSON Lines.

mod answers;
mod commands;
mod eval;
mod exit;
mod help;
mod language;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use commands::Cli;
use exit::Exit;
use language::Language;

fn main() -> ExitCode {
    let arguments = std::env::args_os().map(|a| a.to_string_lossy().into_owned());
    let language = Language::of(arguments, |name| std::env::var(name).ok());
    let matches = help::in_language(Cli::command(), language).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    let answered = commands::run(cli, language).and_then(|answer| {
        let Some((text, exit)) = answer else {
            return Ok(Exit::Conforms);
        };
        // Whoever reads has enough, as `head` does: no failure of ours, and the verdict stands.
        match writeln!(io::stdout(), "{text}") {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(exit),
        }
    });
    match answered {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Conforms.into(),
        Err(error) => {
            let place = language.pick("metrology：拒绝", "metrology");
            // Nobody is left to tell when standard error is closed too.
            let _ = writeln!(io::stderr(), "{place}: {}", once(&error));
            Exit::Refused.into()
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let of_io = |cause: &io::Error| cause.kind() == ErrorKind::BrokenPipe;
    let mut causes = error.chain();
    causes.any(|cause| {
        cause.downcast_ref().is_some_and(of_io)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|e| e.io_error_kind() == Some(ErrorKind::BrokenPipe))
    })
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
