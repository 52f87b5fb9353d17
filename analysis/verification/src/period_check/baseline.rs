//! Freezing the limits of phase 1 for the checks of phase 2.

use numbers::number::{Exact, NumberError};

use crate::conclusion::{Conclusion, Verdict};
use crate::evidence::Baseline;

/// Why the limits of a conclusion cannot be frozen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FreezeError {
    /// Too few points, no spread, or a procedure without a chart.
    #[error("this check has no chart, freeze one of a longer window")]
    NoChart,
    /// The limits are frozen ones already.
    #[error("the limits of this check come from an earlier baseline, use that one")]
    AlreadyFrozen,
    /// A limit is fixed while the instrument is known to be good, and not otherwise.
    #[error("this check does not conform or is inconclusive ({0}), freeze one that conforms")]
    NotInControl(String),
    /// A record that this engine did not write.
    #[error("the record holds a number that cannot be read: {0}")]
    Number(#[from] NumberError),
}

impl Baseline {
    /// Centre and σ of a chart whose first points set its own limits, for later evidence.
    ///
    /// # Errors
    /// No chart, limits that are frozen already, a check that does not conform.
    pub fn freeze(conclusion: &Conclusion) -> Result<Self, FreezeError> {
        let check = conclusion.period_check().ok_or(FreezeError::NoChart)?;
        let chart = check.chart.as_ref().ok_or(FreezeError::NoChart)?;
        if conclusion.verdict != Verdict::Conforms {
            let reason = conclusion
                .reasons
                .first()
                .map_or_else(String::new, |r| r.en.clone());
            return Err(FreezeError::NotInControl(reason));
        }
        let own: Vec<_> = chart.points.iter().filter(|p| p.baseline).collect();
        let (Some(first), Some(last)) = (own.first(), own.last()) else {
            return Err(FreezeError::AlreadyFrozen);
        };
        Ok(Self {
            unit: check.unit.clone(),
            centre: Exact::parse(&chart.centre)?,
            sigma: Exact::parse(&chart.sigma)?,
            from: first.from,
            to: last.to,
            points: u32::try_from(own.len()).unwrap_or(u32::MAX),
            source: conclusion.evidence_sha256.clone(),
        })
    }
}
