//! How far a simulated instrument is wrong, in millionths (10 000 = 1 %).

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

/// Relative error of a meter's registers and power, γ = (W − W₀)/W₀.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ErrorCurve {
    Constant {
        percent: Decimal,
    },
    /// Straight lines between (load in % of the peak, error in %); flat beyond the ends.
    LoadDependent {
        points: Vec<(Decimal, Decimal)>,
    },
    /// `percent` when installed, then `percent_per_year` more each year of 365 days.
    Drifting {
        percent: Decimal,
        percent_per_year: Decimal,
    },
}

impl Default for ErrorCurve {
    fn default() -> Self {
        ErrorCurve::Constant {
            percent: Decimal::ZERO,
        }
    }
}

/// An [`ErrorCurve`] in integers, ready for millions of minutes.
#[derive(Clone, Debug)]
pub(crate) enum Curve {
    Constant(i64),
    Load(Vec<(i64, i64)>),
    Drift { start: i64, per_year: i64 },
}

impl ErrorCurve {
    /// `None` if a number does not fit or the loads do not ascend.
    pub(crate) fn compile(&self) -> Option<Curve> {
        Some(match self {
            ErrorCurve::Constant { percent } => Curve::Constant(millionths(*percent)?),
            ErrorCurve::LoadDependent { points } => {
                let points: Vec<(i64, i64)> = points
                    .iter()
                    .map(|(load, error)| {
                        Some((load.checked_mul(Decimal::TEN)?.to_i64()?, millionths(*error)?))
                    })
                    .collect::<Option<_>>()?;
                if points.is_empty() || points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                    return None;
                }
                Curve::Load(points)
            }
            ErrorCurve::Drifting {
                percent,
                percent_per_year,
            } => Curve::Drift {
                start: millionths(*percent)?,
                per_year: millionths(*percent_per_year)?,
            },
        })
    }
}

fn millionths(percent: Decimal) -> Option<i64> {
    percent.checked_mul(Decimal::from(10_000))?.to_i64()
}

impl Curve {
    /// At a load in ‰ of the peak, so many minutes after installation.
    pub(crate) fn at(&self, level: i64, minutes: i64) -> i64 {
        match self {
            Curve::Constant(error) => *error,
            Curve::Drift { start, per_year } => start + per_year * minutes / (365 * 1440),
            Curve::Load(points) => {
                let after = points.partition_point(|(load, _)| *load <= level);
                match (
                    after.checked_sub(1).and_then(|i| points.get(i)),
                    points.get(after),
                ) {
                    (Some(from), Some(to)) => from.1 + (to.1 - from.1) * (level - from.0) / (to.0 - from.0),
                    (Some(end), None) | (None, Some(end)) => end.1,
                    (None, None) => 0,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_at_their_corners() {
        let dec = |text: &str| text.parse::<Decimal>().unwrap();
        let load = ErrorCurve::LoadDependent {
            points: vec![(dec("5"), dec("0.40")), (dec("100"), dec("-0.10"))],
        };
        let load = load.compile().unwrap();
        assert_eq!(
            (load.at(0, 0), load.at(50, 0), load.at(525, 0), load.at(1200, 0)),
            (4000, 4000, 1500, -1000)
        );
        let drift = ErrorCurve::Drifting {
            percent: dec("0.1"),
            percent_per_year: dec("0.73"),
        }
        .compile()
        .unwrap();
        assert_eq!(
            (drift.at(0, 0), drift.at(0, 365 * 1440), drift.at(0, 1440)),
            (1000, 8300, 1020)
        );
        let constant = ErrorCurve::Constant { percent: dec("-1.8") }.compile().unwrap();
        assert_eq!(constant.at(500, 9), -18_000);
        assert!(ErrorCurve::LoadDependent { points: vec![] }.compile().is_none());
    }
}
