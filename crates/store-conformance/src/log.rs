//! The log.

use std::sync::Arc;

use ppn_domain::{Act, AuditId, AuditRow, NoticeId, PersonId, Span, TypedText, TypedTextId, WorkItemId};
use ppn_store::{About, LogQuery, Store};

use crate::samples::{NOON, random};

fn row(n: u64, who: &str) -> AuditRow {
    AuditRow {
        id: AuditId::new(NOON, random(n)),
        at: NOON + Span::seconds(n.cast_signed()),
        who: who.to_owned(),
        act: if n == 3 { Act::Renewed } else { Act::Claimed },
        notice_id: Some(NoticeId::new(NOON, random(n % 2))),
        work_item_id: Some(WorkItemId::new(NOON, random(n))),
        person_id: (n == 3).then(|| uuid::Uuid::from_u128(3)),
        origin: "127.0.0.1".to_owned(),
        why: (n == 2).then(|| TypedText {
            id: TypedTextId::new(NOON, random(n)),
            hash: [7; 32],
            salt: [3; 16],
            text: "because".to_owned(),
        }),
        recipient: None,
        detail: serde_json::json!({ "n": n }),
    }
}

/// With the text that somebody typed beside them.
pub async fn rows_are_appended_and_read_newest_first(store: Arc<dyn Store>) {
    let rows = [row(1, "ann"), row(2, "ben"), row(3, "ann")];
    let mut uow = store.write().await.unwrap();
    uow.append_log(&rows).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    let read = uow.read_log(&LogQuery { limit: 10, ..LogQuery::default() }).await.unwrap();
    let mut read: Vec<_> = read.into_iter().map(|(_, row)| row).collect();
    read.reverse();
    assert_eq!(read, rows);
}

/// By notice, item, person, act, moment, and place.
pub async fn the_log_is_filtered(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    uow.append_log(&[row(1, "ann"), row(2, "ben"), row(3, "ann")]).await.unwrap();
    let any = LogQuery { limit: 10, ..LogQuery::default() };
    let mut count = async |query: LogQuery| uow.read_log(&query).await.unwrap().len();
    assert_eq!(count(LogQuery { who: Some("ann".to_owned()), ..any.clone() }).await, 2);
    let about = |notice: Option<NoticeId>, person: Option<u128>| {
        let people = person.map(|id| PersonId(uuid::Uuid::from_u128(id))).into_iter().collect();
        LogQuery { about: Some(About { notices: notice.into_iter().collect(), people }), ..any.clone() }
    };
    assert_eq!(count(about(row(2, "").notice_id, None)).await, 1);
    assert_eq!(count(about(row(2, "").notice_id, Some(3))).await, 2);
    assert_eq!(count(about(None, Some(3))).await, 1);
    assert_eq!(count(about(None, None)).await, 0);
    assert_eq!(count(LogQuery { act: Some(Act::Renewed), ..any.clone() }).await, 1);
    let at = |n: i64| Some(NOON + Span::seconds(n));
    for (from, until, expected) in
        [(at(2), None, 2), (None, at(2), 1), (at(2), at(3), 1), (at(4), None, 0), (at(0), at(9), 3)]
    {
        assert_eq!(count(LogQuery { from, until, ..any.clone() }).await, expected, "{from:?} {until:?}");
    }
    assert_eq!(count(LogQuery { work_item_id: row(3, "").work_item_id, ..any.clone() }).await, 1);
    assert_eq!(count(LogQuery { limit: 2, ..any.clone() }).await, 2);
    let newest = uow.read_log(&LogQuery { limit: 1, ..any.clone() }).await.unwrap()[0].0;
    let before = uow.read_log(&LogQuery { before: Some(newest), ..any }).await.unwrap();
    assert_eq!(before.len(), 2);
}
