//! Work items, their assessments, claims and notes.

use std::collections::BTreeMap;
use std::sync::Arc;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Act, Band, Desk, Outcome, Rank, Restriction, Span, State, StateName};
use ppn_store::{ClaimEnd, ListQuery, Store, StoreError, Viewer, WorkKey, WorkNote};

use crate::samples::{NOON, assessment, claim, item, notice, viewer, waiting};

fn all() -> ListQuery {
    ListQuery {
        desk: None,
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue_at: None,
        after: None,
        limit: 100,
        viewer: Viewer::system(),
        desks: Desk::ALL.to_vec(),
    }
}

/// What is written is what is read; the store gives the order of arrival.
pub async fn an_item_reads_back_as_written(store: Arc<dyn Store>) {
    let notice = notice(1);
    let first = item(1, &notice, Band::Amber, 12, NOON);
    let second = item(2, &notice, Band::Red, 90, NOON);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&notice)).await.unwrap();
    uow.insert_items(&[first.clone(), second.clone()]).await.unwrap();
    let read = uow.items_of_notice(notice.head.id).await.unwrap();
    assert!(read[0].sequence < read[1].sequence);
    for (read, written) in read.iter().zip([first, second]) {
        assert_eq!(*read, ppn_domain::WorkItem { sequence: read.sequence, ..written.item });
        let latest = uow.latest_assessments(std::slice::from_ref(read)).await.unwrap();
        assert_eq!(latest, [written.assessment]);
        assert_eq!(uow.item(read.id).await.unwrap().as_ref(), Some(read));
    }
}

/// Each state and what belongs to it survives.
pub async fn every_state_reads_back(store: Arc<dyn Store>) {
    let mut one = waiting(&*store, &[(Band::Amber, 12, 1)]).await.remove(0);
    let states = [
        State::Claimed { claim: claim(1, "ann") },
        State::Held { until: NOON + Span::hours(2) },
        State::Pending { by: "ann".to_owned(), outcome: Outcome::NoFurtherAction },
        State::Done { outcome: Outcome::Shared },
        State::Waiting,
    ];
    for state in states {
        let mut uow = store.write().await.unwrap();
        one.state = state;
        one.could_be = matches!(one.state, State::Held { .. }).then_some(Rank { band: Band::Blue, score: 1 });
        one.clocks.decided = one.clocks.decided.met(NOON);
        uow.save_item(&one).await.unwrap();
        one.version += 1;
        uow.save().await.unwrap();
        let mut uow = store.read().await.unwrap();
        assert_eq!(uow.item(one.id).await.unwrap(), Some(one.clone()));
    }
}

/// Two writers cannot both believe that they were first.
pub async fn a_write_from_an_old_version_is_refused(store: Arc<dyn Store>) {
    let one = waiting(&*store, &[(Band::Amber, 12, 1)]).await.remove(0);
    let mut uow = store.write().await.unwrap();
    uow.save_item(&one).await.unwrap();
    let again = uow.save_item(&one).await;
    assert!(matches!(again, Err(StoreError::NotOnce { table: "work_items", changed: 0 })), "{again:?}");
}

/// Band, then the higher score, then receipt, then arrival; pages join without gap or repeat.
pub async fn lists_follow_key_a_and_resume_without_gaps(store: Arc<dyn Store>) {
    let items = waiting(
        &*store,
        &[
            (Band::Green, 5, 9),
            (Band::Red, 40, 1),
            (Band::Red, 90, 1),
            (Band::Amber, 20, 3),
            (Band::Amber, 20, 7),
            (Band::Amber, 20, 3),
            (Band::Blue, 0, 30),
            (Band::Red, 40, 1),
        ],
    )
    .await;
    let expected: Vec<_> = [2, 1, 7, 4, 3, 5, 0, 6].map(|n: usize| items[n].id).to_vec();
    let mut uow = store.read().await.unwrap();
    let whole = uow.list_items(&all()).await.unwrap();
    assert_eq!(whole.iter().map(|i| i.id).collect::<Vec<_>>(), expected);
    for size in 1..=3 {
        let mut query = ListQuery { limit: size, ..all() };
        let mut paged = Vec::new();
        loop {
            let page = uow.list_items(&query).await.unwrap();
            let Some(last) = page.last() else { break };
            query.after = Some(WorkKey::of(last));
            paged.extend(page.into_iter().map(|i| i.id));
        }
        assert_eq!(paged, expected, "pages of {size}");
    }
}

