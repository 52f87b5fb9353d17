//! A curve over any window, as many points as a screen can show. Readings are folded into spans of one length, each with
//! its first, smallest, largest and last value, so that no spike is lost and every figure is one that was read.
//!
//! The store gives the oldest readings of a window first, so the window is read in parts from its end: when there is too
//! much for one answer, the newest is what is kept.

use std::collections::VecDeque;

use devices::{Quality, Reading, SeriesId, Window};
use jiff::{SignedDuration, Timestamp};
use ledger::instruments::PastConfiguration;

use crate::field::{Field, FieldError};
use crate::reading::wire;
use crate::reading::wire::{Bucket, Curve, Extent, GapRule, ValueAt};

/// Readings that one answer takes in, and a part of the window at a time.
const MOST_READ: u64 = 1_000_000;
const PART: usize = 5_000;
/// Readings for each span that are sent as they are: a span shows as many values.
const AS_THEY_ARE: usize = 4;

/// Lengths of spans in seconds that a person can name; beyond them whole days.
const LENGTHS: [i64; 18] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
];
const DAY: i64 = 86_400;

pub struct Drawn {
    pub complete_from: Timestamp,
    pub count: u64,
    length: i64,
    /// By number of the span since 1970.
    spans: VecDeque<(i64, Bucket)>,
    /// All readings, newest first, as long as they are few.
    few: Option<Vec<Reading>>,
}

impl Drawn {
    pub fn on_the_wire(&mut self, unit: &str) -> Curve {
        match self.few.take() {
            Some(readings) => Curve::Readings {
                readings: readings
                    .into_iter()
                    .rev()
                    .map(|reading| wire::Reading::new(reading, unit))
                    .collect(),
            },
            None => Curve::Buckets {
                bucket_seconds: self.length,
                buckets: self.spans.drain(..).map(|(_, bucket)| bucket).collect(),
            },
        }
    }
}

/// Of the time before the registration.
const UNKNOWN_PERIOD_GAP: u32 = 3_600;

/// From the configurations of an instrument, oldest first.
pub fn gap_rules(configurations: &[PastConfiguration], window: Window) -> Vec<GapRule> {
    let gap = |one: &PastConfiguration| one.configuration.period_seconds.saturating_mul(2);
    let first = configurations.first().map_or(0, gap);
    let mut rules = vec![GapRule {
        since: window.from,
        seconds: first.max(UNKNOWN_PERIOD_GAP),
    }];
    for one in configurations.iter().filter(|one| one.since < window.to) {
        let rule = GapRule {
            since: one.since.max(window.from),
            seconds: gap(one),
        };
        if rule.since == window.from {
            rules.clear();
        }
        // A change of something else goes on with the same rule.
        if rules.last().is_none_or(|last| last.seconds != rule.seconds) {
            rules.push(rule);
        }
    }
    rules
}

fn is_gap(rules: &[GapRule], before: Timestamp, after: Timestamp) -> bool {
    let rule = rules
        .iter()
        .rev()
        .find(|rule| rule.since <= before)
        .or(rules.first());
    rule.is_some_and(|rule| after.duration_since(before) > SignedDuration::from_secs(i64::from(rule.seconds)))
}

fn length_for(window: Window, buckets: u32) -> i64 {
    let seconds = window.to.duration_since(window.from).as_secs() + 1;
    let buckets = i64::from(buckets);
    let least = (seconds + buckets - 1) / buckets;
    LENGTHS
        .into_iter()
        .find(|length| *length >= least)
        .unwrap_or_else(|| (least + DAY - 1) / DAY * DAY)
}

/// # Errors
/// The store failed.
pub async fn draw(
    field: &dyn Field,
    series: &SeriesId,
    window: Window,
    buckets: u32,
    gaps: &[GapRule],
) -> Result<Drawn, FieldError> {
    let few = usize::try_from(buckets)
        .unwrap_or(usize::MAX)
        .saturating_mul(AS_THEY_ARE);
    let mut drawn = Drawn {
        complete_from: window.to,
        count: 0,
        length: length_for(window, buckets),
        spans: VecDeque::new(),
        few: Some(Vec::new()),
    };
    // It finds its size by itself: too long is halved, too short grows.
    let mut span = SignedDuration::from_hours(1);
    while drawn.complete_from > window.from && drawn.count < MOST_READ {
        let begin = drawn.complete_from.checked_sub(span).unwrap_or(Timestamp::MIN);
        let Some(part) = Window::new(begin.max(window.from), drawn.complete_from) else {
            break;
        };
        let readings = field.range(series, part, PART).await?;
        if readings.len() >= PART && span > SignedDuration::from_micros(1) {
            // Perhaps cut: the same end again with less before it.
            span /= 2;
            continue;
        }
        if readings.is_empty() {
            span = span.saturating_mul(8);
        } else if readings.len() < PART / 2 {
            span = span.saturating_mul(2);
        }
        drawn.put_before(readings, gaps, few);
        drawn.complete_from = part.from;
    }
    Ok(drawn)
}

