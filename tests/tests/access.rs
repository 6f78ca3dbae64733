//! Who may come in, and what leaks out.

use ppn_domain::{Permission, UserRole};
use ppn_tests::{Server, answer, child_notice};
use serde_json::{Value, json};

const ID: &str = "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21";
const CUE: &str = "0b7f0c5d2c6f4f1c9f1a7d3f7c0f5e21";

/// Every route that takes a token: method, path, a body, and what it needs.
fn routes() -> Vec<(&'static str, String, Option<Value>, Permission)> {
    use Permission as P;
    let claim = json!({ "claim_id": ID });
    let reason = json!({ "claim_id": ID, "revision": 1, "reason": "x" });
    let on = |act: &str| format!("/api/v1/work-items/{ID}/{act}");
    vec![
        ("POST", "/api/v1/notices".to_owned(), Some(child_notice("A", &[])), P::SubmitNotice),
        ("POST", "/api/v1/notices/check".to_owned(), Some(child_notice("A", &[])), P::SubmitNotice),
        ("GET", "/api/v1/work-items".to_owned(), None, P::ListWork),
        ("GET", format!("/api/v1/work-items/{ID}"), None, P::ReadNotice),
        ("POST", on("claim"), None, P::WorkItem),
        ("POST", on("renew"), Some(claim.clone()), P::WorkItem),
        ("POST", on("release"), Some(claim), P::WorkItem),
        (
            "POST",
            on("hold"),
            Some(json!({ "claim_id": ID, "until": "2099-01-01T00:00:00Z", "reason": "x" })),
            P::WorkItem,
        ),
        ("POST", on("assign"), Some(json!({ "to": "ann", "reason": "x" })), P::AssignWork),
        (
            "POST",
            on("complete"),
            Some(json!({ "claim_id": ID, "revision": 1, "outcome": "shared", "reason": "x" })),
            P::WorkItem,
        ),
        ("POST", on("reassess"), None, P::WorkItem),
        (
            "POST",
            on("accept-lowering"),
            Some(json!({ "to": { "band": "green", "score": 1 }, "reason": "x" })),
            P::AcceptLowering,
        ),
        ("POST", format!("/api/v1/endorsements/{ID}/approve"), Some(reason.clone()), P::Endorse),
        ("POST", format!("/api/v1/endorsements/{ID}/reject"), Some(reason), P::Endorse),
        ("GET", format!("/api/v1/persons/{ID}"), None, P::ReadNotice),
        ("GET", format!("/api/v1/links/{ID}"), None, P::ReadNotice),
        (
            "POST",
            "/api/v1/links".to_owned(),
            Some(json!({ "a": ID, "b": ID, "same": true, "reason": "x" })),
            P::DecideLink,
        ),
        ("POST", format!("/api/v1/links/{ID}/confirm"), Some(json!({ "reason": "x" })), P::DecideLink),
        ("POST", format!("/api/v1/links/{ID}/refuse"), Some(json!({ "reason": "x" })), P::DecideLink),
        ("POST", format!("/api/v1/links/{ID}/undo"), Some(json!({ "reason": "x" })), P::DecideLink),
        ("GET", on("cues"), None, P::ReadNotice),
        ("POST", on("cues/preview"), Some(json!({ "cue_id": CUE })), P::DecideCue),
        (
            "POST",
            on("cues/dismiss"),
            Some(json!({ "claim_id": ID, "cue_id": CUE, "shown": [], "reason": "x" })),
            P::DecideCue,
        ),
        ("POST", on("cues/confirm"), Some(json!({ "claim_id": ID, "cue_id": CUE })), P::DecideCue),
        ("POST", on("cues/undo"), Some(json!({ "claim_id": ID, "cue_id": CUE })), P::DecideCue),
        ("GET", format!("/api/v1/notices/{ID}/events"), None, P::ReadNotice),
        (
            "POST",
            format!("/api/v1/notices/{ID}/events"),
            Some(json!({ "other": ID, "say": "one", "reason": "x" })),
            P::DecideLink,
        ),
        ("GET", "/api/v1/backlog".to_owned(), None, P::ReadBacklog),
        ("GET", "/api/v1/audit".to_owned(), None, P::ReadAudit),
        ("GET", "/api/v1/export/audit".to_owned(), None, P::ReadAudit),
        ("GET", format!("/api/v1/audit/persons/{ID}"), None, P::ReadAudit),
        (
            "GET",
            "/api/v1/audit/unusual?from=2026-05-01T00:00:00Z&until=2026-05-02T00:00:00Z".to_owned(),
            None,
            P::ReadAudit,
        ),
        ("GET", "/api/v1/unreadable".to_owned(), None, P::MendUnreadable),
        ("GET", format!("/api/v1/unreadable/{ID}"), None, P::MendUnreadable),
        ("POST", format!("/api/v1/unreadable/{ID}/mend"), Some(child_notice("A", &[])), P::MendUnreadable),
        (
            "POST",
            format!("/api/v1/unreadable/{ID}/dismiss"),
            Some(json!({ "reason": "x" })),
            P::MendUnreadable,
        ),
    ]
}

