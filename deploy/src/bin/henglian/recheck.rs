//! `henglian recheck`: a stored conclusion, recomputed offline.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use deploy::config::Config;
use deploy::wiring::open_data;
use ledger::Word;
use verification::canonical;
use verification::conclusion::Conclusion;
use verification::recheck::{Bundle, Difference, Record, RecordState, recheck as recheck_bundle};

/// Exit code 0 if every digit agrees, 2 if not.
pub(super) async fn recheck(bundle: &str, config: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let mut kept = None;
    let bytes = if bundle == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .read_to_end(&mut bytes)
            .context("standard input")?;
        bytes
    } else if let (Ok(id), Some(config)) = (bundle.parse::<i64>(), &config) {
        let (ledger, _store) = open_data(&Config::load(config)?).await?;
        let everywhere = ledger::Actor {
            account_id: 0.into(),
            login: "recheck".to_owned(),
            sites: None,
        };
        let named = || format!("run {id}");
        let run = ledger.run(&everywhere, id.into()).await.with_context(named)?;
        let frozen = ledger.frozen(&everywhere, id.into()).await.with_context(named)?;
        kept = Some((run, frozen.evidence));
        frozen.bundle
    } else {
        std::fs::read(bundle).with_context(|| {
            format!("{bundle} cannot be read; give a bundle file, or a run's number with --config")
        })?
    };
    let parsed = Bundle::parse(&bytes).with_context(|| format!("{bundle} is no bundle"))?;
    let mut outcome = recheck_bundle(&parsed).with_context(|| format!("{bundle} cannot be rechecked"))?;
    if let Some((run, evidence)) = &kept {
        let differs = beside(run, evidence, &parsed).with_context(|| format!("run {bundle}"))?;
        outcome.agrees &= differs.is_empty();
        outcome.differences.extend(differs);
    }
    let conclusion = &outcome.conclusion;
    println!(
        "{}",
        serde_json::to_string(&conclusion.verdict)?.trim_matches('"')
    );
    if let Some(record) = &parsed.record {
        println!("{}", counts(record));
    }
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

/// Whether a conclusion is one: digits that agree do not make a returned run valid.
fn counts(record: &Record) -> String {
    let Record {
        number,
        operator,
        taken_at,
        ..
    } = record;
    let reviewer = record.reviewer.as_deref().unwrap_or("nobody");
    let state = match record.state {
        RecordState::AwaitingReview => "NOT REVIEWED 待核验: no result yet",
        RecordState::Confirmed => "confirmed 已核验",
        RecordState::Returned => "RETURNED 已退回: no valid result",
    };
    format!("run {number}: {state}; by {operator}, reviewed by {reviewer} (as of {taken_at})")
}

/// Where the ledger's own columns, which pages and reviews go by, say something else than the bundle.
fn beside(run: &ledger::runs::Run, evidence: &[u8], bundle: &Bundle) -> anyhow::Result<Vec<Difference>> {
    let conclusion = Conclusion::parse(&run.conclusion).context("column conclusion")?;
    let inside = &bundle.conclusion;
    let pairs = [
        (
            "verdict",
            run.verdict.word().to_owned(),
            inside.verdict.word().to_owned(),
        ),
        ("engine", run.engine.clone(), inside.engine.clone()),
        (
            "evidence_sha256",
            run.evidence_sha256.clone(),
            inside.evidence_sha256.clone(),
        ),
        (
            "procedure_sha256",
            run.procedure_sha256.clone(),
            inside.procedure_sha256.clone(),
        ),
        (
            "evidence",
            canonical::sha256(evidence),
            canonical::sha256(bundle.evidence.as_bytes()),
        ),
        (
            "conclusion",
            canonical::sha256(conclusion.to_json().as_bytes()),
            canonical::sha256(inside.to_json().as_bytes()),
        ),
    ];
    let differ = pairs.into_iter().filter(|(_, kept, bundled)| kept != bundled);
    Ok(differ
        .map(|(column, kept, bundled)| Difference {
            place: format!("ledger, run {}, column {column}", run.id),
            stored: kept,
            recomputed: bundled,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use ledger::instruments::InstrumentRef;
    use ledger::runs::{Kind, Run, RunState, Verdict};

    use super::*;

    #[test]
    fn the_columns_of_the_ledger_are_those_of_the_bundle() {
        let text = include_str!("../../../../analysis/vectors/comparison.json");
        let conclusion = Conclusion::parse(text).unwrap();
        let bundle = Bundle {
            format: verification::recheck::FORMAT,
            evidence: "{}".to_owned(),
            procedure: String::new(),
            conclusion: conclusion.clone(),
            record: None,
        };
        let kept = Run {
            id: 7.into(),
            kind: Kind::OnlineVerification,
            instrument: InstrumentRef {
                id: 1.into(),
                device: "m-03".to_owned(),
                name: String::new(),
            },
            reference: None,
            site_id: 1.into(),
            window: conclusion.window,
            verdict: Verdict::Conforms,
            conclusion: conclusion.to_json(),
            engine: conclusion.engine.clone(),
            evidence_sha256: conclusion.evidence_sha256.clone(),
            procedure_sha256: conclusion.procedure_sha256.clone(),
            operator: "li".to_owned(),
            created: conclusion.window.to,
            state: RunState::AwaitingReview,
            reviewer: None,
            reviewed: None,
            note: String::new(),
            version: 1,
        };
        let places = |run: &Run, evidence: &[u8]| -> Vec<String> {
            let found = beside(run, evidence, &bundle).unwrap();
            found.into_iter().map(|one| one.place).collect()
        };
        assert!(places(&kept, b"{}").is_empty());
        assert_eq!(places(&kept, b"{ }"), ["ledger, run 7, column evidence"]);
        let other = Run {
            verdict: Verdict::Inconclusive,
            conclusion: kept.conclusion.replacen("-0.10", "-0.05", 1),
            ..kept.clone()
        };
        let found = places(&other, b"{}");
        assert_eq!(
            found,
            [
                "ledger, run 7, column verdict",
                "ledger, run 7, column conclusion"
            ]
        );
        let torn = Run {
            conclusion: "{".to_owned(),
            ..kept
        };
        assert!(
            beside(&torn, b"{}", &bundle)
                .unwrap_err()
                .to_string()
                .contains("conclusion")
        );
    }
}
