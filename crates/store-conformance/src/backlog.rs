//! The backlog in numbers: kept counts, held to a count of every item.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Band, Desk, Outcome, Question, Rank, Restriction, Span, State, StateName, Timestamp};
use ppn_store::{A_WEEK, Choice, DeskCount, HOURS_KEPT, NewWorkItem, Store, UnitOfWork, Viewer};

use crate::samples::{NOON, assessment, claim, item, notice, waiting};

/// By desk, band and state; done items are out.
pub async fn the_backlog_counts_what_is_unfinished(store: Arc<dyn Store>) {
    let mut items =
        waiting(&*store, &[(Band::Red, 40, 1), (Band::Red, 41, 5), (Band::Green, 5, 1), (Band::Green, 5, 1)])
            .await;
    let mut uow = store.write().await.unwrap();
    items[2].state = State::Done { outcome: Outcome::Shared };
    items[3].assessment_id = None;
    uow.save_item(&items[2]).await.unwrap();
    uow.save_item(&items[3]).await.unwrap();
    let counts = uow.backlog_counts(NOON, Restriction::ALL).await.unwrap();
    assert_eq!(counts.len(), 2);
    let red = counts.iter().find(|c| c.band == Band::Red).unwrap();
    assert_eq!((red.items, red.overdue, red.unassessed, red.week_old), (2, 1, 0, 0));
    assert_eq!(red.oldest, Some(NOON - Span::hours(5)));
    let green = counts.iter().find(|c| c.band == Band::Green).unwrap();
    assert_eq!((green.items, green.overdue, green.unassessed), (1, 0, 1));
    // To the microsecond, on both sides of the hour.
    let due = items[0].clocks.picked_up.due;
    for (now, overdue) in [(due, 1), (due + Span::micros(1), 2), (due + Span::hours(1), 2)] {
        let counts = uow.backlog_counts(now, Restriction::ALL).await.unwrap();
        assert_eq!(counts.iter().find(|c| c.band == Band::Red).unwrap().overdue, overdue, "{now}");
    }
    let old = items[1].received + A_WEEK;
    for (now, week_old) in [(old, 0), (old + Span::micros(1), 1), (old + Span::hours(4), 1)] {
        let counts = uow.backlog_counts(now, Restriction::ALL).await.unwrap();
        assert_eq!(counts.iter().find(|c| c.band == Band::Red).unwrap().week_old, week_old, "{now}");
    }
    // Claimed and given back, it waits past its limit as before.
    let mut returned = items[1].clone();
    returned.clocks.picked_up = returned.clocks.picked_up.met(NOON);
    uow.save_item(&returned).await.unwrap();
    let counts = uow.backlog_counts(NOON, Restriction::ALL).await.unwrap();
    assert_eq!(counts.iter().find(|c| c.band == Band::Red).unwrap().overdue, 1);
    returned.version += 1;
    returned.clocks.picked_up.met_at = None;
    uow.save_item(&returned).await.unwrap();
    let flow = uow.flow(NOON, Span::days(7)).await.unwrap();
    assert_eq!(flow, [(Desk::Child, 0, 2)]);
}

/// In the totals everything counts; what moves, ages or lacks something counts for those who may see it.
pub async fn a_viewer_counts_what_their_lists_open(store: Arc<dyn Store>) {
    let reasons = [
        Restriction::NONE,
        Restriction::NONE.with(RestrictionReason::Other),
        Restriction::NONE.with(RestrictionReason::Other).with(RestrictionReason::StaffRelative),
    ];
    let mut uow = store.write().await.unwrap();
    for (n, restricted) in (1..).zip(reasons) {
        let mut notice = notice(n);
        notice.head.restricted = restricted;
        // The more restricted, the older.
        let days = i64::try_from(n).unwrap() * 5;
        let new = item(n, &notice, Band::Red, 40, NOON - Span::days(days));
        uow.insert_notices(&[notice]).await.unwrap();
        uow.insert_items(&[new]).await.unwrap();
    }
    for (opens, overdue, week_old, oldest) in
        [(reasons[0], 1, 0, 5), (reasons[1], 2, 1, 10), (reasons[2], 3, 2, 15), (Restriction::ALL, 3, 2, 15)]
    {
        let counts = uow.backlog_counts(NOON, opens).await.unwrap();
        assert_eq!(counts.len(), 1);
        let count = counts[0];
        assert_eq!((count.items, count.overdue, count.week_old), (3, overdue, week_old), "{opens:?}");
        assert_eq!(count.oldest, Some(NOON - Span::days(oldest)), "{opens:?}");
    }
    // Where nothing else is left, there is no oldest to tell.
    let mut all = uow.items_since(Timestamp::MIN, 0, 10).await.unwrap();
    all[0].state = State::Done { outcome: Outcome::Shared };
    uow.save_item(&all[0]).await.unwrap();
    let counts = uow.backlog_counts(NOON, Restriction::NONE).await.unwrap();
    assert_eq!((counts[0].items, counts[0].overdue, counts[0].oldest), (2, 0, None));
}

