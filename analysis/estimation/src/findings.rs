//! Wrong wiring, wrong clocks and wrong columns: named where the data can tell.

use serde::Serialize;

use super::balance::Balance;
use super::estimator::Estimator;
use super::identifiability::{Advice, Identifiability};
use super::marginal::Marginal;
use super::solve::Solved;
use uncertainty::document::Text;

/// What is wrong. The kebab-case name is published and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The energy of a meter is in the sum twice.
    CountedTwice,
    /// The meter counts the master's load and more: it stands before the master.
    UpstreamOfMaster,
    /// The energy of a meter does not pass the master.
    NotBehindMaster,
    /// The meter counts against the direction of the master.
    Reversed,
    /// The readings are a fixed multiple of the energy.
    WrongMultiplier,
    /// Energy flows back.
    NegativeFlow,
    /// The stamps are one interval late or early.
    ClockShifted,
    /// The losses come out negative: the master counts less than passes it.
    MasterTooLow,
    /// More is lost than cables lose: unmetered load, a missing meter, or a master that counts too much.
    LargeLoss,
    /// The data insist on a constant error of the master, or most sub-meters share one error.
    MasterWrong,
}

/// One finding. A finding is a suspicion, too: verify on site.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// Index of the sub-meter; `None` is the master or the whole site.
    pub meter: Option<usize>,
    /// Index of the other meter of a pair.
    pub other: Option<usize>,
    /// Factor, share, number of intervals or direction, as the kind says.
    pub figure: Option<f64>,
    /// The finding in words.
    pub text: Text,
}

/// An error beyond this is wiring or a multiplier, no metrology.
const GROSS: f64 = 0.15;

/// An error of a meter that may come on top of wrong wiring.
const OWN: f64 = 0.1;

/// So many sub-meters may tell that the master is off.
const FEWEST_TOGETHER: usize = 4;

/// Losses above this share of the master's energy are named.
const LARGE_LOSS: f64 = 0.12;

pub(super) fn find(
    estimator: &Estimator,
    solved: &Solved,
    marginals: &[Marginal],
    told: &[bool],
    balance: &Balance,
) -> Vec<Finding> {
    let mut findings = shifted(estimator);
    if findings.iter().any(|f| f.meter.is_none()) {
        // Against a master of another time every meter looks wrong.
        findings.extend(negative(estimator));
        return findings;
    }
    let mut explained = vec![false; marginals.len()];
    for meter in findings.iter().filter_map(|f| f.meter) {
        explained[meter] = true;
    }
    doubled(estimator, solved, &mut explained, &mut findings);
    for (i, marginal) in marginals.iter().enumerate() {
        // The belief about a meter that cannot be judged is prior and noise, and no finding.
        if told[i] && !explained[i] {
            findings.extend(gross(estimator, i, marginal));
        }
    }
    findings.extend(negative(estimator));
    let means: Vec<f64> = (0..marginals.len())
        .filter(|i| told[*i])
        .map(|i| marginals[i].mean)
        .collect();
    findings.extend(of_master(estimator, solved, means, balance));
    findings
}

fn name(estimator: &Estimator, i: usize) -> &str {
    estimator.site.column_name(1 + i)
}

/// Pairs of equal columns whose errors add up to 100 %: one of both is too many.
fn doubled(estimator: &Estimator, solved: &Solved, explained: &mut [bool], findings: &mut Vec<Finding>) {
    let belief = &solved.explored.belief;
    for pair in &estimator.checks.pairs {
        let (i, j) = (pair.first, pair.second);
        let sum = belief.mean[i] + belief.mean[j];
        let c = &belief.covariance;
        let deviation = (c[[i, i]] + c[[j, j]] + 2.0 * c[[i, j]]).max(0.0).sqrt();
        if (sum - 1.0).abs() < 0.1 + 3.0 * deviation && deviation < 0.15 {
            (explained[i], explained[j]) = (true, true);
            let (a, b) = (name(estimator, i), name(estimator, j));
            findings.push(Finding {
                kind: FindingKind::CountedTwice,
                meter: Some(i),
                other: Some(j),
                figure: None,
                text: Text::new(
                    format!("表 {a} 与表 {b} 电量相同且只有一份流经总表：重复计入。数据无法区分两者哪一个多余"),
                    format!("meters {a} and {b} count the same energy, and the master sees it once: counted twice. The data cannot tell which of the two is too many"),
                ),
            });
        }
    }
}

