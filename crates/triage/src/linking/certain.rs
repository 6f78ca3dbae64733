//! Certain links: which mentions are one person.
//!
//! Certain is the same identifier from the same system; or the same full name and full date of birth
//! with the same address or phone, where no system gives the two different identifiers. Anything
//! weaker joins nothing here. A person's word stands above both.

use std::collections::{BTreeMap, BTreeSet};

use ppn_domain::profile::{Digest, Profile};

/// So many people told apart by identifiers under one description are no people: the description is
/// filled in by habit and joins nobody whom an identifier names.
pub const MOST_UNDER_ONE_DESCRIPTION: usize = 20;

/// In a group of more mentions than these a refusal is kept by joining along a chain, which may part
/// more than it need.
const MOST_WEIGHED_IN_PAIRS: usize = 60;

/// What a person said of two mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are one person.
    Confirmed,
    /// They are two.
    Refused,
}

/// A person's word on two mentions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<K> {
    /// One mention.
    pub a: K,
    /// The other.
    pub b: K,
    /// What was said.
    pub verdict: Verdict,
}

/// The groups of mentions that are one person: for each mention the number of its group. The same
/// mentions give the same groups in whatever order they stand.
///
/// Where one description meets two different identifiers of one system, nobody with an identifier is
/// joined by it; where descriptions together would bring such a pair into one group, they join nobody
/// with an identifier in that group. A refused pair is kept apart whatever else would join it.
pub fn partition<K: Ord + Copy>(mentions: &[(K, &Profile)], decisions: &[Decision<K>]) -> Vec<usize> {
    let mut by_identifier: BTreeMap<(Digest, Digest), Vec<usize>> = BTreeMap::new();
    let mut by_description: BTreeMap<Digest, Vec<usize>> = BTreeMap::new();
    for (at, (_, profile)) in mentions.iter().enumerate() {
        for identifier in &profile.identifiers {
            by_identifier.entry(*identifier).or_default().push(at);
        }
        for description in profile.descriptions() {
            by_description.entry(description).or_default().push(at);
        }
    }
    let mut named = Groups::new(mentions.len());
    for same in by_identifier.values() {
        named.join_all(same);
    }
    let systems = systems(mentions, &mut named);
    let described = described(&by_description, &systems, &mut named, mentions.len());

    let mut groups = Groups::new(mentions.len());
    let places: BTreeMap<K, usize> = mentions.iter().enumerate().map(|(at, (key, _))| (*key, at)).collect();
    let said = |verdict: Verdict| -> Vec<(usize, usize)> {
        let of = decisions.iter().filter(|d| d.verdict == verdict);
        let mut pairs: Vec<_> = of
            .filter_map(|d| Some((*places.get(&d.a)?, *places.get(&d.b)?)))
            .map(|(a, b)| if mentions[a].0 <= mentions[b].0 { (a, b) } else { (b, a) })
            .collect();
        pairs.sort_by_key(|(a, b)| (mentions[*a].0, mentions[*b].0));
        pairs
    };
    let (confirmed, refused) = (said(Verdict::Confirmed), said(Verdict::Refused));
    if refused.is_empty() {
        for same in by_identifier.values().chain(&described) {
            groups.join_all(same);
        }
        for (a, b) in confirmed {
            groups.join(a, b);
        }
        return groups.numbers();
    }
    // What agrees in more joins first, so that each side of a refusal keeps its own mentions together;
    // then by key, so that what is left out does not depend on the order of the list.
    let mut agree: BTreeMap<(K, K), (usize, (usize, usize))> = BTreeMap::new();
    let mut add = |a: usize, b: usize| {
        let at = agree.entry((mentions[a].0, mentions[b].0)).or_insert((0, (a, b)));
        at.0 += 1;
    };
    for same in by_identifier.values().chain(&described) {
        let mut same = same.clone();
        same.sort_by_key(|at| mentions[*at].0);
        if same.len() <= MOST_WEIGHED_IN_PAIRS {
            for (i, a) in same.iter().enumerate() {
                same[i + 1..].iter().for_each(|b| add(*a, *b));
            }
        } else {
            same.windows(2).for_each(|pair| add(pair[0], pair[1]));
        }
    }
    let mut joins: Vec<(usize, (usize, usize))> = agree.into_values().collect();
    joins.sort_by_key(|(agree, _)| std::cmp::Reverse(*agree));
    let pairs = confirmed.into_iter().chain(joins.into_iter().map(|(_, pair)| pair));
    for (a, b) in pairs {
        let (ra, rb) = (groups.root(a), groups.root(b));
        let unites = refused.iter().any(|&(x, y)| {
            let (x, y) = (groups.root(x), groups.root(y));
            (x, y) == (ra, rb) || (y, x) == (ra, rb)
        });
        // A confirmation that contradicts an earlier refusal of the same pair cannot be: a pair has one link.
        if !unites {
            groups.join(a, b);
        }
    }
    groups.numbers()
}

