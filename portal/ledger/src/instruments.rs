//! Instruments of the ledger: configuration with its history, status, next check date.
//!
//! The date until which a certificate is valid is part of the configuration, which only a person changes. A conclusion
//! changes status and next check date, never that date.

use devices::DeviceId;
use jiff::Timestamp;
use jiff::civil::Date;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use crate::audit::{Change, append};
use crate::metering::check_tree;
use crate::row::Kept;
use crate::word::words;
use crate::{Actor, InstrumentId, Ledger, LedgerError, Page, Rule, SiteId, Word};

mod configuration;

pub use configuration::{
    Access, Certificate, Configuration, ExpandedUncertainty, LineSettings, Multiplier, Purpose, SerialChange,
};

/// 状态, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InstrumentStatus {
    /// 正常
    Normal,
    /// 待检
    ToCheck,
    /// 待送检
    ToSend,
    /// 停用: a person's decision.
    Stopped,
}

words!(InstrumentStatus {
    Normal = "normal",
    ToCheck = "to-check",
    ToSend = "to-send",
    Stopped = "stopped",
});

/// An instrument as lists name it.
#[derive(Clone, Debug)]
pub struct InstrumentRef {
    pub id: InstrumentId,
    pub device: String,
    pub name: String,
}

#[derive(Clone, Debug)]
pub struct Instrument {
    pub id: InstrumentId,
    pub configuration: Configuration,
    pub status: InstrumentStatus,
    pub next_check_on: Option<Date>,
    pub created: Timestamp,
    pub version: i64,
}

/// `None` means: do not filter by it.
#[derive(Clone, Debug, Default)]
pub struct InstrumentFilter {
    pub site: Option<SiteId>,
    pub status: Option<InstrumentStatus>,
    /// Part of device, name or serial number.
    pub text: Option<String>,
}

/// Counts for the overview.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub normal: u64,
    pub to_check: u64,
    pub to_send: u64,
    pub stopped: u64,
    pub awaiting_review: u64,
    pub overdue_checks: u64,
}

/// What an instrument was from a time on, until the next one.
#[derive(Clone, Debug)]
pub struct PastConfiguration {
    /// The instrument's version that it belongs to.
    pub version: i64,
    pub since: Timestamp,
    pub who: String,
    pub configuration: Configuration,
}

pub(crate) fn instrument_of(row: &SqliteRow) -> Result<Instrument, LedgerError> {
    let row = Kept::of("instrument", row);
    let configuration = configuration_of(row)?;
    check_columns(row, &configuration)?;
    Ok(Instrument {
        id: row.get("id")?,
        configuration,
        status: row.word("status")?,
        next_check_on: row.date_if_any("next_check_on")?,
        created: row.time("created_us")?,
        version: row.get("version")?,
    })
}

/// By the columns an instrument is found, hidden and named in lists; by the configuration it is shown and judged.
fn check_columns(row: Kept<'_>, configuration: &Configuration) -> Result<(), LedgerError> {
    for (column, said) in [
        ("collector", configuration.collector.as_str()),
        ("device", configuration.device.as_str()),
        ("name", &configuration.name),
        ("serial", &configuration.serial),
    ] {
        let kept: &str = row.get(column)?;
        if kept != said {
            let reason = format!("the configuration says {said:?}");
            return Err(row.unreadable(column, kept.to_owned(), reason));
        }
    }
    let site: SiteId = row.get("site_id")?;
    if site != configuration.site_id {
        let reason = format!("the configuration says {}", configuration.site_id);
        return Err(row.unreadable("site_id", site.to_string(), reason));
    }
    let master: Option<InstrumentId> = row.get("master_id")?;
    if master != configuration.master_id {
        let (kept, reason) = (
            format!("{master:?}"),
            format!("the configuration says {:?}", configuration.master_id),
        );
        return Err(row.unreadable("master_id", kept, reason));
    }
    Ok(())
}

fn configuration_of(row: Kept<'_>) -> Result<Configuration, LedgerError> {
    let text: &str = row.get("configuration")?;
    Configuration::parse(text).map_err(|error| row.unreadable("configuration", text.to_owned(), error))
}

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "instrument" };

/// Refuses a site, collector or master that is not the actor's; the message names the field.
async fn check_place(
    connection: &mut SqliteConnection,
    actor: &Actor,
    id: Option<InstrumentId>,
    configuration: &Configuration,
) -> Result<(), LedgerError> {
    if !actor.sees(configuration.site_id) {
        return Err(LedgerError::NotFound { what: "site" });
    }
    let collector = sqlx::query("SELECT site_id FROM collector WHERE id = ?1")
        .bind(&configuration.collector)
        .fetch_optional(&mut *connection)
        .await?;
    if collector.map(|row| row.get::<SiteId, _>(0)) != Some(configuration.site_id) {
        let rule = Rule::CollectorOfSite(configuration.collector.clone());
        return Err(LedgerError::invalid("collector", rule));
    }
    check_tree(connection, id, configuration).await
}

