//! The instruments of the demo site, as its people would have registered them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use devices::DeviceId;
use devices::profile::InstrumentKind;
use field_sim::Site;
use field_sim::site::SimDevice;
use jiff::{Timestamp, ToSpan};
use ledger::instruments::{
    Access, Certificate, Configuration, ExpandedUncertainty, InstrumentFilter, Multiplier, Purpose,
};
use ledger::{InstrumentId, Page, SiteId};
use portal::access::Caller;

use super::{COLLECTOR, HISTORY_PERIOD_SECONDS};
use crate::wiring::System;

/// Live readings of everything but what others are compared with, which keeps the load-profile period.
const LIVE_PERIOD_SECONDS: u32 = 5;

/// The transmitter that the other one on the same main is compared with.
const PRESSURE_REFERENCE: &str = "pt-01";

/// Registers what is new with its place in the metering tree, and follows the simulator to another port.
pub(super) async fn register(
    system: &System,
    site: &Arc<Site>,
    site_id: SiteId,
    modbus: SocketAddr,
    now: Timestamp,
) -> anyhow::Result<()> {
    let ledger = &system.ledger;
    let installer = Caller::system().actor;
    let (known, _) = ledger
        .instruments(&installer, &InstrumentFilter::default(), Page::first(100))
        .await?;
    let mut ids: BTreeMap<DeviceId, InstrumentId> = BTreeMap::new();
    // A master comes before the meters behind it, which name it.
    let (masters, others): (Vec<_>, Vec<_>) = site
        .devices()
        .iter()
        .partition(|device| !device.sum_of.is_empty());
    for device in masters
        .into_iter()
        .chain(others)
        .filter(|device| device.id.as_str() != "m-09")
    {
        let master = site.devices().iter().find(|one| one.sum_of.contains(&device.id));
        let new = Configuration {
            master_id: master.and_then(|master| ids.get(&master.id)).copied(),
            ..configuration(device, site_id, modbus, now)
        };
        let there = known.iter().find(|one| one.configuration.device == new.device);
        let id = match there {
            None => ledger.register(&installer, &new, now).await?,
            Some(instrument) => {
                let kept = &instrument.configuration;
                if (&kept.access, kept.master_id) != (&new.access, new.master_id) {
                    let moved = Configuration {
                        access: new.access,
                        master_id: new.master_id,
                        ..kept.clone()
                    };
                    ledger
                        .change_instrument(&installer, instrument.id, instrument.version, &moved, now)
                        .await?;
                }
                instrument.id
            }
        };
        ids.insert(device.id.clone(), id);
    }
    Ok(())
}

fn configuration(device: &SimDevice, site_id: SiteId, modbus: SocketAddr, now: Timestamp) -> Configuration {
    let profile = &device.profile;
    let reference = profile.instrument == InstrumentKind::ReferenceMeter;
    let access = match &device.topic {
        Some(topic) => Access::Mqtt {
            broker: "site".to_owned(),
            topic: topic.clone(),
        },
        None => Access::ModbusTcp {
            host: modbus.ip().to_string(),
            port: modbus.port(),
            unit: device.unit,
        },
    };
    let purpose = match profile.instrument {
        InstrumentKind::ReferenceMeter => Purpose::ReferenceStandard,
        InstrumentKind::EnergyMeter if !device.sum_of.is_empty() => Purpose::MasterMeter,
        InstrumentKind::EnergyMeter => Purpose::SubMeter,
        InstrumentKind::PressureTransmitter | InstrumentKind::ThermoHygrometer => Purpose::Process,
    };
    let compared_with = reference || device.id.as_str() == PRESSURE_REFERENCE;
    Configuration {
        site_id,
        collector: COLLECTOR.to_owned(),
        device: device.id.clone(),
        name: device.title_zh.clone(),
        profile: profile.reference(),
        serial: device.serial.clone(),
        serial_change: None,
        manufacturer: profile.manufacturer.clone(),
        accuracy_class: profile.accuracy_class.as_ref().map(|class| class.0.clone()),
        purpose,
        access,
        period_seconds: if compared_with {
            HISTORY_PERIOD_SECONDS
        } else {
            LIVE_PERIOD_SECONDS
        },
        multiplier: Multiplier {
            current_ratio: device.current_ratio,
            voltage_ratio: 1.into(),
            registers_are_primary: device.current_ratio == 1.into(),
        },
        location: "示范工厂".to_owned(),
        certificate: certificate(device, reference, now),
        plausible: Default::default(),
        reference_id: None,
        master_id: None,
    }
}

/// The reference standard has a certificate; so has what a period check compares, which needs one on both sides.
fn certificate(device: &SimDevice, reference: bool, now: Timestamp) -> Option<Certificate> {
    let u95 = match (reference, device.id.as_str()) {
        (true, _) => "0.03",
        (false, "m-03") => "0.20",
        (false, PRESSURE_REFERENCE) => "0.05",
        (false, "pt-02") => "0.10",
        _ => return None,
    };
    let today = jiff::tz::TimeZone::UTC.to_datetime(now).date();
    Some(Certificate {
        certificate_no: format!("DEMO-{}", device.serial),
        issued_by: "演示证书（虚构）".to_owned(),
        issued_on: today.saturating_sub(120.days()),
        due_on: today.saturating_add(245.days()),
        u95: Some(ExpandedUncertainty {
            percent: u95.parse().ok()?,
            k: 2.into(),
        }),
    })
}