fn asking(mut new: NewWorkItem) -> NewWorkItem {
    if let Some(stored) = &mut new.assessment {
        stored.assessment.questions = one_question();
    }
    new
}

fn one_question() -> Vec<Question> {
    vec![Question { question: "Has anyone seen the baby?".to_owned(), could_be: Band::Red }]
}

/// From its first assessment, from a later one, and from that of the item whose endorsement it is.
pub async fn questions_make_an_item_provisional(store: Arc<dyn Store>) {
    let of = notice(1);
    let first = asking(item(1, &of, Band::Amber, 12, NOON));
    let mut endorsement = item(2, &of, Band::Amber, 12, NOON);
    endorsement.item.desk = Desk::Endorsement;
    endorsement.item.assessment_id = first.item.assessment_id;
    endorsement.assessment = None;
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&of)).await.unwrap();
    uow.insert_items(std::slice::from_ref(&first)).await.unwrap();
    uow.insert_items(&[endorsement]).await.unwrap();
    let provisional = async |uow: &mut dyn UnitOfWork| -> Vec<u64> {
        uow.backlog_counts(NOON, Restriction::NONE).await.unwrap().iter().map(|c| c.provisional).collect()
    };
    assert_eq!(provisional(&mut *uow).await, [1, 1]);
    let mut one = uow.item(first.item.id).await.unwrap().unwrap();
    let plain = assessment(50, one.id, one.rank);
    let mut open = assessment(51, one.id, one.rank);
    open.assessment.questions = one_question();
    for (next, expected) in [(Some(&plain), 0), (Some(&open), 1), (None, 0)] {
        if let Some(stored) = next {
            uow.insert_assessment(stored).await.unwrap();
        }
        one.assessment_id = next.map(|stored| stored.id);
        uow.save_item(&one).await.unwrap();
        one.version += 1;
        // Written again as it is, nothing changes.
        uow.save_item(&one).await.unwrap();
        one.version += 1;
        assert_eq!(provisional(&mut *uow).await, [expected, 1]);
    }
}

/// A small generator, so that a walk is the same each time.
struct Draw(u64);

impl Draw {
    fn up_to(&mut self, bound: u64) -> u64 {
        // splitmix64, Steele, Lea and Flood 2014.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.up_to(all.len() as u64)).unwrap()].clone()
    }

    fn span(&mut self, longest: Span) -> Span {
        Span::micros(self.up_to(longest.as_micros().unsigned_abs()).cast_signed())
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.up_to(n) == 0
    }
}

/// The counts as somebody makes them who looks at each item.
async fn counted_one_by_one(uow: &mut dyn UnitOfWork, now: Timestamp, opens: Restriction) -> Vec<DeskCount> {
    let items = uow.items_since(Timestamp::MAX, 0, 100_000).await.unwrap();
    let latest = uow.latest_assessments(&items).await.unwrap();
    let mut counts: BTreeMap<_, DeskCount> = BTreeMap::new();
    for (item, latest) in items.iter().zip(latest) {
        let state = item.state.name();
        let key = (item.desk.code(), item.rank.band.position(), state.code());
        let count = counts.entry(key).or_insert(DeskCount {
            desk: item.desk,
            band: item.rank.band,
            state,
            items: 0,
            overdue: 0,
            week_old: 0,
            provisional: 0,
            unassessed: 0,
            oldest: None,
        });
        count.items += 1;
        if item.restricted.opens_for(opens) {
            let asks = latest.is_some_and(|stored| !stored.assessment.questions.is_empty());
            let overdue = state == StateName::Waiting && item.clocks.picked_up.due < now;
            count.overdue += u64::from(overdue);
            count.week_old += u64::from(item.received < now - A_WEEK);
            count.provisional += u64::from(asks);
            count.unassessed += u64::from(item.assessment_id.is_none());
            count.oldest = Some(count.oldest.map_or(item.received, |oldest| oldest.min(item.received)));
        }
    }
    counts.into_values().collect()
}

fn any_state(draw: &mut Draw, n: u64) -> State {
    match draw.up_to(6) {
        0 | 1 => State::Waiting,
        2 => State::Claimed { claim: claim(n, "ann") },
        3 => State::Held { until: NOON + Span::days(90) },
        4 => State::Pending { by: "ann".to_owned(), outcome: Outcome::NoFurtherAction },
        _ => State::Done { outcome: Outcome::Shared },
    }
}

fn any_restriction(draw: &mut Draw) -> Restriction {
    let one = Restriction::NONE.with(RestrictionReason::Other);
    draw.of(&[Restriction::NONE, Restriction::NONE, one, one.with(RestrictionReason::HonourBasedAbuse)])
}

