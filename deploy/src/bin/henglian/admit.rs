//! Who and what may take part: accounts, sites, collectors and an auditor's grants. Everything here stands in the
//! audit trail; secrets are drawn, printed once, and kept only as hashes.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Subcommand;
use deploy::clock::{random_password, system_clock};
use deploy::config::Config;
use deploy::wiring::open_data;
use jiff::civil::Date;
use ledger::accounts::Role;
use ledger::seed::{NewAccount, NewSite};
use ledger::{Actor, Ledger, SiteId, Word};
use sha2::Digest;

#[derive(Subcommand)]
pub(super) enum Admit {
    /// Create an account; its password is drawn and printed once.
    AddAccount {
        config: PathBuf,
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
        /// The organisation (单位) the person belongs to.
        #[arg(long)]
        party: String,
        /// enterprise, operator, reviewer, auditor or administrator; may be repeated.
        #[arg(long = "role", required = true, value_parser = role)]
        roles: Vec<Role>,
    },
    /// Create a site (站点) of an enterprise, served by a laboratory.
    AddSite {
        config: PathBuf,
        #[arg(long)]
        name: String,
        /// The enterprise (单位) whose site it is.
        #[arg(long)]
        party: String,
        /// The laboratory whose operators and reviewers work on it.
        #[arg(long)]
        laboratory: String,
        #[arg(long, default_value = "")]
        description: String,
        /// Whose days due dates and certificates are (IANA name).
        #[arg(long, default_value = ledger::zones::USUAL)]
        time_zone: String,
    },
    /// Admit a collector to a site, or give it a new token; the token is drawn and printed once.
    AddCollector {
        config: PathBuf,
        /// As in the collector's own configuration.
        #[arg(long)]
        id: String,
        #[arg(long)]
        site: String,
        #[arg(long)]
        name: String,
    },
    /// Let an auditor read one site's records of a period. Days are days of the site's time zone.
    Grant {
        config: PathBuf,
        #[arg(long)]
        login: String,
        #[arg(long)]
        site: String,
        /// First day.
        #[arg(long)]
        from: Date,
        /// Last day.
        #[arg(long)]
        to: Date,
    },
}

pub(super) async fn run(admit: Admit) -> anyhow::Result<()> {
    let now = system_clock()();
    match admit {
        Admit::AddAccount {
            config,
            login,
            name,
            party,
            roles,
        } => {
            let ledger = open(&config).await?;
            let password = random_password();
            let new = NewAccount {
                login: login.clone(),
                name,
                party,
                password: password.as_str().into(),
                roles,
            };
            if !ledger.create_account(&new, now).await? {
                bail!("there is an account \"{login}\" already; choose another login");
            }
            println!("{login}  {password}");
        }
        Admit::AddSite {
            config,
            name,
            party,
            laboratory,
            description,
            time_zone,
        } => {
            let site = NewSite {
                name,
                party,
                description,
                laboratory,
                time_zone,
            };
            let id = open(&config).await?.create_site(&site, now).await?;
            println!("{}  #{id}", site.name);
        }
        Admit::AddCollector {
            config,
            id,
            site,
            name,
        } => {
            let ledger = open(&config).await?;
            let site = site_id(&ledger, &site).await?;
            let token = random_password() + &random_password();
            let sha256: [u8; 32] = sha2::Sha256::digest(token.as_bytes()).into();
            ledger.put_collector(&id, site, &name, sha256, now).await?;
            println!("{id}  {token}");
        }
        Admit::Grant {
            config,
            login,
            site,
            from,
            to,
        } => {
            if to < from {
                bail!("the period ends ({to}) before it begins ({from}); exchange --from and --to");
            }
            let ledger = open(&config).await?;
            let site = site_id(&ledger, &site).await?;
            let zone = ledger.zones().await?.at(site);
            let begin = |day: Date| zone.to_timestamp(day.at(0, 0, 0, 0));
            let end = to.tomorrow().context("--to is the last day there is")?;
            ledger
                .grant(&login, site, begin(from)?, begin(end)?, now)
                .await
                .with_context(|| format!("{login} on site #{site}"))?;
            println!("{login} reads site #{site} from {from} to {to}");
        }
    }
    Ok(())
}

fn role(word: &str) -> Result<Role, String> {
    let known: Vec<_> = Role::ALL.iter().map(|role| role.word()).collect();
    Role::from_word(word).ok_or_else(|| format!("known are {}", known.join(", ")))
}

async fn open(config: &Path) -> anyhow::Result<std::sync::Arc<Ledger>> {
    Ok(open_data(&Config::load(config)?).await?.0)
}

async fn site_id(ledger: &Ledger, name: &str) -> anyhow::Result<SiteId> {
    let everywhere = Actor {
        account_id: 0.into(),
        login: "system".to_owned(),
        sites: None,
    };
    let sites = ledger.sites(&everywhere).await?;
    let known = sites
        .iter()
        .map(|site| site.name.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    sites
        .iter()
        .find(|site| site.name == name)
        .map(|site| site.id)
        .with_context(|| {
            format!("there is no site \"{name}\"; known: {known} (henglian add-site creates one)")
        })
}
