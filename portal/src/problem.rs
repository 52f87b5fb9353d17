//! Refusals as RFC 9457 problems: a stable code for programs, one sentence in Chinese and one in English for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

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
    #[serde(skip)]
    retry_after: Option<u64>,
}

impl Problem {
    pub fn new(
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
        self.retry_after = Some(seconds);
        self
    }

    pub fn not_signed_in() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "not-signed-in",
            "Sign in first.",
            "请先登录。",
        )
    }

    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Your role does not allow this.",
            "您的角色无权进行此操作。",
        )
    }

    /// Also the answer for what exists outside the caller's scope: existence itself is not told.
    pub fn not_found(what_en: &str, what_zh: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            format!("There is no such {what_en}, or it is not visible to you."),
            format!("没有该{what_zh}，或您无权查看。"),
        )
    }

    pub fn invalid(field: &str, detail: impl Into<String>, detail_zh: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail, detail_zh).on_field(field)
    }

    pub fn stale() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "stale",
            "Someone changed this since you opened it. Reload and try again.",
            "该记录在您打开后已被他人修改，请刷新后重试。",
        )
    }

    /// A row of the ledger that something else than this program wrote. It is named: only a backup helps.
    pub fn unreadable(table: &str, id: &str, column: &str) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unreadable-record",
            format!(
                "The ledger's record {table}/{id} cannot be read (column {column}). Nothing was changed; restore it from a \
                 backup. The log says what was found."
            ),
            format!("台账记录 {table}/{id} 的 {column} 列无法读取，未作任何更改，请从备份恢复；详情见日志。"),
        )
    }

    /// The cause goes to the log only; the reader gets no internals.
    pub fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = cause.to_string();
        let mut next = cause.source();
        while let Some(deeper) = next {
            text = format!("{text}: {deeper}");
            next = deeper.source();
        }
        tracing::error!(error = %text, "a request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The server failed on this. Nothing was changed; the log says why.",
            "服务器内部错误，未作任何更改，详情见日志。",
        )
    }
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
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub type Answer<T> = Result<T, Problem>;
