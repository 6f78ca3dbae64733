//! The storage contract, on SQLite.
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::sync::Arc;

use ppn_store::Store;
use ppn_store_conformance::samples::NOON;
use ppn_store_sqlite::SqliteStore;
use tempfile::TempDir;

async fn open() -> (Arc<dyn Store>, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ppn.db")).await.unwrap();
    store.migrate().await.unwrap();
    (Arc::new(store), folder)
}

ppn_store_conformance::conformance!(super::open);

#[tokio::test]
async fn the_log_cannot_be_changed_or_shortened() {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ppn.db");
    let store = SqliteStore::open(&path).await.unwrap();
    store.migrate().await.unwrap();
    let mut raw = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::query(
        "INSERT INTO log (id, at, who, act, origin, detail) \
         VALUES (randomblob(16), 0, 'ann', 'claimed', 'here', '{}')",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    for forbidden in [
        "UPDATE log SET who = 'ben'",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log (place, id, at, who, act, origin, detail) \
         VALUES (1, randomblob(16), 0, 'ben', 'claimed', 'here', '{}')",
    ] {
        let refused = sqlx::query(forbidden).execute(&mut raw).await.unwrap_err();
        assert!(refused.to_string().contains("append only"), "{refused}");
    }
}

#[tokio::test]
async fn a_backup_opens_and_has_what_was_saved() {
    let (store, folder) = open().await;
    ppn_store_conformance::samples::waiting(&*store, &[(ppn_domain::Band::Red, 1, 1)]).await;
    let copy = folder.path().join("copy.db");
    store.backup(&copy).await.unwrap();
    assert!(store.backup(&copy).await.is_err(), "a backup overwrites nothing");
    let copy = SqliteStore::open(copy).await.unwrap();
    let counts = copy
        .read()
        .await
        .unwrap()
        .backlog_counts(ppn_domain::Timestamp::MIN, ppn_domain::Restriction::ALL)
        .await
        .unwrap();
    assert_eq!(counts.len(), 1);
}

/// Taken from a nearly empty store they made the planner scan the log at each row added to it.
#[tokio::test]
async fn no_statistics_are_left_behind_on_closing() {
    use sqlx::Connection as _;
    let (store, folder) = open().await;
    ppn_store_conformance::samples::waiting(&*store, &[(ppn_domain::Band::Red, 1, 1)]).await;
    store.close().await;
    let path = folder.path().join("ppn.db");
    let mut raw = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    let tables: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'")
        .fetch_one(&mut raw)
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

/// A store of version 1 with work in it is brought up, and its notices wait to be linked.
#[tokio::test]
async fn a_store_of_version_1_is_upgraded() {
    use sqlx::migrate::{Migration, MigrationType, Migrator};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ppn.db");
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let initial = include_str!("../../../migrations/sqlite/0001_initial.sql");
    let first = sqlx::SqlStr::from_static(initial);
    let first = Migration::new(1, "initial".into(), MigrationType::Simple, first, false);
    Migrator::with_migrations(vec![first]).run(&pool).await.unwrap();
    // One item that waits with a question open, and one that is done.
    sqlx::raw_sql(
        "INSERT INTO notices VALUES (x'00000000000070008000000000000001', 'niche', 'R1', 'child', 1, 1, 1, 1, 1, 0, 's'); \
         INSERT INTO work_items (id, notice_id, desk, state, band, score, assessment_id, received, due, \
           decide_due, tell_due, restricted, lot, outcome) VALUES \
           (x'00000000000070008000000000000002', x'00000000000070008000000000000001', 'child', 'waiting', 0, 7, \
            x'00000000000070008000000000000004', 1, 2, 3, 4, 0, 5, NULL), \
           (x'00000000000070008000000000000003', x'00000000000070008000000000000001', 'child', 'done', 0, 7, \
            NULL, 1, 2, 3, 4, 0, 5, 'shared'); \
         INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, suggests, \
           policy_version, policy_hash, made_at) VALUES (x'00000000000070008000000000000004', \
           x'00000000000070008000000000000002', 1, 0, 7, '[]', '[{\"question\":\"?\",\"could_be\":\"red\"}]', \
           '[]', '1', 'h', 1)",
    )
    .execute(&pool)
    .await
    .unwrap();
    pool.close().await;

    let store = SqliteStore::open(&path).await.unwrap();
    assert!(
        matches!(store.schema().await.unwrap(), ppn_store::Schema::Older { found: 1, needed } if needed > 1)
    );
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), ppn_store::Schema::Current);
    let mut uow = store.read().await.unwrap();
    let id = "00000000-0000-7000-8000-000000000002".parse().unwrap();
    let item = uow.item(id).await.unwrap().unwrap();
    assert_eq!((item.rank.score, item.state.name()), (7, ppn_domain::StateName::Waiting));
    let untraced = uow.untraced(None, 10).await.unwrap();
    assert_eq!(untraced.iter().map(|head| head.id).collect::<Vec<_>>(), [item.notice_id]);
    // What was there before it was counted is counted.
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 0);
    let counts = uow.backlog_counts(NOON, ppn_domain::Restriction::NONE).await.unwrap();
    let counted =
        counts.iter().map(|c| (c.items, c.overdue, c.provisional, c.unassessed)).collect::<Vec<_>>();
    assert_eq!(counted, [(1, 1, 1, 0)]);
}

