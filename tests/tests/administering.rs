//! The pages of auditors and administrators.

use ppn_domain::UserRole;
use ppn_tests::{Server, child_notice};
use serde_json::json;

use crate::pages::{Visitor, named, source, submit};

#[tokio::test]
async fn an_auditor_reads_the_log_who_has_seen_and_what_is_unusual() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (_, item, _) = rae.post("/desks/child/next", &[]).await;
    let (_, shown) = rae.get(&item).await;
    let person = shown.split("href=\"/persons/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // Somebody of the surname opens what they do not work.
    let zebedee = Visitor::of(&server, "z.zebedee", UserRole::Researcher).await;
    assert_eq!(zebedee.get(&item).await.0, 200);

    let ada = Visitor::of(&server, "ada", UserRole::Auditor).await;
    let (status, page) = ada.get("/audit").await;
    assert_eq!(status, 200);
    for shown in ["Claimed", "Collected notice", "z.zebedee", "from 127.0.0.1", "Who did what"] {
        assert!(page.contains(shown), "{shown}");
    }
    for never in ["Quillon", "Zebedee", "Larkspur"] {
        assert!(!page.contains(never), "{never}");
    }
    let (_, page) = ada.get("/audit?user=rae&act=claimed").await;
    let body = page.split("<tbody").nth(1).unwrap();
    assert_eq!(body.matches("<tr").count(), 1, "{body}");
    let (_, page) = ada.get("/audit?act=backup_made").await;
    assert!(page.contains("Nothing in the log is like that"));
    for (query, field) in [("notice=12", "#notice"), ("act=none", "#act"), ("from=2026-02-30", "#from")] {
        let (status, page) = ada.get(&format!("/audit?{query}")).await;
        assert!(status == 422 && page.contains(&format!("href=\"{field}\"")), "{query}");
    }

    let (status, page) = ada.get(&format!("/audit/persons/{person}")).await;
    assert_eq!(status, 200);
    assert!(page.contains(">rae</a>") && page.contains(">z.zebedee</a>") && page.contains("claimed (1)"));
    let (status, page) = ada.get("/audit/unusual").await;
    assert_eq!(status, 200);
    assert!(page.contains("z.zebedee: 1 notice opened on which somebody has the user\u{2019}s surname"));
    assert!(page.contains("z.zebedee: 1 notice opened without having claimed work"));
    assert_eq!(ada.get("/audit/unusual?from=2026-01-01&until=2026-03-01").await.0, 422);

    let (status, csv) = ada.get("/audit/export?format=csv&user=rae&act=claimed").await;
    assert_eq!(status, 200);
    assert!(csv.starts_with("place,id,at,who,act") && csv.lines().count() == 2, "{csv}");
    let (_, lines) = ada.get("/audit/export?format=ndjson&act=log_exported").await;
    assert!(lines.lines().count() >= 2, "each export is a row: {lines}");
    for path in ["/audit", "/audit/unusual", "/audit/export"] {
        assert_eq!(rae.get(path).await.0, 403, "{path}");
    }
    assert_eq!(rae.get(&format!("/audit/persons/{person}")).await.0, 403);
    assert!(ada.get("/").await.1.contains("href=\"/audit/unusual\""));
}

#[tokio::test]
async fn earlier_rows_of_the_log_are_a_page_further() {
    let server = Server::start().await;
    let feed = source(&server).await;
    for n in 0..101 {
        submit(&server, &feed, &child_notice(&format!("N{n}"), &[])).await;
    }
    let ada = Visitor::of(&server, "ada", UserRole::Auditor).await;
    let (_, page) = ada.get("/audit?act=collected_notice").await;
    let next = page.split("rel=\"next\"").next().unwrap().rsplit("href=\"").next().unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&");
    let (_, page) = ada.get(&next).await;
    assert_eq!(page.split("<tbody").nth(1).unwrap().matches("<tr").count(), 1);
    assert!(!page.contains("rel=\"next\""));
}

