//! The built pages, embedded. Names with a hash in them never change and may be kept for ever; `index.html` is asked
//! for every time. Unknown paths without a dot are routes of the single-page application and get `index.html`.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "web/dist"]
struct Pages;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Henglian</title>\
<p>The pages are not built into this server. Run <code>make web</code> and build again. \
<p lang=zh>本程序未包含网页，请运行 <code>make web</code> 后重新编译。<p>API: /api/v1/openapi.json";

pub(crate) async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(response) = file(path, &headers) {
        return response;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.contains('.') {
        return StatusCode::NOT_FOUND.into_response();
    }
    file("index.html", &headers)
        .unwrap_or_else(|| (StatusCode::SERVICE_UNAVAILABLE, Html(NOT_BUILT)).into_response())
}

fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() {
        return None;
    }
    let found = Pages::get(path)?;
    let tag = format!("\"{}\"", hex::encode(&found.metadata.sha256_hash()[..16]));
    let kept = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let common = [
        (header::ETAG, HeaderValue::from_str(&tag).ok()?),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
    ];
    let seen = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok());
    if seen.is_some_and(|seen| {
        seen.split(',')
            .any(|one| one.trim().trim_start_matches("W/") == tag)
    }) {
        return Some((StatusCode::NOT_MODIFIED, common).into_response());
    }
    let kind = found.metadata.mimetype();
    let kind = match kind.strip_prefix("text/") {
        Some(_) => format!("{kind}; charset=utf-8"),
        None => kind.to_owned(),
    };
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_str(&kind).ok()?)];
    Some((common, kind, found.data).into_response())
}
