//! What the systems say beside the officer: orders, markers, known events, missing episodes.

use ppn_domain::Timestamp;
use ppn_domain::notice::codes::{
    Capacity, DisabilityStatus, Indicator as I, Marker, MissingRisk, NoticeKind, OrderKind, OrderRole,
    ReturnInterview,
};
use ppn_domain::notice::{MissingEpisode, Notice, Order, Person};

use super::danger::{Event, Story};
use super::family::Family;
use crate::details::{Moment, police_protection, sex_offender};
use crate::dice::Dice;
use crate::level::Level;

/// Orders, markers, known events and what else the systems say.
pub(crate) fn records(notice: &mut Notice, family: &Family, event: &Event, at: Moment, dice: &mut Dice) {
    let story = family.course.plan.story;
    let child = family.course.plan.kind == NoticeKind::Child;
    if story == Story::Offender {
        sex_offender(notice, at.day, dice);
    }
    let subject = if child { "c1" } else { "v" };
    let kept_safe = match event.level {
        Level::Critical => 45,
        Level::High => 15,
        _ => 0,
    };
    if matches!(story, Story::Neglect | Story::HarmAtHome) && dice.percent(kept_safe) {
        police_protection(notice, at, dice);
    }
    let with_suspect = notice.persons.iter().any(|p| p.key.as_deref() == Some("s"));
    let known_of = if with_suspect && family.has_adult_suspect() { "s" } else { subject };
    let looked_up = dice.percent(48);
    for person in &mut notice.persons {
        let key = person.key.as_deref().unwrap_or_default();
        if key == "s"
            && let Some(bond) = family.order.filter(|_| dice.percent(70))
        {
            person.orders.push(Order {
                kind: bond.kind,
                expires_on: dice.percent(80).then_some(bond.expires),
                terms: (bond.kind != OrderKind::Other)
                    .then(|| "Not to contact directly or indirectly.".to_owned()),
                role: dice.percent(85).then_some(OrderRole::Bound),
                other_party: dice.percent(60).then(|| "v".to_owned()),
                issued_on: dice.percent(70).then_some(bond.issued),
            });
        }
        if key == known_of && looked_up {
            person
                .known_events
                .extend(family.known.iter().filter(|k| k.on < at.day && dice.percent(75)).cloned());
        }
        if key == "s"
            && family.known.len() > 2
            && dice.percent(40)
            && !person.markers.contains(&Marker::Violent)
        {
            person.markers.push(Marker::Violent);
        }
        if key == "s" && event.facts.contains(&I::SerialPerpetrator) && dice.percent(35) {
            person.markers.push(Marker::DomesticAbuseSerialPerpetrator);
        }
        if key == subject {
            mark_subject(person, story, event, family.missing.len(), dice);
        }
    }
}

fn mark_subject(person: &mut Person, story: Story, event: &Event, episodes: usize, dice: &mut Dice) {
    let known = event.danger > 0.7 && dice.percent(50);
    let marker = match story {
        Story::Exploited if known => Some(Marker::CseRisk),
        Story::Criminal if known => Some(Marker::CceRisk),
        Story::Exploited | Story::Criminal if episodes > 3 && dice.percent(50) => Some(Marker::RepeatMissing),
        Story::Crisis | Story::YoungCrisis if known => Some(Marker::Suicidal),
        _ => None,
    };
    person.markers.extend(marker.filter(|m| !person.markers.contains(m)));
    if matches!(story, Story::CareNeeds | Story::ElderAbuse | Story::SelfNeglect | Story::Swindled) {
        let unable = event.facts.contains(&I::AdultUnableToProtectSelf);
        person.capacity = dice.percent(60).then(|| match (unable, dice.between(0, 9)) {
            (true, 0..=4) => Capacity::Doubted,
            (true, 5 | 6) => Capacity::LacksForThisDecision,
            (_, 9) => Capacity::NotKnown,
            _ => Capacity::NoDoubt,
        });
        if dice.percent(if unable { 70 } else { 35 }) {
            let what = dice.word(&["Dementia", "Learning disability", "Stroke", "Parkinson's", "Sight loss"]);
            person.disabilities.push(what.to_owned());
            person.disability_status = Some(DisabilityStatus::Yes);
        }
    }
}

/// The missing episode of this event, and those before it that the system shows.
pub(crate) fn episodes(notice: &mut Notice, family: &Family, event: &Event, dice: &mut Dice) {
    let Some(((reported, back), before)) = family.missing.split_last() else { return };
    notice.missing_reference = dice
        .percent(85)
        .then(|| format!("MP/{}/{:07}", reported.utc().format("%y"), dice.between(1, 9_999_999)));
    let risk = match dice.between(0, 99) + if event.level >= Level::High { 30 } else { 0 } {
        ..20 => MissingRisk::Low,
        20..90 => MissingRisk::Medium,
        _ => MissingRisk::High,
    };
    let interviews = [
        ReturnInterview::Held,
        ReturnInterview::OfferedRefused,
        ReturnInterview::NotOffered,
        ReturnInterview::NotKnown,
    ];
    let mut episode = |reported: Timestamp, back: Option<Timestamp>, risk| MissingEpisode {
        person: Some("c1".to_owned()),
        risk,
        reported_at: Some(reported),
        returned_at: back,
        return_interview: interviews.get(dice.below(6)).copied(),
    };
    notice.missing.push(episode(*reported, *back, Some(risk)));
    let shown = if reported.micros() % 5 < 2 { before } else { &[] };
    for (reported, back) in shown.iter().rev().take(6) {
        notice.missing.push(episode(*reported, *back, None));
    }
}
