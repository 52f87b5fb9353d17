//! A ledger and a field in memory, as little as the tests of the HTTP side need.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use devices::{DeviceId, Provenance, Reading, SeriesId, Window};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use jiff::Timestamp;
use portal::access::{Caller, Role, Scope};
use portal::audit::wire::*;
use portal::collector::wire::*;
use portal::estimate::wire::*;
use portal::field::{Contact, Field, FieldError, Live, Refused, Silent};
use portal::instrument::wire::*;
use portal::overview::wire::*;
use portal::plan::wire::*;
use portal::problem::{Answer, Problem};
use portal::records::{
    CollectorGrant, Configuration, DueFilter, DueList, Estimated, Frozen, Grants, InstrumentFilter, Judged,
    KeptProcedure, Master, NewProcedure, PageOf, Records, RunFilter, refusals,
};
use portal::run::wire::*;
use portal::session::wire::*;
use portal::site::wire::*;
use uplink::{Networks, NotRead, NotReadCause, Report};

/// The password of everybody, as argon2id with the least cost.
pub const PASSWORD: &str = "correct horse";

/// The enterprise's site, and one of somebody else.
pub const SITE: i64 = 1;
pub const OTHER_SITE: i64 = 2;

pub fn now() -> Timestamp {
    "2026-06-01T08:00:00Z".parse().unwrap()
}

pub struct Book {
    pub hash: String,
    pub version: i64,
    pub operator: &'static str,
    pub recorded: Arc<Mutex<Vec<Judged>>>,
}

pub fn granted() -> Window {
    Window::new(
        "2026-05-01T00:00:00Z".parse().unwrap(),
        "2026-05-08T00:00:00Z".parse().unwrap(),
    )
    .unwrap()
}

fn see(caller: &Caller, site: i64) -> Answer<()> {
    if caller.sees_site(site) {
        Ok(())
    } else {
        Err(Problem::not_found("instrument", "仪表"))
    }
}

pub fn draft() -> InstrumentDraft {
    serde_json::from_value(draft_json()).unwrap()
}

pub fn draft_json() -> serde_json::Value {
    serde_json::json!({
        "site_id": SITE, "collector": "c-1", "device": "m-01", "name": "1# 车间", "profile": "dtz341@1", "serial": "001",
        "manufacturer": "x", "accuracy_class": "0.5S", "purpose": "sub-meter",
        "access": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": 502, "unit": 1}, "period_seconds": 60,
        "multiplier": {"current_ratio": "20", "voltage_ratio": "1", "registers_are_primary": false},
        "location": "", "traceability": null, "plausible": {}
    })
}

pub fn certificate_json() -> serde_json::Value {
    serde_json::json!({"certificate_no": "Z-1", "issued_by": "x", "issued_on": "2026-01-05", "due_on": "2027-01-04",
        "u95_percent": "0.02", "k": "2"})
}

impl Book {
    fn instrument(&self, id: i64) -> Answer<Instrument> {
        let mut draft = draft();
        draft.site_id = if id == 2 { OTHER_SITE } else { SITE };
        if id == 3 {
            draft.device = "ref-1".parse().unwrap();
            draft.profile = "ref3000@1".to_owned();
        }
        draft.traceability = serde_json::from_value(certificate_json()).unwrap();
        if id > 3 {
            return Err(Problem::not_found("instrument", "仪表"));
        }
        Ok(Instrument {
            id,
            version: self.version,
            status: InstrumentStatus::Normal,
            next_check_on: None,
            created_at: now(),
            draft,
        })
    }

    fn summary(&self) -> RunSummary {
        RunSummary {
            id: 1,
            kind: RunKind::OnlineVerification,
            instrument: InstrumentRef {
                id: 1,
                device: "m-01".to_owned(),
                name: "1".to_owned(),
            },
            reference: None,
            window: WindowCard {
                from: granted().from,
                to: granted().to,
            },
            state: RunState::AwaitingReview,
            verdict: VerdictName::DoesNotConform,
            operator: self.operator.to_owned(),
            created_at: now(),
            version: self.version,
        }
    }

    fn review(&self, caller: &Caller, id: i64, version: i64) -> Answer<()> {
        if id != 1 {
            return Err(Problem::not_found("run", "检测"));
        }
        if version != self.version {
            return Err(Problem::stale());
        }
        if caller.login == self.operator {
            Err(refusals::own_work())
        } else {
            Ok(())
        }
    }
}

