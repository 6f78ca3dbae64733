//! Comparison: the same notices ranked under two policies, and what the second would change.
//!
//! Approving a policy accepts the lowerings in its comparison, so they are named as such.

use std::collections::{BTreeMap, HashMap};

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Band, Desk, Question, Rank, Reason, Timestamp};
use serde::Serialize;

use crate::rank::RankedItem;

/// Where an item stands under one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The band.
    pub band: Band,
    /// Points.
    pub score: i32,
    /// Place in the desk's list, from 1.
    pub position: usize,
    /// When it is due to be picked up.
    pub due: Timestamp,
}

impl Standing {
    fn of(item: &RankedItem) -> Self {
        Self { band: item.band, score: item.score, position: item.position, due: item.due }
    }

    const fn rank(self) -> Rank {
        Rank { band: self.band, score: self.score }
    }
}

/// What a change does to an item, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// A lower band: a lowering.
    LowerBand,
    /// Fewer points in the same band: a lowering.
    FewerPoints,
    /// A higher band.
    HigherBand,
    /// More points in the same band.
    MorePoints,
    /// Band and points are the same; the reasons, the questions or the due time are not.
    SameRank,
    /// Only its place is another, since others rose or fell.
    PlaceAlone,
}

impl Turn {
    /// Whether approving the second policy lowers the item.
    pub const fn is_lowering(self) -> bool {
        matches!(self, Self::LowerBand | Self::FewerPoints)
    }
}

/// What a rule gave an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Weight {
    /// Points.
    pub points: Option<i32>,
    /// The lowest band that it allows.
    pub floor: Option<Band>,
}

/// A reason that came, went or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonChange {
    /// The rule.
    pub rule: String,
    /// The reason in words: those of the second policy, where it has it.
    pub text: String,
    /// Under the first policy; `None`: it came.
    pub before: Option<Weight>,
    /// Under the second policy; `None`: it went.
    pub after: Option<Weight>,
}

/// An item that the second policy changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The notice's source.
    pub source: String,
    /// The notice's reference there.
    pub reference: String,
    /// What the notice is mainly about.
    pub kind: NoticeKind,
    /// The desk.
    pub desk: Desk,
    /// What it does to the item.
    pub turn: Turn,
    /// Under the first policy.
    pub before: Standing,
    /// Under the second.
    pub after: Standing,
    /// Reasons that came, went or changed. Empty beside another band: the points from which the
    /// band begins are others.
    pub reasons: Vec<ReasonChange>,
    /// Questions that opened.
    pub opened: Vec<Question>,
    /// Questions that closed.
    pub closed: Vec<Question>,
}

/// One desk in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DeskSummary {
    /// Items compared.
    pub items: usize,
    /// Items of each band before.
    pub before: BTreeMap<Band, usize>,
    /// Items of each band after.
    pub after: BTreeMap<Band, usize>,
    /// Items that go to a lower band: lowerings.
    pub lower_band: usize,
    /// Items with fewer points in the same band: lowerings.
    pub fewer_points: usize,
    /// Items that go to a higher band.
    pub higher_band: usize,
    /// Items with more points in the same band.
    pub more_points: usize,
    /// Items whose place alone changes.
    pub place_alone: usize,
    /// Items that the second policy alone would open.
    pub opened: usize,
    /// Items that the second policy would not have opened. What is open stays.
    pub not_opened: usize,
}

/// An item at a desk to which one of the two policies alone leads its notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtOneAlone {
    /// The notice's source.
    pub source: String,
    /// The notice's reference there.
    pub reference: String,
    /// The desk.
    pub desk: Desk,
    /// Where it stands under that policy.
    pub stands: Standing,
}

impl AtOneAlone {
    fn of(item: &RankedItem) -> Self {
        Self {
            source: item.source.clone(),
            reference: item.reference.clone(),
            desk: item.desk,
            stands: Standing::of(item),
        }
    }
}

/// What the second policy would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// Each desk that has items.
    pub desks: BTreeMap<Desk, DeskSummary>,
    /// Every item that changes, by desk and by the gravity of the change, then as the list stood.
    pub changes: Vec<Change>,
    /// Items that the second policy alone would open.
    pub opened: Vec<AtOneAlone>,
    /// Items that the second policy would not have opened. What is open stays as it was.
    pub not_opened: Vec<AtOneAlone>,
}

