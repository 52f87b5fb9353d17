//! The portal over the real ledger: an enterprise with a plant, the laboratory that serves it, an auditor with one week
//! of it, and somebody else's mill next door.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::http::StatusCode;
use jiff::Timestamp;
use ledger::Ledger;
use ledger::accounts::Role;
use ledger::seed::{NewAccount, NewSite};
use portal::field::Field;
use portal::on_ledger::OnLedger;
use portal::{Portal, PortalConfig, PortalParts};
use serde_json::{Value, json};

use crate::actor::Actor;
use crate::double::{Hourly, PASSWORD, draft_json, granted, now};

pub struct Laboratory {
    pub portal: Arc<Portal>,
    pub ledger: Arc<Ledger>,
    pub plant: i64,
    pub mill: i64,
    clock: Arc<AtomicI64>,
    _folder: tempfile::TempDir,
}

impl Laboratory {
    pub async fn open() -> Self {
        Self::over(Arc::new(Hourly)).await
    }

    /// With other readings.
    pub async fn over(field: Arc<dyn Field>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::new(Ledger::open(&folder.path().join("ledger.db")).await.unwrap());
        let (plant, mill) = seed(&ledger).await;
        let clock = Arc::new(AtomicI64::new(now().as_microsecond()));
        let hands = clock.clone();
        let portal = Portal::new(PortalParts {
            records: Arc::new(OnLedger(ledger.clone())),
            field,
            clock: Arc::new(move || Timestamp::from_microsecond(hands.load(Ordering::Relaxed)).unwrap()),
            catalogue: devices::profile::catalogue(),
            config: PortalConfig::default(),
        });
        Self {
            portal,
            ledger,
            plant,
            mill,
            clock,
            _folder: folder,
        }
    }

    pub async fn actor(&self, login: &str) -> Actor {
        Actor::signed_in(&self.portal, login).await
    }

    /// Sessions last ten hours: sign in after this.
    pub fn it_is_now(&self, time: &str) {
        let time: Timestamp = time.parse().unwrap();
        self.clock.store(time.as_microsecond(), Ordering::Relaxed);
    }

    /// A meter of the plant that reads once an hour, with a certificate from before everything else; registered by the
    /// enterprise.
    pub async fn meter(&self, device: &str, profile: &str) -> i64 {
        let reply = self
            .actor("works")
            .await
            .send(
                "POST",
                "/api/v1/instruments",
                Some(self.draft(device, profile)),
                None,
            )
            .await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        reply.json()["id"].as_i64().unwrap()
    }

    pub fn draft(&self, device: &str, profile: &str) -> Value {
        let mut draft = draft_json();
        let traceability = json!({"certificate_no": format!("Z-{device}"), "issued_by": "Institute",
            "issued_on": "2026-01-05", "due_on": "2027-01-04", "u95_percent": "0.02"});
        for (name, value) in [
            ("site_id", json!(self.plant)),
            ("device", json!(device)),
            ("name", json!(format!("meter {device}"))),
            ("serial", json!(format!("S-{device}"))),
            ("profile", json!(profile)),
            ("period_seconds", json!(3600)),
            ("traceability", traceability),
        ] {
            draft[name] = value;
        }
        draft["multiplier"]["current_ratio"] = json!("1");
        draft
    }

    /// Changes what stands under `pointer`, as the enterprise.
    pub async fn change(&self, id: i64, pointer: &str, value: Value) -> Value {
        let works = self.actor("works").await;
        let path = format!("/api/v1/instruments/{id}");
        let mut draft = works.get(&path).await.json();
        let version = draft["version"].as_i64();
        for own in [
            "id",
            "version",
            "status",
            "next_check_on",
            "created_at",
            "condition",
        ] {
            draft.as_object_mut().unwrap().remove(own);
        }
        *draft.pointer_mut(pointer).unwrap() = value;
        let reply = works.send("PUT", &path, Some(draft), version).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.json()
    }
}

/// What is asked of the laboratory, over the granted week.
pub fn asked(kind: &str, instrument: i64, reference: i64) -> Value {
    json!({"kind": kind, "instrument_id": instrument, "reference_id": reference,
        "from": granted().from.to_string(), "to": granted().to.to_string()})
}

async fn seed(ledger: &Ledger) -> (i64, i64) {
    for (login, party, roles) in [
        ("works", "Works", &[Role::Enterprise][..]),
        ("others", "Others", &[Role::Enterprise]),
        ("li", "Laboratory", &[Role::Operator]),
        ("zhao", "Laboratory", &[Role::Reviewer]),
        ("both", "Laboratory", &[Role::Operator, Role::Reviewer]),
        ("qian", "Auditors", &[Role::Auditor]),
        ("root", "Operations", &[Role::Administrator]),
    ] {
        let account = NewAccount {
            login: login.to_owned(),
            name: login.to_uppercase(),
            party: party.to_owned(),
            password: PASSWORD.to_owned(),
            roles: roles.to_vec(),
        };
        assert!(ledger.create_account(&account, now()).await.unwrap());
    }
    let mut sites = Vec::new();
    for (name, party, laboratory, collector) in [
        ("Plant", "Works", "Laboratory", "c-1"),
        ("Mill", "Others", "Other laboratory", "c-2"),
    ] {
        let site = NewSite {
            name: name.to_owned(),
            party: party.to_owned(),
            description: String::new(),
            laboratory: laboratory.to_owned(),
        };
        let id = ledger.create_site(&site, now()).await.unwrap();
        ledger
            .put_collector(collector, id, name, [1; 32], now())
            .await
            .unwrap();
        sites.push(id);
    }
    ledger
        .grant("qian", sites[0], granted().from, granted().to, now())
        .await
        .unwrap();
    (sites[0].into(), sites[1].into())
}
