//! [`Records`] over the real ledger.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use devices::Window;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use ledger::runs::Decision;
use ledger::{Actor, Ledger, LedgerError, SeenSite, instruments, plans, runs};
use serde_json::value::RawValue;

use crate::access::Caller;
use crate::audit::wire::AuditPage;
use crate::collector::wire::Collector;
use crate::estimate::wire::{ErrorEstimate, ErrorEstimatePage};
use crate::instrument::wire::{Instrument, InstrumentDraft};
use crate::overview::wire::{Overview, StatusCounts};
use crate::plan::wire::{Plan, PlanClosing, PlanDraft};
use crate::problem::{Answer, Problem};
use crate::records::{
    Configuration, DueFilter, DueList, Estimated, Frozen, Grants, InstrumentFilter, Judged, KeptProcedure,
    Master, NewProcedure, PageOf, Records, RunFilter,
};
use crate::refusal::{self, Thing};
use crate::run::wire::{Review, Run, RunPage};
use crate::session::wire::{Me, PartyRef};
use crate::site::wire::Site;

mod estimates;
mod people;
mod procedures;
mod rows;

use rows::{bounds, configured, due, instrument, named, plan, summary, trail, unreadable, word_of};

/// The real ledger behind the port.
pub struct OnLedger(pub Arc<Ledger>);

fn thing(what: &str) -> Thing {
    match what {
        "account" => Thing::Account,
        "collector" => Thing::Collector,
        "estimate" => Thing::Estimate,
        "instrument" => Thing::Instrument,
        "plan" => Thing::Plan,
        "run" => Thing::Run,
        "site" => Thing::Site,
        _ => Thing::Object,
    }
}

fn refused(error: LedgerError) -> Problem {
    match error {
        LedgerError::NotFound { what } => refusal::request::not_found(thing(what)),
        LedgerError::Stale { .. } => refusal::ledger::stale(),
        LedgerError::OwnWork => refusal::ledger::own_work(),
        LedgerError::AlreadyReviewed => refusal::ledger::already_reviewed(),
        LedgerError::AlreadyClosed => refusal::ledger::already_closed(),
        // Taken away while the request was on its way.
        LedgerError::NotPermitted { .. } => refusal::request::forbidden(),
        LedgerError::DeviceTaken(device) => refusal::ledger::device_taken(&device).on_field("device"),
        LedgerError::InvalidField { field, ref reason } => {
            refusal::ledger::invalid(field, reason).on_field(field)
        }
        LedgerError::Unreadable {
            table,
            ref id,
            ref column,
            ..
        } => {
            tracing::error!(%error, "a request met a row that cannot be read");
            refusal::ledger::unreadable(table, id, column)
        }
        other => Problem::internal(&other),
    }
}

fn actor(caller: &Caller) -> Actor {
    let seen = |(id, granted): (&i64, &Option<Window>)| SeenSite {
        id: (*id).into(),
        period: granted.map(|window| (window.from, window.to)),
    };
    let sites = (!caller.scope.everything).then(|| caller.scope.sites.iter().map(seen).collect());
    Actor {
        account_id: caller.user_id.into(),
        login: caller.login.clone(),
        sites,
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
            .review(&actor(caller), id.into(), version, decision, note, now)
            .await
            .map_err(refused)?;
        Ok(())
    }
}

#[async_trait]
impl Records for OnLedger {
    async fn password_hash(&self, login: &str) -> Answer<Option<(i64, String)>> {
        let known = self.0.password_hash_of(login).await.map_err(refused)?;
        Ok(known.map(|(id, hash)| (id.into(), hash)))
    }

    async fn caller(&self, user: i64, _now: Timestamp) -> Answer<Option<Caller>> {
        self.caller_of(user).await
    }

    async fn me(&self, caller: &Caller) -> Answer<Me> {
        self.me_of(caller).await
    }

    async fn sites(&self, caller: &Caller) -> Answer<Vec<Site>> {
        let sites = self.0.sites(&actor(caller)).await.map_err(refused)?;
        Ok(sites
            .into_iter()
            .map(|site| Site {
                id: site.id.into(),
                name: site.name,
                party: PartyRef {
                    id: site.party_id.into(),
                    name: site.party_name,
                },
                description: site.description,
            })
            .collect())
    }

    async fn collectors(&self, caller: &Caller) -> Answer<Vec<Collector>> {
        let rows = self.0.collectors(&actor(caller)).await.map_err(refused)?;
        Ok(rows
            .into_iter()
            .map(|row| Collector {
                id: row.id,
                site_id: row.site_id.into(),
                name: row.name,
                online: false,
                last_seen: None,
                spooled: None,
                lost: None,
                not_read: Vec::new(),
                not_read_unnamed: 0,
                refused: Vec::new(),
            })
            .collect())
    }

