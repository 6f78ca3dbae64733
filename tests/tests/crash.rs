//! The program killed in the middle of an import: what was acknowledged is there, nothing twice.

use std::collections::HashSet;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use ppn_domain::{Clock as _, SystemClock};
use ppn_store::Store as _;
use ppn_tests::{ppn, soak};

fn run(database: &str, arguments: &[&str]) -> std::process::Output {
    Command::new(ppn())
        .args(arguments)
        .env("PPN_DATABASE_URL", database)
        .current_dir(Path::new(database.trim_start_matches("sqlite://")).parent().unwrap())
        .output()
        .unwrap()
}

async fn references(file: &Path) -> Vec<String> {
    let store = ppn_store_sqlite::SqliteStore::open(file).await.unwrap();
    let mut found = Vec::new();
    let mut uow = store.read().await.unwrap();
    let counts = uow.backlog_counts(SystemClock.now(), ppn_domain::Restriction::ALL).await.unwrap();
    let items: u64 = counts.iter().map(|c| c.items).sum();
    let mut query = ppn_store::LogQuery { limit: 5000, ..Default::default() };
    loop {
        let rows = uow.read_log(&query).await.unwrap();
        let Some((last, _)) = rows.last() else { break };
        query.before = Some(*last);
        for (_, row) in &rows {
            if row.act == ppn_domain::Act::CollectedNotice {
                found.push(row.notice_id.unwrap().to_string());
            }
        }
    }
    assert!(items >= found.len() as u64, "every notice has its work item");
    found
}

/// Twenty kills and a few thousand notices in short, two hundred and fifty thousand in full.
#[tokio::test]
async fn an_import_killed_again_and_again_ends_complete_and_without_doubles() {
    let (kills, count) = if soak() { (200, 50_000) } else { (20, 4_000) };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notices.ndjson");
    let mut out = BufWriter::new(std::fs::File::create(&file).unwrap());
    for notice in ppn_demo::stream(5, SystemClock.now()).take(count) {
        serde_json::to_writer(&mut out, &notice).unwrap();
        out.write_all(b"\n").unwrap();
    }
    out.into_inner().unwrap();
    let db = folder.path().join("ppn.db");
    let url = format!("sqlite://{}", db.display());
    assert!(run(&url, &["migrate"]).status.success());
    let file = file.to_str().unwrap();
    let mut kept = 0;
    // A busy machine may need longer before the first notices are kept.
    let mut slow = 1;
    for kill in 0..kills {
        let mut child = Command::new(ppn())
            .args(["import", file])
            .env("PPN_DATABASE_URL", &url)
            .current_dir(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Spread over start-up, reading and writing; now and then deep into the file.
        let deep = if kill % 7 == 6 { 5 } else { 1 };
        std::thread::sleep(Duration::from_millis(15 + 60 * (kill % 17) * deep * slow));
        child.kill().unwrap();
        child.wait().unwrap();
        let now = references(&db).await.len();
        assert!(now >= kept, "kill {kill}: {kept} notices were kept and {now} are left");
        kept = now;
        if kept == 0 && kill % 4 == 3 {
            slow *= 2;
        }
    }
    assert!(kept > 0, "no kill came after the first notices were kept");
    println!("{kills} kills, {kept} of {count} kept before the last run");
    let done = run(&url, &["import", file]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let all = references(&db).await;
    assert_eq!(all.len(), count);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), count, "none twice");
    let again = run(&url, &["import", file]);
    assert!(again.status.success());
    assert_eq!(references(&db).await.len(), count, "importing again adds nothing");
}
