//! What changes, told to whoever watches: over two nodes and a second process.

use std::path::Path;
use std::time::Duration;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Span, UserRole};
use ppn_service::{FEED_KEPT, Given, MOST_STREAMS_EACH, ServiceError, SignIn, Told, operator};
use ppn_tests::{Backend, Bench, Place, Server, child_notice, somebody, supervisor};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use tokio::time::timeout;

use crate::degradation::{Node, run};

ppn_tests::on_each_backend! {
    every_node_tells_what_any_process_changed
    nobody_is_told_of_what_they_may_not_open
    a_stream_ends_with_the_rights_of_its_receiver
    too_many_streams_are_refused
    whoever_was_away_too_long_reads_again
}

/// How long a change may take to be told: a slow machine, and never for ever.
const TOLD_WITHIN: Duration = Duration::from_secs(30);

/// A stream of events.
struct Events {
    response: reqwest::Response,
    read: String,
}

#[derive(Debug)]
struct Event {
    name: String,
    id: String,
    data: Value,
}

impl Event {
    fn change(&self) -> (&str, &str) {
        assert_eq!(self.name, "work_item", "{self:?}");
        (self.data["change"].as_str().unwrap(), self.data["work_item_id"].as_str().unwrap())
    }
}

impl Events {
    async fn open(base: &str, token: &str, last: Option<&str>) -> Result<Self, u16> {
        let mut request = ppn_tests::client().get(format!("{base}/api/v1/events")).bearer_auth(token);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = request.send().await.unwrap();
        match response.status().as_u16() {
            200 => Ok(Self { response, read: String::new() }),
            other => Err(other),
        }
    }

    /// A stream from now on.
    async fn from_now(base: &str, token: &str) -> Self {
        let mut events = Self::open(base, token, None).await.unwrap();
        assert_eq!(events.next().await.unwrap().name, "open");
        events
    }

    /// The next event that says something; nothing when the stream ended.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let field = |name: &str| {
                    let lines = block.lines().filter_map(|line| line.strip_prefix(name));
                    lines.map(|value| value.trim().to_owned()).next()
                };
                let event = field("event:").map(|name| Event {
                    name,
                    id: field("id:").unwrap(),
                    data: serde_json::from_str(&field("data:").unwrap()).unwrap(),
                });
                let rest = rest.to_owned();
                self.read = rest;
                if event.is_some() {
                    return event;
                }
            }
            let more = timeout(TOLD_WITHIN, self.response.chunk()).await.expect("nothing was told");
            match more {
                Ok(Some(bytes)) => self.read.push_str(std::str::from_utf8(&bytes).unwrap()),
                Ok(None) | Err(_) => return None,
            }
        }
    }
}

async fn post(base: &str, path: &str, token: &str, body: &Value) -> Value {
    let request = ppn_tests::client().post(format!("{base}/api/v1/{path}")).bearer_auth(token).json(body);
    let (status, answer) = ppn_tests::answer(request).await;
    assert!(matches!(status, 200 | 201), "{status}: {answer}");
    answer
}

/// Submits a notice, and gives its item.
async fn submit(base: &str, token: &str, reference: &str) -> String {
    let receipt = post(base, "notices", token, &child_notice(reference, &[])).await;
    receipt["work_items"][0]["id"].as_str().unwrap().to_owned()
}

fn token(place: &Place, folder: &Path, name: &str, role: &str) -> String {
    run(&place.url(), folder, &["token", "create", "--name", name, "--role", role])
}

async fn every_node_tells_what_any_process_changed(on: Backend) {
    let place = Place::empty(on);
    let folder = tempfile::tempdir().unwrap();
    run(&place.url(), folder.path(), &["migrate"]);
    let token = token(&place, folder.path(), "sam", "supervisor");
    let serve = || Node::serve(&place.url(), folder.path());
    let (one, other) = (serve(), serve());
    one.until("ready", 200).await;
    other.until("ready", 200).await;
    let mut here = Events::from_now(&one.base, &token).await;
    let mut there = Events::from_now(&other.base, &token).await;

    let first = submit(&one.base, &token, "SECRET-REFERENCE").await;
    for events in [&mut here, &mut there] {
        let event = events.next().await.unwrap();
        assert_eq!(event.change(), ("opened", &*first));
        let members: Vec<&String> = event.data.as_object().unwrap().keys().collect();
        assert_eq!(members, ["change", "desk", "notice_id", "work_item_id"], "identifiers and codes alone");
    }

    // Another process, beside those that serve.
    let file = folder.path().join("more.json");
    std::fs::write(&file, child_notice("B", &[]).to_string()).unwrap();
    run(&place.url(), folder.path(), &["import", file.to_str().unwrap()]);
    let mut last = String::new();
    for events in [&mut here, &mut there] {
        let event = events.next().await.unwrap();
        assert_eq!(event.change().0, "opened");
        last = event.id;
    }

    // Whoever was cut off from one node goes on at another, with nothing passed over and nothing twice.
    drop((here, one));
    let claimed = post(&other.base, &format!("work-items/{first}/claim"), &token, &Value::Null).await;
    let claim = &claimed["claim"]["id"];
    let outcome =
        serde_json::json!({ "claim_id": claim, "revision": 1, "outcome": "shared", "reason": "Told." });
    post(&other.base, &format!("work-items/{first}/complete"), &token, &outcome).await;
    let mut again = Events::open(&other.base, &token, Some(&last)).await.unwrap();
    for expected in ["changed", "done"] {
        assert_eq!(again.next().await.unwrap().change(), (expected, &*first));
        assert_eq!(there.next().await.unwrap().change(), (expected, &*first));
    }

    for none in ["99999999999999-1", "not one of ours", ""] {
        let mut strange = Events::open(&other.base, &token, Some(none)).await.unwrap();
        let event = strange.next().await.unwrap();
        assert_eq!(event.name, "resync", "{none}");
        assert!(Events::open(&other.base, &token, Some(&event.id)).await.is_ok());
    }
}

