//! The outbox: what happened, in order, for relays that tell others of it (pages, messages, other systems).
//!
//! An entry is written in the transaction of its change. A relay reads from where its cursor stands, delivers, and moves
//! the cursor; after a crash in between it delivers again, so receivers drop what they know by the entry's id.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::body::Body;
use crate::database::{Row, Transaction, sql};
use crate::row::Kept;
use crate::word::words;
use crate::{Ledger, LedgerError, OutboxId, SiteId};

/// Of the bodies that this program writes.
pub const FORMAT: u32 = 1;

/// What an entry tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `{run, instrument, kind, verdict}`
    RunConcluded,
    /// `{run, instrument, state, verdict}`
    RunReviewed,
    /// `{instrument, device}`
    InstrumentRegistered,
    /// `{instrument, device}`
    InstrumentChanged,
    /// `{instrument, status, next_check_on}`
    InstrumentStatus,
    /// `{plan, instrument, kind, due_on}`
    PlanMade,
    /// `{plan, instrument, state}`
    PlanClosed,
    /// `{estimate, instrument, suspects}`
    EstimateMade,
    /// `{job, kind, state, attempt, cancelling}`
    JobState,
}

words!(Topic {
    RunConcluded = "run.concluded",
    RunReviewed = "run.reviewed",
    InstrumentRegistered = "instrument.registered",
    InstrumentChanged = "instrument.changed",
    InstrumentStatus = "instrument.status",
    PlanMade = "plan.made",
    PlanClosed = "plan.closed",
    EstimateMade = "estimate.made",
    JobState = "job.state",
});

#[derive(Clone, Debug)]
pub struct OutboxEntry {
    pub id: OutboxId,
    pub at: Timestamp,
    pub topic: Topic,
    /// Whose it is to see.
    pub site_id: Option<SiteId>,
    pub body: Body,
}

/// An entry that a relay went past.
#[derive(Clone, Debug)]
pub struct RefusedEntry {
    pub entry: OutboxId,
    pub at: Timestamp,
    pub error: String,
}

impl OutboxEntry {
    /// # Errors
    /// `unreadable-record`, naming the entry, for another format or content.
    pub fn read<T: DeserializeOwned>(&self, format: u32) -> Result<T, LedgerError> {
        self.body
            .content(format)
            .map_err(|reason| LedgerError::unreadable("outbox", self.id, "body", self.body.json(), reason))
    }
}

fn entry_of(row: &Row) -> Result<OutboxEntry, LedgerError> {
    let row = Kept::of("outbox", row);
    Ok(OutboxEntry {
        id: row.get("id")?,
        at: row.get("at_us")?,
        topic: row.get("topic")?,
        site_id: row.get("site_id")?,
        body: row.get("body")?,
    })
}

/// Writes an entry inside the transaction of the change itself.
pub(crate) async fn tell(
    transaction: &mut Transaction,
    topic: Topic,
    site: Option<SiteId>,
    content: &impl Serialize,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sql("INSERT INTO outbox (at_us, topic, site_id, body) VALUES ($1, $2, $3, $4)")
        .bind(now)
        .bind(topic)
        .bind(site)
        .bind(Body::new(FORMAT, content)?)
        .run(transaction)
        .await?;
    Ok(())
}

impl Ledger {
    /// The next entries for a relay, in order; each with its id even where it cannot be read.
    pub async fn outbox(
        &self,
        consumer: &str,
        limit: u32,
    ) -> Result<Vec<(OutboxId, Result<OutboxEntry, LedgerError>)>, LedgerError> {
        let rows = sql(
            "SELECT * FROM outbox WHERE id > coalesce((SELECT position FROM outbox_cursor WHERE consumer = $1), 0)
             ORDER BY id LIMIT $2",
        )
        .bind(consumer)
        .bind(limit)
        .all(&self.database)
        .await?;
        rows.iter()
            .map(|row| Ok((Kept::of("outbox", row).get("id")?, entry_of(row))))
            .collect()
    }

    /// The relay has delivered everything up to and with this entry. A cursor never goes back.
    pub async fn delivered(&self, consumer: &str, through: OutboxId) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        move_cursor(&mut transaction, consumer, through).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The relay cannot deliver this entry and goes past it, so that the ones behind it are not held up.
    pub async fn go_past(
        &self,
        consumer: &str,
        entry: OutboxId,
        error: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sql(
            "INSERT INTO outbox_refused (consumer, entry, at_us, error) VALUES ($1, $2, $3, $4)
             ON CONFLICT (consumer, entry) DO NOTHING",
        )
        .bind(consumer)
        .bind(entry)
        .bind(now)
        .bind(error)
        .run(&mut transaction)
        .await?;
        move_cursor(&mut transaction, consumer, entry).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What a relay went past, newest first.
    pub async fn gone_past(&self, consumer: &str, limit: u32) -> Result<Vec<RefusedEntry>, LedgerError> {
        let rows = sql("SELECT * FROM outbox_refused WHERE consumer = $1 ORDER BY entry DESC LIMIT $2")
            .bind(consumer)
            .bind(limit)
            .all(&self.database)
            .await?;
        let refused = |row| {
            let row = Kept::by("outbox_refused", "entry", row);
            Ok(RefusedEntry {
                entry: row.get("entry")?,
                at: row.get("at_us")?,
                error: row.get("error")?,
            })
        };
        rows.iter().map(refused).collect()
    }
}

async fn move_cursor(
    transaction: &mut Transaction,
    consumer: &str,
    through: OutboxId,
) -> Result<(), LedgerError> {
    sql("INSERT INTO outbox_cursor (consumer, position) VALUES ($1, $2)
         ON CONFLICT (consumer) DO UPDATE SET position = excluded.position
         WHERE excluded.position > outbox_cursor.position")
    .bind(consumer)
    .bind(through)
    .run(transaction)
    .await?;
    Ok(())
}
