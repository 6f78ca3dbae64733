//! SQLite through HTTP beside the same rows written bare, in the same run.
//!
//! Each figure is the median of five rounds, and in each round everything is measured once, so that a
//! machine that slows down slows all of it. `PPN_BENCH=full` takes longer rounds and a backlog of a million.
//! `-- submit` or `-- claim` measures that alone.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on stops")]

mod figures;
mod raw;
mod serve;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use figures::{Bar, Series, Table};
use ppn_domain::{Clock as _, Desk, SystemClock, UserRole};
use raw::{Counter, NoticeRows};
use serde_json::{Value, json};
use serve::{Client, Request, Sent, Server, dealt, drive};
use sqlx::SqliteConnection;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 5;
const DESK: Desk = Desk::Child;
const REASON: &str = "Shared with the front door: the child was seen alone, and the school told us of marks.";

/// How much is done in a round.
#[derive(Debug, Clone)]
struct Size {
    notices: usize,
    notices_in_hundreds: usize,
    claims: usize,
    backlogs: Vec<i64>,
}

impl Size {
    fn wanted() -> Self {
        if std::env::var("PPN_BENCH").is_ok_and(|size| size == "full") {
            Self {
                notices: 3_200,
                notices_in_hundreds: 20_000,
                claims: 640,
                backlogs: vec![1_000, 100_000, 1_000_000],
            }
        } else {
            Self { notices: 640, notices_in_hundreds: 2_000, claims: 480, backlogs: vec![1_000, 100_000] }
        }
    }
}

fn main() {
    // `cargo test --benches` starts this too, and asks for no figures.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let asked = |part: &str| only.as_deref().is_none_or(|only| only == part);
    let size = Size::wanted();
    let begun = Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let servers = threads("servers");
    let clients = threads("clients");
    println!("Figures: median of {ROUNDS} rounds (least to greatest); times in milliseconds.\n");
    if asked("submit") {
        clients.block_on(submits(&size, folder.path(), &servers)).print();
    }
    if asked("claim") {
        clients.block_on(claims(&size, folder.path(), &servers)).print();
    }
    servers.shutdown_background();
    println!("Took {} s.", begun.elapsed().as_secs());
}

fn threads(name: &str) -> Runtime {
    Builder::new_multi_thread().enable_all().thread_name(name).build().unwrap()
}

/// The ways in which notices are submitted, by name of the series: clients, and notices a request.
const WAYS_IN: [(&str, usize, usize); 5] =
    [("1", 1, 1), ("8", 8, 1), ("16", 16, 1), ("32", 32, 1), ("1, in hundreds", 1, 100)];

struct Submitting {
    raw: Series,
    raw_in_hundreds: Series,
    over_http: BTreeMap<&'static str, Series>,
}

async fn submits(size: &Size, folder: &Path, servers: &Runtime) -> Submitting {
    let most = size.notices.max(size.notices_in_hundreds) * ROUNDS;
    let notices = serve::notices(most, None);
    let rows = written_by_the_service(folder, &notices).await;

    // A store for each way, so that all are equally full in each round.
    let mut stores: Vec<(Server, Vec<Client>)> = Vec::new();
    for (n, (_, clients, _)) in WAYS_IN.iter().enumerate() {
        let server = Server::start(&folder.join(format!("submit-{n}.db")), servers).await;
        let clients = server.clients(*clients, UserRole::Supervisor).await;
        stores.push((server, clients));
    }
    let mut bare = bare_store(&folder.join("submit-raw.db")).await;
    let mut bare_hundreds = bare_store(&folder.join("submit-raw-100.db")).await;

    let mut figures =
        Submitting { raw: Series::default(), raw_in_hundreds: Series::default(), over_http: BTreeMap::new() };
    for round in 0..ROUNDS {
        let part = |count: usize| round * count..(round + 1) * count;
        let single = &rows[part(size.notices)];
        figures.raw.0.push(raw::submit(&mut bare, single, 1).await.unwrap());
        let many = &rows[part(size.notices_in_hundreds)];
        figures.raw_in_hundreds.0.push(raw::submit(&mut bare_hundreds, many, 100).await.unwrap());
        for ((name, count, each), (_, clients)) in WAYS_IN.iter().zip(&stores) {
            let requests = if *each == 1 {
                singly(&notices[part(size.notices)])
            } else {
                in_groups(&notices[part(size.notices_in_hundreds)], *each)
            };
            let (measured, _) = drive(clients, dealt(requests, *count), *each).await;
            figures.over_http.entry(name).or_default().0.push(measured);
        }
    }
    figures
}

