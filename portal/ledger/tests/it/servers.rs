//! Several servers on one database, and a database that goes away.

use std::sync::Arc;

use ledger::audit::AuditCheck;
use ledger::{Actor, Address, Ledger, Page};

use crate::house::{House, now};
use crate::on::{On, on_each_database};

on_each_database!(
    many_writers_of_two_servers_make_one_chain,
    a_text_that_no_server_keeps
);

/// Writers of each server.
const WRITERS: u64 = 8;
/// Entries of each writer.
const ENTRIES: u64 = 10;

async fn many_writers_of_two_servers_make_one_chain(on: On) {
    let house = House::build(on).await;
    let li = house.actor("li").await;
    let (_, before) = house
        .ledger
        .audit(&everywhere(&li), None, Page::first(1))
        .await
        .unwrap();
    let servers = [
        Arc::new(Ledger::open(house.address()).await.unwrap()),
        Arc::new(Ledger::open(house.address()).await.unwrap()),
    ];
    let mut writers = tokio::task::JoinSet::new();
    for server in &servers {
        for _ in 0..WRITERS {
            let (server, li) = (server.clone(), li.clone());
            writers.spawn(async move {
                for _ in 0..ENTRIES {
                    server.record_probe(&li, "edge-1", "all", now()).await.unwrap();
                }
            });
        }
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    let AuditCheck::Whole { entries, .. } = house.ledger.verify_audit().await.unwrap() else {
        panic!("the chain is broken");
    };
    assert_eq!(entries, before + 2 * WRITERS * ENTRIES);
}

fn everywhere(actor: &Actor) -> Actor {
    Actor {
        sites: None,
        ..actor.clone()
    }
}

async fn a_text_that_no_server_keeps(on: On) {
    let house = House::build(on).await;
    let li = house.actor("li").await;
    let before = house.dump().await;
    let refused = house.ledger.record_probe(&li, "edge-1", "a\0b", now()).await;
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("U+0000"), "{text}");
    assert_eq!(house.dump().await, before);
}

/// The server is killed in the middle of many changes and comes back: each that was confirmed stands, none stands by half.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_lost_in_the_middle_comes_back() {
    let Some(mut server) = peers::postgres::Server::start() else {
        return;
    };
    let address = Address::server(&server.url(), None).unwrap();
    let ledger = Arc::new(Ledger::open(&address).await.unwrap());
    ledger
        .create_site(&crate::house::new_site("Plant", "Works", "Laboratory"), now())
        .await
        .unwrap();
    let site = ledger.sites(&nobody()).await.unwrap()[0].id;
    ledger
        .put_collector("edge-1", site, "first", [1; 32], now())
        .await
        .unwrap();
    let AuditCheck::Whole { entries: before, .. } = ledger.verify_audit().await.unwrap() else {
        panic!("the chain is broken");
    };

    let (told, mut written) = tokio::sync::mpsc::unbounded_channel();
    let writer = ledger.clone();
    let writing = tokio::spawn(async move {
        let (mut stand, mut unsure) = (0, 0);
        loop {
            match writer.record_probe(&nobody(), "edge-1", "all", now()).await {
                Ok(()) => stand += 1,
                Err(error) => {
                    assert!(matches!(error.code(), "unavailable" | "uncertain"), "{error}");
                    unsure += u64::from(error.code() == "uncertain");
                    return (stand, unsure);
                }
            }
            let _ = told.send(());
        }
    });
    for _ in 0..20 {
        written.recv().await.unwrap();
    }
    tokio::task::block_in_place(|| server.stop());
    let (stand, unsure) = writing.await.unwrap();
    let gone = ledger.verify_audit().await.unwrap_err();
    assert_eq!(gone.code(), "unavailable");
    assert!(gone.to_string().contains("cannot be reached"), "{gone}");

    tokio::task::block_in_place(|| server.start_again());
    let AuditCheck::Whole { entries, .. } = ledger.verify_audit().await.unwrap() else {
        panic!("the chain is broken");
    };
    assert!(
        (before + stand..=before + stand + unsure).contains(&entries),
        "{before} {stand} {unsure} {entries}"
    );
    ledger
        .record_probe(&nobody(), "edge-1", "all", now())
        .await
        .unwrap();
    ledger.close().await;
}

fn nobody() -> Actor {
    Actor {
        account_id: 0.into(),
        login: "system".to_owned(),
        sites: None,
    }
}

/// Without a server at the address, the error says where it was looked for.
#[tokio::test]
async fn no_server_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!(
        "postgres://nobody@localhost/none?host={}",
        folder.path().display()
    );
    let refused = Ledger::open(&Address::server(&url, None).unwrap())
        .await
        .err()
        .unwrap();
    let text = refused.to_string();
    assert!(
        text.contains(&url) && text.contains("look whether it runs"),
        "{text}"
    );
}

#[test]
fn a_full_disk_leaves_no_half_change() {
    peers::run_on_small_disk(1, "servers::on_a_small_disk");
}

#[tokio::test]
#[ignore = "run by a_full_disk_leaves_no_half_change on a disk of its own"]
async fn on_a_small_disk() {
    let disk = std::path::PathBuf::from(std::env::var_os("HENGLIAN_SMALL_DISK").unwrap());
    let ledger = Ledger::open(&disk.join("ledger.db")).await.unwrap();
    ledger
        .create_site(&crate::house::new_site("Plant", "Works", "Laboratory"), now())
        .await
        .unwrap();
    let site = ledger.sites(&nobody()).await.unwrap()[0].id;
    ledger
        .put_collector("edge-1", site, "first", [1; 32], now())
        .await
        .unwrap();
    let long = "x".repeat(20_000);
    let mut stand = 0;
    let full = loop {
        match ledger.record_probe(&nobody(), "edge-1", &long, now()).await {
            Ok(()) => stand += 1,
            Err(full) => break full,
        }
        assert!(stand < 1000, "the disk does not get full");
    };
    assert_eq!(full.code(), "unavailable", "{full}");
    assert!(full.to_string().contains("is full"), "{full}");
    let whole = ledger.verify_audit().await.unwrap();
    assert!(
        matches!(whole, AuditCheck::Whole { entries, .. } if entries == stand + 2),
        "{whole:?} {stand}"
    );
}
