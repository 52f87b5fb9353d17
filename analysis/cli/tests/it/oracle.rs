//! Independent oracles in Python: `decimal` and `fractions`, scipy, GTC, pint, ucumvert, pyqicharts.

use std::process::Command;

fn run(python: &str, script: &str) {
    run_with(python, script, &[]);
}

fn run_with(python: &str, script: &str, arguments: &[&str]) {
    let path = format!("{}/../oracles/{script}", env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(python)
        .arg(&path)
        .arg(env!("CARGO_BIN_EXE_metrology"))
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{text}");
}

#[test]
fn decimal_and_fractions_agree() {
    if let Some(python) = peers::python(&["decimal", "fractions"]) {
        run(&python, "exact.py");
    }
}

#[test]
fn period_checks_by_fractions_agree() {
    let Some(python) = peers::python(&["scipy", "pyqicharts"]) else {
        return;
    };
    let procedure = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../procedures/period-check-chart.toml"
    );
    run_with(&python, "period_checks.py", &[procedure]);
}

#[test]
fn scipy_and_statsmodels_agree() {
    if let Some(python) = peers::python(&["scipy", "statsmodels"]) {
        run(&python, "statistics.py");
    }
}

#[test]
fn gtc_and_metrolopy_agree() {
    if let Some(python) = peers::python(&["GTC", "metrolopy"]) {
        run(&python, "budgets.py");
    }
}

#[test]
fn scores_by_fractions_agree() {
    if let Some(python) = peers::python(&["decimal", "fractions"]) {
        run(&python, "scores.py");
    }
}

#[test]
fn pint_and_ucum_agree_on_every_pair_of_units() {
    let Some(python) = peers::python(&["pint", "ucumvert"]) else {
        return;
    };
    let symbols: Vec<&str> = numbers::unit::symbols().collect();
    run_with(&python, "units.py", &symbols);
}
