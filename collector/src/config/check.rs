//! What a configuration must satisfy beyond its form.

use std::collections::BTreeSet;
use std::net::IpAddr;

use devices::DeviceId;
use uplink::{Access, DeviceAssignment};

use super::{Config, GatewayConfig, ModbusConfig};
use crate::source::serial::settings::Parity;

/// A fault and where to look for it.
pub(super) struct Fault {
    pub(super) table: String,
    pub(super) index: usize,
    pub(super) key: String,
    pub(super) reason: String,
}

impl Fault {
    fn new(table: &str, key: &str, reason: impl Into<String>) -> Self {
        Self {
            table: table.to_owned(),
            index: 0,
            key: key.to_owned(),
            reason: reason.into(),
        }
    }

    pub(super) fn name(&self) -> String {
        if self.table.is_empty() {
            self.key.clone()
        } else {
            format!("{}.{}", self.table, self.key)
        }
    }
}

impl Config {
    pub(super) fn check(&self) -> Result<(), Fault> {
        // Same letters as a device: the name stands in keys and file names.
        DeviceId::new(self.id.as_str())
            .map_err(|error| Fault::new("", "id", format!("{error}; take a name such as \"site-a\"")))?;
        if self.spool.as_os_str().is_empty() {
            return Err(Fault::new(
                "",
                "spool",
                "is empty; give a folder that survives a restart",
            ));
        }
        for (key, mib, least) in [
            ("spool_most_mib", self.spool_most_mib, 16),
            ("spool_keep_free_mib", self.spool_keep_free_mib, 0),
        ] {
            if !(least..=1 << 30).contains(&mib) {
                return Err(Fault::new("", key, format!("must be {least} to {}", 1 << 30)));
            }
        }
        self.gateway.check()?;
        self.modbus.check()?;
        for (name, broker) in &self.brokers {
            let table = format!("brokers.{name}");
            if broker.host.is_empty() {
                return Err(Fault::new(
                    &table,
                    "host",
                    "is empty; give the broker's name or address",
                ));
            }
            if broker.port == 0 {
                return Err(Fault::new(&table, "port", "is 0; the usual MQTT port is 1883"));
            }
            if broker.password.is_some() && broker.password_file.is_some() {
                return Err(Fault::new(
                    &table,
                    "password",
                    "stands beside password_file; keep one of them",
                ));
            }
        }
        let mut seen = BTreeSet::new();
        for (index, device) in self.devices.iter().enumerate() {
            let fault = |key: &str, reason: String| Fault {
                index,
                ..Fault::new("device", key, reason)
            };
            if !seen.insert(&device.device) {
                return Err(fault(
                    "device",
                    format!("{} stands here twice; remove one", device.device),
                ));
            }
            assignment(device).map_err(|(key, reason)| fault(key, reason))?;
            if let Some(broker) =
                super::broker_of(&device.access).filter(|name| !self.brokers.contains_key(*name))
            {
                return Err(fault(
                    "access",
                    format!("the broker \"{broker}\" is unknown; add [brokers.{broker}]"),
                ));
            }
        }
        Ok(())
    }
}

/// What must hold for an assignment from anywhere; the key at fault and the reason.
pub(crate) fn assignment(device: &DeviceAssignment) -> Result<(), (&'static str, String)> {
    match &device.access {
        Access::Mqtt { topic, .. } => {
            if topic.is_empty() || topic.contains(['#', '+', '\0']) {
                return Err((
                    "access",
                    format!("\"{topic}\" is no topic of one device; wildcards are not allowed"),
                ));
            }
            return Ok(());
        }
        Access::ModbusTcp { host, port, .. } if host.is_empty() || *port == 0 => {
            return Err((
                "access",
                "host and port are needed; the usual port is 502".to_owned(),
            ));
        }
        Access::ModbusTcp { .. } => {}
        Access::ModbusRtu { settings, unit, .. } => {
            if Parity::of_format(&settings.format).is_none() {
                let reason = format!(
                    "\"{}\" is no character format; take 8N1, 8E1, 8O1 or 8N2",
                    settings.format
                );
                return Err(("access", reason));
            }
            if !(300..=1_000_000).contains(&settings.baud) {
                return Err((
                    "access",
                    format!("{} baud is not possible; take 9600, 19200, …", settings.baud),
                ));
            }
            if *unit == 0 || *unit > 247 {
                return Err((
                    "access",
                    format!("unit {unit} cannot be read on a line; units are 1 to 247"),
                ));
            }
        }
    }
    if device.period_seconds == 0 || device.period_seconds > 86_400 {
        return Err(("period_seconds", "must be 1 to 86400".to_owned()));
    }
    Ok(())
}

