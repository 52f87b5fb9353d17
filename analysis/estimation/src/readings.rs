//! From raw readings to energies per interval, with what is known about their errors.
//!
//! A missing register reading is interpolated. The interpolated value then is a register reading
//! with a large error: what one interval gets too much, its neighbour gets too little, so the
//! energy over the gap stays exact and only the split is uncertain (`Intervals::blur`). A reset
//! leaves the energy of one interval unknown: its typical value stands in, with its full
//! variance (`Interval::extra`).

use super::site::{ReadingKind, Site};

/// Raw rows: master first, NaN for a missing value.
#[derive(Clone, Debug, Default)]
pub(super) struct Raw {
    /// Position on the grid of intervals.
    pub(super) slot: Vec<i64>,
    /// Row-major, width 1 + meters.
    pub(super) values: Vec<f64>,
}

impl Raw {
    pub(super) fn len(&self) -> usize {
        self.slot.len()
    }

    fn value(&self, width: usize, row: usize, column: usize) -> f64 {
        self.values[row * width + column]
    }
}

/// One usable interval.
#[derive(Clone, Debug)]
pub(super) struct Interval {
    /// Slot of its end.
    pub(super) slot: i64,
    /// Length in intervals; more than one over a gap of the whole site.
    pub(super) span: f64,
    /// It does not touch the interval before.
    pub(super) restart: bool,
    /// Variance from imputed energies, kWh².
    pub(super) extra: f64,
}

/// What happened to one column.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) intervals: u64,
    /// Intervals with energy, once readings that do not count are interpolated.
    pub(super) running: u64,
    /// Intervals in which the meter can have run, by its readings as they are.
    pub(super) moved: u64,
    pub(super) missing: u64,
    pub(super) resets: u64,
    pub(super) negative: u64,
    pub(super) energy: f64,
    /// The same with energies that flow back counted as positive.
    pub(super) turnover: f64,
    /// Every how many intervals a reading counted, in the latest block.
    pub(super) thinned: f64,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.intervals += other.intervals;
        self.running += other.running;
        self.moved += other.moved;
        self.missing += other.missing;
        self.resets += other.resets;
        self.negative += other.negative;
        self.energy += other.energy;
        self.turnover += other.turnover;
        self.thinned = other.thinned;
    }
}

/// Energies of a block.
#[derive(Clone, Debug, Default)]
pub(super) struct Intervals {
    pub(super) rows: Vec<Interval>,
    /// kWh, row-major, master first.
    pub(super) energy: Vec<f64>,
    /// Extra variance of the register readings at the end of each interval, kWh².
    pub(super) blur: Vec<f64>,
    pub(super) tallies: Vec<Tally>,
}

/// A step of 20 times the 90 % quantile of the steps is no consumption any more.
const IMPLAUSIBLE: f64 = 20.0;

/// A gap of the whole site longer than this many seconds is not bridged by one long interval.
const LONGEST_BRIDGE: i64 = 86_400;

/// `interval` is the length of a slot in seconds.
pub(super) fn intervals(site: &Site, interval: i64, raw: &Raw) -> Intervals {
    match site.kind {
        ReadingKind::Register => registers(site, interval, raw),
        ReadingKind::Energy => energies(site, raw),
    }
}

/// Rows with a master and at least half of the meters.
fn kept(width: usize, raw: &Raw) -> Vec<usize> {
    (0..raw.len())
        .filter(|r| {
            let row = &raw.values[r * width..(r + 1) * width];
            let absent = row.iter().filter(|v| v.is_nan()).count();
            !row[0].is_nan() && 2 * absent <= width
        })
        .collect()
}

/// How the steps of one column look: plausible limit, mean, mean size, variance, mean squared
/// difference.
struct Typical {
    limit: f64,
    mean: f64,
    size: f64,
    variance: f64,
    change: f64,
}

