//! What a notice leaves for the history of others: codes and times, no name and no word of it.

use ppn_domain::notice::codes::{Concern, Grade, KnownEventKind, Marker, NoticeKind, OrderKind, Role};
use ppn_domain::{Notice, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::facts::{Context, Group, Value, registry};
use crate::hearing::{CueDecisions, hear};
use crate::policy::Policy;
use crate::routing::is_domestic;

/// What a notice says for the history of the people in it. Small enough to keep one for every
/// notice in memory, and made of facts alone; of the policy only the cues enter it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// What it is mainly about.
    pub(crate) kind: NoticeKind,
    /// The officer's grade.
    pub(crate) grade: Option<Grade>,
    /// What happened, as a set of [`Mark`].
    pub(crate) marks: Marks,
    /// How severe the harm reported is, 0 to 4; for telling whether it rises.
    pub(crate) severity: u8,
    /// Incident, crime and missing references, as digests: notices that share one are one event.
    pub(crate) references: Vec<u64>,
    /// The people of the notice, in its order.
    pub(crate) people: Vec<Traced>,
    /// Domestic incidents and missing episodes that the source knows of: day, person, reference.
    pub(crate) known: Vec<Known>,
    /// Orders in force between two people of the notice.
    pub(crate) barred: Vec<Barred>,
}

/// One person of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Traced(pub(crate) Marks);

/// An event that the source knows of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Days since 1970.
    pub(crate) day: i32,
    pub(crate) person: u16,
    /// The place in the person's list, for evidence.
    pub(crate) at: u16,
    pub(crate) missing: bool,
    pub(crate) reference: Option<u64>,
}

/// An order in force that keeps one person of a notice from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Barred {
    pub(crate) bound: u16,
    pub(crate) protected: u16,
    /// The first day in force where it is said, in days since 1970.
    #[serde(default)]
    pub(crate) since: Option<i32>,
    /// The last day in force, in days since 1970.
    pub(crate) until: Option<i32>,
}

/// A set of [`Mark`]s. Kept in stores: the numbers of the marks do not change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Marks(u32);

impl Marks {
    pub(crate) const fn only(mark: Mark) -> Self {
        Self(1 << mark as u32)
    }
    pub(crate) const fn has(self, mark: Mark) -> bool {
        self.0 >> (mark as u32) & 1 == 1
    }
    fn set_if(&mut self, mark: Mark, holds: bool) {
        self.0 |= u32::from(holds) << (mark as u32);
    }
    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a notice says of itself, or of one of its people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    // Of the notice.
    Domestic = 0,
    Missing = 1,
    Breach = 2,
    ChildSexualHarm = 3,
    Exploitation = 4,
    Violence = 5,
    // Of a person.
    AtRisk = 8,
    Suspect = 9,
    Child = 10,
    /// There in their own right, not as the one who reported or works with the family.
    Concerned = 11,
    SexOffender = 12,
    Violent = 13,
    Weapons = 14,
    Suicidal = 15,
    SerialAbuser = 16,
    Exploited = 17,
    OnPlan = 18,
    MaracSubject = 19,
}

/// Facts of grave harm, of serious harm and of harm: the first list with one that holds gives the
/// severity.
const SEVERITY: [(u8, &[&str]); 4] = [
    (
        4,
        &[
            "non_fatal_strangulation",
            "weapon_used",
            "serious_injury",
            "sexual_assault",
            "suicide_attempt",
            "baby_hurt",
        ],
    ),
    (3, &["threats_to_kill", "weapon_threatened", "breach_of_order_or_bail", "fire_setting", "child_hurt"]),
    (2, &["violence_reported", "stalking_behaviour", "sexual_harm_reported", "child_left_alone"]),
    (1, &["controlling_behaviour", "threats_to_children", "victim_very_frightened"]),
];

impl Trace {
    /// The trace of a notice received at a moment: ages and orders are as of that day. What the cues of
    /// the policy find in its words counts like its boxes, unless a person dismissed it.
    pub fn of(policy: &Policy, notice: &Notice, received: Timestamp, decisions: &CueDecisions) -> Self {
        let mut context = Context::new(notice, received);
        for heard in hear(policy, &context, decisions) {
            if let Some(indicator) = heard.fact.indicator {
                context.hear(indicator, heard.words);
            }
        }
        Self::read(&context)
    }

    /// Whether the person at a place is there in their own right, and the notice part of their history.
    pub fn concerns(&self, person: usize) -> bool {
        self.people.get(person).is_some_and(|traced| traced.0.has(Mark::Concerned))
    }

