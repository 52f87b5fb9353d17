//! What a job hands over is checked, frozen and given back byte for byte.

use ledger::runs::Kind::OnlineVerification;
use ledger::runs::RunState;
use ledger::runs::Verdict::Conforms;

use crate::house::{House, judged, now};
use crate::on::{On, on_each_database};

on_each_database!(
    a_run_comes_back_as_it_was_judged,
    what_does_not_fit_is_refused_by_field,
);

async fn a_run_comes_back_as_it_was_judged(on: On) {
    let house = House::build(on).await;
    let meter = house.meter("m-1").await;
    let given = judged(meter, OnlineVerification, Conforms, "2026-11-15");
    let li = house.actor("li").await;
    let id = house.ledger.record_run(&li, &given, now()).await.unwrap();
    let run = house.ledger.run(&li, id).await.unwrap();
    assert_eq!(
        (run.state, run.operator.as_str(), run.version),
        (RunState::AwaitingReview, "li", 1)
    );
    assert_eq!(run.conclusion, given.conclusion, "not one blank is touched");
    assert_eq!(house.ledger.frozen(&li, id).await.unwrap(), given.frozen);
}

async fn what_does_not_fit_is_refused_by_field(on: On) {
    let house = House::build(on).await;
    let (meter, other) = (house.meter("m-1").await, house.meter("m-2").await);
    let li = house.actor("li").await;
    let before = house.dump().await;
    let good = judged(meter, OnlineVerification, Conforms, "2026-11-15");
    let mut forged = good.clone();
    forged.frozen.evidence.push(b' ');
    let mut backwards = good.clone();
    backwards.window.to = backwards.window.from;
    let mut itself = good.clone();
    itself.reference_id = Some(meter);
    for (bad, field) in [
        (forged, "evidence_sha256"),
        (backwards, "to"),
        (itself, "reference_id"),
    ] {
        let refused = house.ledger.record_run(&li, &bad, now()).await.unwrap_err();
        assert_eq!(refused.code(), "invalid-field");
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    let mut unknown = good.clone();
    unknown.reference_id = Some((i64::from(other) + 100).into());
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
