//! What a job hands over is checked, frozen and given back byte for byte.

use crate::house::{House, judged, now};

#[tokio::test]
async fn a_run_comes_back_as_it_was_judged() {
    let house = House::build().await;
    let meter = house.meter("m-1").await;
    let given = judged(meter, "online-verification", "conforms", "2026-11-15");
    let li = house.actor("li").await;
    let id = house.ledger.record_run(&li, &given, now()).await.unwrap();
    let run = house.ledger.run(&li, id).await.unwrap();
    assert_eq!(
        (run.state.as_str(), run.operator.as_str(), run.version),
        ("awaiting-review", "li", 1)
    );
    assert_eq!(run.conclusion, given.conclusion, "not one blank is touched");
    assert_eq!(
        house.ledger.frozen(&li, id).await.unwrap(),
        (given.evidence, given.bundle)
    );
}

#[tokio::test]
async fn what_does_not_fit_is_refused_by_field() {
    let house = House::build().await;
    let (meter, other) = (house.meter("m-1").await, house.meter("m-2").await);
    let li = house.actor("li").await;
    let before = house.dump().await;
    let good = judged(meter, "online-verification", "conforms", "2026-11-15");
    let mut forged = good.clone();
    forged.evidence.push(b' ');
    let mut backwards = good.clone();
    backwards.request.to = backwards.request.from;
    let mut itself = good.clone();
    itself.request.reference_id = Some(meter);
    let mut foreign = good.clone();
    foreign.request.kind = "verification".to_owned();
    for (bad, field) in [
        (forged, "evidence_sha256"),
        (backwards, "to"),
        (itself, "reference_id"),
        (foreign, "kind"),
    ] {
        let refused = house.ledger.record_run(&li, &bad, now()).await.unwrap_err();
        assert_eq!(refused.code(), "invalid-field");
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    let mut unknown = good.clone();
    unknown.request.reference_id = Some(other + 100);
    assert_eq!(
        house
            .ledger
            .record_run(&li, &unknown, now())
            .await
            .unwrap_err()
            .code(),
        "not-found"
    );
    let zhao = house.actor("zhao").await;
    assert_eq!(
        house
            .ledger
            .record_run(&zhao, &good, now())
            .await
            .unwrap_err()
            .code(),
        "not-permitted"
    );
    assert_eq!(house.dump().await, before);
}
