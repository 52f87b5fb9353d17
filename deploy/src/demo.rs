//! A whole site in one process, on this machine only: simulated instruments, collector, gateway, portal.
//!
//! The demo and the whole-system tests start the same thing; only data folder and ports differ.

mod accounts;
mod field;
mod history;
mod instruments;
pub mod script;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use collector::config::{BrokerConfig, GatewayConfig};
use collector::{Collector, CollectorHandle};
use jiff::{SignedDuration, Timestamp};
use sha2::Digest;

pub use accounts::{Account, Accounts};

use crate::clock::Clock;
use crate::config::{Broker, Config, Listener};
use crate::listen::Bounds;
use crate::wiring::System;

/// The collector of the site.
pub const COLLECTOR: &str = "edge-1";
/// The reading period of the history, and of the reference standard.
pub const HISTORY_PERIOD_SECONDS: u32 = 900;

/// What a demo may differ in.
#[derive(Clone, Debug)]
pub struct Options {
    /// Everything it keeps: databases, spool, accounts.
    pub data: PathBuf,
    /// Port of the portal; 0 takes a free one.
    pub port: u16,
    pub history_days: u32,
}

/// A running demo.
pub struct Demo {
    pub system: System,
    pub accounts: Accounts,
    pub site: Arc<field_sim::Site>,
    /// Where the simulated instruments answer Modbus TCP.
    pub modbus: std::net::SocketAddr,
    pub collector: CollectorHandle,
    pub started: Timestamp,
    serving: field_sim::Serving,
}

/// A site whose collector has not started: its history waits in the spool.
pub struct Prepared {
    pub system: System,
    pub accounts: Accounts,
    pub site: Arc<field_sim::Site>,
    pub modbus: std::net::SocketAddr,
    pub serving: field_sim::Serving,
    pub spool: PathBuf,
    broker: std::net::SocketAddr,
    pub started: Timestamp,
    clock: Clock,
}

impl Prepared {
    /// Starts everything but the collector; `say` is told what happens.
    pub async fn new(
        options: &Options,
        clock: Clock,
        say: &(dyn Fn(&str) + Sync),
    ) -> anyhow::Result<Prepared> {
        let started = clock();
        std::fs::create_dir_all(&options.data)
            .with_context(|| format!("{} cannot be created", options.data.display()))?;
        let system = System::start(&server_config(options), clock.clone()).await?;
        say("gateway, store, ledger and portal are up");

        let site = Arc::new(field::site()?);
        let broker = system.broker_address.context("the demo has an embedded broker")?;
        let serving = field::serve(&site, &options.data, broker, clock.clone()).await?;
        let modbus = serving.modbus_tcp.context("the simulated field listens on TCP")?;
        say(&format!(
            "simulated field: Modbus TCP on {modbus}, MQTT on {broker}"
        ));

        let accounts = Accounts::load_or_draw(&options.data)?;
        let site_id = accounts
            .seed(&system.ledger, started, options.history_days)
            .await?;
        let token: [u8; 32] = sha2::Sha256::digest(accounts.collector_token.as_bytes()).into();
        system
            .ledger
            .put_collector(COLLECTOR, site_id, "一号采集器", token, started)
            .await?;
        instruments::register(&system, &site, site_id, modbus, started).await?;
        system
            .portal
            .publish_admission()
            .await
            .map_err(|problem| anyhow::anyhow!("{}", problem.detail))?;

        let spool = options.data.join("spool");
        if history::wanted(&system).await? {
            let from = started - SignedDuration::from_hours(24 * i64::from(options.history_days));
            let sweeps = history::into_spool(&site, &spool, COLLECTOR, from, started).await?;
            say(&format!(
                "{} days of history: {sweeps} sweeps wait in the collector's spool",
                options.history_days
            ));
        }
        Ok(Prepared {
            system,
            accounts,
            site,
            modbus,
            serving,
            spool,
            broker,
            started,
            clock,
        })
    }

    /// Starts the collector in this process.
    pub async fn start(self, say: &(dyn Fn(&str) + Sync)) -> anyhow::Result<Demo> {
        let gateway = GatewayConfig::new(
            format!("http://{}", self.system.uplink_address),
            &self.accounts.collector_token,
        );
        let mut config = collector::Config::new(COLLECTOR, &self.spool, gateway);
        config.brokers.insert(
            "site".to_owned(),
            BrokerConfig {
                host: self.broker.ip().to_string(),
                port: self.broker.port(),
                username: None,
                password: None,
                password_file: None,
            },
        );
        let collector = Collector::start(config, self.clock).await?;
        say("collector runs");
        Ok(Demo {
            system: self.system,
            accounts: self.accounts,
            site: self.site,
            modbus: self.modbus,
            collector,
            started: self.started,
            serving: self.serving,
        })
    }
}

impl Demo {
    /// Starts everything; `say` is told what happens.
    pub async fn start(options: &Options, clock: Clock, say: &(dyn Fn(&str) + Sync)) -> anyhow::Result<Demo> {
        Prepared::new(options, clock, say).await?.start(say).await
    }

    /// Waits until the collector's spool is empty: the history has arrived.
    pub async fn history_arrived(&self, say: &(dyn Fn(&str) + Sync)) -> anyhow::Result<()> {
        let spool = self.collector.spool();
        let mut changes = spool.changed();
        let mut told = u64::MAX;
        // Live readings keep coming, so "empty" means: no more than they.
        while spool.report().pending_sweeps > 100 {
            let pending = spool.report().pending_sweeps / 2000;
            if pending < told {
                told = pending;
                say(&format!(
                    "{} sweeps on their way to the gateway",
                    spool.report().pending_sweeps
                ));
            }
            let _ = tokio::time::timeout(Duration::from_secs(1), changes.changed()).await;
        }
        Ok(())
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.system.portal_address)
    }

    /// Stops in the order in which data flows.
    pub async fn stop(self) {
        self.serving.shutdown().await;
        self.collector.shutdown().await;
        self.system.stop().await;
    }
}

fn server_config(options: &Options) -> Config {
    let loopback = |port| std::net::SocketAddr::from(([127, 0, 0, 1], port));
    let listener = |port| Listener {
        listen: loopback(port),
        tls: None,
        behind_tls_proxy: false,
        connections: Bounds::default(),
    };
    Config {
        data_dir: data_dir(&options.data),
        portal: listener(options.port),
        uplink: listener(0),
        embedded_broker: Some(Broker { listen: loopback(0) }),
        profiles_dir: None,
        trusted_proxies: Vec::new(),
    }
}

/// Where the demo's databases lie: `henglian` commands can be pointed there.
pub fn data_dir(data: &Path) -> PathBuf {
    data.join("server")
}
