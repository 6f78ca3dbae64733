//! The fairness report: bands, places, waits, outcomes and decisions by group.
//!
//! For the equality duty: whoever uses an order must see whom it serves. The order itself never
//! reads these groups (age on its own facts excepted, as the policy says openly).

use std::collections::{BTreeMap, HashMap};

use ppn_domain::{Band, Desk, Span};
use serde::Serialize;

use crate::groups::{Attribute, Groups, NOT_RECORDED};
use crate::interval::{Estimate, Share, quantile, real};

/// Figures of fewer people than this are withheld: they would tell of somebody, and say little.
pub const SMALLEST_GROUP: usize = 10;

/// Decisions of people about an item's links and cues.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Decided {
    /// Possible links that somebody confirmed.
    pub links_confirmed: usize,
    /// Possible links that somebody refused.
    pub links_refused: usize,
    /// Cues that somebody confirmed.
    pub cues_confirmed: usize,
    /// Cues that somebody dismissed.
    pub cues_dismissed: usize,
}

/// One person of a notice, at one desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Monitored {
    /// Tells notices apart.
    pub notice: usize,
    /// Tells the people of one notice apart: each counts once.
    pub person: usize,
    /// Their groups.
    pub groups: Groups,
    /// The desk.
    pub desk: Desk,
    /// The band there.
    pub band: Band,
    /// Place in the desk's list, from 1, and the length of the list.
    pub place: (usize, usize),
    /// From receipt to the first opening, where it was opened.
    pub waited: Option<Span>,
    /// Whether it was opened by its due time, where it was opened.
    pub in_time: Option<bool>,
    /// Whether it was found high, where anything was found.
    pub found_high: Option<bool>,
    /// Whether a partner was told, where it ended.
    pub shared: Option<bool>,
    /// Decisions about its links and cues.
    pub decided: Decided,
}

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fairness {
    /// People of notices, each once.
    pub people: usize,
    /// Figures of fewer people are withheld.
    pub smallest_group: usize,
    /// A table for each attribute over all desks, then for each desk.
    pub tables: Vec<Table>,
}

/// One attribute, over all desks or at one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    /// The attribute.
    pub attribute: Attribute,
    /// The desk; `None` is all of them, each person at the desk where the band is highest.
    pub desk: Option<Desk>,
    /// The share of people of whom nothing is recorded.
    pub unrecorded: Option<Share>,
    /// Each group that has anybody.
    pub groups: Vec<Line>,
}

/// One group of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The group.
    pub group: &'static str,
    /// Its figures; `None` is withheld, since they are few or could be reckoned from the others.
    pub figures: Option<Figures>,
}

/// The figures of a group. A figure is `None` where fewer than [`SMALLEST_GROUP`] stand behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// How many people.
    pub people: usize,
    /// The share in red.
    pub red: Option<Share>,
    /// The share in red or amber.
    pub red_or_amber: Option<Share>,
    /// The share in blue.
    pub blue: Option<Share>,
    /// The median place in the list: 0 is its head, 1 its end.
    pub place: Option<Estimate>,
    /// The median wait to the first opening, in hours.
    pub waited_hours: Option<Estimate>,
    /// The share opened in time.
    pub in_time: Option<Share>,
    /// The share found high, of those where anything was found.
    pub found_high: Option<Share>,
    /// Of those found high the share that stood in green or blue.
    pub missed: Option<Share>,
    /// The share whose notice a partner was told of, of those that ended.
    pub shared: Option<Share>,
    /// Of the links decided the share confirmed.
    pub links_confirmed: Option<Share>,
    /// Of the cues decided the share dismissed.
    pub cues_dismissed: Option<Share>,
}

/// Makes the report.
pub fn fairness(rows: &[Monitored]) -> Fairness {
    let mut highest: BTreeMap<(usize, usize), Monitored> = BTreeMap::new();
    for row in rows {
        let kept = highest.entry((row.notice, row.person)).or_insert(*row);
        if (row.band, std::cmp::Reverse(row.desk)) > (kept.band, std::cmp::Reverse(kept.desk)) {
            *kept = *row;
        }
    }
    let everybody: Vec<Monitored> = highest.into_values().collect();
    let mut tables = Vec::new();
    for attribute in Attribute::ALL {
        tables.push(table(attribute, None, &everybody));
    }
    for desk in Desk::ASSESSED {
        let at_desk: Vec<Monitored> = rows.iter().filter(|row| row.desk == desk).copied().collect();
        if !at_desk.is_empty() {
            tables.extend(Attribute::ALL.map(|attribute| table(attribute, Some(desk), &at_desk)));
        }
    }
    Fairness { people: everybody.len(), smallest_group: SMALLEST_GROUP, tables }
}

