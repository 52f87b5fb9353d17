//! The last value of every series, kept beside the log so that nobody has to search for it.

use std::collections::BTreeMap;

use devices::{Doubt, Failure, PointName, Quality, Reading, SeriesId};
use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::engine;
use crate::store::{StoreError, is_comparable};

/// Takes the readings of one device out of one batch. Only the newest of each point can move anything.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    readings: impl Iterator<Item = Reading>,
) -> Result<(), StoreError> {
    let mut newest: BTreeMap<PointName, (Reading, Option<Reading>)> = BTreeMap::new();
    for reading in readings {
        let (last, known) = newest
            .entry(reading.series.point.clone())
            .or_insert_with(|| (reading.clone(), None));
        if reading.nominal > last.nominal {
            *last = reading.clone();
        }
        if is_comparable(&reading) && known.as_ref().is_none_or(|known| reading.nominal > known.nominal) {
            *known = Some(reading);
        }
    }
    for (last, known) in newest.into_values() {
        keep_last(connection, &last).await?;
        if let Some(known) = known {
            keep_known(connection, &known).await?;
        }
    }
    Ok(())
}

async fn keep_last(connection: &mut SqliteConnection, reading: &Reading) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO latest (device, point, nominal_us, taken_us, mantissa, scale, quality)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (device, point) DO UPDATE SET nominal_us = excluded.nominal_us, taken_us = excluded.taken_us,
             mantissa = excluded.mantissa, scale = excluded.scale, quality = excluded.quality
         WHERE excluded.quality NOT IN (?8, ?9)
           AND (excluded.nominal_us > latest.nominal_us OR latest.quality IN (?8, ?9))",
    )
    .bind(reading.series.device.as_str())
    .bind(reading.series.point.as_str())
    .bind(reading.nominal.as_microsecond())
    .bind(reading.taken.as_microsecond())
    .bind(reading.value.map(|value| value.mantissa().to_string()))
    .bind(reading.value.map(|value| i64::from(value.scale())))
    .bind(i64::from(reading.quality.code()))
    // A time from the future must not hide what comes after it.
    .bind(i64::from(Quality::Uncertain(Doubt::ClockSkew).code()))
    .bind(i64::from(Quality::Bad(Failure::UntrustedTime).code()))
    .execute(connection)
    .await
    .map_err(engine)?;
    Ok(())
}

async fn keep_known(connection: &mut SqliteConnection, reading: &Reading) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE latest SET known_us = ?3, known_mantissa = ?4, known_scale = ?5
         WHERE device = ?1 AND point = ?2 AND (known_us IS NULL OR known_us < ?3)",
    )
    .bind(reading.series.device.as_str())
    .bind(reading.series.point.as_str())
    .bind(reading.nominal.as_microsecond())
    .bind(reading.value.map(|value| value.mantissa().to_string()))
    .bind(reading.value.map(|value| i64::from(value.scale())))
    .execute(connection)
    .await
    .map_err(engine)?;
    Ok(())
}

fn series_of(row: &SqliteRow) -> Option<SeriesId> {
    Some(SeriesId::new(
        row.get::<String, _>("device").parse().ok()?,
        row.get::<String, _>("point").parse().ok()?,
    ))
}

fn decimal(mantissa: Option<String>, scale: Option<i64>) -> Option<Option<Decimal>> {
    let Some((mantissa, scale)) = mantissa.zip(scale) else {
        return Some(None);
    };
    let scale = u32::try_from(scale).ok()?;
    Decimal::try_from_i128_with_scale(mantissa.parse().ok()?, scale)
        .ok()
        .map(Some)
}

/// The last reading, whatever its quality.
pub(super) fn reading_of(row: &SqliteRow) -> Option<Reading> {
    Some(Reading {
        series: series_of(row)?,
        nominal: Timestamp::from_microsecond(row.get("nominal_us")).ok()?,
        taken: Timestamp::from_microsecond(row.get("taken_us")).ok()?,
        value: decimal(row.get("mantissa"), row.get("scale"))?,
        quality: Quality::from_code(u8::try_from(row.get::<i64, _>("quality")).ok()?)?,
    })
}

/// The last value that can be compared with; time and quality beyond that are not kept.
pub(super) fn known_of(row: &SqliteRow) -> Option<Reading> {
    let nominal = Timestamp::from_microsecond(row.get::<Option<i64>, _>("known_us")?).ok()?;
    Some(Reading {
        series: series_of(row)?,
        nominal,
        taken: nominal,
        value: decimal(row.get("known_mantissa"), row.get("known_scale"))?,
        quality: Quality::Good,
    })
}
