//! Users and their tokens.

use async_trait::async_trait;
use ppn_domain::{Roles, Timestamp, TokenId, UserId};
use ppn_store::{Accounts, NewToken, StoreError, TokenOwner};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, json, text};

#[async_trait]
impl Accounts for PostgresUnitOfWork {
    async fn user_named(&mut self, name: &str, id: UserId, now: Timestamp) -> Result<UserId, StoreError> {
        let statement = sqlx::query(
            "INSERT INTO users (id, name, created_at) VALUES ($1, $2, $3) \
             ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id",
        )
        .bind(id.0)
        .bind(text(name))
        .bind(at(now));
        let row = self.one(statement).await?;
        Ok(UserId(Cells { row: &row, table: "users" }.get("id")?))
    }

    async fn insert_token(&mut self, token: &NewToken) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO tokens (id, hash, user_id, roles, source, created_at, expires_at) \
             VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7)",
        )
        .bind(token.id.0)
        .bind(&token.hash[..])
        .bind(token.user_id.0)
        .bind(json(&token.roles)?)
        .bind(token.source.as_deref().map(text))
        .bind(at(token.created_at))
        .bind(at(token.expires_at));
        self.run(statement).await?;
        Ok(())
    }

    async fn roles_of(&mut self, name: &str, now: Timestamp) -> Result<Option<Roles>, StoreError> {
        let statement = sqlx::query(
            "SELECT t.roles, t.roles IS NOT NULL AS has FROM users u LEFT JOIN tokens t ON t.user_id = u.id \
             AND t.revoked_at IS NULL AND t.expires_at > $2 WHERE u.name = $1",
        )
        .bind(text(name))
        .bind(at(now));
        let rows = self.rows(statement).await?;
        let mut roles = Roles::default();
        for row in &rows {
            let c = Cells { row, table: "tokens" };
            if c.get("has")? {
                roles.0.extend(c.json::<Roles>("roles")?.0);
            }
        }
        Ok((!rows.is_empty()).then_some(roles))
    }

    async fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, StoreError> {
        let statement = sqlx::query(
            "SELECT t.id, u.name, t.roles, t.source, t.expires_at FROM tokens t \
             JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND t.revoked_at IS NULL",
        )
        .bind(&hash[..]);
        let row = self.row(statement).await?;
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
