//! The built pages, embedded. Names with a hash in them never change and may be kept for ever; `index.html` is asked
//! for every time. Unknown paths without a dot are routes of the single-page application and get `index.html`.

use std::collections::HashMap;
use std::io::Write;
use std::sync::{LazyLock, Mutex};

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
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
        (header::VARY, HeaderValue::from_static("accept-encoding")),
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
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)))];
    let gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .any(|one| one.trim().split(';').next() == Some("gzip"))
        });
    if gzip && found.data.len() > 1_000 && !path.ends_with(".woff2") && !path.ends_with(".png") {
        let encoding = [(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"))];
        return Some((common, kind, encoding, packed(path, &found.data)).into_response());
    }
    Some((common, kind, found.data).into_response())
}

/// Each file is packed once, when it is first asked for.
fn packed(path: &str, plain: &[u8]) -> Bytes {
    static PACKED: LazyLock<Mutex<HashMap<String, Bytes>>> = LazyLock::new(Mutex::default);
    let mut packed = PACKED.lock().expect("no holder panics");
    packed
        .entry(path.to_owned())
        .or_insert_with(|| {
            let mut writer = GzEncoder::new(Vec::new(), Compression::default());
            writer.write_all(plain).expect("writing into memory cannot fail");
            writer.finish().expect("writing into memory cannot fail").into()
        })
        .clone()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
