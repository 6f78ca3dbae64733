//! Which desks a notice goes to, and what is suggested there.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use std::sync::LazyLock;

use ppn_domain::{Band, Desk, Notice, Suggestion, Timestamp};
use ppn_triage::{DEFAULT_POLICY, DeskAssessment, History, Policy, assess};
use serde_json::{Value, json};

static POLICY: LazyLock<Policy> = LazyLock::new(|| Policy::from_toml(DEFAULT_POLICY).unwrap());

use Desk::{Adult, Child, DomesticAbuse, Share};

fn triage(kind: &str, rest: &Value) -> Vec<DeskAssessment> {
    let mut notice = json!({ "source": "s", "reference": "r", "kind": kind, "circumstances": "x" });
    for (key, value) in rest.as_object().unwrap() {
        notice[key] = value.clone();
    }
    let notice: Notice = serde_json::from_value(notice).unwrap();
    let at = Timestamp::parse_rfc3339("2026-05-20T12:00:00Z").unwrap();
    assess(&POLICY, &notice, at, &History::none(at))
}

fn desks(kind: &str, rest: &Value) -> Vec<Desk> {
    triage(kind, rest).into_iter().map(|item| item.desk).collect()
}

#[test]
fn every_notice_has_an_item_at_the_desk_of_its_kind_whatever_it_lacks() {
    for (kind, desk) in [("child", Child), ("adult", Adult), ("domestic_abuse", DomesticAbuse)] {
        assert_eq!(desks(kind, &json!({})), [desk]);
    }
}

#[test]
fn domestic_abuse_with_a_party_under_16_goes_to_the_child_desk() {
    for role in ["victim", "suspect", "subject"] {
        let under = json!({ "persons": [{ "roles": [role], "estimated_age": 15 }, { "roles": ["victim"], "estimated_age": 40 }] });
        assert!(!desks("domestic_abuse", &under).contains(&DomesticAbuse), "{role}");
    }
    let sixteen = json!({ "persons": [{ "roles": ["victim"], "estimated_age": 16 }, { "roles": ["suspect"], "estimated_age": 17 }] });
    assert_eq!(desks("domestic_abuse", &sixteen), [Child, DomesticAbuse]);
    let unknown = json!({ "persons": [{ "roles": ["victim"] }, { "roles": ["suspect"] }] });
    assert_eq!(desks("domestic_abuse", &unknown), [DomesticAbuse]);
}

#[test]
fn a_young_party_beside_a_grown_pair_leaves_the_pair_its_own_item() {
    let both = json!({ "persons": [
        { "roles": ["victim"], "estimated_age": 9 },
        { "roles": ["victim"], "estimated_age": 34 },
        { "roles": ["suspect"], "estimated_age": 36 },
    ] });
    assert_eq!(desks("domestic_abuse", &both), [Child, DomesticAbuse]);
}

#[test]
fn a_child_present_in_the_household_or_mentioned_adds_a_child_item() {
    for persons in [
        json!([{ "roles": ["child_present"] }]),
        json!([{ "roles": ["child_in_household"] }]),
        json!([{ "roles": ["subject"], "unborn": true }]),
        json!([{ "roles": ["suspect"], "estimated_age": 15 }]),
    ] {
        assert!(desks("adult", &json!({ "persons": persons })).contains(&Child), "{persons}");
    }
    for indicator in [
        "child_witnessed_violence",
        "child_contact_conflict",
        "offender_has_access_to_children",
        "unborn_child_at_risk",
    ] {
        assert_eq!(desks("adult", &json!({ "indicators": [indicator] })), [Child, Adult], "{indicator}");
    }
    let answers = json!({ "risk_assessments": [{ "tool": "dash_2009", "answers": { "q11": "yes" } }] });
    assert_eq!(desks("domestic_abuse", &answers), [Child, DomesticAbuse]);
}

#[test]
fn a_child_who_only_reported_it_adds_none() {
    let informant = json!({ "persons": [{ "roles": ["informant"], "estimated_age": 15 }] });
    assert_eq!(desks("adult", &informant), [Adult]);
}

#[test]
fn care_needs_or_doubted_capacity_of_an_adult_add_an_adult_item() {
    for person in [
        json!({ "roles": ["victim"], "capacity": "doubted" }),
        json!({ "roles": ["suspect"], "capacity": "lacks_for_this_decision" }),
        json!({ "roles": ["household_member"], "social_care": [{ "status": "adult_care_package" }] }),
        json!({ "roles": ["victim"], "disabilities": ["x"] }),
        json!({ "roles": ["victim"], "indicators": ["adult_unable_to_protect_self"] }),
    ] {
        assert_eq!(
            desks("domestic_abuse", &json!({ "persons": [person] })),
            [Adult, DomesticAbuse],
            "{person}"
        );
    }
    let concern =
        json!({ "concerns": ["dementia"], "persons": [{ "roles": ["victim"], "estimated_age": 80 }] });
    assert_eq!(desks("domestic_abuse", &concern), [Adult, DomesticAbuse]);
    let childs = json!({ "concerns": ["learning_disability"], "persons": [{ "roles": ["subject"] }, { "roles": ["parent_or_carer"] }] });
    assert_eq!(desks("child", &childs), [Child]);
}

