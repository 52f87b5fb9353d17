//! What stands behind an uncertainty: k, ν_eff, p.

use super::{Form, Uncertainty};
use crate::number::Exact;
use crate::scan::{NotationError, Result, Scan};

/// `,k=2`, `;νeff=9`, `(k=2)`, `,p=95%`.
pub(super) fn qualifiers(scan: &mut Scan, u: &mut Uncertainty) -> Result<()> {
    loop {
        if scan.at_end() {
            return Ok(());
        }
        let bracket = scan.eat("(");
        let _ = scan.eat(",") || scan.eat(";");
        loop {
            qualifier(scan, u)?;
            if !bracket || !(scan.eat(",") || scan.eat(";")) {
                break;
            }
        }
        if bracket && !scan.eat(")") {
            return scan.fail("close the bracket behind k");
        }
    }
}

fn qualifier(scan: &mut Scan, u: &mut Uncertainty) -> Result<()> {
    if scan.eat_any(&["uc", "u_c", "u_{c}"]).is_some() {
        return Ok(());
    }
    let freedom = [
        "νeff",
        "ν_eff",
        "ν_{eff}",
        "veff",
        "v_eff",
        "v_{eff}",
        "νₑff",
        "dof",
        "自由度",
    ];
    if scan.eat_any(&freedom).is_some() {
        require_equals(scan)?;
        let column = scan.column();
        let value = scan.integer()?;
        u.dof = Some(
            u32::try_from(value)
                .ok()
                .filter(|d| *d > 0)
                .ok_or_else(|| NotationError::new(column, "degrees of freedom are a positive integer"))?,
        );
        if u.form == Form::Expanded {
            u.form = Form::Probable;
        }
        return Ok(());
    }
    if scan
        .eat_any(&[
            "k_p",
            "kp",
            "k_{p}",
            "k95",
            "k_95",
            "k99",
            "k_99",
            "k",
            "包含因子",
        ])
        .is_some()
    {
        require_equals(scan)?;
        if scan.at_end() || scan.peek() == Some(')') {
            return scan.fail("k is empty, write k=2");
        }
        let column = scan.column();
        let k = scan.number()?;
        if !k.is_positive() {
            return Err(NotationError::new(column, "k must be greater than 0"));
        }
        u.k = Some(k);
        return Ok(());
    }
    if scan.eat("p") || scan.eat("P") {
        require_equals(scan)?;
        u.probability = Some(probability(scan)?);
        let _ = scan.eat("%");
        return Ok(());
    }
    let rest = scan.rest();
    scan.fail(format!("{rest:?} is not understood, write k=2 or νeff=9"))
}

fn require_equals(scan: &mut Scan) -> Result<()> {
    if scan.eat("=") || scan.eat("≈") {
        Ok(())
    } else {
        scan.fail("= is missing")
    }
}

/// `95`, `99`, `0.95`, `99.73` as a fraction.
pub(super) fn probability(scan: &mut Scan) -> Result<Exact> {
    let start = scan.column();
    let value = scan.mantissa()?;
    let one = Exact::from(1);
    let fraction = if value >= one { value.scaled(-2) } else { value };
    if fraction.is_zero() || fraction >= one {
        return Err(NotationError::new(
            start,
            "a probability lies between 0 and 100 %",
        ));
    }
    Ok(fraction)
}
