//! One notice of an event: what this officer saw, asked, wrote and ticked.

use chrono::{Datelike, NaiveDate};
use ppn_domain::notice::codes::{Indicator as I, NoticeKind, Role};
use ppn_domain::notice::{Notice, Person};
use ppn_domain::{Span, Timestamp};

use super::asked::{asked, graded};
use super::danger::{Event, Story};
use super::facts::{FACTS, is_hard};
use super::family::Family;
use super::records::{episodes, records};
use super::words::{stating, stating_none};
use crate::cast::{Cast, Told, cast, scene};
use crate::details::{Moment, source_of};
use crate::dice::Dice;
use crate::households::Maker;
use crate::level::Level;
use crate::narrative::fill::{Draft, Scene, with_typos};
use crate::narrative::line::{Line, Topic, say};
use crate::narrative::shared::ENDS;
use crate::people::View;
use crate::report::{Brief, actions, blank, involve_social_care, location, officer};
use crate::roles::persons;

/// One officer's turn at an event.
#[derive(Debug, Clone)]
pub(crate) struct Telling {
    pub(crate) event: Event,
    pub(crate) at: Timestamp,
    occurred: Timestamp,
    incident: Option<String>,
    /// The family came to notice before.
    again: bool,
}

impl Telling {
    /// The same event as another officer reports it later.
    pub(crate) fn later(&self, by: Span) -> Self {
        Self { at: self.at + by, ..self.clone() }
    }

    pub(crate) fn new(family: &Family, event: &Event, at: Timestamp, dice: &mut Dice) -> Self {
        let minutes = if dice.percent(80) { dice.between(45, 330) } else { dice.between(330, 4000) };
        let occurred = at - Span::minutes(minutes);
        let day = occurred.london_date().format("%Y%m%d");
        // Five digits: two incidents of one day must not share a number by chance.
        let incident = dice.percent(88).then(|| format!("DP-{day}-{:05}", dice.between(1, 99_999)));
        let again = family.course.events.len() > 1;
        Self { event: event.clone(), at, occurred, incident, again }
    }
}

/// What becomes of the facts of an event in one notice.
#[derive(Debug, Default)]
struct Shared {
    ticked: Vec<I>,
    written: Vec<I>,
    untold: Vec<I>,
}

fn sort_out(event: &Event, dice: &mut Dice) -> Shared {
    let mut told = Shared::default();
    for fact in &event.facts {
        let (both, words, boxes) = if is_hard(*fact) { (46, 31, 15) } else { (32, 26, 22) };
        match dice.between(0, 99) {
            n if n < both => {
                told.ticked.push(*fact);
                told.written.push(*fact);
            }
            n if n < both + words => told.written.push(*fact),
            n if n < both + words + boxes => told.ticked.push(*fact),
            _ => told.untold.push(*fact),
        }
    }
    told
}

