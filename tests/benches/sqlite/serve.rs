//! The service over HTTP on loopback, and the clients that call it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use ppn_domain::{Desk, Roles, SystemClock, UserRole};
use ppn_ingestion::read_notice;
use ppn_service::{ClaimNext, Lanes, Service, Settings, Submit, TokenRequest, operator};
use ppn_store_sqlite::SqliteStore;
use ppn_tests::supervisor;
use ppn_triage::{DEFAULT_POLICY, Policy};
use tokio::runtime::Runtime;

use crate::figures::Round;

/// Notices as they are sent, about 4 KB each, always the same.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The reference at its source.
    pub reference: String,
    /// JSON.
    pub text: String,
}

/// The first so many notices of the stream that open an item at the desk, or any at all.
pub fn notices(count: usize, desk: Option<Desk>) -> Vec<Sent> {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    ppn_demo::stream(2022, ppn_tests::NOON)
        .filter(|notice| {
            desk.is_none_or(|desk| {
                let received = notice.received(ppn_tests::NOON);
                !notice.is_restricted()
                    && ppn_triage::assess(&policy, notice, received, &ppn_triage::History::none(received))
                        .iter()
                        .any(|of| of.desk == desk)
            })
        })
        .take(count)
        .map(|notice| Sent {
            reference: notice.reference.clone(),
            text: serde_json::to_string(&notice).unwrap(),
        })
        .collect()
}

/// Starts a service on a file, created and migrated where it is not there yet.
pub async fn service(path: &Path) -> Arc<Service> {
    let store = Arc::new(SqliteStore::open(path).await.unwrap());
    Service::migrate(&*store, &SystemClock, "operator:bench", DEFAULT_POLICY).await.unwrap();
    Service::start(store, Arc::new(SystemClock), [11; 32], Settings::default()).await.unwrap()
}

/// Takes notices in by slices of a hundred, not over HTTP.
pub async fn fill(service: &Service, notices: &[Sent]) {
    for chunk in notices.chunks(100) {
        let slice = chunk
            .iter()
            .map(|sent| Submit {
                by: supervisor(),
                read: Ok(read_notice(sent.text.as_bytes(), service.now()).unwrap()),
                as_worked: false,
                once: None,
            })
            .collect();
        for answer in service.submit(slice).await {
            answer.unwrap();
        }
    }
}

/// A server on a port of its own.
#[derive(Debug)]
pub struct Server {
    base: String,
    service: Arc<Service>,
}

impl Server {
    /// Serves a file, on threads apart from the clients'.
    pub async fn start(path: &Path, threads: &Runtime) -> Self {
        let path = path.to_owned();
        let started = threads.spawn(async move {
            let service = service(&path).await;
            let app = ppn_api::app(Lanes::start(service.clone()), ppn_api::Options::default());
            let app = ppn_http::front::put_before(app, &ppn_http::Front::default());
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let base = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(async move {
                axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
            });
            Self { base, service }
        });
        started.await.unwrap()
    }

    /// Claims without HTTP: so many, as callers that wait together would, `slice` to a unit of work.
    pub async fn claim_without_http(
        &self,
        (desk, role): (Desk, UserRole),
        (count, slice): (usize, usize),
        threads: &Runtime,
    ) -> Round {
        let service = self.service.clone();
        let by = ppn_tests::somebody("alone", &[role]);
        let wish = ClaimNext { by, desk, bundle: false, once: None };
        let running = threads.spawn(async move {
            let mut times = Vec::with_capacity(count / slice);
            let whole = Instant::now();
            for _ in 0..count / slice {
                let begun = Instant::now();
                for answer in service.claim_next(vec![wish.clone(); slice]).await {
                    assert!(answer.unwrap().is_some());
                }
                times.push(begun.elapsed());
            }
            Round::of(times, whole.elapsed(), slice)
        });
        running.await.unwrap()
    }

    /// So many clients, each a person of that role with a token and a connection of their own.
    pub async fn clients(&self, count: usize, role: UserRole) -> Vec<Client> {
        let mut clients = Vec::with_capacity(count);
        for n in 0..count {
            let request = TokenRequest {
                name: format!("{role}-{n}"),
                roles: Roles::from_iter([role]),
                source: None,
                days: 1,
            };
            let token = self.service.create_token(&operator("bench", "token"), &request).await.unwrap();
            clients.push(Client { base: self.base.clone(), token, http: ppn_tests::client() });
        }
        clients
    }
}

/// One client.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    token: String,
    http: reqwest::Client,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The address below the server's.
    pub path: String,
    /// The media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// A JSON request.
    pub fn json(path: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), media_type: "application/json", body: body.into() }
    }
}

impl Client {
    async fn send(&self, request: Request) -> (u16, Vec<u8>) {
        let response = self
            .http
            .post(format!("{}{}", self.base, request.path))
            .bearer_auth(&self.token)
            .header("content-type", request.media_type)
            .body(request.body)
            .send()
            .await
            .unwrap();
        (response.status().as_u16(), response.bytes().await.unwrap().to_vec())
    }

    /// Opens the connection and has the token looked up.
    async fn warm(&self) {
        let address = format!("{}/api/v1/work-items?limit=1", self.base);
        self.http.get(address).bearer_auth(&self.token).send().await.unwrap().bytes().await.unwrap();
    }
}

/// Shares requests out to so many clients, like cards.
pub fn dealt(requests: Vec<Request>, clients: usize) -> Vec<Vec<Request>> {
    let mut hands = vec![Vec::new(); clients];
    for (n, request) in requests.into_iter().enumerate() {
        hands[n % clients].push(request);
    }
    hands
}

/// Each client sends its own requests one after another, all clients at once; the answers by client.
/// Each request does `each` things.
pub async fn drive(clients: &[Client], hands: Vec<Vec<Request>>, each: usize) -> (Round, Vec<Vec<Vec<u8>>>) {
    for client in clients {
        client.warm().await;
    }
    let whole = Instant::now();
    let running: Vec<_> = clients
        .iter()
        .cloned()
        .zip(hands)
        .map(|(client, hand)| {
            tokio::spawn(async move {
                let mut times = Vec::with_capacity(hand.len());
                let mut answers = Vec::with_capacity(hand.len());
                for request in hand {
                    let begun = Instant::now();
                    let (status, answer) = client.send(request).await;
                    times.push(begun.elapsed());
                    assert!(matches!(status, 200 | 201), "{status}: {}", String::from_utf8_lossy(&answer));
                    answers.push(answer);
                }
                (times, answers)
            })
        })
        .collect();
    let mut times = Vec::new();
    let mut answers = Vec::new();
    for task in running {
        let (took, said) = task.await.unwrap();
        times.extend(took);
        answers.push(said);
    }
    (Round::of(times, whole.elapsed(), each), answers)
}

/// Ends a service that was only for filling, and leaves one file behind.
pub async fn close(service: Arc<Service>) {
    service.store().close().await;
}

/// Makes a store that is migrated and empty.
pub async fn empty(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    Service::migrate(&store, &SystemClock, "operator:bench", DEFAULT_POLICY).await.unwrap();
    ppn_store::Store::close(&store).await;
}
