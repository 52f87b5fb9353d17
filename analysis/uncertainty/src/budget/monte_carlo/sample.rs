//! Columns of random values for the inputs of a budget (GUM-S1 §6.4).

use super::super::correlation::{cholesky, matrix};
use super::super::{Budget, Distribution};
use super::generator::{Generator, Ziggurat};
use super::{CHUNK, MonteCarloError, TILE};

/// One component, ready to be drawn.
#[derive(Clone, Copy, Debug)]
enum Draw {
    Normal(f64),
    T(f64, f64),
    Rectangular(f64),
    Triangular(f64),
    Arcsine(f64),
    Trapezoid(f64, f64),
}

/// Everything that is drawn for one chunk of trials.
pub(super) struct Sampler {
    seed: u64,
    means: Vec<f64>,
    /// Components of inputs without correlation.
    draws: Vec<(usize, Draw)>,
    /// Inputs that are correlated, with their row of u·L.
    joint: Vec<(usize, Vec<f64>)>,
}

/// The streams of a chunk.
pub(super) struct Chunk<'a> {
    sampler: &'a Sampler,
    streams: Vec<Generator>,
    joint: Vec<Generator>,
    normals: Vec<Vec<f64>>,
}

impl Sampler {
    pub(super) fn new(budget: &Budget, seed: u64) -> Result<Self, MonteCarloError> {
        let mut sampler = Self {
            seed,
            means: budget.inputs.iter().map(|i| i.value.to_f64()).collect(),
            draws: Vec::new(),
            joint: Vec::new(),
        };
        let correlated = |i: usize| budget.correlations.iter().any(|r| r.a == i || r.b == i);
        let lower = cholesky(&matrix(budget.inputs.len(), &budget.correlations))
            .map_err(|i| MonteCarloError::Correlation(budget.inputs[i].symbol.clone()))?;
        let members: Vec<usize> = (0..budget.inputs.len()).filter(|i| correlated(*i)).collect();
        for (index, input) in budget.inputs.iter().enumerate() {
            if !correlated(index) {
                let draws = input.components.iter().map(|c| (index, draw(c)));
                sampler.draws.extend(draws);
                continue;
            }
            for component in &input.components {
                if !matches!(component.distribution, Distribution::Normal | Distribution::T) {
                    return Err(MonteCarloError::Joint {
                        symbol: input.symbol.clone(),
                        distribution: component.distribution.names().1,
                    });
                }
            }
            let u = input.u();
            let row = members.iter().map(|j| u * lower[index][*j]).collect();
            sampler.joint.push((index, row));
        }
        Ok(sampler)
    }

    pub(super) fn chunk(&self, index: u64) -> Chunk<'_> {
        let stream = |n: usize, first: u64| Generator::new(self.seed, index, first + n as u64);
        Chunk {
            sampler: self,
            streams: (0..self.draws.len()).map(|n| stream(n, 0)).collect(),
            joint: (0..self.joint.len()).map(|n| stream(n, 1 << 20)).collect(),
            normals: vec![vec![0.0; TILE]; self.joint.len()],
        }
    }
}

impl Chunk<'_> {
    /// The next tile of every input.
    pub(super) fn fill(&mut self, inputs: &mut [Vec<f64>]) {
        let table = Ziggurat::table();
        for (column, mean) in inputs.iter_mut().zip(&self.sampler.means) {
            column.fill(*mean);
        }
        for ((index, draw), stream) in self.sampler.draws.iter().zip(&mut self.streams) {
            add(*draw, stream, table, &mut inputs[*index]);
        }
        for (column, stream) in self.normals.iter_mut().zip(&mut self.joint) {
            for z in column.iter_mut() {
                *z = stream.normal(table);
            }
        }
        for (index, row) in &self.sampler.joint {
            for (factor, normals) in row.iter().zip(&self.normals) {
                for (x, z) in inputs[*index].iter_mut().zip(normals) {
                    *x += factor * z;
                }
            }
        }
    }
}

/// Tiles in a chunk.
pub(super) const TILES: usize = CHUNK / TILE;

fn draw(component: &super::super::Component) -> Draw {
    let scale = component.scale;
    match (&component.distribution, component.dof) {
        (Distribution::T, Some(dof)) => Draw::T(scale, dof),
        (Distribution::Normal | Distribution::T, _) => Draw::Normal(scale),
        (Distribution::Rectangular, _) => Draw::Rectangular(scale),
        (Distribution::Triangular, _) => Draw::Triangular(scale),
        (Distribution::Arcsine, _) => Draw::Arcsine(scale),
        (Distribution::Trapezoid(beta), _) => {
            // The sum of two rectangles.
            let beta = beta.to_f64();
            Draw::Trapezoid(scale * (1.0 + beta) / 2.0, scale * (1.0 - beta) / 2.0)
        }
    }
}

fn add(draw: Draw, stream: &mut Generator, table: &Ziggurat, column: &mut [f64]) {
    match draw {
        Draw::Normal(u) => column.iter_mut().for_each(|x| *x += u * stream.normal(table)),
        Draw::T(u, dof) => column.iter_mut().for_each(|x| {
            let z = stream.normal(table);
            *x += u * z * (dof / stream.chi_square(dof, table)).sqrt();
        }),
        Draw::Rectangular(a) => column
            .iter_mut()
            .for_each(|x| *x += a * (2.0 * stream.unit() - 1.0)),
        Draw::Triangular(a) => column
            .iter_mut()
            .for_each(|x| *x += a * (stream.unit() + stream.unit() - 1.0)),
        Draw::Trapezoid(a, b) => column.iter_mut().for_each(|x| {
            *x += a * (2.0 * stream.unit() - 1.0) + b * (2.0 * stream.unit() - 1.0);
        }),
        Draw::Arcsine(a) => column.iter_mut().for_each(|x| {
            // cos 2φ of a random direction, without a trigonometric function.
            *x += loop {
                let (p, q) = (2.0 * stream.unit() - 1.0, 2.0 * stream.unit() - 1.0);
                let square = p * p + q * q;
                if square < 1.0 {
                    break a * (p * p - q * q) / square;
                }
            };
        }),
    }
}
