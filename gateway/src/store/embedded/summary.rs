//! What each point of a sealed block adds up to, hour by hour (UTC), so that days and months are summed up without
//! reading a value again. Derived from the block: damaged or missing, the block itself is read.
//!
//! The bytes are described in docs/specs/store.md.

use serde::{Deserialize, Serialize};

use super::packed::Packed;
use crate::store::aggregate::Point;
use crate::store::{Chunk, Part, Values};

pub(super) const HOUR_US: i64 = 3_600_000_000;
/// How many numbers an hour has; see [`numbers_of`].
const NUMBERS: usize = 16;

#[derive(Serialize, Deserialize)]
struct Body<'a> {
    /// Each point with how many hours it has.
    #[serde(borrow)]
    points: Vec<(&'a str, u32)>,
    /// One column for each number of an hour, point after point.
    #[serde(borrow)]
    columns: Vec<Packed<'a>>,
}

/// The hours of one point, each with when it begins.
pub(super) type Hours = Vec<(i64, Part)>;

pub(super) fn hours_of(chunk: &Chunk) -> Hours {
    let mut hours = Hours::new();
    for row in 0..chunk.len() {
        let time = chunk.nominal_us[row];
        let part = Part::of(time, chunk.number(row), chunk.quality[row]);
        let begin = time - time.rem_euclid(HOUR_US);
        match hours.last_mut() {
            Some((hour, sum)) if *hour == begin => sum.add(&part),
            _ => hours.push((begin, part)),
        }
    }
    hours
}

/// A point of which a number does not fit is left out.
pub(super) fn encode(day_us: i64, points: &[(String, Hours)]) -> Vec<u8> {
    let mut columns: Vec<Vec<i64>> = vec![Vec::new(); NUMBERS];
    let mut named = Vec::new();
    for (name, hours) in points {
        let numbers: Option<Vec<[i64; NUMBERS]>> = hours
            .iter()
            .map(|(hour, part)| numbers_of(day_us, *hour, part))
            .collect();
        let Some(numbers) = numbers else { continue };
        named.push((
            name.as_str(),
            u32::try_from(hours.len()).expect("a day has 24 hours"),
        ));
        for hour in numbers {
            for (column, number) in columns.iter_mut().zip(hour) {
                column.push(number);
            }
        }
    }
    let body = Body {
        points: named,
        columns: columns.iter().map(|column| Packed::of(column)).collect(),
    };
    postcard::to_stdvec(&body).expect("numbers are encodable")
}

/// `None` only for bytes that nobody sealed.
pub(super) fn decode(day_us: i64, bytes: &[u8]) -> Option<Vec<(String, Hours)>> {
    let body: Body<'_> = postcard::from_bytes(bytes).ok()?;
    let count = |hours: u32| usize::try_from(hours).ok();
    let total = body
        .points
        .iter()
        .try_fold(0, |sum, (_, hours)| Some(sum + count(*hours)?))?;
    let columns: Vec<Vec<i64>> = body
        .columns
        .iter()
        .map(|column| column.numbers(total))
        .collect::<Option<_>>()?;
    if columns.len() != NUMBERS {
        return None;
    }
    let mut points = Vec::new();
    let mut row = 0;
    for (name, hours) in body.points {
        let end = row + count(hours)?;
        let hours = (row..end).map(|row| {
            let numbers: [i64; NUMBERS] = std::array::from_fn(|index| columns[index][row]);
            part_of(day_us, &numbers)
        });
        points.push((name.to_owned(), hours.collect::<Option<_>>()?));
        row = end;
    }
    Some(points)
}

/// What a regular series would have: each value holds as long as any other.
fn regular_area(values: &Values, sum: i128) -> i128 {
    let steps = i128::from(values.count - 1).max(1);
    let span = i128::from(values.last.nominal_us - values.first.nominal_us);
    sum.wrapping_sub(values.last.mantissa).wrapping_mul(span / steps)
}

