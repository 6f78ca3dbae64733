//! Sessions, and what slows guessing down.

use async_trait::async_trait;
use ppn_domain::{SessionId, Timestamp, UserId};
use ppn_store::{AtProvider, Failures, NewSession, Sessions, StoreError, StoredSession, User};
use sqlx::sqlite::SqliteRow;

use crate::SqliteUnitOfWork;
use crate::accounts::user;
use crate::rows::{Cells, engine};

#[async_trait]
impl Sessions for SqliteUnitOfWork {
    async fn insert_session(&mut self, s: &NewSession) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sessions (id, hash, user_id, browser, origin, created_at, seen_at, ends_at, provider, \
             provider_session) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)",
        )
        .bind(s.id.0)
        .bind(&s.hash[..])
        .bind(s.user_id.0)
        .bind(&s.browser[..])
        .bind(&s.origin)
        .bind(s.created_at.micros())
        .bind(s.ends_at.micros())
        .bind(s.provider.as_ref().map(|p| &p.issuer))
        .bind(s.provider.as_ref().and_then(|p| p.session.as_ref()))
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn session(&mut self, hash: &[u8; 32]) -> Result<Option<(StoredSession, User)>, StoreError> {
        let row = sqlx::query(
            "SELECT u.id, u.name, u.roles, u.created_at, u.disabled_at, u.password, u.password_until, \
             u.signed_in_at, u.failures, s.id AS session_id, s.user_id, s.origin, s.provider, \
             s.provider_session, s.created_at AS begun_at, s.seen_at, s.ends_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1 AND s.ended_at IS NULL",
        )
        .bind(&hash[..])
        .fetch_optional(&mut *self.tx)
        .await
        .map_err(engine)?;
        row.map(|row| Ok((session(&row)?, user(&row)?))).transpose()
    }

    async fn session_seen(&mut self, id: SessionId, seen: Timestamp) -> Result<(), StoreError> {
        sqlx::query("UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2 AND ended_at IS NULL")
            .bind(id.0)
            .bind(seen.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }

    async fn sessions_of(&mut self, user: UserId) -> Result<Vec<StoredSession>, StoreError> {
        let rows = sqlx::query(
            "SELECT id AS session_id, user_id, origin, provider, provider_session, created_at AS begun_at, \
             seen_at, ends_at \
             FROM sessions WHERE user_id = $1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC",
        )
        .bind(user.0)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(session).collect()
    }

    async fn stale_sessions(
        &mut self,
        seen: Timestamp,
        ends: Timestamp,
        limit: u32,
    ) -> Result<Vec<(StoredSession, String)>, StoreError> {
        let rows = sqlx::query(
            "SELECT s.id AS session_id, s.user_id, s.origin, s.provider, s.provider_session, \
             s.created_at AS begun_at, s.seen_at, s.ends_at, u.name FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.ended_at IS NULL AND (s.seen_at <= $1 OR s.ends_at <= $2) \
             ORDER BY s.seen_at, s.id LIMIT $3",
        )
        .bind(seen.micros())
        .bind(ends.micros())
        .bind(limit)
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(|row| Ok((session(row)?, Cells { row, table: "users" }.get("name")?))).collect()
    }

    async fn end_session(&mut self, id: SessionId, ended: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.0)
            .bind(ended.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(done.rows_affected() == 1)
    }

    async fn knows_browser(&mut self, user: UserId, browser: &[u8; 32]) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT 1 FROM sessions WHERE browser = $1 AND user_id = $2 LIMIT 1")
            .bind(&browser[..])
            .bind(user.0)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(row.is_some())
    }

    async fn failures(&mut self, bucket: &[u8; 32]) -> Result<Option<Failures>, StoreError> {
        let row = sqlx::query("SELECT failures, until, last_at FROM sign_in_failures WHERE bucket = $1")
            .bind(&bucket[..])
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(engine)?;
        row.map(|row| {
            let c = Cells { row: &row, table: "sign_in_failures" };
            Ok(Failures {
                failures: c.number("failures")?,
                until: c.time("until")?,
                last_at: c.time("last_at")?,
            })
        })
        .transpose()
    }

    async fn keep_failures(&mut self, bucket: &[u8; 32], f: &Failures) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO sign_in_failures (bucket, failures, until, last_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, until = excluded.until, \
             last_at = excluded.last_at",
        )
        .bind(&bucket[..])
        .bind(f.failures)
        .bind(f.until.micros())
        .bind(f.last_at.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn clear_failures(&mut self, bucket: &[u8; 32]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM sign_in_failures WHERE bucket = $1")
            .bind(&bucket[..])
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(())
    }

    async fn forget_sign_ins(&mut self, ended: Timestamp, tried: Timestamp) -> Result<u64, StoreError> {
        let sessions = sqlx::query("DELETE FROM sessions WHERE ended_at < $1")
            .bind(ended.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        let failures = sqlx::query("DELETE FROM sign_in_failures WHERE last_at < $1")
            .bind(tried.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(sessions.rows_affected() + failures.rows_affected())
    }
}

/// A row of sessions, whose columns may stand beside those of another table.
pub fn session(row: &SqliteRow) -> Result<StoredSession, StoreError> {
    let c = Cells { row, table: "sessions" };
    Ok(StoredSession {
        id: SessionId(c.get("session_id")?),
        user_id: UserId(c.get("user_id")?),
        origin: c.get("origin")?,
        provider: c
            .get::<Option<String>>("provider")?
            .map(|issuer| Ok(AtProvider { issuer, session: c.get("provider_session")? }))
            .transpose()?,
        created_at: c.time("begun_at")?,
        seen_at: c.time("seen_at")?,
        ends_at: c.time("ends_at")?,
    })
}
