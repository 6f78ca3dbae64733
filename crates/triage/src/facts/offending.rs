//! Facts about those who may do harm: sexual offenders and whom they reach, orders, firearms.

use ppn_domain::notice::codes::{Concern, Indicator, Marker, NoticeKind, OrderKind, Role};

use super::context::binds;
use super::{About, Context, Fact, FactKind, Found, Group, fact};

const PROTECTIVE: [OrderKind; 9] = [
    OrderKind::DomesticViolenceProtectionOrder,
    OrderKind::DomesticAbuseProtectionNotice,
    OrderKind::DomesticAbuseProtectionOrder,
    OrderKind::NonMolestationOrder,
    OrderKind::RestrainingOrder,
    OrderKind::StalkingProtectionOrder,
    OrderKind::OccupationOrder,
    OrderKind::ForcedMarriageProtectionOrder,
    OrderKind::FgmProtectionOrder,
];

/// Whether an order of this kind keeps one person from another.
pub(crate) fn is_protective(kind: OrderKind) -> bool {
    PROTECTIVE.contains(&kind)
}

const SEXUAL: [OrderKind; 3] =
    [OrderKind::SexualHarmPreventionOrder, OrderKind::SexOffenderNotification, OrderKind::SexualRiskOrder];

/// Concerns that suspect sexual harm to a child or of a kind that goes on.
const SEXUAL_CONCERNS: [Concern; 3] =
    [Concern::SexualAbuse, Concern::ChildSexualExploitation, Concern::IndecentImages];

/// Where it stands that a person is a sexual offender: a marker, or an order in force that binds them.
fn offender_at(context: &Context<'_>, p: usize, found: &mut Found) {
    let person = context.people[p].person;
    if let Some(i) = person.markers.iter().position(|m| *m == Marker::RegisteredSexOffender) {
        found.yes(|| (format!("/persons/{p}/markers/{i}"), "registered_sex_offender".to_owned()));
    }
    for (i, order) in person.orders.iter().enumerate() {
        if SEXUAL.contains(&order.kind) && binds(order) && context.is_live(order) {
            found.yes(|| (format!("/persons/{p}/orders/{i}"), order.kind.code().to_owned()));
        }
    }
}

pub(crate) fn is_offender(context: &Context<'_>, p: usize) -> bool {
    let mut found = Found { value: super::Value::Unknown, evidence: None };
    offender_at(context, p, &mut found);
    found.value == super::Value::Yes
}

/// Whether sexual harm to a child is suspected: not that of one adult to another.
fn sexual_harm_to_child_suspected(context: &Context<'_>) -> bool {
    if context.has_concern(Concern::ChildSexualExploitation) || context.has_concern(Concern::IndecentImages) {
        return true;
    }
    let ticked_reach = [Indicator::OffenderHasAccessToChildren, Indicator::SuspectKnownAddressWithChildren]
        .iter()
        .any(|indicator| context.has(*indicator));
    if context.notice.non_recent == Some(true) && ticked_reach {
        // What is written of long ago, beside an offender who reaches children: of what else would it be?
        return true;
    }
    let sexual = context.has_concern(Concern::SexualAbuse) || context.has(Indicator::SexualAssault);
    if !sexual {
        return false;
    }
    if context.kind_is(NoticeKind::Child) || context.notice.non_recent == Some(true) || ticked_reach {
        return true;
    }
    context.group(Group::AtRisk).any(|(_, who)| {
        let then = context
            .notice
            .occurred_at
            .and_then(|at| ppn_domain::age_on(who.person.date_of_birth?, at.london_date()));
        who.is_child() && (who.has(Role::Victim) || who.has(Role::Subject))
            || then.is_some_and(|age| age < 18)
    })
}

/// Where it stands that an offender can reach a child now.
///
/// A child described beside an offender counts as reached unless access was checked and ruled out:
/// not known is not no.
fn reaches_child(context: &Context<'_>, offender: usize, found: &mut Found) {
    for indicator in [
        Indicator::OffenderHasAccessToChildren,
        Indicator::SuspectKnownAddressWithChildren,
        Indicator::PositionOfTrust,
    ] {
        if context.has(indicator) {
            context.indicator(indicator, found);
        }
    }
    for (c, child) in context.children().filter(|(c, _)| *c != offender) {
        let close = context.live_together(offender, c)
            || context
                .relation(c, offender)
                .any(|kind| kind == ppn_domain::notice::codes::RelationshipKind::Child)
            || child.has(Role::ChildInHousehold)
            || child.has(Role::ChildPresent);
        if close || !context.is_ruled_out(Indicator::OffenderHasAccessToChildren) {
            let role = child.person.roles.first().map_or("", |role| role.code());
            found.yes(|| (format!("/persons/{c}/roles"), role.to_owned()));
        } else {
            found.no();
        }
    }
}

