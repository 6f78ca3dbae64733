//! Several units of work at once. A store with a single writer passes by having them wait their turn.

use std::sync::Arc;
use std::time::Duration;

use ppn_domain::Restriction;
use ppn_domain::{
    Act, AuditId, AuditRow, Band, Desk, Outcome, PolicyRef, Span, State, UnreadableId, UserId, WorkItemId,
};
use ppn_store::{
    Answered, Choice, DeskTurn, Digest, LogQuery, PolicyText, Schema, Store, StoreError, UnitOfWork,
    Unreadable, UnreadableState, Viewer,
};
use tokio::task::JoinHandle;

use crate::samples::{NOON, claim, item, notice, random, revision, waiting};

/// Long enough for a statement that waits for nobody to be done.
const A_WHILE: Duration = Duration::from_millis(200);

async fn still_waits<T>(task: &JoinHandle<T>) -> bool {
    tokio::time::sleep(A_WHILE).await;
    !task.is_finished()
}

/// Each claim has an item of its own, and each is counted in the desk's row.
pub async fn claims_at_once_take_different_items_and_count_each_pick(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1); 12]).await;
    let mut tasks = Vec::new();
    for n in 1..=12 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let mut uow = store.write().await.unwrap();
            let mut turn = uow.desk_turn(Desk::Child).await.unwrap();
            let taken = uow
                .take(Desk::Child, Choice::Head, &Viewer::system(), &claim(n, "ann"))
                .await
                .unwrap()
                .unwrap();
            turn.picks += 1;
            uow.save_desk_turn(Desk::Child, turn).await.unwrap();
            uow.save().await.unwrap();
            (turn.picks, taken)
        }));
    }
    let mut taken = Vec::new();
    for task in tasks {
        taken.push(task.await.unwrap());
    }
    // In the order of saving, the order of the desk.
    taken.sort_unstable_by_key(|(picks, _)| *picks);
    let expected: Vec<_> = (1..).zip(items.iter().map(|item| item.id)).collect();
    assert_eq!(taken, expected);
}

/// And goes on from what the first saved.
pub async fn a_second_writer_waits_for_the_turn_of_a_desk(store: Arc<dyn Store>) {
    let mut first = store.write().await.unwrap();
    assert_eq!(first.desk_turn(Desk::Child).await.unwrap(), DeskTurn::default());
    let saved = DeskTurn { picks: 3, owed: true, low_picks: 7 };
    let other = store.clone();
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.desk_turn(Desk::Child).await.unwrap()
    });
    assert!(still_waits(&second).await);
    first.save_desk_turn(Desk::Child, saved).await.unwrap();
    first.save().await.unwrap();
    assert_eq!(second.await.unwrap(), saved);
}

/// The head of a desk that somebody is changing is not passed over.
pub async fn a_claim_waits_for_an_item_that_is_being_changed(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Amber, 20, 1)]).await;
    let mut first = store.write().await.unwrap();
    first.save_item(&items[0]).await.unwrap();
    let other = store.clone();
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(1, "ann")).await.unwrap()
    });
    assert!(still_waits(&second).await);
    first.save().await.unwrap();
    assert_eq!(second.await.unwrap(), Some(items[0].id));
}

/// Unless it is taken meanwhile: the loser has the next one.
pub async fn the_loser_of_a_race_takes_the_next_item(store: Arc<dyn Store>) {
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Amber, 20, 1)]).await;
    let mut first = store.write().await.unwrap();
    first.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(1, "ann")).await.unwrap();
    let other = store.clone();
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(2, "ben")).await.unwrap()
    });
    assert!(still_waits(&second).await);
    first.save().await.unwrap();
    assert_eq!(second.await.unwrap(), Some(items[1].id));
}

