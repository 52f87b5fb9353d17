//! Procedures as texts: entered as drafts, approved by an administrator, never changed.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::accounts::{Role, demand_one_of, demand_role};
use crate::audit::{Change, append};
use crate::database::{Row, sql};
use crate::row::Kept;
use crate::word::words;
use crate::{Actor, Ledger, LedgerError, Rule};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProcedureState {
    Draft,
    Approved,
}

words!(ProcedureState {
    Draft = "draft",
    Approved = "approved",
});

/// Who may enter a draft.
const WRITERS: [Role; 2] = [Role::Operator, Role::Administrator];

const LONGEST_NOTE: usize = 500;

/// A procedure that the engine has read and found whole.
#[derive(Clone, Debug)]
pub struct NewProcedure {
    pub id: String,
    pub version: u32,
    pub text: String,
    pub note: String,
}

/// One text.
#[derive(Clone, Debug)]
pub struct Procedure {
    pub id: String,
    pub version: u32,
    pub state: ProcedureState,
    pub sha256: String,
    /// Of an approved one, the digest of its draft.
    pub draft_sha256: Option<String>,
    pub text: String,
    pub note: String,
    pub entered_by: String,
    pub entered: Timestamp,
}

fn procedure_of(row: &Row) -> Result<Procedure, LedgerError> {
    let row = Kept::by("procedure", "entry", row);
    let found = Procedure {
        id: row.get("id")?,
        version: row.get("version")?,
        state: row.get("state")?,
        sha256: row.get("sha256")?,
        draft_sha256: row.get("draft_sha256")?,
        text: row.get("text")?,
        note: row.get("note")?,
        entered_by: row.get("entered_by")?,
        entered: row.get("entered_us")?,
    };
    let digest = hex::encode(Sha256::digest(&found.text));
    if digest != found.sha256 {
        let reason = format!("sha256 says {}", found.sha256);
        return Err(row.unreadable("text", format!("a text with the SHA-256 {digest}"), reason));
    }
    Ok(found)
}

impl Ledger {
    /// Every text that was entered or approved here, oldest first.
    pub async fn procedures(&self) -> Result<Vec<Procedure>, LedgerError> {
        let rows = sql("SELECT * FROM procedure ORDER BY entry")
            .all(&self.database)
            .await?;
        rows.iter().map(procedure_of).collect()
    }

    /// Keeps a draft.
    ///
    /// # Errors
    /// `not-permitted`; `invalid-field` for a version that stands already, or a note that is too long.
    pub async fn enter_procedure(
        &self,
        actor: &Actor,
        new: &NewProcedure,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.keep_procedure(actor, new, None, now).await
    }

    /// Keeps the approved text of a draft that somebody else entered, or that ships with the engine.
    ///
    /// # Errors
    /// `not-permitted`, `own-work`, `invalid-field`.
    pub async fn approve_procedure(
        &self,
        actor: &Actor,
        new: &NewProcedure,
        draft_sha256: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        self.keep_procedure(actor, new, Some(draft_sha256), now).await
    }

    async fn keep_procedure(
        &self,
        actor: &Actor,
        new: &NewProcedure,
        draft: Option<&str>,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        if new.note.chars().count() > LONGEST_NOTE {
            return Err(LedgerError::invalid("note", Rule::AtMost(LONGEST_NOTE)));
        }
        let sha256 = hex::encode(Sha256::digest(&new.text));
        let mut transaction = self.begin().await?;
        let (state, action) = match draft {
            None => (ProcedureState::Draft, "procedure.entered"),
            Some(_) => (ProcedureState::Approved, "procedure.approved"),
        };
        match draft {
            None => demand_one_of(&mut transaction, actor, &WRITERS).await?,
            Some(_) => demand_role(&mut transaction, actor, Role::Administrator).await?,
        }
        let own = sql("SELECT 1 FROM procedure WHERE sha256 = $1 AND entered_by = $2")
            .bind(draft)
            .bind(&actor.login)
            .optional(&mut transaction)
            .await?;
        if own.is_some() {
            return Err(LedgerError::OwnWork);
        }
        let stands = sql(
            "SELECT 1 FROM procedure WHERE sha256 = $1 OR (state = 'draft' AND $4 = 'draft' AND id = $2 AND version = $3)",
        )
        .bind(&sha256)
        .bind(&new.id)
        .bind(new.version)
        .bind(state)
        .optional(&mut transaction)
        .await?;
        if stands.is_some() {
            return Err(LedgerError::invalid("version", Rule::NewVersion));
        }
        sql(
            "INSERT INTO procedure (id, version, state, sha256, draft_sha256, text, note, entered_by, entered_us)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&new.id)
        .bind(new.version)
        .bind(state)
        .bind(&sha256)
        .bind(draft)
        .bind(&new.text)
        .bind(&new.note)
        .bind(&actor.login)
        .bind(now)
        .run(&mut transaction)
        .await?;
        let change = Change {
            at: now,
            who: &actor.login,
            action,
            object: format!("procedure/{}", new.id),
            site_id: None,
            detail: format!("version {} sha256 {sha256} {}", new.version, new.note)
                .trim()
                .to_owned(),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(())
    }
}