    async fn record_probe(&self, caller: &Caller, collector: &str, what: &str, now: Timestamp) -> Answer<()> {
        let recorded = self.0.record_probe(&actor(caller), collector, what, now).await;
        recorded.map_err(refused)
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
            ..Overview::default()
        })
    }

    async fn instruments(
        &self,
        caller: &Caller,
        of: InstrumentFilter,
        page: PageOf,
    ) -> Answer<(Vec<Instrument>, u64)> {
        let filter = instruments::InstrumentFilter {
            site: of.site.map(Into::into),
            status: of.status.map(word_of),
            text: of.text,
        };
        let page = bounds(page);
        let (rows, total) = self
            .0
            .instruments(&actor(caller), &filter, page)
            .await
            .map_err(refused)?;
        Ok((rows.into_iter().map(instrument).collect::<Answer<_>>()?, total))
    }

    async fn instrument(&self, caller: &Caller, id: i64) -> Answer<Instrument> {
        instrument(
            self.0
                .instrument(&actor(caller), id.into())
                .await
                .map_err(refused)?,
        )
    }

    async fn register(&self, caller: &Caller, draft: InstrumentDraft, now: Timestamp) -> Answer<Instrument> {
        let id = self
            .0
            .register(&actor(caller), &configured(draft)?, now)
            .await
            .map_err(refused)?;
        self.instrument(caller, id.into()).await
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
            .change_instrument(&actor(caller), id.into(), version, &draft, now)
            .await
            .map_err(refused)?;
        self.instrument(caller, id).await
    }

    async fn devices(&self, caller: &Caller) -> Answer<BTreeMap<String, (i64, String)>> {
        let rows = self.0.every_instrument().await.map_err(refused)?;
        rows.into_iter()
            .map(|row| row.map_err(refused))
            .filter(|row| {
                row.as_ref()
                    .map_or(true, |row| caller.sees_site(row.site_id.into()))
            })
            .map(|row| {
                let row = instrument(row?)?;
                Ok((
                    row.draft.device.to_string(),
                    (row.draft.site_id, row.draft.profile),
                ))
            })
            .collect()
    }

    async fn grants(&self) -> Answer<Grants> {
        self.every_grant().await
    }

    async fn configurations(&self, caller: &Caller, id: i64) -> Answer<Vec<Configuration>> {
        let rows = self
            .0
            .configurations(&actor(caller), id.into())
            .await
            .map_err(refused)?;
        rows.into_iter()
            .map(|row| {
                Ok(Configuration {
                    version: row.version,
                    since: row.since,
                    draft: serde_json::from_str(&row.configuration).map_err(|error| {
                        let (place, found) = (format!("{id}, version {}", row.version), &row.configuration);
                        refused(unreadable(
                            "configuration_history",
                            place,
                            "configuration",
                            found,
                            &error,
                        ))
                    })?,
                })
            })
            .collect()
    }

    async fn due(&self, caller: &Caller, of: DueFilter, page: PageOf, now: Timestamp) -> Answer<DueList> {
        let filter = plans::DueFilter {
            state: of.state.map(word_of),
            kind: of.kind.map(word_of),
            instrument: of.instrument.map(Into::into),
            overdue: of.overdue,
        };
        let page = bounds(page);
        let page = self
            .0
            .due(&actor(caller), &filter, now, page)
            .await
            .map_err(refused)?;
        Ok(DueList {
            rows: page.rows.into_iter().map(due).collect::<Answer<_>>()?,
            total: page.total,
            overdue: page.overdue,
        })
    }

    async fn make_plan(&self, caller: &Caller, draft: PlanDraft, now: Timestamp) -> Answer<Plan> {
        let new = plans::NewPlan {
            kind: word_of(draft.kind),
            instrument_id: draft.instrument_id.into(),
            reference_id: draft.reference_id.map(Into::into),
            due_on: draft.due_on,
            note: draft.note,
        };
        let made = self.0.make_plan(&actor(caller), &new, now).await;
        plan(made.map_err(refused)?)
    }

    async fn close_plan(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        closing: PlanClosing,
        now: Timestamp,
    ) -> Answer<Plan> {
        let note = closing.note;
        let closing = match closing.run_id {
            Some(run_id) => plans::Closing::Done {
                run_id: run_id.into(),
                note,
            },
            None => plans::Closing::Cancelled { note },
        };
        let closed = self
            .0
            .close_plan(&actor(caller), id.into(), version, &closing, now)
            .await;
        plan(closed.map_err(refused)?)
    }

    async fn runs(&self, caller: &Caller, of: RunFilter, page: PageOf) -> Answer<RunPage> {
        let filter = runs::RunFilter {
            state: of.state.map(word_of),
            kind: of.kind.map(word_of),
            instrument: of.instrument.map(Into::into),
        };
        let page = bounds(page);
        let (rows, total) = self
            .0
            .runs(&actor(caller), &filter, page)
            .await
            .map_err(refused)?;
        let rows = rows.iter().map(summary).collect::<Answer<Vec<_>>>()?;
        Ok(RunPage { rows, total })
    }

    async fn run(&self, caller: &Caller, id: i64) -> Answer<Run> {
        let row = self.0.run(&actor(caller), id.into()).await.map_err(refused)?;
        let review = match (&row.reviewer, row.reviewed) {
            (Some(by), Some(at)) => Some(Review {
                by: by.clone(),
                at,
                decision: named(row.state)?,
                note: row.note.clone(),
            }),
            _ => None,
        };
        Ok(Run {
            summary: summary(&row)?,
            conclusion: RawValue::from_string(row.conclusion.clone())
                .map_err(|error| refused(unreadable("run", row.id, "conclusion", &row.conclusion, &error)))?,
            evidence_sha256: row.evidence_sha256,
            procedure_sha256: row.procedure_sha256,
            engine: row.engine,
            review,
        })
    }

    async fn frozen(&self, caller: &Caller, id: i64) -> Answer<Frozen> {
        let runs::Frozen { evidence, bundle } =
            self.0.frozen(&actor(caller), id.into()).await.map_err(refused)?;
        Ok(Frozen { evidence, bundle })
    }

    async fn record_run(&self, caller: &Caller, judged: Judged, now: Timestamp) -> Answer<i64> {
        let new = runs::NewRun {
            kind: word_of(judged.request.kind),
            instrument_id: judged.request.instrument_id.into(),
            reference_id: judged.request.reference_id.map(Into::into),
            window: judged.window,
            verdict: word_of(judged.verdict),
            conclusion: judged.conclusion,
            engine: judged.engine,
            evidence_sha256: judged.evidence_sha256,
            procedure_sha256: judged.procedure_sha256,
            frozen: runs::Frozen {
                evidence: judged.frozen.evidence,
                bundle: judged.frozen.bundle,
            },
        };
        self.0
            .record_run(&actor(caller), &new, now)
            .await
            .map(Into::into)
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

    async fn masters(&self) -> Answer<Vec<Master>> {
        let rows = self.0.masters().await.map_err(refused)?;
        let master = |row: ledger::metering::Master| Master {
            id: row.id.into(),
            estimated: row.estimated,
        };
        Ok(rows.into_iter().map(master).collect())
    }

    async fn sub_meters(&self, caller: &Caller, master: i64) -> Answer<Vec<Instrument>> {
        self.sub_meters_of(caller, master).await
    }

    async fn estimates(
        &self,
        caller: &Caller,
        master: Option<i64>,
        page: PageOf,
    ) -> Answer<ErrorEstimatePage> {
        self.estimates_page(caller, master, page).await
    }

    async fn estimate(&self, caller: &Caller, id: i64) -> Answer<ErrorEstimate> {
        self.one_estimate(caller, id).await
    }

    async fn record_estimate(&self, by: Option<&Caller>, made: Estimated, now: Timestamp) -> Answer<i64> {
        self.keep_estimate(by, made, now).await
    }

    async fn procedures(&self) -> Answer<Vec<KeptProcedure>> {
        let rows = self.0.procedures().await.map_err(refused)?;
        Ok(rows.into_iter().map(procedures::kept).collect())
    }

    async fn enter_procedure(&self, caller: &Caller, new: NewProcedure, now: Timestamp) -> Answer<()> {
        let new = procedures::new(new);
        self.0
            .enter_procedure(&actor(caller), &new, now)
            .await
            .map_err(refused)
    }

    async fn approve_procedure(
        &self,
        caller: &Caller,
        new: NewProcedure,
        draft_sha256: &str,
        now: Timestamp,
    ) -> Answer<()> {
        let (actor, new) = (actor(caller), procedures::new(new));
        self.0
            .approve_procedure(&actor, &new, draft_sha256, now)
            .await
            .map_err(procedures::refused)
    }

    async fn audit(&self, caller: &Caller, object: Option<&str>, page: PageOf) -> Answer<AuditPage> {
        let page = bounds(page);
        self.0
            .audit(&actor(caller), object, page)
            .await
            .and_then(trail)
            .map_err(refused)
    }

    async fn audit_of_instrument(&self, caller: &Caller, id: i64, page: PageOf) -> Answer<AuditPage> {
        let page = bounds(page);
        self.0
            .audit_of_instrument(&actor(caller), id.into(), page)
            .await
            .and_then(trail)
            .map_err(refused)
    }
}
