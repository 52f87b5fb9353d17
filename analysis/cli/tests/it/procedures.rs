//! Procedures run from files.

use std::process::Command;

use serde_json::{Value, json};

fn metrology(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_metrology"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn shipped(name: &str) -> String {
    format!("{}/../procedures/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

fn written(folder: &tempfile::TempDir, name: &str, value: &Value) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, value.to_string()).unwrap();
    path.to_string_lossy().into_owned()
}

/// A gauge of 1600 kPa read every ten minutes at 400 kPa, and what it differs by.
fn gauge(difference: &str) -> Value {
    let readings = |value: &str| -> Vec<Value> {
        (0..144)
            .map(|i| {
                let time = format!("2026-03-02T{:02}:{:02}:00Z", i / 6, i % 6 * 10);
                json!({ "nominal": time, "taken": time, "value": value, "quality": "good" })
            })
            .collect()
    };
    let instrument = |device: &str, values: Value| {
        json!({ "device": device, "name": device, "manufacturer": "", "model": "", "serial": "",
            "accuracy_class": "0.5", "connection": null, "multiplier": null, "values": values })
    };
    let series = |of: &str, value: &str, resolution: &str| {
        json!({ "of": of, "point": "pressure", "unit": "kPa", "resolution": resolution, "modulus": null,
            "largest_step": null, "negative": null, "readings": readings(value) })
    };
    json!({
        "format": 3,
        "window": { "from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z" },
        "period_seconds": 600,
        "subject": instrument("p-1", json!({ "FS": { "value": "1600", "unit": "kPa" } })),
        "reference": instrument("ref", json!({})),
        "certificate": { "number": "C-1", "issued_by": "x", "valid_from": null, "valid_to": "2027-01-01",
            "values": { "U_ref": { "value": "0.4", "unit": "kPa" } },
            "configuration_at_calibration": "c", "configuration_now": "c" },
        "series": { "p": series("subject", difference, "0.1"), "p0": series("reference", "400.00", "0.01") },
        "check": null,
    })
}

#[test]
fn verify_tells_by_word_and_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let procedure = shipped("digital-pressure-gauge-online");
    let good = written(&folder, "good.json", &gauge("403.0"));
    let (code, text, error) = metrology(&["verify", &procedure, &good]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(
        text.starts_with("符合  依据 JJG 875-2019 误差限值作在线比对，不是检定（草案 draft）"),
        "{text}"
    );
    assert!(
        text.contains("mean 3.000000, rounded -, limit ±8, U 0.4042"),
        "{text}"
    );
    let bad = written(&folder, "bad.json", &gauge("409.0"));
    assert_eq!(metrology(&["verify", &procedure, &bad]).0, 1);
    let mut bare = gauge("403.0");
    bare["certificate"] = Value::Null;
    let bare = written(&folder, "bare.json", &bare);
    let (code, text, _) = metrology(&["verify", &procedure, &bare]);
    assert_eq!(code, 3);
    assert!(
        text.starts_with("待定") && text.contains("标准器没有证书"),
        "{text}"
    );
    let (_, json, _) = metrology(&["--json", "verify", &procedure, &good]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["body"]["comparison"]["points"][1]["verdict"], "conforms");
    assert_eq!(json["moves_traceability"], false);
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let good = written(&folder, "good.json", &gauge("403.0"));
    let text = std::fs::read_to_string(shipped("digital-pressure-gauge-online")).unwrap();
    let path = folder.path().join("broken.toml");
    std::fs::write(&path, text.replace("p - p0", "p - p9")).unwrap();
    let broken = path.to_string_lossy();
    for command in [vec!["verify", &broken, &good], vec!["procedure", &broken]] {
        let (code, _, error) = metrology(&command);
        assert_eq!(code, 2);
        assert!(
            error.contains("column 16, error: symbol \"p9\" is not defined"),
            "{error}"
        );
    }
    let mut odd = gauge("403.0");
    odd["colour"] = json!(1);
    let odd = written(&folder, "odd.json", &odd);
    let (code, _, error) = metrology(&["verify", &shipped("digital-pressure-gauge-online"), &odd]);
    assert_eq!(code, 2);
    assert!(error.contains("unknown field `colour`"), "{error}");
    let (code, text, _) = metrology(&["procedure", &shipped("water-meter-online")]);
    assert_eq!(code, 0);
    assert!(text.contains("bins: Q1-Q2, Q2-Q4"), "{text}");
}

