//! Things that are not electric: pressure in a header, temperature and humidity in a room.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use crate::noise::smooth;

/// A slowly moving value, in millionths of its unit.
#[derive(Clone, Debug)]
pub struct Ambient {
    pub name: String,
    pub unit: devices::Unit,
    base: i64,
    daily: i64,
    noise: i64,
    utc_offset_minutes: i64,
    seed: u64,
}

impl Ambient {
    /// `daily` is the swing to either side over a day (highest at 15:00 local time), `noise` the
    /// wandering beside it. `None` if a number does not fit.
    pub(crate) fn new(
        name: &str,
        unit: devices::Unit,
        [base, daily, noise]: [Decimal; 3],
        utc_offset_minutes: i64,
        seed: u64,
    ) -> Option<Self> {
        let micro = |number: Decimal| number.checked_mul(Decimal::from(1_000_000))?.to_i64();
        Some(Self {
            name: name.to_owned(),
            unit,
            base: micro(base)?,
            daily: micro(daily)?,
            noise: micro(noise)?,
            utc_offset_minutes,
            seed,
        })
    }

    /// In millionths of [`Ambient::unit`], at a second since 1970-01-01 UTC.
    pub fn at(&self, second: i64) -> i64 {
        let of_day = (second + self.utc_offset_minutes * 60).rem_euclid(86_400);
        // A triangle: -1000 at 03:00, +1000 at 15:00.
        let from_low = (of_day - 3 * 3600).rem_euclid(86_400);
        let half = 43_200;
        let wave = if from_low < half {
            from_low
        } else {
            2 * half - from_low
        } * 2000
            / half
            - 1000;
        let wander = smooth(self.seed, 20, second, 600) * 7 / 10 + smooth(self.seed, 21, second, 20) * 3 / 10;
        self.base + self.daily / 1000 * wave + self.noise / 1000 * wander
    }
}
