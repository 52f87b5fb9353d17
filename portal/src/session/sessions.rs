//! Who is signed in. Kept in memory: a restart asks everybody to sign in again, and no copy of the data folder holds a
//! session. Roles are not kept here but read from the ledger at every request, so that a revoked role ends at once.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use jiff::{SignedDuration, Timestamp};
use ledger::AccountId;
use rand::RngCore;
use sha2::{Digest, Sha256};

const COOKIE: &str = "hl_session";

/// A working day.
const LIFETIME: SignedDuration = SignedDuration::from_hours(10);

/// Above this, expired sessions are swept out at the next sign-in.
const SWEEP_ABOVE: usize = 1_000;

struct Session {
    account: AccountId,
    expires: Timestamp,
}

/// Only digests of tokens are kept.
#[derive(Default)]
pub struct Sessions {
    by_digest: Mutex<HashMap<[u8; 32], Session>>,
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn token(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == COOKIE)
        .map(|cookie| cookie.value().to_owned())
}

impl Sessions {
    /// Opens a session and gives the cookie to set.
    pub fn open(&self, account: AccountId, now: Timestamp, secure: bool) -> HeaderValue {
        let mut random = [0_u8; 32];
        rand::rng().fill_bytes(&mut random);
        let token = hex::encode(random);
        let mut sessions = self.by_digest.lock().expect("no holder panics");
        if sessions.len() > SWEEP_ABOVE {
            sessions.retain(|_, session| session.expires > now);
        }
        sessions.insert(
            digest(&token),
            Session {
                account,
                expires: now + LIFETIME,
            },
        );
        cookie(&token, LIFETIME.as_secs(), secure)
    }

    pub fn account(&self, headers: &HeaderMap, now: Timestamp) -> Option<AccountId> {
        let sessions = self.by_digest.lock().expect("no holder panics");
        sessions
            .get(&digest(&token(headers)?))
            .filter(|session| session.expires > now)
            .map(|session| session.account)
    }

    /// Ends the session and gives the cookie that removes it.
    pub fn close(&self, headers: &HeaderMap, secure: bool) -> HeaderValue {
        if let Some(token) = token(headers) {
            self.by_digest
                .lock()
                .expect("no holder panics")
                .remove(&digest(&token));
        }
        cookie("", 0, secure)
    }
}

fn cookie(token: &str, seconds: i64, secure: bool) -> HeaderValue {
    let cookie = Cookie::build((COOKIE, token))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(secure)
        .max_age(Duration::seconds(seconds))
        .build();
    HeaderValue::from_str(&cookie.to_string()).expect("a hexadecimal token is a header value")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_time_and_by_signing_out() {
        let sessions = Sessions::default();
        let now = Timestamp::UNIX_EPOCH;
        let set = sessions.open(7.into(), now, true);
        assert!(set.to_str().unwrap().contains("; Secure"));
        let mut headers = HeaderMap::new();
        let pair = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        headers.insert(header::COOKIE, format!("other=1; {pair}").parse().unwrap());
        assert_eq!(sessions.account(&headers, now), Some(7.into()));
        assert_eq!(sessions.account(&headers, now + LIFETIME), None);
        sessions.close(&headers, true);
        assert_eq!(sessions.account(&headers, now), None);
    }
}
