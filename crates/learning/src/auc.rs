//! The area under the curve: how often the order puts a found high before one that is not.

use rand::rngs::ChaCha12Rng;
use rand::{RngExt, SeedableRng};

use crate::interval::{Estimate, real};

/// Fewer found highs, or fewer others, than this say nothing about an order.
pub const FEWEST_FOR_AUC: usize = 10;

/// The area with its interval; `None` below [`FEWEST_FOR_AUC`] on either side.
///
/// Each item has its place in the order (the greater is opened earlier) and whether it was found
/// high. Items at the same place count half. The interval comes from `resamples` draws of the items
/// with replacement.
pub(crate) fn auc<K: Ord>(items: &[(K, bool)], resamples: usize, seed: u64) -> Option<Estimate> {
    let highs = items.iter().filter(|(_, high)| *high).count();
    if highs < FEWEST_FOR_AUC || items.len() - highs < FEWEST_FOR_AUC {
        return None;
    }
    // Sorted once: a resample then is a weight an item, and one pass.
    let mut order: Vec<&(K, bool)> = items.iter().collect();
    order.sort_by(|a, b| a.0.cmp(&b.0));
    let ties: Vec<&[&(K, bool)]> = order.chunk_by(|a, b| a.0 == b.0).collect();
    let value = area(&ties, &mut |_| 1)?;
    let mut rng = ChaCha12Rng::seed_from_u64(seed);
    let mut weights = vec![0_usize; items.len()];
    let drawn = (0..resamples)
        .filter_map(|_| {
            weights.fill(0);
            for _ in 0..items.len() {
                weights[rng.random_range(0..items.len())] += 1;
            }
            area(&ties, &mut |place| weights[place])
        })
        .collect();
    Some(Estimate::from_resampled(value, drawn))
}

fn area<K>(ties: &[&[&(K, bool)]], weight: &mut dyn FnMut(usize) -> usize) -> Option<f64> {
    let (mut place, mut others_below, mut highs) = (0, 0.0, 0.0);
    let mut won = 0.0;
    for tie in ties {
        let (mut high, mut other) = (0.0, 0.0);
        for (_, is_high) in *tie {
            let weight = real(weight(place));
            place += 1;
            if *is_high { high += weight } else { other += weight }
        }
        won += high * (others_below + other / 2.0);
        others_below += other;
        highs += high;
    }
    (highs > 0.0 && others_below > 0.0).then(|| won / (highs * others_below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: &[(i32, bool)]) -> Estimate {
        auc(items, 50, 1).unwrap()
    }

    #[test]
    fn a_perfect_order_is_one_a_blind_one_a_half_and_a_wrong_one_nought() {
        let right: Vec<_> = (0..40).map(|i| (i, i >= 20)).collect();
        let wrong: Vec<_> = (0..40).map(|i| (-i, i >= 20)).collect();
        let blind: Vec<_> = (0..40).map(|i| (0, i % 2 == 0)).collect();
        for (items, area) in [(right, 1.0), (wrong, 0.0), (blind, 0.5)] {
            assert!((of(&items).value - area).abs() < 1e-12, "{area}");
        }
        let mixed: Vec<_> = (0..100).map(|i| (i % 10, i % 10 > 4 || i == 3)).collect();
        let mixed = of(&mixed);
        assert!(mixed.low < mixed.value && mixed.value < mixed.high && mixed.high <= 1.0, "{mixed:?}");
    }

    #[test]
    fn too_few_say_nothing() {
        let nine: Vec<_> = (0..40).map(|i| (i, i < FEWEST_FOR_AUC - 1)).collect();
        assert_eq!(auc(&nine, 10, 1), None);
    }
}
