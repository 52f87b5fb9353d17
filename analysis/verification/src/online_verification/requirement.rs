//! What a run needs before it can start.

use devices::{DeviceId, PointName, SeriesId, Window};
use serde::Serialize;

use super::procedure::Procedure;
use crate::evidence::{LoadSource, current_points};

/// A wish: which meters, when, how often they are read.
#[derive(Clone, Debug)]
pub struct Plan {
    pub subject: DeviceId,
    pub reference: DeviceId,
    pub subject_phases: u8,
    pub reference_phases: u8,
    /// Which meter's current and power factor sort the intervals.
    pub load: LoadSource,
    pub window: Window,
    pub period_seconds: u32,
}

/// One series that must be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeriesNeed {
    pub series: SeriesId,
    /// Fewer good readings than this cannot reach the required coverage.
    pub least_samples: u64,
}

/// What [`super::verify`] will need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The plan's window, shrunk to the grid of the period; the one that evidence carries.
    pub window: Window,
    /// What to fetch: longer by one period, because the reading at the end belongs to it.
    pub fetch: Window,
    pub period_seconds: u32,
    pub register_subject: SeriesNeed,
    pub register_reference: SeriesNeed,
    pub currents: Vec<SeriesNeed>,
    pub power_factor: SeriesNeed,
    pub largest_gap_seconds: u64,
    /// Readings of the error that every bin needs.
    pub least_windows: usize,
}

/// The requirement of a plan; `None` when the window holds no whole period.
pub fn requirement(procedure: &Procedure, plan: &Plan) -> Option<Requirement> {
    let step = i64::from(plan.period_seconds);
    if step == 0 {
        return None;
    }
    let ceil = |time: jiff::Timestamp| {
        let (whole, part) = (time.as_second(), time.subsec_nanosecond());
        let whole = if part > 0 { whole + 1 } else { whole };
        whole.div_euclid(step) * step + if whole.rem_euclid(step) == 0 { 0 } else { step }
    };
    let from = ceil(plan.window.from);
    let to = plan.window.to.as_second().div_euclid(step) * step;
    if to <= from {
        return None;
    }
    let at = |second: i64| jiff::Timestamp::from_second(second).ok();
    let window = Window::new(at(from)?, at(to)?)?;
    let fetch = Window::new(at(from)?, at(to.checked_add(step)?)?)?;
    let expected = u64::try_from((to - from) / step).ok()?;
    // The share is a decimal with few digits; its product is rounded up.
    let share = &procedure.coverage().least * &numbers::number::Exact::new(expected, 0);
    let least_samples = numbers::rounding::Interval::power_of_ten(0)
        .round_by(&share, numbers::rounding::Method::Up)
        .value()
        .to_string()
        .parse()
        .unwrap_or(expected);
    let need = |device: &DeviceId, point: &str| {
        Some(SeriesNeed {
            series: SeriesId::new(device.clone(), PointName::new(point).ok()?),
            least_samples,
        })
    };
    let (load, phases) = match plan.load {
        LoadSource::Subject => (&plan.subject, plan.subject_phases),
        LoadSource::Reference => (&plan.reference, plan.reference_phases),
    };
    Some(Requirement {
        window,
        fetch,
        period_seconds: plan.period_seconds,
        register_subject: need(&plan.subject, "energy.active.import")?,
        register_reference: need(&plan.reference, "energy.active.import")?,
        currents: current_points(phases)
            .iter()
            .map(|point| need(load, point))
            .collect::<Option<_>>()?,
        power_factor: need(load, "power.factor")?,
        largest_gap_seconds: procedure.coverage().largest_gap_seconds,
        least_windows: procedure.repeats().least,
    })
}
