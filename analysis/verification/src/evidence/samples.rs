//! Readings of the store as samples of evidence.

use devices::Reading;
use numbers::number::Exact;

use super::Sample;

impl From<&Reading> for Sample {
    fn from(reading: &Reading) -> Self {
        Self {
            nominal: reading.nominal,
            taken: reading.taken,
            value: reading.value.map(Exact::from),
            quality: reading.quality,
        }
    }
}

/// Readings whose nominal time is a multiple of the period since 1970.
pub fn on_grid(readings: &[Reading], period_seconds: u32) -> Vec<Sample> {
    let step = i64::from(period_seconds.max(1)) * 1_000_000;
    readings
        .iter()
        .filter(|r| {
            r.nominal.as_microsecond().rem_euclid(step) == 0 && r.nominal.subsec_nanosecond() % 1000 == 0
        })
        .map(Sample::from)
        .collect()
}
