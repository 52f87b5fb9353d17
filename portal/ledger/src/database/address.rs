//! Where the ledger is kept.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// A file, or a server.
#[derive(Clone, Debug)]
pub enum Address {
    File(PathBuf),
    Server(Server),
}

/// A database on a PostgreSQL server.
#[derive(Clone)]
pub struct Server {
    url: String,
    password: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(
        "\"{0}\" is no address of a PostgreSQL database; write postgres://USER@HOST/DATABASE?sslmode=verify-full"
    )]
    Form(String),
    /// The address itself is not repeated.
    #[error(
        "the address holds a password; take it out, and give the password in a file (password_file) or in PGPASSWORD"
    )]
    Password,
    #[error("the address says {key}, which has no meaning here; known are {}", KNOWN.join(", "))]
    Unknown { key: String },
}

const KNOWN: [&str; 9] = [
    "host",
    "port",
    "dbname",
    "user",
    "application_name",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
];

impl Address {
    /// `postgres://USER@HOST[:PORT]/DATABASE[?sslmode=…&sslrootcert=…]`; a `host=/folder` names a socket.
    ///
    /// Without `sslmode` a server on another machine must prove itself (`verify-full`). Without a password here,
    /// `PGPASSWORD` and the file `PGPASSFILE` are asked, as PostgreSQL's own tools do.
    pub fn server(url: &str, password: Option<String>) -> Result<Self, AddressError> {
        let form = || AddressError::Form(url.to_owned());
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"));
        let (before, query) = match rest {
            Some(rest) => rest.split_once('?').unwrap_or((rest, "")),
            // Whatever it is, it may hold a password.
            None if url.contains('@') => return Err(AddressError::Form("…".to_owned())),
            None => return Err(form()),
        };
        let user = before.rsplit_once('@').map_or("", |(user, _)| user);
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let keys = pairs.map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key));
        let keys: Vec<_> = keys.collect();
        if user.contains(':') || keys.contains(&"password") {
            return Err(AddressError::Password);
        }
        if let Some(key) = keys.iter().find(|key| !KNOWN.contains(key)) {
            return Err(AddressError::Unknown {
                key: (*key).to_owned(),
            });
        }
        PgConnectOptions::from_str(url).map_err(|_| form())?;
        Ok(Self::Server(Server {
            url: url.to_owned(),
            password,
        }))
    }
}

impl Server {
    pub(super) fn options(&self) -> Result<PgConnectOptions, String> {
        let mut options = PgConnectOptions::from_str(&self.url).map_err(|error| error.to_string())?;
        let near = options.get_socket().is_some()
            || matches!(options.get_host(), "localhost" | "127.0.0.1" | "::1" | "[::1]")
            || options.get_host().starts_with('/');
        if !near && !self.url.contains("sslmode=") {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        if let Some(password) = &self.password {
            options = options.password(password);
        }
        if options.get_application_name().is_none() {
            options = options.application_name("henglian");
        }
        Ok(options)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Server(server) => f.write_str(&server.url),
        }
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&PathBuf> for Address {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&Address> for Address {
    fn from(address: &Address) -> Self {
        address.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        Address::server(url, None).unwrap_err().to_string()
    }

    fn mode(url: &str) -> PgSslMode {
        let Ok(Address::Server(server)) = Address::server(url, Some("secret".to_owned())) else {
            panic!("{url}")
        };
        server.options().unwrap().get_ssl_mode()
    }

    #[test]
    fn a_refusal_names_the_cure_and_repeats_no_password() {
        for url in [
            "postgres://henglian:geheim@db/henglian",
            "postgres://henglian@db/henglian?password=geheim",
            "mysql://henglian:geheim@db/henglian",
        ] {
            let text = refused(url);
            assert!(!text.contains("geheim"), "{text}");
        }
        assert!(refused("postgres://a:geheim@db/x").contains("password_file"));
        assert!(refused("ledger.db").contains("postgres://USER@HOST/DATABASE"));
        assert!(refused("postgres://a@db/x?sslmod=require").contains("sslmod, which"));
        assert!(refused("postgres://a@db/x?sslmode=perhaps").contains("is no address"));
    }

    #[test]
    fn a_server_elsewhere_proves_itself_unless_told_otherwise() {
        assert!(matches!(mode("postgres://a@db.example/x"), PgSslMode::VerifyFull));
        assert!(matches!(
            mode("postgres://a@db.example/x?sslmode=require"),
            PgSslMode::Require
        ));
        assert!(!matches!(mode("postgres://a@localhost/x"), PgSslMode::VerifyFull));
        assert!(!matches!(
            mode("postgres://a@localhost/x?host=/run/postgresql"),
            PgSslMode::VerifyFull
        ));
    }

    #[test]
    fn no_way_of_printing_shows_the_password() {
        let address = Address::server("postgres://a@db/x", Some("geheim".to_owned())).unwrap();
        assert_eq!(address.to_string(), "postgres://a@db/x");
        assert!(!format!("{address:?}").contains("geheim"));
    }
}
