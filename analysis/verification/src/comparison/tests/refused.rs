//! A bad procedure is refused with its line and reason.

use super::*;

const WATER: &str = include_str!("../../../../procedures/water-meter-online.toml");
const GAUGE: &str = include_str!("../../../../procedures/digital-pressure-gauge-online.toml");

/// Text, what is replaced (once) by what, the place and the reason.
const CASES: &[(&str, &str, &str, &str)] = &[
    (GAUGE, "format = 2", "format = 3", "format: 3 is not known"),
    (
        GAUGE,
        "id = \"digital",
        "id = \"Digital",
        "id: \"Digital-pressure",
    ),
    (
        GAUGE,
        "status = \"draft\"",
        "status = \"approved\"",
        "basis: an approved procedure needs its clause",
    ),
    (
        GAUGE,
        "\"p - p0\"",
        "\"p - p1\"",
        "error: symbol \"p1\" is not defined",
    ),
    (GAUGE, "\"p - p0\"", "\"p - p0/FS\"", "error: units clash"),
    (
        GAUGE,
        "\"p - p0\"",
        "\"(p - p0)/(p0 - 800 kPa)\"",
        "error: the result is a plain number",
    ),
    (
        GAUGE,
        "\"p - p0\"",
        "\"(p - p0)*p0/(p0 - 800 kPa)\"",
        "error: division by zero at the examples",
    ),
    (
        GAUGE,
        "\"p - p0\"",
        "\"sqrt((p - p0)^2)\"",
        "error: sqrt has no exact decimal value",
    ),
    (
        GAUGE,
        "\"p - p0\"",
        "\"p - p0\"\nround = 3",
        "unknown field `round`",
    ),
    (
        GAUGE,
        "unit = \"kPa\"\nexample = \"801.0\"",
        "unit = \"kPo\"\nexample = \"801.0\"",
        "series p: unit \"kPo\"",
    ),
    (
        GAUGE,
        "symbol = \"FS\"",
        "symbol = \"p\"",
        "value: p is defined twice",
    ),
    (
        GAUGE,
        "symbol = \"FS\"",
        "symbol = \"n\"",
        "value: n is a symbol of the reader",
    ),
    (
        GAUGE,
        "of = \"reference\"\npoint",
        "of = \"certificate\"\npoint",
        "series p0: a certificate has no series",
    ),
    (
        GAUGE,
        "of = \"reference\"\npoint",
        "of = \"subject\"\npoint",
        "series: the reference needs a series",
    ),
    (
        GAUGE,
        "\"±0.5%FS\"",
        "\"±0.5%\"",
        "limit, class 0.5: base of % not stated",
    ),
    (
        GAUGE,
        "\"±0.5%FS\"",
        "\"±0.5%%FS\"",
        "limit, class 0.5: double percent",
    ),
    (
        GAUGE,
        "\"±0.5%FS\"",
        "\"+0.5%/-0.2%\"",
        "limit, class 0.5: limits of different size",
    ),
    (
        GAUGE,
        "\"±0.5%FS\"",
        "\"0.5 kPa*p0\"",
        "limit, class 0.5: the result is",
    ),
    (
        GAUGE,
        "\"±0.5%FS\"",
        "\"0 kPa\"",
        "bin 0-20: the limit 0 kPa has no exact value above zero",
    ),
    (
        GAUGE,
        "full_scale = \"FS\"",
        "",
        "limit, class 0.01: %FS needs its symbol",
    ),
    (
        GAUGE,
        "full_scale = \"FS\"",
        "full_scale = \"SF\"",
        "error: SF is no symbol",
    ),
    (
        GAUGE,
        "from = \"20\", to = \"40\"",
        "from = \"19\", to = \"40\"",
        "bin 20-40: overlaps bin 0-20",
    ),
    (
        GAUGE,
        "from = \"20\", to = \"40\"",
        "from = \"40\", to = \"20\"",
        "bin 20-40: of p0/FS: from must lie below to",
    ),
    (
        GAUGE,
        "from = \"20\", to = \"40\"",
        "from = \"p0/FS\", to = \"40\"",
        "bin 20-40: p0 changes from reading to reading",
    ),
    (
        GAUGE,
        "from = \"20\", to = \"40\"",
        "",
        "bin 20-40: a condition needs from",
    ),
    (
        GAUGE,
        "name = \"20-40\"",
        "name = \"0-20\"",
        "bin: 0-20 is defined twice",
    ),
    (
        GAUGE,
        "\"full-value\"",
        "\"rounded-value\"",
        "limit, class 0.01: the rounded value decides",
    ),
    (
        GAUGE,
        "\"jjf-1094\"",
        "\"coin\"",
        "decision: \"coin\": one of uncertainty-ratio",
    ),
    (
        GAUGE,
        "\"jjf-1094\"",
        "\"jjf-1094\"\nratio = 3",
        "decision: ratio belongs to",
    ),
    (GAUGE, "least = 2", "least = 0", "repeats: least is at least 1"),
    (
        GAUGE,
        "least = \"0.80\"",
        "least = \"80\"",
        "coverage: least is a share",
    ),
    (
        GAUGE,
        "seconds = 3600",
        "seconds = 0",
        "window: seconds above zero",
    ),
    (
        GAUGE,
        "k = \"2\"\nplaces",
        "k = \"0\"\nplaces",
        "uncertainty: k is above zero",
    ),
    (
        GAUGE,
        "U = \"U_ref\"",
        "U = \"U_rof\"",
        "uncertainty term certificate of the reference: symbol \"U_rof\"",
    ),
    (
        GAUGE,
        "U = \"U_ref\"",
        "U = \"U_ref\"\nu = \"U_ref\"",
        "uncertainty term certificate of the reference: a term has one of",
    ),
    (
        GAUGE,
        "of = \"p\"\nstep",
        "of = \"P\"\nstep",
        "uncertainty term resolution of the subject: P is no symbol",
    ),
    (
        GAUGE,
        "kind = \"indications\"",
        "kind = \"guesses\"",
        "reader: \"guesses\": one of",
    ),
    (
        GAUGE,
        "of = \"p0\", most",
        "of = \"FS\", most",
        "reader, stable: FS is no series",
    ),
    (
        GAUGE,
        "[display]",
        "[[mpe]]\nconnection = \"direct\"\npoints = []\ncurrent_from = \"0\"\nlimits = {}\n[display]",
        "reader: power_factor, mpe and rounding belong to kind = \"energy-registers\"",
    ),
    (
        WATER,
        "register = true\nexample = \"10.05\"",
        "example = \"10.05\"",
        "series: the subject needs exactly one register",
    ),
    (
        WATER,
        "kind = \"registers\"",
        "kind = \"indications\"",
        "series V: registers are read by",
    ),
    (
        WATER,
        "formula = \"V0/T\"",
        "formula = \"V0/t\"",
        "derived q: a temperature in ℃ counts from 0 ℃",
    ),
    (
        WATER,
        "of = \"q\", unit = \"m³/h\", from = \"Q1\"",
        "of = \"runs\", unit = \"1\", from = \"1\"",
        "bin Q1-Q2: runs is known of a whole reading only",
    ),
    (
        WATER,
        "from = \"Q2\", to = \"Q4\"",
        "from = \"Q1\", to = \"Q4\"",
        "bin Q2-Q4: overlaps bin Q1-Q2",
    ),
    (
        WATER,
        "variance = \"runs*d^2/6\"",
        "variance = \"runs*d/6\"",
        "uncertainty term register step of the subject: the result is",
    ),
    (
        WATER,
        "sensitivity = \"1/V0\"",
        "",
        "uncertainty term register step of the subject: the unit is not that of the error",
    ),
];

