//! The audit trail: append-only, each entry chained to the one before by SHA-256.

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::row::Kept;
use crate::{Actor, InstrumentId, Ledger, LedgerError, Page, Rule, SiteId};

/// One entry, as written.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    pub id: i64,
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
    Broken { entry: i64, reason: String },
}

const GENESIS: &str = "henglian audit 1";

fn hash_of(previous: &str, entry: &AuditEntry) -> String {
    let canonical = serde_json::to_string(entry).expect("an entry is plain data");
    hex::encode(Sha256::digest(format!("{previous}\n{canonical}").as_bytes()))
}

fn entry_of(row: &SqliteRow) -> Result<AuditEntry, LedgerError> {
    let row = Kept::of("audit", row);
    Ok(AuditEntry {
        id: row.get("id")?,
        at: row.time("at_us")?,
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
pub(crate) async fn append(connection: &mut SqliteConnection, change: Change<'_>) -> Result<(), LedgerError> {
    let last = sqlx::query("SELECT id, hash FROM audit ORDER BY id DESC LIMIT 1")
        .fetch_optional(&mut *connection)
        .await?;
    let (id, previous): (i64, String) = match &last {
        None => (0, GENESIS.to_owned()),
        Some(row) => {
            let row = Kept::of("audit", row);
            (row.get("id")?, row.get("hash")?)
        }
    };
    let entry = AuditEntry {
        id: id + 1,
        at: stored(change.at)?,
        who: change.who.to_owned(),
        action: change.action.to_owned(),
        object: change.object,
        site_id: change.site_id,
        detail: change.detail,
        before: change.before,
        after: change.after,
    };
    sqlx::query(
        "INSERT INTO audit (id, at_us, who, action, object, site_id, detail, before, after, previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )
    .bind(entry.id)
    .bind(entry.at.as_microsecond())
    .bind(&entry.who)
    .bind(&entry.action)
    .bind(&entry.object)
    .bind(entry.site_id)
    .bind(&entry.detail)
    .bind(&entry.before)
    .bind(&entry.after)
    .bind(&previous)
    .bind(hash_of(&previous, &entry))
    .execute(&mut *connection)
    .await?;
    Ok(())
}

/// A page of the entries that `$what` names (`?2`), at the sites and from the periods that the actor sees (`?1`).
macro_rules! entries {
    ($columns:literal, $what:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM audit WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM json_each(?1)
                 WHERE value ->> 0 = site_id AND at_us >= value ->> 1 AND at_us < value ->> 2))
              AND ",
            $what,
            $rest
        )
    };
}

macro_rules! page_of {
    ($ledger:expr, $actor:expr, $what:literal, $named:expr, $page:expr) => {{
        let sites = $actor.sites_json();
        let rows = sqlx::query(entries!("*", $what, " ORDER BY id DESC LIMIT ?3 OFFSET ?4"))
            .bind(&sites)
            .bind($named)
            .bind($page.limit)
            .bind($page.offset)
            .fetch_all(&$ledger.readers)
            .await?;
        let total: i64 = sqlx::query(entries!("COUNT(*)", $what, ""))
            .bind(&sites)
            .bind($named)
            .fetch_one(&$ledger.readers)
            .await?
            .get(0);
        let rows = rows.iter().map(entry_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }};
}

impl Ledger {
    /// Entries, newest first, at the actor's sites and from the periods that he sees there.
    pub async fn audit(
        &self,
        actor: &Actor,
        object: Option<&str>,
        page: Page,
    ) -> Result<(Vec<AuditEntry>, u64), LedgerError> {
        page_of!(self, actor, "(?2 IS NULL OR object = ?2)", object, page)
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
        page_of!(
            self,
            actor,
            "object IN (SELECT 'instrument/' || ?2
                 UNION ALL SELECT 'run/' || id FROM run WHERE ?2 IN (instrument_id, reference_id)
                 UNION ALL SELECT 'plan/' || id FROM plan WHERE ?2 IN (instrument_id, reference_id)
                 UNION ALL SELECT 'estimate/' || id FROM error_estimate WHERE master_id = ?2)",
            id,
            page
        )
    }

    /// Walks the chain. A cut-off tail shows only against a head that was noted elsewhere: compare `head`.
    pub async fn verify_audit(&self) -> Result<AuditCheck, LedgerError> {
        let rows = sqlx::query("SELECT * FROM audit ORDER BY id")
            .fetch_all(&self.readers)
            .await?;
        let mut previous = GENESIS.to_owned();
        for (row, place) in rows.iter().zip(1..) {
            let kept = Kept::of("audit", row);
            let read = || Ok((entry_of(row)?, kept.get("previous")?, kept.get("hash")?));
            let (entry, chained_to, noted): (AuditEntry, String, String) = match read() {
                Ok(read) => read,
                // Where it stands, since its own number may be what cannot be read; the reason names the row.
                Err(unreadable @ LedgerError::Unreadable { .. }) => {
                    let reason = unreadable.to_string();
                    return Ok(AuditCheck::Broken { entry: place, reason });
                }
                Err(other) => return Err(other),
            };
            let broken = |reason: &str| AuditCheck::Broken {
                entry: entry.id,
                reason: reason.to_owned(),
            };
            if entry.id != place {
                return Ok(broken("an entry before this one is missing"));
            }
            if chained_to != previous {
                return Ok(broken("it is not chained to the entry before"));
            }
            let hash = hash_of(&previous, &entry);
            if noted != hash {
                return Ok(broken("its content was changed"));
            }
            previous = hash;
        }
        Ok(AuditCheck::Whole {
            entries: rows.len() as u64,
            head: previous,
        })
    }
}
