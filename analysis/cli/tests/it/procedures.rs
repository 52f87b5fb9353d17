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
            "accuracy_class": "0.5", "values": values })
    };
    let series = |value: &str, resolution: &str| {
        json!({ "point": "pressure", "unit": "kPa", "resolution": resolution, "modulus": null,
            "largest_step": null, "readings": readings(value) })
    };
    json!({
        "format": 2, "kind": "online-verification",
        "window": { "from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z" },
        "period_seconds": 600,
        "subject": instrument("p-1", json!({ "FS": { "value": "1600", "unit": "kPa" } })),
        "reference": instrument("ref", json!({})),
        "certificate": { "number": "C-1", "issued_by": "x", "valid_from": null, "valid_to": "2027-01-01",
            "values": { "U_ref": { "value": "0.4", "unit": "kPa" } },
            "configuration_at_calibration": "c", "configuration_now": "c" },
        "series": { "p": series(difference, "0.1"), "p0": series("400.00", "0.01") },
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
        text.contains("mean 3.000000, rounded -, limit ±8.000000, U 0.4042"),
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
    assert_eq!(json["measured"]["points"][1]["verdict"], "conforms");
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

#[test]
fn period_checks_of_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    let side = |device: &str, value: &str, u95: &str| {
        let readings: Vec<Value> = (0..48)
            .map(|i| {
                let time = format!("2026-03-02T{:02}:{:02}:00Z", i / 2, i % 2 * 30);
                json!({ "nominal": time, "taken": time, "value": value, "quality": "good" })
            })
            .collect();
        json!({ "device": device, "name": device, "manufacturer": "", "model": "", "serial": "", "u95": u95,
            "point": "pressure", "readings": readings })
    };
    let mut evidence = json!({
        "format": 1, "kind": "period-check",
        "window": { "from": "2026-03-02T00:00:00Z", "to": "2026-03-03T00:00:00Z" },
        "period_seconds": 1800, "quantity": "pressure", "unit": "kPa",
        "subject": side("p-1", "500.5", "0.3"), "reference": side("p-2", "500.0", "0.4"),
    });
    let first = written(&folder, "first.json", &evidence);
    let (code, text, error) = metrology(&["period-check", &shipped("period-check"), &first]);
    assert_eq!((code, error.as_str()), (0, ""), "{text}");
    assert!(
        text.contains("|E_n| 1.000000") && text.contains("不具溯源性"),
        "{text}"
    );
    evidence["format"] = json!(2);
    for key in ["standard", "baseline", "mpev", "interval_days"] {
        evidence[key] = Value::Null;
    }
    evidence["history"] = json!([]);
    let second = written(&folder, "second.json", &evidence);
    let (code, text, error) = metrology(&["period-check", &shipped("period-check-chart"), &second]);
    assert_eq!(code, 3, "{error}");
    assert!(
        text.contains("48 pairs") || text.contains("48 valid pairs"),
        "{text}"
    );
}
