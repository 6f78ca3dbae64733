//! Standing lists, opened notices, and people kept off.

use async_trait::async_trait;
use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{NoticeId, Restriction, Timestamp, WorkItem};
use ppn_store::{Access, Digest, KeptOff, Listed, Opened, StoreError};
use sqlx::{QueryBuilder, Sqlite};

use crate::SqliteUnitOfWork;
use crate::people::list;
use crate::rows::{Cells, ROWS, engine, run, select_items, work_item};

#[async_trait]
impl Access for SqliteUnitOfWork {
    async fn lists(&mut self) -> Result<Vec<Listed>, StoreError> {
        let rows = sqlx::query(
            "SELECT l.reason, u.name, l.on_call, u.disabled_at FROM restriction_lists l \
             JOIN users u ON u.id = l.user_id ORDER BY l.reason, u.name",
        )
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "restriction_lists" };
                Ok(Listed {
                    reason: c.code("reason")?,
                    name: c.get("name")?,
                    on_call: c.get("on_call")?,
                    disabled: c.optional_time("disabled_at")?.is_some(),
                })
            })
            .collect()
    }

    async fn put_on_list(
        &mut self,
        reason: RestrictionReason,
        name: &str,
        on_call: bool,
    ) -> Result<(), StoreError> {
        if on_call {
            sqlx::query("UPDATE restriction_lists SET on_call = 0 WHERE reason = $1 AND on_call = 1")
                .bind(reason.code())
                .execute(&mut *self.tx)
                .await
                .map_err(engine)?;
        }
        sqlx::query(
            "INSERT INTO restriction_lists (reason, user_id, on_call) \
             SELECT $1, id, $3 FROM users WHERE name = $2 \
             ON CONFLICT (reason, user_id) DO UPDATE SET on_call = excluded.on_call",
        )
        .bind(reason.code())
        .bind(name)
        .bind(on_call)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn take_off_list(&mut self, reason: RestrictionReason, name: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "DELETE FROM restriction_lists WHERE reason = $1 \
             AND user_id = (SELECT id FROM users WHERE name = $2)",
        )
        .bind(reason.code())
        .bind(name)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(done.rows_affected() == 1)
    }

    async fn opens(&mut self, name: &str) -> Result<Restriction, StoreError> {
        let rows = sqlx::query(
            "SELECT l.reason FROM restriction_lists l JOIN users u ON u.id = l.user_id \
             WHERE u.name = $1 AND u.disabled_at IS NULL",
        )
        .bind(name)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(|row| Cells { row, table: "restriction_lists" }.code("reason")).collect()
    }

    async fn restrict(&mut self, id: NoticeId, to: Restriction) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE notices SET restricted = $2 WHERE id = $1")
            .bind(id.0)
            .bind(to.bits())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("notices", done.rows_affected())
    }

    async fn restricted_items(&mut self, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let rows = sqlx::query(select_items!(
            "WHERE w.restricted <> 0 AND w.state <> 'done' ORDER BY w.received, w.sequence LIMIT $1"
        ))
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(work_item).collect()
    }

    async fn open_notice(&mut self, opened: &Opened) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO opened_notices (name, notice_id, restricted, opened_at, until) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name, notice_id) DO UPDATE SET \
             restricted = excluded.restricted, opened_at = excluded.opened_at, until = excluded.until",
        )
        .bind(&opened.name)
        .bind(opened.notice_id.0)
        .bind(opened.restricted.bits())
        .bind(opened.opened_at.micros())
        .bind(opened.until.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn is_open_for(&mut self, id: NoticeId, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let found =
            sqlx::query("SELECT 1 FROM opened_notices WHERE name = $1 AND notice_id = $2 AND until > $3")
                .bind(name)
                .bind(id.0)
                .bind(now.micros())
                .fetch_optional(&mut *self.tx)
                .await
                .map_err(engine)?;
        Ok(found.is_some())
    }

    async fn opened_since(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Opened>, StoreError> {
        let rows = sqlx::query(
            "SELECT name, notice_id, restricted, opened_at, until FROM opened_notices \
             WHERE opened_at >= $1 ORDER BY opened_at DESC, name LIMIT $2",
        )
        .bind(since.micros())
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "opened_notices" };
                Ok(Opened {
                    notice_id: NoticeId(c.get("notice_id")?),
                    restricted: c.restriction()?,
                    name: c.get("name")?,
                    opened_at: c.time("opened_at")?,
                    until: c.time("until")?,
                })
            })
            .collect()
    }

    async fn keep_off(
        &mut self,
        of: &[(String, NoticeId)],
        why: KeptOff,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        for some in of.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO kept_off (name, notice_id, why, at) ");
            sql.push_values(some, |mut row, (name, notice)| {
                row.push_bind(name).push_bind(notice.0).push_bind(word(why)).push_bind(at.micros());
            });
            sql.push(" ON CONFLICT (name, notice_id) DO NOTHING");
            sql.build().persistent(false).execute(&mut *self.tx).await.map_err(engine)?;
        }
        Ok(())
    }

    async fn is_kept_off(&mut self, id: NoticeId, name: &str) -> Result<bool, StoreError> {
        let found = sqlx::query("SELECT 1 FROM kept_off WHERE name = $1 AND notice_id = $2")
            .bind(name)
            .bind(id.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(found.is_some())
    }

    async fn declare(&mut self, name: &str, keys: &[Digest]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM declared_keys WHERE name = $1")
            .bind(name)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        for some in keys.chunks(ROWS) {
            let mut sql = QueryBuilder::<Sqlite>::new("INSERT INTO declared_keys (key, name) ");
            sql.push_values(some, |mut row, key| {
                row.push_bind(&key[..]).push_bind(name);
            });
            run(sql, some.len(), &mut self.tx).await?;
        }
        Ok(())
    }

    async fn declared_by(&mut self, keys: &[Digest]) -> Result<Vec<(usize, String)>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "SELECT k.key AS place, d.name FROM json_each($1) k \
             CROSS JOIN declared_keys d ON d.key = unhex(k.value)",
        )
        .bind(list(keys.iter()))
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "declared_keys" };
                Ok((c.number("place")?, c.get("name")?))
            })
            .collect()
    }
}

const fn word(why: KeptOff) -> &'static str {
    match why {
        KeptOff::Said => "said",
        KeptOff::Declared => "declared",
    }
}
