//! The tables are made by the same steps on both databases, once, and by no changed one.

use ledger::Ledger;

use crate::house::House;
use crate::on::{On, on_each_database};

on_each_database!(
    opening_again_changes_nothing,
    a_step_that_was_changed_is_not_run_over
);

fn files(folder: &str) -> Vec<String> {
    let folder = format!("{}/migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Steps that were run, as files are named.
async fn run(house: &House) -> Vec<String> {
    let mut hand = house.hand().await;
    hand.texts(
        "SELECT substr('0000', 1 + length(CAST(version AS TEXT))) || version || '_' || description || '.sql'
         FROM _sqlx_migrations ORDER BY version",
    )
    .await
}

#[test]
fn each_step_has_its_pair() {
    assert_eq!(files("sqlite"), files("postgres"));
}

async fn opening_again_changes_nothing(on: On) {
    let house = House::build(on).await;
    assert_eq!(run(&house).await, files("sqlite"), "every file is run");
    let before = house.dump().await;
    house.ledger.close().await;
    Ledger::open(house.address()).await.unwrap().close().await;
    assert_eq!(run(&house).await, files("sqlite"));
    assert_eq!(house.dump().await, before);
}

async fn a_step_that_was_changed_is_not_run_over(on: On) {
    let house = House::build(on).await;
    house.ledger.close().await;
    let mut hand = house.hand().await;
    let other = format!(
        "UPDATE _sqlx_migrations SET checksum = {} WHERE version = 2",
        on.bytes("00")
    );
    hand.accepted(&other).await;
    let refused = Ledger::open(house.address()).await.err().unwrap().to_string();
    assert!(refused.contains("migration 2"), "{refused}");
    assert!(refused.contains(&house.address().to_string()), "{refused}");
}
