//! The contract between collector and gateway.
//!
//! **Architecture invariant:** no input or output here; every published version stays readable.

pub mod ack;
pub mod batch;
pub mod orders;
pub mod version;

pub use ack::{Ack, Refusal};
pub use batch::{Batch, BatchKey, DecodeError, RawSpan, Sweep, SweepValue};
pub use orders::{
    Access, DeviceAssignment, Orders, Probe, ProbeAnswer, ProbeOutcome, ProbedValue, RegisterTable,
    SerialSettings,
};
