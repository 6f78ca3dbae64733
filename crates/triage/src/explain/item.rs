//! Why an item stands where it stands.

use std::collections::HashMap;

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Desk, Evidence, Question, Timestamp};
use serde::Serialize;

use super::entry::{Entry, entries};
use crate::policy::{Policy, assessed};
use crate::rank::RankedItem;

/// What an assessment is not, said with every explanation.
pub const IS_NOT: [&str; 4] = [
    BAND_IS_NOT_A_GRADE,
    "No number here is a probability of harm: points order items, and nothing more.",
    "What is not known was not read as no, and nothing known lowered it.",
    "Ethnicity, sex, gender, names, religion and area had no part in it.",
];

/// One item, explained to the last point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemExplained {
    /// The notice's source.
    pub source: String,
    /// The notice's reference there.
    pub reference: String,
    /// What the notice is mainly about.
    pub kind: NoticeKind,
    /// The desk.
    pub desk: Desk,
    /// Place in the desk's list, from 1; `None` where it was ranked without one.
    pub position: Option<usize>,
    /// The band.
    pub band: Band,
    /// Points in all.
    pub points: i32,
    /// When it is due to be picked up.
    pub due: Timestamp,
    /// Why this band and no lower one.
    pub band_because: Vec<String>,
    /// Every reason, in the order in which it is shown.
    pub steps: Vec<Step>,
    /// The points from which each band begins; `None` at a desk that is not assessed for itself.
    pub bands_begin: Option<BandsBegin>,
    /// What the next band lacks in points; `None` for red and where a band has no points of its own.
    pub to_next: Option<ToNext>,
    /// What is not known and could raise it.
    pub could_raise: Vec<Question>,
    /// What this assessment is not.
    pub is_not: [&'static str; 4],
}

/// One reason in the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The rule.
    pub rule: String,
    /// Its name for people, where the policy has one.
    pub label: Option<String>,
    /// Points that it added.
    pub points: Option<i32>,
    /// Points up to here.
    pub total: i32,
    /// The lowest band that it allows.
    pub floor: Option<Band>,
    /// The reason in words.
    pub text: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// The points from which each band begins; fewer than green is blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BandsBegin {
    /// Green begins here.
    pub green: i32,
    /// Amber begins here.
    pub amber: i32,
    /// Red begins here.
    pub red: i32,
}

/// So many more points reach the next band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ToNext {
    /// The next band.
    pub band: Band,
    /// Points that it lacks.
    pub points: i32,
}

/// Explains one line of a list that was ranked under this policy.
pub fn explain_item(policy: &Policy, item: &RankedItem) -> ItemExplained {
    let entries = entries(policy);
    let by_id: HashMap<&str, &Entry> = entries.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let mut total = 0_i32;
    let steps = item
        .reasons
        .iter()
        .map(|reason| {
            total = total.saturating_add(reason.points.unwrap_or(0));
            Step {
                rule: reason.rule.clone(),
                label: by_id.get(reason.rule.as_str()).and_then(|entry| entry.label.clone()),
                points: reason.points,
                total,
                floor: reason.floor,
                text: reason.text.clone(),
                evidence: reason.evidence.clone(),
            }
        })
        .collect();
    let bands_begin = bands_begin(policy, item.desk);
    let next = match item.band {
        Band::Blue => Some(Band::Green),
        Band::Green => Some(Band::Amber),
        Band::Amber => Some(Band::Red),
        Band::Red => None,
    };
    let to_next = next.zip(bands_begin).and_then(|(band, begin)| {
        let points = begin.of(band)? - item.score;
        (points > 0).then_some(ToNext { band, points })
    });
    ItemExplained {
        source: item.source.clone(),
        reference: item.reference.clone(),
        kind: item.kind,
        desk: item.desk,
        position: (item.position > 0).then_some(item.position),
        band: item.band,
        points: item.score,
        due: item.due,
        band_because: because(item, bands_begin),
        steps,
        bands_begin,
        to_next,
        could_raise: item.provisional.clone(),
        is_not: IS_NOT,
    }
}

/// The points from which each band begins at a desk; `None` where a desk is not assessed for itself.
pub fn bands_begin(policy: &Policy, desk: Desk) -> Option<BandsBegin> {
    let begin = policy.thresholds[assessed(desk)?];
    Some(BandsBegin { green: begin.green, amber: begin.amber, red: begin.red })
}

impl BandsBegin {
    /// The band that points alone give.
    pub fn band(self, points: i32) -> Band {
        let reached = |band: &Band| self.of(*band).is_some_and(|begin| points >= begin);
        Band::ALL.iter().rev().copied().find(reached).unwrap_or(Band::Blue)
    }

    /// The points from which a band begins; blue begins nowhere.
    pub const fn of(self, band: Band) -> Option<i32> {
        match band {
            Band::Red => Some(self.red),
            Band::Amber => Some(self.amber),
            Band::Green => Some(self.green),
            Band::Blue => None,
        }
    }
}

fn because(item: &RankedItem, bands_begin: Option<BandsBegin>) -> Vec<String> {
    let band = item.band;
    let Some(begin) = bands_begin else {
        return vec![format!("An item at the {} desk has the band of its notice's highest item.", item.desk)];
    };
    let floors: Vec<String> = item
        .reasons
        .iter()
        .filter(|reason| reason.floor == Some(band))
        .map(|reason| format!("`{}`", reason.rule))
        .collect();
    let mut because = Vec::new();
    match floors.as_slice() {
        [] => {}
        [one] => because.push(format!("{one} allows nothing lower than {band}, whatever the points.")),
        more => {
            because
                .push(format!("{} allow nothing lower than {band}, whatever the points.", more.join(", ")));
        }
    }
    if let Some(begins) = begin.of(band)
        && item.score >= begins
    {
        because.push(format!("Its points are {}, and {band} begins at {begins}.", item.score));
    }
    if because.is_empty() {
        because.push(match band {
            Band::Blue => {
                format!("No floor holds, no question is open, and its points are fewer than {}.", begin.green)
            }
            _ if !item.provisional.is_empty() => {
                format!("It is {band} while a question is open that could raise it.")
            }
            _ => format!("It is {band} because of earlier events that are known."),
        });
    }
    because
}