#[tokio::test]
async fn every_route_times_every_role_answers_as_the_table_says() {
    let server = Server::start().await;
    let (mut allowed, mut denied) = (0, 0);
    for &role in UserRole::ALL {
        let token = server.token(&format!("a-{role}"), role).await;
        for (method, path, body, permission) in routes() {
            let (status, answer) = server.send(method, &path, &token, body.as_ref()).await;
            let may = role.permissions().contains(&permission);
            if may {
                allowed += 1;
                assert!(!matches!(status, 401 | 403), "{role} {method} {path}: {status} {answer}");
            } else {
                denied += 1;
                assert_eq!(status, 403, "{role} {method} {path}: {answer}");
            }
        }
        for desk in ppn_domain::Desk::ALL {
            let path = format!("/api/v1/desks/{desk}/claims");
            let (status, _) = server.send("POST", &path, &token, None).await;
            let may = role.desks().contains(desk);
            assert_eq!(status == 403, !may, "{role} {desk}: {status}");
            *(if may { &mut allowed } else { &mut denied }) += 1;
        }
    }
    println!("{allowed} allowed, {denied} denied");
}

#[tokio::test]
async fn every_route_of_the_document_is_in_the_table() {
    let server = Server::start().await;
    let (_, document) = answer(server.request("GET", "/openapi.json", None)).await;
    let open =
        ["/health/live", "/health/ready", "/metrics", "/api/v1/notices/{id}", "/api/v1/desks/{desk}/claims"];
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let known = routes().iter().any(|(m, p, _, _)| {
                let p = p.split('?').next().unwrap().replace(ID, "{id}");
                m.eq_ignore_ascii_case(method) && p == *path
            });
            assert!(known || open.contains(&path.as_str()), "{method} {path} has no row in the table");
        }
    }
}

#[tokio::test]
async fn without_a_token_or_with_a_bad_one_nothing_opens() {
    let server = Server::start().await;
    for (method, path, body, _) in routes() {
        for token in [None, Some("ppn_wrong"), Some("wrong")] {
            let mut request = server.request(method, &path, token);
            if let Some(body) = &body {
                request = request.json(body);
            }
            let (status, problem) = answer(request).await;
            assert_eq!(status, 401, "{method} {path}");
            assert_eq!(problem["type"], "urn:ppn-triage:problem:unauthenticated");
        }
    }
}

#[tokio::test]
async fn a_token_for_one_source_submits_for_no_other() {
    let server = Server::start().await;
    let request = ppn_service::TokenRequest {
        name: "compact-feed".to_owned(),
        roles: ppn_domain::Roles::from_iter([UserRole::Source]),
        source: Some("compact".to_owned()),
        days: 1,
    };
    let by = ppn_service::operator("test", "token");
    let token = server.service.create_token(&by, &request).await.unwrap();
    let mut notice = child_notice("A", &[]);
    assert_eq!(server.post("/api/v1/notices", &token, &notice).await.0, 403);
    notice["source"] = json!("compact");
    assert_eq!(server.post("/api/v1/notices", &token, &notice).await.0, 201);
}

