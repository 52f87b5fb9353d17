//! Estimates of the errors behind a master: append-only suspicions.
//!
//! **Architecture invariant:** nothing else in the ledger changes by an estimate; what follows from it, a person plans.

use devices::Window;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::accounts::{Role, demand_one_of};
use crate::audit::{Change, append};
use crate::instruments::InstrumentRef;
use crate::row::Kept;
use crate::{Actor, EstimateId, InstrumentId, Ledger, LedgerError, Page, Rule, SiteId};

/// Who may make one.
const MAKERS: [Role; 3] = [Role::Operator, Role::Enterprise, Role::Administrator];

/// What was estimated; it is frozen from then on.
#[derive(Clone, Debug)]
pub struct NewEstimate {
    pub master_id: InstrumentId,
    pub window: Window,
    pub meters: u32,
    pub suspects: u32,
    pub engine: String,
    /// SHA-256 of the body in lower-case hexadecimal.
    pub body_sha256: String,
    /// Canonical JSON.
    pub body: String,
}

/// An estimate without its body.
#[derive(Clone, Debug)]
pub struct Estimate {
    pub id: EstimateId,
    pub master: InstrumentRef,
    pub site_id: SiteId,
    pub window: Window,
    pub meters: u32,
    pub suspects: u32,
    pub engine: String,
    pub body_sha256: String,
    /// Login, or `system`.
    pub made_by: String,
    pub made: Timestamp,
}

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "estimate" };

fn estimate_of(row: &SqliteRow) -> Result<Estimate, LedgerError> {
    let row = Kept::of("error_estimate", row);
    Ok(Estimate {
        id: row.get("id")?,
        master: InstrumentRef {
            id: row.get("master_id")?,
            device: row.get("device")?,
            name: row.get("name")?,
        },
        site_id: row.get("site_id")?,
        window: row.window("from_us", "to_us")?,
        meters: row.get("meters")?,
        suspects: row.get("suspects")?,
        engine: row.get("engine")?,
        body_sha256: row.get("body_sha256")?,
        made_by: row.get("made_by")?,
        made: row.time("made_us")?,
    })
}

/// Estimates with their masters; the bodies stay where they are until asked for.
macro_rules! estimates {
    ($columns:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM error_estimate AS estimate JOIN instrument AS master ON master.id = estimate.master_id ",
            $rest
        )
    };
}

impl Ledger {
    /// Estimates at the actor's sites over windows that were granted in full, newest first.
    pub async fn estimates(
        &self,
        actor: &Actor,
        master: Option<InstrumentId>,
        page: Page,
    ) -> Result<(Vec<Estimate>, u64), LedgerError> {
        let sites = actor.sites_json();
        let rows = sqlx::query(estimates!(
            "estimate.id, estimate.master_id, from_us, to_us, meters, suspects, engine, body_sha256, made_by, made_us,
             site_id, device, name",
            "WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM json_each(?1)
                 WHERE value ->> 0 = master.site_id AND from_us >= value ->> 1 AND to_us <= value ->> 2))
             AND (?2 IS NULL OR estimate.master_id = ?2) ORDER BY estimate.id DESC LIMIT ?3 OFFSET ?4"
        ))
        .bind(&sites)
        .bind(master)
        .bind(page.limit)
        .bind(page.offset)
        .fetch_all(&self.readers)
        .await?;
        let total: i64 = sqlx::query(estimates!(
            "COUNT(*)",
            "WHERE (?1 IS NULL OR EXISTS (SELECT 1 FROM json_each(?1)
                 WHERE value ->> 0 = master.site_id AND from_us >= value ->> 1 AND to_us <= value ->> 2))
             AND (?2 IS NULL OR estimate.master_id = ?2)"
        ))
        .bind(&sites)
        .bind(master)
        .fetch_one(&self.readers)
        .await?
        .get(0);
        let rows = rows.iter().map(estimate_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    /// One estimate with its body, as it was frozen.
    ///
    /// # Errors
    /// `not-found`; `unreadable-record` for a body that its digest does not fit any more.
    pub async fn estimate(&self, actor: &Actor, id: EstimateId) -> Result<(Estimate, String), LedgerError> {
        let row = sqlx::query(estimates!(
            "estimate.*, site_id, device, name",
            "WHERE estimate.id = ?1"
        ))
        .bind(id)
        .fetch_optional(&self.readers)
        .await?;
        let row = row.ok_or(NOT_FOUND)?;
        let found = estimate_of(&row)?;
        if !actor.covers(found.site_id, found.window) {
            return Err(NOT_FOUND);
        }
        let kept = Kept::of("error_estimate", &row);
        let body: String = kept.get("body")?;
        let digest = hex::encode(Sha256::digest(&body));
        if digest != found.body_sha256 {
            let reason = format!("body_sha256 says {}", found.body_sha256);
            let shown = format!("{} bytes with the SHA-256 {digest}", body.len());
            return Err(kept.unreadable("body", shown, reason));
        }
        Ok((found, body))
    }

    /// Keeps what was estimated; `None` is the hourly job. Nothing about any instrument changes.
    ///
    /// # Errors
    /// `not-found` for a master or period out of sight, `not-permitted`, `invalid-field` for a wrong digest.
    pub async fn record_estimate(
        &self,
        by: Option<&Actor>,
        new: &NewEstimate,
        now: Timestamp,
    ) -> Result<EstimateId, LedgerError> {
        if hex::encode(Sha256::digest(&new.body)) != new.body_sha256 {
            return Err(LedgerError::invalid("body_sha256", Rule::Digest));
        }
        let mut transaction = self.begin().await?;
        let master = sqlx::query("SELECT id, site_id, device FROM instrument WHERE id = ?1")
            .bind(new.master_id)
            .fetch_optional(&mut *transaction)
            .await?
            .filter(|row| by.is_none_or(|actor| actor.covers(row.get("site_id"), new.window)))
            .ok_or(LedgerError::NotFound { what: "instrument" })?;
        let device: &str = Kept::of("instrument", &master).get("device")?;
        if let Some(actor) = by {
            demand_one_of(&mut transaction, actor, &MAKERS).await?;
        }
        let who = by.map_or("system", |actor| &actor.login);
        let id: EstimateId = sqlx::query(
            "INSERT INTO error_estimate (master_id, from_us, to_us, meters, suspects, engine, body_sha256, body, made_by,
             made_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )
        .bind(new.master_id)
        .bind(new.window.from.as_microsecond())
        .bind(new.window.to.as_microsecond())
        .bind(new.meters)
        .bind(new.suspects)
        .bind(&new.engine)
        .bind(&new.body_sha256)
        .bind(&new.body)
        .bind(who)
        .bind(now.as_microsecond())
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid()
        .into();
        let change = Change {
            at: now,
            who,
            action: "estimate.made",
            object: format!("estimate/{id}"),
            site_id: Some(master.get("site_id")),
            detail: format!(
                "{} {} of {} suspect, body {}",
                device, new.suspects, new.meters, new.body_sha256
            ),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(id)
    }
}
