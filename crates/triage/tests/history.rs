//! History: events of the same people and homes, as of receipt.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::sync::LazyLock;

use ppn_domain::{Band, Desk, Notice};
use ppn_triage::{DEFAULT_POLICY, Policy, assess, facts};
use proptest::prelude::*;
use serde_json::{Value, json};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());

/// A quarrel of V and S on a day of 2026, graded standard.
fn quarrel(reference: &str, day: &str, more: &Value) -> Notice {
    let mut notice = json!({
        "source": "s", "reference": reference, "kind": "domestic_abuse", "officer_grade": "standard",
        "submitted_at": format!("2026-{day}T12:00:00Z"),
        "persons": [{ "person_id": "V", "roles": ["victim"] }, { "person_id": "S", "roles": ["suspect"] }],
    });
    let (notice_members, more) = (notice.as_object_mut().unwrap(), more.as_object().unwrap());
    notice_members.extend(more.clone());
    serde_json::from_value(notice).unwrap()
}

fn plain(reference: &str, day: &str) -> Notice {
    quarrel(reference, day, &json!({}))
}

/// A fact of one of some notices.
fn number(id: &str, notices: &[Notice], of: usize) -> Option<u32> {
    let web = common::web(notices);
    facts::number(id, &notices[of], notices[of].submitted_at.unwrap(), &web.history(of))
}

fn holds(id: &str, notices: &[Notice], of: usize) -> bool {
    let web = common::web(notices);
    facts::holding(&notices[of], notices[of].submitted_at.unwrap(), &web.history(of)).contains(&id)
}

fn bands(notices: &[Notice], desk: Desk) -> Vec<Band> {
    let web = common::web(notices);
    (0..notices.len())
        .map(|i| {
            let items = assess(&POLICY, &notices[i], notices[i].submitted_at.unwrap(), &web.history(i));
            items.into_iter().find(|item| item.desk == desk).unwrap().assessment.rank.band
        })
        .collect()
}

#[test]
fn five_standards_cross_a_band_at_the_third_and_again_at_the_fifth() {
    let child = json!({ "persons": [
        { "person_id": "V", "roles": ["victim"] }, { "person_id": "S", "roles": ["suspect"] },
        { "person_id": "C", "roles": ["child_in_household"], "estimated_age": 6 },
    ]});
    let days = ["01-12", "02-20", "03-24", "04-18", "05-08"];
    let all: Vec<Notice> =
        days.iter().enumerate().map(|(i, d)| quarrel(&format!("{i}"), d, &child)).collect();
    let of = |n: usize| bands(&all[..n], Desk::DomesticAbuse);
    assert_eq!(of(2), [Band::Green; 2]);
    // The earlier notices move with the later.
    assert_eq!(of(3), [Band::Amber; 3]);
    assert_eq!(of(4), [Band::Amber; 4]);
    assert_eq!(of(5), [Band::Red; 5]);
}

#[test]
fn five_incidents_told_by_two_officers_each_are_five_events() {
    let days = ["01-12", "02-20", "03-24", "04-18", "05-08"];
    let mut all = Vec::new();
    for (i, day) in days.iter().enumerate() {
        for officer in ["a", "b"] {
            let incident = json!({ "incident_reference": format!("0{i}-26") });
            all.push(quarrel(&format!("{officer}{i}"), day, &incident));
        }
    }
    for i in 0..all.len() {
        assert_eq!(number("domestic_events_in_any_365d", &all, i), Some(5), "{i}");
        assert_eq!(number("same_event_notices", &all, i), Some(1));
    }
    assert_eq!(number("pair_linked_events_365d", &all, 9), Some(4));
    assert_eq!(number("pair_linked_events_365d", &all, 0), None);
}

#[test]
fn notices_that_share_references_over_steps_are_one_event() {
    let all = [
        quarrel("1", "05-01", &json!({ "incident_reference": "9-1", "crime_references": ["CR/1/26"] })),
        quarrel("2", "05-02", &json!({ "crime_references": ["cr 1 26"], "incident_reference": "9-2" })),
        quarrel("3", "05-03", &json!({ "incident_reference": "9-2" })),
        quarrel("4", "05-20", &json!({ "incident_reference": "TBC" })),
        quarrel("5", "05-21", &json!({ "incident_reference": "TBC" })),
    ];
    // 1, 2 and 3 are one; "TBC" names nothing.
    assert_eq!(number("pair_linked_events_90d", &all, 4), Some(2));
    assert_eq!(number("domestic_events_in_any_90d", &all, 4), Some(3));
}

