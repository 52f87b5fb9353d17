//! Whether the evidence is what the procedure asked for, and its values in the procedure's units.

use std::borrow::Cow;

use crate::evidence::Sample;
use crate::procedure::load::{apart, empty};
use crate::procedure::symbols::Origin;
use crate::procedure::{Evidence, Instrument, Owner, Procedure, Series};
use crate::verdict::{Code, Reason};
use numbers::number::{Exact, Fraction};
use numbers::unit::{Unit, same_quantity};
use uncertainty::expression;

/// A series in the unit of its symbol.
pub(super) struct Fitted<'a> {
    pub(super) symbol: usize,
    pub(super) of: Owner,
    pub(super) register: bool,
    pub(super) resolution: Option<Exact>,
    pub(super) modulus: Option<Exact>,
    pub(super) largest_step: Option<Exact>,
    pub(super) readings: Cow<'a, [Sample]>,
}

/// Everything that does not change from slot to slot.
pub(super) struct Fit<'a> {
    pub(super) series: Vec<Fitted<'a>>,
    /// One value per symbol; series, derived and reader symbols are still zero.
    pub(super) base: Vec<Fraction>,
    /// Which of them the evidence gave: a missing value is not zero on the record.
    pub(super) given: Vec<bool>,
    pub(super) reasons: Vec<Reason>,
}

impl Fit<'_> {
    fn set(&mut self, index: usize, value: Fraction) {
        self.base[index] = value;
        self.given[index] = true;
    }
}

pub(super) fn fit<'a>(procedure: &Procedure, evidence: &'a Evidence) -> Fit<'a> {
    let all = procedure.symbols().all();
    let mut fit = Fit {
        series: Vec::new(),
        base: vec![Fraction::zero(); all.len()],
        given: vec![false; all.len()],
        reasons: Vec::new(),
    };
    for (index, symbol) in all.iter().enumerate() {
        let found = match &symbol.origin {
            Origin::Series { of, register, .. } => {
                series(evidence, index, &symbol.name, &symbol.unit, *of, *register)
                    .map(|s| fit.series.push(s))
            }
            Origin::Resolution(of) => {
                let of = &all[*of];
                resolution(evidence, &of.name, &of.unit).map(|value| fit.set(index, value))
            }
            Origin::Value(owner) => {
                value(evidence, *owner, &symbol.name, &symbol.unit).map(|value| fit.set(index, value))
            }
            Origin::Derived | Origin::Reader => Ok(()),
        };
        if let Err(reason) = found {
            fit.reasons.push(reason);
        }
    }
    if fit.reasons.is_empty() {
        bins_part(procedure, &mut fit);
    }
    fit
}

/// The nameplate may bring bounds that the examples of the file did not foresee.
fn bins_part(procedure: &Procedure, fit: &mut Fit<'_>) {
    for (index, bin) in procedure.bins().iter().enumerate() {
        let place = format!("bin {}", bin.name);
        if let Some(reason) = empty(bin, &fit.base) {
            fit.reasons.push(misfit(&place, &reason));
        }
        for earlier in procedure.bins().iter().take(index) {
            if !apart(bin, earlier, &fit.base) {
                let detail = format!("overlaps bin {} with these nameplate values", earlier.name);
                fit.reasons.push(misfit(&place, &detail));
            }
        }
    }
}

pub(super) fn misfit(place: &str, detail: &str) -> Reason {
    Reason::with(Code::EvidenceDoesNotFit, &[("place", place), ("detail", detail)])
}

/// What one `from` is in `to`; scales with different zeros are refused.
fn factor(from: &str, to: &Unit) -> Result<Fraction, String> {
    let own = expression::unit(from).map_err(|e| format!("unit {from:?}: {e}"))?;
    if own == *to {
        return Ok(Fraction::from(1));
    }
    let scale = |unit: &Unit| unit.is_lone("℃") || unit.is_lone("K") || unit.is_lone("°F");
    if !same_quantity(&own, to) || (scale(&own) && scale(to)) {
        return Err(format!("unit {own} where {to} is asked for"));
    }
    let size = |unit: &Unit| unit.size().map_err(|e| e.to_string());
    let (a, b) = (size(&own)?, size(to)?);
    if a.turns != b.turns {
        return Err(format!("{own} to {to} goes through π and has no exact factor"));
    }
    let quotient = a.rational().and_then(|a| a.over(&b.rational()?));
    quotient.ok_or_else(|| format!("unit {to} has no size"))
}

