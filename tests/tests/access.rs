//! Who may come in, and what leaks out.

use std::collections::BTreeSet;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::profile::Digest;
use ppn_domain::{Desk, Outcome, Roles, Span, State, StateName, UserRole};
use ppn_ingestion::read_notice;
use ppn_service::{
    Complete, Given, ListRequest, Principal, Receipt, Refused, Service, ServiceError, Submit, Submitted,
    TokenRequest,
};
use ppn_store::{ListQuery, Mention, Viewer};
use ppn_tests::{Backend, Bench, Server, answer, child_notice, named, root, somebody, supervisor};
use serde_json::{Value, json};

use crate::access_table::{ON_ITEMS, OPEN, On, PAGES, ROUTES, USE_CASES};

const ID: &str = "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21";
const CUE: &str = "0b7f0c5d2c6f4f1c9f1a7d3f7c0f5e21";
const REASON: RestrictionReason = RestrictionReason::StaffRelative;

/// Whether the subject is restricted, and whether its list names the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Open,
    Restricted,
    Named,
}

const SCOPES: [Scope; 3] = [Scope::Open, Scope::Restricted, Scope::Named];

fn letter(role: UserRole) -> char {
    match role {
        UserRole::Source => 'S',
        UserRole::Researcher => 'R',
        UserRole::Reviewer => 'V',
        UserRole::Supervisor => 'U',
        UserRole::TeamSergeant => 'T',
        UserRole::Investigator => 'I',
        UserRole::Auditor => 'A',
        UserRole::PolicyOwner => 'P',
        UserRole::Administrator => 'M',
    }
}

/// What the table says of one cell.
fn expected(on: On, roles: &str, role: UserRole, scope: Scope) -> bool {
    if on == On::Lists && scope == Scope::Named && "RV".contains(letter(role)) {
        return true;
    }
    roles.contains(letter(role))
        && match on {
            On::Nothing | On::Unreadable | On::Lists | On::Recorded => true,
            On::Glass => scope != Scope::Open,
            _ => scope != Scope::Restricted,
        }
}

fn desk_of(role: UserRole) -> Desk {
    if role == UserRole::Reviewer { Desk::DomesticAbuse } else { Desk::Child }
}

/// A notice about somebody of its own, at the desk of the role.
fn notice_for(role: UserRole, reference: &str, restricted: bool) -> Value {
    let mut notice = child_notice(reference, &[]);
    if desk_of(role) == Desk::DomesticAbuse {
        notice["kind"] = json!("domestic_abuse");
        notice["persons"] = json!([
            { "key": "v", "roles": ["victim"], "estimated_age": 40 },
            { "key": "s", "roles": ["suspect"], "estimated_age": 41 }
        ]);
    }
    notice["persons"][0]["person_id"] = json!(format!("P-{reference}"));
    if restricted {
        notice["restricted"] = json!([REASON]);
    }
    notice
}

/// What one cell is asked about.
struct Subject {
    item: String,
    notice: String,
    person: String,
    link: String,
    mentions: [String; 2],
    other: String,
    unreadable: String,
}

/// Whom nothing is hidden from.
fn mary() -> Principal {
    named("mary", &[UserRole::Supervisor])
}

async fn kept(service: &Service, content: &str) -> Submitted {
    let read = read_notice(content.as_bytes(), service.now())
        .map_err(|refusal| Refused { refusal, content: content.as_bytes().to_vec() });
    let submit = Submit { by: mary(), read, as_worked: false, once: None };
    service.submit(vec![submit]).await.pop().unwrap().unwrap()
}

/// A subject of which nothing is there.
fn nothing() -> Subject {
    let id = || ID.to_owned();
    Subject {
        item: id(),
        notice: id(),
        person: id(),
        link: id(),
        mentions: [id(), id()],
        other: id(),
        unreadable: id(),
    }
}