#[test]
fn abuse_between_grown_people_adds_a_domestic_abuse_item_to_any_kind() {
    let pair = |victim: u8| json!({ "concerns": ["family_abuse"], "persons": [{ "roles": ["victim"], "estimated_age": victim }, { "roles": ["suspect"], "estimated_age": 40 }] });
    assert_eq!(desks("adult", &pair(70)), [Adult, DomesticAbuse]);
    assert_eq!(desks("child", &pair(17)), [Child, DomesticAbuse]);
    assert_eq!(desks("child", &pair(15)), [Child]);
}

#[test]
fn somebody_open_to_social_care_adds_a_share_item_of_the_highest_rank_due_in_an_hour() {
    for (status, shared) in [
        ("open_assessment", true),
        ("child_in_need", true),
        ("child_protection_plan", true),
        ("looked_after", true),
        ("adult_safeguarding_enquiry", true),
        ("early_help", false),
        ("care_leaver", false),
        ("not_open", false),
        ("not_known", false),
    ] {
        let rest = json!({ "persons": [{ "roles": ["subject"], "estimated_age": 12, "family_name": "Zyx", "social_care": [{ "status": status }] }] });
        let items = triage("child", &rest);
        let share = items.iter().find(|item| item.desk == Share);
        assert_eq!(share.is_some(), shared, "{status}");
        for item in &items {
            assert_eq!(item.assessment.suggests.contains(&Suggestion::Share), shared, "{status}");
        }
        if let Some(share) = share {
            assert_eq!(share.assessment.rank, items[0].assessment.rank);
            assert_eq!(share.limits.picked_up.as_seconds(), 3600);
            assert!(share.assessment.reasons[0].text.contains("the subject"));
            assert!(!share.assessment.reasons[0].text.contains("Zyx"));
        }
    }
}

#[test]
fn a_share_says_where_the_status_was_not_checked_within_seven_days() {
    let text = |checked: Value| {
        let mut care = json!({ "status": "child_in_need" });
        if !checked.is_null() {
            care["checked_at"] = checked;
        }
        let rest = json!({ "persons": [{ "roles": ["subject"], "social_care": [care] }] });
        triage("child", &rest).pop().unwrap().assessment.reasons[0].text.clone()
    };
    assert!(!text(json!("2026-05-13T12:00:00Z")).contains("checked"));
    assert!(text(json!("2026-05-13T11:59:59Z")).contains("more than seven days"));
    assert!(text(Value::Null).contains("Nothing says when"));
}

#[test]
fn an_empty_notice_is_not_blue_since_nobody_knows_what_happened() {
    for kind in ["child", "adult", "domestic_abuse"] {
        let notice: Notice =
            serde_json::from_value(json!({ "source": "s", "reference": "r", "kind": kind })).unwrap();
        for item in
            assess(&POLICY, &notice, Timestamp::from_micros(0), &History::none(Timestamp::from_micros(0)))
        {
            assert_eq!(item.assessment.rank.band, Band::Green, "{kind}");
            assert!(item.assessment.reasons.iter().any(|reason| reason.rule == "little_known"));
        }
    }
}

#[test]
fn an_event_known_within_a_year_keeps_an_item_from_blue() {
    let known = |on: &str| {
        let rest = json!({ "indicators": ["not_safeguarding"], "persons": [{ "roles": ["subject"], "estimated_age": 17, "known_events": [{ "kind": "crime_victim", "on": on }] }] });
        triage("child", &rest)[0].assessment.rank.band
    };
    assert_eq!(known("2025-05-20"), Band::Green);
    assert_eq!(known("2025-05-19"), Band::Blue);
}

#[test]
fn orders_are_in_force_on_the_london_day_of_receipt() {
    let band = |order: Value| {
        let rest = json!({ "persons": [{ "key": "v", "roles": ["victim"] }, { "roles": ["suspect"], "orders": [order] }] });
        triage("domestic_abuse", &rest)[0].assessment.rank.band
    };
    assert_eq!(band(json!({ "kind": "non_molestation_order", "other_party": "v" })), Band::Red);
    assert_eq!(band(json!({ "kind": "non_molestation_order", "expires_on": "2026-05-20" })), Band::Red);
    assert_ne!(band(json!({ "kind": "non_molestation_order", "expires_on": "2026-05-19" })), Band::Red);
    assert_ne!(band(json!({ "kind": "non_molestation_order", "issued_on": "2026-05-21" })), Band::Red);
    assert_ne!(band(json!({ "kind": "non_molestation_order", "other_party": "somebody_else" })), Band::Red);
}

