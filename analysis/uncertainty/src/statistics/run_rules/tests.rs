//! Rules at their edges, published charts, and the handbook's way of reading half a chart.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

fn signals(rule: RunRule, tenths: &[i64]) -> Vec<usize> {
    let data: Vec<Exact> = tenths.iter().map(|n| Exact::new(*n, -1)).collect();
    met(rule, &data, &Exact::zero(), &Exact::from(1))
}

#[test]
fn each_rule_at_its_edge() {
    assert_eq!(signals(RunRule::BeyondThreeSigma, &[30, -30, 31, -31]), [2, 3]);
    assert_eq!(signals(RunRule::NineOnOneSide, &[1; 10]), [8, 9]);
    assert_eq!(signals(RunRule::EightOnOneSide, &[-1; 9]), [7, 8]);
    assert!(signals(RunRule::EightOnOneSide, &[1, 1, 1, 1, -1, 1, 1, 1, 1, 1, 1, 1]).is_empty());
    assert!(signals(RunRule::NineOnOneSide, &[1, 1, 1, 1, 0, 1, 1, 1, 1, 1]).is_empty());
    assert_eq!(signals(RunRule::SixInARow, &[5, 1, 2, 3, 4, 5, 6, 6]), [6]);
    assert_eq!(signals(RunRule::SixInARow, &[6, 5, 4, 3, 2, 1]), [5]);
    let zigzag: Vec<i64> = (0..15).map(|i| if i % 2 == 0 { 1 } else { -1 }).collect();
    assert_eq!(signals(RunRule::FourteenAlternating, &zigzag), [13, 14]);
    assert_eq!(
        signals(RunRule::TwoOfThreeBeyondTwoSigma, &[21, 0, 21, 0, 0]),
        [2]
    );
    assert!(signals(RunRule::TwoOfThreeBeyondTwoSigma, &[21, -21, 0, 20, 21]).is_empty());
    assert_eq!(
        signals(RunRule::FourOfFiveBeyondOneSigma, &[11, 11, 0, 11, 11, 0]),
        [4]
    );
    assert_eq!(signals(RunRule::FifteenWithinOneSigma, &[10; 15]), [14]);
    assert_eq!(
        signals(
            RunRule::EightBeyondOneSigma,
            &[11, -11, 11, -11, 11, -11, 11, -11]
        ),
        [7]
    );
    assert!(signals(RunRule::EightBeyondOneSigma, &[11, -11]).is_empty());
}

/// −0.004, −0.007, 0.008 about 0.002: the last lies beyond +2σ, the two before it beyond −2σ.
#[test]
fn points_of_the_other_side_do_not_count() {
    let exact = |t: &str| t.parse::<Exact>().unwrap();
    let data = ["-0.004", "-0.007", "0.008"].map(exact);
    let (centre, sigma) = (exact("0.002"), exact("0.002406"));
    assert!(met(RunRule::TwoOfThreeBeyondTwoSigma, &data, &centre, &sigma).is_empty());
    assert_eq!(
        met(RunRule::TwoOfThreeBeyondTwoSigma, &data[..2], &centre, &sigma),
        [] as [usize; 0]
    );
    assert!(signals(RunRule::FourOfFiveBeyondOneSigma, &[-11, -11, -11, -11, 11]).is_empty());
    assert!(signals(RunRule::TwoOfThreeBeyondTwoSigma, &[-21, 21, 0, 21, -21]) == [3]);
}

#[derive(Deserialize)]
struct Charts {
    chart: Vec<Drawn>,
}

#[derive(Deserialize)]
struct Drawn {
    name: String,
    centre: Exact,
    sigma: Exact,
    data: Vec<Exact>,
    /// Points counted from one, as people count them.
    signals: std::collections::BTreeMap<RunRule, Vec<usize>>,
}

#[test]
fn published_and_drawn_charts() {
    let charts: Charts = toml::from_str(include_str!("../../../../vectors/run_rules.toml")).unwrap();
    let mut signalled = std::collections::BTreeSet::new();
    for chart in &charts.chart {
        for (rule, wanted) in &chart.signals {
            let found = met(*rule, &chart.data, &chart.centre, &chart.sigma);
            let found: Vec<usize> = found.iter().map(|i| i + 1).collect();
            assert_eq!(&found, wanted, "{} {rule:?}", chart.name);
            if !found.is_empty() {
                signalled.insert(*rule);
            }
        }
    }
    for rule in RunRule::NELSON.iter().chain(&RunRule::WESTERN_ELECTRIC) {
        assert!(signalled.contains(rule), "no chart signals {rule:?}");
    }
}

proptest! {
    /// Western Electric (1956): the zone tests read one half of the chart at a time.
    #[test]
    fn a_chart_is_its_two_halves(tenths in prop::collection::vec(-35_i64..=35, 0..60)) {
        for rule in [RunRule::TwoOfThreeBeyondTwoSigma, RunRule::FourOfFiveBeyondOneSigma, RunRule::EightOnOneSide] {
            let half = |keep: fn(i64) -> bool| -> Vec<i64> {
                tenths.iter().map(|d| if keep(*d) { *d } else { 0 }).collect()
            };
            let mut both = signals(rule, &half(|d| d > 0));
            both.extend(signals(rule, &half(|d| d < 0)));
            both.sort_unstable();
            prop_assert_eq!(signals(rule, &tenths), both);
        }
    }
}
