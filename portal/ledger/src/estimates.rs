//! Estimates of the errors behind a master: append-only suspicions.
//!
//! **Architecture invariant:** nothing else in the ledger changes by an estimate; what follows from it, a person plans.

use devices::Window;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::accounts::{Role, demand_one_of};
use crate::audit::{Change, append};
use crate::database::{Row, Transaction, sql};
use crate::instruments::InstrumentRef;
use crate::outbox::{Topic, tell};
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

const MASTER_NOT_FOUND: LedgerError = LedgerError::NotFound { what: "instrument" };
const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "estimate" };

fn estimate_of(row: &Row) -> Result<Estimate, LedgerError> {
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
        made: row.get("made_us")?,
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
        let rows = sql(estimates!(
            "estimate.id, estimate.master_id, from_us, to_us, meters, suspects, engine, body_sha256, made_by, made_us,
             site_id, device, name",
            "WHERE {seen} AND ($1 IS NULL OR estimate.master_id = $1) ORDER BY estimate.id DESC LIMIT $2 OFFSET $3"
        ))
        .bind(master)
        .bind(page.limit)
        .bind(page.offset)
        .over_windows(actor, "master.site_id", "from_us", "to_us")
        .all(&self.database)
        .await?;
        let total: i64 = sql(estimates!(
            "COUNT(*)",
            "WHERE {seen} AND ($1 IS NULL OR estimate.master_id = $1)"
        ))
        .bind(master)
        .over_windows(actor, "master.site_id", "from_us", "to_us")
        .value(&self.database)
        .await?;
        let rows = rows.iter().map(estimate_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    /// One estimate with its body, as it was frozen.
    ///
    /// # Errors
    /// `not-found`; `unreadable-record` for a body that its digest does not fit any more.
    pub async fn estimate(&self, actor: &Actor, id: EstimateId) -> Result<(Estimate, String), LedgerError> {
        let row = sql(estimates!(
            "estimate.*, site_id, device, name",
            "WHERE estimate.id = $1"
        ))
        .bind(id)
        .optional(&self.database)
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

    /// Keeps what was estimated; `None` is the hourly round. Nothing about any instrument changes.
    ///
    /// # Errors
    /// `not-found` for a master or period out of sight, `not-permitted`, `invalid-field` for a wrong digest.
    pub async fn record_estimate(
        &self,
        by: Option<&Actor>,
        new: &NewEstimate,
        now: Timestamp,
    ) -> Result<EstimateId, LedgerError> {
        let mut transaction = self.begin().await?;
        let id = record_estimate_in(&mut transaction, by, new, now).await?;
        transaction.commit().await?;
        Ok(id)
    }
}

pub(crate) async fn record_estimate_in(
    transaction: &mut Transaction,
    by: Option<&Actor>,
    new: &NewEstimate,
    now: Timestamp,
) -> Result<EstimateId, LedgerError> {
    if hex::encode(Sha256::digest(&new.body)) != new.body_sha256 {
        return Err(LedgerError::invalid("body_sha256", Rule::Digest));
    }
    let master = sql("SELECT id, site_id, device FROM instrument WHERE id = $1")
        .bind(new.master_id)
        .optional(&mut *transaction)
        .await?
        .ok_or(MASTER_NOT_FOUND)?;
    let master = Kept::of("instrument", &master);
    let (site, device): (SiteId, String) = (master.get("site_id")?, master.get("device")?);
    if by.is_some_and(|actor| !actor.covers(site, new.window)) {
        return Err(MASTER_NOT_FOUND);
    }
    if let Some(actor) = by {
        demand_one_of(&mut *transaction, actor, &MAKERS).await?;
    }
    let who = by.map_or("system", |actor| &actor.login);
    let id: EstimateId = sql(
            "INSERT INTO error_estimate (master_id, from_us, to_us, meters, suspects, engine, body_sha256, body, made_by,
             made_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        )
        .bind(new.master_id)
        .bind(new.window.from)
        .bind(new.window.to)
        .bind(new.meters)
        .bind(new.suspects)
        .bind(&new.engine)
        .bind(&new.body_sha256)
        .bind(&new.body)
        .bind(who)
        .bind(now)
        .value(&mut *transaction)
        .await?;
    let change = Change {
        at: now,
        who,
        action: "estimate.made",
        object: format!("estimate/{id}"),
        site_id: Some(site),
        detail: format!(
            "{} {} of {} suspect, body {}",
            device, new.suspects, new.meters, new.body_sha256
        ),
        before: None,
        after: None,
    };
    append(&mut *transaction, change).await?;
    let content = json!({ "estimate": id, "instrument": new.master_id, "suspects": new.suspects });
    tell(transaction, Topic::EstimateMade, Some(site), &content, now).await?;
    Ok(id)
}
