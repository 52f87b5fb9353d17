//! Estimates of the errors behind a master: kept for ever, seen within the grant, and without any consequence.

use devices::Window;
use jiff::SignedDuration;
use ledger::Page;
use ledger::accounts::Role;
use ledger::estimates::NewEstimate;
use ledger::{Actor, InstrumentId, SeenSite};
use sha2::{Digest, Sha256};

use crate::house::{House, account, configuration, day, now};
use crate::on::{On, on_each_database};

on_each_database!(
    what_was_estimated_is_kept_and_nothing_else_changes,
    operators_owners_and_administrators_make_them_and_so_does_the_job,
    half_a_window_is_no_estimate,
    the_database_refuses_every_change,
    meters_stand_behind_a_master_of_their_own_site,
);

fn estimate(master_id: InstrumentId, from: &str, to: &str) -> NewEstimate {
    let body = r#"{"meters":[{"error_percent":"-1.80"}]}"#.to_owned();
    NewEstimate {
        master_id,
        window: Window {
            from: day(from),
            to: day(to),
        },
        meters: 8,
        suspects: 1,
        engine: "1".to_owned(),
        body_sha256: hex::encode(Sha256::digest(&body)),
        body,
    }
}

fn auditor(house: &House, from: &str, to: &str) -> Actor {
    Actor {
        account_id: 99.into(),
        login: "qian".to_owned(),
        sites: Some(vec![SeenSite {
            id: house.site,
            period: Some((day(from), day(to))),
        }]),
    }
}

async fn what_was_estimated_is_kept_and_nothing_else_changes(on: On) {
    let house = House::build(on).await;
    let master = house.meter("m-0").await;
    let before = house.dump().await;
    let made = estimate(master, "2026-10-01", "2026-11-01");
    let li = house.actor("li").await;
    let id = house
        .ledger
        .record_estimate(Some(&li), &made, now())
        .await
        .unwrap();
    let (found, body) = house.ledger.estimate(&li, id).await.unwrap();
    assert_eq!(body, made.body);
    assert_eq!(
        (
            found.master.device.as_str(),
            found.meters,
            found.suspects,
            found.window
        ),
        ("m-0", 8, 1, made.window)
    );
    assert_eq!(
        (found.made_by.as_str(), found.made, found.body_sha256),
        ("li", now(), made.body_sha256)
    );
    let added: Vec<_> = house
        .dump()
        .await
        .into_iter()
        .filter(|row| !before.contains(row))
        .collect();
    assert_eq!(
        added.len(),
        2,
        "the estimate and its audit entry, no status, no plan: {added:?}"
    );
    let (trail, total) = house
        .ledger
        .audit_of_instrument(&li, master, Page::first(1))
        .await
        .unwrap();
    assert_eq!((total, trail[0].action.as_str()), (2, "estimate.made"));
    assert_eq!(trail[0].object, format!("estimate/{id}"));
    assert!(
        trail[0].detail.starts_with("m-0 1 of 8 suspect"),
        "{}",
        trail[0].detail
    );
}

async fn operators_owners_and_administrators_make_them_and_so_does_the_job(on: On) {
    let house = House::build(on).await;
    let master = house.meter("m-0").await;
    let made = estimate(master, "2026-10-01", "2026-11-01");
    house
        .ledger
        .create_account(&account("root", "Operations", &[Role::Administrator]), now())
        .await
        .unwrap();
    let mut root = house.actor("root").await;
    root.sites = None;
    for actor in [house.actor("li").await, house.actor("owner").await, root] {
        house
            .ledger
            .record_estimate(Some(&actor), &made, now())
            .await
            .unwrap();
    }
    for login in ["zhao", "qian"] {
        let mut actor = house.actor(login).await;
        actor.sites = None;
        let refused = house.ledger.record_estimate(Some(&actor), &made, now()).await;
        assert_eq!(refused.unwrap_err().code(), "not-permitted", "{login}");
    }
    let mut stranger = house.actor("li").await;
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    let hidden = house.ledger.record_estimate(Some(&stranger), &made, now()).await;
    assert_eq!(hidden.unwrap_err().code(), "not-found");
    let system = house.ledger.record_estimate(None, &made, now()).await.unwrap();
    let (found, _) = house
        .ledger
        .estimate(&house.actor("li").await, system)
        .await
        .unwrap();
    assert_eq!(found.made_by, "system");
    let wrong = NewEstimate {
        body: "{}".to_owned(),
        ..made
    };
    let refused = house.ledger.record_estimate(None, &wrong, now()).await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "body_sha256: it is not the digest of what it stands for"
    );
}

