//! From a field instrument to a reviewed conclusion in the ledger, over the real protocols and the real API.

use serde_json::{Value, json};
use system_tests::TestSite;

fn row<'a>(page: &'a Value, device: &str) -> &'a Value {
    let rows = page["rows"].as_array().expect("rows");
    rows.iter()
        .find(|row| row["device"] == device)
        .expect("the device is listed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_is_verified_reviewed_audited_and_rechecked() {
    let site = TestSite::start().await;

    // Nothing is lost or doubled on the way: 14 devices, one sweep each quarter of an hour, seven days.
    let health = site.demo.system.gateway.health();
    assert!(
        health.refused.is_empty() && health.malformed.is_empty(),
        "{health:?}"
    );
    let window = devices::Window {
        from: site.demo.started - jiff::SignedDuration::from_hours(7 * 24),
        to: site.demo.started,
    };
    let series = "ref-1/energy.active.import".parse().unwrap();
    let readings = site
        .demo
        .system
        .gateway
        .store()
        .range(&series, window, 10_000)
        .await
        .unwrap();
    assert_eq!(readings.len(), 7 * 96);
    assert!(readings.iter().all(|reading| reading.quality.is_good()));

    let concluded = site.demo.play().await.unwrap();
    let summary: Vec<_> = concluded
        .iter()
        .map(|c| (c.device.as_str(), c.verdict.as_str(), c.state.as_str()))
        .collect();
    assert_eq!(
        summary,
        [
            ("m-03", "conforms", "confirmed"),
            ("m-05", "does-not-conform", "awaiting-review"),
            ("ref-1", "conforms", "awaiting-review"),
        ]
    );

    // The planted error is found with its size: -1.8 % against the truth.
    let reviewer = site.actor("reviewer").await;
    let failed = concluded[1].run;
    let run = reviewer.get(&format!("/runs/{failed}")).await.unwrap();
    let points = run["conclusion"]["body"]["comparison"]["points"]
        .as_array()
        .expect("points");
    let judged: Vec<&str> = points
        .iter()
        .filter_map(|point| point["rounded"].as_str())
        .collect();
    assert!(
        !judged.is_empty() && judged.iter().all(|error| *error == "-1.80"),
        "{judged:?}"
    );

    // Nothing about the instrument has changed before the review.
    let page = reviewer.get("/instruments?per_page=100").await.unwrap();
    assert_eq!(row(&page, "m-05")["status"], "normal");
    assert!(row(&page, "m-05")["next_check_on"].is_null());
    assert!(row(&page, "m-03")["next_check_on"].is_string());
    let due_before = row(&page, "ref-1")["traceability"]["due_on"].clone();

    // A reference in another circuit compares two consumptions: nothing is judged, and the reason says so.
    let operator = site.actor("operator").await;
    let id = |device: &str| row(&page, device)["id"].as_i64().expect("an id");
    for elsewhere in ["m-01", "m-03", "m-07"] {
        let request = json!({
            "kind": "online-verification", "instrument_id": id(elsewhere), "reference_id": id("ref-1"),
            "from": run["window"]["from"], "to": run["window"]["to"],
        });
        let run = operator.post("/runs", request, None).await.unwrap();
        assert_eq!(run["verdict"], "inconclusive", "{elsewhere}");
        assert_eq!(run["conclusion"]["reasons"][0]["code"], "loads-not-the-same");
    }

    // The operator cannot review; a stale page is refused; the reviewer confirms once.
    let path = format!("/runs/{failed}/confirm");
    let note = json!({ "note": "逐位核对" });
    let refused = operator
        .post(&path, note.clone(), Some(1))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("403"), "{refused}");
    let stale = reviewer
        .post(&path, note.clone(), Some(99))
        .await
        .unwrap_err()
        .to_string();
    assert!(stale.contains("412"), "{stale}");
    let confirmed = reviewer
        .post(&path, note.clone(), run["version"].as_i64())
        .await
        .unwrap();
    assert_eq!(confirmed["state"], "confirmed");
    let again = reviewer
        .post(&path, note, confirmed["version"].as_i64())
        .await
        .unwrap_err()
        .to_string();
    assert!(again.contains("already-reviewed"), "{again}");

    let page = reviewer.get("/instruments?per_page=100").await.unwrap();
    assert_eq!(row(&page, "m-05")["status"], "to-send");
    assert_eq!(
        row(&page, "ref-1")["traceability"]["due_on"],
        due_before,
        "a conclusion moves no traceability date"
    );
    assert!(matches!(
        site.demo.system.ledger.verify_audit().await.unwrap(),
        ledger::audit::AuditCheck::Whole { .. }
    ));

    // The auditor downloads the bundle, and it recomputes digit for digit; one changed digit is found.
    let auditor = site.actor("auditor").await;
    let bundle = auditor
        .get(&format!("/runs/{failed}/bundle"))
        .await
        .unwrap()
        .to_string();
    let outcome = verification::recheck::recheck_bytes(bundle.as_bytes()).unwrap();
    assert!(outcome.agrees, "{:?}", outcome.differences);
    let forged = bundle.replacen("-1.80", "-0.40", 1);
    assert!(!verification::recheck::recheck_bytes(forged.as_bytes()).is_ok_and(|outcome| outcome.agrees));
    let refused = auditor
        .post("/runs", json!({}), None)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("403"), "{refused}");

    site.demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enterprise_registers_a_meter_and_reads_it_live() {
    let site = TestSite::start().await;
    let enterprise = site.actor("enterprise").await;
    let access =
        json!({ "kind": "modbus-tcp", "host": "127.0.0.1", "port": site.demo.modbus.port(), "unit": 10 });

    let probe = json!({ "collector": "edge-1", "profile": "ddz1187@1", "access": access });
    let answer = enterprise.post("/probe", probe, None).await.unwrap();
    assert_eq!(answer["outcome"]["kind"], "read", "{answer}");
    let energy = &answer["outcome"]["values"]
        .as_array()
        .unwrap()
        .iter()
        .find(|v| v["point"] == "energy.active.import")
        .unwrap();
    assert_eq!(
        energy["value"].as_str().unwrap().split('.').nth(1).unwrap().len(),
        2,
        "0.01 kWh keeps its digits"
    );
    assert!(!energy["raw"].as_str().unwrap().is_empty());

    let silent =
        json!({ "kind": "modbus-tcp", "host": "127.0.0.1", "port": site.demo.modbus.port(), "unit": 99 });
    let probe = json!({ "collector": "edge-1", "profile": "ddz1187@1", "access": silent });
    let answer = enterprise.post("/probe", probe, None).await.unwrap();
    assert_eq!(answer["outcome"]["kind"], "failed", "{answer}");

    let sites = enterprise.get("/sites").await.unwrap();
    let draft = json!({
        "site_id": sites[0]["id"], "collector": "edge-1", "device": "m-09", "name": "办公楼", "profile": "ddz1187@1",
        "serial": "DDZ1187-260209", "manufacturer": "", "accuracy_class": "1", "purpose": "sub-meter", "access": access,
        "period_seconds": 1, "multiplier": { "current_ratio": "1", "voltage_ratio": "1", "registers_are_primary": true },
        "location": "", "traceability": null, "plausible": {}
    });
    let mut live = site.demo.system.gateway.live();
    let registered = enterprise.post("/instruments", draft, None).await.unwrap();
    let arrived = async {
        loop {
            let sweep = live.recv().await.expect("live readings");
            if sweep
                .readings
                .iter()
                .any(|r| r.series.device.as_str() == "m-09" && r.quality.is_good())
            {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), arrived)
        .await
        .expect("the new meter is read");
    let latest = enterprise
        .get(&format!("/instruments/{}/latest", registered["id"]))
        .await
        .unwrap();
    assert!(
        latest.as_array().is_some_and(|readings| readings.len() > 3),
        "{latest}"
    );
    site.demo.stop().await;
}