/// `steps` are energies per interval.
fn typical(steps: &[f64], resolution: f64) -> Typical {
    let mut sizes: Vec<f64> = steps.iter().map(|s| s.abs()).filter(|v| *v > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    let high = sizes.get(sizes.len() * 9 / 10).copied();
    let limit = high.map_or(f64::INFINITY, |h| IMPLAUSIBLE * h + 10.0 * resolution);
    let good: Vec<f64> = steps.iter().copied().filter(|v| v.abs() <= limit).collect();
    let n = uncertainty::statistics::count(good.len()).max(1.0);
    let mean = good.iter().sum::<f64>() / n;
    let size = good.iter().map(|v| v.abs()).sum::<f64>() / n;
    let variance = good.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
    let pairs = uncertainty::statistics::count(good.len().saturating_sub(1)).max(1.0);
    let change = good
        .windows(2)
        .map(|w| (w[1] - w[0]) * (w[1] - w[0]))
        .sum::<f64>()
        / pairs;
    Typical {
        limit,
        mean,
        size,
        variance,
        change,
    }
}

/// A small meter should move by so many steps between two of its readings that count.
const STEPS: f64 = 1.5;

/// Every how many intervals the reading of a register counts. In between it is interpolated: its
/// own steps would be most of what it shows, and the errors of a regressor bias its coefficient.
fn thinning(steps_per_interval: f64, day: i64) -> i64 {
    let enough = |k: &i64| {
        let k = i32::try_from(*k).unwrap_or(i32::MAX);
        steps_per_interval * f64::from(k) >= STEPS
    };
    if !steps_per_interval.is_finite() {
        return 1;
    }
    (1..=day).filter(|k| day % k == 0).find(enough).unwrap_or(day)
}

#[expect(clippy::cast_precision_loss, reason = "slots of one block are few")]
fn registers(site: &Site, interval: i64, raw: &Raw) -> Intervals {
    let width = 1 + site.meters.len();
    let kept = kept(width, raw);
    if kept.len() < 2 {
        return Intervals {
            tallies: vec![Tally::default(); width],
            ..Intervals::default()
        };
    }
    let n = kept.len() - 1;
    let day = (86_400 / interval).max(1);
    let slot = |b: usize| raw.slot[kept[b]];
    let span = |k: usize| (slot(k + 1) - slot(k)) as f64;
    let mut energy = vec![0.0; n * width];
    let mut extra = vec![0.0; n];
    let mut blur = vec![0.0; n + 1];
    let mut tallies = Vec::with_capacity(width);
    for (column, meter) in std::iter::once(&site.master).chain(&site.meters).enumerate() {
        let mut known: Vec<(usize, f64)> = (0..=n)
            .map(|b| (b, raw.value(width, kept[b], column)))
            .filter(|(_, v)| !v.is_nan())
            .collect();
        let rates = |known: &[(usize, f64)]| -> Vec<f64> {
            known
                .windows(2)
                .map(|w| (w[1].1 - w[0].1) / (slot(w[1].0) - slot(w[0].0)) as f64)
                .collect()
        };
        let missing = n + 1 - known.len();
        let mut steps = rates(&known);
        let mut usual = typical(&steps, meter.resolution);
        let moved = moved(&known, meter.resolution, slot);
        // A meter that moves seldom but by many steps at once is read well as it is.
        let slots = (slot(n) - slot(0)) as f64;
        let busy = if moved == 0 { 1.0 } else { slots / moved as f64 };
        let thinned = thinning(usual.size * busy / meter.resolution, day);
        if thinned > 1 {
            let (first, last) = (known.first().map(|k| k.0), known.last().map(|k| k.0));
            known.retain(|(b, _)| slot(*b) % thinned == 0 || Some(*b) == first || Some(*b) == last);
            steps = rates(&known);
            usual.limit = typical(&steps, meter.resolution).limit;
            // What the steps of the register add to the squared change: 6/12 of their square.
            let own = 0.5 * meter.resolution * meter.resolution;
            usual.change = (usual.change - own).max(0.1 * own);
        }
        let falls = |s: &f64| *s < 0.0 && -*s <= usual.limit;
        let backwards = steps.iter().filter(|s| falls(s)).count();
        // A few falls are faults; many are energy that flows back.
        let signed = backwards >= 3 && backwards * 50 >= steps.len();
        let mut tally = Tally {
            missing: missing as u64,
            moved,
            thinned: thinned as f64,
            ..Tally::default()
        };
        let mut filled = vec![false; n];
        for w in known.windows(2) {
            let ((a, from), (b, to)) = (w[0], w[1]);
            let spans = (slot(b) - slot(a)) as f64;
            let mut step = to - from;
            if step < 0.0
                && let Some(modulus) = meter.modulus
                && step + modulus >= 0.0
                && (step + modulus) / spans <= usual.limit
            {
                step += modulus;
            }
            let rate = step / spans;
            if rate.abs() > usual.limit || (rate < 0.0 && !signed) {
                tally.resets += 1;
                continue;
            }
            tally.negative += u64::from(rate < 0.0);
            for k in a..b {
                energy[k * width + column] = rate * span(k);
                filled[k] = true;
            }
            for (inner, blur) in blur.iter_mut().enumerate().take(b).skip(a + 1) {
                let (left, right) = ((slot(inner) - slot(a)) as f64, (slot(b) - slot(inner)) as f64);
                *blur += 0.5 * usual.change * left * right / spans;
            }
        }
        for k in (0..n).filter(|k| !filled[*k]) {
            energy[k * width + column] = usual.mean * span(k);
            extra[k] += usual.variance.max(usual.change) * span(k) * span(k);
        }
        summarise(&mut tally, energy.iter().skip(column).step_by(width));
        tallies.push(tally);
    }
    let longest = (LONGEST_BRIDGE / interval).max(4);
    let mut result = Intervals {
        tallies,
        ..Intervals::default()
    };
    let mut restart = true;
    for k in 0..n {
        if slot(k + 1) - slot(k) > longest {
            restart = true;
            continue;
        }
        if restart {
            result.blur.push(blur[k]);
        }
        result.rows.push(Interval {
            slot: slot(k + 1),
            span: span(k),
            restart,
            extra: extra[k],
        });
        result
            .energy
            .extend_from_slice(&energy[k * width..(k + 1) * width]);
        result.blur.push(blur[k + 1]);
        restart = false;
    }
    result
}

/// Intervals in which a register can have run. A step of one unit may be the sum of all since the
/// one before; several steps at once flowed between two readings.
fn moved(known: &[(usize, f64)], resolution: f64, slot: impl Fn(usize) -> i64) -> u64 {
    let mut moved = 0;
    let mut since = 0;
    for w in known.windows(2) {
        let ((a, from), (b, to)) = (w[0], w[1]);
        let spans = (slot(b) - slot(a)).unsigned_abs();
        since += spans;
        let step = (to - from).abs();
        if step > 0.0 {
            moved += if step > 1.5 * resolution { spans } else { since };
            since = 0;
        }
    }
    moved
}

fn summarise<'a>(tally: &mut Tally, energies: impl Iterator<Item = &'a f64>) {
    for e in energies {
        tally.intervals += 1;
        tally.running += u64::from(e.abs() > 0.0);
        tally.energy += e;
        tally.turnover += e.abs();
    }
}

