//! Effective degrees of freedom.

use super::{Budget, Line};

/// Welch-Satterthwaite (JJF 1059.1 eq. (30), GUM G.2b), not truncated.
///
/// Inputs that hang together by correlations count as one term with the smallest of their degrees
/// of freedom: exact for readings taken together (GUM H.2, H.3), on the safe side otherwise.
pub(super) fn effective_dof(
    budget: &Budget,
    lines: &[Line],
    slopes: &[f64],
    u: &[f64],
    u_c: f64,
) -> Option<f64> {
    let groups = groups(budget);
    let mut below = 0.0;
    for (index, group) in groups.iter().enumerate() {
        let members: Vec<_> = lines.iter().filter(|l| groups[l.input] == *group).collect();
        if groups.iter().filter(|g| *g == group).count() == 1 {
            for line in members {
                if let Some(dof) = line.component.dof {
                    let square = line.contribution * line.contribution;
                    below += square * square / dof;
                }
            }
        } else if *group == index {
            let least = members.iter().filter_map(|l| l.component.dof).reduce(f64::min);
            let single: f64 = (0..slopes.len())
                .filter(|i| groups[*i] == *group)
                .map(|i| (slopes[i] * u[i]) * (slopes[i] * u[i]))
                .sum();
            let pairs: f64 = budget
                .correlations
                .iter()
                .filter(|r| groups[r.a] == *group)
                .map(|r| 2.0 * slopes[r.a] * slopes[r.b] * u[r.a] * u[r.b] * r.r)
                .sum();
            if let Some(dof) = least {
                below += (single + pairs) * (single + pairs) / dof;
            }
        }
    }
    let square = u_c * u_c;
    (below > 0.0).then(|| square * square / below)
}

/// The lowest index of the group of correlated inputs that every input belongs to.
fn groups(budget: &Budget) -> Vec<usize> {
    let mut group: Vec<usize> = (0..budget.inputs.len()).collect();
    for r in &budget.correlations {
        let (from, to) = (group[r.a].max(group[r.b]), group[r.a].min(group[r.b]));
        for g in &mut group {
            if *g == from {
                *g = to;
            }
        }
    }
    group
}

/// Next lower integer; a value that f64 leaves a hair below its integer counts as that integer.
pub(super) fn truncate(dof: f64) -> u64 {
    let nearest = dof.round();
    let whole = if (dof - nearest).abs() < 1e-9 * nearest.max(1.0) {
        nearest
    } else {
        dof.floor()
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped and whole"
    )]
    let whole = whole.clamp(1.0, 1e6) as u64;
    whole
}
