//! Maximum permissible errors (最大允许误差).

mod print;
mod terms;

use crate::number::Exact;
use crate::scan::{Result, Scan};
use crate::unit::{Unit, read_unit_here, unit_follows};
use terms::{distribute, terms};

/// What a term is proportional to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The reading.
    Reading,
    /// The span or full scale.
    FullScale,
    /// Steps of the last digit (字).
    LastDigit,
    /// An absolute amount.
    Absolute,
    /// The magnitude of the temperature in ℃, as in 0.15+0.002|t|.
    Temperature,
    /// The measured length L, in the unit that the document gives it, as in 2+L/100.
    Length,
    /// The verification scale interval e of a balance (检定分度值).
    ScaleInterval,
}

/// One term of a maximum permissible error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// Coefficient as written.
    pub coefficient: Exact,
    /// What it is divided by, 100 in L/100.
    pub divisor: Option<Exact>,
    /// What it multiplies.
    pub of: Base,
    /// Whether the coefficient is in percent.
    pub percent: bool,
    /// Unit of an absolute term, and of a term of L.
    pub unit: Option<Unit>,
}

/// A maximum permissible error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mpe {
    /// ±(term + term); `magnitude` for MPEV, the absolute value.
    Symmetric {
        /// Sum of these.
        terms: Vec<Term>,
        /// Written as MPEV (absolute value).
        magnitude: bool,
    },
    /// +1.0%/-0.5%.
    Asymmetric {
        /// Upper limit of error.
        upper: Exact,
        /// Lower limit of error.
        lower: Exact,
        /// In percent.
        percent: bool,
        /// Unit when not percent.
        unit: Option<Unit>,
    },
}

pub(super) fn read(scan: &mut Scan) -> Result<Mpe> {
    let magnitude = match scan.eat_any(&["MPEV", "最大允许误差绝对值", "MPE", "最大允许误差", "允许误差"])
    {
        Some(name) => {
            let _ = scan.eat_any(&[":", "=", "为"]);
            matches!(name, "MPEV" | "最大允许误差绝对值")
        }
        None => false,
    };
    scan.skip_spaces();
    if matches!(scan.peek(), Some('+' | '-')) || scan.rest().starts_with("^{") {
        return asymmetric(scan);
    }
    let signed = scan.eat("±");
    if signed && magnitude {
        return scan.fail("MPEV is an absolute value, drop the ±");
    }
    scan.skip_spaces();
    if matches!(scan.peek(), Some('-' | '+')) {
        return scan.fail("negative bound: after ± stands a magnitude");
    }
    if !signed && !magnitude {
        scan.warn("no ± before the error, read as ±");
    }
    let terms = if scan.eat("(") {
        let mut terms = terms(scan)?;
        if !scan.eat(")") {
            return scan.fail("close the bracket behind the last term");
        }
        distribute(scan, &mut terms)?;
        terms
    } else {
        terms(scan)?
    };
    let alone = terms.len() == 1;
    for term in &terms {
        if alone && term.assumed {
            scan.warn("base of % not stated: reading assumed, write %RD or %FS");
        }
        if term.term.takes_unit() && term.term.unit.is_none() {
            scan.warn("no unit behind the error, write ±2 ℃");
        }
    }
    let terms = terms.into_iter().map(|t| t.term).collect();
    Ok(Mpe::Symmetric { terms, magnitude })
}

fn asymmetric(scan: &mut Scan) -> Result<Mpe> {
    let raised = scan.eat("^{");
    let upper = scan.number()?;
    let mut percent = scan.eat("%");
    let mut unit = if !percent && unit_follows(scan) {
        Some(read_unit_here(scan)?)
    } else {
        None
    };
    let joined = if raised {
        scan.eat("}_{")
    } else {
        scan.eat_any(&["/", ",", "~"]).is_some() || scan.number_ahead()
    };
    if !joined {
        return scan.fail("the lower limit is missing, write +1.0%/-0.5%");
    }
    let lower = scan.number()?;
    if raised && !scan.eat("}") {
        return scan.fail("close the brace of the lower limit");
    }
    let second_percent = scan.eat("%");
    if percent && !second_percent {
        return scan.fail("percent at one end only, write +1.0%/-0.5%");
    }
    percent |= second_percent;
    if !percent && unit_follows(scan) {
        let second = read_unit_here(scan)?;
        if unit.as_ref().is_some_and(|u| *u != second) {
            return scan.fail("unit conflict between the two limits");
        }
        unit = Some(second);
    }
    if upper == lower {
        return scan.fail("both limits are equal, no error is permitted");
    }
    let (upper, lower) = if upper < lower {
        (lower, upper)
    } else {
        (upper, lower)
    };
    Ok(Mpe::Asymmetric {
        upper,
        lower,
        percent,
        unit,
    })
}

impl Term {
    /// Whether it is an amount in a unit by itself.
    fn takes_unit(&self) -> bool {
        matches!(self.of, Base::Absolute | Base::Length)
    }
}
