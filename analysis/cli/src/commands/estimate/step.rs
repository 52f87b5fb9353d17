//! The step of a register, read off its own digits.

use estimation::ReadingKind;

use super::readings::Cell;

/// More decimals than a register has: the column was computed, its digits show no step.
const MOST_DECIMALS: u32 = 9;

/// The common divisor of so many random multiples of a step is the step itself; of fewer, perhaps not.
const FEWEST: usize = 20;

/// Beyond 2⁵³ an f64 no longer holds every multiple.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The step in kWh that all readings of a column are multiples of; 0 when there is none.
///
/// A register of 0.01 kWh behind a transformer of 80 moves by 0.8, whatever digits are printed.
/// Registers start anywhere, so their differences are looked at.
pub(super) fn shown(column: impl Iterator<Item = Cell>, kind: ReadingKind) -> f64 {
    let cells: Vec<Cell> = column.collect();
    let decimals = cells.iter().map(|c| c.decimals).max().unwrap_or(0);
    if decimals > MOST_DECIMALS {
        return 0.0;
    }
    let per_unit = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    let mut multiples: Vec<i64> = Vec::with_capacity(cells.len());
    for cell in &cells {
        let scaled = (cell.value * per_unit).round();
        if scaled.abs() >= EXACT {
            return 0.0;
        }
        #[expect(clippy::cast_possible_truncation, reason = "an integer below 2⁵³")]
        multiples.push(scaled as i64);
    }
    if kind == ReadingKind::Register {
        multiples = multiples.windows(2).map(|w| w[1] - w[0]).collect();
    }
    multiples.retain(|m| *m != 0);
    let divisor = multiples
        .iter()
        .fold(0, |divisor, m| common(divisor, m.unsigned_abs()));
    multiples.sort_unstable();
    multiples.dedup();
    let divisor = if multiples.len() < FEWEST { 1 } else { divisor };
    #[expect(clippy::cast_precision_loss, reason = "below 2⁵³")]
    let step = divisor as f64 / per_unit;
    step
}

/// Greatest common divisor.
fn common(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: impl Iterator<Item = f64>, decimals: u32) -> impl Iterator<Item = Cell> {
        values.map(move |value| Cell { value, decimals })
    }

    #[test]
    fn a_multiplier_shows_in_the_differences_and_few_readings_show_digits_only() {
        let register = |n: u32| (0..n).map(|k| 100.3 + 0.8 * f64::from(k * k % 97 + k));
        let step = shown(cells(register(200), 2), ReadingKind::Register);
        assert!((step - 0.8).abs() < 1e-12, "{step}");
        let step = shown(cells(register(5), 2), ReadingKind::Register);
        assert!((step - 0.01).abs() < 1e-12, "{step}");
        let standing = shown(cells((0..100).map(|_| 7.5), 1), ReadingKind::Register);
        assert!((standing - 0.1).abs() < 1e-12, "{standing}");
        assert!(shown(cells((0..100).map(f64::from), 14), ReadingKind::Energy) < 1e-12);
        assert!(shown(cells((0..100).map(|_| 1e300), 0), ReadingKind::Energy) < 1e-12);
    }
}
