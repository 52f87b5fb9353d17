//! Readings per second from the bytes of an uplink batch to the durable acknowledgement: decode, admit, dedup, screen,
//! append with fsync. `cargo bench -p gateway`; CPU seconds are those of this process, from /proc.

use std::sync::Arc;
use std::time::Instant;

use devices::{DeviceId, Quality};
use gateway::store::SeriesStore;
use gateway::store::conformance::sweep;
use gateway::store::embedded::EmbeddedStore;
use gateway::{AdmissionTable, CollectorAdmission, DeviceAdmission, Gateway};
use uplink::{Access, Batch, BatchKey, DeviceAssignment, Sweep, SweepValue};

const START: i64 = 1_790_000_000;
const DEVICES: i64 = 10;
const POINTS: [&str; 10] = [
    "energy.active.import",
    "power.active",
    "voltage.a",
    "voltage.b",
    "voltage.c",
    "current.a",
    "current.b",
    "current.c",
    "power.factor",
    "frequency",
];

/// A whole meter: ten points, every one moving a little.
fn meter(device: i64, minute: i64) -> Sweep {
    let mut one = sweep(
        &format!("m-{device:02}"),
        START + minute * 60,
        Some((0, 2)),
        Quality::Good,
    );
    let value = one.values[0].clone();
    one.values = (0_i64..)
        .zip(POINTS)
        .map(|(n, point)| SweepValue {
            point: point.to_owned(),
            number: Some((i128::from(22_010 + minute * (n + 1) + device), 2)),
            ..value.clone()
        })
        .collect();
    one
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

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("series.db");
        let store = Arc::new(EmbeddedStore::open(&path).await.expect("a store"));
        let meters = (0..DEVICES).map(|n| {
            let device = DeviceId::new(format!("m-{n:02}")).expect("a name");
            let access = Access::ModbusTcp {
                host: "127.0.0.1".into(),
                port: 502,
                unit: 1,
            };
            let assignment = DeviceAssignment {
                device: device.clone(),
                profile: "dtz341@1".into(),
                access,
                period_seconds: 60,
            };
            let plausible = [("voltage.a".parse().expect("a point"), (0.into(), 1_000_000.into()))].into();
            (
                device,
                DeviceAdmission {
                    assignment,
                    plausible,
                },
            )
        });
        let admission = CollectorAdmission {
            token_sha256: [0; 32],
            devices: meters.collect(),
            profiles: Arc::new(devices::profile::catalogue().clone()),
        };
        let admission = Arc::new(admission);
        let table = AdmissionTable {
            version: 1,
            collectors: [("e".to_owned(), admission.clone())].into(),
        };
        let (_kept, receiver) = tokio::sync::watch::channel(Arc::new(table));
        let now = jiff::Timestamp::from_second(START + 90 * 86_400).expect("a time");
        let gateway = Gateway::new(store.clone(), receiver, Arc::new(move || now));

        // A week of ten meters by the minute, as a collector sends it after an outage.
        let minutes = 7 * 24 * 60;
        let sweeps: Vec<Sweep> = (0..minutes)
            .flat_map(|minute| (0..DEVICES).map(move |device| meter(device, minute)))
            .collect();
        let batches: Vec<Vec<u8>> = (1..)
            .zip(sweeps.chunks(500))
            .map(|(sequence, sweeps)| {
                let key = BatchKey {
                    collector: "e".into(),
                    epoch: 1,
                    sequence,
                };
                Batch {
                    key,
                    sweeps: sweeps.to_vec(),
                }
                .encode()
            })
            .collect();
        let readings = sweeps.len() * POINTS.len();
        let (begun, cpu) = (Instant::now(), cpu_seconds());
        for bytes in &batches {
            let ack = gateway.ingest("e", &admission, bytes).await.expect("acknowledged");
            assert_eq!((ack.refused, ack.lowered), (0, 0));
        }
        let (took, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds() - cpu);
        assert_eq!(store.statistics().await.expect("statistics").readings, readings as u64);
        store.close().await;
        let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
        println!(
            "ingest   {readings} readings in {} batches: {:.0} readings/s, {:.2} CPU s per million, {:.1} bytes per reading on disk",
            batches.len(),
            readings as f64 / took,
            cpu / readings as f64 * 1e6,
            bytes as f64 / readings as f64,
        );
    });
}
