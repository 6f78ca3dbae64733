//! The log.

use std::sync::Arc;

use ppn_domain::{Act, AuditId, AuditRow, NoticeId, TypedText, TypedTextId, WorkItemId};
use ppn_store::{LogQuery, Store};

use crate::samples::{NOON, random};

fn row(n: u64, who: &str) -> AuditRow {
    AuditRow {
        id: AuditId::new(NOON, random(n)),
        at: NOON,
        who: who.to_owned(),
        act: Act::Claimed,
        notice_id: Some(NoticeId::new(NOON, random(n % 2))),
        work_item_id: Some(WorkItemId::new(NOON, random(n))),
        person_id: None,
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

/// By notice, item, person, and place.
pub async fn the_log_is_filtered(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    uow.append_log(&[row(1, "ann"), row(2, "ben"), row(3, "ann")]).await.unwrap();
    let any = LogQuery { limit: 10, ..LogQuery::default() };
    let mut count = async |query: LogQuery| uow.read_log(&query).await.unwrap().len();
    assert_eq!(count(LogQuery { who: Some("ann".to_owned()), ..any.clone() }).await, 2);
    assert_eq!(count(LogQuery { notice_id: row(2, "").notice_id, ..any.clone() }).await, 1);
    assert_eq!(count(LogQuery { work_item_id: row(3, "").work_item_id, ..any.clone() }).await, 1);
    assert_eq!(count(LogQuery { limit: 2, ..any.clone() }).await, 2);
    let newest = uow.read_log(&LogQuery { limit: 1, ..any.clone() }).await.unwrap()[0].0;
    let before = uow.read_log(&LogQuery { before: Some(newest), ..any }).await.unwrap();
    assert_eq!(before.len(), 2);
}
