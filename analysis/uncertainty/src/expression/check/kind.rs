//! What a part of a formula measures, and what may be added to what.

use numbers::glyph::to_superscript;
use numbers::number::{Exact, Fraction};
use numbers::unit::{BASES, Dimension, Kinds, LENGTH, MASS, PLANE_ANGLE, TIME, Unit};

/// What a node measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    dimension: Dimension,
    /// Active, reactive and apparent power and the like.
    kinds: Kinds,
    zero: Zero,
    celsius: Celsius,
    angle: Angle,
    /// Power of 2π that exact values leave out.
    pub(super) turns: i32,
}

/// Where a temperature counts from; the two do not mix in one sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Zero {
    Any,
    Celsius,
    Kelvin,
}

/// Temperatures in ℃ inside products. 20 ℃ times J/(kg·K) is no heat: the 20 counts from 0 ℃, and a product takes a
/// difference, or a coefficient that says `per ℃` and so counts from 0 ℃ too, as α does in 1 + α·t.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Celsius {
    /// Factors that count from 0 ℃ and have met no such coefficient.
    points: i32,
    /// How often the coefficients say `per ℃`.
    per: i32,
}

impl Celsius {
    fn of(unit: &Unit) -> Self {
        if unit.is_lone("℃") {
            return Self { points: 1, per: 0 };
        }
        let per = unit.factors().filter(|(f, _)| f.symbol == "℃");
        Self {
            points: 0,
            per: per.map(|(f, sign)| -sign * f.power()).sum::<i32>().max(0),
        }
    }

    fn product(self, other: Self) -> Self {
        let (points, per) = (self.points + other.points, self.per + other.per);
        let met = points.min(per).max(0);
        Self {
            points: points - met,
            per: per - met,
        }
    }
}

/// How much of the plane angle in a dimension may be taken for a plain number.
///
/// A radian is the number one. A revolution is 2π only as an angle: in r/kWh and in Hz it is a
/// thing counted, so it is dropped only as a speed (r/min) where a force or a torque takes part (N·m·r/min, W per r/min): the
/// litres of a pump times r/min are strokes, the pitch of a screw times r/min is no speed of its rim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Angle {
    /// In rad, ° and its parts.
    open: i32,
    /// In revolutions per time.
    speed: i32,
}

pub(super) const ONE: Kind = Kind {
    dimension: [0; BASES.len()],
    kinds: Kinds::OPEN,
    zero: Zero::Any,
    celsius: Celsius { points: 0, per: 0 },
    angle: Angle { open: 0, speed: 0 },
    turns: 0,
};

const POINT_IN_PRODUCT: &str = "a temperature in ℃ counts from 0 ℃ and cannot be multiplied as it stands: take a difference (t - 0 [℃]), give the coefficient per ℃, or state it in K";

impl Kind {
    /// Of values in a unit whose size holds 2π to the power `turns`.
    pub(super) fn of(unit: &Unit, turns: i32) -> Self {
        let zero = if unit.is_lone("℃") {
            Zero::Celsius
        } else if unit.is_lone("K") {
            Zero::Kelvin
        } else {
            Zero::Any
        };
        let dimension = unit.dimension();
        let counted = unit.revolutions();
        let mut rest = dimension;
        (rest[TIME], rest[PLANE_ANGLE]) = (0, 0);
        let is_speed = rest == ONE.dimension && dimension[TIME] != 0;
        Self {
            dimension,
            kinds: unit.kinds(),
            zero,
            celsius: Celsius::of(unit),
            angle: Angle {
                open: dimension[PLANE_ANGLE] - counted,
                speed: if is_speed { counted } else { 0 },
            },
            turns,
        }
    }

    /// What an arc function gives, in rad.
    pub(super) fn radian() -> Self {
        let mut kind = ONE;
        kind.dimension[PLANE_ANGLE] = 1;
        kind.angle.open = 1;
        kind
    }

    fn apart_from_angle(self) -> Dimension {
        let mut dimension = self.dimension;
        dimension[PLANE_ANGLE] = 0;
        dimension
    }

    /// The powers of an angle that this may be said to hold.
    fn angles(self) -> std::ops::RangeInclusive<i32> {
        let speed = if self.is_mechanical() { self.angle.speed } else { 0 };
        let (whole, open) = (self.dimension[PLANE_ANGLE], self.angle.open);
        let least = whole - open.max(0) - speed.max(0);
        least..=whole - open.min(0) - speed.min(0)
    }

    /// Force, torque, moment of inertia, work, power: kg·m or kg·m² over some power of time, or one over it.
    fn is_mechanical(self) -> bool {
        let mut rest = self.apart_from_angle();
        rest[TIME] = 0;
        let (length, mass) = (rest[LENGTH], rest[MASS]);
        (rest[LENGTH], rest[MASS]) = (0, 0);
        rest == ONE.dimension && mass.abs() == 1 && matches!(length * mass, 1 | 2)
    }

    /// Whether it can stand as an exponent or an argument.
    pub(super) fn is_number(self) -> bool {
        self.apart_from_angle() == ONE.dimension && self.angles().contains(&0)
    }

    /// Whether a sine can be taken of it.
    pub(super) fn is_angle(self) -> bool {
        self.is_number() || self.dimension == Self::radian().dimension
    }

