//! The staff pages over HTTP: what they carry, what they refuse, and that nothing typed is lost.

use ppn_domain::{Roles, UserRole};
use ppn_service::{Given, operator};
use ppn_tests::{Server, child_notice};
use reqwest::header::{CONTENT_SECURITY_POLICY, COOKIE, ETAG, IF_NONE_MATCH, LOCATION, SET_COOKIE};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

/// A browser without a script: it keeps cookies and follows nothing by itself.
pub struct Visitor {
    base: String,
    client: reqwest::Client,
    cookies: String,
}

impl Visitor {
    /// Signs somebody in on the page.
    pub async fn of(server: &Server, name: &str, role: UserRole) -> Self {
        let by = operator("test", "user");
        let password =
            server.service.add_user(&by, name, &Roles::from_iter([role]), Given::ToStay).await.unwrap();
        Self::with(server, name, password.expose_secret()).await
    }

    /// Signs in somebody who is there, on the page.
    pub async fn with(server: &Server, name: &str, password: &str) -> Self {
        let client = ppn_tests::client();
        let mut visitor = Self { base: server.base.clone(), client, cookies: String::new() };
        let form = [("name", name), ("password", password), ("then", "/")];
        let request = visitor.client.post(format!("{}/sign-in", server.base));
        let answer = filled(request, &form).send().await.unwrap();
        assert_eq!(answer.status(), 303);
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        visitor.cookies = cookies.collect::<Vec<_>>().join("; ");
        visitor
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.base));
        request.header(COOKIE, &self.cookies)
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let answer = self.request("GET", path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, String, String) {
        let answer = filled(self.request("POST", path), form).send().await.unwrap();
        let to = answer.headers().get(LOCATION).map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
        (answer.status().as_u16(), to, answer.text().await.unwrap())
    }
}

/// A request as a form sends it.
fn filled(request: reqwest::RequestBuilder, form: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// The value of a hidden field of the first form that has it.
pub fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let from = page.find(&mark).unwrap_or_else(|| panic!("no field {name}")) + mark.len();
    page[from..].split('"').next().unwrap().to_owned()
}

pub async fn source(server: &Server) -> String {
    server.token("niche-feed", UserRole::Source).await
}

pub async fn submit(server: &Server, source: &str, notice: &Value) {
    let (status, _) = server.post("/api/v1/notices", source, notice).await;
    assert!(matches!(status, 200 | 201), "{status}");
}

/// A child notice with names, an address and words that only the item may show.
pub fn named(reference: &str) -> Value {
    let mut notice = child_notice(reference, &["poor_home_conditions"]);
    notice["circumstances"] = json!("The house was cold. Hands round her neck, he said of the mother.");
    notice["persons"] = json!([{
        "key": "child", "person_id": "N1", "roles": ["subject"], "estimated_age": 9,
        "given_names": "Quillon", "family_name": "Zebedee", "former_names": ["Quillon Before"],
        "address": { "lines": ["7 Larkspur Mews"], "postcode": "DE1 1AA", "protected": true }
    }]);
    notice
}

#[tokio::test]
async fn every_page_says_what_it_may_load_and_is_kept_nowhere() {
    let server = Server::start().await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    for path in ["/", "/sign-in", "/desks/child", "/backlog", "/help", "/help/order", "/items/none"] {
        let answer = rae.request("GET", path).send().await.unwrap();
        let headers = answer.headers();
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'self'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert!(headers["permissions-policy"].to_str().unwrap().contains("camera=()"));
        let text = answer.text().await.unwrap();
        assert!(text.contains("OFFICIAL-SENSITIVE"), "{path}");
        assert!(!text.contains(" style=") && !text.contains("<script>"), "{path}: nothing inline");
    }
}

#[tokio::test]
async fn a_form_of_another_site_is_refused() {
    let server = Server::start().await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let form = [("bundle", "yes")];
    let request = || filled(rae.request("POST", "/desks/child/next"), &form);
    let there = request().header("sec-fetch-site", "cross-site").send().await.unwrap();
    assert_eq!(there.status(), 403);
    let here = request().header("sec-fetch-site", "same-origin").send().await.unwrap();
    assert_eq!(here.status(), 303);
    assert_eq!(here.headers()[LOCATION], "/desks/child?empty=yes");
}

#[tokio::test]
async fn without_a_session_a_page_leads_to_the_sign_in_and_back() {
    let server = Server::start().await;
    let client = ppn_tests::client();
    let answer = client.get(format!("{}/desks/child?band=red", server.base)).send().await.unwrap();
    assert_eq!(answer.headers()[LOCATION], "/sign-in?then=%2Fdesks%2Fchild%3Fband%3Dred");
}

#[tokio::test]
async fn a_list_shows_no_name_no_address_and_no_quoted_word() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (status, page) = rae.get("/desks/child").await;
    assert_eq!(status, 200);
    assert!(page.contains("Child A") && page.contains("This sets the order. It is not a risk grade."));
    for never in ["Quillon", "Zebedee", "Larkspur", "DE1 1AA", "cold", "round her neck"] {
        assert!(!page.contains(never), "{never}");
    }
}

