//! The vocabulary of Henglian: what an instrument *is* and what it *said*.
//!
//! **Architecture invariant:** no input or output (but a catalogue may load a folder of profiles,
//! once, at start), no async, no clock and no protocol library in this package. A type may enter only
//! if a metrologist knows the word and two packages need it.

pub mod nameplate;
pub mod profile;
pub mod quality;
pub mod quantity;
pub mod reading;
pub mod series;
pub mod unit;
pub mod window;

pub use nameplate::{AccuracyClass, Connection, Multiplier, Nameplate};
pub use profile::Profile;
pub use quality::{Doubt, Failure, Quality};
pub use quantity::Quantity;
pub use reading::{Provenance, Reading};
pub use series::{DeviceId, PointName, SeriesId};
pub use unit::Unit;
pub use window::Window;
