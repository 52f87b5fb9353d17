//! What is registered of an instrument, in the form in which the ledger keeps it: canonical JSON with a `format` number.
//!
//! The form is the ledger's own. What people enter and see goes over the portal's wire and may change with the pages; this
//! is what past windows are judged under, so it changes only together with [`FORMAT`].

use std::collections::BTreeMap;

use devices::{DeviceId, PointName};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::form::{FormError, fields};
use crate::{InstrumentId, SiteId};

/// The one that this program writes and reads.
pub const FORMAT: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    pub site_id: SiteId,
    pub collector: String,
    pub device: DeviceId,
    pub name: String,
    /// `model@version`
    pub profile: String,
    pub serial: String,
    /// Of a version in which the serial number changed, what that was; otherwise `None`.
    pub serial_change: Option<SerialChange>,
    pub manufacturer: String,
    pub accuracy_class: Option<String>,
    pub purpose: Purpose,
    pub access: Access,
    pub period_seconds: u32,
    pub multiplier: Multiplier,
    pub location: String,
    pub certificate: Option<Certificate>,
    /// Lowest and highest plausible value of each point, both included.
    pub plausible: BTreeMap<PointName, (Decimal, Decimal)>,
    /// The reference standard that usually checks this one.
    pub reference_id: Option<InstrumentId>,
    /// The meter of the same site through which the energy of this one flows.
    pub master_id: Option<InstrumentId>,
}

/// Why another serial number was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SerialChange {
    /// 更正: the same meter, its number had been mistyped.
    Correction,
    /// 换表: another meter hangs there now.
    OtherMeter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    SubMeter,
    MasterMeter,
    ReferenceStandard,
    Process,
}

/// How the collector reaches the instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Access {
    ModbusTcp {
        host: String,
        port: u16,
        unit: u8,
    },
    ModbusRtu {
        line: String,
        unit: u8,
        settings: Option<LineSettings>,
    },
    Mqtt {
        broker: String,
        topic: String,
    },
}

/// Settings of a serial line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineSettings {
    pub baud: u32,
    /// `8N1`, `8E1`, `8O1`, `8N2`
    pub format: String,
}

/// CT and PT ratios (互感器变比).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Multiplier {
    pub current_ratio: Decimal,
    pub voltage_ratio: Decimal,
    pub registers_are_primary: bool,
}

/// The certificate that a person held in hand; nothing else moves these dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    pub certificate_no: String,
    pub issued_by: String,
    pub issued_on: Date,
    /// The last day on which it holds.
    pub due_on: Date,
    pub u95: Option<ExpandedUncertainty>,
}

/// An expanded uncertainty in % of the reading, with its coverage factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpandedUncertainty {
    pub percent: Decimal,
    pub k: Decimal,
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    #[serde(flatten)]
    configuration: &'a Configuration,
}

impl Configuration {
    /// Canonical JSON with its `format`.
    pub fn canonical(&self) -> String {
        let written = Written {
            format: FORMAT,
            configuration: self,
        };
        serde_json_canonicalizer::to_string(&written).expect("a configuration is plain data")
    }

    /// # Errors
    /// No JSON of this shape, or another format; then the rest is not looked at.
    pub fn parse(text: &str) -> Result<Self, FormError> {
        let mut fields = fields(text, FORMAT)?;
        fields.remove("format");
        Ok(serde_json::from_value(fields.into())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration() -> Configuration {
        Configuration {
            site_id: 1.into(),
            collector: "c-1".to_owned(),
            device: "m-01".parse().unwrap(),
            name: "1# 车间".to_owned(),
            profile: "dtz341@1".to_owned(),
            serial: "001".to_owned(),
            serial_change: Some(SerialChange::Correction),
            manufacturer: "x".to_owned(),
            accuracy_class: Some("0.5S".to_owned()),
            purpose: Purpose::SubMeter,
            access: Access::ModbusRtu {
                line: "a".to_owned(),
                unit: 1,
                settings: Some(LineSettings {
                    baud: 9_600,
                    format: "8E1".to_owned(),
                }),
            },
            period_seconds: 60,
            multiplier: Multiplier {
                current_ratio: "20.00".parse().unwrap(),
                voltage_ratio: "1".parse().unwrap(),
                registers_are_primary: false,
            },
            location: String::new(),
            certificate: Some(Certificate {
                certificate_no: "Z-1".to_owned(),
                issued_by: "Institute".to_owned(),
                issued_on: "2026-01-05".parse().unwrap(),
                due_on: "2027-01-04".parse().unwrap(),
                u95: Some(ExpandedUncertainty {
                    percent: "0.020".parse().unwrap(),
                    k: "2".parse().unwrap(),
                }),
            }),
            plausible: BTreeMap::from([(
                "voltage.a".parse().unwrap(),
                ("180".parse().unwrap(), "260.0".parse().unwrap()),
            )]),
            reference_id: Some(7.into()),
            master_id: None,
        }
    }

    #[test]
    fn what_is_kept_comes_back_digit_for_digit() {
        let kept = configuration().canonical();
        assert!(kept.contains("\"format\":1") && kept.contains("\"20.00\"") && kept.contains("\"0.020\""));
        let read = Configuration::parse(&kept).unwrap();
        assert_eq!(read, configuration());
        assert_eq!(read.multiplier.current_ratio.to_string(), "20.00");
        assert_eq!(read.canonical(), kept);
    }

    #[test]
    fn another_format_is_not_guessed_at() {
        let kept = configuration().canonical();
        for (format, told) in [
            (
                "\"format\":2",
                "it is of format 2, and this program reads format 1",
            ),
            (
                "\"format\":\"1\"",
                "it is of format \"1\", and this program reads format 1",
            ),
            (
                "\"form\":1",
                "it is of format none, and this program reads format 1",
            ),
        ] {
            let other = kept.replace("\"format\":1", format);
            assert_eq!(Configuration::parse(&other).unwrap_err().to_string(), told);
        }
        let more = kept.replace("\"format\":1", "\"format\":1,\"colour\":\"red\"");
        assert!(
            Configuration::parse(&more)
                .unwrap_err()
                .to_string()
                .contains("colour")
        );
    }
}