/// Items that a unit of work locked are as it reads them until it ends; whoever locks them or changes one
/// meanwhile waits. In a unit of work that reads nothing is locked.
pub async fn locked_items_are_waited_for(store: Arc<dyn Store>) {
    let mut items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Amber, 20, 1), (Band::Green, 5, 1)]).await;
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    let mut reading = store.read().await.unwrap();
    assert!(reading.sees_one_moment());
    reading.lock_items(&ids).await.unwrap();
    reading.unfinished_items_of(&[items[0].notice_id]).await.unwrap();
    drop(reading);
    let mut first = store.write().await.unwrap();
    // Not in order, twice the same, and one that is not there.
    let absent = WorkItemId::new(NOON, random(99));
    first.lock_items(&[ids[2], absent, ids[0], ids[2]]).await.unwrap();
    first.lock_items(&[]).await.unwrap();
    let (other, id, notice_id) = (store.clone(), ids[2], items[2].notice_id);
    let locking = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.lock_items(&[id]).await.unwrap();
        (uow.item(id).await.unwrap().unwrap(), uow.unfinished_items_of(&[notice_id]).await.unwrap())
    });
    assert!(still_waits(&locking).await);
    items[2].restricted = Restriction::ALL;
    first.save_item(&items[2]).await.unwrap();
    items[2].version += 1;
    first.save().await.unwrap();
    let (read, unfinished) = locking.await.unwrap();
    assert_eq!((&read, unfinished.as_slice()), (&items[2], &items[2..]));
}

/// The unfinished items of a notice that somebody is changing are read after the change.
pub async fn unfinished_items_are_read_when_they_are_free(store: Arc<dyn Store>) {
    let mut items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Amber, 20, 1)]).await;
    let notices: Vec<_> = items.iter().map(|item| item.notice_id).collect();
    let mut first = store.write().await.unwrap();
    items[0].state = State::Done { outcome: Outcome::Shared };
    first.save_item(&items[0]).await.unwrap();
    let other = store.clone();
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.unfinished_items_of(&notices).await.unwrap()
    });
    assert!(still_waits(&second).await);
    first.save().await.unwrap();
    assert_eq!(second.await.unwrap(), items[1..]);
}

/// Of two that read the same version one is told.
pub async fn the_second_write_of_an_item_is_refused(store: Arc<dyn Store>) {
    let one = waiting(&*store, &[(Band::Red, 40, 1)]).await.remove(0);
    let mut first = store.write().await.unwrap();
    first.save_item(&one).await.unwrap();
    let (other, same) = (store.clone(), one.clone());
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.save_item(&same).await
    });
    assert!(still_waits(&second).await);
    first.save().await.unwrap();
    let refused = second.await.unwrap();
    assert!(matches!(refused, Err(StoreError::NotOnce { table: "work_items", changed: 0 })), "{refused:?}");
}

/// Of two further revisions at once one is told, and the other's content is whole.
pub async fn the_second_of_two_revisions_is_refused(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    uow.save().await.unwrap();
    let mut head = one.head.clone();
    head.revisions = 2;
    let mut first = store.write().await.unwrap();
    first.insert_revision(&revision(one.head.id, 2, 77), &head).await.unwrap();
    let (other, mut late) = (store.clone(), head.clone());
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        late.revisions = 2;
        uow.insert_revision(&revision(late.id, 2, 78), &late).await
    });
    assert!(still_waits(&second).await);
    first.save().await.unwrap();
    let refused = second.await.unwrap();
    assert!(refused.is_err(), "{refused:?}");
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.body(one.head.id, 2).await.unwrap(), Some(revision(one.head.id, 2, 77).body));
}

const fn key(n: u8) -> Digest {
    [n; 16]
}

/// Units of work that share a key run one after the other, and the later one sees what the earlier saved.
pub async fn a_locked_key_is_waited_for(store: Arc<dyn Store>) {
    let one = notice(1);
    let mut first = store.write().await.unwrap();
    // Not in order, twice the same, and more of them than are locked one by one.
    first.lock(&[key(9), key(2), key(9)]).await.unwrap();
    let other = store.clone();
    let wanted = ("niche".to_owned(), one.head.reference.clone());
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.lock(&[key(1), key(2)]).await.unwrap();
        uow.notices_by_reference(&[wanted]).await.unwrap().remove(0)
    });
    assert!(still_waits(&second).await);
    first.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    first.save().await.unwrap();
    assert_eq!(second.await.unwrap(), Some(one.head));
}