fn found<'a>(evidence: &'a Evidence, name: &str) -> Result<&'a Series, Reason> {
    let place = format!("series {name}");
    evidence
        .series
        .get(name)
        .ok_or_else(|| misfit(&place, "is missing"))
}

fn series<'a>(
    evidence: &'a Evidence,
    symbol: usize,
    name: &str,
    unit: &Unit,
    of: Owner,
    register: bool,
) -> Result<Fitted<'a>, Reason> {
    let series = found(evidence, name)?;
    let refuse = |detail: &str| misfit(&format!("series {name}"), detail);
    let factor = factor(&series.unit, unit).map_err(|e| refuse(&e))?;
    let Some(factor) = factor.decimal() else {
        return Err(refuse("its unit cannot be converted without loss"));
    };
    let same = factor == Exact::from(1);
    let scaled = |value: &Option<Exact>| {
        let scale = |v: &Exact| if same { v.clone() } else { v * &factor };
        value.as_ref().map(scale)
    };
    let readings = if same {
        Cow::Borrowed(series.readings.as_slice())
    } else {
        let all = series.readings.iter().map(|sample| Sample {
            value: scaled(&sample.value),
            ..sample.clone()
        });
        Cow::Owned(all.collect())
    };
    Ok(Fitted {
        symbol,
        of,
        register,
        resolution: scaled(&series.resolution),
        modulus: scaled(&series.modulus),
        largest_step: scaled(&series.largest_step),
        readings,
    })
}

fn resolution(evidence: &Evidence, name: &str, unit: &Unit) -> Result<Fraction, Reason> {
    let series = found(evidence, name)?;
    let refuse = |detail: &str| misfit(&format!("series {name}"), detail);
    let factor = factor(&series.unit, unit).map_err(|e| refuse(&e))?;
    let step = series
        .resolution
        .as_ref()
        .ok_or_else(|| refuse("its resolution is missing"))?;
    Ok(Fraction::from(step).times(&factor))
}

fn value(evidence: &Evidence, owner: Owner, name: &str, unit: &Unit) -> Result<Fraction, Reason> {
    let (who, values) = match owner {
        Owner::Subject => ("subject", Some(&evidence.subject.values)),
        Owner::Reference => ("reference", Some(&evidence.reference.values)),
        Owner::Certificate => ("certificate", evidence.certificate.as_ref().map(|c| &c.values)),
    };
    let field = format!("{who}.{name}");
    let incomplete = || Reason::with(Code::NameplateIncomplete, &[("field", &field)]);
    // Without a certificate the gate of the certificate says so.
    let value = values.and_then(|v| v.get(name)).ok_or_else(incomplete)?;
    let factor = factor(&value.unit, unit).map_err(|e| misfit(&field, &e))?;
    Ok(Fraction::from(&value.value).times(&factor))
}

/// An instrument as it stands on the record.
pub(super) fn line(instrument: &Instrument, unit: &str) -> crate::verdict::InstrumentLine {
    crate::verdict::InstrumentLine {
        device: instrument.device.clone(),
        name: instrument.name.clone(),
        manufacturer: instrument.manufacturer.clone(),
        model: instrument.model.clone(),
        serial: instrument.serial.clone(),
        accuracy_class: instrument.accuracy_class.clone(),
        connection: None,
        basic_current: None,
        maximum_current: None,
        current_ratio: "1".to_owned(),
        voltage_ratio: "1".to_owned(),
        registers_are_primary: true,
        register_factor: "1".to_owned(),
        register_resolution: String::new(),
        register_unit: unit.to_owned(),
    }
}
