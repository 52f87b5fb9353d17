//! One reading of the error: everything of one bin within one window of the procedure.

use std::collections::BTreeMap;

use ::uncertainty::statistics::univariate;
use numbers::number::{Exact, Fraction, Total};

use super::inputs::Inputs;
use super::slots::Slots;
use crate::comparison::rules::{Bin, ComparisonRules, Decision};
use crate::comparison::symbols::Origin;
use crate::conclusion::{Code, ReadingLine, Reason, RunLine};
use crate::evidence::{Role, Sample};

/// A reading with the exact values that its line only shows cut.
pub(super) struct Reading {
    pub(super) line: ReadingLine,
    pub(super) error: Option<Fraction>,
    pub(super) limit: Option<Fraction>,
    pub(super) u95: Option<Exact>,
}

/// What all readings of a run share.
pub(super) struct Workbench<'a> {
    pub(super) rules: &'a ComparisonRules,
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) slots: &'a Slots<'a>,
    pub(super) class: Option<&'a str>,
}

/// A decimal as it is, anything else cut.
pub(super) fn shown(value: &Fraction, places: u32) -> String {
    match value.decimal() {
        Some(decimal) => decimal.to_string(),
        None => value.cut(places).0,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Workbench<'_> {
    /// The readings of a bin: its slots (ascending) by window.
    pub(super) fn readings(&self, bin: &Bin, slots: &[usize]) -> Vec<Reading> {
        let window = |slot: usize| self.rules.window.number(self.slots.grid.second(slot));
        slots
            .chunk_by(|a, b| window(*a) == window(*b))
            .map(|group| self.reading(bin, group))
            .collect()
    }

    /// MPEV of a bin whose limit depends on nameplate and certificate alone.
    pub(super) fn fixed_limit(&self, bin: &Bin) -> Option<Fraction> {
        let limit = bin.limits.of(self.class)?;
        let all = self
            .rules
            .symbols
            .all()
            .iter()
            .zip(&self.inputs.given)
            .enumerate();
        let mut used = all.filter(|(index, _)| limit.mpev.uses(*index));
        used.all(|(_, (_, given))| *given)
            .then(|| limit.value(&self.inputs.base).ok())?
    }

    fn reading(&self, bin: &Bin, slots: &[usize]) -> Reading {
        let rules = self.rules;
        let places = rules.unrounded_places;
        let (mut symbols, sums) = self.symbols(slots);
        let formula = &rules.error.formula;
        let spread = self
            .derive(&mut symbols)
            .and_then(|()| self.spread(slots, &mut symbols));
        let error = formula.exact(&symbols);
        let limit = bin.limits.of(self.class).and_then(|l| l.value(&symbols).ok());
        let stated = match (&error, &spread) {
            (Ok(_), Ok(())) => rules.uncertainty.expanded(formula, &symbols),
            _ => None,
        };
        let u95 = stated.as_ref().map(|s| s.expanded.clone());
        let no_value = |detail: String| Some(Reason::with(Code::NoValue, &[("detail", &detail)]));
        let reason = match (&error, &spread, &u95) {
            (Err(e), _, _) => no_value(format!("{} ({e})", formula.text())),
            (_, Err(detail), _) => no_value(detail.clone()),
            (_, _, None) => no_value("U".to_owned()),
            (_, _, Some(u)) => self.gate(u, limit.as_ref()),
        };
        let (first, last) = (
            slots.first().copied().unwrap_or(0),
            slots.last().copied().unwrap_or(0),
        );
        let cut = error.as_ref().ok().map(|e| e.cut(places));
        let line = ReadingLine {
            from: self.slots.grid.time(first),
            to: self.slots.grid.time(last + 1),
            slots: count(slots.len()),
            values: self.shown(&symbols, sums, places),
            error_is_complete: cut.as_ref().is_some_and(|(_, complete)| *complete),
            error: cut.map(|(text, _)| text),
            limit: limit.as_ref().map(|l| shown(l, places)),
            u95: u95.as_ref().map(Exact::to_string),
            terms: stated.map_or_else(Vec::new, |s| rules.uncertainty.lines(&s.contributions)),
            used: reason.is_none(),
            reason,
            runs: runs(slots).filter_map(|run| self.run(run)).collect(),
        };
        Reading {
            line,
            error: error.ok(),
            limit,
            u95,
        }
    }

    /// A reading whose U is too large for its limit is not used; its error plays no part in that.
    fn gate(&self, u: &Exact, limit: Option<&Fraction>) -> Option<Reason> {
        let Decision::UncertaintyRatio(ratio) = &self.rules.decision else {
            return None;
        };
        let limit = limit?;
        if limit.cmp_abs(&(u * &Exact::from(i64::from(*ratio)))).is_ge() {
            return None;
        }
        Some(Reason::with(
            Code::UncertaintyTooLarge,
            &[
                ("u95", &u.to_string()),
                ("unit", &self.rules.error.unit.to_string()),
                ("limit", &shown(limit, self.rules.unrounded_places)),
                ("ratio", &ratio.to_string()),
            ],
        ))
    }

    /// Means of indications, sums of registers, what the reader counts; the sums also with their digits, by symbol.
    fn symbols(&self, slots: &[usize]) -> (Vec<Fraction>, BTreeMap<usize, Exact>) {
        let mut symbols = self.inputs.base.clone();
        let mut sums = BTreeMap::new();
        let count = Exact::new(slots.len(), 0);
        for (index, series) in self.inputs.series.iter().enumerate() {
            let mut total = Total::default();
            for value in slots.iter().filter_map(|slot| self.slots.value(index, *slot)) {
                total.add(value);
            }
            let total = total.value();
            if series.register.is_some() {
                symbols[series.symbol] = Fraction::from(&total);
                sums.insert(series.symbol, total);
            } else {
                symbols[series.symbol] = Fraction::new(&total, &count).unwrap_or_else(Fraction::zero);
            }
        }
        let period = self.slots.grid.period();
        let mut set = |name: &str, value: Fraction| {
            if let Some(index) = self.rules.symbols.index(name) {
                symbols[index] = value;
            }
        };
        set("n", Fraction::from(&count));
        set("T", Fraction::from(&(&count * &Exact::from(period))));
        if self.slots.intervals {
            set("runs", Fraction::from(&Exact::new(runs(slots).count(), 0)));
            set("skew2", self.skew2(slots));
        }
        (symbols, sums)
    }

    fn derive(&self, symbols: &mut [Fraction]) -> Result<(), String> {
        for (index, formula) in &self.rules.derived {
            symbols[*index] = formula
                .exact(symbols)
                .map_err(|e| format!("{} ({e})", formula.text()))?;
        }
        Ok(())
    }

    /// Σ(E·σ/T)² over the ends of contiguous runs: E the reference's step there, σ the skew of the stamps and what a
    /// stamp may be wrong by.
    fn skew2(&self, slots: &[usize]) -> Fraction {
        let Some(reference) = self.inputs.register(Role::Reference) else {
            return Fraction::zero();
        };
        let stamp = &self.rules.sampling.timestamp_seconds;
        let mut sum = Exact::zero();
        let ends = runs(slots)
            .filter_map(|run| Some([(*run.first()?, *run.first()?), (*run.last()?, run.last()? + 1)]));
        for (slot, end) in ends.flatten() {
            let step = self.slots.value(reference, slot);
            if let Some((step, (subject, reference))) = step.zip(self.slots.registers_at(end)) {
                let weight = step * &(&skew(subject, reference).abs() + stamp);
                sum = &sum + &(&weight * &weight);
            }
        }
        let period = Exact::from(self.slots.grid.period());
        Fraction::new(&sum, &(&period * &period)).unwrap_or_else(Fraction::zero)
    }

    /// s_e: standard deviation of the errors of the slots, when an uncertainty asks for it.
    fn spread(&self, slots: &[usize], symbols: &mut [Fraction]) -> Result<(), String> {
        let rules = self.rules;
        let Some(index) = rules
            .symbols
            .index("s_e")
            .filter(|index| rules.uncertainty.uses(*index))
        else {
            return Ok(());
        };
        let mut values: Vec<f64> = symbols.iter().map(Fraction::to_f64).collect();
        let mut errors = Vec::with_capacity(slots.len());
        for slot in slots {
            for (index, series) in self.inputs.series.iter().enumerate() {
                if let Some(value) = self.slots.value(index, *slot) {
                    values[series.symbol] = value.to_f64();
                }
            }
            for (derived, formula) in &rules.derived {
                values[*derived] = formula.value(&values).map_err(|e| e.to_string())?;
            }
            errors.push(rules.error.formula.value(&values).map_err(|e| e.to_string())?);
        }
        let spread = univariate(&errors).map_err(|_| "s_e: fewer than two slots".to_owned())?;
        let exact = Exact::from_f64(spread.sd).ok_or("s_e")?;
        symbols[index] = Fraction::from(&exact);
        Ok(())
    }

    fn shown(
        &self,
        symbols: &[Fraction],
        mut sums: BTreeMap<usize, Exact>,
        places: u32,
    ) -> BTreeMap<String, String> {
        let all = self.rules.symbols.all().iter().zip(symbols).enumerate();
        all.filter(|(_, (s, _))| matches!(s.origin, Origin::Series { .. } | Origin::Derived))
            .map(|(index, (s, value))| {
                let sum = sums.remove(&index);
                (
                    s.name.clone(),
                    sum.map_or_else(|| value.cut(places).0, |sum| sum.to_string()),
                )
            })
            .collect()
    }

    /// Both registers at the ends of a run, as they were read.
    fn run(&self, run: &[usize]) -> Option<RunLine> {
        let (first, last) = (*run.first()?, *run.last()?);
        let (subject_start, reference_start) = self.slots.registers_at(first)?;
        let (subject_end, reference_end) = self.slots.registers_at(last + 1)?;
        let (subject_rollovers, reference_rollovers) = self.slots.rollovers_within(run);
        let text = |sample: &Sample| Some(sample.value.as_ref()?.to_string());
        Some(RunLine {
            from: self.slots.grid.time(first),
            to: self.slots.grid.time(last + 1),
            slots: count(run.len()),
            subject_start: text(subject_start)?,
            subject_end: text(subject_end)?,
            reference_start: text(reference_start)?,
            reference_end: text(reference_end)?,
            skew_start: skew(subject_start, reference_start).to_string(),
            skew_end: skew(subject_end, reference_end).to_string(),
            subject_rollovers,
            reference_rollovers,
        })
    }
}

/// Contiguous runs of slots.
fn runs(slots: &[usize]) -> impl Iterator<Item = &[usize]> {
    slots.chunk_by(|a, b| a + 1 == *b)
}

/// True time of the first minus that of the second, in s.
fn skew(first: &Sample, second: &Sample) -> Exact {
    Exact::new(first.taken.as_nanosecond() - second.taken.as_nanosecond(), -9).normalized()
}
