//! Gates: each finds a reason for which a run, or one of its bins, stays 待定 although its numbers look good. The mean
//! hides what its windows do, an instrument was compared with itself, a register did not go on, the certificate does not
//! hold, two meters did not see one load, too much is missing.

pub(crate) mod certificate;
pub(crate) mod coverage;
pub(crate) mod identity;
pub(crate) mod reset;
pub(crate) mod same_load;
pub(crate) mod scatter;
