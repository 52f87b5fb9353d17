//! What a chart can say about a point, and the names of it in files.

use uncertainty::statistics::run_rules::RunRule;

/// What a chart can say about a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Signal {
    /// A run rule on the chart of individuals.
    Rule(RunRule),
    /// The moving range lies above 3.267 times its mean.
    MovingRange,
    /// The EWMA lies outside its limits.
    Ewma,
}

impl Signal {
    /// In Chinese and English.
    pub fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Rule(rule) => rule.texts(),
            Self::MovingRange => ("移动极差超限", "the moving range is above its limit"),
            Self::Ewma => ("EWMA 超限", "the EWMA is outside its limits"),
        }
    }

    /// The name in files and records.
    pub fn name(self) -> String {
        match self {
            Self::Rule(rule) => serde_json::to_value(rule)
                .ok()
                .and_then(|v| v.as_str().map(str::to_owned))
                .unwrap_or_default(),
            Self::MovingRange => "moving-range".to_owned(),
            Self::Ewma => "ewma".to_owned(),
        }
    }

    /// The signals of a name; `western-electric` and `nelson` stand for their sets.
    pub fn named(name: &str) -> Option<Vec<Self>> {
        let rules = |set: &[RunRule]| Some(set.iter().map(|rule| Self::Rule(*rule)).collect());
        match name {
            "western-electric" => rules(&RunRule::WESTERN_ELECTRIC),
            "nelson" => rules(&RunRule::NELSON),
            _ => Self::all().find(|s| s.name() == name).map(|s| vec![s]),
        }
    }

    /// Every signal.
    pub fn all() -> impl Iterator<Item = Self> {
        let rules = RunRule::NELSON.into_iter().chain([RunRule::EightOnOneSide]);
        rules.map(Self::Rule).chain([Self::MovingRange, Self::Ewma])
    }
}
