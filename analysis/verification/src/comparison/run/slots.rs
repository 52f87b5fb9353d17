//! Which slots count, and the value of every series in each.
//!
//! A slot is a nominal time for indications, and the interval between two of them for registers.

use std::borrow::Cow;

use devices::Quality;
use jiff::Timestamp;
use numbers::number::{Exact, Fraction};
use numbers::register::{NotCounted, Register};

use super::inputs::Inputs;
use super::series::InputSeries;
use crate::comparison::rules::ComparisonRules;
use crate::conclusion::{Code, SlotCount};
use crate::evidence::{Grid, Role, Sample};
use crate::gate::reset::counts;

/// The slots of a run; evidence that does not fit has none that counts.
pub(super) struct Slots<'a> {
    pub(super) grid: Grid,
    /// Whether slots are intervals.
    pub(super) intervals: bool,
    pub(super) states: Vec<Result<(), Code>>,
    /// By series, then by slot, in the unit of the symbol; `None` where the state is an error.
    pub(super) values: Vec<Vec<Option<Cow<'a, Exact>>>>,
    /// By series: slots in which a register passed its modulus.
    pub(super) rollovers: Vec<Vec<usize>>,
    /// By series, then by grid time: as it was read.
    pub(super) placed: Vec<Vec<Option<&'a Sample>>>,
    /// The series that are the registers of both sides.
    registers: Option<(usize, usize)>,
}

impl<'a> Slots<'a> {
    /// All slots out, for one reason.
    pub(super) fn none(grid: Grid, code: Code) -> Self {
        Self {
            grid,
            intervals: false,
            states: vec![Err(code); grid.slots],
            values: Vec::new(),
            rollovers: Vec::new(),
            placed: Vec::new(),
            registers: None,
        }
    }

    pub(super) fn of(rules: &ComparisonRules, grid: Grid, inputs: &'a Inputs<'a>) -> Self {
        let series = &inputs.series;
        let intervals = rules.reader.intervals();
        let mut found = Self {
            grid,
            intervals,
            states: Vec::with_capacity(grid.slots),
            values: vec![Vec::with_capacity(grid.slots); series.len()],
            rollovers: vec![Vec::new(); series.len()],
            placed: series.iter().map(|s| grid.place(s.readings)).collect(),
            registers: inputs
                .register(Role::Subject)
                .zip(inputs.register(Role::Reference)),
        };
        let sampling = &rules.sampling;
        let placed = std::mem::take(&mut found.placed);
        let reader = SlotReader {
            skew: nanoseconds(&sampling.largest_skew_seconds),
            delay: sampling.largest_delay_seconds.as_ref().map(nanoseconds),
            series,
            placed: &placed,
            steady: sampling.stable.as_ref().and_then(|stable| {
                let most = stable.most.exact(&inputs.base).ok()?;
                let index = series.iter().position(|s| s.symbol == stable.symbol)?;
                Some((index, most))
            }),
        };
        for slot in 0..grid.slots {
            let state = if intervals {
                reader.interval(slot)
            } else {
                reader.indication(slot)
            };
            found.push(slot, state);
        }
        found.placed = placed;
        found
    }

    fn push(&mut self, slot: usize, state: Row<'a>) {
        match state {
            Ok(values) => {
                self.states.push(Ok(()));
                for (index, value) in values.into_iter().enumerate() {
                    if value.rolled_over {
                        self.rollovers[index].push(slot);
                    }
                    self.values[index].push(Some(value.amount));
                }
            }
            Err(code) => {
                self.states.push(Err(code));
                self.values.iter_mut().for_each(|column| column.push(None));
            }
        }
    }

    /// The value of a series in a slot that counts.
    pub(super) fn value(&self, series: usize, slot: usize) -> Option<&Exact> {
        self.values.get(series)?.get(slot)?.as_deref()
    }

    /// What both registers added in every slot that counts.
    pub(super) fn pairs(&self) -> Vec<(&Exact, &Exact)> {
        let Some((subject, reference)) = self.registers else {
            return Vec::new();
        };
        let slots = 0..self.states.len();
        slots
            .filter_map(|slot| self.value(subject, slot).zip(self.value(reference, slot)))
            .collect()
    }

    /// Both registers as they were read at a grid time.
    pub(super) fn registers_at(&self, index: usize) -> Option<(&'a Sample, &'a Sample)> {
        let (subject, reference) = self.registers?;
        let at = |series: usize| self.placed.get(series)?.get(index).copied().flatten();
        at(subject).zip(at(reference))
    }

    /// How often each register rolled over within some slots.
    pub(super) fn rollovers_within(&self, slots: &[usize]) -> (u32, u32) {
        let count = |series: usize| {
            let rolled = self.rollovers.get(series).map_or(&[] as &[usize], Vec::as_slice);
            let within = rolled.iter().filter(|slot| slots.contains(slot)).count();
            u32::try_from(within).unwrap_or(u32::MAX)
        };
        let (subject, reference) = self.registers.unwrap_or((usize::MAX, usize::MAX));
        (count(subject), count(reference))
    }

    pub(super) fn covered(&self) -> usize {
        self.states.iter().filter(|s| s.is_ok()).count()
    }