/// What an error far beyond any meter's own means.
fn gross(estimator: &Estimator, i: usize, marginal: &Marginal) -> Option<Finding> {
    let (mean, deviation) = (marginal.mean, marginal.deviation);
    if mean.abs() < GROSS || deviation > 0.3 * mean.abs() {
        return None;
    }
    let a = name(estimator, i);
    let factor = 1.0 - mean;
    let near = |value: f64, doubt: f64| (factor - value).abs() <= doubt + 3.0 * deviation;
    // The meter before it, or it itself, may have an error besides.
    let behind = estimator.checks.parents[i].is_some() && near(0.0, OWN);
    let (kind, other, figure, text) = if behind || near(0.0, 0.03) {
        absent(estimator, i, a)
    } else if near(-1.0, OWN) {
        let text = Text::new(
            format!("表 {a} 的方向与总表相反（互感器极性或上网电量的符号）"),
            format!(
                "meter {a} counts against the direction of the master (polarity of a transformer, or the sign of fed-in energy)"
            ),
        );
        (FindingKind::Reversed, None, None, text)
    } else {
        let text = Text::new(
            format!("表 {a} 的实际电量约为读数的 {factor:.3} 倍：请核对倍率、接线或是否缺相"),
            format!(
                "meter {a}: the energy is about {factor:.3} times its readings: check multiplier, wiring, a missing phase"
            ),
        );
        (FindingKind::WrongMultiplier, None, Some(factor), text)
    };
    Some(Finding {
        kind,
        meter: Some(i),
        other,
        figure,
        text,
    })
}

/// A meter whose energy the master does not see.
fn absent(estimator: &Estimator, i: usize, a: &str) -> (FindingKind, Option<usize>, Option<f64>, Text) {
    let checks = &estimator.checks;
    let others: f64 = (0..estimator.layout.meters)
        .filter(|j| *j != i)
        .map(|j| estimator.tallies[1 + j].energy)
        .sum();
    let above = checks.above_master[i] * 10 >= checks.intervals * 9;
    if above && others > 0.3 * estimator.tallies[0].energy {
        let text = Text::new(
            format!("表 {a} 每个时段的电量都不少于总表，应在总表之前（上级表）"),
            format!("meter {a} counts at least what the master counts: it stands before the master"),
        );
        return (FindingKind::UpstreamOfMaster, None, None, text);
    }
    if let Some(parent) = checks.parents[i] {
        let b = name(estimator, parent);
        let text = Text::new(
            format!("表 {a} 的电量未在总表中另行出现：可能在表 {b} 之下被重复计入，或不在本总表之下"),
            format!(
                "the master does not see the energy of meter {a} besides the others: it may lie behind meter {b} and be counted twice, or not lie behind this master"
            ),
        );
        return (FindingKind::CountedTwice, Some(parent), None, text);
    }
    let text = Text::new(
        format!("总表未见表 {a} 的电量：该表不在本总表之下，或已被其他分表计入"),
        format!(
            "the master does not see the energy of meter {a}: it does not lie behind this master, or another sub-meter counts it already"
        ),
    );
    (FindingKind::NotBehindMaster, None, None, text)
}

/// Clocks: the master's, or those of the meters that are clear.
fn shifted(estimator: &Estimator) -> Vec<Finding> {
    let checks = &estimator.checks;
    if let Some(direction) = checks.master_shift {
        return vec![shift(estimator, 0, direction)];
    }
    // The fit has made the best of the shifted readings, so part of the shift is explained away.
    let clear = checks.shifts.iter().filter(|s| {
        s.column > 0 && s.share > 0.4 && s.share < 1.6 && s.gain > 50.0 && s.gain > 0.05 * s.squares
    });
    let mut findings: Vec<Finding> = Vec::new();
    for found in clear {
        if findings.iter().all(|f| f.meter != found.column.checked_sub(1)) {
            findings.push(shift(estimator, found.column, found.direction));
        }
    }
    findings
}

fn shift(estimator: &Estimator, column: usize, direction: i8) -> Finding {
    let a = estimator.site.column_name(column);
    let (zh, en) = if direction > 0 {
        ("晚", "late")
    } else {
        ("早", "early")
    };
    Finding {
        kind: FindingKind::ClockShifted,
        meter: column.checked_sub(1),
        other: None,
        figure: Some(f64::from(direction)),
        text: Text::new(
            format!("表 {a} 的时标比其他表{zh}一个时段；改正之前误差估计没有意义"),
            format!(
                "the stamps of meter {a} are one interval {en} against the others: correct them first, the errors mean little until then"
            ),
        ),
    }
}

fn negative(estimator: &Estimator) -> impl Iterator<Item = Finding> + '_ {
    let often = |tally: &super::readings::Tally| tally.negative >= 3;
    (0..estimator.tallies.len())
        .filter(move |c| often(&estimator.tallies[*c]))
        .map(|column| {
            let a = estimator.site.column_name(column);
            let count = estimator.tallies[column].negative;
            #[expect(clippy::cast_precision_loss, reason = "a count for people")]
            let figure = Some(count as f64);
            Finding {
                kind: FindingKind::NegativeFlow,
                meter: column.checked_sub(1),
                other: None,
                figure,
                text: Text::new(
                    format!("表 {a} 有 {count} 个时段电量为负（光伏等反向送电）；可变损耗按总表净功率计算，误差估计可信度降低"),
                    format!("meter {a} counts negative energy in {count} intervals (photovoltaics or other feed-in); the variable loss follows the net flow, so trust the errors less"),
                ),
            }
        })
}

