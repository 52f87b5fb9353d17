//! Run rules of control charts: the four zone tests of Western Electric (1956) and the eight tests
//! of Nelson (1984), which GB/T 17989.2 / ISO 7870-2 builds on.
//!
//! Centre and σ are declared, rounded decimals, so that every comparison is exact.

use serde::{Deserialize, Serialize};

use numbers::number::Exact;

/// A rule and what it says when it is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunRule {
    /// One point beyond 3σ.
    BeyondThreeSigma,
    /// Eight points in a row on one side of the centre (Western Electric).
    EightOnOneSide,
    /// Nine points in a row on one side of the centre (Nelson).
    NineOnOneSide,
    /// Six points in a row rising or falling.
    SixInARow,
    /// Fourteen points in a row alternating up and down.
    FourteenAlternating,
    /// Two of three points beyond 2σ on one side.
    TwoOfThreeBeyondTwoSigma,
    /// Four of five points beyond 1σ on one side.
    FourOfFiveBeyondOneSigma,
    /// Fifteen points in a row within 1σ: the limits are too wide, or the data stratified.
    FifteenWithinOneSigma,
    /// Eight points in a row beyond 1σ, on either side.
    EightBeyondOneSigma,
}

impl RunRule {
    /// The zone tests of Western Electric.
    pub const WESTERN_ELECTRIC: [Self; 4] = [
        Self::BeyondThreeSigma,
        Self::TwoOfThreeBeyondTwoSigma,
        Self::FourOfFiveBeyondOneSigma,
        Self::EightOnOneSide,
    ];

    /// The tests of Nelson, in his order.
    pub const NELSON: [Self; 8] = [
        Self::BeyondThreeSigma,
        Self::NineOnOneSide,
        Self::SixInARow,
        Self::FourteenAlternating,
        Self::TwoOfThreeBeyondTwoSigma,
        Self::FourOfFiveBeyondOneSigma,
        Self::FifteenWithinOneSigma,
        Self::EightBeyondOneSigma,
    ];

    /// In Chinese and English.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::BeyondThreeSigma => ("1 点超出 3σ 控制限", "one point beyond 3σ"),
            Self::EightOnOneSide => ("连续 8 点在中心线同一侧", "eight points in a row on one side"),
            Self::NineOnOneSide => ("连续 9 点在中心线同一侧", "nine points in a row on one side"),
            Self::SixInARow => ("连续 6 点递增或递减", "six points in a row rising or falling"),
            Self::FourteenAlternating => ("连续 14 点上下交替", "fourteen points in a row alternating"),
            Self::TwoOfThreeBeyondTwoSigma => (
                "连续 3 点中 2 点在同侧 2σ 以外",
                "two of three points beyond 2σ on one side",
            ),
            Self::FourOfFiveBeyondOneSigma => (
                "连续 5 点中 4 点在同侧 1σ 以外",
                "four of five points beyond 1σ on one side",
            ),
            Self::FifteenWithinOneSigma => ("连续 15 点在 1σ 以内", "fifteen points in a row within 1σ"),
            Self::EightBeyondOneSigma => ("连续 8 点在 1σ 以外", "eight points in a row beyond 1σ"),
        }
    }

    /// Points that the rule looks at.
    fn span(self) -> usize {
        match self {
            Self::BeyondThreeSigma => 1,
            Self::TwoOfThreeBeyondTwoSigma => 3,
            Self::FourOfFiveBeyondOneSigma => 5,
            Self::SixInARow => 6,
            Self::EightOnOneSide | Self::EightBeyondOneSigma => 8,
            Self::NineOnOneSide => 9,
            Self::FourteenAlternating => 14,
            Self::FifteenWithinOneSigma => 15,
        }
    }
}

/// Indices of the points at which a rule is met, looking back from each.
///
/// ```
/// use numbers::number::Exact;
/// use uncertainty::statistics::run_rules::{RunRule, met};
/// let data: Vec<Exact> = ["0", "1", "-1", "3.1", "3.0"].iter().map(|t| t.parse().unwrap()).collect();
/// let (centre, sigma) = ("0".parse().unwrap(), "1".parse().unwrap());
/// assert_eq!(met(RunRule::BeyondThreeSigma, &data, &centre, &sigma), [3]);
/// ```
pub fn met(rule: RunRule, data: &[Exact], centre: &Exact, sigma: &Exact) -> Vec<usize> {
    let deviations: Vec<Exact> = data.iter().map(|x| x - centre).collect();
    let times = |k: i64| &Exact::from(k) * sigma;
    let (one, two, three) = (times(1), times(2), times(3));
    let span = rule.span();
    let beyond = |d: &Exact, limit: &Exact| d.abs() > *limit;
    // The last point is one of them, and only its own side counts: the Western Electric handbook
    // reads one half of the chart at a time, and an old pair does not signal twice.
    let with_the_last = |window: &[Exact], limit: &Exact, wanted: usize| {
        let above = |d: &Exact| d > limit;
        let below = |d: &Exact| -d > *limit;
        match window.last() {
            Some(last) if above(last) => window.iter().filter(|d| above(d)).count() >= wanted,
            Some(last) if below(last) => window.iter().filter(|d| below(d)).count() >= wanted,
            _ => false,
        }
    };
    let steps = |window: &[Exact]| -> Vec<std::cmp::Ordering> {
        window.windows(2).map(|w| w[1].cmp(&w[0])).collect()
    };
    let found = |window: &[Exact]| match rule {
        RunRule::BeyondThreeSigma => beyond(&window[0], &three),
        RunRule::EightOnOneSide => with_the_last(window, &Exact::zero(), 8),
        RunRule::NineOnOneSide => with_the_last(window, &Exact::zero(), 9),
        RunRule::SixInARow => {
            let steps = steps(window);
            steps.iter().all(|s| s.is_gt()) || steps.iter().all(|s| s.is_lt())
        }
        RunRule::FourteenAlternating => {
            let steps = steps(window);
            steps.iter().all(|s| s.is_ne()) && steps.windows(2).all(|w| w[0] == w[1].reverse())
        }
        RunRule::TwoOfThreeBeyondTwoSigma => with_the_last(window, &two, 2),
        RunRule::FourOfFiveBeyondOneSigma => with_the_last(window, &one, 4),
        RunRule::FifteenWithinOneSigma => window.iter().all(|d| !beyond(d, &one)),
        RunRule::EightBeyondOneSigma => window.iter().all(|d| beyond(d, &one)),
    };
    let windows = deviations.windows(span).enumerate();
    windows
        .filter(|(_, window)| found(window))
        .map(|(index, _)| index + span - 1)
        .collect()
}

#[cfg(test)]
mod tests;
