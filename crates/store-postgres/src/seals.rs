//! The seals on the log.

use std::time::Duration;

use async_trait::async_trait;
use ppn_domain::{AuditId, StoredRow};
use ppn_sealing::{HeadSignature, PublicKey, TreeHead};
use ppn_store::{SealedLeaf, SealedTo, Seals, SignedHead, StoreError};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, engine};

/// How long whoever seals waits for units of work that took a place in the log.
const SETTLING: Duration = Duration::from_secs(3);
const LOOKED_AT_EVERY: Duration = Duration::from_millis(20);

macro_rules! select_stored {
    ($tail:literal) => {
        concat!(
            "SELECT l.place, l.id, \
             CASE WHEN isfinite(l.at) THEN (EXTRACT(epoch FROM l.at) * 1000000)::bigint END AS at, \
             l.who, l.act, l.notice_id, l.work_item_id, l.person_id, l.origin, l.why_id, l.why_hash, \
             l.recipient, l.detail::text AS detail, t.salt, t.text \
             FROM log l LEFT JOIN typed_texts t ON t.id = l.why_id ",
            $tail
        )
    };
}

fn stored(row: &PgRow) -> Result<StoredRow, StoreError> {
    let c = Cells { row, table: "log" };
    let text = |column| c.get::<String>(column).map(String::into_bytes);
    let id = |column| Ok::<_, StoreError>(c.get::<Option<Uuid>>(column)?.map(|id| id.into_bytes().to_vec()));
    let typed = match (c.get::<Option<Vec<u8>>>("salt")?, c.get::<Option<String>>("text")?) {
        (Some(salt), Some(text)) => Some((salt, text.into_bytes())),
        _ => None,
    };
    Ok(StoredRow {
        place: c.get("place")?,
        id: c.get::<Uuid>("id")?.into_bytes().to_vec(),
        at: c.get("at")?,
        who: text("who")?,
        act: text("act")?,
        notice_id: id("notice_id")?,
        work_item_id: id("work_item_id")?,
        person_id: id("person_id")?,
        origin: text("origin")?,
        why_id: id("why_id")?,
        why_hash: c.get("why_hash")?,
        recipient: c.get::<Option<String>>("recipient")?.map(String::into_bytes),
        detail: text("detail")?,
        typed,
    })
}

fn leaf(row: &PgRow) -> Result<SealedLeaf, StoreError> {
    let c = Cells { row, table: "log_leaves" };
    Ok(SealedLeaf { leaf: c.count("leaf")?, place: c.get("place")?, hash: c.hash("hash")? })
}

fn head(row: &PgRow) -> Result<SignedHead, StoreError> {
    let c = Cells { row, table: "log_heads" };
    Ok(SignedHead {
        head: TreeHead { size: c.count("size")?, root: c.hash("root")?, at: c.time("at")? },
        key: PublicKey(c.hash("key")?),
        signature: HeadSignature(c.hash("signature")?),
    })
}

/// A count as the engine takes it.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[async_trait]
impl Seals for PostgresUnitOfWork {
    async fn sealing_turn(&mut self) -> Result<Option<SealedTo>, StoreError> {
        let statement = if self.writes {
            "SELECT size, place, peaks FROM log_edge FOR UPDATE SKIP LOCKED"
        } else {
            "SELECT size, place, peaks FROM log_edge"
        };
        let Some(row) = self.row(sqlx::query(statement)).await? else { return Ok(None) };
        let c = Cells { row: &row, table: "log_edge" };
        Ok(Some(SealedTo { size: c.count("size")?, place: c.get("place")?, peaks: c.get("peaks")? }))
    }

    async fn settled_to(&mut self) -> Result<Option<i64>, StoreError> {
        // Numbers are given before they are committed. Whoever was given one up to the highest that can
        // be seen now held this lock then, and holds it to the end of the transaction: once all who hold
        // it have ended, nothing can appear below any more. Nobody is kept from taking it.
        const WRITERS: &str = "SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' \
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
             AND relation = 'log'::regclass AND mode = 'RowExclusiveLock' AND granted \
             AND pid IS DISTINCT FROM pg_backend_pid()";
        let last = self.one(sqlx::query("SELECT COALESCE(MAX(place), 0) AS last FROM log")).await?;
        let last: i64 = last.try_get("last").map_err(engine)?;
        let names = |rows: Vec<PgRow>| -> Result<Vec<String>, StoreError> {
            rows.iter().map(|row| row.try_get("virtualtransaction").map_err(engine)).collect()
        };
        let mut waited_for = names(self.rows(sqlx::query(WRITERS)).await?)?;
        let until = Instant::now() + SETTLING;
        while !waited_for.is_empty() {
            if Instant::now() >= until {
                return Ok(None);
            }
            sleep(LOOKED_AT_EVERY).await;
            let still = names(self.rows(sqlx::query(WRITERS)).await?)?;
            waited_for.retain(|one| still.contains(one));
        }
        Ok(Some(last))
    }

