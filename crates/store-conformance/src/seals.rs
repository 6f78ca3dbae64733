//! The seals on the log.

use std::sync::Arc;

use ppn_domain::{Act, AuditId, AuditRow, TypedText, TypedTextId};
use ppn_sealing::{Edge, SealingKey, TreeHead, sealed_hash};
use ppn_store::{SealedLeaf, SealedTo, SignedHead, Store, StoreError, UnitOfWork};

use crate::samples::{NOON, random};

const EVERYTHING: i64 = i64::MAX;

fn row(n: u64) -> AuditRow {
    AuditRow {
        id: AuditId::new(NOON, random(n)),
        at: NOON,
        who: "ann ☂".to_owned(),
        act: Act::Claimed,
        notice_id: None,
        work_item_id: None,
        person_id: (n == 2).then(|| uuid(9)),
        origin: "127.0.0.1".to_owned(),
        why: (n == 2).then(|| TypedText {
            id: TypedTextId(uuid(8)),
            hash: [7; 32],
            salt: [3; 16],
            text: "because".to_owned(),
        }),
        recipient: (n == 2).then(|| "ben".to_owned()),
        detail: serde_json::json!({ "n": n }),
    }
}

fn uuid(n: u64) -> uuid::Uuid {
    AuditId::new(NOON, random(n)).0
}

async fn append(store: &dyn Store, numbers: std::ops::Range<u64>) {
    let rows: Vec<AuditRow> = numbers.map(row).collect();
    let mut uow = store.write().await.unwrap();
    uow.append_log(&rows).await.unwrap();
    uow.save().await.unwrap();
}

/// Seals up to so many settled rows; `None` while another is at it.
async fn seal(uow: &mut dyn UnitOfWork, limit: u32) -> Result<Option<usize>, StoreError> {
    let Some(SealedTo { size, place, peaks }) = uow.sealing_turn().await? else { return Ok(None) };
    let Some(to) = uow.settled_to().await? else { return Ok(None) };
    let rows = uow.stored_rows(place, to, limit).await?;
    if rows.is_empty() {
        return Ok(Some(0));
    }
    let mut edge = Edge::from_bytes(size, &peaks).unwrap();
    let leaves: Vec<SealedLeaf> = (size..)
        .zip(&rows)
        .map(|(leaf, row)| SealedLeaf { leaf, place: row.place, hash: sealed_hash(row) })
        .collect();
    for leaf in &leaves {
        edge.push(leaf.hash);
    }
    uow.seal(&leaves, &head(&edge), &edge.to_bytes()).await?;
    Ok(Some(leaves.len()))
}

fn head(of: &Edge) -> SignedHead {
    let key = SealingKey::from_seed([1; 32]).unwrap();
    key.sign(TreeHead { size: of.size(), root: of.root(), at: NOON })
}

/// What is sealed is what was written, byte for byte, and it is found by its identifier.
pub async fn a_row_is_read_as_it_is_stored(store: Arc<dyn Store>) {
    append(&*store, 1..4).await;
    let mut uow = store.write().await.unwrap();
    let to = uow.settled_to().await.unwrap().unwrap();
    let rows = uow.stored_rows(0, to, 10).await.unwrap();
    assert_eq!(rows.last().unwrap().place, to);
    assert!(rows.is_sorted_by_key(|row| row.place));
    for (stored, row) in rows.iter().zip((1..4).map(row)) {
        assert_eq!(stored.id, row.id.0.into_bytes());
        assert_eq!(stored.at, Some(NOON.micros()));
        assert_eq!((&*stored.who, &*stored.act), ("ann ☂".as_bytes(), "claimed".as_bytes()));
        assert_eq!(stored.notice_id, None);
        assert_eq!(stored.person_id, row.person_id.map(|id| id.into_bytes().to_vec()));
        assert_eq!(stored.recipient, row.recipient.map(String::into_bytes));
        assert_eq!(stored.why_hash, row.why.as_ref().map(|why| why.hash.to_vec()));
        assert_eq!(stored.why_id, row.why.as_ref().map(|why| why.id.0.into_bytes().to_vec()));
        assert_eq!(stored.typed, row.why.map(|why| (why.salt.to_vec(), why.text.into_bytes())));
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&stored.detail).unwrap(), row.detail);
    }
    assert_eq!(uow.stored_row(row(2).id).await.unwrap().as_ref(), Some(&rows[1]));
    assert_eq!(uow.stored_row(row(9).id).await.unwrap(), None);
    assert_eq!(uow.stored_rows(rows[0].place, EVERYTHING, 1).await.unwrap(), rows[1..2]);
    assert_eq!(uow.stored_rows(0, rows[1].place, 10).await.unwrap(), rows[..2]);
}

