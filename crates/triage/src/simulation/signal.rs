//! The simulated score: the true level seen through noise, as well as an area under the curve asks.

use ppn_domain::{Band, Rank};
use statrs::distribution::{ContinuousCDF, Normal};

use super::notices::Level;

/// A signal to a thousandth: scores are whole numbers.
const STEPS: f64 = 1000.0;
/// No notice is raised by more of its family than this.
const MOST_LINKS: u32 = 3;

/// How true levels become signals, and signals ranks.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    /// Standard deviation of the noise on the axis of levels, nought to four.
    pub(super) noise: f64,
    /// What each linked notice adds, in standard deviations.
    pub(super) per_link: f64,
    shares: [f64; 5],
    scale: Scale,
}

#[derive(Debug, Clone)]
enum Scale {
    /// The signal from which red, amber and green begin.
    Bands([f64; 3]),
    /// A signal takes the rank that stands at its place among the force's own, lowest first.
    Own(Vec<Rank>),
}

fn standard() -> Normal {
    Normal::standard()
}

/// The chance that a high or critical notice has the greater signal than one of the rest.
fn auc(shares: &[f64; 5], noise: f64) -> f64 {
    let (mut greater, mut pairs) = (0.0, 0.0);
    for high in Level::ALL.into_iter().filter(|level| level.is_high_risk()) {
        for rest in Level::ALL.into_iter().filter(|level| !level.is_high_risk()) {
            let weight = shares[high.index()] * shares[rest.index()];
            let apart = high.axis() - rest.axis();
            greater += weight * standard().cdf(apart / (noise * std::f64::consts::SQRT_2));
            pairs += weight;
        }
    }
    greater / pairs
}

