//! The HTTP link to the gateway. The only file that knows the HTTP client.

use std::time::Duration;

use reqwest::{Certificate, Client, Response, StatusCode, Url};
use serde::Deserialize;
use uplink::{Ack, ProbeAnswer, Report, Understood};

use crate::config::Config;

/// Whole exchange of one batch; a stalled link is given up after this.
const BATCH_TIMEOUT: Duration = Duration::from_secs(60);

/// Why there is no link object at all.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("cannot read {path}: {source}; check token_file or ca_file in [gateway]")]
    File { path: String, source: std::io::Error },
    #[error("the gateway's URL \"{0}\" cannot be used")]
    Url(String),
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[source] reqwest::Error),
}

/// What became of a batch.
#[derive(Debug)]
pub enum Sent {
    Acknowledged(Ack),
    /// Try again later.
    Later {
        reason: String,
        wait: Option<Duration>,
    },
    /// The gateway has this key with other content: the spool was copied or restored.
    Conflict {
        reason: String,
    },
    /// This batch will never be taken.
    Refused {
        reason: String,
    },
}

/// The gateway as this collector sees it.
#[derive(Clone)]
pub struct Link {
    client: Client,
    base: Url,
    token: String,
    collector: String,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

impl Link {
    pub fn new(config: &Config) -> Result<Link, LinkError> {
        // Another part of the process may have installed the provider before; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let token = config.token().map_err(|source| LinkError::File {
            path: config
                .gateway
                .token_file
                .clone()
                .unwrap_or_default()
                .display()
                .to_string(),
            source,
        })?;
        let mut builder = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("henglian-collector/", env!("CARGO_PKG_VERSION")));
        if let Some(path) = &config.gateway.ca_file {
            let pem = std::fs::read(path).map_err(|source| LinkError::File {
                path: path.display().to_string(),
                source,
            })?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(LinkError::Client)?;
            builder = builder.tls_certs_only(certificates);
        }
        let mut base =
            Url::parse(&config.gateway.url).map_err(|_| LinkError::Url(config.gateway.url.clone()))?;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Link {
            client: builder.build().map_err(LinkError::Client)?,
            base,
            token,
            collector: config.id.clone(),
        })
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let url = self.base.join(path).expect("the paths of the uplink are valid");
        self.client
            .request(method, url)
            .bearer_auth(&self.token)
            .header("x-collector", &self.collector)
    }

    pub async fn send(&self, bytes: Vec<u8>) -> Sent {
        let request = self
            .request(reqwest::Method::POST, "uplink/v1/batches")
            .header("content-type", "application/octet-stream")
            .timeout(BATCH_TIMEOUT)
            .body(bytes);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => {
                return Sent::Later {
                    reason: chain(&error),
                    wait: None,
                };
            }
        };
        let status = response.status();
        if status == StatusCode::OK {
            return match response.bytes().await {
                Ok(body) => match serde_json::from_slice(&body) {
                    Ok(ack) => Sent::Acknowledged(ack),
                    Err(error) => Sent::Later {
                        reason: format!("the acknowledgement is unreadable: {error}"),
                        wait: None,
                    },
                },
                Err(error) => Sent::Later {
                    reason: chain(&error),
                    wait: None,
                },
            };
        }
        let wait = retry_after(&response);
        let reason = problem(response).await;
        // Only an answer about the batch itself sets it aside. A wrong token, a wrong path or a
        // proxy's page says nothing about the readings, and is mended by people, not by discarding.
        match status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Sent::Refused { reason }
            }
            StatusCode::CONFLICT => Sent::Conflict { reason },
            _ => Sent::Later { reason, wait },
        }
    }

    /// Long poll; `None` if nothing changed.
    /// How much waits here and how much had to be given up goes along, for the overview in the portal.
    pub async fn orders(
        &self,
        after: u64,
        wait: Duration,
        spooled: u64,
        lost: u64,
    ) -> Result<Option<Understood>, String> {
        let path = format!(
            "uplink/v1/orders?after={after}&wait={}&spooled={spooled}&lost={lost}",
            wait.as_secs()
        );
        let request = self
            .request(reqwest::Method::GET, &path)
            .timeout(wait + Duration::from_secs(15));
        let response = request.send().await.map_err(|error| chain(&error))?;
        match response.status() {
            StatusCode::OK => {
                let body = response.bytes().await.map_err(|error| chain(&error))?;
                Understood::of(&body)
                    .map(Some)
                    .map_err(|error| format!("the orders are unreadable: {error}"))
            }
            StatusCode::NO_CONTENT => Ok(None),
            _ => Err(problem(response).await),
        }
    }

    pub async fn answer(&self, answer: &ProbeAnswer) -> Result<(), String> {
        let body = serde_json::to_vec(answer).expect("a probe answer is plain data");
        self.tell(&format!("uplink/v1/probes/{}", answer.id), body).await
    }

    /// What became of the orders here.
    pub async fn report(&self, report: &Report) -> Result<(), String> {
        let body = serde_json::to_vec(report).expect("a report is plain data");
        self.tell("uplink/v1/report", body).await
    }

    async fn tell(&self, path: &str, json: Vec<u8>) -> Result<(), String> {
        let request = self
            .request(reqwest::Method::POST, path)
            .header("content-type", "application/json")
            .timeout(Duration::from_secs(15))
            .body(json);
        let response = request.send().await.map_err(|error| chain(&error))?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(problem(response).await)
        }
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds: u64 = response
        .headers()
        .get("retry-after")?
        .to_str()
        .ok()?
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds.min(300)))
}

async fn problem(response: Response) -> String {
    let status = response.status();
    let body = response.bytes().await.unwrap_or_default();
    let said = match serde_json::from_slice::<Problem>(&body) {
        Ok(problem) => format!("{status}: {} {}", problem.title, problem.detail),
        Err(_) => status.to_string(),
    };
    format!("{}{}", said.trim_end(), cure(status))
}

/// What to do about an answer that says nothing about the readings.
fn cure(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            "; token or token_file in [gateway] must hold the token that the portal gave for this id"
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            "; url in [gateway] must be the address for collectors ([uplink] of the gateway), without a path"
        }
        status if status.is_redirection() => "; write the address that it redirects to as url in [gateway]",
        _ => "",
    }
}

/// An error with its causes and the cure; the client's own text stops at "error sending request".
fn chain(error: &reqwest::Error) -> String {
    let cure = if error.is_connect() {
        "; is the gateway running, and are url and ca_file in [gateway] right?"
    } else {
        ""
    };
    format!("{}{cure}", causes(error))
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
