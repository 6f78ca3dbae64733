//! The storage contract on PostgreSQL: one database, any number of nodes that write.
//!
//! A unit of work that writes is a READ COMMITTED transaction: each statement sees what was saved
//! before it began, so that whoever waited for a lock goes on from what the other left. One that reads
//! sees one moment (REPEATABLE READ, READ ONLY). `synchronous_commit` is never turned off, and a
//! database where it is off is refused.

mod access;
mod accounts;
mod backlog;
mod condition;
mod decisions;
mod feed;
mod guard;
mod idempotency;
mod identities;
mod locks;
mod log;
mod notices;
mod options;
mod order;
mod people;
mod policies;
mod primary;
mod retention;
mod reviews;
mod rows;
mod seals;
mod searches;
mod second_factors;
mod sessions;
mod unreadable;
mod work;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use ppn_store::{Changes, Condition, Digest, EXPANDS, LogGuard, Look, Schema, Store, StoreError, UnitOfWork};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Row as _, SqlSafeStr as _, SqlStr, Transaction};

pub use options::{
    BadUrl, CONNECTIONS, IDLE_IN_TRANSACTION_TIMEOUT, LOCK_TIMEOUT, PostgresOptions, STATEMENT_TIMEOUT,
    WAIT_FOR_CONNECTION,
};
use primary::Connections;
use rows::{engine, unsaved};

const MIGRATIONS: [(i64, &str, &str); 14] = [
    (1, "initial", include_str!("../../../migrations/postgres/0001_initial.sql")),
    (2, "people", include_str!("../../../migrations/postgres/0002_people.sql")),
    (3, "accepted_lowerings", include_str!("../../../migrations/postgres/0003_accepted_lowerings.sql")),
    (4, "accounts", include_str!("../../../migrations/postgres/0004_accounts.sql")),
    (5, "sealing", include_str!("../../../migrations/postgres/0005_sealing.sql")),
    (7, "cue_decisions", include_str!("../../../migrations/postgres/0007_cue_decisions.sql")),
    (8, "access", include_str!("../../../migrations/postgres/0008_access.sql")),
    (9, "second_factor", include_str!("../../../migrations/postgres/0009_second_factor.sql")),
    (10, "backlog_counts", include_str!("../../../migrations/postgres/0010_backlog_counts.sql")),
    (11, "feed", include_str!("../../../migrations/postgres/0011_feed.sql")),
    (13, "identities", include_str!("../../../migrations/postgres/0013_identities.sql")),
    (14, "expand_retention", include_str!("../../../migrations/postgres/0014_expand_retention.sql")),
    (16, "searches", include_str!("../../../migrations/postgres/0016_searches.sql")),
    (19, "reviews", include_str!("../../../migrations/postgres/0019_reviews.sql")),
];

const BEGIN_WRITE: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
const BEGIN_READ: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// A store in one PostgreSQL database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    connections: Arc<Connections>,
    pokes: Arc<feed::Pokes>,
    begin_write: SqlStr,
    begin_read: SqlStr,
}