async fn bare_store(path: &Path) -> SqliteConnection {
    serve::empty(path).await;
    raw::open(path).await.unwrap()
}

/// What the service writes for each notice, to be written bare elsewhere.
async fn written_by_the_service(folder: &Path, notices: &[Sent]) -> Vec<NoticeRows> {
    let path = folder.join("pattern.db");
    let service = serve::service(&path).await;
    serve::fill(&service, notices).await;
    serve::close(service).await;
    let mut rows = raw::rows_written(&path).await.unwrap();
    notices.iter().map(|sent| rows.remove(&sent.reference).unwrap()).collect()
}

fn singly(notices: &[Sent]) -> Vec<Request> {
    notices.iter().map(|sent| Request::json("/api/v1/notices", sent.text.as_bytes())).collect()
}

fn in_groups(notices: &[Sent], each: usize) -> Vec<Request> {
    notices
        .chunks(each)
        .map(|group| Request {
            path: "/api/v1/notices".to_owned(),
            media_type: "application/x-ndjson",
            body: group.iter().flat_map(|sent| sent.text.bytes().chain([b'\n'])).collect(),
        })
        .collect()
}

impl Submitting {
    fn print(&self) {
        let mut table = headed();
        table.figure("submit, raw", "", &self.raw, None);
        table.figure("submit, raw, 100 a transaction", "", &self.raw_in_hundreds, None);
        let bars = [
            ("1", Bar::at_least(0.65, 0.8)),
            ("8", Bar::at_least(0.65, 1.0)),
            ("32", Bar::at_least(2.0, 3.0)),
            ("1, in hundreds", Bar::at_least(0.6, 0.8)),
        ];
        for (name, _, each) in WAYS_IN {
            let raw = if each == 1 { &self.raw } else { &self.raw_in_hundreds };
            let bar = bars.iter().find(|(of, _)| *of == name).map(|(_, bar)| *bar);
            let series = &self.over_http[name];
            table.figure("submit, HTTP", name, series, Some((series.rate_over(raw), bar)));
        }
        println!("{table}");
    }
}

fn headed() -> Table {
    Table::new(&["what", "clients", "rate a second", "p50", "p99", "rate over raw", "must / aim", ""])
}

/// How many clients claim and complete.
const CLAIMERS: [usize; 3] = [1, 16, 32];
/// How many claims share a unit of work where they are made without HTTP.
const TOGETHER: [usize; 2] = [1, 16];

/// A desk with so much waiting: twice the same file, one served and one written bare.
struct Backlogged {
    waiting: i64,
    server: Server,
    clients: Vec<Client>,
    /// Puts back what the clients took.
    served: SqliteConnection,
    bare: SqliteConnection,
    ids: Counter,
    raw_claim: Series,
    raw_complete: Series,
    /// By how many claims share a unit of work.
    without_http: BTreeMap<usize, Series>,
    claim: BTreeMap<usize, Series>,
    complete: BTreeMap<usize, Series>,
}

struct Claiming(Vec<Backlogged>);

async fn claims(size: &Size, folder: &Path, servers: &Runtime) -> Claiming {
    let originals = serve::notices(1_000, Some(DESK));
    let mut backlogs = Vec::new();
    for waiting in &size.backlogs {
        backlogs.push(Backlogged::of(*waiting, &originals, folder, servers).await);
    }
    for _ in 0..ROUNDS {
        for backlog in &mut backlogs {
            backlog.round(size.claims, servers).await;
        }
    }
    Claiming(backlogs)
}

impl Backlogged {
    async fn of(waiting: i64, originals: &[Sent], folder: &Path, servers: &Runtime) -> Self {
        let served_path = folder.join(format!("claim-{waiting}.db"));
        let bare_path = folder.join(format!("claim-{waiting}-raw.db"));
        let service = serve::service(&served_path).await;
        serve::fill(&service, originals).await;
        serve::close(service).await;
        let count = i64::try_from(originals.len()).unwrap();
        if waiting > count {
            raw::multiply(&served_path, waiting / count - 1).await.unwrap();
        }
        copy(&served_path, &bare_path);
        let mut bare = raw::open(&bare_path).await.unwrap();
        assert_eq!(raw::waiting(&mut bare, DESK.code()).await.unwrap(), waiting);
        let server = Server::start(&served_path, servers).await;
        let clients = server.clients(32, UserRole::Researcher).await;
        let now = SystemClock.now().micros();
        Self {
            waiting,
            server,
            clients,
            served: raw::open(&served_path).await.unwrap(),
            bare,
            ids: Counter::starting(now),
            raw_claim: Series::default(),
            raw_complete: Series::default(),
            without_http: BTreeMap::new(),
            claim: BTreeMap::new(),
            complete: BTreeMap::new(),
        }
    }

