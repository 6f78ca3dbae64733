//! The risk questions as they were put: partly, sometimes not at all, and answered as people answer;
//! and the grade that came of it.

use std::collections::BTreeMap;

use ppn_domain::notice::RiskAssessment;
use ppn_domain::notice::codes::{Answer, Grade, Indicator, Tool};

use super::danger::Event;
use super::facts::asked_as;
use crate::dice::Dice;
use crate::level::Level;

/// The items under which this population's force keeps the answers to its DARA form: subjects, since
/// the form's own wording is not free.
const DARA: [&str; 18] = [
    "physical_force",
    "strangulation",
    "weapons",
    "threats_to_kill",
    "sexual_harm",
    "stalking",
    "monitoring",
    "daily_control",
    "money",
    "isolation",
    "jealousy",
    "humiliation",
    "threats_children",
    "property_pets",
    "fear",
    "separation",
    "suspect_suicide",
    "substances",
];

/// What the person asked would say of a fact.
struct Truth<'a> {
    event: &'a Event,
    /// Facts that came out neither in the words nor in the boxes: most were not told at all.
    untold: &'a [Indicator],
    /// The person asked is not the one at risk.
    wrong_person: bool,
}

impl Truth<'_> {
    /// Whether a question comes out as yes.
    fn yes(&self, about: impl Fn(Indicator) -> bool, hard: bool, dice: &mut Dice) -> bool {
        let mut of = self.event.facts.iter().filter(|f| about(**f));
        if self.wrong_person {
            return dice.percent(8);
        }
        match of.next() {
            Some(fact) if self.untold.contains(fact) => dice.percent(30),
            Some(_) => dice.percent(82),
            None if hard => dice.per_mille(6),
            None => dice.chance((0.09 * (0.25 * self.event.danger).exp()).min(0.5)),
        }
    }
}

/// The assessment of one person; none where it was not done.
pub(crate) fn asked(
    person: &str,
    event: &Event,
    untold: &[Indicator],
    wrong_person: bool,
    dice: &mut Dice,
) -> Option<RiskAssessment> {
    let tool = match dice.between(0, 99) {
        0..=6 => return None,
        7..=26 => Tool::Dara,
        _ => Tool::Dash2009,
    };
    let truth = Truth { event, untold, wrong_person };
    let refused = dice.percent(9);
    let answers = match tool {
        _ if refused => BTreeMap::new(),
        Tool::Dara => dara(&truth, dice),
        _ => dash(&truth, dice),
    };
    Some(RiskAssessment {
        person: Some(person.to_owned()),
        tool,
        refused: refused.then_some(true),
        answers,
        comments: BTreeMap::new(),
    })
}

fn dash(truth: &Truth<'_>, dice: &mut Dice) -> BTreeMap<String, Answer> {
    // Some victims have had enough half way.
    let last = if dice.percent(11) { u8::try_from(dice.between(4, 16)).unwrap_or(4) } else { 27 };
    let mut answers = BTreeMap::new();
    for number in 1..=last {
        if dice.percent(5) {
            continue;
        }
        let hard = matches!(number, 12 | 16..=20 | 25 | 26);
        let about = |fact| asked_as(fact).is_some_and(|(question, _)| question == number);
        let answer = if truth.yes(about, hard, dice) {
            Answer::Yes
        } else {
            match dice.between(0, 99) {
                0..=4 => Answer::NotKnown,
                5 | 6 => Answer::Refused,
                _ => Answer::No,
            }
        };
        answers.insert(format!("q{number}"), answer);
    }
    answers
}

fn dara(truth: &Truth<'_>, dice: &mut Dice) -> BTreeMap<String, Answer> {
    let mut answers = BTreeMap::new();
    for item in DARA {
        if dice.percent(5) {
            continue;
        }
        let hard = matches!(item, "strangulation" | "weapons" | "threats_to_kill" | "sexual_harm");
        let about = |fact| asked_as(fact).is_some_and(|(_, asked)| asked == Some(item));
        let answer = if truth.yes(about, hard, dice) {
            let often = [Answer::Once, Answer::Sometimes, Answer::Often, Answer::Always];
            let weights = if truth.event.danger > 0.8 { [20, 30, 35, 15] } else { [40, 40, 16, 4] };
            often.get(dice.weighted(weights.into_iter())).copied().unwrap_or(Answer::Sometimes)
        } else if dice.percent(6) {
            Answer::NotKnown
        } else {
            Answer::Never
        };
        answers.insert(item.to_owned(), answer);
    }
    answers
}

/// The officer's grade: 39 % of those graded high truly are, 7 % of those graded medium should have been,
/// and it tells high from the rest with an area under the curve of 0.61.
pub(crate) fn graded(level: Level, dice: &mut Dice) -> Grade {
    let per_mille = match level {
        Level::Critical | Level::High => [390, 350, 260],
        Level::Medium => [440, 490, 70],
        Level::Standard => [530, 445, 25],
        Level::None => [560, 430, 10],
    };
    Grade::ALL.get(dice.weighted(per_mille.into_iter())).copied().unwrap_or(Grade::Standard)
}