/// As differences that are small, or zero where a series is regular and only counts up.
fn numbers_of(day_us: i64, hour: i64, part: &Part) -> Option<[i64; NUMBERS]> {
    let narrow = |number: i128| i64::try_from(number).ok();
    let counted = |number: u64| i64::try_from(number).ok();
    let mut numbers = [0; NUMBERS];
    numbers[0] = (hour - day_us) / HOUR_US;
    numbers[1] = counted(part.good)?;
    numbers[2] = counted(part.doubted)?;
    numbers[3] = counted(part.failed)?;
    let Some(values) = &part.values else {
        return Some(numbers);
    };
    let first = values.first.mantissa;
    let sum = values.sum?;
    let even = first.checked_mul(i128::from(values.count))?;
    numbers[4] = counted(values.count)?;
    numbers[5] = i64::from(values.scale);
    numbers[6] = values.first.nominal_us - hour;
    numbers[7] = values.last.nominal_us - values.first.nominal_us;
    numbers[8] = narrow(first)?;
    numbers[9] = narrow(values.last.mantissa.checked_sub(first)?)?;
    numbers[10] = narrow(first.checked_sub(values.min)?)?;
    numbers[11] = narrow(values.max.checked_sub(first)?)?;
    numbers[12] = narrow(sum.checked_sub(even)?)?;
    numbers[13] = narrow(values.area?.checked_sub(regular_area(values, sum))?)?;
    numbers[14] = narrow(values.increase?.checked_sub(values.last.mantissa - first)?)?;
    numbers[15] = counted(values.resets)?;
    Some(numbers)
}

fn part_of(day_us: i64, numbers: &[i64; NUMBERS]) -> Option<(i64, Part)> {
    let counted = |index: usize| u64::try_from(numbers[index]).ok();
    let wide = |index: usize| i128::from(numbers[index]);
    let hour = day_us.checked_add(numbers[0].checked_mul(HOUR_US)?)?;
    let mut part = Part {
        good: counted(1)?,
        doubted: counted(2)?,
        failed: counted(3)?,
        values: None,
    };
    if numbers[4] > 0 {
        let first = Point {
            nominal_us: hour.checked_add(numbers[6])?,
            mantissa: wide(8),
        };
        let last = Point {
            nominal_us: first.nominal_us.checked_add(numbers[7])?,
            mantissa: wide(8) + wide(9),
        };
        let sum = wide(8).checked_mul(wide(4))?.checked_add(wide(12))?;
        let mut values = Values {
            count: counted(4)?,
            scale: u8::try_from(numbers[5]).ok()?,
            min: wide(8) - wide(10),
            max: wide(8) + wide(11),
            first,
            last,
            sum: Some(sum),
            area: None,
            increase: Some(wide(9) + wide(14)),
            resets: counted(15)?,
        };
        values.area = regular_area(&values, sum).checked_add(wide(13));
        part.values = Some(values);
    }
    Some((hour, part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::chunk::Found;

    fn chunk(rows: impl Iterator<Item = (i64, Option<(i128, u8)>, u8)>) -> Chunk {
        let found = rows.map(|(second, number, quality)| Found {
            nominal_us: second * 1_000_000,
            taken_us: 0,
            number,
            quality,
            version: 0,
        });
        Chunk::of("m-01/energy.active.import".parse().unwrap(), found.collect())
    }

    #[test]
    fn hours_come_back_as_they_were() {
        let regular = chunk((0..1440).map(|minute| (minute * 60, Some((i128::from(minute * 7), 2)), 0)));
        let rough = chunk((0..200).map(|n| match n % 9 {
            0 => (n * 411, None, 128),
            1 => (n * 411, Some((i128::from(n * 31 % 17), 3)), 5),
            _ => (
                n * 411 + n % 3,
                Some((i128::from(n * 7919 % 1001 - 500), 2)),
                u8::from(n % 5 == 0),
            ),
        }));
        let points: Vec<(String, Hours)> = [("a", regular), ("b", rough), ("c", chunk(std::iter::empty()))]
            .map(|(name, chunk)| (name.to_owned(), hours_of(&chunk)))
            .to_vec();
        assert_eq!(points[0].1.len(), 24);
        assert_eq!(decode(0, &encode(0, &points)).unwrap(), points);
    }

    #[test]
    fn a_point_that_does_not_fit_is_left_out() {
        let wide = chunk([(0, Some((i128::from(i64::MAX) + 1, 0)), 0)].into_iter());
        let small = chunk([(0, Some((1, 0)), 0)].into_iter());
        let points =
            [("wide", &wide), ("small", &small)].map(|(name, chunk)| (name.to_owned(), hours_of(chunk)));
        assert_eq!(decode(0, &encode(0, &points)).unwrap(), points[1..]);
    }
}