/// Whoever changes the kept counts by hand is found out, and the counts are put right.
#[tokio::test]
async fn a_count_that_went_wrong_is_found_and_put_right() {
    use sqlx::Connection as _;
    let (store, folder) = open().await;
    ppn_store_conformance::samples::waiting(&*store, &[(ppn_domain::Band::Red, 1, 1); 3]).await;
    let path = folder.path().join("ppn.db");
    let mut raw = sqlx::SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    sqlx::raw_sql(
        "UPDATE backlog_counts SET items = items + 4; \
         INSERT INTO backlog_counts VALUES ('adult', 'held', 1, 0, 0, 0, 7, 7, -2)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 2);
    assert_eq!(uow.backlog_counts(NOON, ppn_domain::Restriction::ALL).await.unwrap()[0].items, 7);
    drop(uow);
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.recount(NOON).await.unwrap(), 2);
    uow.save().await.unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 0);
    let counts = uow.backlog_counts(NOON, ppn_domain::Restriction::ALL).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.items).collect::<Vec<_>>(), [3]);
}

/// What the version before kept of a restriction was that there is one; the reasons stand in the content.
#[tokio::test]
async fn a_restricted_notice_of_an_earlier_version_keeps_the_reasons_of_every_revision() {
    let folder = tempfile::tempdir().unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(folder.path().join("ppn.db"))
        .create_if_missing(true)
        .foreign_keys(true);
    let db = sqlx::SqlitePool::connect_with(options).await.unwrap();
    for migration in [
        include_str!("../../../migrations/sqlite/0001_initial.sql"),
        include_str!("../../../migrations/sqlite/0002_people.sql"),
        include_str!("../../../migrations/sqlite/0003_accepted_lowerings.sql"),
        include_str!("../../../migrations/sqlite/0004_accounts.sql"),
        "INSERT INTO notices VALUES (x'00000000000000000000000000000001', 'niche', 'R1', 'child', 2, 2, 1, 1, 1, 1, 's'), \
           (x'00000000000000000000000000000002', 'niche', 'R2', 'child', 1, 1, 1, 1, 1, 0, 's'); \
         INSERT INTO notice_revisions SELECT id, 1, randomblob(32), 1, 1, 's', '[]' FROM notices; \
         INSERT INTO notice_revisions SELECT id, 2, randomblob(32), 1, 1, 's', '[]' FROM notices WHERE restricted; \
         INSERT INTO notice_bodies SELECT id, 1, '{\"restricted\":[\"staff_relative\",\"other\"]}' FROM notices \
           WHERE restricted; \
         INSERT INTO notice_bodies SELECT id, 2, '{\"restricted\":[\"other\"]}' FROM notices WHERE restricted; \
         INSERT INTO notice_bodies SELECT id, 1, '{}' FROM notices WHERE NOT restricted; \
         INSERT INTO work_items (id, notice_id, desk, state, band, score, received, due, decide_due, tell_due, \
           restricted, lot) SELECT id, id, 'child', 'waiting', 0, 1, 1, 1, 1, 1, restricted, 1 FROM notices",
        include_str!("../../../migrations/sqlite/0008_access.sql"),
    ] {
        sqlx::raw_sql(migration).execute(&db).await.unwrap();
    }
    for table in ["notices", "work_items"] {
        let sql = if table == "notices" {
            "SELECT restricted FROM notices ORDER BY id"
        } else {
            "SELECT restricted FROM work_items ORDER BY id"
        };
        let bits: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&db).await.unwrap();
        assert_eq!(bits, [2 | 64, 0], "{table}");
    }
}

