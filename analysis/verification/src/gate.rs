//! Gates that every online verification shares, whatever reads its evidence.
//!
//! Each finds a reason for which a run, or one of its bins, stays 待定 although its numbers look good: the mean hides
//! what its windows do, an instrument was compared with itself, a register did not go on.

mod identity;
mod reset;
mod scatter;

pub(crate) use identity::one_instrument;
pub(crate) use reset::Counter;
pub(crate) use scatter::{Window, objection, rule};
