//! What the portal asks of the ledger. The rules that must hold even against this package (two pairs of eyes, no change
//! of a confirmed row, version checks, audit entry in the same transaction) are the ledger's.

use std::collections::BTreeMap;

use async_trait::async_trait;
use devices::Window;
use jiff::Timestamp;

use crate::access::Caller;
use crate::audit::wire::AuditPage;
use crate::collector::wire::Collector;
use crate::estimate::wire::{ErrorEstimate, ErrorEstimatePage};
use crate::field::CollectorGrant;
use crate::instrument::wire::{Instrument, InstrumentDraft, InstrumentStatus};
use crate::overview::wire::Overview;
use crate::plan::wire::{DueItem, Plan, PlanClosing, PlanDraft, PlanState};
use crate::problem::Answer;
use crate::run::wire::{Run, RunKind, RunPage, RunRequest, RunState};
use crate::session::wire::Me;
use crate::site::wire::Site;

/// A page of a list, from 1.
#[derive(Clone, Copy, Debug)]
pub struct PageOf {
    pub number: u32,
    pub rows: u32,
}

#[derive(Clone, Debug, Default)]
pub struct InstrumentFilter {
    pub site: Option<i64>,
    pub status: Option<InstrumentStatus>,
    /// Part of the device, name or serial number.
    pub text: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct RunFilter {
    pub state: Option<RunState>,
    pub kind: Option<RunKind>,
    pub instrument: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub struct DueFilter {
    /// `None`: open, with the next checks.
    pub state: Option<PlanState>,
    pub kind: Option<RunKind>,
    pub instrument: Option<i64>,
    pub overdue: bool,
}

/// A page of what is to be done, how much there is, and how much of that is overdue.
#[derive(Clone, Debug, Default)]
pub struct DueList {
    pub rows: Vec<DueItem>,
    pub total: u64,
    pub overdue: u64,
}

/// Everything that may send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    pub collectors: Vec<CollectorGrant>,
    /// Rows of the ledger that are left out, each named: nobody can say what they grant.
    pub unreadable: Vec<String>,
}

/// What was registered of an instrument from a time on.
#[derive(Clone, Debug)]
pub struct Configuration {
    pub version: i64,
    pub since: Timestamp,
    pub draft: InstrumentDraft,
}

/// The bytes that a confirmed or waiting run keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    pub evidence: Vec<u8>,
    /// `analysis` recheck bundle, JSON.
    pub bundle: Vec<u8>,
}

/// What a finished job hands over; stored in one transaction with its audit entry.
#[derive(Clone, Debug)]
pub struct Judged {
    pub request: RunRequest,
    pub window: Window,
    /// JSON as the engine wrote it.
    pub conclusion: String,
    pub verdict: crate::run::wire::VerdictName,
    pub engine: String,
    pub evidence_sha256: String,
    pub procedure_sha256: String,
    pub frozen: Frozen,
}

/// A meter with others behind it, for the daily estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Master {
    pub id: i64,
    pub estimated: Option<Timestamp>,
}

/// What an estimation hands over; stored in one transaction with its audit entry.
#[derive(Clone, Debug)]
pub struct Estimated {
    pub master_id: i64,
    pub window: Window,
    pub meters: u32,
    pub suspects: u32,
    pub engine: String,
    pub body_sha256: String,
    /// [`crate::estimate::wire::ErrorEstimateBody`] as canonical JSON.
    pub body: String,
}

/// A procedure that the engine has read, to be kept.
#[derive(Clone, Debug)]
pub struct NewProcedure {
    pub id: String,
    pub version: u32,
    pub text: String,
    pub note: String,
}

/// A procedure that was entered or approved here.
#[derive(Clone, Debug)]
pub struct KeptProcedure {
    pub sha256: String,
    /// Of an approved one.
    pub draft_sha256: Option<String>,
    pub text: String,
    pub note: String,
    /// Login.
    pub by: String,
    pub at: Timestamp,
}

/// Every method answers only for what `caller` sees, and `not-found` beyond it.
#[async_trait]
pub trait Records: Send + Sync {
    /// The account's id and its argon2 hash (PHC text).
    async fn password_hash(&self, login: &str) -> Answer<Option<(i64, String)>>;
    /// Roles and scope as they are now; `None` once the account is closed.
    async fn caller(&self, user: i64, now: Timestamp) -> Answer<Option<Caller>>;
    async fn me(&self, caller: &Caller) -> Answer<Me>;

