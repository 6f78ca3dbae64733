//! The eighteen worked cases, retold from an inspection, against the bands that they deserve, and the
//! ordering sets that rest on them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Desk, Notice, Span, Suggestion, Timestamp};
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
}

#[derive(Debug, Deserialize)]
struct Ordering {
    set: u32,
    before: Place,
    after: Place,
}

#[derive(Debug, Deserialize)]
struct Place {
    reference: String,
    desk: Desk,
}

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());
static EXPECTED: LazyLock<Expected> = LazyLock::new(|| toml::from_str(&fixture("expected.toml")).unwrap());
static NOTICES: LazyLock<Vec<Notice>> = LazyLock::new(|| {
    let all = fixture("all.ndjson");
    let read = |line: &str| ppn_ingestion::read_notice(line.as_bytes(), ppn_tests::NOON).unwrap().notice;
    all.lines().map(read).collect()
});
static RANKED: LazyLock<Vec<RankedItem>> = LazyLock::new(|| ranked(NOTICES.clone()));

fn fixture(name: &str) -> String {
    std::fs::read_to_string(ppn_tests::root().join("tests/fixtures/cases").join(name)).unwrap()
}

fn ranked(notices: Vec<Notice>) -> Vec<RankedItem> {
    rank(&POLICY, ppn_ingestion::profiles, notices, &[])
}

fn of_case(case: &str) -> Vec<Notice> {
    NOTICES.iter().filter(|n| n.reference.starts_with(&format!("{case}-"))).cloned().collect()
}

fn at<'i>(items: &'i [RankedItem], reference: &str, desk: Desk) -> &'i RankedItem {
    let found = items.iter().find(|item| item.reference == reference && item.desk == desk);
    found.unwrap_or_else(|| panic!("{reference} has no item at {desk}"))
}

/// Every place that a case deserves, as a line of a table; panics where one is another.
fn case(case: &str) {
    let mut wrong = Vec::new();
    let expected: Vec<&Expect> = EXPECTED.expect.iter().filter(|of| of.case == case).collect();
    assert!(!expected.is_empty(), "{case} expects nothing");
    for of in expected {
        let given = at(&RANKED, &of.reference, of.desk);
        let met = of.band.contains(&given.band);
        println!(
            "{case:4} {:6} {:15} expected {:?}, given {}",
            of.reference,
            of.desk.code(),
            of.band,
            given.band
        );
        if !met {
            wrong.push((&of.reference, of.desk, given.band));
        }
    }
    assert!(wrong.is_empty(), "{case}: {wrong:?}");
}

macro_rules! cases {
    ($($name:ident $case:literal)+) => {
        $(#[test]
        fn $name() {
            case($case);
        })+

        /// No case is left out above.
        #[test]
        fn every_case_has_its_test() {
            let named = [$($case),+];
            assert!(EXPECTED.expect.iter().all(|of| named.contains(&of.case.as_str())));
            assert_eq!(named.len(), 18);
        }
    };
}

cases! {
    v01_missing_boy_at_risk_of_criminal_exploitation "V01"
    v02_neglect_inside_a_domestic_incident "V02"
    v03_child_with_neck_injury_at_hospital "V03"
    v04_non_recent_abuse_suspect_has_children_now "V04"
    v05_girl_paid_for_sexual_acts_online "V05"
    v06_two_sisters_sent_indecent_images "V06"
    v07_planned_release_of_a_repeat_sex_offender "V07"
    v08_female_offender_and_a_boy_of_13 "V08"
    v09_child_taken_to_an_offenders_home "V09"
    v10_five_standards "V10"
    v11_over_graded_high "V11"
    v12_under_graded_medium "V12"
    v13_no_safeguarding_content "V13"
    v14_child_already_open_to_a_social_worker "V14"
    v15_online_unit_intelligence "V15"
    v16_missing_girl_with_named_boyfriend "V16"
    v17_unaccompanied_boy_in_a_police_station "V17"
    v18_teenager_in_custody_at_risk_of_exploitation "V18"
}

/// Sets 1 and 4, as they stand in the fixture.
#[test]
fn ordering_sets_1_and_4_inversion_and_few_facts() {
    for of in &EXPECTED.ordering {
        assert_eq!(of.before.desk, of.after.desk);
        let position = |place: &Place| at(&RANKED, &place.reference, place.desk).position;
        assert!(position(&of.before) < position(&of.after), "set {}: {of:?}", of.set);
    }
    assert!(at(&RANKED, "V11-1", Desk::DomesticAbuse).band < Band::Amber);
    assert!(at(&RANKED, "V13-1", Desk::Child).suggests.contains(&Suggestion::NoResearch));
}

/// Five notices graded standard cross a band at the third and again at the fifth, and the earlier ones
/// move with them.
#[test]
fn ordering_set_2_accumulation() {
    let stream = of_case("V10");
    let own: Vec<&Notice> = stream.iter().filter(|n| n.kind == NoticeKind::DomesticAbuse).collect();
    assert_eq!(own.len(), 5);
    assert!(own.iter().all(|n| n.officer_grade == Some(Grade::Standard)));
    let after = |count: usize| {
        let items = ranked(own[..count].iter().map(|n| (*n).clone()).collect());
        let band = |n: &&Notice| at(&items, &n.reference, Desk::DomesticAbuse).band;
        own[..count].iter().map(band).collect::<Vec<Band>>()
    };
    assert!(after(2).iter().all(|band| *band < Band::Amber), "{:?}", after(2));
    assert_eq!(after(3), [Band::Amber; 3]);
    assert_eq!(after(5), [Band::Red; 5]);
}

