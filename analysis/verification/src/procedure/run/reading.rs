//! One reading of the error: everything of one bin within one window of the procedure.

use std::collections::BTreeMap;

use crate::procedure::symbols::Origin;
use crate::procedure::{Bin, Decision, Owner, Procedure};
use crate::verdict::{Code, ReadingLine, Reason};
use numbers::number::{Exact, Fraction, Total};
use uncertainty::statistics::univariate;

use super::fit::Fit;
use super::slots::Slots;

/// A reading with the exact values that its line only shows cut.
pub(super) struct Reading {
    pub(super) line: ReadingLine,
    pub(super) error: Option<Fraction>,
    pub(super) limit: Option<Fraction>,
    pub(super) u95: Option<Exact>,
}

/// What all readings of a run share.
pub(super) struct Bench<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) fit: &'a Fit<'a>,
    pub(super) slots: &'a Slots<'a>,
    pub(super) class: Option<&'a str>,
}

impl Bench<'_> {
    /// The readings of a bin: its slots (ascending) by window.
    pub(super) fn readings(&self, bin: &Bin, slots: &[usize]) -> Vec<Reading> {
        let window = self.procedure.window();
        let number = |slot: usize| {
            (self.slots.grid.second(slot) + i64::from(window.utc_offset_seconds))
                .div_euclid(i64::from(window.seconds))
        };
        slots
            .chunk_by(|a, b| number(*a) == number(*b))
            .map(|group| self.reading(bin, group))
            .collect()
    }

    fn reading(&self, bin: &Bin, slots: &[usize]) -> Reading {
        let procedure = self.procedure;
        let places = procedure.unrounded_places();
        let mut symbols = self.symbols(slots);
        let formula = &procedure.error().formula;
        let spread = self
            .derive(&mut symbols)
            .and_then(|()| self.spread(slots, &mut symbols));
        let error = formula.exact(&symbols);
        let limit = bin.limits.of(self.class).and_then(|l| l.value(&symbols).ok());
        let stated = match (&error, &spread) {
            (Ok(_), Ok(())) => procedure.uncertainty().expanded(formula, &symbols),
            _ => None,
        };
        let u95 = stated.as_ref().map(|s| s.expanded.clone());
        let unit = procedure.error().unit.to_string();
        let no_value = |detail: String| Some(Reason::with(Code::NoValue, &[("detail", &detail)]));
        let reason = match (&error, &spread, &u95) {
            (Err(e), _, _) => no_value(format!("{} ({e})", formula.text())),
            (_, Err(detail), _) => no_value(detail.clone()),
            (_, _, None) => no_value("U".to_owned()),
            (_, _, Some(u)) => self.gate(u, limit.as_ref(), &unit),
        };
        let (first, last) = (
            slots.first().copied().unwrap_or(0),
            slots.last().copied().unwrap_or(0),
        );
        let cut = error.as_ref().ok().map(|e| e.cut(places));
        let line = ReadingLine {
            from: self.slots.grid.time(first),
            to: self.slots.grid.time(last + 1),
            slots: u32::try_from(slots.len()).unwrap_or(u32::MAX),
            values: self.shown(&symbols, places),
            error_is_complete: cut.as_ref().is_some_and(|(_, complete)| *complete),
            error: cut.map(|(text, _)| text),
            limit: limit.as_ref().map(|l| l.cut(places).0),
            u95: u95.as_ref().map(Exact::to_string),
            terms: stated.map_or_else(Vec::new, |s| self.procedure.uncertainty().lines(&s.contributions)),
            used: reason.is_none(),
            reason,
        };
        Reading {
            line,
            error: error.ok(),
            limit,
            u95,
        }
    }

    /// A reading whose U is too large for its limit is not used; its error plays no part in that.
    fn gate(&self, u: &Exact, limit: Option<&Fraction>, unit: &str) -> Option<Reason> {
        let Decision::UncertaintyRatio(ratio) = self.procedure.decision() else {
            return None;
        };
        let limit = limit?;
        if limit.cmp_abs(&(u * &Exact::from(i64::from(*ratio)))).is_ge() {
            return None;
        }
        Some(Reason::with(
            Code::UncertaintyAboveShare,
            &[
                ("u95", &u.to_string()),
                ("unit", unit),
                ("limit", &limit.cut(self.procedure.unrounded_places()).0),
                ("ratio", &ratio.to_string()),
            ],
        ))
    }

    /// Means of indications, sums of registers, what the reader counts, what is derived.
    fn symbols(&self, slots: &[usize]) -> Vec<Fraction> {
        let mut symbols = self.fit.base.clone();
        let count = Exact::new(slots.len(), 0);
        for (series, column) in self.fit.series.iter().zip(&self.slots.values) {
            let mut total = Total::default();
            for value in slots.iter().filter_map(|slot| column.get(*slot)?.as_deref()) {
                total.add(value);
            }
            symbols[series.symbol] = if series.register {
                Fraction::from(&total.value())
            } else {
                Fraction::new(&total.value(), &count).unwrap_or_else(Fraction::zero)
            };
        }
        let period = self.slots.grid.period();
        let mut set = |name: &str, value: Fraction| {
            if let Some(index) = self.procedure.symbols().index(name) {
                symbols[index] = value;
            }
        };
        set("n", Fraction::from(&count));
        set("T", Fraction::from(&(&count * &Exact::from(period))));
        if self.slots.intervals {
            let runs: Vec<&[usize]> = slots.chunk_by(|a, b| a + 1 == *b).collect();
            set("runs", Fraction::from(&Exact::new(runs.len(), 0)));
            set("skew2", self.skew2(&runs));
        }
        symbols
    }

    fn derive(&self, symbols: &mut [Fraction]) -> Result<(), String> {
        for (index, formula) in &self.procedure.derived {
            symbols[*index] = formula
                .exact(symbols)
                .map_err(|e| format!("{} ({e})", formula.text()))?;
        }
        Ok(())
    }

    /// Σ(E·σ/T)² over the ends of contiguous runs, E the reference's step there, σ the skew.
    fn skew2(&self, runs: &[&[usize]]) -> Fraction {
        let reference = self
            .fit
            .series
            .iter()
            .position(|s| s.register && s.of == Owner::Reference);
        let Some(column) = reference.and_then(|r| self.slots.values.get(r)) else {
            return Fraction::zero();
        };
        let mut sum = Exact::zero();
        for run in runs {
            let (Some(first), Some(last)) = (run.first(), run.last()) else {
                continue;
            };
            for (slot, end) in [(*first, *first), (*last, last + 1)] {
                let step = column.get(slot).and_then(|s| s.as_deref());
                if let (Some(step), Some(skew)) = (step, self.slots.skews.get(end)) {
                    let weight = step * skew;
                    sum = &sum + &(&weight * &weight);
                }
            }
        }
        let period = Exact::from(self.slots.grid.period());
        Fraction::new(&sum, &(&period * &period)).unwrap_or_else(Fraction::zero)
    }

    /// s_e: standard deviation of the errors of the slots, when an uncertainty asks for it.
    fn spread(&self, slots: &[usize], symbols: &mut [Fraction]) -> Result<(), String> {
        let Some(index) = self.procedure.symbols().index("s_e") else {
            return Ok(());
        };
        if !self.procedure.uncertainty().uses(index) {
            return Ok(());
        }
        let mut values: Vec<f64> = symbols.iter().map(Fraction::to_f64).collect();
        let mut errors = Vec::with_capacity(slots.len());
        for slot in slots {
            for (series, column) in self.fit.series.iter().zip(&self.slots.values) {
                if let Some(value) = column.get(*slot).and_then(|v| v.as_deref()) {
                    values[series.symbol] = value.to_f64();
                }
            }
            for (derived, formula) in &self.procedure.derived {
                values[*derived] = formula.value(&values).map_err(|e| e.to_string())?;
            }
            errors.push(
                self.procedure
                    .error()
                    .formula
                    .value(&values)
                    .map_err(|e| e.to_string())?,
            );
        }
        let spread = univariate(&errors).map_err(|_| "s_e: fewer than two slots".to_owned())?;
        let exact = Exact::from_f64(spread.sd).ok_or("s_e")?;
        symbols[index] = Fraction::from(&exact);
        Ok(())
    }

    fn shown(&self, symbols: &[Fraction], places: u32) -> BTreeMap<String, String> {
        let all = self.procedure.symbols().all().iter().zip(symbols);
        all.filter(|(s, _)| matches!(s.origin, Origin::Series { .. } | Origin::Derived))
            .map(|(s, value)| (s.name.clone(), value.cut(places).0))
            .collect()
    }
}
