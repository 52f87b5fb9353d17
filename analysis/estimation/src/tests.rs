//! Known errors on simulated sites, bad input, and garbage.

mod bad_input;
mod constant;
mod garbage;
mod robust;
mod streaming;

use super::simulation::{Setup, Simulated, simulate};
use super::{Answer, Estimator, Meter, Reading, ReadingKind, Settings, Site};

/// A site as registers, column 0 the master.
#[derive(Clone)]
struct Table {
    interval: u32,
    resolution: f64,
    times: Vec<i64>,
    /// Column by column.
    columns: Vec<Vec<Option<f64>>>,
    errors: Vec<f64>,
    wrong: Vec<bool>,
}

impl Table {
    fn new(setup: &Setup) -> Self {
        let Simulated {
            times,
            master,
            meters,
            errors,
            wrong,
        } = simulate(setup);
        let mut columns = vec![master.into_iter().map(Some).collect::<Vec<_>>()];
        for i in 0..setup.meters {
            columns.push(meters.iter().map(|row| Some(row[i])).collect());
        }
        Self {
            interval: setup.interval_seconds,
            resolution: setup.resolution,
            times,
            columns,
            errors,
            wrong,
        }
    }

    fn site(&self) -> Site {
        Site {
            master: Meter::new("master", self.resolution),
            meters: (1..self.columns.len())
                .map(|i| Meter::new(format!("meter {i}"), self.resolution))
                .collect(),
            kind: ReadingKind::Register,
            interval_seconds: self.interval,
        }
    }

    fn rows(&self) -> Vec<(i64, Option<f64>, Vec<Option<f64>>)> {
        (0..self.times.len())
            .map(|t| {
                let row = self.columns[1..].iter().map(|c| c[t]).collect();
                (self.times[t], self.columns[0][t], row)
            })
            .collect()
    }

    fn estimator(&self) -> Estimator {
        let mut estimator = Estimator::with_settings(self.site(), Settings::default()).unwrap();
        for (time, master, meters) in self.rows() {
            let meters = &meters;
            estimator.push(Reading { time, master, meters }).unwrap();
        }
        estimator
    }

    fn answer(&self) -> Answer {
        self.estimator().answer().unwrap()
    }

    /// Replaces the energies of a column; the register starts at 1000.
    fn set_energies(&mut self, column: usize, energy: impl Fn(usize) -> f64) {
        let mut register = 1000.0;
        let step = self.resolution;
        let mut values = vec![Some(register)];
        for t in 0..self.times.len() - 1 {
            register += energy(t);
            values.push(Some((register / step).floor() * step));
        }
        if column < self.columns.len() {
            self.columns[column] = values;
        } else {
            self.columns.push(values);
        }
    }

    fn energy(&self, column: usize, t: usize) -> f64 {
        self.columns[column][t + 1].unwrap() - self.columns[column][t].unwrap()
    }
}

/// Twelve meters, two of them wrong, hourly over 60 days.
fn hourly() -> Setup {
    Setup {
        meters: 12,
        days: 60,
        interval_seconds: 3_600,
        seed: 11,
        ..Setup::default()
    }
}

fn rmse(answer: &Answer, errors: &[f64]) -> f64 {
    let squares: f64 = answer
        .meters
        .iter()
        .zip(errors)
        .map(|(m, e)| (m.belief.error - e).powi(2))
        .sum();
    (squares / errors.len() as f64).sqrt()
}

#[test]
fn errors_of_a_daily_site_are_found_with_intervals_that_hold() {
    let (mut inside, mut all) = (0, 0);
    for seed in 300..306 {
        let setup = Setup {
            meters: 20,
            days: 180,
            seed,
            ..Setup::default()
        };
        let table = Table::new(&setup);
        let answer = table.answer();
        assert!(rmse(&answer, &table.errors) < 0.0035, "seed {seed}");
        for (i, meter) in answer.meters.iter().enumerate() {
            assert!(meter.belief.low <= meter.belief.error && meter.belief.error <= meter.belief.high);
            inside +=
                usize::from(meter.belief.low <= table.errors[i] && table.errors[i] <= meter.belief.high);
            all += 1;
            assert!(
                !meter.suspect || table.wrong[i],
                "seed {seed}: false alarm at {i}"
            );
        }
        let found = answer
            .meters
            .iter()
            .zip(&table.wrong)
            .filter(|(m, w)| m.suspect && **w)
            .count();
        assert_eq!(found, 2, "seed {seed}");
        assert!(answer.findings.is_empty(), "seed {seed}: {:?}", answer.findings);
        let top = answer.ranking();
        assert!(table.wrong[top[0]] && table.wrong[top[1]]);
    }
    assert!(inside * 100 >= all * 90, "{inside} of {all}");
}

#[test]
fn losses_and_balance_add_up() {
    let table = Table::new(&hourly());
    let answer = table.answer();
    let b = &answer.balance;
    // 2 % of the metered energy, half of it fixed; Jensen adds a little to the square.
    let share = b.loss.value / b.master;
    assert!((0.015..0.03).contains(&share), "{share}");
    let parts = b.variable_loss.value + b.fixed_loss.value;
    assert!((parts - b.loss.value).abs() < 1e-6);
    // What is lost in truth: the master less the corrected energies.
    let truth = b.master
        - answer
            .meters
            .iter()
            .zip(&table.errors)
            .map(|(m, gamma)| m.energy / (1.0 + gamma))
            .sum::<f64>();
    assert!(
        (truth - b.loss.value).abs() < 3.0 * b.loss.uncertainty + 2e-4 * b.master,
        "{truth} {:?}",
        b.loss
    );
    assert!((b.difference - (b.master - b.sum)).abs() < 1e-6);
    let rest = b.master - (b.sum - b.meter_errors.value) - b.loss.value - b.unaccounted.value;
    assert!(rest.abs() < 1e-6);
    assert!(b.unaccounted.value.abs() < 4.0 * b.unaccounted.uncertainty.max(1e-3 * b.master));
    assert!(
        answer
            .limits
            .iter()
            .any(|t| t.en.contains("hides in the losses") && t.zh.contains("看不出来"))
    );
}

#[test]
fn gamma_is_stated_against_the_true_value() {
    // ε = 0.05 is γ = 0.05/0.95.
    let mut table = Table::new(&Setup { wrong: 0, ..hourly() });
    let energies: Vec<f64> = (0..table.times.len() - 1).map(|t| table.energy(3, t)).collect();
    table.set_energies(3, |t| energies[t] / 0.95);
    let answer = table.answer();
    let expected = (1.0 + table.errors[2]) / 0.95 - 1.0;
    assert!(
        (answer.meters[2].belief.error - expected).abs() < 0.004,
        "{}",
        answer.meters[2].belief.error
    );
    assert!(answer.meters[2].belief.low < expected && expected < answer.meters[2].belief.high);
}
