//! Facts from history: what other notices of the same people and homes say.

use std::collections::BTreeSet;

use ppn_domain::{Evidence, Span, Timestamp};

use super::{About, Fact, FactKind, Found, Value, from_history};
use crate::history::{Event, History, Mark, Tie, Told};

const WINDOWS: [i64; 3] = [30, 90, 365];
/// Of accumulation half a year too: five in a year and five in half of one are not the same.
const ACCUMULATION: [i64; 4] = [30, 90, 180, 365];
const YEAR: Span = Span::days(365);

/// Of whom events are counted: the word in identifiers, in words, and the tie.
const SCOPES: [(&str, &str, Tie); 6] = [
    ("anyone", "anybody in this notice", Tie::Anyone),
    ("pair", "this victim and this suspect, whichever way round", Tie::Pair),
    ("person_at_risk", "the victim or subject", Tie::AtRisk),
    ("suspect", "the suspect, as suspect", Tie::Suspect),
    ("child", "a child", Tie::Child),
    ("household", "the household", Tie::Household),
];

pub(super) fn facts() -> Vec<Fact> {
    let mut facts = Vec::new();
    for (scope, of, tie) in SCOPES {
        for days in WINDOWS {
            facts.push(count(
                &format!("{scope}_linked_events_{days}d"),
                &format!("Events of {of} in other notices, in the {days} days before receipt"),
                &example(&[("2026-05-10", WITH_ALL)], WITH_ALL),
                move |history, found| {
                    let events = history.before(Span::days(days)).filter(|e| counted(e, tie));
                    found.events(events.collect());
                },
            ));
        }
        facts.push(from_history(
            &format!("{scope}_linked_event_days"),
            FactKind::Days,
            About::Notice,
            &format!("Days from the last event of {of} in another notice to receipt"),
            &example(&[("2026-05-10", WITH_ALL)], WITH_ALL),
            move |history, found| {
                if let Some(last) = history.before(Span::days(730)).filter(|e| counted(e, tie)).last() {
                    let days = (history.received - last.at).as_micros() / Span::days(1).as_micros();
                    found.set(Value::Number(u32::try_from(days).unwrap_or(0)), || evidence(last));
                }
            },
        ));
    }
    facts.extend(accumulation());
    facts.extend(escalation());
    facts.extend(elsewhere());
    facts
}

/// Told by another notice, and so not counted by the facts about what the source knows.
fn counted(event: &Event<'_>, tie: Tie) -> bool {
    let told = event.told_by.iter().any(|told| !matches!(told, Told::Known { .. }));
    told && event.ties.has(tie) && (tie != Tie::Pair || event.marks.has(Mark::Domestic))
}

fn domestic(history: &History<'_>) -> bool {
    history.own.is_some_and(|own| own.marks.has(Mark::Domestic))
}

