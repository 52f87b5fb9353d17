//! Configuration of `henglian serve`. The doc comments below are the manual.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use devices::profile::Catalogue;
use ipnet::IpNet;
use ledger::{Address, AddressError};
use serde::Deserialize;

use crate::listen::Bounds;

/// The whole file. Unknown keys are refused, so that a misspelt one is not silently without effect.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder of the ledger, if it is a file, and of the time-series store. Created when absent.
    pub data_dir: PathBuf,
    /// The ledger on a PostgreSQL server; without it, the file `ledger.db` in `data_dir`.
    #[serde(default)]
    pub ledger: Option<LedgerServer>,
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

/// A database on a PostgreSQL server (15 or later).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerServer {
    /// `postgres://USER@HOST/DATABASE?sslrootcert=/etc/henglian/ca.pem`, without a password. A server on another machine
    /// must prove itself (`sslmode=verify-full`) unless `sslmode` says otherwise.
    pub url: String,
    /// A file that holds the password and nothing else; without it PGPASSWORD and PGPASSFILE are asked.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
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
    /// How many connections are held at a time.
    #[serde(default)]
    pub connections: Bounds,
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
    #[error(
        "{file}: embedded_broker listens on {address}; it has no access control, so only loopback is allowed"
    )]
    OpenBroker { file: String, address: SocketAddr },
    #[error("{file}: [ledger] url: {reason}")]
    LedgerServer { file: String, reason: AddressError },
    #[error(
        "{file}: [ledger] password_file {path} cannot be read: {reason}; it holds the password and nothing else"
    )]
    LedgerPassword {
        file: String,
        path: String,
        reason: String,
    },
    #[error(
        "{file}: [{section}] connections: in_total and per_address are at least 1; leave them out for 1000 and 100"
    )]
    NoConnections { file: String, section: &'static str },
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

    /// Where the ledger is, with the password read.
    ///
    /// # Errors
    /// A url that is none, a password file that cannot be read.
    pub fn ledger_address(&self) -> Result<Address, ConfigError> {
        // The file is named by whoever has it; here it is only "the configuration".
        let file = "the configuration".to_owned();
        let Some(server) = &self.ledger else {
            return Ok(Address::File(self.data_dir.join("ledger.db")));
        };
        let password = match &server.password_file {
            None => None,
            Some(path) => {
                let unreadable = |reason: String| ConfigError::LedgerPassword {
                    file: file.clone(),
                    path: path.display().to_string(),
                    reason,
                };
                let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
                let password = text.trim_end_matches(['\r', '\n']);
                if password.is_empty() || password.contains('\n') {
                    return Err(unreadable("it has not exactly one line".to_owned()));
                }
                Some(password.to_owned())
            }
        };
        Address::server(&server.url, password).map_err(|reason| ConfigError::LedgerServer { file, reason })
    }

    fn check(&self, file: &str) -> Result<(), ConfigError> {
        if let Some(server) = &self.ledger {
            Address::server(&server.url, None).map_err(|reason| ConfigError::LedgerServer {
                file: file.to_owned(),
                reason,
            })?;
        }
        for (section, listener) in [("portal", &self.portal), ("uplink", &self.uplink)] {
            if !listener.listen.ip().is_loopback() && listener.tls.is_none() && !listener.behind_tls_proxy {
                return Err(ConfigError::PlainListener {
                    file: file.to_owned(),
                    section,
                    address: listener.listen,
                });
            }
            if listener.connections.in_total == 0 || listener.connections.per_address == 0 {
                return Err(ConfigError::NoConnections {
                    file: file.to_owned(),
                    section,
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

    /// Looks at everything that `serve` will need, except ports, and leaves nothing behind. All that is wrong.
    pub fn check_surroundings(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for (section, listener) in [("portal", &self.portal), ("uplink", &self.uplink)] {
            let Some(tls) = &listener.tls else { continue };
            if let Err(error) = gateway::tls::server_config(&tls.certificate, &tls.key) {
                faults.push(format!("[{section}] tls: {error}"));
            }
        }
        if let Some(folder) = &self.profiles_dir
            && let Err(error) = Catalogue::load_dir(folder)
        {
            faults.push(format!("profiles_dir: {error}"));
        }
        if let Err(error) = self.ledger_address() {
            faults.push(error.to_string());
        }
        if let Err(reason) = collector::config::try_folder(&self.data_dir) {
            faults.push(format!("data_dir: {reason}"));
        }
        faults
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
    fn bounds_of_connections_are_read_and_may_not_be_zero() {
        let with = |bounds| GOOD.replacen("[uplink]", &format!("connections = {bounds}\n[uplink]"), 1);
        let config = Config::parse("h.toml", &with("{ per_address = 7 }")).unwrap();
        let expected = Bounds {
            per_address: 7,
            ..Bounds::default()
        };
        assert_eq!(config.portal.connections, expected);
        assert_eq!(config.uplink.connections, Bounds::default());
        let error = Config::parse("h.toml", &with("{ in_total = 0 }")).unwrap_err();
        assert!(error.to_string().contains("[portal] connections"), "{error}");
    }

    #[test]
    fn a_ledger_on_a_server_is_read_and_its_password_shown_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("password");
        std::fs::write(&secret, "geheim\n").unwrap();
        let with = |url: &str, file: &Path| {
            let ledger = format!(
                "[ledger]\nurl = \"{url}\"\npassword_file = \"{}\"\n",
                file.display()
            );
            Config::parse("h.toml", &format!("{GOOD}{ledger}"))
        };
        let config = with("postgres://henglian@db.example/henglian", &secret).unwrap();
        let address = config.ledger_address().unwrap();
        assert!(matches!(address, Address::Server(_)));
        assert!(!format!("{address} {address:?} {config:?}").contains("geheim"));
        let absent = with(
            "postgres://henglian@db.example/henglian",
            &folder.path().join("none"),
        )
        .unwrap();
        let text = absent.ledger_address().unwrap_err().to_string();
        assert!(
            text.contains("[ledger] password_file") && text.contains("none"),
            "{text}"
        );
        let inside = with("postgres://henglian:geheim@db.example/henglian", &secret);
        let text = inside.unwrap_err().to_string();
        assert!(
            text.contains("[ledger] url") && text.contains("PGPASSWORD"),
            "{text}"
        );
        assert!(!text.contains("geheim"), "{text}");
        let file = Config::parse("h.toml", GOOD).unwrap().ledger_address().unwrap();
        assert_eq!(file.to_string(), "data/ledger.db");
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
            .replace("# ledger", "ledger")
            .replace("# trusted_proxies", "trusted_proxies");
        let config = Config::parse("henglian.toml", &offered).unwrap();
        assert!(config.profiles_dir.is_some() && config.trusted_proxies.len() == 1);
        collector::config::Config::load(&folder.join("collector.toml")).unwrap();
    }

    #[test]
    fn what_serve_would_stumble_over_is_found_beforehand_and_all_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = folder.path().join("profiles");
        std::fs::create_dir(&profiles).unwrap();
        std::fs::write(profiles.join("own.toml"), "model = 1").unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let text = format!(
            "data_dir = \"{}\"\nprofiles_dir = \"{}\"\n[portal]\nlisten = \"127.0.0.1:0\"\n[uplink]\n\
             listen = \"127.0.0.1:0\"\ntls = {{ certificate = \"{2}\", key = \"{2}\" }}\n",
            file.join("data").display(),
            profiles.display(),
            file.display()
        );
        let faults = Config::parse("h.toml", &text).unwrap().check_surroundings();
        assert_eq!(faults.len(), 3, "{faults:#?}");
        assert!(faults[0].starts_with("[uplink] tls:"), "{faults:#?}");
        assert!(faults[1].contains("own.toml"), "{faults:#?}");
        assert!(faults[2].starts_with("data_dir:"), "{faults:#?}");

        let data = folder.path().join("new/data");
        let good = GOOD.replace("\"data\"", &format!("\"{}\"", data.display()));
        let config = Config::parse("h.toml", &good).unwrap();
        assert_eq!(config.check_surroundings(), [""; 0]);
        assert!(!folder.path().join("new").exists(), "nothing is left behind");
        let absent = format!(
            "profiles_dir = \"{}\"\n{good}",
            folder.path().join("none").display()
        );
        let faults = Config::parse("h.toml", &absent).unwrap().check_surroundings();
        assert!(
            faults[0].contains("none") && faults[0].contains("check `profiles_dir`"),
            "{faults:#?}"
        );
    }
}
