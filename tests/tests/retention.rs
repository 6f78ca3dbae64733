//! How long notices are kept: review, legal holds, and erasure that leaves nothing behind.

use std::path::Path;
use std::process::{Command, Output};

use ppn_domain::{Act, NoticeId, Span, SystemClock};
use ppn_sealing::SealingKey;
use ppn_service::{ERASED, Principal, Refused, Reviewed, Sealing, ServiceError, Submit, Submitted, operator};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Bench, Place, child_notice, on_each_backend, ppn, supervisor};
use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _};

/// What the notice that is erased says, and no other.
const SAID: [&str; 4] = ["zebedee", "larkspur", "de1 9zz", "quilted"];

/// A notice about one child, whom its source knows by an identifier.
fn about_one_child(reference: &str) -> Value {
    let mut notice = child_notice(reference, &["child_distressed", "poor_home_conditions"]);
    notice["persons"][0]["person_id"] = json!("N1");
    notice
}

/// The same with words of its own.
fn telling(reference: &str) -> Value {
    let mut notice = about_one_child(reference);
    notice["circumstances"] = json!("Zebedee had hands round her neck, under a quilted cover.");
    notice["persons"][0]["given_names"] = json!("Pim");
    notice["persons"][0]["family_name"] = json!("Zebedee");
    notice["persons"][0]["address"] = json!({ "lines": ["7 Larkspur Mews"], "postcode": "DE1 9ZZ" });
    notice
}

async fn submitted(bench: &Bench, notice: &Value, as_worked: bool) -> NoticeId {
    let text = notice.to_string();
    let read = ppn_ingestion::read_notice(text.as_bytes(), bench.service.now())
        .map_err(|refusal| Refused { refusal, content: text.clone().into_bytes() });
    let submit = Submit { by: supervisor(), read, as_worked, once: None };
    match bench.service.submit(vec![submit]).await.pop().unwrap().unwrap() {
        Submitted::Accepted(receipt) => receipt.id,
        Submitted::Refused { errors, .. } => panic!("{errors:?}"),
    }
}

fn erasing() -> Principal {
    operator("mary", "retention erase")
}

/// Where in the store a word stands, by whatever it is kept in.
async fn found(bench: &Bench, word: &str) -> Vec<String> {
    match &bench.place {
        Place::Folder(folder) => {
            // Byte for byte in every file, whatever the engine makes of it.
            let mut found = Vec::new();
            for entry in std::fs::read_dir(folder.path()).unwrap() {
                let path = entry.unwrap().path();
                let bytes = std::fs::read(&path).unwrap().to_ascii_lowercase();
                if bytes.windows(word.len()).any(|at| at == word.as_bytes()) {
                    found.push(path.file_name().unwrap().to_string_lossy().into_owned());
                }
            }
            found
        }
        Place::Database(database) => {
            let mut raw = sqlx::PgConnection::connect(&database.url()).await.unwrap();
            let tables = "SELECT table_name::text AS name FROM information_schema.tables \
                          WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
            let mut found = Vec::new();
            for row in sqlx::query(tables).fetch_all(&mut raw).await.unwrap() {
                let name: String = row.get("name");
                let sql = format!("SELECT count(*) AS n FROM {name} t WHERE t::text ILIKE '%{word}%'");
                let n: i64 =
                    sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut raw).await.unwrap().get("n");
                if n > 0 {
                    found.push(name);
                }
            }
            found
        }
    }
}