async fn half_a_window_is_no_estimate(on: On) {
    let house = House::build(on).await;
    let (one, two) = (house.meter("m-0").await, house.meter("m-9").await);
    let mut ids = Vec::new();
    for (master, from, to) in [
        (one, "2026-10-01", "2026-10-08"),
        (one, "2026-10-01", "2026-11-01"),
        (two, "2026-10-02", "2026-10-08"),
    ] {
        let made = estimate(master, from, to);
        ids.push(house.ledger.record_estimate(None, &made, now()).await.unwrap());
    }
    let seen = async |actor: &Actor, master| {
        let (rows, total) = house
            .ledger
            .estimates(actor, master, Page::first(10))
            .await
            .unwrap();
        assert_eq!(total, rows.len() as u64);
        rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let granted = auditor(&house, "2026-10-01", "2026-10-08");
    assert_eq!(seen(&granted, None).await, [ids[2], ids[0]]);
    assert_eq!(seen(&granted, Some(one)).await, [ids[0]]);
    let outside = house.ledger.estimate(&granted, ids[1]).await;
    assert_eq!(outside.unwrap_err().code(), "not-found");
    assert_eq!(seen(&house.actor("zhao").await, None).await.len(), 3);
    let mut stranger = granted;
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    assert!(seen(&stranger, None).await.is_empty());
    let (page, total) = house
        .ledger
        .estimates(&house.actor("li").await, None, Page { offset: 1, limit: 1 })
        .await
        .unwrap();
    assert_eq!((page[0].id, total), (ids[1], 3));
}

async fn the_database_refuses_every_change(on: On) {
    let house = House::build(on).await;
    let master = house.meter("m-0").await;
    let made = estimate(master, "2026-10-01", "2026-11-01");
    house.ledger.record_estimate(None, &made, now()).await.unwrap();
    let before = house.dump().await;
    let mut hand = house.hand().await;
    for change in ["body = '{}'", "suspects = 0", "made_by = 'li'", "id = 9"] {
        let reason = hand.refused(&format!("UPDATE error_estimate SET {change}")).await;
        assert!(reason.contains("never changed"), "{change}: {reason}");
    }
    let reason = hand.refused("DELETE FROM error_estimate").await;
    assert!(reason.contains("never deleted"), "{reason}");
    let (again, words) = on.replacing("error_estimate");
    let reason = hand.refused(&again).await;
    assert!(reason.contains(words), "{reason}");
    assert_eq!(house.dump().await, before);
}

async fn meters_stand_behind_a_master_of_their_own_site(on: On) {
    let house = House::build(on).await;
    let owner = house.actor("owner").await;
    let master = house.meter("m-0").await;
    let behind = |device: &str, master| {
        let mut draft = configuration(house.site, "edge-1", device);
        draft.master_id = Some(master);
        draft
    };
    let one = behind("m-1", master);
    let sub = house.ledger.register(&owner, &one, now()).await.unwrap();
    let deep = house
        .ledger
        .register(&owner, &behind("m-2", sub), now())
        .await
        .unwrap();
    let devices = async |master| {
        let found = house.ledger.sub_meters(&owner, master).await.unwrap();
        found
            .into_iter()
            .map(|row| row.configuration.device.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(devices(master).await, ["m-1"]);
    assert_eq!(devices(sub).await, ["m-2"]);
    let before = house.dump().await;
    let mut far = configuration(house.elsewhere, "edge-2", "x-1");
    far.master_id = Some(master);
    let mut everywhere = owner.clone();
    everywhere.sites = None;
    let away = configuration(house.elsewhere, "edge-2", "m-1");
    for (actor, id, asked, field) in [
        (&owner, None, behind("m-3", 99.into()), "master_id"),
        (&everywhere, None, far, "master_id"),
        (&owner, Some((sub, 1)), behind("m-1", sub), "master_id"),
        (&owner, Some((sub, 1)), behind("m-1", deep), "master_id"),
        (&owner, Some((master, 1)), behind("m-0", deep), "master_id"),
        (&everywhere, Some((sub, 1)), away, "site_id"),
    ] {
        let refused = match id {
            None => house.ledger.register(actor, &asked, now()).await.map(drop),
            Some((id, version)) => {
                house
                    .ledger
                    .change_instrument(actor, id, version, &asked, now())
                    .await
            }
        };
        let text = refused.unwrap_err().to_string();
        assert!(text.starts_with(field), "{text}");
    }
    assert_eq!(house.dump().await, before);
    let mut stranger = owner.clone();
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    let hidden = house.ledger.sub_meters(&stranger, master).await;
    assert_eq!(hidden.unwrap_err().code(), "not-found");

    // The job is told of every master in use, and when its estimate is from.
    let known = house.ledger.masters().await.unwrap();
    let told: Vec<_> = known.iter().map(|one| (one.id, one.estimated)).collect();
    assert_eq!(told, [(master, None), (sub, None)]);
    for hours in [0, 5] {
        let at = now() + SignedDuration::from_hours(hours);
        let made = estimate(sub, "2026-10-01", "2026-11-01");
        house.ledger.record_estimate(None, &made, at).await.unwrap();
    }
    let mut hand = house.hand().await;
    hand.accepted(&format!(
        "UPDATE instrument SET status = 'stopped' WHERE id = {master}"
    ))
    .await;
    let known = house.ledger.masters().await.unwrap();
    let last = Some(now() + SignedDuration::from_hours(5));
    assert_eq!(
        known
            .iter()
            .map(|one| (one.id, one.estimated))
            .collect::<Vec<_>>(),
        [(sub, last)]
    );

    let freed = configuration(house.site, "edge-1", "m-1");
    house
        .ledger
        .change_instrument(&owner, sub, 1, &freed, now())
        .await
        .unwrap();
    assert!(devices(master).await.is_empty());
}
