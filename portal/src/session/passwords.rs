//! Passwords: argon2id, always off the async threads, few at once.

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use tokio::sync::Semaphore;

use crate::problem::{Answer, Problem};

/// Two at once: each takes 19 MiB and a core, and sign-ins must not starve readings.
const AT_ONCE: usize = 2;

/// Longer ones are wrong without being hashed.
const LONGEST: usize = 1024;

pub struct Passwords {
    at_once: Semaphore,
    /// What an unknown login is checked against, so that it costs the same time.
    nobody: String,
}

impl Passwords {
    pub fn new() -> Self {
        let salt = SaltString::encode_b64(b"salt of nobody").expect("a short salt is legal");
        let nobody = Argon2::default()
            .hash_password(b"nobody", &salt)
            .expect("fixed parameters are legal");
        Self {
            at_once: Semaphore::new(AT_ONCE),
            nobody: nobody.to_string(),
        }
    }

    /// Whether `password` belongs to `hash`; always false without a hash.
    pub async fn matches(&self, password: String, hash: Option<String>) -> Answer<bool> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.nobody.clone());
        let _place = self
            .at_once
            .acquire()
            .await
            .map_err(|error| Problem::internal(&error))?;
        let verified = tokio::task::spawn_blocking(move || {
            PasswordHash::new(&hash).is_ok_and(|hash| {
                Argon2::default()
                    .verify_password(password.as_bytes(), &hash)
                    .is_ok()
            })
        });
        let verified = verified.await.map_err(|error| Problem::internal(&error))?;
        Ok(verified && known)
    }
}