/// One act of somebody: an item opened, changed, or taken.
async fn act(uow: &mut dyn UnitOfWork, draw: &mut Draw, n: u64, now: Timestamp) {
    let items = uow.items_since(Timestamp::MAX, 0, 100_000).await.unwrap();
    if items.is_empty() || draw.one_in(3) {
        let mut notice = notice(n);
        notice.head.restricted = any_restriction(draw);
        let received = now - draw.span(Span::days(12));
        let mut new = item(n, &notice, draw.of(Band::ALL), 10, received);
        new.item.desk = draw.of(Desk::ALL);
        if draw.one_in(3) {
            new = asking(new);
        }
        if draw.one_in(5) {
            (new.item.assessment_id, new.assessment) = (None, None);
        }
        uow.insert_notices(&[notice]).await.unwrap();
        uow.insert_items(&[new]).await.unwrap();
        return;
    }
    if draw.one_in(4) {
        let desk = draw.of(&items).desk;
        let choice = draw.of(&[Choice::Head, Choice::Furthest, Choice::Oldest, Choice::Audit { lot: 9_000 }]);
        uow.take(desk, choice, &Viewer::system(), &claim(n, "ann")).await.unwrap();
        return;
    }
    let mut one = draw.of(&items);
    if draw.one_in(2) {
        one.state = any_state(draw, n);
    }
    if draw.one_in(2) {
        one.rank = Rank { band: draw.of(Band::ALL), score: 7 };
        one.clocks.picked_up.due = one.received + draw.span(Span::days(8));
    }
    if draw.one_in(4) {
        one.restricted = any_restriction(draw);
    }
    match draw.up_to(6) {
        0 => one.assessment_id = None,
        1 | 2 => {
            let mut stored = assessment(n, one.id, one.rank);
            if draw.one_in(2) {
                stored.assessment.questions = one_question();
            }
            uow.insert_assessment(&stored).await.unwrap();
            one.assessment_id = Some(stored.id);
        }
        _ => {}
    }
    uow.save_item(&one).await.unwrap();
}

/// A long walk at random, saved and dropped, gathered and not, over more hours than are told apart: for
/// every viewer, at any moment, the kept counts are those of whoever looks at each item.
pub async fn kept_counts_are_those_of_a_scan_whatever_happens(store: Arc<dyn Store>) {
    let mut draw = Draw(20_261_125);
    let (mut now, mut n) = (NOON, 0);
    let other = Restriction::NONE.with(RestrictionReason::Other);
    let mut seen = HashMap::new();
    for step in 0..240 {
        now = now + draw.span(Span::hours(4));
        let mut uow = store.write().await.unwrap();
        for _ in 0..=draw.up_to(4) {
            n += 1;
            act(&mut *uow, &mut draw, n, now).await;
        }
        if draw.one_in(6) {
            drop(uow);
        } else {
            uow.save().await.unwrap();
        }
        if draw.one_in(5) {
            let mut uow = store.write().await.unwrap();
            uow.gather_counts(now).await.unwrap();
            uow.save().await.unwrap();
        }
        if step % 4 == 0 {
            let mut uow = store.read().await.unwrap();
            assert_eq!(uow.miscounts(now).await.unwrap(), 0, "step {step}");
            for opens in [Restriction::NONE, other, Restriction::ALL] {
                let at = now - draw.span(Span::hours(30));
                let counts = uow.backlog_counts(at, opens).await.unwrap();
                assert_eq!(counts, counted_one_by_one(&mut *uow, at, opens).await, "step {step}, {opens:?}");
                for count in counts {
                    *seen.entry("overdue").or_insert(0) += count.overdue;
                    *seen.entry("week_old").or_insert(0) += count.week_old;
                    *seen.entry("provisional").or_insert(0) += count.provisional;
                    *seen.entry("unassessed").or_insert(0) += count.unassessed;
                }
            }
        }
    }
    assert!(now - NOON > HOURS_KEPT, "the walk is longer than hours are told apart");
    assert!(seen.len() == 4 && seen.values().all(|sum| *sum > 100), "{seen:?}");
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.recount(now).await.unwrap(), 0, "there is nothing to put right");
}

/// While they write, others gather: nothing is lost and nothing counted twice.
pub async fn counts_of_many_writers_are_all_kept(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 30); 24]).await;
    let mut tasks = Vec::new();
    for some in items.chunks(4) {
        let (store, some) = (store.clone(), some.to_vec());
        tasks.push(tokio::spawn(async move {
            for mut one in some {
                one.rank.band = Band::Amber;
                let mut uow = store.write().await.unwrap();
                uow.save_item(&one).await.unwrap();
                uow.save().await.unwrap();
                let mut uow = store.write().await.unwrap();
                uow.gather_counts(NOON).await.unwrap();
                uow.save().await.unwrap();
            }
        }));
    }
    for _ in 0..10 {
        let mut uow = store.read().await.unwrap();
        let counts = uow.backlog_counts(NOON, Restriction::ALL).await.unwrap();
        assert_eq!(counts.iter().map(|count| count.items).sum::<u64>(), 24);
        assert_eq!(counts, counted_one_by_one(&mut *uow, NOON, Restriction::ALL).await);
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    let mut uow = store.write().await.unwrap();
    uow.gather_counts(NOON).await.unwrap();
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 0);
    let counts = uow.backlog_counts(NOON, Restriction::ALL).await.unwrap();
    assert_eq!(counts.iter().map(|count| (count.band, count.items)).collect::<Vec<_>>(), [(Band::Amber, 24)]);
}
