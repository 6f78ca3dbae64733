//! Estimates with 95 % intervals.

use serde::Serialize;

/// A share of a count, with its 95 % interval after Wilson.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// How many.
    pub count: usize,
    /// Of how many.
    pub of: usize,
    /// The share, between 0 and 1.
    pub share: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// 1.96 standard errors hold 95 %.
const Z: f64 = 1.959_963_984_540_054;

#[expect(clippy::cast_precision_loss, reason = "counts of notices are far below 2^52")]
pub(crate) const fn real(count: usize) -> f64 {
    count as f64
}

impl Share {
    /// The share of a count; `None` of nothing.
    ///
    /// The interval is that of Wilson (1927), which holds near 0 and 1 and in small counts.
    pub fn of(count: usize, of: usize) -> Option<Self> {
        if of == 0 {
            return None;
        }
        let (n, share) = (real(of), real(count) / real(of));
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        let (low, high) = (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0));
        Some(Self { count, of, share, low, high })
    }
}

impl Estimate {
    /// A figure with the middle 95 % of its resampled values; the figure alone where there are none.
    pub(crate) fn from_resampled(value: f64, mut resampled: Vec<f64>) -> Self {
        resampled.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| quantile(&resampled, share).unwrap_or(value);
        Self { value, low: at(0.025).min(value), high: at(0.975).max(value) }
    }
}

/// The value below which a share of sorted values lies, between neighbours in proportion.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share * real(last);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - place.floor()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        // 10 of 50: 0.1124 to 0.3304, as tables have it.
        let share = Share::of(10, 50).unwrap();
        assert!((share.low - 0.1124).abs() < 1e-4 && (share.high - 0.3304).abs() < 1e-4, "{share:?}");
        let none = Share::of(0, 10).unwrap();
        assert!(none.low == 0.0 && (none.high - 0.2775).abs() < 1e-4, "{none:?}");
        assert_eq!(Share::of(0, 0), None);
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[1.0, 2.0], 0.25), Some(1.25));
    }
}