impl GatewayConfig {
    fn check(&self) -> Result<(), Fault> {
        let fault = |key: &str, reason: &str| Err(Fault::new("gateway", key, reason));
        match (&self.token, &self.token_file) {
            (None, None) => {
                return fault(
                    "token",
                    "is missing; copy the collector's token from the gateway, or set token_file",
                );
            }
            (Some(_), Some(_)) => return fault("token", "stands beside token_file; keep one of them"),
            (Some(token), None) if token.trim().is_empty() => return fault("token", "is empty"),
            _ => {}
        }
        let Ok(url) = reqwest::Url::parse(&self.url) else {
            return fault("url", "is no URL; write https://gateway.example:8443");
        };
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        match url.scheme() {
            "https" => Ok(()),
            "http" if self.allow_plain_http || is_loopback(host) => Ok(()),
            "http" => fault(
                "url",
                "would send the token unencrypted over the network; use https://, or set allow_plain_http = true \
                 on a network that is protected otherwise",
            ),
            _ => fault("url", "is neither https:// nor http://"),
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl ModbusConfig {
    fn check(&self) -> Result<(), Fault> {
        let milliseconds = 50..=60_000;
        if !milliseconds.contains(&self.response_timeout_ms) {
            return Err(Fault::new("modbus", "response_timeout_ms", "must be 50 to 60000"));
        }
        if !milliseconds.contains(&self.connect_timeout_ms) {
            return Err(Fault::new("modbus", "connect_timeout_ms", "must be 50 to 60000"));
        }
        if self.most_gap > 100 {
            return Err(Fault::new("modbus", "most_gap", "must be 0 to 100"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;

    const GOOD: &str = r#"
id = "site-a"
spool = "/var/lib/henglian/collector"

[gateway]
url = "https://gateway.example:8443"
token = "abc"

[brokers.site]
host = "127.0.0.1"
port = 1883

[[device]]
device = "m-01"
profile = "dtz341@1"
access = { kind = "modbus-rtu", line = "/dev/ttyUSB0", unit = 3, settings = { baud = 9600, format = "8E1" } }
period_seconds = 60

[[device]]
device = "th-1"
profile = "th20@1"
access = { kind = "mqtt", broker = "site", topic = "room/1" }
period_seconds = 60
"#;

    #[test]
    fn a_good_file_is_read() {
        let config = Config::parse("c.toml", GOOD).unwrap();
        assert_eq!(config.devices.len(), 2);
        assert_eq!(config.modbus.response_timeout_ms, 1_000);
    }

    #[test]
    fn errors_name_file_line_key_and_cure() {
        for (from, to, expected) in [
            ("id = \"site-a\"", "id = \"Site A\"", "c.toml:2: id: "),
            ("token = \"abc\"", "", "c.toml:5: gateway.token: is missing; copy"),
            (
                "https://",
                "http://",
                "c.toml:6: gateway.url: would send the token unencrypted",
            ),
            ("spool =", "spol =", "c.toml:3: spol"),
            (
                "period_seconds = 60\n\n",
                "period_seconds = 0\n\n",
                "c.toml:17: device.period_seconds: must be 1",
            ),
            (
                "\"8E1\"",
                "\"7E1\"",
                "c.toml:16: device.access: \"7E1\" is no character format",
            ),
            (
                "broker = \"site\"",
                "broker = \"other\"",
                "c.toml:22: device.access: the broker \"other\" is unknown",
            ),
            (
                "\"th-1\"",
                "\"m-01\"",
                "c.toml:20: device.device: m-01 stands here twice",
            ),
            ("port = 1883", "port = \"x\"", "c.toml:11: port: "),
            (
                "room/1",
                "room/#",
                "c.toml:22: device.access: \"room/#\" is no topic",
            ),
        ] {
            let text = GOOD.replacen(from, to, 1);
            assert_ne!(text, GOOD, "{from}");
            let message = Config::parse("c.toml", &text).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}\nexpected {expected}");
        }
    }

    #[test]
    fn plain_http_is_only_for_this_machine_unless_allowed() {
        let plain = GOOD.replace("https://gateway.example:8443", "http://127.0.0.1:8080");
        assert!(Config::parse("c.toml", &plain).is_ok());
        let allowed = GOOD
            .replace("https://", "http://")
            .replace("token =", "allow_plain_http = true\ntoken =");
        assert!(Config::parse("c.toml", &allowed).is_ok());
    }
}
