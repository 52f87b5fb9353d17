//! Which slots count, and the value of every series in each.
//!
//! A slot is a nominal time for indications, and the interval between two of them for registers.

use std::borrow::Cow;

use devices::{Doubt, Quality};

use super::fit::Fitted;
use crate::evidence::{Grid, Sample};
use crate::procedure::{Owner, Procedure, Reader, Sampling};
use crate::verdict::Code;
use numbers::number::{Exact, Fraction};

/// The slots of a run.
///
/// Evidence that does not fit has none that counts.
pub(super) struct Slots<'a> {
    pub(super) grid: Grid,
    /// Whether slots are intervals.
    pub(super) intervals: bool,
    pub(super) states: Vec<Result<(), Code>>,
    /// By series, then by slot; `None` where the state is an error.
    pub(super) values: Vec<Vec<Option<Cow<'a, Exact>>>>,
    /// Skew of the two registers at every grid time, in s.
    pub(super) skews: Vec<Exact>,
}

pub(super) fn sampling(procedure: &Procedure) -> Option<(&Sampling, bool)> {
    match procedure.reader() {
        Reader::Indications(s) => Some((s, false)),
        Reader::Registers(s) => Some((s, true)),
        Reader::EnergyRegisters(_) => None,
    }
}

/// All slots out, for one reason.
pub(super) fn none<'a>(grid: Grid, code: Code) -> Slots<'a> {
    Slots {
        grid,
        intervals: false,
        states: vec![Err(code); grid.slots],
        values: Vec::new(),
        skews: Vec::new(),
    }
}

pub(super) fn slots<'a>(
    procedure: &'a Procedure,
    grid: Grid,
    series: &'a [Fitted<'a>],
    base: &[Fraction],
) -> Slots<'a> {
    let Some((sampling, intervals)) = sampling(procedure) else {
        return none(grid, Code::EvidenceDoesNotFit);
    };
    let placed: Vec<_> = series.iter().map(|s| grid.place(&s.readings)).collect();
    let maker = Maker {
        skew: nanoseconds(&sampling.largest_skew_seconds),
        delay: sampling.largest_delay_seconds.as_ref().map(nanoseconds),
        series,
        placed,
        steady: sampling.stable.as_ref().and_then(|stable| {
            let most = stable.most.exact(base).ok()?;
            let index = series.iter().position(|s| s.symbol == stable.symbol)?;
            Some((index, most))
        }),
    };
    let mut found = Slots {
        grid,
        intervals,
        states: Vec::with_capacity(grid.slots),
        values: vec![Vec::with_capacity(grid.slots); series.len()],
        skews: if intervals {
            maker.skews(grid.slots)
        } else {
            Vec::new()
        },
    };
    for slot in 0..grid.slots {
        let state = if intervals {
            maker.interval(slot)
        } else {
            maker.indication(slot)
        };
        match state {
            Ok(values) => {
                found.states.push(Ok(()));
                for (column, value) in found.values.iter_mut().zip(values) {
                    column.push(Some(value));
                }
            }
            Err(code) => {
                found.states.push(Err(code));
                found.values.iter_mut().for_each(|column| column.push(None));
            }
        }
    }
    found
}

struct Maker<'a> {
    /// Permitted, in ns.
    skew: i128,
    delay: Option<i128>,
    series: &'a [Fitted<'a>],
    placed: Vec<Vec<Option<&'a Sample>>>,
    /// The series that must be steady and by how much, in its unit.
    steady: Option<(usize, Fraction)>,
}

type Row<'a> = Result<Vec<Cow<'a, Exact>>, Code>;

impl<'a> Maker<'a> {
    /// The samples of all series at a grid time, each usable, close enough in time.
    fn at(&self, index: usize) -> Result<Vec<(&'a Sample, &'a Exact)>, Code> {
        let mut found = Vec::with_capacity(self.series.len());
        let (mut first, mut last) = (None::<jiff::Timestamp>, None::<jiff::Timestamp>);
        for (series, placed) in self.series.iter().zip(&self.placed) {
            let sample = placed.get(index).copied().flatten().ok_or(Code::ReadingMissing)?;
            let back = series.register && sample.quality == Quality::Uncertain(Doubt::RegisterWentBackwards);
            let value = sample
                .value
                .as_ref()
                .filter(|_| sample.quality == Quality::Good || back);
            found.push((sample, value.ok_or(Code::ReadingNotGood)?));
            first = Some(first.map_or(sample.taken, |t| t.min(sample.taken)));
            last = Some(last.map_or(sample.taken, |t| t.max(sample.taken)));
        }
        if let Some(most) = self.delay
            && found.iter().any(|(s, _)| apart(s.taken, s.nominal) > most)
        {
            return Err(Code::ReadingLate);
        }
        if let (Some(first), Some(last)) = (first, last)
            && apart(last, first) > self.skew
        {
            return Err(Code::ClockSkewTooLarge);
        }
        Ok(found)
    }