/// The place between two bounds at which a rising function reaches a value.
fn solve(mut low: f64, mut high: f64, wanted: f64, rising: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if rising(middle) < wanted { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

impl Signal {
    /// A signal with this area under the curve before linking. `own` are the force's own ranks, where a
    /// backlog of its own is replayed; without them `band_shares` set the bands.
    pub(super) fn new(shares: [f64; 5], wanted: f64, band_shares: [f64; 3], own: Vec<Rank>) -> Self {
        // The greater the noise the less it tells; at 0.5 nothing is told, and the bound is as good as that.
        let noise = solve(1e-3, 1e4, -wanted, |noise| -auc(&shares, noise));
        let mut signal =
            Self { noise, per_link: per_link(wanted), shares, scale: Scale::Bands([f64::INFINITY; 3]) };
        signal.scale = if own.is_empty() {
            let mut above = 0.0;
            Scale::Bands(band_shares.map(|share| {
                above += share;
                signal.reached_by(above)
            }))
        } else {
            let mut own = own;
            own.sort_unstable_by_key(|rank| (rank.band, rank.score));
            Scale::Own(own)
        };
        signal
    }

    /// The share of all notices whose signal is below this, before linking.
    fn below(&self, signal: f64) -> f64 {
        let total: f64 = self.shares.iter().sum();
        let parts = Level::ALL
            .into_iter()
            .map(|level| self.shares[level.index()] * standard().cdf((signal - level.axis()) / self.noise));
        parts.sum::<f64>() / total
    }

    /// The signal that this share of notices reaches.
    fn reached_by(&self, share: f64) -> f64 {
        if share <= 0.0 {
            return f64::INFINITY;
        }
        let far = 12.0 * self.noise;
        solve(-far, 4.0 + far, 1.0 - share, |signal| self.below(signal))
    }

    /// The signal of a notice: the half of the noise that is its family's, and its own.
    pub(super) fn of(&self, level: Level, family: f64, own: f64) -> f64 {
        level.axis() + self.noise * (family + own) * std::f64::consts::FRAC_1_SQRT_2
    }

    /// The rank of a signal, raised by links.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are far inside")]
    pub(super) fn rank(&self, signal: f64, links: u32) -> Rank {
        let raised = signal + f64::from(links.min(MOST_LINKS)) * self.per_link * self.noise;
        match &self.scale {
            Scale::Bands([red, amber, green]) => {
                let band = if raised >= *red {
                    Band::Red
                } else if raised >= *amber {
                    Band::Amber
                } else if raised >= *green {
                    Band::Green
                } else {
                    Band::Blue
                };
                Rank { band, score: (raised * STEPS).round() as i32 }
            }
            Scale::Own(ranks) => {
                #[expect(clippy::cast_precision_loss, reason = "a count of notices")]
                let place = (self.below(raised) * ranks.len() as f64) as usize;
                ranks[place.min(ranks.len() - 1)]
            }
        }
    }
}

/// Standard deviations that a linked notice adds: 1.1 up to an area of 0.7, 0.6 from 0.8 on, and evenly
/// between: the less a score knows by itself, the more the history adds.
fn per_link(auc: f64) -> f64 {
    (1.1 - 5.0 * (auc - 0.7)).clamp(0.6, 1.1)
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "counts, far inside what is exact")]
mod tests {
    use super::*;
    use crate::simulation::draws::Chance;
    use crate::simulation::settings::Settings;

    #[test]
    fn the_noise_gives_the_area_asked_for_and_bands_their_shares() {
        let shares = Settings::default().level_shares(1.0);
        for wanted in [0.6, 0.7, 0.8, 0.9] {
            let signal = Signal::new(shares, wanted, [0.03, 0.09, 0.33], Vec::new());
            let mut chance = Chance::new(5, 1);
            let mut drawn: Vec<(f64, bool, Band)> = (0..60_000)
                .map(|_| {
                    let level = chance.level(&shares);
                    let s = signal.of(level, chance.normal(), chance.normal());
                    (s, level.is_high_risk(), signal.rank(s, 0).band)
                })
                .collect();
            for (band, share) in [(Band::Red, 0.03), (Band::Amber, 0.09), (Band::Green, 0.33)] {
                let counted = drawn.iter().filter(|(_, _, b)| *b == band).count() as f64 / 60_000.0;
                assert!((counted - share).abs() < 0.006, "{wanted}: {band} {counted}");
            }
            // The area is the mean rank of the positives (Mann and Whitney).
            drawn.sort_by(|a, b| a.0.total_cmp(&b.0));
            let positives = drawn.iter().filter(|(_, high, _)| *high).count() as f64;
            let ranks: f64 = drawn.iter().enumerate().filter(|(_, d)| d.1).map(|(i, _)| (i + 1) as f64).sum();
            let measured =
                (ranks - positives * (positives + 1.0) / 2.0) / (positives * (60_000.0 - positives));
            assert!((measured - wanted).abs() < 0.01, "{wanted}: {measured}");
        }
    }

    #[test]
    fn links_raise_and_stop_at_three() {
        let signal = Signal::new(Settings::default().level_shares(1.0), 0.8, [0.03, 0.09, 0.33], Vec::new());
        let scores: Vec<i32> = (0..6).map(|links| signal.rank(0.5, links).score).collect();
        assert!(scores.is_sorted() && scores[0] < scores[1] && scores[2] < scores[3], "{scores:?}");
        assert_eq!(scores[3], scores[5]);
        assert!((per_link(0.7) - 1.1).abs() < 1e-9 && (per_link(0.8) - 0.6).abs() < 1e-9);
    }

    #[test]
    fn with_ranks_of_ones_own_a_signal_takes_the_one_at_its_place() {
        let own: Vec<Rank> = (0..100).map(|score| Rank { band: Band::Green, score }).collect();
        let signal = Signal::new(Settings::default().level_shares(1.0), 0.8, [0.0; 3], own);
        assert_eq!(signal.rank(-1e9, 0).score, 0);
        assert_eq!(signal.rank(1e9, 0).score, 99);
        let middle = signal.rank(signal.reached_by(0.5), 0).score;
        assert!((49..=50).contains(&middle), "{middle}");
    }
}