#[tokio::test]
async fn the_holder_alone_sees_former_names_and_a_protected_address() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (_, item, _) = rae.post("/desks/child/next", &[]).await;
    let (_, page) = rae.get(&item).await;
    assert!(page.contains("7 Larkspur Mews") && page.contains("Quillon Before"));
    assert!(page.contains("<mark>"), "the words that a reason rests on are marked");
    let sam = Visitor::of(&server, "sam", UserRole::Supervisor).await;
    let (status, page) = sam.get(&item).await;
    assert_eq!(status, 200);
    assert!(page.contains("Quillon Zebedee") && page.contains("Held by rae"));
    assert!(!page.contains("Larkspur") && !page.contains("Quillon Before"));
}

#[tokio::test]
async fn a_list_that_still_stands_is_not_sent_and_not_logged_again() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let first = rae.request("GET", "/desks/child").send().await.unwrap();
    let tag = first.headers()[ETAG].clone();
    let rows = async || {
        server
            .service
            .store()
            .read()
            .await
            .unwrap()
            .read_log(&ppn_store::LogQuery {
                who: Some("rae".to_owned()),
                limit: 100,
                ..ppn_store::LogQuery::default()
            })
            .await
            .unwrap()
            .len()
    };
    let before = rows().await;
    let again = rae.request("GET", "/desks/child").header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(rows().await, before);
    submit(&server, &feed, &named("B")).await;
    let changed = rae.request("GET", "/desks/child").header(IF_NONE_MATCH, &tag).send().await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_eq!(rows().await, before + 1);
}

#[tokio::test]
async fn a_revision_and_a_linked_notice_refuse_the_act_and_keep_what_was_typed() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let (_, item, _) = rae.post("/desks/child/next", &[]).await;
    let complete = format!("{item}/complete");
    let send = async |page: &str| {
        let (claim, revision, read_at) =
            (hidden(page, "claim"), hidden(page, "revision"), hidden(page, "read_at"));
        let form = [
            ("claim", claim.as_str()),
            ("revision", &revision),
            ("read_at", &read_at),
            ("outcome", "early_help"),
            ("reason", "Kept <warm> by a neighbour."),
        ];
        rae.post(&complete, &form).await
    };
    let (_, page) = rae.get(&item).await;

    let mut revised = named("A");
    revised["circumstances"] = json!("The house was cold and the kitchen empty.");
    submit(&server, &feed, &revised).await;
    let (status, _, page) = send(&page).await;
    assert_eq!(status, 409);
    assert!(page.contains("The notice was revised while you worked on it."));
    assert!(page.contains("The house was cold and the kitchen empty."), "what changed is shown");
    assert!(page.contains("Kept &#60;warm&#62; by a neighbour."), "what was typed is kept");
    assert!(page.contains(r#"value="early_help" aria-describedby="outcome-early_help-hint" checked"#));

    submit(&server, &feed, &named("B")).await;
    let (status, _, page) = send(&page).await;
    assert_eq!(status, 409);
    assert!(page.contains("A notice about the same people arrived"), "a linked notice refuses as well");
    assert!(page.contains("Notices about the same people that arrived: <strong>B</strong>"));

    let (status, to, _) = send(&page).await;
    assert_eq!((status, to.as_str()), (303, "/desks/child"));
}

#[tokio::test]
async fn whoever_loses_a_race_is_told_who_won_and_offered_the_next() {
    let server = Server::start().await;
    let feed = source(&server).await;
    submit(&server, &feed, &named("A")).await;
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    let ned = Visitor::of(&server, "ned", UserRole::Researcher).await;
    let (_, item, _) = rae.post("/desks/child/next", &[]).await;
    let (status, _, page) = ned.post(&format!("{item}/claim"), &[]).await;
    assert_eq!(status, 409);
    assert!(page.contains("rae holds this item") && page.contains("Get next instead"));
}

#[tokio::test]
async fn each_count_opens_the_list_behind_it() {
    let server = Server::start().await;
    let feed = source(&server).await;
    for reference in ["A", "B", "C"] {
        let mut notice = named(reference);
        notice["persons"] = json!([{ "key": "child", "roles": ["subject"], "estimated_age": 9 }]);
        submit(&server, &feed, &notice).await;
    }
    let sam = Visitor::of(&server, "sam", UserRole::Supervisor).await;
    let (_, page) = sam.get("/backlog").await;
    let mut opened = 0;
    for link in page.split("<a class=\"govuk-link\" href=\"/desks/").skip(1) {
        let (address, rest) = link.split_once('"').unwrap();
        let count: usize = rest.split(['>', '<']).nth(1).unwrap().replace(',', "").parse().unwrap();
        let (status, list) = sam.get(&format!("/desks/{}", address.replace("&#38;", "&"))).await;
        assert_eq!(status, 200);
        assert_eq!(list.matches("data-live-row").count(), count, "{address}");
        opened += 1;
    }
    assert!(opened > 3, "{opened}");
}

#[tokio::test]
async fn a_role_without_a_desk_opens_no_list() {
    let server = Server::start().await;
    let ada = Visitor::of(&server, "ada", UserRole::Auditor).await;
    assert_eq!(ada.get("/desks/child").await.0, 403);
    assert_eq!(ada.get("/backlog").await.0, 403);
    assert_eq!(ada.get("/").await.0, 200);
    let rae = Visitor::of(&server, "rae", UserRole::Researcher).await;
    assert_eq!(rae.get("/desks/domestic_abuse").await.0, 403);
    assert_eq!(rae.get("/desks/none").await.0, 404);
    assert_eq!(rae.get("/desks/child?band=purple").await.0, 404);
}
