//! What only some themes have: missing episodes, custody, orders, police protection, markers, an unborn child.

use chrono::{Days, NaiveDate};
use ppn_domain::notice::codes::{
    AddressKind, Capacity, Concern, Indicator as I, KnownEventKind, Marker, MissingRisk, OrderKind,
    OrderRole, ProtectionPlace, RestrictionReason, ReturnInterview, Role,
};
use ppn_domain::notice::{KnownEvent, MissingEpisode, Notice, Order, Person, PoliceProtection};
use ppn_domain::{Span, Timestamp};

use crate::dice::Dice;
use crate::households::{Household, place};
use crate::level::Level;
use crate::narrative::Theme;
use crate::people::nobody;

/// The system and team that submit notices of a theme.
pub(crate) fn source_of(theme: Theme) -> (&'static str, &'static str) {
    match theme {
        Theme::MissingChild | Theme::MissingAdult => ("compact", "mpit"),
        Theme::InCustody => ("custody", "custody"),
        Theme::IndecentImages => ("niche", "pcot"),
        Theme::SexOffender => ("niche", "mosovo"),
        _ => ("niche", "response"),
    }
}

pub(crate) fn with_key<'a>(notice: &'a mut Notice, key: &str) -> Option<&'a mut Person> {
    notice.persons.iter_mut().find(|p| p.key.as_deref() == Some(key))
}

pub(crate) fn order(kind: OrderKind, terms: &str, day: NaiveDate, dice: &mut Dice) -> Order {
    let issued = day.checked_sub_days(Days::new(u64::try_from(dice.between(20, 300)).unwrap_or(20)));
    let expires = day.checked_add_days(Days::new(u64::try_from(dice.between(30, 900)).unwrap_or(30)));
    Order {
        kind,
        expires_on: expires.filter(|_| dice.percent(80)),
        terms: Some(terms.to_owned()),
        role: Some(OrderRole::Bound),
        other_party: None,
        issued_on: issued.filter(|_| dice.percent(70)),
    }
}

/// The moment and level of the notice being furnished.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) submitted: Timestamp,
    pub(crate) occurred: Timestamp,
    pub(crate) day: NaiveDate,
    pub(crate) level: Level,
}

/// Adds what belongs to the theme. `subject` is the key of the child or adult whom it is about.
pub(crate) fn furnish(
    notice: &mut Notice,
    theme: Theme,
    at: Moment,
    subject: &str,
    household: &Household,
    stated: &[I],
    dice: &mut Dice,
) {
    match theme {
        Theme::MissingChild | Theme::MissingAdult => missing(notice, at, subject, stated, dice),
        Theme::InCustody => {
            notice.custody_reference =
                Some(format!("CU/{}/{:05}", at.day.format("%y"), dice.between(1, 99_999)));
            notice.location = Some(place(household.town, AddressKind::Custody, dice));
        }
        Theme::SexOffender => sex_offender(notice, at.day, dice),
        Theme::PoliceProtection => police_protection(notice, at, dice),
        Theme::Trafficking if at.level >= Level::High => {
            police_protection(notice, at, dice);
            mark(notice, subject, Marker::ModernSlaveryVictim, 40, dice);
        }
        Theme::CriminalExploitation => {
            mark(notice, subject, Marker::CceRisk, if at.level >= Level::High { 60 } else { 8 }, dice);
        }
        Theme::SexualExploitation => {
            mark(notice, subject, Marker::CseRisk, if at.level >= Level::High { 60 } else { 8 }, dice);
        }
        Theme::Unborn => unborn(notice, household, dice),
        Theme::NonRecent => notice.non_recent = dice.percent(70).then_some(true),
        Theme::Tradition => {
            let concern = if notice.circumstances.as_deref().is_some_and(|t| t.contains("cut")) {
                Concern::FemaleGenitalMutilation
            } else {
                Concern::ForcedMarriage
            };
            notice.concerns.push(concern);
            notice.restricted.push(RestrictionReason::HonourBasedAbuse);
        }
        Theme::Honour if dice.percent(80) => notice.restricted.push(RestrictionReason::HonourBasedAbuse),
        Theme::CareNeeds | Theme::Dementia | Theme::SelfNeglect | Theme::ElderAbuse => {
            if let Some(person) = with_key(notice, subject) {
                person.capacity =
                    dice.pick(&[&Capacity::NoDoubt, &Capacity::Doubted, &Capacity::NotKnown]).copied();
                if dice.percent(50) {
                    let what = dice.word(&[
                        "Dementia",
                        "Learning disability",
                        "Sight loss",
                        "Reduced mobility",
                        "Diabetes",
                        "Acquired brain injury",
                    ]);
                    person.disabilities.push(what.to_owned());
                    person.disability_status = Some(ppn_domain::notice::codes::DisabilityStatus::Yes);
                }
            }
        }
        _ => {}
    }
    if stated.contains(&I::BreachOfOrderOrBail) && dice.percent(75) {
        let kind = *dice
            .pick(&[
                &OrderKind::NonMolestationOrder,
                &OrderKind::RestrainingOrder,
                &OrderKind::BailConditions,
            ])
            .unwrap_or(&OrderKind::BailConditions);
        let binding = order(
            kind,
            "Not to contact directly or indirectly, not to go within 100 metres of the home address.",
            at.day,
            dice,
        );
        if let Some(suspect) = with_key(notice, "s") {
            suspect.orders.push(binding);
        }
    }
    known_events(notice, at, dice);
    rare_restrictions(notice, dice);
}