/// The identifiers of each group that has any, by system.
type Systems = BTreeMap<usize, BTreeMap<Digest, BTreeSet<Digest>>>;

fn systems<K>(mentions: &[(K, &Profile)], named: &mut Groups) -> Systems {
    let mut systems = Systems::new();
    for (at, (_, profile)) in mentions.iter().enumerate() {
        for (system, id) in &profile.identifiers {
            systems.entry(named.root(at)).or_default().entry(*system).or_default().insert(*id);
        }
    }
    systems
}

/// Whether some system gives two of these groups different identifiers.
fn conflict(groups: &BTreeSet<usize>, systems: &Systems) -> bool {
    let mut seen: BTreeMap<&Digest, &BTreeSet<Digest>> = BTreeMap::new();
    groups
        .iter()
        .filter_map(|group| systems.get(group))
        .flatten()
        .any(|(system, ids)| seen.insert(system, ids).is_some_and(|before| before.is_disjoint(ids)))
}

/// Lists of mentions that descriptions join.
fn described(
    by_description: &BTreeMap<Digest, Vec<usize>>,
    systems: &Systems,
    named: &mut Groups,
    count: usize,
) -> Vec<Vec<usize>> {
    let without = |same: &[usize], named: &mut Groups| -> Vec<usize> {
        same.iter().copied().filter(|at| !systems.contains_key(&named.root(*at))).collect()
    };
    let mut lists: Vec<Vec<usize>> = Vec::new();
    for same in by_description.values().filter(|same| same.len() > 1) {
        let groups: BTreeSet<usize> = same.iter().map(|at| named.root(*at)).collect();
        let identified = groups.iter().filter(|group| systems.contains_key(group)).count();
        let joins = identified <= MOST_UNDER_ONE_DESCRIPTION && !conflict(&groups, systems);
        lists.push(if joins { same.clone() } else { without(same, named) });
    }
    // Over several descriptions a conflict may still come together: then none of them joins anybody
    // with an identifier in that group.
    let mut together = Groups::new(count);
    for at in 0..count {
        let root = named.root(at);
        together.join(root, at);
    }
    for list in &lists {
        together.join_all(list);
    }
    let mut members: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for at in 0..count {
        members.entry(together.root(at)).or_default().insert(named.root(at));
    }
    for list in &mut lists {
        let Some(&first) = list.first() else { continue };
        if members.get(&together.root(first)).is_some_and(|groups| conflict(groups, systems)) {
            *list = without(list, named);
        }
    }
    lists
}

/// Union by the lowest place.
struct Groups(Vec<usize>);

impl Groups {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.0[at] != at {
            self.0[at] = self.0[self.0[at]];
            at = self.0[at];
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    fn join_all(&mut self, same: &[usize]) {
        for pair in same.windows(2) {
            self.join(pair[0], pair[1]);
        }
    }

    fn numbers(mut self) -> Vec<usize> {
        (0..self.0.len()).map(|at| self.root(at)).collect()
    }
}
