//! Known answers of the standards and of NIST StRD (`analysis/vectors/*.jsonl`).

use serde_json::Value;

use super::eval;

fn load(name: &str) -> Vec<Value> {
    let path = format!("{}/../vectors/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn check_exactly(name: &str) {
    let rows = load(name);
    let requests: Vec<String> = rows.iter().map(|row| row["request"].to_string()).collect();
    let answers = eval(&requests);
    assert_eq!(rows.len(), answers.len());
    let mut wrong = Vec::new();
    for (row, answer) in rows.iter().zip(&answers) {
        let fine = match row["expect"].as_object() {
            None => answer["error"].is_string(),
            Some(expect) => expect.iter().all(|(key, value)| match key.as_str() {
                "warned" => answer["warning"].is_string(),
                _ => &answer[key] == value,
            }),
        };
        if !fine {
            wrong.push(format!(
                "{}\n  wanted {}\n  got    {answer}",
                row["request"], row["expect"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rounding() {
    check_exactly("rounding");
}

#[test]
fn successive_rounding() {
    check_exactly("successive");
}

#[test]
fn limits() {
    check_exactly("limits");
}

#[test]
fn notation() {
    check_exactly("notation");
}

/// Number of correct digits (log relative error).
fn correct_digits(got: &Value, wanted: &Value) -> f64 {
    let number = |v: &Value| {
        v.as_str()
            .map_or_else(|| v.to_string(), str::to_owned)
            .parse::<f64>()
    };
    let (Ok(got), Ok(wanted)) = (number(got), number(wanted)) else {
        return 0.0;
    };
    let error = (got - wanted).abs();
    if error == 0.0 {
        return 99.0;
    }
    -(if wanted == 0.0 {
        error
    } else {
        error / wanted.abs()
    })
    .log10()
}

#[test]
fn statistics_reach_their_digits() {
    let rows = load("statistics");
    let requests: Vec<String> = rows.iter().map(|row| row["request"].to_string()).collect();
    for (row, answer) in rows.iter().zip(eval(&requests)) {
        let least = row["digits"].as_f64().unwrap();
        for (key, wanted) in row["expect"].as_object().unwrap() {
            let got = &answer[key];
            if wanted.is_boolean() || key == "verdict" {
                assert_eq!(got, wanted, "{} {key}", row["name"]);
                continue;
            }
            let pairs: Vec<(&Value, &Value)> = match wanted.as_array() {
                Some(list) => got.as_array().unwrap().iter().zip(list).collect(),
                None => vec![(got, wanted)],
            };
            for (got, wanted) in pairs {
                let digits = correct_digits(got, wanted);
                assert!(
                    digits >= least,
                    "{} {key}: {digits:.1} digits, {got} for {wanted}",
                    row["name"]
                );
            }
        }
    }
}