fn mark(notice: &mut Notice, key: &str, marker: Marker, percent: u32, dice: &mut Dice) {
    if dice.percent(percent)
        && let Some(person) = with_key(notice, key)
        && !person.markers.contains(&marker)
    {
        person.markers.push(marker);
    }
}

fn missing(notice: &mut Notice, at: Moment, subject: &str, stated: &[I], dice: &mut Dice) {
    notice.missing_reference = Some(format!("MP-{}-{:05}", at.day.format("%y"), dice.between(1, 99_999)));
    let grave = at.level >= Level::High;
    let risk = match dice.between(0, 9) {
        0 => MissingRisk::NotKnown,
        1..=6 if grave => MissingRisk::High,
        _ if grave => MissingRisk::Medium,
        1..=3 if at.level == Level::Standard => MissingRisk::Low,
        _ => MissingRisk::Medium,
    };
    let still_gone = stated.contains(&I::MissingNow);
    let hours = if at.level == Level::Standard { dice.between(1, 5) } else { dice.between(6, 60) };
    let returned = at.submitted - Span::minutes(dice.between(20, 600));
    let reported = if still_gone { at.submitted - Span::hours(hours) } else { returned - Span::hours(hours) };
    notice.occurred_at = Some(reported);
    notice.missing.push(MissingEpisode {
        person: Some(subject.to_owned()),
        risk: Some(risk),
        reported_at: Some(reported),
        returned_at: (!still_gone).then_some(returned),
        return_interview: if still_gone {
            None
        } else {
            dice.pick(&[
                &ReturnInterview::Held,
                &ReturnInterview::OfferedRefused,
                &ReturnInterview::NotOffered,
                &ReturnInterview::NotKnown,
            ])
            .copied()
        },
    });
    if grave {
        mark(notice, subject, Marker::CceRisk, 45, dice);
        mark(notice, subject, Marker::TriggerPlan, 35, dice);
    }
    mark(notice, subject, Marker::RepeatMissing, 12, dice);
}

