//! The storage contract, on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Act, AuditId, AuditRow, Band, Desk, Restriction};
use ppn_store::{Choice, LogGuard, Schema, Store, StoreError, Viewer};
use ppn_store_conformance::cluster::{Cluster, Database, Durability, Pooler};
use ppn_store_conformance::samples::{NOON, claim, item, notice, revision, waiting};
use ppn_store_postgres::{PostgresOptions, PostgresStore};
use tokio::sync::OnceCell;

/// Migrated once, and copied for each test.
const TEMPLATE: &str = "migrated";

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(Durability::None).unwrap())
}

/// A fresh database.
async fn database() -> Database<'static> {
    static MIGRATED: OnceCell<()> = OnceCell::const_new();
    MIGRATED
        .get_or_init(|| async {
            cluster().create(TEMPLATE, None).unwrap();
            let store = PostgresStore::open(options(TEMPLATE)).await.unwrap();
            assert!(
                matches!(store.schema().await.unwrap(), Schema::Older { found: 0, needed } if needed > 0)
            );
            store.migrate().await.unwrap();
            store.close().await;
        })
        .await;
    cluster().database(Some(TEMPLATE)).unwrap()
}

fn options(database: &str) -> PostgresOptions {
    PostgresOptions::parse(&cluster().url(database)).unwrap()
}

async fn open() -> (Arc<dyn Store>, Database<'static>) {
    let database = database().await;
    (Arc::new(PostgresStore::open(options(&database)).await.unwrap()), database)
}

// As it is meant to be run: the role that serves owns nothing. The next module has one role for both.
ppn_store_conformance::conformance!(super::guarded::open);

/// As a pooler in transaction mode needs it; the statements are the same.
mod unnamed {
    use super::*;

    async fn open() -> (Arc<dyn Store>, Database<'static>) {
        let database = database().await;
        let options = options(&database).unnamed_statements(true);
        (Arc::new(PostgresStore::open(options).await.unwrap()), database)
    }

    ppn_store_conformance::conformance!(super::open);
}

/// With a role that serves and owns nothing.
mod guarded {
    use super::*;

    /// Owned by another role than the one that serves.
    const TEMPLATE: &str = "guarded";

    pub fn options(database: &str) -> PostgresOptions {
        let url = cluster().url(database);
        PostgresOptions::parse(&url.replace("//ppn@", "//ppn_serve@"))
            .and_then(|options| options.migrate_url(&url))
            .unwrap()
    }

    pub async fn open() -> (Arc<dyn Store>, Database<'static>) {
        static MIGRATED: OnceCell<()> = OnceCell::const_new();
        MIGRATED
            .get_or_init(|| async {
                cluster().sql("postgres", "CREATE ROLE ppn_serve LOGIN").unwrap();
                cluster().create(TEMPLATE, None).unwrap();
                let store = PostgresStore::open(options(TEMPLATE)).await.unwrap();
                store.migrate().await.unwrap();
                store.close().await;
            })
            .await;
        let database = cluster().database(Some(TEMPLATE)).unwrap();
        (Arc::new(PostgresStore::open(options(&database)).await.unwrap()), database)
    }
}

#[tokio::test]
async fn the_role_that_serves_may_only_read_the_log_and_add_to_it() {
    let (store, database) = guarded::open().await;
    assert_eq!(store.log_guard().await.unwrap(), LogGuard::Privilege);
    let (alone, _database) = open().await;
    assert_eq!(alone.log_guard().await.unwrap(), LogGuard::Trigger);
    let row = "INSERT INTO log (id, at, who, act, origin, detail) \
               VALUES (gen_random_uuid(), now(), 'ann', 'claimed', 'here', '{}')";
    let as_serving = |sql: &str| cluster().sql(&database, &format!("SET ROLE ppn_serve; {sql}"));
    as_serving(row).unwrap();
    for forbidden in [
        "UPDATE log SET who = 'ben'",
        "DELETE FROM log",
        "TRUNCATE log",
        "DELETE FROM log_leaves",
        "UPDATE log_heads SET size = 9",
        "TRUNCATE log_heads",
        "DELETE FROM log_edge",
        "UPDATE sealing_key SET key = 'mine'",
        "ALTER TABLE log DISABLE TRIGGER ALL",
        "DROP TRIGGER log_no_update ON log",
        "CREATE OR REPLACE FUNCTION log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "DROP TABLE log",
        "SET session_replication_role = replica",
        "DELETE FROM _sqlx_migrations",
    ] {
        let refused = as_serving(forbidden).unwrap_err().to_string();
        assert!(
            refused.contains("permission denied") || refused.contains("must be owner"),
            "{forbidden}: {refused}"
        );
    }
    assert_eq!(cluster().sql(&database, "SELECT who FROM log").unwrap().trim(), "ann");
}

