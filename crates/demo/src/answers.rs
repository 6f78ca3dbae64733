//! The risk questions: partly asked, sometimes refused, and no better than the officer who asks.

use std::collections::BTreeMap;

use ppn_domain::notice::RiskAssessment;
use ppn_domain::notice::codes::{Answer, Indicator as I, Tool};

use crate::dice::Dice;
use crate::level::Level;
use crate::narrative::fill::Draft;

/// The question that asks about a fact.
const fn question(fact: I) -> Option<u8> {
    Some(match fact {
        I::MinorInjury | I::SeriousInjury => 1,
        I::VictimVeryFrightened => 2,
        I::VictimIsolated => 4,
        I::VictimSuicidal => 5,
        I::SeparationOrAttempt => 6,
        I::ChildContactConflict => 7,
        I::StalkingBehaviour => 8,
        I::VictimPregnantOrRecentBirth => 9,
        I::ChildInjured => 11,
        I::ThreatsToChildren => 12,
        I::EscalatingFrequency => 13,
        I::EscalatingSeverity => 14,
        I::ControllingBehaviour => 15,
        I::WeaponUsed | I::WeaponThreatened => 16,
        I::ThreatsToKill => 17,
        I::NonFatalStrangulation => 18,
        I::SexualAssault => 19,
        I::HonourThreat => 20,
        I::HarmToAnimals => 22,
        I::FinancialDependence => 23,
        I::CarerIntoxicated => 24,
        I::PerpetratorSuicidal => 25,
        I::BreachOfOrderOrBail => 26,
        I::PerpetratorPreviousViolence => 27,
        _ => return None,
    })
}

/// How often in a thousand a question is answered yes though the narrative does not say so.
fn otherwise_yes(question: u8, level: Level, children: bool) -> u32 {
    let column = match level {
        Level::None => 0,
        Level::Standard => 1,
        Level::Medium => 2,
        Level::High => 3,
        Level::Critical => 4,
    };
    let rates: [u32; 5] = match question {
        // Hard facts are seldom true where nobody wrote them down.
        12 | 16..=20 | 25 | 26 => [0, 2, 12, 150, 400],
        7 | 9..=11 if !children => [0; 5],
        9 => [0, 10, 40, 80, 120],
        3 => [10, 60, 200, 500, 750],
        _ => [30, 120, 270, 480, 650],
    };
    rates.get(column).copied().unwrap_or(0)
}

/// The assessment of one victim; none where the officer did not do it.
pub(crate) fn risk_assessment(
    person: &str,
    draft: &Draft,
    level: Level,
    children: bool,
    dice: &mut Dice,
) -> Option<RiskAssessment> {
    if dice.percent(6) && !draft.says("DASH") {
        return None;
    }
    let mut answers = BTreeMap::new();
    let mut comments = BTreeMap::new();
    // The narrative and the form agree where the narrative speaks of it.
    let refused = draft.says("DASH refused") || (dice.percent(5) && !draft.says("DASH completed"));
    // Some victims have had enough half way.
    let last = if dice.percent(9) { u8::try_from(dice.between(5, 15)).unwrap_or(5) } else { 27 };
    for number in (1..=last).filter(|_| !refused) {
        if dice.percent(6) {
            continue;
        }
        let written = draft.states.iter().any(|s| question(*s) == Some(number));
        let yes =
            if written { dice.percent(78) } else { dice.per_mille(otherwise_yes(number, level, children)) };
        let answer = if yes {
            Answer::Yes
        } else {
            match dice.between(0, 99) {
                0..=4 => Answer::NotKnown,
                5 | 6 => Answer::Refused,
                _ => Answer::No,
            }
        };
        if yes && dice.percent(14) {
            comments.insert(format!("q{number}"), remark(dice).to_owned());
        }
        answers.insert(format!("q{number}"), answer);
    }
    Some(RiskAssessment {
        person: Some(person.to_owned()),
        tool: Tool::Dash2009,
        refused: refused.then_some(true),
        answers,
        comments,
    })
}

fn remark(dice: &mut Dice) -> &'static str {
    dice.word(&[
        "See circumstances.",
        "Would not go into detail.",
        "Historic, a couple of years ago.",
        "When in drink.",
        "Has happened more than once.",
        "Not reported at the time.",
        "Says it is worse at weekends.",
        "Only in the last few weeks.",
        "Family are aware.",
        "Became upset when asked.",
    ])
}
