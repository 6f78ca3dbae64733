//! One notice as the noisy report of what truly happened.

use chrono::Timelike;
use ppn_domain::notice::codes::{AddressKind, Grade, Indicator, NoticeKind, SocialCareStatus as S};
use ppn_domain::notice::{Actions, Address, Notice, Officer, SocialCare, SocialCareTold};
use ppn_domain::{Span, Timestamp};

use crate::answers::risk_assessment;
use crate::cast::{Cast, Told, cast, scene, worker};
use crate::details::{Moment, furnish, source_of};
use crate::dice::Dice;
use crate::households::{Household, Maker, place};
use crate::level::Level;
use crate::narrative::fill::{Draft, Scene, with_typos};
use crate::narrative::line::Line;
use crate::narrative::shared::{ENDS, OPINIONS, RATIONALES};
use crate::narrative::{Spec, Theme};
use crate::patterns::Pattern;
use crate::people::View;
use crate::places;
use crate::roles::persons;

/// What is truly so, and what the report of it is to be.
#[derive(Debug, Clone)]
pub(crate) struct Brief {
    pub(crate) spec: &'static Spec,
    pub(crate) level: Level,
    pub(crate) submitted: Timestamp,
    pub(crate) reference: String,
    /// A grade and narrative that are given, for the patterns that a demonstration must show.
    pub(crate) pattern: Option<&'static Pattern>,
    /// It is an earlier notice of the pattern's series, told in the usual words and graded standard.
    pub(crate) earlier: bool,
}

/// A notice about a household, which remembers it.
pub(crate) fn report(
    brief: &Brief,
    household: &mut Household,
    maker: &mut Maker,
    dice: &mut Dice,
) -> (Notice, Padding) {
    let day = brief.submitted.london_date();
    let (source, team) = source_of(brief.spec.theme);
    let again = household.notices > 0;
    if again && dice.percent(9) {
        move_house(household, dice);
    }
    if !again {
        involve_social_care(household, brief, dice);
    }
    let cast = cast(brief.spec, household, day, maker, dice);
    let officer = officer(household.town.base, team, dice);
    let occurred = brief.submitted
        - Span::minutes(if dice.percent(80) { dice.between(45, 900) } else { dice.between(900, 6000) });
    let told = Told { kind: brief.spec.kind, again, occurred, day };
    let scene = scene(&cast, household, told, &officer, dice);
    let draft = draft(brief, &scene, dice);
    let mut notice = blank(brief, source);
    notice.source_team = Some(team.to_owned());
    notice.officer = Some(officer);
    notice.occurred_at = dice.percent(93).then_some(occurred);
    notice.concerns = brief
        .spec
        .concerns
        .iter()
        .enumerate()
        .filter(|(i, _)| *i == 0 || dice.percent(60))
        .map(|(_, c)| *c)
        .collect();
    // A hurried officer ticks the box that the log was opened under and no other.
    if brief.spec.theme == Theme::Nothing && dice.percent(40) {
        notice.concerns.clear();
    }
    notice.local_authority = dice.percent(80).then(|| household.town.authority.to_owned());
    notice.location = Some(location(brief.spec.theme, &cast, household, dice));
    if dice.percent(85) {
        notice.incident_reference =
            Some(format!("DP-{}-{:04}", occurred.london_date().format("%Y%m%d"), dice.between(1, 1100)));
    }
    notice.circumstances = (!dice.per_mille(4)).then(|| with_typos(&draft.text, dice));
    notice.persons = persons(brief, &cast, household, draft.of_suspect, View { source, day, again }, dice);
    tick(&mut notice, &draft.states, brief, dice);
    grade(&mut notice, brief, dice);
    if brief.spec.kind == NoticeKind::DomesticAbuse
        && let Some(assessment) = risk_assessment("v", &draft, brief.level, !household.kids.is_empty(), dice)
    {
        notice.risk_assessments.push(assessment);
    }
    notice.actions = Some(actions(brief, household, occurred, dice));
    let subject = if cast.child.is_some() && brief.spec.kind == NoticeKind::Child { "c1" } else { "v" };
    let at = Moment { submitted: brief.submitted, occurred, day, level: brief.level };
    furnish(&mut notice, brief.spec.theme, at, subject, household, &draft.states, dice);
    if let Some(pattern) = brief.pattern.filter(|_| !brief.earlier) {
        pattern.furnish(&mut notice);
    }
    if again && dice.percent(16) {
        notice.linked_references.extend(household.latest.clone());
    }
    if draft.states.iter().any(|s| {
        matches!(s, Indicator::MinorInjury | Indicator::SeriousInjury | Indicator::NonFatalStrangulation)
    }) && dice.percent(60)
    {
        notice.crime_references.push(format!("{}*{:06}", day.format("%y"), dice.between(1, 699_999)));
    }
    let padding = padding(&scene, dice);
    household.notices += 1;
    household.latest = Some(notice.reference.clone());
    (notice, padding)
}

