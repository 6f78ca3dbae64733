//! Users and their tokens.

use async_trait::async_trait;
use ppn_domain::{Roles, Timestamp, TokenId, UserId};
use ppn_store::{Accounts, NewToken, StoreError, TokenOwner};
use uuid::Uuid;

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine, json};

#[async_trait]
impl Accounts for SqliteUnitOfWork {
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
            "SELECT t.roles FROM users u LEFT JOIN tokens t ON t.user_id = u.id \
             AND t.revoked_at IS NULL AND t.expires_at > $2 WHERE u.name = $1",
        )
        .bind(name)
        .bind(now.micros())
        .fetch_all(&mut *self.tx)
        .await
        .map_err(engine)?;
        let mut roles = Roles::default();
        for row in &rows {
            let c = Cells { row, table: "tokens" };
            if c.get::<Option<&str>>("roles")?.is_some() {
                roles.0.extend(c.json::<Roles>("roles")?.0);
            }
        }
        Ok((!rows.is_empty()).then_some(roles))
    }

    async fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, StoreError> {
        let row = sqlx::query(
            "SELECT t.id, u.name, t.roles, t.source, t.expires_at FROM tokens t \
             JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND t.revoked_at IS NULL",
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
            })
        })
        .transpose()
    }
}
