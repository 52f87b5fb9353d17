//! Kinds of quantity that share a dimension and are not one another.

use super::Unit;

/// What is told apart though SI gives it the unit of something else: reactive and apparent power beside the active one,
/// activity beside frequency, dose equivalent beside dose. `V·A` is the product by that name; the others are symbols.
pub const KINDS: [&str; 4] = ["var", "V·A", "Bq", "Sv"];

/// Symbols that say by name which of such a family is meant. A volt times an ampere made by a formula says nothing yet:
/// by a cosine it becomes active, by a sine reactive power.
const NAMING: [&str; 14] = [
    "W", "var", "J", "eV", "kgce", "tce", "cal", "hp", "Btu", "erg", "Hz", "Bq", "Gy", "Sv",
];

/// How often a unit, or a value computed from such, holds each of [`KINDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kinds {
    powers: [i32; KINDS.len()],
    /// Whether its kind is said by name; otherwise it may still become any.
    named: bool,
}

impl Kinds {
    /// Of what names no kind.
    pub const OPEN: Self = Self {
        powers: [0; KINDS.len()],
        named: false,
    };

    pub(super) fn of(unit: &Unit) -> Self {
        let power = |symbol: &str| -> i32 {
            let factors = unit.factors().filter(|(f, _)| f.symbol == symbol);
            factors.map(|(f, sign)| sign * f.power).sum()
        };
        let (volt, ampere) = (power("V"), power("A"));
        let apparent = if volt == ampere { volt } else { 0 };
        let powers = KINDS.map(|kind| if kind == "V·A" { apparent } else { power(kind) });
        let named = unit.factors().any(|(f, _)| NAMING.contains(&f.symbol));
        Self {
            powers,
            named: named || apparent != 0,
        }
    }

    /// Whether two units name one kind.
    pub(super) fn is(self, other: Self) -> bool {
        self.powers == other.powers
    }

    /// Those of a product (`sign` 1) or a quotient (−1).
    #[must_use]
    pub fn product(self, other: Self, sign: i32) -> Self {
        let mut powers = self.powers;
        for (sum, part) in powers.iter_mut().zip(other.powers) {
            *sum += sign * part;
        }
        Self {
            powers,
            named: self.named || other.named,
        }
    }

    /// Those of a power `top/bottom`; a root that splits a kind leaves it open.
    #[must_use]
    pub fn power(self, top: i32, bottom: i32) -> Self {
        let whole = self.powers.iter().all(|p| p * top % bottom == 0);
        if !whole {
            return Self::OPEN;
        }
        Self {
            powers: self.powers.map(|p| p * top / bottom),
            named: self.named,
        }
    }

    /// Those of a sum of two values of one dimension, or the kinds that do not go together.
    ///
    /// Squares of different kinds add: S² = P² + Q²; what the sum is then is left open.
    ///
    /// # Errors
    /// The sentence for both sides.
    pub fn sum(self, other: Self) -> Result<Self, String> {
        if self.powers == other.powers {
            return Ok(Self {
                named: self.named || other.named,
                ..self
            });
        }
        if self == Self::OPEN || other == Self::OPEN {
            return Ok(if self == Self::OPEN { other } else { self });
        }
        let squares = self.powers.iter().chain(&other.powers).all(|p| p % 2 == 0);
        if squares {
            return Ok(Self::OPEN);
        }
        Err(self.apart_from(&other))
    }

    /// Why the two are not one quantity.
    pub(super) fn apart_from(&self, other: &Self) -> String {
        let differ = (0..KINDS.len()).find(|i| self.powers[*i] != other.powers[*i]);
        match differ.map(|i| KINDS[i]) {
            Some("var") => {
                "reactive power (var) is a kind of its own; where a formula means it, multiply by 1 [W/var]"
            }
            Some("V·A") => {
                "apparent power (V·A) is a kind of its own; multiply by the power factor as 1 [W/(V·A)]"
            }
            Some("Bq") => {
                "activity (Bq) is a kind of its own; where a formula means it, multiply by 1 [Bq/Hz]"
            }
            Some("Sv") => "dose equivalent (Sv) is a kind of its own; multiply by the weight as 1 [Sv/Gy]",
            _ => "they are kinds of their own",
        }
        .to_owned()
    }
}
