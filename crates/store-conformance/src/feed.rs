//! What changed, for whoever watches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ppn_domain::notice::codes::RestrictionReason as R;
use ppn_domain::{Band, Desk, Outcome, Restriction, Span, State, UserId, WorkItemId};
use ppn_store::{
    Choice, FeedKind, FeedPlace, FeedReach, FeedRow, KeptOff, Opened, Store, UnitOfWork, Viewer,
};
use tokio::time::timeout;

use crate::samples::{NOON, claim, item, notice, random, viewer, waiting};

/// How far the feed reaches once everything saved can be read: somebody else on the same server may have a
/// transaction under way that is older.
async fn settled(store: &dyn Store) -> FeedReach {
    let begun = Instant::now();
    loop {
        let reach = store.read().await.unwrap().feed_reach().await.unwrap();
        if !reach.more_to_come {
            return reach;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "what was saved cannot be read: {reach:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Everything after a place, for somebody who works at every desk.
async fn after(store: &dyn Store, place: FeedPlace, viewer: &Viewer) -> Vec<FeedRow> {
    let latest = settled(store).await.latest;
    let mut uow = store.read().await.unwrap();
    uow.feed_between(place, latest, Desk::ALL, viewer, 100).await.unwrap()
}

fn told(rows: &[FeedRow]) -> Vec<(FeedKind, WorkItemId)> {
    rows.iter().map(|row| (row.kind, row.work_item_id)).collect()
}

/// Each change once it is saved, one after the other, and what was not saved never.
pub async fn changes_of_items_are_told_in_order(store: Arc<dyn Store>) {
    let start = store.read().await.unwrap().feed_reach().await.unwrap();
    assert_eq!(start.latest, start.pruned, "nothing was ever told");
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Green, 5, 1)]).await;
    let [one, other] = [items[0].id, items[1].id];
    let all = Viewer::system();
    let first = after(&*store, start.latest, &all).await;
    assert_eq!(told(&first), [(FeedKind::Opened, one), (FeedKind::Opened, other)]);
    assert_eq!((first[0].notice_id, first[0].desk), (items[0].notice_id, Desk::Child));

    let mut uow = store.write().await.unwrap();
    uow.take(Desk::Child, Choice::Head, &all, &claim(1, "rae")).await.unwrap();
    let mut done = items[1].clone();
    done.state = State::Done { outcome: Outcome::Shared };
    uow.save_item(&done).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.write().await.unwrap();
    let again = uow.item(one).await.unwrap().unwrap();
    uow.save_item(&again).await.unwrap();
    drop(uow);

    let then = after(&*store, first[1].place, &all).await;
    assert_eq!(told(&then), [(FeedKind::Changed, one), (FeedKind::Done, other)]);
    assert!(
        first[0].place < first[1].place && first[1].place < then[0].place && then[0].place < then[1].place
    );
    let reach = settled(&*store).await;
    assert_eq!(reach.latest, then[1].place);
    assert!(reach.serves(start.latest) && reach.serves(then[1].place));
    // A part of it, and from the middle.
    let mut uow = store.read().await.unwrap();
    let part = uow.feed_between(start.latest, first[1].place, Desk::ALL, &all, 1).await.unwrap();
    assert_eq!(told(&part), [(FeedKind::Opened, one)]);
    let rest = uow.feed_between(part[0].place, first[1].place, Desk::ALL, &all, 9).await.unwrap();
    assert_eq!(told(&rest), [(FeedKind::Opened, other)]);
    assert_eq!(uow.feed_between(start.latest, reach.latest, &[Desk::Adult], &all, 9).await.unwrap(), []);
}

async fn keep(uow: &mut dyn UnitOfWork, n: u64, restricted: Restriction) -> WorkItemId {
    let mut of = notice(n);
    of.head.restricted = restricted;
    let new = item(n, &of, Band::Green, 1, NOON);
    uow.insert_notices(&[of]).await.unwrap();
    uow.insert_items(std::slice::from_ref(&new)).await.unwrap();
    new.item.id
}