fn energies(site: &Site, raw: &Raw) -> Intervals {
    let width = 1 + site.meters.len();
    let kept = kept(width, raw);
    let n = kept.len();
    let mut energy = vec![0.0; n * width];
    let mut extra = vec![0.0; n];
    let mut tallies = Vec::with_capacity(width);
    for (column, meter) in std::iter::once(&site.master).chain(&site.meters).enumerate() {
        let values: Vec<f64> = kept.iter().map(|r| raw.value(width, *r, column)).collect();
        let steps: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
        let usual = typical(&steps, meter.resolution);
        let known = |v: f64| !v.is_nan() && v.abs() <= usual.limit;
        let mut tally = Tally::default();
        for k in 0..n {
            let v = values[k];
            if known(v) {
                energy[k * width + column] = v;
                tally.negative += u64::from(v < 0.0);
                continue;
            }
            tally.missing += u64::from(v.is_nan());
            tally.resets += u64::from(!v.is_nan());
            let side = |i: Option<usize>| i.map(|i| values[i]).filter(|v| known(*v));
            energy[k * width + column] = match (side(k.checked_sub(1)), side((k + 1 < n).then_some(k + 1))) {
                (Some(a), Some(b)) => {
                    extra[k] += 0.75 * usual.change;
                    0.5 * (a + b)
                }
                _ => {
                    extra[k] += usual.variance.max(usual.change);
                    usual.mean
                }
            };
        }
        summarise(&mut tally, energy.iter().skip(column).step_by(width));
        tally.moved = tally.running;
        tallies.push(tally);
    }
    let mut result = Intervals {
        energy,
        tallies,
        ..Intervals::default()
    };
    for k in 0..n {
        let slot = raw.slot[kept[k]];
        let restart = k == 0 || slot != raw.slot[kept[k - 1]] + 1;
        if restart {
            result.blur.push(0.0);
        }
        result.rows.push(Interval {
            slot,
            span: 1.0,
            restart,
            extra: extra[k],
        });
        result.blur.push(0.0);
    }
    result
}