async fn nothing_of_an_erased_notice_is_left_in_the_store(on: Backend) {
    let bench = Bench::on(on).await;
    let by = erasing();
    let gone = submitted(&bench, &telling("GONE"), true).await;
    submitted(&bench, &about_one_child("SECOND"), true).await;
    let stays = submitted(&bench, &about_one_child("STAYS"), false).await;
    // Somebody typed what it says, about it and about its item.
    let mut uow = bench.service.store().read().await.unwrap();
    let item = uow.items_of_notice(gone).await.unwrap().swap_remove(0);
    let before = uow.items_of_notice(stays).await.unwrap();
    drop(uow);
    bench.service.review_retention(&by, gone, Reviewed::Hold, "Zebedee's inquest").await.unwrap();
    bench.service.review_retention(&by, gone, Reviewed::Lift, "the quilted case is over").await.unwrap();
    let (sam, once) = (supervisor(), ppn_service::Idempotency { key: "k".to_owned(), request_hash: [7; 32] });
    // About it and another, told by the detail of the log alone; and an answer about another that quotes it.
    bench
        .service
        .say_of_event(&sam, (stays, gone), ppn_service::EventWord::Two, "Zebedee said so", None)
        .await
        .unwrap();
    bench.service.claim_named(&sam, before[0].id, Some(&once)).await.unwrap();
    for word in SAID {
        assert!(!found(&bench, word).await.is_empty(), "{word} is in the store before");
    }
    let key = SealingKey::from_seed([3; 32]).unwrap();
    while let Sealing::Sealed(_) = bench.service.seal(&key).await.unwrap() {}

    let erased = bench.service.erase(&by, gone, "nobody needs it", true).await.unwrap();
    assert!(erased.quoted_elsewhere > 0, "another notice quoted it");
    assert_eq!(erased.newest_backup, None);
    assert_eq!(erased.written_over, on == Backend::Sqlite);
    for word in SAID {
        assert_eq!(found(&bench, word).await, Vec::<String>::new(), "{word} is left");
    }

    // What was typed is no part of what was sealed.
    let verified = bench.service.verify_log(&by, vec![key.public()], Vec::new()).await.unwrap();
    assert!(verified.sealed > 0 && verified.faults == 0, "{verified:?}");

    let mut uow = bench.service.store().read().await.unwrap();
    // That it was there, how it ranked, and what was done stays.
    assert_eq!(uow.notice(gone).await.unwrap().unwrap().reference, "GONE");
    let left = uow.item(item.id).await.unwrap().unwrap();
    assert_eq!((left.rank, &left.state), (item.rank, &item.state));
    let query = LogQuery { act: Some(Act::ErasedNotice), limit: 10, ..LogQuery::default() };
    let rows = uow.read_log(&query).await.unwrap();
    assert_eq!(rows[0].1.notice_id, Some(gone));
    assert_eq!(rows[0].1.why.as_ref().unwrap().text, "nobody needs it");
    // Nothing fell by it, and what is quoted of it says so.
    let after = uow.items_of_notice(stays).await.unwrap();
    let ranks = |items: &[ppn_domain::WorkItem]| items.iter().map(|item| item.rank).collect::<Vec<_>>();
    assert_eq!(ranks(&after), ranks(&before));
    let mut quotes = 0;
    for item in &after {
        let assessments = uow.assessments(item.id).await.unwrap();
        let latest = assessments.last().unwrap().clone();
        for stored in &assessments {
            let evidence = stored.assessment.reasons.iter().flat_map(|reason| &reason.evidence);
            for quote in evidence.filter(|quote| quote.reference.as_deref() == Some("GONE")) {
                assert_eq!(quote.says, ERASED);
                assert_ne!(stored.id, latest.id, "the latest counts it no more");
                quotes += 1;
            }
        }
    }
    assert!(quotes > 0);
    drop(uow);

    // The page of it opens, and says nothing.
    let view = bench.service.notice(&supervisor(), gone).await.unwrap();
    let ppn_service::NoticeFor::Staff(view) = view else { panic!("a supervisor is staff") };
    assert!(view.notice.persons.is_empty() && view.notice.circumstances.is_none() && view.people.is_empty());
    bench.service.item_page(&supervisor(), item.id, None).await.unwrap();
    let again = bench.service.erase(&by, gone, "once more", true).await.unwrap_err();
    assert!(matches!(again, ServiceError::Invalid(_)), "{again:?}");

    // The same content sent again is a repeat and does not come back; another is content again.
    assert_eq!(submitted(&bench, &telling("GONE"), true).await, gone);
    assert_eq!(found(&bench, "zebedee").await, Vec::<String>::new());
    let mut another = telling("GONE");
    another["circumstances"] = json!("Zebedee was seen again.");
    assert_eq!(submitted(&bench, &another, true).await, gone);
    assert!(!found(&bench, "zebedee").await.is_empty());
}

