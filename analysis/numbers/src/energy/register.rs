//! Cumulative registers to consumption: rollover, reset, meter change.

use serde::Serialize;

use crate::number::Exact;

/// What two readings of a cumulative register tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// The register went on (or stood).
    Ok,
    /// It passed its modulus once.
    Rollover,
    /// It fell by more than a rollover explains: a new epoch (meter changed or reset).
    ResetOrReplaced,
    /// It rose by more than the load can draw: not accepted as consumption.
    RejectJump,
}

/// The consumption between two register readings, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Consumption {
    /// How the step was understood.
    pub status: Step,
    /// The consumption in the register's unit.
    pub amount: Option<Exact>,
}

/// Takes the step from one register reading to the next.
///
/// A fall is a rollover only when the modulus makes it a plausible step (at most `max_step`,
/// rated power times elapsed time with a margin); it is never silently subtracted.
///
/// ```
/// use numbers::energy::{Step, consumption};
/// let e = |t: &str| t.parse().unwrap();
/// let step = consumption(&e("999999.90"), &e("3.10"), Some(&e("1000000")), &e("100"));
/// assert_eq!((step.status, step.amount), (Step::Rollover, Some(e("3.20"))));
/// let changed = consumption(&e("5000.00"), &e("12.00"), Some(&e("1000000")), &e("100"));
/// assert_eq!((changed.status, changed.amount), (Step::ResetOrReplaced, None));
/// ```
pub fn consumption(
    previous: &Exact,
    current: &Exact,
    modulus: Option<&Exact>,
    max_step: &Exact,
) -> Consumption {
    let step = current - previous;
    if !step.is_negative() {
        let plausible = &step <= max_step;
        let status = if plausible { Step::Ok } else { Step::RejectJump };
        return Consumption {
            status,
            amount: plausible.then_some(step),
        };
    }
    let wrapped = modulus
        .map(|m| &step + m)
        .filter(|w| !w.is_negative() && w <= max_step);
    let status = if wrapped.is_some() {
        Step::Rollover
    } else {
        Step::ResetOrReplaced
    };
    Consumption {
        status,
        amount: wrapped,
    }
}

/// A meter change at its known readings (换表): what the old one showed last, the new one first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Index of the first reading of the new meter.
    pub before: usize,
    /// Last reading of the meter that went.
    pub removed_at: Exact,
    /// First reading of the meter that came.
    pub installed_at: Exact,
}

/// The consumption over many readings, and every step that could not be counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The sum of the counted steps.
    pub amount: Exact,
    /// Rollovers that were counted.
    pub rollovers: usize,
    /// Indices of readings whose step is not in the sum, with the reason: the sum is then a least value.
    pub open: Vec<(usize, Step)>,
}

/// Adds the steps of a register; a declared meter change closes its gap, anything else stays open.
///
/// ```
/// use numbers::energy::{Change, Step, total};
/// let e = |t: &str| t.parse().unwrap();
/// let readings = ["5000.0", "5010.0", "2.0", "4.0"].map(e);
/// let open = total(&readings, None, &e("100"), &[]);
/// assert_eq!((open.amount, open.open), (e("12.0"), vec![(2, Step::ResetOrReplaced)]));
/// let change = Change { before: 2, removed_at: e("5013.5"), installed_at: e("0.5") };
/// let closed = total(&readings, None, &e("100"), &[change]);
/// assert_eq!((closed.amount, closed.open), (e("17.0"), vec![]));
/// ```
pub fn total(readings: &[Exact], modulus: Option<&Exact>, max_step: &Exact, changes: &[Change]) -> Total {
    let mut sum = Total {
        amount: Exact::zero(),
        rollovers: 0,
        open: Vec::new(),
    };
    for (i, pair) in readings.windows(2).enumerate() {
        let mut from = pair[0].clone();
        for change in changes.iter().filter(|change| change.before == i + 1) {
            sum.add(i + 1, consumption(&from, &change.removed_at, modulus, max_step));
            from = change.installed_at.clone();
        }
        sum.add(i + 1, consumption(&from, &pair[1], modulus, max_step));
    }
    sum
}

impl Total {
    fn add(&mut self, index: usize, step: Consumption) {
        match step.amount {
            Some(amount) => {
                self.amount = &self.amount + &amount;
                self.rollovers += usize::from(step.status == Step::Rollover);
            }
            None => self.open.push((index, step.status)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e(text: &str) -> Exact {
        text.parse().unwrap()
    }

    #[test]
    fn register_steps() {
        let cases = [
            ("99999.95", "0.05", "100000", "10", Step::Rollover, Some("0.1")),
            ("123.40", "125.10", "1000000", "100", Step::Ok, Some("1.7")),
            ("123.40", "99123.40", "1000000", "100", Step::RejectJump, None),
            ("123.40", "123.40", "1000000", "100", Step::Ok, Some("0")),
            ("4294967295", "4", "4294967296", "100", Step::Rollover, Some("5")),
        ];
        for (previous, current, modulus, most, status, amount) in cases {
            let step = consumption(&e(previous), &e(current), Some(&e(modulus)), &e(most));
            assert_eq!(
                (step.status, step.amount),
                (status, amount.map(e)),
                "{previous} → {current}"
            );
        }
    }

    #[test]
    fn what_cannot_be_counted_is_named_and_never_added() {
        let readings = ["999990", "5", "900005", "900006", "3"].map(e);
        let total = total(&readings, Some(&e("1000000")), &e("100"), &[]);
        assert_eq!((total.amount, total.rollovers), (e("16"), 1));
        assert_eq!(total.open, [(2, Step::RejectJump), (4, Step::ResetOrReplaced)]);
    }

    #[test]
    fn a_change_with_impossible_readings_stays_open() {
        let change = Change {
            before: 1,
            removed_at: e("90"),
            installed_at: e("0"),
        };
        let total = total(&["100", "4"].map(e), None, &e("50"), &[change]);
        assert_eq!(
            (total.amount, total.open),
            (e("4"), vec![(1, Step::ResetOrReplaced)])
        );
    }
}
