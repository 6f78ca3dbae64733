//! Who is who in one notice, and the scene in which they are told of.

use chrono::{Datelike, NaiveDate};
use ppn_domain::Timestamp;
use ppn_domain::notice::Officer;
use ppn_domain::notice::codes::NoticeKind;

use crate::dice::Dice;
use crate::households::{Household, Maker, Member, Tie};
use crate::names::Pool;
use crate::narrative::fill::Scene;
use crate::narrative::{Need, Outsider, Spec, Theme};

/// Who is who in one notice.
pub(crate) struct Cast {
    pub(crate) victim: Member,
    pub(crate) suspect: Option<Member>,
    /// Index of the child in question.
    pub(crate) child: Option<usize>,
    /// The suspect is that child.
    pub(crate) child_is_suspect: bool,
}

/// Whether the suspect is from outside the household.
pub(crate) fn is_outsider(cast: &Cast, household: &Household) -> bool {
    let pair = cast.suspect.as_ref().zip(household.outsider.as_ref());
    pair.is_some_and(|(suspect, outsider)| suspect.nominal == outsider.nominal)
}

/// The parts that a theme gives to the people of a household.
pub(crate) fn cast(
    spec: &Spec,
    household: &mut Household,
    day: NaiveDate,
    maker: &mut Maker,
    dice: &mut Dice,
) -> Cast {
    let child = match spec.need {
        Need::Child(low, high) => household.kids.iter().position(|k| (low..=high).contains(&k.age(day))),
        _ if household.kids.is_empty() => None,
        _ => Some(0),
    };
    // Abuse at home needs somebody to say it of: a new boyfriend where nobody else lives there.
    let at_home = matches!(spec.theme, Theme::Physical | Theme::SexualFamilial | Theme::Emotional);
    let outsider = if at_home && household.other.is_none() { Outsider::Adult } else { spec.outsider };
    household.bring_in(outsider, day, maker, dice);
    if spec.theme == Theme::AdolescentToParent {
        let suspect = child.and_then(|i| household.kids.get(i)).cloned();
        return Cast { victim: household.primary.clone(), suspect, child, child_is_suspect: true };
    }
    let suspect =
        if outsider == Outsider::None { household.other.clone() } else { household.outsider.clone() };
    let suspect = if outsider == Outsider::Unknown
        || spec.theme == Theme::Nothing && spec.kind != NoticeKind::DomesticAbuse
    {
        None
    } else {
        suspect
    };
    match (spec.theme, suspect) {
        // The grown child is the one at risk.
        (Theme::Honour, Some(grown)) => {
            Cast { victim: grown, suspect: Some(household.primary.clone()), child, child_is_suspect: false }
        }
        (_, suspect) => Cast { victim: household.primary.clone(), suspect, child, child_is_suspect: false },
    }
}

/// What the suspect is to the victim, in words.
fn relation(theme_tie: Tie, suspect: Option<&Member>, cast: &Cast, outsider: bool) -> &'static str {
    let female = suspect.is_some_and(|s| s.female);
    if cast.child_is_suspect {
        return if female { "daughter" } else { "son" };
    }
    if outsider {
        return "acquaintance";
    }
    match theme_tie {
        Tie::Married => {
            if female {
                "wife"
            } else {
                "husband"
            }
        }
        Tie::Partners => "partner",
        Tie::Former => "ex partner",
        // Told from the side of whoever is at risk: the elder's child, or the child's parent.
        Tie::GrownChild if suspect.is_some_and(|s| s.born < cast.victim.born) => {
            if female {
                "mother"
            } else {
                "father"
            }
        }
        Tie::GrownChild => {
            if female {
                "daughter"
            } else {
                "son"
            }
        }
        Tie::Alone => "associate",
    }
}

/// When and how the notice is told.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    pub(crate) kind: NoticeKind,
    pub(crate) again: bool,
    pub(crate) occurred: Timestamp,
    pub(crate) day: NaiveDate,
}

/// The scene as this officer will tell it.
pub(crate) fn scene<'a>(
    cast: &'a Cast,
    household: &'a Household,
    told: Told,
    officer: &Officer,
    dice: &mut Dice,
) -> Scene<'a> {
    let Told { kind, again, occurred, day } = told;
    let address = &cast.victim.address;
    let outsider = is_outsider(cast, household);
    let called = |m: &Member, alias: &str, dice: &mut Dice| match dice.between(0, 9) {
        0 | 1 => alias.to_owned(),
        2 => m.family.to_uppercase(),
        _ => m.given.to_owned(),
    };
    let victim_alias = match kind {
        NoticeKind::DomesticAbuse => dice.word(&["the victim", "the IP", "the AP"]),
        NoticeKind::Child if cast.victim.female => "mum",
        NoticeKind::Child => "dad",
        NoticeKind::Adult => cast.victim.given,
    };
    let suspect_alias = dice.word(&["the suspect", "SUS", "the male"]);
    let suspect_alias = if suspect_alias == "the male" && cast.suspect.as_ref().is_some_and(|s| s.female) {
        "the female"
    } else {
        suspect_alias
    };
    let at = occurred.utc();
    Scene {
        day,
        victim: &cast.victim,
        suspect: cast.suspect.as_ref(),
        child: cast.child.and_then(|i| household.kids.get(i)),
        kids: &household.kids,
        relation: relation(household.tie, cast.suspect.as_ref(), cast, outsider),
        together: matches!(household.tie, Tie::Married | Tie::Partners),
        again,
        victim_called: called(&cast.victim, victim_alias, dice),
        suspect_called: cast.suspect.as_ref().map(|s| called(s, suspect_alias, dice)).unwrap_or_default(),
        time: if dice.percent(50) { at.format("%H%M").to_string() } else { at.format("%H:%M").to_string() },
        weekday: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            .get(usize::try_from(at.weekday().num_days_from_monday()).unwrap_or(0))
            .copied()
            .unwrap_or("Monday"),
        address: address.lines.join(", "),
        street: address
            .lines
            .get(address.lines.len().saturating_sub(2))
            .map(|l| l.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').to_owned())
            .unwrap_or_default(),
        town: household.town.name,
        school: cast
            .child
            .and_then(|i| household.kids.get(i))
            .and_then(|k| k.school.clone())
            .unwrap_or_else(|| "school".to_owned()),
        worker: worker(dice),
        collar: officer.collar_number.clone(),
    }
}

/// The name of a social worker.
pub(crate) fn worker(dice: &mut Dice) -> String {
    let pool = Pool::draw(dice);
    let female = dice.percent(75);
    format!("{} {}", pool.given(female, 40, dice), pool.family(dice))
}
