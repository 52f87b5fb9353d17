//! Quantiles of the normal, t and χ² distributions, with the same bits on every machine.

/// ln Γ(x) for x > 0 (Lanczos, about 15 digits).
pub fn ln_gamma(x: f64) -> f64 {
    const C: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        let pi = std::f64::consts::PI;
        return libm::log(pi / libm::sin(pi * x)) - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let t = x + 7.5;
    let sum = (1..9_u8).fold(C[0], |s, i| s + C[usize::from(i)] / (x + f64::from(i)));
    0.5 * libm::log(2.0 * std::f64::consts::PI) + (x + 0.5) * libm::log(t) - t + libm::log(sum)
}

/// Regularised incomplete beta function I_x(a, b) by its continued fraction.
fn beta_regularised(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - beta_regularised(1.0 - x, b, a);
    }
    let front =
        libm::exp(ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * libm::log(x) + b * libm::log1p(-x)) / a;
    let tiny = 1e-300;
    let guard = |v: f64| if v.abs() < tiny { tiny } else { v };
    let (mut c, mut d) = (1.0, 1.0 / guard(1.0 - (a + b) * x / (a + 1.0)));
    let mut f = d;
    for m in 1..400_u16 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / guard(1.0 + even * d);
        c = guard(1.0 + even / c);
        f *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / guard(1.0 + odd * d);
        c = guard(1.0 + odd / c);
        let step = d * c;
        f *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * f
}

/// Regularised lower incomplete gamma function P(a, x).
fn gamma_regularised(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - ln_gamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..10_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        return sum * front;
    }
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1e300, 1.0 / b);
    let mut h = d;
    for i in 1..10_000_u32 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        let step = c * d;
        h *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 - front * h
}

/// P(T ≤ t) of Student's distribution.
pub fn t_probability(t: f64, dof: f64) -> f64 {
    let tail = 0.5 * beta_regularised(dof / (dof + t * t), dof / 2.0, 0.5);
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// Upper quantile: t with P(T > t) = tail.
pub fn t_upper(tail: f64, dof: f64) -> f64 {
    let beyond = |t: f64| 0.5 * beta_regularised(dof / (dof + t * t), dof / 2.0, 0.5);
    bisect(0.0, 1.0, |t| beyond(t) - tail)
}

/// t_p(ν): two-sided coverage factor (JJF 1059.1 table 4).
///
/// ```
/// use uncertainty::statistics::distribution::t_coverage;
/// assert_eq!(format!("{:.2} {:.2}", t_coverage(0.95, 9.0), t_coverage(0.99, 16.0)), "2.26 2.92");
/// ```
pub fn t_coverage(p: f64, dof: f64) -> f64 {
    t_upper((1.0 - p) / 2.0, dof)
}

/// Upper quantile of Fisher's distribution: F with P(F > f) = tail.
pub fn f_upper(tail: f64, above: f64, below: f64) -> f64 {
    let beyond = |f: f64| beta_regularised(below / (below + above * f), below / 2.0, above / 2.0);
    bisect(0.0, 1.0, |f| beyond(f) - tail)
}

/// Two-sided coverage factor of the normal distribution: 1.960 for p = 0.95.
pub fn normal_coverage(p: f64) -> f64 {
    let tail = 1.0 - p;
    bisect(0.0, 1.0, |k| libm::erfc(k / std::f64::consts::SQRT_2) - tail)
}

/// P(Z ≤ z) of the normal distribution.
pub fn normal_probability(z: f64) -> f64 {
    0.5 * libm::erfc(-z / std::f64::consts::SQRT_2)
}

/// χ² with P(X ≤ x) = p.
///
/// ```
/// use uncertainty::statistics::distribution::chi_square_quantile;
/// assert_eq!(format!("{:.3}", chi_square_quantile(0.95, 3.0)), "7.815");
/// ```
pub fn chi_square_quantile(p: f64, dof: f64) -> f64 {
    bisect(0.0, dof.max(1.0), |x| p - gamma_regularised(dof / 2.0, x / 2.0))
}

/// Root of a falling function, the bracket doubled until it holds one.
fn bisect(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        if f(high) <= 0.0 {
            break;
        }
        low = high;
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
