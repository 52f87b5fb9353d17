//! Reading evidence, and what every later step relies on.

use std::collections::BTreeSet;

use devices::Quality;
use jiff::SignedDuration;
use numbers::number::Exact;

use super::{Evidence, EvidenceError, FORMAT, Instrument, Role, Sample, Series};
use crate::{canonical, stored};

impl Evidence {
    /// Reads and checks evidence; readings come out in order of their nominal time.
    ///
    /// # Errors
    /// Another format, unknown or missing fields with their line and column, numbers that are not strings, and what
    /// [`Evidence::checked`] refuses.
    pub fn parse(text: &str) -> Result<Self, EvidenceError> {
        stored::read("evidence", FORMAT, text.as_bytes(), |e: &Self| e.format)?.checked()
    }

    /// Sorts the readings and checks what every later step relies on.
    ///
    /// # Errors
    /// Place and reason: two readings of one nominal time, ratios, steps or resolutions that are not above zero, numbers
    /// out of all bounds. Of a period check also: not exactly one of a second instrument and a check standard, readings
    /// off the grid, an unknown unit or one that differs, a baseline or a result that is not of the past.
    pub fn checked(mut self) -> Result<Self, EvidenceError> {
        if self.format != FORMAT {
            let reason = format!("is {}, this engine reads {FORMAT}", self.format);
            return refuse("format", reason);
        }
        if self.period_seconds == 0 {
            return refuse("period_seconds", "must be above zero");
        }
        if self.window.to <= self.window.from {
            return refuse("window", "must end after it starts");
        }
        let longest = SignedDuration::from_hours(24 * 400);
        if self.window.to.duration_since(self.window.from) > longest {
            return refuse("window", "is longer than 400 days, verify a shorter one");
        }
        for (role, instrument) in [(Role::Subject, &self.subject), (Role::Reference, &self.reference)] {
            check_instrument(role, instrument)?;
        }
        for (symbol, value) in self.certificate.iter().flat_map(|c| &c.values) {
            bounded(format!("certificate, {symbol}"), &value.value)?;
        }
        for (symbol, series) in &mut self.series {
            check_series(&format!("series {symbol}"), series)?;
        }
        self.check_period_check()?;
        Ok(self)
    }

    /// The bytes that are stored, digested and rechecked.
    pub fn canonical(&self) -> String {
        canonical::plain(self)
    }

    /// SHA-256 of [`Evidence::canonical`], hexadecimal.
    pub fn sha256(&self) -> String {
        canonical::sha256(self.canonical().as_bytes())
    }
}

pub(super) fn refuse<T>(place: impl Into<String>, reason: impl Into<String>) -> Result<T, EvidenceError> {
    Err(EvidenceError::Content {
        place: place.into(),
        reason: reason.into(),
    })
}

fn check_instrument(role: Role, instrument: &Instrument) -> Result<(), EvidenceError> {
    let ratios = instrument.multiplier.iter();
    let ratios = ratios.flat_map(|m| {
        [
            ("current_ratio", &m.current_ratio),
            ("voltage_ratio", &m.voltage_ratio),
        ]
    });
    for (field, ratio) in ratios {
        let place = format!("{}, {field}", role.name());
        if !ratio.is_positive() {
            return refuse(place, "must be above zero");
        }
        bounded(place, ratio)?;
    }
    for (symbol, value) in &instrument.values {
        bounded(format!("{}, {symbol}", role.name()), &value.value)?;
    }
    Ok(())
}

fn check_series(place: &str, series: &mut Series) -> Result<(), EvidenceError> {
    if series.of == Role::Certificate {
        return refuse(place, "a certificate has no series");
    }
    let steps = [&series.resolution, &series.modulus, &series.largest_step];
    for step in steps.into_iter().flatten() {
        if !step.is_positive() {
            return refuse(place, "resolution, modulus and largest_step must be above zero");
        }
        bounded(place, step)?;
    }
    check_samples(place, &mut series.readings)
}

fn check_samples(place: &str, samples: &mut [Sample]) -> Result<(), EvidenceError> {
    samples.sort_by_key(|s| s.nominal);
    let mut seen = BTreeSet::new();
    for sample in samples.iter() {
        if !seen.insert(sample.nominal) {
            return refuse(place, format!("two readings of {}", sample.nominal));
        }
        if sample.value.is_none() && sample.quality == Quality::Good {
            return refuse(
                place,
                format!("good reading of {} without a value", sample.nominal),
            );
        }
        if sample.value.as_ref().is_some_and(out_of_all_bounds) {
            return refuse(place, format!("value of {} is beyond ±10^30", sample.nominal));
        }
    }
    Ok(())
}

pub(super) fn bounded(place: impl Into<String>, value: &Exact) -> Result<(), EvidenceError> {
    if out_of_all_bounds(value) {
        return refuse(place, "beyond ±10^30 or finer than 10^-60");
    }
    Ok(())
}

/// Keeps the exact arithmetic of hostile input small.
pub(crate) fn out_of_all_bounds(value: &Exact) -> bool {
    value.leading_exponent().is_some_and(|e| e > 30) || value.exponent() < -60
}
