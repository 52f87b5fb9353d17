//! Registering and changing: one device name, one place, no lost update, every configuration kept.

use ledger::Page;
use ledger::SeenSite;
use ledger::instruments::{InstrumentFilter, InstrumentStatus, SerialChange};

use crate::house::{House, configuration, day, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_device_name_is_used_once,
    a_stale_page_overwrites_nothing,
    other_peoples_places_do_not_exist,
    lists_are_filtered_and_paged,
    another_serial_number_is_another_meter_unless_somebody_says_otherwise,
);

async fn a_device_name_is_used_once(on: On) {
    let house = House::build(on).await;
    house.meter("m-1").await;
    let second = house.meter("m-2").await;
    let owner = house.actor("owner").await;
    let before = house.dump().await;
    let twice = house
        .ledger
        .register(&owner, &configuration(house.site, "edge-1", "m-1"), now())
        .await
        .unwrap_err();
    assert_eq!(twice.code(), "device-taken");
    let renamed = house
        .ledger
        .change_instrument(
            &owner,
            second,
            1,
            &configuration(house.site, "edge-1", "m-1"),
            now(),
        )
        .await;
    assert_eq!(renamed.unwrap_err().code(), "device-taken");
    assert_eq!(house.dump().await, before);
}

async fn a_stale_page_overwrites_nothing(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let owner = house.actor("owner").await;
    let mut changed = configuration(house.site, "edge-1", "m-1");
    changed.multiplier.current_ratio = "20.00".parse().unwrap();
    house
        .ledger
        .change_instrument(&owner, meter, 1, &changed, now())
        .await
        .unwrap();
    let stale = house
        .ledger
        .change_instrument(
            &owner,
            meter,
            1,
            &configuration(house.site, "edge-1", "m-1"),
            now(),
        )
        .await;
    assert_eq!(stale.unwrap_err().code(), "stale");
    let found = house.ledger.instrument(&owner, meter).await.unwrap();
    assert_eq!((found.version, &found.configuration), (2, &changed));
    let ratio = found.configuration.multiplier.current_ratio;
    assert_eq!(ratio.to_string(), "20.00", "digits stay as they were written");
    let kept = house.ledger.configurations(&owner, meter).await.unwrap();
    let versions: Vec<_> = kept.iter().map(|one| (one.version, one.who.as_str())).collect();
    assert_eq!(versions, [(1, "owner"), (2, "owner")]);
    let ratios: Vec<_> = kept
        .iter()
        .map(|one| one.configuration.multiplier.current_ratio.to_string())
        .collect();
    assert_eq!(ratios, ["10.00", "20.00"]);
    let mut stranger = owner.clone();
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    let hidden = house.ledger.configurations(&stranger, meter).await;
    assert_eq!(hidden.unwrap_err().code(), "not-found");
}

async fn other_peoples_places_do_not_exist(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let owner = house.actor("owner").await;
    let foreign = house
        .ledger
        .register(&owner, &configuration(house.elsewhere, "edge-2", "x-1"), now())
        .await
        .unwrap_err();
    assert_eq!(foreign.code(), "not-found");
    let crossed = house
        .ledger
        .register(&owner, &configuration(house.site, "edge-2", "x-1"), now())
        .await
        .unwrap_err();
    assert_eq!(crossed.code(), "invalid-field");
    assert!(crossed.to_string().starts_with("collector:"), "{crossed}");
    let mut stranger = owner.clone();
    stranger.sites = Some(vec![SeenSite::whole(house.elsewhere)]);
    assert_eq!(
        house
            .ledger
            .instrument(&stranger, meter)
            .await
            .unwrap_err()
            .code(),
        "not-found"
    );
    assert_eq!(
        house
            .ledger
            .instruments(&stranger, &InstrumentFilter::default(), Page::first(10))
            .await
            .unwrap()
            .1,
        0
    );
    assert_eq!(
        house
            .ledger
            .counts(&stranger, day("2026-11-20"))
            .await
            .unwrap()
            .normal,
        0
    );
}

async fn lists_are_filtered_and_paged(on: On) {
    let house = House::build(on).await;
    for device in ["a-1", "a-2", "a-3", "b_1", "b-1"] {
        house.meter(device).await;
    }
    let owner = house.actor("owner").await;
    let (rows, total) = house
        .ledger
        .instruments(&owner, &InstrumentFilter::default(), Page { offset: 2, limit: 2 })
        .await
        .unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.configuration.device.as_str()).collect();
    assert_eq!((names, total), (vec!["a-3", "b-1"], 5));
    let literal = InstrumentFilter {
        text: Some("b_1".to_owned()),
        ..InstrumentFilter::default()
    };
    assert_eq!(
        house
            .ledger
            .instruments(&owner, &literal, Page::first(10))
            .await
            .unwrap()
            .1,
        1,
        "_ is no wildcard"
    );
    let found = async |text: &str| {
        let filter = InstrumentFilter {
            text: Some(text.to_owned()),
            ..InstrumentFilter::default()
        };
        house
            .ledger
            .instruments(&owner, &filter, Page::first(10))
            .await
            .unwrap()
            .1
    };
    for (text, count) in [
        ("%", 0),
        ("A-1", 1),
        ("ａ－１", 1),
        ("s-B", 2),
        ("METER a", 3),
        ("\\", 0),
    ] {
        assert_eq!(found(text).await, count, "{text}");
    }
    let mut named = configuration(house.site, "edge-1", "z-1");
    named.name = "总进线ÀÉ电能表 100%".to_owned();
    house.ledger.register(&owner, &named, now()).await.unwrap();
    for (text, count) in [("进线àé电", 1), ("0%", 1), ("%", 1), ("电表", 0)] {
        assert_eq!(found(text).await, count, "{text}");
    }
    let stopped = InstrumentFilter {
        status: Some(InstrumentStatus::Stopped),
        ..InstrumentFilter::default()
    };
    assert_eq!(
        house
            .ledger
            .instruments(&owner, &stopped, Page::first(10))
            .await
            .unwrap()
            .1,
        0
    );
}

async fn another_serial_number_is_another_meter_unless_somebody_says_otherwise(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let owner = house.actor("owner").await;
    let mut entered = configuration(house.site, "edge-1", "m-1");
    // What is said of a number that stays the same means nothing.
    for (version, serial, said, kept) in [
        (1, "S-m-1", Some(SerialChange::Correction), None),
        (2, "S-m-2", None, Some(SerialChange::OtherMeter)),
        (
            3,
            "S-m-3",
            Some(SerialChange::Correction),
            Some(SerialChange::Correction),
        ),
        (4, "S-m-3", None, None),
    ] {
        (entered.serial, entered.serial_change) = (serial.to_owned(), said);
        house
            .ledger
            .change_instrument(&owner, meter, version, &entered, now())
            .await
            .unwrap();
        let history = house.ledger.configurations(&owner, meter).await.unwrap();
        assert_eq!(
            history.last().unwrap().configuration.serial_change,
            kept,
            "{version}"
        );
    }
}
