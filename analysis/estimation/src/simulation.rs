//! A seeded site with known errors, for tests and the benchmark.
//!
//! Sizes of meters and loads are log-normal, some days are away days, each meter has a day of its
//! own shape, the master has white noise, everything is read from registers with steps. Fixed and
//! variable loss share the loss; unmetered load, loads that are always there, and drift on demand.

/// What to simulate.
#[derive(Clone, Debug)]
pub struct Setup {
    pub meters: usize,
    pub days: usize,
    pub interval_seconds: u32,
    /// Relative standard deviation of the master in one interval.
    pub master_noise: f64,
    /// Step of all registers, kWh.
    pub resolution: f64,
    /// Unmetered load as a share of the metered.
    pub unmetered: f64,
    /// Standard deviation of the drift of ε per year.
    pub drift: f64,
    /// Meters with an error of ±3 … 8 %.
    pub wrong: usize,
    /// Standard deviation of the other errors.
    pub error: f64,
    /// Loss as a share of the metered energy, half of it fixed.
    pub loss: f64,
    /// Share of away days.
    pub away: f64,
    /// Log-normal spread of sizes, and of one meter's days.
    pub between: f64,
    pub within: f64,
    /// Mean energy of a meter per day, kWh.
    pub mean: f64,
    /// Constant relative error of the master.
    pub master_error: f64,
    /// So many meters, the first ones, have a load that is always there.
    pub constant: usize,
    /// Relative standard deviation of such a load from interval to interval.
    pub ripple: f64,
    pub seed: u64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            meters: 50,
            days: 365,
            interval_seconds: 86_400,
            master_noise: 0.0005,
            resolution: 0.01,
            unmetered: 0.0,
            drift: 0.0,
            wrong: 2,
            error: 0.004,
            loss: 0.02,
            away: 0.05,
            between: 0.8,
            within: 0.6,
            mean: 20.0,
            master_error: 0.0,
            constant: 0,
            ripple: 0.002,
            seed: 1,
        }
    }
}

/// A simulated site.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Unix seconds of each reading.
    pub times: Vec<i64>,
    /// Registers of the master in kWh, one more than intervals.
    pub master: Vec<f64>,
    /// Registers of the meters, row by row.
    pub meters: Vec<Vec<f64>>,
    /// True γ at the end.
    pub errors: Vec<f64>,
    /// Which meters run wrong.
    pub wrong: Vec<bool>,
}

/// xorshift-multiply generator with normal numbers.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03);
        for _ in 0..4 {
            dice.unit();
        }
        dice
    }

    /// Uniform in (0, 1).
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let value = ((z ^ (z >> 31)) >> 11) as f64 + 0.5;
        value * 2.0_f64.powi(-53)
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let (a, b) = (self.unit(), self.unit());
        (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
    }

    fn log_normal(&mut self, deviation: f64) -> f64 {
        (deviation * self.normal() - 0.5 * deviation * deviation).exp()
    }

    fn below(&mut self, n: usize) -> usize {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "small numbers"
        )]
        let index = (self.unit() * n as f64) as usize;
        index.min(n - 1)
    }
}

/// A load with days and, below a day, a shape and a slow wander of its own.
struct Load {
    size: f64,
    shape: f64,
    peak: f64,
    days: Vec<f64>,
    wander: f64,
}

impl Load {
    fn new(dice: &mut Dice, setup: &Setup, size: f64) -> Self {
        let away = |dice: &mut Dice| if dice.unit() < setup.away { 0.05 } else { 1.0 };
        Self {
            size,
            shape: dice.unit(),
            peak: dice.unit(),
            days: (0..setup.days)
                .map(|_| dice.log_normal(setup.within) * away(dice))
                .collect(),
            wander: dice.normal(),
        }
    }

    /// kWh in interval `t` at phase `phase` of day `day`.
    fn energy(&mut self, dice: &mut Dice, setup: &Setup, day: usize, phase: f64) -> f64 {
        let share = f64::from(setup.interval_seconds) / 86_400.0;
        if share >= 1.0 {
            return self.size * self.days[day] * share;
        }
        // A wander of about two hours.
        let keep = (-share * 12.0).exp();
        self.wander = keep * self.wander + (1.0 - keep * keep).sqrt() * dice.normal();
        let wave = 1.0 + 0.9 * self.shape * (std::f64::consts::TAU * (phase - self.peak)).cos();
        self.size * self.days[day] * share * wave * (0.5 * self.wander - 0.125).exp()
    }

