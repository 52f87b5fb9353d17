//! Bad input is answered, one line each, and never ends the run.

use serde_json::json;

use super::eval;

#[test]
fn every_bad_line_gets_its_error() {
    let long = "9".repeat(2_000);
    let requests: Vec<String> = vec![
        "{".into(),
        "[]".into(),
        "\"x\"".into(),
        json!({ "op": "nothing" }).to_string(),
        json!({ "op": "round", "value": long, "interval": "1" }).to_string(),
        json!({ "op": "round", "value": "1E100000", "interval": "1" }).to_string(),
        json!({ "op": "round", "value": "1", "interval": "0" }).to_string(),
        json!({ "op": "round", "value": "NaN", "interval": "1" }).to_string(),
        json!({ "op": "round", "value": "１２", "interval": "1" }).to_string(),
        json!({ "op": "round", "interval": "1" }).to_string(),
        json!({ "op": "judge", "limit": "1.6～1.2", "measured": "1" }).to_string(),
        json!({ "op": "judge", "limit": "510Ω(1±5%)", "measured": "1", "method": "rounded" }).to_string(),
        json!({ "op": "judge", "limit": "0mm～1m", "measured": "1" }).to_string(),
        json!({ "op": "statistics", "kind": "univariate", "inputs": { "data": [] } }).to_string(),
        json!({ "op": "statistics", "kind": "univariate", "inputs": { "data": ["1"] } }).to_string(),
        json!({ "op": "statistics", "kind": "grubbs", "inputs": { "data": [1, 1, 1] } }).to_string(),
        json!({ "op": "statistics", "kind": "linear_regression", "inputs": { "x": [1, 1, 1], "y": [1, 2, 3] } })
            .to_string(),
        json!({ "op": "statistics", "kind": "comparison", "inputs": { "x": [1, 2], "u": [1, 0] } }).to_string(),
        json!({ "op": "statistics", "kind": "polynomial_regression",
            "inputs": { "x": [1, 2], "y": [1, 2], "degree": 4000000000_u32 } })
        .to_string(),
    ];
    let answers = eval(&requests);
    assert_eq!(answers.len(), requests.len());
    for (request, answer) in requests.iter().zip(&answers) {
        assert!(answer["error"].is_string(), "{request}: {answer}");
    }
}

#[test]
fn blank_lines_are_skipped_and_numbers_keep_their_text() {
    let requests = vec![
        String::new(),
        "  ".to_owned(),
        r#"{"op":"round","value":0.300000000000000000000000000001,"interval":0.1}"#.to_owned(),
        json!({ "op": "round", "value": format!("{}E400", "1".repeat(1_000)), "interval": "1E-400" })
            .to_string(),
    ];
    let answers = eval(&requests);
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0], json!({ "rounded": "0.3", "mark": "+" }));
    let exact = answers[1]["rounded"].as_str().unwrap();
    assert_eq!(
        exact,
        format!("{}{}.{}", "1".repeat(1_000), "0".repeat(400), "0".repeat(400))
    );
}
