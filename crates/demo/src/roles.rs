//! The people of a notice with their parts, voices and relations.

use ppn_domain::notice::codes::{NotSpokenToReason, NoticeKind, RelationshipKind, Role};
use ppn_domain::notice::{Person, Presence, Relationship, Voice};

use crate::cast::{Cast, is_outsider};
use crate::dice::Dice;
use crate::households::{Household, Tie};
use crate::names::Pool;
use crate::narrative::Theme;
use crate::people::{View, described, nobody};
use crate::report::Brief;

/// Everybody whom this notice names or describes.
pub(crate) fn persons(
    brief: &Brief,
    cast: &Cast,
    household: &Household,
    suspect_told_of: bool,
    view: View<'_>,
    dice: &mut Dice,
) -> Vec<Person> {
    let spec = brief.spec;
    let mut out = Vec::with_capacity(household.kids.len() + 3);
    let victim_role = match spec.kind {
        NoticeKind::DomesticAbuse => Role::Victim,
        NoticeKind::Adult => Role::Subject,
        NoticeKind::Child if spec.theme == Theme::NonRecent => Role::Victim,
        NoticeKind::Child => Role::ParentOrCarer,
    };
    let mut victim = described(&cast.victim, "v", victim_role, view, dice);
    if spec.kind == NoticeKind::Adult {
        voice(&mut victim, false, dice);
    }
    if spec.kind == NoticeKind::DomesticAbuse && dice.percent(25) {
        victim.safe_contact = Some(
            dice.word(&[
                "Text only, before 3 pm.",
                "Ring work and ask for her line manager.",
                "E-mail only.",
                "Do not ring in the evening.",
                "Any time.",
            ])
            .to_owned(),
        );
    }
    out.push(victim);
    // Somebody from outside is named only where the narrative speaks of them.
    let named = suspect_told_of || spec.kind == NoticeKind::DomesticAbuse || !is_outsider(cast, household);
    if !cast.child_is_suspect
        && let Some(suspect) =
            cast.suspect.as_ref().filter(|_| named && (spec.kind != NoticeKind::Child || dice.percent(88)))
    {
        let blamed = !matches!(
            spec.theme,
            Theme::Neglect
                | Theme::Unborn
                | Theme::PoliceProtection
                | Theme::SelfHarm
                | Theme::InCustody
                | Theme::Nothing
                | Theme::Trafficking
                | Theme::Radicalisation
        );
        let role = if blamed || spec.kind == NoticeKind::DomesticAbuse {
            Role::Suspect
        } else {
            Role::ParentOrCarer
        };
        out.push(described(suspect, "s", role, view, dice));
    }
    children(&mut out, brief, cast, household, view, dice);
    if dice.percent(14) {
        out.push(informant(dice));
    }
    // Nobody of theirs is here.
    if spec.theme == Theme::Trafficking {
        out.retain(|p| p.key.as_deref() != Some("v") && p.key.as_deref() != Some("s"));
    }
    relate(&mut out, cast, household, dice);
    out
}

fn children(
    out: &mut Vec<Person>,
    brief: &Brief,
    cast: &Cast,
    household: &Household,
    view: View<'_>,
    dice: &mut Dice,
) {
    // Officers forget children who are in the narrative; the child in question they seldom do.
    let others_left_out = dice.percent(15);
    let mut number = 2;
    for (index, kid) in household.kids.iter().enumerate() {
        let in_question = cast.child == Some(index) && brief.spec.kind == NoticeKind::Child
            || cast.child_is_suspect && cast.child == Some(index);
        if !in_question && others_left_out {
            continue;
        }
        let present = dice.percent(65);
        let role = if in_question && cast.child_is_suspect {
            Role::Suspect
        } else if in_question
            || brief.spec.kind == NoticeKind::Child
                && matches!(
                    brief.spec.theme,
                    Theme::Neglect | Theme::PoliceProtection | Theme::IndecentImages | Theme::NonRecent
                )
        {
            Role::Subject
        } else if present {
            Role::ChildPresent
        } else {
            Role::ChildInHousehold
        };
        let key = if in_question {
            if cast.child_is_suspect { "s".to_owned() } else { "c1".to_owned() }
        } else {
            format!("c{number}")
        };
        number += i64::from(!in_question);
        let mut person = described(kid, &key, role, view, dice);
        if in_question && cast.child_is_suspect {
            person.roles.push(Role::Subject);
        }
        // Children are sometimes counted and not asked about.
        if !in_question && dice.percent(12) {
            person.given_names = None;
            person.family_name = None;
            person.date_of_birth = None;
            person.date_of_birth_estimated = None;
            person.person_id = None;
            person.identifiers.clear();
            person.estimated_age = Some(kid.age(view.day));
        }
        if brief.spec.kind != NoticeKind::Adult {
            voice(&mut person, kid.age(view.day) < 4, dice);
            if present && dice.percent(55) {
                let asleep = dice.percent(35);
                person.presence = Some(Presence {
                    present: Some(true),
                    saw: (!asleep && dice.percent(35)).then_some(true),
                    heard: (!asleep && dice.percent(50)).then_some(true),
                    injured: dice.percent(30).then_some(false),
                    asleep: asleep.then_some(true),
                });
            }
        }
        out.push(person);
    }
}

