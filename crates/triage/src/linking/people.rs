//! People of a whole input, in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ppn_domain::Timestamp;
use ppn_domain::profile::{Digest, Home, KeyKind, Profile, keys};

use super::{Homes, Linking, compare, may_reach, partition};

/// A mention, by the order in which it was added; as a person, their first mention.
pub type PersonIndex = u32;

/// A key under which more mentions than these are found offers no possible link: it tells too little.
pub const MOST_IN_BLOCK: usize = 64;
/// Most people of one household: an address with more is a place, not a home.
pub const MOST_IN_HOUSEHOLD: usize = 30;

/// Joins people over an input.
#[derive(Debug, Clone, Default)]
pub struct People {
    profiles: Vec<Profile>,
    /// The notice of each mention, by the order in which it was added: one notice names nobody twice.
    notices: Vec<u32>,
    next_notice: u32,
    person: Vec<PersonIndex>,
    homes: Homes,
    may_be: HashMap<PersonIndex, BTreeSet<PersonIndex>>,
}

impl People {
    /// Adds the people of a notice; the index of the first, the others follow it.
    pub fn add(&mut self, profiles: &[Profile]) -> PersonIndex {
        let first = u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        self.profiles.extend(profiles.iter().cloned());
        self.notices.extend(profiles.iter().map(|_| self.next_notice));
        self.next_notice += 1;
        first
    }

    /// Joins everybody, once all are added. Each mention has the receipt of its notice; those whose notice
    /// was replaced by a later revision have none and are left out of account.
    pub fn settle(&mut self, linking: Linking, received: impl Fn(PersonIndex) -> Option<Timestamp>) {
        let mentions = 0..u32::try_from(self.profiles.len()).unwrap_or(u32::MAX);
        let all: Vec<u32> = mentions.filter(|at| received(*at).is_some()).collect();
        self.join(&all);
        self.house(&all, received);
        self.suppose(linking, &all);
        self.profiles = Vec::new();
    }

    fn join(&mut self, all: &[u32]) {
        self.person = (0..u32::try_from(self.profiles.len()).unwrap_or(u32::MAX)).collect();
        // Only who meets in a certain key can be joined: each such group is weighed by itself.
        let mut met: Vec<(Digest, u32)> = Vec::new();
        for &at in all {
            let certain =
                keys(&self.profiles[at as usize]).into_iter().filter(|key| key.kind() == KeyKind::Certain);
            met.extend(certain.map(|key| (Digest(key.0), at)));
        }
        met.sort_unstable();
        let mut parent: Vec<u32> = self.person.clone();
        for pair in met.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (a, b) = (root(&mut parent, pair[0].1), root(&mut parent, pair[1].1));
            parent[a.max(b) as usize] = a.min(b);
        }
        let mut pools: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for &at in all {
            pools.entry(root(&mut parent, at)).or_default().push(at);
        }
        for pool in pools.into_values().filter(|pool| pool.len() > 1) {
            let mentions: Vec<(u32, &Profile)> =
                pool.iter().map(|at| (*at, &self.profiles[*at as usize])).collect();
            for (at, group) in pool.iter().zip(partition(&mentions, &[])) {
                self.person[*at as usize] = pool[group];
            }
        }
    }

    fn house(&mut self, all: &[u32], received: impl Fn(PersonIndex) -> Option<Timestamp>) {
        let mut at: HashMap<Digest, HashSet<PersonIndex>> = HashMap::new();
        let mut never: HashSet<Digest> = HashSet::new();
        for &mention in all {
            match self.profiles[mention as usize].home {
                Home::Of(place) => {
                    at.entry(place).or_default().insert(self.person[mention as usize]);
                }
                Home::Never(place) => {
                    never.insert(place);
                }
                Home::None => {}
            }
        }
        at.retain(|place, residents| residents.len() <= MOST_IN_HOUSEHOLD && !never.contains(place));
        let said = all.iter().filter_map(|&mention| {
            let profile = &self.profiles[mention as usize];
            let place = profile.home.place().filter(|_| !profile.in_passing)?;
            let home = Some(place).filter(|place| at.contains_key(place));
            Some((self.person[mention as usize], received(mention)?, home))
        });
        self.homes = Homes::new(said);
    }

    fn suppose(&mut self, linking: Linking, all: &[u32]) {
        let mut blocks: Vec<(Digest, u32)> = Vec::new();
        for &at in all {
            let blocking =
                keys(&self.profiles[at as usize]).into_iter().filter(|key| key.kind() == KeyKind::Blocking);
            blocks.extend(blocking.map(|key| (Digest(key.0), at)));
        }
        blocks.sort_unstable();
        let mut seen: HashSet<(u32, u32)> = HashSet::new();
        for block in
            blocks.chunk_by(|a, b| a.0 == b.0).filter(|block| (2..=MOST_IN_BLOCK).contains(&block.len()))
        {
            for (i, (_, a)) in block.iter().enumerate() {
                for (_, b) in &block[i + 1..] {
                    let (p, q) = (self.person[*a as usize], self.person[*b as usize]);
                    let same_notice = self.notices[*a as usize] == self.notices[*b as usize];
                    let (x, y) = (&self.profiles[*a as usize], &self.profiles[*b as usize]);
                    let wanted = linking.possible_at;
                    if p == q || same_notice || !may_reach(x, y, wanted) || !seen.insert((*a, *b)) {
                        continue;
                    }
                    if compare(x, y).score >= wanted {
                        self.may_be.entry(p).or_default().insert(q);
                        self.may_be.entry(q).or_default().insert(p);
                    }
                }
            }
        }
    }

    /// The person that a mention stands for: the same for everybody joined.
    pub fn person(&self, mention: PersonIndex) -> PersonIndex {
        self.person.get(mention as usize).copied().unwrap_or(mention)
    }

    /// Where people live: all that is needed of them once their notices are tied.
    pub fn into_homes(self) -> Homes {
        self.homes
    }

    /// Whom a person may be besides.
    pub fn may_be(&self, person: PersonIndex) -> impl Iterator<Item = PersonIndex> + '_ {
        self.may_be.get(&person).into_iter().flatten().copied()
    }
}

fn root(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}
