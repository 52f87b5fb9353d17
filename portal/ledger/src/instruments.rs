//! Instruments of the ledger: configuration with its history, status, next check date.
//!
//! The date until which a certificate is valid is part of the configuration, which only a person changes. A conclusion
//! changes status and next check date, never that date.

use devices::DeviceId;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::accounts::login_key;
use crate::audit::{Change, append};
use crate::database::{DatabaseFailure, Row, Transaction, sql};
use crate::metering::check_tree;
use crate::outbox::{Topic, tell};
use crate::row::Kept;
use crate::word::words;
use crate::{Actor, InstrumentId, Ledger, LedgerError, Page, Rule, SiteId};

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

pub(crate) fn instrument_of(row: &Row) -> Result<Instrument, LedgerError> {
    let row = Kept::of("instrument", row);
    let configuration = configuration_of(row)?;
    check_columns(row, &configuration)?;
    Ok(Instrument {
        id: row.get("id")?,
        configuration,
        status: row.get("status")?,
        next_check_on: row.get("next_check_on")?,
        created: row.get("created_us")?,
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
        let kept: String = row.get(column)?;
        if kept != said {
            let reason = format!("the configuration says {said:?}");
            return Err(row.unreadable(column, kept, reason));
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
    let text: String = row.get("configuration")?;
    Configuration::parse(&text).map_err(|error| row.unreadable("configuration", text, error))
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

const FILTER: &str = "{sites} AND ($1 IS NULL OR site_id = $1) AND ($2 IS NULL OR status = $2)
    AND ($3 IS NULL OR searched LIKE $3 ESCAPE '\\')";

const NOT_FOUND: LedgerError = LedgerError::NotFound { what: "instrument" };

/// Refuses a site, collector or master that is not the actor's; the message names the field.
async fn check_place(
    connection: &mut Transaction,
    actor: &Actor,
    id: Option<InstrumentId>,
    configuration: &Configuration,
) -> Result<(), LedgerError> {
    if !actor.sees(configuration.site_id) {
        return Err(LedgerError::NotFound { what: "site" });
    }
    let site_of = |row| Kept::of("collector", row).get::<SiteId>("site_id");
    let collector = sql("SELECT id, site_id FROM collector WHERE id = $1")
        .bind(&configuration.collector)
        .optional(&mut *connection)
        .await?;
    if collector.as_ref().map(site_of).transpose()? != Some(configuration.site_id) {
        let rule = Rule::CollectorOfSite(configuration.collector.clone());
        return Err(LedgerError::invalid("collector", rule));
    }
    check_tree(connection, id, configuration).await
}

/// As [`Ledger::instrument`], inside a change.
pub(crate) async fn instrument_in(
    transaction: &mut Transaction,
    actor: &Actor,
    id: InstrumentId,
) -> Result<Instrument, LedgerError> {
    let row = sql("SELECT * FROM instrument WHERE id = $1")
        .bind(id)
        .optional(transaction)
        .await?;
    row.as_ref()
        .map(instrument_of)
        .transpose()?
        .filter(|found| actor.sees(found.configuration.site_id))
        .ok_or(NOT_FOUND)
}

fn taken(error: DatabaseFailure, device: &DeviceId) -> LedgerError {
    match error {
        DatabaseFailure::Twice(_) => LedgerError::DeviceTaken(device.to_string()),
        other => other.into(),
    }
}

/// Device, name and serial number as they are searched: letters of an input method are plain ones, case does not count.
fn searched(configuration: &Configuration) -> String {
    login_key(&format!(
        "{}
{}
{}",
        configuration.device, configuration.name, configuration.serial
    ))
}

impl Ledger {
    pub async fn instruments(
        &self,
        actor: &Actor,
        filter: &InstrumentFilter,
        page: Page,
    ) -> Result<(Vec<Instrument>, u64), LedgerError> {
        // `%` and `_` are ordinary characters in what people type.
        let text = filter.text.as_ref().map(|text| {
            let text = login_key(text).replace('\\', "\\\\");
            format!("%{}%", text.replace('%', "\\%").replace('_', "\\_"))
        });
        let select = |columns: &str, rest: &str| {
            sql(&format!("SELECT {columns} FROM instrument WHERE {FILTER} {rest}"))
                .bind(filter.site)
                .bind(filter.status)
                .bind(&text)
        };
        let rows = select("*", "ORDER BY device LIMIT $4 OFFSET $5")
            .bind(page.limit)
            .bind(page.offset)
            .at_sites(actor, "site_id")
            .all(&self.database)
            .await?;
        let total: i64 = select("COUNT(*)", "")
            .at_sites(actor, "site_id")
            .value(&self.database)
            .await?;
        let rows = rows.iter().map(instrument_of).collect::<Result<_, _>>()?;
        Ok((rows, total.cast_unsigned()))
    }

    /// Every instrument, for the gateway's admission: one row that cannot be read must not keep the others out.
    pub async fn every_instrument(&self) -> Result<Vec<Result<Instrument, LedgerError>>, LedgerError> {
        let rows = sql("SELECT * FROM instrument ORDER BY device")
            .all(&self.database)
            .await?;
        Ok(rows.iter().map(instrument_of).collect())
    }

    pub async fn instrument(&self, actor: &Actor, id: InstrumentId) -> Result<Instrument, LedgerError> {
        let row = sql("SELECT * FROM instrument WHERE id = $1")
            .bind(id)
            .optional(&self.database)
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
        let rows = sql(
            "SELECT instrument_id || ', version ' || version AS place, version, at_us, who, configuration
             FROM configuration_history WHERE instrument_id = $1 ORDER BY version",
        )
        .bind(id)
        .all(&self.database)
        .await?;
        let past = |row| {
            let row = Kept::by("configuration_history", "place", row);
            Ok(PastConfiguration {
                version: row.get("version")?,
                since: row.get("at_us")?,
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
        let id: InstrumentId = sql(
            "INSERT INTO instrument (site_id, collector, device, name, serial, searched, configuration, created_us,
             master_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        )
        .bind(configuration.site_id)
        .bind(&configuration.collector)
        .bind(configuration.device.as_str())
        .bind(&configuration.name)
        .bind(&configuration.serial)
        .bind(searched(configuration))
        .bind(&body)
        .bind(now)
        .bind(configuration.master_id)
        .value(&mut transaction)
        .await
        .map_err(|error| taken(error, &configuration.device))?;
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
        let content = json!({ "instrument": id, "device": configuration.device.as_str() });
        tell(
            &mut transaction,
            Topic::InstrumentRegistered,
            Some(configuration.site_id),
            &content,
            now,
        )
        .await?;
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
        let known = instrument_in(&mut transaction, actor, id).await?;
        if known.version != version {
            return Err(LedgerError::Stale {
                current: known.version,
            });
        }
        check_place(&mut transaction, actor, Some(id), configuration).await?;
        let body = changed(&known.configuration, configuration).canonical();
        sql(
            "UPDATE instrument SET site_id = $2, collector = $3, device = $4, name = $5, serial = $6, searched = $7,
             configuration = $8, master_id = $9, version = version + 1 WHERE id = $1",
        )
        .bind(id)
        .bind(configuration.site_id)
        .bind(&configuration.collector)
        .bind(configuration.device.as_str())
        .bind(&configuration.name)
        .bind(&configuration.serial)
        .bind(searched(configuration))
        .bind(&body)
        .bind(configuration.master_id)
        .run(&mut transaction)
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
        let content = json!({ "instrument": id, "device": configuration.device.as_str() });
        tell(
            &mut transaction,
            Topic::InstrumentChanged,
            Some(configuration.site_id),
            &content,
            now,
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    pub async fn counts(&self, actor: &Actor, now: Timestamp) -> Result<Counts, LedgerError> {
        let zones = self.zones().await?;
        let rows = sql(
            "SELECT MIN(id) AS id, site_id, status, next_check_on, COUNT(*) AS instruments FROM instrument WHERE {sites}
             GROUP BY site_id, status, next_check_on",
        )
        .at_sites(actor, "site_id")
        .all(&self.database)
        .await?;
        let mut counts = Counts::default();
        for row in &rows {
            let row = Kept::of("instrument", row);
            let instruments = row.get::<i64>("instruments")?.cast_unsigned();
            let status = row.get("status")?;
            *match status {
                InstrumentStatus::Normal => &mut counts.normal,
                InstrumentStatus::ToCheck => &mut counts.to_check,
                InstrumentStatus::ToSend => &mut counts.to_send,
                InstrumentStatus::Stopped => &mut counts.stopped,
            } += instruments;
            let next: Option<Date> = row.get("next_check_on")?;
            let today = zones.today(row.get("site_id")?, now);
            if status != InstrumentStatus::Stopped && next.is_some_and(|next| next < today) {
                counts.overdue_checks += instruments;
            }
        }
        let awaiting: i64 = sql(
            "SELECT COUNT(*) FROM run JOIN instrument ON instrument.id = instrument_id
             WHERE state = 'awaiting-review' AND {seen}",
        )
        .over_windows(actor, "site_id", "from_us", "to_us")
        .value(&self.database)
        .await?;
        counts.awaiting_review = awaiting.cast_unsigned();
        Ok(counts)
    }
}

async fn keep_configuration(
    connection: &mut Transaction,
    id: InstrumentId,
    version: i64,
    who: &str,
    configuration: &str,
    now: Timestamp,
) -> Result<(), LedgerError> {
    sql(
        "INSERT INTO configuration_history (instrument_id, version, at_us, who, configuration) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(version)
    .bind(now)
    .bind(who)
    .bind(configuration)
    .run(connection)
    .await?;
    Ok(())
}
