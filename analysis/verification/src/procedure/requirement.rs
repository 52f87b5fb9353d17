//! What a procedure needs before it can run.

use devices::Window;
use serde::Serialize;

use super::symbols::Origin;
use super::{Owner, Procedure, Reader};
use crate::evidence::Grid;
use numbers::number::Exact;
use numbers::rounding::{Interval, Method};

/// One series that must be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeriesNeed {
    /// Symbol it is filed under.
    pub symbol: String,
    /// Whose instrument.
    pub of: Owner,
    /// Point as the procedure names it; the instrument's model may call it otherwise.
    pub point: String,
    /// Unit the procedure computes in; readings in another unit of the quantity are converted.
    pub unit: String,
    /// Whether it is a cumulative register.
    pub register: bool,
    /// Whether the least step of its display is needed too.
    pub resolution: bool,
    /// Fewer good readings than this cannot reach the required coverage.
    pub least_samples: u64,
}

/// One value of a nameplate or certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueNeed {
    /// Symbol it is filed under.
    pub symbol: String,
    /// Where it stands.
    pub of: Owner,
    /// Unit.
    pub unit: String,
    /// What it is.
    pub title: uncertainty::document::Text,
}

/// What [`super::run`] will need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The wished window, shrunk to the grid of the period; the one that evidence carries.
    pub window: Window,
    /// What to fetch: longer by one period where registers are read at both ends.
    pub fetch: Window,
    pub period_seconds: u32,
    pub series: Vec<SeriesNeed>,
    pub values: Vec<ValueNeed>,
    /// Accuracy classes that the limits know; empty when they are for all.
    pub classes: Vec<String>,
    pub needs_certificate: bool,
    pub largest_gap_seconds: u64,
    /// Readings of the error that every bin needs.
    pub least_windows: usize,
}

impl Procedure {
    /// The requirement of a run; `None` when the window holds no whole period, or the procedure is
    /// one of energy registers, which has a requirement of its own.
    pub fn requirement(&self, window: Window, period_seconds: u32) -> Option<Requirement> {
        let (registers, sampling) = match &self.reader {
            Reader::Indications(s) => (false, s),
            Reader::Registers(s) => (true, s),
            Reader::EnergyRegisters(_) => return None,
        };
        let grid = Grid::new(window, period_seconds);
        if period_seconds == 0 || grid.slots == 0 {
            return None;
        }
        let fetch_to = grid.slots + usize::from(registers);
        let share = &self.coverage.least * &Exact::new(grid.slots, 0);
        let least_samples = Interval::power_of_ten(0)
            .round_by(&share, Method::Up)
            .value()
            .to_string()
            .parse()
            .ok()?;
        let all = self.symbols.all();
        let has_step = |index: usize| all.iter().any(|s| s.origin == Origin::Resolution(index));
        let mut classes: Vec<String> = self
            .bins
            .iter()
            .flat_map(|b| b.limits.by_class.keys().cloned())
            .collect();
        classes.sort();
        classes.dedup();
        Some(Requirement {
            window: Window::new(grid.time(0), grid.time(grid.slots))?,
            fetch: Window::new(grid.time(0), grid.time(fetch_to))?,
            period_seconds,
            series: all
                .iter()
                .enumerate()
                .filter_map(|(index, symbol)| match &symbol.origin {
                    Origin::Series { of, point, register } => Some(SeriesNeed {
                        symbol: symbol.name.clone(),
                        of: *of,
                        point: point.clone(),
                        unit: symbol.unit.to_string(),
                        register: *register,
                        resolution: has_step(index),
                        least_samples,
                    }),
                    _ => None,
                })
                .collect(),
            values: all
                .iter()
                .filter_map(|symbol| match &symbol.origin {
                    Origin::Value(of) => Some(ValueNeed {
                        symbol: symbol.name.clone(),
                        of: *of,
                        unit: symbol.unit.to_string(),
                        title: symbol.title.clone(),
                    }),
                    _ => None,
                })
                .collect(),
            classes,
            needs_certificate: sampling.needs_certificate,
            largest_gap_seconds: self.coverage.largest_gap_seconds,
            least_windows: self.repeats.least,
        })
    }
}
