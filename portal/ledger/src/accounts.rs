//! Parties, sites, accounts with their roles and scope, collectors.

use std::collections::BTreeMap;

use argon2::password_hash::{PasswordHasher, SaltString};
use unicode_normalization::UnicodeNormalization;

use crate::database::{Row, Transaction, sql};
use crate::row::Kept;
use crate::word::words;
use crate::{AccountId, Actor, Ledger, LedgerError, PartyId, SeenSite, SiteId};

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Registers the instruments of its own sites (企业).
    Enterprise,
    /// Runs verifications and checks for a laboratory (检测).
    Operator,
    /// Confirms what somebody else ran (核验).
    Reviewer,
    /// Reads what was granted (审计).
    Auditor,
    Administrator,
}

words!(Role {
    Enterprise = "enterprise",
    Operator = "operator",
    Reviewer = "reviewer",
    Auditor = "auditor",
    Administrator = "administrator",
});

/// A person with an account, as of now.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: AccountId,
    pub login: String,
    pub name: String,
    pub party_id: PartyId,
    pub party_name: String,
    pub roles: Vec<Role>,
    /// Sites with the period they were granted for; administrators see every site.
    pub sites: Vec<SeenSite>,
}

#[derive(Clone, Debug)]
pub struct Site {
    pub id: SiteId,
    pub name: String,
    pub party_id: PartyId,
    pub party_name: String,
    pub description: String,
    /// IANA name.
    pub time_zone: String,
}

#[derive(Clone, Debug)]
pub struct Collector {
    pub id: String,
    pub site_id: SiteId,
    pub name: String,
    pub token_sha256: [u8; 32],
}

/// The form in which logins are kept and compared: full-width letters of an input method are plain ones, case and
/// surrounding blanks do not count.
pub fn login_key(login: &str) -> String {
    let plain: String = login.nfkc().collect();
    // Lower case may bring forth what composes anew.
    plain.trim().to_lowercase().nfkc().collect()
}

/// The argon2id hash of a password as PHC text.
pub fn password_hash(password: &str) -> Result<String, LedgerError> {
    let bytes: [u8; 16] = rand::random();
    let salt = SaltString::encode_b64(&bytes).map_err(|error| LedgerError::Password(error.to_string()))?;
    argon2::Argon2::default()
        .hash_password(password.as_bytes(), &salt)
        .map(|hash| hash.to_string())
        .map_err(|error| LedgerError::Password(error.to_string()))
}

/// Refuses an actor whose account is closed or no longer has the role, as of the transaction: a role that was taken away
/// while the request was on its way counts as taken away.
pub(crate) async fn demand_role(
    connection: &mut Transaction,
    actor: &Actor,
    role: Role,
) -> Result<(), LedgerError> {
    sql(
        "SELECT 1 FROM account JOIN account_role ON account_id = account.id
         WHERE account.id = $1 AND role = $2 AND closed = 0",
    )
    .bind(actor.account_id)
    .bind(role)
    .optional(connection)
    .await?
    .map(|_| ())
    .ok_or(LedgerError::NotPermitted { role })
}

/// As [`demand_role`], satisfied by any of several.
pub(crate) async fn demand_one_of(
    connection: &mut Transaction,
    actor: &Actor,
    roles: &[Role],
) -> Result<(), LedgerError> {
    let mut answer = Ok(());
    for role in roles {
        answer = demand_role(&mut *connection, actor, *role).await;
        if !matches!(answer, Err(LedgerError::NotPermitted { .. })) {
            break;
        }
    }
    answer
}

impl Ledger {
    /// Id and password hash of an open account; logins are compared by [`login_key`].
    pub async fn password_hash_of(&self, login: &str) -> Result<Option<(AccountId, String)>, LedgerError> {
        let row = sql("SELECT id, password_hash FROM account WHERE login = $1 AND closed = 0")
            .bind(login_key(login))
            .optional(&self.database)
            .await?;
        let Some(row) = row else { return Ok(None) };
        let row = Kept::of("account", &row);
        Ok(Some((row.get("id")?, row.get("password_hash")?)))
    }

