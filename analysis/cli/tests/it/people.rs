//! The readable commands.

use std::io::Write;
use std::process::{Command, Stdio};

pub(crate) fn metrology(arguments: &[&str]) -> (i32, String, String) {
    with_variables(arguments, &[])
}

#[test]
fn round_tells_the_side_of_the_measured_value() {
    let (code, text, _) = metrology(&["round", "0.5251", "--interval", "0.05"]);
    assert_eq!((code, text.as_str()), (0, "0.55  (|measured| is smaller)\n"));
    assert_eq!(
        metrology(&["round", "16.50(+)", "-i", "1"]).1,
        "17  (|measured| is larger)\n".replace("larger", "smaller")
    );
}

#[test]
fn judge_names_who_declared_the_method() {
    let (code, text, _) = metrology(&["judge", "≥14×100", "1351"]);
    assert_eq!(code, 1);
    assert!(
        text.starts_with("不符合  by 全数值比较法 (GB/T 8170-2008 4.3.1.2"),
        "{text}"
    );
    let (code, text, _) = metrology(&["judge", "≥14×100", "1351", "--rounded-by", "JJG 596"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("符合  by 修约值比较法 (JJG 596)"), "{text}");
}

#[test]
fn conversions_are_exact_or_say_so() {
    assert_eq!(
        metrology(&["convert", "1.5", "kWh", "MJ"]).1,
        "1.5 kW·h = 5.4 MJ\n"
    );
    assert_eq!(
        metrology(&["convert", "3000", "r/min", "rad/s"]).1,
        "3000 r/min ≈ 314.15926535897932385 rad/s\n  note: goes through π; rounded to 20 significant digits\n"
    );
    assert_eq!(
        metrology(&["convert", "＋１．５千瓦时", "kWh", "MJ"]).1,
        "1.5 kW·h = 5.4 MJ\n"
    );
    assert_eq!(
        metrology(&["convert", "-300", "℃", "K"]).1,
        "-300 ℃ = -26.85 K\n  warning: -300 ℃ lies below -273.15 ℃, where nothing is: a sign or a unit is wrong, unless a difference is meant\n"
    );
    assert_eq!(
        metrology(&["convert", "3000", "r/min", "r/s"]).1,
        "3000 r/min = 50 r/s\n"
    );
    assert_eq!(metrology(&["convert", "100", "℃", "K"]).1, "100 ℃ = 373.15 K\n");
    let (code, _, error) = metrology(&["convert", "1", "kW·h", "kW"]);
    assert_eq!(code, 2);
    assert!(error.contains("different quantities"), "{error}");
    for (from, to, wanted) in [
        ("dB", "%", "dB is a scale of its own and converts to nothing else"),
        ("%RH", "%", "%RH is a scale of its own"),
        ("r/min", "Hz", "an angle converts to an angle only"),
        ("Nm3/h", "m³/h", "an amount of gas at its reference conditions"),
        ("kVA", "kW", "multiply by the power factor"),
        ("dBm", "mW", "dBm converts to dBW only"),
    ] {
        let (code, answer, error) = metrology(&["convert", "1", from, to]);
        assert_eq!((code, answer.as_str()), (2, ""), "{from} {to}");
        assert!(error.contains(wanted), "{error}");
    }
}

fn with_variables(arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_metrology"));
    for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
        command.env_remove(name);
    }
    let output = command
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_language_of_the_reader_is_spoken() {
    let zh = [("LANG", "zh_CN.UTF-8")];
    let round = ["round", "0.5251", "--interval", "0.05"];
    let chinese = "0.55（测量值的绝对值较小）\n";
    assert_eq!(with_variables(&round, &zh).1, chinese);
    assert_eq!(
        with_variables(&["--lang", "zh", "round", "0.5251", "-i", "0.05"], &[]).1,
        chinese
    );
    let english = with_variables(&["round", "0.5251", "-i", "0.05", "--lang=en"], &zh).1;
    assert_eq!(english, "0.55  (|measured| is smaller)\n");
    assert!(
        with_variables(&["judge", "≥14×100", "1351"], &zh)
            .1
            .starts_with("不符合  按 全数值比较法")
    );
    for (arguments, variables, wanted, foreign) in [
        (
            &["--help"] as &[&str],
            &zh as &[(&str, &str)],
            "把测量值修约一次",
            "Round a measured",
        ),
        (&["--help"], &[], "Round a measured value once", "用法"),
        (
            &["stats", "outlier", "--help"],
            &zh,
            "检验方法（可选 grubbs、dixon）（默认 grubbs）",
            "Usage",
        ),
        (&["verify", "-h"], &zh, "冻结的证据", "evidence (JSON)"),
        (
            &["--lang", "zh", "convert", "--help"],
            &[],
            "单位精确换算",
            "Convert between",
        ),
        (
            &["--lang=en", "convert", "--help"],
            &zh,
            "Convert between units",
            "单位精确换算",
        ),
    ] {
        let (code, help, _) = with_variables(arguments, variables);
        assert_eq!(code, 0, "{arguments:?}");
        assert!(
            help.contains(wanted) && !help.contains(foreign),
            "{arguments:?}: {help}"
        );
    }
    let (_, help, _) = with_variables(&["--help"], &zh);
    assert!(help.contains("退出码：") && help.contains("3  待定"), "{help}");
    // What a program reads is the same in every language.
    let json = |variables: &[(&str, &str)]| {
        with_variables(&["--json", "round", "0.5251", "-i", "0.05"], variables).1
    };
    assert_eq!(json(&zh), json(&[]));
}

const DATA: [u8; 10] = [1, 3, 2, 4, 0, 2, 3, 1, 2, 5];

/// One spelling of keys: letters, digits and _, the remarks under `warning`, and the same keys from `stats` and `eval`.
#[test]
fn json_keys_have_one_spelling() {
    fn keys(value: &serde_json::Value, out: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                for (key, value) in fields {
                    out.push(key.clone());
                    keys(value, out);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|item| keys(item, out)),
            _ => {}
        }
    }
    let budget = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/budgets/gum-s1-mass.toml");
    let procedure = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../procedures/water-meter-online.toml"
    );
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let mut rows = "x,u,v,w\n".to_owned();
    for i in 0..10 {
        rows.push_str(&format!(
            "10.{},0.1,10.{},0.{}\n",
            DATA[i],
            DATA[9 - i],
            DATA[i] + 1
        ));
    }
    file.write_all(rows.as_bytes()).unwrap();
    let data = file.path().to_str().unwrap();
    for arguments in [
        &["round", "1.25", "-i", "0.1"] as &[&str],
        &["judge", "≥1.2", "1.25"],
        &["parse", "mpe", "±0.5%"],
        &["parse", "uncertainty", "U=0.02℃~0.05℃"],
        &["convert", "-300", "℃", "K"],
        &["tables"],
        &["budget", budget],
        &["procedure", procedure],
        &["stats", data, "--column", "x"],
        &["stats", "outlier", data, "--column", "x"],
        &["stats", "outlier", "--test", "dixon", data, "--column", "x"],
        &["stats", "robust", data, "--column", "x"],
        &["stats", "individuals", data, "--column", "x"],
        &["stats", "repeatability", data, "--column", "x"],
        &["stats", "stability", data],
        &["stats", "comparison", data],
        &["stats", "fit", data, "--x", "w", "--y", "v"],
        &[
            "stats", "ewma", data, "--column", "x", "--target", "10", "--sigma", "1",
        ],
        &[
            "stats",
            "cusum",
            data,
            "--column",
            "x",
            "--target",
            "10",
            "--slack",
            "1",
            "--decision",
            "4",
        ],
        &[
            "stats",
            "score",
            "z",
            "--x",
            "1",
            "--assigned",
            "0",
            "--sigma",
            "1",
        ],
    ] {
        let (code, answer, error) = metrology(&[&["--json"], arguments].concat());
        assert_eq!((code, error.as_str()), (0, ""), "{arguments:?}");
        let mut found = Vec::new();
        keys(&serde_json::from_str(&answer).unwrap(), &mut found);
        for key in found {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
            assert!(key.chars().all(plain), "{arguments:?}: {key:?}");
            // A budget lists its remarks in two languages each; everywhere else they are one text.
            assert!(key != "warnings" || arguments[0] == "budget", "{arguments:?}");
        }
    }
    let asked = serde_json::json!({ "op": "statistics", "kind": "algorithm_A", "inputs": { "data": DATA.map(|d| format!("10.{d}")) } });
    let (_, told, _) = metrology(&["--json", "stats", "robust", data, "--column", "x"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(super::eval(&[asked.to_string()])[0], told);
}

/// `metrology … | head -0`: the reader is gone before the first byte.
#[test]
fn a_closed_pipe_is_no_panic() {
    for (arguments, input, wanted) in [
        (&["judge", "≥14×100", "1351"] as &[&str], "", 1),
        (&["round", "0.5251", "-i", "0.05"], "", 0),
        (&["tables", "--json"], "", 0),
        (&["--help"], "", 0),
        (&["eval"], "{}\n{}\n", 0),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_metrology"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        // Written after the reader is gone, so that `eval` cannot have answered before.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            (output.status.code(), error.as_str()),
            (Some(wanted), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_wrong_notation_shows_its_column() {
    let (code, _, error) = metrology(&["parse", "limit", "≥97,0%"]);
    assert_eq!(code, 2);
    assert!(error.contains("column 4"), "{error}");
}

#[test]
fn a_table_shows_its_edition_and_what_replaced_it() {
    let (code, text, _) = metrology(&["tables", "equipment_rate"]);
    assert_eq!(code, 0);
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("GB 17167-2006 ("), "{first}");
    assert!(first.contains("SUPERSEDED 已被代替: GB 17167-2025"), "{first}");
    assert!(text.contains("蒸汽\t100\t80\t70"), "{text}");
    let (code, _, error) = metrology(&["tables", "rates"]);
    assert_eq!(code, 2);
    assert!(error.contains("one of accuracy, coal, equipment_rate"), "{error}");
}

#[test]
fn a_budget_prints_as_a_table() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/budgets/gum-s1-mass.toml");
    let (code, text, error) = metrology(&["budget", file, "--monte-carlo", "--seed", "7"]);
    assert_eq!((code, error.as_str()), (0, ""));
    assert!(
        text.contains("δm = 1.23 mg, U = 0.11 mg, k = 1.96, p = 0.95"),
        "{text}"
    );
    assert!(text.contains("未通过 not validated"), "{text}");
    assert_eq!(
        metrology(&["budget", file, "--monte-carlo", "--seed", "7"]).1,
        text
    );
    let (_, json, _) = metrology(&["budget", file, "--json", "--monte-carlo", "--trials", "50000"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["monte_carlo"]["trials"], 50_000);
    assert_eq!(json["expanded"], "0.11");
    assert!(metrology(&["budget", file, "--html"]).1.starts_with("<section"));
    let (code, _, error) = metrology(&["budget", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert_eq!(code, 2);
    assert!(error.contains("Cargo.toml: line "), "{error}");
}

#[test]
fn wrong_input_ends_with_the_place_and_the_cure() {
    let digits = "7".repeat(2_000);
    let cases: &[(&[&str], &str)] = &[
        (
            &["round", &digits, "-i", "1"],
            "column 1001: more than 1000 digits, shorten",
        ),
        (
            &["round", "1E100000", "-i", "1"],
            "column 3: power of ten beyond ±400",
        ),
        (&["round", "१.5", "-i", "1"], "use ASCII digits"),
        (&["round", "1.5%", "-i", "1"], "does not belong here"),
        (&["round", "1.5", "-i", "0"], "interval"),
        (&["round", "1.5"], "give --interval or --digits"),
        (&["round", "NaN", "-i", "1"], "column 1: no digit"),
        (&["judge", "5~3", "4"], "lower"),
        (&["judge", "10V~20A", "15"], "column 8: unit conflict"),
        (&["convert", "1", "kW·h", "m³"], "different quantities"),
        (&["parse", "colour", "red"], "limit"),
    ];
    for (arguments, wanted) in cases {
        let (code, answer, error) = metrology(arguments);
        assert_eq!((code, answer.as_str()), (2, ""), "{wanted}: {error}");
        assert!(error.contains(wanted), "{wanted}: {error}");
        assert!(error.len() < 600, "{wanted}: the message repeats the input");
    }
}
