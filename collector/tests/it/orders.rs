//! Orders from a newer gateway, and orders to go where this collector does not go.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use collector::config::GatewayConfig;
use collector::{Clock, Collector, Config};
use devices::DeviceId;
use serde_json::json;
use uplink::{
    Access, Batch, DeviceAssignment, Networks, NotReadCause, Orders, Probe, ProbeAnswer, ProbeFailure,
    ProbeOutcome, Report,
};

use crate::gateway::{FaultyGateway, Stored, TOKEN};
use crate::slave::TcpSlave;

fn clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a whole collector runs here, as under its binary"
    )]
    Arc::new(jiff::Timestamp::now)
}

fn config(gateway: &FaultyGateway, folder: &tempfile::TempDir) -> Config {
    let mut config = Config::new("site-a", folder.path(), GatewayConfig::new(gateway.url(), TOKEN));
    config.modbus.connect_timeout_ms = 200;
    config.modbus.response_timeout_ms = 200;
    config
}

fn at(host: &str, port: u16, unit: u8) -> Access {
    Access::ModbusTcp {
        host: host.to_owned(),
        port,
        unit,
    }
}

fn device(name: &str, access: Access) -> DeviceAssignment {
    DeviceAssignment {
        device: DeviceId::new(name).unwrap(),
        profile: "pt100k@1".to_owned(),
        access,
        period_seconds: 1,
    }
}

fn order(gateway: &FaultyGateway, version: u64, devices: Vec<DeviceAssignment>) {
    gateway.orders.send_replace(Orders {
        version,
        devices,
        probes: Vec::new(),
    });
}

fn read(stored: &Stored, name: &str) -> usize {
    let sweeps = stored
        .batches
        .values()
        .flat_map(|bytes| Batch::decode(bytes).unwrap().sweeps);
    sweeps.filter(|sweep| sweep.device.as_str() == name).count()
}

/// The first report on this version of the orders.
async fn report(gateway: &FaultyGateway, version: u64) -> Report {
    let mut reports = gateway.reports.subscribe();
    let on = |reports: &Vec<Report>| reports.iter().find(|one| one.version == version).cloned();
    let heard = reports.wait_for(|reports| on(reports).is_some());
    let heard = tokio::time::timeout(Duration::from_secs(30), heard)
        .await
        .unwrap()
        .unwrap();
    on(&heard).unwrap()
}

/// As a gateway says it that knows more than this collector.
fn newer(name: &str) -> serde_json::Value {
    json!({"device": name, "profile": "pt100k@1", "access": {"kind": "dlms-wrapper", "host": "10.0.0.1"}, "period_seconds": 1})
}

#[tokio::test]
async fn an_order_that_is_not_understood_costs_its_own_device_until_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let slave = TcpSlave::start(BTreeSet::new()).await;
    let here = |unit| at("127.0.0.1", slave.port, unit);
    order(&gateway, 1, vec![device("p-1", here(1)), device("p-2", here(2))]);
    let handle = Collector::start(config(&gateway, &folder), clock())
        .await
        .unwrap();
    gateway
        .until(|stored| read(stored, "p-1") > 0 && read(stored, "p-2") > 0)
        .await;
    assert!(report(&gateway, 1).await.not_read.is_empty());

    // p-2 is now reached in a way that this collector does not know: it stops, p-1 goes on.
    gateway.newer.lock().unwrap().push(newer("p-2"));
    order(&gateway, 2, vec![device("p-1", here(1))]);
    let told = report(&gateway, 2).await;
    assert_eq!(told.not_read.len(), 1, "{told:?}");
    assert_eq!(
        (told.not_read[0].device.as_str(), told.not_read[0].cause),
        ("p-2", NotReadCause::NotUnderstood)
    );
    assert!(told.not_read[0].detail.contains("dlms-wrapper"), "{told:?}");
    assert!(handle.health().contains("dlms-wrapper"));
    gateway.stored.lock().unwrap().batches.clear();
    // What was on its way when the orders changed is behind this.
    gateway.until(|stored| read(stored, "p-1") > 1).await;
    let before = read(&gateway.stored.lock().unwrap(), "p-2");
    gateway.until(|stored| read(stored, "p-1") > 4).await;
    assert_eq!(
        read(&gateway.stored.lock().unwrap(), "p-2"),
        before,
        "by no order in force"
    );

    // A restart without a gateway still knows what it does not understand.
    handle.shutdown().await;
    let kept = std::fs::read_to_string(folder.path().join("orders.json")).unwrap();
    assert!(kept.contains("dlms-wrapper"), "{kept}");
    let handle = Collector::start(config(&gateway, &folder), clock())
        .await
        .unwrap();
    assert!(handle.health().contains("dlms-wrapper"));

    gateway.newer.lock().unwrap().clear();
    order(&gateway, 3, vec![device("p-1", here(1)), device("p-2", here(2))]);
    gateway.until(|stored| read(stored, "p-2") > before).await;
    assert!(report(&gateway, 3).await.not_read.is_empty());
    handle.shutdown().await;
}