#[test]
fn a_pair_counts_whichever_way_round_and_the_page_is_told() {
    let swapped = json!({ "persons": [
        { "person_id": "S", "roles": ["victim"] }, { "person_id": "V", "roles": ["suspect"] },
    ]});
    let all = [quarrel("1", "05-01", &swapped), plain("2", "05-10"), plain("3", "05-20")];
    assert_eq!(number("pair_linked_events_90d", &all, 2), Some(2));
    assert!(holds("roles_swapped", &all, 2));
    assert!(!holds("roles_swapped", &all[1..], 1));
}

#[test]
fn windows_count_back_from_receipt_to_the_microsecond() {
    let mut all = [plain("1", "04-20"), plain("2", "05-20")];
    assert_eq!(number("pair_linked_events_30d", &all, 1), Some(1));
    assert_eq!(number("pair_linked_event_days", &all, 1), Some(30));
    all[0].submitted_at = Some(all[0].submitted_at.unwrap() - ppn_domain::Span::micros(1));
    assert_eq!(number("pair_linked_events_30d", &all, 1), None);
    assert_eq!(number("pair_linked_events_90d", &all, 1), Some(1));
    // What came later is no history of the earlier one, though it adds up with it.
    assert_eq!(number("pair_linked_events_365d", &all, 0), None);
    assert_eq!(number("domestic_events_in_any_90d", &all, 0), Some(2));
}

#[test]
fn two_received_at_one_moment_count_each_other() {
    let all = [plain("1", "05-20"), plain("2", "05-20")];
    for i in 0..2 {
        assert_eq!(number("pair_linked_events_30d", &all, i), Some(1));
    }
}

#[test]
fn a_suspect_brings_other_victims_breaches_and_markers_along() {
    let other = json!({
        "indicators": ["breach_of_order_or_bail"],
        "persons": [{ "person_id": "W", "roles": ["victim"] },
            { "person_id": "S", "roles": ["suspect"], "markers": ["weapons"] }],
    });
    let all = [quarrel("1", "03-01", &other), plain("2", "05-20")];
    assert_eq!(number("suspect_other_victims_730d", &all, 1), Some(1));
    assert_eq!(number("suspect_linked_breaches_365d", &all, 1), Some(1));
    assert!(holds("suspect_elsewhere_weapons", &all, 1));
    assert_eq!(number("pair_linked_events_365d", &all, 1), None);
}

#[test]
fn a_later_notice_of_an_offender_acts_on_the_earlier_one_with_a_child() {
    let with_child = json!({ "kind": "child", "persons": [
        { "person_id": "C", "roles": ["subject"], "estimated_age": 6 },
        { "person_id": "U", "roles": ["household_member"] },
    ]});
    let offender = json!({ "kind": "child", "persons": [
        { "person_id": "U", "roles": ["subject"], "markers": ["registered_sex_offender"] },
    ]});
    let all = [quarrel("1", "05-01", &with_child), quarrel("2", "05-20", &offender)];
    assert_eq!(bands(&all, Desk::Child)[0], Band::Red);
    assert!(holds("offender_linked_with_child", &all, 1));
    // More than a year apart they leave each other alone.
    let mut apart = all.clone();
    apart[0].submitted_at = Some(apart[0].submitted_at.unwrap() - ppn_domain::Span::days(400));
    assert!(!holds("anyone_elsewhere_sex_offender", &apart, 0));
}

#[test]
fn a_domestic_notice_that_names_no_child_has_a_child_item_where_other_events_do() {
    let with_child = json!({ "persons": [
        { "person_id": "V", "roles": ["victim"] }, { "person_id": "S", "roles": ["suspect"] },
        { "person_id": "C", "roles": ["child_in_household"], "estimated_age": 6 },
    ]});
    let all = [quarrel("1", "05-01", &with_child), plain("2", "05-20")];
    let web = common::web(&all);
    let items = assess(&POLICY, &all[1], all[1].submitted_at.unwrap(), &web.history(1));
    let desks: Vec<Desk> = items.iter().map(|item| item.desk).collect();
    assert_eq!(desks, [Desk::Child, Desk::DomesticAbuse]);
}

