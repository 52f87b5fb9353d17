//! `metrology estimate-errors` as an energy manager meets it.

use std::fmt::Write;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use super::people::metrology;

/// A file of readings in a folder that goes with it.
struct File {
    _folder: TempDir,
    path: PathBuf,
}

impl File {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("readings.csv");
        std::fs::write(&path, text).unwrap();
        Self {
            _folder: folder,
            path,
        }
    }

    fn estimate(&self, options: &[&str]) -> (i32, String, String) {
        let mut arguments = vec!["estimate-errors", self.path.to_str().unwrap()];
        arguments.extend(options);
        metrology(&arguments)
    }

    fn json(&self, options: &[&str]) -> Value {
        let (code, text, error) = self.estimate(&[options, &["--json"]].concat());
        assert_eq!((code, error.as_str()), (0, ""));
        serde_json::from_str(&text).unwrap()
    }
}

/// Energies of a day: four loads, 空压机 counts 5 % too much, 1 % and 2 kWh are lost.
fn energies(day: i32) -> [f64; 5] {
    let load = |a: i32, b: i32, base: f64| base + f64::from(day * a % b) + f64::from(day * day % (b - 4));
    let loads = [
        load(37, 19, 30.0),
        load(53, 23, 40.0),
        load(29, 31, 25.0),
        load(41, 17, 35.0),
    ];
    let sum: f64 = loads.iter().sum();
    let read = [loads[0], loads[1] * 1.05, loads[2], loads[3]];
    [
        sum + 0.01 * sum * sum / 200.0 + 2.0,
        read[0],
        read[1],
        read[2],
        read[3],
    ]
}

const HEADER: &str = "time,进线总表,泵房,空压机,office,oven\n";

fn energy_file(days: i32) -> String {
    let mut text = HEADER.to_owned();
    for day in 0..days {
        let cells: Vec<String> = energies(day).iter().map(|e| format!("{e:.3}")).collect();
        writeln!(text, "{},{}", 86_400 * (day + 1), cells.join(",")).unwrap();
    }
    text
}

/// The same as registers that start anywhere, in RFC 3339.
fn register_file(days: i32) -> String {
    let mut registers: [f64; 5] = [812_345.0, 10.0, 2_000.0, 30_000.0, 400.0];
    let mut text = HEADER.to_owned();
    for day in 0..days {
        let cells: Vec<String> = registers
            .iter()
            .map(|r| format!("{:.2}", (100.0 * r).floor() / 100.0))
            .collect();
        let time = jiff::Timestamp::from_second(1_767_196_800 + 86_400 * i64::from(day)).unwrap();
        writeln!(text, "{time},{}", cells.join(",")).unwrap();
        registers.iter_mut().zip(energies(day)).for_each(|(r, e)| *r += e);
    }
    text
}

#[test]
fn the_suspect_stands_first_and_nothing_is_called_a_verdict() {
    let file = File::new(&energy_file(150));
    let (code, text, error) = file.estimate(&["--kind", "energy"]);
    assert_eq!((code, error.as_str()), (0, ""));
    let mut lines = text.lines();
    assert_eq!(
        lines.next().unwrap(),
        "a suspicion, verify on site; never a verdict  这只是怀疑，须现场核验；不是结论"
    );
    assert_eq!(
        lines.next().unwrap(),
        "energies: 150 intervals of 86400 s, 1970-01-02T00:00:00Z to 1970-05-31T00:00:00Z, \
         4 sub-meters behind 进线总表"
    );
    let suspects: Vec<&str> = lines
        .skip_while(|l| !l.starts_with("suspects"))
        .skip(2)
        .take_while(|l| !l.is_empty())
        .collect();
    assert!(suspects[0].ends_with("空压机"), "{text}");
    assert!(suspects[0].contains("+5."), "{text}");
    assert!(suspects[1].contains("advice: verify it on site"), "{text}");
    assert_eq!(suspects.len(), 2, "{text}");
    for part in [
        "balance, kWh",
        "other meters",
        "what these readings cannot tell",
        "hides in the losses",
        "least of all for meters of class 0.2S",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn registers_are_recognised_and_agree_with_energies() {
    let registers = File::new(&register_file(140)).json(&[]);
    assert_eq!(registers["site"]["kind"], "register");
    assert_eq!(registers["site"]["interval_seconds"], 86_400);
    assert!((registers["site"]["master"]["resolution"].as_f64().unwrap() - 0.01).abs() < 1e-9);
    let energies = File::new(&energy_file(140)).json(&[]);
    assert_eq!(energies["site"]["kind"], "energy");
    for answer in [&registers, &energies] {
        assert_eq!(answer["ranking"][0], "空压机");
        assert_eq!(
            answer["notice"]["en"],
            "a suspicion, verify on site; never a verdict"
        );
        let meter = &answer["meters"][1];
        assert_eq!(
            (&meter["name"], &meter["suspect"]),
            (&"空压机".into(), &true.into())
        );
        let figure = |name: &str| meter["judged"][name].as_f64().unwrap();
        assert!((figure("error") - 0.05).abs() < 0.005, "{meter}");
        assert!(figure("low") < figure("error") && figure("error") < figure("high"));
        for other in [0, 2, 3] {
            assert_eq!(answer["meters"][other]["suspect"], false);
        }
    }
}

#[test]
fn a_missing_reading_is_an_empty_cell_and_is_counted() {
    let text = energy_file(150);
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if i > 0 && i % 17 == 0 {
                cells[3] = "";
            }
            cells.join(",")
        })
        .collect();
    let answer = File::new(&lines.join("\r\n")).json(&["--kind", "energy"]);
    assert_eq!(answer["meters"][1]["missing"], 8);
    assert_eq!(answer["ranking"][0], "空压机");
}

