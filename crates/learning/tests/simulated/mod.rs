//! Outcomes whose truth is known: notices of the invented force, found high by a chosen law on some
//! of the rules that fire.

use std::collections::HashMap;

use ppn_demo::stream;
use ppn_domain::{Band, Notice, Span, Timestamp};
use ppn_learning::{Found, Gathered};
use ppn_triage::{DEFAULT_POLICY, Policy, RankedItem, rank};
use rand::rngs::ChaCha12Rng;
use rand::{RngExt, SeedableRng};

/// What makes a notice truly high, in log-odds: rules that fire often, in an order that is far from
/// that of their points.
pub const TRUTH: [(&str, f64); 8] = [
    ("low_or_suicidal", 2.4),
    ("children_hurt", 2.0),
    ("adult_mental_health", 1.6),
    ("worse", 1.2),
    ("child_neglect", 0.8),
    ("control", 0.0),
    ("officer_said_high", 0.0),
    ("small_child", 0.0),
];

/// The log-odds of a notice for which none of them fires.
const NOTHING: f64 = -3.6;

pub struct Simulated {
    pub notices: Vec<Notice>,
    pub items: Vec<RankedItem>,
    /// What was found, in the order of the notices.
    pub found: Vec<Found>,
}

/// So many notices with what was found about each.
pub fn simulated(seed: u64, count: usize) -> Simulated {
    let as_of = Timestamp::parse_rfc3339("2026-11-20T06:00:00Z").unwrap();
    let notices: Vec<Notice> = stream(seed, as_of).take(count).collect();
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let items = rank(&policy, ppn_ingestion::profiles, notices.clone(), &[]);
    let mut fired: HashMap<&str, Vec<&str>> = HashMap::new();
    for item in items.iter().filter(|item| item.desk.is_assessed()) {
        fired.entry(&item.reference).or_default().extend(item.reasons.iter().map(|r| r.rule.as_str()));
    }
    let mut rng = ChaCha12Rng::seed_from_u64(seed ^ 0xF0);
    let found = notices
        .iter()
        .map(|notice| {
            let rules = &fired[notice.reference.as_str()];
            let odds: f64 = TRUTH.iter().filter(|(rule, _)| rules.contains(rule)).map(|(_, odds)| odds).sum();
            let high = rng.random_bool(1.0 / (1.0 + (-(NOTHING + odds)).exp()));
            let waited = Span::hours(rng.random_range(1..200));
            Found {
                opened_at: notice.submitted_at.unwrap_or(as_of) + waited,
                band: Some(if high { Band::Red } else { Band::Green }),
                grade: None,
                outcome: Some(if high { "strategy_discussion" } else { "no_further_action" }.to_owned()),
            }
        })
        .collect();
    Simulated { notices, items, found }
}

impl Simulated {
    /// The notices with what was found about the first so many of them.
    pub fn gathered(&self, known: usize) -> Gathered {
        let mut gathered = Gathered::default();
        for notice in &self.notices {
            gathered.add(notice);
        }
        for (notice, found) in self.notices.iter().zip(&self.found).take(known) {
            assert!(gathered.find(&notice.source, &notice.reference, found.clone()));
        }
        gathered
    }
}
