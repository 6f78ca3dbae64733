//! What a second policy would change, and that every lowering is named.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use ppn_domain::{Band, Desk, Notice, Rank};
use ppn_triage::compare::{Turn, Weight};
use ppn_triage::{Comparison, DEFAULT_POLICY, Policy, RankedItem, compare, facts, rank};
use proptest::prelude::*;

fn examples() -> Vec<Notice> {
    facts::describe()
        .iter()
        .enumerate()
        .filter_map(|(i, fact)| {
            // The example of a fact from history is a list.
            let mut notice: Notice = serde_json::from_str(&fact.example).ok()?;
            notice.reference = format!("E-{i}");
            Some(notice)
        })
        .collect()
}

fn ranked(policy: &str) -> Vec<RankedItem> {
    rank(&Policy::from_toml(policy).unwrap(), ppn_ingestion::profiles, examples(), &[])
}

/// The built-in policy with another number on the line after a rule's band or test.
fn with_points(rule: &str, points: i32) -> String {
    let start = DEFAULT_POLICY.find(&format!("id = \"{rule}\"")).unwrap();
    let at = start + DEFAULT_POLICY[start..].find("\npoints = ").unwrap() + 1;
    let end = at + DEFAULT_POLICY[at..].find('\n').unwrap();
    format!("{}points = {points}{}", &DEFAULT_POLICY[..at], &DEFAULT_POLICY[end..])
}

fn without_floor(rule: &str) -> String {
    let start = DEFAULT_POLICY.find(&format!("id = \"{rule}\"")).unwrap();
    let at = start + DEFAULT_POLICY[start..].find("band = \"red\"").unwrap();
    format!("{}band = \"green\"{}", &DEFAULT_POLICY[..at], &DEFAULT_POLICY[at + 12..])
}

fn against_default(policy: &str) -> Comparison {
    compare(&ranked(DEFAULT_POLICY), &ranked(policy))
}

#[test]
fn the_same_policy_changes_nothing() {
    let same = against_default(DEFAULT_POLICY);
    assert!(same.changes.is_empty() && same.opened.is_empty() && same.not_opened.is_empty());
    assert!(same.desks.values().all(|desk| desk.before == desk.after && desk.items > 0));
}

#[test]
fn a_raised_rule_raises_what_it_fired_for_and_moves_the_others() {
    let told = against_default(&with_points("strangulation", 90));
    assert_eq!(told.lowerings().count(), 0);
    let raised: Vec<_> = told.changes.iter().filter(|c| c.turn == Turn::MorePoints).collect();
    assert!(!raised.is_empty());
    for change in raised {
        let of = &change.reasons;
        assert_eq!((of.len(), of[0].rule.as_str()), (1, "strangulation"));
        let weights = (
            Weight { points: Some(40), floor: Some(Band::Red) },
            Weight { points: Some(90), floor: Some(Band::Red) },
        );
        assert_eq!((of[0].before, of[0].after), (Some(weights.0), Some(weights.1)));
        assert_eq!(change.after.score - change.before.score, 50);
    }
    assert!(told.changes.iter().any(|c| c.turn == Turn::PlaceAlone && c.before.position < c.after.position));
}

#[test]
fn a_lowering_is_named_and_counted() {
    let told = against_default(&without_floor("strangulation"));
    let child = &told.desks[&Desk::Child];
    assert!(child.lower_band > 0);
    assert!(child.after[&Band::Red] < child.before[&Band::Red]);
    let first = &told.changes[0];
    assert!(first.turn == Turn::LowerBand && first.turn.is_lowering());
    assert_eq!(first.reasons[0].after.unwrap().floor, Some(Band::Green));
    let fewer = against_default(&with_points("strangulation", 1));
    assert!(fewer.lowerings().any(|c| c.turn == Turn::FewerPoints));
}

#[test]
fn other_thresholds_and_limits_show_though_no_reason_changes() {
    let lower =
        DEFAULT_POLICY.replacen("child = { red = 220, amber = 40,", "child = { red = 220, amber = 14,", 1);
    let told = compare(&ranked(&lower), &ranked(DEFAULT_POLICY));
    assert!(told.changes.iter().any(|c| c.turn == Turn::LowerBand && c.reasons.is_empty()));
    let sooner = DEFAULT_POLICY.replacen("child = { red = 4,", "child = { red = 2,", 1);
    let told = against_default(&sooner);
    assert!(
        !told.changes.is_empty()
            && told.changes.iter().all(|c| c.turn == Turn::SameRank && c.desk == Desk::Child)
    );
}

proptest! {
    // Each case ranks every example twice.
    #![proptest_config(ProptestConfig::with_cases(12))]
    /// Nothing that falls in (band, points) is missing from the lowerings, and nothing else is among them.
    #[test]
    fn lowerings_are_exactly_what_falls(points in 1..120_i32, place in 0..200_usize) {
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let rules: Vec<_> =
            ppn_triage::explain::entries(&policy).into_iter().filter(|e| e.points.is_some()).collect();
        let changed = with_points(&rules[place % rules.len()].id, points);
        let (before, after) = (ranked(DEFAULT_POLICY), ranked(&changed));
        let told = compare(&before, &after);
        let rank = |item: &RankedItem| Rank { band: item.band, score: item.score };
        let fell = before
            .iter()
            .filter(|old| {
                let new = after.iter().find(|n| n.reference == old.reference && n.desk == old.desk).unwrap();
                rank(new) < rank(old)
            })
            .count();
        prop_assert_eq!(told.lowerings().count(), fell);
        let counted: usize = told.desks.values().map(|desk| desk.lower_band + desk.fewer_points).sum();
        prop_assert_eq!(counted, fell);
    }
}
