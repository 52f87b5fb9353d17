//! Coverage intervals from many values (GUM-S1 §7.7).

/// Both coverage intervals of one probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Intervals {
    /// As much probability below as above.
    pub symmetric: (f64, f64),
    /// The shortest one.
    pub shortest: (f64, f64),
}

/// Bins that part the tails from the middle.
const BINS: usize = 1 << 13;

/// The intervals that hold the share `p` of the values; `None` when too few lie outside.
pub(super) fn intervals(values: &[f64], p: f64) -> Option<Intervals> {
    #[expect(clippy::cast_precision_loss, reason = "a count of trials")]
    let exact = p * values.len() as f64 + 0.5;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of the count"
    )]
    let inside = exact.floor() as usize;
    let outside = values
        .len()
        .checked_sub(inside)
        .filter(|n| *n > 0 && inside > 0)?;
    let (low, high) = tails(values, outside);
    // low[i] is the i-th smallest; high[i] the value `inside` places behind it.
    let first = if outside.is_multiple_of(2) {
        outside / 2
    } else {
        outside.div_ceil(2)
    } - 1;
    let pair = |i: usize| Some((*low.get(i)?, *high.get(i)?));
    let mut shortest = pair(0)?;
    for (a, b) in low.iter().zip(&high) {
        if b - a < shortest.1 - shortest.0 {
            shortest = (*a, *b);
        }
    }
    Some(Intervals {
        symmetric: pair(first)?,
        shortest,
    })
}

/// The `count` smallest and the `count` largest values, both ascending.
fn tails(values: &[f64], count: usize) -> (Vec<f64>, Vec<f64>) {
    if values.len() < 4 * BINS || count * 3 > values.len() {
        let mut low = values.to_vec();
        low.sort_unstable_by(f64::total_cmp);
        let high = low[low.len() - count..].to_vec();
        low.truncate(count);
        return (low, high);
    }
    let (least, most) = range(values);
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let per = BINS as f64 / (most - least);
    if !per.is_finite() || per <= 0.0 {
        return (vec![least; count], vec![most; count]);
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturates, then clamped"
    )]
    let bin = |x: f64| (((x - least) * per) as usize).min(BINS - 1);
    let mut counts = vec![0_usize; BINS];
    for x in values {
        counts[bin(*x)] += 1;
    }
    let last_low = reach(counts.iter(), count);
    let first_high = BINS - 1 - reach(counts.iter().rev(), count);
    let (mut low, mut high) = (Vec::with_capacity(2 * count), Vec::with_capacity(2 * count));
    for x in values {
        let bin = bin(*x);
        if bin <= last_low {
            low.push(*x);
        }
        if bin >= first_high {
            high.push(*x);
        }
    }
    low.sort_unstable_by(f64::total_cmp);
    high.sort_unstable_by(f64::total_cmp);
    low.truncate(count);
    (low, high.split_off(high.len() - count))
}

/// How many bins it takes to hold `count` values, less one.
fn reach<'a>(bins: impl Iterator<Item = &'a usize>, count: usize) -> usize {
    let mut total = 0;
    for (index, n) in bins.enumerate() {
        total += n;
        if total >= count {
            return index;
        }
    }
    BINS - 1
}

fn range(values: &[f64]) -> (f64, f64) {
    values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(*x), high.max(*x))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn against_a_full_sort() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            #[expect(clippy::cast_precision_loss, reason = "a test")]
            let unit = (state >> 11) as f64 / 9_007_199_254_740_992.0;
            unit * unit * unit
        };
        for (n, p) in [
            (10, 0.5),
            (10, 0.95),
            (101, 0.9),
            (60_000, 0.95),
            (100_001, 0.683),
            (100_000, 0.99),
            (1_000, 0.2),
        ] {
            let values: Vec<f64> = (0..n).map(|_| next()).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let inside = (p * f64::from(n) + 0.5).floor() as usize;
            let outside = n as usize - inside;
            let Some(found) = intervals(&values, p) else {
                assert_eq!(outside, 0);
                continue;
            };
            let r = if outside.is_multiple_of(2) {
                outside / 2
            } else {
                outside.div_ceil(2)
            };
            assert_eq!(
                found.symmetric,
                (sorted[r - 1], sorted[r - 1 + inside]),
                "{n} {p}"
            );
            let best = (0..outside)
                .map(|i| (sorted[i], sorted[i + inside]))
                .min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))
                .unwrap();
            assert_eq!(found.shortest, best, "{n} {p}");
        }
        assert!(intervals(&[1.0; 50_000], 0.95).is_some());
    }
}
