//! `henglian`: the server, and the tools around it.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use deploy::clock::system_clock;
use deploy::config::Config;
use deploy::wiring::{System, open_data};
use ledger::seed::NewAccount;

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
    /// Check a configuration and the files it names.
    CheckConfig { config: PathBuf },
    /// Recompute a stored conclusion offline: a bundle file, or the number of a run together with --config.
    Recheck {
        /// Bundle file, `-` for standard input, or the number of a run.
        bundle: String,
        /// Needed for the number of a run.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Create an account; its password is drawn and printed once.
    AddAccount {
        config: PathBuf,
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
        /// The organisation (单位) the person belongs to.
        #[arg(long)]
        party: String,
        /// enterprise, operator, reviewer, auditor or administrator; may be repeated.
        #[arg(long = "role", required = true, value_parser = ["enterprise", "operator", "reviewer", "auditor", "administrator"])]
        roles: Vec<String>,
    },
    /// Walk the audit trail and name the first entry that was tampered with.
    VerifyAudit { config: PathBuf },
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "info,rumqttd=warn,sqlx=warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("henglian: {error:#}");
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
            let (ledger, store) = open_data(&config.data_dir).await?;
            ledger.close().await;
            store.close().await;
            println!("{}: databases are up to date", config.data_dir.display());
        }
        Command::CheckConfig { config: path } => {
            Config::load(&path)?.check_files(&path.display().to_string())?;
            println!("{}: in order", path.display());
        }
        Command::Recheck { bundle, config } => return recheck(&bundle, config).await,
        Command::AddAccount {
            config,
            login,
            name,
            party,
            roles,
        } => {
            let (ledger, _store) = open_data(&Config::load(&config)?.data_dir).await?;
            let password = deploy::clock::random_password();
            let new = NewAccount {
                login: login.clone(),
                name,
                party,
                password: password.clone(),
                roles,
            };
            if !ledger.create_account(&new, system_clock()()).await? {
                bail!("there is an account \"{login}\" already; choose another login");
            }
            ledger.close().await;
            println!("{login}  {password}");
        }
        Command::VerifyAudit { config } => {
            let (ledger, _store) = open_data(&Config::load(&config)?.data_dir).await?;
            match ledger.verify_audit().await? {
                ledger::audit::AuditCheck::Whole { entries, head } => {
                    println!("{entries} entries, whole; head {head}")
                }
                ledger::audit::AuditCheck::Broken { entry, reason } => {
                    bail!("audit entry {entry}: {reason}");
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn recheck(bundle: &str, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let bytes = if bundle == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input")?;
        bytes
    } else if let (Ok(id), Some(config)) = (bundle.parse::<i64>(), &config) {
        let (ledger, _store) = open_data(&Config::load(config)?.data_dir).await?;
        let everywhere = ledger::Actor {
            account_id: 0,
            login: "recheck".to_owned(),
            sites: None,
        };
        ledger
            .frozen(&everywhere, id)
            .await
            .with_context(|| format!("run {id}"))?
            .1
    } else {
        std::fs::read(bundle).with_context(|| {
            format!("{bundle} cannot be read; give a bundle file, or a run's number with --config")
        })?
    };
    let outcome =
        analysis::recheck::recheck_bytes(&bytes).with_context(|| format!("{bundle} is no bundle"))?;
    let conclusion = &outcome.conclusion;
    println!(
        "{}",
        serde_json::to_string(&conclusion.verdict)?.trim_matches('"')
    );
    println!("evidence   sha256 {}", conclusion.evidence_sha256);
    println!("procedure  sha256 {}", conclusion.procedure_sha256);
    println!("engine     {}", conclusion.engine);
    if let Some(other) = &outcome.other_engine {
        println!("note: judged by another engine version ({other:?})");
    }
    if outcome.agrees {
        println!("AGREES 一致: every digit was recomputed");
        return Ok(ExitCode::SUCCESS);
    }
    for difference in &outcome.differences {
        println!(
            "{}: stored {} recomputed {}",
            difference.place, difference.stored, difference.recomputed
        );
    }
    println!("DIFFERS 不一致");
    Ok(ExitCode::from(2))
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
