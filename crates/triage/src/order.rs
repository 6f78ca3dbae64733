//! The order: which waiting item a desk gives next.
//!
//! Highest band first, highest score first inside it, with a reserve that bounds the worst wait and
//! an audit draw that measures what the order misses. Everything static about an item stands in
//! two keys, [`KeyA`] and [`KeyB`]; everything that moves stands in the desk's [`Turn`]. The stores
//! ask [`Turn::next`] what to take and keep the answer's turn; [`WaitingOrder`] is the same thing in
//! memory, for simulation, replay and for tests to hold the stores to.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::Hash;

use ppn_domain::{Band, Rank, Timestamp};
use priority_queue::PriorityQueue;

/// How a desk orders its work; from the policy's `[order]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OrderRule {
    /// False is date order: triage switched off. No reserve and no audit then.
    pub by_risk: bool,
    /// Every how manieth pick is a reserve pick; 0 for never.
    pub reserve_every: u32,
    /// One in how many picks that would give a green or blue item is an audit pick; `None` for never.
    pub audit_every: Option<u32>,
}

impl Default for OrderRule {
    fn default() -> Self {
        Self { by_risk: true, reserve_every: 4, audit_every: Some(50) }
    }
}

/// Where a desk stands in its round of picks: the desk's row in a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// Picks since the last reserve turn: always less than `reserve_every`.
    pub picks: u32,
    /// A reserve pick is still to come: its turn came while reds waited and none of them was overdue.
    pub owed: bool,
    /// Picks of green or blue items since the last audit pick.
    pub low_picks: u32,
}

/// What waits at a desk, as far as the choice needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heads {
    /// The band of the first item by key A; `None` when nothing waits.
    pub head: Option<Band>,
    /// Due and band of the first item by key B.
    pub furthest: Option<(Timestamp, Band)>,
    /// Due of the first red item by key B.
    pub furthest_red: Option<Timestamp>,
}

/// Which waiting item to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pick {
    /// The first by key A.
    Head,
    /// The first by key B: the item furthest past its limit.
    Furthest,
    /// The first red by key B.
    FurthestRed,
    /// The first green or blue item whose (lot, sequence) is not less than (`lot`, lowest),
    /// wrapping round to the smallest lot.
    Audit {
        /// The lot drawn, 0 to `i64::MAX`.
        lot: i64,
    },
    /// The first by (received, sequence): date order, with triage switched off.
    Oldest,
}

impl Pick {
    /// Whether it is a reserve pick.
    pub const fn is_reserve(self) -> bool {
        matches!(self, Self::Furthest | Self::FurthestRed)
    }
}

impl Turn {
    /// The next pick and the turn after it; `None` when nothing waits.
    ///
    /// A pick counts whatever it gives. On every `reserve_every`-th: while reds wait, the red
    /// furthest past its limit if one is overdue; else the pick becomes owed if anything is overdue
    /// and the head is given. With no red waiting, the item furthest past its limit, else the head.
    /// An owed pick is made on the first other pick at which no red waits. At most one is owed, and
    /// with no red waiting and nothing overdue none stays owed.
    ///
    /// When the pick so chosen would give a green or blue item, the `audit_every`-th of them is an
    /// audit pick instead. It satisfies no reserve: one whose place it takes is owed afterwards.
    ///
    /// `draw` gives a lot between 0 and `i64::MAX`; it is called for audit picks alone. Overdue
    /// means due before `now`. In date order the turn stays as it was.
    pub fn next(
        self,
        rule: &OrderRule,
        heads: &Heads,
        now: Timestamp,
        draw: &mut dyn FnMut() -> i64,
    ) -> Option<(Pick, Turn)> {
        let (pick, mut turn) = self.before_audit(rule, heads, now)?;
        let low = match pick {
            Pick::Head => heads.head.is_some_and(Band::is_low),
            Pick::Furthest => heads.furthest.is_some_and(|(_, band)| band.is_low()),
            Pick::FurthestRed | Pick::Audit { .. } | Pick::Oldest => false,
        };
        if let (true, Some(every)) = (low, rule.audit_every) {
            turn.low_picks = turn.low_picks.saturating_add(1);
            if turn.low_picks >= every {
                turn.low_picks = 0;
                turn.owed |= pick == Pick::Furthest;
                return Some((Pick::Audit { lot: draw() }, turn));
            }
        }
        Some((pick, turn))
    }