/// Places are given before they are saved, so a higher one can be seen while a lower one is not.
#[tokio::test]
async fn a_place_whose_taker_has_not_saved_is_waited_for() {
    let (store, name) = open().await;
    let row = |n: u64| AuditRow {
        id: AuditId::new(NOON, ppn_store_conformance::samples::random(n)),
        at: NOON,
        who: "ann".to_owned(),
        act: Act::Claimed,
        notice_id: None,
        work_item_id: None,
        person_id: None,
        origin: "here".to_owned(),
        why: None,
        recipient: None,
        detail: serde_json::json!({}),
    };
    let mut slow = store.write().await.unwrap();
    slow.append_log(&[row(1)]).await.unwrap();
    let mut fast = store.write().await.unwrap();
    fast.append_log(&[row(2)]).await.unwrap();
    fast.save().await.unwrap();
    let mut sealer = store.write().await.unwrap();
    assert_eq!(sealer.stored_rows(0, i64::MAX, 10).await.unwrap().len(), 1);
    let lowest = "SELECT count(*) FROM log WHERE place = 1";
    assert_eq!(cluster().sql(&name, lowest).unwrap().trim(), "0");
    let settle = async {
        let to = sealer.settled_to().await.unwrap().unwrap();
        sealer.stored_rows(0, to, 10).await.unwrap()
    };
    let (rows, saved) = tokio::join!(settle, slow.save());
    saved.unwrap();
    assert_eq!(rows.iter().map(|row| row.place).collect::<Vec<_>>(), [1, 2]);
    // Who writes meanwhile is not kept waiting, and one who never ends is given up on.
    let mut endless = store.write().await.unwrap();
    endless.append_log(&[row(3)]).await.unwrap();
    let mut sealer = store.write().await.unwrap();
    let (settled, ()) = tokio::join!(sealer.settled_to(), async {
        let mut other = store.write().await.unwrap();
        other.append_log(&[row(4)]).await.unwrap();
        other.save().await.unwrap();
    });
    assert_eq!(settled.unwrap(), None);
    drop(endless);
    assert_eq!(sealer.settled_to().await.unwrap(), Some(4));
}

/// What a transaction that began earlier saves later is told of after it, and nothing is passed over: who
/// read in between goes on with both.
#[tokio::test]
async fn what_is_saved_out_of_order_is_told_in_order() {
    let (store, _keep) = open().await;
    let keep = async |n: u64| {
        let mut uow = store.write().await.unwrap();
        let of = notice(n);
        let new = item(n, &of, Band::Green, 1, NOON);
        uow.insert_notices(&[of]).await.unwrap();
        uow.insert_items(std::slice::from_ref(&new)).await.unwrap();
        (uow, new.item.id)
    };
    let reach = async || store.read().await.unwrap().feed_reach().await.unwrap();
    let from = reach().await.latest;
    let (slow, one) = keep(1).await;
    let (fast, other) = keep(2).await;
    fast.save().await.unwrap();
    let between = reach().await;
    assert_eq!((between.latest, between.more_to_come), (from, true), "the older may still save");
    slow.save().await.unwrap();
    let begun = std::time::Instant::now();
    let latest = loop {
        let reach = reach().await;
        if !reach.more_to_come {
            break reach.latest;
        }
        assert!(begun.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let mut uow = store.read().await.unwrap();
    let rows = uow.feed_between(between.latest, latest, Desk::ALL, &Viewer::system(), 10).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.work_item_id).collect::<Vec<_>>(), [one, other]);
}