/// The notice that this officer submits.
pub(crate) fn tell(
    telling: &Telling,
    family: &mut Family,
    reference: String,
    maker: &mut Maker,
    dice: &mut Dice,
) -> Notice {
    let Telling { event, at, occurred, again, .. } = telling;
    let (at, occurred, again) = (*at, *occurred, *again);
    let day = at.london_date();
    let spec = family.spec;
    let missing = event.went_missing();
    let (source, team) = if missing { ("compact", "mpit") } else { source_of(spec.theme) };
    let brief = Brief { spec, level: event.level, submitted: at, reference, pattern: None, earlier: false };
    if !again {
        involve_social_care(&mut family.household, &brief, dice);
    }
    let cast = cast(spec, &mut family.household, day, maker, dice);
    let officer = officer(family.household.town.base, team, dice);
    let story = family.course.plan.story;
    let mut told = sort_out(event, dice);

    let mut notice = blank(&brief, source);
    let draft = narrative(
        family,
        &cast,
        Told { kind: spec.kind, again, occurred, day },
        &officer,
        event,
        &mut told,
        dice,
    );
    notice.circumstances = (!dice.per_mille(8)).then(|| with_typos(&draft.text, dice));
    notice.source_team = Some(team.to_owned());
    notice.officer = Some(officer);
    notice.occurred_at = dice.percent(93).then_some(occurred);
    notice.concerns = spec
        .concerns
        .iter()
        .enumerate()
        .filter(|(i, _)| *i == 0 || dice.percent(50))
        .map(|(_, c)| *c)
        .collect();
    if story == Story::Nothing && dice.percent(45) {
        notice.concerns.clear();
    }
    notice.local_authority = dice.percent(80).then(|| family.household.town.authority.to_owned());
    notice.location = Some(location(spec.theme, &cast, &family.household, dice));
    notice.incident_reference.clone_from(&telling.incident);
    if [I::MinorInjury, I::SeriousInjury, I::NonFatalStrangulation].iter().any(|f| event.facts.contains(f))
        && dice.percent(50)
    {
        notice.crime_references.push(format!("{}*{:07}", day.format("%y"), dice.between(1, 9_999_999)));
    }
    let view = View { source, day, again };
    notice.persons = persons(&brief, &cast, &family.household, draft.of_suspect, view, dice);
    for person in &mut notice.persons {
        slip(person, dice);
    }
    tick(&mut notice, story, &told, dice);
    let swapped = family.has_adult_suspect()
        && spec.kind == NoticeKind::DomesticAbuse
        && dice.percent(8)
        && swap(&mut notice);
    if swapped && dice.percent(25) {
        notice.indicators.push(I::WhoIsVictimUnclear);
    }
    if spec.kind == NoticeKind::DomesticAbuse {
        let person = if swapped { "s" } else { "v" };
        notice.risk_assessments.extend(asked(person, event, &told.untold, swapped, dice));
    }
    let of_hundred = if spec.kind == NoticeKind::DomesticAbuse { 97 } else { 72 };
    notice.officer_grade = dice.percent(of_hundred).then(|| graded(event.level, dice));
    notice.actions = Some(actions(&brief, &family.household, occurred, dice));
    let moment = Moment { submitted: at, occurred, day, level: event.level };
    records(&mut notice, family, event, moment, dice);
    if missing {
        episodes(&mut notice, family, event, dice);
    }
    if again && dice.percent(12) {
        notice.linked_references.extend(family.household.latest.clone());
    }
    family.household.notices += 1;
    family.household.latest = Some(notice.reference.clone());
    notice
}

/// A later revision: something that was left out is put in.
pub(crate) fn amended(
    notice: &Notice,
    event: &Event,
    family: &Family,
    at: Timestamp,
    dice: &mut Dice,
) -> Notice {
    let mut revised = notice.clone();
    revised.amended_at = Some(at);
    let left_out: Vec<I> =
        event.facts.iter().copied().filter(|f| !revised.indicators.contains(f) && dice.percent(60)).collect();
    revised.indicators.extend(left_out);
    if let Some(text) = &mut revised.circumstances {
        text.push_str(dice.word(&[
            " UPDATE: further details obtained since.",
            " Amended to add details.",
            " Update, see above, now typed up from pocket notebook.",
        ]));
    }
    if let Some(victim) = revised.persons.first_mut().filter(|p| p.key.as_deref() == Some("v")) {
        victim.date_of_birth = Some(family.household.primary.born);
        victim.date_of_birth_estimated = None;
        victim.estimated_age = None;
    }
    revised
}

/// What the officer wrote. A fact that no sentence of this household can state is left to chance in the boxes.
fn narrative(
    family: &Family,
    cast: &Cast,
    when: Told,
    officer: &ppn_domain::notice::Officer,
    event: &Event,
    told: &mut Shared,
    dice: &mut Dice,
) -> Draft {
    let scene = scene(cast, &family.household, when, officer, dice);
    let spec = family.spec;
    let mut draft = Draft::default();
    let mut filling = Filling::default();
    filling.add(&mut draft, &scene, spec.open, 1, dice);
    let mut sentences: Vec<&'static str> = Vec::new();
    let mut unsaid = Vec::new();
    for fact in &told.written {
        let fitting: Vec<&'static str> = stating(*fact, spec.kind, event.level >= Level::High)
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|text| scene.allows(&say(text)))
            .collect();
        match fitting.get(dice.below(fitting.len())) {
            Some(text) => sentences.push(text),
            None => unsaid.push(*fact),
        }
    }
    for fact in unsaid {
        told.written.retain(|f| *f != fact);
        if !told.ticked.contains(&fact) {
            if dice.percent(50) { told.ticked.push(fact) } else { told.untold.push(fact) }
        }
    }
    if dice.percent(16) {
        let none: Vec<&'static str> =
            stating_none(spec.kind).iter().copied().filter(|t| scene.allows(&say(t))).collect();
        sentences.push(dice.word(&none));
    }
    // In the order in which things come to a tired mind.
    while !sentences.is_empty() {
        let text = sentences.swap_remove(dice.below(sentences.len()));
        draft.say(&scene, text, dice);
    }
    let mild = match event.level {
        Level::Critical | Level::High => 0,
        Level::Medium => dice.below(2),
        Level::Standard => 1 + dice.below(2),
        Level::None => 2 + dice.below(2),
    };
    filling.add(&mut draft, &scene, spec.mild, mild, dice);
    filling.add(&mut draft, &scene, spec.detail, 1 + dice.below(4), dice);
    filling.add(&mut draft, &scene, ENDS, dice.below(3), dice);
    draft
}

