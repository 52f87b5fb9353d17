//! Signing in and out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::accounts::login_key;

use crate::Portal;
use crate::access::Caller;
use crate::problem::{Answer, Problem};
use crate::refusal;
use crate::request::Body;
use crate::session::origin::Origin;
use crate::session::wire::{Credentials, Me};

/// Bytes; no account has a longer one, and none is remembered.
const LONGEST_LOGIN: usize = 200;

/// Sign in. An unknown login and a wrong password get the same answer, after the same work.
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "sign_in",
    request_body = Credentials,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub async fn sign_in(
    State(portal): State<Arc<Portal>>,
    Origin(from): Origin,
    Body(given): Body<Credentials>,
) -> Answer<Response> {
    let now = portal.now();
    let login = login_key(&given.login);
    if login.len() > LONGEST_LOGIN {
        return Err(refusal::session::wrong_credentials());
    }
    let slow = portal.throttle.attempt(&login, from, now).map_err(too_many)?;
    tokio::time::sleep(slow).await;
    let account = portal.ledger.password_hash_of(&login).await?;
    let hash = account.as_ref().map(|(_, hash)| hash.clone());
    if !portal.passwords.matches(given.password, hash).await? {
        return Err(refusal::session::wrong_credentials());
    }
    let (account, _) = account.ok_or_else(refusal::session::wrong_credentials)?;
    portal.throttle.succeeded(&login, from);
    let account = portal.ledger.account(account).await?;
    let caller = Caller::from(account.ok_or_else(refusal::session::wrong_credentials)?);
    let sites = portal.ledger.sites(&caller.actor).await?;
    let me = Me::new(&caller, sites);
    let cookie = portal
        .sessions
        .open(caller.actor.account_id, now, portal.config.secure_cookie);
    Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
}

fn too_many(seconds: u64) -> Problem {
    refusal::session::too_many_attempts(seconds).after_seconds(seconds)
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "sign_out",
    responses((status = 204), (status = 401, body = Problem)))]
pub async fn sign_out(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Response {
    let cookie = portal.sessions.close(&headers, portal.config.secure_cookie);
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Who is signed in.
#[utoipa::path(get, path = "/me", tag = "session", operation_id = "get_me",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn me(State(portal): State<Arc<Portal>>, caller: Caller) -> Answer<Json<Me>> {
    let sites = portal.ledger.sites(&caller.actor).await?;
    Ok(Json(Me::new(&caller, sites)))
}