/// Windows of accumulation, this event counted, what the source knows included.
fn accumulation() -> Vec<Fact> {
    let mut facts = Vec::new();
    for days in ACCUMULATION {
        let length = Span::days(days);
        facts.push(count(
            &format!("domestic_events_in_any_{days}d"),
            &format!(
                "The most domestic events of this pair, victim or household in any {days} days that hold this one; this one counted"
            ),
            &example(&[("2026-05-10", WITH_ALL)], WITH_ALL),
            move |history, found| {
                if domestic(history) {
                    found.most(history, length, &[Tie::Pair, Tie::AtRisk, Tie::Household], Mark::Domestic);
                }
            },
        ));
        facts.push(count(
            &format!("child_events_in_any_{days}d"),
            &format!(
                "The most events of any kind of a child or its household in any {days} days that hold this one; this one counted"
            ),
            &example(&[("2026-05-10", WITH_ALL)], WITH_ALL),
            move |history, found| {
                let (n, events) = history.most_in_any(length, |e| {
                    e.ties.has(Tie::Child) || e.ties.has(Tie::Household)
                });
                found.inclusive(n, &events);
            },
        ));
        facts.push(count(
            &format!("person_at_risk_events_in_any_{days}d"),
            &format!(
                "The most events of any kind of the victim or subject in any {days} days that hold this one; this one counted"
            ),
            &example(&[("2026-05-10", WITH_ALL)], WITH_ALL),
            move |history, found| {
                let (n, events) = history.most_in_any(length, |e| e.ties.has(Tie::AtRisk));
                found.inclusive(n, &events);
            },
        ));
        facts.push(count(
            &format!("missing_episodes_in_any_{days}d"),
            &format!(
                "The most missing episodes of the subject in any {days} days that hold this one; this one counted"
            ),
            &example(&[("2026-05-10", MISSING)], MISSING),
            move |history, found| {
                if history.own.is_some_and(|own| own.marks.has(Mark::Missing)) {
                    found.most(history, length, &[Tie::AtRisk, Tie::Child], Mark::Missing);
                }
            },
        ));
    }
    facts.push(count(
        "possible_domestic_events_in_any_365d",
        "As domestic events in any 365 days, with those of possible matches that nobody has confirmed",
        &example(&[("2026-05-10", POSSIBLE)], POSSIBLE),
        |history, found| {
            let possible = |e: &Event<'_>| e.ties.has(Tie::Possible) && !e.ties.is_certain();
            if domestic(history) && history.events.iter().any(possible) {
                let (n, events) = history.most_in_any(YEAR, |e| {
                    e.marks.has(Mark::Domestic)
                        && (possible(e) || e.ties.has(Tie::Pair) || e.ties.has(Tie::AtRisk))
                });
                found.inclusive(n, &events);
            }
        },
    ));
    facts.push(count(
        "possible_linked_events_365d",
        "Events in the 365 days before receipt of somebody who may be a person of this notice: a possible match that nobody has confirmed",
        &example(&[("2026-05-10", POSSIBLE)], POSSIBLE),
        |history, found| {
            let possible = |e: &&Event<'_>| e.ties.has(Tie::Possible) && !e.ties.is_certain();
            found.events(history.before(YEAR).filter(possible).collect());
        },
    ));
    facts
}

