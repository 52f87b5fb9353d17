//! Instruments and brokers that we did not write: pymodbus over TCP and over a pty pair of socat,
//! and mosquitto (`make tools` installs them).

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use collector::config::{BrokerConfig, GatewayConfig};
use collector::health::Health;
use collector::plan::Span;
use collector::source::Wire;
use collector::source::serial::line::Timing;
use collector::source::serial::{Port, SerialWire};
use collector::{Clock, Collector, Config};
use devices::DeviceId;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use uplink::{Access, Batch, DeviceAssignment, RegisterTable, SerialSettings, Sweep};

use crate::gateway::{FaultyGateway, Stored, TOKEN};

fn python() -> Option<String> {
    peers::python(&["pymodbus.simulator", "serial"])
}

fn has_socat() -> bool {
    peers::has_program("socat", "-h", "socat")
}

fn has_mosquitto() -> bool {
    peers::has_program("mosquitto", "-h", "mosquitto")
        && peers::has_program("mosquitto_pub", "--help", "mosquitto-clients")
}

/// Waits for the line that contains `sign`, and goes on reading so that the pipe never fills.
async fn until_line(stream: impl AsyncRead + Unpin + Send + 'static, sign: &str) -> String {
    let mut lines = BufReader::new(stream).lines();
    let found = async {
        loop {
            let line = lines
                .next_line()
                .await
                .unwrap()
                .expect("the peer ended before it was ready");
            if line.contains(sign) {
                return line;
            }
        }
    };
    let line = tokio::time::timeout(Duration::from_secs(30), found)
        .await
        .expect("the peer gets ready");
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    line
}

async fn slave(python: &str, arguments: &[&str]) -> (Child, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/foreign/slave.py");
    let mut child = Command::new(python)
        .arg(script)
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let ready = until_line(child.stdout.take().unwrap(), "ready").await;
    (child, ready)
}

/// Two serial ports with a cable between them.
async fn cable(folder: &Path) -> (Child, String, String) {
    let (ours, theirs) = (folder.join("ours"), folder.join("theirs"));
    let end = |path: &Path| format!("pty,raw,echo=0,link={}", path.display());
    let mut child = Command::new("socat")
        .args(["-d", "-d", &end(&ours), &end(&theirs)])
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    until_line(child.stderr.take().unwrap(), "starting data transfer loop").await;
    (child, ours.display().to_string(), theirs.display().to_string())
}

fn clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a whole collector runs here, as under its binary"
    )]
    Arc::new(jiff::Timestamp::now)
}

fn device(name: &str, profile: &str, access: Access) -> DeviceAssignment {
    DeviceAssignment {
        device: DeviceId::new(name).unwrap(),
        profile: profile.to_owned(),
        access,
        period_seconds: 1,
    }
}

fn sweeps_of(stored: &Stored, device: &str) -> impl Iterator<Item = Sweep> {
    let sweeps = stored
        .batches
        .values()
        .flat_map(|bytes| Batch::decode(bytes).unwrap().sweeps);
    sweeps.filter(move |sweep| sweep.device.as_str() == device)
}

fn good_sweeps(stored: &Stored, device: &str) -> impl Iterator<Item = Sweep> {
    sweeps_of(stored, device).filter(|sweep| sweep.values.iter().any(|v| v.quality == 0))
}

fn good_sweep(stored: &Stored, device: &str) -> Option<Sweep> {
    good_sweeps(stored, device).next()
}

fn value(sweep: &Sweep, point: &str) -> String {
    let value = sweep
        .values
        .iter()
        .find(|value| value.point == point)
        .expect(point);
    value.decimal().expect(point).to_string()
}

