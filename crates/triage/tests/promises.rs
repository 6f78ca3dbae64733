//! The promises about what may and may not move a rank, over generated notices.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails where it stands")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ppn_domain::notice::codes::{
    Answer, Concern, Consent, Grade, Indicator, KnownEventKind, Marker, OrderKind, Role, Sex,
};
use ppn_domain::notice::{Actions, Address, KnownEvent, Order, Person, RiskAssessment};
use ppn_domain::{Band, Desk, Notice, Rank, Span, Suggestion, Timestamp};
use ppn_triage::{DEFAULT_POLICY, DeskAssessment, History, Policy, assess, rank};
use proptest::prelude::*;

static POLICY: LazyLock<Policy> = LazyLock::new(|| match Policy::from_toml(DEFAULT_POLICY) {
    Ok(policy) => policy,
    Err(errors) => panic!("{errors}"),
});

fn received() -> Timestamp {
    Timestamp::parse_rfc3339("2026-05-20T12:00:00Z").unwrap()
}

fn triage(notice: &Notice) -> Vec<DeskAssessment> {
    assess(&POLICY, notice, received(), &History::none(received()))
}

fn ranks(notice: &Notice) -> BTreeMap<Desk, Rank> {
    triage(notice).into_iter().map(|item| (item.desk, item.assessment.rank)).collect()
}

/// Rank and rules, without the places that they rest on.
fn rules(notice: &Notice) -> Vec<(Desk, Rank, Vec<String>)> {
    triage(notice)
        .into_iter()
        .map(|item| {
            let rules = item.assessment.reasons.iter().map(|reason| reason.rule.clone()).collect();
            (item.desk, item.assessment.rank, rules)
        })
        .collect()
}

fn not_lower(before: &Notice, after: &Notice) -> Result<(), TestCaseError> {
    let after = ranks(after);
    for (desk, rank) in ranks(before) {
        let now = after.get(&desk).copied();
        prop_assert!(now.is_some_and(|now| now >= rank), "{desk}: {rank:?} became {now:?}");
    }
    Ok(())
}

fn blank(roles: Vec<Role>) -> Person {
    let roles = serde_json::to_value(roles).unwrap();
    serde_json::from_value(serde_json::json!({ "roles": roles })).unwrap()
}

fn order() -> impl Strategy<Value = Order> {
    (prop::sample::select(OrderKind::ALL.to_vec()), prop::option::of(0..4_u8)).prop_map(|(kind, other)| {
        let other = other.map(|at| format!("p{at}"));
        serde_json::from_value(serde_json::json!({ "kind": kind, "other_party": other })).unwrap()
    })
}

fn known_event() -> impl Strategy<Value = KnownEvent> {
    (prop::sample::select(KnownEventKind::ALL.to_vec()), 1..400_i64).prop_map(|(kind, days)| {
        let on = (received() - Span::days(days)).london_date();
        serde_json::from_value(serde_json::json!({ "kind": kind, "on": on })).unwrap()
    })
}

/// Narratives: sentences with and without hard facts, and anything else.
fn narrative() -> impl Strategy<Value = String> {
    let sentence = prop_oneof![
        prop::sample::select(SENTENCES.to_vec()).prop_map(str::to_owned),
        prop::sample::select(HARMFUL.to_vec()).prop_map(str::to_owned),
        "\\PC{0,40}",
        any::<String>(),
    ];
    prop::collection::vec(sentence, 0..4).prop_map(|all| all.join(" "))
}

/// Sentences that state no harm, or deny one.
const SENTENCES: &[&str] = &[
    "Something happened.",
    "Officers attended and spoke to both.",
    "She denied that he had ever put his hands round her neck.",
    "No weapons were seen and nobody was hurt.",
    "He used to hit her, ten years ago.",
];

/// Sentences that each state one.
const HARMFUL: &[&str] = &[
    "He put his hands round her neck and squeezed.",
    "He had a kitchen knife and said he would stab her.",
    "He said he was going to kill her and she believes him.",
    "The children were in the room and saw it.",
    "The baby has a bruise and nobody can say how it happened.",
    "He is on bail not to contact her and came to the house.",
    "There was no food in the house and the beds were filthy.",
];