    /// kWh in an interval of a load that is always there.
    fn always(&self, dice: &mut Dice, setup: &Setup) -> f64 {
        self.size * f64::from(setup.interval_seconds) / 86_400.0 * (1.0 + setup.ripple * dice.normal())
    }
}

/// Simulates a site.
#[expect(clippy::cast_precision_loss, reason = "small counts")]
pub fn simulate(setup: &Setup) -> Simulated {
    let mut dice = Dice::new(setup.seed);
    let per_day = (86_400 / setup.interval_seconds).max(1) as usize;
    let n = setup.days * per_day;
    let mut loads: Vec<Load> = (0..setup.meters)
        .map(|_| {
            let size = setup.mean * dice.log_normal(setup.between);
            Load::new(&mut dice, setup, size)
        })
        .collect();
    let unmetered_size = setup.unmetered * setup.mean * setup.meters as f64;
    let mut unmetered = Load::new(
        &mut dice,
        &Setup {
            within: 0.1,
            away: 0.0,
            ..setup.clone()
        },
        unmetered_size,
    );
    let mut epsilon: Vec<f64> = (0..setup.meters).map(|_| setup.error * dice.normal()).collect();
    let mut wrong = vec![false; setup.meters];
    for _ in 0..setup.wrong.min(setup.meters) {
        let mut i = dice.below(setup.meters);
        while wrong[i] {
            i = dice.below(setup.meters);
        }
        wrong[i] = true;
        let size = 0.03 + 0.05 * dice.unit();
        epsilon[i] = if dice.unit() < 0.5 { size } else { -size };
    }
    let drift: Vec<f64> = (0..setup.meters).map(|_| setup.drift * dice.normal()).collect();
    let season = dice.unit();
    let mut rows = Vec::with_capacity(n);
    let mut sums = Vec::with_capacity(n);
    let mut extra = Vec::with_capacity(n);
    for t in 0..n {
        let (day, phase) = (t / per_day, (t % per_day) as f64 / per_day as f64);
        let common = 1.0 + 0.15 * (std::f64::consts::TAU * (day as f64 / 365.0 + season)).sin();
        let row: Vec<f64> = loads
            .iter_mut()
            .enumerate()
            .map(|(i, l)| {
                if i < setup.constant {
                    return l.always(&mut dice, setup);
                }
                common * l.energy(&mut dice, setup, day, phase)
            })
            .collect();
        sums.push(row.iter().sum::<f64>());
        extra.push(if setup.unmetered > 0.0 {
            unmetered.energy(&mut dice, setup, day, phase)
        } else {
            0.0
        });
        rows.push(row);
    }
    let mean = sums.iter().sum::<f64>() / n as f64;
    let start: Vec<f64> = (0..=setup.meters).map(|_| (1e5 * dice.unit()).floor()).collect();
    let step = |x: f64| {
        if setup.resolution > 0.0 {
            (x / setup.resolution).floor() * setup.resolution
        } else {
            x
        }
    };
    let mut exact = start;
    let (mut master, mut meters) = (
        vec![step(exact[0])],
        vec![exact[1..].iter().map(|x| step(*x)).collect::<Vec<_>>()],
    );
    for t in 0..n {
        let loss = 0.5 * setup.loss * (sums[t] * sums[t] / mean + mean);
        exact[0] +=
            (sums[t] + extra[t] + loss) * (1.0 + setup.master_error + setup.master_noise * dice.normal());
        let years = (n - 1 - t) as f64 / per_day as f64 / 365.25;
        for (i, x) in rows[t].iter().enumerate() {
            exact[1 + i] += x / (1.0 - (epsilon[i] - drift[i] * years));
        }
        master.push(step(exact[0]));
        meters.push(exact[1..].iter().map(|x| step(*x)).collect());
    }
    Simulated {
        times: (0..=n as i64)
            .map(|k| 1_767_196_800 + k * i64::from(setup.interval_seconds))
            .collect(),
        master,
        meters,
        errors: epsilon.iter().map(|e| e / (1.0 - e)).collect(),
        wrong,
    }
}
