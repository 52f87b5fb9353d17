//! kill -9 while batches are stored: everything acknowledged is there, exactly once.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use devices::Quality;
use gateway::store::conformance::{batch, sweep};
use gateway::store::embedded::EmbeddedStore;
use gateway::store::{AdmittedBatch, Appended, Journal, SeriesStore};

const FOLDER: &str = "HENGLIAN_KILL_TEST_FOLDER";

fn nth(sequence: u64) -> AdmittedBatch {
    let second = i64::try_from(sequence).unwrap();
    let sweeps = (0..20).map(|m| {
        sweep(
            &format!("m-{m}"),
            second,
            Some((i128::from(sequence), 3)),
            Quality::Good,
        )
    });
    batch("c-1", sequence, sweeps.collect())
}

fn path_in(folder: &Path) -> PathBuf {
    folder.join("series.db")
}

/// Not a test by itself: the victim, started by the test below.
#[tokio::test]
#[ignore = "started as a child process by acknowledged_batches_survive_kill_9"]
async fn victim() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let store = EmbeddedStore::open(&path_in(Path::new(&folder))).await.unwrap();
    let next = store.received("c-1", u64::MAX - 7).await.unwrap().highest + 1;
    for sequence in next.. {
        store.append(&nth(sequence)).await.unwrap();
        println!("ack {sequence}");
    }
}

#[tokio::test]
async fn acknowledged_batches_survive_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 1..=4_usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::victim", "--ignored", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let acks = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split("ack ").nth(1)?.trim().parse::<u64>().ok());
        for ack in acks.take(round * 7) {
            acknowledged = ack;
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(
        acknowledged >= 7 + 14 + 21 + 28,
        "the victim wrote: {acknowledged}"
    );

    let store = EmbeddedStore::open(&path_in(folder.path())).await.unwrap();
    let received = store.received("c-1", u64::MAX - 7).await.unwrap();
    assert!(
        received.missing.is_empty() && received.highest >= acknowledged,
        "{received:?}, acknowledged {acknowledged}"
    );
    assert_eq!(
        store.append(&nth(acknowledged)).await.unwrap(),
        Appended::Duplicate
    );
    assert_eq!(store.statistics().await.unwrap().readings, received.highest * 20);
    // Last values are written behind the log and made from it again.
    let latest = store.latest(&["m-7/voltage.a".parse().unwrap()]).await.unwrap();
    let nominal = latest[0].as_ref().unwrap().nominal.as_second();
    assert_eq!(nominal.cast_unsigned(), received.highest);
}