/// Whether it gets worse, and whom else the suspect harms.
#[expect(clippy::too_many_lines, reason = "one entry a fact: a list, not steps")]
fn escalation() -> Vec<Fact> {
    vec![
        yes(
            "gaps_shrinking",
            "Three or more domestic events of this pair, victim or household in a year, and the last gap is at most half of the mean of those before",
            &example(
                &[("2025-12-01", WITH_ALL), ("2026-03-01", WITH_ALL), ("2026-05-10", WITH_ALL)],
                WITH_ALL,
            ),
            |history, found| {
                let events = course(history);
                let times: Vec<i64> =
                    events.iter().map(|e| e.at).chain([history.received]).map(Timestamp::micros).collect();
                let gaps: Vec<i64> = times.windows(2).map(|w| w[1] - w[0]).collect();
                if let Some((last, before)) = gaps.split_last()
                    && !before.is_empty()
                    && i128::from(*last) * 2 * i128::try_from(before.len()).unwrap_or(1)
                        <= before.iter().map(|gap| i128::from(*gap)).sum()
                {
                    found.because(&events);
                }
            },
        ),
        yes(
            "severity_rising",
            "Two or more earlier domestic events of this pair, victim or household in a year, and the harm reported rises over the last three, this one counted",
            &example(
                &[("2026-03-01", WITH_ALL), ("2026-04-01", WITH_ALL)],
                r#""kind":"domestic_abuse","indicators":["non_fatal_strangulation"],"persons":[{"person_id":"V","roles":["victim"],"address":{"lines":["1 Mill Lane"],"postcode":"DE1 1AA"}},{"person_id":"S","roles":["suspect"]}]"#,
            ),
            |history, found| {
                let events = course(history);
                let Some(own) = history.own else { return };
                if let [.., first, second] = events.as_slice()
                    && first.severity <= second.severity
                    && second.severity <= own.severity
                    && first.severity < own.severity
                {
                    found.because(&events[events.len() - 2..]);
                }
            },
        ),
        yes(
            "roles_swapped",
            "Victim and suspect of this notice had each other's part in another event",
            &example(
                &[(
                    "2026-05-10",
                    r#""kind":"domestic_abuse","persons":[{"person_id":"S","roles":["victim"]},{"person_id":"V","roles":["suspect"]}]"#,
                )],
                WITH_ALL,
            ),
            |history, found| {
                let swapped: Vec<&Event<'_>> = history.events.iter().filter(|e| e.swapped).collect();
                if !swapped.is_empty() {
                    found.because(&swapped);
                }
            },
        ),
        count(
            "suspect_other_victims_730d",
            "Other people at risk from this suspect in other events, in the 730 days before receipt",
            &example(
                &[(
                    "2026-05-10",
                    r#""kind":"domestic_abuse","persons":[{"person_id":"W","roles":["victim"]},{"person_id":"S","roles":["suspect"]}]"#,
                )],
                WITH_ALL,
            ),
            |history, found| {
                let events: Vec<&Event<'_>> =
                    history.before(Span::days(730)).filter(|e| !e.other_victims.is_empty()).collect();
                let victims: BTreeSet<u32> =
                    events.iter().flat_map(|e| e.other_victims.iter().copied()).collect();
                if let Ok(n @ 1..) = u32::try_from(victims.len()) {
                    found.set(Value::Number(n), || events.into_iter().flat_map(evidence).collect());
                }
            },
        ),
        count(
            "suspect_linked_breaches_365d",
            "Events in which this suspect broke an order, bail or other condition, in the 365 days before receipt",
            &example(
                &[(
                    "2026-05-10",
                    r#""kind":"domestic_abuse","indicators":["breach_of_order_or_bail"],"persons":[{"person_id":"S","roles":["suspect"]}]"#,
                )],
                WITH_ALL,
            ),
            |history, found| {
                let breach = |e: &&Event<'_>| e.ties.has(Tie::Suspect) && e.marks.has(Mark::Breach);
                found.events(history.before(YEAR).filter(breach).collect());
            },
        ),
        count(
            "people_at_home_365d",
            "Other people at the homes of this notice, in the notices of the 365 days before receipt",
            &example(
                &[(
                    "2026-05-10",
                    r#""persons":[{"person_id":"W","roles":["subject"],"address":{"lines":["1 Mill Lane"],"postcode":"DE1 1AA"}}]"#,
                )],
                WITH_ALL,
            ),
            |history, found| {
                if let Ok(n @ 1..) = u32::try_from(history.people_at_home) {
                    let home: Vec<&Event<'_>> =
                        history.before(YEAR).filter(|e| e.ties.has(Tie::Household)).collect();
                    found.set(Value::Number(n), || home.into_iter().flat_map(evidence).collect());
                }
            },
        ),
        count(
            "same_event_notices",
            "Other notices of this very event",
            &example(
                &[(
                    "2026-05-20",
                    r#""incident_reference":"12-20","persons":[{"person_id":"V","roles":["victim"]}]"#,
                )],
                r#""incident_reference":"12-20","persons":[{"person_id":"V","roles":["victim"]}]"#,
            ),
            |history, found| {
                if let Ok(n @ 1..) = u32::try_from(history.same_event.len()) {
                    let notices =
                        || history.same_event.iter().map(|t| told_in(*t, "the same event")).collect();
                    found.set(Value::Number(n), notices);
                }
            },
        ),
    ]
}

/// The domestic events before this one from which it can be seen whether it gets worse.
fn course<'h>(history: &'h History<'_>) -> Vec<&'h Event<'h>> {
    if !domestic(history) {
        return Vec::new();
    }
    history
        .before(YEAR)
        .filter(|e| e.marks.has(Mark::Domestic))
        .filter(|e| [Tie::Pair, Tie::AtRisk, Tie::Household].iter().any(|tie| e.ties.has(*tie)))
        .collect()
}