/// No other policy becomes active before a unit of work ends that asked for it; whoever asks meanwhile
/// is told of the new one.
pub async fn the_policy_stays_while_others_write(store: Arc<dyn Store>) {
    let policy = |n: u32| PolicyText {
        reference: PolicyRef { version: n.to_string(), hash: format!("hash {n}") },
        text: "text".to_owned(),
        proposer: "ann".to_owned(),
        approver: None,
        installed_at: NOON,
    };
    let mut uow = store.write().await.unwrap();
    uow.install_policy(&policy(1)).await.unwrap();
    uow.keep_policy(&policy(2)).await.unwrap();
    uow.save().await.unwrap();

    let mut first = store.write().await.unwrap();
    assert_eq!(first.active_policy_ref().await.unwrap(), Some(policy(1).reference));
    let other = store.clone();
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.activate_policy("hash 2", NOON).await.unwrap();
        tokio::time::sleep(A_WHILE).await;
        uow.save().await.unwrap();
    });
    assert!(still_waits(&second).await);
    let other = store.clone();
    let third = tokio::spawn(async move { other.write().await.unwrap().active_policy_ref().await.unwrap() });
    assert!(still_waits(&third).await);
    assert_eq!(first.active_policy_ref().await.unwrap(), Some(policy(1).reference));
    first.save().await.unwrap();
    second.await.unwrap();
    assert_eq!(third.await.unwrap(), Some(policy(2).reference));
}

/// Keys are held until the unit of work ends, saved or not, and many keys hold out few.
pub async fn keys_come_free_with_their_unit_of_work(store: Arc<dyn Store>) {
    let many: Vec<Digest> = (0..2_000_u32)
        .map(|n| {
            let mut key = [0; 16];
            key[..4].copy_from_slice(&n.to_be_bytes());
            key
        })
        .collect();
    for round in 0..2 {
        let (held, asked) = if round == 0 { (&many[..], &many[7..8]) } else { (&many[7..8], &many[..]) };
        let mut first = store.write().await.unwrap();
        first.lock(held).await.unwrap();
        let (other, asked) = (store.clone(), asked.to_vec());
        let second = tokio::spawn(async move {
            let mut uow = other.write().await.unwrap();
            uow.lock(&asked).await.unwrap();
        });
        assert!(still_waits(&second).await);
        drop(first);
        second.await.unwrap();
    }
    let mut reading = store.read().await.unwrap();
    reading.lock(&many).await.unwrap();
    reading.lock(&[]).await.unwrap();
}

/// The same request sent twice at once acts once.
pub async fn the_same_key_of_a_caller_is_answered_one_at_a_time(store: Arc<dyn Store>) {
    let answer = Answered { request_hash: [1; 32], answer: "done".to_owned(), at: NOON };
    let since = NOON - Span::hours(24);
    let mut first = store.write().await.unwrap();
    assert_eq!(first.answered("ann", "k", since).await.unwrap(), None);
    let other = store.clone();
    let second = tokio::spawn(async move {
        let mut uow = other.write().await.unwrap();
        uow.answered("ann", "k", since).await.unwrap()
    });
    assert!(still_waits(&second).await);
    first.keep_answer("ann", "k", &answer, since).await.unwrap();
    first.save().await.unwrap();
    assert_eq!(second.await.unwrap(), Some(answer));
}

