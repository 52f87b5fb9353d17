//! `henglian recheck`: a stored conclusion, recomputed offline.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use deploy::config::Config;
use deploy::wiring::open_data;

/// Exit code 0 if every digit agrees, 2 if not.
pub(super) async fn recheck(bundle: &str, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
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
