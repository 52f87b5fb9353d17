//! Cumulative registers: what one added between two readings, and when it did not go on.

use crate::number::Exact;

/// What is known of a cumulative register, in its own unit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    /// Least step of its display: the last digit may waver by as much.
    pub resolution: Option<Exact>,
    /// Where it starts again at zero.
    pub modulus: Option<Exact>,
    /// What it can add at most in one period.
    pub largest: Option<LargestStep>,
}

/// The largest plausible step of one period as `most/per`, which need not be a decimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargestStep {
    pub most: Exact,
    /// Above zero.
    pub per: Exact,
}

impl From<Exact> for LargestStep {
    fn from(most: Exact) -> Self {
        let per = Exact::from(1);
        Self { most, per }
    }
}

impl LargestStep {
    fn allows(&self, step: &Exact, periods: usize) -> bool {
        step * &self.per <= &self.most * &Exact::new(periods, 0)
    }
}

/// What a register added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Below zero only where the last digit wavered.
    pub amount: Exact,
    /// Whether it passed its modulus.
    pub rolled_over: bool,
}

/// Why a step is no consumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCounted {
    /// It rose by more than the load can draw.
    Implausible,
    /// It fell by more than its last digit, and no plausible rollover explains it: exchanged or reset.
    WentBack,
}

impl Register {
    /// The step between two readings that lie so many periods apart.
    ///
    /// A last digit that falls back and comes again adds nothing: both steps count, or the way up alone would. A fall is
    /// a rollover only where the modulus makes it a step that is known to be plausible.
    ///
    /// ```
    /// use numbers::register::{LargestStep, NotCounted, Register};
    /// let e = |text: &str| -> numbers::number::Exact { text.parse().unwrap() };
    /// let register = Register {
    ///     resolution: Some(e("0.01")),
    ///     modulus: Some(e("1000")),
    ///     largest: Some(LargestStep::from(e("5"))),
    /// };
    /// let rolled = register.step(&e("999.50"), &e("1.25"), 1).unwrap();
    /// assert_eq!((rolled.amount, rolled.rolled_over), (e("1.75"), true));
    /// assert_eq!(register.step(&e("7.10"), &e("7.09"), 1).unwrap().amount, e("-0.01"));
    /// assert_eq!(register.step(&e("7.10"), &e("7.00"), 1), Err(NotCounted::WentBack));
    /// assert_eq!(register.step(&e("7.10"), &e("12.11"), 1), Err(NotCounted::Implausible));
    /// assert!(register.step(&e("7.10"), &e("12.11"), 2).is_ok());
    /// ```
    ///
    /// # Errors
    /// See [`NotCounted`].
    pub fn step(&self, before: &Exact, after: &Exact, periods: usize) -> Result<Step, NotCounted> {
        let counted = |amount: Exact, rolled_over: bool| Ok(Step { amount, rolled_over });
        let difference = after - before;
        if !difference.is_negative() {
            let known = self.largest.as_ref();
            return match known.is_none_or(|largest| largest.allows(&difference, periods)) {
                true => counted(difference, false),
                false => Err(NotCounted::Implausible),
            };
        }
        if self
            .resolution
            .as_ref()
            .is_some_and(|least| difference.abs() <= *least)
        {
            return counted(difference, false);
        }
        let rolled = self.modulus.as_ref().map(|modulus| &difference + modulus);
        match (rolled, &self.largest) {
            (Some(rolled), Some(largest)) if !rolled.is_negative() && largest.allows(&rolled, periods) => {
                counted(rolled, true)
            }
            _ => Err(NotCounted::WentBack),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        text.parse().unwrap()
    }

    fn register(resolution: Option<&str>) -> Register {
        Register {
            resolution: resolution.map(exact),
            modulus: Some(exact("1000")),
            largest: Some(exact("5").into()),
        }
    }

    /// The steps of a register add up to what it counted, whatever its last digit did in between.
    #[test]
    fn a_last_digit_that_wavers_adds_nothing() {
        let values = ["7.10", "7.09", "7.10", "7.09", "7.10", "9.35"].map(exact);
        let known = register(Some("0.01"));
        let total = values.windows(2).fold(Exact::zero(), |sum, pair| {
            &sum + &known.step(&pair[0], &pair[1], 1).unwrap().amount
        });
        assert_eq!(total, exact("2.25"));
        // More than a digit, or a digit that nobody knows the size of, is no waver; a rollover stays one.
        let back = known.step(&exact("7.10"), &exact("7.08"), 1);
        assert_eq!(back, Err(NotCounted::WentBack));
        let unknown = register(None).step(&exact("7.10"), &exact("7.09"), 1);
        assert_eq!(unknown, Err(NotCounted::WentBack));
        let rolled = known.step(&exact("999.50"), &exact("1.25"), 1).unwrap();
        assert_eq!((rolled.amount, rolled.rolled_over), (exact("1.75"), true));
    }

    #[test]
    fn what_nobody_knows_bounds_nothing_and_explains_nothing() {
        let bare = Register {
            modulus: Some(exact("1000")),
            ..Register::default()
        };
        assert_eq!(
            bare.step(&exact("1"), &exact("900"), 1).unwrap().amount,
            exact("899")
        );
        // Without a plausible step a rollover looks like a reset.
        assert_eq!(
            bare.step(&exact("999"), &exact("1"), 1),
            Err(NotCounted::WentBack)
        );
    }

    #[test]
    fn the_largest_step_is_a_fraction_and_its_edge_is_inside() {
        // A third of a unit has no decimal.
        let third = LargestStep {
            most: exact("1"),
            per: exact("3"),
        };
        let register = Register {
            largest: Some(third),
            ..Register::default()
        };
        assert!(
            register
                .step(&exact("0"), &exact("0.333333333333333333"), 1)
                .is_ok()
        );
        assert!(
            register
                .step(&exact("0"), &exact("0.333333333333333334"), 1)
                .is_err()
        );
        assert!(register.step(&exact("0"), &exact("1"), 3).is_ok());
    }
}
