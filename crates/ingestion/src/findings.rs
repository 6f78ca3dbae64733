//! What a notice lacks or contradicts, one function a rule.
//!
//! A finding is feedback to the officer. It refuses nothing, lowers nothing, and its text never
//! repeats what stands at its place, so that it can be mailed.

use std::collections::HashSet;

use chrono::NaiveDate;
use ppn_domain::notice::codes::{Answer, Grade, Indicator, NotSpokenToReason, NoticeKind, Role, Tool};
use ppn_domain::notice::{Person, RiskAssessment};
use ppn_domain::{Finding, FindingCode, Notice, Span, Timestamp};

/// What every rule is given.
struct Intake<'a> {
    notice: &'a Notice,
    now: Timestamp,
    /// The London day of submission: ages are of this day.
    day: NaiveDate,
}

type Rule = fn(&Intake<'_>, &mut Vec<Finding>);

/// The order of this table is the order of the findings.
const RULES: &[Rule] = &[
    circumstances_blank,
    submitted_at_missing,
    submitted_before_occurred,
    time_in_future,
    born_after_submission,
    date_of_birth_missing,
    ethnicity_missing,
    duplicate_person_key,
    unknown_person_key,
    children_not_described,
    child_not_seen,
    child_seen_not_recorded,
    child_not_spoken_to,
    risk_assessment_missing,
    risk_assessment_refused,
    grade_at_odds,
    present_and_ruled_out,
    supervisor_did_not_review,
];

/// The findings of a notice that arrived at `now`, in a fixed order.
pub(crate) fn of(notice: &Notice, now: Timestamp) -> Vec<Finding> {
    let intake = Intake { notice, now, day: notice.received(now).london_date() };
    let mut found = Vec::new();
    for rule in RULES {
        rule(&intake, &mut found);
    }
    found
}

fn add(found: &mut Vec<Finding>, code: FindingCode, path: impl Into<String>, text: &str) {
    found.push(Finding { code, path: path.into(), text: text.to_owned() });
}

impl Intake<'_> {
    fn persons(&self) -> impl Iterator<Item = (usize, &Person)> {
        self.notice.persons.iter().enumerate()
    }

    fn age(&self, person: &Person) -> Option<u32> {
        person.age_on(self.day)
    }

    fn under_18(&self, person: &Person) -> bool {
        self.age(person).is_some_and(|age| age < 18)
    }

    /// Indicators of the notice and of everybody in it.
    fn indicators(&self) -> impl Iterator<Item = Indicator> {
        let of_persons = self.notice.persons.iter().flat_map(|p| &p.indicators);
        self.notice.indicators.iter().chain(of_persons).copied()
    }

    fn dash_yes(&self, items: &[&str]) -> bool {
        self.notice
            .risk_assessments
            .iter()
            .filter(|a| a.tool == Tool::Dash2009)
            .any(|a| items.iter().any(|item| a.answers.get(*item) == Some(&Answer::Yes)))
    }

    /// The children whose voice the notice owes: a child by role, or by age and not only a suspect.
    fn children(&self) -> impl Iterator<Item = (usize, &Person)> {
        self.persons().filter(|(_, p)| {
            p.unborn != Some(true)
                && (has_child_role(p)
                    || (self.under_18(p) && (p.has_role(Role::Subject) || !p.has_role(Role::Suspect))))
        })
    }
}

fn has_child_role(person: &Person) -> bool {
    person.has_role(Role::ChildPresent) || person.has_role(Role::ChildInHousehold)
}

/// The people of whom equality monitoring and matching need particulars: victims, subjects, suspects
/// and children, born. A professional, witness or informant is asked for none.
fn monitored<'a>(intake: &'a Intake<'_>) -> impl Iterator<Item = (usize, &'a Person)> {
    intake.persons().filter(|(_, p)| {
        let by_role = [Role::Victim, Role::Subject, Role::Suspect].into_iter().any(|role| p.has_role(role));
        let only_reports =
            [Role::Professional, Role::Witness, Role::Informant].into_iter().any(|role| p.has_role(role));
        let child = has_child_role(p) || (intake.under_18(p) && !only_reports);
        p.unborn != Some(true) && (by_role || child)
    })
}