#[tokio::test]
async fn the_log_cannot_be_changed_or_shortened() {
    let name = database().await;
    let row = "INSERT INTO log (id, at, who, act, origin, detail) \
               VALUES (gen_random_uuid(), now(), 'ann', 'claimed', 'here', '{}')";
    cluster().sql(&name, row).unwrap();
    for forbidden in [
        "UPDATE log SET who = 'ben'",
        "DELETE FROM log",
        "TRUNCATE log",
        "SET session_replication_role = replica; DELETE FROM log",
        "INSERT INTO log (place, id, at, who, act, origin, detail) OVERRIDING SYSTEM VALUE \
         SELECT place, id, at, 'ben', act, origin, detail FROM log \
         ON CONFLICT (place) DO UPDATE SET who = excluded.who",
    ] {
        let refused = cluster().sql(&name, forbidden).unwrap_err();
        assert!(refused.to_string().contains("append only"), "{forbidden}: {refused}");
    }
    for sealed in ["log_leaves", "log_heads"] {
        for forbidden in [format!("DELETE FROM {sealed}"), format!("TRUNCATE {sealed}")] {
            let refused = cluster().sql(&name, &forbidden).unwrap_err();
            assert!(refused.to_string().contains("append only"), "{forbidden}: {refused}");
        }
    }
    assert_eq!(cluster().sql(&name, "SELECT who FROM log").unwrap().trim(), "ann");
}

