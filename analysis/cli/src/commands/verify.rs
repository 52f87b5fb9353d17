//! `metrology verify` and `metrology procedure`: procedures as data, run and checked.

use anyhow::{Context, Result, anyhow};
use clap::Args;
use verification::conclusion::{Body, Comparison, Conclusion, DriftLine, PeriodCheck, RuleStatus, Verdict};
use verification::procedure::{Procedure, Sheet};
use verification::recheck::judge_texts;

use super::{Answer, read};
use crate::exit::Exit;

#[derive(Args)]
pub(crate) struct VerifyCommand {
    /// The procedure file (TOML).
    procedure: String,
    /// The frozen evidence (JSON); - is standard input.
    evidence: String,
}

#[derive(Args)]
pub(crate) struct CheckCommand {
    /// The procedure file (TOML); - is standard input.
    file: String,
}

/// Judges frozen evidence by any procedure, of a comparison or of a period check.
pub(super) fn run(command: &VerifyCommand) -> Result<Answer> {
    let procedure = read(&command.procedure)?;
    let evidence = read(&command.evidence)?;
    let (conclusion, _) = judge_texts(&procedure, &evidence)
        .with_context(|| format!("{} with {}", command.procedure, command.evidence))?;
    answer(&conclusion)
}

/// Exit code 0 for 符合, 1 for 不符合, 3 for 待定.
pub(super) fn answer(conclusion: &Conclusion) -> Result<Answer> {
    let code = match conclusion.verdict {
        Verdict::Conforms => Exit::Conforms,
        Verdict::DoesNotConform => Exit::DoesNotConform,
        Verdict::Inconclusive => Exit::Inconclusive,
    };
    let value = serde_json::to_value(conclusion).context("the conclusion")?;
    Ok((value, text(conclusion), code))
}

fn text(conclusion: &Conclusion) -> String {
    let draft = match conclusion.basis.status {
        RuleStatus::Draft => "（草案 draft）",
        RuleStatus::Approved => "",
    };
    let mut out = format!(
        "{}  {}{draft}\n",
        conclusion.verdict.zh(),
        conclusion.basis.statement.zh
    );
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line(format!("  {}", conclusion.nature.zh));
    for reason in &conclusion.reasons {
        line(format!("  - {} | {}", reason.zh, reason.en));
    }
    let body = match &conclusion.body {
        Body::Comparison(comparison) => comparison_text(comparison),
        Body::PeriodCheck(check) => period_check_text(check),
    };
    body.into_iter().for_each(&mut line);
    for excluded in &conclusion.excluded {
        line(format!("  {} × {}", excluded.slots, excluded.reason.zh));
    }
    line(format!(
        "  evidence sha256 {}\n  procedure sha256 {}",
        conclusion.evidence_sha256, conclusion.procedure_sha256
    ));
    out.trim_end().to_owned()
}

fn shown(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("-")
}

fn comparison_text(comparison: &Comparison) -> Vec<String> {
    let mut lines = vec![format!(
        "  {} = {} ({})",
        comparison.title.zh, comparison.formula, comparison.unit
    )];
    let measured = comparison.points.iter().filter(|p| p.slots > 0);
    lines.extend(measured.map(|point| {
        format!(
            "  {:<18} {}  mean {}, rounded {}, limit ±{}, U {}, {} readings",
            point.bin,
            point.verdict.map_or("-", Verdict::zh),
            shown(&point.mean),
            shown(&point.rounded),
            shown(&point.limit),
            shown(&point.u95),
            point.readings_used,
        )
    }));
    lines
}

fn period_check_text(check: &PeriodCheck) -> Vec<String> {
    let mut lines = vec![format!(
        "  difference {} {}, |E_n| {}, permitted {} {}, {} readings",
        shown(&check.difference),
        check.unit,
        shown(&check.e_n),
        check.permitted_difference,
        check.unit,
        check.pairs,
    )];
    if let Some(chart) = &check.chart {
        lines.push(format!(
            "  chart: centre {}, σ {}, limits {} to {} {}, {} points ({})",
            chart.centre,
            chart.sigma,
            chart.lower,
            chart.upper,
            check.unit,
            chart.points.len(),
            chart.baseline.en,
        ));
        for point in chart.points.iter().filter(|p| !p.signals.is_empty()) {
            lines.push(format!(
                "    {} {}: {}",
                point.from,
                point.value,
                point.signals.join(", ")
            ));
        }
    }
    let drift = |of: &'static str| move |line: &DriftLine| drift_text(of, line, &check.unit);
    lines.extend(check.drift.iter().map(drift("dated results")));
    lines.extend(check.window_drift.iter().map(drift("this window")));
    if let Some(interval) = &check.interval {
        lines.push(format!(
            "  interval: {} days now, suggested {} (staircase {}, drift {})",
            interval.present_days,
            interval.suggested_days,
            interval.staircase_days,
            interval
                .drift_days
                .map_or_else(|| "-".to_owned(), |d| d.to_string()),
        ));
    }
    let notes = check.notes.iter();
    lines.extend(notes.map(|note| format!("  {} ({})", note.zh, note.en)));
    lines
}

fn drift_text(of: &str, drift: &DriftLine, unit: &str) -> String {
    format!(
        "  drift of {of}: {} ± {} {unit}/a{}, crosses the MPE {} (from {} to {})",
        drift.rate_per_year,
        drift.u_rate_per_year,
        if drift.significant {
            ""
        } else {
            ", not significant"
        },
        shown(&drift.crossing),
        shown(&drift.earliest_crossing),
        shown(&drift.latest_crossing),
    )
}

/// Checks a procedure file and lists what it would do.
pub(super) fn check(command: &CheckCommand) -> Result<Answer> {
    let text = read(&command.file)?;
    let procedure = Procedure::parse(&text).map_err(|e| anyhow!("{}: {e}", command.file))?;
    let basis = procedure.basis();
    let mut shown = format!(
        "{} version {}\n  {} ({:?}, {})\n  {}",
        procedure.id(),
        procedure.version(),
        basis.document,
        basis.status,
        basis.confidence,
        basis.statement.en,
    );
    let sheet = procedure.sheet();
    if let Sheet::Comparison(sheet) = &sheet {
        let bins: Vec<&str> = sheet.points.iter().map(|point| point.name.as_str()).collect();
        shown.push_str(&format!(
            "\n  {} = {} ({})\n  bins: {}",
            sheet.measurand.en,
            sheet.formula,
            sheet.unit,
            bins.join(", "),
        ));
    }
    let value = serde_json::to_value(&sheet).context("the procedure laid open")?;
    Ok((value, shown, Exit::Conforms))
}
