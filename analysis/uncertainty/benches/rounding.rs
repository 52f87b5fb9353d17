//! Throughput of batch rounding; `cargo bench -p uncertainty --bench rounding` prints the Python peer beside it.
//!
//! CPU time of this thread over many passes, no harness: the figure is one rate per row.

use std::hint::black_box;
use std::time::Instant;

use numbers::rounding::batch::{round_decimal, round_i64, round_i128};
use rust_decimal::Decimal;
use serde_json::Value;
use uncertainty::statistics::regression::{line, multiple, polynomial};
use uncertainty::statistics::univariate;

const N: usize = 1 << 16;
const PASSES: usize = 200;

fn rate(name: &str, mut pass: impl FnMut()) {
    pass();
    let start = Instant::now();
    for _ in 0..PASSES {
        pass();
    }
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let millions = (N * PASSES) as f64 / start.elapsed().as_secs_f64() / 1e6;
    println!("{name:<28} {millions:>8.1} M/s");
}

/// Correct digits of the NIST StRD rows; the worst of each answer.
fn strd() {
    let text = include_str!("../../vectors/statistics.jsonl");
    for row in text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()) {
        let name = row["name"].as_str().unwrap();
        let inputs = &row["request"]["inputs"];
        let column = |key: &str| -> Vec<f64> { numbers(&inputs[key]) };
        let fit = match row["request"]["kind"].as_str().unwrap() {
            "univariate" if name.contains("NumAcc4") => {
                let sd = univariate(&column("data")).unwrap().sd;
                println!(
                    "{name:<28} {:>8.1} digits of s",
                    digits(sd, number(&row["expect"]["sd"]))
                );
                continue;
            }
            "linear_regression" => line(&column("x"), &column("y"), true),
            "polynomial_regression" => {
                let degree = usize::try_from(inputs["degree"].as_u64().unwrap()).unwrap();
                polynomial(&column("x"), &column("y"), degree)
            }
            "multiple_regression" => {
                let rows: Vec<Vec<f64>> = inputs["x"].as_array().unwrap().iter().map(numbers).collect();
                multiple(&rows, &column("y"))
            }
            _ => continue,
        };
        let wanted = numbers(&row["expect"]["b"]);
        let worst = fit
            .unwrap()
            .b
            .iter()
            .zip(&wanted)
            .map(|(b, w)| digits(*b, *w))
            .fold(99.0, f64::min);
        println!("{name:<28} {worst:>8.1} digits of b");
    }
}

fn number(value: &Value) -> f64 {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
        .parse()
        .unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn digits(got: f64, wanted: f64) -> f64 {
    let error = ((got - wanted) / wanted).abs();
    if error > 0.0 { -error.log10() } else { 15.9 }
}

fn main() {
    // Cargo passes --bench; a test run of the benches only has to start.
    let values: Vec<i64> = (0..N as i64)
        .map(|i| (i * 2_654_435_761) % 1_000_000_007 - 500_000_000)
        .collect();
    let mut out = vec![0_i64; N];
    rate("round i64 to 5·10ⁿ", || {
        round_i64(black_box(&values), 50, &mut out).unwrap()
    });
    rate("round i64 to 10ⁿ", || {
        round_i64(black_box(&values), 1_000, &mut out).unwrap()
    });
    let wide: Vec<i128> = values.iter().map(|v| i128::from(*v)).collect();
    let mut wide_out = vec![0_i128; N];
    rate("round i128 to 5·10ⁿ", || {
        round_i128(black_box(&wide), 50, &mut wide_out).unwrap()
    });
    let decimals: Vec<Decimal> = values.iter().map(|v| Decimal::new(*v, 5)).collect();
    let mut decimal_out = vec![Decimal::ZERO; N];
    let step = Decimal::new(5, 2);
    rate("round Decimal to 0.05", || {
        round_decimal(black_box(&decimals), step, &mut decimal_out).unwrap()
    });
    strd();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../oracles/rounding_peer.py");
    let python = std::env::var("HENGLIAN_PYTHON")
        .ok()
        .filter(|p| std::path::Path::new(p).exists());
    let python = python.unwrap_or_else(|| "python3".to_owned());
    match std::process::Command::new(python).arg(script).status() {
        Ok(status) if status.success() => {}
        _ => println!("Python peer skipped: no python3 on the path"),
    }
}
