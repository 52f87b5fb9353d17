//! What a period check reads of its evidence: two sides in one unit, and what is known from before.

use numbers::number::Exact;

use crate::conclusion::{Code, Reason};
use crate::evidence::{Check, Evidence, INDICATION, MPEV, REFERENCE, Role, Series, U_REFERENCE, U_SUBJECT};

/// Subject and reference of a period check.
pub(super) struct Sides<'a> {
    pub(super) evidence: &'a Evidence,
    pub(super) check: &'a Check,
    /// Unit of everything.
    pub(super) unit: &'a str,
    pub(super) subject: &'a Series,
    pub(super) u_subject: &'a Exact,
    pub(super) reference: Reference<'a>,
    pub(super) u_reference: &'a Exact,
    pub(super) mpev: Option<&'a Exact>,
}

/// What the subject is compared with.
pub(super) enum Reference<'a> {
    Instrument(&'a Series),
    /// The assigned value of a check standard.
    Standard(&'a Exact),
}

impl<'a> Sides<'a> {
    /// # Errors
    /// The reason why this is no evidence of a period check; evidence that was read as one has none.
    pub(super) fn of(evidence: &'a Evidence) -> Result<Self, Reason> {
        let missing = |place: &str| {
            let parameters = [("place", place), ("detail", "is missing")];
            Reason::with(Code::EvidenceDoesNotFit, &parameters)
        };
        let value = |role: Role, symbol: &str| {
            let instrument = match role {
                Role::Subject => &evidence.subject,
                Role::Reference | Role::Certificate => &evidence.reference,
            };
            instrument.values.get(symbol).map(|value| &value.value)
        };
        let needed = |role: Role, symbol: &str| {
            value(role, symbol).ok_or_else(|| missing(&format!("{}, {symbol}", role.name())))
        };
        let series = |symbol: &str| evidence.series.get(symbol);
        let subject = series(INDICATION).ok_or_else(|| missing(INDICATION))?;
        let reference = match (series(REFERENCE), value(Role::Reference, REFERENCE)) {
            (Some(series), _) => Reference::Instrument(series),
            (None, Some(value)) => Reference::Standard(value),
            (None, None) => return Err(missing(REFERENCE)),
        };
        Ok(Self {
            evidence,
            check: evidence.check.as_ref().ok_or_else(|| missing("check"))?,
            unit: &subject.unit,
            subject,
            u_subject: needed(Role::Subject, U_SUBJECT)?,
            reference,
            u_reference: needed(Role::Reference, U_REFERENCE)?,
            mpev: value(Role::Subject, MPEV),
        })
    }
}