async fn answers(gateway: &FaultyGateway, probes: Vec<(&str, Access)>) -> Vec<ProbeAnswer> {
    let count = probes.len();
    let probes = probes.into_iter().map(|(id, access)| Probe {
        id: id.to_owned(),
        profile: "pt100k@1".to_owned(),
        access,
    });
    let probes = probes.collect();
    gateway.orders.send_modify(|orders| orders.probes = probes);
    let mut answers = gateway.answers.subscribe();
    let all = answers.wait_for(|answers| answers.len() >= count);
    let mut all = tokio::time::timeout(Duration::from_secs(30), all)
        .await
        .unwrap()
        .unwrap()
        .clone();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

#[tokio::test]
async fn a_probe_tells_nobody_which_ports_are_open() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    // Closed, open and silent, open and speaking something else.
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = gateway.address.port();
    let handle = Collector::start(config(&gateway, &folder), clock())
        .await
        .unwrap();
    let probes = vec![
        ("a", at("127.0.0.1", closed, 1)),
        ("b", at("127.0.0.1", silent.local_addr().unwrap().port(), 1)),
        ("c", at("127.0.0.1", other, 1)),
    ];
    let answers = answers(&gateway, probes).await;
    for answer in &answers {
        assert_eq!(
            answer.outcome,
            ProbeOutcome::failed(ProbeFailure::NoReading, ""),
            "{answer:?}"
        );
        assert!(answer.elapsed_ms >= 400, "no sooner than the slowest: {answer:?}");
    }
    handle.shutdown().await;
}

#[tokio::test]
async fn connections_are_opened_to_the_networks_of_the_configuration_only() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let slave = TcpSlave::start(BTreeSet::new()).await;
    let mut config = config(&gateway, &folder);
    config.modbus.networks = serde_json::from_str::<Networks>("[\"127.0.0.1/32\"]").unwrap();
    order(
        &gateway,
        1,
        vec![
            device("p-1", at("127.0.0.1", slave.port, 1)),
            device("p-2", at("127.0.0.2", slave.port, 2)),
        ],
    );
    let handle = Collector::start(config, clock()).await.unwrap();
    gateway.until(|stored| read(stored, "p-1") > 0).await;
    let told = report(&gateway, 1).await;
    assert_eq!(told.networks.to_string(), "127.0.0.1/32");
    assert_eq!(told.not_read.len(), 1);
    assert_eq!(
        (told.not_read[0].device.as_str(), told.not_read[0].cause),
        ("p-2", NotReadCause::AddressNotAllowed)
    );
    assert!(
        told.not_read[0].detail.contains("`networks` in [modbus]"),
        "{told:?}"
    );

    let probes = vec![
        ("a", at("127.0.0.2", slave.port, 1)),
        ("b", at("127.0.0.1", slave.port, 1)),
    ];
    let answers = answers(&gateway, probes).await;
    assert!(
        matches!(&answers[0].outcome, ProbeOutcome::Failed { cause: ProbeFailure::AddressNotAllowed, detail }
            if detail.contains("127.0.0.2")),
        "{answers:?}"
    );
    assert!(
        matches!(answers[1].outcome, ProbeOutcome::Read { .. }),
        "{answers:?}"
    );
    handle.shutdown().await;
}

#[tokio::test]
async fn a_name_is_looked_at_when_it_is_resolved() {
    use collector::plan::Span;
    use collector::source::Wire;
    use collector::source::modbus::TcpWire;
    let slave = TcpSlave::start(BTreeSet::new()).await;
    let networks: Networks = serde_json::from_str("[\"10.0.0.0/8\"]").unwrap();
    let second = Duration::from_secs(1);
    let health = Arc::default();
    let mut wire = TcpWire::new("localhost".to_owned(), slave.port, second, second, health).within(networks);
    let span = Span {
        table: uplink::RegisterTable::Holding,
        address: 0,
        words: 1,
    };
    let fault = wire.read(1, span).await.unwrap_err().to_string();
    assert!(fault.contains("outside of the networks"), "{fault}");
}
