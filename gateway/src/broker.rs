//! An embedded MQTT 3.1.1 broker (rumqttd) for demos, tests and small trials: it keeps everything in
//! memory and has no access control, so it listens on loopback only. Production uses a broker of its own.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use rumqttd::{Broker, Config, ConnectionSettings, RouterConfig, ServerSettings};

/// One larger publish would disconnect its sender.
const MOST_PAYLOAD: usize = 1024 * 1024;
/// How long the broker may take to listen.
const START: Duration = Duration::from_secs(10);

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error(
        "the embedded MQTT broker cannot listen on {address}: {source}; choose another port or stop who uses it"
    )]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the embedded MQTT broker did not come up on {address} within {START:?}")]
    Silent { address: SocketAddr },
}

/// A broker that runs until the process ends: rumqttd offers no way to stop one.
#[derive(Debug)]
pub struct EmbeddedBroker {
    address: SocketAddr,
}

impl EmbeddedBroker {
    /// Starts a broker; port 0 takes a free port.
    pub async fn start(listen: SocketAddr) -> Result<Self, BrokerError> {
        // Bound once to learn the port, and to report a taken one before a thread fails out of sight.
        let address = TcpListener::bind(listen)
            .and_then(|listener| listener.local_addr())
            .map_err(|source| BrokerError::Listen {
                address: listen,
                source,
            })?;
        let mut broker = Broker::new(config(address));
        std::thread::Builder::new()
            .name("mqtt-broker".to_owned())
            .spawn(move || {
                if let Err(error) = broker.start() {
                    tracing::error!(%error, "the embedded MQTT broker ended");
                }
            })
            .map_err(|source| BrokerError::Listen { address, source })?;
        let listening = async {
            while tokio::net::TcpStream::connect(address).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(START, listening)
            .await
            .map_err(|_| BrokerError::Silent { address })?;
        Ok(Self { address })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn config(listen: SocketAddr) -> Config {
    let server = ServerSettings {
        name: "embedded".to_owned(),
        listen,
        tls: None,
        next_connection_delay_ms: 1,
        connections: ConnectionSettings {
            connection_timeout_ms: 10_000,
            max_payload_size: MOST_PAYLOAD,
            max_inflight_count: 200,
            auth: None,
            external_auth: None,
            dynamic_filters: true,
        },
    };
    Config {
        router: RouterConfig {
            max_connections: 1000,
            max_outgoing_packet_count: 200,
            max_segment_size: 16 * 1024 * 1024,
            max_segment_count: 4,
            ..RouterConfig::default()
        },
        v4: Some(HashMap::from([("embedded".to_owned(), server)])),
        ..Config::default()
    }
}