    /// The kind of a difference: that of two temperatures counts from nowhere.
    pub(super) fn difference(self, other: Self) -> Result<Self, String> {
        let mut sum = self.sum(other)?;
        if self.zero == other.zero {
            sum.zero = Zero::Any;
        }
        if self.zero == Zero::Celsius && other.zero == Zero::Celsius {
            sum.celsius.points = 0;
        }
        Ok(sum)
    }

    pub(super) fn name(self) -> String {
        let parts = BASES.iter().zip(self.dimension).filter(|(_, n)| *n != 0);
        let parts: Vec<_> = parts
            .map(|(base, n)| match n {
                1 => (*base).to_owned(),
                n => format!("{base}{}", to_superscript(n)),
            })
            .collect();
        match (parts.is_empty(), self.zero) {
            (true, _) => "a plain number".to_owned(),
            (_, Zero::Celsius) => "℃".to_owned(),
            _ => parts.join("·"),
        }
    }

    /// Refuses a product that holds a temperature counted from 0 ℃.
    pub(super) fn settled(self) -> Result<Self, String> {
        if self.celsius.points != 0 && self.zero != Zero::Celsius {
            return Err(POINT_IN_PRODUCT.to_owned());
        }
        Ok(self)
    }

    /// The kind of a sum, or why there is none.
    pub(super) fn sum(self, other: Self) -> Result<Self, String> {
        // Of one power of ℃ both, they may still meet their coefficient outside the bracket: C·(4·t³ - 300 ℃·t²).
        let alike = self.zero == other.zero && self.celsius.points == other.celsius.points;
        if !alike {
            self.settled()?;
            other.settled()?;
        }
        let clash = |cure: &str| Err(format!("units clash: {} and {}{cure}", self.name(), other.name()));
        if self.apart_from_angle() != other.apart_from_angle() {
            let cure = if self.is_number() || other.is_number() {
                "; give the plain number its unit, as in 20 ℃"
            } else {
                ""
            };
            return clash(cure);
        }
        let (a, b) = (self.angles(), other.angles());
        if a.start().max(b.start()) > a.end().min(b.end()) {
            return clash(
                "; revolutions are no plain number: multiply or divide by 1 [r] to count them, by 1 [rad] to measure the angle",
            );
        }
        let kinds = self
            .kinds
            .sum(other.kinds)
            .map_err(|reason| format!("units clash: {reason}"))?;
        match (self.zero, other.zero) {
            (Zero::Celsius, Zero::Kelvin) | (Zero::Kelvin, Zero::Celsius) => {
                Err("units clash: ℃ and K in one sum; state both in one of them".to_owned())
            }
            (Zero::Any, zero) | (zero, _) => {
                // What one of them does not hold, the sum does not hold either.
                let less = |k: &Self| k.dimension[PLANE_ANGLE].abs();
                let kept = if less(&other) < less(&self) { other } else { self };
                let pending = self.celsius.points.max(other.celsius.points);
                let points = if zero == Zero::Celsius { 1 } else { pending };
                let celsius = Celsius {
                    points,
                    per: self.celsius.per.max(other.celsius.per),
                };
                Ok(Self {
                    zero,
                    kinds,
                    celsius,
                    ..kept
                })
            }
        }
    }

    pub(super) fn product(self, other: Self, sign: i32) -> Result<Self, String> {
        let mut dimension = self.dimension;
        for (sum, part) in dimension.iter_mut().zip(other.dimension) {
            *sum += sign * part;
            if sum.abs() > 1_000 {
                return Err("the power of a unit grows beyond every use".to_owned());
            }
        }
        if sign < 0 && other.celsius.points != 0 {
            return Err(POINT_IN_PRODUCT.replace("multiplied", "divided by"));
        }
        let celsius = if sign > 0 {
            self.celsius.product(other.celsius)
        } else {
            self.celsius
        };
        let zero = match (self.is_number(), other.is_number()) {
            (_, true) => self.zero,
            (true, _) if sign > 0 => other.zero,
            _ => Zero::Any,
        };
        Ok(Self {
            dimension,
            kinds: self.kinds.product(other.kinds, sign),
            zero,
            celsius,
            angle: Angle {
                open: self.angle.open + sign * other.angle.open,
                speed: self.angle.speed + sign * other.angle.speed,
            },
            turns: self.turns + sign * other.turns,
        })
    }

    pub(super) fn power(self, exponent: &Fraction) -> Option<Self> {
        let (top, bottom) = exponent.parts();
        let small = |e: &Exact| i32::try_from(e.mantissa()).ok().filter(|n| n.abs() <= 64);
        let (top, bottom) = (small(&top)?, small(&bottom)?);
        let mut dimension = self.dimension;
        for part in &mut dimension {
            if *part * top % bottom != 0 || (*part * top).abs() > 1_000 {
                return None;
            }
            *part = *part * top / bottom;
        }
        let zero = if (top, bottom) == (1, 1) {
            self.zero
        } else {
            Zero::Any
        };
        let raised = |n: i32| n * top / bottom;
        let of_a_point = self.celsius.points != 0;
        if of_a_point && (bottom != 1 || top < 1) {
            return None;
        }
        Some(Self {
            dimension,
            kinds: self.kinds.power(top, bottom),
            zero,
            celsius: Celsius {
                points: raised(self.celsius.points),
                per: raised(self.celsius.per).max(0),
            },
            angle: Angle {
                open: raised(self.angle.open),
                speed: raised(self.angle.speed),
            },
            // A root is never exact, so that its share of 2π is not asked for.
            turns: raised(self.turns),
        })
    }
}
