//! Laws of rounding, on generated numbers.

use proptest::prelude::*;

use super::{Interval, Residual};
use crate::number::Exact;

fn number() -> impl Strategy<Value = Exact> {
    (any::<i128>(), -30_i32..30).prop_map(|(m, e)| Exact::new(m, e))
}

fn interval() -> impl Strategy<Value = Interval> {
    let steps = prop_oneof![Just(1_u32), Just(2), Just(5), 1_u32..1_000];
    (steps, -12_i32..12).prop_map(|(k, e)| Interval::new(Exact::new(k, e)).unwrap())
}

proptest! {
    #[test]
    fn laws_of_rounding(x in number(), y in number(), step in interval()) {
        let (a, b) = (step.round(&x), step.round(&y));
        // Monotone, symmetric, idempotent on its own grid.
        prop_assert!(x > y || a.value() <= b.value());
        let mirrored = step.round(&-&x);
        prop_assert_eq!(mirrored.value(), &-a.value());
        let again = step.round(a.value());
        prop_assert_eq!(again.value(), a.value());
        prop_assert_eq!(again.residual(), Residual::None);
        // The residual says on which side of the result |x| lies, within half an interval.
        let difference = &x.abs() - &a.value().abs();
        let side = if difference.is_zero() {
            Residual::None
        } else if difference.is_positive() {
            Residual::Dropped
        } else {
            Residual::Raised
        };
        prop_assert_eq!(a.residual(), side);
        prop_assert!(&difference.abs() * &Exact::from(2) <= *step.value());
        // The reported value rounds on as the measured one would, to any coarser decade of it.
        let coarse = Interval::new(step.value().scaled(1)).unwrap();
        let further = a.report().round(&coarse);
        let direct = coarse.round(&x);
        prop_assert_eq!(further.value(), direct.value());
    }
}
