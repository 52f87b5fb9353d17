//! Whether the data can tell a meter's error, why not, and what would help.

use serde::Serialize;

use super::estimator::Estimator;
use super::solve::Solved;
use uncertainty::document::Text;

/// Whether these data can tell the error of a meter from everything else.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Identifiability {
    /// An error of the alarm's size would be seen.
    Identified,
    /// It counted nothing.
    NeverRan,
    /// It ran in too few intervals.
    HardlyEverRuns {
        /// Share of the intervals with energy.
        share: f64,
    },
    /// Its load follows another meter's: only the error of both together shows.
    MovesTogether {
        /// Index of the other meter.
        with: usize,
        /// Its name.
        name: String,
    },
    /// Its load hardly varies: its error looks like a fixed loss.
    LooksLikeFixedLoss,
    /// Its load follows the whole site: its error looks like a variable loss.
    LooksLikeVariableLoss,
    /// Its energy is small beside the noise of the master.
    TooSmall {
        /// Share of the master's energy.
        share: f64,
    },
    /// It would show, with more readings.
    TooLittleData,
}

impl Identifiability {
    /// Whether the error can be told.
    pub fn identified(&self) -> bool {
        *self == Self::Identified
    }

    /// The reason in words.
    pub fn text(&self) -> Text {
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        match self {
            Self::Identified => Text::new("可辨识", "identifiable"),
            Self::NeverRan => Text::new("未走字", "counted nothing"),
            Self::HardlyEverRuns { share } => Text::new(
                format!("几乎不运行（{} 的时段有电量）", percent(*share)),
                format!(
                    "hardly ever runs (energy in {} of the intervals)",
                    percent(*share)
                ),
            ),
            Self::MovesTogether { name, .. } => Text::new(
                format!("与表 {name} 同步变化，只能判断两者合计的误差"),
                format!("moves together with meter {name}: only the error of both shows"),
            ),
            Self::LooksLikeFixedLoss => Text::new(
                "负荷几乎不变，其误差与固定损耗无法区分",
                "its load hardly varies: its error looks like a fixed loss",
            ),
            Self::LooksLikeVariableLoss => Text::new(
                "负荷与总负荷同步，其误差与可变损耗无法区分",
                "its load follows the whole site: its error looks like a variable loss",
            ),
            Self::TooSmall { share } => Text::new(
                format!("电量仅占总表的 {}，被总表噪声淹没", percent(*share)),
                format!(
                    "counts only {} of the master: lost in the master's noise",
                    percent(*share)
                ),
            ),
            Self::TooLittleData => Text::new("数据尚少", "too little data yet"),
        }
    }
}

/// What would make an estimate better.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum Advice {
    /// Verify it on site.
    VerifyOnSite,
    /// Go on reading for so many more days.
    MoreData {
        /// Days, as the uncertainty falls with the root of time.
        days: u32,
    },
    /// Install a reference meter beside it.
    ReferenceMeter,
    /// Run it and another one at different times for a while.
    RunApart {
        /// Name of the other meter.
        from: String,
    },
    /// Read it with finer steps.
    FinerRegister,
}

impl Advice {
    /// The advice in words.
    pub fn text(&self) -> Text {
        match self {
            Self::VerifyOnSite => Text::new("安排现场检测", "verify it on site"),
            Self::MoreData { days } => Text::new(
                format!("再积累约 {days} 天数据"),
                format!("about {days} more days of readings"),
            ),
            Self::ReferenceMeter => Text::new("在该处装设标准表比对", "a reference meter beside it"),
            Self::RunApart { from } => Text::new(
                format!("与表 {from} 错开运行一段时间"),
                format!("run it and meter {from} at different times for a while"),
            ),
            Self::FinerRegister => Text::new("提高该表读数分辨力", "read this register with finer steps"),
        }
    }
}

/// Below this share of its intervals a meter hardly ever runs.
const HARDLY: f64 = 0.02;

/// More waiting than this is no advice.
const LONGEST_WAIT: f64 = 730.0;

/// Judges every meter.
pub(super) fn judge(estimator: &Estimator, solved: &Solved) -> Vec<(Identifiability, Vec<Advice>)> {
    (0..estimator.layout.meters)
        .map(|i| {
            let view = View::new(estimator, solved, i);
            let state = view.state(estimator, i);
            let advice = view.advice(estimator, solved, i, &state);
            (state, advice)
        })
        .collect()
}

/// The data's own view of one meter, as standard deviations of its error.
struct View {
    /// The others sound.
    alone: f64,
    /// The worst partner possibly wrong as well.
    paired: f64,
    partner: usize,
    /// Fixed loss known, variable loss known.
    fixed_known: f64,
    variable_known: f64,
    /// Half the alarm's error: what must be reached.
    needed: f64,
}