#[test]
fn with_line_and_reason() {
    for (text, from, to, wanted) in CASES {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        let error = match Procedure::parse(&changed) {
            Ok(_) => panic!("accepted: {to}"),
            Err(error) => error,
        };
        assert!(error.to_string().contains(wanted), "{to}: {error}");
        let lines = changed.lines().count();
        assert!(error.line >= 1 && error.line <= lines, "{to}: {error}");
    }
}

#[test]
fn the_line_is_that_of_the_mistake() {
    let text = GAUGE.replacen("\"p - p0\"", "\"p - p1\"", 1);
    let error = Procedure::parse(&text).unwrap_err();
    let line = text.lines().position(|l| l.contains("p - p1")).unwrap() + 1;
    assert_eq!((error.line, error.column), (line, 16));
    let overlap = GAUGE.replacen("from = \"40\", to = \"60\"", "from = \"39\", to = \"60\"", 1);
    let error = Procedure::parse(&overlap).unwrap_err();
    let line = overlap
        .lines()
        .position(|l| l.contains("name = \"40-60\""))
        .unwrap()
        + 1;
    assert_eq!(error.line, line);
    let rtd = include_str!("../../../../procedures/platinum-rtd-resistance-online.toml");
    let broken = rtd.replacen("*min(t0, 0 ℃)^3))", "*min(t9, 0 ℃)^3))", 1);
    let error = Procedure::parse(&broken).unwrap_err();
    let line = broken.lines().position(|l| l.contains("t9")).unwrap() + 1;
    assert_eq!(error.line, line, "{error}");
}

#[test]
fn energy_registers_have_tables_of_their_own() {
    let text = include_str!("../../../../procedures/energy-meter-online.toml");
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        Procedure::parse(&text.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    };
    assert!(
        with("current_to = \"0.05\"", "current_to = \"0.005\"").contains("mpe[0]: current_to must lie above")
    );
    assert!(with("\"0.2S\" = \"0.4\"", "\"0.3S\" = \"0.4\"").contains("class 0.3S has no interval"));
    assert!(
        with(
            "current_from = \"0.05\"\nlimits",
            "current_from = \"0.04\"\nlimits"
        )
        .contains("mpe[2]: overlaps mpe[0]")
    );
    assert!(with("unbalance = \"0.30\"", "").contains("energy-registers needs unbalance"));
    assert!(
        with("formula = \"(W - W0)/W0\"", "formula = \"(W - W9)/W0\"")
            .contains("symbol \"W9\" is not defined")
    );
    assert!(
        with("kind = \"energy-registers\"", "kind = \"registers\"")
            .contains("power_factor, mpe and rounding")
    );
}

#[test]
fn no_garbage_panics() {
    for cut in (0..WATER.len()).step_by(7).filter(|n| WATER.is_char_boundary(*n)) {
        let _ = Procedure::parse(&WATER[..cut]);
    }
}
