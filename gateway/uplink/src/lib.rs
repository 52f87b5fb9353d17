//! The contract between collector and gateway.
//!
//! **Architecture invariant:** no input or output here; every published version stays readable.

pub mod ack;
pub mod batch;
pub mod limits;
pub mod networks;
pub mod orders;
pub mod version;

pub use ack::{Ack, Refusal};
pub use batch::{Batch, BatchKey, DecodeError, RawSpan, Sweep, SweepValue};
pub use networks::Networks;
pub use orders::{
    Access, DeviceAssignment, NotRead, NotReadCause, Orders, Probe, ProbeAnswer, ProbeFailure, ProbeOutcome,
    ProbedValue, RegisterTable, Report, SerialSettings, Understood,
};