/// PostgreSQL answers COMMIT with a rollback and no error.
#[tokio::test]
async fn a_unit_of_work_in_which_a_statement_failed_is_not_saved() {
    let (store, _database) = open().await;
    let one = notice(1);
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    assert!(uow.insert_notices(std::slice::from_ref(&one)).await.is_err());
    assert!(matches!(uow.save().await, Err(StoreError::Engine(_))));
    assert_eq!(store.read().await.unwrap().notice(one.head.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_unit_of_work_that_reads_cannot_write() {
    let (store, _database) = open().await;
    let mut uow = store.read().await.unwrap();
    assert!(uow.insert_notices(&[notice(1)]).await.is_err());
}

/// Two that lock each other out are told apart from a store that is busy: one begins again.
#[tokio::test]
async fn one_of_two_that_wait_for_each_other_begins_again() {
    let (store, _database) = open().await;
    let items = waiting(&*store, &[(Band::Red, 40, 1), (Band::Red, 40, 1)]).await;
    let mut first = store.write().await.unwrap();
    let mut second = store.write().await.unwrap();
    first.save_item(&items[0]).await.unwrap();
    second.save_item(&items[1]).await.unwrap();
    let crossed = tokio::join!(first.save_item(&items[1]), second.save_item(&items[0]));
    let again = [&crossed.0, &crossed.1].into_iter().filter(|r| matches!(r, Err(StoreError::Again))).count();
    assert_eq!(again, 1, "{crossed:?}");
}

#[tokio::test]
async fn a_lock_that_is_not_had_in_time_is_busy() {
    let database = database().await;
    let options = options(&database).lock_timeout(Duration::from_millis(50));
    for unnamed in [false, true] {
        let store = PostgresStore::open(options.clone().unnamed_statements(unnamed)).await.unwrap();
        let mut first = store.write().await.unwrap();
        first.desk_turn(Desk::Child).await.unwrap();
        let mut second = store.write().await.unwrap();
        assert!(matches!(second.desk_turn(Desk::Child).await, Err(StoreError::Busy)));
        drop((first, second));
        store.close().await;
    }
}

#[tokio::test]
async fn a_pool_that_is_used_up_is_busy() {
    let database = database().await;
    let options = options(&database).pool(1).wait_for_connection(Duration::from_millis(100));
    let store = PostgresStore::open(options).await.unwrap();
    let held = store.read().await.unwrap();
    assert!(matches!(store.write().await.err(), Some(StoreError::Busy)));
    drop(held);
    store.write().await.unwrap();
}

/// Whoever waits for the items of a desk does not wait for those that arrive there.
#[tokio::test]
async fn arrivals_do_not_wait_for_claims() {
    let (store, _database) = open().await;
    let item = waiting(&*store, &[(Band::Red, 40, 1)]).await.remove(0);
    let mut claiming = store.write().await.unwrap();
    claiming.desk_turn(Desk::Child).await.unwrap();
    claiming.take(Desk::Child, Choice::Head, &Viewer::system(), &claim(1, "ann")).await.unwrap();
    let other = notice(7);
    let mut arriving = store.write().await.unwrap();
    arriving.insert_notices(std::slice::from_ref(&other)).await.unwrap();
    let new = ppn_store_conformance::samples::item(7, &other, Band::Red, 1, NOON);
    arriving.insert_items(std::slice::from_ref(&new)).await.unwrap();
    // Rows that refer to the item under claim are added, too.
    let again = ppn_store_conformance::samples::assessment(90, item.id, item.rank);
    arriving.insert_assessment(&again).await.unwrap();
    arriving.save().await.unwrap();
}

#[tokio::test]
async fn the_bodies_of_notices_come_back_byte_for_byte() {
    let (store, _database) = open().await;
    let mut one = notice(1);
    one.first.body = "{\"b\":1.50,\"a\":\"\\u00e9 é 😀\",\"a\":1e400}".to_owned();
    let mut uow = store.write().await.unwrap();
    uow.insert_notices(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(uow.body(one.head.id, 1).await.unwrap(), Some(one.first.body.clone()));
    let mut head = one.head.clone();
    (head.revision, head.revisions) = (2, 2);
    let big = revision(one.head.id, 2, 5);
    let big = ppn_store::NewRevision { body: "x".repeat(1_000_000), ..big };
    uow.insert_revision(&big, &head).await.unwrap();
    assert_eq!(
        uow.bodies(&[(one.head.id, 2), (one.head.id, 1)]).await.unwrap(),
        [Some(big.body), Some(one.first.body)]
    );
}

/// What is acknowledged must be durable.
#[tokio::test]
async fn a_database_that_acknowledges_too_early_is_refused() {
    let name = database().await;
    cluster().sql("postgres", &format!("ALTER DATABASE {} SET synchronous_commit = off", &*name)).unwrap();
    let refused = PostgresStore::open(options(&name)).await.unwrap_err();
    let StoreError::Engine(why) = refused else { panic!("{refused}") };
    assert!(why.to_string().contains("synchronous_commit"), "{why}");
}

#[tokio::test]
async fn a_store_of_version_1_is_upgraded() {
    let name = "version_1";
    cluster().create(name, None).unwrap();
    let initial = include_str!("../../../migrations/postgres/0001_initial.sql");
    let store = PostgresStore::open(options(name)).await.unwrap();
    cluster().sql(name, initial).unwrap();
    // One notice restricted by two revisions for different reasons, as that version kept it.
    cluster()
        .sql(
            name,
            "INSERT INTO notices VALUES ('019df1a2-0000-7000-8000-0000000000c1', 'niche', 'R1', 'child', 2, 2, \
               now(), now(), now(), true, 's'); \
             INSERT INTO notice_revisions SELECT id, r, decode(md5(r::text) || md5(r::text), 'hex'), now(), now(), \
               's', '[]' FROM notices, generate_series(1, 2) r; \
             INSERT INTO notice_bodies SELECT id, 1, '{\"restricted\":[\"staff_relative\",\"other\"]}' FROM notices; \
             INSERT INTO notice_bodies SELECT id, 2, '{\"restricted\":[\"other\"]}' FROM notices; \
             INSERT INTO work_items (id, notice_id, desk, state, band, score, assessment_id, received, due, decide_due, \
               tell_due, restricted, lot) SELECT '019df1a2-0000-7000-8000-0000000000c2', id, 'child', 'waiting', 0, 1, \
               '019df1a2-0000-7000-8000-0000000000c3', now(), now(), now(), now(), true, 1 FROM notices; \
             INSERT INTO assessments (id, work_item_id, revision, band, score, reasons, questions, suggests, \
               policy_version, policy_hash, made_at) SELECT assessment_id, id, 1, 0, 1, '[]', \
               '[{\"question\":\"?\",\"could_be\":\"red\"}]', '[]', '1', 'h', now() FROM work_items",
        )
        .unwrap();
    // What the migrations keep about the first one, as a store of that version has it.
    store.close().await;
    let template = database().await;
    let kept = cluster()
        .sql(
            &template,
            "SELECT version, description, encode(checksum, 'hex') FROM _sqlx_migrations WHERE version = 1",
        )
        .unwrap();
    let kept: Vec<&str> = kept.trim().split('|').collect();
    let table = cluster()
        .sql(
            name,
            &format!(
                "CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL, \
                 installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, \
                 checksum bytea NOT NULL, execution_time bigint NOT NULL); \
                 INSERT INTO _sqlx_migrations VALUES ({}, '{}', now(), true, decode('{}', 'hex'), 0)",
                kept[0], kept[1], kept[2]
            ),
        )
        .unwrap();
    assert_eq!(table, "");

    let store = PostgresStore::open(options(name)).await.unwrap();
    assert!(matches!(store.schema().await.unwrap(), Schema::Older { found: 1, needed } if needed > 1));
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
    let mut uow = store.read().await.unwrap();
    let id = "019df1a2-0000-7000-8000-0000000000c2".parse().unwrap();
    let item = uow.item(id).await.unwrap().unwrap();
    let reasons = [RestrictionReason::StaffRelative, RestrictionReason::Other];
    assert_eq!(item.restricted, reasons.into_iter().collect());
    let untraced = uow.untraced(None, 10).await.unwrap();
    assert_eq!(
        untraced.iter().map(|head| (head.id, head.restricted)).collect::<Vec<_>>(),
        [(item.notice_id, item.restricted)]
    );
    // What was there before it was counted is counted.
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 0);
    let counts = uow.backlog_counts(NOON, Restriction::NONE).await.unwrap();
    let counted = counts.iter().map(|c| (c.items, c.provisional, c.unassessed)).collect::<Vec<_>>();
    assert_eq!(counted, [(1, 0, 0)], "restricted, and seen in the total alone");
    let counts = uow.backlog_counts(NOON, Restriction::ALL).await.unwrap();
    let counted = counts.iter().map(|c| (c.items, c.provisional, c.unassessed)).collect::<Vec<_>>();
    assert_eq!(counted, [(1, 1, 0)]);
}

/// Whoever changes the kept counts by hand is found out, and the counts are put right, once however many
/// nodes find it.
#[tokio::test]
async fn a_count_that_went_wrong_is_found_and_put_right() {
    let (store, database) = open().await;
    waiting(&*store, &[(Band::Red, 1, 1); 3]).await;
    let mut uow = store.write().await.unwrap();
    uow.gather_counts(NOON).await.unwrap();
    uow.save().await.unwrap();
    database
        .sql(
            "UPDATE backlog_counts SET items = items + 4; \
             INSERT INTO backlog_deltas VALUES ('adult', 'held', 1, false, false, 0, 7, 7, -2)",
        )
        .unwrap();
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 2);
    assert_eq!(uow.backlog_counts(NOON, Restriction::ALL).await.unwrap()[0].items, 7);
    drop(uow);
    let mut nodes = Vec::new();
    for _ in 0..4 {
        let store = store.clone();
        nodes.push(tokio::spawn(async move {
            let mut uow = store.write().await.unwrap();
            let right = uow.recount(NOON).await.unwrap();
            uow.save().await.unwrap();
            right
        }));
    }
    let mut put_right = 0;
    for node in nodes {
        put_right += node.await.unwrap();
    }
    assert_eq!(put_right, 2);
    let mut uow = store.read().await.unwrap();
    assert_eq!(uow.miscounts(NOON).await.unwrap(), 0);
    let counts = uow.backlog_counts(NOON, Restriction::ALL).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.items).collect::<Vec<_>>(), [3]);
}

