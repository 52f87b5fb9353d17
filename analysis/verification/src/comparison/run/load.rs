//! The load of energy meters: a plausible step of their registers, and the bins of current and cosφ.

use devices::{Connection, Quality};
use numbers::number::{Exact, Fraction};
use numbers::register::LargestStep;
use numbers::unit::Unit;

use super::series::{InputSeries, incomplete, instrument, misfit, unit_factor};
use crate::comparison::requirement::LOAD;
use crate::comparison::rules::{Bin, Character, ComparisonRules, EnergyRegisters, LoadRange};
use crate::conclusion::{Code, Reason};
use crate::evidence::{Evidence, Grid, Multiplier, Negative, Role, Sample};

/// W·s in a kWh.
fn watt_seconds() -> Exact {
    Exact::new(36, 5)
}

/// What the nameplate of one meter says of its load.
struct Meter<'a> {
    maximum_current: Exact,
    reference_voltage: Exact,
    phases: Exact,
    multiplier: &'a Multiplier,
}

/// Series of the load with both meters' nameplates.
pub(super) struct Load<'a> {
    subject: Meter<'a>,
    reference: Meter<'a>,
    /// Ib or In of the subject.
    basic_current: Exact,
    connection: Connection,
    /// Whose currents they are.
    of: Role,
    currents: Vec<&'a [Sample]>,
    power_factor: &'a [Sample],
    negative: Negative,
    unbalance: Exact,
}

impl<'a> Load<'a> {
    /// # Errors
    /// The first field that is missing or no nameplate has, the first series that does not fit.
    pub(super) fn of(
        energy: &EnergyRegisters,
        rules: &ComparisonRules,
        evidence: &'a Evidence,
        base: &[Fraction],
    ) -> Result<Self, Reason> {
        let value = |symbol: &str, field: &str| {
            let index = rules
                .symbols
                .index(symbol)
                .and_then(|index| base.get(index)?.decimal());
            index.filter(Exact::is_positive).ok_or_else(|| incomplete(field))
        };
        let meter = |role: Role, suffix: &str| {
            let field = |symbol: &str| format!("{}.{symbol}", role.name());
            let of = |symbol: &str| value(&format!("{symbol}{suffix}"), &field(&format!("{symbol}{suffix}")));
            Ok(Meter {
                maximum_current: of("I_max")?,
                reference_voltage: of("U_n")?,
                phases: of("phases")?,
                multiplier: instrument(evidence, role)
                    .multiplier
                    .as_ref()
                    .ok_or_else(|| incomplete(&field("multiplier")))?,
            })
        };
        let (subject, reference) = (meter(Role::Subject, "")?, meter(Role::Reference, "0")?);
        let [current_a, current_b, current_c, (cosine, _, _, _)] = LOAD;
        let factor = evidence.series.get(cosine);
        let factor = factor.ok_or_else(|| misfit(&format!("series {cosine}"), "is missing"))?;
        let negative = factor.negative;
        let negative =
            negative.ok_or_else(|| misfit(&format!("series {cosine}"), "does not say what a minus is"))?;
        let mut currents = Vec::new();
        for (symbol, _, unit, _) in [current_a, current_b, current_c] {
            let Some(series) = evidence.series.get(symbol) else {
                continue;
            };
            let refuse = |detail: &str| misfit(&format!("series {symbol}"), detail);
            if series.of != factor.of {
                return Err(refuse("and the power factor are of different meters"));
            }
            let own = unit_factor(&series.unit, &Unit::single(unit)).map_err(|e| refuse(&e))?;
            if own != Fraction::from(1) {
                return Err(refuse(&format!("unit {} must be {unit}", series.unit)));
            }
            currents.push(series.readings.as_slice());
        }
        let source = if factor.of == Role::Subject {
            &subject
        } else {
            &reference
        };
        if Exact::new(currents.len(), 0) != source.phases {
            return Err(incomplete("load.currents"));
        }
        Ok(Self {
            basic_current: value("I_b", "subject.I_b")?,
            connection: evidence
                .subject
                .connection
                .ok_or_else(|| incomplete("subject.connection"))?,
            of: factor.of,
            currents,
            power_factor: &factor.readings,
            negative,
            unbalance: energy.unbalance.clone(),
            subject,
            reference,
        })
    }