/// Whom a mark is looked for on.
const ELSEWHERE: [(&str, Mark, Mark, &str, &str); 12] = [
    (
        "suspect",
        Mark::Suspect,
        Mark::ChildSexualHarm,
        "suspected_of_sexual_harm_to_child",
        r#""kind":"child","concerns":["child_sexual_exploitation"],"persons":[{"person_id":"S","roles":["suspect"]}]"#,
    ),
    (
        "suspect",
        Mark::Suspect,
        Mark::Violent,
        "violent",
        r#""persons":[{"person_id":"S","roles":["suspect"],"markers":["violent"]}]"#,
    ),
    (
        "suspect",
        Mark::Suspect,
        Mark::Weapons,
        "weapons",
        r#""persons":[{"person_id":"S","roles":["suspect"],"markers":["weapons"]}]"#,
    ),
    (
        "suspect",
        Mark::Suspect,
        Mark::Suicidal,
        "suicidal",
        r#""persons":[{"person_id":"S","roles":["suspect"],"markers":["suicidal"]}]"#,
    ),
    (
        "suspect",
        Mark::Suspect,
        Mark::SerialAbuser,
        "serial_abuser",
        r#""persons":[{"person_id":"S","roles":["suspect"],"markers":["domestic_abuse_serial_perpetrator"]}]"#,
    ),
    (
        "suspect",
        Mark::Suspect,
        Mark::Breach,
        "breach",
        r#""indicators":["breach_of_order_or_bail"],"persons":[{"person_id":"S","roles":["suspect"]}]"#,
    ),
    (
        "anyone",
        Mark::Concerned,
        Mark::SexOffender,
        "sex_offender",
        r#""persons":[{"person_id":"S","roles":["suspect"],"markers":["registered_sex_offender"]}]"#,
    ),
    (
        "anyone",
        Mark::Concerned,
        Mark::ChildSexualHarm,
        "suspected_of_sexual_harm_to_child",
        r#""kind":"child","concerns":["child_sexual_exploitation"],"persons":[{"person_id":"S","roles":["suspect"]}]"#,
    ),
    (
        "child",
        Mark::Child,
        Mark::Exploited,
        "known_to_be_exploited",
        r#""persons":[{"person_id":"C","roles":["subject"],"estimated_age":15,"markers":["cce_risk"]}]"#,
    ),
    (
        "child",
        Mark::Child,
        Mark::OnPlan,
        "on_plan",
        r#""persons":[{"person_id":"C","roles":["subject"],"estimated_age":5,"social_care":[{"status":"child_protection_plan"}]}]"#,
    ),
    (
        "person_at_risk",
        Mark::AtRisk,
        Mark::MaracSubject,
        "marac_subject",
        r#""persons":[{"person_id":"V","roles":["victim"],"markers":["marac_subject"]}]"#,
    ),
    (
        "person_at_risk",
        Mark::AtRisk,
        Mark::Suicidal,
        "suicidal",
        r#""persons":[{"person_id":"V","roles":["victim"],"markers":["suicidal"]}]"#,
    ),
];

