//! Entries of the audit trail.

use jiff::Timestamp;
use ledger::{LedgerError, SiteId, audit};
use serde::Serialize;
use utoipa::ToSchema;

use crate::session::wire::{People, Person};

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    pub id: i64,
    /// Where it happened.
    #[schema(value_type = Option<i64>)]
    pub site_id: Option<SiteId>,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub who: Person,
    pub action: String,
    pub object: String,
    pub detail: String,
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AuditPage {
    pub rows: Vec<AuditEntry>,
    pub total: u64,
}

impl AuditPage {
    /// # Errors
    /// `unreadable-record` for a before or after that is no JSON.
    pub(crate) fn new(
        (rows, total): (Vec<audit::AuditEntry>, u64),
        people: &People,
    ) -> Result<Self, LedgerError> {
        Ok(Self {
            rows: rows
                .into_iter()
                .map(|kept| entry(kept, people))
                .collect::<Result<_, _>>()?,
            total,
        })
    }
}

fn entry(kept: audit::AuditEntry, people: &People) -> Result<AuditEntry, LedgerError> {
    let json = |column: &str, text: Option<String>| {
        text.map(|text| {
            serde_json::from_str(&text)
                .map_err(|error| LedgerError::unreadable("audit", kept.id, column, &text, error))
        })
        .transpose()
    };
    Ok(AuditEntry {
        id: kept.id.into(),
        site_id: kept.site_id,
        at: kept.at,
        action: kept.action,
        object: kept.object,
        detail: kept.detail,
        before: json("before", kept.before)?,
        after: json("after", kept.after)?,
        who: people.person(kept.who),
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
        let nobody = People(Default::default());
        let sound = AuditPage::new((vec![entry(None, Some("{\"a\":\"1.10\"}"))], 1), &nobody).unwrap();
        assert_eq!(sound.rows[0].after, Some(serde_json::json!({"a": "1.10"})));
        for (torn, column) in [
            (entry(Some("{\"a\":"), Some("{}")), "before"),
            (entry(Some("{}"), Some("broken")), "after"),
        ] {
            match AuditPage::new((vec![torn], 1), &nobody).unwrap_err() {
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
