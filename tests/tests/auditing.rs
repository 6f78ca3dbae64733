//! What auditors read of the log.

use ppn_domain::{Span, UserRole};
use ppn_tests::{Backend, Bench, Server, answer, child_notice, somebody, supervisor};
use serde_json::{Value, json};

fn notice(reference: &str, family_name: &str) -> Value {
    let mut notice = child_notice(reference, &["child_distressed"]);
    notice["persons"][0]["family_name"] = json!(family_name);
    notice
}

#[tokio::test]
async fn the_log_is_searched_by_who_what_on_whom_and_when() {
    let server = Server::start().await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let (_, receipt) = server.post("/api/v1/notices", &sam, &notice("A", "Hobbs")).await;
    let id = receipt["id"].as_str().unwrap().to_owned();
    let item = receipt["work_items"][0]["id"].as_str().unwrap().to_owned();
    let (_, shown) = server.get(&format!("/api/v1/notices/{id}"), &sam).await;
    let person = shown["people"][0].as_str().unwrap().to_owned();
    server.post("/api/v1/notices", &sam, &notice("B", "Hobbs")).await;
    let auditor = server.token("audrey", UserRole::Auditor).await;
    let acts = async |query: &str| -> Vec<String> {
        let (status, page) = server.get(&format!("/api/v1/audit?{query}"), &auditor).await;
        assert_eq!(status, 200, "{query}: {page}");
        let rows = page["rows"].as_array().unwrap();
        rows.iter().map(|row| row["act"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(acts(&format!("notice={id}")).await, ["consulted_notice", "collected_notice"]);
    assert_eq!(acts(&format!("notice={id}&act=consulted_notice")).await, ["consulted_notice"]);
    assert!(acts(&format!("work_item={item}")).await.is_empty());
    // Looking for somebody is about them, too: the two looks before are there.
    let looked = ["consulted_log", "consulted_log", "consulted_notice", "collected_notice"];
    assert_eq!(acts(&format!("person={person}")).await, looked);
    assert_eq!(acts(&format!("person={person}&act=consulted_log")).await.len(), 3);
    assert_eq!(acts("user=sam&act=collected_notice").await.len(), 2);
    assert!(acts("until=2026-01-01T00:00:00Z").await.is_empty());
    assert_eq!(acts("user=sam&from=2026-01-01T00:00:00Z").await.len(), 3);
    let (_, page) = server.get("/api/v1/audit?user=sam&limit=2", &auditor).await;
    let before = page["next_before"].as_i64().unwrap();
    assert_eq!(acts(&format!("user=sam&before={before}")).await, ["collected_notice"]);
    for bad in ["act=nothing", "limit=0", "person=hobbs", "name=hobbs"] {
        assert_eq!(server.get(&format!("/api/v1/audit?{bad}"), &auditor).await.0, 422, "{bad}");
    }

    let (status, seen) = server.get(&format!("/api/v1/audit/persons/{person}"), &auditor).await;
    assert_eq!(status, 200);
    let seen = seen["seen_by"].as_array().unwrap();
    assert_eq!(seen.len(), 1, "auditors see the log, not the record: {seen:?}");
    assert_eq!(seen[0]["user"], "sam");
    assert_eq!(seen[0]["acts"], json!({ "collected_notice": 1, "consulted_notice": 1 }));
    assert_eq!(seen[0]["claimed"], false);
    let nobody = format!("/api/v1/audit/persons/{item}");
    assert_eq!(server.get(&nobody, &auditor).await.0, 404);
}

#[tokio::test]
async fn an_export_is_whole_logged_first_and_holds_no_formula() {
    let server = Server::start().await;
    let formula = server.token("=cmd|' /C calc'!A0", UserRole::Supervisor).await;
    for n in 0..3 {
        server.post("/api/v1/notices", &formula, &notice(&format!("N{n}"), "Hobbs")).await;
    }
    let auditor = server.token("audrey", UserRole::Auditor).await;
    let export = async |query: &str| {
        let path = format!("/api/v1/export/audit{query}");
        let response = server.request("GET", &path, Some(&auditor)).send().await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, response.text().await.unwrap())
    };
    let (kind, text) = export("").await;
    assert_eq!(kind, "application/x-ndjson");
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows[0]["act"], "log_exported");
    assert_eq!(rows[0]["who"], "audrey");
    let places: Vec<i64> = rows.iter().map(|row| row["place"].as_i64().unwrap()).collect();
    let whole: Vec<i64> = (1..=places[0]).rev().collect();
    assert_eq!(places, whole);
    let (kind, text) = export("?format=csv&act=collected_notice").await;
    assert_eq!(kind, "text/csv; charset=utf-8");
    let mut lines = text.split("\r\n");
    assert_eq!(
        lines.next(),
        Some("place,id,at,who,act,notice_id,work_item_id,person_id,origin,why,recipient,detail")
    );
    let rows: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|row| row.contains(",'=cmd|' /C calc'!A0,")), "{rows:?}");
    // Restricted to nobody else.
    let (status, _) = answer(server.request("GET", "/api/v1/export/audit", Some(&formula))).await;
    assert_eq!(status, 403);
}

async fn unusual_access_is_found_and_usual_access_is_not(backend: Backend) {
    let bench = Bench::on(backend).await;
    let (sam, audrey) = (supervisor(), somebody("audrey", &[UserRole::Auditor]));
    let reed = somebody("Alex.Reed", &[UserRole::Researcher]);
    let own = bench.submit(&sam, &notice("OWN", "Reed")).await.id;
    let mut others = Vec::new();
    for n in 0..40 {
        others.push(bench.submit(&sam, &notice(&format!("N{n}"), "Hobbs")).await.id);
    }
    let begin = bench.service.now();
    // Taken first, then opened: usual. Taken over days, usual as well.
    let held = somebody("holder", &[UserRole::Researcher]);
    for id in &others[..5] {
        let receipt = bench.service.notice(&sam, *id).await.unwrap();
        let ppn_service::NoticeFor::Staff(view) = receipt else { panic!("staff") };
        bench.service.claim_named(&held, view.items[0].id, None).await.unwrap();
        bench.service.notice(&held, *id).await.unwrap();
        bench.clock.advance(Span::hours(2));
    }
    bench.service.notice(&reed, own).await.unwrap();
    for id in &others[5..] {
        bench.service.notice(&reed, *id).await.unwrap();
        bench.clock.advance(Span::minutes(1));
    }
    let until = bench.service.now() + Span::hours(1);
    let found = bench.service.unusual_access(&audrey, begin, until).await.unwrap();
    assert!(found.whole);
    let of = |who: &str| -> Vec<(&str, usize)> {
        found.found.iter().filter(|one| one.who == who).map(|one| (one.kind.code(), one.count)).collect()
    };
    assert_eq!(of("Alex.Reed"), [("without_claim", 36), ("many_in_an_hour", 36), ("own_surname", 1)]);
    assert_eq!(of("holder"), []);
    let surname = found.found.iter().find(|one| one.kind == ppn_service::Unusual::OwnSurname).unwrap();
    assert_eq!(surname.notices, [own]);
    assert!(bench.service.unusual_access(&sam, begin, until).await.is_err(), "for auditors alone");
    let long = begin + Span::days(32);
    assert!(bench.service.unusual_access(&audrey, begin, long).await.is_err());
}

ppn_tests::on_each_backend! { unusual_access_is_found_and_usual_access_is_not }
