//! What the embedded store answers, before its days are put away and after: bytes per reading, a scan, hourly sums,
//! last values, a limit. `cargo bench --bench queries`; CPU seconds are those of this process, from /proc.
//!
//! 100 meters of ten points, a week of minutes, and one meter for a month: 10.4 M readings that waver as meters do.

use std::path::Path;
use std::time::Instant;

use devices::{Quality, SeriesId, Window};
use futures_util::StreamExt;
use gateway::store::conformance::{batch, sweep};
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{Journal, Known, SeriesStore, Step, Steps};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::{Connection, SqliteConnection};
use uplink::{Sweep, SweepValue};

/// 2026-09-21T00:00:00Z
const START: i64 = 1_789_948_800;
const METERS: i64 = 100;
const WEEK: i64 = 7 * 1_440;
const MONTH: i64 = 30 * 1_440;
/// Name, typical mantissa, how far it wavers, scale.
const POINTS: [(&str, i128, i128, u8); 9] = [
    ("power.active", 33_120, 400, 1),
    ("voltage.a", 22_010, 60, 2),
    ("voltage.b", 22_040, 60, 2),
    ("voltage.c", 21_990, 60, 2),
    ("current.a", 5_012, 70, 3),
    ("current.b", 4_988, 70, 3),
    ("current.c", 5_044, 70, 3),
    ("power.factor", 971, 6, 3),
    ("frequency", 5_000, 3, 2),
];

struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i128) -> i128 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i128::from(self.0 >> 33) % limit
    }
}

/// One meter, minute by minute.
struct Meter {
    name: String,
    dice: Dice,
    energy: i128,
}

impl Meter {
    fn new(number: i64) -> Self {
        Self {
            name: format!("m-{number:03}"),
            dice: Dice(number.unsigned_abs() + 7),
            energy: 1_000_000,
        }
    }

    fn minute(&mut self, minute: i64) -> Sweep {
        let mut one = sweep(&self.name, START + minute * 60, Some((0, 2)), Quality::Good);
        one.taken_us = one.nominal_us + 40_000 + self.dice.below(20_000) as i64;
        self.energy += 50 + self.dice.below(8);
        let value = |point: &str, number| SweepValue {
            point: point.to_owned(),
            number: Some(number),
            quality: 0,
        };
        one.values = vec![value("energy.active.import", (self.energy, 2))];
        for (point, typical, wavers, scale) in POINTS {
            let mantissa = typical - wavers / 2 + self.dice.below(wavers);
            one.values.push(value(point, (mantissa, scale)));
        }
        one.raw[0].words = one
            .values
            .iter()
            .map(|value| value.number.map_or(0, |(m, _)| m as u16))
            .collect();
        one
    }
}

fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |n: usize| {
        fields
            .get(n)
            .and_then(|one| one.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

fn window(from: i64, to: i64) -> Window {
    let at = |minute: i64| Timestamp::from_second(START + minute * 60).expect("a time");
    Window {
        from: at(from),
        to: at(to),
    }
}

async fn fill(store: &EmbeddedStore) -> u64 {
    let mut sequence = 0;
    let meters = (0..METERS).map(|number| (number, WEEK)).chain([(METERS, MONTH)]);
    for (number, minutes) in meters {
        let mut meter = Meter::new(number);
        let sweeps: Vec<Sweep> = (0..minutes).map(|minute| meter.minute(minute)).collect();
        for part in sweeps.chunks(500) {
            sequence += 1;
            store
                .append(&batch("e-1", sequence, part.to_vec()))
                .await
                .expect("append");
        }
    }
    store.statistics().await.expect("statistics").readings
}

fn all_series(meters: i64) -> Vec<SeriesId> {
    let points = || {
        ["energy.active.import"]
            .into_iter()
            .chain(POINTS.map(|(point, ..)| point))
    };
    (0..meters)
        .flat_map(|number| points().map(move |point| format!("m-{number:03}/{point}")))
        .map(|text| text.parse().expect("a series"))
        .collect()
}

/// The shortest of some runs, and the mean of their CPU seconds: other programs run on this machine too.
async fn best<T>(mut work: impl AsyncFnMut() -> T) -> (T, f64, f64) {
    const RUNS: i32 = 5;
    let mut shortest = f64::INFINITY;
    let mut result = None;
    let cpu = cpu_seconds();
    for _ in 0..RUNS {
        let begun = Instant::now();
        result = Some(work().await);
        shortest = shortest.min(begun.elapsed().as_secs_f64());
    }
    (
        result.expect("ran"),
        shortest,
        (cpu_seconds() - cpu) / f64::from(RUNS),
    )
}

async fn ask(store: &EmbeddedStore, state: &str) {
    let many = all_series(METERS);
    let (rows, took, cpu) = best(async || {
        let mut chunks = store.scan(&many, window(0, WEEK), Known::Now);
        let mut rows = 0;
        while let Some(chunk) = chunks.next().await {
            rows += chunk.expect("scan").len();
        }
        rows
    })
    .await;
    println!(
        "{state:7} scan        {rows} readings: {:.1} M/s, {:.1} M per CPU second",
        rows as f64 / took / 1e6,
        rows as f64 / cpu / 1e6
    );

    let steps = Steps::new(
        window(0, WEEK),
        Step::Minutes(60),
        &TimeZone::fixed(jiff::tz::offset(8)),
    )
    .expect("steps");
    let (sums, took, cpu) = best(async || store.aggregate(&many, &steps).await.expect("sums")).await;
    let counted: u64 = sums
        .iter()
        .flatten()
        .filter_map(|sum| sum.part.values)
        .map(|values| values.count)
        .sum();
    println!(
        "{state:7} hourly      {counted} readings in {} sums: {:.1} M/s effective, {:.1} M per CPU second",
        sums.iter().map(Vec::len).sum::<usize>(),
        counted as f64 / took / 1e6,
        counted as f64 / cpu / 1e6
    );

    let (_, took, _) = best(async || store.latest(&many).await.expect("latest")).await;
    println!(
        "{state:7} latest      {} series: {:.3} ms",
        many.len(),
        took * 1e3
    );

    let month: SeriesId = format!("m-{METERS:03}/energy.active.import")
        .parse()
        .expect("a series");
    let (found, took, _) = best(async || {
        store
            .range(&month, window(0, MONTH), 100_000)
            .await
            .expect("range")
    })
    .await;
    println!(
        "{state:7} month       {} readings: {:.1} ms",
        found.len(),
        took * 1e3
    );
    let (found, took, _) = best(async || {
        store
            .range(&month, window(0, 3 * 1_440), 10)
            .await
            .expect("range")
    })
    .await;
    println!(
        "{state:7} limit       {} readings of 3 days: {:.2} ms",
        found.len(),
        took * 1e3
    );
    let before = Timestamp::from_second(START + 15 * 86_400 + 7).expect("a time");
    let (_, took, _) = best(async || {
        store
            .at_or_before(std::slice::from_ref(&month), before)
            .await
            .expect("before")
    })
    .await;
    println!("{state:7} at or before: {:.2} ms", took * 1e3);
}

async fn sizes(path: &Path, readings: u64, state: &str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite:{}", path.display()))
        .await
        .expect("a file");
    let columns: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT SUM(length(body)), SUM(length(times)), SUM(length(summary)),
            (SELECT COALESCE(SUM(length(body)), 0) FROM raw) FROM block",
    )
    .fetch_one(&mut connection)
    .await
    .expect("sums");
    let pages: (i64, i64) = sqlx::query_as(
        "SELECT (SELECT page_count FROM pragma_page_count) -
        (SELECT freelist_count FROM pragma_freelist_count), (SELECT page_size FROM pragma_page_size)",
    )
    .fetch_one(&mut connection)
    .await
    .expect("pages");
    let per = |bytes: i64| bytes as f64 / readings as f64;
    println!(
        "{state:7} bytes per reading: values {:.2}, times {:.2}, sums {:.2}, raw words apart {:.2}; pages of the file in use {:.2}",
        per(columns.0),
        per(columns.1),
        per(columns.2),
        per(columns.3),
        per(pages.0 * pages.1)
    );
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("series.db");
        let store = EmbeddedStore::open(&path).await.expect("a store");
        let readings = fill(&store).await;
        sizes(&path, readings, "log").await;
        ask(&store, "log").await;
        let (begun, cpu) = (Instant::now(), cpu_seconds());
        let sealed = store
            .seal("2200-01-01T00:00:00Z".parse().expect("a time"))
            .await
            .expect("seal");
        let (took, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        println!(
            "sealing {} days: {:.2} M readings/s, {:.2} CPU s per million",
            sealed.days,
            readings as f64 / took / 1e6,
            cpu / readings as f64 * 1e6
        );
        sizes(&path, readings, "sealed").await;
        ask(&store, "sealed").await;
        store.close().await;
    });
}