/// A node needs no restart when its database has one.
#[tokio::test]
async fn a_restart_of_the_database_is_survived() {
    let own = Cluster::start(Durability::Full).unwrap();
    own.create("ppn", None).unwrap();
    let options =
        PostgresOptions::parse(&own.url("ppn")).unwrap().pool(4).wait_for_connection(Duration::from_secs(2));
    let store = PostgresStore::open(options).await.unwrap();
    store.migrate().await.unwrap();
    let items = waiting(&store, &[(Band::Red, 1, 1)]).await;
    // Several connections lie idle when the server goes.
    let (a, b, c) = tokio::join!(store.read(), store.read(), store.read());
    drop((a.unwrap(), b.unwrap(), c.unwrap()));
    let mut lost = store.write().await.unwrap();
    own.crash().unwrap();
    let broken = lost.desk_turn(Desk::Child).await;
    assert!(matches!(broken, Err(StoreError::Busy)), "{broken:?}");
    drop(lost);
    assert!(matches!(store.read().await.err(), Some(StoreError::Busy)));
    own.up().unwrap();
    let mut uow = store.write().await.unwrap();
    assert_eq!(uow.item(items[0].id).await.unwrap().as_ref(), Some(&items[0]));
    uow.save_item(&items[0]).await.unwrap();
    uow.save().await.unwrap();
}

