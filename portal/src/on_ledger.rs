//! [`Records`] over the real ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use devices::Window;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ledger::runs::Decision;
use ledger::{Actor, Ledger, LedgerError, SeenSite, accounts, instruments, runs};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use uplink::DeviceAssignment;

use crate::access::{Caller, Role, Scope};
use crate::problem::{Answer, Problem};
use crate::records::{
    CollectorGrant, Configuration, Frozen, InstrumentFilter, Judged, PageOf, Records, RunFilter, refusals,
};
use crate::wire::{
    AuditEntry, AuditPage, Collector, Instrument, InstrumentDraft, InstrumentPage, InstrumentRef, Me,
    Overview, PartyRef, Plan, Review, Run, RunPage, RunRequest, RunSummary, Site, SiteRef, StatusCounts,
    WindowCard,
};

/// The real ledger behind the port.
pub struct OnLedger(pub Arc<Ledger>);

fn refused(error: LedgerError) -> Problem {
    match error {
        LedgerError::NotFound { what } => Problem::not_found(what, "记录"),
        LedgerError::Stale { .. } => Problem::stale(),
        LedgerError::OwnWork => refusals::own_work(),
        LedgerError::AlreadyReviewed => refusals::already_reviewed(),
        // Taken away while the request was on its way.
        LedgerError::NotPermitted { .. } => Problem::forbidden(),
        LedgerError::DeviceTaken(device) => refusals::device_taken(&device),
        LedgerError::InvalidField { field, reason } => Problem::invalid(
            field,
            format!("{field}: {reason}"),
            format!("字段 {field} 有误：{reason}"),
        ),
        other => Problem::internal(&other),
    }
}

fn actor(caller: &Caller) -> Actor {
    let seen = |(id, granted): (&i64, &Option<Window>)| SeenSite {
        id: *id,
        period: granted.map(|window| (window.from, window.to)),
    };
    let sites = (!caller.scope.everything).then(|| caller.scope.sites.iter().map(seen).collect());
    Actor {
        account_id: caller.user_id,
        login: caller.login.clone(),
        sites,
    }
}

/// Names are the same on the wire and in the ledger; an unknown one means that the ledger is newer than this program.
fn named<T: DeserializeOwned>(text: &str) -> Answer<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|error| Problem::internal(&error))
}

fn name_of<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        _ => String::new(),
    }
}

fn bounds(page: PageOf) -> (i64, i64) {
    (
        i64::from(page.number.saturating_sub(1)) * i64::from(page.rows),
        i64::from(page.rows),
    )
}

fn instrument(row: instruments::Instrument) -> Answer<Instrument> {
    Ok(Instrument {
        id: row.id,
        version: row.version,
        status: named(&row.status)?,
        next_check_on: row.next_check_on,
        created_at: row.created,
        draft: serde_json::from_str(&row.configuration).map_err(|error| Problem::internal(&error))?,
    })
}

fn configured(draft: InstrumentDraft) -> Answer<instruments::InstrumentDraft> {
    let configuration = serde_json::to_string(&draft).map_err(|error| Problem::internal(&error))?;
    let InstrumentDraft {
        site_id,
        collector,
        device,
        name,
        serial,
        ..
    } = draft;
    Ok(instruments::InstrumentDraft {
        site_id,
        collector,
        device,
        name,
        serial,
        configuration,
    })
}

fn request(asked: &RunRequest) -> runs::Request {
    runs::Request {
        kind: name_of(asked.kind),
        instrument_id: asked.instrument_id,
        reference_id: asked.reference_id,
        from: asked.from,
        to: asked.to,
    }
}

fn plan(row: runs::Plan) -> Answer<Plan> {
    Ok(Plan {
        id: row.id,
        kind: named(&row.kind)?,
        instrument_id: row.instrument_id,
        reference_id: row.reference_id,
        from: row.from,
        to: row.to,
        created_by: row.created_by,
        created_at: row.created,
    })
}