/// A table, an index and a trigger can be taken away with any tool that opens the file.
#[tokio::test]
async fn what_is_missing_or_other_than_it_was_made_is_named() {
    use ppn_store::{Fault, Look};
    use sqlx::Connection as _;
    let (store, folder) = open().await;
    let mut raw =
        sqlx::SqliteConnection::connect(folder.path().join("ppn.db").to_str().unwrap()).await.unwrap();
    sqlx::raw_sql(
        "DROP TRIGGER log_no_update; DROP INDEX work_items_key_a; DROP INDEX work_items_key_b; \
         CREATE INDEX work_items_key_b ON work_items (due)",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let condition = store.condition(Look::Quick).await.unwrap();
    assert_eq!(
        condition.faults,
        [
            Fault::Missing("log_no_update".to_owned()),
            Fault::Missing("work_items_key_a".to_owned()),
            Fault::Other("work_items_key_b".to_owned()),
        ]
    );
}

#[tokio::test]
async fn a_file_that_was_written_over_is_said_to_be_damaged() {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let (store, folder) = open().await;
    ppn_store_conformance::samples::waiting(&*store, &[(ppn_domain::Band::Red, 1, 1)]).await;
    store.close().await;
    let path = folder.path().join("ppn.db");
    let mut file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    // Past the pages of the schema: a page of a table or an index.
    file.seek(SeekFrom::Start(40 * 4096)).unwrap();
    file.write_all(&[0x5a; 4096]).unwrap();
    drop(file);
    let store = SqliteStore::open(&path).await.unwrap();
    match store.condition(ppn_store::Look::Quick).await {
        Ok(condition) => assert_ne!(condition.damage, Vec::<String>::new()),
        Err(error) => assert!(format!("{error:?}").contains("malformed"), "{error:?}"),
    }
}

/// A node of the version before goes on while a newer program adds to the tables, and not when it takes away.
#[tokio::test]
async fn a_newer_store_is_served_where_its_migrations_only_expand() {
    use ppn_store::Schema;
    use sqlx::Connection as _;
    let (store, folder) = open().await;
    let mut raw =
        sqlx::SqliteConnection::connect(folder.path().join("ppn.db").to_str().unwrap()).await.unwrap();
    let applied = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) ";
    let add = |name: &str, version: i64| format!("{applied} VALUES ({version}, '{name}', 1, x'00', 1)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(add("expand_more", 9001))).execute(&mut raw).await.unwrap();
    assert!(matches!(store.schema().await.unwrap(), Schema::Expanded { found: 9001, .. }));
    sqlx::raw_sql(sqlx::AssertSqlSafe(add("less", 9002))).execute(&mut raw).await.unwrap();
    assert!(matches!(store.schema().await.unwrap(), Schema::Newer { found: 9002, .. }));
}
