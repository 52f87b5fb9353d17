//! Rechecks, tampering and refused evidence.

use super::site::Site;
use super::*;
use crate::recheck::{Bundle, recheck, recheck_bytes};

fn bundle() -> Bundle {
    let evidence = Site::factory(-800).evidence();
    Bundle {
        format: crate::recheck::FORMAT,
        conclusion: verify(&procedure(), &evidence),
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
    forged.conclusion.bins[2].rounded_percent = Some("-0.05".to_owned());
    let found = recheck(&forged).unwrap();
    let places: Vec<_> = found.differences.iter().map(|d| d.place.as_str()).collect();
    assert_eq!(places, ["/bins/2/rounded_percent"]);

    let value = crate::evidence::Evidence::parse(&bundle.evidence)
        .unwrap()
        .subject
        .register
        .readings[200]
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
    assert!(refused(text.replacen("\"u95_percent\":\"0.02\"", "\"u95_percent\":0.02", 1)).contains("column"));
    assert!(
        refused(text.replacen("\"current_ratio\":\"20\"", "\"current_ratio\":\"0\"", 1))
            .contains("current_ratio")
    );
    let mut twice = Site::factory(0).evidence();
    let again = twice.subject.register.readings[3].clone();
    twice.subject.register.readings.push(again);
    assert!(twice.checked().unwrap_err().to_string().contains("two readings"));
}

/// Conclusions that were stored before formula and uncertainty became data.
#[test]
fn a_bundle_of_the_first_format_is_rechecked() {
    let evidence = Site::factory(-18_000).evidence();
    let first = Procedure::parse(super::FIRST).unwrap();
    let bundle = Bundle {
        format: crate::recheck::FORMAT,
        conclusion: verify(&first, &evidence),
        evidence: evidence.canonical(),
        procedure: super::FIRST.to_owned(),
        record: None,
    };
    assert_eq!(bundle.conclusion.procedure_sha256, first.sha256());
    let again = recheck(&bundle).unwrap();
    assert!(again.agrees, "{:?}", again.differences);
    // The golden record is such a one.
    let stored = include_str!("../../../../vectors/online_verification.json");
    assert_eq!(
        Conclusion::parse(stored).unwrap().procedure_sha256,
        first.sha256()
    );
}
