//! Putting a collector together, and taking it down in order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use devices::profile::{Catalogue, CatalogueError, catalogue};
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::backoff::{Backoff, random_seed};
use crate::config::Config;
use crate::field::Field;
use crate::forward;
use crate::health::{Health, listener};
use crate::link::{Link, LinkError};
use crate::orders::{self, Cache, Follower};
use crate::spool::{Spool, SpoolError};
use crate::writer;

/// Why a collector could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Spool(#[from] SpoolError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Profiles(#[from] CatalogueError),
    #[error(
        "cannot listen on {address} for health reports: {source}; choose another `health` address or port 0"
    )]
    Health {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("cannot start the writing thread: {0}")]
    Thread(#[source] std::io::Error),
}

/// The collector as a library: `collector run` and the demo use the same.
pub struct Collector;

/// A running collector.
pub struct CollectorHandle {
    id: String,
    health: Arc<Health>,
    spool: Arc<Spool>,
    field: Arc<Mutex<Field>>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    stopping: Arc<AtomicBool>,
    written: oneshot::Receiver<()>,
    health_address: Option<SocketAddr>,
}

/// The profiles that a configuration asks for: the built-in ones and those of its folder.
pub fn profiles(config: &Config) -> Result<Arc<Catalogue>, CatalogueError> {
    match &config.profiles {
        Some(folder) => Catalogue::load_dir(folder).map(Arc::new),
        None => Ok(Arc::new(catalogue().clone())),
    }
}

impl Collector {
    /// Starts all tasks. Reading begins with the configuration's own devices and the last orders
    /// that were kept; the gateway need not be there.
    pub async fn start(config: Config, clock: Clock) -> Result<CollectorHandle, StartError> {
        let config = Arc::new(config);
        let catalogue = profiles(&config)?;
        let link = Link::new(&config)?;
        let spool = {
            let config = Arc::clone(&config);
            let opening = tokio::task::spawn_blocking(move || {
                Spool::open_with(&config.spool, &config.id, config.limits())
            });
            Arc::new(opening.await.expect("opening a spool does not panic")?)
        };
        let health = Arc::new(Health::default());
        let stop = CancellationToken::new();
        let mut tasks = Vec::new();

        let mut health_address = None;
        if let Some(address) = config.health {
            let failed = |source| StartError::Health { address, source };
            let listening = TcpListener::bind(address).await.map_err(failed)?;
            health_address = Some(listening.local_addr().map_err(failed)?);
            let (id, health, spool) = (config.id.clone(), Arc::clone(&health), Arc::clone(&spool));
            let report = Arc::new(move || {
                serde_json::to_string(&health.report(&id, spool.report())).expect("a report is plain data")
            });
            let stop = stop.clone();
            tasks.push(tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = listener::serve(listening, report) => {}
                }
            }));
        }

        let (out, queue) = mpsc::channel(writer::QUEUE);
        let stopping = Arc::new(AtomicBool::new(false));
        let written = start_writer(&spool, queue, &health, &stopping)?;

        let cache = Cache::new(&config.spool);
        let kept = cache.load();
        let mut field = Field::new(
            Arc::clone(&config),
            catalogue,
            Arc::clone(&clock),
            Arc::clone(&health),
            out,
        );
        let not_read = orders::apply(&mut field, &config.devices, kept.as_ref(), &health).await;
        let field = Arc::new(Mutex::new(field));

        let waits = Backoff::new(forward::WAITS.0, forward::WAITS.1, random_seed());
        tasks.push(tokio::spawn(forward::run(
            Arc::clone(&spool),
            link.clone(),
            clock,
            Arc::clone(&health),
            waits.clone(),
            stop.clone(),
        )));
        let kept = kept.map(|understood| understood.orders.version);
        health.with_link(|link| link.orders_version = kept);
        let follower = Follower {
            link,
            field: Arc::clone(&field),
            cache,
            spool: Arc::clone(&spool),
            own: config.devices.clone(),
            version: kept.unwrap_or(0),
            not_read,
            networks: config.modbus.networks.clone(),
            reported: false,
            health: Arc::clone(&health),
            backoff: waits,
            stop: stop.clone(),
        };
        tasks.push(tokio::spawn(follower.run()));
        tracing::info!(
            collector = config.id,
            gateway = config.gateway.url,
            "the collector is running"
        );
        Ok(CollectorHandle {
            id: config.id.clone(),
            health,
            spool,
            field,
            stop,
            tasks,
            stopping,
            written,
            health_address,
        })
    }
}

fn start_writer(
    spool: &Arc<Spool>,
    queue: mpsc::Receiver<writer::Queued>,
    health: &Arc<Health>,
    stopping: &Arc<AtomicBool>,
) -> Result<oneshot::Receiver<()>, StartError> {
    let (done, written) = oneshot::channel();
    let (spool, health, stopping) = (Arc::clone(spool), Arc::clone(health), Arc::clone(stopping));
    thread::Builder::new()
        .name("spool-writer".to_owned())
        .spawn(move || {
            writer::run(&spool, queue, &health, &stopping);
            // Whoever hears that all is written may open the folder anew.
            drop(spool);
            // Nobody may be waiting any more.
            let _ = done.send(());
        })
        .map_err(StartError::Thread)?;
    Ok(written)
}

impl CollectorHandle {
    pub fn counters(&self) -> &Health {
        &self.health
    }

    /// The health report as JSON text, as the listener serves it.
    pub fn health(&self) -> String {
        serde_json::to_string(&self.health.report(&self.id, self.spool.report()))
            .expect("a report is plain data")
    }

    /// Where the health listener really listens.
    pub fn health_address(&self) -> Option<SocketAddr> {
        self.health_address
    }

    /// The spool, to add sweeps from elsewhere (history of a logger).
    pub fn spool(&self) -> Arc<Spool> {
        Arc::clone(&self.spool)
    }

    /// Stops reading, brings what was read into the spool, and ends. What is not yet forwarded
    /// waits there for the next start.
    pub async fn shutdown(self) {
        self.stop.cancel();
        for task in self.tasks {
            // A task that panicked has said so already.
            let _ = task.await;
        }
        self.stopping.store(true, Ordering::Relaxed);
        // The last sender of sweeps goes with the buses.
        drop(self.field);
        if tokio::time::timeout(Duration::from_secs(10), self.written)
            .await
            .is_err()
        {
            tracing::error!("the last sweeps did not reach the spool within 10 s");
        }
    }
}
