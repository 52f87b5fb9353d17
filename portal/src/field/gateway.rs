//! [`Field`] over the real gateway.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use devices::profile::Catalogue;
use devices::{DeviceId, Provenance, Reading, SeriesId, Window};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use gateway::{AdmissionTable, CollectorAdmission, DeviceAdmission, Gateway};
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use uplink::ProbeAnswer;

use crate::field::{CollectorGrant, Contact, Field, FieldError, Live, Refused, Silent};

/// The gateway, and the channel on which it hears what it may take.
pub struct OnGateway {
    gateway: Arc<Gateway>,
    admission: watch::Sender<Arc<AdmissionTable>>,
    profiles: Arc<Catalogue>,
    version: AtomicU64,
    /// What the last table was made from.
    admitted: Mutex<Option<Vec<CollectorGrant>>>,
}

impl OnGateway {
    /// Versions go on from the table that the channel holds; collectors only take newer ones, so after a restart the
    /// first version must lie above all earlier ones: the time in milliseconds does. `profiles` are all models of the
    /// site: what the gateway looks at readings by.
    pub fn new(
        gateway: Arc<Gateway>,
        admission: watch::Sender<Arc<AdmissionTable>>,
        profiles: Arc<Catalogue>,
        started: Timestamp,
    ) -> Self {
        let held = admission.borrow().version;
        let started = u64::try_from(started.as_millisecond()).unwrap_or(0);
        Self {
            gateway,
            admission,
            profiles,
            version: AtomicU64::new(held.max(started)),
            admitted: Mutex::default(),
        }
    }
}

fn failed(error: gateway::store::StoreError) -> FieldError {
    FieldError(error.to_string())
}

#[async_trait]
impl Field for OnGateway {
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, FieldError> {
        self.gateway
            .store()
            .latest_of_device(device)
            .await
            .map_err(failed)
    }

    async fn values_before(&self, device: &DeviceId, before: Timestamp) -> Result<Vec<Reading>, FieldError> {
        let store = self.gateway.store();
        let latest = store.latest_of_device(device).await.map_err(failed)?;
        let points = latest.into_iter().map(|one| one.series.point).collect();
        let nothing_since = Window {
            from: before,
            to: before,
        };
        store
            .comparable(device, &points, nothing_since)
            .await
            .map_err(failed)
    }

    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, FieldError> {
        self.gateway
            .store()
            .range(series, window, limit)
            .await
            .map_err(failed)
    }

    async fn provenance(
        &self,
        series: &SeriesId,
        nominal: Timestamp,
    ) -> Result<Option<Provenance>, FieldError> {
        self.gateway
            .store()
            .provenance(series, nominal)
            .await
            .map_err(failed)
    }

    fn live(&self) -> BoxStream<'static, Live> {
        BroadcastStream::new(self.gateway.live())
            .map(|item| match item {
                Ok(sweep) => Live::Sweep(Arc::new(sweep.readings.clone())),
                Err(BroadcastStreamRecvError::Lagged(missed)) => Live::Lagged(missed),
            })
            .boxed()
    }

    async fn probe(
        &self,
        collector: &str,
        profile: &str,
        access: uplink::Access,
        patience: Duration,
    ) -> Result<ProbeAnswer, Silent> {
        let answer = self.gateway.probe(collector, profile, access, patience).await;
        answer.map_err(|error| Silent(error.to_string()))
    }

    fn contacts(&self) -> BTreeMap<String, Contact> {
        let known = self.gateway.health().collectors;
        known
            .into_iter()
            .filter_map(|(collector, known)| {
                let refused = known.refused.into_iter().map(|(reason, refused)| Refused {
                    reason,
                    readings: refused.readings,
                    device: refused.device,
                });
                let contact = Contact {
                    last_seen: known.last_seen?,
                    spooled: known.spooled,
                    lost: known.lost,
                    refused: refused.collect(),
                    report: known.report,
                };
                Some((collector, contact))
            })
            .collect()
    }

    fn admit(&self, grants: Vec<CollectorGrant>) {
        let mut admitted = self.admitted.lock().expect("no holder panics");
        if admitted.as_ref() == Some(&grants) {
            // A new version would send every collector the orders that it has.
            return;
        }
        *admitted = Some(grants.clone());
        let version = self.version.fetch_add(1, Ordering::Relaxed) + 1;
        let collectors = grants.into_iter().map(|grant| {
            let devices = grant.devices.into_iter().map(|(assignment, plausible)| {
                (
                    assignment.device.clone(),
                    DeviceAdmission {
                        assignment,
                        plausible,
                    },
                )
            });
            (
                grant.collector,
                Arc::new(CollectorAdmission {
                    token_sha256: grant.token_sha256,
                    devices: devices.collect(),
                    profiles: self.profiles.clone(),
                }),
            )
        });
        self.admission.send_replace(Arc::new(AdmissionTable {
            version,
            collectors: collectors.collect(),
        }));
    }
}
