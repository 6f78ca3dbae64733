//! A fit of outcomes whose truth is known.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

mod simulated;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ppn_domain::{Band, Desk};
use ppn_learning::fit::{FEWEST_HIGHS, FEWEST_OUTCOMES, Slice};
use ppn_learning::{FitError, FitOptions, Fitted, Row, fit, propose};
use ppn_triage::{DEFAULT_POLICY, Policy};
use simulated::{Simulated, TRUTH};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());
static MADE: LazyLock<Simulated> = LazyLock::new(|| simulated::simulated(1, 3_000));
/// Fewer resamples than a person would ask for: the width of an interval is not what is tested.
const OPTIONS: FitOptions = FitOptions { seed: 1, resamples: 20 };
static FITTED: LazyLock<Fitted> = LazyLock::new(|| fit(&rows(3_000), &POLICY, OPTIONS).unwrap());

fn rows(known: usize) -> Vec<Row> {
    MADE.gathered(known).rows(&POLICY, &MADE.items)
}

#[test]
fn the_fit_recovers_the_order_of_the_truth() {
    let points: BTreeMap<String, i32> = FITTED.points();
    let found: Vec<(f64, i32)> = TRUTH.iter().map(|(rule, odds)| (*odds, points[*rule])).collect();
    for (odds, points) in &found {
        for (other_odds, other_points) in &found {
            // Truths that are close may change places by chance.
            if odds - other_odds > 0.7 {
                assert!(points > other_points, "{odds} {other_odds}: {found:?}");
            }
        }
    }
    let strongest = FITTED.suggestions.iter().find(|s| s.rule == TRUTH[0].0).unwrap();
    assert!(strongest.low > strongest.present && !strongest.holds_present(), "{strongest:?}");
    assert!(FITTED.suggestions.iter().all(|s| s.points >= 1 && s.low <= s.points && s.points <= s.high));
}

#[test]
fn the_fitted_points_order_notices_that_they_did_not_see_better_than_the_present_ones() {
    let all = FITTED.order.iter().find(|order| order.of == Slice::All).unwrap();
    let (present, fitted) = (all.present.unwrap(), all.fitted.unwrap());
    assert!(fitted.value > present.value + 0.05, "{present:?} {fitted:?}");
    assert!(fitted.low > 0.5 && fitted.high < 1.0);
    assert_eq!((all.items, all.highs), (FITTED.outcomes, FITTED.highs));
    let kinds = FITTED.order.iter().filter(|order| matches!(order.of, Slice::Kind(_)));
    assert_eq!(kinds.map(|order| order.items).sum::<usize>(), all.items);
    assert!(FITTED.order.iter().any(|order| matches!(order.of, Slice::Group(..)) && order.fitted.is_some()));
}

#[test]
fn the_average_notice_keeps_its_total_and_no_floor_moves() {
    let points = FITTED.points();
    let rows = rows(3_000);
    let total = |of: &dyn Fn(&str) -> i32| -> i32 {
        rows.iter().flat_map(|row| &row.fired).filter(|id| points.contains_key(*id)).map(|id| of(id)).sum()
    };
    let present: BTreeMap<&str, i32> =
        FITTED.suggestions.iter().map(|s| (s.rule.as_str(), s.present)).collect();
    let (before, after) = (total(&|id| present[id]), total(&|id| points[id]));
    assert!((before - after).abs() * 50 < before, "{before} {after}");

    let proposed = Policy::from_toml(&propose(&POLICY, &points)).unwrap();
    let floors = |policy: &Policy| -> Vec<(String, Option<Band>)> {
        ppn_triage::explain::entries(policy).into_iter().map(|entry| (entry.id, entry.floor)).collect()
    };
    assert_eq!(floors(&POLICY), floors(&proposed));
    assert_eq!(proposed.reference().version, format!("{}+fit", POLICY.reference().version));
}

#[test]
fn the_same_rows_and_seed_give_the_same_report() {
    let few = FitOptions { resamples: 5, ..OPTIONS };
    let rows = rows(1_500);
    assert_eq!(fit(&rows, &POLICY, few), fit(&rows, &POLICY, few));
}

#[test]
fn too_few_say_so_with_their_counts() {
    let outcomes = FEWEST_OUTCOMES - 1;
    let error = fit(&rows(outcomes), &POLICY, OPTIONS).unwrap_err();
    let highs = MADE.found.iter().take(outcomes).filter(|found| found.band == Some(Band::Red)).count();
    assert_eq!(error, FitError::TooFew { outcomes, highs });
    assert!(error.to_string().contains(&format!("{outcomes} found outcomes, of them {highs} found high")));

    // Enough outcomes, and one high too few.
    let mut rows = rows(2_000);
    let mut left = FEWEST_HIGHS - 1;
    let mut kept = std::collections::BTreeSet::new();
    for row in &mut rows {
        if row.high && !kept.contains(&row.notice) {
            if left == 0 {
                row.high = false;
                continue;
            }
            left -= 1;
            kept.insert(row.notice);
        }
    }
    assert!(
        matches!(fit(&rows, &POLICY, OPTIONS), Err(FitError::TooFew { highs, .. }) if highs == FEWEST_HIGHS - 1)
    );
}

#[test]
fn a_desk_with_few_found_highs_is_left_out_and_said_so() {
    let mut rows = rows(3_000);
    rows.iter_mut().filter(|row| row.desk == Desk::Adult).for_each(|row| row.high = false);
    let fitted = fit(&rows, &POLICY, FitOptions { resamples: 2, ..OPTIONS }).unwrap();
    let adult = fitted.desks.iter().find(|desk| desk.desk == Desk::Adult).unwrap();
    assert!(!adult.fitted && adult.highs == 0 && adult.items > 0);
    assert!(fitted.too_seldom.iter().any(|rule| rule == "adult_mental_health"));
}
