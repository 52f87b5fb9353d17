//! An engine that refuses, and one that was closed.

use devices::Quality;

use super::{Place, batch, sweep, texts};
use crate::store::{Appended, Store};

pub(super) async fn run(place: &dyn Place, store: &Store) {
    what_is_refused_is_not_there(place, store).await;
    what_was_acknowledged_is_there_after_a_restart(place).await;
}

async fn what_is_refused_is_not_there(place: &dyn Place, store: &Store) {
    let content = |sequence: u64| {
        let second = i64::try_from(sequence).expect("small") * 100;
        let number = Some((i128::from(sequence), 0));
        batch(
            "c-refused",
            sequence,
            vec![sweep("refused", second, number, Quality::Good)],
        )
    };
    store.append(&content(1)).await.expect("append");
    place.refuse(true).await;
    for _ in 0..2 {
        assert!(
            store.append(&content(2)).await.is_err(),
            "nothing is acknowledged"
        );
        assert!(store.intake.condition().cannot_write.is_some());
    }
    store.intake.recheck().await;
    assert!(store.intake.condition().cannot_write.is_some(), "asked again");
    assert_eq!(texts(store, "refused/voltage.a", 0, 1_000).await, ["1"]);
    assert_eq!(
        store.journal.journaled(&content(2).key).await.expect("journaled"),
        None
    );

    place.refuse(false).await;
    store.intake.recheck().await;
    assert_eq!(store.intake.condition().cannot_write, None);
    assert_eq!(store.append(&content(2)).await.expect("append"), Appended::Stored);
    assert_eq!(
        store.append(&content(2)).await.expect("append"),
        Appended::Duplicate
    );
    assert_eq!(texts(store, "refused/voltage.a", 0, 1_000).await, ["1", "2"]);
}

async fn what_was_acknowledged_is_there_after_a_restart(place: &dyn Place) {
    let store = &place.open().await;
    let again = batch(
        "c-refused",
        1,
        vec![sweep("refused", 100, Some((1, 0)), Quality::Good)],
    );
    assert_eq!(store.append(&again).await.expect("append"), Appended::Duplicate);
    assert_eq!(texts(store, "refused/voltage.a", 0, 1_000).await, ["1", "2"]);
    assert_eq!(
        texts(store, "corrected/voltage.a", 0, 5_000).await,
        ["1.2", "2.0", "3.1"]
    );
    for (series, expected) in [("refused/voltage.a", "2"), ("corrected/voltage.a", "3.1")] {
        let latest = store.series.latest(&[series.parse().expect("a series")]).await;
        let latest = latest.expect("latest")[0].as_ref().and_then(|one| one.value);
        assert_eq!(latest.expect("a value").to_string(), expected);
    }
}
