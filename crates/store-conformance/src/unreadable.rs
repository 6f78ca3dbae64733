//! What could not be read.

use std::sync::Arc;

use ppn_domain::{Span, UnreadableId};
use ppn_store::{Store, StoreError, Unreadable, UnreadableState};

use crate::samples::{NOON, notice, random};

fn refused(n: u64, content: &[u8]) -> Unreadable {
    let mut content_hash = [0; 32];
    content_hash[..content.len()].copy_from_slice(content);
    Unreadable {
        id: UnreadableId::new(NOON, random(n)),
        arrived: NOON,
        due: NOON + Span::hours(1),
        submitted_by: "niche".to_owned(),
        source: Some("niche".to_owned()),
        reference: Some("R1".to_owned()),
        content_hash,
        content: content.to_vec(),
        errors: serde_json::json!([{ "path": "/kind", "rule": "required" }]),
        state: UnreadableState::Open,
    }
}

/// Byte for byte, whatever the bytes.
pub async fn a_refused_submission_is_kept_as_sent(store: Arc<dyn Store>) {
    let one = refused(1, b"{\xff\x00");
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.insert_unreadable(&one).await.unwrap(), one.id);
    assert_eq!(uow.unreadable(one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(uow.open_unreadable_of("niche", "R1").await.unwrap(), [one.id]);
    assert_eq!(uow.count_unreadable(NOON).await.unwrap(), (1, 0));
    assert_eq!(uow.count_unreadable(NOON + Span::hours(2)).await.unwrap(), (1, 1));
    let listed = uow.list_unreadable(true, None, 10).await.unwrap();
    assert_eq!(listed, [Unreadable { content: Vec::new(), ..one.clone() }]);
    assert!(uow.list_unreadable(true, Some(one.id), 10).await.unwrap().is_empty());
}

/// However often it is sent.
pub async fn the_same_content_stands_on_the_list_once(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    let first = uow.insert_unreadable(&refused(1, b"{")).await.unwrap();
    assert_eq!(uow.insert_unreadable(&refused(2, b"{")).await.unwrap(), first);
    assert_ne!(uow.insert_unreadable(&refused(3, b"[")).await.unwrap(), first);
    assert_eq!(uow.count_unreadable(NOON).await.unwrap().0, 2);
}

/// Mended or dismissed, not both.
pub async fn closing_happens_once(store: Arc<dyn Store>) {
    let notice = notice(1);
    let (mended, dismissed) = (refused(1, b"{"), refused(2, b"["));
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&notice)).await.unwrap();
    uow.insert_unreadable(&mended).await.unwrap();
    uow.insert_unreadable(&dismissed).await.unwrap();
    let ends = [
        (mended.id, UnreadableState::Mended { by: "ann".to_owned(), at: NOON, notice_id: notice.head.id }),
        (
            dismissed.id,
            UnreadableState::Dismissed { by: "ann".to_owned(), at: NOON, reason: "a test".to_owned() },
        ),
    ];
    for (id, end) in ends {
        uow.close_unreadable(id, &end).await.unwrap();
        assert_eq!(uow.unreadable(id).await.unwrap().unwrap().state, end);
        let again = uow.close_unreadable(id, &end).await;
        assert!(matches!(again, Err(StoreError::NotOnce { table: "unreadable", .. })), "{again:?}");
    }
    assert_eq!(uow.insert_unreadable(&refused(9, b"{")).await.unwrap(), mended.id, "dealt with once");
    assert_eq!(uow.count_unreadable(NOON).await.unwrap(), (0, 0));
    assert!(uow.list_unreadable(true, None, 10).await.unwrap().is_empty());
    assert_eq!(uow.list_unreadable(false, None, 10).await.unwrap().len(), 2);
}
