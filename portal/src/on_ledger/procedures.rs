//! Procedures on their way to and from the ledger.

use ledger::{LedgerError, procedures};

use crate::problem::Problem;
use crate::records::{KeptProcedure, NewProcedure};
use crate::refusal;

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
        LedgerError::OwnWork => refusal::procedure::own_draft(),
        other => super::refused(other),
    }
}
