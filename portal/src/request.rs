//! What a handler takes from a request; refusals name the field.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use ledger::Page;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use crate::Portal;
use crate::access::Caller;
use crate::problem::Problem;
use crate::refusal::{self, Thing};

mod json;

impl FromRequestParts<Arc<Portal>> for Caller {
    type Rejection = Problem;

    /// The guard put the caller there; without it there is none, so a route that forgot it refuses everybody.
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Portal>) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Caller>()
            .cloned()
            .ok_or_else(refusal::session::not_signed_in)
    }
}

/// A JSON body.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Portal>> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &Arc<Portal>) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.starts_with("application/json"));
        if !json {
            return Err(refusal::request::not_json());
        }
        let bytes =
            Bytes::from_request(request, state)
                .await
                .map_err(|rejection| match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => refusal::request::body_too_large(),
                    _ => refusal::request::body_unread().because(&rejection),
                })?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let field = error.path().to_string();
            let reason = json::reason(&error.into_inner());
            refusal::request::body_not_understood(&field, &reason).on_field(field)
        })?;
        reader
            .end()
            .map_err(|error| refusal::request::text_after_json().because(&error))?;
        Ok(Body(value))
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Portal>> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Portal>) -> Result<Self, Problem> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Query(value))
            .map_err(|rejection| refusal::request::invalid_query().because(&rejection))
    }
}

/// What stands in the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Portal>> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Portal>) -> Result<Self, Problem> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Path(value))
            .map_err(|_| refusal::request::not_found(Thing::Object))
    }
}

/// `If-Match: "7"`, the version of the row that the person saw.
pub struct SeenVersion(pub i64);

impl FromRequestParts<Arc<Portal>> for SeenVersion {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Portal>) -> Result<Self, Problem> {
        parts
            .headers
            .get(header::IF_MATCH)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().trim_matches('"').parse().ok())
            .map(SeenVersion)
            .ok_or_else(refusal::request::version_required)
    }
}

/// Which part of a list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// From 1.
    pub page: Option<u32>,
    /// At most 200; 50 unless told.
    pub per_page: Option<u32>,
}

/// Rows of a page, at most.
pub(crate) const MOST_ROWS: u32 = 200;

/// The page of this number, from 1, with so many rows.
pub(crate) fn page(number: Option<u32>, rows: Option<u32>) -> Page {
    let limit = rows.unwrap_or(50).clamp(1, MOST_ROWS);
    Page {
        offset: number.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(limit),
        limit,
    }
}

/// An enum of the wire and its likeness in the ledger, both ways.
macro_rules! mirrors {
    ($wire:ty, $ledger:ty { $($variant:ident),+ $(,)? }) => {
        impl From<$ledger> for $wire {
            fn from(kept: $ledger) -> Self {
                match kept {
                    $(<$ledger>::$variant => Self::$variant),+
                }
            }
        }

        impl From<$wire> for $ledger {
            fn from(said: $wire) -> Self {
                match said {
                    $(<$wire>::$variant => Self::$variant),+
                }
            }
        }
    };
}
pub(crate) use mirrors;