/// Sentences that a longer form of the notice may add, as this officer would write them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Padding {
    pub(crate) rationale: Vec<String>,
    pub(crate) opinion: Vec<String>,
}

fn padding(scene: &Scene<'_>, dice: &mut Dice) -> Padding {
    let mut sentences = |from: &'static [Line]| {
        let mut lines: Vec<_> = from.iter().filter(|l| scene.allows(l)).collect();
        let mut out = Vec::with_capacity(lines.len());
        while !lines.is_empty() {
            let line = lines.swap_remove(dice.below(lines.len()));
            let mut text = String::new();
            scene.write(line.text, &mut text, dice);
            out.push(text);
        }
        out
    };
    Padding { rationale: sentences(RATIONALES), opinion: sentences(OPINIONS) }
}

pub(crate) fn blank(brief: &Brief, source: &str) -> Notice {
    Notice {
        source: source.to_owned(),
        reference: brief.reference.clone(),
        kind: brief.spec.kind,
        concerns: Vec::new(),
        source_team: None,
        restricted: Vec::new(),
        occurred_at: None,
        submitted_at: Some(brief.submitted),
        amended_at: None,
        withdrawn_reason: None,
        non_recent: None,
        incident_reference: None,
        crime_references: Vec::new(),
        missing_reference: None,
        custody_reference: None,
        linked_references: Vec::new(),
        officer: None,
        officer_grade: None,
        officer_rationale: None,
        location: None,
        local_authority: None,
        circumstances: None,
        officer_opinion: None,
        persons: Vec::new(),
        indicators: Vec::new(),
        indicators_ruled_out: Vec::new(),
        risk_assessments: Vec::new(),
        missing: Vec::new(),
        actions: None,
    }
}

pub(crate) fn move_house(household: &mut Household, dice: &mut Dice) {
    let old = household.primary.address.clone();
    let new = places::home(household.town, dice);
    let members =
        std::iter::once(&mut household.primary).chain(&mut household.other).chain(&mut household.kids);
    for member in members.filter(|m| m.address == old) {
        member.address.clone_from(&new);
    }
}

