//! The outbox: one entry for each change, in order, told at least once, held up by nothing.

use ledger::Page;
use ledger::outbox::Topic;
use ledger::plans::{Closing, NewPlan};
use ledger::runs::Decision::Confirm;
use ledger::runs::Kind::OnlineVerification;
use ledger::runs::Verdict::Conforms;
use serde_json::{Value, json};

use crate::hand::Hand;
use crate::house::{House, configuration, now};
use crate::on::{On, on_each_database};

on_each_database!(
    every_change_is_told_of_and_a_refused_one_is_not,
    a_relay_that_crashed_is_told_again,
    an_entry_that_nobody_can_read_is_gone_past,
);

async fn told(house: &House) -> Vec<(Topic, Value)> {
    let entries = house.ledger.outbox("pages", 100).await.unwrap();
    let entry = |(_, entry): (_, Result<ledger::outbox::OutboxEntry, _>)| {
        let entry = entry.unwrap();
        assert_eq!(entry.site_id, Some(house.site));
        (entry.topic, entry.read(1).unwrap())
    };
    entries.into_iter().map(entry).collect()
}

async fn every_change_is_told_of_and_a_refused_one_is_not(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let (li, zhao, owner) = (
        house.actor("li").await,
        house.actor("zhao").await,
        house.actor("owner").await,
    );
    let plan = NewPlan {
        kind: OnlineVerification,
        instrument_id: meter,
        reference_id: None,
        due_on: "2026-12-01".parse().unwrap(),
        note: String::new(),
    };
    let plan = house.ledger.make_plan(&li, &plan, now()).await.unwrap().id;
    let run = house
        .run("li", meter, OnlineVerification, Conforms, "2026-11-15")
        .await;
    assert!(
        house
            .ledger
            .review(&li, run, 1, Confirm, "", now())
            .await
            .is_err()
    );
    house
        .ledger
        .review(&zhao, run, 1, Confirm, "", now())
        .await
        .unwrap();
    let closing = Closing::Done {
        run_id: run,
        note: String::new(),
    };
    house
        .ledger
        .close_plan(&li, plan, 1, &closing, now())
        .await
        .unwrap();
    house
        .ledger
        .change_instrument(
            &owner,
            meter,
            2,
            &configuration(house.site, "edge-1", "m-2"),
            now(),
        )
        .await
        .unwrap();
    let expected = [
        (
            Topic::InstrumentRegistered,
            json!({ "instrument": meter, "device": "m-1" }),
        ),
        (
            Topic::PlanMade,
            json!({ "plan": plan, "instrument": meter, "kind": "online-verification", "due_on": "2026-12-01" }),
        ),
        (
            Topic::RunConcluded,
            json!({ "run": run, "instrument": meter, "kind": "online-verification", "verdict": "conforms" }),
        ),
        (
            Topic::RunReviewed,
            json!({ "run": run, "instrument": meter, "state": "confirmed", "verdict": "conforms" }),
        ),
        (
            Topic::InstrumentStatus,
            json!({ "instrument": meter, "status": "normal", "next_check_on": "2026-12-15" }),
        ),
        (
            Topic::PlanClosed,
            json!({ "plan": plan, "instrument": meter, "state": "done" }),
        ),
        (
            Topic::InstrumentChanged,
            json!({ "instrument": meter, "device": "m-2" }),
        ),
    ];
    assert_eq!(told(&house).await, expected);
    // Each entry beside its audit entry.
    let (trail, _) = house
        .ledger
        .audit(&li, Some(&format!("run/{run}")), Page::first(9))
        .await
        .unwrap();
    assert_eq!(trail.len(), 2);
}

async fn a_relay_that_crashed_is_told_again(on: On) {
    let house = House::build(on).await;
    for device in ["m-1", "m-2", "m-3"] {
        house.meter(device).await;
    }
    let ids = async |consumer: &str, limit| -> Vec<_> {
        let entries = house.ledger.outbox(consumer, limit).await.unwrap();
        entries.into_iter().map(|(id, _)| id).collect()
    };
    let all = ids("pages", 9).await;
    assert_eq!(all.len(), 3);
    assert!(all.is_sorted());
    // Delivered, but the relay fell before it said so.
    assert_eq!(ids("pages", 2).await, all[..2]);
    assert_eq!(ids("pages", 2).await, all[..2]);
    house.ledger.delivered("pages", all[1]).await.unwrap();
    assert_eq!(ids("pages", 2).await, all[2..]);
    // A late word of the fallen one moves nothing back.
    house.ledger.delivered("pages", all[0]).await.unwrap();
    assert_eq!(ids("pages", 2).await, all[2..]);
    assert_eq!(ids("mail", 9).await, all, "each reader has its own place");
}

async fn an_entry_that_nobody_can_read_is_gone_past(on: On) {
    let house = House::build(on).await;
    for device in ["m-1", "m-2", "m-3"] {
        house.meter(device).await;
    }
    let mut hand = Hand::freed(&house).await;
    hand.accepted("UPDATE outbox SET topic = 'later' WHERE id = 1")
        .await;
    hand.accepted("UPDATE outbox SET body = '{\"format\":2}' WHERE id = 2")
        .await;
    let mut entries = house.ledger.outbox("pages", 9).await.unwrap().into_iter();
    let (first, torn) = entries.next().unwrap();
    let torn = torn.unwrap_err().to_string();
    assert!(
        torn.contains("table outbox, row 1, column topic: \"later\""),
        "{torn}"
    );
    house.ledger.go_past("pages", first, &torn, now()).await.unwrap();
    let (second, newer) = entries.next().unwrap();
    let newer = newer.unwrap().read::<Value>(1).unwrap_err().to_string();
    assert!(
        newer.contains("table outbox, row 2, column body") && newer.contains("format 2"),
        "{newer}"
    );
    house
        .ledger
        .go_past("pages", second, &newer, now())
        .await
        .unwrap();
    let left = house.ledger.outbox("pages", 9).await.unwrap();
    assert!(left.len() == 1 && left[0].1.is_ok());
    let past = house.ledger.gone_past("pages", 9).await.unwrap();
    assert_eq!(
        past.iter().map(|one| one.entry).collect::<Vec<_>>(),
        [second, first]
    );
    assert_eq!(past[1].error, torn);
}
