//! Searches.

use std::sync::Arc;

use ppn_domain::{SearchId, SessionId, Span};
use ppn_store::{KeptSearch, Store};

use crate::samples::{NOON, notice, random};

/// Of every source, the latest receipt first.
pub async fn notices_are_found_by_reference_alone(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let mut all: Vec<_> = (1..=4).map(notice).collect();
    for (at, of) in all.iter_mut().enumerate() {
        of.head.received = NOON - Span::hours(i64::try_from(at).unwrap());
        if at < 3 {
            "R9".clone_into(&mut of.head.reference);
            of.head.source = format!("source {at}");
        }
    }
    uow.insert_notices(&all).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    let mut ids = async |reference: &str, limit: u32| {
        let found = uow.notices_referred_to(reference, limit).await.unwrap();
        found.iter().map(|head| head.id).collect::<Vec<_>>()
    };
    let expected: Vec<_> = all.iter().map(|of| of.head.id).collect();
    assert_eq!(ids("R9", 10).await, expected[..3]);
    assert_eq!(ids("R9", 2).await, expected[..2]);
    assert_eq!(ids("r9", 10).await, []);
    assert_eq!(ids("R4", 10).await, expected[3..]);
}

/// By whoever asked, and until it is forgotten.
pub async fn a_search_is_of_one_session(store: Arc<dyn Store>) {
    let session = |n: u64| SessionId::new(NOON, random(n));
    let search = |n: u64, of: u64, hours: i64| KeptSearch {
        id: SearchId::new(NOON, random(n)),
        session: session(of),
        made_at: NOON + Span::hours(hours),
        found: format!("{{\"n\":{n}}}"),
    };
    let (first, second) = (search(1, 1, 0), search(2, 1, 5));
    let mut uow = store.write().await.unwrap();
    uow.keep_search(&first, NOON - Span::hours(1)).await.unwrap();
    assert_eq!(uow.search(first.id, session(1)).await.unwrap(), Some(first.clone()));
    assert_eq!(uow.search(first.id, session(2)).await.unwrap(), None);
    assert_eq!(uow.search(second.id, session(1)).await.unwrap(), None);
    uow.keep_search(&second, NOON + Span::hours(1)).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.search(first.id, session(1)).await.unwrap(), None);
    assert_eq!(uow.search(second.id, session(1)).await.unwrap(), Some(second));
}
