//! Missing readings, resets, rollovers, false readings, coarse registers, drift, identifiability.

use super::super::simulation::Dice;
use super::super::{Advice, Identifiability};
use super::{Setup, Table, hourly, rmse};

#[test]
fn missing_readings_cost_little() {
    let mut table = Table::new(&hourly());
    let whole = rmse(&table.answer(), &table.errors);
    let mut dice = Dice::new(5);
    for column in &mut table.columns {
        for value in column.iter_mut() {
            if dice.unit() < 0.03 {
                *value = None;
            }
        }
    }
    // Six hours without anything.
    for column in &mut table.columns {
        column[500..506].fill(None);
    }
    let answer = table.answer();
    let holed = rmse(&answer, &table.errors);
    assert!(holed < 2.0 * whole + 0.001, "{whole} {holed}");
    assert!(answer.meters.iter().all(|m| m.missing > 10));
    assert!(
        answer
            .meters
            .iter()
            .zip(&table.wrong)
            .all(|(m, w)| m.suspect == *w)
    );
}

#[test]
fn resets_exchanges_and_false_readings_do_not_enter() {
    let mut table = Table::new(&hourly());
    // Meter 2 is reset, meter 5 exchanged, meter 7 once reads nonsense.
    let reset = table.columns[2][700].unwrap();
    for v in table.columns[2][701..].iter_mut().flatten() {
        *v -= reset;
    }
    for v in table.columns[5][900..].iter_mut().flatten() {
        *v += 54_321.0;
    }
    table.columns[7][300] = Some(0.0);
    let answer = table.answer();
    assert!(rmse(&answer, &table.errors) < 0.003);
    assert!(answer.meters[1].resets >= 1 && answer.meters[4].resets >= 1 && answer.meters[6].resets >= 1);
    assert!(
        answer
            .meters
            .iter()
            .zip(&table.wrong)
            .all(|(m, w)| m.suspect == *w)
    );
}

#[test]
fn a_rollover_is_read_through() {
    let mut table = Table::new(&hourly());
    let before = table.answer();
    let modulus = 100.0;
    for v in table.columns[3].iter_mut().flatten() {
        *v %= modulus;
    }
    let mut site = table.site();
    site.meters[2].modulus = Some(modulus);
    let mut estimator = super::Estimator::new(site).unwrap();
    for (time, master, meters) in table.rows() {
        let meters = &meters;
        estimator.push(super::Reading { time, master, meters }).unwrap();
    }
    let after = estimator.answer().unwrap();
    assert_eq!(after.meters[2].resets, 0);
    assert!((after.meters[2].belief.error - before.meters[2].belief.error).abs() < 1e-4);
}

#[test]
fn outliers_of_the_master_are_outweighed() {
    let mut table = Table::new(&Setup { seed: 12, ..hourly() });
    // Twenty intervals in which the master counts 30 % too much.
    let mut extra = 0.0;
    let energies: Vec<f64> = (0..table.times.len() - 1).map(|t| table.energy(0, t)).collect();
    for t in 1..table.times.len() {
        if t % 71 == 0 {
            extra += 0.3 * energies[t - 1];
        }
        table.columns[0][t] = table.columns[0][t].map(|v| v + extra);
    }
    let answer = table.answer();
    assert!(answer.noise.outliers >= 10, "{}", answer.noise.outliers);
    assert!(rmse(&answer, &table.errors) < 0.003);
}

#[test]
fn coarse_registers_widen_the_intervals_and_raise_no_alarm() {
    let setup = Setup {
        resolution: 1.0,
        interval_seconds: 900,
        wrong: 0,
        ..hourly()
    };
    let table = Table::new(&setup);
    let answer = table.answer();
    assert!(answer.meters.iter().all(|m| !m.suspect));
    let inside = answer
        .meters
        .iter()
        .zip(&table.errors)
        .filter(|(m, e)| m.belief.low <= **e && **e <= m.belief.high)
        .count();
    assert!(inside >= 10);
}

#[test]
fn a_drifting_meter_is_seen_as_it_is_now() {
    let setup = Setup {
        meters: 8,
        days: 500,
        wrong: 0,
        drift: 0.003,
        seed: 4,
        ..Setup::default()
    };
    let table = Table::new(&setup);
    let answer = table.answer();
    assert!(rmse(&answer, &table.errors) < 0.0025);
    assert!(answer.meters.iter().all(|m| m.belief.drift_per_year.is_some()));
}

#[test]
fn meters_that_cannot_be_told_say_why() {
    let mut table = Table::new(&Setup {
        meters: 14,
        wrong: 0,
        ..hourly()
    });
    let steps = table.times.len() - 1;
    // Meter 2 follows meter 1; meter 3 hardly ever runs; meter 4 never; meter 5 is constant.
    let energies = |table: &Table, c: usize| (0..steps).map(|t| table.energy(c, t)).collect::<Vec<_>>();
    let change = |table: &mut Table, column: usize, new: &dyn Fn(usize) -> f64| {
        let old = energies(table, column);
        let master = energies(table, 0);
        table.set_energies(0, |t| master[t] - old[t] + new(t));
        table.set_energies(column, new);
    };
    let first = energies(&table, 1);
    change(&mut table, 2, &|t| 0.7 * first[t]);
    change(&mut table, 3, &|t| if t % 400 == 7 { 0.5 } else { 0.0 });
    change(&mut table, 4, &|_| 0.0);
    change(&mut table, 5, &|_| 1.0);
    let answer = table.answer();
    let state = |i: usize| &answer.meters[i].identifiability;
    assert_eq!(
        *state(1),
        Identifiability::MovesTogether {
            with: 0,
            name: "meter 1".to_owned()
        }
    );
    assert!(matches!(state(2), Identifiability::HardlyEverRuns { share } if *share < 0.01));
    assert_eq!(*state(3), Identifiability::NeverRan);
    assert_eq!(*state(4), Identifiability::LooksLikeFixedLoss);
    assert!(state(6).identified(), "{:?}", state(6));
    assert!(
        state(1).text().en.contains("moves together with meter meter 1"),
        "{:?}",
        state(1).text()
    );
    assert!(answer.meters[1].advice.contains(&Advice::RunApart {
        from: "meter 1".to_owned()
    }));
    assert!(answer.limits.iter().any(|t| t.en.contains("cannot be judged")));
    assert!(answer.meters.iter().all(|m| !m.suspect));
}
