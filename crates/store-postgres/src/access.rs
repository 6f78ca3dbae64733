//! Standing lists, opened notices, and people kept off.

use async_trait::async_trait;
use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{NoticeId, Restriction, Timestamp, WorkItem};
use ppn_store::{Access, Digest, KeptOff, Listed, Opened, StoreError};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, select_items, text, work_item};

#[async_trait]
impl Access for PostgresUnitOfWork {
    async fn lists(&mut self) -> Result<Vec<Listed>, StoreError> {
        let statement = sqlx::query(
            "SELECT l.reason, u.name, l.on_call, u.disabled_at FROM restriction_lists l \
             JOIN users u ON u.id = l.user_id ORDER BY l.reason, u.name",
        );
        self.rows(statement)
            .await?
            .iter()
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
            let statement =
                sqlx::query("UPDATE restriction_lists SET on_call = false WHERE reason = $1 AND on_call");
            self.run(statement.bind(reason.code())).await?;
        }
        let statement = sqlx::query(
            "INSERT INTO restriction_lists (reason, user_id, on_call) \
             SELECT $1, id, $3 FROM users WHERE name = $2 \
             ON CONFLICT (reason, user_id) DO UPDATE SET on_call = excluded.on_call",
        )
        .bind(reason.code())
        .bind(text(name))
        .bind(on_call);
        self.run(statement).await?;
        Ok(())
    }

    async fn take_off_list(&mut self, reason: RestrictionReason, name: &str) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "DELETE FROM restriction_lists WHERE reason = $1 \
             AND user_id = (SELECT id FROM users WHERE name = $2)",
        )
        .bind(reason.code())
        .bind(text(name));
        Ok(self.run(statement).await? == 1)
    }

    async fn opens(&mut self, name: &str) -> Result<Restriction, StoreError> {
        let statement = sqlx::query(
            "SELECT l.reason FROM restriction_lists l JOIN users u ON u.id = l.user_id \
             WHERE u.name = $1 AND u.disabled_at IS NULL",
        )
        .bind(text(name));
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Cells { row, table: "restriction_lists" }.code("reason")).collect()
    }

    async fn restrict(&mut self, id: NoticeId, to: Restriction) -> Result<(), StoreError> {
        let statement =
            sqlx::query("UPDATE notices SET restricted = $2 WHERE id = $1").bind(id.0).bind(to.bits());
        StoreError::once("notices", self.run(statement).await?)
    }

    async fn restricted_items(&mut self, limit: u32) -> Result<Vec<WorkItem>, StoreError> {
        let statement = sqlx::query(select_items!(
            "WHERE w.restricted <> 0 AND w.state <> 'done' ORDER BY w.received, w.sequence LIMIT $1"
        ))
        .bind(i64::from(limit));
        self.rows(statement).await?.iter().map(work_item).collect()
    }

    async fn open_notice(&mut self, opened: &Opened) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO opened_notices (name, notice_id, restricted, opened_at, until) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name, notice_id) DO UPDATE SET \
             restricted = excluded.restricted, opened_at = excluded.opened_at, until = excluded.until",
        )
        .bind(text(&opened.name))
        .bind(opened.notice_id.0)
        .bind(opened.restricted.bits())
        .bind(at(opened.opened_at))
        .bind(at(opened.until));
        self.run(statement).await?;
        Ok(())
    }

    async fn is_open_for(&mut self, id: NoticeId, name: &str, now: Timestamp) -> Result<bool, StoreError> {
        let statement =
            sqlx::query("SELECT 1 FROM opened_notices WHERE name = $1 AND notice_id = $2 AND until > $3")
                .bind(text(name))
                .bind(id.0)
                .bind(at(now));
        Ok(self.row(statement).await?.is_some())
    }

    async fn opened_since(&mut self, since: Timestamp, limit: u32) -> Result<Vec<Opened>, StoreError> {
        let statement = sqlx::query(
            "SELECT name, notice_id, restricted, opened_at, until FROM opened_notices \
             WHERE opened_at >= $1 ORDER BY opened_at DESC, name LIMIT $2",
        )
        .bind(at(since))
        .bind(i64::from(limit));
        self.rows(statement)
            .await?
            .iter()
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
        since: Timestamp,
    ) -> Result<(), StoreError> {
        if of.is_empty() {
            return Ok(());
        }
        // In one order, so that two who keep off the same people do not wait for each other.
        let mut of: Vec<_> = of.iter().collect();
        of.sort();
        let statement = sqlx::query(
            "INSERT INTO kept_off (name, notice_id, why, at) \
             SELECT name, notice_id, $3, $4 FROM unnest($1::text[], $2::uuid[]) AS rows (name, notice_id) \
             ON CONFLICT (name, notice_id) DO NOTHING",
        )
        .bind(of.iter().map(|(name, _)| text(name)).collect::<Vec<_>>())
        .bind(of.iter().map(|(_, notice)| notice.0).collect::<Vec<_>>())
        .bind(match why {
            KeptOff::Said => "said",
            KeptOff::Declared => "declared",
        })
        .bind(at(since));
        self.run(statement).await?;
        Ok(())
    }

    async fn is_kept_off(&mut self, id: NoticeId, name: &str) -> Result<bool, StoreError> {
        let statement = sqlx::query("SELECT 1 FROM kept_off WHERE name = $1 AND notice_id = $2")
            .bind(text(name))
            .bind(id.0);
        Ok(self.row(statement).await?.is_some())
    }

    async fn declare(&mut self, name: &str, keys: &[Digest]) -> Result<(), StoreError> {
        self.run(sqlx::query("DELETE FROM declared_keys WHERE name = $1").bind(text(name))).await?;
        let statement = sqlx::query(
            "INSERT INTO declared_keys (key, name) SELECT key, $2 FROM unnest($1::bytea[]) AS rows (key)",
        )
        .bind(keys.iter().map(|key| &key[..]).collect::<Vec<_>>())
        .bind(text(name));
        self.run(statement).await?;
        Ok(())
    }

    async fn declared_by(&mut self, keys: &[Digest]) -> Result<Vec<(usize, String)>, StoreError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let statement = sqlx::query(
            "SELECT k.place, d.name FROM unnest($1::bytea[]) WITH ORDINALITY AS k (key, place) \
             JOIN declared_keys d ON d.key = k.key",
        )
        .bind(keys.iter().map(|key| &key[..]).collect::<Vec<_>>());
        let rows = self.rows(statement).await?;
        rows.iter()
            .map(|row| {
                let c = Cells { row, table: "declared_keys" };
                let place: i64 = c.get("place")?;
                Ok((usize::try_from(place - 1).map_err(|_| c.bad("place"))?, c.get("name")?))
            })
            .collect()
    }
}
