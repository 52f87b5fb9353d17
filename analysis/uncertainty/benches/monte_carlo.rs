//! 10⁷ trials of y = x1·x2/x3 + x4 on one thread; numpy and suncal stand beside it. CPU seconds.
//!
//! `HENGLIAN_PYTHON` names a Python that has them (`make bench` sets it).

use uncertainty::budget::Budget;
use uncertainty::budget::monte_carlo::Settings;

/// CPU seconds of this thread; the machine may be shared.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a time for people")]
    let seconds = nanoseconds as f64 / 1e9;
    seconds
}

fn main() {
    let mut text =
        "format = 1\n[result]\nsymbol = \"y\"\nunit = \"1\"\nmodel = \"x1*x2/x3 + x4\"\n".to_owned();
    for (symbol, value, u) in [
        ("x1", "10", "0.1"),
        ("x2", "5", "0.05"),
        ("x3", "2", "0.02"),
        ("x4", "1", "0.1"),
    ] {
        text += &format!(
            "[[input]]\nsymbol = \"{symbol}\"\nunit = \"1\"\nvalue = \"{value}\"\ncomponent = [{{ u = \"{u}\" }}]\n"
        );
    }
    text += "[coverage]\np = \"0.95\"\n";
    let combined = Budget::parse(&text).and_then(|b| b.evaluate()).unwrap();
    let mut best = f64::INFINITY;
    let mut last = None;
    for _ in 0..5 {
        let start = cpu();
        last = Some(combined.monte_carlo(&Settings::fixed(1, 10_000_000)).unwrap());
        best = best.min(cpu() - start);
    }
    let found = last.unwrap();
    println!(
        "{:<34} {best:>6.3} s   u = {:.5}, [{:.4}, {:.4}]",
        "10⁷ trials, values and intervals", found.u, found.intervals.symmetric.0, found.intervals.symmetric.1
    );
    let start = cpu();
    let adaptive = combined.monte_carlo(&Settings::adaptive(1)).unwrap();
    println!(
        "{:<34} {:>6.3} s   {} trials",
        "adaptive, δ/5",
        cpu() - start,
        adaptive.trials
    );
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../oracles/monte_carlo_peer.py");
    let python = std::env::var("HENGLIAN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    match std::process::Command::new(python).arg(script).status() {
        Ok(status) if status.success() => {}
        _ => println!("Python peers skipped: set HENGLIAN_PYTHON to a Python with numpy and suncal"),
    }
}