fn person() -> impl Strategy<Value = Person> {
    (
        prop::sample::subsequence(Role::ALL.to_vec(), 1..3),
        prop::option::of(0..70_u8),
        prop::sample::subsequence(Marker::ALL.to_vec(), 0..3),
        prop::sample::subsequence(Indicator::ALL.to_vec(), 0..2),
        prop::option::of((0..5_usize, "[a-z]{3,8}")),
        prop::bool::weighted(0.2),
        prop::option::of((0..10_usize, any::<bool>(), any::<bool>())),
        prop::option::weighted(0.2, order()),
        prop::collection::vec(known_event(), 0..2),
    )
        .prop_map(|(roles, age, markers, indicators, relation, care, voice, order, events)| {
            let mut person = blank(roles);
            person.estimated_age = age;
            person.markers = markers;
            person.indicators = indicators;
            person.orders = order.into_iter().collect();
            person.known_events = events;
            if care {
                person.social_care =
                    serde_json::from_value(serde_json::json!([{ "status": "child_in_need" }])).unwrap();
            }
            if let Some((to, _)) = relation {
                let kind = ["partner", "ex_partner", "child", "parent", "friend"][to];
                person.relationships =
                    serde_json::from_value(serde_json::json!([{ "to": format!("p{to}"), "kind": kind }]))
                        .unwrap();
            }
            if let Some((_, seen, spoken)) = voice {
                person.voice = Some(
                    serde_json::from_value(serde_json::json!({ "seen": seen, "spoken_to": spoken })).unwrap(),
                );
            }
            person
        })
}

fn notice() -> impl Strategy<Value = Notice> {
    (
        0..3_usize,
        prop::sample::subsequence(Concern::ALL.to_vec(), 0..3),
        prop::sample::subsequence(Indicator::ALL.to_vec(), 0..5),
        prop::sample::subsequence(Indicator::ALL.to_vec(), 0..4),
        prop::collection::vec(person(), 0..5),
        prop::option::of(prop::sample::select(Grade::ALL.to_vec())),
        prop::collection::btree_map(
            "q([1-9]|1[0-9]|2[0-7])",
            prop::sample::select(Answer::ALL.to_vec()),
            0..12,
        ),
        prop::option::of(narrative()),
    )
        .prop_map(|(kind, concerns, indicators, ruled_out, mut persons, grade, answers, told)| {
            for (i, person) in persons.iter_mut().enumerate() {
                person.key = Some(format!("p{i}"));
            }
            let kind = ["child", "adult", "domestic_abuse"][kind];
            let mut notice: Notice =
                serde_json::from_value(serde_json::json!({ "source": "s", "reference": "r", "kind": kind }))
                    .unwrap();
            notice.concerns = concerns;
            notice.indicators = indicators;
            notice.indicators_ruled_out = ruled_out;
            notice.persons = persons;
            notice.officer_grade = grade;
            notice.circumstances = told;
            if !answers.is_empty() {
                notice.risk_assessments.push(RiskAssessment {
                    person: None,
                    tool: ppn_domain::notice::codes::Tool::Dash2009,
                    refused: None,
                    answers,
                    comments: BTreeMap::new(),
                });
            }
            notice
        })
}

fn actions(notice: &mut Notice) -> &mut Actions {
    notice.actions.get_or_insert_with(|| serde_json::from_value(serde_json::json!({})).unwrap())
}

