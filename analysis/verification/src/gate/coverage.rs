//! Whether enough was read, and without too long a gap.

use numbers::number::Exact;

use crate::conclusion::{Code, Reason, SlotCount};

/// What the evidence must cover.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coverage {
    /// A share above 0 and up to 1.
    pub(crate) least: Exact,
    pub(crate) largest_gap_seconds: u64,
}

impl Coverage {
    /// Good readings that so many slots need at least, rounded up.
    pub(crate) fn least_samples(&self, slots: usize) -> Option<u64> {
        let share = &self.least * &Exact::new(slots, 0);
        let whole =
            numbers::rounding::Interval::power_of_ten(0).round_by(&share, numbers::rounding::Method::Up);
        whole.value().to_string().parse().ok()
    }

    /// `covered` of the expected slots were read well.
    pub(crate) fn objections(&self, covered: usize, counts: &SlotCount) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let wanted = &self.least * &Exact::from(i64::from(counts.expected));
        if counts.expected == 0 || Exact::new(covered, 0) < wanted {
            reasons.push(Reason::with(
                Code::CoverageTooLow,
                &[
                    ("covered", &covered.to_string()),
                    ("expected", &counts.expected.to_string()),
                    ("least", &self.least.to_string()),
                ],
            ));
        }
        if counts.largest_gap_seconds > self.largest_gap_seconds {
            reasons.push(Reason::with(
                Code::LargestGapExceeded,
                &[
                    ("gap", &counts.largest_gap_seconds.to_string()),
                    ("most", &self.largest_gap_seconds.to_string()),
                ],
            ));
        }
        reasons
    }
}
