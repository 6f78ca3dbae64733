//! Second factors.

use async_trait::async_trait;
use ppn_domain::{Timestamp, UserId};
use ppn_store::{SecondFactor, SecondFactors, StoreError};

use crate::SqliteUnitOfWork;
use crate::rows::{Cells, engine};

#[async_trait]
impl SecondFactors for SqliteUnitOfWork {
    async fn second_factor(&mut self, user: UserId) -> Result<Option<SecondFactor>, StoreError> {
        // The one writer has everybody else wait.
        let row =
            sqlx::query("SELECT secret, confirmed_at, last_step FROM second_factors WHERE user_id = $1")
                .bind(user.0)
                .fetch_optional(&mut *self.tx)
                .await
                .map_err(engine)?;
        row.map(|row| {
            let c = Cells { row: &row, table: "second_factors" };
            Ok(SecondFactor {
                secret: c.get::<&[u8]>("secret")?.try_into().map_err(|_| c.bad("secret"))?,
                confirmed_at: c.optional_time("confirmed_at")?,
                last_step: c.number("last_step")?,
            })
        })
        .transpose()
    }

    async fn write_second_factor(&mut self, user: UserId, factor: &SecondFactor) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO second_factors (user_id, secret, confirmed_at, last_step) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, \
             confirmed_at = excluded.confirmed_at, last_step = excluded.last_step",
        )
        .bind(user.0)
        .bind(&factor.secret[..])
        .bind(factor.confirmed_at.map(Timestamp::micros))
        .bind(i64::try_from(factor.last_step).unwrap_or(i64::MAX))
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(())
    }

    async fn remove_second_factor(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.keep_recovery_codes(user, &[]).await?;
        let done = sqlx::query("DELETE FROM second_factors WHERE user_id = $1")
            .bind(user.0)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        Ok(done.rows_affected() == 1)
    }

    async fn keep_recovery_codes(&mut self, user: UserId, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM recovery_codes WHERE user_id = $1")
            .bind(user.0)
            .execute(&mut *self.tx)
            .await
            .map_err(engine)?;
        for hash in hashes {
            sqlx::query("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)")
                .bind(user.0)
                .bind(&hash[..])
                .execute(&mut *self.tx)
                .await
                .map_err(engine)?;
        }
        Ok(())
    }

    async fn use_recovery_code(
        &mut self,
        user: UserId,
        hash: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = sqlx::query(
            "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND hash = $2 AND used_at IS NULL",
        )
        .bind(user.0)
        .bind(&hash[..])
        .bind(now.micros())
        .execute(&mut *self.tx)
        .await
        .map_err(engine)?;
        Ok(done.rows_affected() == 1)
    }

    async fn recovery_codes_left(&mut self, user: UserId) -> Result<u32, StoreError> {
        sqlx::query_scalar("SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL")
            .bind(user.0)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(engine)
    }
}