fn voice(person: &mut Person, too_young: bool, dice: &mut Dice) {
    if dice.percent(38) {
        return;
    }
    let seen = dice.percent(74);
    let spoken = seen && !too_young && dice.percent(58);
    let demeanour = [
        "Quiet and withdrawn.",
        "Happy and playing.",
        "Upset.",
        "Kept close to mum.",
        "Tired, yawning.",
        "Chatty.",
        "Would not make eye contact.",
        "Angry.",
    ];
    let words = [
        "\"I don't want him to come back.\"",
        "\"Everything is okay.\"",
        "\"I heard shouting.\"",
        "\"I was watching telly.\"",
        "\"Can you tell them to stop arguing.\"",
        "\"I'm not bothered.\"",
        "\"I don't feel safe there.\"",
        "\"I just want to be left alone.\"",
    ];
    let reason = if too_young {
        NotSpokenToReason::TooYoung
    } else {
        *dice
            .pick(&[
                &NotSpokenToReason::Asleep,
                &NotSpokenToReason::NotThere,
                &NotSpokenToReason::WouldNot,
                &NotSpokenToReason::Other,
            ])
            .unwrap_or(&NotSpokenToReason::Other)
    };
    person.voice = Some(Voice {
        seen: Some(seen),
        spoken_to: Some(spoken),
        spoken_to_alone: (spoken && dice.percent(45)).then_some(true),
        words: (spoken && dice.percent(45)).then(|| dice.word(&words).to_owned()),
        demeanour: (seen && dice.percent(55)).then(|| dice.word(&demeanour).to_owned()),
        not_spoken_to_reason: (!spoken && dice.percent(60)).then_some(reason),
    });
}

/// Somebody who told the police.
pub(crate) fn informant(dice: &mut Dice) -> Person {
    let mut person = nobody("i", if dice.percent(30) { Role::Professional } else { Role::Informant });
    if person.has_role(Role::Professional) {
        person.organisation = Some(
            dice.word(&[
                "School",
                "GP surgery",
                "Ambulance service",
                "Housing association",
                "Nursery",
                "Probation",
            ])
            .to_owned(),
        );
    }
    if dice.percent(35) {
        person.identity_withheld = Some(true);
    } else {
        let pool = Pool::draw(dice);
        let female = dice.percent(60);
        person.given_names = Some(pool.given(female, 40, dice).to_owned());
        person.family_name = Some(pool.family(dice));
    }
    person
}

fn relate(people: &mut [Person], cast: &Cast, household: &Household, dice: &mut Dice) {
    use RelationshipKind as K;
    let keys: Vec<String> = people.iter().filter_map(|p| p.key.clone()).collect();
    let outsider = is_outsider(cast, household);
    let to = |key: &str, kind: K, lives_with: Option<bool>| Relationship {
        to: key.to_owned(),
        kind,
        lives_with,
        ended_on: None,
    };
    for person in people.iter_mut().filter(|_| dice.percent(84)) {
        match person.key.as_deref() {
            Some("v") => {
                person
                    .relationships
                    .extend(keys.iter().filter(|k| k.starts_with('c')).map(|k| to(k, K::Parent, Some(true))));
            }
            Some("s") if cast.child_is_suspect => person.relationships.push(to("v", K::Child, Some(true))),
            Some("s") if outsider => person.relationships.push(to("v", K::Other, None)),
            Some("s") => {
                let (kind, together) = match household.tie {
                    Tie::Married | Tie::Partners => (K::Partner, Some(true)),
                    Tie::Former => (K::ExPartner, Some(false)),
                    Tie::GrownChild if cast.suspect.as_ref().is_some_and(|s| s.born < cast.victim.born) => {
                        (K::Parent, None)
                    }
                    Tie::GrownChild => (K::Child, None),
                    Tie::Alone => (K::Other, None),
                };
                person.relationships.push(to("v", kind, together));
                let to_kids = if cast
                    .suspect
                    .as_ref()
                    .is_some_and(|s| household.kids.iter().any(|k| k.family == s.family))
                {
                    K::Parent
                } else {
                    K::StepParent
                };
                person
                    .relationships
                    .extend(keys.iter().filter(|k| k.starts_with('c')).map(|k| to(k, to_kids, together)));
            }
            _ => {}
        }
    }
}
