//! What people said of cues and events.

use std::sync::Arc;

use ppn_domain::{CueVerdict, NoticeId, Span};
use ppn_store::{CueDecision, EventDecision, Store, StoreError, UnitOfWork};

use crate::samples::{NOON, notice};

async fn notices(uow: &mut dyn UnitOfWork, count: u64) -> Vec<NoticeId> {
    let all: Vec<_> = (1..=count).map(notice).collect();
    uow.insert_notices(&all).await.unwrap();
    let mut ids: Vec<_> = all.into_iter().map(|new| new.head.id).collect();
    ids.sort_unstable();
    ids
}

fn said(notice_id: NoticeId, cue: u8, verdict: CueVerdict) -> CueDecision {
    CueDecision {
        notice_id,
        cue: [cue; 16],
        of: "cue_strangulation".to_owned(),
        verdict,
        decided: ("ann".to_owned(), NOON + Span::minutes(i64::from(cue))),
    }
}

/// What was said of the cues of notices comes by notice and cue; nothing was said of others.
pub async fn cue_decisions_read_back_as_written(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 3).await;
    let all = [
        said(of[0], 200, CueVerdict::Dismissed),
        said(of[1], 1, CueVerdict::Confirmed),
        said(of[1], 2, CueVerdict::Dismissed),
        said(of[2], 1, CueVerdict::Dismissed),
    ];
    for decision in all.iter().rev() {
        uow.say_of_cue(decision).await.unwrap();
    }
    assert_eq!(uow.cue_decisions(&[of[1], of[0]]).await.unwrap(), all[..3]);
    assert_eq!(uow.cue_decisions(&[]).await.unwrap(), []);
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.cue_decisions(&[of[2]]).await.unwrap(), all[3..]);
}

/// A later word on a cue stands in the place of the earlier, and is taken back once.
pub async fn a_cue_has_one_decision(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 1).await[0];
    uow.say_of_cue(&said(of, 1, CueVerdict::Dismissed)).await.unwrap();
    let later = CueDecision {
        decided: ("bea".to_owned(), NOON + Span::hours(2)),
        ..said(of, 1, CueVerdict::Confirmed)
    };
    uow.say_of_cue(&later).await.unwrap();
    assert_eq!(uow.cue_decisions(&[of]).await.unwrap(), [later]);
    uow.unsay_of_cue(of, [1; 16]).await.unwrap();
    assert_eq!(uow.cue_decisions(&[of]).await.unwrap(), []);
    let again = uow.unsay_of_cue(of, [1; 16]).await;
    assert!(matches!(again, Err(StoreError::NotOnce { .. })), "{again:?}");
}

/// Two notices have one decision, found from either, and it is taken back once.
pub async fn two_notices_have_one_event_decision(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 3).await;
    let said = |a: usize, b: usize, one| EventDecision {
        a: of[a],
        b: of[b],
        one,
        decided: ("ann".to_owned(), NOON),
    };
    uow.say_of_event(&said(0, 2, true)).await.unwrap();
    uow.say_of_event(&said(0, 1, true)).await.unwrap();
    uow.say_of_event(&said(0, 2, false)).await.unwrap();
    assert_eq!(uow.event_decisions(&[of[2]]).await.unwrap(), [said(0, 2, false)]);
    assert_eq!(
        uow.event_decisions(&[of[2], of[0], of[1]]).await.unwrap(),
        [said(0, 1, true), said(0, 2, false)]
    );
    uow.unsay_of_event(of[0], of[2]).await.unwrap();
    assert_eq!(uow.event_decisions(&of).await.unwrap(), [said(0, 1, true)]);
    let absent = uow.unsay_of_event(of[0], of[2]).await;
    assert!(matches!(absent, Err(StoreError::NotOnce { .. })), "{absent:?}");
}

/// A unit of work that is not saved leaves nothing said behind.
pub async fn decisions_are_kept_with_their_unit_of_work(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let of = notices(&mut *uow, 2).await;
    uow.save().await.unwrap();
    let mut uow = store.write().await.unwrap();
    uow.say_of_cue(&said(of[0], 1, CueVerdict::Dismissed)).await.unwrap();
    let one = EventDecision { a: of[0], b: of[1], one: true, decided: ("ann".to_owned(), NOON) };
    uow.say_of_event(&one).await.unwrap();
    drop(uow);
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.cue_decisions(&of).await.unwrap(), []);
    assert_eq!(uow.event_decisions(&of).await.unwrap(), []);
}
