//! The one source of chance: seeded, so that the same seed gives the same bytes on every machine.

use rand::rngs::ChaCha12Rng;
use rand::{RngExt, SeedableRng};

/// Seeded chance with the few shapes of choice that the generator needs.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha12Rng);

impl Dice {
    /// Dice for one purpose; purposes under one seed don't repeat each other.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed ^ purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
    }

    /// True so many times in a hundred.
    pub(crate) fn percent(&mut self, times: u32) -> bool {
        self.0.random_range(0..100_u32) < times
    }

    /// True so many times in a thousand.
    pub(crate) fn per_mille(&mut self, times: u32) -> bool {
        self.0.random_range(0..1000_u32) < times
    }

    /// A whole number from `low` to `high`, both included; `low` where they are the wrong way round.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        if low >= high { low } else { self.0.random_range(low..=high) }
    }

    /// An index below `len`; nought where there is nothing to choose from.
    pub(crate) fn below(&mut self, len: usize) -> usize {
        // Drawn as u64: a usize would draw other bytes on a 32-bit machine.
        let len = u64::try_from(len).unwrap_or(u64::MAX);
        if len == 0 { 0 } else { usize::try_from(self.0.random_range(0..len)).unwrap_or(0) }
    }

    /// One of these.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> Option<&'a T> {
        of.get(self.below(of.len())).copied()
    }

    /// One of these words; empty where there are none.
    pub(crate) fn word<'a>(&mut self, of: &[&'a str]) -> &'a str {
        self.pick(of).unwrap_or("")
    }

    /// An index by weight; nought where all weights are nought.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u32> + Clone) -> usize {
        let total: u32 = weights.clone().sum();
        if total == 0 {
            return 0;
        }
        let mut left = self.0.random_range(0..total);
        for (index, weight) in weights.enumerate() {
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Roughly a bell around nought with a spread of a hundred, from a sum of twelve draws.
    pub(crate) fn bell(&mut self) -> i64 {
        (0..12).map(|_| self.between(-50, 50)).sum::<i64>()
    }

    /// A number from nought up to but not including one.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random_range(0.0..1.0)
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Roughly a bell around nought with a spread of one, from a sum of twelve draws.
    pub(crate) fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// The time to the next of what comes at random once in a unit of time.
    pub(crate) fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }
}
