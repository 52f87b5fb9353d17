//! What a procedure file holds: an online verification, or a period check.

use std::sync::Arc;

use uncertainty::document::Text;
use verification::period_check;
use verification::procedure::{FileError, Procedure};
use verification::verdict::Basis;

use crate::problem::{Answer, Problem};
use crate::run::wire::RunKind;

#[derive(Clone)]
pub(crate) enum Rules {
    Verification(Arc<Procedure>),
    PeriodCheck(Arc<period_check::Procedure>),
}

impl Rules {
    pub(super) fn parse(text: &str) -> Result<Self, FileError> {
        if period_check::is_procedure(text) {
            period_check::Procedure::parse(text).map(|read| Self::PeriodCheck(Arc::new(read)))
        } else {
            Procedure::parse(text).map(|read| Self::Verification(Arc::new(read)))
        }
    }

    pub(super) fn kind(&self) -> RunKind {
        match self {
            Self::Verification(_) => RunKind::OnlineVerification,
            Self::PeriodCheck(_) => RunKind::PeriodCheck,
        }
    }

    pub(super) fn id(&self) -> &str {
        match self {
            Self::Verification(rules) => rules.id(),
            Self::PeriodCheck(rules) => rules.id(),
        }
    }

    pub(super) fn version(&self) -> u32 {
        match self {
            Self::Verification(rules) => rules.version(),
            Self::PeriodCheck(rules) => rules.version(),
        }
    }

    pub(super) fn text(&self) -> &str {
        match self {
            Self::Verification(rules) => rules.text(),
            Self::PeriodCheck(rules) => rules.text(),
        }
    }

    pub(super) fn sha256(&self) -> String {
        match self {
            Self::Verification(rules) => rules.sha256(),
            Self::PeriodCheck(rules) => rules.sha256(),
        }
    }

    pub(super) fn basis(&self) -> Basis {
        match self {
            Self::Verification(rules) => rules.basis().clone(),
            Self::PeriodCheck(rules) => rules.basis(),
        }
    }

    /// A period check measures a difference, whatever the quantity: its title says what it is.
    pub(super) fn measurand(&self) -> Text {
        match self {
            Self::Verification(rules) => rules.measurand().clone(),
            Self::PeriodCheck(rules) => rules.basis().title,
        }
    }

    pub(super) fn sheet(&self) -> Answer<serde_json::Value> {
        let sheet = match self {
            Self::Verification(rules) => serde_json::to_value(rules.sheet()),
            Self::PeriodCheck(rules) => serde_json::to_value(rules.sheet()),
        };
        sheet.map_err(|error| Problem::internal(&error))
    }
}
