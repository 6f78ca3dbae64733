//! The order of a desk.

use std::sync::Arc;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Band, Desk, Restriction, Span};
use ppn_store::{Choice, DeskTurn, Place, Store, Viewer, WaitingHeads, WorkKey};

use crate::samples::{NOON, claim, item, notice, viewer, waiting};

/// Nothing waits, nothing heads.
pub async fn heads_of_an_empty_desk_are_none(store: Arc<dyn Store>) {
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.waiting_heads(Desk::Adult, &Viewer::system()).await.unwrap(), WaitingHeads::default());
    assert_eq!(uow.peek(Desk::Adult, Choice::Head, &Viewer::system()).await.unwrap(), None);
}

/// Key A, key B, and key B among reds are three different heads here.
pub async fn heads_are_the_first_by_each_key(store: Arc<dyn Store>) {
    waiting(&*store, &[(Band::Red, 40, 1), (Band::Red, 30, 2), (Band::Green, 5, 200)]).await;
    let mut uow = store.read().await.unwrap();
    let heads = uow.waiting_heads(Desk::Child, &Viewer::system()).await.unwrap();
    assert_eq!(heads.head, Some(Band::Red));
    assert_eq!(heads.furthest, Some((NOON - Span::hours(200 - 72), Band::Green)));
    assert_eq!(heads.furthest_red, Some(NOON + Span::hours(2)));
}

/// And what is peeked at is what is taken.
pub async fn each_choice_takes_its_item(store: Arc<dyn Store>) {
    let items = waiting(
        &*store,
        &[
            (Band::Red, 40, 1),
            (Band::Red, 30, 2),
            (Band::Green, 5, 200),
            (Band::Blue, 0, 300),
            (Band::Green, 6, 1),
        ],
    )
    .await;
    let expected = [
        (Choice::Furthest, 3),
        (Choice::FurthestRed, 1),
        (Choice::Oldest, 2),
        (Choice::Head, 0),
        (Choice::Audit { lot: 4500 }, 4),
    ];
    let mut uow = store.write().await.unwrap();
    for (n, (choice, which)) in (1..).zip(expected) {
        // Furthest past its limit: a blue of 300 h is 132 h past, a green of 200 h 128 h past.
        assert_eq!(
            uow.peek(Desk::Child, choice, &Viewer::system()).await.unwrap(),
            Some(items[which].id),
            "{choice:?}"
        );
        let taken = uow.take(Desk::Child, choice, &Viewer::system(), &claim(n, "ann")).await.unwrap();
        assert_eq!(taken, Some(items[which].id), "{choice:?}");
        let item = uow.item(items[which].id).await.unwrap().unwrap();
        assert_eq!(item.state.claim(), Some(&claim(n, "ann")));
        assert_eq!(item.version, items[which].version + 1);
    }
    assert_eq!(
        uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(99, "ann")).await.unwrap(),
        None
    );
}

/// The first time counts.
pub async fn taking_stops_the_pick_up_clock_once(store: Arc<dyn Store>) {
    let id = waiting(&*store, &[(Band::Red, 40, 1)]).await[0].id;
    let mut uow = store.write().await.unwrap();
    uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(1, "ann")).await.unwrap();
    let mut item = uow.item(id).await.unwrap().unwrap();
    assert_eq!(item.clocks.picked_up.met_at, Some(NOON));
    item.state = item.state.returned().unwrap();
    uow.save_item(&item).await.unwrap();
    let mut later = claim(2, "ben");
    later.since = NOON + Span::hours(1);
    uow.take(Desk::Child, Choice::Head, &Viewer::system(), &later).await.unwrap();
    assert_eq!(uow.item(id).await.unwrap().unwrap().clocks.picked_up.met_at, Some(NOON));
}

