//! What only evidence of a period check has to fulfil.

use numbers::unit::Unit;

use super::checks::{bounded, refuse};
use super::{
    Check, Evidence, EvidenceError, INDICATION, Instrument, MPEV, PastResult, REFERENCE, Role, Series,
    U_REFERENCE, U_SUBJECT, Value,
};

impl Evidence {
    pub(super) fn check_period_check(&mut self) -> Result<(), EvidenceError> {
        let Some(check) = &self.check else {
            return Ok(());
        };
        let Some(indication) = self.series.get(INDICATION) else {
            return refuse(format!("series {INDICATION}"), "is missing");
        };
        let second = self.series.get(REFERENCE);
        let standard = self.reference.values.get(REFERENCE);
        if second.is_some() == standard.is_some() {
            return refuse(
                format!("reference, {REFERENCE}"),
                "give its series or its value: a second instrument or a check standard",
            );
        }
        if check.interval_days == Some(0) {
            return refuse("interval_days", "must be above zero");
        }
        if check.starts_anew && (check.baseline.is_some() || !check.history.is_empty()) {
            return refuse(
                "starts_anew",
                "brings neither baseline nor history, which are from before",
            );
        }
        self.check_units(check, &indication.unit)?;
        check_numbers(check)?;
        if self.mpev().is_some_and(|mpev| !mpev.value.is_positive()) {
            return refuse(format!("subject, {MPEV}"), "must be above zero");
        }
        self.check_past(check)?;
        for (symbol, role, series) in [
            (INDICATION, Role::Subject, Some(indication)),
            (REFERENCE, Role::Reference, second),
        ] {
            series.map_or(Ok(()), |series| self.check_times(symbol, role, series))?;
        }
        if let Some(check) = &mut self.check {
            let key = |result: &PastResult| (result.date, result.source.clone());
            check.history.sort_by_key(key);
        }
        Ok(())
    }

    fn mpev(&self) -> Option<&Value> {
        self.subject.values.get(MPEV)
    }

    fn check_units(&self, check: &Check, of_readings: &str) -> Result<(), EvidenceError> {
        let unit = |place: &str, text: &str| match Unit::new(text) {
            Ok(unit) => Ok(unit),
            Err(error) => refuse(place, format!("{text:?}: {error}")),
        };
        let own = unit(&format!("series {INDICATION}, unit"), of_readings)?;
        let mut others = vec![
            needed(Role::Subject, &self.subject, U_SUBJECT)?,
            needed(Role::Reference, &self.reference, U_REFERENCE)?,
        ];
        let place = |what: &str| format!("{what}, unit");
        let reference = &self.reference.values;
        others.extend(reference.get(REFERENCE).map(|v| (place("reference, X"), &v.unit)));
        others.extend(self.mpev().map(|v| (place("subject, MPEV"), &v.unit)));
        others.extend(self.series.get(REFERENCE).map(|s| (place("series X"), &s.unit)));
        others.extend(check.baseline.iter().map(|b| (place("baseline"), &b.unit)));
        let history = check.history.iter().enumerate();
        others.extend(history.map(|(n, r)| (place(&format!("history {}", n + 1)), &r.unit)));
        for (place, text) in others {
            if unit(&place, text)? != own {
                let reason =
                    format!("{text}, but the readings are in {of_readings}: convert before freezing");
                return refuse(place, reason);
            }
        }
        Ok(())
    }

    fn check_past(&self, check: &Check) -> Result<(), EvidenceError> {
        if let Some(baseline) = &check.baseline {
            if baseline.to < baseline.from {
                return refuse("baseline", "ends before it starts");
            }
            if baseline.to >= self.window.from {
                let reason = "reaches into the window: a point cannot be judged by limits it helped to set";
                return refuse("baseline", reason);
            }
        }
        // A day of grace: dates are local, the window is not.
        let end = jiff::tz::Offset::UTC.to_datetime(self.window.to).date();
        let late = |r: &PastResult| end.tomorrow().is_ok_and(|day| r.date > day);
        match check.history.iter().position(late) {
            Some(n) => refuse(
                format!("history {}, date", n + 1),
                format!("{} lies after the window", check.history[n].date),
            ),
            None => Ok(()),
        }
    }

    fn check_times(&self, symbol: &str, role: Role, series: &Series) -> Result<(), EvidenceError> {
        let place = format!("series {symbol}");
        if series.of != role {
            return refuse(place, format!("is of the {}", series.of.name()));
        }
        let period = i64::from(self.period_seconds);
        let off = series
            .readings
            .iter()
            .find(|s| s.nominal.subsec_nanosecond() != 0 || s.nominal.as_second().rem_euclid(period) != 0);
        match off {
            Some(sample) => {
                let reason = format!("nominal time {} is no multiple of {period} s", sample.nominal);
                refuse(place, reason)
            }
            None => Ok(()),
        }
    }
}

/// The unit of a value that must be there. One that is not above zero is 待定 and not refused: the ledger may simply
/// not know it yet.
fn needed<'a>(
    role: Role,
    instrument: &'a Instrument,
    symbol: &str,
) -> Result<(String, &'a String), EvidenceError> {
    let place = format!("{}, {symbol}", role.name());
    match instrument.values.get(symbol) {
        Some(value) => Ok((format!("{place}, unit"), &value.unit)),
        None => refuse(place, "is missing"),
    }
}

fn check_numbers(check: &Check) -> Result<(), EvidenceError> {
    let mut positive = Vec::new();
    if let Some(baseline) = &check.baseline {
        bounded("baseline, centre", &baseline.centre)?;
        positive.push(("baseline, sigma".to_owned(), &baseline.sigma));
    }
    for (n, result) in check.history.iter().enumerate() {
        bounded(format!("history {}, error", n + 1), &result.error)?;
        positive.push((format!("history {}, u95", n + 1), &result.u95));
    }
    for (place, value) in positive {
        if !value.is_positive() {
            return refuse(place, "must be above zero");
        }
        bounded(place, value)?;
    }
    Ok(())
}