fn reference(named: runs::Named) -> InstrumentRef {
    InstrumentRef {
        id: named.id,
        device: named.device,
        name: named.name,
    }
}

fn summary(row: &runs::Run) -> Answer<RunSummary> {
    Ok(RunSummary {
        id: row.id,
        kind: named(&row.kind)?,
        instrument: reference(row.instrument.clone()),
        reference: row.reference.clone().map(reference),
        window: WindowCard {
            from: row.from,
            to: row.to,
        },
        state: named(&row.state)?,
        verdict: named(&row.verdict)?,
        operator: row.operator.clone(),
        created_at: row.created,
        version: row.version,
    })
}

fn json(text: Option<String>) -> Option<serde_json::Value> {
    text.map(|text| serde_json::from_str(&text).unwrap_or(serde_json::Value::String(text)))
}

fn trail((rows, total): (Vec<ledger::audit::AuditEntry>, u64)) -> AuditPage {
    let entry = |entry: ledger::audit::AuditEntry| AuditEntry {
        id: entry.id,
        at: entry.at,
        who: entry.who,
        action: entry.action,
        object: entry.object,
        detail: entry.detail,
        before: json(entry.before),
        after: json(entry.after),
    };
    AuditPage {
        rows: rows.into_iter().map(entry).collect(),
        total,
    }
}

impl OnLedger {
    async fn review(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        decision: Decision,
        note: &str,
        now: Timestamp,
    ) -> Answer<()> {
        self.0
            .review(&actor(caller), id, version, decision, note, now)
            .await
            .map_err(refused)?;
        Ok(())
    }
}

#[async_trait]
impl Records for OnLedger {
    async fn password_hash(&self, login: &str) -> Answer<Option<(i64, String)>> {
        self.0.password_hash_of(login).await.map_err(refused)
    }

    async fn caller(&self, user: i64, _now: Timestamp) -> Answer<Option<Caller>> {
        let Some(account) = self.0.account(user).await.map_err(refused)? else {
            return Ok(None);
        };
        let accounts::Account {
            id,
            login,
            name,
            party_id,
            party_name,
            roles,
            sites,
        } = account;
        let roles = roles
            .iter()
            .map(|role| named(role))
            .collect::<Answer<Vec<Role>>>()?;
        let mut scope = Scope {
            everything: roles.contains(&Role::Administrator),
            sites: BTreeMap::new(),
        };
        for site in sites {
            let granted = match site.period.map(|(from, to)| Window::new(from, to)) {
                None => None,
                Some(Some(window)) => Some(window),
                // A period that ends before it begins grants nothing, and above all not everything.
                Some(None) => continue,
            };
            // A person with two roles keeps the wider of the two views.
            let seen = scope.sites.entry(site.id).or_insert(granted);
            if granted.is_none() {
                *seen = None;
            }
        }
        Ok(Some(Caller {
            user_id: id,
            login,
            name,
            party_id,
            party_name,
            roles,
            scope,
        }))
    }

    async fn me(&self, caller: &Caller) -> Answer<Me> {
        let sites = self.0.sites(&actor(caller)).await.map_err(refused)?;
        Ok(Me {
            login: caller.login.clone(),
            name: caller.name.clone(),
            roles: caller.roles.clone(),
            party: PartyRef {
                id: caller.party_id,
                name: caller.party_name.clone(),
            },
            sites: sites
                .into_iter()
                .map(|site| SiteRef {
                    id: site.id,
                    name: site.name,
                })
                .collect(),
        })
    }

    async fn sites(&self, caller: &Caller) -> Answer<Vec<Site>> {
        let sites = self.0.sites(&actor(caller)).await.map_err(refused)?;
        Ok(sites
            .into_iter()
            .map(|site| Site {
                id: site.id,
                name: site.name,
                party: PartyRef {
                    id: site.party_id,
                    name: site.party_name,
                },
                description: site.description,
            })
            .collect())
    }

