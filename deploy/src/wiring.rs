//! Puts the server side together: used by `henglian serve`, by the demo and by the whole-system tests.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gateway::broker::{BrokerError, EmbeddedBroker};
use gateway::store::embedded::EmbeddedStore;
use gateway::tls::TlsError;
use gateway::{AdmissionTable, Gateway};
use ledger::{Ledger, LedgerError};
use portal::field::gateway::OnGateway;
use portal::{Portal, PortalConfig, PortalParts};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, Listener};
use crate::listen::{self, Door, ListenError, Patience, bind};

/// How often the gateway is told who may send what, beside every change made in the portal.
const ADMISSION_REFRESH: Duration = Duration::from_secs(15);

/// How often the portal looks which masters are due for an estimate of the errors behind them.
const ESTIMATION_ROUND: Duration = Duration::from_hours(1);

/// How often days that are over are put away in the store.
const SEALING_ROUND: Duration = Duration::from_mins(10);

/// Why the system did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data folder {path} cannot be used: {source}; check data_dir and its permissions")]
    DataFolder { path: String, source: std::io::Error },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] gateway::store::StoreError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Broker(#[from] BrokerError),
    #[error(transparent)]
    Profiles(#[from] devices::profile::CatalogueError),
    #[error("the ledger refused its first question: {0}")]
    Admission(String),
}

/// A running system.
pub struct System {
    pub portal_address: SocketAddr,
    pub uplink_address: SocketAddr,
    pub broker_address: Option<SocketAddr>,
    pub ledger: Arc<Ledger>,
    pub gateway: Arc<Gateway>,
    pub portal: Arc<Portal>,
    store: Arc<EmbeddedStore>,
    stop: CancellationToken,
    /// The listeners.
    serving: Vec<JoinHandle<()>>,
    /// What is done again and again.
    rounds: Vec<JoinHandle<()>>,
}

/// Opens the ledger and the store, and brings their tables up to date.
pub async fn open_data(config: &Config) -> Result<(Arc<Ledger>, Arc<EmbeddedStore>), StartError> {
    let folder = &config.data_dir;
    std::fs::create_dir_all(folder).map_err(|source| StartError::DataFolder {
        path: folder.display().to_string(),
        source,
    })?;
    let ledger = Ledger::open(config.ledger_address()?).await?;
    let store = EmbeddedStore::open(&folder.join("series.db")).await?;
    Ok((Arc::new(ledger), Arc::new(store)))
}

impl System {
    /// Starts everything that `config` names.
    pub async fn start(config: &Config, clock: Clock) -> Result<System, StartError> {
        let catalogue = match &config.profiles_dir {
            // Loaded once for the life of the process, as the built-in catalogue is.
            Some(folder) => &*Box::leak(Box::new(devices::profile::Catalogue::load_dir(folder)?)),
            None => devices::profile::catalogue(),
        };
        // Ports first: a taken one is the commonest failure, and costs nothing to find.
        let portal_listener = bind(config.portal.listen).await?;
        let uplink_listener = bind(config.uplink.listen).await?;
        let (ledger, store) = open_data(config).await?;

        let (admission, admitted) = watch::channel(Arc::new(AdmissionTable::default()));
        let gateway = Gateway::new(store.clone(), admitted, clock.clone());
        let field = OnGateway::new(gateway.clone(), admission, Arc::new(catalogue.clone()), clock());
        let portal = Portal::new(PortalParts {
            ledger: ledger.clone(),
            field: Arc::new(field),
            clock: clock.clone(),
            catalogue,
            config: PortalConfig {
                secure_cookie: config.portal.tls.is_some() || config.portal.behind_tls_proxy,
                trusted_proxies: config.trusted_proxies.clone(),
            },
        });
        portal
            .publish_admission()
            .await
            .map_err(|problem| StartError::Admission(problem.detail.to_string()))?;

        let broker_address = match &config.embedded_broker {
            Some(broker) => Some(EmbeddedBroker::start(broker.listen).await?.address()),
            None => None,
        };
        let stop = CancellationToken::new();
        let local = |listener: &tokio::net::TcpListener, listen| {
            listener.local_addr().map_err(|source| ListenError::Other {
                address: listen,
                source,
            })
        };
        let portal_address = local(&portal_listener, config.portal.listen)?;
        let uplink_address = local(&uplink_listener, config.uplink.listen)?;
        let mut doors = [door("portal", &config.portal)?, door("uplink", &config.uplink)?];
        listen::descriptors::room_for(&mut doors.each_mut().map(|door| &mut door.bounds));
        let [portal_door, uplink_door] = doors;
        let serving = vec![
            tokio::spawn(listen::serve(
                portal_listener,
                portal_door,
                portal.router(),
                stop.clone(),
            )),
            tokio::spawn(listen::serve(
                uplink_listener,
                uplink_door,
                gateway.router(),
                stop.clone(),
            )),
        ];
        let mut rounds = Vec::new();
        // A collector admitted from the command line is known without a restart.
        let (refreshed, stopped) = (portal.clone(), stop.clone());
        rounds.push(tokio::spawn(async move {
            while tokio::time::timeout(ADMISSION_REFRESH, stopped.cancelled())
                .await
                .is_err()
            {
                if let Err(problem) = refreshed.publish_admission().await {
                    tracing::warn!(reason = %problem.detail, "the ledger does not answer; admission stays as it was");
                }
            }
        }));
        let (estimating, stopped, estimating_clock) = (portal.clone(), stop.clone(), clock.clone());
        rounds.push(tokio::spawn(async move {
            while tokio::time::timeout(ESTIMATION_ROUND, stopped.cancelled())
                .await
                .is_err()
            {
                if let Err(problem) = estimating.estimate_masters(estimating_clock()).await {
                    tracing::warn!(reason = %problem.detail, "the ledger does not answer; errors are estimated an hour later");
                }
            }
        }));
        let (sealing, stopped, sealing_clock) = (store.clone(), stop.clone(), clock.clone());
        rounds.push(tokio::spawn(async move {
            while tokio::time::timeout(SEALING_ROUND, stopped.cancelled())
                .await
                .is_err()
            {
                match sealing.seal(sealing_clock()).await {
                    Ok(done) if done.left > 0 => {
                        tracing::warn!(days = done.left, "damaged days stay in the log as they are");
                    }
                    Ok(_) => {}
                    Err(error) => tracing::warn!(%error, "no day put away; the next round tries again"),
                }
            }
        }));
        Ok(System {
            portal_address,
            uplink_address,
            broker_address,
            ledger,
            gateway,
            portal,
            store,
            stop,
            serving,
            rounds,
        })
    }

    /// Stops listening, lets what is being answered end, and closes the databases.
    pub async fn stop(self) {
        self.stop.cancel();
        for listener in self.serving {
            let _ = listener.await;
        }
        for round in self.rounds {
            round.abort();
            let _ = round.await;
        }
        self.store.close().await;
        self.ledger.close().await;
    }
}

fn door(name: &'static str, config: &Listener) -> Result<Door, TlsError> {
    let tls = config.tls.as_ref();
    let mut bounds = config.connections;
    if config.behind_tls_proxy {
        bounds.per_address = bounds.in_total;
    }
    Ok(Door {
        name,
        tls: tls
            .map(|tls| gateway::tls::server_config(&tls.certificate, &tls.key))
            .transpose()?,
        bounds,
        patience: Patience::default(),
    })
}
