//! Readings per second from the bytes of an uplink batch to the durable acknowledgement: decode, dedup, admit, screen,
//! append with fsync. `cargo bench -p gateway`; CPU seconds are those of this process, from /proc.
//!
//! Two shapes: a week of ten meters as one collector sends it after an outage, and what four collectors send at the
//! same time while all is well (a batch is one sweep of each of 250 devices).

use std::sync::Arc;
use std::time::Instant;

use devices::{DeviceId, Quality};
use gateway::store::Journal;
use gateway::store::conformance::sweep;
use gateway::store::embedded::EmbeddedStore;
use gateway::{AdmissionTable, CollectorAdmission, DeviceAdmission, Gateway};
use uplink::{Access, Batch, BatchKey, DeviceAssignment, Sweep, SweepValue};

const START: i64 = 1_790_000_000;
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

fn name(collector: usize, device: i64) -> String {
    format!("m-{collector}-{device:03}")
}

/// A whole meter: ten points, every one moving a little.
fn meter(collector: usize, device: i64, minute: i64) -> Sweep {
    let mut one = sweep(
        &name(collector, device),
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

/// The admission of one collector with so many meters.
fn admission(collector: usize, devices: i64) -> Arc<CollectorAdmission> {
    let devices = (0..devices).map(|n| {
        let device = DeviceId::new(name(collector, n)).expect("a name");
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
        let plausible = [(
            "voltage.a".parse().expect("a point"),
            (0.into(), 1_000_000.into()),
        )]
        .into();
        (
            device,
            DeviceAdmission {
                assignment,
                plausible,
            },
        )
    });
    Arc::new(CollectorAdmission {
        token_sha256: [0; 32],
        devices: devices.collect(),
        profiles: Arc::new(devices::profile::catalogue().clone()),
    })
}

/// The bytes of batches of so many sweeps, oldest first.
fn batches(collector: &str, sweeps: &[Sweep], size: usize) -> Vec<Vec<u8>> {
    (1..)
        .zip(sweeps.chunks(size))
        .map(|(sequence, sweeps)| {
            let key = BatchKey {
                collector: collector.to_owned(),
                epoch: 1,
                sequence,
            };
            Batch {
                key,
                sweeps: sweeps.to_vec(),
            }
            .encode()
        })
        .collect()
}

/// What one collector has to send.
struct Sender {
    collector: String,
    admission: Arc<CollectorAdmission>,
    batches: Vec<Vec<u8>>,
}

impl Sender {
    fn new(number: usize, devices: i64, minutes: i64, size: usize) -> Self {
        let sweeps: Vec<Sweep> = (0..minutes)
            .flat_map(|minute| (0..devices).map(move |device| meter(number, device, minute)))
            .collect();
        let collector = format!("e-{number}");
        Self {
            batches: batches(&collector, &sweeps, size),
            admission: admission(number, devices),
            collector,
        }
    }

    async fn send(self, gateway: Arc<Gateway>) {
        for bytes in &self.batches {
            let ack = gateway.ingest(&self.collector, &self.admission, bytes).await;
            let ack = ack.expect("acknowledged");
            assert_eq!((ack.refused, ack.lowered, ack.duplicate), (0, 0, false));
        }
    }
}

/// Lets so many collectors send at the same time and prints what it cost.
async fn measure(name: &str, collectors: usize, devices: i64, minutes: i64, size: usize) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("series.db");
    let store = Arc::new(EmbeddedStore::open(&path).await.expect("a store"));
    let senders: Vec<Sender> = (0..collectors)
        .map(|number| Sender::new(number, devices, minutes, size))
        .collect();
    let table = AdmissionTable {
        version: 1,
        collectors: senders
            .iter()
            .map(|sender| (sender.collector.clone(), sender.admission.clone()))
            .collect(),
    };
    let (_kept, receiver) = tokio::sync::watch::channel(Arc::new(table));
    let now = jiff::Timestamp::from_second(START + 90 * 86_400).expect("a time");
    let gateway = Gateway::new(store.clone(), receiver, Arc::new(move || now));
    let batches: usize = senders.iter().map(|sender| sender.batches.len()).sum();
    let readings = collectors as i64 * devices * minutes * POINTS.len() as i64;

    let (begun, cpu) = (Instant::now(), cpu_seconds());
    let sent: Vec<_> = senders
        .into_iter()
        .map(|sender| tokio::spawn(sender.send(gateway.clone())))
        .collect();
    for sender in sent {
        sender.await.expect("a collector ends");
    }
    let (took, cpu) = (begun.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let stored = store.statistics().await.expect("statistics").readings;
    assert_eq!(stored, readings.cast_unsigned());
    store.close().await;
    let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    println!(
        "ingest {name:12} {readings} readings in {batches} batches: {:.0} readings/s, {:.2} CPU s per million, {:.1} bytes per reading on disk",
        readings as f64 / took,
        cpu / readings as f64 * 1e6,
        bytes as f64 / readings as f64,
    );
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        measure("after outage", 1, 10, 7 * 24 * 60, 500).await;
        measure("live", 4, 250, 100, 250).await;
    });
}