    pub(crate) fn read(context: &Context<'_>) -> Self {
        let notice = context.notice;
        let is = |id: &str| {
            registry().find(id).is_some_and(|fact| registry().facts[fact].value(context) == Value::Yes)
        };
        let breach = is("breach_of_order_or_bail") || is("offender_breach");
        let child_harm = is("sexual_harm_to_child_suspected");
        let violence = is("violence_reported");
        let suicidal = is("perpetrator_suicidal");
        let weapon = is("weapon_used") || is("weapon_threatened") || is("firearm_access");
        let mut marks = Marks::default();
        marks.set_if(Mark::Domestic, is_domestic(context));
        marks.set_if(Mark::Missing, context.has_concern(Concern::Missing) || !notice.missing.is_empty());
        marks.set_if(Mark::Breach, breach);
        marks.set_if(Mark::ChildSexualHarm, child_harm);
        marks.set_if(
            Mark::Exploitation,
            context.has_concern(Concern::ChildSexualExploitation)
                || context.has_concern(Concern::ChildCriminalExploitation)
                || context.has_concern(Concern::CountyLines),
        );
        marks.set_if(Mark::Violence, violence);

        let offenders = context.people.len().min(usize::from(u16::MAX));
        let people = (0..offenders)
            .map(|p| {
                let who = &context.people[p];
                let marked = |any: &[Marker]| who.person.markers.iter().any(|m| any.contains(m));
                let suspect = who.has(Role::Suspect);
                let mut marks = Marks::default();
                marks.set_if(Mark::AtRisk, who.has(Role::Victim) || who.has(Role::Subject));
                marks.set_if(Mark::Suspect, suspect);
                marks.set_if(Mark::Child, who.is_child());
                marks.set_if(Mark::Concerned, who.is_concerned());
                marks.set_if(Mark::SexOffender, crate::facts::is_sex_offender(context, p));
                marks.set_if(Mark::ChildSexualHarm, suspect && child_harm);
                marks.set_if(Mark::Violent, marked(&[Marker::Violent]) || suspect && violence);
                marks.set_if(
                    Mark::Weapons,
                    marked(&[Marker::Weapons, Marker::Firearms, Marker::FirearmsCertificate])
                        || suspect && weapon,
                );
                marks.set_if(Mark::Suicidal, marked(&[Marker::Suicidal]) || suspect && suicidal);
                marks.set_if(Mark::SerialAbuser, marked(&[Marker::DomesticAbuseSerialPerpetrator]));
                marks.set_if(Mark::Breach, suspect && breach);
                marks.set_if(
                    Mark::Exploited,
                    marked(&[
                        Marker::CseRisk,
                        Marker::CceRisk,
                        Marker::TriggerPlan,
                        Marker::ModernSlaveryVictim,
                    ]),
                );
                marks.set_if(Mark::OnPlan, crate::facts::is_on_plan(who.person));
                marks.set_if(Mark::MaracSubject, marked(&[Marker::MaracSubject]));
                Traced(marks)
            })
            .collect();

        Self {
            kind: notice.kind,
            grade: notice.officer_grade,
            marks,
            severity: SEVERITY
                .iter()
                .find(|(_, facts)| facts.iter().any(|fact| is(fact)))
                .map_or(0, |(severity, _)| *severity),
            references: references(notice),
            people,
            known: known(context),
            barred: barred(context),
        }
    }
}

fn references(notice: &Notice) -> Vec<u64> {
    let one = |kind: &str, reference: &String| digest(kind, reference);
    let mut all: Vec<u64> = notice
        .incident_reference
        .iter()
        .filter_map(|r| one("incident", r))
        .chain(notice.crime_references.iter().filter_map(|r| one("crime", r)))
        .chain(notice.missing_reference.iter().filter_map(|r| one("missing", r)))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// References are only ever compared between notices of the same people, so that 64 bits do.
fn digest(kind: &str, reference: &str) -> Option<u64> {
    let plain: String =
        reference.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    // A reference without a digit ("none", "TBC") names nothing.
    if !plain.contains(|c: char| c.is_numeric()) {
        return None;
    }
    let hash = Sha256::digest(format!("{kind}:{plain}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    Some(u64::from_be_bytes(first))
}

pub(crate) fn day_number(day: chrono::NaiveDate) -> i32 {
    i32::try_from((day - chrono::NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

fn known(context: &Context<'_>) -> Vec<Known> {
    let mut known = Vec::new();
    for (p, who) in context.people.iter().enumerate() {
        for (i, event) in who.person.known_events.iter().enumerate() {
            let missing = match event.kind {
                KnownEventKind::DomesticIncident => false,
                KnownEventKind::Missing => true,
                _ => continue,
            };
            let (Ok(person), Ok(at)) = (u16::try_from(p), u16::try_from(i)) else { continue };
            let kind = if missing { "missing" } else { "incident" };
            let reference = event.reference.as_deref().and_then(|r| digest(kind, r));
            known.push(Known { day: day_number(event.on), person, at, missing, reference });
        }
    }
    known
}

fn barred(context: &Context<'_>) -> Vec<Barred> {
    let mut barred = Vec::new();
    for (p, who) in context.people.iter().enumerate() {
        for order in &who.person.orders {
            let counts = crate::facts::is_protective(order.kind) || order.kind == OrderKind::BailConditions;
            if !counts || !context.is_live(order) {
                continue;
            }
            let binds = crate::facts::binds(order);
            let named = order.other_party.as_deref().map(|key| context.by_key(key));
            // Where it names nobody it is taken to stand between the parties of the notice.
            let others: Vec<usize> = if let Some(other) = named {
                other.map(|(o, _)| o).into_iter().collect()
            } else {
                let group = if binds { Group::AtRisk } else { Group::Suspect };
                context.group(group).map(|(o, _)| o).filter(|o| *o != p).collect()
            };
            for o in others {
                let (bound, protected) = if binds { (p, o) } else { (o, p) };
                let (Ok(bound), Ok(protected)) = (u16::try_from(bound), u16::try_from(protected)) else {
                    continue;
                };
                let (since, until) = (order.issued_on.map(day_number), order.expires_on.map(day_number));
                barred.push(Barred { bound, protected, since, until });
            }
        }
    }
    barred
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_of_severity_exists() {
        for (_, facts) in SEVERITY {
            for fact in facts {
                assert!(registry().find(fact).is_some(), "{fact}");
            }
        }
    }

    #[test]
    fn references_are_compared_without_their_spelling_and_never_when_they_name_nothing() {
        assert_eq!(digest("incident", "0877-120126"), digest("incident", " 0877 120126"));
        assert_ne!(digest("incident", "1"), digest("crime", "1"));
        assert_eq!(digest("incident", "TBC"), None);
    }
}
