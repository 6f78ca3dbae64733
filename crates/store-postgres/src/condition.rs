//! The state of a database of PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use ppn_domain::Span;
use ppn_store::{Condition, Connections, DurableSetting, Fault, LATEST_ACTS, Look, StoreError};
use sqlx::Row as _;

use crate::rows::{Cells, engine, moment};
use crate::{MIGRATIONS, PostgresStore};

/// One row: what the server says of itself.
const SERVER: &str = "SELECT current_setting('server_version') AS version, \
     pg_database_size(current_database()) AS bytes, \
     current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit, \
     current_setting('full_page_writes') AS full_page_writes, \
     current_setting('data_checksums') AS data_checksums, \
     (SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()) AS failures, \
     clock_timestamp() AS clock, \
     (SELECT sum(numbackends)::bigint FROM pg_stat_database) AS connections, \
     current_setting('max_connections')::bigint AS max_connections, \
     (SELECT (extract(epoch FROM max(clock_timestamp() - xact_start)) * 1000000)::bigint \
      FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid()) AS held";

const OBJECTS: &str = "SELECT c.relname::text AS name, i.indisvalid AND i.indisready AS usable \
     FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
     WHERE c.relnamespace = current_schema()::regnamespace \
     UNION ALL SELECT t.tgname::text, t.tgenabled IN ('O', 'A') \
     FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
     WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace";

pub async fn of(store: &PostgresStore, look: Look) -> Result<Condition, StoreError> {
    let mut uow = store.begin(false).await?;
    let row = uow.one(sqlx::query(SERVER)).await?;
    let c = Cells { row: &row, table: "pg_settings" };
    let version: String = c.get("version")?;
    let setting = |name: &'static str, fit: fn(&str) -> bool, required| {
        let value: String = c.get(name)?;
        Ok(DurableSetting { name, holds: fit(&value), value, needed: "on", required })
    };
    let is_on = |value: &str| value == "on";
    let durability = vec![
        setting("fsync", is_on, true)?,
        // `local` does not wait for a standby, and is durable here.
        setting("synchronous_commit", |value| value != "off", true)?,
        setting("full_page_writes", is_on, true)?,
        setting("data_checksums", is_on, false)?,
    ];
    let mut damage = Vec::new();
    if let Some(failures) = c.get::<Option<i64>>("failures")?.filter(|n| *n > 0) {
        damage.push(format!("{failures} pages whose checksum was wrong when they were read"));
    }
    let acts = sqlx::query("SELECT at FROM log ORDER BY place DESC LIMIT $1").bind(i64::from(LATEST_ACTS));
    let latest_acts = uow
        .rows(acts)
        .await?
        .iter()
        .map(|row| row.try_get::<DateTime<Utc>, _>("at").map(moment).map_err(engine))
        .collect::<Result<_, _>>()?;
    let mut there = BTreeMap::new();
    for row in uow.rows(sqlx::query(OBJECTS)).await? {
        let usable: bool = row.try_get("usable").map_err(engine)?;
        there.insert(row.try_get::<String, _>("name").map_err(engine)?, usable);
    }
    drop(uow);
    let mut unchecked = Vec::new();
    if look == Look::Thorough {
        match check_indexes(store).await? {
            Some(found) => damage.extend(found),
            None => unchecked.push(
                "entries of indexes: the extension amcheck is not installed, or this role may not use it",
            ),
        }
    }
    Ok(Condition {
        engine: format!("PostgreSQL {version}"),
        bytes: c.count("bytes")?,
        durability,
        faults: faults(&there),
        damage,
        unchecked,
        clock: Some(c.time("clock")?),
        latest_acts,
        connections: Some(Connections { used: c.count("connections")?, most: c.count("max_connections")? }),
        oldest_snapshot: c.get::<Option<i64>>("held")?.map(Span::micros),
    })
}

/// What the migrations make that is not there or not used, and indexes of anybody that are not used.
fn faults(there: &BTreeMap<String, bool>) -> Vec<Fault> {
    let missing = made_by_migrations()
        .into_iter()
        .filter(|name| !there.contains_key(*name))
        .map(|name| Fault::Missing(name.to_owned()));
    let unusable = there.iter().filter(|(_, usable)| !**usable);
    missing.chain(unusable.map(|(name, _)| Fault::Unusable(name.clone()))).collect()
}

/// The names of the indexes and triggers that the migrations make and leave, out of their text: what a
/// constraint brings with it has no statement of its own.
fn made_by_migrations() -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for (_, _, sql) in MIGRATIONS {
        let code = sql.lines().filter(|line| !line.trim_start().starts_with("--"));
        let words: Vec<&str> = code.flat_map(str::split_whitespace).collect();
        for (at, word) in words.iter().enumerate() {
            let rest = &words[at + 1..];
            match (*word, rest) {
                ("CREATE", ["INDEX" | "TRIGGER", name, ..] | ["UNIQUE", "INDEX", name, ..]) => {
                    names.insert(*name);
                }
                (
                    "DROP",
                    ["INDEX" | "TRIGGER", "IF", "EXISTS", name, ..] | ["INDEX" | "TRIGGER", name, ..],
                ) => {
                    names.remove(name.trim_end_matches(';'));
                }
                _ => {}
            }
        }
    }
    names
}

/// What amcheck finds in each B-tree; `None` where it cannot be used.
async fn check_indexes(store: &PostgresStore) -> Result<Option<Vec<String>>, StoreError> {
    let mut uow = store.begin(false).await?;
    let may = "SELECT COALESCE(has_function_privilege(to_regprocedure('bt_index_check(regclass)')::oid, \
               'EXECUTE'), false) AS may";
    if !uow.one(sqlx::query(may)).await?.try_get::<bool, _>("may").map_err(engine)? {
        return Ok(None);
    }
    let trees = "SELECT c.oid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' AND i.indisvalid \
                 AND c.relnamespace = current_schema()::regnamespace ORDER BY 1";
    let names: Vec<String> = uow
        .rows(sqlx::query(trees))
        .await?
        .iter()
        .map(|row| row.try_get("name").map_err(engine))
        .collect::<Result<_, _>>()?;
    drop(uow);
    let mut found = Vec::new();
    for name in names {
        // What it finds ends its transaction: each index has one of its own.
        let mut uow = store.begin(false).await?;
        let check = sqlx::query("SELECT bt_index_check($1::text::regclass)").bind(&name);
        match uow.rows(check).await {
            Ok(_) => {}
            Err(StoreError::Engine(error)) => found.push(format!("{name}: {error}")),
            Err(other) => return Err(other),
        }
    }
    Ok(Some(found))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_not_used_is_named() {
        let mut there: BTreeMap<String, bool> =
            made_by_migrations().into_iter().map(|name| (name.to_owned(), true)).collect();
        assert!(there.contains_key("work_items_key_a") && there.contains_key("policies_one_active"));
        assert!(there.contains_key("log_no_update"));
        assert_eq!(faults(&there), []);
        there.remove("work_items_key_b");
        there.insert("log_no_update".to_owned(), false);
        assert_eq!(
            faults(&there),
            [Fault::Missing("work_items_key_b".to_owned()), Fault::Unusable("log_no_update".to_owned())]
        );
    }
}
