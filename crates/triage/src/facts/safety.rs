//! Facts of domestic abuse and of adults at risk that no single box holds, and facts for display.

use ppn_domain::notice::codes::{Concern, Consent, Indicator, Marker, RelationshipKind, Role};

use super::{About, Fact, FactKind, Group, fact};

pub(super) fn facts() -> Vec<Fact> {
    vec![
        fact(
            "separated_within_a_year",
            FactKind::YesNo,
            About::Notice,
            "The relationship ended in the 365 days before receipt, or is said to have ended or to be ending",
            "`/persons/*/relationships`: `ex_partner`, `ended_on`",
            r#""persons":[{"key":"v","roles":["victim"],"relationships":[{"to":"s","kind":"ex_partner","ended_on":"2026-04-02"}]},{"key":"s","roles":["suspect"]}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    for (i, relation) in who.person.relationships.iter().enumerate() {
                        let couple = matches!(relation.kind, RelationshipKind::ExPartner | RelationshipKind::Partner);
                        let ago = relation.ended_on.map(|day| (context.today - day).num_days());
                        if couple && ago.is_some_and(|days| (0..=365).contains(&days)) {
                            found.yes(|| {
                                (format!("/persons/{p}/relationships/{i}/ended_on"), relation.kind.code().to_owned())
                            });
                        }
                    }
                }
            },
        )
        .indicator(Indicator::SeparationOrAttempt)
        .dash("q6"),
        fact(
            "former_partners",
            FactKind::YesNo,
            About::Notice,
            "Two people are former partners, whenever it ended",
            "`/persons/*/relationships`: `ex_partner`",
            r#""persons":[{"key":"v","roles":["victim"],"relationships":[{"to":"s","kind":"ex_partner"}]},{"key":"s","roles":["suspect"]}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    for (i, relation) in who.person.relationships.iter().enumerate() {
                        if relation.kind == RelationshipKind::ExPartner {
                            found.yes(|| {
                                (format!("/persons/{p}/relationships/{i}"), "ex_partner".to_owned())
                            });
                        }
                    }
                }
            },
        ),
        fact(
            "pregnant",
            FactKind::YesNo,
            About::Person,
            "Somebody at risk is pregnant or has given birth lately",
            "`/persons/*/pregnant`",
            r#""persons":[{"roles":["victim"],"pregnant":true}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    if !who.has(Role::Suspect) || who.has(Role::Victim) || who.has(Role::Subject) {
                        found.answer(who.person.pregnant, || format!("/persons/{p}/pregnant"));
                    }
                }
            },
        )
        .indicator(Indicator::VictimPregnantOrRecentBirth)
        .dash("q9"),
        fact(
            "violence_reported",
            FactKind::YesNo,
            About::Notice,
            "Violence in this incident: an injury, a weapon, sexual assault or hands round the neck",
            "`indicators`, `/concerns`: `physical_abuse`, DASH answers",
            r#""indicators":["minor_injury"]"#,
            |context, found| {
                for indicator in [
                    Indicator::MinorInjury,
                    Indicator::SeriousInjury,
                    Indicator::WeaponUsed,
                    Indicator::SexualAssault,
                    Indicator::NonFatalStrangulation,
                    Indicator::BurnsOrPoisoning,
                ] {
                    context.indicator(indicator, found);
                }
            },
        )
        .concern(Concern::PhysicalAbuse)
        .dash("q1")
        .dash("q18")
        .dash("q19"),
        fact(
            "person_at_risk_suicidal",
            FactKind::YesNo,
            About::Person,
            "Somebody at risk speaks of suicide, or attempted it",
            "`indicators`, `/concerns`: `suicide_risk`",
            r#""indicators":["victim_suicidal"]"#,
            |context, found| {
                for indicator in
                    [Indicator::VictimSuicidal, Indicator::SuicidalIdeation, Indicator::SuicideAttempt]
                {
                    context.indicator(indicator, found);
                }
            },
        )
        .concern(Concern::SuicideRisk),
        fact(
            "firearm_within_reach",
            FactKind::YesNo,
            About::Person,
            "A suspect can get at a firearm: said so, or marked, or holds a certificate",
            "`indicators`: `firearm_access`; `/persons/*/markers`: `firearms`, `firearms_certificate`",
            r#""persons":[{"roles":["suspect"],"markers":["firearms"]}]"#,
            |context, found| {
                for (p, who) in context.group(Group::Suspect) {
                    for (i, marker) in who.person.markers.iter().enumerate() {
                        if matches!(marker, Marker::Firearms | Marker::FirearmsCertificate) {
                            found.yes(|| (format!("/persons/{p}/markers/{i}"), marker.code().to_owned()));
                        }
                    }
                }
            },
        )
        .indicator(Indicator::FirearmAccess),
        fact(
            "interpreter_needed",
            FactKind::YesNo,
            About::Person,
            "Somebody at risk needs an interpreter",
            "`/persons/*/interpreter_needed`",
            r#""persons":[{"roles":["victim"],"interpreter_needed":true}]"#,
            |context, found| {
                for (p, who) in context.group(Group::AtRisk) {
                    found.answer(who.person.interpreter_needed, || format!("/persons/{p}/interpreter_needed"));
                }
            },
        ),
        fact(
            "consent_refused",
            FactKind::YesNo,
            About::Person,
            "Somebody refused consent to sharing. For display: it lowers nothing",
            "`/persons/*/consent`",
            r#""persons":[{"roles":["victim"],"consent":"refused"}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    match who.person.consent {
                        Some(Consent::Refused) => {
                            found.yes(|| (format!("/persons/{p}/consent"), "refused".to_owned()));
                        }
                        Some(Consent::Given) => found.no(),
                        Some(Consent::NotAsked | Consent::CouldNotBeAsked) | None => {}
                    }
                }
            },
        ),
        fact(
            "suspect_arrested",
            FactKind::YesNo,
            About::Notice,
            "Somebody was arrested. For display: it lowers nothing",
            "`/actions/arrested`",
            r#""actions":{"arrested":true}"#,
            |context, found| {
                found.answer(context.notice.actions.as_ref().and_then(|actions| actions.arrested), || {
                    "/actions/arrested".to_owned()
                });
            },
        ),
    ]
}
