//! Rank: revisions, receipt, links, bundles, and the shape of a line.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use std::sync::LazyLock;

use ppn_domain::{Desk, Notice};
use ppn_triage::{DEFAULT_POLICY, Policy, RankedItem, Ranking, rank};
use serde_json::{Value, json};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());

fn notice(reference: &str, at: Option<&str>, rest: &Value) -> Notice {
    let mut notice =
        json!({ "source": "niche", "reference": reference, "kind": "child", "circumstances": "x" });
    if let Some(at) = at {
        notice["submitted_at"] = json!(at);
    }
    for (key, value) in rest.as_object().unwrap() {
        notice[key] = value.clone();
    }
    serde_json::from_value(notice).unwrap()
}

fn line<'a>(items: &'a [RankedItem], reference: &str) -> &'a RankedItem {
    items.iter().find(|item| item.reference == reference).unwrap()
}

fn references(items: &[RankedItem], desk: Desk) -> Vec<&str> {
    items.iter().filter(|item| item.desk == desk).map(|item| item.reference.as_str()).collect()
}

const DAY1: Option<&str> = Some("2026-05-01T09:00:00Z");
const DAY2: Option<&str> = Some("2026-05-02T09:00:00Z");
const DAY3: Option<&str> = Some("2026-05-03T09:00:00Z");

#[test]
fn a_line_has_the_members_of_the_contract_in_their_order() {
    let items = rank(
        &POLICY,
        ppn_ingestion::profiles,
        vec![notice("A", DAY1, &json!({ "indicators": ["child_injured"] }))],
        &[],
    );
    let text = serde_json::to_string(&items[0]).unwrap();
    let members = [
        "reference",
        "source",
        "kind",
        "desk",
        "position",
        "date_order_position",
        "band",
        "score",
        "provisional",
        "reasons",
        "suggests",
        "due",
        "bundle",
        "earlier_notices",
    ];
    let places: Vec<usize> = members.iter().map(|m| text.find(&format!("\"{m}\":")).unwrap()).collect();
    assert!(places.is_sorted(), "{text}");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.as_object().unwrap().len(), members.len());
    assert_eq!(value["bundle"], json!([]));
    assert_eq!(value["due"], json!("2026-05-02T09:00:00Z"));
    for member in ["rule", "points", "floor", "text", "evidence"] {
        assert!(value["reasons"][0].get(member).is_some(), "{member}");
    }
}

#[test]
fn positions_count_from_one_in_rank_order_and_in_date_order() {
    let items = rank(
        &POLICY,
        ppn_ingestion::profiles,
        vec![
            notice("old", DAY1, &json!({})),
            notice("red", DAY3, &json!({ "indicators": ["injury_to_infant"] })),
            notice("amber", DAY2, &json!({ "indicators": ["child_left_alone"] })),
        ],
        &[],
    );
    assert_eq!(references(&items, Desk::Child), ["red", "amber", "old"]);
    let places: Vec<(usize, usize)> = items.iter().map(|i| (i.position, i.date_order_position)).collect();
    assert_eq!(places, [(1, 3), (2, 2), (3, 1)]);
}

#[test]
fn a_notice_without_a_time_is_received_with_the_latest_of_the_input() {
    let items = rank(
        &POLICY,
        ppn_ingestion::profiles,
        vec![notice("none", None, &json!({})), notice("last", DAY3, &json!({}))],
        &[],
    );
    assert_eq!(line(&items, "none").due, line(&items, "last").due);
}

#[test]
fn the_current_revision_is_ranked_and_keeps_the_first_receipt() {
    let injured = json!({ "indicators": ["injury_to_infant"], "amended_at": "2026-05-03T09:00:00Z" });
    let first = notice("A", DAY1, &json!({}));
    let amended = notice("A", DAY2, &injured);
    for order in [vec![first.clone(), amended.clone()], vec![amended, first]] {
        let items = rank(&POLICY, ppn_ingestion::profiles, order, &[]);
        assert_eq!(items.len(), 1);
        assert_eq!(items[0].band.code(), "red");
        assert_eq!(items[0].due.to_string(), "2026-05-01T13:00:00Z");
    }
}

