//! To which addresses a collector opens connections.
//!
//! Orders and probes come from the gateway, and whoever may register a meter there must not be able to send the
//! collector to any address it can reach. So the list stands in its own configuration; it tells the gateway, so that a
//! person hears it at once.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// Networks in CIDR form; a single host is `10.0.0.5/32`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Networks(Vec<IpNet>);

/// Private addresses (RFC 1918, RFC 4193) and this machine. Link-local ones are left out: among them are the
/// services by which clouds hand out secrets.
const PRIVATE: [&str; 6] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "127.0.0.0/8",
    "fc00::/7",
    "::1/128",
];

impl Default for Networks {
    fn default() -> Self {
        let network = |text: &str| text.parse().expect("a network in CIDR form");
        Self(PRIVATE.map(network).to_vec())
    }
}

/// An address outside of the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{address} is outside of the networks to which this collector opens Modbus TCP connections; add it to `networks` in \
     [modbus] of its configuration if it belongs to the site"
)]
pub struct Outside {
    address: IpAddr,
}

impl Networks {
    /// # Errors
    /// The address, with the cure.
    pub fn check(&self, address: IpAddr) -> Result<(), Outside> {
        // An IPv4 address in the clothes of an IPv6 one is the IPv4 address.
        let address = address.to_canonical();
        if self.0.iter().any(|network| network.contains(&address)) {
            Ok(())
        } else {
            Err(Outside { address })
        }
    }

    /// As [`Networks::check`] if `host` is an address. A name is looked at when it has been resolved.
    pub fn check_host(&self, host: &str) -> Result<(), Outside> {
        host.parse().map_or(Ok(()), |address| self.check(address))
    }
}

impl fmt::Display for Networks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.0.iter().map(IpNet::to_string).collect();
        f.write_str(&texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_and_this_machine_unless_told() {
        let networks = Networks::default();
        for inside in [
            "10.9.8.7",
            "172.31.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "::1",
            "fd00::5",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(networks.check_host(inside), Ok(()), "{inside}");
        }
        for outside in [
            "8.8.8.8",
            "172.32.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "224.0.0.1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "fe80::1",
        ] {
            let error = networks.check_host(outside).unwrap_err().to_string();
            assert!(error.contains("`networks` in [modbus]"), "{error}");
        }
        assert_eq!(
            networks.check_host("meter-room.example"),
            Ok(()),
            "not before it is resolved"
        );
    }

    #[test]
    fn a_list_of_its_own_replaces_the_private_networks() {
        let networks: Networks = serde_json::from_str("[\"203.0.113.0/24\"]").unwrap();
        assert!(networks.check_host("203.0.113.9").is_ok());
        assert!(networks.check_host("10.0.0.1").is_err());
        assert_eq!(networks.to_string(), "203.0.113.0/24");
        assert!(serde_json::from_str::<Networks>("[\"203.0.113.0/33\"]").is_err());
    }
}