/// A hard fact beats a low grade.
#[test]
fn ordering_set_3_low_grade_hard_fact() {
    for (name, desk) in [("V12", Desk::DomesticAbuse), ("V08", Desk::Child)] {
        let mut notices = of_case(name);
        for notice in &mut notices {
            notice.officer_grade = Some(Grade::Standard);
        }
        let items = ranked(notices);
        assert_eq!(at(&items, &format!("{name}-1"), desk).band, Band::Red, "{name}");
    }
}

/// People already open to a worker have a share item due in an hour, whatever the research line.
#[test]
fn ordering_set_5_already_open() {
    for name in ["V14", "V07"] {
        let notice = of_case(name).remove(0);
        let share = at(&RANKED, &notice.reference, Desk::Share);
        assert_eq!(share.due, notice.submitted_at.unwrap() + Span::hours(1), "{name}");
        let research = at(&RANKED, &notice.reference, Desk::Child);
        assert!(research.suggests.contains(&Suggestion::Share), "{name}: share first");
    }
}

/// Seven days on, V01 is long past its limit; V17 says that police protection runs.
#[test]
fn ordering_set_6_clocks() {
    let found = &of_case("V01")[0];
    let item = at(&RANKED, "V01-1", Desk::Child);
    assert!(item.due < found.submitted_at.unwrap() + Span::days(7));
    let custody = at(&RANKED, "V17-1", Desk::Child);
    assert!(custody.reasons.iter().any(|reason| reason.rule == "police_protection"));
}

/// Refused consent, an old date and a suspect in custody lower no case.
#[test]
fn ordering_set_7_nothing_lowers() {
    use ppn_domain::notice::codes::Consent;
    let mut changed = NOTICES.clone();
    for notice in &mut changed {
        for person in &mut notice.persons {
            person.consent = Some(Consent::Refused);
        }
        notice.non_recent = Some(true);
    }
    let stands: BTreeMap<(String, Desk), (Band, i32)> =
        ranked(changed).into_iter().map(|i| ((i.reference, i.desk), (i.band, i.score))).collect();
    for item in RANKED.iter() {
        let now = stands[&(item.reference.clone(), item.desk)];
        assert!(now >= (item.band, item.score), "{} at {}: {now:?}", item.reference, item.desk);
    }
}

/// A backlog in the report's split with 3 % reds from the cases, shuffled by date: every red stands in
/// the first 40 of its desk, and no green of six days behind one of a day with the same score.
#[test]
fn ordering_set_8_the_backlog() {
    let end = Timestamp::from_micros(1_780_000_000_000_000);
    let quiet = |kind: NoticeKind, count: usize| {
        let all: Vec<Notice> = ppn_demo::stream(8, end).filter(|n| n.kind == kind).take(count * 2).collect();
        let reds: Vec<String> = ranked(all.clone())
            .into_iter()
            .filter(|item| item.band == Band::Red)
            .map(|item| item.reference)
            .collect();
        all.into_iter().filter(|n| !reds.contains(&n.reference)).take(count).collect::<Vec<_>>()
    };
    let mut backlog = [
        quiet(NoticeKind::Child, 342 - 16),
        quiet(NoticeKind::Adult, 277),
        quiet(NoticeKind::DomesticAbuse, 443 - 16),
    ]
    .concat();
    let singles = ["V03-1", "V08-1", "V09-1", "V15-1", "V17-1", "V06-1", "V05-1", "V12-1"];
    for n in 0..32 {
        let reference = singles[if n < 16 { n % 7 } else { 7 }];
        let mut red = NOTICES.iter().find(|of| of.reference == reference).unwrap().clone();
        red.reference = format!("RED-{n}");
        red.incident_reference = None;
        red.crime_references.clear();
        let days = i64::try_from(n * 5 % 14).unwrap();
        red.submitted_at = Some(end - Span::days(days) - Span::minutes(i64::try_from(n).unwrap()));
        for person in &mut red.persons {
            (person.person_id, person.phone, person.address) = (None, None, None);
            person.family_name = Some(format!("Nobody{n}"));
            person.date_of_birth = None;
            person.estimated_age.get_or_insert(if person.key.as_deref() == Some("boy") { 9 } else { 30 });
        }
        backlog.push(red);
    }
    assert_eq!(backlog.len(), 1_062);
    let items = ranked(backlog);
    let reds: Vec<&RankedItem> =
        items.iter().filter(|i| i.reference.starts_with("RED-") && i.band == Band::Red).collect();
    assert!(reds.len() >= 32, "{} reds", reds.len());
    for red in reds {
        assert!(red.position <= 40, "{} at {} place {}", red.reference, red.desk, red.position);
    }
    for desk in [Desk::Child, Desk::Adult, Desk::DomesticAbuse] {
        let of: Vec<&RankedItem> = items.iter().filter(|item| item.desk == desk).collect();
        for pair in of.windows(2) {
            if (pair[0].band, pair[0].score) == (pair[1].band, pair[1].score) {
                assert!(pair[0].due <= pair[1].due, "the older of two equals stands first");
            }
        }
    }
}