#[tokio::test]
async fn the_document_explorer_health_and_unknown_addresses_answer() {
    let server = Server::start().await;
    for (path, expected) in [
        ("/openapi.json", 200),
        ("/api/explorer/", 200),
        ("/health/live", 200),
        ("/health/ready", 200),
        ("/nowhere", 404),
        ("/api/v1/desks/nowhere/claims", 405),
    ] {
        let response = server.request("GET", path, None).send().await.unwrap();
        assert_eq!(response.status().as_u16(), expected, "{path}");
        assert!(response.headers().contains_key("x-request-id"), "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let page = server.request("GET", "/api/explorer/", None).send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("://"), "the explorer needs no network: {page}");
}

#[tokio::test]
async fn a_refusal_leaves_its_row_in_the_log() {
    let server = Server::start().await;
    let source = server.token("records", UserRole::Source).await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let path = format!("/api/v1/work-items/{ID}");
    assert_eq!(server.get(&path, &source).await.0, 403);
    assert_eq!(server.get(&path, &sam).await.0, 404);
    // A stranger is logged once in a while, however often they knock.
    for _ in 0..3 {
        let (status, _) = answer(server.request("GET", &path, Some("ppn_wrong"))).await;
        assert_eq!(status, 401);
    }
    assert_eq!(server.get("/api/v1/notices", &sam).await.0, 405);
    assert_eq!(server.get("/nowhere", &sam).await.0, 404);
    let mut uow = server.service.store().read().await.unwrap();
    let rows = uow.read_log(&ppn_store::LogQuery { limit: 100, ..Default::default() }).await.unwrap();
    let refused: Vec<_> = rows
        .into_iter()
        .rev()
        .filter(|(_, row)| row.act == ppn_domain::Act::AccessRefused)
        .map(|(_, row)| (row.who, row.origin, row.detail))
        .collect();
    let detail = |kind: &str| json!({ "route": "GET /api/v1/work-items/{id}", "on": ID, "refused": kind });
    let here = || "127.0.0.1".to_owned();
    assert_eq!(
        refused,
        [
            ("records".to_owned(), here(), detail("forbidden")),
            ("sam".to_owned(), here(), detail("not-found")),
            ("nobody".to_owned(), here(), detail("unauthenticated")),
        ]
    );
}

#[tokio::test]
async fn each_act_leaves_its_row_in_the_log() {
    let server = Server::start().await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let (_, receipt) = server.post("/api/v1/notices", &sam, &child_notice("A", &["child_distressed"])).await;
    server.get("/api/v1/work-items?desk=child", &sam).await;
    let (_, claimed) = server.send("POST", "/api/v1/desks/child/claims", &sam, None).await;
    let item = claimed["work_item"]["id"].as_str().unwrap();
    server.get(&format!("/api/v1/work-items/{item}"), &sam).await;
    server.get(&format!("/api/v1/notices/{}", receipt["id"].as_str().unwrap()), &sam).await;
    let body = json!({ "claim_id": claimed["claim"]["id"], "revision": 1, "outcome": "shared",
        "reason": "Typed by Sam." });
    server.post(&format!("/api/v1/work-items/{item}/complete"), &sam, &body).await;
    let mut uow = server.service.store().read().await.unwrap();
    let query = ppn_store::LogQuery { who: Some("sam".to_owned()), limit: 100, ..Default::default() };
    let mut rows: Vec<_> = uow.read_log(&query).await.unwrap().into_iter().map(|(_, row)| row).collect();
    rows.reverse();
    let acts: Vec<&str> = rows.iter().map(|r| r.act.code()).collect();
    assert_eq!(
        acts,
        [
            "collected_notice",
            "consulted_work_list",
            "claimed",
            "consulted_work_item",
            "consulted_notice",
            "completed"
        ]
    );
    assert_eq!(rows[1].detail["shown"][0], json!(item));
    assert!(rows.iter().all(|r| r.origin == "127.0.0.1"));
    let why = rows[5].why.as_ref().unwrap();
    assert_eq!(why.text, "Typed by Sam.");
    assert!(!rows[5].detail.to_string().contains("Typed"), "typed text stands apart from the row");
}