/// All but the officer's word that nothing is about safeguarding, which is no harmful fact: beside words of a
/// time long past it takes the point away that a stated concern has.
fn harmful_indicators() -> Vec<Indicator> {
    Indicator::ALL.iter().copied().filter(|indicator| *indicator != Indicator::NotSafeguarding).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn another_harmful_fact_never_lowers(
        notice in notice(),
        indicator in prop::sample::select(harmful_indicators()),
        marker in prop::sample::select(Marker::ALL.to_vec()),
        concern in prop::sample::select(Concern::ALL.to_vec()),
        at in any::<usize>(),
    ) {
        let mut more = notice.clone();
        more.indicators.push(indicator);
        not_lower(&notice, &more)?;
        let mut more = notice.clone();
        more.concerns.push(concern);
        not_lower(&notice, &more)?;
        if !notice.persons.is_empty() {
            let at = at % notice.persons.len();
            let mut more = notice.clone();
            more.persons[at].markers.push(marker);
            not_lower(&notice, &more)?;
            let mut more = notice.clone();
            more.persons[at].indicators.push(indicator);
            not_lower(&notice, &more)?;
        }
    }

    #[test]
    fn another_harmful_answer_record_or_sentence_never_lowers(
        notice in notice(),
        q in 1..28_u8,
        order in order(),
        event in known_event(),
        sentence in prop::sample::select(HARMFUL.to_vec()),
        at in any::<usize>(),
    ) {
        let mut more = notice.clone();
        for asked in &mut more.risk_assessments { asked.answers.insert(format!("q{q}"), Answer::Yes); }
        not_lower(&notice, &more)?;
        // Words of their own paragraph, so that none of the others deny them.
        let mut more = notice.clone();
        let told = more.circumstances.get_or_insert_default();
        *told = format!("{sentence}\n\n{told}");
        not_lower(&notice, &more)?;
        if !notice.persons.is_empty() {
            let at = at % notice.persons.len();
            let mut more = notice.clone();
            more.persons[at].orders.push(order);
            not_lower(&notice, &more)?;
            let mut more = notice.clone();
            more.persons[at].known_events.push(event);
            not_lower(&notice, &more)?;
        }
    }

    #[test]
    fn an_earlier_notice_of_the_same_people_never_lowers(
        notice in notice(), earlier in notice(), days in 1..400_i64,
    ) {
        let named = |mut notice: Notice, reference: &str, submitted: Timestamp| {
            notice.reference = reference.to_owned();
            notice.submitted_at = Some(submitted);
            for (i, person) in notice.persons.iter_mut().enumerate() {
                person.identifiers = serde_json::from_value(
                    serde_json::json!([{ "system": "niche", "id": format!("N{i}") }]),
                ).unwrap();
            }
            notice
        };
        let notice = named(notice, "later", received());
        let earlier = named(earlier, "earlier", received() - Span::days(days));
        let of = |history: &[Notice]| -> BTreeMap<Desk, Rank> {
            rank(&POLICY, ppn_ingestion::profiles, vec![notice.clone()], history)
                .into_iter()
                .map(|item| (item.desk, Rank { band: item.band, score: item.score }))
                .collect()
        };
        let (alone, with) = (of(&[]), of(&[earlier]));
        for (desk, rank) in alone {
            let now = with.get(&desk).copied();
            prop_assert!(now.is_some_and(|now| now >= rank), "{desk}: {rank:?} became {now:?}");
        }
    }

    #[test]
    fn an_answer_left_out_is_never_lower_than_the_same_answered_no(notice in notice(), q in 1..28_u8) {
        let question = format!("q{q}");
        let mut no = notice.clone();
        let mut left_out = notice;
        for asked in &mut no.risk_assessments { asked.answers.insert(question.clone(), Answer::No); }
        for asked in &mut left_out.risk_assessments {
            asked.answers.remove(&question);
        }
        not_lower(&no, &left_out)?;
    }

    #[test]
    fn an_indicator_not_ruled_out_is_never_lower_than_ruled_out(
        notice in notice(), indicator in prop::sample::select(Indicator::ALL.to_vec()),
    ) {
        let mut unknown = notice;
        unknown.indicators_ruled_out.retain(|x| *x != indicator);
        let mut ruled_out = unknown.clone();
        ruled_out.indicators_ruled_out.push(indicator);
        not_lower(&ruled_out, &unknown)?;
    }

    #[test]
    fn who_somebody_is_changes_nothing(notice in notice(), name in "[A-Z][a-z]{2,9}", code in "[A-Z]{2}[0-9] [0-9][A-Z]{2}") {
        let mut other = notice.clone();
        for person in &mut other.persons {
            person.family_name = Some(name.clone());
            person.given_names = Some(name.clone());
            person.sex = Some(Sex::Female);
            person.gender_identity = Some(name.clone());
            person.ethnicity = Some("B1".to_owned());
            person.first_language = Some(name.clone());
            person.school = Some(name.clone());
            person.occupation = Some(name.clone());
            person.phone = Some("07700900000".to_owned());
            person.address = Some(Address {
                lines: vec![name.clone()], postcode: Some(code.clone()), uprn: None, protected: None, kind: None,
            });
        }
        other.location = other.persons.first().and_then(|p| p.address.clone());
        other.local_authority = Some("elsewhere".to_owned());
        prop_assert_eq!(triage(&notice), triage(&other));
    }

    #[test]
    fn the_order_of_people_changes_no_rank_and_no_rule(
        (notice, persons) in notice().prop_flat_map(|notice| {
            let persons = notice.persons.clone();
            (Just(notice), Just(persons).prop_shuffle())
        }),
    ) {
        let mut turned = notice.clone();
        turned.persons = persons;
        prop_assert_eq!(rules(&notice), rules(&turned));
    }

    #[test]
    fn what_must_lower_nothing_lowers_nothing(notice in notice()) {
        let mut refused = notice.clone();
        for person in &mut refused.persons { person.consent = Some(Consent::Refused); }
        not_lower(&notice, &refused)?;

        let mut old = notice.clone();
        old.occurred_at = Some(Timestamp::parse_rfc3339("1999-01-01T00:00:00Z").unwrap());
        not_lower(&notice, &old)?;

        let mut non_recent = notice.clone();
        non_recent.non_recent = Some(true);
        not_lower(&notice, &non_recent)?;

        let mut withdrawn = notice.clone();
        withdrawn.withdrawn_reason = Some("entered in error".to_owned());
        not_lower(&notice, &withdrawn)?;

        let mut arrested = notice.clone();
        actions(&mut arrested).arrested = Some(true);
        not_lower(&notice, &arrested)?;

        let mut standard = notice.clone();
        standard.officer_grade = None;
        let without = standard.clone();
        standard.officer_grade = Some(Grade::Standard);
        not_lower(&without, &standard)?;

        // Each says that the other did it: both are victim and suspect.
        let mut countered = notice.clone();
        for person in &mut countered.persons {
            if person.has_role(Role::Victim) && !person.has_role(Role::Suspect) {
                person.roles.push(Role::Suspect);
            } else if person.has_role(Role::Suspect) && !person.has_role(Role::Victim) {
                person.roles.push(Role::Victim);
            } else if person.has_role(Role::Subject) && !person.has_role(Role::Suspect) {
                person.roles.push(Role::Suspect);
            }
        }
        not_lower(&notice, &countered)?;
    }

    #[test]
    fn every_rank_explains_itself(notice in notice()) {
        for item in triage(&notice) {
            let a = &item.assessment;
            let points: i32 = a.reasons.iter().filter_map(|r| r.points).sum();
            prop_assert_eq!(points, a.rank.score);
            let floor = a.reasons.iter().filter_map(|r| r.floor).max().unwrap_or(Band::Blue);
            if item.desk == Desk::Share {
                let highest = triage(&notice).iter().filter(|i| i.desk != Desk::Share).map(|i| i.assessment.rank).max();
                prop_assert_eq!(Some(a.rank), highest);
                continue;
            }
            let red = if item.desk == Desk::Adult { 100 } else { 220 };
            let by_points = match a.rank.score { n if n >= red => Band::Red, 40.. => Band::Amber, 10.. => Band::Green, _ => Band::Blue };
            let lowest = floor.max(by_points);
            prop_assert!(a.rank.band == lowest || (lowest == Band::Blue && a.rank.band == Band::Green));
            prop_assert!(a.questions.len() <= 3);
            prop_assert!(a.questions.iter().all(|q| q.could_be > a.rank.band || a.rank.band == Band::Green));
            prop_assert_eq!(a.rank.band == Band::Blue, item.desk != Desk::Share && a.suggests.contains(&Suggestion::NoResearch)
                || item.desk == Desk::Share && a.rank.band == Band::Blue);
            for reason in a.reasons.iter().filter(|r| r.rule != "little_known") {
                prop_assert!(!reason.evidence.is_empty(), "{} rests on nothing", reason.rule);
            }
        }
    }

    #[test]
    fn the_same_input_gives_the_same_bytes_for_the_desks_in_order(notice in notice()) {
        let bytes = |items: &[DeskAssessment]| -> Vec<String> {
            items.iter().map(|i| serde_json::to_string(&i.assessment).unwrap()).collect()
        };
        let items = triage(&notice);
        prop_assert!(!items.is_empty());
        prop_assert!(items.is_sorted_by_key(|i| i.desk));
        prop_assert_eq!(bytes(&items), bytes(&triage(&notice)));
    }
}

