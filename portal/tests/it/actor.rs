//! People who use the portal through its front door.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use portal::Portal;
use tower::ServiceExt;

use crate::laboratory::PASSWORD;

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Somebody at a browser.
pub struct Actor {
    router: Router,
    cookie: Option<String>,
    at: SocketAddr,
}

impl Actor {
    pub fn anonymous(portal: &Arc<Portal>) -> Self {
        Self {
            router: portal.router(),
            cookie: None,
            at: SocketAddr::from(([192, 0, 2, 7], 41_300)),
        }
    }

    pub async fn signed_in(portal: &Arc<Portal>, login: &str) -> Self {
        let mut actor = Self::anonymous(portal);
        let reply = actor.sign_in(login, PASSWORD).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
        let set = reply.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            set.contains("HttpOnly") && set.contains("SameSite=Strict"),
            "{set}"
        );
        actor.cookie = set.split(';').next().map(str::to_owned);
        actor
    }

    pub async fn sign_in(&self, login: &str, password: &str) -> Reply {
        self.send(
            "POST",
            "/api/v1/session",
            Some(serde_json::json!({"login": login, "password": password})),
            None,
        )
        .await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, None).await
    }

    /// With the CSRF header, as the pages do.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
        version: Option<i64>,
    ) -> Reply {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("x-requested-with", "henglian");
        if let Some(version) = version {
            request = request.header(header::IF_MATCH, format!("\"{version}\""));
        }
        let body = match body {
            None => Body::empty(),
            Some(json) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(json.to_string())
            }
        };
        self.raw(request.body(body).unwrap()).await
    }

    pub async fn raw(&self, request: Request<Body>) -> Reply {
        read(self.answer(request).await).await
    }

    /// The answer before its body is read.
    pub async fn answer(&self, mut request: Request<Body>) -> Response<Body> {
        if let Some(cookie) = &self.cookie {
            request
                .headers_mut()
                .insert(header::COOKIE, cookie.parse().unwrap());
        }
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(self.at));
        }
        self.router.clone().oneshot(request).await.unwrap()
    }
}

pub async fn read(response: Response<Body>) -> Reply {
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    Reply {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}
