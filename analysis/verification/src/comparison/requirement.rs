//! What a comparison needs before it can run.

use std::collections::BTreeSet;

use devices::Window;

use super::rules::ComparisonRules;
use super::symbols::{Origin, Symbol};
use crate::evidence::{Grid, Role};
use crate::requirement::{Plan, Requirement, SeriesNeed, ValueNeed};

/// Series of the load of an energy meter: symbol, point, unit, whether a meter may be without it.
pub(super) const LOAD: [(&str, &str, &str, bool); 4] = [
    ("I1", "current.a", "A", false),
    ("I2", "current.b", "A", true),
    ("I3", "current.c", "A", true),
    ("cosφ", "power.factor", "1", false),
];

impl ComparisonRules {
    /// `None` when the window holds no whole period.
    pub(crate) fn requirement(&self, plan: &Plan) -> Option<Requirement> {
        let grid = Grid::new(plan.window, plan.period_seconds);
        if plan.period_seconds == 0 || grid.slots == 0 {
            return None;
        }
        let least_samples = self.coverage.least_samples(grid.slots)?;
        let all = self.symbols.all().iter().enumerate();
        let declared = all.filter_map(|(index, symbol)| self.series_need(index, symbol, least_samples));
        // The load is that of the reference, which is known better.
        let load = LOAD.iter().filter(|_| self.reader.energy().is_some());
        let load = load.map(|(symbol, point, unit, optional)| SeriesNeed {
            symbol: (*symbol).to_owned(),
            of: Role::Reference,
            point: Some((*point).to_owned()),
            unit: Some((*unit).to_owned()),
            register: false,
            resolution: false,
            optional: *optional,
            least_samples,
        });
        let classes = self.bins.iter().flat_map(|b| b.limits.by_class.keys().cloned());
        let fetch_to = grid.slots + usize::from(self.reader.intervals());
        Some(Requirement {
            window: Window::new(grid.time(0), grid.time(grid.slots))?,
            fetch: Window::new(grid.time(0), grid.time(fetch_to))?,
            period_seconds: plan.period_seconds,
            series: declared.chain(load).collect(),
            values: self.symbols.all().iter().filter_map(value_need).collect(),
            classes: classes.collect::<BTreeSet<_>>().into_iter().collect(),
            transformers: self.reader.energy().is_some(),
            needs_certificate: self.sampling.needs_certificate,
            least_readings: self.repeats.least,
        })
    }

    fn series_need(&self, index: usize, symbol: &Symbol, least_samples: u64) -> Option<SeriesNeed> {
        let Origin::Series { of, point, register } = &symbol.origin else {
            return None;
        };
        let mut all = self.symbols.all().iter();
        Some(SeriesNeed {
            symbol: symbol.name.clone(),
            of: *of,
            point: Some(point.clone()),
            unit: Some(symbol.unit.to_string()),
            register: *register,
            resolution: all.any(|s| s.origin == Origin::Resolution(index)),
            optional: false,
            least_samples,
        })
    }
}

fn value_need(symbol: &Symbol) -> Option<ValueNeed> {
    let Origin::Value(of, source) = &symbol.origin else {
        return None;
    };
    Some(ValueNeed {
        symbol: symbol.name.clone(),
        of: *of,
        source: *source,
        unit: Some(symbol.unit.to_string()),
        title: symbol.title.clone(),
    })
}
