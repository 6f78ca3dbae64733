//! What happens when something that the service stands on fails: nothing is acknowledged that is not kept, the
//! caller is told to come again, and the health of the service says how it is. Real engines and real disks.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ppn_domain::{Span, UserRole};
use ppn_service::{ClaimNext, Service, ServiceError, Settings};
use ppn_store_conformance::cluster::{Cluster, Durability};
use ppn_store_postgres::{PostgresOptions, PostgresStore};
use ppn_tests::{Backend, Bench, child_notice, ppn, somebody};
use serde_json::Value;

/// How long a service may take to come to itself.
pub const SOON: Duration = Duration::from_mins(1);

/// `ppn serve` in a process of its own.
pub struct Node {
    child: Child,
    pub base: String,
    pub http: reqwest::Client,
}

/// What came of one notice.
#[derive(Debug, PartialEq, Eq)]
enum Sent {
    Kept(String),
    ToldToComeAgain,
    NoAnswer,
}

impl Node {
    fn of(mut command: Command, port: u16) -> Self {
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(30)).build().unwrap();
        Self { child, base: format!("http://127.0.0.1:{port}"), http }
    }

    pub fn serve(url: &str, folder: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new(ppn());
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
            .env("PPN_DATABASE_URL", url)
            .current_dir(folder);
        Self::of(command, port)
    }

    async fn health(&self, of: &str) -> Option<u16> {
        let answer = self.http.get(format!("{}/health/{of}", self.base)).send().await.ok()?;
        Some(answer.status().as_u16())
    }

    pub async fn until(&self, health: &str, status: u16) {
        let begun = Instant::now();
        while self.health(health).await != Some(status) {
            assert!(begun.elapsed() < SOON, "{health} does not come to {status}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Submits a notice; whatever is not kept must say when to come again.
    async fn submit(&self, token: &str, reference: &str) -> Sent {
        let mut notice = child_notice(reference, &[]);
        notice["circumstances"] = "Officers attended. ".repeat(200).into();
        let answer = self
            .http
            .post(format!("{}/api/v1/notices", self.base))
            .bearer_auth(token)
            .json(&notice)
            .send()
            .await;
        let Ok(answer) = answer else { return Sent::NoAnswer };
        let status = answer.status().as_u16();
        let again = answer.headers().get("retry-after").cloned();
        let body: Value = answer.json().await.unwrap_or_default();
        match status {
            200 | 201 => Sent::Kept(body["id"].as_str().unwrap().to_owned()),
            503 => {
                assert!(again.is_some(), "503 without Retry-After: {body}");
                Sent::ToldToComeAgain
            }
            other => panic!("{other}: {body}"),
        }
    }

    /// Every one of these is there and can be read.
    async fn has(&self, token: &str, kept: &[String]) {
        for id in kept {
            let url = format!("{}/api/v1/notices/{id}", self.base);
            let answer = self.http.get(url).bearer_auth(token).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{id} was acknowledged and is not there");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn run(url: &str, folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(ppn())
        .args(arguments)
        .env("PPN_DATABASE_URL", url)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn token(url: &str, folder: &Path, name: &str, role: &str) -> String {
    run(url, folder, &["token", "create", "--name", name, "--role", role])
}

/// A folder with so much room, in a mount of its own that ends with whoever serves there. `None` where this
/// machine lets nobody mount.
fn in_a_small_folder(folder: &Path, kilobytes: u32, port: u16) -> Option<Node> {
    let mounts = Command::new("unshare")
        .args(["-rm", "mount", "-t", "tmpfs", "tmpfs"])
        .arg(folder)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounts {
        println!("not checked: this machine lets nobody mount a small disk");
        return None;
    }
    // Each line that is written to it takes it one step further.
    let script = "mount -t tmpfs -o size=$2k tmpfs \"$1\" && cd \"$1\" && export PPN_DATABASE_URL=sqlite://$1/ppn.db \
        && \"$3\" migrate && \"$3\" token create --name niche --role source >../source \
        && \"$3\" token create --name sam --role supervisor >../supervisor && { \"$3\" serve --listen 127.0.0.1:$4 & \
        read -r _; mount -o remount,size=64m \"$1\"; read -r _; kill $!; wait; \"$3\" doctor --thorough >../doctor; \
        echo $? >../code; }";
    let mut command = Command::new("unshare");
    command
        .args(["-rm", "--kill-child", "sh", "-c", script, "small"])
        .arg(folder)
        .arg(kilobytes.to_string())
        .arg(ppn())
        .arg(port.to_string())
        .stdin(Stdio::piped());
    Some(Node::of(command, port))
}

/// With a full disk nothing is kept and nobody is told otherwise; with room again the service goes on by
/// itself, with everything that it acknowledged.
#[tokio::test]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let above = tempfile::tempdir().unwrap();
    let folder = above.path().join("small");
    std::fs::create_dir(&folder).unwrap();
    let Some(mut node) = in_a_small_folder(&folder, 5 * 1024, free_port()) else { return };
    node.until("ready", 200).await;
    let read = |name: &str| std::fs::read_to_string(above.path().join(name)).unwrap().trim().to_owned();
    let (source, supervisor) = (read("source"), read("supervisor"));

    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    for n in 0..5_000 {
        match node.submit(&source, &format!("F-{n}")).await {
            Sent::Kept(id) => kept.push(id),
            Sent::ToldToComeAgain => refused.push(format!("F-{n}")),
            Sent::NoAnswer => panic!("the service is gone"),
        }
        // Smaller ones may still find room after the first that did not.
        if refused.len() >= 5 && node.health("ready").await == Some(503) {
            break;
        }
    }
    println!("{} notices were kept before the disk was full", kept.len());
    assert!(kept.len() > 20 && refused.len() >= 5, "{} kept, {} refused", kept.len(), refused.len());
    assert_eq!(node.health("live").await, Some(200));
    assert_eq!(node.health("ready").await, Some(503), "nothing is kept here, and it says so");

    node.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    node.until("ready", 200).await;
    for reference in &refused {
        let again = node.submit(&source, reference).await;
        assert!(matches!(again, Sent::Kept(_)), "{again:?}");
    }
    node.has(&supervisor, &kept).await;

    node.child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    let begun = Instant::now();
    while !above.path().join("code").exists() || read("code").is_empty() {
        assert!(begun.elapsed() < SOON, "the service did not stop");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A small disk is itself something to look at; damage would be wrong.
    let doctor = read("doctor");
    assert!(!doctor.contains("malformed") && doctor.contains("no damage found"), "{doctor}");
}

/// PostgreSQL stops at once, three times, while notices come in: who was told that theirs is kept finds it,
/// and nobody is told anything but to come again.
#[tokio::test]
async fn a_database_that_is_restarted_loses_nothing_that_was_acknowledged() {
    let cluster = Cluster::start(Durability::Full).unwrap();
    cluster.create("ppn", None).unwrap();
    let (url, folder) = (cluster.url("ppn"), tempfile::tempdir().unwrap());
    run(&url, folder.path(), &["migrate"]);
    let (source, supervisor) =
        (token(&url, folder.path(), "niche", "source"), token(&url, folder.path(), "sam", "supervisor"));
    let node = Arc::new(Node::serve(&url, folder.path()));
    node.until("ready", 200).await;
    let ended = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let clients: Vec<_> = (0..4)
        .map(|client| {
            let (node, source, ended) = (node.clone(), source.clone(), ended.clone());
            tokio::spawn(async move {
                let (mut kept, mut refused) = (Vec::new(), 0);
                let mut n = 0;
                while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                    match node.submit(&source, &format!("R-{client}-{n}")).await {
                        Sent::Kept(id) => {
                            kept.push(id);
                            n += 1;
                        }
                        // The same notice again: where it was kept after all, this is a repeat.
                        Sent::ToldToComeAgain => {
                            refused += 1;
                            tokio::time::sleep(Duration::from_millis(50)).await;
                        }
                        Sent::NoAnswer => panic!("the service is gone"),
                    }
                }
                (kept, refused)
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(700)).await;
        cluster.crash().unwrap();
        node.until("ready", 503).await;
        assert_eq!(node.health("live").await, Some(200));
        cluster.up().unwrap();
        node.until("ready", 200).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    ended.store(true, std::sync::atomic::Ordering::Relaxed);
    let (mut kept, mut refused) = (Vec::new(), 0);
    for client in clients {
        let (some, of) = client.await.unwrap();
        kept.extend(some);
        refused += of;
    }
    println!("{} kept, {refused} told to come again, over three restarts", kept.len());
    assert!(refused > 0);
    node.has(&supervisor, &kept).await;
    let there: usize = cluster.sql("ppn", "SELECT count(*) FROM notices").unwrap().trim().parse().unwrap();
    assert_eq!(there, kept.len(), "each once, and no other");
    drop(node);
}

/// Every connection is taken: who comes waits for one, is told to come again, and is served when one is free.
#[tokio::test]
async fn an_exhausted_pool_tells_callers_to_come_again() {
    let bench = Bench::on(Backend::Postgres).await;
    let url = bench.place.url();
    let options =
        PostgresOptions::parse(&url).unwrap().pool(4).wait_for_connection(Duration::from_millis(300));
    let store: Arc<dyn ppn_store::Store> = Arc::new(PostgresStore::open(options).await.unwrap());
    let service =
        Service::start(store.clone(), bench.clock.clone(), [3; 32], Settings::default()).await.unwrap();
    let rae = somebody("rae", &[UserRole::Researcher]);
    bench.submit(&ppn_tests::supervisor(), &child_notice("P-1", &[])).await;
    let mut taken = Vec::new();
    for _ in 0..4 {
        taken.push(store.write().await.unwrap());
    }
    let wish = || ClaimNext { by: rae.clone(), desk: ppn_domain::Desk::Child, bundle: false, once: None };
    let refused = service.claim_next(vec![wish()]).await.remove(0);
    assert!(matches!(refused, Err(ServiceError::Busy)), "{refused:?}");
    let answer = axum::response::IntoResponse::into_response(ppn_http::Problem::from(refused.unwrap_err()));
    assert_eq!(answer.status(), 503);
    assert!(answer.headers().contains_key("retry-after"));
    taken.clear();
    assert!(service.claim_next(vec![wish()]).await.remove(0).unwrap().is_some());
}

ppn_tests::on_each_backend! {
    a_clock_that_steps_gives_nothing_to_two
}

/// The clock of a node goes forward by half a day and comes back: leases end and are given anew, and at every
/// moment one person holds the item.
async fn a_clock_that_steps_gives_nothing_to_two(on: Backend) {
    let bench = Bench::on(on).await;
    bench.submit(&ppn_tests::supervisor(), &child_notice("C-1", &[])).await;
    let of = |name: &str| somebody(name, &[UserRole::Researcher]);
    let next = async |name: &str| {
        let wish = ClaimNext { by: of(name), desk: ppn_domain::Desk::Child, bundle: false, once: None };
        bench.service.claim_next(vec![wish]).await.remove(0).unwrap()
    };
    let first = next("ann").await.unwrap();
    let (id, claim) = (first.view.item.id, first.view.item.state.claim().unwrap().id);

    // Back by a day: she still holds it, and a renewal leaves her no less than before.
    bench.clock.advance(Span::days(-1));
    assert!(next("ben").await.is_none(), "it is held");
    let renewed = bench.service.renew(&of("ann"), id, claim, None).await.unwrap();
    assert!(renewed.item.state.claim().is_some());

    // Forward by two: her lease is over, and the next one has it.
    bench.clock.advance(Span::days(2));
    let second = next("ben").await.expect("a lease that ended is given back before the next claim");
    assert_eq!(second.view.item.id, id);
    let late = bench.service.renew(&of("ann"), id, claim, None).await.unwrap_err();
    assert!(matches!(late, ServiceError::HeldBy { .. } | ServiceError::ClaimEnded), "{late:?}");

    // And back again: it is still his, and hers no more.
    bench.clock.advance(Span::hours(-36));
    let late = bench.service.renew(&of("ann"), id, claim, None).await.unwrap_err();
    assert!(matches!(late, ServiceError::HeldBy { .. } | ServiceError::ClaimEnded), "{late:?}");
    assert!(next("cat").await.is_none(), "it is held");
    let his = second.view.item.state.claim().unwrap().id;
    bench.service.renew(&of("ben"), id, his, None).await.unwrap();
}