pub(crate) fn sex_offender(notice: &mut Notice, day: NaiveDate, dice: &mut Dice) {
    let prevention = order(
        OrderKind::SexualHarmPreventionOrder,
        "No unsupervised contact with any child under 16 without the consent of the parent and of social care.",
        day,
        dice,
    );
    let notification = order(OrderKind::SexOffenderNotification, "Notification requirements.", day, dice);
    let with_order = dice.percent(80);
    if let Some(offender) = with_key(notice, "s") {
        for marker in [Marker::RegisteredSexOffender, Marker::MappaNominal] {
            if !offender.markers.contains(&marker) {
                offender.markers.push(marker);
            }
        }
        if with_order {
            offender.orders.push(prevention);
        }
        offender.orders.push(notification);
    }
}

pub(crate) fn police_protection(notice: &mut Notice, at: Moment, dice: &mut Dice) {
    let officer = format!("Insp {}", dice.between(300, 399));
    let children: Vec<String> = notice
        .persons
        .iter()
        .filter(|p| p.has_role(Role::Subject) && p.key.as_deref().is_some_and(|k| k.starts_with('c')))
        .filter_map(|p| p.key.clone())
        .collect();
    let place = dice
        .pick(&[
            &ProtectionPlace::PoliceStation,
            &ProtectionPlace::Foster,
            &ProtectionPlace::Hospital,
            &ProtectionPlace::Carer,
        ])
        .copied();
    let Some(actions) = notice.actions.as_mut() else { return };
    for child in children {
        actions.police_protection.push(PoliceProtection {
            started_at: at.occurred + Span::minutes(40),
            ended_at: None,
            person: Some(child),
            designated_officer: Some(officer.clone()),
            place,
            end_reason: None,
        });
    }
}

fn unborn(notice: &mut Notice, household: &Household, dice: &mut Dice) {
    let mut baby = nobody("u", Role::Subject);
    baby.unborn = Some(true);
    baby.expected_birth_on = household.primary.due.filter(|_| dice.percent(80));
    if let Some(mother) = with_key(notice, "v") {
        mother.pregnant = Some(true);
    }
    notice.persons.push(baby);
}

/// Events that the source knows of the suspect, or of the subject.
fn known_events(notice: &mut Notice, at: Moment, dice: &mut Dice) {
    let percent = match at.level {
        Level::Critical | Level::High => 45,
        Level::Medium => 18,
        _ => 5,
    };
    if !dice.percent(percent) {
        return;
    }
    let mut events = Vec::new();
    for _ in 0..=dice.below(3) {
        let days = u64::try_from(dice.between(20, 900)).unwrap_or(20);
        let Some(on) = at.day.checked_sub_days(Days::new(days)) else { continue };
        let kind = *dice
            .pick(&[
                &KnownEventKind::DomesticIncident,
                &KnownEventKind::CrimeSuspect,
                &KnownEventKind::Arrest,
                &KnownEventKind::Conviction,
            ])
            .unwrap_or(&KnownEventKind::CrimeSuspect);
        let category = (kind != KnownEventKind::DomesticIncident).then(|| {
            dice.word(&["assault", "criminal damage", "drugs", "theft", "public order", "harassment"])
                .to_owned()
        });
        events.push(KnownEvent { kind, on, reference: None, category });
    }
    // Oldest first, as the source lists them.
    events.sort_by_key(|e| e.on);
    if let Some(suspect) = with_key(notice, "s") {
        suspect.known_events = events;
    }
}

/// A few notices that only named people may open, for reasons that no theme implies.
fn rare_restrictions(notice: &mut Notice, dice: &mut Dice) {
    if !notice.restricted.is_empty() || !dice.per_mille(5) {
        return;
    }
    let reason = *dice
        .pick(&[
            &RestrictionReason::PoliceStaffInvolved,
            &RestrictionReason::StaffRelative,
            &RestrictionReason::ProtectedAddress,
        ])
        .unwrap_or(&RestrictionReason::StaffRelative);
    notice.restricted.push(reason);
    if reason == RestrictionReason::ProtectedAddress
        && let Some(address) = with_key(notice, "v").and_then(|p| p.address.as_mut())
    {
        address.protected = Some(true);
        address.kind = Some(AddressKind::Refuge);
    }
}
