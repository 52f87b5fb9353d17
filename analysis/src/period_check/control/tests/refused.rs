//! What is refused, with its place and cure.

use super::*;

#[test]
fn bad_files_are_refused_with_their_line() {
    let text = Procedure::shipped().unwrap().text().to_owned();
    for (from, to, wanted) in [
        ("format = 2", "format = 7", "line 4 column 10, format: 7"),
        ("baseline = 20", "baseline = 4", "chart: a baseline of at least 5"),
        (
            "\"ewma\"]",
            "\"ewma\", \"moving-range\"]",
            "chart: moving-range is action and warning",
        ),
        (
            "\"ewma\"]",
            "\"ewmo\"]",
            "line 41 column 33, chart: \"ewmo\" is no rule; use western-electric, nelson",
        ),
        ("lambda = \"0.2\"", "lambda = \"1.2\"", "chart: lambda above 0"),
        (
            "lambda = \"0.2\"",
            "lambda = 0.2",
            "numbers are written in quotes",
        ),
        ("seconds = 86400", "seconds = 0", "subgroup: seconds"),
        ("least_results = 3", "least_results = 1", "drift: two results"),
        ("extend = \"1.25\"", "extend = \"0.9\"", "interval: 0 < within"),
        (
            "status = \"draft\"",
            "status = \"approved\"",
            "basis: an approved procedure needs its edition",
        ),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Procedure::parse(&text.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(error.contains(wanted), "{to}: {error}");
    }
    let made = evidence(3, noise);
    let refused = |change: fn(&mut Evidence)| {
        let mut changed = made.clone();
        change(&mut changed);
        changed.checked().unwrap_err().to_string()
    };
    assert!(refused(|e| e.standard = None).contains("reference, standard"));
    assert!(refused(|e| e.mpev = Some(exact("0"))).contains("mpev"));
    assert!(
        refused(|e| e.subject.readings[1].nominal = e.subject.readings[0].nominal).contains("two readings")
    );
}
