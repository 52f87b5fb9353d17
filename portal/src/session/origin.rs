//! Where a request came from, as far as it can be trusted.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use ipnet::IpNet;

use crate::Portal;

/// The peer's address; behind proxies that are believed (on this machine, or named in the configuration), the last
/// address in `X-Forwarded-For` that is none of them. `None` where nobody tells: behind a proxy that sends no header,
/// or with a listener that serves without `into_make_service_with_connect_info::<SocketAddr>()`.
pub struct Origin(pub Option<IpAddr>);

impl FromRequestParts<Arc<Portal>> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Infallible> {
        Ok(Self(of(parts, &portal.config.trusted_proxies)))
    }
}

fn of(parts: &Parts, trusted: &[IpNet]) -> Option<IpAddr> {
    let believed = |address: IpAddr| {
        let address = address.to_canonical();
        address.is_loopback() || trusted.iter().any(|network| network.contains(&address))
    };
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    if !believed(peer) {
        // Anybody else may write into the header what he likes.
        return Some(network(peer));
    }
    let headers = parts.headers.get_all("x-forwarded-for").iter().rev();
    // As bytes: a client may write what is no text, and what the proxy wrote after it counts all the same.
    for word in headers.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b',')) {
        // What stands before a word that is no address was written by nobody who is believed.
        let address = address(word)?;
        if !believed(address) {
            return Some(network(address));
        }
    }
    None
}

/// Some proxies write the port too, and then an IPv6 address in brackets.
fn address(word: &[u8]) -> Option<IpAddr> {
    let word = str::from_utf8(word.trim_ascii()).ok()?;
    let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let with_port = || word.parse().ok().map(|socket: SocketAddr| socket.ip());
    bare.unwrap_or(word).parse().ok().or_else(with_port)
}

/// An IPv6 host has a whole /64 to change its address in.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn origin(peer: &str, forwarded: &[&str]) -> Option<String> {
        behind("10.9.0.0/24", peer, forwarded)
    }

    fn behind(proxies: &str, peer: &str, forwarded: &[&str]) -> Option<String> {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = axum::http::Request::builder().extension(ConnectInfo(peer));
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        of(
            &request.body(()).unwrap().into_parts().0,
            &[proxies.parse().unwrap()],
        )
        .map(|address| address.to_string())
    }

    #[test]
    fn only_a_proxy_on_this_machine_or_a_named_one_is_believed() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(origin("192.0.2.7:4000", &["198.51.100.1"]), some("192.0.2.7"));
        assert_eq!(
            origin("127.0.0.1:4000", &["203.0.113.9, 198.51.100.1"]),
            some("198.51.100.1")
        );
        assert_eq!(
            origin("[::1]:4000", &["203.0.113.9", "198.51.100.1"]),
            some("198.51.100.1")
        );
        assert_eq!(origin("127.0.0.1:4000", &[]), None);
        assert_eq!(origin("127.0.0.1:4000", &["unknown"]), None);
        assert_eq!(origin("10.9.1.1:4000", &["198.51.100.1"]), some("10.9.1.1"));
        assert_eq!(origin("10.9.0.1:4000", &["198.51.100.1"]), some("198.51.100.1"));
        assert_eq!(
            origin("[::ffff:10.9.0.1]:4000", &["198.51.100.1"]),
            some("198.51.100.1")
        );
        // Two proxies, one behind the other; what the client claims itself stands further left.
        let chain = ["203.0.113.9, 198.51.100.1", "10.9.0.2"];
        assert_eq!(origin("127.0.0.1:4000", &chain), some("198.51.100.1"));
        assert_eq!(
            origin("127.0.0.1:4000", &["198.51.100.1, unknown, 10.9.0.2"]),
            None
        );
    }

    /// Whoever could make himself nobody would be bound by nothing that is counted by address.
    #[test]
    fn what_a_client_wrote_cannot_hide_what_the_proxy_wrote_after_it() {
        let peer: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let value = HeaderValue::from_bytes(b"\xe9, 203.0.113.5").unwrap();
        let request = axum::http::Request::builder()
            .extension(ConnectInfo(peer))
            .header("x-forwarded-for", value);
        let parts = request.body(()).unwrap().into_parts().0;
        assert_eq!(of(&parts, &[]), Some("203.0.113.5".parse().unwrap()));
    }

    #[test]
    fn some_proxies_write_the_port_too() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            origin("127.0.0.1:4000", &["203.0.113.5:41300"]),
            some("203.0.113.5")
        );
        let chain = ["[2001:db8::7]:41300, 10.9.0.2:8080"];
        assert_eq!(origin("127.0.0.1:4000", &chain), some("2001:db8::"));
        assert_eq!(origin("127.0.0.1:4000", &["[2001:db8::7]"]), some("2001:db8::"));
    }

    #[test]
    fn one_ipv6_network_is_one_address_and_a_mapped_one_is_ipv4() {
        assert_eq!(
            origin("[2001:db8::1]:1", &[]),
            origin("[2001:db8::ffff:2]:1", &[])
        );
        assert_ne!(origin("[2001:db8::1]:1", &[]), origin("[2001:db8:0:1::1]:1", &[]));
        assert_eq!(origin("[::ffff:192.0.2.7]:1", &[]), Some("192.0.2.7".to_owned()));
    }
}