    /// The account with its roles and scope as they are now; `None` once it is closed.
    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, LedgerError> {
        let Some(row) = sql(
            "SELECT account.id, login, account.name, party_id, party.name AS party_name
             FROM account JOIN party ON party.id = party_id WHERE account.id = $1 AND closed = 0",
        )
        .bind(id)
        .optional(&self.database)
        .await?
        else {
            return Ok(None);
        };
        let kept = Kept::of("account", &row);
        let party_id: PartyId = kept.get("party_id")?;
        let roles = sql("SELECT account_id, role FROM account_role WHERE account_id = $1 ORDER BY role")
            .bind(id)
            .all(&self.database)
            .await?;
        let role = |row| Kept::by("account_role", "account_id", row).get("role");
        let roles: Vec<Role> = roles.iter().map(role).collect::<Result<_, _>>()?;
        let mut sites = Vec::new();
        if roles.contains(&Role::Enterprise) {
            let own = sql("SELECT id FROM site WHERE party_id = $1")
                .bind(party_id)
                .all(&self.database)
                .await?;
            for row in &own {
                sites.push(SeenSite::whole(Kept::of("site", row).get("id")?));
            }
        }
        if roles.contains(&Role::Operator) || roles.contains(&Role::Reviewer) {
            let served = sql("SELECT site_id FROM service WHERE party_id = $1")
                .bind(party_id)
                .all(&self.database)
                .await?;
            for row in &served {
                sites.push(SeenSite::whole(
                    Kept::by("service", "site_id", row).get("site_id")?,
                ));
            }
        }
        if roles.contains(&Role::Auditor) {
            let granted =
                sql("SELECT account_id, site_id, from_us, to_us FROM site_grant WHERE account_id = $1")
                    .bind(id)
                    .all(&self.database)
                    .await?;
            for row in &granted {
                let row = Kept::by("site_grant", "account_id", row);
                sites.push(SeenSite {
                    id: row.get("site_id")?,
                    period: Some((row.get("from_us")?, row.get("to_us")?)),
                });
            }
        }
        Ok(Some(Account {
            id,
            login: kept.get("login")?,
            name: kept.get("name")?,
            party_id,
            party_name: kept.get("party_name")?,
            roles,
            sites,
        }))
    }

    /// Everybody's name by login, of closed accounts too: records name people by their login for ever.
    pub async fn names(&self) -> Result<BTreeMap<String, String>, LedgerError> {
        let rows = sql("SELECT id, login, name FROM account")
            .all(&self.database)
            .await?;
        let named = |row| {
            let row = Kept::of("account", row);
            Ok((row.get("login")?, row.get("name")?))
        };
        rows.iter().map(named).collect()
    }

    pub async fn sites(&self, actor: &Actor) -> Result<Vec<Site>, LedgerError> {
        let rows = sql(
            "SELECT site.id, site.name, party_id, party.name AS party_name, description, time_zone FROM site
             JOIN party ON party.id = party_id
             WHERE {sites} ORDER BY site.id",
        )
        .at_sites(actor, "site.id")
        .all(&self.database)
        .await?;
        let site = |row| {
            let row = Kept::of("site", row);
            Ok(Site {
                id: row.get("id")?,
                name: row.get("name")?,
                party_id: row.get("party_id")?,
                party_name: row.get("party_name")?,
                description: row.get("description")?,
                time_zone: row.get("time_zone")?,
            })
        };
        rows.iter().map(site).collect()
    }

    /// Collectors at the actor's sites.
    pub async fn collectors(&self, actor: &Actor) -> Result<Vec<Collector>, LedgerError> {
        let rows = sql("SELECT * FROM collector WHERE {sites} ORDER BY id")
            .at_sites(actor, "site_id")
            .all(&self.database)
            .await?;
        rows.iter().map(collector_of).collect()
    }

    /// Every collector, for the gateway's admission: one row that cannot be read must not keep the others out.
    pub async fn every_collector(&self) -> Result<Vec<Result<Collector, LedgerError>>, LedgerError> {
        let rows = sql("SELECT * FROM collector ORDER BY id")
            .all(&self.database)
            .await?;
        Ok(rows.iter().map(collector_of).collect())
    }
}

fn collector_of(row: &Row) -> Result<Collector, LedgerError> {
    let row = Kept::of("collector", row);
    let digest: Vec<u8> = row.get("token_sha256")?;
    let bytes = digest.len();
    Ok(Collector {
        id: row.get("id")?,
        site_id: row.get("site_id")?,
        name: row.get("name")?,
        token_sha256: digest.try_into().map_err(|_| {
            let found = format!("{bytes} bytes");
            row.unreadable(
                "token_sha256",
                found,
                "a SHA-256 has 32; give the collector a new token",
            )
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_key_is_itself() {
        for character in '\0'..=char::MAX {
            let key = login_key(&format!(" {character}A"));
            assert_eq!(login_key(&key), key, "U+{:04X}", u32::from(character));
        }
    }
}
