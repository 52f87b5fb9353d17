//! The labelled script of the demo: it plays operator and reviewer through the same API as everybody else.

use anyhow::{Context, bail};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Account, Demo};

/// A signed-in person.
pub struct Actor {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

impl Actor {
    /// Signs in over HTTP.
    pub async fn sign_in(base: &str, account: &Account) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        let response = http
            .post(format!("{base}/api/v1/session"))
            .header("x-requested-with", "henglian")
            .json(&json!({ "login": account.login, "password": account.password }))
            .send()
            .await?;
        let status = response.status();
        let cookie = response
            .headers()
            .get("set-cookie")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .map(str::to_owned);
        match cookie {
            Some(cookie) if status.is_success() => Ok(Self {
                http,
                base: base.to_owned(),
                cookie,
            }),
            _ => bail!(
                "{} cannot sign in: {status} {}",
                account.login,
                response.text().await?
            ),
        }
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.send(self.http.get(format!("{}/api/v1{path}", self.base)))
            .await
    }

    /// Posts; `version` becomes the `If-Match` header.
    pub async fn post(&self, path: &str, body: Value, version: Option<i64>) -> anyhow::Result<Value> {
        let mut request = self.http.post(format!("{}/api/v1{path}", self.base)).json(&body);
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let request = request
            .header("cookie", &self.cookie)
            .header("x-requested-with", "henglian");
        let response = request.send().await?;
        let (status, url) = (response.status(), response.url().path().to_owned());
        let text = response.text().await?;
        if !status.is_success() {
            bail!("{url}: {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("{url} answered no JSON"))
    }
}

/// One concluded run, for the terminal.
#[derive(Clone, Debug)]
pub struct Concluded {
    pub run: i64,
    pub device: String,
    pub kind: &'static str,
    pub verdict: String,
    /// `confirmed by …` or `waiting for you`
    pub state: String,
}

impl Demo {
    /// Verifies the good and the planted meter over the days on which the reference was in series with them, and checks
    /// the reference against a meter. The reviewer confirms the good one; the planted one is left for the visitor.
    pub async fn play(&self) -> anyhow::Result<Vec<Concluded>> {
        let account = |role| {
            self.accounts
                .of(role)
                .with_context(|| format!("no account with role {role}"))
        };
        let operator = Actor::sign_in(&self.url(), account("operator")?).await?;
        let known = operator.get("/runs?per_page=100").await?;
        if known["total"].as_u64().unwrap_or(0) > 0 {
            return Ok(known["rows"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(concluded)
                .collect());
        }
        let reference = self.instrument(&operator, "ref-1").await?;
        let mut concluded_runs = Vec::new();
        for device in ["m-03", "m-05"] {
            let (from, to) = self.in_series_with(device)?;
            let meter = self.instrument(&operator, device).await?;
            let body = json!({ "kind": "online-verification", "instrument_id": meter, "reference_id": reference, "from": from.to_string(), "to": to.to_string() });
            let run = operator.post("/runs", body, None).await?;
            concluded_runs.extend(concluded(&run));
        }
        let (from, to) = self.in_series_with("m-03")?;
        let check_standard = self.instrument(&operator, "m-03").await?;
        let body = json!({ "kind": "period-check", "instrument_id": reference, "reference_id": check_standard, "from": from.to_string(), "to": to.to_string() });
        concluded_runs.extend(concluded(&operator.post("/runs", body, None).await?));

        let reviewer = Actor::sign_in(&self.url(), account("reviewer")?).await?;
        if let Some(good) = concluded_runs.first_mut() {
            let run = reviewer.get(&format!("/runs/{}", good.run)).await?;
            let note = json!({ "note": "演示脚本代核验员确认" });
            let reviewed = reviewer
                .post(
                    &format!("/runs/{}/confirm", good.run),
                    note,
                    run["version"].as_i64(),
                )
                .await?;
            good.state = reviewed["state"].as_str().unwrap_or_default().to_owned();
        }
        Ok(concluded_runs)
    }

    async fn instrument(&self, actor: &Actor, device: &str) -> anyhow::Result<i64> {
        let found = actor.get(&format!("/instruments?q={device}")).await?;
        found["rows"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|row| row["device"] == device)
            .and_then(|row| row["id"].as_i64())
            .with_context(|| format!("{device} is not in the ledger"))
    }

    /// The longest span of the history in which the reference was in series with this meter.
    pub fn in_series_with(&self, device: &str) -> anyhow::Result<(Timestamp, Timestamp)> {
        let from = self.started - SignedDuration::from_hours(24 * 7 - 1);
        let windows = self
            .site
            .reference_windows(&"ref-1".parse()?, from, self.started)?;
        windows
            .into_iter()
            .filter(|window| window.meter.as_str() == device)
            .max_by_key(|window| (window.to.as_second() - window.from.as_second(), window.from))
            .map(|window| (window.from, window.to))
            .with_context(|| format!("the reference was never in series with {device}"))
    }
}

fn concluded(run: &Value) -> Option<Concluded> {
    Some(Concluded {
        run: run["id"].as_i64()?,
        device: run["instrument"]["device"].as_str()?.to_owned(),
        kind: if run["kind"] == "period-check" {
            "period check 期间核查"
        } else {
            "online verification 远程在线检测"
        },
        verdict: run["verdict"].as_str()?.to_owned(),
        state: run["state"].as_str()?.to_owned(),
    })
}
