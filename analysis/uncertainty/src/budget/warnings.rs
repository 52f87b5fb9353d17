//! What a reader of the table should know.

use super::{Combined, Distribution, Line};
use crate::document::Text;

pub(super) fn warnings(combined: &Combined) -> Vec<Text> {
    let budget = &combined.budget;
    let mut found = Vec::new();
    let mut warn = |zh: String, en: String| found.push(Text::new(zh, en));
    let correlated = |index: usize| budget.correlations.iter().any(|r| r.a == index || r.b == index);
    let mut dofs: Vec<_> = combined
        .lines
        .iter()
        .filter(|l| correlated(l.input))
        .map(|l| l.component.dof.map_or(0, f64::to_bits))
        .collect();
    dofs.sort_unstable();
    dofs.dedup();
    if dofs.len() > 1 && combined.dof.is_some() {
        warn(
            "相关输入量的自由度不同，按其中最小者计".to_owned(),
            "correlated inputs differ in their degrees of freedom, the smallest is used".to_owned(),
        );
    }
    if combined.dof_unrounded.is_some_and(|dof| dof < 1.0) {
        warn(
            "有效自由度小于 1，按 1 取".to_owned(),
            "the effective degrees of freedom are below one, taken as one".to_owned(),
        );
    }
    for (input, c) in budget.inputs.iter().zip(&combined.sensitivities) {
        if c.abs() <= 0.0 && input.u() > 0.0 && !budget.second_order {
            warn(
                format!(
                    "{} 的灵敏系数在此点为零，其影响只在高阶项中：用二阶项或蒙特卡洛法",
                    input.symbol
                ),
                format!(
                    "the sensitivity to {} is zero at this point and its effect is of higher order: use second_order or Monte Carlo",
                    input.symbol
                ),
            );
        }
    }
    let shape = |l: &&Line| {
        let round = matches!(l.component.distribution, Distribution::Normal | Distribution::T);
        !round && l.share > 0.9
    };
    if let Some(line) = combined.lines.iter().find(shape) {
        let (zh, en) = line.component.distribution.names();
        let symbol = &budget.inputs[line.input].symbol;
        warn(
            format!("{symbol} 的{zh}分布占优，合成分布不接近正态：用蒙特卡洛法验证"),
            format!(
                "the {en} component of {symbol} dominates, the result is far from normal: validate by Monte Carlo"
            ),
        );
    }
    found
}
