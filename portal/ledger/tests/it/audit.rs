//! The chain shows what a hand with full power over the file did, and where.

use ledger::Ledger;
use ledger::Page;
use ledger::audit::AuditCheck;

use crate::house::House;
use crate::on::{On, on_each_database};

on_each_database!(
    a_changed_removed_or_rechained_entry_is_named,
    a_cut_tail_shows_against_a_noted_head,
    the_chain_goes_on_after_a_restart,
    entries_of_other_sites_are_not_shown,
);

async fn a_changed_removed_or_rechained_entry_is_named(on: On) {
    for (change, at, words) in [
        ("UPDATE audit SET who = 'someone' WHERE id = 3", 3, "changed"),
        ("UPDATE audit SET at_us = at_us + 1 WHERE id = 4", 4, "changed"),
        ("UPDATE audit SET site_id = NULL WHERE id = 11", 11, "changed"),
        ("DELETE FROM audit WHERE id = 5", 6, "missing"),
        ("UPDATE audit SET previous = hash WHERE id = 6", 6, "not chained"),
    ] {
        let house = House::build(on).await;
        house.meter("m-1").await;
        let mut hand = house.hand().await;
        for trigger in ["audit_is_never_changed", "audit_is_never_deleted"] {
            hand.accepted(&on.drop_trigger(trigger, "audit")).await;
        }
        hand.accepted(change).await;
        match house.ledger.verify_audit().await.unwrap() {
            AuditCheck::Broken { entry, reason } => {
                assert_eq!(i64::from(entry), at, "{change}");
                assert!(reason.contains(words), "{change}: {reason}");
            }
            whole @ AuditCheck::Whole { .. } => panic!("{change}: {whole:?}"),
        }
    }
}

async fn a_cut_tail_shows_against_a_noted_head(on: On) {
    let house = House::build(on).await;
    house.meter("m-1").await;
    let noted = house.ledger.verify_audit().await.unwrap();
    let mut hand = house.hand().await;
    hand.accepted(&on.drop_trigger("audit_is_never_deleted", "audit"))
        .await;
    hand.accepted("DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)")
        .await;
    assert_ne!(house.ledger.verify_audit().await.unwrap(), noted);
}

async fn the_chain_goes_on_after_a_restart(on: On) {
    let house = House::build(on).await;
    house.meter("m-1").await;
    house.ledger.close().await;
    let house = House {
        ledger: Ledger::open(house.address()).await.unwrap(),
        ..house
    };
    house.meter("m-2").await;
    assert!(
        matches!(house.ledger.verify_audit().await.unwrap(), AuditCheck::Whole { entries, .. } if entries > 10)
    );
}

async fn entries_of_other_sites_are_not_shown(on: On) {
    let house = House::build(on).await;
    house.meter("m-1").await;
    let owner = house.actor("owner").await;
    let (rows, total) = house.ledger.audit(&owner, None, Page::first(100)).await.unwrap();
    assert_eq!(rows.len() as u64, total);
    assert!(total > 0 && rows.iter().all(|entry| entry.site_id == Some(house.site)));
}