/// Fewer connections than callers, and each transaction on any of them.
#[tokio::test]
async fn a_pooler_in_transaction_mode_may_stand_before_the_database() {
    use ppn_store_conformance::{people, work, writers};
    let Some(pooler) = Pooler::start(cluster(), 3).unwrap() else {
        println!("pgbouncer is not installed: not tried");
        return;
    };
    let open = async || {
        let database = database().await;
        let options = PostgresOptions::parse(&pooler.url(&database))
            .and_then(|options| options.direct_url(&cluster().url(&database)))
            .unwrap()
            .unnamed_statements(true)
            .lock_timeout(Duration::from_millis(2_500));
        let store: Arc<dyn Store> = Arc::new(PostgresStore::open(options).await.unwrap());
        (store, database)
    };
    let (store, _database) = open().await;
    // Among more callers than connections, three times over.
    writers::claims_at_once_take_different_items_and_count_each_pick(store).await;
    let (store, _database) = open().await;
    writers::a_locked_key_is_waited_for(store.clone()).await;
    writers::migrating_at_once_is_harmless(store).await;
    let (store, _database) = open().await;
    writers::what_was_not_saved_is_nowhere(store).await;
    let (store, _database) = open().await;
    work::lists_follow_key_a_and_resume_without_gaps(store).await;
    let (store, _database) = open().await;
    people::a_bundle_is_of_one_household(store).await;
    // What was set was set for transactions alone.
    let (store, database) = open().await;
    let mut first = store.write().await.unwrap();
    first.desk_turn(Desk::Child).await.unwrap();
    let mut second = store.write().await.unwrap();
    assert!(matches!(second.desk_turn(Desk::Child).await, Err(StoreError::Busy)));
    drop((first, second));
    let shown = std::process::Command::new("psql")
        .args(["-X", "-A", "-t", "-d", &pooler.url(&database), "-c", "SHOW lock_timeout"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout).trim(), "0");
}

/// Of several hosts the one that takes writes is used, also when that changes.
#[tokio::test]
async fn new_connections_go_to_the_host_that_is_not_in_recovery() {
    let own = Cluster::start(Durability::None).unwrap();
    own.create("ppn", None).unwrap();
    // The first host is none, the second follows another.
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let (standby, main) = (own.port(), cluster().port());
    let name = database().await;
    cluster().sql("postgres", &format!("ALTER DATABASE {} RENAME TO ppn", &*name)).unwrap();
    own.down().unwrap();
    own.follow_nobody(true).unwrap();
    own.up().unwrap();
    let url = format!("postgres://ppn@127.0.0.1:{nobody},127.0.0.1:{standby},127.0.0.1:{main}/ppn");
    let options = PostgresOptions::parse(&url).unwrap().pool(2).wait_for_connection(Duration::from_secs(5));
    let store = PostgresStore::open(options).await.unwrap();
    assert_eq!(store.schema().await.unwrap(), Schema::Current);
    waiting(&store, &[(Band::Red, 1, 1)]).await;

    // The main one becomes unreachable for this node, and the standby is promoted: it has no tables.
    cluster().sql("postgres", "ALTER DATABASE ppn ALLOW_CONNECTIONS false").unwrap();
    cluster()
        .sql("postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'ppn'")
        .unwrap();
    own.down().unwrap();
    own.follow_nobody(false).unwrap();
    own.up().unwrap();
    assert!(matches!(store.schema().await.unwrap(), Schema::Older { found: 0, needed } if needed > 0));
    cluster().sql("postgres", "ALTER DATABASE ppn ALLOW_CONNECTIONS true").unwrap();
}

