//! Facts about children: who they are, what they were exposed to, who has them, where they went.

use ppn_domain::Notice;
use ppn_domain::notice::codes::{
    AddressKind, Concern, Indicator, Marker, MissingRisk, NotSpokenToReason, RelationshipKind,
    ReturnInterview, Role,
};

use super::context::Who;
use super::{About, Context, Fact, FactKind, Found, fact};

const INJURIES: [Indicator; 6] = [
    Indicator::InjuryToInfant,
    Indicator::ChildInjured,
    Indicator::SeriousInjury,
    Indicator::MinorInjury,
    Indicator::UnexplainedInjury,
    Indicator::BurnsOrPoisoning,
];

/// Facts that say that there are children, where none is described.
const CHILDREN_MENTIONED: &[&str] =
    &["child_contact_conflict", "threats_to_children", "children_hurt_before"];

/// Injuries of one child: said on the child, or ticked for a notice that is about the child.
fn injuries(context: &Context<'_>, p: usize, who: &Who<'_>, found: &mut Found) {
    found.answer(who.person.presence.as_ref().and_then(|presence| presence.injured), || {
        format!("/persons/{p}/presence/injured")
    });
    for (i, indicator) in who.person.indicators.iter().enumerate() {
        if INJURIES.contains(indicator) {
            found.yes(|| (format!("/persons/{p}/indicators/{i}"), indicator.code().to_owned()));
        }
    }
    // A tick names no child either: it is taken for those whom the notice is about, where there are any.
    // Somebody of no known age who is named as suspect as well may be no child: a counter-allegation
    // against a child takes no injury off them.
    let surely = |(_, other): &(usize, &Who<'_>)| other.child == Some(true) || !other.has(Role::Suspect);
    let of_others = !(who.has(Role::Subject) || who.has(Role::Victim))
        && context
            .children()
            .filter(surely)
            .any(|(_, other)| other.has(Role::Subject) || other.has(Role::Victim));
    for indicator in [Indicator::ChildInjured, Indicator::InjuryToInfant] {
        if let Some(i) = context.notice.indicators.iter().position(|x| *x == indicator)
            && !of_others
        {
            found.yes(|| (format!("/indicators/{i}"), indicator.code().to_owned()));
        }
        // Words name no child: they are taken for the one that the notice is about, or the only one.
        if who.has(Role::Subject) || who.has(Role::Victim) || context.children().filter(surely).count() == 1 {
            context.words_for(indicator, found);
        }
    }
    // In a notice about the child, an injury ticked for the incident is the child's.
    if context.kind_is(ppn_domain::notice::codes::NoticeKind::Child)
        && (who.has(Role::Subject) || who.has(Role::Victim))
    {
        for (i, indicator) in context.notice.indicators.iter().enumerate() {
            if INJURIES.contains(indicator) {
                found.yes(|| (format!("/indicators/{i}"), indicator.code().to_owned()));
            }
        }
    }
}

fn years(p: usize, who: &Who<'_>) -> (String, String) {
    let field = if who.person.date_of_birth.is_some() { "date_of_birth" } else { "estimated_age" };
    (format!("/persons/{p}/{field}"), format!("aged {}", who.age.unwrap_or_default()))
}

/// A suspect who has the care of children, or is family or household to a given child.
fn cares_for(context: &Context<'_>, suspect: usize, child: usize) -> bool {
    let who = &context.people[suspect];
    [Role::ParentOrCarer, Role::HouseholdMember, Role::TemporaryCarer].iter().any(|role| who.has(*role))
        || context.are_family(suspect, child)
        || context.live_together(suspect, child)
}

/// The places in the notice that say that a child is or was missing.
fn missing(context: &Context<'_>, found: &mut Found) {
    for indicator in [Indicator::MissingNow, Indicator::MissingOvernight, Indicator::FoundAfterMissing] {
        context.indicator(indicator, found);
    }
    if context.has_concern(Concern::Missing) {
        found.yes(|| context.concern_at(Concern::Missing));
    }
    for i in 0..context.notice.missing.len() {
        found.yes(|| (format!("/missing/{i}"), "missing episode".to_owned()));
    }
}

/// Whether the missing person may be a child: the one named is, or nobody is named and a child is there.
fn missing_may_be_child(context: &Context<'_>, episode: &ppn_domain::notice::MissingEpisode) -> bool {
    match episode.person.as_deref().and_then(|key| context.by_key(key)) {
        Some((_, who)) => who.child != Some(false),
        None => true,
    }
}

/// Indicators that speak of a child, whether one is described or not.
const OF_A_CHILD: [Indicator; 17] = [
    Indicator::UnbornChildAtRisk,
    Indicator::InjuryToInfant,
    Indicator::ChildInjured,
    Indicator::ChildDisclosedAbuse,
    Indicator::ChildWitnessedViolence,
    Indicator::ChildDistressed,
    Indicator::ChildHungryOrNoFood,
    Indicator::ChildLeftAlone,
    Indicator::ChildUnderOne,
    Indicator::ChildNotSeen,
    Indicator::CarerIntoxicated,
    Indicator::CarerUnableToCare,
    Indicator::UnsuitableCarer,
    Indicator::StepchildInHousehold,
    Indicator::PositionOfTrust,
    Indicator::OffenderHasAccessToChildren,
    Indicator::SuspectKnownAddressWithChildren,
];

/// Concerns that are about a child by their name.
const ABOUT_A_CHILD: [Concern; 4] = [
    Concern::ChildSexualExploitation,
    Concern::ChildCriminalExploitation,
    Concern::ChildInCustody,
    Concern::SexOffenderContact,
];

/// Whether there is a child, described or not, whom the child desk must look at.
pub(crate) fn child_concerned(context: &Context<'_>) -> bool {
    context.children().next().is_some()
        || OF_A_CHILD.iter().any(|indicator| context.has(*indicator))
        || ABOUT_A_CHILD.iter().any(|concern| context.has_concern(*concern))
        || !protections(context.notice).is_empty()
        || CHILDREN_MENTIONED.iter().any(|id| {
            let registry = super::registry();
            registry.find(id).is_some_and(|i| registry.facts[i].value(context) == super::Value::Yes)
        })
}

fn any_child(
    id: &str,
    meaning: &str,
    source: &str,
    example: &str,
    test: impl Fn(&Context<'_>, usize, &Who<'_>, &mut Found) + Send + Sync + 'static,
) -> Fact {
    fact(id, FactKind::YesNo, About::Person, meaning, source, example, move |context, found| {
        for (p, who) in context.children() {
            test(context, p, who, found);
        }
    })
}

pub(super) fn facts() -> Vec<Fact> {
    let mut facts = who_they_are();
    facts.extend(exposure());
    facts.extend(whereabouts());
    facts
}

#[expect(clippy::too_many_lines, reason = "one entry a fact: a list, not steps")]
fn who_they_are() -> Vec<Fact> {
    let mut facts = vec![
        any_child(
            "child_described",
            "A child is described in the notice, there in their own right",
            "`/persons`: age on the day of receipt, else the role",
            r#""persons":[{"roles":["child_present"]}]"#,
            |_, p, who, found| {
                let role = who.person.roles.first().map_or("", |role| role.code());
                found.yes(|| (format!("/persons/{p}/roles"), role.to_owned()));
            },
        ),
        fact(
            "children_described",
            FactKind::Count,
            About::Notice,
            "Children described in the notice",
            "`/persons`",
            r#""persons":[{"roles":["child_present"]}]"#,
            |context, found| {
                for (p, who) in context.children() {
                    let role = who.person.roles.first().map_or("", |role| role.code());
                    found.one_more(|| (format!("/persons/{p}/roles"), role.to_owned()));
                }
            },
        )
        .at_most(50),
        fact(
            "youngest_child_days",
            FactKind::Days,
            About::Person,
            "Age in days of the youngest child whose date of birth is known, on the day of receipt",
            "`/persons/*/date_of_birth`",
            r#""persons":[{"roles":["subject"],"date_of_birth":"2026-05-01"}]"#,
            |context, found| {
                for (p, who) in context.children() {
                    if let Some(born) = who.person.date_of_birth
                        && let Ok(days) = u32::try_from((context.today - born).num_days())
                    {
                        found.fewest(days, || years(p, who));
                    }
                }
            },
        ),
        any_child(
            "child_is_suspect",
            "A child is named as suspect, which makes them a subject too",
            "`/persons/*/roles`: `suspect`",
            r#""persons":[{"roles":["suspect"],"estimated_age":15}]"#,
            |_, p, who, found| {
                if who.has(Role::Suspect) {
                    found.yes(|| (format!("/persons/{p}/roles"), "suspect".to_owned()));
                }
            },
        ),
        any_child(
            "school_age_child",
            "A child of school age, 4 to 17, or of an age that nobody gave",
            "`/persons`: age on the day of receipt",
            r#""persons":[{"roles":["child_in_household"],"estimated_age":8}]"#,
            |_, p, who, found| match who.age {
                Some(age) if age < 4 => found.no(),
                Some(_) => found.yes(|| years(p, who)),
                None if who.person.unborn == Some(true) => found.no(),
                None => found.yes(|| (format!("/persons/{p}"), "age not known".to_owned())),
            },
        ),
        any_child(
            "child_age_not_given",
            "A child's age is not given",
            "`/persons/*/date_of_birth`, `/persons/*/estimated_age`",
            r#""persons":[{"roles":["child_in_household"]}]"#,
            |_, p, who, found| {
                if who.age.is_some() || who.person.unborn == Some(true) {
                    found.no();
                } else {
                    found.yes(|| (format!("/persons/{p}"), "age not known".to_owned()));
                }
            },
        ),
        any_child(
            "unborn_child",
            "A child who is not born yet",
            "`/persons/*/unborn`",
            r#""persons":[{"roles":["subject"],"unborn":true}]"#,
            |_, p, who, found| found.answer(who.person.unborn, || format!("/persons/{p}/unborn")),
        )
        .indicator(Indicator::UnbornChildAtRisk),
        fact(
            "child_at_the_time",
            FactKind::YesNo,
            About::Person,
            "Somebody at risk was a child when it happened, whatever their age now",
            "`/occurred_at` and `/persons/*/date_of_birth`",
            r#""occurred_at":"2006-01-15T00:00:00Z","persons":[{"roles":["victim"],"date_of_birth":"1994-08-09"}]"#,
            |context, found| {
                let Some(occurred) = context.notice.occurred_at else { return };
                let day = occurred.london_date();
                for (p, who) in context.group(super::Group::AtRisk) {
                    match who.person.date_of_birth.and_then(|born| ppn_domain::age_on(born, day)) {
                        Some(age) if age < 18 => {
                            found.yes(|| (format!("/persons/{p}/date_of_birth"), format!("aged {age} then")));
                        }
                        Some(_) => found.no(),
                        None => {}
                    }
                }
            },
        ),
    ];
    for under in [1_u32, 5, 10, 13, 16] {
        let entry = any_child(
            &format!("child_under_{under}"),
            &format!("A child under {under}"),
            "`/persons`: age on the day of receipt",
            &format!(r#""persons":[{{"roles":["child_present"],"estimated_age":{}}}]"#, under - 1),
            move |_, p, who, found| {
                if who.is_under(under) {
                    found.yes(|| years(p, who));
                } else if who.age.is_some() {
                    found.no();
                }
            },
        );
        facts.push(entry.indicator(Indicator::ChildUnderOne));
    }
    facts
}

#[expect(clippy::too_many_lines, reason = "one entry a fact: a list, not steps")]
fn exposure() -> Vec<Fact> {
    let presence = |id: &'static str,
                    meaning: &str,
                    field: &'static str,
                    of: fn(&ppn_domain::notice::Presence) -> Option<bool>| {
        any_child(
            id,
            meaning,
            &format!("`/persons/*/presence/{field}`"),
            &format!(r#""persons":[{{"roles":["child_in_household"],"presence":{{"{field}":true}}}}]"#),
            move |_, p, who, found| {
                found.answer(who.person.presence.as_ref().and_then(of), || {
                    format!("/persons/{p}/presence/{field}")
                });
            },
        )
    };
    let mut facts = vec![
        {
            let entry = presence("child_was_present", "A child was there", "present", |x| x.present);
            entry.also(
                "`/persons/*/roles`: `child_present`",
                Box::new(|context, found| {
                    for (p, who) in context.children() {
                        if who.has(Role::ChildPresent) {
                            found.yes(|| (format!("/persons/{p}/roles"), "child_present".to_owned()));
                        }
                    }
                }),
            )
        },
        presence("child_saw", "A child saw it", "saw", |x| x.saw)
            .indicator(Indicator::ChildWitnessedViolence),
        presence("child_heard", "A child heard it", "heard", |x| x.heard),
        any_child(
            "child_hurt",
            "A child is injured",
            "`/persons/*/presence/injured`; injuries among `indicators`",
            r#""persons":[{"roles":["child_present"],"presence":{"injured":true}}]"#,
            injuries,
        )
        .indicator(Indicator::ChildInjured)
        .indicator(Indicator::InjuryToInfant),
        any_child(
            "baby_hurt",
            "A child under one is injured, however slightly",
            "age on the day of receipt, with `presence` and `indicators`",
            r#""persons":[{"roles":["subject"],"estimated_age":0,"presence":{"injured":true}}]"#,
            |context, p, who, found| {
                if who.is_under(1) || who.person.indicators.contains(&Indicator::ChildUnderOne) {
                    injuries(context, p, who, found);
                }
            },
        )
        .indicator(Indicator::InjuryToInfant),
        any_child(
            "child_under_5_hurt",
            "A child under five is injured",
            "age on the day of receipt, with `presence` and `indicators`",
            r#""persons":[{"roles":["subject"],"estimated_age":3,"presence":{"injured":true}}]"#,
            |context, p, who, found| {
                if who.is_under(5) {
                    injuries(context, p, who, found);
                }
            },
        )
        .indicator(Indicator::InjuryToInfant),
        any_child(
            "child_hurt_by_carer",
            "A child is injured, and the suspect is family, carer or household to them",
            "`presence`, `indicators`, `roles`, `relationships`",
            r#""persons":[{"key":"a","roles":["subject"],"estimated_age":9,"presence":{"injured":true}},{"key":"b","roles":["suspect","parent_or_carer"]}]"#,
            |context, p, who, found| {
                let by_carer = context
                    .group(super::Group::Suspect)
                    .any(|(s, suspect)| s != p && suspect.child != Some(true) && cares_for(context, s, p));
                if by_carer {
                    injuries(context, p, who, found);
                }
            },
        ),
        any_child(
            "child_not_spoken_to",
            "A child was not spoken to",
            "`/persons/*/voice`",
            r#""persons":[{"roles":["child_present"],"voice":{"spoken_to":false}}]"#,
            |_, p, who, found| {
                let Some(voice) = &who.person.voice else { return };
                match (voice.spoken_to, voice.not_spoken_to_reason) {
                    (Some(false), _) => {
                        found.yes(|| (format!("/persons/{p}/voice/spoken_to"), "false".to_owned()));
                    }
                    (_, Some(reason)) => found.yes(|| {
                        (format!("/persons/{p}/voice/not_spoken_to_reason"), reason.code().to_owned())
                    }),
                    (Some(true), None) => found.no(),
                    (None, None) => {}
                }
            },
        ),
        any_child(
            "child_unseen",
            "A child was not seen",
            "`/persons/*/voice/seen`",
            r#""persons":[{"roles":["subject"],"voice":{"seen":false}}]"#,
            |_, p, who, found| match who.person.voice.as_ref().and_then(|voice| voice.seen) {
                Some(false) => found.yes(|| (format!("/persons/{p}/voice/seen"), "false".to_owned())),
                Some(true) => found.no(),
                None => {}
            },
        )
        .indicator(Indicator::ChildNotSeen),
        any_child(
            "child_not_spoken_to_alone",
            "A child was spoken to, but not alone",
            "`/persons/*/voice/spoken_to_alone`",
            r#""persons":[{"roles":["subject"],"voice":{"spoken_to_alone":false}}]"#,
            |_, p, who, found| match who.person.voice.as_ref().and_then(|voice| voice.spoken_to_alone) {
                Some(false) => {
                    found.yes(|| (format!("/persons/{p}/voice/spoken_to_alone"), "false".to_owned()));
                }
                Some(true) => found.no(),
                None => {}
            },
        ),
        any_child(
            "carer_prevented_speaking",
            "A carer kept the child from being spoken to",
            "`/persons/*/voice/not_spoken_to_reason`",
            r#""persons":[{"roles":["subject"],"voice":{"not_spoken_to_reason":"carer_prevented"}}]"#,
            |_, p, who, found| {
                let reason = who.person.voice.as_ref().and_then(|voice| voice.not_spoken_to_reason);
                if reason == Some(NotSpokenToReason::CarerPrevented) {
                    found.yes(|| {
                        (format!("/persons/{p}/voice/not_spoken_to_reason"), "carer_prevented".to_owned())
                    });
                }
            },
        ),
        fact(
            "left_with_unchecked_person",
            FactKind::YesNo,
            About::Notice,
            "A child was left with somebody on whom no check is recorded; a check left out is none",
            "`/actions/child_left_with`, `/actions/checks_on_carer`, `/persons/*/roles`: `temporary_carer`",
            r#""actions":{"child_left_with":"a friend"}"#,
            |context, found| {
                let actions = context.notice.actions.as_ref();
                if actions.and_then(|actions| actions.checks_on_carer) == Some(true) {
                    found.no();
                    return;
                }
                if let Some(with) = actions.and_then(|actions| actions.child_left_with.as_ref())
                    && !with.trim().is_empty()
                {
                    found.yes(|| ("/actions/child_left_with".to_owned(), "no check recorded".to_owned()));
                }
                for (p, who) in context.people.iter().enumerate() {
                    if who.has(Role::TemporaryCarer) {
                        found.yes(|| (format!("/persons/{p}/roles"), "temporary_carer".to_owned()));
                    }
                }
            },
        ),
        fact(
            "carer_was_not_checked",
            FactKind::YesNo,
            About::Notice,
            "Whoever the child was left with was not checked",
            "`/actions/checks_on_carer`",
            r#""actions":{"checks_on_carer":false}"#,
            |context, found| match context.notice.actions.as_ref().and_then(|actions| actions.checks_on_carer)
            {
                Some(false) => found.yes(|| ("/actions/checks_on_carer".to_owned(), "false".to_owned())),
                Some(true) => found.no(),
                None => {}
            },
        ),
        fact(
            "temporary_carer_named",
            FactKind::YesNo,
            About::Person,
            "Somebody had or took the care of the child for the time being",
            "`/persons/*/roles`: `temporary_carer`",
            r#""persons":[{"roles":["temporary_carer"]}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    if who.has(Role::TemporaryCarer) {
                        found.yes(|| (format!("/persons/{p}/roles"), "temporary_carer".to_owned()));
                    }
                }
            },
        ),
    ];
    facts.push(fact(
        "police_protection_used",
        FactKind::YesNo,
        About::Notice,
        "Police protection was used for a child",
        "`/actions/police_protection`",
        r#""actions":{"police_protection":[{"started_at":"2026-05-20T10:00:00Z"}]}"#,
        |context, found| {
            for i in 0..protections(context.notice).len() {
                found.yes(|| (format!("/actions/police_protection/{i}"), "used".to_owned()));
            }
        },
    ));
    facts.push(fact(
        "police_protection_open",
        FactKind::YesNo,
        About::Notice,
        "Police protection of a child has no end recorded",
        "`/actions/police_protection/*/ended_at`",
        r#""actions":{"police_protection":[{"started_at":"2026-05-20T10:00:00Z"}]}"#,
        |context, found| {
            for (i, protection) in protections(context.notice).iter().enumerate() {
                if protection.ended_at.is_none() {
                    found.yes(|| (format!("/actions/police_protection/{i}"), "no end recorded".to_owned()));
                }
            }
        },
    ));
    facts
}

