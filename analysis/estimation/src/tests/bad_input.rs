//! Wrong wiring, wrong clocks, a wrong master: named where the data can tell, else said so.

use super::super::{FindingKind, Settings, estimate};
use super::{Reading, Setup, Table, hourly};

/// Kinds with meter and other meter of a table's answer.
fn found(table: &Table) -> Vec<(FindingKind, Option<usize>, Option<usize>)> {
    let answer = table.answer();
    for finding in &answer.findings {
        assert!(!finding.text.zh.is_empty() && !finding.text.en.is_empty());
    }
    answer
        .findings
        .iter()
        .map(|f| (f.kind, f.meter, f.other))
        .collect()
}

fn daily() -> Setup {
    Setup {
        meters: 12,
        days: 240,
        seed: 21,
        ..Setup::default()
    }
}

#[test]
fn the_same_column_twice_is_counted_twice() {
    for setup in [hourly(), daily()] {
        let mut table = Table::new(&setup);
        table.columns.push(table.columns[4].clone());
        let found = found(&table);
        assert_eq!(found, [(FindingKind::CountedTwice, Some(3), Some(12))]);
    }
}

#[test]
fn a_meter_behind_another_sub_meter_is_counted_twice() {
    for setup in [hourly(), daily()] {
        let mut table = Table::new(&setup);
        let both: Vec<f64> = (0..table.times.len() - 1)
            .map(|t| table.energy(4, t) + table.energy(5, t))
            .collect();
        table.set_energies(4, |t| both[t]);
        let found = found(&table);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), (FindingKind::CountedTwice, Some(4)));
    }
}

#[test]
fn a_meter_before_the_master_is_named() {
    for setup in [hourly(), daily()] {
        let mut table = Table::new(&setup);
        let other = Table::new(&Setup { seed: 99, ..setup });
        let before: Vec<f64> = (0..table.times.len() - 1)
            .map(|t| table.energy(0, t) + other.energy(2, t))
            .collect();
        table.set_energies(13, |t| before[t]);
        assert_eq!(found(&table), [(FindingKind::UpstreamOfMaster, Some(12), None)]);
    }
}

#[test]
fn a_meter_of_another_site_is_named() {
    for setup in [hourly(), daily()] {
        let mut table = Table::new(&setup);
        let other = Table::new(&Setup { seed: 99, ..setup });
        table.columns.push(other.columns[1].clone());
        let found = found(&table);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(matches!(
            found[0].0,
            FindingKind::NotBehindMaster | FindingKind::CountedTwice
        ));
        assert_eq!(found[0].1, Some(12));
    }
}

#[test]
fn wrong_multiplier_and_wrong_direction_are_named() {
    for setup in [hourly(), daily()] {
        let mut table = Table::new(&setup);
        let energies: Vec<f64> = (0..table.times.len() - 1).map(|t| table.energy(3, t)).collect();
        table.set_energies(3, |t| 10.0 * energies[t]);
        assert_eq!(found(&table), [(FindingKind::WrongMultiplier, Some(2), None)]);
        table.set_energies(3, |t| -energies[t]);
        let found = found(&table);
        assert!(
            found.contains(&(FindingKind::Reversed, Some(2), None)),
            "{found:?}"
        );
        assert!(
            found.contains(&(FindingKind::NegativeFlow, Some(2), None)),
            "{found:?}"
        );
    }
}

#[test]
fn energy_flowing_back_is_named_and_kept() {
    // A roof feeds in at noon: the sub-meter and the master count its net energy.
    let mut table = Table::new(&Setup { wrong: 0, ..hourly() });
    let sun = |t: usize| {
        let hour = t % 24;
        if (9..15).contains(&hour) {
            6.0 + (t / 24 % 5) as f64
        } else {
            0.0
        }
    };
    let steps = table.times.len() - 1;
    let meter: Vec<f64> = (0..steps).map(|t| table.energy(3, t) - sun(t)).collect();
    let master: Vec<f64> = (0..steps).map(|t| table.energy(0, t) - sun(t)).collect();
    table.set_energies(3, |t| meter[t]);
    table.set_energies(0, |t| master[t]);
    let answer = table.answer();
    assert!(
        answer
            .findings
            .iter()
            .any(|f| f.kind == FindingKind::NegativeFlow && f.meter == Some(2))
    );
    assert!(answer.meters.iter().all(|m| !m.suspect));
    assert_eq!(answer.meters[2].resets, 0);
}

