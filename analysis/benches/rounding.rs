//! Throughput of batch rounding; `cargo bench -p analysis` prints the Python peer beside it.
//!
//! CPU time of this thread over many passes, no harness: the figure is one rate per row.

use std::hint::black_box;
use std::time::Instant;

use analysis::rounding::batch::{round_decimal, round_i64, round_i128};
use rust_decimal::Decimal;

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
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracles/rounding_peer.py");
    match std::process::Command::new("python3").arg(script).status() {
        Ok(status) if status.success() => {}
        _ => println!("Python peer skipped: no python3 on the path"),
    }
}