/// What is kept of a registration: no serial number was changed by it.
fn first(entered: &Configuration) -> Configuration {
    Configuration {
        serial_change: None,
        ..entered.clone()
    }
}

/// What is kept of a change. Whoever does not say what another serial number means has hung up another meter: then nothing
/// from before is judged as this one's.
fn changed(known: &Configuration, entered: &Configuration) -> Configuration {
    let said = entered.serial_change.unwrap_or(SerialChange::OtherMeter);
    Configuration {
        serial_change: (known.serial != entered.serial).then_some(said),
        ..entered.clone()
    }
}

fn taken(error: sqlx::Error, device: &DeviceId) -> LedgerError {
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => LedgerError::DeviceTaken(device.to_string()),
        _ => error.into(),
    }
}

impl Ledger {
    pub async fn instruments(
        &self,
        actor: &Actor,
        filter: &InstrumentFilter,
        page: Page,
    ) -> Result<(Vec<Instrument>, u64), LedgerError> {
        let sites = actor.sites_json();
        // `%` and `_` are ordinary characters in what people type.
        let text = filter.text.as_ref().map(|text| {
            format!(
                "%{}%",
                text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
            )
        });
        let rows = sqlx::query(
            "SELECT * FROM instrument WHERE (?1 IS NULL OR site_id IN (SELECT value ->> 0 FROM json_each(?1)))
             AND (?2 IS NULL OR site_id = ?2) AND (?3 IS NULL OR status = ?3)
             AND (?4 IS NULL OR device LIKE ?4 ESCAPE '\\' OR name LIKE ?4 ESCAPE '\\' OR serial LIKE ?4 ESCAPE '\\')
             ORDER BY device LIMIT ?5 OFFSET ?6",
        )
        .bind(&sites)
        .bind(filter.site)
        .bind(filter.status.map(Word::word))
        .bind(&text)
        .bind(page.limit)
        .bind(page.offset)
        .fetch_all(&self.readers)
        .await?;
        let total: i64 = sqlx::query(
            "SELECT COUNT(*) FROM instrument WHERE (?1 IS NULL OR site_id IN (SELECT value ->> 0 FROM json_each(?1)))
             AND (?2 IS NULL OR site_id = ?2) AND (?3 IS NULL OR status = ?3)
             AND (?4 IS NULL OR device LIKE ?4 ESCAPE '\\' OR name LIKE ?4 ESCAPE '\\' OR serial LIKE ?4 ESCAPE '\\')",
        )
        .bind(&sites)
        .bind(filter.site)
        .bind(filter.status.map(Word::word))
        .bind(&text)
        .fetch_one(&self.readers)
        .await?
        .get(0);
        let rows = rows.iter().map(instrument_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    /// Every instrument, for the gateway's admission: one row that cannot be read must not keep the others out.
    pub async fn every_instrument(&self) -> Result<Vec<Result<Instrument, LedgerError>>, LedgerError> {
        let rows = sqlx::query("SELECT * FROM instrument ORDER BY device")
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.iter().map(instrument_of).collect())
    }

    pub async fn instrument(&self, actor: &Actor, id: InstrumentId) -> Result<Instrument, LedgerError> {
        let row = sqlx::query("SELECT * FROM instrument WHERE id = ?1")
            .bind(id)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref()
            .map(instrument_of)
            .transpose()?
            .filter(|found| actor.sees(found.configuration.site_id))
            .ok_or(NOT_FOUND)
    }

    /// Every configuration that the instrument ever had, oldest first, one for each of its versions: a change of status
    /// alone repeats the one before.
    pub async fn configurations(
        &self,
        actor: &Actor,
        id: InstrumentId,
    ) -> Result<Vec<PastConfiguration>, LedgerError> {
        self.instrument(actor, id).await?;
        let rows = sqlx::query(
            "SELECT instrument_id || ', version ' || version AS place, version, at_us, who, configuration
             FROM configuration_history WHERE instrument_id = ?1 ORDER BY version",
        )
        .bind(id)
        .fetch_all(&self.readers)
        .await?;
        let past = |row| {
            let row = Kept::by("configuration_history", "place", row);
            Ok(PastConfiguration {
                version: row.get("version")?,
                since: row.time("at_us")?,
                who: row.get("who")?,
                configuration: configuration_of(row)?,
            })
        };
        rows.iter().map(past).collect()
    }

    pub async fn register(
        &self,
        actor: &Actor,
        configuration: &Configuration,
        now: Timestamp,
    ) -> Result<InstrumentId, LedgerError> {
        let body = first(configuration).canonical();
        let mut transaction = self.begin().await?;
        check_place(&mut transaction, actor, None, configuration).await?;
        let id: InstrumentId = sqlx::query(
            "INSERT INTO instrument (site_id, collector, device, name, serial, configuration, created_us, master_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )
        .bind(configuration.site_id)
        .bind(&configuration.collector)
        .bind(configuration.device.as_str())
        .bind(&configuration.name)
        .bind(&configuration.serial)
        .bind(&body)
        .bind(now.as_microsecond())
        .bind(configuration.master_id)
        .execute(&mut *transaction)
        .await
        .map_err(|error| taken(error, &configuration.device))?
        .last_insert_rowid()
        .into();
        keep_configuration(&mut transaction, id, 1, &actor.login, &body, now).await?;
        let change = Change {
            at: now,
            who: &actor.login,
            action: "instrument.registered",
            object: format!("instrument/{id}"),
            site_id: Some(configuration.site_id),
            detail: format!("{} {}", configuration.device, configuration.name),
            before: None,
            after: Some(body),
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(id)
    }

    pub async fn change_instrument(
        &self,
        actor: &Actor,
        id: InstrumentId,
        version: i64,
        configuration: &Configuration,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        let row = sqlx::query("SELECT * FROM instrument WHERE id = ?1")
            .bind(id)
            .fetch_optional(&mut *transaction)
            .await?;
        let known = row
            .as_ref()
            .map(instrument_of)
            .transpose()?
            .filter(|found| actor.sees(found.configuration.site_id))
            .ok_or(NOT_FOUND)?;
        if known.version != version {
            return Err(LedgerError::Stale {
                current: known.version,
            });
        }
        check_place(&mut transaction, actor, Some(id), configuration).await?;
        let body = changed(&known.configuration, configuration).canonical();
        sqlx::query(
            "UPDATE instrument SET site_id = ?2, collector = ?3, device = ?4, name = ?5, serial = ?6,
             configuration = ?7, master_id = ?8, version = version + 1 WHERE id = ?1",
        )
        .bind(id)
        .bind(configuration.site_id)
        .bind(&configuration.collector)
        .bind(configuration.device.as_str())
        .bind(&configuration.name)
        .bind(&configuration.serial)
        .bind(&body)
        .bind(configuration.master_id)
        .execute(&mut *transaction)
        .await
        .map_err(|error| taken(error, &configuration.device))?;
        keep_configuration(&mut transaction, id, version + 1, &actor.login, &body, now).await?;
        let change = Change {
            at: now,
            who: &actor.login,
            action: "instrument.changed",
            object: format!("instrument/{id}"),
            site_id: Some(configuration.site_id),
            detail: format!("{} {}", configuration.device, configuration.name),
            before: Some(known.configuration.canonical()),
            after: Some(body),
        };
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub async fn counts(&self, actor: &Actor, now: Timestamp) -> Result<Counts, LedgerError> {
        let row = sqlx::query(
            "WITH mine AS (SELECT * FROM instrument WHERE ?1 IS NULL OR site_id IN (SELECT value ->> 0 FROM json_each(?1)))
             SELECT (SELECT COUNT(*) FROM mine WHERE status = 'normal'), (SELECT COUNT(*) FROM mine WHERE status = 'to-check'),
                    (SELECT COUNT(*) FROM mine WHERE status = 'to-send'), (SELECT COUNT(*) FROM mine WHERE status = 'stopped'),
                    (SELECT COUNT(*) FROM run JOIN mine ON mine.id = instrument_id WHERE state = 'awaiting-review'
                         AND (?1 IS NULL OR EXISTS (SELECT 1 FROM json_each(?1)
                              WHERE value ->> 0 = mine.site_id AND from_us >= value ->> 1 AND to_us <= value ->> 2))),
                    (SELECT COUNT(*) FROM mine WHERE next_check_on < (SELECT value ->> 1 FROM json_each(?2) WHERE value ->> 0 = mine.site_id) AND status <> 'stopped'),
                    (SELECT MIN(id) FROM mine WHERE status NOT IN ('normal', 'to-check', 'to-send', 'stopped')
                         OR (next_check_on IS NOT NULL AND date(next_check_on) IS NULL))",
        )
        .bind(actor.sites_json())
        .bind(self.zones().await?.todays(now))
        .fetch_one(&self.readers)
        .await?;
        // What stands in no column of the table would be missing from every sum: reading it says what it is.
        if let Some(id) = row.get(6) {
            self.instrument(actor, id).await?;
        }
        let count = |place: usize| row.get::<i64, _>(place).cast_unsigned();
        Ok(Counts {
            normal: count(0),
            to_check: count(1),
            to_send: count(2),
            stopped: count(3),
            awaiting_review: count(4),
            overdue_checks: count(5),
        })
    }
}

async fn keep_configuration(
    connection: &mut SqliteConnection,
    id: InstrumentId,
    version: i64,
    who: &str,
    configuration: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sqlx::query(
        "INSERT INTO configuration_history (instrument_id, version, at_us, who, configuration) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(id)
    .bind(version)
    .bind(now.as_microsecond())
    .bind(who)
    .bind(configuration)
    .execute(connection)
    .await?;
    Ok(())
}
