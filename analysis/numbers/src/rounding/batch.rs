//! Rounding of whole columns of integer mantissas, for reports over millions of readings.
//!
//! All values of a call share one decimal scale, so a value and the interval are integers of
//! that scale and GB/T 8170-2008 §3.2 is integer arithmetic: no allocation, no big numbers.

use rust_decimal::Decimal;

/// Why a batch could not be rounded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The interval is zero or negative.
    #[error("the interval must be greater than zero")]
    NotPositive,
    /// A rounded value leaves the integer type.
    #[error("value {index} overflows when rounded up, use a wider type")]
    Overflow {
        /// Position of the first such value.
        index: usize,
    },
    /// Input and output differ in length.
    #[error("output holds {output} values, input {input}")]
    Length {
        /// Values given.
        input: usize,
        /// Places for results.
        output: usize,
    },
}

/// Rounds i64 mantissas to multiples of `interval` (same scale) into `output`.
///
/// # Errors
/// [`BatchError`]; on overflow `output` is partly written.
///
/// ```
/// use numbers::rounding::batch::round_i64;
/// let mut out = [0; 3];
/// round_i64(&[525, 5251, -535], 50, &mut out).unwrap();
/// assert_eq!(out, [500, 5250, -550]);
/// assert!(round_i64(&[1], 0, &mut [0]).is_err());
/// ```
pub fn round_i64(values: &[i64], interval: i64, output: &mut [i64]) -> Result<(), BatchError> {
    if interval <= 0 {
        return Err(BatchError::NotPositive);
    }
    check_length(values.len(), output.len())?;
    let divisor = interval.unsigned_abs();
    for (index, (value, out)) in values.iter().zip(output.iter_mut()).enumerate() {
        let magnitude = value.unsigned_abs();
        let (quotient, remainder) = (magnitude / divisor, magnitude % divisor);
        let half = divisor - remainder;
        let up = remainder > half || (remainder == half && quotient & 1 == 1);
        let rounded = if up {
            magnitude.checked_add(half)
        } else {
            Some(magnitude - remainder)
        };
        *out = rounded
            .and_then(|r| 0_i64.checked_add_unsigned(r))
            .map(|r| if *value < 0 { -r } else { r })
            .ok_or(BatchError::Overflow { index })?;
    }
    Ok(())
}

/// Rounds i128 mantissas to multiples of `interval` (same scale) into `output`.
///
/// # Errors
/// [`BatchError`]; on overflow `output` is partly written.
pub fn round_i128(values: &[i128], interval: i128, output: &mut [i128]) -> Result<(), BatchError> {
    if interval <= 0 {
        return Err(BatchError::NotPositive);
    }
    check_length(values.len(), output.len())?;
    for (index, (value, out)) in values.iter().zip(output.iter_mut()).enumerate() {
        *out = round_wide(*value, interval).ok_or(BatchError::Overflow { index })?;
    }
    Ok(())
}

fn round_wide(value: i128, interval: i128) -> Option<i128> {
    let (magnitude, divisor) = (value.unsigned_abs(), interval.unsigned_abs());
    // 128-bit division is a slow library call; most readings fit 64 bits.
    let (quotient, remainder) = match (u64::try_from(magnitude), u64::try_from(divisor)) {
        (Ok(m), Ok(d)) => (u128::from(m / d), u128::from(m % d)),
        _ => (magnitude / divisor, magnitude % divisor),
    };
    let half = divisor - remainder;
    let up = remainder > half || (remainder == half && quotient & 1 == 1);
    let rounded = if up {
        magnitude.checked_add(half)?
    } else {
        magnitude - remainder
    };
    let rounded = i128::try_from(rounded).ok()?;
    Some(if value < 0 { -rounded } else { rounded })
}

