//! Extractors whose refusals name the field.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::Portal;
use crate::access::Caller;
use crate::problem::Problem;

impl FromRequestParts<Arc<Portal>> for Caller {
    type Rejection = Problem;

    /// The guard put the caller there; without it there is none, so a route that forgot it refuses everybody.
    async fn from_request_parts(parts: &mut Parts, _: &Arc<Portal>) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Caller>()
            .cloned()
            .ok_or_else(Problem::not_signed_in)
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
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not-json",
                "Send the body as application/json.",
                "请以 application/json 发送请求体。",
            ));
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|rejection| {
            Problem::new(
                rejection.status(),
                "body-refused",
                rejection.body_text(),
                "请求体过大或无法读取。",
            )
        })?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let field = error.path().to_string();
            let inner = error.into_inner();
            Problem::invalid(
                &field,
                format!("{field}: {inner}"),
                format!("字段 {field} 有误：{inner}"),
            )
        })?;
        reader
            .end()
            .map_err(|error| Problem::invalid(".", error.to_string(), "请求体在 JSON 之后还有多余内容。"))?;
        Ok(Body(value))
    }
}

/// The query string.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Arc<Portal>> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Portal>) -> Result<Self, Problem> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(value)| Asked(value))
            .map_err(|rejection| {
                let text = rejection.body_text();
                Problem::new(
                    StatusCode::BAD_REQUEST,
                    "invalid-query",
                    text.clone(),
                    format!("查询参数有误：{text}"),
                )
            })
    }
}

/// What stands in the path.
pub struct Named<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Portal>> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<Portal>) -> Result<Self, Problem> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(value)| Named(value))
            .map_err(|_| Problem::not_found("object", "对象"))
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
            .ok_or_else(|| {
                Problem::new(
                    StatusCode::PRECONDITION_REQUIRED,
                    "version-required",
                    "A change needs the header `If-Match: \"VERSION\"` with the version that you saw.",
                    "修改请求缺少 If-Match 版本号。",
                )
            })
    }
}
