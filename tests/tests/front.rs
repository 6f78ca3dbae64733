//! What stands before every route: headers, limits, whose word about an address is taken, encryption, and
//! clients that keep a connection and say nothing.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use ppn_domain::{Act, Roles, UserRole};
use ppn_http::Front;
use ppn_http::front::SECURITY_TEXT_PATH;
use ppn_service::{Given, TokenRequest, operator};
use ppn_store::LogQuery;
use ppn_tests::{Backend, Place, Server, ppn};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::access_table::{OPEN, PAGES, ROUTES};
use crate::pages::Visitor;

const ID: &str = "019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21";
/// Longer than every limit of time on what a client sends, and shorter than two of them.
const A_LIMIT_AND_A_BIT: Duration = Duration::from_secs(18);

/// Every address that a table of this program names, with identifiers in it.
fn addresses() -> Vec<String> {
    let routes = ROUTES.iter().map(|row| row.0).chain(OPEN.iter().copied());
    let routes = routes.map(|route| route.split(' ').nth(1).unwrap());
    let pages = PAGES.iter().map(|page| page.0);
    let more =
        [SECURITY_TEXT_PATH, "/sign-in", "/change-password", "/second-factor", "/api/explorer/", "/nowhere"];
    routes
        .chain(pages)
        .chain(more)
        .map(|path| {
            path.replace("{desk}", "child").replace("{topic}", "order").split('/').fold(
                String::new(),
                |path, part| match part {
                    "" => path,
                    part if part.starts_with('{') => path + "/" + ID,
                    part => path + "/" + part,
                },
            ) + if path.ends_with('/') { "/" } else { "" }
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_may_be_done_with_it_and_comes_back_encrypted_where_it_is() {
    for encrypted in [false, true] {
        let server = Server::start_with(Backend::Sqlite, &Front { encrypted, ..Front::default() }).await;
        let sam = server.token("sam", UserRole::Supervisor).await;
        let visitor = Visitor::of(&server, "sue", UserRole::Supervisor).await;
        let mut answers = 0;
        for path in addresses() {
            for method in ["GET", "POST"] {
                let asked = [
                    server.request(method, &path, None),
                    server.request(method, &path, Some(&sam)),
                    visitor.request(method, &path),
                ];
                for request in asked {
                    let answer = request.send().await.unwrap();
                    let header = |name: &str| {
                        let all = answer.headers().get_all(name).iter();
                        all.map(|value| value.to_str().unwrap()).collect::<Vec<_>>().join(" AND ")
                    };
                    let at = format!("{method} {path}: {}", answer.status());
                    let policy = header("content-security-policy");
                    assert!(
                        policy.starts_with("default-src '") && !policy.contains(" AND "),
                        "{at}: {policy}"
                    );
                    assert!(policy.contains("frame-ancestors 'none'"), "{at}: {policy}");
                    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{at}: {policy}");
                    assert_eq!(header("x-frame-options"), "DENY", "{at}");
                    assert_eq!(header("referrer-policy"), "no-referrer", "{at}");
                    assert!(header("permissions-policy").contains("camera=()"), "{at}");
                    assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{at}");
                    assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{at}");
                    assert_eq!(header("x-content-type-options"), "nosniff", "{at}");
                    let lasts = if encrypted { "max-age=63072000" } else { "" };
                    assert_eq!(header("strict-transport-security"), lasts, "{at}");
                    assert!(!header("x-request-id").is_empty(), "{at}");
                    for cookie in answer.headers().get_all("set-cookie") {
                        let cookie = cookie.to_str().unwrap();
                        assert!(
                            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
                            "{at}: {cookie}"
                        );
                        assert_eq!(cookie.starts_with("__Host-"), encrypted, "{at}: {cookie}");
                        assert_eq!(cookie.contains("Secure"), encrypted, "{at}: {cookie}");
                    }
                    assert!(answer.status().as_u16() != 429, "{at}: the walk itself is within the limits");
                    answers += 1;
                }
            }
        }
        println!("encrypted {encrypted}: {answers} answers looked at");
        assert!(answers > 400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn regression_a_sign_in_on_a_page_behind_a_proxy_was_logged_under_the_address_of_the_proxy() {
    let server = Server::start_with(Backend::Sqlite, &Front { behind_proxy: true, ..Front::default() }).await;
    let by = operator("test", "user");
    server
        .service
        .add_user(&by, "ann", &Roles::from_iter([UserRole::Researcher]), Given::ToStay)
        .await
        .unwrap();
    let answer = server
        .request("POST", "/sign-in", None)
        .header("x-forwarded-for", "198.51.100.9, 203.0.113.7")
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=ann&password=not+the+one&then=%2F")
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_client_error(), "{}", answer.status());
    let mut uow = server.service.store().read().await.unwrap();
    let query = LogQuery { act: Some(Act::SignInFailed), limit: 10, ..LogQuery::default() };
    let rows = uow.read_log(&query).await.unwrap();
    let origins: Vec<&str> = rows.iter().map(|(_, row)| row.origin.as_str()).collect();
    assert_eq!(origins, ["203.0.113.7"]);
}

/// The status of a request through a proxy.
async fn from(server: &Server, address: &str, token: Option<&str>) -> u16 {
    let request = server.request("GET", "/api/v1/backlog", token).header("x-forwarded-for", address);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers().contains_key("retry-after"), answer.status().as_u16() == 429);
    answer.status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_limited_by_address_and_whoever_is_at_work_there_is_not() {
    let front = Front { behind_proxy: true, strangers_a_minute: 3, ..Front::default() };
    let server = Server::start_with(Backend::Sqlite, &front).await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let late = server.token("late", UserRole::Supervisor).await;
    assert_eq!(from(&server, "10.0.0.7", Some(&sam)).await, 200);
    assert_eq!(from(&server, "10.0.0.7", None).await, 401);
    assert_eq!(from(&server, "10.0.0.7", Some("ppn_guess1")).await, 401);
    assert_eq!(from(&server, "10.0.0.7", Some("ppn_guess2")).await, 429);
    assert_eq!(from(&server, "10.0.0.7", None).await, 429);
    // Another network of IPv6 is another place; another address in it is not.
    for (address, status) in
        [("2001:db8::1", 401), ("2001:db8::2", 401), ("2001:db8::3", 401), ("2001:db8::4", 429)]
    {
        assert_eq!(from(&server, address, None).await, status, "{address}");
    }
    assert_eq!(from(&server, "10.0.0.8", None).await, 401);
    for _ in 0..10 {
        assert_eq!(from(&server, "10.0.0.7", Some(&sam)).await, 200);
    }
    // A token that has opened nothing yet is a stranger's there, and nowhere else.
    assert_eq!(from(&server, "10.0.0.7", Some(&late)).await, 429);
    assert_eq!(from(&server, "10.0.0.9", Some(&late)).await, 200);
    assert_eq!(from(&server, "10.0.0.7", Some(&late)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_is_limited_where_it_is_set_and_others_are_not_with_them() {
    let front = Front { callers_a_minute: 2, strangers_a_minute: 0, ..Front::default() };
    let server = Server::start_with(Backend::Sqlite, &front).await;
    let sam = server.token("sam", UserRole::Supervisor).await;
    let sue = server.token("sue", UserRole::Supervisor).await;
    for status in [200, 200, 200, 429] {
        assert_eq!(from(&server, "-", Some(&sam)).await, status);
    }
    assert_eq!(from(&server, "-", Some(&sue)).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_found_a_weakness_reads_whom_to_tell() {
    let contact = Some("mailto:security@force.example".to_owned());
    let server =
        Server::start_with(Backend::Sqlite, &Front { security_contact: contact, ..Front::default() }).await;
    let answer = server.request("GET", SECURITY_TEXT_PATH, None).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("Contact: mailto:security@force.example\nExpires: "), "{text}");
    let nobody = Server::start().await;
    assert_eq!(nobody.request("GET", SECURITY_TEXT_PATH, None).send().await.unwrap().status(), 404);
}

/// `ppn serve` on a store of its own.
struct Serving {
    child: Child,
    address: String,
    token: String,
    folder: tempfile::TempDir,
    _place: Place,
}

impl Serving {
    async fn start(host: &str, folder: tempfile::TempDir, settings: &[(&str, &Path)]) -> Self {
        let place = Place::migrated(Backend::Sqlite, &ppn_domain::SystemClock).await;
        let service = ppn_service::Service::start(
            place.store().await,
            std::sync::Arc::new(ppn_domain::SystemClock),
            [3; 32],
            ppn_service::Settings::default(),
        )
        .await
        .unwrap();
        let roles = Roles::from_iter([UserRole::Supervisor]);
        let request = TokenRequest { name: "sam".to_owned(), roles, source: None, days: 1 };
        let token = service.create_token(&operator("test", "token"), &request).await.unwrap();
        service.store().close().await;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new(ppn())
            .args(["serve", "--listen", &format!("{host}:{port}")])
            .env("PPN_DATABASE_URL", place.url())
            .envs(settings.iter().copied())
            .current_dir(folder.path())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("127.0.0.1:{port}");
        let begun = Instant::now();
        while TcpStream::connect(&address).await.is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it does not listen");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Self { child, address, token, folder, _place: place }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends this and says what came until the connection ended, and after how long it did.
async fn until_it_ends(address: &str, sent: &str, drip: bool) -> (String, Duration) {
    let begun = Instant::now();
    let (mut from, mut to) = TcpStream::connect(address).await.unwrap().into_split();
    to.write_all(sent.as_bytes()).await.unwrap();
    let dripping = tokio::spawn(async move {
        while drip && to.write_all(b"x-more: 1\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        // What is not dropped keeps the connection open from this side.
        std::future::pending::<()>().await;
        drop(to);
    });
    let mut came = Vec::new();
    let ended = tokio::time::timeout(A_LIMIT_AND_A_BIT, from.read_to_end(&mut came)).await;
    dripping.abort();
    assert!(ended.is_ok(), "after {A_LIMIT_AND_A_BIT:?} the connection still stands: {sent:?}");
    (String::from_utf8_lossy(&came).into_owned(), begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_says_nothing_or_drips_keeps_no_connection() {
    let serving = Serving::start("127.0.0.1", tempfile::tempdir().unwrap(), &[]).await;
    let head = "POST /api/v1/notices HTTP/1.1\r\nhost: ppn\r\ncontent-type: application/json\r\n";
    let paused = format!("{head}authorization: Bearer {}\r\ncontent-length: 4000\r\n\r\n{{", serving.token);
    let idle = "GET /health/live HTTP/1.1\r\nhost: ppn\r\n\r\n";
    let (nothing, half, dripped, paused, idle) = tokio::join!(
        until_it_ends(&serving.address, "", false),
        until_it_ends(&serving.address, head, false),
        until_it_ends(&serving.address, head, true),
        until_it_ends(&serving.address, &paused, false),
        until_it_ends(&serving.address, idle, false),
    );
    assert!(nothing.0.is_empty() && !half.0.contains("200 OK") && !dripped.0.contains("200 OK"));
    assert!(paused.0.starts_with("HTTP/1.1 408"), "{}", paused.0);
    assert!(idle.0.starts_with("HTTP/1.1 200"), "{}", idle.0);
    let after = [nothing.1, half.1, dripped.1, paused.1, idle.1];
    println!("nothing, half a head, a dripping head, half a body, idle: ended after {after:?}");
}

/// A certificate of its own and its key, in the files that the settings name.
fn put_certificate(folder: &Path) -> Vec<u8> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), made.cert.pem()).unwrap();
    made.cert.der().to_vec()
}

/// A client that looks at certificates itself, with a connection for each request.
fn looking() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .tls_danger_accept_invalid_certs(true)
        .tls_info(true)
        .pool_max_idle_per_host(0)
        .build()
        .unwrap()
}

async fn shown_by(serving: &Serving) -> Vec<u8> {
    let answer = looking().get(format!("https://{}/health/ready", serving.address)).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=63072000");
    let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
    info.peer_certificate().unwrap().to_vec()
}

async fn comes_to_show(serving: &Serving, certificate: &[u8], within: Duration) -> Duration {
    let begun = Instant::now();
    while shown_by(serving).await != certificate {
        assert!(begun.elapsed() < within, "the certificate is not taken over");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    begun.elapsed()
}

fn hang_up(serving: &Serving) {
    let pid = serving.child.id().to_string();
    assert!(Command::new("kill").args(["-HUP", &pid]).status().unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_certificate_is_taken_over_while_the_service_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let first = put_certificate(folder.path());
    let settings = [("PPN_TLS_CERTIFICATE_FILE", certificate.as_path()), ("PPN_TLS_KEY_FILE", key.as_path())];
    // An address that others reach needs no proxy then.
    let serving = Serving::start("0.0.0.0", folder, &settings).await;
    assert_eq!(shown_by(&serving).await, first);

    let second = put_certificate(serving.folder.path());
    hang_up(&serving);
    let asked = comes_to_show(&serving, &second, Duration::from_secs(5)).await;

    // One that does not fit its key leaves the one before.
    let third = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(&certificate, third.cert.pem()).unwrap();
    hang_up(&serving);
    let metrics = || async {
        let token = &serving.token;
        let request = looking().get(format!("https://{}/metrics", serving.address)).bearer_auth(token);
        request.send().await.unwrap().text().await.unwrap()
    };
    let begun = Instant::now();
    while metrics().await.contains("ppn_certificate_failures_total 0") {
        assert!(begun.elapsed() < Duration::from_secs(15), "nobody is told");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(shown_by(&serving).await, second);

    // Without a word the files are looked at by themselves.
    std::fs::write(&key, third.signing_key.serialize_pem()).unwrap();
    let found = comes_to_show(&serving, third.cert.der(), Duration::from_secs(20)).await;
    println!("taken over {asked:?} after SIGHUP, {found:?} after the files changed");
    let answer: Value = looking()
        .get(format!("https://{}/api/v1/backlog", serving.address))
        .bearer_auth(&serving.token)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(answer["desks"].is_array(), "{answer}");
}
