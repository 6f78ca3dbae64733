//! The storage contract on SQLite: one file, one writer at a time, any number of readers.
//!
//! WAL with `synchronous=FULL`: what was saved survives the machine. Writers take an immediate
//! transaction, since one that reads first and writes later fails at once when somebody else wrote.

mod access;
mod accounts;
mod backlog;
mod condition;
mod decisions;
mod feed;
mod idempotency;
mod identities;
mod log;
mod notices;
mod order;
mod people;
mod policies;
mod retention;
mod reviews;
mod rows;
mod seals;
mod searches;
mod second_factors;
mod sessions;
mod unreadable;
mod work;

use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use ppn_store::{Changes, Condition, Digest, EXPANDS, LogGuard, Look, Schema, Store, StoreError, UnitOfWork};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection as _, Sqlite, SqlitePool, Transaction};

pub use rows::{engine, unsaved};

/// How long a writer waits for its turn before it is told that the store is busy.
pub const WAIT_FOR_TURN: Duration = Duration::from_secs(20);
/// Connections that read beside the one that writes.
pub const READERS: u32 = 4;

const MIGRATIONS: [(i64, &str, &str); 14] = [
    (1, "initial", include_str!("../../../migrations/sqlite/0001_initial.sql")),
    (2, "people", include_str!("../../../migrations/sqlite/0002_people.sql")),
    (3, "accepted_lowerings", include_str!("../../../migrations/sqlite/0003_accepted_lowerings.sql")),
    (4, "accounts", include_str!("../../../migrations/sqlite/0004_accounts.sql")),
    (5, "sealing", include_str!("../../../migrations/sqlite/0005_sealing.sql")),
    (7, "cue_decisions", include_str!("../../../migrations/sqlite/0007_cue_decisions.sql")),
    (8, "access", include_str!("../../../migrations/sqlite/0008_access.sql")),
    (9, "second_factor", include_str!("../../../migrations/sqlite/0009_second_factor.sql")),
    (10, "backlog_counts", include_str!("../../../migrations/sqlite/0010_backlog_counts.sql")),
    (11, "feed", include_str!("../../../migrations/sqlite/0011_feed.sql")),
    (13, "identities", include_str!("../../../migrations/sqlite/0013_identities.sql")),
    (14, "expand_retention", include_str!("../../../migrations/sqlite/0014_expand_retention.sql")),
    (16, "searches", include_str!("../../../migrations/sqlite/0016_searches.sql")),
    (19, "reviews", include_str!("../../../migrations/sqlite/0019_reviews.sql")),
];