/// The error that most sub-meters share, if it is no small one and they agree on it.
fn common(estimator: &Estimator, mut means: Vec<f64>) -> Option<f64> {
    if means.len() < FEWEST_TOGETHER {
        return None;
    }
    means.sort_by(f64::total_cmp);
    let middle = means[means.len() / 2];
    let settings = &estimator.settings;
    let large = middle.abs() > 0.5 * settings.alarm_error && middle.abs() > 2.5 * settings.master_error;
    let near = |m: &&f64| (**m - middle).abs() < 0.5 * middle.abs();
    let agree = 3 * means.iter().filter(near).count() >= 2 * means.len();
    (large && agree).then_some(middle)
}

fn of_master(estimator: &Estimator, solved: &Solved, means: Vec<f64>, balance: &Balance) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind, figure: f64, text| {
        findings.push(Finding {
            kind,
            meter: None,
            other: None,
            figure: Some(figure),
            text,
        });
    };
    let master = balance.master.abs().max(f64::MIN_POSITIVE);
    let (loss, doubt) = (balance.loss.value / master, balance.loss.uncertainty / master);
    if loss + 2.0 * doubt < -0.001 {
        let percent = format!("{:.2} %", 100.0 * loss);
        add(
            FindingKind::MasterTooLow,
            loss,
            Text::new(
                format!(
                    "损耗估计为 {percent}（负值不可能）：总表偏少，或分表整体偏多，或有分表重复计入；数据无法区分"
                ),
                format!(
                    "the losses come out at {percent}, which cannot be: the master counts too little, or all sub-meters too much, or one is counted twice; the data cannot tell which"
                ),
            ),
        );
    }
    if loss - 2.0 * doubt > LARGE_LOSS {
        let percent = format!("{:.1} %", 100.0 * loss);
        add(
            FindingKind::LargeLoss,
            loss,
            Text::new(
                format!("损耗和未计量部分达 {percent}：有未装表的支路、缺少分表，或总表偏多；数据无法区分"),
                format!(
                    "losses and unmetered load come to {percent}: an unmetered branch, a missing sub-meter, or a master that counts too much; the data cannot tell which"
                ),
            ),
        );
    }
    if let Some(common) = common(estimator, means) {
        let percent = format!("{:+.1} %", 100.0 * common);
        add(
            FindingKind::MasterWrong,
            // The error of a master that makes sound meters look like that.
            -common / (1.0 - common),
            Text::new(
                format!(
                    "多数分表同时偏 {percent}：更可能是总表本身（或其互感器、倍率）有相反的误差；数据无法区分"
                ),
                format!(
                    "most sub-meters read {percent} off together: likelier the master (its transformers, its multiplier) is off the other way; the data cannot tell which"
                ),
            ),
        );
        return findings;
    }
    let error = solved.joint.mean[estimator.layout.master()];
    if error.abs() > 2.5 * estimator.settings.master_error {
        let percent = format!("{:+.2} %", 100.0 * error);
        add(
            FindingKind::MasterWrong,
            error,
            Text::new(
                format!("数据倾向于总表本身有约 {percent} 的误差（或损耗不按负荷平方变化）"),
                format!(
                    "the data lean towards an error of the master of about {percent} (or losses that do not follow the square of the load)"
                ),
            ),
        );
    }
    findings
}

/// What these data cannot tell.
pub(super) fn limits(
    estimator: &Estimator,
    hidden: f64,
    identified: &[(Identifiability, Vec<Advice>)],
) -> Vec<Text> {
    // The prior's own width hides at least as much: the losses take it up.
    let hidden = 100.0 * hidden.max(estimator.settings.master_error);
    let size = if hidden < 20.0 {
        format!("{hidden:.1} %")
    } else {
        "20 %".to_owned()
    };
    let mut limits = vec![
        Text::new(
            format!("所有误差都相对于总表：总表约 {size} 以内的固定误差会被损耗项吸收，本数据看不出来"),
            format!(
                "all errors are relative to the master: a constant error of the master up to about {size} hides in the losses and does not show here"
            ),
        ),
        Text::new(
            "全部分表共有的误差与损耗无法区分；固定损耗与始终存在的未计量负荷无法区分",
            "an error common to all sub-meters cannot be told from losses, nor a fixed loss from unmetered load that is always there",
        ),
        Text::new(
            "跟随某一分表变化的未计量负荷会表现为该表的负误差",
            "unmetered load that follows a sub-meter looks like a negative error of that meter",
        ),
    ];
    let open = identified.iter().filter(|i| !i.0.identified()).count();
    if open > 0 {
        let all = identified.len();
        limits.push(Text::new(
            format!("{all} 块分表中有 {open} 块的误差以本数据不可辨识：对其不作怀疑；电量差在误差与损耗之间如何划分，也同样不可靠"),
            format!("{open} of {all} sub-meters cannot be judged by these data: nothing is suspected of them, and how the difference splits into errors and losses is as open"),
        ));
    }
    limits.push(Text::new(
        "结果只是怀疑，须现场核验；不得据此作出合格与否的结论，对 0.2S、0.5S 级表尤其如此",
        "a result is a suspicion, verify on site; never a verdict, least of all for meters of class 0.2S or 0.5S",
    ));
    limits
}