pub(crate) fn involve_social_care(household: &mut Household, brief: &Brief, dice: &mut Dice) {
    let percent = match (brief.spec.kind, brief.level >= Level::High) {
        (NoticeKind::Child, true) => 33,
        (NoticeKind::Child, false) => 15,
        (NoticeKind::Adult, _) => 14,
        (NoticeKind::DomesticAbuse, _) if household.kids.is_empty() => 2,
        (NoticeKind::DomesticAbuse, _) => 21,
    };
    if !dice.percent(percent) {
        return;
    }
    let adult = brief.spec.kind == NoticeKind::Adult || household.kids.is_empty();
    let of: &[&S] = if adult {
        &[&S::AdultSafeguardingEnquiry]
    } else {
        &[&S::OpenAssessment, &S::ChildInNeed, &S::ChildInNeed, &S::ChildProtectionPlan, &S::LookedAfter]
    };
    let days = if dice.percent(70) { dice.between(0, 6) } else { dice.between(8, 120) };
    let care = SocialCare {
        status: dice.pick(of).copied().unwrap_or(S::OpenAssessment),
        authority: Some(household.town.authority.to_owned()),
        worker: dice.percent(92).then(|| worker(dice)),
        checked_at: dice
            .percent(88)
            .then(|| brief.submitted - Span::days(days) - Span::minutes(dice.between(5, 600))),
    };
    if adult {
        household.primary.social_care = Some(care);
    } else {
        for kid in &mut household.kids {
            kid.social_care = Some(care.clone());
        }
    }
}

pub(crate) fn officer(base: &'static str, team: &str, dice: &mut Dice) -> Officer {
    let base_number = i64::try_from(base.len()).unwrap_or(0);
    let collar = 2000 + base_number * 100 + dice.between(0, 69);
    // The same officer is always on the same team.
    let letter =
        ["A", "B", "C", "D", "E"].get(usize::try_from(collar % 5).unwrap_or(0)).copied().unwrap_or("A");
    let unit = match team {
        "mosovo" => "MOSOVO North".to_owned(),
        "pcot" => "PCOT".to_owned(),
        "mpit" => "Missing Persons Investigation Team".to_owned(),
        "custody" => "Criminal Justice, Custody".to_owned(),
        _ => format!("{base} Response {letter}"),
    };
    Officer {
        collar_number: collar.to_string(),
        unit: Some(unit),
        supervisor_collar_number: dice
            .percent(70)
            .then(|| (1000 + base_number * 10 + collar % 5).to_string()),
    }
}

fn draft(brief: &Brief, scene: &Scene<'_>, dice: &mut Dice) -> Draft {
    let spec = brief.spec;
    let mut draft = Draft::default();
    if let Some(pattern) = brief.pattern.filter(|_| !brief.earlier) {
        for text in pattern.text {
            draft.say(scene, text, dice);
        }
        draft.states.extend(pattern.states);
        draft.add(scene, spec.detail, dice.below(2), dice);
        return draft;
    }
    draft.add(scene, spec.open, 1, dice);
    // What the officer writes is not what is: some grave matters read mild, and a few mild ones read grave.
    let [grave, middling, mild] = match brief.level {
        Level::Critical => [2, 2, 0],
        Level::High if dice.percent(62) => [1, 2, 0],
        Level::High => [0, 4, 0],
        Level::Medium => [usize::from(dice.per_mille(25)), 2, dice.below(2)],
        Level::Standard => [0, usize::from(dice.percent(30)), 3],
        Level::None => [0, 0, 4],
    };
    draft.add(scene, spec.grave, grave, dice);
    draft.add(scene, spec.middling, middling, dice);
    draft.add(scene, spec.mild, mild, dice);
    draft.add(scene, spec.detail, 3 + dice.below(4), dice);
    draft.add(scene, ENDS, 1 + dice.below(2), dice);
    draft
}

pub(crate) fn location(theme: Theme, cast: &Cast, household: &Household, dice: &mut Dice) -> Address {
    let away = match theme {
        Theme::Nothing if household.other.is_none() || !household.kids.is_empty() && dice.percent(60) => {
            Some(AddressKind::PublicPlace)
        }
        Theme::YouthViolence | Theme::CriminalExploitation if dice.percent(70) => {
            Some(AddressKind::PublicPlace)
        }
        Theme::SexualPeer | Theme::Radicalisation => Some(AddressKind::School),
        Theme::Physical if dice.percent(25) => Some(AddressKind::Hospital),
        Theme::Dementia | Theme::MentalHealth if dice.percent(25) => Some(AddressKind::PublicPlace),
        _ => None,
    };
    match away {
        Some(kind) => place(household.town, kind, dice),
        None => cast.victim.address.clone(),
    }
}

