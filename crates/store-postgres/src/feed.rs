//! What changed, for whoever watches; and how nodes hear of each other's changes.
//!
//! Whoever saved a change of an item sends an empty notification after its commit, and not within it: a
//! commit that notifies waits for every other that does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use ppn_domain::{Desk, NoticeId, Restriction, Span, WorkItemId};
use ppn_store::{Changes, Feed, FeedPlace, FeedReach, FeedRow, StoreError, Viewer};
use sqlx::postgres::PgListener;
use tokio::time::{Instant, sleep, sleep_until};

use crate::PostgresUnitOfWork;
use crate::primary::Connections;
use crate::rows::{Cells, at, engine, text};

/// The channel of the notifications.
const CHANNEL: &str = "ppn_feed";
/// One process sends at most one notification in this time: ten a second.
pub const POKES_APART: Duration = Duration::from_millis(100);
/// How often somebody looks who cannot be notified: behind a pooler without a direct way.
const LOOKS_APART: Duration = Duration::from_secs(1);

/// Up to which transaction everything is settled: no older one runs.
macro_rules! settled {
    () => {
        "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    };
}

fn place(c: &Cells<'_>, transaction: &'static str, place: &'static str) -> Result<FeedPlace, StoreError> {
    Ok(FeedPlace { transaction: c.get(transaction)?, place: c.get(place)? })
}

#[async_trait]
impl Feed for PostgresUnitOfWork {
    async fn feed_reach(&mut self) -> Result<FeedReach, StoreError> {
        let statement = sqlx::query(concat!(
            "SELECT p.xact AS pruned_xact, p.place AS pruned_place, \
             COALESCE(l.xact, 0) AS xact, COALESCE(l.place, 0) AS place, \
             COALESCE((SELECT xact FROM feed ORDER BY xact DESC, place DESC LIMIT 1) >= ",
            settled!(),
            ", false) AS more FROM feed_pruned p LEFT JOIN LATERAL (SELECT xact, place FROM feed WHERE xact < ",
            settled!(),
            " ORDER BY xact DESC, place DESC LIMIT 1) l ON true"
        ));
        let row = self.one(statement).await?;
        let c = Cells { row: &row, table: "feed" };
        let pruned = place(&c, "pruned_xact", "pruned_place")?;
        let latest = place(&c, "xact", "place")?.max(pruned);
        Ok(FeedReach { pruned, latest, more_to_come: c.get("more")? })
    }

    async fn feed_between(
        &mut self,
        after: FeedPlace,
        up_to: FeedPlace,
        desks: &[Desk],
        viewer: &Viewer,
        limit: u32,
    ) -> Result<Vec<FeedRow>, StoreError> {
        // Each inner list is read once, before the rows are looked at.
        let statement = sqlx::query(
            "SELECT f.xact, f.place, f.kind, w.id, w.notice_id, w.desk \
             FROM feed f JOIN work_items w ON w.id = f.work_item_id \
             WHERE (f.xact, f.place) > ($1, $2) AND (f.xact, f.place) <= ($3, $4) AND w.desk = ANY($5) \
             AND ((w.restricted & $6) = 0 OR w.notice_id = ANY(ARRAY( \
               SELECT notice_id FROM opened_notices WHERE name = $7 AND until > $8))) \
             AND w.notice_id <> ALL(ARRAY(SELECT notice_id FROM kept_off WHERE name = $7)) \
             ORDER BY f.xact, f.place LIMIT $9",
        )
        .bind(after.transaction)
        .bind(after.place)
        .bind(up_to.transaction)
        .bind(up_to.place)
        .bind(desks.iter().map(|desk| desk.code()).collect::<Vec<_>>())
        .bind(Restriction::ALL.beyond(viewer.opens).bits())
        .bind(text(&viewer.name))
        .bind(at(viewer.now))
        .bind(i64::from(limit));
        self.rows(statement)
            .await?
            .iter()
            .map(|row| {
                let c = Cells { row, table: "feed" };
                Ok(FeedRow {
                    place: place(&c, "xact", "place")?,
                    kind: c.code("kind")?,
                    work_item_id: WorkItemId(c.get("id")?),
                    notice_id: NoticeId(c.get("notice_id")?),
                    desk: c.code("desk")?,
                })
            })
            .collect()
    }

    async fn prune_feed(&mut self, kept: Span, limit: u32) -> Result<u64, StoreError> {
        // A database that was dumped and loaded counts its transactions anew: what its rows and the mark
        // say of transactions that are still to come was of the other.
        let strange = sqlx::query(
            "WITH strange AS (DELETE FROM feed \
             WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint) \
             UPDATE feed_pruned SET xact = 0, place = 0 \
             WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint",
        );
        self.run(strange).await?;
        let statement = sqlx::query(concat!(
            "WITH old AS (SELECT xact, place FROM feed \
               WHERE at < clock_timestamp() - make_interval(secs => $1) AND xact < ",
            settled!(),
            " ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED), \
             gone AS (DELETE FROM feed f USING old WHERE f.xact = old.xact AND f.place = old.place \
               RETURNING f.xact, f.place), \
             last AS (SELECT xact, place FROM gone ORDER BY xact DESC, place DESC LIMIT 1), \
             marked AS (UPDATE feed_pruned p SET xact = last.xact, place = last.place FROM last \
               WHERE (p.xact, p.place) < (last.xact, last.place)) \
             SELECT count(*) AS gone FROM gone"
        ))
        .bind(seconds(kept))
        .bind(i64::from(limit));
        let row = self.one(statement).await?;
        Cells { row: &row, table: "feed" }.count("gone")
    }
}

#[expect(clippy::cast_precision_loss, reason = "times that are kept are far below 2^52 microseconds")]
fn seconds(span: Span) -> f64 {
    span.as_micros() as f64 / 1e6
}

/// Tells every node, this one too, that something was saved.
#[derive(Debug, Default)]
pub struct Pokes {
    under_way: AtomicBool,
    /// Notifications that are not sent yet.
    unsent: AtomicUsize,
    last: std::sync::Mutex<Option<Instant>>,
}

impl Pokes {
    /// Sends a notification, soon. Callers in the meantime are told of by the same.
    pub fn send(self: &Arc<Self>, connections: &Arc<Connections>) {
        if self.under_way.swap(true, Ordering::AcqRel) {
            return;
        }
        let (pokes, connections) = (self.clone(), connections.clone());
        self.unsent.fetch_add(1, Ordering::AcqRel);
        tokio::spawn(async move {
            let last = *pokes.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(last) = last {
                sleep_until(last + POKES_APART).await;
            }
            *pokes.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(Instant::now());
            // What is saved from here on needs another.
            pokes.under_way.store(false, Ordering::Release);
            // Whoever misses it looks by itself soon.
            if let Err(error) = connections.notify(CHANNEL).await {
                tracing::debug!(%error, "other nodes could not be told of a change");
            }
            pokes.unsent.fetch_sub(1, Ordering::AcqRel);
        });
    }

    /// Waits a little until what was begun is sent: a command that ends takes its tasks with it.
    pub async fn sent(&self) {
        let until = Instant::now() + POKES_APART * 10;
        while self.unsent.load(Ordering::Acquire) > 0 && Instant::now() < until {
            sleep(POKES_APART / 20).await;
        }
    }
}

/// Hears the notifications of every node.
pub async fn changes(connections: &Connections) -> Result<Box<dyn Changes>, StoreError> {
    match connections.listen(CHANNEL).await.map_err(engine)? {
        Some(listener) => Ok(Box::new(Heard(listener))),
        None => Ok(Box::new(Looked)),
    }
}

struct Heard(PgListener);

#[async_trait]
impl Changes for Heard {
    async fn next(&mut self) -> Result<(), StoreError> {
        match self.0.try_recv().await.map_err(engine)? {
            Some(_) => {
                while self.0.next_buffered().is_some() {}
                Ok(())
            }
            // The primary may be another host by now.
            None => Err(StoreError::Engine("the connection that hears of changes was lost".into())),
        }
    }
}

struct Looked;

#[async_trait]
impl Changes for Looked {
    async fn next(&mut self) -> Result<(), StoreError> {
        sleep(LOOKS_APART).await;
        Ok(())
    }
}
