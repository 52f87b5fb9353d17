//! Exact sums of many readings, fast while their mantissas are short.

use num_bigint::BigInt;

use super::Exact;

/// A running exact sum.
#[derive(Clone, Debug, Default)]
pub struct Total {
    exponent: Option<i32>,
    short: i128,
    long: Option<Exact>,
}

impl Total {
    pub fn add(&mut self, value: &Exact) {
        let exponent = *self.exponent.get_or_insert(value.exponent());
        // i64 readings by the billion stay far inside i128.
        if exponent == value.exponent()
            && let Ok(mantissa) = i64::try_from(value.mantissa())
        {
            self.short += i128::from(mantissa);
            return;
        }
        let long = self.long.take().unwrap_or_else(Exact::zero);
        self.long = Some(&long + value);
    }

    pub fn value(&self) -> Exact {
        let short = Exact::new(BigInt::from(self.short), self.exponent.unwrap_or(0));
        match &self.long {
            Some(long) => &short + long,
            None => short,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_plain_sum() {
        let texts = [
            "1.50",
            "-0.25",
            "3",
            "1E20",
            "123456789012345678901234567890.1",
            "0.05",
        ];
        let values: Vec<Exact> = texts.iter().map(|t| t.parse().unwrap()).collect();
        let mut total = Total::default();
        values.iter().for_each(|v| total.add(v));
        let plain = values.iter().fold(Exact::zero(), |sum, v| &sum + v);
        assert_eq!(total.value(), plain);
        assert_eq!(Total::default().value(), Exact::zero());
    }
}
