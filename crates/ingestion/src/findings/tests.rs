use super::*;
use serde_json::{Value, json};

fn now() -> Timestamp {
    Timestamp::parse_rfc3339("2026-06-15T12:00:00Z").unwrap()
}

fn found(members: &Value) -> Vec<(String, String)> {
    let mut document = json!({"source": "niche", "reference": "A1", "kind": "child"});
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    let notice: Notice = serde_json::from_value(document).unwrap();
    of(&notice, now()).into_iter().map(|f| (f.code.code().to_owned(), f.path)).collect()
}

/// The paths at which a notice has one finding.
fn paths(code: FindingCode, members: &Value) -> Vec<String> {
    found(members).into_iter().filter(|(c, _)| c == code.code()).map(|(_, path)| path).collect()
}

#[track_caller]
fn has(code: FindingCode, path: &str, members: &Value) {
    assert_eq!(paths(code, members), [path], "{members}");
}

#[track_caller]
fn has_not(code: FindingCode, members: &Value) {
    assert_eq!(paths(code, members), Vec::<String>::new(), "{members}");
}

#[test]
fn a_full_notice_has_no_findings() {
    let full = json!({
        "occurred_at": "2026-06-15T09:00:00Z", "submitted_at": "2026-06-15T10:00:00Z", "circumstances": "Seen.",
        "persons": [{"roles": ["subject"], "date_of_birth": "2015-01-01", "ethnicity": "W1",
            "voice": {"seen": true, "spoken_to": true}}],
        "actions": {"supervisor_reviewed": true}});
    assert_eq!(found(&full), []);
}

#[test]
fn circumstances_that_show_nothing_are_blank() {
    for text in ["", " \n\t", "\u{200b}\u{feff}", "\u{a0}"] {
        has(FindingCode::CircumstancesBlank, "/circumstances", &json!({"circumstances": text}));
    }
    has(FindingCode::CircumstancesBlank, "/circumstances", &json!({}));
    has_not(FindingCode::CircumstancesBlank, &json!({"circumstances": "."}));
}

#[test]
fn times_are_held_against_one_another_and_arrival() {
    has(FindingCode::SubmittedAtMissing, "/submitted_at", &json!({}));
    let turned = json!({"submitted_at": "2026-06-01T00:00:00Z", "occurred_at": "2026-06-01T00:00:01Z"});
    has(FindingCode::SubmittedBeforeOccurred, "/submitted_at", &turned);
    let same = json!({"submitted_at": "2026-06-01T00:00:00Z", "occurred_at": "2026-06-01T01:00:00+01:00"});
    has_not(FindingCode::SubmittedBeforeOccurred, &same);
    for member in ["occurred_at", "submitted_at", "amended_at"] {
        let code = FindingCode::TimeInFuture;
        has(code, &format!("/{member}"), &json!({member: "2026-06-16T12:00:00.000001Z"}));
        has_not(code, &json!({member: "2026-06-16T12:00:00Z"}));
    }
}

#[test]
fn born_after_the_london_day_of_submission() {
    let born = |day: &str, unborn: bool| {
        json!({"submitted_at": "2026-06-01T23:30:00Z",
            "persons": [{"roles": ["subject"], "date_of_birth": day, "unborn": unborn}]})
    };
    has(FindingCode::BornAfterSubmission, "/persons/0/date_of_birth", &born("2026-06-03", false));
    has_not(FindingCode::BornAfterSubmission, &born("2026-06-02", false));
    has_not(FindingCode::BornAfterSubmission, &born("2026-06-03", true));
}

#[test]
fn particulars_are_owed_for_some_people_and_not_for_others() {
    for role in ["victim", "subject", "suspect", "child_present", "child_in_household"] {
        let person = json!({"persons": [{"roles": [role], "estimated_age": 30}]});
        has(FindingCode::EthnicityMissing, "/persons/0/ethnicity", &person);
        has(FindingCode::DateOfBirthMissing, "/persons/0/date_of_birth", &person);
    }
    for role in ["professional", "witness", "informant", "parent_or_carer", "associate"] {
        let person = json!({"persons": [{"roles": [role], "estimated_age": 30}]});
        has_not(FindingCode::EthnicityMissing, &person);
        has_not(FindingCode::DateOfBirthMissing, &person);
    }
    let both = json!({"persons": [{"roles": ["informant", "victim"]}]});
    has(FindingCode::EthnicityMissing, "/persons/0/ethnicity", &both);
    let child_by_age = json!({"persons": [{"roles": ["household_member"], "estimated_age": 9}]});
    has(FindingCode::DateOfBirthMissing, "/persons/0/date_of_birth", &child_by_age);
    let unborn = json!({"persons": [{"roles": ["subject"], "unborn": true}]});
    has_not(FindingCode::DateOfBirthMissing, &unborn);
    has_not(FindingCode::EthnicityMissing, &unborn);
    let told_why = json!({"persons": [{"roles": ["victim"], "ethnicity": "N1"}]});
    has_not(FindingCode::EthnicityMissing, &told_why);
}

