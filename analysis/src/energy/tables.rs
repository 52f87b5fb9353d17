//! The shipped tables of GB 17167 and GB/T 2589, each with its edition.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::number::{Exact, NumberError};

/// A table with the document it comes from.
#[derive(Clone, Debug, Deserialize)]
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
/// Energy, calorific value, coefficient (or a range a~b), unit.
pub type CoalRow = (String, String, String, String);

/// All energy tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyTables {
    /// Least equipment rates (GB 17167 table 3).
    pub equipment_rate: Table<EquipmentRow>,
    /// Accuracy of instruments (GB 17167 table 4).
    pub accuracy: Table<AccuracyRow>,
    /// Standard-coal coefficients (GB/T 2589 annex A).
    pub coal: Table<CoalRow>,
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
}
