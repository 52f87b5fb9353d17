//! kill -9 of the real programs while seven days of readings pass through them: every reading is there exactly once.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use deploy::clock::system_clock;
use deploy::config::Config;
use deploy::demo::{Options, Prepared, data_dir};
use deploy::wiring::open_data;
use devices::Window;
use gateway::store::SeriesStore;
use jiff::SignedDuration;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// The program as the same build made it.
fn program(name: &str) -> PathBuf {
    let tests = std::env::current_exe().expect("this test has a path");
    let path = tests
        .parent()
        .and_then(Path::parent)
        .expect("target folder")
        .join(name);
    assert!(
        path.exists(),
        "{} is missing; `cargo build --workspace --bins` makes it",
        path.display()
    );
    path
}

fn start(name: &str, verb: &str, config: &Path) -> Child {
    Command::new(program(name))
        .arg(verb)
        .arg(config)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the program starts")
}

/// A port that was free a moment ago; the gateway keeps it over its restarts.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback");
    listener.local_addr().expect("bound").port()
}

/// The collector's health report, if it is up.
async fn report(port: u16) -> Option<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: collector\r\n\r\n")
        .await
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    serde_json::from_str(answer.split_once("\r\n\r\n")?.1).ok()
}

/// Asks again and again until the report is as wanted.
async fn until(port: u16, wanted: impl Fn(&Value) -> bool) {
    let asked = async {
        let mut pace = tokio::time::interval(Duration::from_millis(20));
        loop {
            pace.tick().await;
            if report(port).await.is_some_and(|report| wanted(&report)) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(120), asked)
        .await
        .expect("the collector gets on");
}

#[tokio::test(flavor = "multi_thread")]
async fn kill_9_of_collector_and_gateway_under_load_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options {
        data: folder.path().to_owned(),
        port: 0,
        history_days: 7,
    };
    let prepared = Prepared::new(&options, system_clock(), &|_| {})
        .await
        .expect("prepared");
    let (site, started) = (prepared.site.clone(), prepared.started);
    let (token, spool) = (prepared.accounts.collector_token.clone(), prepared.spool.clone());
    // The instruments go on answering; the server goes and comes back as a process of its own.
    let field = prepared.serving;
    prepared.system.stop().await;

    let (uplink, health) = (free_port(), free_port());
    let server = folder.path().join("henglian.toml");
    let data = data_dir(folder.path());
    std::fs::write(
        &server,
        format!(
            "data_dir = \"{}\"\n[portal]\nlisten = \"127.0.0.1:0\"\n[uplink]\nlisten = \"127.0.0.1:{uplink}\"\n",
            data.display()
        ),
    )
    .expect("written");
    let edge = folder.path().join("collector.toml");
    std::fs::write(
        &edge,
        format!(
            "id = \"edge-1\"\nspool = \"{}\"\nhealth = \"127.0.0.1:{health}\"\n[gateway]\nurl = \"http://127.0.0.1:{uplink}\"\n\
             token = \"{token}\"\n",
            spool.display()
        ),
    )
    .expect("written");
    let mut gateway = start("henglian", "serve", &server);
    let mut collector = start("collector", "run", &edge);
    for round in 0..6_u64 {
        // Killed after another number of batches each time, the one or the other or both.
        until(health, |report| {
            report["counters"]["batches_acknowledged"].as_u64() > Some(round % 3)
        })
        .await;
        if round % 3 != 1 {
            gateway.kill().await.expect("killed");
            gateway = start("henglian", "serve", &server);
        }
        if round % 3 != 0 {
            collector.kill().await.expect("killed");
            collector = start("collector", "run", &edge);
        }
    }
    // What is left goes its way undisturbed.
    until(health, |report| {
        report["spool"]["pending_sweeps"]
            .as_u64()
            .is_some_and(|pending| pending < 100)
    })
    .await;
    collector.kill().await.expect("killed");
    gateway.kill().await.expect("killed");
    field.shutdown().await;

    let (ledger, store) = open_data(&Config::load(&server).expect("read"))
        .await
        .expect("the databases open after kill -9");
    let window = Window {
        from: started - SignedDuration::from_hours(7 * 24),
        to: started,
    };
    let mut compared = 0;
    for device in site
        .devices()
        .iter()
        .filter(|device| device.id.as_str() != "m-09")
    {
        for point in &device.profile.points {
            let series = format!("{}/{}", device.id, point.name).parse().expect("a series");
            // Live readings are taken at other seconds; the history stands on the quarter hours before the start.
            let stored: Vec<_> = store
                .range(&series, window, 100_000)
                .await
                .expect("read")
                .into_iter()
                .filter(|reading| reading.nominal.as_second() % 900 == 0)
                .collect();
            assert_eq!(stored.len(), 7 * 96, "{series}: each reading exactly once");
            for reading in stored {
                let told = site.sweep_at(&device.id, reading.nominal).expect("a sweep");
                let value = told
                    .points
                    .iter()
                    .find(|told| told.name == point.name)
                    .and_then(|told| told.value);
                let kept = reading.value.map(|value| value.to_string());
                assert_eq!(
                    kept,
                    value.map(|value| value.to_string()),
                    "{series} {}",
                    reading.nominal
                );
                compared += 1;
            }
        }
    }
    println!("{compared} readings compared digit by digit");
    assert!(compared > 50_000, "{compared}");
    ledger.close().await;
    store.close().await;
}
