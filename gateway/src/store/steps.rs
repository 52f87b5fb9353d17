//! A window cut into steps: minutes, days and months of the site.

use devices::Window;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, ZonedDateTime};

use super::{Bucket, Chunk, Part};

/// The length of a step. Steps begin at midnight of the site and again at every midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many minutes, 1 to 1440; the last one of a day may be shorter.
    Minutes(u16),
    Day,
    Month,
}

/// More are refused: a year of minutes.
pub const MOST_STEPS: usize = 366 * 24 * 60;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StepsError {
    #[error("a step has 1 to 1440 minutes, not {0}")]
    Minutes(u16),
    #[error("the window has more than {MOST_STEPS} steps; ask for a shorter one or longer steps")]
    TooMany,
    #[error("the window ends before it begins, or beyond what a calendar holds")]
    Window,
}

/// A window cut into steps in the zone of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steps {
    window: Window,
    /// Where each step begins, and where the last one ends; microseconds.
    bounds: Vec<i64>,
}

impl Steps {
    /// The first and the last step are cut at the ends of the window.
    pub fn new(window: Window, step: Step, zone: &TimeZone) -> Result<Self, StepsError> {
        if let Step::Minutes(minutes) = step
            && !(1..=1440).contains(&minutes)
        {
            return Err(StepsError::Minutes(minutes));
        }
        if window.to < window.from {
            return Err(StepsError::Window);
        }
        let (from, to) = (window.from.as_microsecond(), window.to.as_microsecond());
        let mut bounds = vec![from];
        let mut at =
            begin(&window.from.to_zoned_datetime(zone.clone()), step).map_err(|_| StepsError::Window)?;
        loop {
            at = next(&at, step).map_err(|_| StepsError::Window)?;
            let bound = at.timestamp().as_microsecond();
            if bound >= to {
                break;
            }
            if bound > from {
                bounds.push(bound);
            }
            if bounds.len() > MOST_STEPS {
                return Err(StepsError::TooMany);
            }
        }
        bounds.push(to);
        Ok(Self { window, bounds })
    }

    pub fn window(&self) -> Window {
        self.window
    }

    /// Each step with nothing in it yet.
    pub fn buckets(&self) -> Vec<Bucket> {
        let time = |us| Timestamp::from_microsecond(us).unwrap_or(self.window.to);
        self.bounds
            .windows(2)
            .map(|pair| Bucket {
                from: time(pair[0]),
                to: time(pair[1]),
                part: Part::default(),
            })
            .collect()
    }

    /// The step that holds this time; only for times within the window.
    pub(super) fn index_of(&self, us: i64) -> usize {
        self.bounds
            .partition_point(|bound| *bound <= us)
            .saturating_sub(1)
    }

    /// Whether every bound strictly between two times is a multiple of `unit`.
    pub(crate) fn cut_only_at(&self, from: i64, to: i64, unit: i64) -> bool {
        let first = self.bounds.partition_point(|bound| *bound <= from);
        let mut within = self.bounds[first..].iter().take_while(|bound| **bound < to);
        within.all(|bound| bound % unit == 0)
    }

    /// Adds readings that are later than what the buckets hold.
    pub(super) fn add(&self, buckets: &mut [Bucket], chunk: &Chunk) {
        let mut index = 0;
        for row in 0..chunk.len() {
            let us = chunk.nominal_us[row];
            if us < self.bounds[index] || us >= self.bounds[index + 1] {
                index = self.index_of(us);
            }
            buckets[index]
                .part
                .add(&Part::of(us, chunk.number(row), chunk.quality[row]));
        }
    }
}

/// Where the step begins that holds this time.
fn begin(at: &ZonedDateTime, step: Step) -> Result<ZonedDateTime, jiff::Error> {
    match step {
        Step::Minutes(minutes) => {
            let midnight = at.start_of_day()?;
            let since = at.timestamp().as_second() - midnight.timestamp().as_second();
            midnight.checked_add((since - since % (i64::from(minutes) * 60)).seconds())
        }
        Step::Day => at.start_of_day(),
        Step::Month => at.first_of_month()?.start_of_day(),
    }
}

fn next(at: &ZonedDateTime, step: Step) -> Result<ZonedDateTime, jiff::Error> {
    let midnight = || at.tomorrow()?.start_of_day();
    match step {
        Step::Minutes(minutes) => {
            let then = at.checked_add(i64::from(minutes).minutes())?;
            Ok(then.min(midnight()?))
        }
        Step::Day => midnight(),
        Step::Month => at.checked_add(1.month())?.first_of_month()?.start_of_day(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn steps(from: &str, to: &str, step: Step, zone: &str) -> Result<Vec<String>, StepsError> {
        let window = Window {
            from: at(from),
            to: at(to),
        };
        let steps = Steps::new(window, step, &TimeZone::posix(zone).unwrap())?;
        Ok(steps.buckets().iter().map(|one| one.from.to_string()).collect())
    }

    #[test]
    fn days_begin_at_midnight_of_the_site() {
        assert_eq!(
            steps("2026-01-01T10:00:00Z", "2026-01-03T10:00:00Z", Step::Day, "CST-8").unwrap(),
            [
                "2026-01-01T10:00:00Z",
                "2026-01-01T16:00:00Z",
                "2026-01-02T16:00:00Z"
            ]
        );
        assert_eq!(
            steps(
                "2026-01-31T16:00:00Z",
                "2026-03-01T00:00:00Z",
                Step::Month,
                "CST-8"
            )
            .unwrap(),
            ["2026-01-31T16:00:00Z", "2026-02-28T16:00:00Z"]
        );
    }

    /// 2026-03-29 has 23 hours in Berlin, 2026-10-25 has 25.
    #[test]
    fn a_day_of_23_hours_has_23_of_them() {
        for (from, to, count) in [
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23),
            ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25),
        ] {
            assert_eq!(
                steps(from, to, Step::Minutes(60), "CET-1CEST,M3.5.0,M10.5.0/3")
                    .unwrap()
                    .len(),
                count
            );
            assert_eq!(
                steps(from, to, Step::Day, "CET-1CEST,M3.5.0,M10.5.0/3")
                    .unwrap()
                    .len(),
                1
            );
        }
    }

    #[test]
    fn absurd_steps_are_refused() {
        let long = ("2020-01-01T00:00:00Z", "2026-01-01T00:00:00Z");
        let minute = steps(long.0, long.1, Step::Minutes(1), "UTC0");
        assert_eq!(minute.unwrap_err(), StepsError::TooMany);
        assert_eq!(
            steps(long.0, long.1, Step::Minutes(0), "UTC0").unwrap_err(),
            StepsError::Minutes(0)
        );
        assert_eq!(
            steps(long.1, long.0, Step::Day, "UTC0").unwrap_err(),
            StepsError::Window
        );
    }
}