fn protections(notice: &Notice) -> &[ppn_domain::notice::PoliceProtection] {
    notice.actions.as_ref().map_or(&[], |actions| actions.police_protection.as_slice())
}

fn whereabouts() -> Vec<Fact> {
    let mut facts = vec![
        fact(
            "child_missing",
            FactKind::YesNo,
            About::Notice,
            "A child is missing, or was found or came back",
            "`/missing`, `/concerns`: `missing`, `indicators`",
            r#""missing":[{"risk":"medium"}],"persons":[{"roles":["subject"],"estimated_age":14}]"#,
            |context, found| {
                if context.children().next().is_some() {
                    missing(context, found);
                }
            },
        ),
        fact(
            "child_missing_high_risk",
            FactKind::YesNo,
            About::Notice,
            "A missing episode of a child was graded high, whether they were found or not",
            "`/missing/*/risk`",
            r#""missing":[{"risk":"high"}],"persons":[{"roles":["subject"],"estimated_age":14}]"#,
            |context, found| {
                if !child_concerned(context) && !context.kind_is(ppn_domain::notice::codes::NoticeKind::Child)
                {
                    return;
                }
                for (i, episode) in context.notice.missing.iter().enumerate() {
                    if missing_may_be_child(context, episode) {
                        match episode.risk {
                            Some(MissingRisk::High) => {
                                found.yes(|| (format!("/missing/{i}/risk"), "high".to_owned()));
                            }
                            Some(MissingRisk::NotKnown) | None => {}
                            Some(_) => found.no(),
                        }
                    }
                }
            },
        ),
        fact(
            "missing_high_risk",
            FactKind::YesNo,
            About::Notice,
            "A missing episode of anyone was graded high",
            "`/missing/*/risk`",
            r#""missing":[{"risk":"high"}]"#,
            |context, found| {
                for (i, episode) in context.notice.missing.iter().enumerate() {
                    match episode.risk {
                        Some(MissingRisk::High) => {
                            found.yes(|| (format!("/missing/{i}/risk"), "high".to_owned()));
                        }
                        Some(MissingRisk::NotKnown) | None => {}
                        Some(_) => found.no(),
                    }
                }
            },
        ),
        fact(
            "missing_medium_risk",
            FactKind::YesNo,
            About::Notice,
            "A missing episode was graded medium",
            "`/missing/*/risk`",
            r#""missing":[{"risk":"medium"}]"#,
            |context, found| {
                for (i, episode) in context.notice.missing.iter().enumerate() {
                    if episode.risk == Some(MissingRisk::Medium) {
                        found.yes(|| (format!("/missing/{i}/risk"), "medium".to_owned()));
                    }
                }
            },
        ),
        fact(
            "missing_episodes",
            FactKind::Count,
            About::Notice,
            "Missing episodes in this notice",
            "`/missing`",
            r#""missing":[{}]"#,
            |context, found| {
                for i in 0..context.notice.missing.len() {
                    found.one_more(|| (format!("/missing/{i}"), "missing episode".to_owned()));
                }
            },
        )
        .at_most(20),
        fact(
            "missing_through_a_night",
            FactKind::YesNo,
            About::Notice,
            "Somebody was away through a night: found on a later day than reported missing",
            "`/missing/*/reported_at`, `/missing/*/returned_at`",
            r#""missing":[{"reported_at":"2026-05-18T20:00:00Z","returned_at":"2026-05-19T09:00:00Z"}]"#,
            |context, found| {
                for (i, episode) in context.notice.missing.iter().enumerate() {
                    if let (Some(from), Some(to)) = (episode.reported_at, episode.returned_at) {
                        if to.london_date() > from.london_date() {
                            found.yes(|| (format!("/missing/{i}/returned_at"), "a later day".to_owned()));
                        } else {
                            found.no();
                        }
                    }
                }
            },
        )
        .indicator(Indicator::MissingOvernight),
        fact(
            "return_interview_not_held",
            FactKind::YesNo,
            About::Notice,
            "Found, and the return home interview was refused or not offered",
            "`/missing/*/return_interview`",
            r#""missing":[{"return_interview":"not_offered"}]"#,
            |context, found| {
                for (i, episode) in context.notice.missing.iter().enumerate() {
                    match episode.return_interview {
                        Some(answer @ (ReturnInterview::NotOffered | ReturnInterview::OfferedRefused)) => {
                            found
                                .yes(|| (format!("/missing/{i}/return_interview"), answer.code().to_owned()));
                        }
                        Some(ReturnInterview::Held) => found.no(),
                        Some(ReturnInterview::NotKnown) | None => {}
                    }
                }
            },
        ),
        any_child(
            "child_known_to_be_exploited",
            "A child is known to be at risk of sexual or criminal exploitation, or has a trigger plan",
            "`/persons/*/markers`: `cse_risk`, `cce_risk`, `trigger_plan`, `modern_slavery_victim`",
            r#""persons":[{"roles":["subject"],"estimated_age":15,"markers":["cce_risk"]}]"#,
            |_, p, who, found| {
                for (i, marker) in who.person.markers.iter().enumerate() {
                    if matches!(
                        marker,
                        Marker::CseRisk | Marker::CceRisk | Marker::TriggerPlan | Marker::ModernSlaveryVictim
                    ) {
                        found.yes(|| (format!("/persons/{p}/markers/{i}"), marker.code().to_owned()));
                    }
                }
            },
        ),
        any_child(
            "child_in_custody",
            "A child is or was held in custody",
            "`/concerns`: `child_in_custody`; `/source_team`: `custody`; the kind of the child's address",
            r#""source_team":"custody","persons":[{"roles":["suspect"],"estimated_age":15}]"#,
            |context, p, who, found| {
                let from_custody = context
                    .notice
                    .source_team
                    .as_deref()
                    .is_some_and(|team| team.eq_ignore_ascii_case("custody"));
                if from_custody && who.has(Role::Suspect) {
                    found.yes(|| ("/source_team".to_owned(), "custody".to_owned()));
                }
                if who.person.address.as_ref().and_then(|address| address.kind) == Some(AddressKind::Custody)
                {
                    found.yes(|| (format!("/persons/{p}/address/kind"), "custody".to_owned()));
                }
            },
        )
        .concern(Concern::ChildInCustody),
        any_child(
            "child_with_partner_named",
            "Somebody is named as partner of a child",
            "`/persons/*/relationships`: `partner`",
            r#""persons":[{"key":"a","roles":["subject"],"estimated_age":15},{"roles":["associate"],"relationships":[{"to":"a","kind":"partner"}]}]"#,
            |context, p, _, found| {
                for (other, _) in context.people.iter().enumerate().filter(|(i, _)| *i != p) {
                    let partners = |from, to| {
                        context.relation(from, to).any(|kind| {
                            matches!(kind, RelationshipKind::Partner | RelationshipKind::ExPartner)
                        })
                    };
                    if partners(other, p) || partners(p, other) {
                        found.yes(|| (format!("/persons/{other}/relationships"), "partner".to_owned()));
                    }
                }
            },
        ),
    ];
    facts.push(fact(
        "children_mentioned",
        FactKind::YesNo,
        About::Notice,
        "There are children, whether or not they are described",
        "`/persons`, `indicators`, DASH answers about children",
        r#""indicators":["child_contact_conflict"]"#,
        |context, found| {
            for (p, who) in context.children() {
                let role = who.person.roles.first().map_or("", |role| role.code());
                found.yes(|| (format!("/persons/{p}/roles"), role.to_owned()));
            }
            for indicator in [
                Indicator::ChildContactConflict,
                Indicator::ThreatsToChildren,
                Indicator::StepchildInHousehold,
            ] {
                context.indicator(indicator, found);
            }
        },
    ));
    facts
}
