//! The estimator as a program of its own: files in, a line of JSON per site out.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use estimation::{Estimator, Meter, Reading, ReadingKind, Site};

use crate::Said;

/// CPU seconds of this thread; the machine may be shared.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|n| n.parse::<u64>().ok())
        .unwrap_or(0);
    nanoseconds as f64 / 1e9
}

/// Peak memory of this process in MB.
fn memory() -> f64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kilobytes.unwrap_or(f64::NAN) / 1024.0
}

/// Estimates every site of a folder.
pub(crate) fn measure(folder: &Path) {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder was just written")
        .map(|f| f.expect("a file of the folder").path())
        .collect();
    files.sort();
    for file in files {
        let said = site(BufReader::new(
            File::open(file).expect("the file was just written"),
        ));
        println!("{}", serde_json::json!(said));
    }
}

fn numbers(input: &mut impl Read, into: &mut [f64]) {
    for number in into {
        let mut bytes = [0; 8];
        input.read_exact(&mut bytes).expect("the file is whole");
        *number = f64::from_le_bytes(bytes);
    }
}

/// Row by row, as readings come: the site never stands in memory.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "written from whole numbers"
)]
fn site(mut input: impl Read) -> Said {
    let mut head = [0.0; 4];
    numbers(&mut input, &mut head);
    let [meters, rows, interval, resolution] = head;
    let site = Site {
        master: Meter::new("master", resolution),
        meters: (0..meters as usize)
            .map(|i| Meter::new(format!("meter {i}"), resolution))
            .collect(),
        kind: ReadingKind::Register,
        interval_seconds: interval as u32,
    };
    let mut row = vec![0.0; 2 + site.meters.len()];
    let mut estimator = Estimator::new(site).expect("a simulated site is possible");
    let mut seconds = 0.0;
    // The clock is read once a hundred rows: reading it costs as much as a row.
    let mut left = rows as usize;
    let mut held: Vec<(i64, Vec<Option<f64>>)> = Vec::with_capacity(100);
    while left > 0 {
        held.clear();
        for _ in 0..left.min(100) {
            numbers(&mut input, &mut row);
            held.push((row[0] as i64, row[1..].iter().map(|v| Some(*v)).collect()));
        }
        left -= held.len();
        let start = cpu();
        for (time, values) in &held {
            let reading = Reading {
                time: *time,
                master: values[0],
                meters: &values[1..],
            };
            estimator.push(reading).expect("a simulated row is possible");
        }
        seconds += cpu() - start;
    }
    let start = cpu();
    let answer = estimator.answer().expect("a simulated site has an answer");
    seconds += cpu() - start;
    Said {
        method: "henglian".to_owned(),
        seconds,
        memory: memory(),
        errors: answer.meters.iter().map(|m| m.belief.error).collect(),
        low: answer.meters.iter().map(|m| m.belief.low).collect(),
        high: answer.meters.iter().map(|m| m.belief.high).collect(),
        suspects: answer.meters.iter().map(|m| m.suspect).collect(),
    }
}