#[tokio::test]
async fn pymodbus_over_tcp_and_rtu_is_read_to_the_digit() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let mut config = Config::new(
        "site-a",
        folder.path().join("spool"),
        GatewayConfig::new(gateway.url(), TOKEN),
    );
    let (_tcp, ready) = slave(&python, &["tcp"]).await;
    let port = ready.rsplit(' ').next().unwrap().parse().unwrap();
    config.devices.push(device(
        "tcp",
        "dtz341@1",
        Access::ModbusTcp {
            host: "127.0.0.1".into(),
            port,
            unit: 1,
        },
    ));
    let mut wanted = vec!["tcp"];
    let mut peers = Vec::new();
    if has_socat() {
        let (socat, line, theirs) = cable(folder.path()).await;
        let (rtu, _) = slave(&python, &["rtu", &theirs, "0"]).await;
        peers.extend([socat, rtu]);
        let settings = SerialSettings {
            baud: 115_200,
            format: "8N1".to_owned(),
        };
        config.devices.push(device(
            "rtu",
            "dtz341@1",
            Access::ModbusRtu {
                line,
                unit: 1,
                settings,
            },
        ));
        wanted.push("rtu");
    }
    let handle = Collector::start(config, clock()).await.unwrap();
    gateway
        .until(|stored| wanted.iter().all(|device| good_sweep(stored, device).is_some()))
        .await;
    handle.shutdown().await;
    for name in wanted {
        let sweep = good_sweep(&gateway.stored.lock().unwrap(), name).unwrap();
        for (point, expected) in [
            ("energy.active.import", "123.456"),
            ("power.active", "-0.1234"),
            ("voltage.a", "220.10"),
            ("voltage.b", "220.00"),
            ("voltage.c", "219.95"),
            ("current.a", "5.000"),
            ("current.b", "0.001"),
            ("current.c", "0.000"),
        ] {
            assert_eq!(value(&sweep, point), expected, "{name} {point}");
        }
        assert_eq!(
            &sweep.raw[0].words[..5],
            &[0x0001, 0xe240, 0xffff, 0xfb2e, 22_010],
            "{name}"
        );
    }
}

/// What two thousand reads over a real pty brought.
#[derive(Debug, Default)]
struct Tally {
    good: u32,
    failed: u32,
    wrong: u32,
}

/// Reads two registers of a foreign slave, at another address each time and always of one length: an answer to
/// another request looks like that to this one.
async fn two_thousand_reads(python: &str, peer: &[&str]) -> (Tally, Arc<Health>) {
    let folder = tempfile::tempdir().unwrap();
    let (_socat, line, theirs) = cable(folder.path()).await;
    let (_slave, _) = slave(python, &[&peer[..1], &[&theirs], &peer[1..]].concat()).await;
    let settings = SerialSettings {
        baud: 115_200,
        format: "8N1".to_owned(),
    };
    let timing = Timing {
        baud: 115_200,
        response: Duration::from_millis(80),
    };
    let health = Arc::new(Health::default());
    let mut wire = SerialWire::new(
        line.clone(),
        Port::new(line, settings),
        timing,
        Arc::clone(&health),
    );
    let mut tally = Tally::default();
    for number in 0_u16..2_000 {
        let address = number.wrapping_mul(37) % 190;
        let span = Span {
            table: RegisterTable::Holding,
            address,
            words: 2,
        };
        match wire.read(1, span).await {
            Ok(words) => {
                let expected =
                    [address, address + 1].map(|register| register.wrapping_mul(257).wrapping_add(13));
                if words == expected {
                    tally.good += 1;
                } else {
                    tally.wrong += 1;
                }
            }
            Err(_) => tally.failed += 1,
        }
    }
    let counters = &health.counters;
    println!(
        "{tally:?}; {} quarantines, {} fences, {} doubted, {} bytes discarded",
        counters.quarantines.get(),
        counters.fences.get(),
        counters.answers_doubted.get(),
        counters.bytes_discarded.get()
    );
    (tally, health)
}