fn checked_instrument(device: &str, values: Value) -> Value {
    json!({ "device": device, "name": device, "manufacturer": "", "model": "", "serial": "",
        "accuracy_class": null, "connection": null, "multiplier": null, "values": values })
}

fn pressure(of: &str, readings: Vec<Value>) -> Value {
    json!({ "of": of, "point": "pressure", "unit": "kPa", "resolution": null, "modulus": null,
        "largest_step": null, "negative": null, "readings": readings })
}

#[test]
fn a_period_check_with_and_without_charts() {
    let folder = tempfile::tempdir().unwrap();
    let readings = |value: &str| -> Vec<Value> {
        (0..48)
            .map(|i| {
                let time = format!("2026-03-02T{:02}:{:02}:00Z", i / 2, i % 2 * 30);
                json!({ "nominal": time, "taken": time, "value": value, "quality": "good" })
            })
            .collect()
    };
    let evidence = json!({
        "format": 3,
        "window": { "from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z" },
        "period_seconds": 1800,
        "subject": checked_instrument("p-1", json!({ "U": { "value": "0.3", "unit": "kPa" } })),
        "reference": checked_instrument("p-2", json!({ "U_ref": { "value": "0.4", "unit": "kPa" } })),
        "certificate": null,
        "series": { "x": pressure("subject", readings("500.5")), "X": pressure("reference", readings("500.0")) },
        "check": { "quantity": "pressure", "baseline": null, "history": [], "interval_days": null },
    });
    let first = written(&folder, "first.json", &evidence);
    let (code, text, error) = metrology(&["verify", &shipped("period-check"), &first]);
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    assert!(
        text.contains("|E_n| 1.000000") && text.contains("不具溯源性"),
        "{text}"
    );
    let (code, text, error) = metrology(&["verify", &shipped("period-check-chart"), &first]);
    assert_eq!(code, 3, "{error}");
    assert!(
        text.contains("48 pairs") || text.contains("48 valid pairs"),
        "{text}"
    );
}

/// Forty days of a check standard of 500 kPa, a reading an hour, with a jump on one day.
fn charted(jump_on: usize) -> Value {
    let noise = [3, -5, 8, -2, 0, 6, -7, 4, -3, 1, -6, 7];
    let readings: Vec<Value> = (0..40 * 24)
        .map(|i| {
            let (day, hour) = (i / 24, i % 24);
            let (month, date) = if day < 31 { (3, day + 1) } else { (4, day - 30) };
            let time = format!("2026-{month:02}-{date:02}T{hour:02}:00:00+08:00");
            let thousandths = 500_000 + noise[day % 12] + if day == jump_on { 90 } else { 0 };
            let value = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
            json!({ "nominal": time, "taken": time, "value": value, "quality": "good" })
        })
        .collect();
    let kilopascal = |value: &str| json!({ "value": value, "unit": "kPa" });
    json!({
        "format": 3,
        "window": { "from": "2026-03-01T00:00:00+08:00", "to": "2026-04-10T00:00:00+08:00" },
        "period_seconds": 3600,
        "subject": checked_instrument("p-1", json!({ "U": kilopascal("0.3"), "MPEV": kilopascal("1.0") })),
        "reference": checked_instrument("", json!({ "X": kilopascal("500"), "U_ref": kilopascal("0.1") })),
        "certificate": null,
        "series": { "x": pressure("subject", readings) },
        "check": {
            "quantity": "pressure", "baseline": null, "interval_days": 365,
            "history": [
                { "date": "2024-03-01", "unit": "kPa", "error": "0.10", "u95": "0.05", "source": "C-1" },
                { "date": "2025-03-01", "unit": "kPa", "error": "0.05", "u95": "0.05", "source": "C-2" },
            ],
        },
    })
}