    /// Whether the next pick would be a reserve pick; for display, so an audit draw that may take
    /// its place is left out of account.
    pub fn reserve_next(self, rule: &OrderRule, heads: &Heads, now: Timestamp) -> bool {
        self.before_audit(rule, heads, now).is_some_and(|(pick, _)| pick.is_reserve())
    }

    fn before_audit(self, rule: &OrderRule, heads: &Heads, now: Timestamp) -> Option<(Pick, Turn)> {
        let head = heads.head?;
        if !rule.by_risk {
            return Some((Pick::Oldest, self));
        }
        let mut turn = self;
        turn.picks = (self.picks % rule.reserve_every.max(1)).saturating_add(1);
        let reserve_turn = rule.reserve_every > 0 && turn.picks >= rule.reserve_every;
        if reserve_turn || rule.reserve_every == 0 {
            turn.picks = 0;
        }
        let red_waits = head == Band::Red;
        let overdue = heads.furthest.is_some_and(|(due, _)| due < now);
        let red_overdue = heads.furthest_red.is_some_and(|due| due < now);

        let pick = if red_waits {
            if reserve_turn && red_overdue {
                Pick::FurthestRed
            } else {
                turn.owed |= reserve_turn && overdue;
                Pick::Head
            }
        } else if !overdue {
            turn.owed = false;
            Pick::Head
        } else if reserve_turn {
            Pick::Furthest
        } else if self.owed {
            turn.owed = false;
            Pick::Furthest
        } else {
            Pick::Head
        };
        Some((pick, turn))
    }
}

/// Key A: band position, then the higher score, then the earlier receipt, then arrival. The least
/// stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyA {
    position: u8,
    score: Reverse<i32>,
    received: Timestamp,
    sequence: i64,
}

impl KeyA {
    /// The key of an item.
    pub const fn new(rank: Rank, received: Timestamp, sequence: i64) -> Self {
        Self { position: rank.band.position(), score: Reverse(rank.score), received, sequence }
    }
}

/// Key B: due, then arrival. The least stands first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyB {
    due: Timestamp,
    sequence: i64,
}

impl KeyB {
    /// The key of an item.
    pub const fn new(due: Timestamp, sequence: i64) -> Self {
        Self { due, sequence }
    }
}

/// What the order knows of a waiting item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Band and score.
    pub rank: Rank,
    /// When the waiting clock started.
    pub received: Timestamp,
    /// When it is due to be picked up.
    pub due: Timestamp,
    /// The order of arrival; no two items of a desk share one.
    pub sequence: i64,
    /// Drawn once at random, 0 to `i64::MAX`: where audit draws find it.
    pub lot: i64,
    /// Only named people may open it: counted, and never given by a pick nor listed.
    pub restricted: bool,
}

impl Entry {
    const fn key_a(&self) -> KeyA {
        KeyA::new(self.rank, self.received, self.sequence)
    }
    const fn key_b(&self) -> KeyB {
        KeyB::new(self.due, self.sequence)
    }
}

/// The waiting items of one desk in memory, with the desk's turn.
///
/// Insert, remove and change cost a logarithm of the number waiting; so does a pick.
#[derive(Debug, Clone)]
pub struct WaitingOrder<Id: Copy + Eq + Hash> {
    entries: std::collections::HashMap<Id, Entry>,
    by_rank: PriorityQueue<Id, Reverse<KeyA>>,
    by_due: PriorityQueue<Id, Reverse<KeyB>>,
    reds_by_due: PriorityQueue<Id, Reverse<KeyB>>,
    by_age: PriorityQueue<Id, Reverse<(Timestamp, i64)>>,
    low_by_lot: BTreeMap<(i64, i64), Id>,
    turn: Turn,
}

impl<Id: Copy + Eq + Hash> Default for WaitingOrder<Id> {
    fn default() -> Self {
        Self::new(Turn::default())
    }
}

