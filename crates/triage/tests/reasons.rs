//! Three example notices with everything that a person would read about them.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

use ppn_domain::{Notice, Timestamp};
use ppn_triage::{DEFAULT_POLICY, History, Policy, assess};

fn read_by_a_person(text: &str) -> serde_json::Value {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let notice: Notice = serde_json::from_str(text).unwrap();
    let received = notice.submitted_at.unwrap_or(Timestamp::from_micros(0));
    assess(&policy, &notice, received, &History::none(received))
        .into_iter()
        .map(|item| {
            let mut shown = serde_json::to_value(&item.assessment).unwrap();
            // The hash moves with every line of the policy; what is read does not.
            shown.as_object_mut().unwrap().remove("policy");
            serde_json::json!({ item.desk.code(): shown })
        })
        .collect()
}

#[test]
fn neglect_inside_a_domestic_incident() {
    insta::assert_json_snapshot!(read_by_a_person(
        r#"{"source":"niche","reference":"1","kind":"domestic_abuse","submitted_at":"2026-05-04T05:55:00+01:00",
        "officer_grade":"medium","circumstances":"x","persons":[
        {"key":"m","roles":["victim","parent_or_carer"],"family_name":"Unseen","date_of_birth":"1994-02-11"},
        {"key":"f","roles":["suspect","parent_or_carer"],"markers":["violent"]},
        {"key":"c","roles":["child_present","child_in_household"],"estimated_age":6,"presence":{"saw":true},
         "voice":{"seen":true,"spoken_to":false},"social_care":[{"status":"child_in_need","checked_at":"2026-04-01T10:00:00Z"}]}],
        "indicators":["minor_injury","carer_intoxicated","poor_home_conditions"],
        "actions":{"child_left_with":"a friend"}}"#
    ));
}

#[test]
fn high_from_the_officer_and_few_facts() {
    insta::assert_json_snapshot!(read_by_a_person(
        r#"{"source":"niche","reference":"2","kind":"domestic_abuse","submitted_at":"2026-05-19T07:20:00+01:00",
        "officer_grade":"high","circumstances":"x","persons":[{"roles":["victim"]},{"roles":["suspect"]}],
        "risk_assessments":[{"tool":"dash_2009","answers":{"q1":"no","q2":"yes","q16":"no","q17":"no","q18":"no"}}]}"#
    ));
}

#[test]
fn a_known_offender_and_an_adult_with_care_needs() {
    insta::assert_json_snapshot!(read_by_a_person(
        r#"{"source":"niche","reference":"3","kind":"adult","submitted_at":"2026-05-19T07:20:00+01:00",
        "concerns":["financial_abuse"],"circumstances":"x","persons":[
        {"key":"a","roles":["subject"],"capacity":"doubted","estimated_age":81},
        {"key":"b","roles":["suspect"],"markers":["registered_sex_offender"],
         "known_events":[{"kind":"crime_suspect","on":"2026-03-01"},{"kind":"crime_suspect","on":"2025-12-01"}]},
        {"key":"c","roles":["child_in_household"]}],"indicators":["cuckooing"]}"#
    ));
}