/// Rests on the contract: `circumstances` are the facts, and blank is a finding.
fn circumstances_blank(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    if is_blank(intake.notice.circumstances.as_deref()) {
        let text = "Write down what was seen, heard and reported: the notice has no circumstances.";
        add(found, FindingCode::CircumstancesBlank, "/circumstances", text);
    }
}

/// White space, and characters that show nothing, are blank.
fn is_blank(text: Option<&str>) -> bool {
    text.unwrap_or_default().chars().all(|c| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
    })
}

/// Rests on the contract: the waiting clock starts at `submitted_at`, or else at arrival.
fn submitted_at_missing(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    if intake.notice.submitted_at.is_none() {
        let text = "Send the time of submission: without it the wait is counted from arrival.";
        add(found, FindingCode::SubmittedAtMissing, "/submitted_at", text);
    }
}

/// Rests on the order of things: an incident is written up after it happened.
fn submitted_before_occurred(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    if let (Some(submitted), Some(occurred)) = (intake.notice.submitted_at, intake.notice.occurred_at)
        && submitted < occurred
    {
        let text = "Check both times: the notice is submitted before what it describes.";
        add(found, FindingCode::SubmittedBeforeOccurred, "/submitted_at", text);
    }
}

/// Rests on the time of arrival, with a day's grace for clocks and time zones.
fn time_in_future(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let notice = intake.notice;
    let times = [
        ("/occurred_at", notice.occurred_at),
        ("/submitted_at", notice.submitted_at),
        ("/amended_at", notice.amended_at),
    ];
    for (path, time) in times {
        if time.is_some_and(|time| time > intake.now + Span::days(1)) {
            add(found, FindingCode::TimeInFuture, path, "Check this time: it lies in the future.");
        }
    }
}

/// Rests on the date of birth against the London day of submission; an unborn child is not yet born.
fn born_after_submission(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    for (index, person) in intake.persons() {
        if person.unborn != Some(true) && person.date_of_birth.is_some_and(|born| born > intake.day) {
            let text =
                "Check the date of birth: it is later than the notice. An unborn child is marked as unborn.";
            add(found, FindingCode::BornAfterSubmission, format!("/persons/{index}/date_of_birth"), text);
        }
    }
}

/// Rests on matching, which needs a date of birth; an estimated age does not stand in for it.
fn date_of_birth_missing(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    for (index, person) in monitored(intake) {
        if person.date_of_birth.is_none() {
            let text = "Ask for and record the date of birth; an estimated age does not stand in for it.";
            add(found, FindingCode::DateOfBirthMissing, format!("/persons/{index}/date_of_birth"), text);
        }
    }
}

/// Rests on equality monitoring: a code, or why it is not stated, is owed for each of these people.
fn ethnicity_missing(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    for (index, person) in monitored(intake) {
        if person.ethnicity.is_none() {
            let text = "Ask for and record the self-defined ethnicity, or why it is not stated.";
            add(found, FindingCode::EthnicityMissing, format!("/persons/{index}/ethnicity"), text);
        }
    }
}

/// Rests on the contract: a key is unique in its notice. References go to the first who has it.
fn duplicate_person_key(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let mut seen = HashSet::new();
    for (index, person) in intake.persons() {
        if let Some(key) = person.key.as_deref()
            && !seen.insert(key)
        {
            let text = "Give each person a key of their own: two people in this notice share one.";
            add(found, FindingCode::DuplicatePersonKey, format!("/persons/{index}/key"), text);
        }
    }
}

/// Rests on the contract: every reference to a person names the key of somebody in the notice.
fn unknown_person_key(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let keys: HashSet<&str> = intake.notice.persons.iter().filter_map(|p| p.key.as_deref()).collect();
    for (path, key) in person_references(intake.notice) {
        if !keys.contains(key) {
            let text = "Name the key of somebody in this notice: nobody in it has this one.";
            add(found, FindingCode::UnknownPersonKey, path, text);
        }
    }
}