#[tokio::test]
async fn a_foreign_slave_that_is_late_once_in_twenty_brings_no_wrong_reading_in_two_thousand() {
    let Some(python) = python() else { return };
    if !has_socat() {
        return;
    }
    let (tally, health) = two_thousand_reads(&python, &["rtu", "0.110"]).await;
    assert_eq!(tally.wrong, 0);
    assert!(tally.good > 1_700, "{tally:?}");
    assert!(
        health.counters.bytes_discarded.get() > 0,
        "late answers came, and were kept out"
    );
}

#[tokio::test]
async fn a_foreign_slave_behind_a_repeater_brings_no_wrong_reading_in_two_thousand() {
    let Some(python) = python() else { return };
    if !has_socat() {
        return;
    }
    let (tally, health) = two_thousand_reads(&python, &["twice"]).await;
    assert_eq!(tally.wrong, 0);
    assert!(tally.good > 1_900, "{tally:?}");
    assert!(
        health.counters.answers_doubted.get() > 0,
        "copies came, and were kept out"
    );
}

/// A broker on a port of its own, and a collector's configuration that knows it as "site".
async fn mosquitto(folder: &Path, gateway: &FaultyGateway) -> (Child, u16, Config) {
    // mosquitto cannot choose a port itself.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let file = folder.join("mosquitto.conf");
    std::fs::write(
        &file,
        format!("listener {port} 127.0.0.1\nallow_anonymous true\n"),
    )
    .unwrap();
    let mut broker = Command::new("mosquitto")
        .arg("-v")
        .arg("-c")
        .arg(&file)
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    until_line(broker.stderr.take().unwrap(), "running").await;
    let mut config = Config::new(
        "site-a",
        folder.join("spool"),
        GatewayConfig::new(gateway.url(), TOKEN),
    );
    let site = BrokerConfig {
        host: "127.0.0.1".into(),
        port,
        username: None,
        password: None,
        password_file: None,
    };
    config.brokers.insert("site".to_owned(), site);
    (broker, port, config)
}

fn on_topic(topic: &str) -> Access {
    Access::Mqtt {
        broker: "site".into(),
        topic: topic.into(),
    }
}

#[tokio::test]
async fn mosquitto_brings_messages_to_the_digit() {
    if !has_mosquitto() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let (_broker, port, mut config) = mosquitto(folder.path(), &gateway).await;
    for name in ["kept", "live", "broken"] {
        let access = on_topic(&format!("site/{name}"));
        config.devices.push(device(name, "th20@1", access));
    }
    publish(
        port,
        "site/kept",
        r#"{"ts":"2026-11-23T08:00:00Z","data":{"temperature":-12.50,"humidity":45.2}}"#,
        true,
    )
    .await;
    let handle = Collector::start(config, clock()).await.unwrap();
    // The retained message shows that the subscription stands.
    gateway.until(|stored| good_sweep(stored, "kept").is_some()).await;
    publish(port, "site/broken", "{\"data\": [1, 2", false).await;
    publish(
        port,
        "site/live",
        r#"{"ts":"2026-11-23T09:00:00.5Z","data":{"temperature":23.40,"humidity":100.0}}"#,
        false,
    )
    .await;
    gateway.until(|stored| good_sweep(stored, "live").is_some()).await;
    let any = |stored: &Stored, device: &str| sweeps_of(stored, device).next();
    gateway.until(|stored| any(stored, "broken").is_some()).await;
    handle.shutdown().await;
    let stored = gateway.stored.lock().unwrap();
    let kept = good_sweep(&stored, "kept").unwrap();
    assert_eq!(
        (value(&kept, "temperature"), value(&kept, "humidity")),
        ("-12.50".into(), "45.2".into())
    );
    assert_eq!(
        kept.taken().unwrap().to_string(),
        "2026-11-23T08:00:00Z",
        "its own time"
    );
    let live = good_sweep(&stored, "live").unwrap();
    assert_eq!(
        (value(&live, "temperature"), value(&live, "humidity")),
        ("23.40".into(), "100.0".into())
    );
    let broken = any(&stored, "broken").unwrap();
    assert!(
        broken
            .values
            .iter()
            .all(|value| value.number.is_none() && value.quality >= 128)
    );
    assert_eq!(broken.message, b"{\"data\": [1, 2", "what came is kept");
}

