//! One enterprise, one laboratory with three people, one collector; and a stranger's site beside it.

use devices::Window;
use jiff::{SignedDuration, Timestamp};
use ledger::accounts::Role;
use ledger::instruments::{Access, Certificate, Configuration, ExpandedUncertainty, Multiplier, Purpose};
use ledger::runs::{Frozen, Kind, NewRun, Verdict};
use ledger::seed::{NewAccount, NewSite};
use ledger::{Actor, InstrumentId, Ledger, RunId, SiteId};
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Row};

pub struct House {
    pub ledger: Ledger,
    pub site: SiteId,
    pub elsewhere: SiteId,
    pub folder: tempfile::TempDir,
}

pub fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

pub fn day(text: &str) -> Timestamp {
    format!("{text}T00:00:00Z").parse().unwrap()
}

pub const PASSWORD: &str = "correct horse battery";

impl House {
    pub async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&folder.path().join("ledger.db")).await.unwrap();
        for (login, party, role) in [
            ("owner", "Works", Role::Enterprise),
            ("li", "Laboratory", Role::Operator),
            ("zhao", "Laboratory", Role::Reviewer),
            ("sun", "Laboratory", Role::Reviewer),
            ("qian", "Auditors", Role::Auditor),
        ] {
            let new = account(login, party, &[role]);
            assert!(ledger.create_account(&new, now()).await.unwrap());
        }
        // One who may do both must still not do both to the same run.
        ledger
            .create_account(
                &account("both", "Laboratory", &[Role::Operator, Role::Reviewer]),
                now(),
            )
            .await
            .unwrap();
        let site = ledger
            .create_site(&new_site("Plant", "Works", "Laboratory"), now())
            .await
            .unwrap();
        let elsewhere = ledger
            .create_site(&new_site("Mill", "Others", "Other laboratory"), now())
            .await
            .unwrap();
        ledger
            .put_collector("edge-1", site, "first", [1; 32], now())
            .await
            .unwrap();
        ledger
            .put_collector("edge-2", elsewhere, "second", [2; 32], now())
            .await
            .unwrap();
        Self {
            ledger,
            site,
            elsewhere,
            folder,
        }
    }

    pub async fn actor(&self, login: &str) -> Actor {
        let (id, _) = self.ledger.password_hash_of(login).await.unwrap().unwrap();
        let account = self.ledger.account(id).await.unwrap().unwrap();
        Actor {
            account_id: id,
            login: account.login,
            sites: Some(account.sites),
        }
    }

    pub async fn meter(&self, device: &str) -> InstrumentId {
        let owner = self.actor("owner").await;
        self.ledger
            .register(&owner, &configuration(self.site, "edge-1", device), now())
            .await
            .unwrap()
    }

    /// A recorded run over the week that ends at `to`.
    pub async fn run(
        &self,
        by: &str,
        instrument: InstrumentId,
        kind: Kind,
        verdict: Verdict,
        to: &str,
    ) -> RunId {
        let operator = self.actor(by).await;
        self.ledger
            .record_run(&operator, &judged(instrument, kind, verdict, to), now())
            .await
            .unwrap()
    }

    /// A hand on the database, past all of our code.
    pub async fn hand(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.folder.path().join("ledger.db"))
            .connect()
            .await
            .unwrap()
    }

    /// The whole content of the tables that a run and its review touch.
    pub async fn dump(&self) -> Vec<String> {
        let mut hand = self.hand().await;
        let mut all = Vec::new();
        for sql in [
            "SELECT json_array(id, master_id, status, next_check_on, version, configuration) FROM instrument ORDER BY id",
            "SELECT json_array(instrument_id, version, who) FROM configuration_history ORDER BY 1",
            "SELECT json_array(id, state, reviewer_id, reviewed_us, note, version) FROM run ORDER BY id",
            "SELECT json_array(id, state, version) FROM plan ORDER BY id",
            "SELECT json_array(id, master_id, body_sha256) FROM error_estimate ORDER BY id",
            "SELECT json_array(id, action, hash) FROM audit ORDER BY id",
        ] {
            let rows = sqlx::query(sql).fetch_all(&mut hand).await.unwrap();
            all.extend(rows.iter().map(|row| row.get::<String, _>(0)));
        }
        all
    }
}

pub fn account(login: &str, party: &str, roles: &[Role]) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: login.to_uppercase(),
        party: party.to_owned(),
        password: PASSWORD.into(),
        roles: roles.to_vec(),
    }
}

fn new_site(name: &str, party: &str, laboratory: &str) -> NewSite {
    NewSite {
        name: name.to_owned(),
        party: party.to_owned(),
        description: String::new(),
        laboratory: laboratory.to_owned(),
        time_zone: ledger::zones::USUAL.to_owned(),
    }
}

pub fn configuration(site_id: SiteId, collector: &str, device: &str) -> Configuration {
    Configuration {
        site_id,
        collector: collector.to_owned(),
        device: device.parse().unwrap(),
        name: format!("meter {device}"),
        profile: "dtz341@1".to_owned(),
        serial: format!("S-{device}"),
        serial_change: None,
        manufacturer: String::new(),
        accuracy_class: None,
        purpose: Purpose::SubMeter,
        access: Access::Mqtt {
            broker: "site".to_owned(),
            topic: device.to_owned(),
        },
        period_seconds: 60,
        multiplier: Multiplier {
            current_ratio: "10.00".parse().unwrap(),
            voltage_ratio: "1".parse().unwrap(),
            registers_are_primary: false,
        },
        location: String::new(),
        certificate: Some(Certificate {
            certificate_no: "C-1".to_owned(),
            issued_by: "Institute".to_owned(),
            issued_on: "2026-03-02".parse().unwrap(),
            due_on: "2027-03-01".parse().unwrap(),
            u95: Some(ExpandedUncertainty {
                percent: "0.020".parse().unwrap(),
                k: "2".parse().unwrap(),
            }),
        }),
        plausible: Default::default(),
        reference_id: None,
        master_id: None,
    }
}

pub fn judged(instrument_id: InstrumentId, kind: Kind, verdict: Verdict, to: &str) -> NewRun {
    let to = day(to);
    let evidence = format!("{{\"meter\":{instrument_id},\"value\":\"10.00\"}}").into_bytes();
    NewRun {
        kind,
        instrument_id,
        reference_id: None,
        window: Window {
            from: to - SignedDuration::from_hours(24 * 7),
            to,
        },
        verdict,
        conclusion: r#"{ "mean" : "0.5250" }"#.to_owned(),
        engine: "1".to_owned(),
        evidence_sha256: hex::encode(Sha256::digest(&evidence)),
        procedure_sha256: "00".repeat(32),
        frozen: Frozen {
            evidence,
            bundle: b"{ \"bundle\": 1 }".to_vec(),
        },
    }
}

/// Runs one statement that the database must refuse, and gives its reason.
pub async fn refused(hand: &mut SqliteConnection, sql: &str) -> String {
    match sqlx::query(AssertSqlSafe(sql.to_owned())).execute(hand).await {
        Ok(done) => panic!("{sql} was accepted for {} rows", done.rows_affected()),
        Err(error) => error.to_string(),
    }
}

pub async fn accepted(hand: &mut SqliteConnection, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned()))
        .execute(hand)
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}
