//! The metering tree of a site: which meter's energy flows through which master.

use jiff::Timestamp;

use crate::database::{Transaction, sql};
use crate::instruments::{Instrument, InstrumentDraft, instrument_of};
use crate::row::Kept;
use crate::{Actor, InstrumentId, Ledger, LedgerError, SiteId};

/// A meter with others behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Master {
    pub id: InstrumentId,
    /// When the errors behind it were last estimated.
    pub estimated: Option<Timestamp>,
}

fn refused(field: &'static str, reason: &str) -> LedgerError {
    LedgerError::InvalidField {
        field,
        reason: reason.to_owned(),
    }
}

/// Refuses what is no tree within one site; `id` is `None` for an instrument that is only being registered.
pub(crate) async fn check_tree(
    connection: &mut Transaction,
    id: Option<InstrumentId>,
    draft: &InstrumentDraft,
) -> Result<(), LedgerError> {
    if let Some(master) = draft.master_id {
        let site_of = |row| Kept::of("instrument", row).get::<SiteId>("site_id");
        let site = sql("SELECT id, site_id FROM instrument WHERE id = $1")
            .bind(master)
            .optional(&mut *connection)
            .await?;
        // A meter elsewhere gets the same answer as none.
        if site.as_ref().map(site_of).transpose()? != Some(draft.site_id) {
            return Err(refused("master_id", "there is no such instrument at this site"));
        }
    }
    let Some(id) = id else {
        return Ok(());
    };
    // UNION drops what was met before, so the walk up ends even where a hand has made a circle.
    let circle = sql("WITH RECURSIVE above (id) AS (SELECT $1 UNION
             SELECT instrument.master_id FROM instrument JOIN above ON instrument.id = above.id)
         SELECT 1 FROM above WHERE id = $2")
    .bind(draft.master_id)
    .bind(id)
    .optional(&mut *connection)
    .await?;
    if circle.is_some() {
        return Err(refused("master_id", "the instrument would stand behind itself"));
    }
    let left = sql("SELECT 1 FROM instrument WHERE master_id = $1 AND site_id <> $2")
        .bind(id)
        .bind(draft.site_id)
        .optional(connection)
        .await?;
    if left.is_some() {
        let reason = "meters of its present site stand behind it; give them another master first";
        return Err(refused("site_id", reason));
    }
    Ok(())
}

impl Ledger {
    /// The meters directly behind a master, by device.
    pub async fn sub_meters(
        &self,
        actor: &Actor,
        master: InstrumentId,
    ) -> Result<Vec<Instrument>, LedgerError> {
        self.instrument(actor, master).await?;
        let rows = sql("SELECT * FROM instrument WHERE master_id = $1 ORDER BY device")
            .bind(master)
            .all(&self.database)
            .await?;
        rows.iter().map(instrument_of).collect()
    }

    /// Every meter in use that has others behind it.
    pub async fn masters(&self) -> Result<Vec<Master>, LedgerError> {
        let rows = sql(
            "SELECT id, (SELECT MAX(made_us) FROM error_estimate WHERE error_estimate.master_id = instrument.id) AS made_us
             FROM instrument WHERE status <> 'stopped'
             AND id IN (SELECT master_id FROM instrument WHERE master_id IS NOT NULL) ORDER BY id",
        )
        .all(&self.database)
        .await?;
        let master = |row| {
            let row = Kept::of("instrument", row);
            Ok(Master {
                id: row.get("id")?,
                estimated: row.get("made_us")?,
            })
        };
        rows.iter().map(master).collect()
    }
}
