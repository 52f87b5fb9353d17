//! The link was down, the process was killed, the orders changed: what arrives all the same.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use collector::config::GatewayConfig;
use collector::{Clock, Collector, Config};
use devices::profile::catalogue;
use devices::{DeviceId, Failure, Quality};
use uplink::{Access, Batch, DeviceAssignment, Orders, Probe, ProbeFailure, ProbeOutcome, Sweep};

use crate::gateway::{FaultyGateway, Stored, TOKEN};
use crate::slave::TcpSlave;

fn clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a whole collector runs here, as under its binary"
    )]
    Arc::new(jiff::Timestamp::now)
}

fn config(gateway: &FaultyGateway, spool: &std::path::Path) -> Config {
    Config::new("site-a", spool, GatewayConfig::new(gateway.url(), TOKEN))
}

fn sweep(device: &str, number: i64) -> Sweep {
    Sweep {
        device: DeviceId::new(device).unwrap(),
        profile: "dtz341@1".to_owned(),
        nominal_us: number,
        taken_us: number,
        values: Vec::new(),
        raw: Vec::new(),
        message: Vec::new(),
    }
}

fn sweeps(stored: &Stored) -> Vec<Sweep> {
    stored
        .batches
        .values()
        .flat_map(|bytes| Batch::decode(bytes).unwrap().sweeps)
        .collect()
}

/// Sequences of each epoch are 1, 2, 3, … without a gap.
fn without_gaps(stored: &Stored) -> bool {
    let mut next = BTreeMap::new();
    stored.batches.keys().all(|(epoch, sequence)| {
        let expected = next.entry(*epoch).or_insert(1);
        *expected += 1;
        *sequence == *expected - 1
    })
}

#[tokio::test]
async fn every_sweep_arrives_exactly_once_through_a_failing_link_and_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(7, true).await;
    let total = 60 * 40;
    let mut next = 0;
    for _restart in 0..4 {
        let handle = Collector::start(config(&gateway, folder.path()), clock())
            .await
            .unwrap();
        let spool = handle.spool();
        let mut attempts = gateway.changed.subscribe();
        for round in 0..15 {
            if round % 3 == 2 {
                // Small batches: let the sender come between the appends.
                attempts.changed().await.unwrap();
            }
            let some: Vec<Sweep> = (next..next + 40).map(|number| sweep("m-01", number)).collect();
            next += 40;
            let spool = Arc::clone(&spool);
            tokio::task::spawn_blocking(move || spool.append(&some))
                .await
                .unwrap()
                .unwrap();
        }
        // In the middle of whatever it is sending.
        drop(spool);
        handle.shutdown().await;
    }
    let handle = Collector::start(config(&gateway, folder.path()), clock())
        .await
        .unwrap();
    gateway.until(|stored| sweeps(stored).len() >= total).await;
    handle.shutdown().await;
    let stored = gateway.stored.lock().unwrap();
    assert_eq!(stored.conflicts, 0, "one key named two different batches");
    let arrived: Vec<i64> = sweeps(&stored).iter().map(|sweep| sweep.nominal_us).collect();
    assert_eq!(
        arrived,
        (0..total as i64).collect::<Vec<_>>(),
        "once each, in order"
    );
    assert!(without_gaps(&stored));
    println!(
        "{} batches, {} duplicates, {} faults",
        stored.batches.len(),
        stored.duplicates,
        stored.faults
    );
}

#[tokio::test]
async fn a_refused_batch_is_kept_and_does_not_block_those_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    gateway.stored.lock().unwrap().refuse_device = Some("poison".to_owned());
    gateway.stored.lock().unwrap().down = true;
    let handle = Collector::start(config(&gateway, folder.path()), clock())
        .await
        .unwrap();
    let spool = handle.spool();
    spool.append(&[sweep("poison", 1)]).unwrap();
    // Sealed alone while the gateway is down.
    let sealed = spool.next_batch().unwrap().unwrap();
    spool.append(&[sweep("good", 2)]).unwrap();
    gateway.stored.lock().unwrap().down = false;
    gateway.until(|stored| !stored.batches.is_empty()).await;
    let kept = folder
        .path()
        .join("refused")
        .join(format!("{}-{:012}.batch", sealed.key.epoch, 1));
    assert_eq!(std::fs::read(&kept).unwrap(), sealed.bytes);
    assert!(
        std::fs::read_to_string(kept.with_extension("reason.txt"))
            .unwrap()
            .contains("poison")
    );
    assert_eq!(sweeps(&gateway.stored.lock().unwrap())[0].device.as_str(), "good");
    assert_eq!(handle.counters().counters.batches_set_aside.get(), 1);
    drop(spool);
    handle.shutdown().await;
}

