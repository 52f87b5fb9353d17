//! First entries of a ledger: by an administrator's tool, and for the demo. Idempotent: what is there stays.

use jiff::Timestamp;

use crate::accounts::{Role, login_key, password_hash};
use crate::audit::{Change, append};
use crate::database::{Transaction, sql};
use crate::row::Kept;
use crate::{AccountId, Ledger, LedgerError, PartyId, Rule, SiteId, Word, zones};

/// Characters.
const SHORTEST_PASSWORD: usize = 10;

/// What an account will be opened with.
#[derive(Clone, Debug)]
pub enum Password {
    Plain(String),
    /// argon2id as PHC text, from wherever it was hashed.
    Hashed(String),
}

impl From<&str> for Password {
    fn from(plain: &str) -> Self {
        Self::Plain(plain.to_owned())
    }
}

/// One account to be.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub login: String,
    pub name: String,
    pub party: String,
    pub password: Password,
    pub roles: Vec<Role>,
}

/// One site to be, with the laboratory that serves it.
#[derive(Clone, Debug)]
pub struct NewSite {
    pub name: String,
    pub party: String,
    pub description: String,
    pub laboratory: String,
    /// IANA name; [`crate::zones::USUAL`] where nothing else is said.
    pub time_zone: String,
}

async fn party(connection: &mut Transaction, name: &str) -> Result<PartyId, LedgerError> {
    sql("INSERT INTO party (name) VALUES ($1) ON CONFLICT (name) DO NOTHING")
        .bind(name)
        .run(&mut *connection)
        .await?;
    Ok(sql("SELECT id FROM party WHERE name = $1")
        .bind(name)
        .value(connection)
        .await?)
}

fn system<'a>(
    now: Timestamp,
    action: &'a str,
    object: String,
    site_id: Option<SiteId>,
    detail: String,
) -> Change<'a> {
    Change {
        at: now,
        who: "system",
        action,
        object,
        site_id,
        detail,
        before: None,
        after: None,
    }
}

impl Ledger {
    /// Creates an account unless the login exists. True if it was created.
    pub async fn create_account(&self, new: &NewAccount, now: Timestamp) -> Result<bool, LedgerError> {
        let login = login_key(&new.login);
        if login.is_empty() {
            return Err(LedgerError::invalid("login", Rule::NotEmpty));
        }
        if let Password::Plain(password) = &new.password
            && password.chars().count() < SHORTEST_PASSWORD
        {
            return Err(LedgerError::invalid("password", Rule::AtLeast(SHORTEST_PASSWORD)));
        }
        if self.password_hash_of(&login).await?.is_some() {
            return Ok(false);
        }
        let hash = match new.password.clone() {
            Password::Hashed(hash) => hash,
            Password::Plain(password) => tokio::task::spawn_blocking(move || password_hash(&password))
                .await
                .map_err(|error| LedgerError::Password(error.to_string()))??,
        };
        let mut transaction = self.begin().await?;
        // Again, now that nobody else writes; a closed account keeps its login, so that old records stay one person's.
        let known = sql("SELECT 1 FROM account WHERE login = $1")
            .bind(&login)
            .optional(&mut transaction)
            .await?;
        if known.is_some() {
            return Ok(false);
        }
        let party = party(&mut transaction, &new.party).await?;
        let id: AccountId = sql(
            "INSERT INTO account (login, name, party_id, password_hash) VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(&login)
        .bind(&new.name)
        .bind(party)
        .bind(hash)
        .value(&mut transaction)
        .await?;
        for role in &new.roles {
            sql("INSERT INTO account_role (account_id, role) VALUES ($1, $2)")
                .bind(id)
                .bind(role)
                .run(&mut transaction)
                .await?;
        }
        let roles: Vec<_> = new.roles.iter().map(|role| role.word()).collect();
        let change = system(
            now,
            "account.created",
            format!("account/{id}"),
            None,
            format!("{login} {}", roles.join(" ")),
        );
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(true)
    }

    /// The site's id, created if absent.
    pub async fn create_site(&self, new: &NewSite, now: Timestamp) -> Result<SiteId, LedgerError> {
        zones::known(&new.time_zone)?;
        let mut transaction = self.begin().await?;
        let known = sql("SELECT id FROM site WHERE name = $1")
            .bind(&new.name)
            .optional(&mut transaction)
            .await?;
        if let Some(row) = known {
            return Kept::of("site", &row).get("id");
        }
        let owner = party(&mut transaction, &new.party).await?;
        let laboratory = party(&mut transaction, &new.laboratory).await?;
        let id: SiteId = sql(
            "INSERT INTO site (party_id, name, description, time_zone) VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(owner)
        .bind(&new.name)
        .bind(&new.description)
        .bind(&new.time_zone)
        .value(&mut transaction)
        .await?;
        sql("INSERT INTO service (party_id, site_id) VALUES ($1, $2)")
            .bind(laboratory)
            .bind(id)
            .run(&mut transaction)
            .await?;
        append(
            &mut transaction,
            system(
                now,
                "site.created",
                format!("site/{id}"),
                Some(id),
                new.name.clone(),
            ),
        )
        .await?;
        transaction.commit().await?;
        Ok(id)
    }

    /// Registers a collector or gives it a new token.
    pub async fn put_collector(
        &self,
        id: &str,
        site: SiteId,
        name: &str,
        token_sha256: [u8; 32],
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        let mut transaction = self.begin().await?;
        sql(
            "INSERT INTO collector (id, site_id, name, token_sha256) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET token_sha256 = excluded.token_sha256, name = excluded.name",
        )
        .bind(id)
        .bind(site)
        .bind(name)
        .bind(token_sha256.as_slice())
        .run(&mut transaction)
        .await?;
        append(
            &mut transaction,
            system(
                now,
                "collector.put",
                format!("collector/{id}"),
                Some(site),
                name.to_owned(),
            ),
        )
        .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Grants an auditor one site for one period.
    pub async fn grant(
        &self,
        login: &str,
        site: SiteId,
        from: Timestamp,
        to: Timestamp,
        now: Timestamp,
    ) -> Result<(), LedgerError> {
        if from >= to {
            return Err(LedgerError::invalid("to", Rule::EndsAfterBegin));
        }
        let (account, _) = self
            .password_hash_of(login)
            .await?
            .ok_or(LedgerError::NotFound { what: "account" })?;
        let mut transaction = self.begin().await?;
        sql(
            "INSERT INTO site_grant (account_id, site_id, from_us, to_us) VALUES ($1, $2, $3, $4)
             ON CONFLICT (account_id, site_id) DO UPDATE SET from_us = excluded.from_us, to_us = excluded.to_us",
        )
        .bind(account)
        .bind(site)
        .bind(from)
        .bind(to)
        .run(&mut transaction)
        .await?;
        let change = system(
            now,
            "site.granted",
            format!("account/{account}"),
            Some(site),
            format!("{login} {from}..{to}"),
        );
        append(&mut transaction, change).await?;
        transaction.commit().await?;
        Ok(())
    }
}
