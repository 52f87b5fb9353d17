//! The audit trail: append-only, each entry chained to the one before by SHA-256 over its canonical bytes (RFC 8785).

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::database::{Bind, Row, Transaction, sql};
use crate::row::Kept;
use crate::{Actor, EntryId, InstrumentId, Ledger, LedgerError, Page, Rule, SiteId};

/// One entry, as written.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    pub id: EntryId,
    pub at: Timestamp,
    pub who: String,
    pub action: String,
    /// e.g. `instrument/7`, `run/3`
    pub object: String,
    pub site_id: Option<SiteId>,
    pub detail: String,
    /// JSON texts.
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What a change says of itself.
pub(crate) struct Change<'a> {
    pub at: Timestamp,
    pub who: &'a str,
    pub action: &'a str,
    pub object: String,
    pub site_id: Option<SiteId>,
    pub detail: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// The first entry that does not fit, if any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditCheck {
    Whole { entries: u64, head: String },
    Broken { entry: EntryId, reason: String },
}

/// The instrument's own entries, and those of what it was part of.
const OF_INSTRUMENT: &str = "object IN (SELECT 'instrument/' || CAST($1 AS TEXT)
     UNION ALL SELECT 'run/' || id FROM run WHERE $1 IN (instrument_id, reference_id)
     UNION ALL SELECT 'plan/' || id FROM plan WHERE $1 IN (instrument_id, reference_id)
     UNION ALL SELECT 'estimate/' || id FROM error_estimate WHERE master_id = $1)";

/// What the first entry is chained to.
const GENESIS: &str = "henglian audit";
/// Of the entries that this program writes.
const FORMAT: i64 = 1;
/// Entries that a check holds in memory.
const CHECKED_AT_ONCE: i64 = 1000;

/// What is hashed.
#[derive(Serialize)]
struct Chained<'a> {
    format: i64,
    previous: &'a str,
    #[serde(flatten)]
    entry: &'a AuditEntry,
}

fn hash_of(previous: &str, entry: &AuditEntry) -> String {
    let chained = Chained {
        format: FORMAT,
        previous,
        entry,
    };
    let canonical = serde_json_canonicalizer::to_vec(&chained).expect("an entry is plain data");
    hex::encode(Sha256::digest(canonical))
}

fn entry_of(row: &Row) -> Result<AuditEntry, LedgerError> {
    let row = Kept::of("audit", row);
    let format: i64 = row.get("format")?;
    if format != FORMAT {
        let reason = "this program knows format 1; a later one may know it";
        return Err(row.unreadable("format", format.to_string(), reason));
    }
    Ok(AuditEntry {
        id: row.get("id")?,
        at: row.get("at_us")?,
        who: row.get("who")?,
        action: row.get("action")?,
        object: row.get("object")?,
        site_id: row.get("site_id")?,
        detail: row.get("detail")?,
        before: row.get("before")?,
        after: row.get("after")?,
    })
}

/// Whole microseconds: what is stored, and therefore what is hashed.
fn stored(at: Timestamp) -> Result<Timestamp, LedgerError> {
    Timestamp::from_microsecond(at.as_microsecond())
        .map_err(|error| LedgerError::invalid("at", Rule::Time(error.to_string())))
}

