//! Sessions, and what slows guessing down.

use async_trait::async_trait;
use ppn_domain::{SessionId, Timestamp, UserId};
use ppn_store::{AtProvider, Failures, NewSession, Sessions, StoreError, StoredSession, User};
use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;
use crate::accounts::user;
use crate::rows::{Cells, at, text};

#[async_trait]
impl Sessions for PostgresUnitOfWork {
    async fn insert_session(&mut self, s: &NewSession) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO sessions (id, hash, user_id, browser, origin, created_at, seen_at, ends_at, provider, \
             provider_session) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9)",
        )
        .bind(s.id.0)
        .bind(&s.hash[..])
        .bind(s.user_id.0)
        .bind(&s.browser[..])
        .bind(text(&s.origin))
        .bind(at(s.created_at))
        .bind(at(s.ends_at))
        .bind(s.provider.as_ref().map(|p| text(&p.issuer)))
        .bind(s.provider.as_ref().and_then(|p| p.session.as_deref()).map(text));
        self.run(statement).await?;
        Ok(())
    }

    async fn session(&mut self, hash: &[u8; 32]) -> Result<Option<(StoredSession, User)>, StoreError> {
        let statement = sqlx::query(
            "SELECT u.id, u.name, u.roles, u.created_at, u.disabled_at, u.password, u.password_until, \
             u.signed_in_at, u.failures, s.id AS session_id, s.user_id, s.origin, s.provider, \
             s.provider_session, s.created_at AS begun_at, s.seen_at, s.ends_at \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1 AND s.ended_at IS NULL",
        )
        .bind(&hash[..]);
        let row = self.row(statement).await?;
        row.map(|row| Ok((session(&row)?, user(&row)?))).transpose()
    }

    async fn session_seen(&mut self, id: SessionId, seen: Timestamp) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2 AND ended_at IS NULL",
        )
        .bind(id.0)
        .bind(at(seen));
        self.run(statement).await?;
        Ok(())
    }

    async fn sessions_of(&mut self, user: UserId) -> Result<Vec<StoredSession>, StoreError> {
        let statement = sqlx::query(
            "SELECT id AS session_id, user_id, origin, provider, provider_session, created_at AS begun_at, \
             seen_at, ends_at \
             FROM sessions WHERE user_id = $1 AND ended_at IS NULL ORDER BY created_at DESC, id DESC",
        )
        .bind(user.0);
        self.rows(statement).await?.iter().map(session).collect()
    }

    async fn stale_sessions(
        &mut self,
        seen: Timestamp,
        ends: Timestamp,
        limit: u32,
    ) -> Result<Vec<(StoredSession, String)>, StoreError> {
        let statement = sqlx::query(
            "SELECT s.id AS session_id, s.user_id, s.origin, s.provider, s.provider_session, \
             s.created_at AS begun_at, s.seen_at, s.ends_at, u.name FROM sessions s JOIN users u ON u.id = s.user_id \
             WHERE s.ended_at IS NULL AND (s.seen_at <= $1 OR s.ends_at <= $2) \
             ORDER BY s.seen_at, s.id LIMIT $3",
        )
        .bind(at(seen))
        .bind(at(ends))
        .bind(i64::from(limit));
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Ok((session(row)?, Cells { row, table: "users" }.get("name")?))).collect()
    }

    async fn end_session(&mut self, id: SessionId, ended: Timestamp) -> Result<bool, StoreError> {
        let statement = sqlx::query("UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.0)
            .bind(at(ended));
        Ok(self.run(statement).await? == 1)
    }

    async fn knows_browser(&mut self, user: UserId, browser: &[u8; 32]) -> Result<bool, StoreError> {
        let statement = sqlx::query("SELECT 1 FROM sessions WHERE browser = $1 AND user_id = $2 LIMIT 1")
            .bind(&browser[..])
            .bind(user.0);
        Ok(self.row(statement).await?.is_some())
    }

    async fn failures(&mut self, bucket: &[u8; 32]) -> Result<Option<Failures>, StoreError> {
        let statement =
            sqlx::query("SELECT failures, until, last_at FROM sign_in_failures WHERE bucket = $1")
                .bind(&bucket[..]);
        let row = self.row(statement).await?;
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
        let statement = sqlx::query(
            "INSERT INTO sign_in_failures (bucket, failures, until, last_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (bucket) DO UPDATE SET failures = excluded.failures, until = excluded.until, \
             last_at = excluded.last_at",
        )
        .bind(&bucket[..])
        .bind(i32::try_from(f.failures).unwrap_or(i32::MAX))
        .bind(at(f.until))
        .bind(at(f.last_at));
        self.run(statement).await?;
        Ok(())
    }

    async fn clear_failures(&mut self, bucket: &[u8; 32]) -> Result<(), StoreError> {
        let statement = sqlx::query("DELETE FROM sign_in_failures WHERE bucket = $1").bind(&bucket[..]);
        self.run(statement).await?;
        Ok(())
    }

    async fn forget_sign_ins(&mut self, ended: Timestamp, tried: Timestamp) -> Result<u64, StoreError> {
        let sessions = sqlx::query("DELETE FROM sessions WHERE ended_at < $1").bind(at(ended));
        let failures = sqlx::query("DELETE FROM sign_in_failures WHERE last_at < $1").bind(at(tried));
        Ok(self.run(sessions).await? + self.run(failures).await?)
    }
}

/// A row of sessions, whose columns may stand beside those of another table.
pub fn session(row: &PgRow) -> Result<StoredSession, StoreError> {
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
