//! `metrology verify` and `metrology procedure`: procedures as data, run and checked.

use anyhow::{Context, Result, anyhow};
use clap::Args;
use serde_json::json;
use verification::period_check;
use verification::procedure::Procedure;
use verification::recheck::{check_texts, verify_texts};
use verification::verdict::{Conclusion, ControlLine, DriftLine, RuleStatus, Verdict};

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

pub(super) fn run(command: &VerifyCommand) -> Result<Answer> {
    let procedure = read(&command.procedure)?;
    let evidence = read(&command.evidence)?;
    let (conclusion, _) = verify_texts(&procedure, &evidence)
        .with_context(|| format!("{} with {}", command.procedure, command.evidence))?;
    answer(&conclusion)
}

/// A period check; E_n alone for a procedure of the first format, charts and drift for one with `format = 2`.
pub(super) fn run_period_check(command: &VerifyCommand) -> Result<Answer> {
    let procedure = read(&command.procedure)?;
    let evidence = read(&command.evidence)?;
    let (conclusion, _) = check_texts(&procedure, &evidence)
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
    for bin in conclusion.bins.iter().filter(|b| b.intervals > 0) {
        let shown = |t: &Option<String>| t.clone().unwrap_or_else(|| "-".to_owned());
        line(format!(
            "  {:<18} {}  mean {} %, rounded {} %, limit ±{} %, U95 {} %, {} windows",
            bin.bin,
            bin.verdict.zh(),
            shown(&bin.mean_percent),
            shown(&bin.rounded_percent),
            bin.limit_percent,
            shown(&bin.u95_percent),
            bin.windows_used,
        ));
    }
    if let Some(measured) = &conclusion.measured {
        line(format!(
            "  {} = {} ({})",
            measured.title.zh,
            measured.formula.trim(),
            measured.unit
        ));
        for point in measured.points.iter().filter(|p| p.slots > 0) {
            let shown = |t: &Option<String>| t.clone().unwrap_or_else(|| "-".to_owned());
            line(format!(
                "  {:<12} {}  mean {}, rounded {}, limit ±{}, U {}, {} readings",
                point.bin,
                point.verdict.map_or("-", Verdict::zh),
                shown(&point.mean),
                shown(&point.rounded),
                shown(&point.limit),
                shown(&point.u95),
                point.readings_used,
            ));
        }
    }
    if let Some(check) = &conclusion.period_check {
        let shown = |t: &Option<String>| t.clone().unwrap_or_else(|| "-".to_owned());
        line(format!(
            "  difference {} {}, |E_n| {}, permitted {} {}, {} readings",
            shown(&check.difference),
            check.unit,
            shown(&check.e_n),
            check.permitted_difference,
            check.unit,
            check.pairs,
        ));
    }
    if let Some(control) = &conclusion.control {
        control_text(control).into_iter().for_each(&mut line);
    }
    for excluded in &conclusion.excluded {
        line(format!("  {} × {}", excluded.intervals, excluded.reason.zh));
    }
    line(format!(
        "  evidence sha256 {}\n  procedure sha256 {}",
        conclusion.evidence_sha256, conclusion.procedure_sha256
    ));
    out.trim_end().to_owned()
}

fn control_text(control: &ControlLine) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(chart) = &control.chart {
        lines.push(format!(
            "  chart: centre {}, σ {}, limits {} to {} {}, {} points ({})",
            chart.centre,
            chart.sigma,
            chart.lower,
            chart.upper,
            control.unit,
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
    lines.extend(
        control
            .drift
            .iter()
            .map(|d| drift_text("dated results", d, &control.unit)),
    );
    lines.extend(
        control
            .window_drift
            .iter()
            .map(|d| drift_text("this window", d, &control.unit)),
    );
    if let Some(interval) = &control.interval {
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
    lines.extend(
        control
            .notes
            .iter()
            .map(|note| format!("  {} ({})", note.zh, note.en)),
    );
    lines
}

fn drift_text(of: &str, drift: &DriftLine, unit: &str) -> String {
    let shown = |t: &Option<String>| t.clone().unwrap_or_else(|| "-".to_owned());
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
    if period_check::is_procedure(&text) {
        return check_period_check(&command.file, &text);
    }
    let procedure = Procedure::parse(&text).map_err(|e| anyhow!("{}: {e}", command.file))?;
    let basis = procedure.basis();
    let bins: Vec<&str> = procedure.bins().iter().map(|b| b.name.as_str()).collect();
    let shown = format!(
        "{} version {}\n  {} ({:?}, {})\n  {}\n  {} = {} ({})\n  bins: {}",
        procedure.id(),
        procedure.version(),
        basis.document,
        basis.status,
        basis.confidence,
        basis.statement.en,
        procedure.measurand().en,
        procedure.error().formula.text().trim(),
        procedure.error().unit,
        bins.join(", "),
    );
    let json = json!({
        "id": procedure.id(),
        "version": procedure.version(),
        "basis": basis,
        "measurand": procedure.measurand(),
        "formula": procedure.error().formula.text(),
        "unit": procedure.error().unit,
        "bins": bins,
        "not_tested": procedure.not_tested(),
        "sha256": procedure.sha256(),
    });
    Ok((json, shown, Exit::Conforms))
}

fn check_period_check(file: &str, text: &str) -> Result<Answer> {
    let found = period_check::Procedure::parse(text).map_err(|e| anyhow!("{file}: {e}"))?;
    let (basis, sha256) = (found.basis(), found.sha256());
    let shown = format!(
        "{} version {}\n  {} ({:?}, {})\n  {}",
        basis.procedure,
        basis.procedure_version,
        basis.document,
        basis.status,
        basis.confidence,
        basis.statement.en,
    );
    let json = json!({ "id": basis.procedure, "version": basis.procedure_version, "basis": basis, "sha256": sha256 });
    Ok((json, shown, Exit::Conforms))
}
