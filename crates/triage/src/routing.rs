//! Routing: which desks a notice goes to.

use ppn_domain::Desk;
use ppn_domain::notice::codes::{Concern, NoticeKind, Role};

use crate::facts::{Context, Value, registry};

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

/// Whether it is about domestic abuse at all: by its kind, or by a concern.
pub(crate) fn is_domestic(context: &Context<'_>) -> bool {
    context.kind_is(NoticeKind::DomesticAbuse) || DOMESTIC.iter().any(|concern| context.has_concern(*concern))
}

/// Abuse in a relationship or family between a victim and a suspect of whom neither is known to be
/// under 16.
fn domestic_abuse_between_grown(context: &Context<'_>) -> bool {
    let grown = |role: Role| {
        context
            .people
            .iter()
            .enumerate()
            .filter(move |(_, who)| who.has(role) && !who.is_under(16))
            .map(|(p, _)| p)
    };
    is_domestic(context)
        && grown(Role::Victim).any(|victim| grown(Role::Suspect).any(|suspect| suspect != victim))
}