    async fn round(&mut self, count: usize, servers: &Runtime) {
        let now = SystemClock.now().micros();
        raw::put_back(&mut self.bare).await.unwrap();
        let claimed = raw::claim(&mut self.bare, DESK.code(), count, (&mut self.ids, now)).await;
        self.raw_claim.0.push(claimed.unwrap());
        let completed = raw::complete(&mut self.bare, (&mut self.ids, now), REASON).await;
        self.raw_complete.0.push(completed.unwrap());

        for slice in TOGETHER {
            raw::put_back(&mut self.served).await.unwrap();
            let whose = (DESK, UserRole::Researcher);
            let claimed = self.server.claim_without_http(whose, (count, slice), servers).await;
            self.without_http.entry(slice).or_default().0.push(claimed);
        }
        for callers in CLAIMERS {
            raw::put_back(&mut self.served).await.unwrap();
            let clients = &self.clients[..callers];
            let wish = Request::json(format!("/api/v1/desks/{DESK}/claims"), "{}");
            let (claimed, answers) = drive(clients, dealt(vec![wish; count], callers), 1).await;
            self.claim.entry(callers).or_default().0.push(claimed);
            let completions = answers
                .iter()
                .map(|of_client| of_client.iter().map(|answer| completion(answer)).collect())
                .collect();
            let (completed, _) = drive(clients, completions, 1).await;
            self.complete.entry(callers).or_default().0.push(completed);
        }
    }
}

fn copy(from: &PathBuf, to: &PathBuf) {
    assert!(!from.with_extension("db-wal").exists(), "the last connection leaves one file");
    std::fs::copy(from, to).unwrap();
}

fn completion(claimed: &[u8]) -> Request {
    let claimed: Value = serde_json::from_slice(claimed).unwrap();
    let item = claimed["work_item"]["id"].as_str().unwrap();
    let body = json!({
        "claim_id": claimed["claim"]["id"], "revision": 1, "outcome": "shared", "reason": REASON
    });
    Request::json(format!("/api/v1/work-items/{item}/complete"), body.to_string())
}

impl Claiming {
    fn print(&self) {
        let mut table = headed();
        let mut ratios = Table::new(&["ratio", "median (least to greatest)", "must / aim", ""]);
        for backlog in &self.0 {
            let of = |what: &str| format!("{what}, {} waiting", backlog.waiting);
            let kinds = [
                ("claim", &backlog.raw_claim, &backlog.claim),
                ("complete", &backlog.raw_complete, &backlog.complete),
            ];
            for (what, raw, over_http) in kinds {
                table.figure(&of(&format!("{what}, raw")), "", raw, None);
                for (slice, series) in backlog.without_http.iter().filter(|_| what == "claim") {
                    let ratio = Some((series.rate_over(raw), None));
                    table.figure(&of(&format!("claim, no HTTP, {slice} together")), "", series, ratio);
                }
                for (callers, series) in over_http {
                    let bar = (*callers == 1 && what == "claim").then_some(Bar::at_least(0.70, 0.85));
                    let ratio = Some((series.rate_over(raw), bar));
                    table.figure(&of(&format!("{what}, HTTP")), &callers.to_string(), series, ratio);
                }
                let bar = (what == "claim").then_some(Bar::at_least(3.0, 6.0));
                let gain = over_http[&32].rate_over(&over_http[&1]);
                ratios.ratio(&of(&format!("{what}, HTTP, rate at 32 clients over 1")), gain, bar);
            }
        }
        if let Some((first, others)) = self.0.split_first() {
            for other in others {
                let sizes = format!("p50 at {} waiting over {}", other.waiting, first.waiting);
                let flat = Some(Bar::at_most(1.25, 1.1));
                for callers in CLAIMERS {
                    let ratio = other.claim[&callers].p50_over(&first.claim[&callers]);
                    ratios.ratio(&format!("claim, HTTP, clients: {callers}, {sizes}"), ratio, flat);
                }
                ratios.ratio(
                    &format!("claim, raw, {sizes}"),
                    other.raw_claim.p50_over(&first.raw_claim),
                    None,
                );
            }
        }
        println!("{table}\n{ratios}");
    }
}