fn person_references(notice: &Notice) -> Vec<(String, &str)> {
    let mut references = Vec::new();
    for (p, person) in notice.persons.iter().enumerate() {
        for (i, order) in person.orders.iter().enumerate() {
            references.push((format!("/persons/{p}/orders/{i}/other_party"), order.other_party.as_deref()));
        }
        for (i, relationship) in person.relationships.iter().enumerate() {
            references.push((format!("/persons/{p}/relationships/{i}/to"), Some(relationship.to.as_str())));
        }
    }
    for (i, assessment) in notice.risk_assessments.iter().enumerate() {
        references.push((format!("/risk_assessments/{i}/person"), assessment.person.as_deref()));
    }
    for (i, episode) in notice.missing.iter().enumerate() {
        references.push((format!("/missing/{i}/person"), episode.person.as_deref()));
    }
    let protections = notice.actions.iter().flat_map(|actions| &actions.police_protection);
    for (i, protection) in protections.enumerate() {
        references.push((format!("/actions/police_protection/{i}/person"), protection.person.as_deref()));
    }
    references.into_iter().filter_map(|(path, key)| key.map(|key| (path, key))).collect()
}

/// Items of `dash_2009` whose yes speaks of children: contact, stepchildren, hurt, threatened.
const DASH_CHILDREN: &[&str] = &["q7", "q10", "q11", "q12"];

fn speaks_of_children(indicator: Indicator) -> bool {
    indicator.code().starts_with("child_")
        || matches!(
            indicator,
            Indicator::ThreatsToChildren
                | Indicator::InjuryToInfant
                | Indicator::StepchildInHousehold
                | Indicator::OffenderHasAccessToChildren
                | Indicator::SuspectKnownAddressWithChildren
        )
}

/// Rests on the indicators and `dash_2009` answers that speak of children, of whom the notice then
/// describes none. The subject of a child notice is a child whatever their age is known to be.
fn children_not_described(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let spoken_of = intake.indicators().any(speaks_of_children) || intake.dash_yes(DASH_CHILDREN);
    let described = intake.persons().any(|(_, p)| {
        has_child_role(p)
            || intake.under_18(p)
            || (intake.notice.kind == NoticeKind::Child
                && p.has_role(Role::Subject)
                && intake.age(p).is_none()
                && p.unborn != Some(true))
    });
    if spoken_of && !described {
        let text = "Add every child: the notice speaks of children and describes none.";
        add(found, FindingCode::ChildrenNotDescribed, "/persons", text);
    }
}

/// Rests on `voice.seen`, and on the indicator `child_not_seen` wherever it stands.
fn child_not_seen(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let text = "Say why the child was not seen, and have somebody see them.";
    if intake.notice.indicators.contains(&Indicator::ChildNotSeen) {
        add(found, FindingCode::ChildNotSeen, "/indicators", text);
    }
    let unseen: HashSet<usize> = intake
        .children()
        .filter(|(_, p)| p.voice.as_ref().is_some_and(|v| v.seen == Some(false)))
        .map(|(index, _)| index)
        .collect();
    for (index, person) in intake.persons() {
        if unseen.contains(&index) {
            add(found, FindingCode::ChildNotSeen, format!("/persons/{index}/voice/seen"), text);
        } else if person.indicators.contains(&Indicator::ChildNotSeen) {
            add(found, FindingCode::ChildNotSeen, format!("/persons/{index}/indicators"), text);
        }
    }
}

/// Whether being spoken to is not asked of a child: under two, or the officer was advised not to.
fn need_not_speak(intake: &Intake<'_>, child: &Person) -> bool {
    let advised =
        child.voice.as_ref().is_some_and(|v| v.not_spoken_to_reason == Some(NotSpokenToReason::AdvisedNotTo));
    advised || intake.age(child).is_some_and(|age| age < 2)
}

/// Rests on `voice.seen` and `voice.demeanour`: where words are not to be had, how the child was
/// seen to be is the child's voice.
fn child_seen_not_recorded(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    for (index, child) in intake.children().filter(|(_, p)| need_not_speak(intake, p)) {
        let recorded =
            child.voice.as_ref().is_some_and(|v| v.seen.is_some() && !is_blank(v.demeanour.as_deref()));
        if !recorded {
            let text = "Record whether the child was seen, and how they were.";
            add(found, FindingCode::ChildSeenNotRecorded, format!("/persons/{index}/voice"), text);
        }
    }
}

/// Rests on `voice.spoken_to` and `voice.not_spoken_to_reason`: a child is spoken to, or it is said why not.
fn child_not_spoken_to(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    for (index, child) in intake.children().filter(|(_, p)| !need_not_speak(intake, p)) {
        let settled = child.voice.as_ref().is_some_and(|v| {
            v.spoken_to == Some(true)
                || (v.spoken_to.is_none() && v.spoken_to_alone == Some(true))
                || v.not_spoken_to_reason.is_some()
        });
        if !settled {
            let text = "Record what the child said, or why they were not spoken to.";
            add(found, FindingCode::ChildNotSpokenTo, format!("/persons/{index}/voice"), text);
        }
    }
}