#[test]
fn suggestions_follow_the_policy() {
    let yes: serde_json::Map<String, Value> = (1..=14).map(|q| (format!("q{q}"), json!("yes"))).collect();
    let items =
        triage("domestic_abuse", &json!({ "risk_assessments": [{ "tool": "dash_2009", "answers": yes }] }));
    assert!(items.iter().all(|item| item.assessment.suggests.contains(&Suggestion::MaracCheck)));
    let items =
        triage("domestic_abuse", &json!({ "persons": [{ "roles": ["child_present"], "estimated_age": 8 }] }));
    for item in items {
        assert!(item.assessment.suggests.contains(&Suggestion::SchoolNotification));
    }
    let items = triage(
        "child",
        &json!({ "actions": { "police_protection": [{ "started_at": "2026-05-20T08:00:00Z" }] } }),
    );
    assert_eq!(items[0].assessment.rank.band, Band::Red);
    assert!(items[0].assessment.suggests.contains(&Suggestion::StrategyDiscussion));
    assert!(items[0].assessment.suggests.contains(&Suggestion::SecondPersonToClose));
}

/// Nothing ticked is not nothing wrong: blue needs the officer's word that nothing is.
#[test]
fn an_item_is_blue_only_where_the_officer_says_that_nothing_is_about_safeguarding() {
    let band = |rest: &Value| triage("child", rest)[0].assessment.rank.band;
    let quiet = json!({ "circumstances": "Shop theft, detained by staff.",
        "persons": [{ "roles": ["subject"], "estimated_age": 17 }] });
    assert_eq!(band(&quiet), Band::Green);
    let mut said = quiet.clone();
    said["circumstances"] = json!("Shop theft, detained by staff. No welfare concerns.");
    assert_eq!(band(&said), Band::Blue);
    let mut ticked = quiet;
    ticked["indicators"] = json!(["not_safeguarding"]);
    assert_eq!(band(&ticked), Band::Blue);
    ticked["concerns"] = json!(["neglect"]);
    assert!(band(&ticked) > Band::Blue);
}

/// A breach, police protection and every other indicator keep an item of every kind from blue.
#[test]
fn no_indicator_or_concern_leaves_an_item_blue() {
    use ppn_domain::notice::codes::{Concern, Indicator};
    for kind in ["child", "adult", "domestic_abuse"] {
        let people = json!([{ "roles": ["subject"], "estimated_age": if kind == "child" { 9 } else { 40 } }]);
        for indicator in Indicator::ALL.iter().filter(|i| **i != Indicator::NotSafeguarding) {
            let rest = json!({ "indicators": [indicator.code()], "persons": people });
            let items = triage(kind, &rest);
            assert!(items.iter().all(|i| i.assessment.rank.band > Band::Blue), "{kind} {indicator}");
        }
        for concern in Concern::ALL {
            let rest = json!({ "concerns": [concern.code()], "persons": people });
            let items = triage(kind, &rest);
            assert!(items.iter().all(|i| i.assessment.rank.band > Band::Blue), "{kind} {concern}");
        }
    }
}

/// The hard facts of domestic abuse stay hard where a party under 16 takes it to the child desk.
#[test]
fn domestic_abuse_at_the_child_desk_keeps_the_rules_of_both_desks() {
    let rest = json!({ "indicators": ["threats_to_kill", "separation_or_attempt", "controlling_behaviour",
        "minor_injury", "stalking_behaviour"],
        "persons": [{ "roles": ["victim"], "estimated_age": 15 }, { "roles": ["suspect"], "estimated_age": 17 }] });
    let items = triage("domestic_abuse", &rest);
    assert_eq!(items.iter().map(|i| i.desk).collect::<Vec<_>>(), [ppn_domain::Desk::Child]);
    assert_eq!(items[0].assessment.rank.band, Band::Red);
}

/// A risk tool whose items the policy does not map still says that something happens.
#[test]
fn items_of_a_tool_that_nobody_mapped_are_seen() {
    let with = |answers: Value| {
        let rest = json!({ "risk_assessments": [{ "tool": "dara", "answers": answers }],
            "persons": [{ "roles": ["victim"] }, { "roles": ["suspect"] }] });
        triage("domestic_abuse", &rest)[0].assessment.rank
    };
    let none = with(json!({}));
    assert_eq!(with(json!({ "a": "often" })).band, Band::Amber);
    assert!(with(json!({ "a": "once" })) > none);
}

/// A yes to any one question of a DASH never lowers.
#[test]
fn a_yes_to_a_risk_question_never_lowers() {
    let with = |answers: Value| {
        let rest = json!({ "risk_assessments": [{ "tool": "dash_2009", "answers": answers }],
            "persons": [{ "roles": ["victim"] }, { "roles": ["suspect"] }] });
        let own = |i: &ppn_triage::DeskAssessment| i.desk == ppn_domain::Desk::DomesticAbuse;
        triage("domestic_abuse", &rest).into_iter().find(own).unwrap().assessment.rank
    };
    let none = with(json!({}));
    for q in 1..=27 {
        assert!(with(json!({ format!("q{q}"): "yes" })) >= none, "q{q}");
    }
}