/// In both orders, whichever places are asked for, and however the page lies in them.
pub async fn places_are_counted_in_both_orders(store: Arc<dyn Store>) {
    let items = waiting(
        &*store,
        &[
            (Band::Green, 5, 1),
            (Band::Red, 30, 3),
            (Band::Red, 40, 2),
            (Band::Amber, 7, 90),
            (Band::Amber, 7, 91),
            (Band::Green, 6, 1),
            (Band::Blue, 0, 30),
            (Band::Red, 40, 1),
            (Band::Green, 5, 1),
            (Band::Blue, -3, 300),
        ],
    )
    .await;
    let mut restricted = notice(99);
    restricted.head.restricted = Restriction::NONE.with(RestrictionReason::Other);
    let hidden = item(99, &restricted, Band::Red, 90, NOON - Span::hours(500));
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&[restricted]).await.unwrap();
    uow.insert_items(&[hidden]).await.unwrap();
    let order: Vec<usize> = vec![2, 7, 1, 4, 3, 5, 0, 8, 6, 9];
    let dated: Vec<usize> = vec![9, 4, 3, 6, 1, 2, 0, 5, 7, 8];
    let place = |list: &[usize], of: usize| list.iter().position(|at| *at == of).unwrap() as u64 + 1;
    let asked: [&[usize]; 5] = [&order, &[9], &[3, 8, 2], &[1, 2], &[0, 8]];
    for of in asked {
        let keys: Vec<WorkKey> = of.iter().map(|at| WorkKey::of(&items[*at])).collect();
        for (opens, more) in [(Restriction::NONE, 0), (Restriction::ALL, 1)] {
            let expected: Vec<Place> = of
                .iter()
                .map(|at| Place { now: place(&order, *at) + more, by_date: place(&dated, *at) + more })
                .collect();
            assert_eq!(uow.places(Desk::Child, &keys, opens).await.unwrap(), expected, "{of:?}");
        }
    }
    assert_eq!(uow.places(Desk::Child, &[], Restriction::ALL).await.unwrap(), []);
}

/// From the lot drawn upwards, then from the smallest.
pub async fn an_audit_wraps_round_and_takes_green_or_blue_alone(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Green, 5, 1), (Band::Blue, 0, 1)]).await;
    let mut uow = store.write().await.unwrap();
    for (lot, which) in [(0, 1), (2000, 1), (2001, 2), (3001, 1), (i64::MAX, 1)] {
        let peeked = uow.peek(Desk::Child, Choice::Audit { lot }, &Viewer::system()).await.unwrap();
        assert_eq!(peeked, Some(items[which].id), "lot {lot}");
    }
}

/// Claim-next passes them over for everybody else.
pub async fn a_restricted_item_is_taken_only_by_those_who_may(store: Arc<dyn Store>) {
    let mut notice = notice(1);
    notice.head.restricted = Restriction::NONE.with(RestrictionReason::Other);
    let nobody = viewer("ann", Restriction::NONE);
    let new = item(1, &notice, Band::Green, 1, NOON - Span::days(30));
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&[notice]).await.unwrap();
    uow.insert_items(std::slice::from_ref(&new)).await.unwrap();
    assert_eq!(uow.waiting_heads(Desk::Child, &nobody).await.unwrap(), WaitingHeads::default());
    for choice in
        [Choice::Head, Choice::Furthest, Choice::FurthestRed, Choice::Oldest, Choice::Audit { lot: 0 }]
    {
        assert_eq!(
            uow.take(Desk::Child, choice, &nobody, &claim(1, "ann")).await.unwrap(),
            None,
            "{choice:?}"
        );
    }
    let taken = uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(2, "ann")).await.unwrap();
    assert_eq!(taken, Some(new.item.id));
}

/// Each desk has its own.
pub async fn the_desk_row_is_kept(store: Arc<dyn Store>) {
    let turn = DeskTurn { picks: 3, owed: true, low_picks: 49 };
    let mut uow = store.write().await.unwrap();
    for &desk in Desk::ALL {
        assert_eq!(uow.desk_turn(desk).await.unwrap(), DeskTurn::default());
    }
    uow.save_desk_turn(Desk::Child, turn).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.desk_turn(Desk::Child).await.unwrap(), turn);
    assert_eq!(uow.desk_turn(Desk::Adult).await.unwrap(), DeskTurn::default());
}

/// Many writers at once, one holder each.
pub async fn nothing_is_taken_twice(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1); 20]).await;
    let mut tasks = Vec::new();
    for n in 1..=25 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut uow = store.write().await.unwrap();
            let taken =
                uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(n, "ann")).await.unwrap();
            uow.save().await.unwrap();
            taken
        }));
    }
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await.unwrap());
    }
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken.len(), items.len());
}
