//! The state of a file of SQLite.

use std::collections::BTreeMap;

use ppn_domain::Timestamp;
use ppn_store::{Condition, DurableSetting, Fault, LATEST_ACTS, Look, StoreError};
use sqlx::{Connection as _, Executor, Sqlite, SqliteConnection};

use crate::{SqliteStore, engine};

/// What SQLite calls `synchronous = FULL`.
const FULL: i64 = 2;

pub async fn of(store: &SqliteStore, look: Look) -> Result<Condition, StoreError> {
    let mut reader = store.readers.acquire().await.map_err(engine)?;
    let version: String =
        sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut *reader).await.map_err(engine)?;
    let latest_acts: Vec<i64> = sqlx::query_scalar("SELECT at FROM log ORDER BY place DESC LIMIT $1")
        .bind(LATEST_ACTS)
        .fetch_all(&mut *reader)
        .await
        .map_err(engine)?;
    let (pages, page): (i64, i64) =
        sqlx::query_as("SELECT page_count, page_size FROM pragma_page_count(), pragma_page_size()")
            .fetch_one(&mut *reader)
            .await
            .map_err(engine)?;
    let (faults, damage) = (faults(&mut *reader).await?, damage(&mut reader, look).await?);
    drop(reader);
    Ok(Condition {
        engine: format!("SQLite {version}"),
        bytes: u64::try_from(pages.saturating_mul(page)).unwrap_or_default(),
        durability: durability(store).await?,
        faults,
        damage,
        unchecked: Vec::new(),
        clock: None,
        latest_acts: latest_acts.into_iter().map(Timestamp::from_micros).collect(),
        connections: None,
        oldest_snapshot: None,
    })
}

/// As the connection that writes has them.
async fn durability(store: &SqliteStore) -> Result<Vec<DurableSetting>, StoreError> {
    let mut writer = store.writer.acquire().await.map_err(engine)?;
    let mode: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *writer).await.map_err(engine)?;
    let synchronous: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *writer).await.map_err(engine)?;
    Ok(vec![
        DurableSetting {
            name: "journal_mode",
            holds: mode == "wal",
            value: mode,
            needed: "wal",
            required: true,
        },
        DurableSetting {
            name: "synchronous",
            value: if synchronous == FULL { "full".to_owned() } else { synchronous.to_string() },
            needed: "full",
            holds: synchronous >= FULL,
            required: true,
        },
    ])
}

/// Tables, indexes and triggers, held to those that the migrations make of nothing.
async fn faults(reader: impl Executor<'_, Database = Sqlite>) -> Result<Vec<Fault>, StoreError> {
    let mut fresh = SqliteConnection::connect("sqlite::memory:").await.map_err(engine)?;
    SqliteStore::migrator()
        .run_direct(None, &mut fresh, false)
        .await
        .map_err(|e| StoreError::Engine(Box::new(e)))?;
    let (needed, there) = (objects(&mut fresh).await?, objects(reader).await?);
    Ok(needed
        .into_iter()
        .filter_map(|(name, sql)| match there.get(&name) {
            None => Some(Fault::Missing(name)),
            Some(found) if *found != sql => Some(Fault::Other(name)),
            Some(_) => None,
        })
        .collect())
}

async fn objects(of: impl Executor<'_, Database = Sqlite>) -> Result<BTreeMap<String, String>, StoreError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(of)
    .await
    .map_err(engine)?;
    Ok(rows.into_iter().collect())
}

/// What the engine's own check finds: of pages always, of entries of indexes and of references when asked.
async fn damage(reader: &mut SqliteConnection, look: Look) -> Result<Vec<String>, StoreError> {
    let check = match look {
        Look::Quick => "PRAGMA quick_check(20)",
        Look::Thorough => "PRAGMA integrity_check(20)",
    };
    let mut found: Vec<String> = sqlx::query_scalar(check).fetch_all(&mut *reader).await.map_err(engine)?;
    found.retain(|line| line != "ok");
    if look == Look::Thorough {
        let dangling: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT \"table\" FROM pragma_foreign_key_check() LIMIT 20")
                .fetch_all(&mut *reader)
                .await
                .map_err(engine)?;
        found.extend(dangling.into_iter().map(|table| format!("{table}: rows that refer to none")));
    }
    Ok(found)
}