/// Keeps a notice; its receipt's items and notice, and its first mention.
async fn notice_kept(service: &Service, notice: &Value) -> (Receipt, Mention) {
    let Submitted::Accepted(receipt) = kept(service, &notice.to_string()).await else { panic!() };
    let mut uow = service.store().read().await.unwrap();
    let mention = uow.mentions_of_notices(&[receipt.id]).await.unwrap().swap_remove(0);
    (receipt, mention)
}

async fn subject(service: &Service, on: On, role: UserRole, n: usize, scope: Scope) -> Subject {
    let mut of = nothing();
    match on {
        On::Nothing | On::Lists => return of,
        On::Unreadable => {
            let Submitted::Refused { id, .. } = kept(service, &format!("not a notice {n}")).await else {
                panic!()
            };
            of.unreadable = id.to_string();
            return of;
        }
        _ => {}
    }
    let notice = notice_for(role, &format!("N{n}"), scope != Scope::Open);
    let (receipt, mention) = notice_kept(service, &notice).await;
    let desk = desk_of(role);
    of.item = receipt.work_items.iter().find(|item| item.desk == desk).unwrap().id.to_string();
    of.notice = receipt.id.to_string();
    of.person = mention.person_id.to_string();
    if on == On::Endorsement {
        // Somebody else decided first.
        let claimed = service.claim_named(&mary(), of.item.parse().unwrap(), None).await.unwrap();
        let item = claimed.view.item;
        let complete = Complete {
            by: mary(),
            id: item.id,
            claim: item.state.claim().unwrap().id,
            revision: 1,
            outcome: Outcome::NoFurtherAction,
            reason: "x".to_owned(),
            duplicate_of: None,
            read_at: None,
            once: None,
        };
        service.complete(vec![complete]).await.pop().unwrap().unwrap();
        let items = service.store().read().await.unwrap().items_of_notice(item.notice_id).await.unwrap();
        of.item = items.iter().find(|item| item.desk == Desk::Endorsement).unwrap().id.to_string();
    }
    if matches!(on, On::Link | On::Mentions | On::Events) {
        let (kept, other) = notice_kept(service, &notice_for(role, &format!("O{n}"), false)).await;
        of.other = kept.id.to_string();
        of.mentions = [mention.id.to_string(), other.id.to_string()];
        if on == On::Link {
            let pair = (mention.id, other.id);
            let link = service.say_of_mentions(&mary(), pair, false, "two people", None).await.unwrap();
            of.link = link.id.to_string();
        }
    }
    of
}

/// The request of a row, about a subject.
fn request(route: &str, on: On, of: &Subject, desk: Desk) -> (String, String, Option<Value>) {
    let (method, path) = route.split_once(' ').unwrap();
    let id = match on {
        On::Item | On::Glass | On::Endorsement => &of.item,
        On::Notice | On::Lifting | On::Events => &of.notice,
        On::Person | On::Recorded => &of.person,
        On::Link => &of.link,
        On::Unreadable => &of.unreadable,
        On::Nothing | On::Mentions | On::Desk | On::Lists => "",
    };
    let path = path.replace("{id}", id).replace("{desk}", desk.code());
    let reason = json!({ "claim_id": ID, "revision": 1, "reason": "x" });
    let cue = json!({ "claim_id": ID, "cue_id": CUE });
    let cue = match path.split_once("/cues/").map(|(_, act)| act) {
        Some("preview") => Some(json!({ "cue_id": CUE })),
        Some("dismiss") => Some(json!({ "claim_id": ID, "cue_id": CUE, "shown": [], "reason": "x" })),
        Some(_) => Some(cue),
        None => None,
    };
    if cue.is_some() {
        return (method.to_owned(), path, cue);
    }
    let body = match path.rsplit('/').next().unwrap() {
        "events" if method == "POST" => Some(json!({ "other": of.other, "say": "one", "reason": "x" })),
        "notices" | "check" | "mend" => Some(child_notice("A", &[])),
        "renew" | "release" => Some(json!({ "claim_id": ID })),
        "hold" => Some(json!({ "claim_id": ID, "until": "2099-01-01T00:00:00Z", "reason": "x" })),
        "assign" => Some(json!({ "to": "mary", "reason": "x" })),
        "complete" => Some(json!({ "claim_id": ID, "revision": 1, "outcome": "shared", "reason": "x" })),
        "grade" => Some(json!({ "claim_id": ID, "revision": 1, "grade": "high", "rationale": "x" })),
        "accept-lowering" => Some(json!({ "to": { "band": "green", "score": 1 }, "reason": "x" })),
        "approve" | "reject" => Some(reason),
        "links" => Some(json!({ "a": of.mentions[0], "b": of.mentions[1], "same": false, "reason": "x" })),
        "confirm" | "refuse" | "undo" | "dismiss" | "break-glass" => Some(json!({ "reason": "x" })),
        "restrict" => Some(json!({ "reason": "other", "why": "x" })),
        "lift-restriction" => Some(json!({ "reason": REASON, "why": "x" })),
        "searches" => Some(json!({ "reference": "A" })),
        "declarations" => Some(json!({ "people": [] })),
        _ => None,
    };
    let period =
        if path.ends_with("/unusual") { "?from=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z" } else { "" };
    (method.to_owned(), path + period, body)
}

