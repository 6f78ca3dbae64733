//! Explanations hold what the policy says and what the list shows, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use std::sync::LazyLock;

use ppn_domain::{Band, Desk, Notice};
use ppn_triage::explain::{contents, entries, explain, explain_item, near};
use ppn_triage::{DEFAULT_POLICY, Policy, RankedItem, facts, rank};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());

/// The built-in policy with one more cluster and one more question at its end.
fn with_more() -> Policy {
    Policy::from_toml(&format!(
        "{DEFAULT_POLICY}
[[cluster]]
id = \"test_cluster\"
label = \"Test cluster\"
desks = [\"child\", \"adult\"]
all = [\"child_left_alone\", {{ any = [\"pregnant\", {{ fact = \"dash_yes_answers\", at_least = 3 }}] }}]
band = \"amber\"
points = 7
text = \"Together: {{who}}.\"
source = \"A test\"

[[question]]
id = \"ask_test\"
desks = [\"child\"]
kinds = [\"child\"]
fact = \"child_left_alone\"
when = \"pregnant\"
text = \"Was the child alone?\"
"
    ))
    .unwrap()
}

/// One notice for every fact that has an example.
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

fn ranked() -> Vec<RankedItem> {
    let quiet = r#"{"source":"example","reference":"Q","kind":"adult","circumstances":"A lost purse. No safeguarding concerns.",
        "persons":[{"roles":["subject"],"estimated_age":40}]}"#;
    let mut notices = examples();
    notices.push(serde_json::from_str(quiet).unwrap());
    rank(&POLICY, ppn_ingestion::profiles, notices, &[])
}

#[test]
fn a_cluster_says_what_it_asks_and_where_it_stands() {
    let policy = with_more();
    let entry = explain(&policy, "test_cluster").unwrap().entry.unwrap();
    assert_eq!(policy.text().lines().nth(entry.line - 1), Some("id = \"test_cluster\""));
    assert_eq!((entry.section.as_str(), entry.points, entry.floor), ("cluster", Some(7), Some(Band::Amber)));
    assert_eq!(entry.desks, ["child", "adult"]);
    assert_eq!(entry.asks[0], "all of these:");
    assert!(entry.asks[1].starts_with("  ") && entry.asks[1].ends_with(" (child_left_alone)"));
    assert_eq!(entry.asks[2], "  any of these:");
    assert!(entry.asks[3].starts_with("    ") && entry.asks[3].ends_with(" (pregnant)"));
    assert!(entry.asks[4].ends_with(": 3 or more (dash_yes_answers)"), "{:?}", entry.asks);
    let rests_on: Vec<_> = entry.rests_on.iter().map(|fact| fact.id.as_str()).collect();
    assert_eq!(rests_on, ["child_left_alone", "pregnant", "dash_yes_answers"]);
    assert!(entry.rests_on.iter().all(|fact| !fact.meaning.is_empty() && !fact.found_in.is_empty()));
    assert_eq!((entry.text.as_deref(), entry.source.as_deref()), (Some("Together: {who}."), Some("A test")));
    assert!(entry.more.is_empty());
}

#[test]
fn a_fact_names_everything_that_asks_for_it() {
    let policy = with_more();
    let named = explain(&policy, "child_left_alone").unwrap();
    let fact = named.fact.unwrap();
    let asked_by: Vec<_> = fact.asked_by.iter().map(|a| (a.section.as_str(), a.id.as_str())).collect();
    assert!(asked_by.contains(&("cluster", "test_cluster")), "{asked_by:?}");
    assert!(asked_by.contains(&("question", "ask_test")), "{asked_by:?}");
    let question = explain(&policy, "ask_test").unwrap().entry.unwrap();
    assert_eq!((question.kinds.as_slice(), question.rests_on.len()), (["child".to_owned()].as_slice(), 2));
}

#[test]
fn every_entry_of_the_policy_is_there_with_its_line_and_its_facts() {
    let lines: Vec<&str> = DEFAULT_POLICY.lines().collect();
    let ids = lines.iter().filter(|line| line.starts_with("id = ")).count();
    let all = entries(&POLICY);
    assert_eq!(all.len(), ids);
    for entry in &all {
        assert_eq!(lines[entry.line - 1], format!("id = \"{}\"", entry.id));
        // A cue states a fact: it has neither desk nor text of its own.
        let speaks = !entry.desks.is_empty() && entry.text.is_some();
        assert!(speaks || entry.section == "cue", "{}", entry.id);
    }
    let rests = |section: &str| all.iter().filter(|e| e.section == section).all(|e| !e.rests_on.is_empty());
    assert!(["factor", "floor", "cluster", "question"].into_iter().all(rests));
    let contents = contents(&POLICY);
    let clusters = lines.iter().filter(|line| **line == "[[cluster]]").count();
    assert_eq!(contents.sections["cluster"], clusters);
    assert_eq!(contents.hash, POLICY.reference().hash);
}

#[test]
fn a_slip_is_told_the_nearest_names() {
    assert_eq!(near(&POLICY, "strangulaton")[0], "strangulation");
    assert!(near(&POLICY, "qqqqqqqqqqqq").is_empty());
    assert!(explain(&POLICY, "strangulaton").is_none());
}

#[test]
fn the_reasons_of_an_item_add_up_to_its_points_and_account_for_its_band() {
    let items = ranked();
    let mut bands = std::collections::BTreeSet::new();
    for item in &items {
        let told = explain_item(&POLICY, item);
        assert_eq!(told.steps.len(), item.reasons.len());
        assert_eq!(told.steps.last().map_or(0, |step| step.total), item.score, "{}", item.reference);
        assert!(!told.band_because.is_empty());
        if let Some(begin) = told.bands_begin {
            bands.insert(item.band);
            let by_points = begin.of(item.band).is_some_and(|least| item.score >= least);
            let by_floor = item.reasons.iter().any(|reason| reason.floor == Some(item.band));
            let says = told.band_because.join(" ");
            assert_eq!(says.contains("begins at"), by_points, "{says}");
            assert_eq!(says.contains("whatever the points"), by_floor, "{says}");
            if let Some(next) = told.to_next {
                assert_eq!(begin.of(next.band), Some(item.score + next.points));
                assert!(next.band > item.band);
            }
        } else {
            assert!(!item.desk.is_assessed());
        }
    }
    assert_eq!(bands.len(), 4, "the examples reach every band: {bands:?}");
    assert!(items.iter().any(|item| item.desk == Desk::Share));
}

#[test]
fn every_reason_on_a_list_can_be_explained() {
    let items = ranked();
    let rules: std::collections::BTreeSet<&str> =
        items.iter().flat_map(|item| &item.reasons).map(|reason| reason.rule.as_str()).collect();
    assert!(rules.contains("little_known") && rules.contains("open_to_social_care"));
    for rule in rules {
        assert!(explain(&POLICY, rule).is_some(), "{rule}");
    }
    assert_eq!(near(&POLICY, "little_knwon"), ["little_known"]);
}