/// The largest share of memory that this process has had, in bytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes << 10
}

/// With the session kept, a broker brings an unacknowledged message again and again, before all others.
#[tokio::test]
async fn a_message_of_any_size_silences_nobody() {
    if !has_mosquitto() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let gateway = FaultyGateway::start(1, false).await;
    let (_broker, port, mut config) = mosquitto(folder.path(), &gateway).await;
    for name in ["camera", "room"] {
        let access = on_topic(&format!("site/{name}"));
        config.devices.push(device(name, "th20@1", access));
    }
    let room = |minute: u32| {
        format!(
            r#"{{"ts":"2026-11-23T09:{minute:02}:00Z","data":{{"temperature":23.{minute:02},"humidity":40.0}}}}"#
        )
    };
    publish(port, "site/room", &room(0), true).await;
    let handle = Collector::start(config.clone(), clock()).await.unwrap();
    gateway.until(|stored| good_sweep(stored, "room").is_some()).await;

    let before = peak_memory();
    let sizes = [17_000_000_u64, 200_000_000];
    for (minute, size) in (1..).zip(sizes) {
        let picture = folder.path().join("picture");
        std::fs::File::create(&picture).unwrap().set_len(size).unwrap();
        publish_file(port, "site/camera", &picture).await;
        publish(port, "site/room", &room(minute), false).await;
        let expected = format!("23.{minute:02}");
        gateway
            .until(|stored| good_sweeps(stored, "room").any(|sweep| value(&sweep, "temperature") == expected))
            .await;
    }
    let more = peak_memory() - before;
    println!("{sizes:?} bytes took {} KiB more memory", more >> 10);
    assert!(more < 32 << 20, "{more}");

    let report: serde_json::Value = serde_json::from_str(&handle.health()).unwrap();
    assert_eq!(report["counters"]["mqtt_too_large"], 2);
    assert_eq!(report["counters"]["connections_opened"], 1, "it was never cut");
    let broker = &report["brokers"][format!("127.0.0.1:{port}")];
    assert_eq!(
        (&broker["connected"], &broker["too_large"]),
        (&true.into(), &2.into())
    );
    let failure = report["devices"]["camera"]["last_failure"].as_str().unwrap();
    assert!(failure.contains("200000000 bytes on site/camera"), "{failure}");
    handle.shutdown().await;

    // Acknowledged: it does not come again to the same session.
    publish(port, "site/room", &room(3), false).await;
    let handle = Collector::start(config, clock()).await.unwrap();
    gateway
        .until(|stored| good_sweeps(stored, "room").any(|sweep| value(&sweep, "temperature") == "23.03"))
        .await;
    assert_eq!(handle.counters().counters.mqtt_too_large.get(), 0);
    handle.shutdown().await;
    let stored = gateway.stored.lock().unwrap();
    let failed =
        sweeps_of(&stored, "camera").filter(|sweep| sweep.values.iter().all(|one| one.quality >= 128));
    assert_eq!(failed.count(), 2, "each is a failed reading of its device");
}

async fn publish_file(port: u16, topic: &str, file: &Path) {
    let mut command = Command::new("mosquitto_pub");
    command.args([
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-q",
        "1",
        "-t",
        topic,
        "-f",
    ]);
    assert!(command.arg(file).status().await.unwrap().success());
}

async fn publish(port: u16, topic: &str, message: &str, retain: bool) {
    let mut command = Command::new("mosquitto_pub");
    command.args([
        "-h",
        "127.0.0.1",
        "-p",
        &port.to_string(),
        "-q",
        "1",
        "-t",
        topic,
        "-m",
        message,
    ]);
    if retain {
        command.arg("-r");
    }
    assert!(command.status().await.unwrap().success());
}
