//! Keys that one unit of work holds at a time.

use ppn_store::{Digest, StoreError};

use crate::PostgresUnitOfWork;

/// More keys than these are not locked one by one: a server of usual settings has room for some
/// thousands of locks over all transactions.
const MOST_LOCKS: usize = 512;

/// Shared by units of work that lock key by key, and taken whole by one that locks more than
/// [`MOST_LOCKS`].
const GATE: i64 = 0x7070_6e5f_6761_7465;

impl PostgresUnitOfWork {
    pub(crate) async fn lock_keys(&mut self, keys: &[Digest]) -> Result<(), StoreError> {
        if !self.writes || keys.is_empty() {
            return Ok(());
        }
        // 64 bits of each: two keys that share them wait for each other, and no more than that.
        let mut locks: Vec<i64> = keys
            .iter()
            .map(|key| {
                let (first, _) = key.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
                i64::from_be_bytes(*first)
            })
            .collect();
        // One order for everybody, so that two who lock in one call never wait for each other.
        locks.sort_unstable();
        locks.dedup();
        if locks.len() > MOST_LOCKS {
            self.run(sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(GATE)).await?;
            return Ok(());
        }
        // A function in FROM gives its rows in the order of the list.
        locks.insert(0, GATE);
        let statement = sqlx::query(
            "SELECT CASE WHEN n = 1 THEN pg_advisory_xact_lock_shared(key) ELSE pg_advisory_xact_lock(key) END \
             FROM unnest($1::bigint[]) WITH ORDINALITY AS keys (key, n)",
        );
        self.run(statement.bind(locks)).await?;
        Ok(())
    }
}
