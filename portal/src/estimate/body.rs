//! The body of an estimate, as it was frozen: the ledger keeps its canonical JSON, and the wire shows it as it stands.

use ledger::form::{FormError, fields};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::instrument::wire::InstrumentRef;
use crate::run::wire::WindowCard;

/// The one that this program writes and reads.
pub const FORMAT: u32 = 1;

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

impl From<uncertainty::document::Text> for Text {
    fn from(text: uncertainty::document::Text) -> Self {
        Self {
            zh: text.zh,
            en: text.en,
        }
    }
}

/// A figure with its standard uncertainty, both ending at the same digit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EstimatedFigure {
    pub value: String,
    pub uncertainty: String,
}

/// The error of a sub-meter, γ = (reading − true)/true in %, relative to the master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EstimatedError {
    /// Positive: it counts too much.
    pub error_percent: String,
    /// Standard uncertainty.
    pub uncertainty_percent: String,
    /// Lower end of the 95 % interval.
    pub low_percent: String,
    /// Upper end of the 95 % interval.
    pub high_percent: String,
    /// Probability that the error is greater than what raises an alarm.
    pub wrong_probability: String,
    /// `null` when the readings are too few to tell.
    pub drift_percent_per_year: Option<EstimatedFigure>,
}

/// What is known of one sub-meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EstimatedMeter {
    pub instrument: InstrumentRef,
    /// `null` when these readings cannot tell the error of this meter.
    pub error: Option<EstimatedError>,
    /// Verify it on site; never a meter whose error cannot be told.
    pub suspect: bool,
    /// Why its error can be told or not.
    pub identifiability: Text,
    pub advice: Vec<Text>,
    /// What it counted.
    pub energy_kwh: String,
    /// Of the master's energy.
    pub share_percent: String,
    /// Readings that were missing.
    pub missing: u64,
    /// Steps taken for a reset, an exchange or a false reading.
    pub resets: u64,
    /// Intervals with energy flowing back.
    pub negative: u64,
}

/// Where the energy of the window went, in kWh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EstimatedBalance {
    pub master_kwh: String,
    /// The sub-meters as read.
    pub sum_kwh: String,
    /// Master − sum as read.
    pub difference_kwh: String,
    /// What the sub-meters read too much.
    pub meter_errors_kwh: EstimatedFigure,
    /// Grows with the square of the load.
    pub variable_loss_kwh: EstimatedFigure,
    /// Loss and unmetered load that is always there.
    pub fixed_loss_kwh: EstimatedFigure,
    /// Both losses; better known than each of them.
    pub loss_kwh: EstimatedFigure,
    /// What the model leaves.
    pub unaccounted_kwh: EstimatedFigure,
}

/// What is wrong with data, wiring or clocks; a suspicion as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EstimateFinding {
    /// Stable, such as `counted-twice` or `upstream-of-master`.
    pub code: String,
    /// `null`: the master or the whole site.
    pub meter: Option<InstrumentRef>,
    /// The other one of a pair.
    pub other: Option<InstrumentRef>,
    pub text: Text,
}

/// What the readings said, frozen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ErrorEstimateBody {
    /// Of this body; 1.
    pub format: u32,
    pub master: InstrumentRef,
    /// From the first to the last reading that was used.
    pub window: WindowCard,
    pub interval_seconds: u32,
    /// Intervals that were used.
    pub intervals: u64,
    /// The likeliest to be wrong first; those whose error cannot be told last.
    pub meters: Vec<EstimatedMeter>,
    pub balance: EstimatedBalance,
    pub findings: Vec<EstimateFinding>,
    /// What these readings cannot tell.
    pub limits: Vec<Text>,
    /// A constant error of the master up to this would not show; `null`: of any size.
    pub hidden_master_error_percent: Option<String>,
}

impl ErrorEstimateBody {
    /// # Errors
    /// No JSON of this shape, or another format; then the rest is not looked at.
    pub(crate) fn parse(text: &str) -> Result<Self, FormError> {
        let fields = fields(text, FORMAT)?;
        Ok(serde_json::from_value(fields.into())?)
    }
}
