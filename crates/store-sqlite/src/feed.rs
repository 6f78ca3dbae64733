//! What changed, for whoever watches; and how a process hears of what others wrote to the file.

use std::time::Duration;

use async_trait::async_trait;
use ppn_domain::{Desk, NoticeId, Restriction, Span, WorkItemId};
use ppn_store::{Changes, Feed, FeedPlace, FeedReach, FeedRow, StoreError, Viewer};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, QueryBuilder, SqliteConnection};
use tokio::time::sleep;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

/// How often the file is asked whether somebody wrote to it.
const LOOKS_APART: Duration = Duration::from_millis(100);

const fn at(place: i64) -> FeedPlace {
    FeedPlace { transaction: 0, place }
}

#[async_trait]
impl Feed for SqliteUnitOfWork {
    async fn feed_reach(&mut self) -> Result<FeedReach, StoreError> {
        let (pruned, latest): (i64, i64) = sqlx::query_as(
            "SELECT p.place, MAX(p.place, COALESCE((SELECT MAX(place) FROM feed), 0)) FROM feed_pruned p",
        )
        .fetch_one(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(FeedReach { pruned: at(pruned), latest: at(latest), more_to_come: false })
    }

    async fn feed_between(
        &mut self,
        after: FeedPlace,
        up_to: FeedPlace,
        desks: &[Desk],
        viewer: &Viewer,
        limit: u32,
    ) -> Result<Vec<FeedRow>, StoreError> {
        let mut sql = QueryBuilder::new(
            "SELECT f.place, f.kind, w.id, w.notice_id, w.desk \
             FROM feed f CROSS JOIN work_items w ON w.id = f.work_item_id WHERE f.place > ",
        );
        sql.push_bind(after.place).push(" AND f.place <= ").push_bind(up_to.place);
        sql.push(" AND w.desk IN (");
        let mut list = sql.separated(", ");
        for desk in desks {
            list.push_bind(desk.code());
        }
        sql.push(") AND ((w.restricted & ").push_bind(Restriction::ALL.beyond(viewer.opens).bits());
        sql.push(") = 0 OR w.notice_id IN (SELECT notice_id FROM opened_notices WHERE name = ");
        sql.push_bind(viewer.name.clone()).push(" AND until > ").push_bind(viewer.now.micros());
        sql.push(")) AND w.notice_id NOT IN (SELECT notice_id FROM kept_off WHERE name = ");
        sql.push_bind(viewer.name.clone()).push(") ORDER BY f.place LIMIT ").push_bind(limit);
        let rows = sql.build().fetch_all(&mut *self.tx).await.map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "feed" };
                Ok(FeedRow {
                    place: at(c.get("place")?),
                    kind: c.code("kind")?,
                    work_item_id: WorkItemId(c.get("id")?),
                    notice_id: NoticeId(c.get("notice_id")?),
                    desk: c.code("desk")?,
                })
            })
            .collect()
    }

    async fn prune_feed(&mut self, kept: Span, limit: u32) -> Result<u64, StoreError> {
        // From the first place on: what is left has no gap, whatever the clock did.
        let last: Option<i64> = sqlx::query_scalar(
            "SELECT MAX(place) FROM (SELECT place, at FROM feed ORDER BY place LIMIT $1) \
             WHERE at < CAST(unixepoch('subsec') * 1000000 AS INTEGER) - $2",
        )
        .bind(limit)
        .bind(kept.as_micros())
        .fetch_one(&mut *self.tx)
        .await
        .map_err(engine)?;
        let Some(last) = last else { return Ok(0) };
        sqlx::query("UPDATE feed_pruned SET place = $1")
            .bind(last)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        let gone = sqlx::query("DELETE FROM feed WHERE place <= $1")
            .bind(last)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(gone.rows_affected())
    }
}

/// Hears of what any connection wrote to the file.
pub async fn changes(options: SqliteConnectOptions) -> Result<Box<dyn Changes>, StoreError> {
    let mut connection = options.connect().await.map_err(engine)?;
    let seen = data_version(&mut connection).await?;
    Ok(Box::new(Looked { connection, seen }))
}

/// Another number after each commit of another connection, of whatever process.
async fn data_version(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await.map_err(engine)
}

struct Looked {
    connection: SqliteConnection,
    seen: i64,
}

#[async_trait]
impl Changes for Looked {
    async fn next(&mut self) -> Result<(), StoreError> {
        loop {
            let version = data_version(&mut self.connection).await?;
            if version != self.seen {
                self.seen = version;
                return Ok(());
            }
            sleep(LOOKS_APART).await;
        }
    }
}