#[test]
fn of_revisions_of_one_moment_the_later_in_the_input_is_current() {
    let items = rank(
        &POLICY,
        ppn_ingestion::profiles,
        vec![
            notice("A", DAY1, &json!({})),
            notice("A", DAY1, &json!({ "indicators": ["injury_to_infant"] })),
        ],
        &[],
    );
    assert_eq!((items.len(), items[0].band.code()), (1, "red"));
}

#[test]
fn the_same_reference_of_another_source_is_another_notice() {
    let other = json!({ "source": "athena" });
    assert_eq!(
        rank(
            &POLICY,
            ppn_ingestion::profiles,
            vec![notice("A", DAY1, &json!({})), notice("A", DAY1, &other)],
            &[]
        )
        .len(),
        2
    );
}

fn person(extra: &Value) -> Value {
    let mut person = json!({ "roles": ["subject"] });
    for (key, value) in extra.as_object().unwrap() {
        person[key] = value.clone();
    }
    json!({ "persons": [person] })
}

/// How many earlier notices the second of two counts.
fn earlier(a: &Value, b: &Value) -> usize {
    let items = rank(&POLICY, ppn_ingestion::profiles, vec![notice("B", DAY2, b)], &[notice("A", DAY1, a)]);
    assert_eq!(references(&items, Desk::Child), ["B"], "history is not ranked");
    line(&items, "B").earlier_notices
}

fn named(extra: &Value) -> Value {
    let mut named = json!({
        "family_name": "O'Neill", "given_names": "Mary  Ann", "date_of_birth": "2012-03-04",
        "address": { "lines": ["1 High St."], "postcode": "de1 1aa" },
    });
    for (key, value) in extra.as_object().unwrap() {
        named[key] = value.clone();
    }
    person(&named)
}

#[test]
fn the_same_identifier_of_the_same_system_links() {
    let id = |id: &str| person(&json!({ "person_id": id }));
    assert_eq!(earlier(&id("1"), &id("1")), 1);
    assert_eq!(earlier(&id("1"), &id("2")), 0);
    let other = |system: &str| person(&json!({ "identifiers": [{ "system": system, "id": "7" }] }));
    assert_eq!(earlier(&other("nhs"), &other("nhs")), 1);
    assert_eq!(earlier(&other("nhs"), &other("pnc")), 0);
    assert_eq!(earlier(&id("7"), &other("niche")), 0);
    let mut elsewhere = id("1");
    elsewhere["source"] = json!("athena");
    assert_eq!(earlier(&elsewhere, &id("1")), 0);
}

#[test]
fn full_name_and_date_of_birth_link_with_the_same_address_or_phone() {
    let same = named(
        &json!({ "family_name": "o’neill", "address": { "lines": ["1, high st"], "postcode": "DE1 1AA" } }),
    );
    assert_eq!(earlier(&named(&json!({})), &same), 1);
    let moved = json!({ "address": { "lines": ["9 Low St"], "postcode": "DE1 1AA" } });
    assert_eq!(earlier(&named(&json!({})), &named(&moved)), 0);
    let phone = |phone: &str| named(&json!({ "phone": phone, "address": { "lines": [phone] } }));
    assert_eq!(earlier(&phone("07700 900123"), &phone("+44 7700 900123")), 1);
    let uprn = |lines: &str| named(&json!({ "address": { "lines": [lines], "uprn": "100" } }));
    assert_eq!(earlier(&uprn("a"), &uprn("b")), 1);
}

#[test]
fn weaker_descriptions_link_nothing() {
    for weaker in [
        json!({ "date_of_birth": "2012-01-01" }),
        json!({ "date_of_birth_estimated": true }),
        json!({ "given_names": "" }),
        json!({ "address": { "postcode": "DE1 1AA" } }),
    ] {
        assert_eq!(earlier(&named(&weaker), &named(&weaker)), 0, "{weaker}");
    }
}

#[test]
fn two_identifiers_of_one_system_keep_two_people_apart_over_any_chain() {
    let id = |id: &str| named(&json!({ "person_id": id }));
    assert_eq!(earlier(&id("1"), &id("2")), 0);
    let history = [notice("A", DAY1, &id("1")), notice("B", DAY1, &named(&json!({})))];
    let items = rank(&POLICY, ppn_ingestion::profiles, vec![notice("C", DAY2, &id("2"))], &history);
    let c = line(&items, "C").earlier_notices;
    assert!(c <= 1, "the two with different identifiers became one");
}