/// Restricted without their list, or of people whom they know: the next that they are told of is another.
async fn nobody_is_told_of_what_they_may_not_open(on: Backend) {
    let server = Server::on(on).await;
    let (sam, rae) = (supervisor(), somebody("rae", &[UserRole::Researcher]));
    let token = server.token("rae", UserRole::Researcher).await;
    let lee = server.token("lee", UserRole::Researcher).await;
    let admin = operator("test", "restricted");
    server.service.put_on_list(&admin, RestrictionReason::Other, "lee", true).await.unwrap();
    let by = server.token(&sam.name, UserRole::Supervisor).await;
    let mut of_rae = Events::from_now(&server.base, &token).await;
    let mut of_lee = Events::from_now(&server.base, &lee).await;

    let mut restricted = child_notice("A", &[]);
    restricted["restricted"] = serde_json::json!(["other"]);
    let receipt = post(&server.base, "notices", &by, &restricted).await;
    let closed = receipt["work_items"][0]["id"].as_str().unwrap().to_owned();
    let open = submit(&server.base, &by, "B").await;
    assert_eq!(of_rae.next().await.unwrap().change(), ("opened", &*open));
    assert_eq!(of_lee.next().await.unwrap().change(), ("opened", &*closed));
    assert_eq!(of_lee.next().await.unwrap().change(), ("opened", &*open));

    // She knows the people, and is told nothing more of them, not even that it was claimed.
    let known = open.parse().unwrap();
    server.service.know_these_people(&rae, known, None).await.unwrap();
    server.service.claim_named(&somebody("lee", &[UserRole::Researcher]), known, None).await.unwrap();
    let other = submit(&server.base, &by, "C").await;
    assert_eq!(of_rae.next().await.unwrap().change(), ("opened", &*other));
}

async fn a_stream_ends_with_the_rights_of_its_receiver(on: Backend) {
    let server = Server::on(on).await;
    let token = server.token("rae", UserRole::Researcher).await;
    let by = server.token("sam", UserRole::Supervisor).await;
    let mut events = Events::from_now(&server.base, &token).await;
    let first = submit(&server.base, &by, "A").await;
    assert_eq!(events.next().await.unwrap().change(), ("opened", &*first));
    server.service.disable_user(&operator("test", "user"), "rae", "Left.").await.unwrap();
    submit(&server.base, &by, "B").await;
    assert!(events.next().await.is_none(), "it ends, and tells nothing more");
    assert_eq!(Events::open(&server.base, &token, None).await.err(), Some(401));
}

async fn too_many_streams_are_refused(on: Backend) {
    let bench = Bench::on(on).await;
    let (sam, rae) = (supervisor(), somebody("rae", &[UserRole::Researcher]));
    let mut streams = Vec::new();
    for _ in 0..MOST_STREAMS_EACH {
        streams.push(bench.service.watch_feed(&sam, None).await.unwrap());
    }
    let refused = bench.service.watch_feed(&sam, None).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Busy));
    assert!(bench.service.watch_feed(&rae, None).await.is_ok(), "others have their own");
    streams.pop();
    assert!(bench.service.watch_feed(&sam, None).await.is_ok());
}

async fn whoever_was_away_too_long_reads_again(on: Backend) {
    let bench = Bench::on(on).await;
    let sam = supervisor();
    let place = bench.service.watch_feed(&sam, None).await.unwrap().place().unwrap().to_string();
    bench.submit(&sam, &child_notice("A", &[])).await;
    assert_eq!(bench.service.prune_feed().await.unwrap(), 0, "within {FEED_KEPT:?} everything is kept");
    let old = match on {
        Backend::Sqlite => "UPDATE feed SET at = at - 90000000000",
        Backend::Postgres => "UPDATE feed SET at = at - interval '25 hours'",
    };
    crate::operations::sql(&bench.place, old).await;
    let begun = std::time::Instant::now();
    // An older transaction may be under way on the server.
    while bench.service.prune_feed().await.unwrap() == 0 {
        assert!(begun.elapsed() < TOLD_WITHIN);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut watch = bench.service.watch_feed(&sam, Some(&place)).await.unwrap();
    assert_eq!(watch.place(), None);
    let Told::ReadAgain(latest) = watch.tell(&sam).await.unwrap() else { panic!("it cannot be served") };
    let watch = bench.service.watch_feed(&sam, Some(&latest.to_string())).await.unwrap();
    assert_eq!(watch.place(), Some(latest));
}

/// A page left open tells what changes and does not keep its session on.
#[tokio::test]
async fn a_stream_is_no_use_of_a_session() {
    let bench = Bench::on(Backend::Sqlite).await;
    let admin = operator("test", "user");
    let roles = [UserRole::Researcher].into_iter().collect();
    let password = bench.service.add_user(&admin, "rae", &roles, Given::ToStay).await.unwrap();
    let (name, origin) = ("rae".to_owned(), "test".to_owned());
    let sign_in = SignIn { name, password, code: None, browser: None, origin };
    let signed_in = bench.service.sign_in(sign_in).await.unwrap();
    let secret = signed_in.secret.expose_secret();
    for (minutes, is_on) in [(20, true), (9, true), (2, false)] {
        bench.clock.advance(Span::minutes(minutes));
        let session = bench.service.session_unused(secret, "test").await.unwrap();
        assert_eq!(session.is_some(), is_on);
    }
}