#[test]
fn gaps_that_shrink_and_harm_that_rises_are_seen() {
    let grave = json!({ "indicators": ["non_fatal_strangulation"] });
    let all = [
        plain("1", "01-01"),
        plain("2", "03-20"),
        quarrel("3", "04-20", &json!({})),
        quarrel("4", "05-01", &grave),
    ];
    assert!(holds("gaps_shrinking", &all, 3));
    assert!(holds("severity_rising", &all, 3));
    assert!(!holds("severity_rising", &all, 2));
    let even = [plain("1", "01-01"), plain("2", "02-01"), plain("3", "03-01"), plain("4", "04-01")];
    assert!(!holds("gaps_shrinking", &even, 3));
}

#[test]
fn what_the_source_knows_and_a_linked_notice_tell_of_one_event_once() {
    let knows = json!({ "persons": [
        { "person_id": "V", "roles": ["victim"], "known_events": [
            { "kind": "domestic_incident", "on": "2026-05-01" },
            { "kind": "domestic_incident", "on": "2026-03-01" },
            { "kind": "domestic_incident", "on": "2026-05-20" },
        ]},
        { "person_id": "S", "roles": ["suspect"], "known_events": [
            { "kind": "domestic_incident", "on": "2026-03-01" },
        ]},
    ]});
    let all = [plain("1", "05-01"), quarrel("2", "05-20", &knows)];
    // This one, the linked one (known too), and the one of March, known of both.
    assert_eq!(number("domestic_events_in_any_365d", &all, 1), Some(3));
}

#[test]
fn a_possible_match_raises_apart_and_names_nothing_of_the_other() {
    let other = json!({ "persons": [{ "person_id": "V?", "roles": ["victim"] }] });
    let all =
        [quarrel("secret-1", "05-01", &other), quarrel("secret-2", "05-10", &other), plain("3", "05-20")];
    let web = common::web(&all);
    let items = assess(&POLICY, &all[2], all[2].submitted_at.unwrap(), &web.history(2));
    let text = serde_json::to_string(&items[0].assessment).unwrap();
    assert!(text.contains("possible match, not confirmed") && !text.contains("secret"), "{text}");
    assert_eq!(items[0].assessment.rank.band, Band::Amber);
    assert_eq!(number("anyone_linked_events_365d", &all, 2), None);
}

#[test]
fn a_restricted_record_counts_and_is_not_named() {
    let restricted = json!({ "restricted": ["police_staff_involved"] });
    let all = [quarrel("secret", "05-01", &restricted), plain("2", "05-20")];
    let web = common::web(&all);
    let items = assess(&POLICY, &all[1], all[1].submitted_at.unwrap(), &web.history(1));
    let text = serde_json::to_string(&items[0].assessment).unwrap();
    assert!(text.contains("a restricted record: ask a supervisor") && !text.contains("secret"), "{text}");
}

fn any_notice() -> impl Strategy<Value = Notice> {
    let person = (0..6_u8, 0..4_u8, proptest::bool::ANY).prop_map(|(id, role, home)| {
        let role = ["victim", "suspect", "child_in_household", "informant"][usize::from(role)];
        let mut person = json!({ "person_id": format!("P{id}"), "roles": [role] });
        if home {
            person["address"] = json!({ "lines": [format!("{} Mill Lane", id / 2)] });
        }
        person
    });
    (proptest::collection::vec(person, 1..4), 0..400_i64, 0..4_u8, 0..3_u8).prop_map(
        |(persons, day, incident, kind)| {
            let at = ppn_domain::Timestamp::parse_rfc3339("2026-05-20T12:00:00Z").unwrap();
            let at = at - ppn_domain::Span::days(day);
            serde_json::from_value(json!({
                "source": "s", "reference": "", "kind": (["child", "adult", "domestic_abuse"])[usize::from(kind)],
                "submitted_at": at.utc().to_rfc3339(), "persons": persons,
                "incident_reference": if incident == 0 { "12".to_owned() } else { String::new() },
            }))
            .unwrap()
        },
    )
}

