//! Second factors.

use async_trait::async_trait;
use ppn_domain::{Timestamp, UserId};
use ppn_store::{SecondFactor, SecondFactors, StoreError};

use crate::PostgresUnitOfWork;
use crate::rows::{Cells, at};

#[async_trait]
impl SecondFactors for PostgresUnitOfWork {
    async fn second_factor(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        let statement = if self.writes {
            "SELECT secret, confirmed_at, last_step FROM second_factors WHERE user_id = $1 FOR NO KEY UPDATE"
        } else {
            "SELECT secret, confirmed_at, last_step FROM second_factors WHERE user_id = $1"
        };
        let row = self.row(sqlx::query(statement).bind(user.0)).await?;
        row.map(|row| {
            let c = Cells { row: &row, table: "second_factors" };
            let step: i64 = c.get("last_step")?;
            Ok(SecondFactor {
                secret: c.hash("secret")?,
                confirmed_at: c.optional_time("confirmed_at")?,
                last_step: u64::try_from(step).map_err(|_| c.bad("last_step"))?,
            })
        })
        .transpose()
    }

    async fn write_second_factor(&mut self, user: UserId, factor: &SecondFactor) -> Result<(), StoreError> {
        let statement = sqlx::query(
            "INSERT INTO second_factors (user_id, secret, confirmed_at, last_step) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, \
             confirmed_at = excluded.confirmed_at, last_step = excluded.last_step",
        )
        .bind(user.0)
        .bind(&factor.secret[..])
        .bind(factor.confirmed_at.map(at))
        .bind(i64::try_from(factor.last_step).unwrap_or(i64::MAX));
        self.run(statement).await?;
        Ok(())
    }

    async fn remove_second_factor(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.keep_recovery_codes(user, &[]).await?;
        let statement = sqlx::query("DELETE FROM second_factors WHERE user_id = $1").bind(user.0);
        Ok(self.run(statement).await? == 1)
    }

    async fn keep_recovery_codes(&mut self, user: UserId, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
        self.run(sqlx::query("DELETE FROM recovery_codes WHERE user_id = $1").bind(user.0)).await?;
        let statement = sqlx::query(
            "INSERT INTO recovery_codes (user_id, hash) SELECT $1, hash FROM unnest($2::bytea[]) AS rows (hash)",
        )
        .bind(user.0)
        .bind(hashes.iter().map(|hash| &hash[..]).collect::<Vec<_>>());
        self.run(statement).await?;
        Ok(())
    }

    async fn use_recovery_code(
        &mut self,
        user: UserId,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let statement = sqlx::query(
            "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL",
        )
        .bind(user.0)
        .bind(&hash[..])
        .bind(at(now));
        Ok(self.run(statement).await? == 1)
    }

    async fn recovery_codes_left(&mut self, user: UserId) -> Result<u32, StoreError> {
        let statement = sqlx::query(
            "SELECT COUNT(*) AS still FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL",
        )
        .bind(user.0);
        let row = self.one(statement).await?;
        let c = Cells { row: &row, table: "recovery_codes" };
        u32::try_from(c.count("still")?).map_err(|_| c.bad("still"))
    }
}