/// A store in one SQLite file.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqliteStore {
    /// Opens the file, creating an empty one (without tables) where none is; its folder is created too.
    ///
    /// # Errors
    /// When the folder cannot be made or the file is not a SQLite database.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        if let Some(folder) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            tokio::fs::create_dir_all(folder).await.map_err(|e| StoreError::Engine(Box::new(e)))?;
        }
        // No statistics are gathered (`PRAGMA optimize`): taken from a store that is nearly empty they
        // make the planner scan tables that grow. Without them every hot statement has its index.
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .auto_vacuum(SqliteAutoVacuum::Incremental)
            .foreign_keys(true)
            .busy_timeout(WAIT_FOR_TURN)
            .pragma("temp_store", "memory")
            .pragma("cache_size", "-65536")
            .pragma("mmap_size", "268435456");
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(WAIT_FOR_TURN)
            // Where the disk is full SQLite ends a transaction by itself, and its connection is taken to be in one
            // for good: nothing would be written again, with however much room. Another takes its place.
            .before_acquire(|connection, _| {
                let usable = !connection.is_in_transaction();
                Box::pin(async move { Ok(usable) })
            })
            // What is erased is written over, and not just left to be: also what a revision replaces.
            .connect_with(options.clone().pragma("secure_delete", "on"))
            .await
            .map_err(engine)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT_FOR_TURN)
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(engine)?;
        Ok(Self { path, writer, readers })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn migrator() -> Migrator {
        Migrator::with_migrations(
            MIGRATIONS
                .iter()
                .map(|&(version, name, sql)| {
                    Migration::new(
                        version,
                        name.into(),
                        MigrationType::Simple,
                        sqlx::SqlStr::from_static(sql),
                        false,
                    )
                })
                .collect(),
        )
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn write(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let tx = self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(engine)?;
        Ok(Box::new(SqliteUnitOfWork { tx }))
    }

    async fn read(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let tx = self.readers.begin().await.map_err(engine)?;
        Ok(Box::new(SqliteUnitOfWork { tx }))
    }

    async fn schema(&self) -> Result<Schema, StoreError> {
        let needed = MIGRATIONS[MIGRATIONS.len() - 1].0;
        let has_table: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations'")
                .fetch_optional(&self.readers)
                .await
                .map_err(engine)?;
        if has_table.is_none() {
            return Ok(Schema::of(0, needed, MIGRATIONS.len(), 0));
        }
        let (found, own, beyond): (i64, i64, i64) = sqlx::query_as(
            "SELECT COALESCE(MAX(version), 0), COUNT(*) FILTER (WHERE version <= $1), \
             COUNT(*) FILTER (WHERE version > $1 AND substr(description, 1, length($2)) <> $2) \
             FROM _sqlx_migrations WHERE success",
        )
        .bind(needed)
        .bind(EXPANDS)
        .fetch_one(&self.readers)
        .await
        .map_err(engine)?;
        let missing = MIGRATIONS.len().saturating_sub(usize::try_from(own).unwrap_or(0));
        Ok(Schema::of(found, needed, missing, beyond))
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.writer.acquire().await.map_err(engine)?;
        let done = Self::migrator().run_direct(None, &mut *connection, false).await;
        drop(connection);
        match done {
            Ok(()) => Ok(()),
            // Another process migrated at the same moment and was first.
            Err(_) if self.schema().await? == Schema::Current => Ok(()),
            Err(e) => Err(StoreError::Engine(Box::new(e))),
        }
    }

    async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let to = to.to_str().ok_or(StoreError::Unsupported("the name of a backup must be UTF-8"))?;
        sqlx::query("VACUUM INTO $1").bind(to).execute(&self.writer).await.map_err(engine)?;
        Ok(())
    }

    async fn forget_deleted(&self) -> Result<bool, StoreError> {
        // What is deleted is written over where it stood (`secure_delete`), but pages that were once split keep
        // copies in their gaps: the file is written anew. Then the log of writes still has it.
        match sqlx::query("VACUUM").execute(&self.writer).await.map_err(engine) {
            Ok(_) => {}
            Err(StoreError::Busy) => return Ok(false),
            Err(error) => return Err(error),
        }
        let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&self.writer)
            .await
            .map_err(engine)?;
        Ok(busy == 0)
    }

    async fn log_guard(&self) -> Result<LogGuard, StoreError> {
        // Whoever writes to the file can take the trigger away.
        Ok(LogGuard::Trigger)
    }

    async fn condition(&self, look: Look) -> Result<Condition, StoreError> {
        condition::of(self, look).await
    }

    async fn changes(&self) -> Result<Box<dyn Changes>, StoreError> {
        feed::changes((*self.readers.connect_options()).clone()).await
    }

    async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// A transaction on SQLite.
#[derive(Debug)]
struct SqliteUnitOfWork {
    tx: Transaction<'static, Sqlite>,
}

#[async_trait]
impl UnitOfWork for SqliteUnitOfWork {
    async fn lock(&mut self, _: &[Digest]) -> Result<(), StoreError> {
        // The one writer holds every key.
        Ok(())
    }

    fn sees_one_moment(&self) -> bool {
        true
    }

    async fn save(self: Box<Self>) -> Result<(), StoreError> {
        self.tx.commit().await.map_err(unsaved)
    }
}
