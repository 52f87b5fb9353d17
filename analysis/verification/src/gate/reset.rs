//! Whether a register went on through the whole window.

use devices::{Doubt, Quality};

use numbers::number::Exact;
use numbers::register::Register;

use crate::conclusion::{Code, Reason};
use crate::evidence::Sample;

/// A cumulative register with its readings on the grid.
pub(crate) struct Counter<'a> {
    /// Whose it is, for people.
    pub(crate) meter: String,
    pub(crate) readings: &'a [Option<&'a Sample>],
    pub(crate) register: &'a Register,
}

/// Whether a register's reading counts: whoever doubted one for going backwards asked the same question as this gate.
pub(crate) fn counts(sample: &Sample) -> bool {
    matches!(
        sample.quality,
        Quality::Good | Quality::Uncertain(Doubt::RegisterWentBackwards)
    )
}

#[derive(Clone, Copy)]
struct Read<'a> {
    slot: usize,
    sample: &'a Sample,
    value: &'a Exact,
}

impl Counter<'_> {
    /// The first place where the register did not go on: a fall that is no rollover, or a rise that the load cannot
    /// draw, also across readings that are missing.
    ///
    /// One reading that the next one takes back was misread, not reset; its two intervals are left out as they are.
    pub(crate) fn reset(&self) -> Option<Reason> {
        let mut reads = self.reads().peekable();
        let mut last = reads.next()?;
        while let Some(read) = reads.next() {
            if self.goes_on(last, read) {
                last = read;
                continue;
            }
            // After a fall both ways may look plausible, back to the old count and on from the new one: that is open.
            let taken_back = reads.peek().is_some_and(|after| {
                self.goes_on(last, *after) && (read.value > last.value || !self.goes_on(read, *after))
            });
            if !taken_back {
                return Some(self.reason(last, read));
            }
        }
        None
    }

    fn reads(&self) -> impl Iterator<Item = Read<'_>> {
        let readings = self.readings.iter().enumerate();
        readings.filter_map(|(slot, sample)| {
            let sample = (*sample)?;
            let value = sample.value.as_ref().filter(|_| counts(sample))?;
            Some(Read { slot, sample, value })
        })
    }

    /// Also across readings that are missing: the last digit may waver, the budget holds it at both ends of every run.
    fn goes_on(&self, from: Read<'_>, to: Read<'_>) -> bool {
        self.register
            .step(from.value, to.value, to.slot - from.slot)
            .is_ok()
    }

    fn reason(&self, last: Read<'_>, read: Read<'_>) -> Reason {
        Reason::with(
            Code::RegisterReset,
            &[
                ("meter", &self.meter),
                ("from", &last.sample.nominal.to_string()),
                ("at", &read.sample.nominal.to_string()),
                ("before", &last.value.to_string()),
                ("after", &read.value.to_string()),
            ],
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The time of the reading at which the register did not go on, of one that may add 10 per minute.
    fn found(values: &[&str], most: Option<&str>) -> Option<String> {
        let exact = |text: &str| -> Exact { text.parse().unwrap() };
        let samples: Vec<Option<Sample>> = values
            .iter()
            .enumerate()
            .map(|(minute, value)| {
                let nominal = format!("2026-03-01T00:{minute:02}:00Z").parse().unwrap();
                let value = Some(*value).filter(|value| *value != "-")?;
                Some(Sample {
                    nominal,
                    taken: nominal,
                    value: Some(exact(value)),
                    quality: Quality::Good,
                })
            })
            .collect();
        let readings: Vec<Option<&Sample>> = samples.iter().map(Option::as_ref).collect();
        let register = Register {
            resolution: Some(exact("0.1")),
            modulus: Some(exact("1000")),
            largest: most.map(|most| exact(most).into()),
        };
        let counter = Counter {
            meter: "m".to_owned(),
            readings: &readings,
            register: &register,
        };
        let reason = counter.reset()?;
        assert!(reason.zh.contains(&reason.parameters["at"]), "{}", reason.zh);
        Some(reason.parameters["at"][14..16].to_owned())
    }

    #[test]
    fn a_fall_and_a_jump_are_found_and_a_rollover_is_none() {
        let ten = |values: &[&str]| found(values, Some("10"));
        assert_eq!(ten(&["500", "504", "509", "512"]), None);
        assert_eq!(ten(&["500", "504", "3", "7"]).as_deref(), Some("02"));
        assert_eq!(ten(&["500", "504", "900", "904"]).as_deref(), Some("02"));
        assert_eq!(ten(&["990", "999", "4", "9"]), None);
        // Behind a gap the register may have added more, but not fallen.
        assert_eq!(ten(&["500", "-", "-", "527", "530"]), None);
        assert_eq!(ten(&["500", "-", "-", "541", "545"]).as_deref(), Some("03"));
        assert_eq!(ten(&["500", "-", "12", "15"]).as_deref(), Some("02"));
        // Its last digit wavers.
        assert_eq!(ten(&["500.1", "500.0", "500.2"]), None);
        // The last reading has nothing behind it that takes it back.
        assert_eq!(ten(&["500", "504", "0"]).as_deref(), Some("02"));
    }

    #[test]
    fn one_misread_value_is_no_reset() {
        assert_eq!(found(&["500", "0", "507", "510"], Some("10")), None);
        assert_eq!(found(&["500", "9999", "507", "510"], Some("10")), None);
        // Both ways are plausible: nobody knows.
        assert_eq!(found(&["2", "0", "9", "12"], Some("10")).as_deref(), Some("01"));
        // Without a plausible step, a register that comes back has counted something twice.
        assert_eq!(found(&["500", "0", "507", "510"], None).as_deref(), Some("01"));
    }
}