/// Sentences that state no fact, each matter settled once.
#[derive(Default)]
struct Filling {
    settled: Vec<Topic>,
}

impl Filling {
    fn add(
        &mut self,
        draft: &mut Draft,
        scene: &Scene<'_>,
        from: &'static [Line],
        count: usize,
        dice: &mut Dice,
    ) {
        // What became of the risk questions stands in the form, whatever the narrative says elsewhere.
        let fits = |l: &&Line| {
            scene.allows(l) && l.states.iter().all(Option::is_none) && l.topic != Some(Topic::RiskQuestions)
        };
        let mut left: Vec<&'static Line> = from.iter().filter(fits).collect();
        let mut wanted = count;
        while wanted > 0 && !left.is_empty() {
            let line = left.swap_remove(dice.below(left.len()));
            if line.topic.is_some_and(|t| self.settled.contains(&t)) {
                continue;
            }
            self.settled.extend(line.topic);
            wanted -= 1;
            draft.say(scene, line.text, dice);
        }
    }
}

/// Slips beyond those of any description: numbers left off, dates turned round, names in each other's box.
fn slip(person: &mut Person, dice: &mut Dice) {
    if dice.percent(12) {
        person.person_id = None;
        person.identifiers.clear();
    }
    if let Some(born) = person.date_of_birth {
        let slipped = match dice.between(0, 99) {
            0..=2 => NaiveDate::from_ymd_opt(born.year(), born.day(), born.month()),
            3 => NaiveDate::from_ymd_opt(born.year() - 1, born.month(), born.day()),
            4 => born.succ_opt(),
            _ => None,
        };
        person.date_of_birth = slipped.or(Some(born));
    }
    if dice.percent(2) {
        std::mem::swap(&mut person.family_name, &mut person.given_names);
    }
}

fn tick(notice: &mut Notice, story: Story, told: &Shared, dice: &mut Dice) {
    let mut facts = told.ticked.clone();
    for fact in FACTS.iter().filter(|f| f.of.contains(&story)) {
        let by_mistake = if is_hard(fact.what) { 2 } else { 14 };
        if !facts.contains(&fact.what) && dice.per_mille(by_mistake) {
            facts.push(fact.what);
        }
    }
    if story == Story::Nothing {
        if dice.percent(35) {
            facts.push(I::NotSafeguarding);
        }
        if dice.percent(6) {
            facts.push(
                *dice
                    .pick(&[&I::VictimVeryFrightened, &I::ChildDistressed, &I::VictimIsolated])
                    .unwrap_or(&I::VictimIsolated),
            );
        }
    }
    for fact in facts {
        let person = if dice.percent(20) { notice.persons.first_mut() } else { None };
        let list = person.map_or(&mut notice.indicators, |p| &mut p.indicators);
        if !list.contains(&fact) {
            list.push(fact);
        }
    }
    if dice.percent(10) && !told.ticked.contains(&I::WeaponUsed) {
        notice.indicators_ruled_out.push(I::WeaponUsed);
    }
}

/// Records the one at risk as the one to blame, as a counter-allegation has it; false where either is missing.
fn swap(notice: &mut Notice) -> bool {
    let place = |role| notice.persons.iter().position(|p| p.has_role(role));
    let (Some(victim), Some(suspect)) = (place(Role::Victim), place(Role::Suspect)) else { return false };
    for (place, role) in [(victim, Role::Suspect), (suspect, Role::Victim)] {
        if let Some(person) = notice.persons.get_mut(place) {
            person.roles = vec![role];
        }
    }
    true
}