impl Drawn {
    /// Takes in readings that all lie before what is there.
    fn put_before(&mut self, readings: Vec<Reading>, gaps: &[GapRule], few: usize) {
        let mut spans: Vec<(i64, Bucket)> = Vec::new();
        for reading in &readings {
            let (number, bucket) = alone(reading, self.length);
            match spans.last_mut() {
                Some((last, before)) if *last == number => before.go_on(bucket, gaps),
                _ => spans.push((number, bucket)),
            }
        }
        for (number, mut bucket) in spans.into_iter().rev() {
            match self.spans.front_mut() {
                Some((first, after)) if *first == number => {
                    bucket.go_on(*after, gaps);
                    *after = bucket;
                }
                _ => self.spans.push_front((number, bucket)),
            }
        }
        self.count += readings.len() as u64;
        match &mut self.few {
            Some(all) if all.len() + readings.len() <= few => all.extend(readings.into_iter().rev()),
            _ => self.few = None,
        }
    }
}

/// The number of the span in which a reading lies, and that span if it held nothing else.
fn alone(reading: &Reading, length: i64) -> (i64, Bucket) {
    let number = reading.nominal.as_microsecond().div_euclid(length * 1_000_000);
    let extent = reading.value.map(|value| {
        let here = ValueAt {
            nominal: reading.nominal,
            value,
        };
        Extent {
            count: 1,
            first: here,
            min: here,
            max: here,
            last: here,
        }
    });
    let from = Timestamp::from_second(number * length).unwrap_or(reading.nominal);
    let bucket = Bucket {
        from,
        count: 1,
        failed: u64::from(extent.is_none()),
        worst: reading.quality,
        good: extent.filter(|_| reading.quality.is_good()),
        doubtful: extent.filter(|_| !reading.quality.is_good()),
        gaps: 0,
    };
    (number, bucket)
}

impl Bucket {
    /// Adds what comes later in the same span.
    fn go_on(&mut self, later: Bucket, gaps: &[GapRule]) {
        if let (Some(before), Some(after)) = (self.good, later.good)
            && is_gap(gaps, before.last.nominal, after.first.nominal)
        {
            self.gaps += 1;
        }
        self.count += later.count;
        self.failed += later.failed;
        self.gaps += later.gaps;
        self.worst = Quality::lowered_to(self.worst, later.worst);
        self.good = joined(self.good, later.good);
        self.doubtful = joined(self.doubtful, later.doubtful);
    }
}

fn joined(before: Option<Extent>, after: Option<Extent>) -> Option<Extent> {
    let (Some(before), Some(after)) = (before, after) else {
        return before.or(after);
    };
    Some(Extent {
        count: before.count + after.count,
        first: before.first,
        // Of equal values the earlier one.
        min: if after.min.value < before.min.value {
            after.min
        } else {
            before.min
        },
        max: if after.max.value > before.max.value {
            after.max
        } else {
            before.max
        },
        last: after.last,
    })
}

#[cfg(test)]
mod tests {
    use ledger::instruments::Configuration;

    use super::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    fn configuration(since: &str, period_seconds: u32) -> PastConfiguration {
        PastConfiguration {
            version: 1,
            since: at(since),
            who: "works".to_owned(),
            configuration: Configuration {
                period_seconds,
                ..crate::instrument::sample()
            },
        }
    }

    #[test]
    fn a_gap_is_two_periods_of_its_own_time_and_an_hour_before_the_registration() {
        let all = [
            configuration("2026-05-01T00:00:00Z", 900),
            configuration("2026-05-02T00:00:00Z", 900),
            configuration("2026-05-03T00:00:00Z", 5),
        ];
        let rules = |from: &str, to: &str| {
            let rules = gap_rules(&all, Window::new(at(from), at(to)).unwrap());
            rules
                .into_iter()
                .map(|rule| (rule.since.to_string(), rule.seconds))
                .collect::<Vec<_>>()
        };
        let rule = |since: &str, seconds| (since.to_owned(), seconds);
        assert_eq!(
            rules("2026-04-30T00:00:00Z", "2026-06-01T00:00:00Z"),
            [
                rule("2026-04-30T00:00:00Z", 3_600),
                rule("2026-05-01T00:00:00Z", 1_800),
                rule("2026-05-03T00:00:00Z", 10),
            ]
        );
        assert_eq!(
            rules("2026-05-02T12:00:00Z", "2026-05-02T13:00:00Z"),
            [rule("2026-05-02T12:00:00Z", 1_800)]
        );
        let rules = gap_rules(
            &all,
            Window::new(at("2026-04-30T00:00:00Z"), at("2026-06-01T00:00:00Z")).unwrap(),
        );
        assert!(is_gap(
            &rules,
            at("2026-05-03T00:00:05Z"),
            at("2026-05-03T00:00:16Z")
        ));
        assert!(!is_gap(
            &rules,
            at("2026-05-02T00:00:00Z"),
            at("2026-05-02T00:30:00Z")
        ));
    }
}
