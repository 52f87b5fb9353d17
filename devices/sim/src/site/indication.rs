//! The number that an instrument shows: the truth, its error, and the step of its display.

use devices::profile::Point;
use devices::{Quantity, Unit};
use jiff::Timestamp;
use rust_decimal::Decimal;

use super::{Shows, SimDevice, Site};
use crate::fault::Distortion;
use crate::meter::Seen;
use crate::noise::white;

/// pJ in 0.001 Wh, the unit in which registers leave the counting of energy.
const PJ_PER_MILLI_WH: i128 = 3_600_000_000_000;

/// An exact value: `mantissa × 10^power` in the quantity's base unit (W, Wh, V, A, Pa, °C, …).
#[derive(Clone, Copy, Debug)]
struct Truth {
    mantissa: i128,
    power: i32,
}

/// Base units in this unit, as a power of ten; `None` for units that are no decimal multiple.
pub(super) fn power_of_ten(unit: Unit) -> Option<i32> {
    Some(match unit.symbol() {
        "MWh" | "MW" | "MPa" => 6,
        "bar" => 5,
        "kWh" | "kW" | "kV" | "kPa" | "kvar" | "kvarh" => 3,
        "mA" => -3,
        "W" | "Wh" | "V" | "A" | "Hz" | "Pa" | "°C" | "%RH" | "1" => 0,
        _ => return None,
    })
}

impl Site {
    /// What the device shows, a whole number of its steps.
    pub(super) fn indication(&self, device: &SimDevice, point: &Point, time: Timestamp) -> Decimal {
        let distortion = self.faults.distortion(&device.id, time);
        let time = distortion.stuck_at.unwrap_or(time);
        match self.truth(device, point, time, distortion) {
            Some(truth) => on_step(truth, point),
            None => self.fixed(point),
        }
    }

    fn truth(
        &self,
        device: &SimDevice,
        point: &Point,
        time: Timestamp,
        distortion: Distortion,
    ) -> Option<Truth> {
        match &device.shows {
            Shows::Ambient(curves) => {
                let shown = curves.get(point.name.as_str())?;
                let ambient = &self.ambients[shown.curve];
                let second = time.as_second();
                let noise = shown.noise * white(shown.seed, 22, second) / 1000;
                let mantissa = i128::from(ambient.at(second) + shown.offset + noise);
                Some(Truth {
                    mantissa,
                    power: power_of_ten(ambient.unit)? - 6,
                })
            }
            Shows::Meter(meter) => {
                if point.quantity == Quantity::ActiveEnergy {
                    let mut pj = self.meters.energy_pj(*meter, time);
                    if let Some(reset) = distortion.reset_at {
                        pj -= self.meters.energy_pj(*meter, reset.min(time));
                    }
                    return Some(Truth {
                        mantissa: pj / PJ_PER_MILLI_WH,
                        power: -3,
                    });
                }
                let minute = time.as_second().div_euclid(60);
                self.electric(&self.meters.seen(*meter, minute), point, minute)
            }
        }
    }

    fn electric(&self, seen: &Seen, point: &Point, minute: i64) -> Option<Truth> {
        let phase = match point.name.as_str().rsplit('.').next() {
            Some("b") => 1,
            Some("c") => 2,
            _ => 0,
        };
        let (voltage_mv, current_ua) = match seen.circuit {
            Some(circuit) => self.meters.circuits[circuit].phase(&seen.moment, phase, minute),
            None => (seen.moment.voltage_mv, seen.moment.current_ua),
        };
        let (mantissa, power) = match point.quantity {
            Quantity::ActivePower => (seen.indicated_uw, -6),
            Quantity::Voltage => (voltage_mv, -3),
            Quantity::Current => (current_ua, -6),
            Quantity::PowerFactor => (seen.moment.power_factor_e6, -6),
            Quantity::Frequency => (50_000 + crate::noise::smooth(1, 30, minute, 10) * 20 / 1000, -3),
            _ => return None,
        };
        Some(Truth {
            mantissa: i128::from(mantissa),
            power,
        })
    }

    /// What a point shows that nothing on the site moves: no flags, and the end of the range.
    fn fixed(&self, point: &Point) -> Decimal {
        match (point.quantity, point.name.as_str()) {
            (Quantity::Pressure, _) => Decimal::new(16_000, 1),
            _ => Decimal::ZERO,
        }
    }
}

/// Cut (not rounded: a register counts full steps) to the step of the point, in its unit.
fn on_step(truth: Truth, point: &Point) -> Decimal {
    let power = truth.power - power_of_ten(point.unit).unwrap_or(0);
    let step = point.scale.or(point.resolution).unwrap_or(Decimal::new(1, 6));
    // value / step = mantissa × 10^(power + scale of the step) / mantissa of the step
    let shift = power + step.scale() as i32;
    let ten = |exponent: i32| 10i128.pow(exponent.unsigned_abs().min(30));
    let steps = if shift >= 0 {
        (truth.mantissa * ten(shift)).div_euclid(step.mantissa())
    } else {
        truth.mantissa.div_euclid(ten(shift) * step.mantissa())
    };
    let value = Decimal::try_from_i128_with_scale(steps * step.mantissa(), step.scale()).unwrap_or_default();
    match point.modulus {
        Some(modulus) => {
            let mut value = value % modulus;
            value.rescale(step.scale());
            value
        }
        None => value,
    }
}
