//! The eighteen worked cases, retold from an inspection, against the bands that they deserve.

use std::collections::BTreeMap;

use ppn_domain::{Band, Desk, Notice};
use ppn_triage::{DEFAULT_POLICY, Policy, RankedItem, rank};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Expected {
    expect: Vec<Expect>,
    ordering: Vec<Ordering>,
}

#[derive(Debug, Deserialize)]
struct Expect {
    case: String,
    reference: String,
    desk: Desk,
    band: Vec<Band>,
    needs: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Ordering {
    set: u32,
    before: Place,
    after: Place,
    needs: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Place {
    reference: String,
    desk: Desk,
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(ppn_tests::root().join("tests/fixtures/cases").join(name)).unwrap()
}

fn ranked() -> Vec<RankedItem> {
    let notices: Vec<Notice> = fixture("all.ndjson")
        .lines()
        .map(|line| ppn_ingestion::read_notice(line.as_bytes(), ppn_tests::NOON).unwrap().notice)
        .collect();
    rank(&Policy::from_toml(DEFAULT_POLICY).unwrap(), ppn_ingestion::profiles, notices, &[])
}

fn by_place(items: &[RankedItem]) -> BTreeMap<(&str, Desk), &RankedItem> {
    items.iter().map(|i| ((i.reference.as_str(), i.desk), i)).collect()
}

/// What stands in structured fields or in the words of the narrative is found. A case that needs other
/// notices may still fall short; which do is printed, and none of them may be lost from a desk.
#[test]
fn every_case_comes_to_its_band() {
    let expected: Expected = toml::from_str(&fixture("expected.toml")).unwrap();
    let items = ranked();
    let placed = by_place(&items);
    let mut wrong = Vec::new();
    let mut short = 0;
    for e in &expected.expect {
        let given = placed.get(&(e.reference.as_str(), e.desk)).map(|i| i.band);
        let met = given.is_some_and(|b| e.band.contains(&b));
        println!(
            "{:4} {:6} {:15} expected {:?} given {given:?}{}",
            e.case,
            e.reference,
            e.desk.code(),
            e.band,
            if met { String::new() } else { format!("  <- needs {:?}", e.needs) }
        );
        if !met && e.needs.is_empty() {
            wrong.push((&e.reference, e.desk, given));
        }
        short += usize::from(!met);
    }
    println!("{} of {} met", expected.expect.len() - short, expected.expect.len());
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn ordering_sets_hold() {
    let expected: Expected = toml::from_str(&fixture("expected.toml")).unwrap();
    let items = ranked();
    let placed = by_place(&items);
    for o in expected.ordering.iter().filter(|o| o.needs.is_empty()) {
        let position = |p: &Place| placed[&(p.reference.as_str(), p.desk)].position;
        assert_eq!(o.before.desk, o.after.desk);
        assert!(position(&o.before) < position(&o.after), "set {}: {o:?}", o.set);
    }
}