/// Desk, state, band, holder, and the caller's desks.
pub async fn lists_filter(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Green, 5, 1)]).await;
    let mut uow = store.write().await.unwrap();
    let mut held = items[1].clone();
    held.state = State::Claimed { claim: claim(1, "ann") };
    uow.save_item(&held).await.unwrap();
    let mut count = async |query: ListQuery| uow.list_items(&query).await.unwrap().len();
    assert_eq!(count(all()).await, 1);
    assert_eq!(count(ListQuery { desk: Some(Desk::Child), ..all() }).await, 1);
    assert_eq!(count(ListQuery { desk: Some(Desk::Adult), ..all() }).await, 0);
    assert_eq!(count(ListQuery { desks: vec![Desk::Adult], ..all() }).await, 0);
    assert_eq!(count(ListQuery { band: Some(Band::Green), ..all() }).await, 0);
    let claimed = ListQuery { state: StateName::Claimed, ..all() };
    assert_eq!(count(ListQuery { holder: Some("ann".to_owned()), ..claimed.clone() }).await, 1);
    assert_eq!(count(ListQuery { holder: Some("ben".to_owned()), ..claimed }).await, 0);
    // A red that waited an hour is due in three.
    let due = NOON + Span::hours(3);
    assert_eq!(count(ListQuery { overdue_at: Some(due), ..all() }).await, 0);
    assert_eq!(count(ListQuery { overdue_at: Some(due + Span::micros(1)), ..all() }).await, 1);
}

/// Unless the caller may open them.
pub async fn restricted_items_are_left_out_unless_asked_for(store: Arc<dyn Store>) {
    let mut notice = notice(1);
    notice.head.restricted = Restriction::NONE.with(RestrictionReason::Other);
    let item = item(1, &notice, Band::Red, 1, NOON);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(&[notice]).await.unwrap();
    uow.insert_items(&[item]).await.unwrap();
    assert_eq!(
        uow.list_items(&ListQuery { viewer: viewer("ann", Restriction::NONE), ..all() }).await.unwrap().len(),
        0
    );
    assert_eq!(uow.list_items(&all()).await.unwrap().len(), 1);
}

/// What is unfinished, and what was received or picked up since, in order of arrival and page by page.
pub async fn items_since_a_moment_are_what_a_replay_takes(store: Arc<dyn Store>) {
    let of =
        [(Band::Red, 1, 9), (Band::Green, 2, 9), (Band::Green, 3, 9), (Band::Blue, 4, 1), (Band::Red, 5, 9)];
    let mut items = waiting(&*store, &of).await;
    let since = NOON - Span::hours(2);
    let mut uow = store.write().await.unwrap();
    // Picked up before the moment, at it, and never.
    for (at, picked_up) in [(1, Some(since - Span::minutes(1))), (2, Some(since)), (3, None)] {
        items[at].state = State::Done { outcome: Outcome::Shared };
        items[at].clocks.picked_up.met_at = picked_up;
        uow.save_item(&items[at]).await.unwrap();
    }
    let all = uow.items_since(since, 0, 10).await.unwrap();
    assert_eq!(all.iter().map(|item| item.rank.score).collect::<Vec<_>>(), [1, 3, 4, 5]);
    let rest = uow.items_since(since, all[0].sequence, 2).await.unwrap();
    assert_eq!(rest, all[1..3]);
}

