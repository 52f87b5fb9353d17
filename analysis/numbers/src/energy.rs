//! The shipped tables of GB 17167 and GB/T 2589, each with its edition.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::number::{Exact, NumberError};

/// A table with the document it comes from.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Table<Row> {
    /// Document and edition.
    pub document: String,
    /// Date from which it applies, when known.
    pub effective: Option<String>,
    /// A later edition that has replaced it: shown wherever the table is shown.
    pub superseded_by: Option<String>,
    /// How sure the transcription is.
    pub confidence: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Energy, then least rates in percent: entering unit, sub-unit, main equipment.
pub type EquipmentRow = (String, Option<u32>, Option<u32>, Option<u32>);
/// Instrument, use, accuracy class.
pub type AccuracyRow = (String, String, String);
/// Class of electricity users, what belongs to it.
pub type UserClassRow = (String, String);
/// Energy, least yearly consumption or power from which a unit needs its own meter.
pub type ThresholdRow = (String, String);
/// Energy or medium, calorific value, coefficient (or a range a~b), unit.
pub type CoalRow = (String, String, String, String);

/// All energy tables.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyTables {
    /// Least equipment rates (GB 17167 table 3).
    pub equipment_rate: Table<EquipmentRow>,
    /// Accuracy of instruments (GB 17167 table 4).
    pub accuracy: Table<AccuracyRow>,
    /// Classes of electricity users that the accuracy table names (GB 17167 table 4).
    pub user_class: Table<UserClassRow>,
    /// From where a main sub-unit needs its own meter (GB 17167 table 1).
    pub sub_unit_limit: Table<ThresholdRow>,
    /// From where main equipment needs its own meter (GB 17167 table 2).
    pub main_equipment_limit: Table<ThresholdRow>,
    /// Standard-coal coefficients (GB/T 2589 annex A).
    pub coal: Table<CoalRow>,
    /// Standard-coal coefficients of energy-consuming media (GB/T 2589 annex B).
    pub media: Table<CoalRow>,
}

/// Whose instruments are counted (GB 17167 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// 进出用能单位.
    EnteringUnit,
    /// 进出主要次级用能单位.
    SubUnit,
    /// 主要用能设备.
    MainEquipment,
}

static SHIPPED: LazyLock<EnergyTables> = LazyLock::new(|| {
    // The file is part of the binary and read by a test.
    EnergyTables::parse(include_str!("../../tables/energy.json")).expect("shipped energy tables")
});

/// The tables of this release.
pub fn shipped() -> &'static EnergyTables {
    &SHIPPED
}

impl EnergyTables {
    /// Reads tables from JSON, for a site with newer editions.
    ///
    /// # Errors
    /// Unknown fields, wrong types.
    pub fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The coefficient of an energy; an error when the table gives a range to choose from.
    pub fn coal_coefficient(&self, energy: &str) -> Option<Result<Exact, NumberError>> {
        self.coal
            .rows
            .iter()
            .find(|row| row.0 == energy)
            .map(|row| Exact::parse(&row.2))
    }

    /// The least equipment rate in percent; `None` when the table demands none there.
    ///
    /// ```
    /// use numbers::energy::{Level, shipped};
    /// let tables = shipped();
    /// assert_eq!(tables.least_rate("蒸汽", Level::SubUnit), Some(80));
    /// assert_eq!(tables.least_rate("可回收利用的余能", Level::MainEquipment), None);
    /// assert_eq!(tables.equipment_rate.document, "GB 17167-2006");
    /// assert!(tables.equipment_rate.superseded_by.is_some());
    /// ```
    pub fn least_rate(&self, energy: &str, level: Level) -> Option<u32> {
        let row = self.equipment_rate.rows.iter().find(|row| row.0 == energy)?;
        match level {
            Level::EnteringUnit => row.1,
            Level::SubUnit => row.2,
            Level::MainEquipment => row.3,
        }
    }
}
