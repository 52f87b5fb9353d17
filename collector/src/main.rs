//! `collector run CONFIG | check-config CONFIG | probe CONFIG --profile MODEL@VERSION --access ACCESS`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use collector::{Clock, Collector, Config};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;
use uplink::ProbeOutcome;

/// Edge collector of Henglian: polls and subscribes, stamps time, spools durably, forwards.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Read the field until SIGTERM or Ctrl-C
    Run { config: PathBuf },
    /// Say whether a configuration can be used, and what is wrong with it
    CheckConfig { config: PathBuf },
    /// Read one device once and show raw words beside decoded values
    Probe {
        config: PathBuf,
        /// Profile, as model@version
        #[arg(long)]
        profile: String,
        /// modbus-tcp://HOST:PORT/UNIT, modbus-rtu:///dev/ttyUSB0/UNIT?baud=9600&format=8N1 or mqtt://BROKER/TOPIC
        #[arg(long)]
        access: String,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours are for people: a file or the journal gets plain text.
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .init();
    match obey(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("collector: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn obey(command: Command) -> Result<ExitCode> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the outermost binary is where the clock comes from"
    )]
    let clock: Clock = Arc::new(jiff::Timestamp::now);
    match command {
        Command::Run { config } => {
            let config = Config::load(&config)?;
            // Before the start, so that no signal is missed.
            let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
            let handle = Collector::start(config, clock).await?;
            if let Some(address) = handle.health_address() {
                eprintln!("health report at http://{address}/");
            }
            tokio::select! {
                _ = terminate.recv() => {}
                interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot listen for Ctrl-C")?,
            }
            handle.shutdown().await;
            Ok(ExitCode::SUCCESS)
        }
        Command::CheckConfig { config } => {
            let config = Config::load(&config)?;
            let found = config.check_surroundings();
            for warning in &found.warnings {
                eprintln!("collector: warning: {warning}");
            }
            for fault in &found.faults {
                eprintln!("collector: {fault}");
            }
            if !found.faults.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
            println!(
                "{}: good; {} own devices, spool {}",
                config.id,
                config.devices.len(),
                config.spool.display()
            );
            Ok(ExitCode::SUCCESS)
        }
        Command::Probe {
            config,
            profile,
            access,
        } => {
            let config = Config::load(&config)?;
            let access = collector::access::parse(&access)?;
            let catalogue = collector::run::profiles(&config)?;
            let outcome = collector::probe::probe(config, catalogue, clock, &profile, &access).await;
            print!("{}", collector::probe::table(&outcome));
            Ok(if matches!(outcome, ProbeOutcome::Read { .. }) {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}
