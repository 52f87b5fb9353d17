//! The site on real protocols.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_serial::SerialPortBuilderExt;
use tokio_util::sync::CancellationToken;

use crate::mqtt::MqttTarget;
use crate::site::Site;
use crate::{Clock, modbus, mqtt};

/// Where the site listens and publishes.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    /// All devices without a line; port 0 takes a free one.
    pub modbus_tcp: Option<SocketAddr>,
    pub serial: Vec<SerialLine>,
    pub mqtt: Option<MqttTarget>,
}

/// A serial line and the path at which the simulator opens it.
#[derive(Clone, Debug)]
pub struct SerialLine {
    /// As devices name it (`line = "…"`).
    pub name: String,
    pub path: String,
    pub baud: u32,
}

/// Why the site cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for a free one")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("cannot open serial line {path}: {source}")]
    Serial {
        path: String,
        source: tokio_serial::Error,
    },
}

/// A site that is being served; dropping it stops it at once.
#[derive(Debug)]
pub struct Serving {
    /// Where Modbus TCP really listens.
    pub modbus_tcp: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Site {
    /// Starts everything that `listeners` names; must be called within a tokio runtime.
    pub async fn serve(self: Arc<Self>, listeners: Listeners, clock: Clock) -> Result<Serving, ServeError> {
        // Counting the registers up to now takes a moment; the first client shall not wait for it.
        let (site, now) = (self.clone(), clock());
        let _ = tokio::task::spawn_blocking(move || site.count_up_to(now)).await;
        let stop = CancellationToken::new();
        let mut serving = Serving {
            modbus_tcp: None,
            stop: stop.clone(),
            tasks: Vec::new(),
        };
        if let Some(address) = listeners.modbus_tcp {
            let failed = |source| ServeError::Listen { address, source };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            serving.modbus_tcp = Some(listener.local_addr().map_err(failed)?);
            serving.tasks.push(tokio::spawn(modbus::tcp::serve(
                listener,
                self.clone(),
                clock.clone(),
                stop.clone(),
            )));
        }
        for line in listeners.serial {
            let port = tokio_serial::new(&line.path, line.baud)
                .open_native_async()
                .map_err(|source| ServeError::Serial {
                    path: line.path.clone(),
                    source,
                })?;
            let (site, clock, stop) = (self.clone(), clock.clone(), stop.clone());
            serving.tasks.push(tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    ended = modbus::rtu::serve(port, &line.name, site, clock) => {
                        tracing::warn!(line = line.name, ?ended, "the serial line ended");
                    }
                }
            }));
        }
        if let Some(target) = listeners.mqtt {
            serving
                .tasks
                .push(tokio::spawn(mqtt::publish(target, self, clock, stop)));
        }
        Ok(serving)
    }
}

impl Serving {
    /// Stops and waits until everything has ended.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        for task in self.tasks.drain(..) {
            let _ = task.await;
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