/// Regression: a parent who was said to be a victim too, and gave no age, was taken for the child whom an
/// injury was ticked for, and the child's own injury counted no more.
#[test]
fn a_counter_allegation_takes_no_injury_off_a_child() {
    let notice = |roles: &[Role]| {
        let mut notice: Notice = serde_json::from_value(serde_json::json!({
            "source": "s", "reference": "r", "kind": "child", "indicators": ["child_injured"],
            "persons": [{ "roles": ["child_in_household"] }]
        }))
        .unwrap();
        notice.persons.push(blank(roles.to_vec()));
        notice
    };
    let (before, after) = (
        notice(&[Role::Suspect, Role::ParentOrCarer]),
        notice(&[Role::Suspect, Role::ParentOrCarer, Role::Victim]),
    );
    assert_eq!(ranks(&before)[&Desk::Child].band, Band::Red);
    assert!(ranks(&after)[&Desk::Child] >= ranks(&before)[&Desk::Child]);
}

#[test]
fn no_fact_reads_who_somebody_is() {
    let words = [
        "ethnicity",
        "sex_",
        "gender",
        "religion",
        "postcode",
        "family_name",
        "given_name",
        "school`",
        "alias",
        "first_language",
        "local_authority",
    ];
    for fact in ppn_triage::facts::describe() {
        for word in words {
            let of_offenders = word == "sex_" && fact.id.contains("sex_offender");
            assert!(
                of_offenders || !fact.id.contains(word) && !fact.source.contains(word),
                "{} reads {word}",
                fact.id
            );
        }
    }
}

