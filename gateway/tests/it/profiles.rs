//! Readings are looked at by the models of the site, its own among them, and by no other.

use std::sync::Arc;

use devices::profile::Catalogue;
use gateway::AdmissionTable;
use uplink::Sweep;

use crate::site::{NOW, Site, energy, site, table};

/// A model of the site's own, whose register is called as no model of ours calls one.
const OWN: &str = r#"
model = "own9"
version = 1
title_zh = "自有电能表"
title_en = "Own meter"
manufacturer = "example"
instrument = "energy-meter"
protocol = "modbus"

[[point]]
name = "energy.own"
title_zh = "电能"
title_en = "Energy"
quantity = "active-energy"
unit = "kWh"
table = "holding"
address = 0
type = "u32"
scale = "0.01"
cumulative = true

[[golden]]
point = "energy.own"
words = [0, 1]
value = "0.01"
"#;

/// The device reads by `own9@1`, which the site has or has not.
async fn site_with_own_model(known: bool) -> Site {
    let mut profiles = Catalogue::default();
    if known {
        profiles.add("own9.toml", OWN).unwrap();
    }
    let site = site().await;
    let table = AdmissionTable::clone(&table(2, &["m-01"]));
    let collectors = table.collectors.into_iter().map(|(name, admission)| {
        let mut admission = (*admission).clone();
        admission.profiles = Arc::new(profiles.clone());
        for device in admission.devices.values_mut() {
            device.assignment.profile = "own9@1".to_owned();
        }
        (name, Arc::new(admission))
    });
    site.admission.send_replace(Arc::new(AdmissionTable {
        version: 2,
        collectors: collectors.collect(),
    }));
    site
}

fn own(at: i64, mantissa: i128, point: &str) -> Sweep {
    let mut sweep = energy(at, mantissa);
    sweep.profile = "own9@1".to_owned();
    sweep.values[0].point = point.to_owned();
    sweep
}

#[tokio::test]
async fn a_model_of_the_site_knows_its_registers_and_its_points() {
    let site = site_with_own_model(true).await;
    site.good(1, vec![own(NOW - 120, 50_000, "energy.own")]).await;
    let ack = site
        .good(
            2,
            vec![
                own(NOW - 60, 100, "energy.own"),
                own(NOW, 1, "energy.active.import"),
            ],
        )
        .await;
    assert_eq!((ack.stored, ack.lowered, ack.refused), (1, 1, 1));
    assert_eq!(ack.refusals[0].reason, "unknown-point");
    let stored = site.stored("m-01/energy.own").await;
    assert_eq!(stored[1].quality.name(), "register-went-backwards");
}

#[tokio::test]
async fn a_model_that_the_site_has_not_admits_nothing() {
    let site = site_with_own_model(false).await;
    let ack = site
        .good(1, vec![own(NOW, 100, "energy.own"), energy(NOW, 1)])
        .await;
    assert_eq!((ack.stored, ack.refused), (0, 2));
    assert!(
        ack.refusals.iter().all(|one| one.reason == "unknown-profile"),
        "{ack:?}"
    );
}