#[test]
fn options_reach_the_estimator() {
    let file = File::new(&energy_file(150));
    let answer = file.json(&["--resolution", "0.5", "--interval", "86400"]);
    assert_eq!(answer["site"]["meters"][2]["resolution"], 0.5);
    // A master that may be 3 % off leaves the errors more open.
    let width = |answer: &Value| {
        let meter = &answer["meters"][0];
        meter["judged"]["high"].as_f64().unwrap() - meter["judged"]["low"].as_f64().unwrap()
    };
    let (sure, unsure) = (
        file.json(&["--master-error", "0.01"]),
        file.json(&["--master-error", "3"]),
    );
    assert!(
        width(&unsure) > width(&sure),
        "{} {}",
        width(&unsure),
        width(&sure)
    );
    // Another grid than the lines': named with its line.
    let (code, _, error) = file.estimate(&["--interval", "100000"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("line 3: column 1: row at 172800 lies off"),
        "{error}"
    );
}

#[test]
fn bad_input_is_refused_with_file_line_column_and_cure() {
    let two = "time,m,a\n0,1,2\n900,1,2\n";
    let cases: &[(&str, &str, &str)] = &[
        ("", "is empty", "give a header"),
        ("time,m,a\n", "no line of readings", "read for longer"),
        ("time,m,a\n0,1,2\n", "one line of readings", "read for longer"),
        ("time,m\n0,1\n", "line 1: 2 column", "time, master, sub-meters"),
        ("time;m;a\n0;1;2\n", "line 1: 1 column", "separated by commas"),
        (
            "0,1,2\n900,1,2\n",
            "line 1: readings instead of names",
            "begin the file with a header",
        ),
        (
            "time,m,a,m\n",
            "line 1: column 4: \"m\" is the name of column 2",
            "give every column its own",
        ),
        ("time,m,\n", "line 1: column 3", "name the column"),
        (
            "time,m,a\n0,1,2\n900,NaN,2\n",
            "line 3: column 2 (m): \"NaN\"",
            "leave the cell empty",
        ),
        (
            "time,m,a\n0,1,-inf\n",
            "line 2: column 3 (a): \"-inf\"",
            "leave the cell empty",
        ),
        (
            "time,m,a\n0,1,off\n",
            "line 2: column 3 (a): \"off\"",
            "leave the cell empty",
        ),
        (
            "time,m,a\n0,1,１２\n",
            "line 2: column 3 (a): \"１２\"",
            "ASCII digits",
        ),
        ("time,m,a\n０,1,2\n", "line 2: column 1 (time)", "RFC 3339"),
        (
            "time,m,a\n0,1,1e999\n",
            "line 2: column 3 (a): \"1e999\"",
            "power of ten",
        ),
        (
            "time,m,a\n0,\"1,234.5\",2\n",
            "line 2: column 2 (m)",
            "no grouping",
        ),
        (
            "time,m,a\n2026-01-01 00:00,1,2\n",
            "line 2: column 1 (time)",
            "with its offset",
        ),
        (
            "time,m,a\n1767196800000,1,2\n",
            "line 2: column 1 (time)",
            "not milliseconds",
        ),
        (
            "time,m,a\n-9223372036854775808,1,2\n",
            "line 2: column 1 (time)",
            "not milliseconds",
        ),
        (
            "time,m,a\n0,1,2\n900,1\n",
            "line 3: column 3: the line has 2 cells",
            "empty where a reading is missing",
        ),
        (
            "time,m,a\n0,1,2\n\n900,1,2,3\n",
            "line 4: column 4: the line has 4 cells",
            "one cell per column",
        ),
        (
            "time,m,a\n900,1,2\n0,1,2\n",
            "line 3: column 1 (time): the time 0 does not come after that of line 2",
            "sort the lines",
        ),
        (
            "time,m,a\n900,1,2\n900,1,2\n",
            "line 3: column 1 (time)",
            "drop repeated ones",
        ),
        (
            "time,m,a\n0,1,2\n900,1,2\n1800,1,2\n2000,1,2\n",
            "line 5: column 1: row at 2000 lies off the grid",
            "align the readings",
        ),
        (
            "time,m,a\n0,1,2\n90000000000,1,2\n",
            "column 1: the lines are 90000000000 s apart",
            "--interval",
        ),
        (two, "2 usable intervals", "wait for more readings"),
    ];
    for (text, place, cure) in cases {
        let (code, answer, error) = File::new(text).estimate(&["--kind", "energy"]);
        assert_eq!((code, answer.as_str()), (2, ""), "{text:?}: {error}");
        for part in ["readings.csv", place, cure] {
            assert!(error.contains(part), "{text:?}: {part:?} is not in {error}");
        }
        assert!(!error.contains("panicked"), "{text:?}: {error}");
    }
}

#[test]
fn wrong_options_say_what_to_give() {
    let file = File::new("time,m,a\n0,1,2\n900,1,2\n");
    for (option, value, cure) in [
        ("--master-error", "50", "between 0.0001 and 10"),
        ("--master-error", "NaN", "between 0.0001 and 10"),
        ("--resolution", "-1", "0 for none"),
        ("--resolution", "inf", "0 for none"),
        ("--interval", "0", "1..="),
        ("--kind", "power", "energy, register"),
    ] {
        let (code, answer, error) = file.estimate(&[option, value]);
        assert_eq!((code, answer.as_str()), (2, ""), "{option} {value}: {error}");
        assert!(error.contains(cure), "{option} {value}: {error}");
    }
    let (code, _, error) = metrology(&["estimate-errors", "nowhere.csv"]);
    assert_eq!(code, 2);
    assert!(error.contains("reading nowhere.csv"), "{error}");
}
