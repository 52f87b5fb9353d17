//! Procedures on their way to and from the ledger.

use axum::http::StatusCode;
use ledger::{LedgerError, procedures};

use crate::problem::Problem;
use crate::records::{KeptProcedure, NewProcedure};

pub(super) fn kept(row: procedures::Procedure) -> KeptProcedure {
    KeptProcedure {
        sha256: row.sha256,
        draft_sha256: row.draft_sha256,
        text: row.text,
        note: row.note,
        by: row.entered_by,
        at: row.entered,
    }
}

pub(super) fn new(new: NewProcedure) -> procedures::NewProcedure {
    procedures::NewProcedure {
        id: new.id,
        version: new.version,
        text: new.text,
        note: new.note,
    }
}

/// Own work is not a conclusion here.
pub(super) fn refused(error: LedgerError) -> Problem {
    match error {
        LedgerError::OwnWork => Problem::new(
            StatusCode::FORBIDDEN,
            "own-work",
            "A draft is approved by someone other than the person who entered it.",
            "不能批准本人录入的规程，须由他人批准。",
        ),
        other => super::refused(other),
    }
}
