//! Routing: which desks a notice goes to.

use ppn_domain::Desk;
use ppn_domain::notice::codes::{Concern, NoticeKind, RelationshipKind, Role};

use crate::facts::{Context, Group, Value, registry};

pub(crate) use crate::facts::{child_concerned, is_open_status as is_open};

const DOMESTIC: [Concern; 4] = [
    Concern::IntimatePartnerAbuse,
    Concern::FamilyAbuse,
    Concern::CoerciveControl,
    Concern::ChildToParentAbuse,
];

/// The assessed desks of a notice, in the order of [`Desk`]; never empty.
pub(crate) fn desks(context: &Context<'_>) -> Vec<Desk> {
    let own = own_desk(context);
    let child = own == Desk::Child || child_concerned(context);
    let adult = own == Desk::Adult || adult_with_needs(context);
    let domestic = own == Desk::DomesticAbuse || domestic_abuse_between_grown(context);
    [(Desk::Child, child), (Desk::Adult, adult), (Desk::DomesticAbuse, domestic)]
        .into_iter()
        .filter_map(|(desk, goes)| goes.then_some(desk))
        .collect()
}

/// Whether it is domestic abuse that goes to the child desk instead, since a party is known to be under
/// 16: it is judged there by the rules of both desks.
pub(crate) fn is_domestic_at_child_desk(context: &Context<'_>) -> bool {
    context.kind_is(NoticeKind::DomesticAbuse) && own_desk(context) == Desk::Child
}

/// The desk of its own kind, whatever it lacks; domestic abuse in which a party is known to be
/// under 16 is the child desk's.
fn own_desk(context: &Context<'_>) -> Desk {
    let under_16 = context.people.iter().any(|who| is_party(&who.person.roles) && who.is_under(16));
    if context.kind_is(NoticeKind::DomesticAbuse) && under_16 {
        return Desk::Child;
    }
    Desk::of_kind(context.notice.kind)
}

fn is_party(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::Victim | Role::Suspect | Role::Subject))
}

fn adult_with_needs(context: &Context<'_>) -> bool {
    let registry = registry();
    registry
        .find("adult_with_care_needs")
        .is_some_and(|fact| registry.facts[fact].value(context) == Value::Yes)
}

/// Whether it is about domestic abuse at all: by its kind, by a concern, or since somebody at risk and a
/// suspect are or were a couple.
pub(crate) fn is_domestic(context: &Context<'_>) -> bool {
    context.kind_is(NoticeKind::DomesticAbuse)
        || DOMESTIC.iter().any(|concern| context.has_concern(*concern))
        || context.group(Group::AtRisk).any(|(a, _)| {
            context.group(Group::Suspect).any(|(s, _)| {
                let couple = |kind| matches!(kind, RelationshipKind::Partner | RelationshipKind::ExPartner);
                a != s && context.relation(a, s).chain(context.relation(s, a)).any(couple)
            })
        })
}

/// Abuse in a relationship or family between a victim and a suspect of whom neither is known to be
/// under 16.
fn domestic_abuse_between_grown(context: &Context<'_>) -> bool {
    let grown = |group: Group| context.group(group).filter(|(_, who)| !who.is_under(16)).map(|(p, _)| p);
    is_domestic(context)
        && grown(Group::AtRisk).any(|victim| grown(Group::Suspect).any(|suspect| suspect != victim))
}
