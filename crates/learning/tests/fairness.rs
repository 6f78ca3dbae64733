//! The fairness report counts as it says, and the order never reads what it reports by.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use ppn_demo::backlog;
use ppn_domain::notice::codes::Sex;
use ppn_domain::{Band, Notice, Timestamp};
use ppn_learning::fairness::{Figures, SMALLEST_GROUP};
use ppn_learning::{Attribute, Fairness, Found, Gathered, fairness};
use ppn_triage::{DEFAULT_POLICY, Policy, RankedItem, rank};

fn ranked(notices: &[Notice]) -> Vec<RankedItem> {
    rank(&Policy::from_toml(DEFAULT_POLICY).unwrap(), ppn_ingestion::profiles, notices.to_vec(), &[])
}

fn gathered(notices: &[Notice]) -> Gathered {
    let mut gathered = Gathered::default();
    for notice in notices {
        gathered.add(notice);
    }
    gathered
}

fn waiting() -> Vec<Notice> {
    backlog(3, Timestamp::parse_rfc3339("2026-11-20T06:00:00Z").unwrap()).waiting
}

fn figures(report: &Fairness, attribute: Attribute, group: &str) -> Option<Figures> {
    let table = report.tables.iter().find(|t| t.attribute == attribute && t.desk.is_none()).unwrap();
    table.groups.iter().find(|line| line.group == group).and_then(|line| line.figures.clone())
}

/// Sex and ethnicity of everybody, moved on by one person.
fn permuted(notices: &[Notice]) -> Vec<Notice> {
    let mut notices = notices.to_vec();
    let mut everybody: Vec<(Option<Sex>, Option<String>)> =
        notices.iter().flat_map(|n| &n.persons).map(|p| (p.sex, p.ethnicity.clone())).collect();
    everybody.rotate_right(1);
    for (person, (sex, ethnicity)) in notices.iter_mut().flat_map(|n| &mut n.persons).zip(everybody) {
        person.sex = sex;
        person.ethnicity = ethnicity;
    }
    notices
}

#[test]
fn with_other_sexes_and_ethnicities_the_order_is_the_same_and_the_report_is_not() {
    let notices = waiting();
    let other = permuted(&notices);
    assert_ne!(notices, other);
    let (items, other_items) = (ranked(&notices), ranked(&other));
    assert_eq!(items, other_items);
    let before = fairness(&gathered(&notices).monitored(&items));
    let after = fairness(&gathered(&other).monitored(&other_items));
    assert_ne!(figures(&before, Attribute::Sex, "Female"), figures(&after, Attribute::Sex, "Female"));
    assert_eq!(before.people, after.people);
}

#[test]
fn everybody_is_counted_once_in_each_attribute() {
    let notices = waiting();
    let report = fairness(&gathered(&notices).monitored(&ranked(&notices)));
    let about: usize = notices.iter().map(|notice| ppn_learning::groups::people(notice).len()).sum();
    assert_eq!(report.people, about);
    for table in report.tables.iter().filter(|table| table.desk.is_none()) {
        let told: usize =
            table.groups.iter().filter_map(|line| line.figures.as_ref()).map(|f| f.people).sum();
        let withheld = table.groups.iter().filter(|line| line.figures.is_none()).count();
        assert!(told <= about && (withheld > 0 || told == about), "{:?}", table.attribute);
        assert_eq!(table.unrecorded.unwrap().of, about);
        assert_ne!(withheld, 1, "one alone could be reckoned from the others");
    }
}

#[test]
fn outcomes_give_waits_misses_and_shares() {
    let notices: Vec<Notice> = (0..40)
        .map(|i| {
            let sex = if i % 2 == 0 { "female" } else { "male" };
            serde_json::from_str(&format!(
                r#"{{"source":"s","reference":"{i}","kind":"child","submitted_at":"2026-05-20T12:00:00Z","circumstances":"x",
                "persons":[{{"roles":["subject","victim"],"sex":"{sex}","estimated_age":12}},{{"roles":["suspect"],"sex":"male"}}]}}"#
            ))
            .unwrap()
        })
        .collect();
    let items = ranked(&notices);
    assert!(items.iter().all(|item| item.band.is_low()), "quiet notices");
    let mut gathered = gathered(&notices);
    for (i, notice) in notices.iter().enumerate() {
        let found = Found {
            opened_at: Timestamp::parse_rfc3339("2026-05-20T18:00:00Z").unwrap(),
            band: Some(if i < 20 { Band::Red } else { Band::Green }),
            grade: None,
            outcome: Some(if i < 10 { "shared" } else { "no_further_action" }.to_owned()),
        };
        assert!(gathered.find(&notice.source, &notice.reference, found.clone()));
        assert!(!gathered.find(&notice.source, "none", found));
    }
    let report = fairness(&gathered.monitored(&items));
    assert_eq!(report.people, 40);
    let female = figures(&report, Attribute::Sex, "Female").unwrap();
    assert_eq!(female.people, 20);
    assert!((female.waited_hours.unwrap().value - 6.0).abs() < 1e-9);
    let (high, missed, shared) = (female.found_high.unwrap(), female.missed.unwrap(), female.shared.unwrap());
    assert_eq!((high.count, high.of), (10, 20));
    assert_eq!((missed.count, missed.of), (10, SMALLEST_GROUP));
    assert_eq!((shared.count, shared.of), (5, 20));
    assert_eq!(female.in_time.unwrap().count, 20);
    assert!(female.links_confirmed.is_none());
}