impl PostgresStore {
    /// Connects to the host that is not in recovery. The database must exist; its tables need not.
    ///
    /// # Errors
    /// When no such host answers, or the database would acknowledge what is not durable.
    pub async fn open(options: PostgresOptions) -> Result<Self, StoreError> {
        let begin = |statement: &'static str| {
            if options.unnamed_statements {
                // One message to the server, and the limits hold inside this transaction alone.
                AssertSqlSafe(format!("{statement}; {}", options.limits())).into_sql_str()
            } else {
                SqlStr::from_static(statement)
            }
        };
        let (begin_write, begin_read) = (begin(BEGIN_WRITE), begin(BEGIN_READ));
        Ok(Self {
            connections: Connections::open(options).await?,
            pokes: Arc::default(),
            begin_write,
            begin_read,
        })
    }

    async fn begin(&self, writes: bool) -> Result<PostgresUnitOfWork, StoreError> {
        let statement = if writes { &self.begin_write } else { &self.begin_read };
        let tx = self.connections.begin(statement).await.map_err(engine)?;
        let named = !self.connections.options.unnamed_statements;
        let pokes = (self.pokes.clone(), self.connections.clone());
        Ok(PostgresUnitOfWork { tx, writes, named, whole: true, tells: false, pokes })
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
                        SqlStr::from_static(sql),
                        false,
                    )
                })
                .collect(),
        )
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn write(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.begin(true).await?))
    }

    async fn read(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.begin(false).await?))
    }

    async fn schema(&self) -> Result<Schema, StoreError> {
        let needed = MIGRATIONS[MIGRATIONS.len() - 1].0;
        let mut uow = self.begin(false).await?;
        let has_table = sqlx::query("SELECT 1 WHERE to_regclass('_sqlx_migrations') IS NOT NULL");
        if uow.row(has_table).await?.is_none() {
            return Ok(Schema::of(0, needed, MIGRATIONS.len(), 0));
        }
        let latest = sqlx::query(
            "SELECT COALESCE(MAX(version), 0) AS found, COUNT(*) FILTER (WHERE version <= $1) AS own, \
             COUNT(*) FILTER (WHERE version > $1 AND left(description, length($2)) <> $2) AS beyond \
             FROM _sqlx_migrations WHERE success",
        )
        .bind(needed)
        .bind(EXPANDS);
        let row = uow.one(latest).await?;
        let own: i64 = row.try_get("own").map_err(engine)?;
        let missing = MIGRATIONS.len().saturating_sub(usize::try_from(own).unwrap_or(0));
        let (found, beyond) = (row.try_get("found").map_err(engine)?, row.try_get("beyond").map_err(engine)?);
        Ok(Schema::of(found, needed, missing, beyond))
    }

    async fn migrate(&self) -> Result<(), StoreError> {
        let mut connection = self.connections.direct().await.map_err(engine)?;
        let mut done = Self::migrator().run_direct(None, &mut connection, false).await;
        if done.is_ok() {
            done = guard::grant(&mut connection, self.connections.options.role()).await.map_err(Into::into);
        }
        let _ = connection.close().await;
        match done {
            Ok(()) => Ok(()),
            // Another node migrated at the same moment and was first.
            Err(_) if self.schema().await? == Schema::Current => Ok(()),
            Err(e) => Err(StoreError::Engine(Box::new(e))),
        }
    }

    async fn backup(&self, _: &Path) -> Result<(), StoreError> {
        Err(StoreError::Unsupported("PostgreSQL has its own tools for that: pg_basebackup, or pg_dump"))
    }

    async fn forget_deleted(&self) -> Result<bool, StoreError> {
        // Rows that were replaced stay in its files until they are vacuumed and written over, and in its
        // write-ahead log for as long as that is kept: neither is a client's to say.
        Ok(false)
    }

    async fn log_guard(&self) -> Result<LogGuard, StoreError> {
        let mut uow = self.begin(false).await?;
        let row = uow.one(sqlx::query(guard::MAY_CHANGE_THE_LOG)).await?;
        let may: bool = row.try_get("may").map_err(engine)?;
        Ok(if may { LogGuard::Trigger } else { LogGuard::Privilege })
    }

    async fn condition(&self, look: Look) -> Result<Condition, StoreError> {
        condition::of(self, look).await
    }

    async fn changes(&self) -> Result<Box<dyn Changes>, StoreError> {
        feed::changes(&self.connections).await
    }

    async fn close(&self) {
        self.pokes.sent().await;
        self.connections.close().await;
    }
}

/// A statement with what was bound to it.
type Statement<'q> = Query<'q, Postgres, PgArguments>;

/// A transaction on PostgreSQL.
#[expect(clippy::struct_excessive_bools, reason = "each says something of its own of the transaction")]
struct PostgresUnitOfWork {
    tx: Transaction<'static, Postgres>,
    writes: bool,
    /// Statements are kept prepared under a name.
    named: bool,
    /// No statement failed, and none was given up half-way.
    whole: bool,
    /// It wrote to the feed: the other nodes are told once it is saved.
    tells: bool,
    pokes: (Arc<feed::Pokes>, Arc<Connections>),
}

impl PostgresUnitOfWork {
    /// Runs a statement; says how many rows it changed.
    async fn run(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        self.whole = false;
        let done = statement.persistent(self.named).execute(&mut *self.tx).await.map_err(engine)?;
        self.whole = true;
        Ok(done.rows_affected())
    }

    async fn rows(&mut self, statement: Statement<'_>) -> Result<Vec<PgRow>, StoreError> {
        self.whole = false;
        let rows = statement.persistent(self.named).fetch_all(&mut *self.tx).await.map_err(engine)?;
        self.whole = true;
        Ok(rows)
    }

    async fn row(&mut self, statement: Statement<'_>) -> Result<Option<PgRow>, StoreError> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    async fn one(&mut self, statement: Statement<'_>) -> Result<PgRow, StoreError> {
        self.row(statement).await?.ok_or_else(|| engine(sqlx::Error::RowNotFound))
    }
}

#[async_trait]
impl UnitOfWork for PostgresUnitOfWork {
    async fn lock(&mut self, keys: &[Digest]) -> Result<(), StoreError> {
        self.lock_keys(keys).await
    }

    fn sees_one_moment(&self) -> bool {
        !self.writes
    }

    async fn save(self: Box<Self>) -> Result<(), StoreError> {
        // To a transaction in which something failed PostgreSQL answers COMMIT with a rollback and
        // without an error: the caller would believe that it was kept.
        if !self.whole {
            return Err(StoreError::Engine("a statement of this unit of work failed before".into()));
        }
        let saved = self.tx.commit().await.map_err(unsaved);
        // Also where the answer was lost: it may be there.
        if self.tells {
            let (pokes, connections) = &self.pokes;
            pokes.send(connections);
        }
        saved
    }
}
