//! Independent oracles in Python: `decimal` and `fractions` always, scipy where installed.

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
    if Command::new("python3").arg("--version").output().is_err() {
        println!("skipped: no python3 on the path");
        return;
    }
    run("python3", "exact.py");
}

#[test]
fn period_checks_by_fractions_agree() {
    // With scipy the t quantiles are compared too.
    let named = std::env::var("HENGLIAN_PYTHON").ok().filter(|p| !p.is_empty());
    let python = named.as_deref().unwrap_or("python3");
    if Command::new(python).arg("--version").output().is_err() {
        println!("skipped: no {python}");
        return;
    }
    let procedure = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../procedures/period-check-chart.toml"
    );
    run_with(python, "period_checks.py", &[procedure]);
}

#[test]
fn scipy_and_statsmodels_agree() {
    let Some(python) = std::env::var_os("HENGLIAN_PYTHON").filter(|p| !p.is_empty()) else {
        println!("skipped: HENGLIAN_PYTHON names no python with scipy and statsmodels");
        return;
    };
    let python = python.to_string_lossy();
    let ready = Command::new(&*python)
        .args(["-c", "import scipy, statsmodels"])
        .output();
    if !ready.is_ok_and(|o| o.status.success()) {
        println!("skipped: {python} has no scipy and statsmodels");
        return;
    }
    run(&python, "statistics.py");
}

#[test]
fn gtc_and_metrolopy_agree() {
    let Some(python) = std::env::var_os("HENGLIAN_PYTHON").filter(|p| !p.is_empty()) else {
        println!("skipped: HENGLIAN_PYTHON names no python with GTC and metrolopy");
        return;
    };
    let python = python.to_string_lossy();
    let ready = Command::new(&*python)
        .args(["-c", "import GTC, metrolopy"])
        .output();
    if !ready.is_ok_and(|o| o.status.success()) {
        println!("skipped: {python} has no GTC and metrolopy");
        return;
    }
    run(&python, "budgets.py");
}
