//! Simulated sites with known errors: how well, how fast and in how much memory they are found.
//!
//! Every scenario is simulated once and written to files; three programs read the same files: the
//! estimator (this program again, as a process of its own), and ordinary least squares and ridge
//! in numpy (`oracles/estimation_peer.py`; `HENGLIAN_PYTHON` names a Python with numpy). The truth
//! stays here. Seconds are CPU seconds of one thread per site, without reading the file; memory is
//! the peak of the whole process.
//!
//! The seeds begin at 700 000. The estimator was tuned on seeds from 1000 on and is tested on
//! seeds below 1000: no change of it was chosen by these.
//!
//! `cargo bench -p estimation --bench estimation`. After `--`, WORD leaves the scenarios whose
//! names contain it, and `seed=1000` takes the sites for tuning: whoever changes the estimator
//! compares with those.

#[path = "estimation/estimate.rs"]
mod estimate;
#[path = "estimation/scenarios.rs"]
mod scenarios;
#[path = "estimation/score.rs"]
mod score;
#[path = "../src/simulation.rs"]
mod simulation;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use scenarios::{Scenario, scenarios};
use score::{Score, Truth};

/// No seed of a test or of tuning.
const FIRST_SEED: u64 = 700_000;

/// In the order of the table; sums of days only where intervals are shorter.
const METHODS: [&str; 5] = ["henglian", "OLS", "ridge", "OLS of days", "ridge of days"];

/// What one program says about one site; a line of JSON.
#[derive(serde::Serialize, serde::Deserialize)]
struct Said {
    method: String,
    seconds: f64,
    /// Peak memory of the process so far, in MB.
    memory: f64,
    errors: Vec<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
    suspects: Vec<bool>,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    if let [first, folder] = arguments.as_slice()
        && first == "--measure"
    {
        return estimate::measure(Path::new(folder));
    }
    let seed = arguments.iter().find_map(|a| a.strip_prefix("seed="));
    let seed = seed.map_or(FIRST_SEED, |s| s.parse().expect("seed= takes a whole number"));
    let word = arguments.iter().find(|a| !a.starts_with("seed="));
    let word = word.map_or("", String::as_str);
    println!("{}", Score::HEAD);
    let mut without_peers = false;
    for scenario in scenarios().iter().filter(|s| s.name.contains(word)) {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("estimation");
        let truths = write(scenario, seed, &folder);
        println!("\n{} ({} sites)", scenario.name, scenario.sites);
        let this = std::env::current_exe().expect("this program has a path");
        let mut said = run(Command::new(this).arg("--measure").arg(&folder)).expect("the estimator answers");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../oracles/estimation_peer.py");
        let python = std::env::var("HENGLIAN_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        match run(Command::new(python).arg(script).arg(&folder)) {
            Some(peers) => said.extend(peers),
            None => without_peers = true,
        }
        for method in METHODS {
            let own: Vec<&Said> = said.iter().filter(|s| s.method == method).collect();
            if !own.is_empty() {
                println!("{}", Score::new(&truths, &own).line(method));
            }
        }
        fs::remove_dir_all(&folder).expect("the folder of a scenario can be removed");
    }
    if without_peers {
        println!("\nnumpy skipped: set HENGLIAN_PYTHON to a Python with numpy");
    }
}

/// Writes the sites of a scenario, `00000.f64` and so on; answers what is true.
///
/// A file is meters, rows, seconds of an interval and register step, then row by row time, master
/// and meters, all as little-endian f64.
fn write(scenario: &Scenario, seed: u64, folder: &Path) -> Vec<Truth> {
    if folder.exists() {
        fs::remove_dir_all(folder).expect("an old folder can be removed");
    }
    fs::create_dir_all(folder).expect("the folder can be made");
    (0..scenario.sites)
        .map(|k| {
            let site = scenario.simulated(seed + k as u64);
            let setup = &scenario.setup;
            let head = [
                setup.meters as f64,
                site.times.len() as f64,
                f64::from(setup.interval_seconds),
                setup.resolution,
            ];
            let mut bytes: Vec<u8> = head.iter().flat_map(|v| v.to_le_bytes()).collect();
            for ((time, master), meters) in site.times.iter().zip(&site.master).zip(&site.meters) {
                let row = [*time as f64, *master];
                bytes.extend(row.iter().chain(meters).flat_map(|v| v.to_le_bytes()));
            }
            fs::write(folder.join(format!("{k:05}.f64")), bytes).expect("a site can be written");
            Truth {
                errors: site.errors,
                wrong: site.wrong,
            }
        })
        .collect()
}

/// The lines that a program says; `None` when it fails.
fn run(command: &mut Command) -> Option<Vec<Said>> {
    let output = command.stderr(Stdio::inherit()).output().ok()?;
    if !output.status.success() {
        return None;
    }
    String::from_utf8(output.stdout)
        .ok()?
        .lines()
        .map(|line| serde_json::from_str(line).ok())
        .collect()
}