/// Appends inside the transaction of the change itself.
pub(crate) async fn append(connection: &mut Transaction, change: Change<'_>) -> Result<(), LedgerError> {
    let last = sql("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
        .optional(&mut *connection)
        .await?;
    let (id, previous): (i64, String) = match &last {
        None => (0, GENESIS.to_owned()),
        Some(row) => {
            let row = Kept::of("audit", row);
            (row.get("id")?, row.get("hash")?)
        }
    };
    let entry = AuditEntry {
        id: (id + 1).into(),
        at: stored(change.at)?,
        who: change.who.to_owned(),
        action: change.action.to_owned(),
        object: change.object,
        site_id: change.site_id,
        detail: change.detail,
        before: change.before,
        after: change.after,
    };
    sql(
        "INSERT INTO audit (id, format, at_us, who, action, object, site_id, detail, before, after, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(entry.id)
    .bind(FORMAT)
    .bind(entry.at)
    .bind(&entry.who)
    .bind(&entry.action)
    .bind(&entry.object)
    .bind(entry.site_id)
    .bind(&entry.detail)
    .bind(&entry.before)
    .bind(&entry.after)
    .bind(&previous)
    .bind(hash_of(&previous, &entry))
    .run(&mut *connection)
    .await?;
    Ok(())
}

impl Ledger {
    /// A page of the entries that `what` picks by `$1`, newest first, and how many there are.
    async fn entries(
        &self,
        actor: &Actor,
        what: &str,
        by: impl Bind + Copy,
        page: Page,
    ) -> Result<(Vec<AuditEntry>, u64), LedgerError> {
        let select = |columns: &str, rest: &str| {
            sql(&format!(
                "SELECT {columns} FROM audit WHERE {{seen}} AND {what} {rest}"
            ))
            .bind(by)
        };
        let rows = select("*", "ORDER BY id DESC LIMIT $2 OFFSET $3")
            .bind(page.limit)
            .bind(page.offset)
            .at_times(actor, "site_id", "at_us")
            .all(&self.database)
            .await?;
        let total: i64 = select("COUNT(*)", "")
            .at_times(actor, "site_id", "at_us")
            .value(&self.database)
            .await?;
        let rows = rows.iter().map(entry_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    /// Entries, newest first, at the actor's sites and from the periods that he sees there.
    pub async fn audit(
        &self,
        actor: &Actor,
        object: Option<&str>,
        page: Page,
    ) -> Result<(Vec<AuditEntry>, u64), LedgerError> {
        self.entries(actor, "($1 IS NULL OR object = $1)", object, page)
            .await
    }

    /// What happened to an instrument, newest first: its own entries, and those of the plans and runs that it was part of
    /// and of the estimates behind it.
    pub async fn audit_of_instrument(
        &self,
        actor: &Actor,
        id: InstrumentId,
        page: Page,
    ) -> Result<(Vec<AuditEntry>, u64), LedgerError> {
        self.instrument(actor, id).await?;
        self.entries(actor, OF_INSTRUMENT, id, page).await
    }

    /// Walks the chain. A cut-off tail shows only against a head that was noted elsewhere: compare `head`.
    pub async fn verify_audit(&self) -> Result<AuditCheck, LedgerError> {
        let mut head = GENESIS.to_owned();
        let mut entries: i64 = 0;
        loop {
            let rows = sql("SELECT * FROM audit WHERE id > $1 ORDER BY id LIMIT $2")
                .bind(entries)
                .bind(CHECKED_AT_ONCE)
                .all(&self.database)
                .await?;
            if rows.is_empty() {
                return Ok(AuditCheck::Whole {
                    entries: entries.cast_unsigned(),
                    head,
                });
            }
            for row in &rows {
                entries += 1;
                match follows(row, entries.into(), &head) {
                    Ok(hash) => head = hash,
                    Err((entry, reason)) => return Ok(AuditCheck::Broken { entry, reason }),
                }
            }
        }
    }
}

/// The hash of the entry in this place if it follows on `head`; else the entry that does not, and why.
fn follows(row: &Row, place: EntryId, head: &str) -> Result<String, (EntryId, String)> {
    let kept = Kept::of("audit", row);
    let read = || -> Result<(AuditEntry, String, String), LedgerError> {
        Ok((entry_of(row)?, kept.get("previous")?, kept.get("hash")?))
    };
    // Where it stands, since its own number may be what cannot be read; the reason names the row.
    let (entry, previous, noted) = read().map_err(|error| (place, error.to_string()))?;
    let broken = |reason: &str| Err((entry.id, reason.to_owned()));
    if entry.id != place {
        return broken("an entry before this one is missing");
    }
    if previous != head {
        return broken("it is not chained to the entry before");
    }
    let hash = hash_of(head, &entry);
    if noted != hash {
        return broken("its content was changed");
    }
    Ok(hash)
}