#[async_trait]
impl Records for Book {
    async fn password_hash(&self, login: &str) -> Answer<Option<(i64, String)>> {
        let place = Role::ALL.iter().position(|role| role.name() == login);
        Ok(place.map(|place| (i64::try_from(place).unwrap(), self.hash.clone())))
    }
    async fn caller(&self, user: i64, _: Timestamp) -> Answer<Option<Caller>> {
        let role = Role::ALL[usize::try_from(user).unwrap()];
        let sites = match role {
            Role::Enterprise | Role::Operator | Role::Reviewer => BTreeMap::from([(SITE, None)]),
            Role::Auditor => BTreeMap::from([(SITE, Some(granted()))]),
            Role::Administrator => BTreeMap::new(),
        };
        Ok(Some(Caller {
            user_id: user,
            login: role.name().to_owned(),
            name: role.name().to_owned(),
            party_id: 1,
            party_name: "p".to_owned(),
            roles: vec![role],
            scope: Scope {
                everything: role == Role::Administrator,
                sites,
            },
        }))
    }
    async fn me(&self, caller: &Caller) -> Answer<Me> {
        Ok(Me {
            login: caller.login.clone(),
            name: caller.name.clone(),
            roles: caller.roles.clone(),
            party: PartyRef {
                id: caller.party_id,
                name: caller.party_name.clone(),
            },
            sites: Vec::new(),
        })
    }
    async fn sites(&self, _: &Caller) -> Answer<Vec<Site>> {
        Ok(Vec::new())
    }
    async fn collectors(&self, _: &Caller) -> Answer<Vec<Collector>> {
        let (id, name) = ("c-1".to_owned(), "一号".to_owned());
        let known = Collector {
            id,
            site_id: SITE,
            name,
            online: false,
            last_seen: None,
            spooled: None,
            lost: None,
            not_read: Vec::new(),
            not_read_unnamed: 0,
            refused: Vec::new(),
        };
        let silent = Collector {
            id: "c-2".to_owned(),
            ..known.clone()
        };
        Ok(vec![known, silent])
    }
    async fn overview(&self, _: &Caller, _: Timestamp) -> Answer<Overview> {
        Ok(Overview {
            awaiting_review: 1,
            ..Overview::default()
        })
    }
    async fn instruments(
        &self,
        _: &Caller,
        _: InstrumentFilter,
        _: PageOf,
    ) -> Answer<(Vec<Instrument>, u64)> {
        Ok((vec![self.instrument(1)?], 1))
    }
    async fn instrument(&self, caller: &Caller, id: i64) -> Answer<Instrument> {
        let instrument = self.instrument(id)?;
        see(caller, instrument.draft.site_id)?;
        Ok(instrument)
    }
    async fn register(&self, caller: &Caller, draft: InstrumentDraft, _: Timestamp) -> Answer<Instrument> {
        see(caller, draft.site_id)?;
        self.instrument(1)
    }
    async fn change(
        &self,
        caller: &Caller,
        id: i64,
        version: i64,
        _: InstrumentDraft,
        _: Timestamp,
    ) -> Answer<Instrument> {
        see(caller, self.instrument(id)?.draft.site_id)?;
        if version == self.version {
            self.instrument(id)
        } else {
            Err(Problem::stale())
        }
    }
    async fn devices(&self, _: &Caller) -> Answer<BTreeMap<String, (i64, String)>> {
        Ok(BTreeMap::from([(
            "m-01".to_owned(),
            (SITE, "dtz341@1".to_owned()),
        )]))
    }
    async fn record_probe(&self, _: &Caller, _: &str, _: &str, _: Timestamp) -> Answer<()> {
        Ok(())
    }
    async fn grants(&self) -> Answer<Grants> {
        Ok(Grants::default())
    }
    async fn configurations(&self, _: &Caller, id: i64) -> Answer<Vec<Configuration>> {
        Ok(vec![Configuration {
            version: 1,
            since: granted().from,
            draft: self.instrument(id)?.draft,
        }])
    }
    async fn due(&self, _: &Caller, _: DueFilter, _: PageOf, _: Timestamp) -> Answer<DueList> {
        Ok(DueList::default())
    }
    async fn make_plan(&self, _: &Caller, _: PlanDraft, _: Timestamp) -> Answer<Plan> {
        Err(Problem::not_found("instrument", "仪表"))
    }
    async fn close_plan(&self, _: &Caller, _: i64, _: i64, _: PlanClosing, _: Timestamp) -> Answer<Plan> {
        Err(Problem::not_found("plan", "计划"))
    }
    async fn runs(&self, _: &Caller, _: RunFilter, _: PageOf) -> Answer<RunPage> {
        Ok(RunPage {
            rows: vec![self.summary()],
            total: 1,
        })
    }
    async fn run(&self, _: &Caller, id: i64) -> Answer<Run> {
        if id != 1 {
            return Err(Problem::not_found("run", "检测"));
        }
        Ok(Run {
            summary: self.summary(),
            conclusion: serde_json::value::RawValue::from_string("{\"mean\":\"-1.80\"}".to_owned()).unwrap(),
            evidence_sha256: "00".to_owned(),
            procedure_sha256: "00".to_owned(),
            engine: "0".to_owned(),
            review: None,
        })
    }
    async fn frozen(&self, caller: &Caller, id: i64) -> Answer<Frozen> {
        self.run(caller, id).await?;
        Ok(Frozen {
            evidence: b"{}".to_vec(),
            bundle: b"{}".to_vec(),
        })
    }
    async fn record_run(&self, _: &Caller, judged: Judged, _: Timestamp) -> Answer<i64> {
        self.recorded.lock().unwrap().push(judged);
        Ok(1)
    }
    async fn confirm(&self, caller: &Caller, id: i64, version: i64, _: &str, _: Timestamp) -> Answer<()> {
        self.review(caller, id, version)
    }
    async fn send_back(&self, caller: &Caller, id: i64, version: i64, _: &str, _: Timestamp) -> Answer<()> {
        self.review(caller, id, version)
    }
    async fn masters(&self) -> Answer<Vec<Master>> {
        Ok(Vec::new())
    }
    async fn sub_meters(&self, _: &Caller, _: i64) -> Answer<Vec<Instrument>> {
        Ok(Vec::new())
    }
    async fn estimates(&self, _: &Caller, _: Option<i64>, _: PageOf) -> Answer<ErrorEstimatePage> {
        Ok(ErrorEstimatePage {
            rows: Vec::new(),
            total: 0,
        })
    }
    async fn estimate(&self, _: &Caller, _: i64) -> Answer<ErrorEstimate> {
        Err(Problem::not_found("estimate", "估计"))
    }
    async fn record_estimate(&self, _: Option<&Caller>, _: Estimated, _: Timestamp) -> Answer<i64> {
        Ok(1)
    }
    async fn procedures(&self) -> Answer<Vec<KeptProcedure>> {
        Ok(Vec::new())
    }
    async fn enter_procedure(&self, _: &Caller, _: NewProcedure, _: Timestamp) -> Answer<()> {
        Ok(())
    }
    async fn approve_procedure(&self, _: &Caller, _: NewProcedure, _: &str, _: Timestamp) -> Answer<()> {
        Ok(())
    }
    async fn audit_of_instrument(&self, _: &Caller, _: i64, _: PageOf) -> Answer<AuditPage> {
        Ok(AuditPage {
            rows: Vec::new(),
            total: 0,
        })
    }
    async fn audit(&self, _: &Caller, _: Option<&str>, _: PageOf) -> Answer<AuditPage> {
        Ok(AuditPage {
            rows: Vec::new(),
            total: 0,
        })
    }
}

