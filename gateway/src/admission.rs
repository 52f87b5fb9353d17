//! What the gateway must know from the ledger, as a value: who may send what, within which range.

use std::collections::BTreeMap;
use std::sync::Arc;

use devices::profile::Catalogue;
use devices::{DeviceId, PointName};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use uplink::{DeviceAssignment, Orders};

/// Published by the portal on a watch channel; ingest goes on with the last one while the ledger is down.
#[derive(Clone, Debug, Default)]
pub struct AdmissionTable {
    /// Grows with every change, so that collectors can ask for what is newer.
    pub version: u64,
    pub collectors: BTreeMap<String, Arc<CollectorAdmission>>,
}

#[derive(Clone, Debug)]
pub struct CollectorAdmission {
    /// SHA-256 of the collector's bearer token.
    pub token_sha256: [u8; 32],
    pub devices: BTreeMap<DeviceId, DeviceAdmission>,
    /// Every model of the site, its own beside those built in: the only ones by which its readings are looked at.
    pub profiles: Arc<Catalogue>,
}

#[derive(Clone, Debug)]
pub struct DeviceAdmission {
    pub assignment: DeviceAssignment,
    /// Lowest and highest plausible value of a point, both inclusive.
    pub plausible: BTreeMap<PointName, (Decimal, Decimal)>,
}

impl AdmissionTable {
    /// The collector, if the token is its own. Takes the same time for every wrong token.
    pub fn authenticate(&self, collector: &str, token: &str) -> Option<&Arc<CollectorAdmission>> {
        let admission = self.collectors.get(collector)?;
        let given: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let difference = given
            .iter()
            .zip(&admission.token_sha256)
            .fold(0, |sum, (a, b)| sum | (a ^ b));
        (difference == 0).then_some(admission)
    }

    /// The orders of a collector, without probes.
    pub fn orders(&self, collector: &CollectorAdmission) -> Orders {
        Orders {
            version: self.version,
            devices: collector
                .devices
                .values()
                .map(|device| device.assignment.clone())
                .collect(),
            probes: Vec::new(),
        }
    }
}