fn live_order(context: &Context<'_>, found: &mut Found, kinds: &[OrderKind], group: Group, want_bound: bool) {
    for (p, who) in context.group(group) {
        for (i, order) in who.person.orders.iter().enumerate() {
            if kinds.contains(&order.kind) && binds(order) == want_bound && context.is_live(order) {
                found.yes(|| (format!("/persons/{p}/orders/{i}"), order.kind.code().to_owned()));
            }
        }
    }
}

#[expect(clippy::too_many_lines, reason = "one entry a fact: a list, not steps")]
pub(super) fn facts() -> Vec<Fact> {
    let mut facts = vec![
        fact(
            "sex_offender_named",
            FactKind::YesNo,
            About::Person,
            "A registered sexual offender is named, or somebody bound by a sexual harm order in force",
            "`/persons/*/markers`, `/persons/*/orders`",
            r#""persons":[{"roles":["suspect"],"markers":["registered_sex_offender"]}]"#,
            |context, found| {
                for p in 0..context.people.len() {
                    offender_at(context, p, found);
                }
            },
        ),
        fact(
            "sex_offender_reaches_child",
            FactKind::YesNo,
            About::Notice,
            "A sexual offender, and a child whom they can reach now",
            "markers and orders, with children described, `indicators` and who lives with whom",
            r#""persons":[{"roles":["suspect"],"markers":["registered_sex_offender"]},{"roles":["child_in_household"]}]"#,
            |context, found| {
                for p in 0..context.people.len() {
                    if is_offender(context, p) {
                        reaches_child(context, p, found);
                        if found.value == super::Value::Yes {
                            offender_at(context, p, found);
                        }
                    }
                }
            },
        ),
        fact(
            "suspected_sex_offender_reaches_child",
            FactKind::YesNo,
            About::Notice,
            "Somebody is suspected of sexual harm to a child, then or now, and can reach a child now",
            "`/concerns`, `indicators`, and children in the suspect's household or family",
            r#""concerns":["indecent_images"],"persons":[{"key":"s","roles":["suspect"]},{"roles":["child_in_household"],"relationships":[{"to":"s","kind":"child"}]}]"#,
            |context, found| {
                if !sexual_harm_to_child_suspected(context) {
                    return;
                }
                // Ticked access needs no suspect who is named.
                if context.group(Group::Suspect).next().is_none() {
                    for indicator in [
                        Indicator::OffenderHasAccessToChildren,
                        Indicator::SuspectKnownAddressWithChildren,
                        Indicator::PositionOfTrust,
                    ] {
                        if context.has(indicator) {
                            context.indicator(indicator, found);
                        }
                    }
                }
                for (s, _) in context.group(Group::Suspect) {
                    let mut known = false;
                    for (c, child) in context.children().filter(|(c, _)| *c != s) {
                        if context.live_together(s, c)
                            || context.are_family(s, c)
                            || context.relation(c, s).next().is_some()
                                && (child.has(Role::ChildInHousehold) || child.has(Role::ChildPresent))
                        {
                            known = true;
                            let role = child.person.roles.first().map_or("", |role| role.code());
                            found.yes(|| (format!("/persons/{c}/roles"), role.to_owned()));
                        }
                    }
                    for indicator in [
                        Indicator::OffenderHasAccessToChildren,
                        Indicator::SuspectKnownAddressWithChildren,
                        Indicator::PositionOfTrust,
                    ] {
                        if context.has(indicator) {
                            known = true;
                            context.indicator(indicator, found);
                        }
                    }
                    if known {
                        for concern in SEXUAL_CONCERNS {
                            if context.has_concern(concern) {
                                found.yes(|| context.concern_at(concern));
                            }
                        }
                        if context.has(Indicator::SexualAssault) {
                            context.indicator(Indicator::SexualAssault, found);
                        }
                    }
                }
            },
        ),
        fact(
            "sexual_harm_to_child_suspected",
            FactKind::YesNo,
            About::Notice,
            "Sexual harm to a child is suspected, whenever it happened",
            "`/concerns`, `indicators`",
            r#""concerns":["child_sexual_exploitation"]"#,
            |context, found| {
                if sexual_harm_to_child_suspected(context) {
                    for concern in SEXUAL_CONCERNS {
                        if context.has_concern(concern) {
                            found.yes(|| context.concern_at(concern));
                        }
                    }
                    if context.has(Indicator::SexualAssault) {
                        context.indicator(Indicator::SexualAssault, found);
                    }
                }
            },
        ),
        fact(
            "child_of_suspect_household",
            FactKind::YesNo,
            About::Person,
            "A child belongs to the suspect's household or family",
            "`/persons/*/relationships`",
            r#""persons":[{"key":"s","roles":["suspect"]},{"roles":["child_in_household"],"relationships":[{"to":"s","kind":"child"}]}]"#,
            |context, found| {
                for (s, _) in context.group(Group::Suspect) {
                    for (c, child) in context.children().filter(|(c, _)| *c != s) {
                        if context.live_together(s, c) || context.are_family(s, c) {
                            let role = child.person.roles.first().map_or("", |role| role.code());
                            found.yes(|| (format!("/persons/{c}/roles"), role.to_owned()));
                        }
                    }
                }
            },
        ),
        fact(
            "order_in_force_between_parties",
            FactKind::YesNo,
            About::Notice,
            "An order in force keeps the suspect from somebody at risk in this very notice",
            "`/persons/*/orders`: protective kinds, `role`, `other_party`, `issued_on`, `expires_on`",
            r#""kind":"domestic_abuse","persons":[{"key":"v","roles":["victim"]},{"key":"s","roles":["suspect"],"orders":[{"kind":"non_molestation_order","other_party":"v"}]}]"#,
            |context, found| {
                let at_risk: Vec<usize> = context.group(Group::AtRisk).map(|(p, _)| p).collect();
                let suspects: Vec<usize> = context.group(Group::Suspect).map(|(p, _)| p).collect();
                let between = |from: &[usize], to: &[usize], want_bound: bool, found: &mut Found| {
                    for &p in from {
                        for (i, order) in context.people[p].person.orders.iter().enumerate() {
                            if !PROTECTIVE.contains(&order.kind)
                                || binds(order) != want_bound
                                || !context.is_live(order)
                            {
                                continue;
                            }
                            // An order that names no other party is read as between these two.
                            let other = order.other_party.as_deref().and_then(|key| context.by_key(key));
                            let meant = match (&order.other_party, other) {
                                (Some(_), Some((o, _))) => to.contains(&o),
                                (Some(_), None) => false,
                                (None, _) => !to.is_empty(),
                            };
                            if meant {
                                found.yes(|| {
                                    (format!("/persons/{p}/orders/{i}"), order.kind.code().to_owned())
                                });
                            }
                        }
                    }
                };
                between(&suspects, &at_risk, true, found);
                between(&at_risk, &suspects, false, found);
            },
        ),
        fact(
            "suspect_bound_by_order",
            FactKind::YesNo,
            About::Person,
            "A suspect is bound by a protective order in force, in favour of anyone",
            "`/persons/*/orders`",
            r#""persons":[{"roles":["suspect"],"orders":[{"kind":"restraining_order"}]}]"#,
            |context, found| live_order(context, found, &PROTECTIVE, Group::Suspect, true),
        ),
        fact(
            "sexual_order_in_force",
            FactKind::YesNo,
            About::Person,
            "Somebody is bound by a sexual harm prevention or sexual risk order in force",
            "`/persons/*/orders`",
            r#""persons":[{"roles":["suspect"],"orders":[{"kind":"sexual_harm_prevention_order"}]}]"#,
            |context, found| {
                live_order(
                    context,
                    found,
                    &[OrderKind::SexualHarmPreventionOrder, OrderKind::SexualRiskOrder],
                    Group::Anyone,
                    true,
                );
            },
        ),
        fact(
            "suspect_on_bail_or_licence",
            FactKind::YesNo,
            About::Person,
            "A suspect is on bail conditions or on licence",
            "`/persons/*/orders`: `bail_conditions`, `licence_conditions`",
            r#""persons":[{"roles":["suspect"],"orders":[{"kind":"bail_conditions"}]}]"#,
            |context, found| {
                live_order(
                    context,
                    found,
                    &[OrderKind::BailConditions, OrderKind::LicenceConditions],
                    Group::Suspect,
                    true,
                );
            },
        ),
    ];
    for &kind in OrderKind::ALL {
        facts.push(fact(
            &format!("order_in_force_{kind}"),
            FactKind::YesNo,
            About::Person,
            &format!("Somebody is bound or protected by this in force: {}", kind.code().replace('_', " ")),
            &format!("`/persons/*/orders`: `{kind}`; dates left out count as in force"),
            &format!(r#""persons":[{{"roles":["suspect"],"orders":[{{"kind":"{kind}"}}]}}]"#),
            move |context, found| {
                live_order(context, found, &[kind], Group::Anyone, true);
                live_order(context, found, &[kind], Group::Anyone, false);
            },
        ));
    }
    facts
}