#[test]
fn every_fact_holds_of_its_example_and_has_a_meaning_of_its_own() {
    let all = ppn_triage::facts::describe();
    let ids: BTreeSet<&str> = all.iter().map(|fact| fact.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "an identifier stands twice");
    for fact in &all {
        assert!(!fact.meaning.is_empty() && !fact.source.is_empty());
        let notices: Vec<Notice> = serde_json::from_str(&fact.example)
            .or_else(|_| serde_json::from_str(&fact.example).map(|notice| vec![notice]))
            .unwrap_or_else(|e| panic!("{}: {e}", fact.id));
        let web = common::web(&notices);
        let (this, history) = (notices.last().unwrap(), web.history(notices.len() - 1));
        let number = ppn_triage::facts::number(&fact.id, this, received(), &history);
        let holds = ppn_triage::facts::holding(this, received(), &history).contains(&fact.id.as_str());
        assert!(holds || number.is_some(), "{} does not hold of {}", fact.id, fact.example);
    }
}

#[test]
fn texts_on_screen_avoid_words_that_promise_or_judge() {
    let notice: Notice = serde_json::from_str(r#"{"source":"s","reference":"r","kind":"child"}"#).unwrap();
    assert_eq!(triage(&notice).len(), 1);
    for line in DEFAULT_POLICY.lines().filter(|line| line.starts_with("text") || line.starts_with("label")) {
        let line = line.to_lowercase();
        for word in ["score", "predict", "perpetrator", "probab"] {
            assert!(!line.contains(word), "{line}");
        }
    }
}
