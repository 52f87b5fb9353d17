//! An estimation in the digits that it means: figures end where their uncertainties do.

use devices::Window;
use estimation::{Answer, Belief, Estimate, Finding, MeterError};
use numbers::number::Exact;
use numbers::rounding::{Interval, Method, UncertaintyRounding, round_result};
use uncertainty::document::Text;

use super::body::{
    ErrorEstimateBody, EstimateFinding, EstimatedBalance, EstimatedError, EstimatedFigure, EstimatedMeter,
    FORMAT,
};
use crate::instrument::wire::InstrumentRef;

/// No figure is shown finer than thousandths.
const FINEST: i32 = -3;
/// Energies and shares without an uncertainty of their own.
const HUNDREDTHS: i32 = -2;

/// `None` if a figure is no number or a finding has no code.
pub(super) fn body(
    master: InstrumentRef,
    meters: &[InstrumentRef],
    window: Window,
    interval_seconds: i64,
    found: &Answer,
    window_limits: Vec<Text>,
) -> Option<ErrorEstimateBody> {
    let ranked = found.ranking().into_iter().chain(found.open());
    let shown = ranked.map(|place| meter(meters.get(place)?, found.meters.get(place)?));
    let limits = found.limits.iter().cloned().chain(window_limits);
    Some(ErrorEstimateBody {
        format: FORMAT,
        master,
        window: window.into(),
        interval_seconds: u32::try_from(interval_seconds).ok()?,
        intervals: found.intervals,
        meters: shown.collect::<Option<_>>()?,
        balance: balance(found)?,
        findings: found
            .findings
            .iter()
            .map(|one| finding(meters, one))
            .collect::<Option<_>>()?,
        limits: limits.map(Into::into).collect(),
        hidden_master_error_percent: figure(100.0 * found.hidden_master_error, HUNDREDTHS),
    })
}

fn meter(instrument: &InstrumentRef, found: &MeterError) -> Option<EstimatedMeter> {
    let error = match &found.judged {
        Some(judged) => Some(error(judged)?),
        None => None,
    };
    Some(EstimatedMeter {
        instrument: instrument.clone(),
        error,
        suspect: found.suspect,
        identifiability: found.identifiability.text().into(),
        advice: found.advice.iter().map(|one| one.text().into()).collect(),
        energy_kwh: figure(found.energy, HUNDREDTHS)?,
        share_percent: figure(percent(found.share), HUNDREDTHS)?,
        missing: found.missing,
        resets: found.resets,
        negative: found.negative,
    })
}

fn percent(share: f64) -> f64 {
    100.0 * share
}

fn error(found: &Belief) -> Option<EstimatedError> {
    let error = Shown::new(percent(found.error), percent(found.uncertainty))?;
    let drift = found.drift_per_year.map(|drift| Estimate {
        value: percent(drift.value),
        uncertainty: percent(drift.uncertainty),
    });
    Some(EstimatedError {
        low_percent: figure(percent(found.low), error.last)?,
        high_percent: figure(percent(found.high), error.last)?,
        error_percent: error.value,
        uncertainty_percent: error.uncertainty,
        wrong_probability: figure(found.wrong_probability, FINEST)?,
        drift_percent_per_year: match drift {
            Some(drift) => Some(with_uncertainty(drift)?),
            None => None,
        },
    })
}

fn balance(found: &Answer) -> Option<EstimatedBalance> {
    let balance = &found.balance;
    Some(EstimatedBalance {
        master_kwh: figure(balance.master, HUNDREDTHS)?,
        sum_kwh: figure(balance.sum, HUNDREDTHS)?,
        difference_kwh: figure(balance.difference, HUNDREDTHS)?,
        meter_errors_kwh: with_uncertainty(balance.meter_errors)?,
        variable_loss_kwh: with_uncertainty(balance.variable_loss)?,
        fixed_loss_kwh: with_uncertainty(balance.fixed_loss)?,
        loss_kwh: with_uncertainty(balance.loss)?,
        unaccounted_kwh: with_uncertainty(balance.unaccounted)?,
    })
}

fn finding(meters: &[InstrumentRef], found: &Finding) -> Option<EstimateFinding> {
    let named = |place: Option<usize>| place.and_then(|place| meters.get(place)).cloned();
    let code = serde_json::to_value(found.kind).ok()?;
    Some(EstimateFinding {
        code: code.as_str()?.to_owned(),
        meter: named(found.meter),
        other: named(found.other),
        text: found.text.clone().into(),
    })
}

/// A figure and its uncertainty, both ending at the second digit of the uncertainty or at the thousandths.
struct Shown {
    value: String,
    uncertainty: String,
    /// The power of ten that they end at.
    last: i32,
}

impl Shown {
    fn new(value: f64, uncertainty: f64) -> Option<Self> {
        let (value, uncertainty) = (Exact::from_f64(value)?, Exact::from_f64(uncertainty)?);
        let rounded = round_result(&value, &uncertainty, UncertaintyRounding::HalfEven, Some(2)).ok();
        // Rounded once: what would end beyond the thousandths is rounded anew, from the figures themselves.
        if let Some(rounded) = rounded.filter(|one| one.uncertainty.value().exponent() >= FINEST) {
            return Some(Self {
                value: rounded.value.to_string(),
                uncertainty: rounded.uncertainty.to_string(),
                last: rounded.uncertainty.value().exponent(),
            });
        }
        let finest = Interval::power_of_ten(FINEST);
        Some(Self {
            value: finest.round(&value).to_string(),
            uncertainty: finest.round_by(&uncertainty, Method::Up).to_string(),
            last: FINEST,
        })
    }
}

fn with_uncertainty(estimate: Estimate) -> Option<EstimatedFigure> {
    Shown::new(estimate.value, estimate.uncertainty).map(|shown| EstimatedFigure {
        value: shown.value,
        uncertainty: shown.uncertainty,
    })
}

fn figure(value: f64, last: i32) -> Option<String> {
    Exact::from_f64(value).map(|value| Interval::power_of_ten(last).round(&value).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_end_where_their_uncertainties_do() {
        for (value, uncertainty, shown) in [
            (-1.802_345_678, 0.212_3, ("-1.80", "0.21")),
            (0.000_4, 0.000_2, ("0.000", "0.001")),
            (-0.004, 0.21, ("0.00", "0.21")),
            (12.5, 0.0, ("12.500", "0.000")),
            (123_456.7, 1_234.5, ("123500", "1200")),
            (0.1 + 0.2, 0.099_6, ("0.30", "0.10")),
        ] {
            let found = Shown::new(value, uncertainty).unwrap();
            assert_eq!((found.value.as_str(), found.uncertainty.as_str()), shown);
        }
        assert_eq!(figure(f64::INFINITY, FINEST), None);
        assert_eq!(figure(0.999_96, FINEST).as_deref(), Some("1.000"));
    }
}
