//! Period checks by charts over the real ledger: limits and results of confirmed checks come back in later ones.

use axum::http::StatusCode;
use devices::SeriesId;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use verification::recheck::{Bundle, recheck};

use crate::actor::{Actor, Reply};
use crate::laboratory::Laboratory;
use crate::simulated::Simulated;

/// An hourly pressure of 500 kPa. `p-1` swings by some Pa from day to day, and is off by 0.06 kPa on one of them.
fn swinging() -> Simulated {
    Simulated::every(SignedDuration::from_hours(1), |series, _, time| {
        value(series, time)
    })
}

const JUMP: &str = "2026-04-25";

fn value(series: &SeriesId, time: Timestamp) -> String {
    if series.device.as_str() != "p-1" {
        return "500.000".to_owned();
    }
    let local = jiff::tz::Offset::constant(8).to_datetime(time).date();
    let noise = [3, -5, 8, -2, 0, 6, -7, 4, -3, 1, -6, 7];
    let day = usize::try_from(local.day_of_year()).unwrap();
    let jump = if local.to_string() == JUMP { 60 } else { 0 };
    let thousandths = 500_000 + noise[day % 12] + jump;
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

struct Bench {
    laboratory: Laboratory,
    subject: i64,
    reference: i64,
}

impl Bench {
    async fn open() -> Self {
        let laboratory = Laboratory::over(swinging()).await;
        laboratory.it_is_now("2026-02-20T00:00:00Z");
        let subject = laboratory.meter("p-1", "pt100k@1").await;
        let reference = laboratory.meter("p-0", "pt100k@1").await;
        laboratory.it_is_now("2026-06-01T08:00:00Z");
        Self {
            laboratory,
            subject,
            reference,
        }
    }

    /// Whole days of China Standard Time.
    fn asked(&self, from: &str, to: &str) -> Value {
        json!({"kind": "period-check", "procedure": "period-check-chart", "point": "pressure", "instrument_id": self.subject,
            "reference_id": self.reference, "from": format!("{from}T00:00:00+08:00"),
            "to": format!("{to}T00:00:00+08:00"), "values": {"mpev": {"value": "0.8", "unit": "kPa"}}})
    }

    async fn start(&self, body: Value) -> Reply {
        let li = self.laboratory.actor("li").await;
        li.send("POST", "/api/v1/runs", Some(body), None).await
    }

    async fn run(&self, body: Value) -> Value {
        let started = self.start(body).await;
        assert_eq!(started.status, StatusCode::CREATED, "{}", started.body);
        let run = started.json();
        let li = self.laboratory.actor("li").await;
        let bundle = li.get(&format!("/api/v1/runs/{}/bundle", run["id"])).await;
        let again = recheck(&Bundle::parse(bundle.body.as_bytes()).unwrap()).unwrap();
        assert!(again.agrees, "{:?}", again.differences);
        run
    }

    async fn evidence(&self, run: &Value) -> Value {
        let li = self.laboratory.actor("li").await;
        li.get(&format!("/api/v1/runs/{}/evidence", run["id"]))
            .await
            .json()
    }

    /// What a run knew from before.
    async fn known(&self, run: &Value) -> Value {
        self.evidence(run).await["check"].clone()
    }

    async fn confirm(&self, run: &Value) {
        let zhao: Actor = self.laboratory.actor("zhao").await;
        let path = format!("/api/v1/runs/{}/confirm", run["id"]);
        let reply = zhao
            .send("POST", &path, Some(json!({"note": "seen"})), Some(1))
            .await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    }
}

#[tokio::test]
async fn limits_and_results_of_confirmed_checks_come_back() {
    let bench = Bench::open().await;
    let first = bench.run(bench.asked("2026-03-01", "2026-04-10")).await;
    assert_eq!(first["verdict"], "conforms", "{}", first["conclusion"]["reasons"]);
    assert_eq!(first["conclusion"]["moves_traceability"], false);
    let chart = &first["conclusion"]["body"]["period-check"]["chart"];
    assert_eq!(chart["points"].as_array().unwrap().len(), 40);
    assert_eq!(chart["points"][29]["baseline"], true);

    // Nobody has confirmed it: its limits are nobody's.
    let early = bench.run(bench.asked("2026-04-10", "2026-04-20")).await;
    assert_eq!(early["verdict"], "inconclusive");
    assert_eq!(early["conclusion"]["reasons"][0]["code"], "too-few-points");
    assert_eq!(bench.known(&early).await["baseline"], Value::Null);
    bench.confirm(&first).await;

    let second = bench.run(bench.asked("2026-04-10", "2026-04-20")).await;
    assert_eq!(
        second["verdict"], "conforms",
        "{}",
        second["conclusion"]["reasons"]
    );
    let evidence = bench.evidence(&second).await;
    assert_eq!(evidence["check"]["baseline"]["source"], first["evidence_sha256"]);
    assert_eq!(evidence["check"]["baseline"]["centre"], chart["centre"]);
    assert_eq!(evidence["check"]["baseline"]["sigma"], chart["sigma"]);
    let result = &evidence["check"]["history"][0];
    assert_eq!(
        (&result["date"], &result["error"]),
        (
            &json!("2026-03-20"),
            &first["conclusion"]["body"]["period-check"]["difference"]
        )
    );
    assert_eq!(evidence["check"]["interval_days"], 364);
    assert_eq!(evidence["subject"]["values"]["MPEV"]["value"], "0.8");
    assert_eq!(
        second["conclusion"]["body"]["period-check"]["interval"]["present_days"],
        364
    );
    bench.confirm(&second).await;

    // The second check had frozen limits; those of the first go on, and the results are two.
    let third = bench.run(bench.asked("2026-04-20", "2026-04-30")).await;
    assert_eq!(third["verdict"], "inconclusive");
    assert_eq!(third["conclusion"]["reasons"][0]["code"], "control-signal");
    let evidence = bench.evidence(&third).await;
    assert_eq!(evidence["check"]["baseline"]["source"], first["evidence_sha256"]);
    assert_eq!(evidence["check"]["history"].as_array().unwrap().len(), 2);
    assert_eq!(third["conclusion"]["body"]["period-check"]["drift"]["results"], 3);
}

#[tokio::test]
async fn after_a_repair_a_check_starts_anew() {
    let bench = Bench::open().await;
    let first = bench.run(bench.asked("2026-03-01", "2026-04-10")).await;
    bench.confirm(&first).await;
    let mut body = bench.asked("2026-04-10", "2026-04-20");
    body["starts_anew"] = json!(true);
    let anew = bench.run(body.clone()).await;
    let evidence = bench.evidence(&anew).await;
    assert_eq!(
        (
            &evidence["check"]["baseline"],
            &evidence["check"]["history"],
            &evidence["check"]["starts_anew"]
        ),
        (&Value::Null, &json!([]), &json!(true))
    );
    assert!(anew["conclusion"]["rules"].to_string().contains("starts anew"));
    bench.confirm(&anew).await;
    let later = bench.run(bench.asked("2026-04-20", "2026-04-25")).await;
    let evidence = bench.evidence(&later).await;
    assert_eq!(evidence["check"]["baseline"], Value::Null);
    let results = evidence["check"]["history"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0]["source"], format!("run {}", anew["id"]));
    body["procedure"] = json!("period-check");
    body["point"] = Value::Null;
    let refused = bench.start(body).await;
    assert_ne!(refused.status, StatusCode::CREATED);
}

