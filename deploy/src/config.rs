//! Configuration of `henglian serve`. The doc comments below are the manual.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;

/// The whole file. Unknown keys are refused, so that a misspelt one is not silently without effect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the ledger and of the time-series store. Created when absent.
    pub data_dir: PathBuf,
    /// The listener for people.
    pub portal: Listener,
    /// The listener for collectors.
    pub uplink: Listener,
    /// An embedded MQTT broker, for demos and small trials only: it keeps everything in memory.
    #[serde(default)]
    pub embedded_broker: Option<Broker>,
    /// Folder with further instrument profiles (TOML), beside those built in.
    #[serde(default)]
    pub profiles_dir: Option<PathBuf>,
    /// Networks of proxies before the portal whose `X-Forwarded-For` says where a person comes from, as
    /// `["10.9.0.0/24"]`; a proxy on this machine needs no entry. Sign-ins are slowed down by that address: behind a
    /// proxy that is not named here, all people share one.
    #[serde(default)]
    pub trusted_proxies: Vec<IpNet>,
}

/// Where to listen and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Address and port; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Certificate and key; required unless the address is loopback or `behind_tls_proxy` is set.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// A proxy on this machine or in a closed network terminates TLS.
    #[serde(default)]
    pub behind_tls_proxy: bool,
}

/// PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// The embedded broker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    pub listen: SocketAddr,
}

/// Why a configuration was refused; each names the file and the cure.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{file}: cannot be read: {source}")]
    Read { file: String, source: std::io::Error },
    #[error("{file}: {reason}")]
    Form { file: String, reason: String },
    #[error(
        "{file}: [{section}] listens on {address} without TLS, so passwords and readings would travel in the clear; \
         set tls = {{ certificate = \"…\", key = \"…\" }}, or behind_tls_proxy = true, or listen on 127.0.0.1"
    )]
    PlainListener {
        file: String,
        section: &'static str,
        address: SocketAddr,
    },
    #[error("{file}: [{section}] {what} {path}: {source}; check the path and the file's permissions")]
    Tls {
        file: String,
        section: &'static str,
        what: &'static str,
        path: String,
        source: std::io::Error,
    },
    #[error(
        "{file}: embedded_broker listens on {address}; it has no access control, so only loopback is allowed"
    )]
    OpenBroker { file: String, address: SocketAddr },
}

impl Config {
    /// Reads and checks a file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            file: file.clone(),
            source,
        })?;
        Self::parse(&file, &text)
    }

    /// Checks a text; `file` is only named in errors.
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Config = toml::from_str(text).map_err(|error| ConfigError::Form {
            file: match error.span() {
                Some(span) => format!(
                    "{file}:{}",
                    text[..span.start.min(text.len())].matches('\n').count() + 1
                ),
                None => file.to_owned(),
            },
            reason: error.message().to_owned(),
        })?;
        config.check(file)?;
        Ok(config)
    }

    fn check(&self, file: &str) -> Result<(), ConfigError> {
        for (section, listener) in [("portal", &self.portal), ("uplink", &self.uplink)] {
            if !listener.listen.ip().is_loopback() && listener.tls.is_none() && !listener.behind_tls_proxy {
                return Err(ConfigError::PlainListener {
                    file: file.to_owned(),
                    section,
                    address: listener.listen,
                });
            }
        }
        if let Some(broker) = &self.embedded_broker
            && !broker.listen.ip().is_loopback()
        {
            return Err(ConfigError::OpenBroker {
                file: file.to_owned(),
                address: broker.listen,
            });
        }
        Ok(())
    }

    /// Opens every file that the configuration names, so that `check-config` finds what `serve` would.
    pub fn check_files(&self, file: &str) -> Result<(), ConfigError> {
        for (section, listener) in [("portal", &self.portal), ("uplink", &self.uplink)] {
            let Some(tls) = &listener.tls else { continue };
            for (what, path) in [("certificate", &tls.certificate), ("key", &tls.key)] {
                std::fs::File::open(path).map_err(|source| ConfigError::Tls {
                    file: file.to_owned(),
                    section,
                    what,
                    path: path.display().to_string(),
                    source,
                })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str =
        "data_dir = \"data\"\n[portal]\nlisten = \"127.0.0.1:0\"\n[uplink]\nlisten = \"127.0.0.1:0\"\n";

    #[test]
    fn a_misspelt_key_is_refused_with_its_line() {
        let error =
            Config::parse("h.toml", &GOOD.replace("[uplink]\nlisten", "[uplink]\nlissen")).unwrap_err();
        assert!(
            error.to_string().starts_with("h.toml:5: unknown field `lissen`"),
            "{error}"
        );
    }

    #[test]
    fn a_plain_listener_on_the_network_is_refused_with_the_cure() {
        let error = Config::parse("h.toml", &GOOD.replacen("127.0.0.1:0", "0.0.0.0:80", 1))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("[portal]") && error.contains("behind_tls_proxy"),
            "{error}"
        );
        let behind = GOOD.replacen("\"127.0.0.1:0\"", "\"0.0.0.0:80\"\nbehind_tls_proxy = true", 1);
        Config::parse("h.toml", &behind).unwrap();
    }

    #[test]
    fn an_embedded_broker_stays_on_loopback() {
        let text = format!("{GOOD}[embedded_broker]\nlisten = \"0.0.0.0:1883\"\n");
        assert!(matches!(
            Config::parse("h.toml", &text),
            Err(ConfigError::OpenBroker { .. })
        ));
    }

    #[test]
    fn every_sample_configuration_loads() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("etc");
        let sample = std::fs::read_to_string(folder.join("henglian.toml")).unwrap();
        Config::parse("henglian.toml", &sample).unwrap();
        // What is offered as a comment is read where it stands.
        let offered = sample
            .replace("# profiles_dir", "profiles_dir")
            .replace("# trusted_proxies", "trusted_proxies");
        let config = Config::parse("henglian.toml", &offered).unwrap();
        assert!(config.profiles_dir.is_some() && config.trusted_proxies.len() == 1);
        collector::config::Config::load(&folder.join("collector.toml")).unwrap();
    }
}