/// As they may see it at the moment in which they read: by list, by an opening of their own, and not what
/// they are kept off.
pub async fn a_viewer_is_told_of_what_they_may_see(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let open = keep(&mut *uow, 1, Restriction::NONE).await;
    let closed = keep(&mut *uow, 2, Restriction::NONE.with(R::Other)).await;
    for (n, name) in (1..).zip(["ann", "ben"]) {
        uow.user_named(name, UserId::new(NOON, random(n)), NOON).await.unwrap();
    }
    uow.save().await.unwrap();
    let sees = async |name: &str, lists| {
        let rows = after(&*store, FeedPlace::default(), &viewer(name, lists)).await;
        rows.iter().map(|row| row.work_item_id).collect::<Vec<_>>()
    };
    assert_eq!(sees("ann", Restriction::NONE).await, [open]);
    assert_eq!(sees("ann", Restriction::NONE.with(R::Other)).await, [open, closed]);

    let mut uow = store.write().await.unwrap();
    let [first, second] = [notice(1).head.id, notice(2).head.id];
    let opened = Opened {
        notice_id: second,
        restricted: Restriction::NONE.with(R::Other),
        name: "ann".to_owned(),
        opened_at: NOON,
        until: NOON + Span::hours(1),
    };
    uow.open_notice(&opened).await.unwrap();
    uow.keep_off(&[("ben".to_owned(), first)], KeptOff::Said, NOON).await.unwrap();
    uow.save().await.unwrap();
    assert_eq!(sees("ann", Restriction::NONE).await, [open, closed]);
    assert_eq!(sees("ben", Restriction::NONE).await, []);
    assert_eq!(sees("ben", Restriction::ALL).await, [closed]);
}

/// From before what was pruned nobody goes on, and from its end they do.
pub async fn what_was_pruned_is_not_gone_on_from(store: Arc<dyn Store>) {
    waiting(&*store, &[(Band::Red, 40, 1), (Band::Green, 5, 1), (Band::Green, 4, 1)]).await;
    let rows = after(&*store, FeedPlace::default(), &Viewer::system()).await;
    let prune = async |kept, limit| {
        let mut uow = store.write().await.unwrap();
        let gone = uow.prune_feed(kept, limit).await.unwrap();
        uow.save().await.unwrap();
        (gone, store.read().await.unwrap().feed_reach().await.unwrap())
    };
    let (gone, reach) = prune(Span::hours(1), 10).await;
    assert_eq!((gone, reach.pruned), (0, FeedPlace::default()));
    // The store's clock has passed the moment of the rows.
    tokio::time::sleep(Duration::from_millis(10)).await;
    let (gone, reach) = prune(Span::micros(0), 2).await;
    assert_eq!((gone, reach.pruned, reach.latest), (2, rows[1].place, rows[2].place));
    assert!(!reach.serves(rows[0].place) && reach.serves(rows[1].place) && reach.serves(rows[2].place));
    assert_eq!(after(&*store, rows[1].place, &Viewer::system()).await, rows[2..]);
    let (gone, reach) = prune(Span::micros(0), 2).await;
    assert_eq!((gone, reach.pruned, reach.latest), (1, rows[2].place, rows[2].place));
    // Places go on from there.
    let mut uow = store.write().await.unwrap();
    keep(&mut *uow, 9, Restriction::NONE).await;
    uow.save().await.unwrap();
    assert_eq!(after(&*store, rows[2].place, &Viewer::system()).await.len(), 1);
}

/// Whoever listens hears that somebody saved a change.
pub async fn a_saved_change_is_heard(store: Arc<dyn Store>) {
    let mut hears = store.changes().await.unwrap();
    for n in 1..4 {
        // What was heard of before.
        while timeout(Duration::from_millis(400), hears.next()).await.is_ok_and(|heard| heard.is_ok()) {}
        let mut uow = store.write().await.unwrap();
        keep(&mut *uow, n, Restriction::NONE).await;
        uow.save().await.unwrap();
        timeout(Duration::from_secs(10), hears.next()).await.unwrap().unwrap();
    }
}
