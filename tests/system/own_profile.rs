//! A site with an instrument model of its own: its readings are screened by it, from the spool to the store.

use std::path::Path;

use collector::Collector;
use collector::config::GatewayConfig;
use deploy::clock::{Clock, system_clock};
use deploy::config::{Config, Listener};
use deploy::demo::Account;
use deploy::demo::script::Actor;
use deploy::listen::Bounds;
use deploy::wiring::System;
use jiff::SignedDuration;
use ledger::Word;
use ledger::accounts::Role;
use ledger::seed::{NewAccount, NewSite};
use serde_json::json;
use sha2::Digest;
use uplink::{Sweep, SweepValue};

const MODEL: &str = r#"
model = "well7"
version = 2
title_zh = "自有电能表"
title_en = "Own meter"
manufacturer = "example"
instrument = "energy-meter"
protocol = "modbus"

[[point]]
name = "energy.well"
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
point = "energy.well"
words = [0, 1]
value = "0.01"
"#;

fn config(folder: &Path) -> Config {
    let listener = Listener {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: None,
        behind_tls_proxy: false,
        connections: Bounds::default(),
    };
    Config {
        data_dir: folder.join("data"),
        ledger: None,
        portal: listener.clone(),
        uplink: listener,
        embedded_broker: None,
        profiles_dir: Some(folder.join("profiles")),
        trusted_proxies: Vec::new(),
    }
}

/// `m-01` is registered with the site's own model, at a collector that may send.
async fn register(system: &System, clock: &Clock) {
    let (ledger, now) = (&system.ledger, clock());
    let person = Account {
        login: "works".to_owned(),
        name: "王企业".to_owned(),
        party: "甲公司".to_owned(),
        role: "enterprise".to_owned(),
        password: "correct horse battery".to_owned(),
    };
    let account = NewAccount {
        login: person.login.clone(),
        name: person.name.clone(),
        party: person.party.clone(),
        password: person.password.as_str().into(),
        roles: vec![Role::from_word(&person.role).unwrap()],
    };
    ledger.create_account(&account, now).await.expect("an account");
    let site = NewSite {
        name: "一厂".to_owned(),
        party: person.party.clone(),
        description: String::new(),
        laboratory: "某院".to_owned(),
        time_zone: ledger::zones::USUAL.to_owned(),
    };
    let site = ledger.create_site(&site, now).await.expect("a site");
    let token: [u8; 32] = sha2::Sha256::digest(b"secret").into();
    ledger
        .put_collector("edge-1", site, "一号", token, now)
        .await
        .expect("admitted");
    let url = format!("http://{}", system.portal_address);
    let enterprise = Actor::sign_in(&url, &person).await.expect("signs in");
    let draft = json!({
        "site_id": site, "collector": "edge-1", "device": "m-01", "name": "井", "profile": "well7@2",
        "serial": "W-1", "manufacturer": "", "accuracy_class": null, "purpose": "sub-meter",
        "access": { "kind": "modbus-tcp", "host": "127.0.0.1", "port": 9, "unit": 1 }, "period_seconds": 3600,
        "multiplier": { "current_ratio": "1", "voltage_ratio": "1", "registers_are_primary": true },
        "location": "", "traceability": null, "plausible": {}
    });
    enterprise
        .post("/instruments", draft, None)
        .await
        .expect("registered");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_of_the_site_sees_its_register_go_backwards_and_an_unknown_point() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("profiles")).expect("a folder");
    std::fs::write(folder.path().join("profiles/well7.toml"), MODEL).expect("written");
    let clock = system_clock();
    let system = System::start(&config(folder.path()), clock.clone())
        .await
        .expect("starts");

    let minutes_ago = |minutes| (clock() - SignedDuration::from_mins(minutes)).as_microsecond();
    let sweep = |minutes, point: &str, hundredths| Sweep {
        device: "m-01".parse().expect("a name"),
        profile: "well7@2".to_owned(),
        nominal_us: minutes_ago(minutes),
        taken_us: minutes_ago(minutes),
        values: vec![SweepValue {
            point: point.to_owned(),
            number: Some((hundredths, 2)),
            quality: devices::Quality::Good.code(),
        }],
        raw: Vec::new(),
        message: Vec::new(),
    };
    let sweeps = [
        sweep(30, "energy.well", 50_000),
        sweep(20, "energy.well", 100),
        sweep(10, "energy.active.import", 7),
    ];
    let mut edge = collector::Config::new(
        "edge-1",
        folder.path().join("spool"),
        GatewayConfig::new(format!("http://{}", system.uplink_address), "secret"),
    );
    edge.profiles = Some(folder.path().join("profiles"));
    let collector = Collector::start(edge, clock.clone()).await.expect("starts");
    register(&system, &clock).await;
    let spool = collector.spool();
    spool.append(&sweeps).expect("spooled");
    let mut pace = tokio::time::interval(std::time::Duration::from_millis(10));
    while spool.report().acknowledged_sweeps < 3 {
        pace.tick().await;
    }
    drop(spool);
    collector.shutdown().await;

    let health = system.gateway.health();
    assert_eq!(health.refused.get("unknown-point"), Some(&1), "{health:?}");
    let window = devices::Window {
        from: clock() - SignedDuration::from_hours(1),
        to: clock() - SignedDuration::from_mins(15),
    };
    let series = "m-01/energy.well".parse().expect("a series");
    let stored = system
        .gateway
        .store()
        .range(&series, window, 10)
        .await
        .expect("readings");
    let stored: Vec<(String, &str)> = stored
        .iter()
        .map(|one| (one.value.expect("a value").to_string(), one.quality.name()))
        .collect();
    assert_eq!(
        stored,
        [
            ("500.00".to_owned(), "good"),
            ("1.00".to_owned(), "register-went-backwards")
        ]
    );
    system.stop().await;
}