fn table(attribute: Attribute, desk: Option<Desk>, rows: &[Monitored]) -> Table {
    let mut by_group: HashMap<&str, Vec<&Monitored>> = HashMap::new();
    for row in rows {
        by_group.entry(row.groups.group(attribute)).or_default().push(row);
    }
    let unrecorded = by_group.get(NOT_RECORDED).map_or(0, Vec::len);
    let groups: Vec<(&'static str, Vec<&Monitored>)> =
        attribute.groups().iter().filter_map(|group| Some((*group, by_group.remove(group)?))).collect();
    let withheld = withheld(&groups.iter().map(|(_, people)| people.len()).collect::<Vec<_>>());
    let lines = groups
        .into_iter()
        .zip(withheld)
        .map(|((group, people), withheld)| Line { group, figures: (!withheld).then(|| figures(&people)) });
    Table { attribute, desk, unrecorded: Share::of(unrecorded, rows.len()), groups: lines.collect() }
}

/// Which groups are withheld. A single one could be reckoned from the whole, so the next smallest
/// goes with it.
fn withheld(sizes: &[usize]) -> Vec<bool> {
    let mut withheld: Vec<bool> = sizes.iter().map(|size| *size < SMALLEST_GROUP).collect();
    if withheld.iter().filter(|w| **w).count() == 1 {
        let others = sizes.iter().enumerate().filter(|(place, _)| !withheld[*place]);
        if let Some((next, _)) = others.min_by_key(|(_, size)| **size) {
            withheld[next] = true;
        }
    }
    withheld
}

fn figures(rows: &[&Monitored]) -> Figures {
    let all = |what: &dyn Fn(&Monitored) -> bool| share(rows.iter().map(|row| Some(what(row))));
    let decided = |yes: &dyn Fn(&Decided) -> usize, no: &dyn Fn(&Decided) -> usize| {
        let sum =
            |count: &dyn Fn(&Decided) -> usize| rows.iter().map(|row| count(&row.decided)).sum::<usize>();
        let (yes, no) = (sum(yes), sum(no));
        if yes + no < SMALLEST_GROUP { None } else { Share::of(yes, yes + no) }
    };
    let places = rows.iter().map(|row| real(row.place.0 - 1) / real(row.place.1.max(2) - 1)).collect();
    let waits = rows.iter().filter_map(|row| row.waited).map(hours).collect();
    Figures {
        people: rows.len(),
        red: all(&|row| row.band == Band::Red),
        red_or_amber: all(&|row| row.band >= Band::Amber),
        blue: all(&|row| row.band == Band::Blue),
        place: median(places),
        waited_hours: median(waits),
        in_time: share(rows.iter().map(|row| row.in_time)),
        found_high: share(rows.iter().map(|row| row.found_high)),
        missed: share(rows.iter().map(|row| row.found_high?.then_some(row.band.is_low()))),
        shared: share(rows.iter().map(|row| row.shared)),
        links_confirmed: decided(&|d| d.links_confirmed, &|d| d.links_refused),
        cues_dismissed: decided(&|d| d.cues_dismissed, &|d| d.cues_confirmed),
    }
}

fn share(of: impl Iterator<Item = Option<bool>>) -> Option<Share> {
    let (yes, all) = of.flatten().fold((0, 0), |(yes, all), is| (yes + usize::from(is), all + 1));
    if all < SMALLEST_GROUP { None } else { Share::of(yes, all) }
}

#[expect(clippy::cast_precision_loss, reason = "seconds of any wait are far below 2^52")]
fn hours(span: Span) -> f64 {
    span.as_seconds() as f64 / 3600.0
}

/// The middle value. Its interval reaches to the values so many places off that 95 % of samples have
/// the true middle between them, whatever the shape.
fn median(mut values: Vec<f64>) -> Option<Estimate> {
    if values.len() < SMALLEST_GROUP {
        return None;
    }
    values.sort_unstable_by(f64::total_cmp);
    let off = 1.96 / (2.0 * real(values.len()).sqrt());
    let at = |share: f64| quantile(&values, share.clamp(0.0, 1.0));
    Some(Estimate { value: at(0.5)?, low: at(0.5 - off)?, high: at(0.5 + off)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_group_never_stands_alone_among_the_withheld() {
        let small = SMALLEST_GROUP - 1;
        assert_eq!(withheld(&[100, small, 40]), [false, true, true]);
        assert_eq!(withheld(&[small, small, 40]), [true, true, false]);
        assert_eq!(withheld(&[SMALLEST_GROUP, 40]), [false, false]);
        assert_eq!(withheld(&[small]), [true]);
    }

    #[test]
    fn a_median_of_few_is_withheld() {
        assert_eq!(median(vec![1.0; SMALLEST_GROUP - 1]), None);
        let told = median((0..100).map(real).collect()).unwrap();
        assert!(told.low < 49.5 && (told.value - 49.5).abs() < 1e-9 && told.high > 49.5, "{told:?}");
    }
}
