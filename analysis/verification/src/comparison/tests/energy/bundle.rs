//! Rechecks, tampering and refused evidence.

use super::site::Site;
use super::*;
use crate::conclusion::Body;
use crate::recheck::{Bundle, recheck, recheck_bytes};

fn bundle() -> Bundle {
    let evidence = Site::factory(-800).evidence();
    Bundle {
        format: crate::recheck::FORMAT,
        conclusion: judge(&procedure(), &evidence),
        evidence: evidence.canonical(),
        procedure: procedure().text().to_owned(),
        record: None,
    }
}

#[test]
fn a_recheck_agrees_and_finds_one_digit() {
    let bundle = bundle();
    let again = recheck_bytes(bundle.to_json().as_bytes()).unwrap();
    assert!(again.agrees, "{:?}", again.differences);

    let mut forged = bundle.clone();
    let Body::Comparison(body) = &mut forged.conclusion.body else {
        panic!("a comparison");
    };
    body.points[2].rounded = Some("-0.05".to_owned());
    let found = recheck(&forged).unwrap();
    let places: Vec<_> = found.differences.iter().map(|d| d.place.as_str()).collect();
    assert_eq!(places, ["/body/comparison/points/2/rounded"]);

    let value = Evidence::parse(&bundle.evidence).unwrap().series["W"].readings[200]
        .value
        .clone()
        .unwrap()
        .to_string();
    let mut last = value.clone();
    let digit = last.pop().unwrap();
    last.push(if digit == '3' { '4' } else { '3' });
    let mut forged = bundle.clone();
    forged.evidence = forged
        .evidence
        .replacen(&format!("\"{value}\""), &format!("\"{last}\""), 1);
    let found = recheck(&forged).unwrap();
    assert!(found.differences.iter().any(|d| d.place == "/evidence_sha256"));

    let mut forged = bundle.clone();
    forged.procedure = forged
        .procedure
        .replacen("least = \"0.80\"", "least = \"0.81\"", 1);
    assert!(!recheck(&forged).unwrap().agrees);
    let mut forged = bundle;
    forged.evidence.push(' ');
    assert!(!recheck(&forged).unwrap().agrees);
}

#[test]
fn evidence_is_refused_with_its_place() {
    let text = Site::factory(0).evidence().canonical();
    let refused = |text: String| Evidence::parse(&text).unwrap_err().to_string();
    let unknown = refused(text.replacen("{\"certificate\"", "{\"colour\":1,\"certificate\"", 1));
    assert!(
        unknown.contains("colour") && unknown.contains("column"),
        "{unknown}"
    );
    assert!(refused(text.replacen("\"value\":\"0.02\"", "\"value\":0.02", 1)).contains("column"));
    assert!(
        refused(text.replacen("\"current_ratio\":\"20\"", "\"current_ratio\":\"0\"", 1))
            .contains("current_ratio")
    );
    let mut twice = Site::factory(0).evidence();
    let again = twice.series["W"].readings[3].clone();
    series(&mut twice, "W").readings.push(again);
    assert!(twice.checked().unwrap_err().to_string().contains("two readings"));
}

#[test]
fn a_body_of_another_format_is_refused_by_its_number() {
    let whole = bundle();
    let refused = |bytes: String| recheck_bytes(bytes.as_bytes()).unwrap_err().to_string();
    let next = whole.to_json().replacen("\"format\": 2", "\"format\": 3", 1);
    assert_eq!(
        refused(next),
        "bundle: format 3 is not known, this engine reads 2"
    );
    let mut other = whole.clone();
    other.conclusion.format = 1;
    assert_eq!(
        refused(other.to_json()),
        "bundle, conclusion: format 1 is not known, this engine reads 2"
    );
    let mut other = whole.clone();
    other.evidence = other.evidence.replacen("\"format\":3", "\"format\":2", 1);
    assert_eq!(
        refused(other.to_json()),
        "evidence: format 2 is not known, this engine reads 3"
    );
    // Also where nothing else of it fits.
    let old = Conclusion::parse("{\"format\": 1, \"bins\": []}")
        .unwrap_err()
        .to_string();
    assert_eq!(old, "conclusion: format 1 is not known, this engine reads 2");
    let mut other = whole;
    other.procedure = other.procedure.replacen("format = 2", "format = 9", 1);
    assert!(refused(other.to_json()).contains("format: 9 is not known, this engine reads 2"));
}