    fn indication(&self, slot: usize) -> Row<'a> {
        let row = self.at(slot)?;
        if let Some((index, most)) = &self.steady {
            let before = slot.checked_sub(1).and_then(|s| self.at(s).ok());
            let moved = before.map(|b| (row[*index].1 - b[*index].1).abs());
            // Without a neighbour nothing says that the load was steady.
            if moved.is_none_or(|m| Fraction::from(&m) > *most) {
                return Err(Code::LoadUnsteady);
            }
        }
        Ok(row.into_iter().map(|(_, value)| Cow::Borrowed(value)).collect())
    }

    fn interval(&self, slot: usize) -> Row<'a> {
        let (start, end) = (self.at(slot)?, self.at(slot + 1)?);
        if let Some((index, most)) = &self.steady {
            let moved = (end[*index].1 - start[*index].1).abs();
            if Fraction::from(&moved) > *most {
                return Err(Code::LoadUnsteady);
            }
        }
        let half = Exact::new(5, -1);
        let values = self.series.iter().zip(start.iter().zip(&end));
        values
            .map(|(series, ((_, a), (_, b)))| {
                if series.register {
                    step(series, a, b).map(Cow::Owned)
                } else {
                    Ok(Cow::Owned(&(*a + *b) * &half))
                }
            })
            .collect()
    }

    /// True time of the subject's register minus that of the reference's, at every grid time.
    fn skews(&self, slots: usize) -> Vec<Exact> {
        let register = |of: Owner| self.series.iter().position(|s| s.register && s.of == of);
        let (Some(subject), Some(reference)) = (register(Owner::Subject), register(Owner::Reference)) else {
            return vec![Exact::zero(); slots + 1];
        };
        let at = |series: usize, index: usize| self.placed[series].get(index).copied().flatten();
        (0..=slots)
            .map(|i| match (at(subject, i), at(reference, i)) {
                (Some(s), Some(r)) => seconds(s.taken, r.taken),
                _ => Exact::zero(),
            })
            .collect()
    }
}

/// A permitted time in whole ns: a difference of stamps above it is above the time itself.
fn nanoseconds(seconds: &Exact) -> i128 {
    let (scaled, unit, _) = seconds.scaled(9).aligned(&Exact::from(1));
    i128::try_from(scaled / unit).unwrap_or(i128::MAX)
}

fn apart(later: jiff::Timestamp, earlier: jiff::Timestamp) -> i128 {
    later.as_nanosecond() - earlier.as_nanosecond()
}

fn seconds(later: jiff::Timestamp, earlier: jiff::Timestamp) -> Exact {
    Exact::new(later.as_nanosecond() - earlier.as_nanosecond(), -9)
}

/// What a register added; a difference below zero counts only as a last digit that wavers (it comes again: without the
/// way down, the way up alone would count) or as a plausible rollover.
fn step(series: &Fitted<'_>, before: &Exact, after: &Exact) -> Result<Exact, Code> {
    let plausible = |step: &Exact| series.largest_step.as_ref().is_some_and(|most| step <= most);
    let difference = after - before;
    let wavers = |least: &Exact| difference.is_negative() && difference.abs() <= *least;
    if series.resolution.as_ref().is_some_and(wavers) {
        return Ok(difference);
    }
    if !difference.is_negative() {
        return if series.largest_step.is_none() || plausible(&difference) {
            Ok(difference)
        } else {
            Err(Code::ImplausibleStep)
        };
    }
    let rolled = series.modulus.as_ref().map(|modulus| &difference + modulus);
    match rolled {
        Some(rolled) if !rolled.is_negative() && plausible(&rolled) => Ok(rolled),
        _ => Err(Code::EpochChanged),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of a register add up to what it counted, whatever its last digit did in between.
    #[test]
    fn a_last_digit_that_wavers_adds_nothing() {
        let exact = |text: &str| -> Exact { text.parse().unwrap() };
        let series = |resolution: Option<&str>| Fitted {
            symbol: 0,
            of: Owner::Subject,
            register: true,
            resolution: resolution.map(exact),
            modulus: Some(exact("1000")),
            largest_step: Some(exact("5")),
            readings: Cow::Borrowed(&[]),
        };
        let values = ["7.10", "7.09", "7.10", "7.09", "7.10", "9.35"].map(exact);
        let known = series(Some("0.01"));
        let total = values.windows(2).fold(Exact::zero(), |sum, pair| {
            &sum + &step(&known, &pair[0], &pair[1]).unwrap()
        });
        assert_eq!(total, exact("2.25"));
        // More than a digit, or a digit that nobody knows the size of, is no waver; a rollover stays one.
        assert_eq!(
            step(&known, &exact("7.10"), &exact("7.08")),
            Err(Code::EpochChanged)
        );
        assert_eq!(
            step(&series(None), &exact("7.10"), &exact("7.09")),
            Err(Code::EpochChanged)
        );
        assert_eq!(step(&known, &exact("999.50"), &exact("1.25")), Ok(exact("1.75")));
    }
}
