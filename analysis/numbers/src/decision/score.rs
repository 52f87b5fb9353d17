//! E_n, z, z′ and ζ of one result, graded by squares.
//!
//! |x − X| ≤ k·s is decided as (x − X)² ≤ k²·s²: no square root, no f64. The number shown beside
//! the grade is rounded once and never to the other side of a bound.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::number::{Exact, Fraction};
use crate::rounding::round_significant;

/// What a score tells (ISO 13528 §9.4.2, GB/T 28043; E_n: JJF 1117).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Grade {
    /// 满意: |E_n| ≤ 1; of the others |score| ≤ 2.
    #[serde(rename = "满意")]
    Satisfactory,
    /// 有问题: 2 < |score| < 3, a warning; E_n has none.
    #[serde(rename = "有问题")]
    Questionable,
    /// 不满意: |E_n| > 1; of the others |score| ≥ 3, calls for action.
    #[serde(rename = "不满意")]
    Unsatisfactory,
}

/// Why there is no score.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// An uncertainty or a standard deviation below zero.
    #[error("{0} = {1} is negative, give its amount")]
    Negative(&'static str, Exact),
    /// Nothing to divide by.
    #[error("{0} must be greater than zero, the score is divided by it")]
    NoSpread(&'static str),
    /// Numbers that have nothing to do with one another.
    #[error("the score lies beyond 1E±400, check the numbers and their units")]
    Beyond,
}

/// Where a grade ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bounds {
    One,
    TwoAndThree,
}

/// A difference over its spread, kept as an exact square and a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Score {
    squared: Fraction,
    negative: bool,
    bounds: Bounds,
}

const BOTH: &str = "one of the two uncertainties";
const SIGMA: &str = "sigma";

impl Score {
    /// E_n = (x − X)/√(U² + U_ref²) with expanded uncertainties. |E_n| ≤ 1 is also the validation
    /// of a standard, |y_lab − y_ref| ≤ √(U_lab² + U_ref²) (JJF 1033-2016 附录 C.4).
    ///
    /// ```
    /// use numbers::decision::{Grade, Score};
    /// let e = |t: &str| t.parse().unwrap();
    /// // 3² + 4² = 5²: the edge is satisfactory, one digit more is not.
    /// let edge = Score::en(&e("10.05"), &e("10.00"), &e("0.03"), &e("0.04")).unwrap();
    /// assert_eq!((edge.grade(), edge.to_string()), (Grade::Satisfactory, "1".to_owned()));
    /// let over = Score::en(&e("10.0501"), &e("10.00"), &e("0.03"), &e("0.04")).unwrap();
    /// assert_eq!((over.grade(), over.to_string()), (Grade::Unsatisfactory, "1.002".to_owned()));
    /// assert!(Score::en(&e("1"), &e("1"), &e("0"), &e("0")).is_err());
    /// ```
    ///
    /// # Errors
    /// An uncertainty below zero, or both zero.
    pub fn en(x: &Exact, reference: &Exact, u: &Exact, u_reference: &Exact) -> Result<Self, ScoreError> {
        Self::en_of(&Fraction::from(&(x - reference)), u, u_reference)?.readable()
    }

    /// E_n of a difference that need not end as a decimal, such as a mean of pairs.
    ///
    /// # Errors
    /// As [`Score::en`].
    pub fn en_of(difference: &Fraction, u: &Exact, u_reference: &Exact) -> Result<Self, ScoreError> {
        let spread = [(u, "U"), (u_reference, "U of the reference")];
        Self::new(difference, &spread, BOTH, Bounds::One)
    }

    /// z = (x − x_pt)/σ_pt (ISO 13528 §9.4).
    ///
    /// ```
    /// use numbers::decision::{Grade, Score};
    /// let e = |t: &str| t.parse().unwrap();
    /// let score = Score::z(&e("10.5"), &e("10.0"), &e("0.2")).unwrap();
    /// assert_eq!((score.grade(), score.to_string()), (Grade::Questionable, "2.5".to_owned()));
    /// assert!(Score::z(&e("10.5"), &e("10.0"), &e("0")).is_err());
    /// ```
    ///
    /// # Errors
    /// σ_pt not above zero.
    pub fn z(x: &Exact, assigned: &Exact, sigma: &Exact) -> Result<Self, ScoreError> {
        Self::z_prime(x, assigned, sigma, &Exact::zero())
    }

