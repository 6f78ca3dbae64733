//! The review of domestic abuse: the grades side by side, the criteria for MARAC, and the grade to give.

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Desk, Notice, Review, SecondPerson, Suggestion, Timestamp};
use ppn_service::{GradeEffect, HIGH_GRADE, ItemPage, ItemView, JUDGEMENT, is_criterion};

use super::reasons::evidence_line;
use super::view::Typed;
use crate::times::length;
use crate::words;

/// One grade that somebody gave.
#[derive(Debug)]
pub(super) struct GradeRow {
    pub(super) who: String,
    pub(super) grade: String,
    pub(super) when: String,
    pub(super) facts: Vec<String>,
}

/// A ground for a MARAC check.
#[derive(Debug)]
pub(super) struct GroundRow {
    pub(super) text: String,
    pub(super) is_criterion: bool,
    pub(super) evidence: Vec<String>,
}

/// A grade as a choice, with what it leads to.
#[derive(Debug)]
pub(super) struct GradeChoice {
    pub(super) code: &'static str,
    pub(super) name: String,
    pub(super) next: String,
    pub(super) checked: bool,
}

/// The item that is decided: the one behind it, at the endorsement desk.
fn decided_on(seen: &ItemPage) -> &ItemView {
    seen.behind.as_ref().unwrap_or(&seen.view)
}

/// The grades of a notice, each with the time from the one before.
pub(super) fn grade_rows(seen: &ItemPage) -> Vec<GradeRow> {
    if decided_on(seen).item.desk != Desk::DomesticAbuse && seen.view.reviews.is_empty() {
        return Vec::new();
    }
    let mut at = seen.head.received;
    let mut rows = vec![GradeRow {
        who: "Officer".to_owned(),
        grade: seen.notice.officer_grade.map_or_else(|| "None given".to_owned(), named),
        when: format!("Received {}", at.london_text()),
        facts: Vec::new(),
    }];
    for review in &seen.view.reviews {
        rows.push(review_row(review, at));
        at = review.decided.as_ref().map_or(review.at, |decided| decided.at);
    }
    rows
}

fn named(grade: Grade) -> String {
    words::capital(words::grade(grade))
}

fn review_row(review: &Review, before: Timestamp) -> GradeRow {
    let mut facts = Vec::new();
    let criteria: Vec<String> = review.marac_criteria.iter().map(|code| criterion(code)).collect();
    if !criteria.is_empty() {
        facts.push(format!("Criteria for MARAC: {}", criteria.join("; ")));
    }
    match review.marac_referred {
        Some(true) => facts.push("To be referred to MARAC by hand".to_owned()),
        Some(false) => facts.push("Not referred to MARAC".to_owned()),
        None if review.grade == Grade::High => {
            facts.push("To be referred to MARAC by hand: nothing else was said".to_owned());
        }
        None => {}
    }
    if !review.second_person.is_empty() {
        facts.push(format!("A second person must agree: {}", reasons(&review.second_person)));
    }
    match &review.decided {
        Some(decided) => {
            let said = if decided.endorsed { "agreed" } else { "did not agree" };
            let took = length(decided.at - review.at);
            facts.push(format!("{} {said}, {}, {took} later", decided.by, decided.at.london_text()));
        }
        None if !review.second_person.is_empty() => facts.push("Nobody has agreed yet".to_owned()),
        None => {}
    }
    if let Some(standing) = review.standing() {
        facts.push(format!("What stood then: {}", words::grade(standing)));
    }
    GradeRow {
        who: format!("Reviewer {}", review.by),
        grade: named(review.grade),
        when: format!("{}, {} later", review.at.london_text(), length(review.at - before)),
        facts,
    }
}

/// The grade that stands, in words.
pub(super) fn standing(seen: &ItemPage) -> String {
    seen.stands.map_or_else(|| "none".to_owned(), |grade| words::grade(grade).to_owned())
}

/// A criterion of MARAC by its code.
fn criterion(code: &str) -> String {
    match code {
        HIGH_GRADE => "a high grade".to_owned(),
        JUDGEMENT => "the reviewer\u{2019}s judgement".to_owned(),
        other => words::plain(other.strip_prefix("marac_").unwrap_or(other)),
    }
}