/// Ticks some of what the narrative states: what is written is often not ticked.
fn tick(notice: &mut Notice, states: &[Indicator], brief: &Brief, dice: &mut Dice) {
    // What the cases say was missed stays unticked.
    if brief.pattern.is_some() && !brief.earlier {
        return;
    }
    let mut facts: Vec<Indicator> = states.iter().copied().filter(|_| dice.percent(52)).collect();
    if brief.spec.theme == Theme::Nothing && dice.percent(30) {
        facts.push(Indicator::NotSafeguarding);
    }
    for fact in facts {
        let person = if dice.percent(22) { notice.persons.first_mut() } else { None };
        let list = person.map_or(&mut notice.indicators, |p| &mut p.indicators);
        if !list.contains(&fact) {
            list.push(fact);
        }
    }
    if dice.percent(12)
        && !states.contains(&Indicator::WeaponUsed)
        && !states.contains(&Indicator::WeaponThreatened)
    {
        notice.indicators_ruled_out.push(Indicator::WeaponUsed);
    }
}

fn grade(notice: &mut Notice, brief: &Brief, dice: &mut Dice) {
    let given = if brief.spec.kind == NoticeKind::DomesticAbuse { 97 } else { 72 };
    if dice.percent(given) {
        notice.officer_grade = Some(brief.level.officer_grade(dice));
    }
    if let Some(pattern) = brief.pattern {
        notice.officer_grade = Some(if brief.earlier { Grade::Standard } else { pattern.grade });
    }
    if dice.percent(30) {
        let why = match notice.officer_grade {
            Some(Grade::High) => dice.word(&[
                "High due to the circumstances.",
                "Graded high as a precaution.",
                "High as this will happen again.",
            ]),
            Some(Grade::Medium) => dice.word(&[
                "Medium, parties separated.",
                "Medium due to history.",
                "Medium on professional judgement.",
            ]),
            Some(Grade::Standard) => dice.word(&[
                "Standard, verbal only.",
                "Standard, no injuries.",
                "Standard as no complaint made.",
            ]),
            None => "",
        };
        notice.officer_rationale = (!why.is_empty()).then(|| why.to_owned());
    }
}

pub(crate) fn actions(brief: &Brief, household: &Household, occurred: Timestamp, dice: &mut Dice) -> Actions {
    let grave = brief.level >= Level::High;
    let told = dice.percent(if grave { 22 } else { 5 });
    Actions {
        arrested: dice.percent(80).then(|| dice.percent(if grave { 55 } else { 12 })),
        police_protection: Vec::new(),
        body_worn_video: dice.percent(70).then(|| dice.percent(82)),
        scene_photographed: dice.percent(30).then(|| dice.percent(50)),
        crime_recorded: dice.percent(55).then(|| dice.percent(if grave { 85 } else { 35 })),
        school_notified: (!household.kids.is_empty() && dice.percent(25)).then(|| dice.percent(50)),
        child_left_with: (!household.kids.is_empty() && dice.percent(30)).then(|| {
            dice.word(&[
                "Mother",
                "Father",
                "Maternal grandmother",
                "Aunt",
                "Family friend",
                "Neighbour",
                "Older sibling",
            ])
            .to_owned()
        }),
        checks_on_carer: (!household.kids.is_empty() && dice.percent(20)).then(|| dice.percent(50)),
        supervisor_reviewed: dice.percent(45).then(|| dice.percent(55)),
        social_care_told: if told {
            vec![SocialCareTold {
                at: occurred + Span::minutes(dice.between(30, 44)),
                authority: Some(household.town.authority.to_owned()),
                person: dice.percent(50).then(|| worker(dice)),
                reference: None,
                by_phone: Some(occurred.utc().hour() >= 17 || dice.percent(40)),
            }]
        } else {
            Vec::new()
        },
    }
}
