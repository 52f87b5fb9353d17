//! What the sign of a power factor is taken for: no model declares it, so a minus is never taken for capacitive load.

use axum::http::StatusCode;
use devices::SeriesId;
use jiff::SignedDuration;
use serde_json::json;
use verification::evidence::{Evidence, Negative};
use verification::procedure::{Procedure, SHIPPED};

use crate::laboratory::{Laboratory, asked};
use crate::simulated::Simulated;

/// A circuit under steady load, read once a minute; the reference reports this power factor.
fn steady(power_factor: &'static str) -> Simulated {
    Simulated::every(
        SignedDuration::from_mins(1),
        move |series: &SeriesId, minute, _| match series.point.as_str() {
            "energy.active.import" => {
                let watt_hours = 100_000 + 20 * minute;
                format!("{}.{:03}", watt_hours / 1_000, watt_hours % 1_000)
            }
            "power.factor" => power_factor.to_owned(),
            _ => "3.000".to_owned(),
        },
    )
}

async fn evidence(power_factor: &'static str) -> Evidence {
    let laboratory = Laboratory::over(steady(power_factor)).await;
    let mut pair = [0, 0];
    for (id, (device, profile)) in pair
        .iter_mut()
        .zip([("m-01", "dtz341@1"), ("ref-1", "ref3000@1")])
    {
        let mut draft = laboratory.draft(device, profile);
        draft["period_seconds"] = json!(60);
        draft["multiplier"]["current_ratio"] = json!("20");
        *id = laboratory.register(draft).await;
    }
    let li = laboratory.actor("li").await;
    let body = asked("online-verification", pair[0], pair[1]);
    let reply = li.send("POST", "/api/v1/runs", Some(body), None).await;
    assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
    let frozen = li
        .get(&format!("/api/v1/runs/{}/evidence", reply.json()["id"]))
        .await;
    Evidence::parse(&frozen.body).unwrap()
}

/// Names of the bins that hold intervals.
fn bins(evidence: &Evidence) -> Vec<String> {
    let (_, text) = SHIPPED
        .iter()
        .find(|(id, _)| *id == "energy-meter-online")
        .unwrap();
    let conclusion = verification::judge(&Procedure::parse(text).unwrap(), evidence);
    let points = &conclusion.comparison().unwrap().points;
    let filled = points.iter().filter(|point| point.slots > 0);
    filled.map(|point| point.bin.clone()).collect()
}

#[tokio::test]
async fn a_negative_power_factor_lies_in_no_bin() {
    let negative = evidence("-0.800").await;
    assert_eq!(negative.series["cosφ"].negative, Some(Negative::Reversed));
    assert_eq!(bins(&negative), Vec::<String>::new());
    // The same readings under the other meaning would have been judged by the limit for capacitive load.
    let mut otherwise = negative;
    otherwise.series.get_mut("cosφ").unwrap().negative = Some(Negative::Capacitive);
    let found = bins(&otherwise);
    assert!(
        !found.is_empty() && found.iter().all(|bin| bin.ends_with("/0.8C")),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_positive_one_is_judged_as_inductive() {
    let found = bins(&evidence("0.800").await);
    assert!(
        !found.is_empty() && found.iter().all(|bin| bin.ends_with("/0.5L-1")),
        "{found:?}"
    );
}

/// The rule rests on this: whoever reports a signed factor can also report power that flows back. A model whose power is
/// never negative would mean the character of the load by its sign, and must be able to say so first.
#[test]
fn every_meter_model_with_a_signed_factor_has_signed_power() {
    let mut seen = 0;
    for profile in devices::profile::catalogue().iter() {
        let negative = |point: &str| {
            let range = profile.point(point).and_then(|point| point.range);
            range.is_none_or(|(least, _)| least.is_sign_negative())
        };
        if profile.point("power.factor").is_some() && negative("power.factor") {
            assert!(negative("power.active"), "{}", profile.reference());
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}