/// What is saved meanwhile is seen by the next one.
pub async fn a_unit_of_work_that_reads_sees_one_moment(store: Arc<dyn Store>) {
    let one = waiting(&*store, &[(Band::Red, 40, 1)]).await.remove(0);
    let mut reading = store.read().await.unwrap();
    assert_eq!(reading.item(one.id).await.unwrap(), Some(one.clone()));
    let mut writing = store.write().await.unwrap();
    writing.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(1, "ann")).await.unwrap();
    writing.save().await.unwrap();
    assert_eq!(reading.item(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(
        reading.backlog_counts(NOON, Restriction::ALL).await.unwrap()[0].state,
        ppn_domain::StateName::Waiting
    );
    drop(reading);
    let mut reading = store.read().await.unwrap();
    assert!(reading.item(one.id).await.unwrap().unwrap().state.claim().is_some());
}

async fn write_a_little_of_everything(uow: &mut dyn UnitOfWork) {
    let one = notice(1);
    let new = item(1, &one, Band::Red, 40, NOON);
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    uow.insert_items(std::slice::from_ref(&new)).await.unwrap();
    uow.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(1, "ann")).await.unwrap();
    uow.save_desk_turn(Desk::Child, DeskTurn { picks: 3, ..DeskTurn::default() }).await.unwrap();
    uow.user_named("ann", UserId::new(NOON, 1), NOON).await.unwrap();
    let answer = Answered { request_hash: [1; 32], answer: "done".to_owned(), at: NOON };
    uow.keep_answer("ann", "k", &answer, NOON - Span::hours(24)).await.unwrap();
    uow.append_log(&[AuditRow {
        id: AuditId::new(NOON, random(1)),
        at: NOON,
        who: "ann".to_owned(),
        act: Act::Claimed,
        notice_id: None,
        work_item_id: None,
        person_id: None,
        origin: "here".to_owned(),
        why: None,
        recipient: None,
        detail: serde_json::json!({}),
    }])
    .await
    .unwrap();
    uow.insert_unreadable(&Unreadable {
        id: UnreadableId::new(NOON, random(1)),
        arrived: NOON,
        due: NOON,
        submitted_by: "niche".to_owned(),
        source: None,
        reference: None,
        content_hash: [5; 32],
        content: b"{".to_vec(),
        errors: serde_json::json!([]),
        state: UnreadableState::Open,
    })
    .await
    .unwrap();
}

/// In no table.
pub async fn what_was_not_saved_is_nowhere(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    write_a_little_of_everything(&mut *uow).await;
    drop(uow);
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.notice(notice(1).head.id).await.unwrap(), None);
    assert_eq!(uow.backlog_counts(NOON, Restriction::ALL).await.unwrap(), []);
    assert_eq!(uow.desk_turn(Desk::Child).await.unwrap(), DeskTurn::default());
    assert_eq!(uow.roles_of("ann", NOON).await.unwrap(), None);
    assert_eq!(uow.answered("ann", "k", NOON - Span::hours(24)).await.unwrap(), None);
    assert_eq!(uow.read_log(&LogQuery { limit: 10, ..LogQuery::default() }).await.unwrap(), []);
    assert_eq!(uow.count_unreadable(NOON).await.unwrap(), (0, 0));
    // And the same can be written anew.
    write_a_little_of_everything(&mut *uow).await;
    uow.save().await.unwrap();
}

/// Several nodes that start at once on a store bring it up together.
pub async fn migrating_at_once_is_harmless(store: Arc<dyn Store>) {
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.migrate().await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
}

/// What each of many writers appends stands in the log once.
pub async fn rows_of_the_log_of_many_writers_are_all_kept(store: Arc<dyn Store>) {
    let row = |n: u64| AuditRow {
        id: AuditId::new(NOON, random(n)),
        at: NOON,
        who: format!("user {n}"),
        act: Act::Claimed,
        notice_id: None,
        work_item_id: None,
        person_id: None,
        origin: "here".to_owned(),
        why: None,
        recipient: None,
        detail: serde_json::json!({ "n": n }),
    };
    let tasks: Vec<_> = (1..=10)
        .map(|n| {
            let (store, row) = (store.clone(), row(n));
            tokio::spawn(async move {
                let mut uow = store.write().await.unwrap();
                uow.append_log(&[row]).await.unwrap();
                uow.save().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let mut uow = store.read().await.unwrap();
    let kept = uow.read_log(&LogQuery { limit: 100, ..LogQuery::default() }).await.unwrap();
    let mut who: Vec<String> = kept.into_iter().map(|(_, row)| row.who).collect();
    who.sort_unstable();
    who.dedup();
    assert_eq!(who.len(), 10);
}