    async fn collectors(&self, caller: &Caller) -> Answer<Vec<Collector>> {
        let rows = self.0.collectors(Some(&actor(caller))).await.map_err(refused)?;
        Ok(rows
            .into_iter()
            .map(|row| Collector {
                id: row.id,
                site_id: row.site_id,
                name: row.name,
                online: false,
                last_seen: None,
                spooled: None,
                lost: None,
            })
            .collect())
    }

    async fn overview(&self, caller: &Caller, now: Timestamp) -> Answer<Overview> {
        let today = TimeZone::UTC.to_datetime(now).date();
        let counts = self.0.counts(&actor(caller), today).await.map_err(refused)?;
        Ok(Overview {
            instruments: StatusCounts {
                normal: counts.normal,
                to_check: counts.to_check,
                to_send: counts.to_send,
                stopped: counts.stopped,
            },
            awaiting_review: counts.awaiting_review,
            overdue_checks: counts.overdue_checks,
            collectors: Vec::new(),
        })
    }

    async fn instruments(
        &self,
        caller: &Caller,
        of: InstrumentFilter,
        page: PageOf,
    ) -> Answer<InstrumentPage> {
        let filter = instruments::InstrumentFilter {
            site: of.site,
            status: of.status.map(name_of),
            text: of.text,
        };
        let (offset, limit) = bounds(page);
        let (rows, total) = self
            .0
            .instruments(&actor(caller), &filter, offset, limit)
            .await
            .map_err(refused)?;
        let rows = rows.into_iter().map(instrument).collect::<Answer<_>>()?;
        Ok(InstrumentPage { rows, total })
    }

    async fn instrument(&self, caller: &Caller, id: i64) -> Answer<Instrument> {
        instrument(self.0.instrument(&actor(caller), id).await.map_err(refused)?)
    }

    async fn register(&self, caller: &Caller, draft: InstrumentDraft, now: Timestamp) -> Answer<Instrument> {
        let id = self
            .0
            .register(&actor(caller), &configured(draft)?, now)
            .await
            .map_err(refused)?;
        self.instrument(caller, id).await
    }

    async fn change(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        draft: InstrumentDraft,
        now: Timestamp,
    ) -> Answer<Instrument> {
        let draft = configured(draft)?;
        self.0
            .change_instrument(&actor(caller), id, version, &draft, now)
            .await
            .map_err(refused)?;
        self.instrument(caller, id).await
    }

    async fn devices(&self, caller: &Caller) -> Answer<BTreeMap<String, (i64, String)>> {
        let rows = self.0.every_instrument().await.map_err(refused)?;
        rows.into_iter()
            .filter(|row| caller.sees_site(row.site_id))
            .map(|row| {
                let row = instrument(row)?;
                Ok((
                    row.draft.device.to_string(),
                    (row.draft.site_id, row.draft.profile),
                ))
            })
            .collect()
    }

    async fn grants(&self) -> Answer<Vec<CollectorGrant>> {
        let collectors = self.0.collectors(None).await.map_err(refused)?;
        let mut devices: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for row in self.0.every_instrument().await.map_err(refused)? {
            let draft = instrument(row)?.draft;
            let assignment = DeviceAssignment {
                device: draft.device,
                profile: draft.profile,
                access: draft.access.into(),
                period_seconds: draft.period_seconds,
            };
            devices
                .entry(draft.collector)
                .or_default()
                .push((assignment, draft.plausible));
        }
        Ok(collectors
            .into_iter()
            .map(|row| CollectorGrant {
                devices: devices.remove(&row.id).unwrap_or_default(),
                collector: row.id,
                token_sha256: row.token_sha256,
            })
            .collect())
    }

    async fn configurations(&self, caller: &Caller, id: i64) -> Answer<Vec<Configuration>> {
        let rows = self.0.configurations(&actor(caller), id).await.map_err(refused)?;
        rows.into_iter()
            .map(|row| {
                Ok(Configuration {
                    version: row.version,
                    since: row.since,
                    draft: serde_json::from_str(&row.configuration)
                        .map_err(|error| Problem::internal(&error))?,
                })
            })
            .collect()
    }