/// The grounds for a MARAC check, criteria first.
pub(super) fn grounds(notice: &Notice, seen: &ItemPage) -> Vec<GroundRow> {
    let of = decided_on(seen);
    let assessments = of.latest.iter().chain(&of.standing).map(|stored| &stored.assessment);
    let mut rows: Vec<GroundRow> = Vec::new();
    for assessment in assessments {
        let named: Vec<_> =
            assessment.grounds.iter().filter(|g| g.suggests == Suggestion::MaracCheck).collect();
        let unnamed = named.is_empty() && assessment.suggests.contains(&Suggestion::MaracCheck);
        let unnamed = unnamed.then(|| GroundRow {
            text: "The policy asks for a check against MARAC and names no criterion.".to_owned(),
            is_criterion: true,
            evidence: Vec::new(),
        });
        let named = named.into_iter().map(|ground| GroundRow {
            text: ground.text.clone(),
            is_criterion: is_criterion(ground),
            evidence: ground.evidence.iter().map(|evidence| evidence_line(notice, evidence)).collect(),
        });
        for row in named.chain(unnamed) {
            if rows.iter().all(|known| known.text != row.text) {
                rows.push(row);
            }
        }
    }
    rows.sort_by_key(|row| !row.is_criterion);
    rows
}

/// The grades that can be given. None is chosen until somebody does.
pub(super) fn grade_choices(seen: &ItemPage, typed: &Typed) -> Vec<GradeChoice> {
    let stood = seen.stands;
    let choices = seen.grades.iter().rev().map(|effect| GradeChoice {
        code: effect.grade.code(),
        name: named(effect.grade),
        next: next(effect, stood),
        checked: typed.get("grade").is_some_and(|grade| grade == effect.grade.code()),
    });
    choices.collect()
}

/// What giving a grade leads to.
fn next(effect: &GradeEffect, stood: Option<Grade>) -> String {
    let GradeEffect { grade, referred, not_referred } = effect;
    let until = match stood.filter(|stood| stood > grade) {
        Some(stood) => format!(" Until then {} stands.", words::grade(stood)),
        None => " Until then it stands.".to_owned(),
    };
    let at_once = "It stands at once; one in ten is still put to a second person";
    match (referred.is_empty(), not_referred.is_empty()) {
        (true, true) => format!("{at_once}."),
        (true, false) => format!(
            "Referred to MARAC: it stands at once; one in ten is still put to a second person. Not referred: a second person must agree ({}).{until}",
            reasons(not_referred)
        ),
        (false, true) => format!(
            "Not referred to MARAC: it stands at once; one in ten is still put to a second person. Referred: a second person must agree ({}).{until}",
            reasons(referred)
        ),
        (false, false) if referred == not_referred => {
            format!("A second person must agree ({}).{until}", reasons(referred))
        }
        (false, false) => {
            let more: Vec<SecondPerson> =
                not_referred.iter().copied().filter(|why| !referred.contains(why)).collect();
            let besides = if more.is_empty() {
                String::new()
            } else {
                format!(" Not referred to MARAC, also because {}.", reasons(&more))
            };
            format!("A second person must agree ({}).{besides}{until}", reasons(referred))
        }
    }
}

fn reasons(of: &[SecondPerson]) -> String {
    let words: Vec<&str> = of.iter().map(|why| words::second_person(*why)).collect();
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(grade: Grade, referred: &[SecondPerson], not_referred: &[SecondPerson]) -> GradeEffect {
        GradeEffect { grade, referred: referred.to_vec(), not_referred: not_referred.to_vec() }
    }

    #[test]
    fn what_a_grade_leads_to_is_said_before_it_is_given() {
        use SecondPerson::{LoweredFromHigh, NotReferred};
        let same = effect(Grade::Medium, &[], &[]);
        assert_eq!(
            next(&same, Some(Grade::Medium)),
            "It stands at once; one in ten is still put to a second person."
        );
        let lowered = effect(Grade::Medium, &[LoweredFromHigh], &[LoweredFromHigh]);
        assert_eq!(
            next(&lowered, Some(Grade::High)),
            "A second person must agree (lowered from high). Until then high stands."
        );
        let high = effect(Grade::High, &[], &[NotReferred]);
        assert!(next(&high, Some(Grade::Medium)).ends_with(
            "Not referred: a second person must agree (a criterion is met and it is not referred). Until then it stands."
        ));
        let both = effect(Grade::Medium, &[LoweredFromHigh], &[LoweredFromHigh, NotReferred]);
        assert!(next(&both, Some(Grade::High)).contains("Not referred to MARAC, also because a criterion"));
    }
}
