//! Test reads. Nothing is kept of what they brought, but who asked for what through which collector is.

use jiff::Timestamp;

use crate::audit::{Change, append};
use crate::database::sql;
use crate::row::Kept;
use crate::{Actor, Ledger, LedgerError, SiteId};

impl Ledger {
    /// Kept before the collector is asked, so that no test read goes without.
    ///
    /// # Errors
    /// `not-found` for a collector out of the actor's sight.
    pub async fn record_probe(
        &self,
        actor: &Actor,
        collector: &str,
        what: &str,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        let row = sql("SELECT id, site_id FROM collector WHERE id = $1")
            .bind(collector)
            .optional(&mut transaction)
            .await?;
        let site = row.map(|row| Kept::of("collector", &row).get::<SiteId>("site_id"));
        let site = site.transpose()?.filter(|site| actor.sees(*site));
        let site = site.ok_or(LedgerError::NotFound { what: "collector" })?;
        let change = Change {
            at: now,
            who: &actor.login,
            action: "probe.asked",
            object: format!("collector/{collector}"),
            site_id: Some(site),
            detail: what.to_owned(),
            before: None,
            after: None,
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(())
    }
}
