//! The portal over the real ledger: an enterprise with a plant, the laboratory that serves it, an auditor with one week
//! of it, and somebody else's mill next door.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};

use argon2::password_hash::{PasswordHasher, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use axum::http::StatusCode;
use devices::Window;
use jiff::Timestamp;
use ledger::Ledger;
use ledger::accounts::Role;
use ledger::seed::{NewAccount, NewSite, Password};
use portal::{Portal, PortalConfig, PortalParts};
use serde_json::{Value, json};
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;

use crate::actor::{Actor, Reply};
use crate::simulated::Simulated;

const LEDGER: &str = "ledger.db";

/// Of everybody; hashed once, at the least cost.
pub const PASSWORD: &str = "correct horse";

static HASH: LazyLock<Password> = LazyLock::new(|| {
    let cheap = Params::new(Params::MIN_M_COST, 1, 1, None).unwrap();
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
    let salt = SaltString::encode_b64(b"salt of tests").unwrap();
    let hash = argon.hash_password(PASSWORD.as_bytes(), &salt).unwrap();
    Password::Hashed(hash.to_string())
});

/// The time at which a laboratory opens.
pub fn now() -> Timestamp {
    "2026-06-01T08:00:00Z".parse().unwrap()
}

/// The week that the auditor may see.
pub fn granted() -> Window {
    Window::new(
        "2026-05-01T00:00:00Z".parse().unwrap(),
        "2026-05-08T00:00:00Z".parse().unwrap(),
    )
    .unwrap()
}

pub struct Laboratory {
    pub portal: Arc<Portal>,
    pub ledger: Arc<Ledger>,
    pub plant: i64,
    pub mill: i64,
    clock: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

impl Laboratory {
    pub async fn open() -> Self {
        Self::over(Simulated::hourly()).await
    }

    /// With other readings.
    pub async fn over(field: Simulated) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Arc::new(Ledger::open(&folder.path().join(LEDGER)).await.unwrap());
        let (plant, mill) = seed(&ledger).await;
        let clock = Arc::new(AtomicI64::new(now().as_microsecond()));
        let hands = clock.clone();
        let portal = Portal::new(PortalParts {
            ledger: ledger.clone(),
            field: Arc::new(field),
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
            folder,
        }
    }

    pub async fn actor(&self, login: &str) -> Actor {
        Actor::signed_in(&self.portal, login).await
    }

    /// A hand on the database, past all of our code.
    pub async fn hand(&self, sql: &'static str) {
        let mut connection = SqliteConnectOptions::new()
            .filename(self.folder.path().join(LEDGER))
            .connect()
            .await
            .unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }

    /// Sessions last ten hours: sign in after this.
    pub fn it_is_now(&self, time: &str) {
        let time: Timestamp = time.parse().unwrap();
        self.clock.store(time.as_microsecond(), Ordering::Relaxed);
    }

    /// A meter of the plant that reads once an hour, with a certificate from before everything else; registered by the
    /// enterprise.
    pub async fn meter(&self, device: &str, profile: &str) -> i64 {
        self.register(self.draft(device, profile)).await
    }

    /// As the enterprise.
    pub async fn register(&self, draft: Value) -> i64 {
        let works = self.actor("works").await;
        id_of(works.send("POST", "/api/v1/instruments", Some(draft), None).await)
    }

    /// A meter of the mill next door.
    pub async fn foreign_meter(&self) -> i64 {
        let mut draft = self.draft("x-1", "dtz341@1");
        (draft["site_id"], draft["collector"]) = (json!(self.mill), json!("c-2"));
        let others = self.actor("others").await;
        id_of(
            others
                .send("POST", "/api/v1/instruments", Some(draft), None)
                .await,
        )
    }

    pub fn draft(&self, device: &str, profile: &str) -> Value {
        json!({
            "site_id": self.plant, "collector": "c-1", "device": device, "name": format!("meter {device}"),
            "profile": profile, "serial": format!("S-{device}"), "manufacturer": "x", "accuracy_class": "0.5S",
            "purpose": "sub-meter", "access": {"kind": "modbus-tcp", "host": "127.0.0.1", "port": 502, "unit": 1},
            "period_seconds": 3600, "location": "", "plausible": {},
            "multiplier": {"current_ratio": "1", "voltage_ratio": "1", "registers_are_primary": false},
            "traceability": {"certificate_no": format!("Z-{device}"), "issued_by": "Institute",
                "issued_on": "2026-01-05", "due_on": "2027-01-04", "u95_percent": "0.02"}
        })
    }

    /// Changes what stands under `pointer`, as the enterprise.
    pub async fn change(&self, id: i64, pointer: &str, value: Value) -> Value {
        self.enter(id, |draft| *draft.pointer_mut(pointer).unwrap() = value)
            .await
    }

    /// Another serial number, and what that is said to mean.
    pub async fn renumber(&self, id: i64, serial: &str, said: Option<&str>) -> Value {
        let change = |draft: &mut Value| {
            draft["serial"] = json!(serial);
            draft["serial_change"] = json!(said);
        };
        self.enter(id, change).await
    }

    async fn enter(&self, id: i64, change: impl FnOnce(&mut Value)) -> Value {
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
        change(&mut draft);
        let reply = works.send("PUT", &path, Some(draft), version).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        reply.json()
    }
}

fn id_of(registered: Reply) -> i64 {
    assert_eq!(registered.status, StatusCode::CREATED, "{}", registered.body);
    registered.json()["id"].as_i64().unwrap()
}

/// Somebody of the seed as records name him.
pub fn person(login: &str) -> Value {
    json!({"login": login, "name": login.to_uppercase()})
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
            password: HASH.clone(),
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
            time_zone: ledger::zones::USUAL.to_owned(),
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
