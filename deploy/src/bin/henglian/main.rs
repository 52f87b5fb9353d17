//! `henglian`: the server, and the tools around it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::{Parser, Subcommand};
use deploy::clock::system_clock;
use deploy::config::Config;
use deploy::wiring::{System, open_data};

mod admit;
mod recheck;

/// Remote metrology telemetry and online inspection (衡联).
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the portal and the gateway.
    Serve { config: PathBuf },
    /// Create or update the databases and stop.
    Migrate { config: PathBuf },
    /// Check a configuration and everything that `serve` will need, except ports.
    CheckConfig { config: PathBuf },
    /// Recompute a stored conclusion offline: a bundle file, or the number of a run together with --config.
    Recheck {
        /// Bundle file, `-` for standard input, or the number of a run.
        bundle: String,
        /// Needed for the number of a run.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    #[command(flatten)]
    Admit(admit::Admit),
    /// Walk the audit trail and name the first entry that was tampered with.
    VerifyAudit { config: PathBuf },
    /// Read all stored readings, check every checksum, and name each damaged place.
    CheckReadings { config: PathBuf },
    /// Copy all stored readings into a new file, while the server goes on.
    BackUpReadings { config: PathBuf, into: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info,rumqttd=warn,sqlx=warn".into()),
        )
        .with_writer(std::io::stderr)
        // Colours are for people: a file or the journal gets plain text.
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("henglian: {}", deploy::report::chain(&error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve { config } => {
            let system = System::start(&Config::load(&config)?, system_clock()).await?;
            tracing::info!(portal = %system.portal_address, uplink = %system.uplink_address, "serving");
            stop_signal().await?;
            tracing::info!("stopping");
            system.stop().await;
        }
        Command::Migrate { config } => {
            let config = Config::load(&config)?;
            let (ledger, store) = open_data(&config).await?;
            ledger.close().await;
            store.close().await;
            println!("{}: databases are up to date", config.data_dir.display());
        }
        Command::CheckConfig { config: path } => {
            let faults = Config::load(&path)?.check_surroundings();
            for fault in &faults {
                eprintln!("henglian: {}: {fault}", path.display());
            }
            if !faults.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
            println!("{}: in order", path.display());
        }
        Command::Recheck { bundle, config } => return recheck::recheck(&bundle, config).await,
        Command::Admit(admit) => admit::run(admit).await?,
        Command::VerifyAudit { config } => {
            let (ledger, _store) = open_data(&Config::load(&config)?).await?;
            match ledger.verify_audit().await? {
                ledger::audit::AuditCheck::Whole { entries, head } => {
                    println!("{entries} entries, whole; head {head}")
                }
                ledger::audit::AuditCheck::Broken { entry, reason } => {
                    bail!("audit entry {entry}: {reason}");
                }
            }
        }
        Command::CheckReadings { config } => {
            let (_ledger, store) = open_data(&Config::load(&config)?).await?;
            let checked = store.check().await?;
            for place in &checked.damaged {
                eprintln!("henglian: {place}");
            }
            if !checked.damaged.is_empty() {
                bail!("{} damaged places; the rest can be read", checked.damaged.len());
            }
            println!("{} batches, {} blocks, whole", checked.batches, checked.blocks);
        }
        Command::BackUpReadings { config, into } => {
            let (_ledger, store) = open_data(&Config::load(&config)?).await?;
            store.backup(&into).await?;
            println!("{}: a copy of all readings", into.display());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Ctrl-C or SIGTERM.
async fn stop_signal() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
