//! Logistic regression with a penalty on the squares of the weights: the one place that knows the
//! library behind it.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2};

/// Half of this times the sum of the squared weights is added to the loss, which is a sum over the
/// rows. One: a weight that rests on a few rows stays near nought.
const PENALTY: f64 = 1.0;
/// The solver stops here even where it has not converged: the weights have long settled.
const MOST_STEPS: u64 = 200;
/// The gradient at which the solver is content: with this penalty no weight is then further off than
/// that many log-odds, which is far inside what a sample leaves open.
const GRADIENT: f64 = 0.02;

/// What was fitted: a weight for each feature, and the intercept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub(crate) weights: Vec<f64>,
    pub(crate) intercept: f64,
}

/// Rows that are fitted: the features that each has, and whether it was found high.
pub(crate) struct Sample<'r> {
    pub(crate) features: usize,
    pub(crate) rows: Vec<(&'r [usize], bool)>,
}

/// Fits; `None` where there is nothing to tell apart or the solver finds no way down.
pub(crate) fn fit(sample: &Sample<'_>, start: Option<&Weights>) -> Option<Weights> {
    let mut records = Array2::<f64>::zeros((sample.rows.len(), sample.features));
    for (row, (features, _)) in sample.rows.iter().enumerate() {
        for feature in *features {
            records[[row, *feature]] = 1.0;
        }
    }
    let targets: Array1<bool> = sample.rows.iter().map(|(_, high)| *high).collect();
    let mut model =
        LogisticRegression::default().alpha(PENALTY).max_iterations(MOST_STEPS).gradient_tolerance(GRADIENT);
    let rows = sample.rows.len();
    let highs = sample.rows.iter().filter(|(_, high)| *high).count();
    if let Some(start) = start {
        // The library calls the commoner side positive.
        let sign = if highs * 2 > rows { 1.0 } else { -1.0 };
        let parameters = start.weights.iter().chain([&start.intercept]).map(|w| w * sign).collect();
        model = model.initial_params(parameters);
    }
    let fitted = model.fit(&Dataset::new(records, targets)).ok()?;
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let weights: Vec<f64> = fitted.params().iter().map(|w| w * sign).collect();
    let intercept = fitted.intercept() * sign;
    let finite = weights.iter().chain([&intercept]).all(|weight| weight.is_finite());
    finite.then_some(Weights { weights, intercept })
}

impl Weights {
    /// The chance that the model gives a row: used to weigh what a row tells, and shown to nobody.
    pub(crate) fn chance(&self, features: &[usize]) -> f64 {
        let sum: f64 = features.iter().map(|feature| self.weights[*feature]).sum();
        1.0 / (1.0 + (-(sum + self.intercept)).exp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_table_gives_its_log_odds_from_either_start() {
        // Without the feature 200 of 1000 are high, with it 600 of 1000: odds of 1/4 and 3/2.
        let with = [0_usize];
        let rows: Vec<(&[usize], bool)> =
            (0..2000).map(|i| if i < 1000 { (&[][..], i < 200) } else { (&with[..], i < 1600) }).collect();
        for flip in [false, true] {
            let rows = rows.iter().map(|(f, high)| (*f, *high != flip)).collect();
            let sample = Sample { features: 1, rows };
            let cold = fit(&sample, None).unwrap();
            let sign = if flip { -1.0 } else { 1.0 };
            assert!((cold.weights[0] * sign - 6_f64.ln()).abs() < 0.03, "{cold:?}");
            assert!((cold.intercept * sign + 4_f64.ln()).abs() < 0.03, "{cold:?}");
            let warm = fit(&sample, Some(&cold)).unwrap();
            assert!((warm.weights[0] - cold.weights[0]).abs() < 0.02, "{warm:?}");
        }
        assert_eq!(fit(&Sample { features: 1, rows: vec![(&with, true); 50] }, None), None);
    }
}