    /// z′ = (x − x_pt)/√(σ_pt² + u²(x_pt)), where the assigned value is itself uncertain (ISO 13528 §9.5).
    ///
    /// ```
    /// use numbers::decision::{Grade, Score};
    /// let e = |t: &str| t.parse().unwrap();
    /// // √(0.3² + 0.4²) = 0.5.
    /// let score = Score::z_prime(&e("11.0"), &e("10.0"), &e("0.3"), &e("0.4")).unwrap();
    /// assert_eq!((score.grade(), score.to_string()), (Grade::Satisfactory, "2".to_owned()));
    /// ```
    ///
    /// # Errors
    /// σ_pt not above zero, an uncertainty below zero.
    pub fn z_prime(
        x: &Exact,
        assigned: &Exact,
        sigma: &Exact,
        u_assigned: &Exact,
    ) -> Result<Self, ScoreError> {
        if sigma.is_zero() {
            return Err(ScoreError::NoSpread(SIGMA));
        }
        let spread = [(sigma, SIGMA), (u_assigned, "u of the assigned value")];
        Self::new(
            &Fraction::from(&(x - assigned)),
            &spread,
            SIGMA,
            Bounds::TwoAndThree,
        )?
        .readable()
    }

    /// ζ = (x − x_pt)/√(u²(x) + u²(x_pt)), with standard uncertainties (ISO 13528 §9.6).
    ///
    /// ```
    /// use numbers::decision::{Grade, Score};
    /// let e = |t: &str| t.parse().unwrap();
    /// // −3.9/√(0.5² + 1.2²) = −3.
    /// let score = Score::zeta(&e("96.1"), &e("100.0"), &e("0.5"), &e("1.2")).unwrap();
    /// assert_eq!((score.grade(), score.to_string()), (Grade::Unsatisfactory, "-3".to_owned()));
    /// ```
    ///
    /// # Errors
    /// As [`Score::en`].
    pub fn zeta(x: &Exact, assigned: &Exact, u: &Exact, u_assigned: &Exact) -> Result<Self, ScoreError> {
        let spread = [(u, "u"), (u_assigned, "u of the assigned value")];
        Self::new(
            &Fraction::from(&(x - assigned)),
            &spread,
            BOTH,
            Bounds::TwoAndThree,
        )?
        .readable()
    }

    fn new(
        difference: &Fraction,
        spread: &[(&Exact, &'static str); 2],
        needed: &'static str,
        bounds: Bounds,
    ) -> Result<Self, ScoreError> {
        if let Some((value, name)) = spread.iter().find(|(value, _)| value.is_negative()) {
            return Err(ScoreError::Negative(name, (*value).clone()));
        }
        let [(a, _), (b, _)] = spread;
        let squares = Fraction::from(&(&(*a * *a) + &(*b * *b)));
        let squared = difference
            .squared()
            .over(&squares)
            .ok_or(ScoreError::NoSpread(needed))?;
        Ok(Self {
            squared,
            negative: difference.is_negative(),
            bounds,
        })
    }

    /// A score that can be written out; E_n of a period check is graded whatever its size.
    fn readable(self) -> Result<Self, ScoreError> {
        let (top, bottom) = self.squared.parts();
        match (top.leading_exponent(), bottom.leading_exponent()) {
            (Some(top), Some(bottom)) if top.abs_diff(bottom) > 800 => Err(ScoreError::Beyond),
            _ => Ok(self),
        }
    }

    /// The square of the score, exact.
    pub fn squared(&self) -> &Fraction {
        &self.squared
    }

    /// |score| against a whole number.
    fn against(&self, bound: i64) -> Ordering {
        self.squared.cmp(&Fraction::from(bound * bound))
    }

    /// Its meaning.
    pub fn grade(&self) -> Grade {
        match self.bounds {
            Bounds::One if self.against(1).is_le() => Grade::Satisfactory,
            Bounds::TwoAndThree if self.against(2).is_le() => Grade::Satisfactory,
            Bounds::TwoAndThree if self.against(3).is_lt() => Grade::Questionable,
            Bounds::One | Bounds::TwoAndThree => Grade::Unsatisfactory,
        }
    }

    /// |score| on its own side of every bound.
    fn shown(&self) -> Exact {
        /// More than anybody reads; as many as an f64 would keep.
        const DIGITS: u32 = 15;
        let root = self.squared.root(DIGITS + 2);
        let Some((rounded, last)) = round_significant(&root, DIGITS) else {
            return root;
        };
        let step = Exact::power_of_ten(last);
        // The cut root lies on the right side of every whole number, the rounded one may not.
        for bound in [1, 2, 3].map(Exact::from) {
            match root.cmp(&bound) {
                side if side == rounded.value().cmp(&bound) => {}
                Ordering::Less => return &bound - &step,
                _ => return &bound + &step,
            }
        }
        rounded.value().clone()
    }
}

/// 15 significant digits at most, no zeros behind the last one that counts.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.negative { "-" } else { "" };
        write!(f, "{sign}{}", self.shown().normalized())
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
