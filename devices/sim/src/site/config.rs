//! The TOML form of a site.

use std::collections::BTreeMap;

use devices::{DeviceId, Unit};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use crate::error_curve::ErrorCurve;
use crate::fault::Fault;
use crate::load::Pattern;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SiteTable {
    pub(super) site: Head,
    #[serde(default, rename = "circuit")]
    pub(super) circuits: Vec<CircuitTable>,
    #[serde(default, rename = "ambient")]
    pub(super) ambients: Vec<AmbientTable>,
    #[serde(rename = "device")]
    pub(super) devices: Vec<DeviceTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) name_zh: String,
    pub(super) name_en: String,
    pub(super) seed: u64,
    /// Registers count from here; before, they stand still.
    pub(super) installed: Timestamp,
    #[serde(default)]
    pub(super) utc_offset_hours: i64,
}

/// Voltages and currents are those on the secondary side of the transformers.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CircuitTable {
    pub(super) name: String,
    pub(super) pattern: Pattern,
    pub(super) phases: u8,
    pub(super) voltage: Decimal,
    pub(super) peak_current: Decimal,
    pub(super) power_factor: [Decimal; 2],
    /// Primary over secondary current.
    #[serde(default = "one")]
    pub(super) current_ratio: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AmbientTable {
    pub(super) name: String,
    pub(super) unit: Unit,
    pub(super) base: Decimal,
    #[serde(default)]
    pub(super) daily: Decimal,
    #[serde(default)]
    pub(super) noise: Decimal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeviceTable {
    pub(super) id: DeviceId,
    pub(super) profile: String,
    pub(super) title_zh: String,
    pub(super) serial: String,
    #[serde(default)]
    pub(super) unit: u8,
    pub(super) line: Option<String>,
    pub(super) topic: Option<String>,
    #[serde(default = "minute")]
    pub(super) period_seconds: u32,

    pub(super) circuit: Option<String>,
    pub(super) sum_of: Option<Vec<DeviceId>>,
    pub(super) rotation: Option<RotationTable>,
    /// Of a master meter.
    pub(super) current_ratio: Option<Decimal>,
    #[serde(default)]
    pub(super) loss_percent: Decimal,
    #[serde(default)]
    pub(super) fixed_loss_watts: Decimal,
    /// Reading of the energy register when installed, in kWh.
    #[serde(default)]
    pub(super) initial: Decimal,
    #[serde(default)]
    pub(super) error: ErrorCurve,

    /// Point → curve.
    #[serde(default)]
    pub(super) ambient: BTreeMap<String, String>,
    /// Point → what the instrument shows too much, in the curve's unit.
    #[serde(default)]
    pub(super) offset: BTreeMap<String, Decimal>,
    /// Point → the instrument's own noise to either side, in the curve's unit.
    #[serde(default)]
    pub(super) noise: BTreeMap<String, Decimal>,

    #[serde(default, rename = "fault")]
    pub(super) faults: Vec<Fault>,
}

/// The reference standard goes from meter to meter and stays `hours` at each, from `installed` on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotationTable {
    pub(super) hours: u32,
    pub(super) meters: Vec<DeviceId>,
}

fn one() -> Decimal {
    Decimal::ONE
}

fn minute() -> u32 {
    60
}
