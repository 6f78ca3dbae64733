//! The order, rule by rule, and against a reference that sorts.

use std::cmp::Reverse;

use ppn_domain::{Band, Rank, Timestamp};
use ppn_triage::{Entry, Heads, OrderRule, Pick, Turn, WaitingOrder};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::from_micros(1_000);
const RULE: OrderRule = OrderRule { by_risk: true, reserve_every: 4, audit_every: None };

fn due(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn heads(head: Band, furthest: (i64, Band), furthest_red: Option<i64>) -> Heads {
    Heads {
        head: Some(head),
        furthest: Some((due(furthest.0), furthest.1)),
        furthest_red: furthest_red.map(due),
    }
}

fn next(turn: Turn, rule: &OrderRule, heads: &Heads) -> (Pick, Turn) {
    turn.next(rule, heads, NOW, &mut || 7).expect("something waits")
}

const THIRD: Turn = Turn { picks: 3, owed: false, low_picks: 0 };

#[test]
fn nothing_waits_nothing_is_given() {
    assert_eq!(Turn::default().next(&RULE, &Heads::default(), NOW, &mut || 0), None);
}

#[test]
fn every_fourth_pick_serves_the_furthest_past_its_limit() {
    let heads = heads(Band::Amber, (10, Band::Green), None);
    let mut turn = Turn::default();
    let picks: Vec<Pick> = (0..8)
        .map(|_| {
            let (pick, after) = next(turn, &RULE, &heads);
            turn = after;
            pick
        })
        .collect();
    let h = Pick::Head;
    assert_eq!(picks, [h, h, h, Pick::Furthest, h, h, h, Pick::Furthest]);
}

#[test]
fn overdue_is_before_now_and_not_at_it() {
    let at = heads(Band::Amber, (1_000, Band::Green), None);
    assert_eq!(next(THIRD, &RULE, &at).0, Pick::Head);
    let before = heads(Band::Amber, (999, Band::Green), None);
    assert_eq!(next(THIRD, &RULE, &before).0, Pick::Furthest);
}

#[test]
fn while_reds_wait_the_reserve_serves_the_red_furthest_past_its_limit() {
    let heads = heads(Band::Red, (1, Band::Green), Some(10));
    assert_eq!(next(THIRD, &RULE, &heads), (Pick::FurthestRed, Turn::default()));
}

#[test]
fn with_no_red_overdue_the_reserve_stays_owed_until_no_red_waits() {
    let reds = heads(Band::Red, (1, Band::Green), Some(2_000));
    let (pick, turn) = next(THIRD, &RULE, &reds);
    assert_eq!((pick, turn), (Pick::Head, Turn { picks: 0, owed: true, low_picks: 0 }));
    let (pick, turn) = next(turn, &RULE, &reds);
    assert_eq!((pick, turn.owed), (Pick::Head, true));
    let (pick, turn) = next(turn, &RULE, &heads(Band::Amber, (1, Band::Green), None));
    assert_eq!((pick, turn.owed), (Pick::Furthest, false));
}

#[test]
fn with_reds_and_nothing_overdue_an_owed_pick_stays_and_none_is_added() {
    let reds = heads(Band::Red, (2_000, Band::Green), Some(2_000));
    for owed in [false, true] {
        let (pick, after) = next(Turn { owed, ..THIRD }, &RULE, &reds);
        assert_eq!((pick, after.owed), (Pick::Head, owed));
    }
}

#[test]
fn a_reserve_turn_of_its_own_leaves_an_owed_pick_still_to_come() {
    let none_red = heads(Band::Amber, (1, Band::Green), None);
    let (pick, turn) = next(Turn { owed: true, ..THIRD }, &RULE, &none_red);
    assert_eq!((pick, turn.owed), (Pick::Furthest, true));
    let (pick, turn) = next(turn, &RULE, &none_red);
    assert_eq!((pick, turn.owed), (Pick::Furthest, false));
}

#[test]
fn with_nothing_overdue_nothing_is_banked() {
    let calm = heads(Band::Amber, (2_000, Band::Green), None);
    for picks in 0..4 {
        let (pick, turn) = next(Turn { picks, owed: true, low_picks: 0 }, &RULE, &calm);
        assert_eq!((pick, turn.owed), (Pick::Head, false));
    }
}

#[test]
fn the_audit_takes_the_place_of_every_nth_low_pick_and_owes_a_reserve_it_replaced() {
    let rule = OrderRule { audit_every: Some(2), ..RULE };
    let low = heads(Band::Green, (2_000, Band::Green), None);
    let (pick, turn) = next(Turn::default(), &rule, &low);
    assert_eq!((pick, turn.low_picks), (Pick::Head, 1));
    let (pick, turn) = next(turn, &rule, &low);
    assert_eq!((pick, turn.low_picks), (Pick::Audit { lot: 7 }, 0));
    let overdue = heads(Band::Green, (1, Band::Blue), None);
    let (pick, turn) = next(Turn { picks: 3, owed: false, low_picks: 1 }, &rule, &overdue);
    assert_eq!((pick, turn.owed, turn.picks), (Pick::Audit { lot: 7 }, true, 0));
}

#[test]
fn high_picks_do_not_count_towards_the_audit() {
    let rule = OrderRule { audit_every: Some(1), ..RULE };
    let high = heads(Band::Amber, (1, Band::Amber), None);
    for picks in 0..4 {
        let (pick, turn) = next(Turn { picks, ..Turn::default() }, &rule, &high);
        assert!(!matches!(pick, Pick::Audit { .. }));
        assert_eq!(turn.low_picks, 0);
    }
}

#[test]
fn date_order_has_no_reserve_and_no_audit_and_leaves_the_turn_alone() {
    let rule = OrderRule { by_risk: false, reserve_every: 4, audit_every: Some(1) };
    let turn = Turn { picks: 3, owed: true, low_picks: 9 };
    assert_eq!(next(turn, &rule, &heads(Band::Green, (1, Band::Red), Some(1))), (Pick::Oldest, turn));
}

#[test]
fn reserve_next_says_what_the_next_pick_is() {
    let heads = heads(Band::Amber, (1, Band::Green), None);
    assert!(THIRD.reserve_next(&RULE, &heads, NOW));
    assert!(!Turn::default().reserve_next(&RULE, &heads, NOW));
    assert!(Turn { owed: true, ..Turn::default() }.reserve_next(&RULE, &heads, NOW));
}

#[test]
fn restricted_items_are_counted_and_never_given() {
    let mut order = WaitingOrder::default();
    order.insert(1_u32, entry(Band::Red, 5, 0, 0, 1, 0, true));
    assert_eq!((order.len(), order.head(9)), (1, Vec::new()));
    assert_eq!(order.pick(&RULE, NOW, &mut || 0), None);
}

#[test]
fn the_audit_draw_takes_the_next_lot_and_wraps_round() {
    let rule = OrderRule { audit_every: Some(1), ..RULE };
    let fill = || {
        let mut order = WaitingOrder::default();
        for (id, lot) in [(1_u32, 10), (2, 20), (3, 30)] {
            order.insert(id, entry(Band::Green, 0, 0, 5_000, i64::from(id), lot, false));
        }
        order
    };
    for (drawn, given) in [(0, 1), (10, 1), (11, 2), (30, 3), (31, 1), (i64::MAX, 1)] {
        assert_eq!(fill().pick(&rule, NOW, &mut || drawn), Some((given, Pick::Audit { lot: drawn })));
    }
}

fn entry(
    band: Band,
    score: i32,
    received: i64,
    due: i64,
    sequence: i64,
    lot: i64,
    restricted: bool,
) -> Entry {
    Entry {
        rank: Rank { band, score },
        received: Timestamp::from_micros(received),
        due: Timestamp::from_micros(due),
        sequence,
        lot,
        restricted,
    }
}

/// The rules again, written over a plain list that is sorted at every pick.
#[derive(Default)]
struct Naive {
    waiting: Vec<(u32, Entry)>,
    picks: u32,
    owed: bool,
    low: u32,
}

impl Naive {
    fn pick(&mut self, rule: &OrderRule, now: Timestamp, lot: i64) -> Option<u32> {
        let mut open: Vec<(u32, Entry)> =
            self.waiting.iter().copied().filter(|(_, e)| !e.restricted).collect();
        if open.is_empty() {
            return None;
        }
        open.sort_by_key(|(_, e)| (Reverse(e.rank), e.received, e.sequence));
        let by_rank = open.clone();
        open.sort_by_key(|(_, e)| (e.due, e.sequence));
        let by_due = open;
        if !rule.by_risk {
            let mut by_age = by_rank;
            by_age.sort_by_key(|(_, e)| (e.received, e.sequence));
            return Some(self.give(by_age[0].0));
        }
        self.picks += 1;
        let late: Vec<&(u32, Entry)> = by_due.iter().filter(|(_, e)| e.due < now).collect();
        let red_waits = by_rank[0].1.rank.band == Band::Red;
        let mut chosen = by_rank[0];
        let mut reserve = false;
        if self.picks.is_multiple_of(rule.reserve_every) {
            if red_waits {
                match late.iter().find(|(_, e)| e.rank.band == Band::Red) {
                    Some(red) => chosen = **red,
                    None => self.owed |= !late.is_empty(),
                }
            } else if let Some(first) = late.first() {
                (chosen, reserve) = (**first, true);
            } else {
                self.owed = false;
            }
        } else if self.owed && !red_waits {
            self.owed = false;
            if let Some(first) = late.first() {
                (chosen, reserve) = (**first, true);
            }
        } else if !red_waits && late.is_empty() {
            self.owed = false;
        }
        if let Some(every) = rule.audit_every
            && chosen.1.rank.band.is_low()
        {
            self.low += 1;
            if self.low >= every {
                self.low = 0;
                self.owed |= reserve;
                let mut lots: Vec<(u32, Entry)> =
                    by_rank.iter().copied().filter(|(_, e)| e.rank.band.is_low()).collect();
                lots.sort_by_key(|(_, e)| (e.lot, e.sequence));
                chosen = *lots.iter().find(|(_, e)| e.lot >= lot).unwrap_or(&lots[0]);
            }
        }
        Some(self.give(chosen.0))
    }

    fn give(&mut self, id: u32) -> u32 {
        self.waiting.retain(|(other, _)| *other != id);
        id
    }
}

#[derive(Debug, Clone)]
enum Step {
    Arrive { band: Band, score: i32, received: i64, limit: i64, lot: i64, restricted: bool },
    Remove(usize),
    Change(usize, Band, i32, i64),
    Pick(i64),
}

fn band() -> impl Strategy<Value = Band> {
    prop_oneof![1 => Just(Band::Red), 2 => Just(Band::Amber), 3 => Just(Band::Green), 2 => Just(Band::Blue)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (band(), 0..5_i32, 0..50_i64, 0..60_i64, 0..9_i64, prop::bool::weighted(0.1)).prop_map(
            |(band, score, received, limit, lot, restricted)| Step::Arrive { band, score, received, limit, lot, restricted }
        ),
        1 => any::<usize>().prop_map(Step::Remove),
        1 => (any::<usize>(), band(), 0..5_i32, 0..100_i64).prop_map(|(i, b, s, d)| Step::Change(i, b, s, d)),
        5 => (0..12_i64).prop_map(Step::Pick),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_model_gives_what_sorting_gives(
        steps in prop::collection::vec(step(), 1..120),
        by_risk in prop::bool::weighted(0.9),
        reserve_every in 1..6_u32,
        audit_every in prop::option::of(1..5_u32),
    ) {
        let rule = OrderRule { by_risk, reserve_every, audit_every };
        let mut model = WaitingOrder::default();
        let mut naive = Naive::default();
        for (tick, step) in steps.into_iter().enumerate() {
            let tick = i64::try_from(tick).unwrap();
            let now = Timestamp::from_micros(tick);
            match step {
                Step::Arrive { band, score, received, limit, lot, restricted } => {
                    let id = u32::try_from(tick).unwrap();
                    let e = entry(band, score, received, received + limit, tick, lot, restricted);
                    model.insert(id, e);
                    naive.waiting.push((id, e));
                }
                Step::Remove(i) if !naive.waiting.is_empty() => {
                    let at = i % naive.waiting.len();
                    let (id, e) = naive.waiting.remove(at);
                    prop_assert_eq!(model.remove(id), Some(e));
                }
                Step::Change(i, band, score, due) if !naive.waiting.is_empty() => {
                    let at = i % naive.waiting.len();
                    let (id, e) = &mut naive.waiting[at];
                    e.rank = Rank { band, score };
                    e.due = Timestamp::from_micros(due);
                    model.change(*id, e.rank, e.due);
                }
                Step::Remove(_) | Step::Change(..) => {}
                Step::Pick(lot) => {
                    let given = model.pick(&rule, now, &mut || lot).map(|(id, _)| id);
                    prop_assert_eq!(given, naive.pick(&rule, now, lot));
                }
            }
            prop_assert_eq!(model.len(), naive.waiting.len());
            let mut listed: Vec<(u32, Entry)> = naive.waiting.iter().copied().filter(|(_, e)| !e.restricted).collect();
            listed.sort_by_key(|(_, e)| (Reverse(e.rank), e.received, e.sequence));
            prop_assert_eq!(model.head(3), listed.iter().take(3).map(|(id, _)| *id).collect::<Vec<_>>());
        }
    }
}