impl View {
    fn new(estimator: &Estimator, solved: &Solved, i: usize) -> Self {
        let c = &solved.sound.covariance;
        let prior = solved.mixture.precision(0);
        let wrong = estimator.settings.wrong_error.powi(-2);
        // Information can only be lost in rounding; none is an infinite deviation.
        let deviation = |information: f64| {
            if information > 1e-9 * prior {
                information.sqrt().recip()
            } else {
                f64::INFINITY
            }
        };
        let alone = deviation(1.0 / c[[i, i]] - prior);
        let (mut paired, mut partner) = (alone, i);
        for j in (0..estimator.layout.meters).filter(|j| *j != i) {
            let determinant = c[[i, i]] * c[[j, j]] - c[[i, j]] * c[[i, j]];
            if determinant <= 0.0 {
                continue;
            }
            let (own, other, link) = (
                c[[j, j]] / determinant - prior,
                c[[i, i]] / determinant - prior,
                -c[[i, j]] / determinant,
            );
            let together = deviation(own - link * link / (other.max(0.0) + wrong));
            if together > paired {
                (paired, partner) = (together, j);
            }
        }
        let given = |place: usize| {
            let left = c[[i, i]] - c[[i, place]] * c[[i, place]] / c[[place, place]];
            deviation(1.0 / left.max(f64::MIN_POSITIVE) - prior)
        };
        Self {
            alone,
            paired,
            partner,
            fixed_known: given(estimator.layout.constant()),
            variable_known: given(estimator.layout.variable()),
            needed: 0.5 * estimator.settings.alarm_error,
        }
    }

    fn state(&self, estimator: &Estimator, i: usize) -> Identifiability {
        let tally = &estimator.tallies[1 + i];
        #[expect(clippy::cast_precision_loss, reason = "counts of intervals")]
        let running = tally.moved as f64 / tally.intervals.max(1) as f64;
        let share = tally.turnover / estimator.tallies[0].turnover.max(f64::MIN_POSITIVE);
        if tally.running == 0 {
            return Identifiability::NeverRan;
        }
        if self.alone <= self.needed {
            return if self.paired <= 1.5 * self.needed {
                Identifiability::Identified
            } else {
                Identifiability::MovesTogether {
                    with: self.partner,
                    name: estimator.site.meters[self.partner].name.clone(),
                }
            };
        }
        if running < HARDLY {
            return Identifiability::HardlyEverRuns { share: running };
        }
        let would_show = |known: f64| known <= 1.5 * self.needed && known < 0.7 * self.alone;
        if would_show(self.fixed_known) {
            return Identifiability::LooksLikeFixedLoss;
        }
        if would_show(self.variable_known) {
            return Identifiability::LooksLikeVariableLoss;
        }
        let mean = 1.0 / uncertainty::statistics::count(estimator.layout.meters);
        if share < 0.1 * mean {
            return Identifiability::TooSmall { share };
        }
        Identifiability::TooLittleData
    }

    fn advice(
        &self,
        estimator: &Estimator,
        solved: &Solved,
        i: usize,
        state: &Identifiability,
    ) -> Vec<Advice> {
        let mut advice = Vec::new();
        if state.identified() {
            let wrong: f64 = solved.explored.kinds[i][1..].iter().map(|k| k.weight).sum();
            if wrong >= 0.5 {
                advice.push(Advice::VerifyOnSite);
            }
            return advice;
        }
        if let Identifiability::MovesTogether { name, .. } = state {
            advice.push(Advice::RunApart { from: name.clone() });
        }
        #[expect(clippy::cast_precision_loss, reason = "seconds of some years")]
        let days = (estimator.last_time - estimator.first_time) as f64 / 86_400.0;
        let more = days * ((self.alone / self.needed).powi(2) - 1.0);
        let paired = matches!(state, Identifiability::MovesTogether { .. });
        if !paired && more > 0.0 && more <= LONGEST_WAIT {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "between 0 and the longest wait"
            )]
            let days = more.ceil() as u32;
            advice.push(Advice::MoreData { days });
        } else if *state != Identifiability::NeverRan {
            advice.push(Advice::ReferenceMeter);
        }
        if coarse(estimator, i) {
            advice.push(Advice::FinerRegister);
        }
        advice
    }
}

/// Whether this register's step is what limits the whole site.
fn coarse(estimator: &Estimator, i: usize) -> bool {
    let steps = estimator.site.meters.iter().map(|m| m.resolution * m.resolution);
    let own = estimator.site.meters[i].resolution.powi(2);
    let scale = estimator.scale.unwrap_or(1.0);
    let visible = own / 12.0 > (estimator.noise.relative * scale).powi(2);
    visible && own > 0.5 * steps.sum::<f64>()
}