#[tokio::test]
async fn a_key_that_means_something_else_at_the_gateway_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let spool = collector::Spool::open(folder.path(), "site-a").unwrap();
    spool.append(&[sweep("m-01", 1), sweep("m-01", 2)]).unwrap();
    // As after a spool was restored from yesterday's copy.
    let other = Batch {
        key: spool.next_batch().unwrap().unwrap().key.clone(),
        sweeps: vec![sweep("m-01", 0)],
    };
    gateway
        .stored
        .lock()
        .unwrap()
        .batches
        .insert((other.key.epoch, other.key.sequence), other.encode());
    drop(spool);
    let handle = Collector::start(config(&gateway, folder.path()), clock())
        .await
        .unwrap();
    gateway.until(|stored| sweeps(stored).len() == 3).await;
    handle.shutdown().await;
    let stored = gateway.stored.lock().unwrap();
    let mut arrived: Vec<i64> = sweeps(&stored).iter().map(|sweep| sweep.nominal_us).collect();
    arrived.sort_unstable();
    assert_eq!(arrived, [0, 1, 2]);
    assert_eq!(stored.conflicts, 1);
}

#[tokio::test]
async fn a_wrong_token_sets_nothing_aside() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let mut wrong = config(&gateway, folder.path());
    wrong.gateway.token = Some("wrong".to_owned());
    let handle = Collector::start(wrong, clock()).await.unwrap();
    handle.spool().append(&[sweep("m-01", 1)]).unwrap();
    let mut changed = gateway.changed.subscribe();
    changed.changed().await.unwrap();
    changed.changed().await.unwrap();
    assert!(handle.health().contains("401"), "{}", handle.health());
    handle.shutdown().await;
    let handle = Collector::start(config(&gateway, folder.path()), clock())
        .await
        .unwrap();
    gateway.until(|stored| sweeps(stored).len() == 1).await;
    handle.shutdown().await;
}

fn assignment(device: &str, access: Access) -> DeviceAssignment {
    DeviceAssignment {
        device: DeviceId::new(device).unwrap(),
        profile: "pt100k@1".to_owned(),
        access,
        period_seconds: 1,
    }
}

fn at(port: u16, unit: u8) -> Access {
    Access::ModbusTcp {
        host: "127.0.0.1".to_owned(),
        port,
        unit,
    }
}

