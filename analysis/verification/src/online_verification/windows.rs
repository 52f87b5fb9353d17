//! Windows: all intervals of one bin within one day, as one reading of the error.

use crate::evidence::{Evidence, Meter};
use crate::verdict::{Code, Reason, RunLine, WindowLine};
use numbers::number::Exact;

use super::intervals::{Paired, skew};
use super::procedure::Procedure;
use numbers::number::Fraction;

/// A window with the exact error that its line only shows cut.
pub(super) struct Judged {
    pub(super) line: WindowLine,
    pub(super) error: Option<Fraction>,
    pub(super) u95: Option<Exact>,
    pub(super) reference_energy: Exact,
}

/// What all windows of a run share.
pub(super) struct Workbench<'a> {
    pub(super) procedure: &'a Procedure,
    pub(super) evidence: &'a Evidence,
    pub(super) paired: &'a Paired<'a>,
}

impl Workbench<'_> {
    /// Splits the slots of one bin (ascending) by day.
    pub(super) fn days(&self, slots: &[usize]) -> Vec<Vec<usize>> {
        let day = self.procedure.day();
        let number = |slot: usize| {
            (self.paired.grid.second(slot) + i64::from(day.utc_offset_seconds))
                .div_euclid(i64::from(day.seconds))
        };
        let mut days: Vec<Vec<usize>> = Vec::new();
        for &slot in slots {
            match days.last_mut() {
                Some(last) if last.last().is_some_and(|l| number(*l) == number(slot)) => last.push(slot),
                _ => days.push(vec![slot]),
            }
        }
        days
    }

    /// One reading of the error, with its uncertainty, against a limit in %.
    pub(super) fn window(&self, slots: &[usize], limit: &Exact) -> Judged {
        let (mut subject, mut reference) = (Exact::zero(), Exact::zero());
        let mut skews = Exact::zero();
        let mut runs = Vec::new();
        for run in contiguous(slots) {
            let line = self.run(run, &mut subject, &mut reference, &mut skews);
            runs.extend(line);
        }
        let factor_s = self.evidence.subject.multiplier.factor();
        let factor_r = self.evidence.reference.multiplier.factor();
        let (w, w0) = (&subject * &factor_s, &reference * &factor_r);
        let symbols = self.symbols(&w, &w0, runs.len(), &skews);
        let error = self.procedure.error().exact(&symbols).ok();
        let rule = self.procedure.uncertainty();
        let stated = error
            .as_ref()
            .and_then(|_| rule.expanded(self.procedure.error(), &symbols));
        let terms = match &stated {
            Some(stated) if self.procedure.records_terms() => rule.lines(&stated.contributions),
            _ => Vec::new(),
        };
        let u95 = stated.map(|s| s.expanded);
        let ratio = self.procedure.ratio();
        let cut = error.as_ref().map(|e| e.cut(self.procedure.unrounded_places()));
        let reason = match &u95 {
            None => Some(Reason::plain(Code::NoReferenceEnergy)),
            Some(u) if &(u * &Exact::from(i64::from(ratio))) > limit => Some(Reason::with(
                Code::UncertaintyTooLarge,
                &[
                    ("u95", &u.to_string()),
                    ("limit", &limit.to_string()),
                    ("ratio", &ratio.to_string()),
                ],
            )),
            Some(_) => None,
        };
        let grid = self.paired.grid;
        let (first, last) = (
            slots.first().copied().unwrap_or(0),
            slots.last().copied().unwrap_or(0),
        );
        let line = WindowLine {
            from: grid.time(first),
            to: grid.time(last + 1),
            intervals: u32::try_from(slots.len()).unwrap_or(u32::MAX),
            subject_energy: w.to_string(),
            reference_energy: w0.to_string(),
            error_is_complete: cut.as_ref().is_some_and(|(_, complete)| *complete),
            error_percent: cut.map(|(text, _)| text),
            u95_percent: u95.as_ref().map(Exact::to_string),
            used: reason.is_none(),
            reason,
            terms,
            runs,
        };
        Judged {
            line,
            error,
            u95,
            reference_energy: w0,
        }
    }

    /// Adds the energies of a run and (E·σ)² of its two ends, σ the skew in s.
    fn run(
        &self,
        slots: &[usize],
        subject: &mut Exact,
        reference: &mut Exact,
        skews: &mut Exact,
    ) -> Option<RunLine> {
        let (&first, &last) = (slots.first()?, slots.last()?);
        let pair = |slot: usize| self.paired.slots.get(slot)?.as_ref().ok();
        let (mut subject_rollovers, mut reference_rollovers) = (0, 0);
        for &slot in slots {
            let pair = pair(slot)?;
            *subject = &*subject + &pair.subject.energy;
            *reference = &*reference + &pair.reference.energy;
            subject_rollovers += u32::from(pair.subject.rolled_over);
            reference_rollovers += u32::from(pair.reference.rolled_over);
        }
        let factor = self.evidence.reference.multiplier.factor();
        let stamp = self.procedure.timestamp_seconds();
        let mut end = |index: usize, slot: usize| {
            let s = self.paired.subject.get(index).copied().flatten()?;
            let r = self.paired.reference.get(index).copied().flatten()?;
            let apart = skew(s, r);
            let energy = &pair(slot)?.reference.energy * &factor;
            let weight = &energy * &(&apart.abs() + stamp);
            *skews = &*skews + &(&weight * &weight);
            Some((
                s.value.as_ref()?.to_string(),
                r.value.as_ref()?.to_string(),
                apart.to_string(),
            ))
        };
        let (subject_start, reference_start, skew_start) = end(first, first)?;
        let (subject_end, reference_end, skew_end) = end(last + 1, last)?;
        Some(RunLine {
            from: self.paired.grid.time(first),
            to: self.paired.grid.time(last + 1),
            intervals: u32::try_from(slots.len()).unwrap_or(u32::MAX),
            subject_start,
            subject_end,
            reference_start,
            reference_end,
            skew_start,
            skew_end,
            subject_rollovers,
            reference_rollovers,
        })
    }

    /// The values of W, W0, d, d0, runs, skew2 and U_ref, in this order.
    ///
    /// `skews` is Σ(E·σ)² over the ends of the runs, E the energy of the interval there and σ the
    /// skew of the stamps in s.
    fn symbols(&self, w: &Exact, w0: &Exact, runs: usize, skews: &Exact) -> Vec<Fraction> {
        let certificate = self.evidence.certificate.as_ref();
        let step = |meter: &Meter| Fraction::from(&(&meter.register.resolution * &meter.multiplier.factor()));
        let period = Exact::from(i64::from(self.evidence.period_seconds));
        vec![
            Fraction::from(w),
            Fraction::from(w0),
            step(&self.evidence.subject),
            step(&self.evidence.reference),
            Fraction::from(&Exact::new(runs, 0)),
            Fraction::new(skews, &(&period * &period)).unwrap_or_else(Fraction::zero),
            certificate.map_or_else(Fraction::zero, |c| Fraction::from(&c.u95_percent)),
        ]
    }
}

fn contiguous(slots: &[usize]) -> impl Iterator<Item = &[usize]> {
    slots.chunk_by(|a, b| a + 1 == *b)
}
