//! Items as a list shows them: in order at each desk, with their place in it and in date order.

use std::collections::{BTreeMap, HashMap};

use ppn_domain::{Assessment, Desk, Rank, Timestamp, WorkItem};
use ppn_triage::{DeskAssessment, KeyA, RankedItem};

/// An item with where it stands, before places are counted.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub item: WorkItem,
    /// The item's own, or one at which it would be opened.
    pub desk: Desk,
    pub rank: Rank,
    pub due: Timestamp,
    pub assessment: Option<Assessment>,
}

impl Placed {
    /// Where an assessment puts an item.
    pub(crate) fn under(item: WorkItem, of: DeskAssessment) -> Self {
        Self {
            desk: of.desk,
            rank: of.assessment.rank,
            due: item.received + of.limits.picked_up,
            assessment: Some(of.assessment),
            item,
        }
    }

    /// The line of a list at a place in it, and in date order.
    pub(crate) fn line(self, position: usize, date_order_position: usize) -> RankedItem {
        let Self { item, desk, rank, due, assessment } = self;
        let (provisional, reasons, suggests, grounds) =
            assessment.map(|a| (a.questions, a.reasons, a.suggests, a.grounds)).unwrap_or_default();
        RankedItem {
            reference: item.reference,
            source: item.source,
            kind: item.kind,
            desk,
            position,
            date_order_position,
            band: rank.band,
            score: rank.score,
            provisional,
            reasons,
            suggests,
            grounds,
            due,
            bundle: Vec::new(),
            earlier_notices: 0,
        }
    }
}

/// Desk by desk in order, with places.
pub(crate) fn listed(placed: Vec<Placed>) -> Vec<RankedItem> {
    let mut all: BTreeMap<Desk, Vec<Placed>> = BTreeMap::new();
    for of in placed {
        all.entry(of.desk).or_default().push(of);
    }
    let mut lines = Vec::new();
    for mut items in all.into_values() {
        items.sort_by_key(|of| (of.item.received, of.item.sequence));
        let dated: HashMap<_, usize> = items.iter().zip(1..).map(|(of, at)| (of.item.id, at)).collect();
        items.sort_by_key(|of| KeyA::new(of.rank, of.item.received, of.item.sequence));
        lines.extend(items.into_iter().zip(1..).map(|(of, position)| {
            let by_date = dated.get(&of.item.id).copied().unwrap_or(position);
            of.line(position, by_date)
        }));
    }
    lines
}