    async fn sites(&self, caller: &Caller) -> Answer<Vec<Site>>;
    /// Without `online`, `last_seen`, `spooled` and `lost`, which the gateway knows.
    async fn collectors(&self, caller: &Caller) -> Answer<Vec<Collector>>;
    /// Without what the gateway knows: collectors, and which instruments answer.
    async fn overview(&self, caller: &Caller, now: Timestamp) -> Answer<Overview>;

    /// A page, and how many there are.
    async fn instruments(
        &self,
        caller: &Caller,
        of: InstrumentFilter,
        page: PageOf,
    ) -> Answer<(Vec<Instrument>, u64)>;
    async fn instrument(&self, caller: &Caller, id: i64) -> Answer<Instrument>;
    async fn register(&self, caller: &Caller, draft: InstrumentDraft, now: Timestamp) -> Answer<Instrument>;
    /// `stale` if the row is no longer at `version`.
    async fn change(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        draft: InstrumentDraft,
        now: Timestamp,
    ) -> Answer<Instrument>;
    /// Device → (site, profile).
    async fn devices(&self, caller: &Caller) -> Answer<BTreeMap<String, (i64, String)>>;
    /// An audit entry: this person has a collector read once. `not-found` for a collector out of sight.
    async fn record_probe(&self, caller: &Caller, collector: &str, what: &str, now: Timestamp) -> Answer<()>;
    /// Everything that may send, for the gateway's admission table.
    async fn grants(&self) -> Answer<Grants>;

    /// Every configuration that the instrument ever had, oldest first and at least one.
    async fn configurations(&self, caller: &Caller, id: i64) -> Answer<Vec<Configuration>>;

    /// Plans and next checks; `now` says what is overdue.
    async fn due(&self, caller: &Caller, of: DueFilter, page: PageOf, now: Timestamp) -> Answer<DueList>;
    async fn make_plan(&self, caller: &Caller, draft: PlanDraft, now: Timestamp) -> Answer<Plan>;
    /// `already-closed`, `stale`, `invalid` for a run that does not fit.
    async fn close_plan(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        closing: PlanClosing,
        now: Timestamp,
    ) -> Answer<Plan>;

    async fn runs(&self, caller: &Caller, of: RunFilter, page: PageOf) -> Answer<RunPage>;
    async fn run(&self, caller: &Caller, id: i64) -> Answer<Run>;
    async fn frozen(&self, caller: &Caller, id: i64) -> Answer<Frozen>;
    async fn record_run(&self, caller: &Caller, judged: Judged, now: Timestamp) -> Answer<i64>;
    /// `own-work` if the caller ran it, `already-reviewed`, `stale`.
    async fn confirm(&self, caller: &Caller, id: i64, version: i64, note: &str, now: Timestamp)
    -> Answer<()>;
    async fn send_back(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        reason: &str,
        now: Timestamp,
    ) -> Answer<()>;

    /// Every meter in use with others behind it, at all sites.
    async fn masters(&self) -> Answer<Vec<Master>>;
    /// The meters directly behind a master.
    async fn sub_meters(&self, caller: &Caller, master: i64) -> Answer<Vec<Instrument>>;
    async fn estimates(
        &self,
        caller: &Caller,
        master: Option<i64>,
        page: PageOf,
    ) -> Answer<ErrorEstimatePage>;
    async fn estimate(&self, caller: &Caller, id: i64) -> Answer<ErrorEstimate>;
    /// Nothing else changes. `by` is `None` for the daily job.
    async fn record_estimate(&self, by: Option<&Caller>, made: Estimated, now: Timestamp) -> Answer<i64>;

    /// The same for everybody, oldest first.
    async fn procedures(&self) -> Answer<Vec<KeptProcedure>>;
    async fn enter_procedure(&self, caller: &Caller, new: NewProcedure, now: Timestamp) -> Answer<()>;
    /// `own-work` for an own draft.
    async fn approve_procedure(
        &self,
        caller: &Caller,
        new: NewProcedure,
        draft_sha256: &str,
        now: Timestamp,
    ) -> Answer<()>;

    async fn audit(&self, caller: &Caller, object: Option<&str>, page: PageOf) -> Answer<AuditPage>;
    /// Its own entries, and those of the plans and runs that it was part of.
    async fn audit_of_instrument(&self, caller: &Caller, id: i64, page: PageOf) -> Answer<AuditPage>;
}