/// One reading an hour, whatever is asked.
pub struct Hourly;

/// A collector that does not read one device, and connects to private addresses only.
fn report() -> Report {
    let not_read = NotRead {
        device: "m-07".to_owned(),
        cause: NotReadCause::NotUnderstood,
        detail: "unknown variant".to_owned(),
    };
    Report::new(3, vec![not_read], Networks::default())
}

fn reading(series: &SeriesId, nominal: Timestamp) -> Reading {
    reading_of(series, nominal, "220.10")
}

pub fn reading_of(series: &SeriesId, nominal: Timestamp, value: &str) -> Reading {
    let value = Some(value.parse().unwrap());
    Reading {
        series: series.clone(),
        nominal,
        taken: nominal,
        value,
        quality: devices::Quality::Good,
    }
}

#[async_trait]
impl Field for Hourly {
    async fn latest_of_device(&self, device: &DeviceId) -> Result<Vec<Reading>, FieldError> {
        let series = SeriesId::new(device.clone(), "voltage.a".parse().unwrap());
        Ok(vec![reading(&series, now())])
    }
    async fn values_before(&self, device: &DeviceId, _: Timestamp) -> Result<Vec<Reading>, FieldError> {
        self.latest_of_device(device).await
    }
    async fn range(
        &self,
        series: &SeriesId,
        window: Window,
        limit: usize,
    ) -> Result<Vec<Reading>, FieldError> {
        let hours = (0..).map(|hour| window.from + jiff::SignedDuration::from_hours(hour));
        Ok(hours
            .take_while(|time| window.contains(*time))
            .take(limit)
            .map(|time| reading(series, time))
            .collect())
    }
    async fn provenance(&self, _: &SeriesId, _: Timestamp) -> Result<Option<Provenance>, FieldError> {
        Ok(Some(Provenance {
            raw: "55FA".to_owned(),
            profile: "dtz341@1".to_owned(),
        }))
    }
    fn live(&self) -> BoxStream<'static, Live> {
        let mine: SeriesId = "m-01/voltage.a".parse().unwrap();
        let foreign: SeriesId = "m-99/voltage.a".parse().unwrap();
        let sweep = Live::Sweep(Arc::new(vec![reading(&mine, now()), reading(&foreign, now())]));
        stream::iter([sweep, Live::Lagged(3)]).boxed()
    }
    async fn probe(
        &self,
        _: &str,
        _: &str,
        _: uplink::Access,
        _: Duration,
    ) -> Result<uplink::ProbeAnswer, Silent> {
        Err(Silent("nothing within 15 s".to_owned()))
    }
    fn contacts(&self) -> BTreeMap<String, Contact> {
        let contact = Contact {
            last_seen: now() - jiff::SignedDuration::from_mins(1),
            spooled: Some(7),
            lost: Some(0),
            refused: vec![Refused {
                reason: "time-ahead".to_owned(),
                readings: 12,
                device: "m-01".to_owned(),
            }],
            report: Some(report()),
        };
        BTreeMap::from([("c-1".to_owned(), contact)])
    }
    fn admit(&self, _: Vec<CollectorGrant>) {}
}
