//! The configuration file of a collector. Every error names file, line, key and cure.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use uplink::{Access, DeviceAssignment, Networks};

use crate::spool::Limits;

mod check;
pub(crate) use check::assignment;
mod place;
mod surroundings;
pub use surroundings::{Findings, try_folder};

/// What a collector is told about itself. Which devices it reads usually comes from the gateway.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of this collector, as the gateway knows it: lower-case letters, digits, `-`, `_`, `.`.
    pub id: String,
    /// Folder of the durable spool; it must lie on a disk that survives a restart.
    pub spool: PathBuf,
    /// What the spool may hold, in MiB (at least 16; 16384 unless given). Beyond, the newest is not taken: slots go by unread, MQTT
    /// messages stay at their broker.
    #[serde(default = "spool_most_mib")]
    pub spool_most_mib: u64,
    /// What stays free on the disk of the spool, in MiB (64 unless given).
    #[serde(default = "spool_keep_free_mib")]
    pub spool_keep_free_mib: u64,
    pub gateway: GatewayConfig,
    /// Where `GET /` answers the health report as JSON, e.g. `127.0.0.1:9180`. Absent: no listener.
    #[serde(default)]
    pub health: Option<SocketAddr>,
    /// Folder with further instrument profiles (`*.toml`).
    #[serde(default)]
    pub profiles: Option<PathBuf>,
    #[serde(default)]
    pub modbus: ModbusConfig,
    /// MQTT brokers of the site by the name that assignments use.
    #[serde(default)]
    pub brokers: BTreeMap<String, BrokerConfig>,
    /// Devices read whatever the gateway says; an assignment of the same device is ignored.
    #[serde(default, rename = "device")]
    pub devices: Vec<DeviceAssignment>,
}

fn spool_most_mib() -> u64 {
    Limits::default().most_bytes >> 20
}

fn spool_keep_free_mib() -> u64 {
    Limits::default().keep_free >> 20
}

/// The gateway and the way there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// `https://gateway.example:8443`; `http://` only to this machine unless `allow_plain_http`.
    pub url: String,
    /// Either the token itself or a file that holds it.
    #[serde(default)]
    pub token: Option<String>,
    #[serde(default)]
    pub token_file: Option<PathBuf>,
    /// Sends token and readings unencrypted. Only for a network that is protected otherwise.
    #[serde(default)]
    pub allow_plain_http: bool,
    /// PEM file of the authority that signed the gateway's certificate, if it is not a public one.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

impl GatewayConfig {
    pub fn new(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: Some(token.into()),
            token_file: None,
            allow_plain_http: false,
            ca_file: None,
        }
    }
}

/// Waiting times and merging for Modbus.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModbusConfig {
    /// Time for an answer, in ms (50 to 60000), without the time on the wire. An RTU line must also
    /// be silent for this long after a time-out before it is used again.
    pub response_timeout_ms: u64,
    /// Time for a TCP connection, in ms (50 to 60000).
    pub connect_timeout_ms: u64,
    /// Registers of no point that may be read along to save a request (0 to 100).
    pub most_gap: u16,
    /// Networks to which TCP connections are opened, whoever asks. Private ones and this machine unless told; a list
    /// of its own replaces them.
    pub networks: Networks,
}

impl Default for ModbusConfig {
    fn default() -> Self {
        Self {
            response_timeout_ms: 1_000,
            connect_timeout_ms: 3_000,
            most_gap: crate::plan::DEFAULT_GAP,
            networks: Networks::default(),
        }
    }
}

impl ModbusConfig {
    pub fn response_timeout(&self) -> Duration {
        Duration::from_millis(self.response_timeout_ms)
    }

    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }
}

/// An MQTT 3.1.1 broker of the site.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    pub host: String,
    pub port: u16,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    pub password_file: Option<PathBuf>,
}

impl BrokerConfig {
    /// The password, from the key or the file; read anew for each connection.
    pub(crate) fn password(&self) -> Option<String> {
        let from_file = || {
            let path = self.password_file.as_ref()?;
            std::fs::read_to_string(path)
                .inspect_err(|error| tracing::error!(path = %path.display(), %error, "the broker's password cannot be read"))
                .ok()
        };
        let password = self.password.clone().or_else(from_file)?;
        Some(password.trim().to_owned())
    }
}

/// What is wrong with a configuration file, as `FILE:LINE: KEY: reason; cure`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {key}: {reason}")]
pub struct ConfigError {
    pub file: String,
    pub line: usize,
    pub key: String,
    /// What is wrong and what to do about it.
    pub reason: String,
}

impl Config {
    /// A configuration without brokers, listener or own devices.
    pub fn new(id: impl Into<String>, spool: impl Into<PathBuf>, gateway: GatewayConfig) -> Self {
        Self {
            id: id.into(),
            spool: spool.into(),
            spool_most_mib: spool_most_mib(),
            spool_keep_free_mib: spool_keep_free_mib(),
            gateway,
            health: None,
            profiles: None,
            modbus: ModbusConfig::default(),
            brokers: BTreeMap::new(),
            devices: Vec::new(),
        }
    }

    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            file: file.clone(),
            line: 0,
            key: "(the file)".to_owned(),
            reason: format!("{error}; give the path of a readable configuration file"),
        })?;
        Self::parse(&file, &text)
    }

    /// Reads and checks a text; `file` serves messages.
    pub fn parse(file: &str, text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            ConfigError {
                file: file.to_owned(),
                line: place::line_at(text, at),
                key: place::key_at(text, at),
                reason: format!(
                    "{}; see docs/collector.md for the keys",
                    error.message().trim().replace('\n', ", ")
                ),
            }
        })?;
        config.check().map_err(|fault| ConfigError {
            file: file.to_owned(),
            line: place::line_of(text, &fault.table, fault.index, &fault.key),
            key: fault.name(),
            reason: fault.reason,
        })?;
        Ok(config)
    }

    /// The bounds of the spool.
    pub fn limits(&self) -> Limits {
        Limits {
            most_bytes: self.spool_most_mib << 20,
            keep_free: self.spool_keep_free_mib << 20,
            ..Limits::default()
        }
    }

    /// The token, from the file or the key.
    pub fn token(&self) -> Result<String, std::io::Error> {
        match (&self.gateway.token, &self.gateway.token_file) {
            (Some(token), _) => Ok(token.clone()),
            (None, Some(path)) => match std::fs::read_to_string(path)?.trim() {
                "" => Err(std::io::Error::other("it is empty")),
                token => Ok(token.to_owned()),
            },
            (None, None) => Ok(String::new()),
        }
    }
}

/// The broker that an access names, if it names one.
pub(crate) fn broker_of(access: &Access) -> Option<&str> {
    match access {
        Access::Mqtt { broker, .. } => Some(broker),
        Access::ModbusTcp { .. } | Access::ModbusRtu { .. } => None,
    }
}