    async fn stored_rows(&mut self, after: i64, to: i64, limit: u32) -> Result<Vec<StoredRow>, StoreError> {
        let statement =
            sqlx::query(select_stored!("WHERE l.place > $1 AND l.place <= $2 ORDER BY l.place LIMIT $3"))
                .bind(after)
                .bind(to)
                .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(stored).collect()
    }

    async fn stored_row(&mut self, id: AuditId) -> Result<Option<StoredRow>, StoreError> {
        let statement = sqlx::query(select_stored!("WHERE l.id = $1")).bind(id.0);
        self.row(statement).await?.as_ref().map(stored).transpose()
    }

    async fn seal(
        &mut self,
        leaves: &[SealedLeaf],
        head: &SignedHead,
        peaks: &[u8],
    ) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO log_leaves (leaf, place, hash) \
             SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])",
        )
        .bind(leaves.iter().map(|leaf| count(leaf.leaf)).collect::<Vec<_>>())
        .bind(leaves.iter().map(|leaf| leaf.place).collect::<Vec<_>>())
        .bind(leaves.iter().map(|leaf| &leaf.hash[..]).collect::<Vec<_>>());
        self.run(statement).await?;
        let statement =
            sqlx::query("INSERT INTO log_heads (size, root, at, key, signature) VALUES ($1, $2, $3, $4, $5)")
                .bind(count(head.head.size))
                .bind(&head.head.root[..])
                .bind(at(head.head.at))
                .bind(&head.key.0[..])
                .bind(&head.signature.0[..]);
        self.run(statement).await?;
        let statement = sqlx::query("UPDATE log_edge SET size = $1, place = $2, peaks = $3 WHERE size = $4")
            .bind(count(head.head.size))
            .bind(leaves.last().map_or(0, |leaf| leaf.place))
            .bind(peaks)
            .bind(leaves.first().map_or(0, |leaf| count(leaf.leaf)));
        StoreError::once("log_edge", self.run(statement).await?)
    }

    async fn sealed_leaves(&mut self, from: u64, limit: u32) -> Result<Vec<SealedLeaf>, StoreError> {
        let statement =
            sqlx::query("SELECT leaf, place, hash FROM log_leaves WHERE leaf >= $1 ORDER BY leaf LIMIT $2")
                .bind(count(from))
                .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(leaf).collect()
    }

    async fn sealed_leaf(&mut self, place: i64) -> Result<Option<SealedLeaf>, StoreError> {
        let statement = sqlx::query("SELECT leaf, place, hash FROM log_leaves WHERE place = $1").bind(place);
        self.row(statement).await?.as_ref().map(leaf).transpose()
    }

    async fn sealed_heads(&mut self, after: u64, limit: u32) -> Result<Vec<SignedHead>, StoreError> {
        let statement = sqlx::query("SELECT * FROM log_heads WHERE size > $1 ORDER BY size LIMIT $2")
            .bind(count(after))
            .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(head).collect()
    }

    async fn latest_head(&mut self) -> Result<Option<SignedHead>, StoreError> {
        let statement = sqlx::query("SELECT * FROM log_heads ORDER BY size DESC LIMIT 1");
        self.row(statement).await?.as_ref().map(head).transpose()
    }

    async fn kept_sealing_key(&mut self) -> Result<Option<String>, StoreError> {
        let row = self.row(sqlx::query("SELECT key FROM sealing_key")).await?;
        row.map(|row| row.try_get("key").map_err(engine)).transpose()
    }

    async fn keep_sealing_key(&mut self, key: &str) -> Result<(), StoreError> {
        let statement = sqlx::query("INSERT INTO sealing_key (key) VALUES ($1) ON CONFLICT DO NOTHING");
        self.run(statement.bind(key)).await.map(drop)
    }
}
