//! What the gateway may take from each collector.

use std::collections::BTreeMap;

use ledger::{Ledger, LedgerError};
use uplink::DeviceAssignment;

use crate::Portal;
use crate::field::CollectorGrant;
use crate::instrument::wire::Access;
use crate::problem::Problem;

/// Everything that may send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    pub collectors: Vec<CollectorGrant>,
    /// Rows of the ledger that are left out, each named: nobody can say what they grant.
    pub unreadable: Vec<String>,
}

/// A row that cannot be read is left out and named: it must not silence the others.
///
/// # Errors
/// The ledger failed.
pub async fn grants(ledger: &Ledger) -> Result<Grants, LedgerError> {
    let mut unreadable = Vec::new();
    let mut devices: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for row in ledger.every_instrument().await? {
        let kept = match row {
            Ok(instrument) => instrument.configuration,
            Err(error) => {
                unreadable.push(error.to_string());
                continue;
            }
        };
        let assignment = DeviceAssignment {
            device: kept.device,
            profile: kept.profile,
            access: Access::from(kept.access).into(),
            period_seconds: kept.period_seconds,
        };
        devices
            .entry(kept.collector)
            .or_default()
            .push((assignment, kept.plausible));
    }
    let mut collectors = Vec::new();
    for row in ledger.every_collector().await? {
        match row {
            Ok(row) => collectors.push(CollectorGrant {
                devices: devices.remove(&row.id).unwrap_or_default(),
                collector: row.id,
                token_sha256: row.token_sha256,
            }),
            Err(error) => unreadable.push(error.to_string()),
        }
    }
    Ok(Grants {
        collectors,
        unreadable,
    })
}

impl Portal {
    /// The change itself stands in the ledger already; a failure here is logged and made good by the next change.
    pub(crate) async fn instruments_changed(&self) {
        if let Err(problem) = self.publish_admission().await {
            tracing::error!(code = problem.code, "the admission table could not be renewed");
        }
    }

    /// Tells the gateway who may send what. Called at the start and after every change of an instrument.
    ///
    /// # Errors
    /// The ledger failed; the gateway keeps what it had.
    pub async fn publish_admission(&self) -> Result<(), Problem> {
        let mut named = self.publishing.lock().await;
        let grants = grants(&self.ledger).await?;
        for row in grants.unreadable.iter().filter(|row| !named.contains(row)) {
            tracing::error!(row, "left out of the admission table");
        }
        *named = grants.unreadable;
        self.field.admit(grants.collectors);
        Ok(())
    }
}