/// Leaves and heads come back in order, and the tree goes on from where it was.
pub async fn leaves_and_heads_follow_each_other(store: Arc<dyn Store>) {
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.sealing_turn().await.unwrap(), Some(SealedTo::default()));
    assert_eq!(uow.latest_head().await.unwrap(), None);
    drop(uow);
    append(&*store, 1..6).await;
    for expected in [3, 2, 0] {
        let mut uow = store.write().await.unwrap();
        assert_eq!(seal(&mut *uow, 3).await.unwrap(), Some(expected));
        uow.save().await.unwrap();
    }
    let mut uow = store.read().await.unwrap();
    let rows = uow.stored_rows(0, EVERYTHING, 10).await.unwrap();
    let leaves = uow.sealed_leaves(0, 10).await.unwrap();
    let mut edge = Edge::default();
    for ((number, leaf), row) in (0..).zip(&leaves).zip(&rows) {
        assert_eq!(*leaf, SealedLeaf { leaf: number, place: row.place, hash: sealed_hash(row) });
        edge.push(leaf.hash);
    }
    assert_eq!(leaves.len(), 5);
    assert_eq!(uow.sealed_leaves(3, 1).await.unwrap(), leaves[3..4]);
    assert_eq!(uow.sealed_leaf(rows[4].place).await.unwrap(), Some(leaves[4]));
    assert_eq!(uow.sealed_leaf(EVERYTHING).await.unwrap(), None);
    let heads = uow.sealed_heads(0, 10).await.unwrap();
    assert_eq!(heads.iter().map(|head| head.head.size).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(heads[1], head(&edge));
    assert_eq!(uow.sealed_heads(3, 10).await.unwrap(), heads[1..]);
    assert_eq!(uow.latest_head().await.unwrap(), Some(heads[1]));
    let edge = SealedTo { size: 5, place: rows[4].place, peaks: edge.to_bytes() };
    assert_eq!(uow.sealing_turn().await.unwrap(), Some(edge));
}

/// Not even by whoever would seal the same rows again.
pub async fn what_is_sealed_stays(store: Arc<dyn Store>) {
    append(&*store, 1..3).await;
    let mut uow = store.write().await.unwrap();
    seal(&mut *uow, 10).await.unwrap();
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    let (leaves, head) = (uow.sealed_leaves(0, 10).await.unwrap(), uow.latest_head().await.unwrap().unwrap());
    drop(uow);
    let mut uow = store.write().await.unwrap();
    assert!(uow.seal(&leaves, &head, &[]).await.is_err());
    drop(uow);
    let other: Vec<SealedLeaf> =
        leaves.iter().map(|leaf| SealedLeaf { leaf: leaf.leaf + 2, ..*leaf }).collect();
    let later = SignedHead { head: TreeHead { size: 4, ..head.head }, ..head };
    let mut uow = store.write().await.unwrap();
    assert!(uow.seal(&other, &later, &[]).await.is_err(), "a place is sealed once");
}

/// Rows of many writers, by several who seal: each once, none left behind, in the order of their places.
pub async fn rows_of_many_writers_are_sealed_once_and_in_order(store: Arc<dyn Store>) {
    const WRITERS: u64 = 6;
    const EACH: u64 = 12;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                for n in 0..EACH {
                    let number = 100 + writer * EACH + n;
                    append(&*store, number..number + 1).await;
                }
            })
        })
        .collect();
    let sealers: Vec<_> = (0..3)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                loop {
                    let mut uow = store.write().await.unwrap();
                    match seal(&mut *uow, 7).await {
                        Ok(Some(_)) => uow.save().await.unwrap(),
                        Ok(None) | Err(StoreError::Again | StoreError::Busy) => drop(uow),
                        Err(other) => panic!("{other:?}"),
                    }
                    let sealed = store.read().await.unwrap().sealing_turn().await.unwrap().unwrap();
                    if sealed.size == WRITERS * EACH {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for task in writers.into_iter().chain(sealers) {
        task.await.unwrap();
    }
    let mut uow = store.read().await.unwrap();
    let rows = uow.stored_rows(0, EVERYTHING, 1_000).await.unwrap();
    let leaves = uow.sealed_leaves(0, 1_000).await.unwrap();
    assert_eq!(rows.len(), leaves.len());
    for (leaf, row) in leaves.iter().zip(&rows) {
        assert_eq!((leaf.place, leaf.hash), (row.place, sealed_hash(row)));
    }
}

/// Whoever comes second takes it over.
pub async fn the_first_sealing_key_stays(store: Arc<dyn Store>) {
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.kept_sealing_key().await.unwrap(), None);
    uow.keep_sealing_key("first").await.unwrap();
    uow.keep_sealing_key("second").await.unwrap();
    uow.save().await.unwrap();
    let kept = store.read().await.unwrap().kept_sealing_key().await.unwrap();
    assert_eq!(kept.as_deref(), Some("first"));
}
