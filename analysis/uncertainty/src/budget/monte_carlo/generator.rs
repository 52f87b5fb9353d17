//! Random numbers with the same bits on every machine.
//!
//! xoshiro256++ (Blackman and Vigna), seeded by SplitMix64. Every component of every chunk of
//! trials has a stream of its own, so that the n-th trial does not depend on how many are asked
//! for. Normal numbers come from a ziggurat of 256 layers whose table is computed by `libm`.

use std::sync::OnceLock;

/// One stream.
#[derive(Clone, Debug)]
pub(super) struct Generator {
    state: [u64; 4],
}

fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Generator {
    /// The stream of a component in a chunk.
    pub(super) fn new(seed: u64, chunk: u64, stream: u64) -> Self {
        let mut mixed = seed;
        let mut start = split_mix(&mut mixed) ^ chunk;
        start = split_mix(&mut start) ^ stream.rotate_left(32);
        Self {
            state: [(); 4].map(|()| split_mix(&mut start)),
        }
    }

    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in (0, 1): odd multiples of 2⁻⁵³.
    #[inline]
    pub(super) fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits, exact")]
        let wide = ((self.next() >> 12) * 2 + 1) as f64;
        wide * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Standard normal.
    #[inline]
    pub(super) fn normal(&mut self, table: &Ziggurat) -> f64 {
        let bits = self.next();
        let layer = (bits & 0xff) as usize;
        let size = bits >> 12;
        let (limit, width) = table.fast[layer];
        #[expect(clippy::cast_precision_loss, reason = "52 bits, exact")]
        let x = size as f64 * width;
        let x = if bits & 0x100 == 0 { x } else { -x };
        if size < limit {
            x
        } else {
            self.slow(table, layer, x)
        }
    }

    #[cold]
    fn slow(&mut self, table: &Ziggurat, layer: usize, x: f64) -> f64 {
        if layer == 0 {
            // Marsaglia's tail beyond R.
            loop {
                let a = -libm::log(self.unit()) / R;
                let b = -libm::log(self.unit());
                if b + b > a * a {
                    return if x < 0.0 { -(R + a) } else { R + a };
                }
            }
        }
        let (low, high) = (table.height[layer - 1], table.height[layer]);
        if low + (high - low) * self.unit() < libm::exp(-0.5 * x * x) {
            x
        } else {
            self.normal(table)
        }
    }

    /// χ² of `dof` degrees of freedom, as twice a gamma number (Marsaglia and Tsang 2000).
    pub(super) fn chi_square(&mut self, dof: f64, table: &Ziggurat) -> f64 {
        let shape = 0.5 * dof;
        let (shape, boost) = if shape < 1.0 {
            (shape + 1.0, libm::pow(self.unit(), 1.0 / shape))
        } else {
            (shape, 1.0)
        };
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal(table);
            let v = 1.0 + c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u = self.unit();
            let square = x * x;
            if u < 1.0 - 0.0331 * square * square
                || libm::log(u) < 0.5 * square + d * (1.0 - v + libm::log(v))
            {
                return 2.0 * d * v * boost;
            }
        }
    }
}

/// Start of the tail and area of a layer, for 256 layers.
const R: f64 = 3.654_152_885_361_009;
const AREA: f64 = 0.004_928_673_233_974_655;

/// Tables of the ziggurat.
pub(super) struct Ziggurat {
    /// Below the limit a number lies inside its layer; width of a step there.
    fast: Box<[(u64, f64); 256]>,
    height: Box<[f64; 256]>,
}

impl Ziggurat {
    pub(super) fn table() -> &'static Self {
        static TABLE: OnceLock<Ziggurat> = OnceLock::new();
        TABLE.get_or_init(Self::build)
    }

    fn build() -> Self {
        const STEPS: f64 = 4_503_599_627_370_496.0;
        let density = |x: f64| libm::exp(-0.5 * x * x);
        // Layer 0 is the base with the tail; then from the widest to the top.
        let mut edge = [0.0; 257];
        edge[0] = AREA / density(R);
        edge[1] = R;
        for i in 2..256 {
            let x: f64 = edge[i - 1];
            edge[i] = (-2.0 * libm::log(density(x) + AREA / x)).sqrt();
        }
        let mut fast = Box::new([(0, 0.0); 256]);
        let mut height = Box::new([1.0; 256]);
        for i in 0..256 {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "from 0 to 2^52"
            )]
            let limit = (edge[i + 1] / edge[i] * STEPS) as u64;
            fast[i] = (limit, edge[i] / STEPS);
            height[i] = density(edge[i + 1]);
        }
        Self { fast, height }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_bits() {
        // Reference: xoshiro256++ from state 1, 2, 3, 4.
        let mut g = Generator { state: [1, 2, 3, 4] };
        assert_eq!(
            [g.next(), g.next(), g.next()],
            [41_943_041, 58_720_359, 3_588_806_011_781_223]
        );
        let mut state = 1_234_567;
        assert_eq!(split_mix(&mut state), 6_457_827_717_110_365_317);
    }

    #[test]
    fn moments_of_normal_and_chi_square() {
        let table = Ziggurat::table();
        let mut g = Generator::new(1, 0, 0);
        let n = 2_000_000;
        let (mut sums, mut beyond) = ([0.0; 4], 0);
        for _ in 0..n {
            let x = g.normal(table);
            sums[0] += x;
            sums[1] += x * x;
            sums[2] += x * x * x;
            sums[3] += x * x * x * x;
            beyond += i32::from(x.abs() > 3.8);
        }
        let n = f64::from(n);
        for (sum, (wanted, sd)) in sums.iter().zip([(0.0, 1.0), (1.0, 1.5), (0.0, 4.0), (3.0, 10.0)]) {
            assert!((sum / n - wanted).abs() < 5.0 * sd / n.sqrt(), "{sum}");
        }
        let expected = n * 1.447e-4;
        assert!((f64::from(beyond) - expected).abs() < 5.0 * expected.sqrt());
        for dof in [0.7, 1.0, 4.0, 30.0] {
            let m = 200_000;
            let total: f64 = (0..m).map(|_| g.chi_square(dof, table)).sum();
            let sd = (2.0 * dof / f64::from(m)).sqrt();
            assert!((total / f64::from(m) - dof).abs() < 5.0 * sd, "{dof}");
        }
    }
}