/// Rounds decimals of any scales to multiples of `interval`, keeping the interval's scale.
///
/// # Errors
/// [`BatchError`]; `Overflow` also when a result does not fit 96 bits at the interval's scale.
pub fn round_decimal(
    values: &[Decimal],
    interval: Decimal,
    output: &mut [Decimal],
) -> Result<(), BatchError> {
    if interval <= Decimal::ZERO {
        return Err(BatchError::NotPositive);
    }
    check_length(values.len(), output.len())?;
    let (step, scale) = (interval.mantissa(), interval.scale());
    for (index, (value, out)) in values.iter().zip(output.iter_mut()).enumerate() {
        *out = round_one(*value, step, scale).ok_or(BatchError::Overflow { index })?;
    }
    Ok(())
}

#[inline]
fn round_one(value: Decimal, step: i128, scale: u32) -> Option<Decimal> {
    let (mantissa, own) = (value.mantissa(), value.scale());
    let rounded = if own <= scale {
        round_wide(
            mantissa.checked_mul(TEN.get((scale - own) as usize).copied()?)?,
            step,
        )?
    } else {
        // Round at the value's scale and drop the zeros that the interval does not have.
        let extra = TEN.get((own - scale) as usize).copied()?;
        let fine = step.checked_mul(extra)?;
        let (magnitude, divisor) = (mantissa.unsigned_abs(), fine.unsigned_abs());
        let (quotient, remainder) = match (u64::try_from(magnitude), u64::try_from(divisor)) {
            (Ok(m), Ok(d)) => (u128::from(m / d), u128::from(m % d)),
            _ => (magnitude / divisor, magnitude % divisor),
        };
        let half = divisor - remainder;
        let up = remainder > half || (remainder == half && quotient & 1 == 1);
        let count = i128::try_from(quotient + u128::from(up)).ok()?;
        let rounded = count.checked_mul(step)?;
        if mantissa < 0 { -rounded } else { rounded }
    };
    Decimal::try_from_i128_with_scale(rounded, scale).ok()
}

/// Powers of ten that fit an i128 beside a 96-bit mantissa.
const TEN: [i128; 29] = {
    let mut table = [1_i128; 29];
    let mut i = 1;
    while i < 29 {
        table[i] = table[i - 1] * 10;
        i += 1;
    }
    table
};

fn check_length(input: usize, output: usize) -> Result<(), BatchError> {
    if input == output {
        Ok(())
    } else {
        Err(BatchError::Length { input, output })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Exact;
    use crate::rounding::Interval;

    #[test]
    fn agrees_with_the_exact_rule() {
        let values: Vec<i64> = (-3_000..3_000)
            .chain([i64::MAX / 3, -(1 << 52), (1 << 52) - 1, 0])
            .collect();
        for interval in [1, 2, 3, 5, 7, 10, 20, 50, 999, 1_000] {
            for part in [&values[..6_000], &values[..]] {
                let mut out = vec![0; part.len()];
                round_i64(part, interval, &mut out).unwrap();
                let exact = Interval::new(interval.into()).unwrap();
                for (value, out) in part.iter().zip(&out) {
                    assert_eq!(exact.round(&(*value).into()).value(), &Exact::from(*out));
                }
            }
        }
    }

    #[test]
    fn overflow_is_told() {
        let mut out = [0];
        assert_eq!(
            round_i64(&[i64::MAX], 10, &mut out),
            Err(BatchError::Overflow { index: 0 })
        );
        assert!(round_i128(&[i128::MAX], 10, &mut [0]).is_err());
        assert!(round_decimal(&[Decimal::MAX], Decimal::new(1, 1), &mut [Decimal::ZERO]).is_err());
    }

    #[test]
    fn decimals_keep_the_interval_digits() {
        let values = ["0.525", "0.5251", "-7", "2.10"].map(|t| t.parse::<Decimal>().unwrap());
        let mut out = [Decimal::ZERO; 4];
        round_decimal(&values, "0.05".parse().unwrap(), &mut out).unwrap();
        assert_eq!(out.map(|d| d.to_string()), ["0.50", "0.55", "-7.00", "2.10"]);
    }
}
