//! Refusals on the wire, as RFC 9457 problems: a stable code for programs, one sentence in Chinese and one in English for
//! people.

use std::num::NonZeroU16;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::refusal;

/// The body of every refusal, `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    pub kind: Box<str>,
    pub title: &'static str,
    pub status: u16,
    /// English sentence: what was refused and how to cure it.
    #[schema(value_type = String)]
    pub detail: Box<str>,
    /// 中文说明。
    #[schema(value_type = String)]
    pub detail_zh: Box<str>,
    /// Stable; programs decide by it.
    pub code: &'static str,
    /// The input field that was refused, as `access.port`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub field: Option<Box<str>>,
    /// What an engine or a parser said of it in its own words, in English; where the sentence cannot say as much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub cause: Option<Box<str>>,
    #[serde(skip)]
    retry_after: Option<NonZeroU16>,
}

impl Problem {
    /// Sentences stand in [`crate::refusal`].
    pub(crate) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
        detail_zh: impl Into<String>,
    ) -> Self {
        Self {
            kind: format!("urn:henglian:problem:{code}").into(),
            title: status.canonical_reason().unwrap_or("refused"),
            status: status.as_u16(),
            detail: detail.into().into(),
            detail_zh: detail_zh.into().into(),
            code,
            field: None,
            cause: None,
            retry_after: None,
        }
    }

    #[must_use]
    pub fn on_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into().into());
        self
    }

    #[must_use]
    pub fn after_seconds(mut self, seconds: u64) -> Self {
        let seconds = u16::try_from(seconds).unwrap_or(u16::MAX);
        self.retry_after = NonZeroU16::new(seconds);
        self
    }

    /// With what an engine or a parser said of it, in its own words.
    #[must_use]
    pub fn because(mut self, cause: &(dyn std::error::Error + 'static)) -> Self {
        self.cause = Some(with_sources(cause).into());
        self
    }

    /// The cause goes to the log only; the reader gets no internals.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = %with_sources(cause), "a request failed inside");
        refusal::request::internal()
    }
}

fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(deeper) = next {
        text = format!("{text}: {deeper}");
        next = deeper.source();
    }
    text
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.get()));
        }
        response
    }
}

pub type Answer<T> = Result<T, Problem>;