#[test]
fn keys_are_unique_and_known() {
    let notice = json!({
        "persons": [
            {"key": "a", "roles": ["subject"], "orders": [{"kind": "other", "other_party": "x"}, {"kind": "other"}],
             "relationships": [{"to": "b", "kind": "parent"}, {"to": "y", "kind": "parent"}]},
            {"key": "a", "roles": ["witness"]}, {"roles": ["witness"]}, {"key": "b", "roles": ["witness"]}],
        "risk_assessments": [{"tool": "dara", "person": "z"}, {"tool": "dara", "person": "a"}],
        "missing": [{"person": "z"}],
        "actions": {"police_protection": [{"started_at": "2026-06-01T00:00:00Z", "person": "z"}]}});
    has(FindingCode::DuplicatePersonKey, "/persons/1/key", &notice);
    let expected = [
        "/persons/0/orders/0/other_party",
        "/persons/0/relationships/1/to",
        "/risk_assessments/0/person",
        "/missing/0/person",
        "/actions/police_protection/0/person",
    ];
    assert_eq!(paths(FindingCode::UnknownPersonKey, &notice), expected);
}

#[test]
fn children_spoken_of_are_described() {
    let code = FindingCode::ChildrenNotDescribed;
    for indicator in ["child_distressed", "stepchild_in_household", "offender_has_access_to_children"] {
        let said = json!({"kind": "adult", "indicators": [indicator]});
        has(code, "/persons", &said);
        let of_person =
            json!({"kind": "adult", "persons": [{"roles": ["suspect"], "indicators": [indicator]}]});
        has(code, "/persons", &of_person);
    }
    for item in ["q7", "q10", "q11", "q12"] {
        let asked = |answer: &str| json!({"kind": "domestic_abuse", "risk_assessments": [{"tool": "dash_2009", "answers": {item: answer}}]});
        has(code, "/persons", &asked("yes"));
        has_not(code, &asked("no"));
    }
    has_not(
        code,
        &json!({"kind": "adult", "indicators": ["child_distressed"], "persons": [{"roles": ["child_present"]}]}),
    );
    has_not(code, &json!({"indicators": ["child_distressed"], "persons": [{"roles": ["subject"]}]}));
    has_not(
        code,
        &json!({"kind": "adult", "indicators": ["child_distressed"], "persons": [{"roles": ["not_known"], "estimated_age": 17}]}),
    );
    has_not(code, &json!({"kind": "adult", "indicators": ["weapon_used"]}));
}

fn child(role: &str, age: u8, voice: &Value) -> Value {
    json!({"persons": [{"roles": [role], "estimated_age": age, "voice": voice}]})
}

#[test]
fn a_child_not_seen_is_told() {
    let code = FindingCode::ChildNotSeen;
    let unseen = json!({"seen": false});
    has(code, "/persons/0/voice/seen", &child("child_present", 8, &unseen));
    has(code, "/persons/0/voice/seen", &child("subject", 8, &unseen));
    has(code, "/persons/0/voice/seen", &child("not_known", 8, &unseen));
    has_not(code, &child("suspect", 8, &unseen));
    has_not(code, &child("subject", 18, &unseen));
    has_not(code, &child("subject", 8, &json!({})));
    has(code, "/indicators", &json!({"indicators": ["child_not_seen"]}));
    let on_person = json!({"persons": [{"roles": ["child_present"], "indicators": ["child_not_seen"]}]});
    has(code, "/persons/0/indicators", &on_person);
    let suspect_too = json!({"persons": [{"roles": ["suspect", "subject"], "estimated_age": 15, "voice": {"seen": false}}]});
    has(code, "/persons/0/voice/seen", &suspect_too);
}