/// Assessments that say anything: declined as a whole, or with an answer.
fn assessments_with_content<'a>(intake: &'a Intake<'_>) -> impl Iterator<Item = &'a RiskAssessment> {
    intake.notice.risk_assessments.iter().filter(|a| a.refused == Some(true) || !a.answers.is_empty())
}

fn is_refused(assessment: &RiskAssessment) -> bool {
    assessment.refused == Some(true) || assessment.answers.values().all(|answer| *answer == Answer::Refused)
}

/// Rests on the rule that every domestic abuse notice has its questions put.
fn risk_assessment_missing(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    if intake.notice.kind == NoticeKind::DomesticAbuse && assessments_with_content(intake).next().is_none() {
        let text =
            "Put the risk questions to the victim and send the answers, or record that they were declined.";
        add(found, FindingCode::RiskAssessmentMissing, "/risk_assessments", text);
    }
}

/// Rests on assessments declined as a whole or answer by answer. Refusing lowers nothing; somebody
/// may ask again at a better moment.
fn risk_assessment_refused(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let mut present = assessments_with_content(intake).peekable();
    if intake.notice.kind == NoticeKind::DomesticAbuse && present.peek().is_some() && present.all(is_refused)
    {
        let text =
            "The risk questions were declined: try again at a safe moment, and record what was observed.";
        add(found, FindingCode::RiskAssessmentRefused, "/risk_assessments", text);
    }
}

/// Items of `dash_2009` that are hard facts: weapons, threats to kill, strangulation.
const DASH_HARD: &[&str] = &["q16", "q17", "q18"];

/// Yes answers that partners read as high risk whatever they are (the MARAC criterion of visible risk).
const MANY_YES: usize = 14;

fn is_yes(answer: Answer) -> bool {
    matches!(answer, Answer::Yes | Answer::Once | Answer::Sometimes | Answer::Often | Answer::Always)
}

/// Rests on the officer's grade against the hard facts: strangulation, a weapon used, threats to
/// kill, fourteen yes answers; or a high grade that no answer and no indicator bears out.
fn grade_at_odds(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let Some(grade) = intake.notice.officer_grade else { return };
    let assessments = &intake.notice.risk_assessments;
    let at_odds = if grade == Grade::High {
        intake.indicators().next().is_none()
            && !assessments.iter().any(|a| a.answers.values().any(|answer| is_yes(*answer)))
    } else {
        intake.indicators().any(|i| {
            matches!(i, Indicator::NonFatalStrangulation | Indicator::WeaponUsed | Indicator::ThreatsToKill)
        }) || intake.dash_yes(DASH_HARD)
            || assessments
                .iter()
                .any(|a| a.answers.values().filter(|answer| **answer == Answer::Yes).count() >= MANY_YES)
    };
    if at_odds {
        let text = if grade == Grade::High {
            "Say what the grade rests on: no answer and no indicator bears it out."
        } else {
            "Look at the grade again: the notice states facts that point to high risk."
        };
        add(found, FindingCode::GradeAtOdds, "/officer_grade", text);
    }
}

/// Rests on the contract: an indicator both present and ruled out counts as present.
fn present_and_ruled_out(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let present: HashSet<Indicator> = intake.notice.indicators.iter().copied().collect();
    for (index, indicator) in intake.notice.indicators_ruled_out.iter().enumerate() {
        if present.contains(indicator) {
            let text =
                "Take this out of one of the two lists: it is stated and ruled out, and counts as stated.";
            add(found, FindingCode::PresentAndRuledOut, format!("/indicators_ruled_out/{index}"), text);
        }
    }
}

/// Rests on `actions.supervisor_reviewed`: not recorded is not done.
fn supervisor_did_not_review(intake: &Intake<'_>, found: &mut Vec<Finding>) {
    let reviewed = intake.notice.actions.as_ref().and_then(|actions| actions.supervisor_reviewed);
    if reviewed != Some(true) {
        let text = "Have a supervisor review the notice, and record it.";
        add(found, FindingCode::SupervisorDidNotReview, "/actions/supervisor_reviewed", text);
    }
}

#[cfg(test)]
mod tests;
