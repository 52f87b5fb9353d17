//! Distributions of the input quantities (JJF 1059.1-2012 §4.3.3, GUM-S1 §6.4).

use crate::statistics::distribution::{normal_coverage, t_coverage};
use numbers::number::{Exact, Fraction};

/// How a component was evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evaluated {
    /// From a series of observations.
    A,
    /// From other knowledge.
    B,
}

/// The shape of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Normal; `scale` is u.
    Normal,
    /// Rectangular (uniform); `scale` is the half width.
    Rectangular,
    /// Triangular; `scale` is the half width.
    Triangular,
    /// Arcsine (U-shaped); `scale` is the half width.
    Arcsine,
    /// Trapezoid with top width β times its base; `scale` is half the base.
    Trapezoid(Exact),
    /// Student's t, shifted and scaled by u; degrees of freedom stand with the component.
    T,
}

impl Distribution {
    /// The name in Chinese and English.
    pub fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::Normal => ("正态", "normal"),
            Self::Rectangular => ("矩形", "rectangular"),
            Self::Triangular => ("三角", "triangular"),
            Self::Arcsine => ("反正弦", "arcsine"),
            Self::Trapezoid(_) => ("梯形", "trapezoid"),
            Self::T => ("t", "t"),
        }
    }

    /// u² of a component of this shape, exact.
    fn variance(&self, scale: &Fraction) -> Fraction {
        let square = scale.squared();
        let over = |n: i64| square.over(&Fraction::from(n)).unwrap_or_else(Fraction::zero);
        match self {
            Self::Normal | Self::T => square,
            Self::Rectangular => over(3),
            Self::Triangular => over(6),
            Self::Arcsine => over(2),
            Self::Trapezoid(beta) => over(6).times(&Fraction::from(1).plus(&Fraction::from(beta).squared())),
        }
    }

    /// What the scale is divided by to give u, as a text.
    fn divisor(&self) -> String {
        match self {
            Self::Normal | Self::T => "1".to_owned(),
            Self::Rectangular => "√3".to_owned(),
            Self::Triangular => "√6".to_owned(),
            Self::Arcsine => "√2".to_owned(),
            Self::Trapezoid(beta) => format!("√(6/(1+{beta}²))"),
        }
    }
}

/// One source of uncertainty of an input quantity, in the unit of that quantity.
#[derive(Clone, Debug)]
pub struct Component {
    /// What it stands for.
    pub name: crate::document::Text,
    /// Type A or B.
    pub evaluated: Evaluated,
    /// Its shape.
    pub distribution: Distribution,
    /// Half width or standard uncertainty, by shape.
    pub scale: f64,
    /// u² where it has an exact value.
    pub variance: Option<Fraction>,
    /// Standard uncertainty.
    pub u: f64,
    /// Degrees of freedom; `None` for infinitely many.
    pub dof: Option<f64>,
    /// What the stated amount was divided by: `k=2`, `√3`, `√10`.
    pub divisor: String,
    /// The amount as stated, with its unit.
    pub stated: String,
}

impl Component {
    pub(crate) fn bare(distribution: Distribution, scale: &Fraction, dof: Option<f64>) -> Self {
        let variance = distribution.variance(scale);
        Self {
            name: crate::document::Text::default(),
            evaluated: Evaluated::B,
            divisor: distribution.divisor(),
            scale: scale.to_f64(),
            u: variance.to_f64().sqrt(),
            variance: Some(variance),
            distribution,
            dof,
            stated: String::new(),
        }
    }

    /// From an expanded uncertainty with its coverage factor.
    pub(crate) fn expanded(amount: &Fraction, k: &Exact, dof: Option<f64>) -> Option<Self> {
        let u = amount.over(&Fraction::from(k))?;
        let shape = if dof.is_some() {
            Distribution::T
        } else {
            Distribution::Normal
        };
        Some(Self {
            divisor: format!("k={k}"),
            ..Self::bare(shape, &u, dof)
        })
    }

    /// From an expanded uncertainty with its coverage probability; k_p has no exact value.
    pub(crate) fn probable(amount: &Fraction, p: f64, dof: Option<f64>) -> Self {
        let k = dof.map_or_else(|| normal_coverage(p), |dof| t_coverage(p, dof));
        let u = amount.to_f64() / k;
        let shape = if dof.is_some() {
            Distribution::T
        } else {
            Distribution::Normal
        };
        Self {
            divisor: format!("k={k:.3}"),
            scale: u,
            u,
            variance: None,
            ..Self::bare(shape, &Fraction::zero(), dof)
        }
    }

    /// Type A from readings: the mean and its experimental standard deviation.
    ///
    /// `averaged` readings make one result; all of them unless it is said.
    pub(crate) fn readings(readings: &[Exact], averaged: Option<usize>) -> Option<(Fraction, Self)> {
        let n = i64::try_from(readings.len()).ok().filter(|n| *n >= 2)?;
        let m = averaged.map_or(Some(n), |m| i64::try_from(m).ok().filter(|m| *m > 0))?;
        let sum = readings.iter().fold(Exact::zero(), |sum, x| &sum + x);
        let mean = Fraction::from(&sum).over(&Fraction::from(n))?;
        let squares = readings.iter().fold(Exact::zero(), |sum, x| &sum + &(x * x));
        // Σx² − n·x̄² is exact here: nothing cancels that matters.
        let spread = Fraction::from(&squares).minus(&mean.squared().times(&Fraction::from(n)));
        let variance = spread.over(&Fraction::from(n - 1))?.over(&Fraction::from(m))?;
        let u = variance.to_f64().sqrt();
        #[expect(clippy::cast_precision_loss, reason = "a count of readings")]
        let dof = (n - 1) as f64;
        let component = Self {
            evaluated: Evaluated::A,
            divisor: format!("√{m}"),
            scale: u,
            u,
            variance: Some(variance),
            stated: format!("n={n}"),
            ..Self::bare(Distribution::T, &Fraction::zero(), Some(dof))
        };
        Some((mean, component))
    }
}