    /// Imax·U·phases·t bounds what a register can add, with one digit more: it moves in steps.
    pub(super) fn bound_registers(
        &self,
        energy: &EnergyRegisters,
        evidence: &Evidence,
        series: &mut [InputSeries<'_>],
    ) {
        for series in series {
            let meter = if series.of == Role::Subject {
                &self.subject
            } else {
                &self.reference
            };
            let Some(register) = &mut series.register else {
                continue;
            };
            let secondary = &(&meter.maximum_current * &meter.reference_voltage) * &meter.phases;
            let m = meter.multiplier;
            let power = if m.registers_are_primary {
                &secondary * &(&m.current_ratio * &m.voltage_ratio)
            } else {
                secondary
            };
            let per = watt_seconds();
            let period = Exact::from(i64::from(evidence.period_seconds));
            let energy = &(&power * &period) * &energy.plausible_step;
            let digit = register.resolution.as_ref().map(|step| step * &per);
            let most = digit.map_or(energy.clone(), |digit| &energy + &digit);
            register.largest = Some(LargestStep { most, per });
        }
    }

    /// Whether the limits of a bin are for this meter.
    pub(super) fn concerns(&self, bin: &Bin, class: Option<&str>) -> bool {
        let connection = bin.load.as_ref().map(|range| range.connection);
        connection == Some(self.connection) && bin.limits.of(class).is_some()
    }

    /// The bin at every grid time, as an index into `bins`.
    pub(super) fn sort(&self, bins: &[&Bin], grid: Grid) -> Vec<Result<usize, Code>> {
        let ranges: Vec<Bounds<'_>> = bins
            .iter()
            .filter_map(|bin| bin.load.as_ref())
            .map(|range| self.bounds(range))
            .collect();
        let currents: Vec<_> = self.currents.iter().map(|s| grid.place(s)).collect();
        let factors = grid.place(self.power_factor);
        (0..=grid.slots)
            .map(|index| {
                let factor = good(&factors, index)?;
                let phases: Vec<&Exact> = currents
                    .iter()
                    .map(|phase| good(phase, index))
                    .collect::<Result<_, _>>()?;
                self.bin_at(&ranges, &phases, factor)
            })
            .collect()
    }

    /// Everything in primary amperes times the number of phases: nothing is divided.
    fn scale(&self) -> Exact {
        &self.subject.multiplier.current_ratio * &Exact::new(self.currents.len(), 0)
    }

    fn bounds<'b>(&self, range: &'b LoadRange) -> Bounds<'b> {
        let base = &self.basic_current * &self.scale();
        Bounds {
            range,
            from: &range.current_from * &base,
            to: range.current_to.as_ref().map(|to| to * &base),
        }
    }

    fn bin_at(&self, ranges: &[Bounds<'_>], phases: &[&Exact], factor: &Exact) -> Result<usize, Code> {
        let sum = phases.iter().fold(Exact::zero(), |sum, phase| &sum + *phase);
        if let (Some(least), Some(most)) = (phases.iter().min(), phases.iter().max())
            && &(*most - *least) * &Exact::new(phases.len(), 0) > &self.unbalance * &sum
        {
            return Err(Code::LoadUnbalanced);
        }
        let source = match self.of {
            Role::Subject => self.subject.multiplier,
            Role::Reference | Role::Certificate => self.reference.multiplier,
        };
        let current = if source.registers_are_primary {
            sum
        } else {
            &sum * &source.current_ratio
        };
        if current > &self.subject.maximum_current * &self.scale() {
            return Err(Code::CurrentAboveMaximum);
        }
        let mut in_factor = ranges
            .iter()
            .enumerate()
            .filter(|(_, bounds)| self.lies_in(factor, bounds.range))
            .peekable();
        if in_factor.peek().is_none() {
            return Err(Code::PowerFactorOutsideBins);
        }
        in_factor
            .find(|(_, bounds)| current >= bounds.from && bounds.to.as_ref().is_none_or(|to| current < *to))
            .map(|(index, _)| index)
            .ok_or(Code::CurrentBelowTable)
    }

    fn lies_in(&self, factor: &Exact, range: &LoadRange) -> bool {
        let negative = factor.is_negative();
        if negative && self.negative == Negative::Reversed {
            return false;
        }
        let character = match range.character {
            Character::Any => true,
            Character::Inductive => !negative,
            Character::Capacitive => negative,
        };
        let size = factor.abs();
        let one = Exact::from(1);
        let below = size < range.factor_to || (range.factor_to == one && size == one);
        character && size >= range.factor_from && below
    }
}

/// A range with its bounds in primary amperes times the number of phases.
struct Bounds<'a> {
    range: &'a LoadRange,
    from: Exact,
    to: Option<Exact>,
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
