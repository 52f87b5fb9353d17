//! One enterprise, one laboratory with three people, one collector; and a stranger's site beside it.

use devices::Window;
use jiff::{SignedDuration, Timestamp};
use ledger::accounts::Role;
use ledger::instruments::{Access, Certificate, Configuration, ExpandedUncertainty, Multiplier, Purpose};
use ledger::runs::{Frozen, Kind, NewRun, Verdict};
use ledger::seed::{NewAccount, NewSite};
use ledger::{Actor, Address, InstrumentId, Ledger, RunId, SiteId};
use sha2::{Digest, Sha256};

use crate::hand::Hand;
use crate::on::On;

pub struct House {
    pub ledger: Ledger,
    pub site: SiteId,
    pub elsewhere: SiteId,
    pub on: On,
    pub place: Place,
}

/// Where the ledger is kept; it goes with the test.
pub enum Place {
    File(tempfile::TempDir),
    Server(peers::postgres::Database),
}

pub fn now() -> Timestamp {
    "2026-11-20T08:00:00Z".parse().unwrap()
}

pub fn day(text: &str) -> Timestamp {
    format!("{text}T00:00:00Z").parse().unwrap()
}

pub const PASSWORD: &str = "correct horse battery";

impl House {
    pub async fn build(on: On) -> Self {
        let place = Place::new(on);
        let ledger = Ledger::open(place.address()).await.unwrap();
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
            on,
            place,
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

    pub async fn hand(&self) -> Hand {
        Hand::on(self).await
    }

    pub fn address(&self) -> Address {
        self.place.address()
    }

    /// The whole content of the tables that a run and its review touch.
    pub async fn dump(&self) -> Vec<String> {
        let mut hand = self.hand().await;
        let array = match self.on {
            On::File => "json_array",
            On::Server => "json_build_array",
        };
        let mut all = Vec::new();
        for (columns, rest) in [
            (
                "id, master_id, status, next_check_on, version, configuration",
                "instrument ORDER BY id",
            ),
            (
                "instrument_id, version, who",
                "configuration_history ORDER BY instrument_id, version",
            ),
            (
                "id, state, reviewer_id, reviewed_us, note, version",
                "run ORDER BY id",
            ),
            ("id, state, version", "plan ORDER BY id"),
            ("id, master_id, body_sha256", "error_estimate ORDER BY id"),
            ("id, action, hash", "audit ORDER BY id"),
        ] {
            let select = format!("SELECT CAST({array}({columns}) AS TEXT) FROM {rest}");
            all.extend(hand.texts(&select).await);
        }
        all
    }
}

impl Place {
    fn new(on: On) -> Self {
        match on {
            On::File => Self::File(tempfile::tempdir().unwrap()),
            On::Server => Self::Server(peers::postgres::database().unwrap()),
        }
    }

    pub fn address(&self) -> Address {
        match self {
            Self::File(folder) => Address::File(folder.path().join("ledger.db")),
            Self::Server(database) => Address::server(&database.url(), None).unwrap(),
        }
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

pub fn new_site(name: &str, party: &str, laboratory: &str) -> NewSite {
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