async fn a_person_decides_and_a_legal_hold_or_open_work_stands_in_the_way(on: Backend) {
    let bench = Bench::on(on).await;
    let by = erasing();
    let worked = submitted(&bench, &about_one_child("WORKED"), true).await;
    let open = submitted(&bench, &about_one_child("OPEN"), false).await;
    let due = async || -> Vec<NoticeId> {
        bench.service.due_for_review(&by).await.unwrap().into_iter().map(|of| of.id).collect()
    };
    let rules = |refused: ServiceError| match refused {
        ServiceError::Invalid(errors) => errors[0].rule.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(due().await, []);
    assert_eq!(rules(bench.service.erase(&by, worked, "x", false).await.unwrap_err()), "not_due");
    let refused = bench.service.erase(&by, open, "x", true).await.unwrap_err();
    assert!(matches!(refused, ServiceError::WrongState { .. }), "{refused:?}");
    assert!(bench.service.erase(&by, worked, " ", true).await.is_err(), "a reason is needed");

    bench.clock.set(bench.service.now() + Span::days(3650));
    let mut both = [worked, open];
    both.sort_unstable();
    assert_eq!(due().await, both);
    bench.service.review_retention(&by, worked, Reviewed::Hold, "an inquest").await.unwrap();
    assert_eq!(due().await, both, "held, and on the list");
    assert_eq!(rules(bench.service.erase(&by, worked, "x", false).await.unwrap_err()), "held");
    bench.service.review_retention(&by, worked, Reviewed::Lift, "it closed").await.unwrap();
    bench.service.review_retention(&by, open, Reviewed::Keep { years: 2 }, "still at risk").await.unwrap();
    let too_long = bench.service.review_retention(&by, open, Reviewed::Keep { years: 101 }, "x").await;
    assert_eq!(rules(too_long.unwrap_err()), "out_of_range");
    assert_eq!(due().await, [worked]);
    bench.service.erase(&by, worked, "nothing since", false).await.unwrap();
    assert_eq!(due().await, []);
    bench.clock.set(bench.service.now() + Span::days(730));
    assert_eq!(due().await, [open]);

    let mut uow = bench.service.store().read().await.unwrap();
    let acts = uow.read_log(&LogQuery { limit: 50, ..LogQuery::default() }).await.unwrap();
    let of = |act| acts.iter().filter(|(_, row)| row.act == act).count();
    let counts = [Act::LegalHoldSet, Act::LegalHoldLifted, Act::KeptOnReview, Act::ErasedNotice].map(of);
    assert_eq!(counts, [1, 1, 1, 1]);
    assert_eq!(of(Act::ConsultedForReview), 6);
}

on_each_backend! {
    nothing_of_an_erased_notice_is_left_in_the_store
    a_person_decides_and_a_legal_hold_or_open_work_stands_in_the_way
}

fn run(url: &str, folder: &Path, arguments: &[&str]) -> Output {
    Command::new(ppn())
        .args(arguments)
        .env("PPN_DATABASE_URL", url)
        .env("PPN_RETENTION_GROUPS", "short: child adult domestic_abuse -> 1")
        .current_dir(folder)
        .output()
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_is_worked_from_the_command_line_and_the_newest_copy_is_named() {
    let place = Place::migrated(Backend::Sqlite, &SystemClock).await;
    let folder = tempfile::tempdir().unwrap();
    let url = place.url();
    let mut notice = telling("OLD");
    notice["submitted_at"] = json!("2020-03-01T10:00:00Z");
    std::fs::write(folder.path().join("old.ndjson"), format!("{notice}\n")).unwrap();
    let ran = |arguments: &[&str]| run(&url, folder.path(), arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran(&["import", "--history", "old.ndjson"]).status.success());
    let due: Value = serde_json::from_slice(&ran(&["retention", "due", "--format", "json"]).stdout).unwrap();
    let id = due[0]["id"].as_str().unwrap();
    assert_eq!((&due[0]["reference"], &due[0]["group"]), (&json!("OLD"), &json!("short")));
    assert!(ran(&["backup", "copy.db"]).status.success());

    assert_eq!(ran(&["retention", "erase", id, "--reason", "old"]).status.code(), Some(2), "without --yes");
    let keep = ["retention", "review", id, "--hold", "--reason", "inquest"];
    assert!(ran(&keep).status.success());
    let erase = ["retention", "erase", id, "--reason", "old", "--yes"];
    let held = ran(&erase);
    assert!(held.status.code() != Some(0) && text(&held.stderr).contains("legal hold"), "{held:?}");
    assert!(ran(&["retention", "review", id, "--lift-hold", "--reason", "closed"]).status.success());
    let erased = ran(&erase);
    let said = text(&erased.stderr);
    assert!(erased.status.success() && said.contains("copy.db, made "), "{said}");
    assert!(!said.contains("Traces"), "{said}");
    assert_eq!(text(&ran(&["retention", "due"]).stdout), "No notice is due for review.\n");
}