/// The secret that a page shows once.
fn secret(page: &str) -> String {
    page.split("class=\"ppn-secret\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn an_administrator_adds_changes_and_disables_people() {
    let server = Server::start().await;
    let mia = Visitor::of(&server, "mia", UserRole::Administrator).await;
    assert!(mia.get("/").await.1.contains("href=\"/users\""));
    for (form, field) in [(&[("role-researcher", "yes")][..], "#name"), (&[("name", "ned & co")], "#roles")] {
        let (status, _, again) = mia.post("/users", form).await;
        assert!(status == 422 && again.contains(&format!("href=\"{field}\"")), "{field}");
    }
    let (status, _, page) = mia.post("/users", &[("name", "ned & co"), ("role-researcher", "yes")]).await;
    assert_eq!(status, 200);
    let first = secret(&page);
    let (_, list) = mia.get("/users").await;
    assert!(list.contains("href=\"/users/ned%20%26%20co\"") && list.contains("A first password, until"));
    assert!(!list.contains(&first), "it is shown once");

    let ned = Visitor::with(&server, "ned & co", &first).await;
    assert_eq!(ned.get("/").await.0, 303, "nothing opens but the change of the password");
    let there = "/users/ned%20%26%20co";
    let (_, page) = mia.get(there).await;
    assert!(page.contains("From 127.0.0.1 since") && page.contains("Disable them"));
    let (status, _, again) = mia.post(there, &[("do", "disable"), ("disable-reason", " ")]).await;
    assert!(status == 422 && again.contains("href=\"#disable-reason\""));
    let (status, _, again) = mia.post(there, &[("do", "roles")]).await;
    assert!(status == 422 && again.contains("href=\"#roles\""));
    let roles = [("do", "roles"), ("role-reviewer", "yes"), ("role-researcher", "yes")];
    let (_, _, page) = mia.post(there, &roles).await;
    assert!(page.contains("Roles changed. 1 session ended.") && page.contains("Researcher, Reviewer"));
    let (_, _, page) = mia.post(there, &[("do", "disable"), ("disable-reason", "Left the force.")]).await;
    assert!(page.contains("Disabled since") && page.contains("Enable them"));
    let (_, _, page) = mia.post(there, &[("do", "enable"), ("enable-reason", "Came back.")]).await;
    assert!(page.contains("Enabled."));
    let (_, _, page) = mia.post(there, &[("do", "reset")]).await;
    let second = secret(&page);
    assert_ne!(first, second);
    let _signed_in = Visitor::with(&server, "ned & co", &second).await;
    let (_, _, page) = mia.post(there, &[("do", "end-sessions")]).await;
    assert!(page.contains("1 session ended.") && page.contains("Nowhere."));

    let (_, own) = mia.get("/users/mia").await;
    assert!(own.contains("This is your own account") && !own.contains("Disable them"));
    let form = [("do", "disable"), ("disable-reason", "x")];
    assert_eq!(mia.post("/users/mia", &form).await.0, 403);
    assert_eq!(mia.get("/users/nobody").await.0, 404);
    let sam = Visitor::of(&server, "sam", UserRole::Supervisor).await;
    for path in ["/users", "/users/mia", "/tokens"] {
        assert_eq!(sam.get(path).await.0, 403, "{path}");
    }
    assert_eq!(sam.post("/users", &[("name", "x"), ("role-auditor", "yes")]).await.0, 403);
    assert_eq!(sam.post(there, &[("do", "reset")]).await.0, 403);
}

#[tokio::test]
async fn an_administrator_makes_and_revokes_tokens() {
    let server = Server::start().await;
    let mia = Visitor::of(&server, "mia", UserRole::Administrator).await;
    for (form, field) in [
        (&[("name", "feed")][..], "#roles"),
        (&[("name", "feed"), ("role-source", "yes"), ("source", "Not One")], "#source"),
        (&[("name", "feed"), ("role-source", "yes"), ("days", "many")], "#days"),
    ] {
        let (status, _, again) = mia.post("/tokens", form).await;
        assert!(status == 422 && again.contains(&format!("href=\"{field}\"")), "{field}");
    }
    let form = [("name", "feed"), ("role-source", "yes"), ("source", "niche"), ("days", "7")];
    let (status, _, page) = mia.post("/tokens", &form).await;
    assert_eq!(status, 200);
    let token = secret(&page);
    assert_eq!(server.post("/api/v1/notices", &token, &child_notice("A", &[])).await.0, 201);
    let (_, list) = mia.get("/tokens").await;
    assert!(list.contains("niche") && !list.contains(&token), "it is shown once");
    let revoke = list.split("action=\"/tokens/").nth(1).unwrap().split('"').next().unwrap();
    let (status, to, _) = mia.post(&format!("/tokens/{revoke}"), &[]).await;
    assert_eq!((status, to.as_str()), (303, "/tokens"));
    assert!(mia.get("/tokens").await.1.contains("Revoked"));
    let (status, problem) = server.post("/api/v1/notices", &token, &child_notice("B", &[])).await;
    assert_eq!((status, &problem["status"]), (401, &json!(401)));
    let sam = Visitor::of(&server, "sam", UserRole::Supervisor).await;
    assert_eq!(sam.post("/tokens", &form).await.0, 403);
    assert_eq!(sam.post(&format!("/tokens/{revoke}"), &[]).await.0, 403);
}