#[test]
fn a_child_is_spoken_to_or_it_is_said_why_not() {
    let code = FindingCode::ChildNotSpokenTo;
    for voice in [
        json!({}),
        json!({"spoken_to": false}),
        json!({"seen": true}),
        json!({"spoken_to": false, "spoken_to_alone": true}),
    ] {
        has(code, "/persons/0/voice", &child("child_present", 8, &voice));
    }
    for voice in [
        json!({"spoken_to": true}),
        json!({"spoken_to_alone": true}),
        json!({"not_spoken_to_reason": "asleep"}),
    ] {
        has_not(code, &child("child_present", 8, &voice));
    }
    has(code, "/persons/0/voice", &child("subject", 2, &json!({})));
    has_not(code, &child("subject", 1, &json!({})));
    has_not(code, &json!({"persons": [{"roles": ["subject"], "unborn": true}]}));
}

#[test]
fn where_no_words_are_to_be_had_how_the_child_was_is_recorded() {
    let code = FindingCode::ChildSeenNotRecorded;
    for voice in [
        json!({}),
        json!({"seen": true}),
        json!({"demeanour": "calm"}),
        json!({"seen": true, "demeanour": " "}),
    ] {
        has(code, "/persons/0/voice", &child("subject", 1, &voice));
    }
    has_not(code, &child("subject", 1, &json!({"seen": true, "demeanour": "calm"})));
    has_not(code, &child("subject", 2, &json!({})));
    has(code, "/persons/0/voice", &child("subject", 9, &json!({"not_spoken_to_reason": "advised_not_to"})));
    has_not(
        FindingCode::ChildNotSpokenTo,
        &child("subject", 9, &json!({"not_spoken_to_reason": "advised_not_to"})),
    );
}

fn graded(grade: &str, indicators: &Value, answers: &Value) -> Value {
    json!({"kind": "domestic_abuse", "officer_grade": grade, "indicators": indicators,
        "risk_assessments": [{"tool": "dash_2009", "answers": answers}]})
}

#[test]
fn a_domestic_abuse_notice_has_its_questions_put() {
    let missing = FindingCode::RiskAssessmentMissing;
    let refused = FindingCode::RiskAssessmentRefused;
    let with = |assessments: Value| json!({"kind": "domestic_abuse", "risk_assessments": assessments});
    has(missing, "/risk_assessments", &with(json!([])));
    has(missing, "/risk_assessments", &with(json!([{"tool": "dara"}])));
    has_not(missing, &json!({"kind": "adult"}));
    for declined in
        [json!([{"tool": "dara", "refused": true}]), json!([{"tool": "dara", "answers": {"a": "refused"}}])]
    {
        has(refused, "/risk_assessments", &with(declined.clone()));
        has_not(missing, &with(declined));
    }
    has_not(
        refused,
        &with(json!([{"tool": "dara", "refused": true}, {"tool": "dara", "answers": {"a": "no"}}])),
    );
}

#[test]
fn a_grade_is_held_against_the_facts() {
    let code = FindingCode::GradeAtOdds;
    for grade in ["standard", "medium"] {
        for indicator in ["non_fatal_strangulation", "weapon_used", "threats_to_kill"] {
            has(code, "/officer_grade", &graded(grade, &json!([indicator]), &json!({})));
        }
        for item in ["q16", "q17", "q18"] {
            has(code, "/officer_grade", &graded(grade, &json!([]), &json!({item: "yes"})));
            has_not(code, &graded(grade, &json!([]), &json!({item: "no"})));
        }
    }
    let yes = |n: usize| {
        let items = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14].into_iter().take(n);
        json!(items.map(|i| (format!("q{i}"), json!("yes"))).collect::<serde_json::Map<_, _>>())
    };
    has(code, "/officer_grade", &graded("medium", &json!([]), &yes(14)));
    has_not(code, &graded("medium", &json!([]), &yes(13)));
    has(code, "/officer_grade", &graded("high", &json!([]), &json!({"q1": "no"})));
    has_not(code, &graded("high", &json!([]), &json!({"q1": "yes"})));
    has_not(code, &graded("high", &json!(["hoarding"]), &json!({})));
    has_not(code, &json!({"indicators": ["weapon_used"]}));
}

#[test]
fn what_is_stated_and_ruled_out_is_told() {
    let both = json!({"indicators": ["hoarding"], "indicators_ruled_out": ["cuckooing", "hoarding"]});
    has(FindingCode::PresentAndRuledOut, "/indicators_ruled_out/1", &both);
}

#[test]
fn a_review_not_recorded_is_not_done() {
    let code = FindingCode::SupervisorDidNotReview;
    for notice in [json!({}), json!({"actions": {}}), json!({"actions": {"supervisor_reviewed": false}})] {
        has(code, "/actions/supervisor_reviewed", &notice);
    }
    has_not(code, &json!({"actions": {"supervisor_reviewed": true}}));
}
