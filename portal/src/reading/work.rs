//! A reading as the wire shows it: with its unit, and beside a secondary value the primary one.

use ledger::instruments::Configuration;
use numbers::number::Exact;
use rust_decimal::Decimal;

use super::wire::Reading;
use crate::Portal;
use crate::run::work::multiplier;

impl Portal {
    pub(super) fn shown(&self, of: &Configuration, reading: devices::Reading) -> Reading {
        let profile = self.catalogue.get(&of.profile);
        let point = profile.and_then(|profile| profile.point(reading.series.point.as_str()));
        let unit = point.map_or("", |point| point.unit.symbol());
        let factor = point
            .and_then(|point| multiplier(of).of(point.quantity))
            .filter(|factor| *factor != Decimal::ONE);
        // Exact: a product of two decimals may have more digits than a decimal holds.
        let primary = reading
            .value
            .zip(factor)
            .map(|(value, factor)| (&Exact::from(value) * &Exact::from(factor)).to_string());
        Reading {
            primary,
            ..Reading::new(reading, unit)
        }
    }
}
