//! Users and their tokens.

use async_trait::async_trait;
use ppn_domain::{Roles, Timestamp, TokenId, UserId};
use ppn_store::{Accounts, KeptToken, NewToken, Password, StoreError, TokenOwner, User};
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine, json};

#[async_trait]
impl Accounts for SqliteUnitOfWork {
    async fn user(&mut self, name: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query(
            "SELECT id, name, roles, created_at, disabled_at, password, password_until, signed_in_at, failures \
             FROM users WHERE name = $1",
        )
        .bind(name)
        .fetch_optional(&mut *self.tx)
        .await
        .map_err(engine)?;
        row.as_ref().map(user).transpose()
    }

    async fn users(&mut self) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, name, roles, created_at, disabled_at, password, password_until, signed_in_at, failures \
             FROM users ORDER BY name",
        )
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(user).collect()
    }

    async fn write_user(&mut self, user: &User) -> Result<(), StoreError> {
        let done = sqlx::query(
            "UPDATE users SET roles = $2, disabled_at = $3, password = $4, password_until = $5, \
             signed_in_at = $6, failures = $7 WHERE id = $1",
        )
        .bind(user.id.0)
        .bind(json(&user.roles)?)
        .bind(user.disabled_at.map(Timestamp::micros))
        .bind(user.password.as_ref().map(|p| p.hash.as_str()))
        .bind(user.password.as_ref().and_then(|p| p.until).map(Timestamp::micros))
        .bind(user.signed_in_at.map(Timestamp::micros))
        .bind(user.failures)
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        StoreError::once("users", done.rows_affected())
    }

    async fn tokens(&mut self) -> Result<Vec<KeptToken>, StoreError> {
        let rows = sqlx::query(
            "SELECT t.id, u.name, t.roles, t.source, t.created_at, t.expires_at, t.revoked_at, t.used_at \
             FROM tokens t JOIN users u ON u.id = t.user_id ORDER BY u.name, t.created_at DESC, t.id DESC",
        )
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        rows.iter().map(token).collect()
    }

    async fn revoke_token(&mut self, id: TokenId, at: Timestamp) -> Result<bool, StoreError> {
        let done = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.0)
            .bind(at.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(done.rows_affected() == 1)
    }

    async fn token_used(&mut self, id: TokenId, at: Timestamp) -> Result<(), StoreError> {
        let done = sqlx::query("UPDATE tokens SET used_at = $2 WHERE id = $1")
            .bind(id.0)
            .bind(at.micros())
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        StoreError::once("tokens", done.rows_affected())
    }

    async fn user_named(&mut self, name: &str, id: UserId, now: Timestamp) -> Result<UserId, StoreError> {
        let user: Uuid = sqlx::query_scalar(
            "INSERT INTO users (id, name, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        )
        .bind(id.0)
        .bind(name)
        .bind(now.micros())
        .fetch_one(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(UserId(user))
    }

    async fn insert_token(&mut self, token: &NewToken) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO tokens (id, hash, user_id, roles, source, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(token.id.0)
        .bind(&token.hash[..])
        .bind(token.user_id.0)
        .bind(json(&token.roles)?)
        .bind(&token.source)
        .bind(token.created_at.micros())
        .bind(token.expires_at.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn roles_of(&mut self, name: &str, now: Timestamp) -> Result<Option<Roles>, StoreError> {
        let rows = sqlx::query(
            "SELECT u.roles AS own, u.disabled_at, t.roles FROM users u LEFT JOIN tokens t \
             ON t.user_id = u.id AND t.revoked_at IS NULL AND t.expires_at > $2 WHERE u.name = $1",
        )
        .bind(name)
        .bind(now.micros())
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        let mut roles = Roles::default();
        for row in &rows {
            let c = Cells { row, table: "users" };
            if c.optional_time("disabled_at")?.is_none() {
                roles.0.extend(c.json::<Roles>("own")?.0);
                if c.get::<Option<&str>>("roles")?.is_some() {
                    roles.0.extend(c.json::<Roles>("roles")?.0);
                }
            }
        }
        Ok((!rows.is_empty()).then_some(roles))
    }

    async fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, StoreError> {
        let row = sqlx::query(
            "SELECT t.id, u.name, t.roles, t.source, t.expires_at, t.used_at FROM tokens t \
             JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND t.revoked_at IS NULL AND u.disabled_at IS NULL",
        )
        .bind(&hash[..])
        .fetch_optional(&mut *self.tx)
        .await
        .map_err(engine)?;
        row.map(|row| {
            let c = Cells { row: &row, table: "tokens" };
            Ok(TokenOwner {
                id: TokenId(c.get("id")?),
                user: c.get("name")?,
                roles: c.json("roles")?,
                source: c.get("source")?,
                expires_at: c.time("expires_at")?,
                used_at: c.optional_time("used_at")?,
            })
        })
        .transpose()
    }
}

/// A row of users, whose columns may stand beside those of another table.
pub fn user(row: &SqliteRow) -> Result<User, StoreError> {
    let c = Cells { row, table: "users" };
    let hash: Option<String> = c.get("password")?;
    let until = c.optional_time("password_until")?;
    Ok(User {
        id: UserId(c.get("id")?),
        name: c.get("name")?,
        roles: c.json("roles")?,
        created_at: c.time("created_at")?,
        disabled_at: c.optional_time("disabled_at")?,
        password: hash.map(|hash| Password { hash, until }),
        signed_in_at: c.optional_time("signed_in_at")?,
        failures: c.number("failures")?,
    })
}

fn token(row: &SqliteRow) -> Result<KeptToken, StoreError> {
    let c = Cells { row, table: "tokens" };
    Ok(KeptToken {
        id: TokenId(c.get("id")?),
        user: c.get("name")?,
        roles: c.json("roles")?,
        source: c.get("source")?,
        created_at: c.time("created_at")?,
        expires_at: c.time("expires_at")?,
        revoked_at: c.optional_time("revoked_at")?,
        used_at: c.optional_time("used_at")?,
    })
}
