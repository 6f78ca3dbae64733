//! Care and support needs, capacity, and involvement of social care.

use ppn_domain::notice::Person;
use ppn_domain::notice::codes::{
    Capacity, Concern, DisabilityStatus, Indicator, NoticeKind, Role, SocialCareStatus,
};

use super::context::Who;

use super::{About, Context, Fact, FactKind, Found, fact};

/// Statuses that mean that a named worker must hear of this without delay.
pub(crate) const fn is_open(status: SocialCareStatus) -> bool {
    matches!(
        status,
        SocialCareStatus::OpenAssessment
            | SocialCareStatus::ChildInNeed
            | SocialCareStatus::ChildProtectionPlan
            | SocialCareStatus::LookedAfter
            | SocialCareStatus::AdultSafeguardingEnquiry
    )
}

/// On a child protection plan or looked after.
pub(crate) fn is_on_plan(person: &Person) -> bool {
    person.social_care.iter().any(|care| {
        matches!(care.status, SocialCareStatus::ChildProtectionPlan | SocialCareStatus::LookedAfter)
    })
}

const STATUSES: [(SocialCareStatus, &str); 8] = [
    (SocialCareStatus::EarlyHelp, "Somebody gets early help"),
    (SocialCareStatus::OpenAssessment, "An assessment by social care is open"),
    (SocialCareStatus::ChildInNeed, "A child is on a child in need plan"),
    (SocialCareStatus::ChildProtectionPlan, "A child is on a child protection plan"),
    (SocialCareStatus::LookedAfter, "A child is looked after"),
    (SocialCareStatus::CareLeaver, "Somebody has left care"),
    (SocialCareStatus::AdultSafeguardingEnquiry, "A safeguarding enquiry about an adult is open"),
    (SocialCareStatus::AdultCarePackage, "An adult gets care at home"),
];

const NEEDS: [Concern; 4] =
    [Concern::CareAndSupportNeeds, Concern::Dementia, Concern::LearningDisability, Concern::SelfNeglect];

/// Whether a person, not known to be a child, has care and support needs or is of doubted capacity;
/// tells where it stands.
fn needs(context: &Context<'_>, p: usize, who: &Who<'_>, found: &mut Found) {
    if who.child == Some(true) {
        return;
    }
    let person = who.person;
    if let Some(capacity @ (Capacity::Doubted | Capacity::LacksForThisDecision)) = person.capacity {
        found.yes(|| (format!("/persons/{p}/capacity"), capacity.code().to_owned()));
    }
    for (i, care) in person.social_care.iter().enumerate() {
        if matches!(
            care.status,
            SocialCareStatus::AdultCarePackage | SocialCareStatus::AdultSafeguardingEnquiry
        ) {
            found.yes(|| (format!("/persons/{p}/social_care/{i}/status"), care.status.code().to_owned()));
        }
    }
    if let Some(i) = person.indicators.iter().position(|x| *x == Indicator::AdultUnableToProtectSelf) {
        found.yes(|| (format!("/persons/{p}/indicators/{i}"), "adult_unable_to_protect_self".to_owned()));
    }
    // A disability alone is no care need of everybody named; of the one at risk it is asked about.
    let at_risk = who.has(Role::Victim) || who.has(Role::Subject);
    if at_risk {
        if !person.disabilities.is_empty() {
            found.yes(|| (format!("/persons/{p}/disabilities/0"), "stated".to_owned()));
        } else if person.disability_status == Some(DisabilityStatus::Yes) {
            found.yes(|| (format!("/persons/{p}/disability_status"), "yes".to_owned()));
        }
        // A child notice ticks these of the child.
        if !context.kind_is(NoticeKind::Child) {
            for concern in NEEDS {
                if context.has_concern(concern) {
                    found.yes(|| context.concern_at(concern));
                }
            }
        }
    }
}

pub(super) fn facts() -> Vec<Fact> {
    let mut facts = vec![
        fact(
            "adult_with_care_needs",
            FactKind::YesNo,
            About::Person,
            "An adult has care and support needs, or their capacity is in doubt",
            "`/concerns`, and `capacity`, `disabilities`, `disability_status`, `social_care`, `indicators` of adults",
            r#""kind":"adult","persons":[{"roles":["subject"],"capacity":"doubted"}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    needs(context, p, who, found);
                }
                context.indicator(Indicator::AdultUnableToProtectSelf, found);
            },
        ),
        fact(
            "capacity_doubted",
            FactKind::YesNo,
            About::Person,
            "Somebody's capacity is in doubt",
            "`/persons/*/capacity`",
            r#""persons":[{"roles":["subject"],"capacity":"doubted"}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    match who.person.capacity {
                        Some(capacity @ (Capacity::Doubted | Capacity::LacksForThisDecision)) => {
                            found.yes(|| (format!("/persons/{p}/capacity"), capacity.code().to_owned()));
                        }
                        Some(Capacity::NoDoubt) => found.no(),
                        Some(Capacity::NotKnown) | None => {}
                    }
                }
            },
        ),
        fact(
            "wishes_fluctuating_or_coerced",
            FactKind::YesNo,
            About::Person,
            "Somebody's wishes may change or be forced",
            "`/persons/*/fluctuating_or_coerced`",
            r#""persons":[{"roles":["subject"],"fluctuating_or_coerced":true}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    found.answer(who.person.fluctuating_or_coerced, || {
                        format!("/persons/{p}/fluctuating_or_coerced")
                    });
                }
            },
        ),
        fact(
            "open_to_social_care",
            FactKind::YesNo,
            About::Person,
            "Somebody is said to be open to social care, whose worker must be told at once",
            "`/persons/*/social_care/*/status`",
            r#""persons":[{"roles":["subject"],"social_care":[{"status":"child_in_need"}]}]"#,
            |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    for (i, care) in who.person.social_care.iter().enumerate() {
                        if is_open(care.status) {
                            found.yes(|| {
                                (
                                    format!("/persons/{p}/social_care/{i}/status"),
                                    care.status.code().to_owned(),
                                )
                            });
                        } else if care.status == SocialCareStatus::NotOpen {
                            found.no();
                        }
                    }
                }
            },
        ),
    ];
    for (status, meaning) in STATUSES {
        facts.push(fact(
            &format!("social_care_{status}"),
            FactKind::YesNo,
            About::Person,
            meaning,
            &format!("`/persons/*/social_care/*/status`: `{status}`"),
            &format!(r#""persons":[{{"roles":["subject"],"social_care":[{{"status":"{status}"}}]}}]"#),
            move |context, found| {
                for (p, who) in context.people.iter().enumerate() {
                    for (i, care) in who.person.social_care.iter().enumerate() {
                        if care.status == status {
                            found.yes(|| {
                                (format!("/persons/{p}/social_care/{i}/status"), status.code().to_owned())
                            });
                        }
                    }
                }
            },
        ));
    }
    facts
}