/// Three people of each role: for the open, one whom no list names, and one whom every list names.
async fn caller(server: &Server, role: UserRole, scope: Scope, n: usize) -> String {
    let name = format!("a-{role}-{n}");
    let token = server.token(&name, role).await;
    if scope == Scope::Named {
        // A role that opens nothing is on no list, and could not be put there.
        let mut uow = server.service.store().write().await.unwrap();
        for &reason in RestrictionReason::ALL {
            uow.put_on_list(reason, &name, false).await.unwrap();
        }
        uow.save().await.unwrap();
    }
    token
}

#[tokio::test]
async fn every_route_times_every_role_times_restricted_answers_as_the_table_says() {
    // Each cell has a token of its own, and each token is a stranger's until it opened something.
    let front = ppn_http::Front { strangers_a_minute: 0, ..ppn_http::Front::default() };
    let server = Server::start_with(Backend::Sqlite, &front).await;
    server.token("mary", UserRole::Supervisor).await;
    let (mut allowed, mut denied, mut wrong) = (0, 0, Vec::new());
    let mut n = 0;
    for &role in UserRole::ALL {
        for scope in SCOPES {
            for &(route, _, on, roles) in ROUTES {
                n += 1;
                // Whoever took part in one cell brings nothing into the next.
                let token = caller(&server, role, scope, n).await;
                let of = subject(&server.service, on, role, n, scope).await;
                if on == On::Desk {
                    alone_at_its_desk(&server.service, &of).await;
                }
                let (method, path, body) = request(route, on, &of, desk_of(role));
                let (status, answer) = server.send(&method, &path, &token, body.as_ref()).await;
                let nothing_there = on == On::Desk && status == 204;
                // The item was found, and it has no such cue: who asks was let in.
                let no_cue = answer["detail"] == "there is no such cue";
                let may = no_cue || !nothing_there && !matches!(status, 401 | 403 | 404);
                // What is open, or open to the caller by a list, needs no glass broken.
                let may = if on == On::Glass && scope == Scope::Named { may && status == 422 } else { may };
                if may != expected(on, roles, role, scope) {
                    wrong.push(format!("{role} {route} {scope:?}: {status} {answer}"));
                }
                if !expected(on, roles, role, scope) && !matches!(status, 204 | 403 | 404) {
                    wrong.push(format!("{role} {route} {scope:?}: {status} instead of a refusal"));
                }
                *(if may { &mut allowed } else { &mut denied }) += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {n} cells:\n{}", wrong.len(), wrong.join("\n"));
    println!("routes: {} cells, {allowed} allowed, {denied} denied", allowed + denied);
}

/// Claims whatever else waits, so that the next claim gives the subject or nothing.
async fn alone_at_its_desk(service: &Service, of: &Subject) {
    let mut uow = service.store().write().await.unwrap();
    let query = ListQuery {
        desk: None,
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue_at: None,
        after: None,
        limit: 1_000,
        viewer: Viewer::system(),
        desks: Desk::ALL.to_vec(),
    };
    for mut item in uow.list_items(&query).await.unwrap() {
        if item.id.to_string() != of.item {
            item.state = State::Held { until: service.now() + Span::days(1) };
            uow.save_item(&item).await.unwrap();
        }
    }
    uow.save().await.unwrap();
}

#[tokio::test]
async fn every_desk_gives_work_to_the_roles_that_work_it() {
    let server = Server::start().await;
    let works = |role| match role {
        UserRole::Researcher => "child adult share strategy record",
        UserRole::Reviewer => "domestic_abuse",
        UserRole::Supervisor => "child adult domestic_abuse share endorsement strategy record",
        _ => "",
    };
    let (mut allowed, mut denied) = (0, 0);
    for &role in UserRole::ALL {
        let token = server.token(&format!("d-{role}"), role).await;
        for desk in Desk::ALL {
            let (status, _) =
                server.send("POST", &format!("/api/v1/desks/{desk}/claims"), &token, None).await;
            let may = works(role).split(' ').any(|word| word == desk.code());
            assert_eq!(status, if may { 204 } else { 403 }, "{role} {desk}");
            *(if may { &mut allowed } else { &mut denied }) += 1;
        }
    }
    println!("desks: {} cells, {allowed} allowed, {denied} denied", allowed + denied);
}

/// A use case that has no route.
async fn use_case(bench: &Bench, name: &str, by: &Principal) -> Result<(), ServiceError> {
    let service = &bench.service;
    let policy = service.policy();
    match name {
        "add_found" => service.add_found(by, &[]).await.map(drop),
        "activate_policy" => service.activate_policy(by, "none").await.map(drop),
        "add_user" => {
            let roles = Roles::from_iter([UserRole::Researcher]);
            service.add_user(by, "new", &roles, Given::ToBeChanged).await.map(drop)
        }
        "approve_policy" => service.approve_policy(by, "none", &[]).await.map(drop),
        "backup" => service.backup(by, &tempfile::tempdir().unwrap().path().join("copy.db")).await,
        "create_token" => {
            let request = TokenRequest {
                name: "feed".to_owned(),
                roles: Roles::from_iter([UserRole::Source]),
                source: None,
                days: 1,
            };
            service.create_token(by, &request).await.map(drop)
        }
        "disable_user" => service.disable_user(by, "nobody", "x").await.map(drop),
        "due_for_review" => service.due_for_review(by).await.map(drop),
        "erase" => service.erase(by, ID.parse().unwrap(), "x", true).await.map(drop),
        "effect_of" => service.effect_of(by, &policy).await.map(drop),
        "enable_user" => service.enable_user(by, "nobody", "x").await,
        "end_sessions" => service.end_sessions(by, "nobody", None).await.map(drop),
        "items_under" => service.items_under(by, &policy, "A").await.map(drop),
        "link_earlier_notices" => service.link_earlier_notices(by, &mut None).await.map(drop),
        "link_identity" => service.link_identity(by, "nobody", "x").await.map(drop),
        "look_back" => service.look_back(by, &policy, |_| ()).await.map(drop),
        "mended_by_import" => service.mended_by_import(by, &[]).await.map(drop),
        "policies" => service.policies(by).await.map(drop),
        "policy_named" => service.policy_named(by, "none").await.map(drop),
        "propose_policy" => service.propose_policy(by, "").await.map(drop),
        "prove" => service.prove(by, ppn_service::ProofOf::Since(1)).await.map(drop),
        "put_on_list" => service.put_on_list(by, REASON, "nobody", false).await,
        "ranked_under" => service.ranked_under(by, &policy).await.map(drop),
        "remove_second_factor" => service.remove_second_factor(by, "nobody", "x").await.map(drop),
        "replay" => service.replay(by, Span::days(1)).await.map(drop),
        "reset_password" => service.reset_password(by, "nobody", Given::ToBeChanged).await.map(drop),
        "restriction_lists" => service.restriction_lists(by).await.map(drop),
        "review_retention" => {
            service.review_retention(by, ID.parse().unwrap(), ppn_service::Reviewed::Hold, "x").await
        }
        "revoke_token" => service.revoke_token(by, ppn_domain::TokenId::new(service.now(), 1)).await,
        "sealing_key_made" => {
            let key = ppn_sealing::SealingKey::from_seed([7; 32]).unwrap();
            service.sealing_key_made(by, &key).await
        }
        "search_again" => {
            let id = ppn_domain::SearchId::new(service.now(), 1);
            let session = ppn_domain::SessionId::new(service.now(), 1);
            service.search_again(by, id, session).await.map(drop)
        }
        "sessions_of" => service.sessions_of(by, "nobody").await.map(drop),
        "set_roles" => {
            service.set_roles(by, "nobody", &Roles::from_iter([UserRole::Auditor])).await.map(drop)
        }
        "take_off_list" => service.take_off_list(by, REASON, "nobody").await,
        "tokens" => service.tokens(by).await.map(drop),
        "tell" => service.watch_feed(&supervisor(), None).await?.tell(by).await.map(drop),
        "users" => service.users(by).await.map(drop),
        "verify_log" => service.verify_log(by, Vec::new(), Vec::new()).await.map(drop),
        "home" => service.home(by).await.map(drop),
        "work_list" => service.work_list(by, desk_of(*by.roles.0.first().unwrap()), &list()).await.map(drop),
        "work_list_version" => {
            service.work_list_version(by, desk_of(*by.roles.0.first().unwrap()), &list()).await.map(drop)
        }
        other => panic!("{other} has a row and is not called"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_use_case_without_a_route_times_every_role_answers_as_the_table_says() {
    let (mut allowed, mut denied) = (0, 0);
    for &role in UserRole::ALL {
        let bench = Bench::on(Backend::Sqlite).await;
        let by = somebody("bea", &[role]);
        for &(name, roles) in USE_CASES {
            let answer = use_case(&bench, name, &by).await;
            let may = !matches!(answer, Err(ServiceError::Forbidden(_)));
            assert_eq!(may, roles.contains(letter(role)), "{role} {name}: {answer:?}");
            *(if may { &mut allowed } else { &mut denied }) += 1;
        }
    }
    println!("use cases: {} cells, {allowed} allowed, {denied} denied", allowed + denied);
}

fn list() -> ListRequest {
    ListRequest {
        desk: None,
        state: StateName::Waiting,
        band: None,
        holder: None,
        overdue: false,
        after: None,
        limit: 10,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_use_case_of_a_page_on_an_item_times_every_role_times_restricted_answers_as_the_table_says() {
    let bench = Bench::on(Backend::Sqlite).await;
    let (mut allowed, mut denied, mut n) = (0, 0, 0);
    for &role in UserRole::ALL {
        for scope in SCOPES {
            n += 1;
            let of = subject(&bench.service, On::Item, role, n, scope).await;
            let by = if scope == Scope::Named { named("bea", &[role]) } else { somebody("bea", &[role]) };
            let id = of.item.parse().unwrap();
            for &(name, roles) in ON_ITEMS {
                let may = match name {
                    // The item was found, and nothing of that name in it: who asks was let in.
                    "cue_page" => {
                        let seen = bench.service.cue_page(&by, id, Digest([0; 16])).await;
                        matches!(seen, Err(ServiceError::NotFound("cue")))
                    }
                    "event_pair" => {
                        let seen = bench.service.event_pair(&by, id, ID.parse().unwrap()).await;
                        matches!(seen, Err(ServiceError::NotFound("notice")))
                    }
                    "item_page" => bench.service.item_page(&by, id, None).await.is_ok(),
                    "person_page" => bench.service.person_page(&by, of.person.parse().unwrap()).await.is_ok(),
                    "item_version" => bench.service.item_version(&by, id).await.is_ok(),
                    other => panic!("{other} has a row and is not called"),
                };
                assert_eq!(may, expected(On::Item, roles, role, scope), "{role} {name} {scope:?}");
                *(if may { &mut allowed } else { &mut denied }) += 1;
            }
        }
    }
    println!("pages: {} cells, {allowed} allowed, {denied} denied", allowed + denied);
}

/// The public acts of the service that somebody asks for, by the source of the program.
fn acts_of_the_service() -> BTreeSet<String> {
    let mut acts = BTreeSet::new();
    let mut folders = vec![root().join("crates/service/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for declared in text.split("    pub ").skip(1) {
                let head = declared.split('{').next().unwrap();
                let head = head.strip_prefix("async ").unwrap_or(head);
                let Some(name) = head.strip_prefix("fn ").and_then(|head| head.split(['(', '<']).next())
                else {
                    continue;
                };
                let asks =
                    ["by: &Principal", "by: &'a Principal", "slice: Vec<"].iter().any(|by| head.contains(by));
                if asks {
                    acts.insert(name.to_owned());
                }
            }
        }
    }
    acts
}

#[test]
fn every_act_of_the_service_has_a_row() {
    let known: BTreeSet<String> = ROUTES
        .iter()
        .map(|row| row.1)
        .chain(USE_CASES.iter().map(|row| row.0))
        .chain(ON_ITEMS.iter().map(|row| row.0))
        .map(str::to_owned)
        .collect();
    let acts = acts_of_the_service();
    assert!(acts.len() > 40, "the source is read: {acts:?}");
    let missing: Vec<_> = acts.difference(&known).collect();
    assert!(missing.is_empty(), "without a row in access_table.rs: {missing:?}");
    let gone: Vec<_> = known.difference(&acts).collect();
    assert!(gone.is_empty(), "rows of nothing: {gone:?}");
}

/// Routes that are no part of the document, by the source of the program.
fn other_routes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for name in ["api", "http", "web", "ppn"] {
        let mut folders = vec![root().join("crates").join(name).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    found.extend(
                        text.split(".route(\"")
                            .skip(1)
                            .filter_map(|rest| Some(rest.split('"').next()?.to_owned())),
                    );
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn every_route_has_a_row() {
    let server = Server::start().await;
    let (_, document) = answer(server.request("GET", "/openapi.json", None)).await;
    let mut routes = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        routes.extend(methods.as_object().unwrap().keys().map(|m| format!("{} {path}", m.to_uppercase())));
    }
    let known: BTreeSet<String> =
        ROUTES.iter().map(|row| row.0).chain(OPEN.iter().copied()).map(str::to_owned).collect();
    let missing: Vec<_> = routes.difference(&known).collect();
    assert!(missing.is_empty(), "without a row in access_table.rs: {missing:?}");
    let gone: Vec<_> = ROUTES.iter().filter(|row| !routes.contains(row.0)).map(|row| row.0).collect();
    assert!(gone.is_empty(), "rows of nothing: {gone:?}");
    let beside: Vec<String> = other_routes()
        .into_iter()
        .filter(|path| !known.iter().any(|route| route.split(' ').nth(1) == Some(path)))
        .filter(|path| !PAGES.iter().any(|page| page.0 == path))
        .collect();
    let rows: BTreeSet<&str> =
        ROUTES.iter().map(|row| row.1).chain(USE_CASES.iter().map(|row| row.0)).collect();
    for (page, uses) in PAGES {
        let known = |name: &&str| rows.contains(*name) || ON_ITEMS.iter().any(|row| row.0 == *name);
        assert!(uses.iter().all(known), "{page} is answered by what has no row: {uses:?}");
    }
    assert!(beside.is_empty(), "routed beside the document, without a row: {beside:?}");
}

#[tokio::test]
async fn without_a_token_or_with_a_bad_one_nothing_opens() {
    let server = Server::start().await;
    let of = nothing();
    for &(route, _, on, _) in ROUTES {
        let (method, path, body) = request(route, on, &of, Desk::Child);
        for token in [None, Some("ppn_wrong"), Some("wrong")] {
            let mut request = server.request(&method, &path, token);
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