#[test]
fn a_clock_one_interval_off_is_named() {
    for setup in [hourly(), daily()] {
        for (column, late) in [(4, true), (7, false), (0, true)] {
            let mut table = Table::new(&setup);
            let values = &mut table.columns[column];
            if late {
                values.rotate_right(1);
                values[0] = None;
            } else {
                values.rotate_left(1);
                *values.last_mut().unwrap() = None;
            }
            let answer = table.answer();
            let shifted: Vec<_> = answer
                .findings
                .iter()
                .filter(|f| f.kind == FindingKind::ClockShifted)
                .map(|f| (f.meter, f.figure))
                .collect();
            let direction = if late { 1.0 } else { -1.0 };
            assert_eq!(
                shifted,
                [(usize::checked_sub(column, 1), Some(direction))],
                "column {column}"
            );
        }
    }
}

#[test]
fn a_master_that_counts_too_little_is_named_and_a_small_bias_hides() {
    for setup in [hourly(), daily()] {
        let low = Table::new(&Setup {
            master_error: -0.04,
            ..setup.clone()
        });
        assert!(
            found(&low)
                .iter()
                .any(|f| f.0 == FindingKind::MasterTooLow || f.0 == FindingKind::MasterWrong),
            "{:?}",
            found(&low)
        );
        // 0.2 %: no finding, but the answer says what it cannot see, and its intervals allow for it.
        let biased = Table::new(&Setup {
            master_error: 0.002,
            ..setup.clone()
        });
        let answer = biased.answer();
        assert!(answer.findings.is_empty(), "{:?}", answer.findings);
        assert!(answer.limits[0].en.contains("constant error of the master"));
        let inside = answer
            .meters
            .iter()
            .zip(&biased.errors)
            .filter(|(m, e)| m.belief.low <= **e && **e <= m.belief.high)
            .count();
        assert!(inside >= 10, "{inside} of 12");
    }
}

#[test]
fn a_large_branch_without_a_meter_is_named() {
    let mut table = Table::new(&hourly());
    // The largest meter is taken away.
    let largest = (1..table.columns.len())
        .max_by(|a, b| {
            let total = |c: usize| table.columns[c].last().unwrap().unwrap() - table.columns[c][0].unwrap();
            total(*a).total_cmp(&total(*b))
        })
        .unwrap();
    table.columns.remove(largest);
    let answer = table.answer();
    assert!(
        answer.findings.iter().any(|f| f.kind == FindingKind::LargeLoss),
        "{:?}",
        answer.findings
    );
}

#[test]
fn impossible_rows_are_refused_with_place_and_cure() {
    let table = Table::new(&Setup { days: 20, ..daily() });
    let mut estimator = table.estimator();
    let none = vec![None; 12];
    let last = *table.times.last().unwrap();
    let mut refuse = |time, meters: &[Option<f64>]| {
        estimator
            .push(Reading {
                time,
                master: None,
                meters,
            })
            .unwrap_err()
            .to_string()
    };
    assert!(refuse(last, &none).contains("does not come after"));
    assert!(refuse(last + 50_000, &none).contains("off the grid"));
    assert!(refuse(last + 86_400, &none[1..]).contains("11 values for 12"));
    let mut infinite = none.clone();
    infinite[3] = Some(f64::INFINITY);
    assert!(refuse(last + 86_400, &infinite).contains("meter 4"));
    let mut site = table.site();
    site.meters.clear();
    let nothing = estimate(site, Settings::default(), []).unwrap_err();
    assert!(nothing.to_string().contains("no sub-meter"));
    let few = estimate(table.site(), Settings::default(), []).unwrap_err();
    assert!(few.to_string().contains("wait for more readings"));
}