/// By their moment, of one desk or of all.
pub async fn expired_claims_and_ended_holds_are_found(store: Arc<dyn Store>) {
    let mut items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Green, 5, 1)]).await;
    let mut uow = store.write().await.unwrap();
    items[0].state = State::Claimed { claim: claim(1, "ann") };
    items[1].state = State::Held { until: NOON + Span::hours(1) };
    for item in &items {
        uow.save_item(item).await.unwrap();
    }
    let lease_ends = NOON + Span::hours(4);
    for (at, desk, expected) in [
        (lease_ends - Span::micros(1), None, 0),
        (lease_ends, None, 1),
        (lease_ends, Some(Desk::Child), 1),
        (lease_ends, Some(Desk::Adult), 0),
    ] {
        assert_eq!(uow.expired_claims(desk, at, 10).await.unwrap().len(), expected, "{at} {desk:?}");
    }
    assert_eq!(uow.ended_holds(NOON, 10).await.unwrap().len(), 0);
    assert_eq!(uow.ended_holds(NOON + Span::hours(1), 10).await.unwrap()[0].id, items[1].id);
}

/// A claim is kept when it begins and ends once.
pub async fn a_claim_ends_once(store: Arc<dyn Store>) {
    let mut one = waiting(&*store, &[(Band::Red, 40, 1)]).await.remove(0);
    let claim = claim(1, "ann");
    one.state = State::Claimed { claim: claim.clone() };
    let mut uow = store.write().await.unwrap();
    uow.begin_claim(&one).await.unwrap();
    let end = ClaimEnd { id: claim.id, at: NOON, act: Act::Released };
    uow.end_claim(&end).await.unwrap();
    let again = uow.end_claim(&end).await;
    assert!(matches!(again, Err(StoreError::NotOnce { table: "claims", .. })), "{again:?}");
}

/// Each is kept; a person lowers those above a rank.
pub async fn assessments_are_kept_and_lowered(store: Arc<dyn Store>) {
    let mut one = waiting(&*store, &[(Band::Red, 40, 1)]).await.remove(0);
    let mut uow = store.write().await.unwrap();
    let lower = Rank { band: Band::Amber, score: 20 };
    let second = assessment(50, one.id, lower);
    uow.insert_assessment(&second).await.unwrap();
    one.assessment_id = Some(second.id);
    uow.save_item(&one).await.unwrap();
    uow.lower_assessments(one.id, lower, "ann", NOON).await.unwrap();
    let kept = uow.assessments(one.id).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[0].lowered, Some(("ann".to_owned(), NOON)));
    assert_eq!(kept[1], second);
    // An endorsement shares the assessment of the item that waits for it.
    let both = [one.clone(), one];
    assert_eq!(uow.latest_assessments(&both).await.unwrap(), [Some(second.clone()), Some(second)]);
}

/// So that the next holder sees the last one first.
pub async fn notes_come_newest_first(store: Arc<dyn Store>) {
    let one = waiting(&*store, &[(Band::Red, 40, 1)]).await.remove(0);
    let note = |hours, text: &str| WorkNote {
        at: NOON + Span::hours(hours),
        by: "ann".to_owned(),
        act: Act::Released,
        text: BTreeMap::from([("left".to_owned(), text.to_owned())]),
    };
    let mut uow = store.write().await.unwrap();
    uow.insert_note(one.id, &note(1, "first")).await.unwrap();
    uow.insert_note(one.id, &note(2, "second")).await.unwrap();
    assert_eq!(uow.notes(one.id).await.unwrap(), [note(2, "second"), note(1, "first")]);
}

/// And an item that is none names nothing.
pub async fn endorsements_name_their_item(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Red, 40, 1)]).await;
    let mut uow = store.write().await.unwrap();
    uow.insert_endorsement(items[1].id, items[0].id).await.unwrap();
    assert_eq!(uow.endorses(items[1].id).await.unwrap(), Some(items[0].id));
    assert_eq!(uow.endorses(items[0].id).await.unwrap(), None);
}
