//! A curve covers its whole window, keeps spikes, and shows gaps as gaps.

use devices::{Failure, Quality, Reading, SeriesId};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::laboratory::{Laboratory, now};
use crate::simulated::{Simulated, reading_of};

/// The readings of one series, oldest first, as a store gives them.
struct Series(Vec<Reading>);

impl Series {
    fn field(self) -> Simulated {
        Simulated::silent().range(move |_, window, limit| {
            let inside = self.0.iter().filter(|one| window.contains(one.nominal));
            inside.take(limit).cloned().collect()
        })
    }
}

/// A reading each `seconds` up to now, with the value that `value` says; `None` is a failed read, an outer one no reading.
fn until_now(seconds: i64, count: i64, value: impl Fn(i64) -> Option<Option<String>>) -> Series {
    let series: SeriesId = "m-01/voltage.a".parse().unwrap();
    let readings = (0..count).filter_map(|number| {
        let nominal = now() - SignedDuration::from_secs(seconds * (count - number));
        let mut reading = reading_of(&series, nominal, "0");
        reading.value = value(number)?.map(|text| text.parse().unwrap());
        if reading.value.is_none() {
            reading.quality = Quality::Bad(Failure::NoAnswer);
        }
        Some(reading)
    });
    Series(readings.collect())
}

async fn curve(series: Series, query: &str) -> Value {
    let laboratory = Laboratory::over(series.field()).await;
    // Of the time before its registration no period is known.
    laboratory.it_is_now("2026-05-01T00:00:00Z");
    let mut draft = laboratory.draft("m-01", "dtz341@1");
    draft["period_seconds"] = json!(60);
    let id = laboratory.register(draft).await;
    laboratory.it_is_now(&now().to_string());
    let actor = laboratory.actor("works").await;
    let reply = actor
        .get(&format!("/api/v1/instruments/{id}/series/voltage.a?{query}"))
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.json()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// 20,000 readings, one a minute, the instrument's period.
async fn two_weeks() -> Value {
    let series = until_now(60, 20_000, |number| match number {
        10_001 => Some(Some("912.345".to_owned())),
        10_050 => Some(Some("-0.10".to_owned())),
        12_000..12_600 => None,
        15_000 => Some(None),
        _ => Some(Some("220.10".to_owned())),
    });
    let from = now() - SignedDuration::from_hours(24 * 15);
    curve(series, &format!("from={from}&to={}", now())).await
}

#[tokio::test]
async fn the_newest_reading_and_every_spike_of_twenty_thousand_are_there() {
    let page = two_weeks().await;
    assert_eq!(page["count"], 19_400);
    assert_eq!(page["complete_from"], page["from"], "nothing is cut");
    let buckets = page["curve"]["buckets"].as_array().unwrap();
    assert!(buckets.len() <= 501, "{}", buckets.len());
    let newest = now() - SignedDuration::from_secs(60);
    assert_eq!(
        buckets.last().unwrap()["good"]["last"],
        json!({"nominal": newest.to_string(), "value": "220.10"})
    );
    let of = |what: &str| {
        let values = buckets
            .iter()
            .filter_map(|one| one["good"][what]["value"].as_str());
        values
            .filter(|value| *value != "220.10")
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (of("max"), of("min")),
        (vec!["912.345".to_owned()], vec!["-0.10".to_owned()])
    );
    let total: u64 = buckets.iter().map(|one| one["count"].as_u64().unwrap()).sum();
    assert_eq!(total, 19_400);
}

#[tokio::test]
async fn ten_hours_without_readings_are_a_gap_and_a_failed_read_is_told() {
    let page = two_weeks().await;
    assert_eq!(page["gaps"].as_array().unwrap().last().unwrap()["seconds"], 120);
    let buckets = page["curve"]["buckets"].as_array().unwrap();
    let hole = buckets.windows(2).filter(|pair| {
        let before = time(&pair[0]["good"]["last"]["nominal"]);
        time(&pair[1]["good"]["first"]["nominal"]).duration_since(before) > SignedDuration::from_secs(120)
    });
    assert_eq!(hole.count(), 1);
    let failed: Vec<&Value> = buckets.iter().filter(|one| one["failed"] != 0).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(
        (&failed[0]["failed"], &failed[0]["worst"]),
        (&json!(1), &json!("no-answer"))
    );
}

#[tokio::test]
async fn a_gap_within_one_span_is_counted() {
    // Spans of 30 minutes, which begin at the full hour, and 8 minutes in the middle of one of them without a reading.
    let series = until_now(60, 20_000, |number| match number % 30 {
        22..29 if number / 30 == 300 => None,
        _ => Some(Some("1".to_owned())),
    });
    let from = now() - SignedDuration::from_hours(24 * 10);
    let page = curve(series, &format!("from={from}&to={}", now())).await;
    let buckets = page["curve"]["buckets"].as_array().unwrap();
    let gaps: u64 = buckets.iter().map(|one| one["gaps"].as_u64().unwrap()).sum();
    assert_eq!((gaps, &page["curve"]["bucket_seconds"]), (1, &json!(1_800)));
}

#[tokio::test]
async fn few_readings_come_as_they_are() {
    let series = until_now(60, 300, |number| {
        Some((number != 7).then(|| format!("{number}.50")))
    });
    let page = curve(series, "").await;
    let readings = page["curve"]["readings"].as_array().unwrap();
    assert_eq!(readings.len(), 300);
    assert_eq!(
        (&readings[6]["value"], &readings[299]["value"]),
        (&json!("6.50"), &json!("299.50"))
    );
    assert_eq!(
        (&readings[7]["value"], &readings[7]["quality"]),
        (&json!(null), &json!("no-answer"))
    );
    assert!(
        readings
            .windows(2)
            .all(|pair| time(&pair[0]["nominal"]) < time(&pair[1]["nominal"]))
    );
}

#[tokio::test]
async fn a_window_of_a_century_with_a_few_readings_is_read_whole() {
    let series = until_now(86_400 * 300, 40, |number| Some(Some(number.to_string())));
    let page = curve(series, "from=1900-01-01T00:00:00Z").await;
    assert_eq!(
        (&page["count"], &page["complete_from"]),
        (&json!(40), &page["from"])
    );
}

#[tokio::test]
async fn what_one_answer_does_not_take_in_is_the_oldest_and_is_told() {
    let series = until_now(1, 1_100_000, |_| Some(Some("1".to_owned())));
    let from = now() - SignedDuration::from_secs(1_200_000);
    let page = curve(series, &format!("from={from}&to={}", now())).await;
    let count = page["count"].as_i64().unwrap();
    assert!((1_000_000..1_005_000).contains(&count), "{count}");
    let kept = now() - SignedDuration::from_secs(count);
    assert_eq!(time(&page["complete_from"]), kept);
    let buckets = page["curve"]["buckets"].as_array().unwrap();
    assert_eq!(time(&buckets[0]["good"]["first"]["nominal"]), kept);
}