impl<Id: Copy + Eq + Hash> WaitingOrder<Id> {
    /// Nothing waiting, the desk at `turn`.
    pub fn new(turn: Turn) -> Self {
        Self {
            entries: std::collections::HashMap::new(),
            by_rank: PriorityQueue::new(),
            by_due: PriorityQueue::new(),
            reds_by_due: PriorityQueue::new(),
            by_age: PriorityQueue::new(),
            low_by_lot: BTreeMap::new(),
            turn,
        }
    }

    /// Puts an item in the order; what it replaced, if that identifier waited already.
    pub fn insert(&mut self, id: Id, entry: Entry) -> Option<Entry> {
        let replaced = self.remove(id);
        self.entries.insert(id, entry);
        if !entry.restricted {
            self.by_rank.push(id, Reverse(entry.key_a()));
            self.by_due.push(id, Reverse(entry.key_b()));
            self.by_age.push(id, Reverse((entry.received, entry.sequence)));
            if entry.rank.band == Band::Red {
                self.reds_by_due.push(id, Reverse(entry.key_b()));
            }
            if entry.rank.band.is_low() {
                self.low_by_lot.insert((entry.lot, entry.sequence), id);
            }
        }
        replaced
    }

    /// Takes an item out of the order without a pick: claimed by name, held, withdrawn from waiting.
    pub fn remove(&mut self, id: Id) -> Option<Entry> {
        let entry = self.entries.remove(&id)?;
        if !entry.restricted {
            self.by_rank.remove(&id);
            self.by_due.remove(&id);
            self.by_age.remove(&id);
            self.reds_by_due.remove(&id);
            self.low_by_lot.remove(&(entry.lot, entry.sequence));
        }
        Some(entry)
    }

    /// Gives a waiting item a new rank and due time; `None` when it does not wait.
    pub fn change(&mut self, id: Id, rank: Rank, due: Timestamp) -> Option<Entry> {
        let entry = Entry { rank, due, ..*self.entries.get(&id)? };
        self.insert(id, entry)
    }

    /// How many wait, restricted ones among them.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known of a waiting item.
    pub fn get(&self, id: Id) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// Where the desk stands.
    pub const fn turn(&self) -> Turn {
        self.turn
    }

    /// What [`Turn::next`] is asked with.
    pub fn heads(&self) -> Heads {
        let band = |id: &Id| self.entries.get(id).map(|e| e.rank.band);
        Heads {
            head: self.by_rank.peek().and_then(|(id, _)| band(id)),
            furthest: self.by_due.peek().and_then(|(id, key)| Some((key.0.due, band(id)?))),
            furthest_red: self.reds_by_due.peek().map(|(_, key)| key.0.due),
        }
    }

    /// Whether the next pick would be a reserve pick.
    pub fn reserve_next(&self, rule: &OrderRule, now: Timestamp) -> bool {
        self.turn.reserve_next(rule, &self.heads(), now)
    }

    /// Takes the next item, and says which pick it was; `None` when nothing can be given.
    pub fn pick(
        &mut self,
        rule: &OrderRule,
        now: Timestamp,
        draw: &mut dyn FnMut() -> i64,
    ) -> Option<(Id, Pick)> {
        let (pick, turn) = self.turn.next(rule, &self.heads(), now, draw)?;
        let id = match pick {
            Pick::Head => self.by_rank.peek().map(|(id, _)| *id),
            Pick::Furthest => self.by_due.peek().map(|(id, _)| *id),
            Pick::FurthestRed => self.reds_by_due.peek().map(|(id, _)| *id),
            Pick::Oldest => self.by_age.peek().map(|(id, _)| *id),
            Pick::Audit { lot } => self
                .low_by_lot
                .range((lot, i64::MIN)..)
                .next()
                .or_else(|| self.low_by_lot.iter().next())
                .map(|(_, id)| *id),
        }?;
        self.turn = turn;
        self.remove(id);
        Some((id, pick))
    }

    /// The first `n` by key A, in that order, without the restricted.
    pub fn head(&self, n: usize) -> Vec<Id> {
        let mut keyed: Vec<(KeyA, Id)> = self.by_rank.iter().map(|(id, key)| (key.0, *id)).collect();
        if n < keyed.len() {
            keyed.select_nth_unstable_by_key(n, |(key, _)| *key);
            keyed.truncate(n);
        }
        keyed.sort_unstable_by_key(|(key, _)| *key);
        keyed.into_iter().map(|(_, id)| id).collect()
    }
}
