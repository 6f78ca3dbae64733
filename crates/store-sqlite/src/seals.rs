//! The seals on the log.

use async_trait::async_trait;
use ppn_domain::{AuditId, StoredRow};
use ppn_sealing::{HeadSignature, PublicKey, TreeHead};
use ppn_store::{SealedLeaf, SealedTo, Seals, SignedHead, StoreError};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, ROWS, engine, run};

/// Text is taken as bytes: what somebody put there by hand need not be UTF-8.
macro_rules! select_stored {
    ($tail:literal) => {
        concat!(
            "SELECT l.place, l.id, l.at, CAST(l.who AS BLOB) AS who, CAST(l.act AS BLOB) AS act, \
             l.notice_id, l.work_item_id, l.person_id, CAST(l.origin AS BLOB) AS origin, l.why_id, \
             l.why_hash, CAST(l.recipient AS BLOB) AS recipient, CAST(l.detail AS BLOB) AS detail, \
             t.salt, CAST(t.text AS BLOB) AS text \
             FROM log l LEFT JOIN typed_texts t ON t.id = l.why_id ",
            $tail
        )
    };
}

fn stored(row: &SqliteRow) -> Result<StoredRow, StoreError> {
    let c = Cells { row, table: "log" };
    let typed = match (c.get::<Option<Vec<u8>>>("salt")?, c.get::<Option<Vec<u8>>>("text")?) {
        (Some(salt), Some(text)) => Some((salt, text)),
        _ => None,
    };
    Ok(StoredRow {
        place: c.get("place")?,
        id: c.get("id")?,
        at: c.get("at")?,
        who: c.get("who")?,
        act: c.get("act")?,
        notice_id: c.get("notice_id")?,
        work_item_id: c.get("work_item_id")?,
        person_id: c.get("person_id")?,
        origin: c.get("origin")?,
        why_id: c.get("why_id")?,
        why_hash: c.get("why_hash")?,
        recipient: c.get("recipient")?,
        detail: c.get("detail")?,
        typed,
    })
}

fn leaf(row: &SqliteRow) -> Result<SealedLeaf, StoreError> {
    let c = Cells { row, table: "log_leaves" };
    Ok(SealedLeaf { leaf: c.number("leaf")?, place: c.get("place")?, hash: c.hash("hash")? })
}

fn head(row: &SqliteRow) -> Result<SignedHead, StoreError> {
    let c = Cells { row, table: "log_heads" };
    let signature = c.get::<&[u8]>("signature")?.try_into().map_err(|_| c.bad("signature"))?;
    Ok(SignedHead {
        head: TreeHead { size: c.number("size")?, root: c.hash("root")?, at: c.time("at")? },
        key: PublicKey(c.hash("key")?),
        signature: HeadSignature(signature),
    })
}

/// A count as the engine takes it.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl Seals for SqliteUnitOfWork {
    async fn sealing_turn(&mut self) -> Result<Option<SealedTo>, StoreError> {
        let row = sqlx::query("SELECT size, place, peaks FROM log_edge")
            .fetch_one(&mut *self.tx)
            .await
            .map_err(engine)?;
        let c = Cells { row: &row, table: "log_edge" };
        Ok(Some(SealedTo { size: c.number("size")?, place: c.get("place")?, peaks: c.get("peaks")? }))
    }

    async fn settled_to(&mut self) -> Result<Option<i64>, StoreError> {
        // The one writer gives places in the order of saving.
        let last = sqlx::query_scalar("SELECT COALESCE(MAX(place), 0) FROM log");
        last.fetch_one(&mut *self.tx).await.map(Some).map_err(engine)
    }

    async fn stored_rows(&mut self, after: i64, to: i64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        let rows =
            sqlx::query(select_stored!("WHERE l.place > $1 AND l.place <= $2 ORDER BY l.place LIMIT $3"))
                .bind(after)
                .bind(to)
                .bind(limit)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?;
        rows.iter().map(stored).collect()
    }

    async fn stored_row(&mut self, id: AuditId) -> Result<Option<StoredRow>, StoreError> {
        let row = sqlx::query(select_stored!("WHERE l.id = $1"))
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(stored).transpose()
    }

    async fn seal(
        &mut self,
        leaves: &[SealedLeaf],
        head: &SignedHead,
        peaks: &[u8],
    ) -> Result<(), StoreError> {
        for some in leaves.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO log_leaves (leaf, place, hash) ");
            sql.push_values(some, |mut line, leaf| {
                line.push_bind(count(leaf.leaf)).push_bind(leaf.place).push_bind(&leaf.hash[..]);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        sqlx::query("INSERT INTO log_heads (size, root, at, key, signature) VALUES ($1, $2, $3, $4, $5)")
            .bind(count(head.head.size))
            .bind(&head.head.root[..])
            .bind(head.head.at.micros())
            .bind(&head.key.0[..])
            .bind(&head.signature.0[..])
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        let done = sqlx::query("UPDATE log_edge SET size = $1, place = $2, peaks = $3 WHERE size = $4")
            .bind(count(head.head.size))
            .bind(leaves.last().map_or(0, |leaf| leaf.place))
            .bind(peaks)
            .bind(leaves.first().map_or(0, |leaf| count(leaf.leaf)))
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("log_edge", done.rows_affected())
    }

    async fn sealed_leaves(&mut self, from: u64, limit: u32) -> Result<Vec<SealedLeaf>, StoreError> {
        let rows =
            sqlx::query("SELECT leaf, place, hash FROM log_leaves WHERE leaf >= $1 ORDER BY leaf LIMIT $2")
                .bind(count(from))
                .bind(limit)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(engine)?;
        rows.iter().map(leaf).collect()
    }

    async fn sealed_leaf(&mut self, place: i64) -> Result<Option<SealedLeaf>, StoreError> {
        let row = sqlx::query("SELECT leaf, place, hash FROM log_leaves WHERE place = $1")
            .bind(place)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(leaf).transpose()
    }

    async fn sealed_heads(&mut self, after: u64, limit: u32) -> Result<Vec<SignedHead>, StoreError> {
        let rows = sqlx::query("SELECT * FROM log_heads WHERE size > $1 ORDER BY size LIMIT $2")
            .bind(count(after))
            .bind(limit)
            .fetch_all(&mut *self.tx)
            .await
            .map_err(engine)?;
        rows.iter().map(head).collect()
    }

    async fn latest_head(&mut self) -> Result<Option<SignedHead>, StoreError> {
        let row = sqlx::query("SELECT * FROM log_heads ORDER BY size DESC LIMIT 1")
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.as_ref().map(head).transpose()
    }

    async fn kept_sealing_key(&mut self) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT key FROM sealing_key").fetch_optional(&mut *self.tx).await;
        row.map_err(engine)?.map(|row| row.try_get("key").map_err(engine)).transpose()
    }

    async fn keep_sealing_key(&mut self, key: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO sealing_key (one, key) VALUES (1, $1) ON CONFLICT DO NOTHING")
            .bind(key)
            .execute(&mut *self.tx)
            .await
            .map(drop)
            .map_err(engine)
    }
}