/// What the condition looks for is read out of the text of the migrations: nothing they make is forgotten.
#[tokio::test]
async fn every_index_and_trigger_of_the_migrations_is_looked_for() {
    let (store, database) = open().await;
    let drop_all = "SELECT string_agg(format('DROP INDEX %I', c.relname), '; ') || '; ' || \
         (SELECT string_agg(format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass), '; ') \
          FROM pg_trigger WHERE NOT tgisinternal) \
         FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
         WHERE c.relnamespace = 'public'::regnamespace \
         AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = i.indexrelid)";
    let statements = cluster().sql(&database, drop_all).unwrap();
    let dropped = statements.matches("DROP ").count();
    assert!(dropped > 30, "{statements}");
    cluster().sql(&database, statements.trim()).unwrap();
    let condition = store.condition(ppn_store::Look::Quick).await.unwrap();
    assert_eq!(condition.faults.len(), dropped, "{:?}", condition.faults);
    assert!(condition.faults.iter().all(|fault| matches!(fault, ppn_store::Fault::Missing(_))));
}

#[tokio::test]
async fn what_the_server_would_lose_is_named() {
    let (store, database) = open().await;
    let condition = store.condition(ppn_store::Look::Quick).await.unwrap();
    // The cluster of these tests waits for no disk.
    let lost: Vec<&str> = condition.durability.iter().filter(|s| !s.holds).map(|s| s.name).collect();
    assert!(lost.contains(&"fsync"), "{lost:?}");
    let connections = condition.connections.unwrap();
    assert!(connections.used >= 1 && connections.used <= connections.most, "{connections:?}");
    cluster().sql(&database, "ALTER TABLE log DISABLE TRIGGER log_no_update").unwrap();
    let condition = store.condition(ppn_store::Look::Quick).await.unwrap();
    assert_eq!(condition.faults, [ppn_store::Fault::Unusable("log_no_update".to_owned())]);
}

/// A backup or a report keeps dead rows in place for as long as it lasts.
#[tokio::test]
async fn a_snapshot_that_is_held_shows() {
    let (store, _database) = open().await;
    assert_eq!(store.condition(ppn_store::Look::Quick).await.unwrap().oldest_snapshot, None);
    let mut held = store.read().await.unwrap();
    held.backlog_counts(NOON, Restriction::NONE).await.unwrap();
    assert!(store.condition(ppn_store::Look::Quick).await.unwrap().oldest_snapshot.is_some());
}

#[tokio::test]
async fn entries_of_indexes_are_checked_where_the_extension_is_there() {
    let (store, database) = open().await;
    waiting(&*store, &[(Band::Red, 1, 1)]).await;
    let before = store.condition(ppn_store::Look::Thorough).await.unwrap();
    assert_eq!(before.unchecked.len(), 1);
    if cluster().sql(&database, "CREATE EXTENSION amcheck").is_err() {
        return;
    }
    let condition = store.condition(ppn_store::Look::Thorough).await.unwrap();
    assert_eq!((condition.unchecked, condition.damage), (Vec::new(), Vec::new()));
}

/// A node of the version before goes on while a newer program adds to the tables, and not when it takes away.
#[tokio::test]
async fn a_newer_store_is_served_where_its_migrations_only_expand() {
    let (store, database) = open().await;
    let applied =
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES";
    let add = |version: i64, name: &str| {
        cluster().sql(&database, &format!("{applied} ({version}, '{name}', true, '', 1)")).unwrap();
    };
    add(9001, "expand_more");
    assert!(matches!(store.schema().await.unwrap(), Schema::Expanded { found: 9001, .. }));
    add(9002, "less");
    assert!(matches!(store.schema().await.unwrap(), Schema::Newer { found: 9002, .. }));
}
