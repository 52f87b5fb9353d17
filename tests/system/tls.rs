//! Both listeners behind TLS: a collector that trusts the certificate delivers, one that does not says why, and whoever
//! speaks plain HTTP there is turned away without harm.

use std::path::Path;

use collector::config::GatewayConfig;
use collector::{Collector, Spool};
use deploy::clock::system_clock;
use deploy::config::{Config, Listener, Tls};
use deploy::listen::Bounds;
use deploy::wiring::System;
use ledger::seed::NewSite;
use sha2::Digest;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uplink::{Sweep, SweepValue};

fn listener(folder: &Path) -> Listener {
    Listener {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        tls: Some(Tls {
            certificate: folder.join("server.crt"),
            key: folder.join("server.key"),
        }),
        behind_tls_proxy: false,
        connections: Bounds::default(),
    }
}

fn sweep() -> Sweep {
    Sweep {
        device: "m-01".parse().expect("a name"),
        profile: "dtz341@1".to_owned(),
        nominal_us: 1_790_000_000_000_000,
        taken_us: 1_790_000_000_000_000,
        values: vec![SweepValue {
            point: "voltage.a".to_owned(),
            number: Some((22010, 2)),
            quality: devices::Quality::Good.code(),
        }],
        raw: Vec::new(),
        message: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_delivers_over_tls_to_the_certificate_it_trusts_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(folder.path().join("server.crt"), own.cert.pem()).expect("written");
    std::fs::write(folder.path().join("server.key"), own.signing_key.serialize_pem()).expect("written");
    let other = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    std::fs::write(folder.path().join("other.crt"), other.cert.pem()).expect("written");

    let config = Config {
        data_dir: folder.path().join("data"),
        ledger: None,
        portal: listener(folder.path()),
        uplink: listener(folder.path()),
        embedded_broker: None,
        profiles_dir: None,
        trusted_proxies: Vec::new(),
    };
    let system = System::start(&config, system_clock()).await.expect("starts");
    let now = system_clock()();
    let site = NewSite {
        name: "一厂".to_owned(),
        party: "甲公司".to_owned(),
        description: String::new(),
        laboratory: "某院".to_owned(),
        time_zone: ledger::zones::USUAL.to_owned(),
    };
    let site = system.ledger.create_site(&site, now).await.expect("a site");
    let token: [u8; 32] = sha2::Sha256::digest(b"secret").into();
    system
        .ledger
        .put_collector("edge-1", site, "一号", token, now)
        .await
        .expect("admitted");
    system.portal.publish_admission().await.expect("published");

    // Plain HTTP to a TLS port gets no answer to its request, and the listener lives on.
    for address in [system.uplink_address, system.portal_address] {
        let mut plain = tokio::net::TcpStream::connect(address).await.expect("connects");
        plain
            .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .expect("sent");
        let mut answer = Vec::new();
        let _ = plain.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/"), "{answer:?}");
    }

    let url = format!("https://{}", system.uplink_address);
    let spool = folder.path().join("spool");
    Spool::open(&spool, "edge-1")
        .expect("a spool")
        .append(&[sweep()])
        .expect("spooled");
    let gateway = |ca: &str| GatewayConfig {
        ca_file: Some(folder.path().join(ca)),
        ..GatewayConfig::new(&url, "secret")
    };

    let misled = Collector::start(
        collector::Config::new("edge-1", &spool, gateway("other.crt")),
        system_clock(),
    )
    .await
    .expect("starts");
    let mut pace = tokio::time::interval(std::time::Duration::from_millis(10));
    let reason = loop {
        pace.tick().await;
        let report: serde_json::Value = serde_json::from_str(&misled.health()).expect("a report");
        if let Some(reason) = report["link"]["error"].as_str() {
            break reason.to_owned();
        }
    };
    assert!(reason.to_lowercase().contains("certificate"), "{reason}");
    assert_eq!(misled.spool().report().pending_sweeps, 1, "kept for better days");
    misled.shutdown().await;

    let trusting = Collector::start(
        collector::Config::new("edge-1", &spool, gateway("server.crt")),
        system_clock(),
    )
    .await
    .expect("starts");
    let spool = trusting.spool();
    while spool.report().pending_sweeps > 0 {
        pace.tick().await;
    }
    // Nobody registered the meter: kept aside, counted, and acknowledged.
    assert_eq!(system.gateway.health().refused["unknown-device"], 1);
    trusting.shutdown().await;
    system.stop().await;
}