/// What other notices say of a person of this one, within a year before or after.
fn elsewhere() -> Vec<Fact> {
    let mut facts = Vec::new();
    for (group, here, mark, word, other) in ELSEWHERE {
        facts.push(yes(
            &format!("{group}_elsewhere_{word}"),
            &format!(
                "Another notice within a year says of {}: {}",
                if group == "anyone" {
                    "somebody in this one".to_owned()
                } else {
                    format!("the {} here", group.replace('_', " "))
                },
                word.replace('_', " ")
            ),
            &example(&[("2026-05-10", other)], WITH_ALL),
            move |history, found| found.standing(history, here, mark, true),
        ));
    }
    facts.push(yes(
        "possible_elsewhere_sex_offender",
        "Another notice within a year says that somebody who may be a person of this one is a sexual offender, or suspected of sexual harm to a child: a possible match that nobody has confirmed",
        &example(&[("2026-05-10", r#""persons":[{"person_id":"S?","roles":["suspect"],"markers":["registered_sex_offender"]}]"#)], WITH_ALL),
        |history, found| {
            found.standing(history, Mark::Concerned, Mark::SexOffender, false);
            found.standing(history, Mark::Concerned, Mark::ChildSexualHarm, false);
        },
    ));
    facts.push(yes(
        "order_elsewhere_between_parties",
        "Another notice within a year says that an order keeps this suspect from somebody at risk here, and it has not run out",
        &example(
            &[("2026-05-10", r#""persons":[{"key":"s","person_id":"S","roles":["suspect"],"orders":[{"kind":"non_molestation_order","other_party":"v"}]},{"key":"v","person_id":"V","roles":["victim"]}]"#)],
            WITH_ALL,
        ),
        |history, found| {
            if !history.barred.is_empty() {
                let orders = || history.barred.iter().map(|t| told_in(*t, "an order in force")).collect();
                found.set(Value::Yes, orders);
            }
        },
    ));
    facts.push(yes(
        "offender_linked_with_child",
        "Somebody here is a sexual offender, or suspected of sexual harm to a child, and other events within a year before place a child with these people or at this home",
        &example(
            &[("2026-05-10", r#""persons":[{"person_id":"S","roles":["parent_or_carer"]},{"person_id":"C","roles":["subject"],"estimated_age":5}]"#)],
            r#""persons":[{"person_id":"S","roles":["suspect"],"markers":["registered_sex_offender"]}]"#,
        ),
        |history, found| {
            let Some(own) = history.own else { return };
            let offender = |t: &crate::history::Traced| {
                t.0.has(Mark::SexOffender) || t.0.has(Mark::ChildSexualHarm)
            };
            let there: Vec<&Event<'_>> = children_there(history).collect();
            if own.people.iter().any(offender) && !there.is_empty() {
                found.because(&there);
            }
        },
    ));
    facts.push(yes(
        "child_of_household_elsewhere",
        "Other events within a year before place a child with the victim, with the pair or at this home",
        &example(
            &[("2026-05-10", r#""persons":[{"person_id":"V","roles":["parent_or_carer"]},{"person_id":"C","roles":["child_in_household"]}]"#)],
            WITH_ALL,
        ),
        |history, found| {
            let there: Vec<&Event<'_>> = children_there(history).collect();
            if !there.is_empty() {
                found.because(&there);
            }
        },
    ));
    facts
}

/// Events in the year before that place a child with the people or at the home of this notice.
pub(crate) fn children_there<'h>(history: &'h History<'_>) -> impl Iterator<Item = &'h Event<'h>> {
    history.before(YEAR).filter(|e| e.ties.is_certain() && e.marks.has(Mark::Child))
}

/// What tells of an event.
fn evidence(event: &Event<'_>) -> Vec<Evidence> {
    let day = event.at.london_date().format("%-d %b %Y");
    event.told_by.iter().map(|told| told_in(*told, &format!("received {day}"))).collect()
}

/// The place where something is told: the whole of another notice, or what the source knows.
fn told_in(told: Told<'_>, says: &str) -> Evidence {
    let whole = |says: &str, reference: Option<&str>| Evidence {
        path: String::new(),
        says: says.to_owned(),
        span: None,
        reference: reference.map(str::to_owned),
    };
    match told {
        Told::Notice(reference) => whole(says, Some(reference)),
        Told::Restricted(ask) => whole(&format!("a restricted record: ask {ask}"), None),
        // Nothing of the other family is shown until a person confirms that they are the same.
        Told::Possible => whole("possible match, not confirmed", None),
        Told::Known { person, at } => {
            Evidence { path: format!("/persons/{person}/known_events/{at}"), ..whole(says, None) }
        }
    }
}

impl Found {
    fn set(&mut self, value: Value, evidence: impl FnOnce() -> Vec<Evidence>) {
        self.value = value;
        if let Some(noted) = &mut self.evidence {
            noted.extend(evidence());
        }
    }

    fn because(&mut self, events: &[&Event<'_>]) {
        self.set(Value::Yes, || events.iter().flat_map(|e| evidence(e)).collect());
    }

    /// How many; nothing is known where there are none.
    fn events(&mut self, events: Vec<&Event<'_>>) {
        if let Ok(n @ 1..) = u32::try_from(events.len()) {
            // The latest first: what is cut off is the oldest.
            self.set(Value::Number(n), || events.into_iter().rev().flat_map(evidence).collect());
        }
    }

    /// How many with this one; nothing where this one stands alone.
    fn inclusive(&mut self, n: u32, events: &[&Event<'_>]) {
        if n > 1 {
            self.set(Value::Number(n), || events.iter().rev().flat_map(|e| evidence(e)).collect());
        }
    }

    fn most(&mut self, history: &History<'_>, length: Span, ties: &[Tie], mark: Mark) {
        let most = ties
            .iter()
            .map(|tie| history.most_in_any(length, |e| e.ties.has(*tie) && e.marks.has(mark)))
            // The first of equals, so that what is shown is always the same.
            .reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((n, events)) = most {
            self.inclusive(n, &events);
        }
    }

    fn standing(&mut self, history: &History<'_>, here: Mark, mark: Mark, certain: bool) {
        let Some(own) = history.own else { return };
        for s in &history.standing {
            let is_here = own.people.get(s.person).is_some_and(|traced| traced.0.has(here));
            if (s.told != Told::Possible) == certain && is_here && s.marks.has(mark) {
                self.set(Value::Yes, || vec![told_in(s.told, "said of the same person")]);
            }
        }
    }
}

const WITH_ALL: &str = r#""kind":"domestic_abuse","persons":[{"person_id":"V","roles":["victim"],"address":{"lines":["1 Mill Lane"],"postcode":"DE1 1AA"}},{"person_id":"S","roles":["suspect"]},{"person_id":"C","roles":["child_in_household"],"estimated_age":5}]"#;
const MISSING: &str = r#""kind":"child","concerns":["missing"],"persons":[{"person_id":"C","roles":["subject"],"estimated_age":15}]"#;
/// The test reads an identifier that ends in a question mark as a possible match.
const POSSIBLE: &str = r#""kind":"domestic_abuse","persons":[{"person_id":"V?","roles":["victim"]}]"#;

/// A list of whole notices of which the fact holds for the last.
fn example(earlier: &[(&str, &str)], this: &str) -> String {
    let mut notices: Vec<String> = earlier
        .iter()
        .enumerate()
        .map(|(i, (day, members))| whole(&format!("{}", i + 2), &format!("{day}T12:00:00Z"), members))
        .collect();
    notices.push(whole("1", "2026-05-20T12:00:00Z", this));
    format!("[{}]", notices.join(","))
}

fn whole(reference: &str, at: &str, members: &str) -> String {
    let kind = if members.starts_with("\"kind\"") { "" } else { r#""kind":"child","# };
    format!(r#"{{"source":"example","reference":"{reference}",{kind}"submitted_at":"{at}",{members}}}"#)
}

fn count(
    id: &str,
    meaning: &str,
    example: &str,
    read: impl Fn(&History<'_>, &mut Found) + Send + Sync + 'static,
) -> Fact {
    from_history(id, FactKind::Count, About::Notice, meaning, example, read).at_most(1_000)
}

fn yes(
    id: &str,
    meaning: &str,
    example: &str,
    read: impl Fn(&History<'_>, &mut Found) + Send + Sync + 'static,
) -> Fact {
    from_history(id, FactKind::YesNo, About::Notice, meaning, example, read)
}
