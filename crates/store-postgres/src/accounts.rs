//! Users and their tokens.

use async_trait::async_trait;
use ppn_domain::{Roles, Timestamp, TokenId, UserId};
use ppn_store::{Accounts, KeptToken, NewToken, Password, StoreError, TokenOwner, User};
use sqlx::postgres::PgRow;

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at, json, text};

#[async_trait]
impl Accounts for PostgresUnitOfWork {
    async fn user(&mut self, name: &str) -> Result<Option<User>, StoreError> {
        // Whoever may change them waits for whoever is changing them.
        let statement = if self.writes {
            sqlx::query(
                "SELECT id, name, roles, created_at, disabled_at, password, password_until, signed_in_at, failures \
                 FROM users WHERE name = $1 FOR NO KEY UPDATE",
            )
        } else {
            sqlx::query(
                "SELECT id, name, roles, created_at, disabled_at, password, password_until, signed_in_at, failures \
                 FROM users WHERE name = $1",
            )
        };
        self.row(statement.bind(text(name))).await?.as_ref().map(user).transpose()
    }

    async fn users(&mut self) -> Result<Vec<User>, StoreError> {
        let statement = sqlx::query(
            "SELECT id, name, roles, created_at, disabled_at, password, password_until, signed_in_at, failures \
             FROM users ORDER BY name",
        );
        self.rows(statement).await?.iter().map(user).collect()
    }

    async fn write_user(&mut self, user: &User) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "UPDATE users SET roles = $2::jsonb, disabled_at = $3, password = $4, password_until = $5, \
             signed_in_at = $6, failures = $7 WHERE id = $1",
        )
        .bind(user.id.0)
        .bind(json(&user.roles)?)
        .bind(user.disabled_at.map(at))
        .bind(user.password.as_ref().map(|p| p.hash.as_str()))
        .bind(user.password.as_ref().and_then(|p| p.until).map(at))
        .bind(user.signed_in_at.map(at))
        .bind(i32::try_from(user.failures).unwrap_or(i32::MAX));
        StoreError::once("users", self.run(statement).await?)
    }

    async fn tokens(&mut self) -> Result<Vec<KeptToken>, StoreError> {
        let statement = sqlx::query(
            "SELECT t.id, u.name, t.roles, t.source, t.created_at, t.expires_at, t.revoked_at, t.used_at \
             FROM tokens t JOIN users u ON u.id = t.user_id ORDER BY u.name, t.created_at DESC, t.id DESC",
        );
        self.rows(statement).await?.iter().map(token).collect()
    }

    async fn revoke_token(&mut self, id: TokenId, revoked: Timestamp) -> Result<bool, StoreError> {
        let statement = sqlx::query("UPDATE tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(id.0)
            .bind(at(revoked));
        Ok(self.run(statement).await? == 1)
    }

    async fn token_used(&mut self, id: TokenId, used: Timestamp) -> Result<(), StoreError> {
        let statement = sqlx::query("UPDATE tokens SET used_at = $2 WHERE id = $1").bind(id.0).bind(at(used));
        StoreError::once("tokens", self.run(statement).await?)
    }

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
            "SELECT u.roles AS own, u.disabled_at, t.roles, t.roles IS NOT NULL AS has \
             FROM users u LEFT JOIN tokens t ON t.user_id = u.id \
             AND t.revoked_at IS NULL AND t.expires_at > $2 WHERE u.name = $1",
        )
        .bind(text(name))
        .bind(at(now));
        let rows = self.rows(statement).await?;
        let mut roles = Roles::default();
        for row in &rows {
            let c = Cells { row, table: "users" };
            if c.optional_time("disabled_at")?.is_none() {
                roles.0.extend(c.json::<Roles>("own")?.0);
                if c.get("has")? {
                    roles.0.extend(c.json::<Roles>("roles")?.0);
                }
            }
        }
        Ok((!rows.is_empty()).then_some(roles))
    }

    async fn token_owner(&mut self, hash: &[u8; 32]) -> Result<Option<TokenOwner>, StoreError> {
        let statement = sqlx::query(
            "SELECT t.id, u.name, t.roles, t.source, t.expires_at, t.used_at FROM tokens t \
             JOIN users u ON u.id = t.user_id WHERE t.hash = $1 AND t.revoked_at IS NULL AND u.disabled_at IS NULL",
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
                used_at: c.optional_time("used_at")?,
            })
        })
        .transpose()
    }
}

/// A row of users, whose columns may stand beside those of another table.
pub fn user(row: &PgRow) -> Result<User, StoreError> {
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

fn token(row: &PgRow) -> Result<KeptToken, StoreError> {
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