#[tokio::test]
async fn orders_are_followed_without_restart_kept_on_disk_and_probes_answered() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let slave = TcpSlave::start(BTreeSet::from([9])).await;
    let handle = Collector::start(config(&gateway, folder.path()), clock())
        .await
        .unwrap();
    let devices = vec![
        assignment("dead", at(slave.port, 9)),
        assignment("p-1", at(slave.port, 1)),
        assignment("p-2", at(slave.port, 2)),
        DeviceAssignment {
            profile: "nothing@1".to_owned(),
            ..assignment("unknown", at(slave.port, 3))
        },
    ];
    gateway.orders.send_replace(Orders {
        version: 5,
        devices,
        probes: Vec::new(),
    });
    let good = |sweep: &Sweep| sweep.values.iter().any(|value| value.number.is_some());
    let good_of = |stored: &Stored, device: &str| {
        sweeps(stored)
            .iter()
            .filter(|sweep| sweep.device.as_str() == device && good(sweep))
            .count()
    };
    gateway
        .until(|stored| good_of(stored, "p-1") >= 2 && good_of(stored, "p-2") >= 2)
        .await;
    gateway
        .until(|stored| sweeps(stored).iter().any(|sweep| sweep.device.as_str() == "dead"))
        .await;
    assert!(
        handle.health().contains("nothing@1"),
        "an unknown profile is named"
    );

    // A probe goes through the same connection, and says what it saw.
    let probes = vec![
        Probe {
            id: "a".to_owned(),
            profile: "pt100k@1".to_owned(),
            access: at(slave.port, 2),
        },
        Probe {
            id: "b".to_owned(),
            profile: "pt100k@1".to_owned(),
            access: at(slave.port, 9),
        },
    ];
    gateway.orders.send_modify(|orders| orders.probes = probes);
    let mut answers = gateway.answers.subscribe();
    let two = answers.wait_for(|answers| answers.len() >= 2);
    let two = tokio::time::timeout(Duration::from_secs(30), two)
        .await
        .unwrap()
        .unwrap()
        .clone();
    for answer in two {
        match (answer.id.as_str(), answer.outcome) {
            ("a", ProbeOutcome::Read { values }) => assert!(values.iter().all(|value| !value.raw.is_empty())),
            ("b", outcome) => assert_eq!(outcome, ProbeOutcome::failed(ProbeFailure::NoReading, "")),
            other => panic!("{other:?}"),
        }
    }
    handle.shutdown().await;

    {
        let stored = gateway.stored.lock().unwrap();
        let profile = catalogue().get("pt100k@1").unwrap();
        for sweep in sweeps(&stored) {
            assert_eq!(sweep.nominal_us % 1_000_000, 0, "nominal times are full seconds");
            assert!(sweep.taken_us >= sweep.nominal_us);
            assert_eq!(
                sweep.values.len(),
                profile.points.len(),
                "never silent about a point"
            );
            let failed = Quality::Bad(Failure::NoAnswer).code();
            let unread = Quality::Bad(Failure::NotRead).code();
            if sweep.device.as_str() == "dead" {
                let failures = [failed, unread, Quality::Bad(Failure::NoConnection).code()];
                assert!(
                    sweep
                        .values
                        .iter()
                        .all(|value| value.number.is_none() && failures.contains(&value.quality))
                );
            }
        }
    }
    // Without a gateway the kept orders go on.
    gateway.stored.lock().unwrap().batches.clear();
    let mut alone = config(&gateway, folder.path());
    alone.gateway.url = "http://127.0.0.1:9".to_owned();
    let handle = Collector::start(alone, clock()).await.unwrap();
    let mut changed = handle.spool().changed();
    let before = handle.spool().report().pending_sweeps;
    let more = changed.wait_for(|_| handle.spool().report().pending_sweeps > before);
    tokio::time::timeout(Duration::from_secs(20), more)
        .await
        .unwrap()
        .unwrap();
    handle.shutdown().await;
}

#[tokio::test]
async fn kill_9_of_the_collector_loses_and_doubles_nothing_that_was_spooled() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(3, true).await;
    let slave = TcpSlave::start(BTreeSet::new()).await;
    let mut file = format!(
        "id = \"site-a\"\nspool = \"{}\"\n[gateway]\nurl = \"{}\"\ntoken = \"{TOKEN}\"\n",
        folder.path().join("spool").display(),
        gateway.url()
    );
    for unit in 1..=20 {
        file.push_str(&format!(
            "[[device]]\ndevice = \"p-{unit}\"\nprofile = \"pt100k@1\"\nperiod_seconds = 1\naccess = {{ kind = \"modbus-tcp\", host = \"127.0.0.1\", port = {}, unit = {unit} }}\n",
            slave.port
        ));
    }
    let path = folder.path().join("collector.toml");
    std::fs::write(&path, file).unwrap();
    for round in 1..=3 {
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_collector"))
            .arg("run")
            .arg(&path)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        gateway.until(|stored| sweeps(stored).len() >= round * 30).await;
        // SIGKILL, wherever it is.
        child.kill().await.unwrap();
    }
    // What the last run left behind is sent by the next.
    let spool = collector::Spool::open(&folder.path().join("spool"), "site-a").unwrap();
    let mut left = Vec::new();
    while let Some(batch) = spool.next_batch().unwrap() {
        let key = (batch.key.epoch, batch.key.sequence);
        let stored = gateway.stored.lock().unwrap();
        match stored.batches.get(&key) {
            Some(bytes) => assert_eq!(*bytes, batch.bytes, "same key, same bytes"),
            None => left.extend(Batch::decode(&batch.bytes).unwrap().sweeps),
        }
        drop(stored);
        spool.acknowledge(&batch.key).unwrap();
    }
    let stored = gateway.stored.lock().unwrap();
    assert!(without_gaps(&stored));
    assert_eq!(stored.conflicts, 0);
    let mut seen = BTreeSet::new();
    for sweep in sweeps(&stored).iter().chain(&left) {
        assert!(
            seen.insert((sweep.device.clone(), sweep.nominal_us)),
            "twice: {} {}",
            sweep.device,
            sweep.nominal_us
        );
    }
    println!(
        "{} sweeps, {} left, {} duplicates refused",
        seen.len(),
        left.len(),
        stored.duplicates
    );
}
