//! Whom an OpenID provider vouches for.

use async_trait::async_trait;
use ppn_domain::{Timestamp, UserId};
use ppn_store::{Identities, StoreError, StoredSession, SubjectAt, User};

use crate::PostgresUnitOfWork;
use crate::accounts::user;
use crate::rows::{Cells, at, text};
use crate::sessions::session;

#[async_trait]
impl Identities for PostgresUnitOfWork {
    async fn user_at(&mut self, identity: &SubjectAt) -> Result<Option<User>, StoreError> {
        // Whoever may change them waits for whoever is changing them.
        let statement = if self.writes {
            sqlx::query(
                "SELECT u.id, u.name, u.roles, u.created_at, u.disabled_at, u.password, u.password_until, \
                 u.signed_in_at, u.failures FROM identities i JOIN users u ON u.id = i.user_id \
                 WHERE i.issuer = $1 AND i.subject = $2 FOR NO KEY UPDATE OF u",
            )
        } else {
            sqlx::query(
                "SELECT u.id, u.name, u.roles, u.created_at, u.disabled_at, u.password, u.password_until, \
                 u.signed_in_at, u.failures FROM identities i JOIN users u ON u.id = i.user_id \
                 WHERE i.issuer = $1 AND i.subject = $2",
            )
        }
        .bind(text(&identity.issuer))
        .bind(text(&identity.subject));
        self.row(statement).await?.as_ref().map(user).transpose()
    }

    async fn users_at_providers(&mut self) -> Result<Vec<UserId>, StoreError> {
        let rows = self.rows(sqlx::query("SELECT user_id FROM identities ORDER BY user_id")).await?;
        rows.iter().map(|row| Ok(UserId(Cells { row, table: "identities" }.get("user_id")?))).collect()
    }

    async fn write_identity(
        &mut self,
        user: UserId,
        identity: &SubjectAt,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        let taken =
            sqlx::query("SELECT 1 FROM identities WHERE issuer = $1 AND subject = $2 AND user_id <> $3")
                .bind(text(&identity.issuer))
                .bind(text(&identity.subject))
                .bind(user.0);
        if self.row(taken).await?.is_some() {
            return Ok(false);
        }
        let statement = sqlx::query(
            "INSERT INTO identities (issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (user_id) DO UPDATE SET issuer = excluded.issuer, subject = excluded.subject, \
             created_at = excluded.created_at",
        )
        .bind(text(&identity.issuer))
        .bind(text(&identity.subject))
        .bind(user.0)
        .bind(at(since));
        self.run(statement).await?;
        Ok(true)
    }

    async fn sessions_at(
        &mut self,
        issuer: &str,
        at_provider: &str,
    ) -> Result<Vec<(StoredSession, String)>, StoreError> {
        let statement = sqlx::query(
            "SELECT s.id AS session_id, s.user_id, s.origin, s.provider, s.provider_session, \
             s.created_at AS begun_at, s.seen_at, s.ends_at, u.name FROM sessions s \
             JOIN users u ON u.id = s.user_id \
             WHERE s.provider_session = $2 AND s.provider = $1 AND s.ended_at IS NULL ORDER BY s.id",
        )
        .bind(text(issuer))
        .bind(text(at_provider));
        let rows = self.rows(statement).await?;
        rows.iter().map(|row| Ok((session(row)?, Cells { row, table: "users" }.get("name")?))).collect()
    }
}
