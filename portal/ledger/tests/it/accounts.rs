//! People: one login per person whatever its case, argon2id, scope by role.

use crate::house::{House, PASSWORD, account, day, now};
use crate::on::{On, on_each_database};
use ledger::SeenSite;
use ledger::accounts::Role;

on_each_database!(
    a_login_is_one_person_and_its_password_no_text,
    a_closed_account_keeps_its_login,
    scope_follows_party_service_and_grant,
    seeding_twice_is_seeding_once,
    a_site_has_a_zone_that_there_is,
);

async fn a_login_is_one_person_and_its_password_no_text(on: On) {
    let house = House::build(on).await;
    assert!(
        !house
            .ledger
            .create_account(&account(" LI ", "Others", &[Role::Administrator]), now())
            .await
            .unwrap()
    );
    for variant in ["LI", " li\u{3000}", "ｌｉ", "Ｌi"] {
        assert!(
            house.ledger.password_hash_of(variant).await.unwrap().is_some(),
            "{variant}"
        );
    }
    let (id, hash) = house.ledger.password_hash_of("Li").await.unwrap().unwrap();
    assert!(hash.starts_with("$argon2id$") && !hash.contains(PASSWORD));
    let li = house.ledger.account(id).await.unwrap().unwrap();
    assert_eq!(
        (li.roles, li.party_name.as_str()),
        (vec![Role::Operator], "Laboratory")
    );
    assert!(house.ledger.password_hash_of("nobody").await.unwrap().is_none());
    let mut short = account("wu", "Works", &[Role::Enterprise]);
    short.password = "123456789".into();
    assert_eq!(
        house
            .ledger
            .create_account(&short, now())
            .await
            .unwrap_err()
            .code(),
        "invalid-field"
    );
}

async fn a_closed_account_keeps_its_login(on: On) {
    let house = House::build(on).await;
    let mut hand = house.hand().await;
    hand.accepted("UPDATE account SET closed = 1 WHERE login = 'li'")
        .await;
    assert!(house.ledger.password_hash_of("li").await.unwrap().is_none());
    assert!(
        !house
            .ledger
            .create_account(&account("li", "Works", &[Role::Enterprise]), now())
            .await
            .unwrap()
    );
}

async fn scope_follows_party_service_and_grant(on: On) {
    let house = House::build(on).await;
    assert_eq!(
        house.actor("owner").await.sites,
        Some(vec![SeenSite::whole(house.site)])
    );
    assert_eq!(
        house.actor("li").await.sites,
        Some(vec![SeenSite::whole(house.site)])
    );
    assert_eq!(
        house.actor("qian").await.sites,
        Some(vec![]),
        "an auditor sees nothing before a grant"
    );
    let backwards = house
        .ledger
        .grant("qian", house.site, day("2026-11-01"), day("2026-10-01"), now())
        .await;
    assert_eq!(backwards.unwrap_err().code(), "invalid-field");
    house
        .ledger
        .grant("qian", house.site, day("2026-10-01"), day("2026-11-01"), now())
        .await
        .unwrap();
    let (id, _) = house.ledger.password_hash_of("qian").await.unwrap().unwrap();
    let sites = house.ledger.account(id).await.unwrap().unwrap().sites;
    assert_eq!(
        sites,
        vec![SeenSite {
            id: house.site,
            period: Some((day("2026-10-01"), day("2026-11-01")))
        }]
    );
}

async fn seeding_twice_is_seeding_once(on: On) {
    let house = House::build(on).await;
    let again = ledger::seed::NewSite {
        name: "Plant".to_owned(),
        party: "Works".to_owned(),
        description: String::new(),
        laboratory: "Laboratory".to_owned(),
        time_zone: ledger::zones::USUAL.to_owned(),
    };
    let before = house.dump().await;
    assert_eq!(house.ledger.create_site(&again, now()).await.unwrap(), house.site);
    assert_eq!(house.dump().await, before);
}

async fn a_site_has_a_zone_that_there_is(on: On) {
    let house = House::build(on).await;
    let site = |time_zone: &str| ledger::seed::NewSite {
        name: "Harbour".to_owned(),
        party: "Works".to_owned(),
        description: String::new(),
        laboratory: "Laboratory".to_owned(),
        time_zone: time_zone.to_owned(),
    };
    let unknown = house
        .ledger
        .create_site(&site("Mars/Olympus"), now())
        .await
        .unwrap_err();
    assert_eq!(unknown.code(), "invalid-field");
    assert!(unknown.to_string().contains("Mars/Olympus"), "{unknown}");
    let harbour = house
        .ledger
        .create_site(&site("Pacific/Auckland"), now())
        .await
        .unwrap();
    let zones = house.ledger.zones().await.unwrap();
    let late = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(zones.today(harbour, late).to_string(), "2026-11-21");
    assert_eq!(zones.today(house.site, late).to_string(), "2026-11-20");
}
