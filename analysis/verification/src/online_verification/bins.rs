//! Sorting intervals by the load at both of their ends.

use devices::Quality;

use crate::evidence::{Evidence, Grid, LoadSource, PowerFactorSign, Sample};
use crate::mpe::MpeRow;
use crate::verdict::Code;
use numbers::number::Exact;
use numbers::rounding::Interval;
use uncertainty::document::Text;

use super::procedure::{Character, Procedure};
use crate::procedure::PowerFactorBin;

/// One control point with its own limit.
pub(super) struct Bin<'a> {
    pub(super) name: String,
    pub(super) power_factor: &'a PowerFactorBin,
    pub(super) row: &'a MpeRow,
    pub(super) limit: &'a Exact,
    pub(super) interval: &'a Interval,
}

impl Bin<'_> {
    pub(super) fn title(&self, direct: bool) -> Text {
        let base = if direct { "Ib" } else { "In" };
        let (zh, en) = match self.power_factor.character {
            Character::Any => ("", ""),
            Character::Inductive => ("（感性）", " inductive"),
            Character::Capacitive => ("（容性）", " capacitive"),
        };
        let current = match &self.row.current_to {
            Some(to) => format!("{}{base}≤I<{to}{base}", self.row.current_from),
            None => format!("{}{base}≤I≤Imax", self.row.current_from),
        };
        let pf = &self.power_factor;
        let upper = if pf.to == Exact::from(1) { "≤" } else { "<" };
        let factor = format!("{}≤|cosφ|{upper}{}", pf.from, pf.to);
        Text::new(
            format!("{current}，{factor}{zh}"),
            format!("{current}, {factor}{en}"),
        )
    }
}

/// All bins of this meter, in the order of the procedure; none if the table has no limit for it.
pub(super) fn bins<'a>(procedure: &'a Procedure, evidence: &'a Evidence) -> Vec<Bin<'a>> {
    let meter = &evidence.subject;
    let (Some(class), Some(connection)) = (meter.accuracy_class.as_deref(), meter.connection) else {
        return Vec::new();
    };
    let Some(interval) = procedure.table().interval(class) else {
        return Vec::new();
    };
    procedure
        .power_factors()
        .iter()
        .flat_map(|pf| {
            procedure
                .table()
                .rows_for(class, connection, &pf.point)
                .map(move |(row, limit)| Bin {
                    name: match &row.current_to {
                        Some(to) => format!("i{}-{to}/{}", row.current_from, pf.name),
                        None => format!("i{}-max/{}", row.current_from, pf.name),
                    },
                    power_factor: pf,
                    row,
                    limit,
                    interval,
                })
        })
        .collect()
}

/// The load on the grid.
pub(super) struct Loads<'a> {
    evidence: &'a Evidence,
    unbalance: &'a Exact,
    currents: Vec<Vec<Option<&'a Sample>>>,
    power_factor: Vec<Option<&'a Sample>>,
}

impl<'a> Loads<'a> {
    pub(super) fn of(procedure: &'a Procedure, evidence: &'a Evidence, grid: Grid) -> Self {
        let load = &evidence.load;
        Self {
            evidence,
            unbalance: &procedure.load().unbalance,
            currents: load.currents.iter().map(|s| grid.place(&s.readings)).collect(),
            power_factor: grid.place(&load.power_factor.readings),
        }
    }

    /// The bin at every grid time.
    pub(super) fn sort(&self, bins: &[Bin<'_>]) -> Vec<Result<usize, Code>> {
        (0..self.power_factor.len())
            .map(|index| self.bin_at(bins, index))
            .collect()
    }

    fn bin_at(&self, bins: &[Bin<'_>], index: usize) -> Result<usize, Code> {
        let factor = good(&self.power_factor, index)?;
        let mut sum = Exact::zero();
        let (mut least, mut most): (Option<&Exact>, Option<&Exact>) = (None, None);
        for phase in &self.currents {
            let value = good(phase, index)?;
            sum = &sum + value;
            least = Some(least.map_or(value, |l| l.min(value)));
            most = Some(most.map_or(value, |m| m.max(value)));
        }
        let phases = Exact::new(self.currents.len(), 0);
        if let (Some(least), Some(most)) = (least, most)
            && &(most - least) * &phases > self.unbalance * &sum
        {
            return Err(Code::LoadUnbalanced);
        }
        let subject = &self.evidence.subject;
        let (Some(base), Some(maximum)) = (&subject.basic_current, &subject.maximum_current) else {
            return Err(Code::NameplateIncomplete);
        };
        // All in primary amperes, times the number of phases: nothing is divided.
        let source = match self.evidence.load.source {
            LoadSource::Subject => &subject.multiplier,
            LoadSource::Reference => &self.evidence.reference.multiplier,
        };
        let current = if source.registers_are_primary {
            sum
        } else {
            &sum * &source.current_ratio
        };
        let scale = &subject.multiplier.current_ratio * &phases;
        let multiple = |of: &Exact| of * &(base * &scale);
        if current > maximum * &scale {
            return Err(Code::CurrentAboveMaximum);
        }
        let mut in_factor = bins
            .iter()
            .enumerate()
            .filter(|(_, bin)| self.lies_in(factor, bin.power_factor))
            .peekable();
        if in_factor.peek().is_none() {
            return Err(Code::PowerFactorOutsideBins);
        }
        in_factor
            .find(|(_, bin)| {
                current >= multiple(&bin.row.current_from)
                    && bin
                        .row
                        .current_to
                        .as_ref()
                        .is_none_or(|to| current < multiple(to))
            })
            .map(|(index, _)| index)
            .ok_or(Code::CurrentBelowTable)
    }

    fn lies_in(&self, factor: &Exact, bin: &PowerFactorBin) -> bool {
        let negative = factor.is_negative();
        if negative && self.evidence.load.power_factor_sign == PowerFactorSign::NegativeIsReversed {
            return false;
        }
        let character = match bin.character {
            Character::Any => true,
            Character::Inductive => !negative,
            Character::Capacitive => negative,
        };
        let size = factor.abs();
        let one = Exact::from(1);
        character && size >= bin.from && (size < bin.to || (bin.to == one && size == one))
    }
}

fn good<'a>(series: &[Option<&'a Sample>], index: usize) -> Result<&'a Exact, Code> {
    series
        .get(index)
        .copied()
        .flatten()
        .filter(|sample| sample.quality == Quality::Good)
        .and_then(|sample| sample.value.as_ref())
        .ok_or(Code::LoadMissing)
}