#[tokio::test]
async fn another_point_has_no_past() {
    let bench = Bench::open().await;
    let first = bench.run(bench.asked("2026-03-01", "2026-04-10")).await;
    bench.confirm(&first).await;
    // The end of the range is a pressure in kPa like the pressure itself.
    let mut body = bench.asked("2026-04-10", "2026-04-20");
    body["point"] = json!("range.upper");
    let other = bench.run(body).await;
    let evidence = bench.evidence(&other).await;
    assert_eq!(
        (&evidence["check"]["baseline"], &evidence["check"]["history"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn another_serial_number_has_no_past() {
    let bench = Bench::open().await;
    let first = bench.run(bench.asked("2026-03-01", "2026-04-10")).await;
    bench.confirm(&first).await;
    bench.laboratory.it_is_now("2026-04-10T00:00:00Z");
    bench
        .laboratory
        .change(bench.subject, "/serial", json!("S-new"))
        .await;
    bench.laboratory.it_is_now("2026-06-01T08:00:00Z");
    let after = bench.run(bench.asked("2026-04-11", "2026-04-20")).await;
    let evidence = bench.evidence(&after).await;
    assert_eq!(
        (&evidence["check"]["baseline"], &evidence["check"]["history"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn a_corrected_serial_number_keeps_its_past() {
    let bench = Bench::open().await;
    let first = bench.run(bench.asked("2026-03-01", "2026-04-10")).await;
    bench.confirm(&first).await;
    for id in [bench.subject, bench.reference] {
        let serial = format!("S-right-{id}");
        bench.laboratory.renumber(id, &serial, Some("correction")).await;
    }
    let after = bench.run(bench.asked("2026-04-10", "2026-04-20")).await;
    let evidence = bench.evidence(&after).await;
    assert_eq!(evidence["check"]["baseline"]["source"], first["evidence_sha256"]);
    assert_eq!(evidence["check"]["history"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_check_standard_takes_the_place_of_a_reference() {
    let bench = Bench::open().await;
    let mut body = bench.asked("2026-03-01", "2026-04-10");
    body["reference_id"] = Value::Null;
    body["values"] = json!({"standard": {"value": "500.00"}, "U_standard": {"value": "0.10", "unit": "kPa"}});
    let run = bench.run(body.clone()).await;
    assert_eq!(run["verdict"], "conforms", "{}", run["conclusion"]["reasons"]);
    assert_eq!(run["reference"], Value::Null);
    let check = &run["conclusion"]["body"]["period-check"];
    assert_eq!(
        (&check["reference_mean"], &check["u_reference"]),
        (&json!("500.00"), &json!("0.10"))
    );
    bench.confirm(&run).await;
    body["from"] = json!("2026-04-10T00:00:00+08:00");
    body["to"] = json!("2026-04-20T00:00:00+08:00");
    let next = bench.run(body.clone()).await;
    assert_eq!(
        bench.known(&next).await["baseline"]["source"],
        run["evidence_sha256"]
    );
    // Another assigned value is another standard.
    body["values"]["standard"]["value"] = json!("500.01");
    let other = bench.run(body).await;
    assert_eq!(bench.known(&other).await["baseline"], Value::Null);
}

#[tokio::test]
async fn what_cannot_begin_names_its_field() {
    let bench = Bench::open().await;
    let meter = bench.laboratory.draft("m-1", "dtz341@1");
    let works = bench.laboratory.actor("works").await;
    let meter = works.send("POST", "/api/v1/instruments", Some(meter), None).await;
    let meter = meter.json()["id"].clone();
    for (change, field) in [
        (json!({"values": {"mpev": {"value": "0"}}}), "values.mpev"),
        (
            json!({"values": {"mpev": {"value": "1", "unit": "bar"}}}),
            "values.mpev",
        ),
        (json!({"values": {"mpe": {"value": "1"}}}), "values.mpe"),
        (
            json!({"values": {"standard": {"value": "500"}}}),
            "values.U_standard",
        ),
        (json!({"procedure": "digital-pressure-gauge-online"}), "procedure"),
        (json!({"procedure": "period-check"}), "point"),
        (
            json!({"procedure": "period-check", "point": null}),
            "instrument_id",
        ),
        (json!({"point": null}), "point"),
        (json!({"point": "energy.active.import"}), "instrument_id"),
        (json!({"kind": "online-verification", "values": {}}), "procedure"),
        (json!({"reference_id": meter}), "reference_id"),
    ] {
        let mut body = bench.asked("2026-03-01", "2026-04-10");
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let refused = bench.start(body).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{change}: {}",
            refused.body
        );
        assert_eq!(refused.json()["field"], field, "{change}: {}", refused.body);
    }
}

#[tokio::test]
async fn a_period_check_is_entered_and_approved_like_any_procedure() {
    let bench = Bench::open().await;
    let li = bench.laboratory.actor("li").await;
    let all = li.get("/api/v1/procedures").await.json();
    let shipped = all
        .as_array()
        .unwrap()
        .iter()
        .find(|card| card["id"] == "period-check-chart");
    let sha256 = shipped.unwrap()["sha256"].as_str().unwrap().to_owned();
    assert_eq!(shipped.unwrap()["kind"], "period-check");
    let detail = li.get(&format!("/api/v1/procedures/{sha256}")).await.json();
    assert_eq!(detail["sheet"]["chart"]["baseline"], 30);
    let own = detail["text"]
        .as_str()
        .unwrap()
        .replacen("version = 1", "version = 2", 1)
        .replacen("baseline = 30", "baseline = 20", 1);
    let bad = own.replacen("lambda = \"0.2\"", "lambda = \"2\"", 1);
    let refused = li
        .send("POST", "/api/v1/procedures", Some(json!({ "text": bad })), None)
        .await;
    assert!(
        refused.json()["cause"]
            .as_str()
            .unwrap()
            .contains("lambda above 0"),
        "{}",
        refused.body
    );
    let entered = li
        .send("POST", "/api/v1/procedures", Some(json!({ "text": own })), None)
        .await;
    assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.body);
    let root = bench.laboratory.actor("root").await;
    let path = format!(
        "/api/v1/procedures/{}/approve",
        entered.json()["sha256"].as_str().unwrap()
    );
    let approval = json!({"edition": "2016", "clause": "C.4", "effective_on": "2017-05-30"});
    let approved = root.send("POST", &path, Some(approval), None).await;
    assert_eq!(approved.status, StatusCode::CREATED, "{}", approved.body);
    let run = bench.run(bench.asked("2026-03-01", "2026-04-01")).await;
    assert_eq!(run["procedure_sha256"], approved.json()["sha256"]);
    assert_eq!(run["conclusion"]["basis"]["status"], "approved");
    let points = run["conclusion"]["body"]["period-check"]["chart"]["points"]
        .as_array()
        .unwrap();
    assert_eq!(
        points.iter().filter(|point| point["baseline"] == true).count(),
        20
    );
}
