//! The certificate of an instrument.

use jiff::civil::Date;
use ledger::instruments::{Certificate, ExpandedUncertainty};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// From the certificate that a person holds in hand; nothing else moves these dates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TraceabilityForm", into = "TraceabilityForm")]
pub struct Traceability {
    pub certificate_no: String,
    pub issued_by: String,
    pub issued_on: Date,
    pub due_on: Date,
    pub u95_percent: Option<ExpandedUncertainty>,
}

/// From the certificate that a person holds in hand; nothing else moves these dates.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Traceability)]
pub struct TraceabilityForm {
    certificate_no: String,
    issued_by: String,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
    #[schema(value_type = String, format = Date)]
    due_on: Date,
    /// Expanded uncertainty in % as stated by the certificate.
    #[schema(value_type = Option<String>)]
    u95_percent: Option<Decimal>,
    /// The coverage factor that it is stated with; 2 unless told.
    #[schema(value_type = Option<String>)]
    k: Option<Decimal>,
}

impl TryFrom<TraceabilityForm> for Traceability {
    type Error = &'static str;

    fn try_from(form: TraceabilityForm) -> Result<Self, &'static str> {
        let u95_percent = match (form.u95_percent, form.k) {
            (Some(percent), k) => Some(ExpandedUncertainty {
                percent,
                k: k.unwrap_or(Decimal::TWO),
            }),
            (None, None) => None,
            (None, Some(_)) => return Err("`k` needs the `u95_percent` that it belongs to"),
        };
        Ok(Self {
            certificate_no: form.certificate_no,
            issued_by: form.issued_by,
            issued_on: form.issued_on,
            due_on: form.due_on,
            u95_percent,
        })
    }
}

impl From<Traceability> for TraceabilityForm {
    fn from(held: Traceability) -> Self {
        Self {
            certificate_no: held.certificate_no,
            issued_by: held.issued_by,
            issued_on: held.issued_on,
            due_on: held.due_on,
            u95_percent: held.u95_percent.map(|u95| u95.percent),
            k: held.u95_percent.map(|u95| u95.k),
        }
    }
}

impl From<Traceability> for Certificate {
    fn from(entered: Traceability) -> Self {
        Self {
            certificate_no: entered.certificate_no,
            issued_by: entered.issued_by,
            issued_on: entered.issued_on,
            due_on: entered.due_on,
            u95: entered.u95_percent,
        }
    }
}

impl From<Certificate> for Traceability {
    fn from(kept: Certificate) -> Self {
        Self {
            certificate_no: kept.certificate_no,
            issued_by: kept.issued_by,
            issued_on: kept.issued_on,
            due_on: kept.due_on,
            u95_percent: kept.u95,
        }
    }
}
