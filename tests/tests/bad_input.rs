//! Bad input gets a clear refusal, and loses nothing.

use std::fmt::Write as _;

use ppn_domain::UserRole;
use ppn_ingestion::MAX_NOTICE_BYTES;
use ppn_tests::{Server, child_notice};
use serde_json::{Value, json};

async fn post_bytes(
    server: &Server,
    token: &str,
    media: &str,
    body: impl Into<reqwest::Body>,
) -> (u16, String) {
    let response = server
        .request("POST", "/api/v1/notices", Some(token))
        .header("Content-Type", media)
        .body(body)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn unreadable(server: &Server) -> Vec<Value> {
    let sam = server.token("sam", UserRole::Supervisor).await;
    let (status, list) = server.get("/api/v1/unreadable", &sam).await;
    assert_eq!(status, 200);
    list["unreadable"].as_array().unwrap().clone()
}

#[tokio::test]
async fn each_refusal_names_path_rule_and_fix_and_keeps_what_was_sent() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let many: Vec<Value> = (0..51).map(|_| json!({ "roles": ["subject"] })).collect();
    let mut wrong_persons = child_notice("P", &[]);
    wrong_persons["persons"] = json!(many);
    let mut misspelt = child_notice("M", &[]);
    misspelt["indicatrs"] = json!(["injury_to_infant"]);
    let mut wrong_type = child_notice("T", &[]);
    wrong_type["persons"][0]["estimated_age"] = json!("nine");
    let mut unknown_code = child_notice("C", &[]);
    unknown_code["indicators"] = json!(["strangled"]);
    let cases: Vec<(&str, Vec<u8>, &str, &str)> = vec![
        ("malformed", b"{\"source\": \"niche\", ".to_vec(), "", "not_json"),
        ("wrong type", wrong_type.to_string().into_bytes(), "/persons/0/estimated_age", "type"),
        ("unknown member", misspelt.to_string().into_bytes(), "/indicatrs", "unknown_member"),
        ("unknown code", unknown_code.to_string().into_bytes(), "/indicators/0", "unknown_code"),
        ("too many persons", wrong_persons.to_string().into_bytes(), "/persons", "too_many"),
        ("wrong encoding", b"{\"source\": \"nich\xe9\"}".to_vec(), "", "not_utf8"),
    ];
    let count = cases.len();
    for (name, content, path, rule) in cases {
        let (status, answer) = post_bytes(&server, &source, "application/json", content.clone()).await;
        assert_eq!(status, 422, "{name}: {answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let error = &answer["errors"][0];
        assert_eq!((&error["path"], &error["rule"]), (&json!(path), &json!(rule)), "{name}: {answer}");
        assert!(!error["fix"].as_str().unwrap().is_empty());
        assert!(answer["unreadable_id"].is_string(), "{name}");
    }
    assert_eq!(unreadable(&server).await.len(), count);
    let too_large = format!("{{\"source\":\"{}\"}}", "a".repeat(MAX_NOTICE_BYTES));
    assert_eq!(post_bytes(&server, &source, "application/json", too_large).await.0, 413);
    assert_eq!(post_bytes(&server, &source, "text/plain", "hello").await.0, 415);
}

#[tokio::test]
async fn a_line_broken_in_the_middle_of_ten_thousand_loses_no_other() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let mut body = String::new();
    for n in 1..=10_000 {
        if n == 5_000 {
            body.push_str("{\"source\":\"niche\",\"reference\":\"R50\n");
        } else {
            writeln!(body, "{{\"source\":\"niche\",\"reference\":\"R{n}\",\"kind\":\"adult\"}}").unwrap();
        }
    }
    let (status, answer) = post_bytes(&server, &source, "application/x-ndjson", body).await;
    assert_eq!(status, 200);
    let lines: Vec<Value> = answer.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 10_000);
    for (n, line) in (1_u64..).zip(&lines) {
        assert_eq!(line["line"], json!(n));
        let expected = if n == 5_000 { 422 } else { 201 };
        assert_eq!(line["status"], json!(expected), "{line}");
    }
    assert_eq!(unreadable(&server).await.len(), 1);
}

