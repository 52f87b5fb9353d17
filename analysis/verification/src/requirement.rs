//! What a run needs before it can start: which series, which values, over which time.

use devices::Window;
use serde::Serialize;
use uncertainty::document::Text;

use crate::evidence::Role;

/// A wish: when, and how often both instruments are read.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub window: Window,
    pub period_seconds: u32,
}

/// What evidence must hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The plan's window, of a comparison shrunk to the grid of the period; the one that evidence carries.
    pub window: Window,
    /// What to fetch: longer by one period where registers are read at both ends.
    pub fetch: Window,
    pub period_seconds: u32,
    pub series: Vec<SeriesNeed>,
    pub values: Vec<ValueNeed>,
    /// Accuracy classes that the limits know; empty when they are for all.
    pub classes: Vec<String>,
    /// Whether transformers before both instruments count, so that `multiplier` and `connection` are asked for. Any
    /// other comparison takes the display itself.
    pub transformers: bool,
    pub needs_certificate: bool,
    /// Readings of the error that every bin needs.
    pub least_readings: usize,
}

/// One series that must be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeriesNeed {
    /// Symbol it is filed under.
    pub symbol: String,
    /// Whose instrument.
    pub of: Role,
    /// Point as the procedure names it, the instrument's model may call it otherwise; `None`: whichever is chosen.
    pub point: Option<String>,
    /// Unit the procedure computes in, readings in another unit of the quantity are converted; `None`: that of the point.
    pub unit: Option<String>,
    /// Whether it is a cumulative register.
    pub register: bool,
    /// Whether the least step of its display is needed too.
    pub resolution: bool,
    /// Whether the run can do without: a meter with one phase has one current.
    pub optional: bool,
    /// Fewer good readings than this cannot reach the required coverage.
    pub least_samples: u64,
}

/// One value of a nameplate or certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueNeed {
    /// Symbol it is filed under.
    pub symbol: String,
    /// Where it stands.
    pub of: Role,
    pub source: ValueSource,
    /// `None`: that of the readings.
    pub unit: Option<String>,
    /// What it is.
    pub title: Text,
}

/// Where a caller finds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueSource {
    /// A person reads it off nameplate or certificate and enters it.
    Entered,
    /// Ib or In of an energy meter, secondary.
    BasicCurrent,
    /// Imax of an energy meter, secondary.
    MaximumCurrent,
    /// Phase reference voltage of an energy meter, secondary.
    ReferenceVoltage,
    /// 1 or 3.
    Phases,
    /// U95 (k = 2) that the certificate states, including what is left uncorrected.
    CertificateUncertainty,
}