/// Compares the lists of the same notices under two policies. An item is known by source, reference
/// and desk.
pub fn compare(before: &[RankedItem], after: &[RankedItem]) -> Comparison {
    let mut others: HashMap<(&str, &str, Desk), &RankedItem> =
        after.iter().map(|item| (key(item), item)).collect();
    let mut desks: BTreeMap<Desk, DeskSummary> = BTreeMap::new();
    let (mut changes, mut not_opened) = (Vec::new(), Vec::new());
    for old in before {
        let Some(new) = others.remove(&key(old)) else {
            desks.entry(old.desk).or_default().not_opened += 1;
            not_opened.push(AtOneAlone::of(old));
            continue;
        };
        let desk = desks.entry(old.desk).or_default();
        desk.items += 1;
        *desk.before.entry(old.band).or_default() += 1;
        *desk.after.entry(new.band).or_default() += 1;
        let Some(change) = change(old, new) else { continue };
        match change.turn {
            Turn::LowerBand => desk.lower_band += 1,
            Turn::FewerPoints => desk.fewer_points += 1,
            Turn::HigherBand => desk.higher_band += 1,
            Turn::MorePoints => desk.more_points += 1,
            Turn::PlaceAlone => desk.place_alone += 1,
            Turn::SameRank => {}
        }
        changes.push(change);
    }
    // In the order of the second list, which a map has lost.
    let opened: Vec<AtOneAlone> =
        after.iter().filter(|item| others.contains_key(&key(item))).map(AtOneAlone::of).collect();
    for of in &opened {
        desks.entry(of.desk).or_default().opened += 1;
    }
    changes.sort_by_key(|change| (change.desk, change.turn, change.before.position));
    Comparison { desks, changes, opened, not_opened }
}

impl Comparison {
    /// The items that approving the second policy lowers.
    pub fn lowerings(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.turn.is_lowering())
    }
}

fn key(item: &RankedItem) -> (&str, &str, Desk) {
    (&item.source, &item.reference, item.desk)
}

fn change(old: &RankedItem, new: &RankedItem) -> Option<Change> {
    let (before, after) = (Standing::of(old), Standing::of(new));
    let reasons = reasons(&old.reasons, &new.reasons);
    let missing = |of: &[Question], from: &[Question]| -> Vec<Question> {
        of.iter().filter(|q| !from.contains(q)).cloned().collect()
    };
    let opened = missing(&new.provisional, &old.provisional);
    let closed = missing(&old.provisional, &new.provisional);
    let criteria = |of: &RankedItem| -> Vec<_> {
        of.grounds.iter().map(|ground| (ground.suggests, ground.criterion.clone())).collect()
    };
    let same = old.suggests == new.suggests
        && criteria(old) == criteria(new)
        && reasons.is_empty()
        && opened.is_empty()
        && closed.is_empty()
        && before.due == after.due;
    let turn = match after.rank().cmp(&before.rank()) {
        std::cmp::Ordering::Less if after.band < before.band => Turn::LowerBand,
        std::cmp::Ordering::Less => Turn::FewerPoints,
        std::cmp::Ordering::Greater if after.band > before.band => Turn::HigherBand,
        std::cmp::Ordering::Greater => Turn::MorePoints,
        std::cmp::Ordering::Equal if !same => Turn::SameRank,
        std::cmp::Ordering::Equal if before.position != after.position => Turn::PlaceAlone,
        std::cmp::Ordering::Equal => return None,
    };
    Some(Change {
        source: old.source.clone(),
        reference: old.reference.clone(),
        kind: old.kind,
        desk: old.desk,
        turn,
        before,
        after,
        reasons,
        opened,
        closed,
    })
}

/// The reasons that differ: first those of the second list in its order, then those that went.
fn reasons(old: &[Reason], new: &[Reason]) -> Vec<ReasonChange> {
    let weight = |reason: &Reason| Weight { points: reason.points, floor: reason.floor };
    // A rule may give several reasons, as one for each open social care status.
    let nth = |of: &[Reason], place: usize| {
        of[..place].iter().filter(|reason| reason.rule == of[place].rule).count()
    };
    let twin = |reason: &Reason, n: usize, among: &[Reason]| {
        among.iter().filter(|other| other.rule == reason.rule).nth(n).map(weight)
    };
    let changed = |reason: &Reason, before, after| {
        (before != after).then(|| ReasonChange {
            rule: reason.rule.clone(),
            text: reason.text.clone(),
            before,
            after,
        })
    };
    let stands = new.iter().enumerate().filter_map(|(place, reason)| {
        changed(reason, twin(reason, nth(new, place), old), Some(weight(reason)))
    });
    let went = old.iter().enumerate().filter_map(|(place, reason)| {
        twin(reason, nth(old, place), new).is_none().then(|| changed(reason, Some(weight(reason)), None))?
    });
    stands.chain(went).collect()
}
