//! Rows of the ledger as the wire shows them, and back.

use ledger::{LedgerError, Page, Word, audit, instruments, plans, runs};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::refused;
use crate::audit::wire::{AuditEntry, AuditPage};
use crate::instrument::wire::{Instrument, InstrumentDraft, InstrumentStatus};
use crate::plan::wire::{DueItem, Plan, PlanClosed};
use crate::problem::{Answer, Problem};
use crate::records::PageOf;
use crate::run::wire::{InstrumentRef, RunSummary, WindowCard};

/// Characters of a text that an error quotes.
const LONGEST_SHOWN: usize = 80;

/// Words are the same on the wire and in the ledger.
pub(super) fn named<T: DeserializeOwned>(word: impl Word) -> Answer<T> {
    serde_json::from_value(serde_json::Value::String(word.word().to_owned()))
        .map_err(|error| Problem::internal(&error))
}

pub(super) fn word_of<W: Word>(value: impl Serialize) -> W {
    let name = serde_json::to_value(value).ok();
    let word = name
        .as_ref()
        .and_then(|name| name.as_str())
        .and_then(W::from_word);
    word.expect("every name on the wire is a word of the ledger")
}

/// A text of the ledger that this program does not write like that.
pub(super) fn unreadable(
    table: &'static str,
    id: impl ToString,
    column: &str,
    found: &str,
    error: &serde_json::Error,
) -> LedgerError {
    LedgerError::Unreadable {
        table,
        id: id.to_string(),
        column: column.to_owned(),
        found: found.chars().take(LONGEST_SHOWN).collect(),
        reason: error.to_string(),
    }
}

pub(super) fn bounds(page: PageOf) -> Page {
    Page {
        offset: page.number.saturating_sub(1).saturating_mul(page.rows),
        limit: page.rows,
    }
}

pub(super) fn instrument(row: instruments::Instrument) -> Answer<Instrument> {
    registered(row).map_err(refused)
}

/// As [`instrument`], for whoever says himself what follows from a row that cannot be read.
pub(super) fn registered(row: instruments::Instrument) -> Result<Instrument, LedgerError> {
    let configuration = &row.configuration;
    let draft = serde_json::from_str(configuration)
        .map_err(|error| unreadable("instrument", row.id, "configuration", configuration, &error))?;
    Ok(Instrument {
        id: row.id.into(),
        version: row.version,
        status: match row.status {
            instruments::InstrumentStatus::Normal => InstrumentStatus::Normal,
            instruments::InstrumentStatus::ToCheck => InstrumentStatus::ToCheck,
            instruments::InstrumentStatus::ToSend => InstrumentStatus::ToSend,
            instruments::InstrumentStatus::Stopped => InstrumentStatus::Stopped,
        },
        next_check_on: row.next_check_on,
        created_at: row.created,
        draft,
    })
}

pub(super) fn configured(draft: InstrumentDraft) -> Answer<instruments::InstrumentDraft> {
    let configuration = serde_json::to_string(&draft).map_err(|error| Problem::internal(&error))?;
    let InstrumentDraft {
        site_id,
        collector,
        device,
        name,
        serial,
        master_id,
        ..
    } = draft;
    Ok(instruments::InstrumentDraft {
        site_id: site_id.into(),
        collector,
        device,
        name,
        serial,
        master_id: master_id.map(Into::into),
        configuration,
    })
}

pub(super) fn plan(row: plans::Plan) -> Answer<Plan> {
    Ok(Plan {
        id: row.id.into(),
        kind: named(row.kind)?,
        instrument: reference(row.instrument),
        reference: row.reference.map(reference),
        due_on: row.due_on,
        note: row.note,
        made_by: row.made_by,
        made_at: row.made,
        state: named(row.state)?,
        closed: row.closed.map(|closed| PlanClosed {
            by: closed.by,
            at: closed.at,
            run_id: closed.run_id.map(Into::into),
            note: closed.note,
        }),
        version: row.version,
    })
}

pub(super) fn due(row: plans::Due) -> Answer<DueItem> {
    Ok(DueItem {
        instrument: reference(row.instrument),
        kind: row.kind.map(named).transpose()?,
        due_on: row.due_on,
        overdue: row.overdue,
        plan: row.plan.map(plan).transpose()?,
        after_run: row.after_run.map(Into::into),
    })
}

pub(super) fn reference(named: instruments::InstrumentRef) -> InstrumentRef {
    InstrumentRef {
        id: named.id.into(),
        device: named.device,
        name: named.name,
    }
}

pub(super) fn summary(row: &runs::Run) -> Answer<RunSummary> {
    Ok(RunSummary {
        id: row.id.into(),
        kind: named(row.kind)?,
        instrument: reference(row.instrument.clone()),
        reference: row.reference.clone().map(reference),
        window: WindowCard {
            from: row.window.from,
            to: row.window.to,
        },
        state: named(row.state)?,
        verdict: named(row.verdict)?,
        operator: row.operator.clone(),
        created_at: row.created,
        version: row.version,
    })
}

pub(super) fn trail((rows, total): (Vec<audit::AuditEntry>, u64)) -> Result<AuditPage, LedgerError> {
    let entry = |entry: audit::AuditEntry| -> Result<_, LedgerError> {
        let json = |column, text: Option<String>| {
            let parse = |text: String| {
                serde_json::from_str(&text)
                    .map_err(|error| unreadable("audit", entry.id, column, &text, &error))
            };
            text.map(parse).transpose()
        };
        Ok(AuditEntry {
            id: entry.id.into(),
            at: entry.at,
            who: entry.who,
            action: entry.action,
            object: entry.object,
            detail: entry.detail,
            before: json("before", entry.before)?,
            after: json("after", entry.after)?,
        })
    };
    Ok(AuditPage {
        rows: rows.into_iter().map(entry).collect::<Result<_, _>>()?,
        total,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(before: Option<&str>, after: Option<&str>) -> audit::AuditEntry {
        audit::AuditEntry {
            id: 7.into(),
            at: jiff::Timestamp::UNIX_EPOCH,
            who: "li".to_owned(),
            action: "change".to_owned(),
            object: "instrument/1".to_owned(),
            site_id: None,
            detail: String::new(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        }
    }

    #[test]
    fn what_an_audit_entry_says_and_nobody_can_read_is_named() {
        let sound = trail((vec![entry(None, Some("{\"a\":\"1.10\"}"))], 1)).unwrap();
        assert_eq!(sound.rows[0].after, Some(serde_json::json!({"a": "1.10"})));
        for (torn, column) in [
            (entry(Some("{\"a\":"), Some("{}")), "before"),
            (entry(Some("{}"), Some("broken")), "after"),
        ] {
            match trail((vec![torn], 1)).unwrap_err() {
                LedgerError::Unreadable {
                    table,
                    id,
                    column: named,
                    ..
                } => assert_eq!((table, id.as_str(), named.as_str()), ("audit", "7", column)),
                other => panic!("{other}"),
            }
        }
    }
}
