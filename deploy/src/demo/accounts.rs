//! The people of the demo, with random passwords that stay in the data folder.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use ledger::accounts::Role;
use ledger::seed::{NewAccount, NewSite};
use ledger::{Ledger, SiteId, Word};
use serde::{Deserialize, Serialize};

use crate::clock::random_password;

const ENTERPRISE: &str = "苏州示范机械有限公司";
const LABORATORY: &str = "示范计量检测实验室";
const AUDITORS: &str = "示范能源审计事务所";
const PLATFORM: &str = "平台运营";

/// One person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Account {
    pub login: String,
    pub name: String,
    pub party: String,
    pub role: String,
    pub password: String,
}

/// All of them, and the token of the collector.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Accounts {
    pub people: Vec<Account>,
    pub collector_token: String,
}

impl Accounts {
    /// The accounts of this data folder; drawn and written, readable only by their owner, the first time.
    pub fn load_or_draw(data: &Path) -> anyhow::Result<Self> {
        let path = data.join("accounts.json");
        if path.exists() {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            return serde_json::from_str(&text).with_context(|| {
                format!(
                    "{} is damaged; remove the data folder to start afresh",
                    path.display()
                )
            });
        }
        let person = |login: &str, name: &str, party: &str, role: &str| Account {
            login: login.to_owned(),
            name: name.to_owned(),
            party: party.to_owned(),
            role: role.to_owned(),
            password: random_password(),
        };
        let accounts = Accounts {
            people: vec![
                person("enterprise", "王企业", ENTERPRISE, "enterprise"),
                person("operator", "李检测", LABORATORY, "operator"),
                person("reviewer", "赵核验", LABORATORY, "reviewer"),
                person("auditor", "钱审计", AUDITORS, "auditor"),
                person("admin", "孙管理", PLATFORM, "administrator"),
            ],
            collector_token: random_password() + &random_password(),
        };
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| path.display().to_string())?;
        file.write_all(serde_json::to_string_pretty(&accounts)?.as_bytes())?;
        Ok(accounts)
    }

    pub fn of(&self, role: &str) -> Option<&Account> {
        self.people.iter().find(|person| person.role == role)
    }

    /// Brings them, the site and the auditor's grant into the ledger. Gives the site's id.
    pub(super) async fn seed(&self, ledger: &Ledger, now: Timestamp, days: u32) -> anyhow::Result<SiteId> {
        for person in &self.people {
            let role = Role::from_word(&person.role).with_context(|| format!("{}: no role", person.role))?;
            let new = NewAccount {
                login: person.login.clone(),
                name: person.name.clone(),
                party: person.party.clone(),
                password: person.password.as_str().into(),
                roles: vec![role],
            };
            ledger.create_account(&new, now).await?;
        }
        let site = NewSite {
            name: "示范工厂".to_owned(),
            party: ENTERPRISE.to_owned(),
            description: "总进线一台，分表八台，现场标准表一台，压力变送器两台，温湿度计两台".to_owned(),
            laboratory: LABORATORY.to_owned(),
            time_zone: ledger::zones::USUAL.to_owned(),
        };
        let id = ledger.create_site(&site, now).await?;
        let from = now - SignedDuration::from_hours(24 * (i64::from(days) + 1));
        ledger
            .grant(
                "auditor",
                id,
                from,
                now + SignedDuration::from_hours(24 * 90),
                now,
            )
            .await?;
        Ok(id)
    }
}
