//! The metering tree of a site: which meter's energy flows through which master.

use jiff::Timestamp;

use crate::database::{Transaction, sql};
use crate::instruments::{Configuration, Instrument, instrument_of};
use crate::row::Kept;
use crate::{Actor, InstrumentId, Ledger, LedgerError, Rule, SiteId};

/// A meter with others behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Master {
    pub id: InstrumentId,
    /// When the errors behind it were last estimated.
    pub estimated: Option<Timestamp>,
}

/// Refuses what is no tree within one site; `id` is `None` for an instrument that is only being registered.
pub(crate) async fn check_tree(
    connection: &mut Transaction,
    id: Option<InstrumentId>,
    configuration: &Configuration,
) -> Result<(), LedgerError> {
    if let Some(master) = configuration.master_id {
        let site_of = |row| Kept::of("instrument", row).get::<SiteId>("site_id");
        let site = sql("SELECT id, site_id FROM instrument WHERE id = $1")
            .bind(master)
            .optional(&mut *connection)
            .await?;
        // A meter elsewhere gets the same answer as none.
        if site.as_ref().map(site_of).transpose()? != Some(configuration.site_id) {
            return Err(LedgerError::invalid("master_id", Rule::MasterOfSite));
        }
    }
    let Some(id) = id else {
        return Ok(());
    };
    // UNION drops what was met before, so the walk up ends even where a hand has made a circle.
    let circle = sql("WITH RECURSIVE above (id) AS (SELECT $1 UNION
             SELECT instrument.master_id FROM instrument JOIN above ON instrument.id = above.id)
         SELECT 1 FROM above WHERE id = $2")
    .bind(configuration.master_id)
    .bind(id)
    .optional(&mut *connection)
    .await?;
    if circle.is_some() {
        return Err(LedgerError::invalid("master_id", Rule::NotBehindItself));
    }
    let left = sql("SELECT 1 FROM instrument WHERE master_id = $1 AND site_id <> $2")
        .bind(id)
        .bind(configuration.site_id)
        .optional(connection)
        .await?;
    if left.is_some() {
        return Err(LedgerError::invalid("site_id", Rule::NoMetersLeftBehind));
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