#[test]
fn a_chart_for_people_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let procedure = shipped("period-check-chart");
    let good = written(&folder, "good.json", &charted(99));
    let (code, text, error) = metrology(&["verify", &procedure, &good]);
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    for wanted in [
        "不具溯源性",
        "40 points (the first 30 points of this window)",
        "drift of dated results: -0.0",
        "interval: 365 days now, suggested 456 (staircase 456, drift ",
    ] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let jump = written(&folder, "jump.json", &charted(35));
    let (code, text, _) = metrology(&["verify", &procedure, &jump]);
    assert_eq!(code, 3, "{text}");
    assert!(
        text.contains("2026-04-04T16:00:00Z 0.097000: beyond-three-sigma"),
        "{text}"
    );
    let strict = std::fs::read_to_string(&procedure)
        .unwrap()
        .replace("action = []", "action = [\"western-electric\"]")
        .replace("\"beyond-three-sigma\", \"ewma\"]", "\"ewma\"]");
    let path = folder.path().join("strict.toml");
    std::fs::write(&path, strict).unwrap();
    let strict = path.to_string_lossy();
    let (code, out, _) = metrology(&["verify", &strict, &jump, "--json"]);
    assert_eq!(code, 1);
    let out: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(out["moves_traceability"], false);
    assert_eq!(
        out["body"]["period-check"]["chart"]["points"][35]["signals"][0],
        "beyond-three-sigma"
    );
    let (code, text, _) = metrology(&["procedure", &procedure]);
    assert_eq!(code, 0);
    assert!(
        text.contains("Period check by") && text.contains("without traceability"),
        "{text}"
    );
}

#[test]
fn bad_period_checks_name_their_place() {
    type Change<'a> = &'a dyn Fn(&mut Value);
    let folder = tempfile::tempdir().unwrap();
    let procedure = shipped("period-check-chart");
    let refused = |arguments: &[&str], wanted: &str| {
        let (code, out, error) = metrology(arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{error}");
        assert!(error.contains(wanted), "{wanted}: {error}");
    };
    let changed = |change: Change<'_>| {
        let mut value = charted(99);
        change(&mut value);
        written(&folder, "bad.json", &value)
    };
    let cases: [(Change<'_>, &str); 8] = [
        (
            &|e| e["series"]["x"]["readings"][1] = e["series"]["x"]["readings"][0].clone(),
            "evidence, series x: two readings of 2026-02-28T16:00:00Z",
        ),
        (
            &|e| e["reference"]["values"]["X"]["unit"] = json!("bar"),
            "reference, X, unit: bar, but the readings are in kPa",
        ),
        (
            &|e| e["series"]["x"]["unit"] = json!("kPascal"),
            "evidence, series x, unit: \"kPascal\"",
        ),
        (
            &|e| e["subject"]["values"]["MPEV"]["value"] = json!(1.0),
            "line 1 column",
        ),
        (
            &|e| e["check"]["history"][1]["error"] = json!("0,05"),
            "line 1 column",
        ),
        (
            &|e| e["check"]["history"][0]["u95"] = json!("0"),
            "history 1, u95: must be above zero",
        ),
        (
            &|e| e["format"] = json!(2),
            "evidence: format 2 is not known, this engine reads 3",
        ),
        (&|e| e["note"] = json!(1), "unknown field `note`"),
    ];
    for (change, wanted) in cases {
        let path = changed(change);
        refused(&["verify", &procedure, &path], wanted);
    }

    let good = written(&folder, "good.json", &charted(99));
    // Evidence of one kind under a procedure of the other decides nothing, and says so.
    let gauge_procedure = shipped("digital-pressure-gauge-online");
    let (code, text, _) = metrology(&["verify", &gauge_procedure, &good]);
    assert_eq!(code, 3);
    assert!(text.contains("check, is that of a period check"), "{text}");
    let gauge = written(&folder, "gauge.json", &gauge("403.0"));
    let (code, text, _) = metrology(&["verify", &procedure, &gauge]);
    assert_eq!(code, 3);
    assert!(text.contains("x, is missing"), "{text}");
    refused(&["verify", &procedure, "no-such-file.json"], "no-such-file.json");
    let text = std::fs::read_to_string(&procedure).unwrap();
    let path = folder.path().join("broken.toml");
    std::fs::write(&path, text.replace("\"ewma\"]", "\"nine-in-a-row\"]")).unwrap();
    let broken = path.to_string_lossy();
    refused(
        &["verify", &broken, &good],
        "chart: \"nine-in-a-row\" is no rule; use western-electric, nelson",
    );
    refused(&["procedure", &broken], "\"nine-in-a-row\" is no rule");
}