    async fn plans(&self, caller: &Caller) -> Answer<Vec<Plan>> {
        self.0
            .plans(&actor(caller))
            .await
            .map_err(refused)?
            .into_iter()
            .map(plan)
            .collect()
    }

    async fn plan(&self, caller: &Caller, asked: RunRequest, now: Timestamp) -> Answer<Plan> {
        if let Some(reference) = asked.reference_id {
            self.instrument(caller, reference).await?;
        }
        plan(
            self.0
                .plan(&actor(caller), &request(&asked), now)
                .await
                .map_err(refused)?,
        )
    }

    async fn runs(&self, caller: &Caller, of: RunFilter, page: PageOf) -> Answer<RunPage> {
        let filter = runs::RunFilter {
            state: of.state.map(name_of),
            kind: of.kind.map(name_of),
            instrument: of.instrument,
        };
        let (offset, limit) = bounds(page);
        let (rows, total) = self
            .0
            .runs(&actor(caller), &filter, offset, limit)
            .await
            .map_err(refused)?;
        let rows = rows.iter().map(summary).collect::<Answer<Vec<_>>>()?;
        Ok(RunPage { rows, total })
    }

    async fn run(&self, caller: &Caller, id: i64) -> Answer<Run> {
        let row = self.0.run(&actor(caller), id).await.map_err(refused)?;
        let review = match (&row.reviewer, row.reviewed) {
            (Some(by), Some(at)) => Some(Review {
                by: by.clone(),
                at,
                decision: named(&row.state)?,
                note: row.note.clone(),
            }),
            _ => None,
        };
        Ok(Run {
            summary: summary(&row)?,
            conclusion: RawValue::from_string(row.conclusion).map_err(|error| Problem::internal(&error))?,
            evidence_sha256: row.evidence_sha256,
            procedure_sha256: row.procedure_sha256,
            engine: row.engine,
            review,
        })
    }

    async fn frozen(&self, caller: &Caller, id: i64) -> Answer<Frozen> {
        let (evidence, bundle) = self.0.frozen(&actor(caller), id).await.map_err(refused)?;
        Ok(Frozen { evidence, bundle })
    }

    async fn record_run(&self, caller: &Caller, judged: Judged, now: Timestamp) -> Answer<i64> {
        let mut asked = request(&judged.request);
        (asked.from, asked.to) = (judged.window.from, judged.window.to);
        let judged = runs::Judged {
            request: asked,
            verdict: name_of(judged.verdict),
            conclusion: judged.conclusion,
            engine: judged.engine,
            evidence_sha256: judged.evidence_sha256,
            procedure_sha256: judged.procedure_sha256,
            evidence: judged.frozen.evidence,
            bundle: judged.frozen.bundle,
        };
        self.0
            .record_run(&actor(caller), &judged, now)
            .await
            .map_err(refused)
    }

    async fn confirm(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        note: &str,
        now: Timestamp,
    ) -> Answer<()> {
        self.review(caller, id, version, Decision::Confirm, note, now)
            .await
    }

    async fn send_back(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        reason: &str,
        now: Timestamp,
    ) -> Answer<()> {
        self.review(caller, id, version, Decision::Return, reason, now)
            .await
    }

    async fn audit(&self, caller: &Caller, object: Option<&str>, page: PageOf) -> Answer<AuditPage> {
        let (offset, limit) = bounds(page);
        self.0
            .audit(&actor(caller), object, offset, limit)
            .await
            .map(trail)
            .map_err(refused)
    }

    async fn audit_of_instrument(&self, caller: &Caller, id: i64, page: PageOf) -> Answer<AuditPage> {
        let (offset, limit) = bounds(page);
        self.0
            .audit_of_instrument(&actor(caller), id, offset, limit)
            .await
            .map(trail)
            .map_err(refused)
    }
}