    pub(super) fn count(&self, used: usize) -> SlotCount {
        let whole = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let expected = self.states.len();
        let longest = self
            .states
            .chunk_by(|a, b| a.is_ok() == b.is_ok())
            .filter(|run| run.first().is_some_and(Result::is_err))
            .map(<[_]>::len)
            .max()
            .unwrap_or(0);
        // Between two indications there is one step more than indications missing.
        let steps = longest + usize::from(longest > 0 && !self.intervals);
        let period = u64::try_from(self.grid.period()).unwrap_or(0);
        SlotCount {
            expected: whole(expected),
            used: whole(used),
            excluded: whole(expected - used),
            coverage: format!("{}/{expected}", self.covered()),
            largest_gap_seconds: period.saturating_mul(steps as u64),
        }
    }
}

struct SlotReader<'r, 'a> {
    /// Permitted, in ns.
    skew: i128,
    delay: Option<i128>,
    series: &'a [InputSeries<'a>],
    placed: &'r [Vec<Option<&'a Sample>>],
    /// The series that must be steady and by how much, in its unit.
    steady: Option<(usize, Fraction)>,
}

/// What one series says of one slot.
struct Amount<'a> {
    amount: Cow<'a, Exact>,
    rolled_over: bool,
}

type Row<'a> = Result<Vec<Amount<'a>>, Code>;

impl<'a> SlotReader<'_, 'a> {
    /// The values of all series at a grid time, each usable, read close enough in time.
    fn at(&self, index: usize) -> Result<Vec<&'a Exact>, Code> {
        let mut found = Vec::with_capacity(self.series.len());
        let (mut first, mut last) = (None::<Timestamp>, None::<Timestamp>);
        let mut late = false;
        for (series, placed) in self.series.iter().zip(self.placed) {
            let sample = placed.get(index).copied().flatten().ok_or(Code::ReadingMissing)?;
            let good = sample.quality == Quality::Good || (series.register.is_some() && counts(sample));
            let value = sample.value.as_ref().filter(|_| good);
            found.push(value.ok_or(Code::ReadingNotGood)?);
            late |= self
                .delay
                .is_some_and(|most| apart(sample.taken, sample.nominal) > most);
            first = Some(first.map_or(sample.taken, |t| t.min(sample.taken)));
            last = Some(last.map_or(sample.taken, |t| t.max(sample.taken)));
        }
        if late {
            return Err(Code::ReadingLate);
        }
        if let (Some(first), Some(last)) = (first, last)
            && apart(last, first) > self.skew
        {
            return Err(Code::ClockSkewTooLarge);
        }
        Ok(found)
    }

    /// Whether the series that must be steady moved too far.
    fn unsteady(&self, before: &[&Exact], after: &[&Exact]) -> bool {
        self.steady.as_ref().is_some_and(|(index, most)| {
            let series = &self.series[*index];
            let moved = (&*series.scaled(after[*index]) - &*series.scaled(before[*index])).abs();
            Fraction::from(&moved) > *most
        })
    }

    fn indication(&self, slot: usize) -> Row<'a> {
        let row = self.at(slot)?;
        if self.steady.is_some() {
            // Without a neighbour nothing says that the load was steady.
            let before = slot.checked_sub(1).and_then(|s| self.at(s).ok());
            if before.is_none_or(|before| self.unsteady(&before, &row)) {
                return Err(Code::LoadUnsteady);
            }
        }
        let scaled = self.series.iter().zip(row).map(|(series, value)| Amount {
            amount: series.scaled(value),
            rolled_over: false,
        });
        Ok(scaled.collect())
    }

    fn interval(&self, slot: usize) -> Row<'a> {
        let (start, end) = (self.at(slot)?, self.at(slot + 1)?);
        if self.unsteady(&start, &end) {
            return Err(Code::LoadUnsteady);
        }
        let half = Exact::new(5, -1);
        let values = self.series.iter().zip(start.into_iter().zip(end));
        values
            .map(|(series, (a, b))| match &series.register {
                Some(register) => step(series, register, a, b),
                None => Ok(Amount {
                    amount: Cow::Owned(series.scaled(&(&(a + b) * &half)).into_owned()),
                    rolled_over: false,
                }),
            })
            .collect()
    }
}

fn step<'a>(
    series: &InputSeries<'_>,
    register: &Register,
    before: &Exact,
    after: &Exact,
) -> Result<Amount<'a>, Code> {
    let step = register.step(before, after, 1).map_err(|not| match not {
        NotCounted::Implausible => Code::ImplausibleStep,
        NotCounted::WentBack => Code::EpochChanged,
    })?;
    Ok(Amount {
        amount: Cow::Owned(series.scaled(&step.amount).into_owned()),
        rolled_over: step.rolled_over,
    })
}

/// A permitted time in whole ns: a difference of stamps above it is above the time itself.
fn nanoseconds(seconds: &Exact) -> i128 {
    let (scaled, unit, _) = seconds.scaled(9).aligned(&Exact::from(1));
    i128::try_from(scaled / unit).unwrap_or(i128::MAX)
}

fn apart(later: Timestamp, earlier: Timestamp) -> i128 {
    later.as_nanosecond() - earlier.as_nanosecond()
}
