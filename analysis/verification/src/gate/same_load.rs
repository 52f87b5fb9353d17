//! Whether both meters saw one load.

use numbers::number::Exact;

use crate::conclusion::{Code, Reason};

/// How far the ratio of both energies may lie off the ratio of the sums, and in what share of the intervals it may lie
/// farther.
#[derive(Clone, Debug)]
pub(crate) struct SameLoad {
    pub(crate) deviation: Exact,
    pub(crate) share: Exact,
}

impl SameLoad {
    /// A meter that is wrong keeps its ratio to the reference; one in another circuit does not, and its "error" would be
    /// a comparison of two consumptions.
    ///
    /// `pairs` are W and W₀ of the intervals, `steps` the least steps of both registers.
    pub(crate) fn objection(&self, pairs: &[(&Exact, &Exact)], steps: (&Exact, &Exact)) -> Option<Reason> {
        let sum = |of: fn(&(&Exact, &Exact)) -> Exact| {
            pairs.iter().fold(Exact::zero(), |sum, pair| &sum + &of(pair))
        };
        let (subject, reference) = (sum(|pair| pair.0.clone()), sum(|pair| pair.1.clone()));
        // |w·ΣW₀ − w₀·ΣW| against deviation·w₀·ΣW and one register step of each meter: no quotient is needed.
        let steps = &(steps.0 * &reference) + &(steps.1 * &subject);
        let apart = pairs.iter().filter(|(w, w0)| {
            let expected = *w0 * &subject;
            let permitted = &(&expected * &self.deviation) + &steps;
            (&(*w * &reference) - &expected).abs() > permitted
        });
        let apart = apart.count();
        if Exact::new(apart, 0) <= &self.share * &Exact::new(pairs.len(), 0) {
            return None;
        }
        Some(Reason::with(
            Code::LoadsNotTheSame,
            &[
                ("apart", &apart.to_string()),
                ("pairs", &pairs.len().to_string()),
                ("deviation", &self.deviation.to_string()),
            ],
        ))
    }
}
