use analysis::error_estimation::{Estimator, Meter, Reading, ReadingKind, Site};
#[path = "../src/error_estimation/simulation.rs"]
mod simulation;
use simulation::{Setup, simulate};
fn main() {
    let arg =
        |name: &str| std::env::args().find_map(|a| a.strip_prefix(&format!("{name}=")).map(str::to_owned));
    let num = |name: &str, d: f64| arg(name).map_or(d, |v| v.parse().unwrap());
    let d = Setup::default();
    let base = Setup {
        meters: num("p", 50.0) as usize,
        days: num("days", 365.0) as usize,
        interval_seconds: num("dt", 86400.0) as u32,
        master_noise: num("noise", 0.0005),
        resolution: num("res", 0.01),
        unmetered: num("un", 0.0),
        drift: num("drift", 0.0),
        wrong: num("wrong", 2.0) as usize,
        error: num("err", 0.004),
        between: num("sb", d.between),
        within: num("sw", d.within),
        ..d
    };
    let sites = num("sites", 20.0) as u64;
    let (mut se, mut g, mut n, mut det, mut nb, mut fa, mut ng, mut cov, mut covb, mut det2, mut fa2) =
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let mut time = 0.0;
    let mut bias = Vec::new();
    let mut ident = 0.0;
    for seed in 0..sites {
        let s = simulate(&Setup {
            seed: num("seed", 1000.0) as u64 + seed,
            master_error: num("mb", 0.0) * simulation::Dice::new(seed ^ 77777).normal(),
            ..base.clone()
        });
        let site = Site {
            master: Meter::new("M", base.resolution),
            meters: (0..base.meters)
                .map(|i| Meter::new(format!("{i}"), base.resolution))
                .collect(),
            kind: ReadingKind::Register,
            interval_seconds: base.interval_seconds,
        };
        let rows: Vec<Vec<Option<f64>>> = s
            .meters
            .iter()
            .map(|r| r.iter().map(|v| Some(*v)).collect())
            .collect();
        let t0 = std::time::Instant::now();
        let mut e = Estimator::with_settings(
            site,
            analysis::error_estimation::Settings {
                master_error: num("me", 0.001),
                ..Default::default()
            },
        )
        .unwrap();
        for ((t, m), r) in s.times.iter().zip(&s.master).zip(&rows) {
            e.push(Reading {
                time: *t,
                master: Some(*m),
                meters: r,
            })
            .unwrap();
        }
        let a = e.answer().unwrap();
        bias.push(
            100.0
                * a.meters
                    .iter()
                    .zip(&s.errors)
                    .map(|(m, e)| m.error - e)
                    .sum::<f64>()
                / base.meters as f64,
        );
        time += t0.elapsed().as_secs_f64();
        if num("v", 0.0) > 0.0 {
            println!(
                "{:?} {:?} {:?}",
                a.noise,
                a.balance.loss,
                a.findings.iter().map(|f| &f.text.en).collect::<Vec<_>>()
            );
            if num("v", 0.0) > 1.0 {
                for (i, m) in a.meters.iter().enumerate() {
                    println!(
                        "{i} true {:.4} est {:.4} u {:.4} [{:.4} {:.4}] {:?}",
                        s.errors[i], m.error, m.uncertainty, m.low, m.high, m.identifiability
                    );
                }
            }
        }
        for (i, m) in a.meters.iter().enumerate() {
            let d = m.error - s.errors[i];
            se += d * d;
            n += 1.0;
            let c = f64::from(u8::from(m.low <= s.errors[i] && s.errors[i] <= m.high));
            cov += c;
            ident += f64::from(u8::from(m.identifiability.identified()));
            let al = f64::from(u8::from(m.suspect));
            let al2 = f64::from(u8::from(m.error.abs() > 0.02));
            if s.wrong[i] {
                nb += 1.0;
                det += al;
                det2 += al2;
                covb += c;
            } else {
                ng += 1.0;
                fa += al;
                fa2 += al2;
                g += d * d;
            }
        }
    }
    if num("v", 0.0) > 0.0 {
        println!("bias {:.3?}", bias);
    }
    println!(
        "rmse {:.3} good {:.3} det {:.3} fa {:.5} (|e|>2%: {:.3} {:.5}) cov {:.3} bad {:.3} ident {:.2} time {:.3}s",
        100.0 * (se / n).sqrt(),
        100.0 * (g / ng).sqrt(),
        det / nb,
        fa / ng,
        det2 / nb,
        fa2 / ng,
        cov / n,
        covb / nb,
        ident / n,
        time / sites as f64
    );
}
