//! From two register series to intervals with both energies.

use devices::{Doubt, Quality};

use crate::evidence::{Evidence, Grid, Meter, Sample};
use crate::gate::Counter;
use crate::verdict::{Code, Reason};
use numbers::number::Exact;

use super::procedure::Procedure;

/// Both energies of one slot, in register units.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) subject: Step,
    pub(super) reference: Step,
}

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) energy: Exact,
    pub(super) rolled_over: bool,
}

/// The registers on the grid and what lies between.
pub(super) struct Paired<'a> {
    pub(super) grid: Grid,
    pub(super) subject: Vec<Option<&'a Sample>>,
    pub(super) reference: Vec<Option<&'a Sample>>,
    pub(super) slots: Vec<Result<Pair, Code>>,
}

pub(super) fn pair<'a>(procedure: &Procedure, evidence: &'a Evidence) -> Paired<'a> {
    let grid = Grid::new(evidence.window, evidence.period_seconds);
    let subject = grid.place(&evidence.subject.register.readings);
    let reference = grid.place(&evidence.reference.register.readings);
    let subject_rule = StepRule::of(procedure, &evidence.subject, evidence.period_seconds);
    let reference_rule = StepRule::of(procedure, &evidence.reference, evidence.period_seconds);
    let most_skew = &procedure.load().largest_skew_seconds;
    let slots = (0..grid.slots)
        .map(|slot| {
            let ends = [
                end(&subject, &reference, slot)?,
                end(&subject, &reference, slot + 1)?,
            ];
            let [(s0, r0), (s1, r1)] = ends;
            for (s, r) in ends {
                if s.0.quality_refused() || r.0.quality_refused() {
                    return Err(Code::ReadingNotGood);
                }
            }
            let step = |rule: &StepRule, a: Known<'_>, b: Known<'_>| rule.step(a.1, b.1);
            let pair = Pair {
                subject: step(&subject_rule, s0, s1)?,
                reference: step(&reference_rule, r0, r1)?,
            };
            for (s, r) in ends {
                if skew(s.0, r.0).abs() > *most_skew {
                    return Err(Code::ClockSkewTooLarge);
                }
            }
            Ok(pair)
        })
        .collect();
    Paired {
        grid,
        subject,
        reference,
        slots,
    }
}

/// Where one of the registers did not go on.
pub(super) fn resets(procedure: &Procedure, evidence: &Evidence, paired: &Paired<'_>) -> Vec<Reason> {
    let of = |meter: &Meter, readings: &[Option<&Sample>]| {
        let rule = StepRule::of(procedure, meter, evidence.period_seconds);
        let counter = Counter {
            meter: format!("{} ({})", meter.name, meter.device),
            readings,
            resolution: Some(&meter.register.resolution),
            modulus: rule.modulus.as_ref(),
            most: rule.most.as_ref(),
            scale: watt_seconds(),
        };
        counter.reset()
    };
    let found = [
        of(&evidence.subject, &paired.subject),
        of(&evidence.reference, &paired.reference),
    ];
    found.into_iter().flatten().collect()
}

/// A sample and its value.
type Known<'a> = (&'a Sample, &'a Exact);

fn end<'a>(
    subject: &[Option<&'a Sample>],
    reference: &[Option<&'a Sample>],
    index: usize,
) -> Result<(Known<'a>, Known<'a>), Code> {
    let known = |list: &[Option<&'a Sample>]| {
        let sample = list.get(index).copied().flatten().ok_or(Code::ReadingMissing)?;
        let value = sample.value.as_ref().ok_or(Code::ReadingNotGood)?;
        Ok((sample, value))
    };
    Ok((known(subject)?, known(reference)?))
}

impl Sample {
    /// A register that went backwards is judged by [`StepRule`], not by whoever doubted it first.
    fn quality_refused(&self) -> bool {
        !matches!(
            self.quality,
            Quality::Good | Quality::Uncertain(Doubt::RegisterWentBackwards)
        )
    }
}

/// True time of the first minus that of the second, in s.
pub(super) fn skew(first: &Sample, second: &Sample) -> Exact {
    Exact::new(first.taken.as_nanosecond() - second.taken.as_nanosecond(), -9).normalized()
}

/// What a register may add in one interval.
struct StepRule {
    /// Its last digit may waver by one.
    resolution: Exact,
    modulus: Option<Exact>,
    /// Largest plausible step in register units times 3.6·10⁶, `None` if the nameplate lacks it.
    most: Option<Exact>,
}

/// W·s in a kWh.
fn watt_seconds() -> Exact {
    Exact::new(36, 5)
}

impl StepRule {
    fn of(procedure: &Procedure, meter: &Meter, period_seconds: u32) -> Self {
        let most = meter
            .maximum_current
            .as_ref()
            .zip(meter.reference_voltage.as_ref())
            .map(|(current, voltage)| {
                let secondary = &(current * voltage) * &Exact::from(i64::from(meter.phases));
                let m = &meter.multiplier;
                let power = if m.registers_are_primary {
                    &secondary * &(&m.current_ratio * &m.voltage_ratio)
                } else {
                    secondary
                };
                let energy =
                    &(&power * &Exact::from(i64::from(period_seconds))) * &procedure.load().plausible_step;
                // One digit more than consumed may appear: the register moves in steps.
                &energy + &(&meter.register.resolution * &watt_seconds())
            });
        Self {
            resolution: meter.register.resolution.clone(),
            modulus: meter.register.modulus.clone(),
            most,
        }
    }

    fn plausible(&self, step: &Exact) -> bool {
        self.most
            .as_ref()
            .is_some_and(|most| &(step * &watt_seconds()) <= most)
    }

    fn step(&self, before: &Exact, after: &Exact) -> Result<Step, Code> {
        let difference = after - before;
        // A digit that falls back and comes again adds nothing: both steps count, or the way up alone would.
        if difference.is_negative() && difference.abs() <= self.resolution {
            return Ok(Step {
                energy: difference,
                rolled_over: false,
            });
        }
        if !difference.is_negative() {
            return if self.most.is_none() || self.plausible(&difference) {
                Ok(Step {
                    energy: difference,
                    rolled_over: false,
                })
            } else {
                Err(Code::ImplausibleStep)
            };
        }
        let Some(modulus) = &self.modulus else {
            return Err(Code::EpochChanged);
        };
        let rolled = &difference + modulus;
        if !rolled.is_negative() && self.plausible(&rolled) {
            Ok(Step {
                energy: rolled,
                rolled_over: true,
            })
        } else {
            Err(Code::EpochChanged)
        }
    }
}
