//! Where a request came from, as far as it can be trusted.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::Portal;

/// The peer's address; behind a proxy on this machine, the last address that the proxy named. `None` where the listener
/// does not tell (it must serve with `into_make_service_with_connect_info::<SocketAddr>()`).
pub struct Origin(pub Option<IpAddr>);

impl FromRequestParts<Arc<Portal>> for Origin {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Portal>) -> Result<Self, Infallible> {
        Ok(Self(of(parts)))
    }
}

fn of(parts: &Parts) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    if !peer.to_canonical().is_loopback() {
        // Anybody else may write into the header what he likes.
        return Some(network(peer));
    }
    let named = parts.headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = named.to_str().ok()?.rsplit(',').next()?;
    last.trim().parse().ok().map(network)
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
    use super::*;

    fn origin(peer: &str, forwarded: &[&str]) -> Option<String> {
        let peer: SocketAddr = peer.parse().unwrap();
        let mut request = axum::http::Request::builder().extension(ConnectInfo(peer));
        for value in forwarded {
            request = request.header("x-forwarded-for", *value);
        }
        of(&request.body(()).unwrap().into_parts().0).map(|address| address.to_string())
    }

    #[test]
    fn only_a_proxy_on_this_machine_is_believed() {
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