#[test]
fn notices_of_one_household_at_a_desk_are_bundled() {
    let at = |kind: &str, id: &str| {
        person(
            &json!({ "person_id": id, "address": { "lines": ["1 High St"], "postcode": "DE1 1AA", "kind": kind } }),
        )
    };
    let bundles = |kind: &str| -> Vec<Vec<String>> {
        rank(
            &POLICY,
            ppn_ingestion::profiles,
            vec![notice("A", DAY1, &at(kind, "1")), notice("B", DAY2, &at(kind, "2"))],
            &[],
        )
        .into_iter()
        .map(|item| item.bundle)
        .collect()
    };
    // The later one comes first: the earlier is an event linked with it.
    assert_eq!(bundles("home"), [["A"], ["B"]]);
    for kind in
        ["refuge", "hostel", "hospital", "prison", "care_home", "childrens_home", "site", "no_fixed_abode"]
    {
        assert_eq!(bundles(kind), [[""; 0], [""; 0]], "{kind}");
    }
}

#[test]
fn a_protected_address_bundles_nothing_whoever_else_gave_it() {
    let at = |id: &str, protected: bool| {
        person(
            &json!({ "person_id": id, "address": { "lines": ["1 High St"], "postcode": "DE1 1AA", "protected": protected } }),
        )
    };
    let items = rank(
        &POLICY,
        ppn_ingestion::profiles,
        vec![notice("A", DAY1, &at("1", false)), notice("B", DAY2, &at("2", true))],
        &[],
    );
    assert!(items.iter().all(|item| item.bundle.is_empty()));
}

#[test]
fn a_bundle_has_at_most_twenty_and_an_address_of_more_than_thirty_is_no_household() {
    let many = |n: usize| {
        (0..n)
            .map(|i| {
                let at = person(&json!({ "person_id": i.to_string(), "address": { "lines": ["1 High St"], "postcode": "DE1 1AA" } }));
                notice(&format!("N{i}"), DAY1, &at)
            })
            .collect::<Vec<_>>()
    };
    assert!(rank(&POLICY, ppn_ingestion::profiles, many(25), &[]).iter().all(|item| item.bundle.len() == 20));
    assert!(rank(&POLICY, ppn_ingestion::profiles, many(31), &[]).iter().all(|item| item.bundle.is_empty()));
}

#[test]
fn building_a_ranking_step_by_step_gives_the_same() {
    let notices: Vec<Notice> =
        (0..5).map(|i| notice(&format!("N{i}"), [DAY1, DAY2, None][i % 3], &named(&json!({})))).collect();
    let mut ranking = Ranking::new(&POLICY, ppn_ingestion::profiles);
    for notice in &notices {
        ranking.add(notice);
    }
    assert_eq!(ranking.finish(), rank(&POLICY, ppn_ingestion::profiles, notices, &[]));
}

#[test]
fn whoever_moved_out_is_not_offered_with_whoever_moved_in() {
    let at = |reference: &str, day: &str, who: &str, line: &str| -> Notice {
        serde_json::from_value(json!({
            "source": "s", "reference": reference, "kind": "domestic_abuse",
            "submitted_at": format!("2026-{day}T12:00:00Z"),
            "persons": [{ "person_id": who, "roles": ["victim"],
                "address": { "lines": [line], "postcode": "DE1 1AA" } }],
        }))
        .unwrap()
    };
    let notices = vec![
        at("A1", "01-01", "X", "4 Mill Lane"),
        at("B1", "03-01", "Y", "4 Mill Lane"),
        at("A2", "02-01", "X", "9 Hill Road"),
    ];
    let mut bundles: Vec<(String, Vec<String>)> = rank(&POLICY, ppn_ingestion::profiles, notices, &[])
        .into_iter()
        .map(|item| (item.reference, item.bundle))
        .collect();
    bundles.sort_unstable();
    let with = |reference: &str, others: &[&str]| {
        (reference.to_owned(), others.iter().map(|other| (*other).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(bundles, [with("A1", &["A2"]), with("A2", &["A1"]), with("B1", &[])]);
}