proptest! {
    /// The same notices in another order of arrival give the same assessments.
    #[test]
    fn the_order_of_arrival_shows_nowhere(
        mut notices in proptest::collection::vec(any_notice(), 1..12),
        turn in 0..12_usize,
    ) {
        for (i, notice) in notices.iter_mut().enumerate() {
            notice.reference = format!("R{i}");
        }
        let all = |notices: &[Notice]| {
            let web = common::web(notices);
            let mut all: Vec<String> = notices
                .iter()
                .enumerate()
                .map(|(i, n)| format!("{} {:?}", n.reference, assess(&POLICY, n, n.submitted_at.unwrap(), &web.history(i))))
                .collect();
            all.sort();
            all
        };
        let before = all(&notices);
        let turn = turn % notices.len();
        notices.rotate_left(turn);
        notices.reverse();
        prop_assert_eq!(before, all(&notices));
    }

    /// A further linked notice never lowers a band, unless it shows that two events were one.
    #[test]
    fn one_more_linked_notice_never_lowers(
        mut notices in proptest::collection::vec(any_notice(), 2..10),
    ) {
        for (i, notice) in notices.iter_mut().enumerate() {
            notice.reference = format!("R{i}");
            notice.incident_reference = None;
        }
        let fewer = &notices[..notices.len() - 1];
        let (few, many) = (common::web(fewer), common::web(&notices));
        for (i, notice) in fewer.iter().enumerate() {
            let at = notice.submitted_at.unwrap();
            let before = assess(&POLICY, notice, at, &few.history(i));
            let after = assess(&POLICY, notice, at, &many.history(i));
            for item in before {
                let now = after.iter().find(|now| now.desk == item.desk).unwrap();
                prop_assert!(now.assessment.rank.band >= item.assessment.rank.band);
            }
        }
    }
}

/// What stands in words alone counts in the history of later notices as a box does.
#[test]
fn words_of_an_earlier_notice_count_like_its_boxes() {
    use serde_json::json;
    let people =
        json!([{ "person_id": "V", "roles": ["victim"] }, { "person_id": "S", "roles": ["suspect"] }]);
    let notice = |reference: &str, at: &str, rest: serde_json::Value| -> ppn_domain::Notice {
        let mut notice = json!({ "source": "niche", "reference": reference, "kind": "domestic_abuse",
            "submitted_at": at, "persons": people });
        notice.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        serde_json::from_value(notice).unwrap()
    };
    let policy = ppn_triage::Policy::from_toml(ppn_triage::DEFAULT_POLICY).unwrap();
    let last = |first: serde_json::Value| {
        let notices = vec![
            notice("1", "2026-05-01T12:00:00Z", first),
            notice("2", "2026-05-20T12:00:00Z", json!({ "circumstances": "Argument over money." })),
        ];
        let ranked = ppn_triage::rank(&policy, ppn_ingestion::profiles, notices, &[]);
        ranked.into_iter().find(|item| item.reference == "2").map(|item| (item.band, item.score)).unwrap()
    };
    let quiet = last(json!({ "circumstances": "Argument." }));
    let words = last(json!({ "circumstances": "He came round in breach of his bail and stabbed her." }));
    let boxes = last(json!({ "indicators": ["breach_of_order_or_bail", "weapon_used"] }));
    assert!(words > quiet, "{words:?} {quiet:?}");
    assert_eq!(words, boxes);
}

/// A notice of one victim at an address.
fn at_home(reference: &str, day: &str, who: &str, home: &str) -> Notice {
    quarrel(
        reference,
        day,
        &json!({ "persons": [
            { "person_id": who, "roles": ["victim"], "address": { "lines": [home] } },
            { "person_id": format!("suspect of {who}"), "roles": ["suspect"] },
        ] }),
    )
}

#[test]
fn a_home_left_behind_does_not_tie_its_next_tenants() {
    let all = [
        at_home("A1", "01-01", "X", "4 Mill Lane"),
        at_home("A2", "02-01", "X", "9 Hill Road"),
        at_home("B1", "03-01", "Y", "4 Mill Lane"),
        at_home("B2", "04-01", "Y", "4 Mill Lane"),
    ];
    for of in 0..4 {
        assert_eq!(number("domestic_events_in_any_365d", &all, of), Some(2), "{of}");
    }
    for (of, before) in [(0, 0), (1, 1), (2, 0), (3, 1)] {
        let counted = number("household_linked_events_365d", &all, of).unwrap_or(0);
        assert_eq!(counted, before, "{of}");
    }
    assert_eq!(number("people_at_home_365d", &all, 3), number("people_at_home_365d", &all[2..], 1));
}

#[test]
fn a_home_ties_who_lives_there_together_as_of_the_later_notice() {
    // Y joins X, later X leaves: what happened while both lived there stays of both, what came after not.
    let all = [
        at_home("A1", "01-01", "X", "4 Mill Lane"),
        at_home("B1", "02-01", "Y", "4 Mill Lane"),
        at_home("A2", "03-01", "X", "9 Hill Road"),
        at_home("B2", "04-01", "Y", "4 Mill Lane"),
    ];
    for (of, events) in [(0, 3), (1, 3), (2, 2), (3, 2)] {
        assert_eq!(number("domestic_events_in_any_365d", &all, of), Some(events), "{of}");
    }
}
