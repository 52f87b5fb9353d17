//! Tables of maximum permissible errors (最大允许误差) as data.
//!
//! The numbers live in procedure files with edition, source and confidence; nothing here knows one.

use std::collections::BTreeMap;

use devices::Connection;
use serde::Deserialize;

use numbers::number::Exact;
use numbers::rounding::Interval;

/// One row of the table: a range of current, the power factors it is for, limits by class.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MpeRow {
    pub connection: Connection,
    /// `1.0`, `0.5L`, `0.8C`.
    pub points: Vec<String>,
    /// Multiple of In (via transformer) or Ib (direct), inclusive.
    pub current_from: Exact,
    /// Exclusive; absent = up to and including Imax.
    pub current_to: Option<Exact>,
    /// Limit in % by class.
    pub limits: BTreeMap<String, Exact>,
}

/// Limits and rounding intervals of one document.
#[derive(Clone, Debug)]
pub struct MpeTable {
    pub rows: Vec<MpeRow>,
    pub intervals: BTreeMap<String, Interval>,
}

impl MpeTable {
    /// Rows that hold a limit for this class, connection and point, in the order of the file.
    pub fn rows_for<'a>(
        &'a self,
        class: &'a str,
        connection: Connection,
        point: &'a str,
    ) -> impl Iterator<Item = (&'a MpeRow, &'a Exact)> {
        self.rows
            .iter()
            .filter(move |row| row.connection == connection && row.points.iter().any(|p| p == point))
            .filter_map(move |row| row.limits.get(class).map(|limit| (row, limit)))
    }

    /// The rounding interval (class/10) of a class.
    pub fn interval(&self, class: &str) -> Option<&Interval> {
        self.intervals.get(class)
    }
}