#[tokio::test]
async fn lines_of_every_odd_kind_are_answered_in_order() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let good = |r: &str| format!("{{\"source\":\"niche\",\"reference\":\"{r}\",\"kind\":\"adult\"}}");
    let long = "x".repeat(MAX_NOTICE_BYTES + 1);
    let body = format!("\n{}\r\n   \n{long}\n{}\n[]\n{}", good("A"), good("A"), good("B"));
    let (status, answer) = post_bytes(&server, &source, "application/x-ndjson", body).await;
    assert_eq!(status, 200);
    let lines: Vec<(u64, u64)> = answer
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .map(|l| (l["line"].as_u64().unwrap(), l["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(lines, [(2, 201), (4, 413), (5, 200), (6, 422), (7, 201)]);
    assert_eq!(post_bytes(&server, &source, "application/x-ndjson", "").await.0, 200);
}

#[tokio::test]
async fn what_could_not_be_read_is_mended_or_dismissed_by_a_named_person() {
    let server = Server::start().await;
    let source = server.token("niche-feed", UserRole::Source).await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let mut notice = child_notice("A", &["injury_to_infant"]);
    notice["kind"] = json!("chidl");
    let sent = notice.to_string();
    let (_, refused) = server.post("/api/v1/notices", &source, &notice).await;
    let id = refused["unreadable_id"].as_str().unwrap().to_owned();
    assert!(refused["errors"][0]["fix"].as_str().unwrap().contains("child"), "{refused}");
    server.post("/api/v1/notices", &source, &notice).await;
    assert_eq!(unreadable(&server).await.len(), 1, "the same content stands once");
    assert_eq!(server.get("/api/v1/unreadable", &source).await.0, 403);
    let (_, shown) = server.get(&format!("/api/v1/unreadable/{id}"), &sam).await;
    assert_eq!(shown["content"], json!(sent));
    let mend = format!("/api/v1/unreadable/{id}/mend");
    assert_eq!(server.post(&mend, &sam, &notice).await.0, 422, "still refused");
    notice["kind"] = json!("child");
    let (status, receipt) = server.post(&mend, &sam, &notice).await;
    assert_eq!(status, 201);
    assert_eq!(server.post(&mend, &sam, &notice).await.0, 409, "dealt with");
    let (_, shown) = server.get(&format!("/api/v1/unreadable/{id}"), &sam).await;
    assert_eq!((&shown["state"], &shown["closed_by"]), (&json!("mended"), &json!("sam")));
    assert_eq!(shown["notice_id"], receipt["id"]);

    let (_, refused) = server.post("/api/v1/notices", &source, &json!({ "test": true })).await;
    let dismiss = format!("/api/v1/unreadable/{}/dismiss", refused["unreadable_id"].as_str().unwrap());
    assert_eq!(server.post(&dismiss, &sam, &json!({ "reason": "" })).await.0, 422);
    assert_eq!(server.post(&dismiss, &sam, &json!({ "reason": "A test message." })).await.0, 204);
    assert!(unreadable(&server).await.is_empty());
}

#[tokio::test]
async fn other_bodies_are_refused_by_field_and_never_quoted() {
    let server = Server::start().await;
    let rae = server.token("rae", UserRole::Researcher).await;
    let path = "/api/v1/work-items/019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21/complete";
    let planted = "Zebedee-Planted";
    for (body, at, rule) in [
        (json!({}), "/claim_id", "required"),
        (json!({ "claim_id": planted }), "/claim_id", "type"),
        (json!({ "claimid": planted }), "/claimid", "unknown_member"),
        (
            json!({ "claim_id": "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21", "revision": 1, "outcome": planted }),
            "/outcome",
            "unknown_code",
        ),
        (json!({ "claim_id": "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21", "revision": -1 }), "/revision", "type"),
    ] {
        let (status, answer) = server.post(path, &rae, &body).await;
        assert_eq!(status, 422, "{answer}");
        assert_eq!((&answer["errors"][0]["path"], &answer["errors"][0]["rule"]), (&json!(at), &json!(rule)));
        assert!(!answer.to_string().contains(planted), "{answer}");
    }
    let big = json!({ "reason": "x".repeat(ppn_http_limit() + 1) });
    assert_eq!(server.post(path, &rae, &big).await.0, 413);
}

/// The limit of bodies other than notices, as the API guide names it.
const fn ppn_http_limit() -> usize {
    256 * 1024
}
