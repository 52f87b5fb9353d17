//! Instrument models as data.

use crate::{PointName, Quality, Quantity, Unit};
use rust_decimal::Decimal;

/// An instrument model.
#[derive(Clone, Debug)]
pub struct Profile {
    pub model: String,
    pub version: u32,
    pub points: Vec<Point>,
}

/// One thing the model says.
#[derive(Clone, Debug)]
pub struct Point {
    pub name: PointName,
    pub quantity: Quantity,
    pub unit: Unit,
}

/// What decoding one point gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    pub value: Option<Decimal>,
    pub quality: Quality,
}
