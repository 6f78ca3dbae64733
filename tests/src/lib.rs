//! What the tests share: a service on a store of its own, and a server to talk to over HTTP.
#![expect(clippy::missing_panics_doc, reason = "a test says by panicking what is wrong")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use ppn_domain::{Clock, Notice, Restriction, Roles, SetClock, SystemClock, Timestamp, UserRole};
use ppn_ingestion::{MAX_NOTICE_BYTES, read_notice};
use ppn_service::{Lanes, Principal, Receipt, Service, Settings, Submit, Submitted, TokenRequest, operator};
use ppn_store::Store;
use ppn_store_sqlite::SqliteStore;
use ppn_triage::DEFAULT_POLICY;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The moment at which set clocks begin.
pub const NOON: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

/// A service on a store of its own, with a clock that moves only when told.
#[derive(Debug)]
pub struct Bench {
    /// The service.
    pub service: Arc<Service>,
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// The store's folder, removed with this.
    pub folder: TempDir,
}

impl Bench {
    /// A fresh one.
    pub async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    /// A fresh one with settings.
    pub async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SetClock::at(NOON));
        let store = migrated(folder.path().join("ppn.db"), &*clock).await;
        let service = Service::start(store, clock.clone(), [7; 32], settings).await.unwrap();
        Self { service, clock, folder }
    }

    /// Submits a notice as staff do, and gives its receipt.
    pub async fn submit(&self, by: &Principal, notice: &Value) -> Receipt {
        match self.submit_text(by, notice.to_string().as_bytes()).await {
            Submitted::Accepted(receipt) => receipt,
            Submitted::Refused { errors, .. } => panic!("refused: {errors:?}"),
        }
    }

    /// Submits bytes.
    pub async fn submit_text(&self, by: &Principal, content: &[u8]) -> Submitted {
        assert!(content.len() <= MAX_NOTICE_BYTES);
        let read = read_notice(content, self.clock.now())
            .map_err(|refusal| ppn_service::Refused { refusal, content: content.to_vec() });
        let submit = Submit { by: by.clone(), read, as_worked: false, once: None };
        self.service.submit(vec![submit]).await.pop().unwrap().unwrap()
    }
}

/// Opens and migrates a store.
pub async fn migrated(path: PathBuf, clock: &dyn Clock) -> Arc<dyn Store> {
    let store = Arc::new(SqliteStore::open(path).await.unwrap());
    Service::migrate(&*store, clock, "operator:test", DEFAULT_POLICY).await.unwrap();
    store
}

/// Somebody with roles.
pub fn somebody(name: &str, roles: &[UserRole]) -> Principal {
    Principal {
        name: name.to_owned(),
        roles: roles.iter().copied().collect(),
        source: None,
        lists: Restriction::NONE,
        origin: "test".to_owned(),
    }
}

/// A supervisor.
pub fn supervisor() -> Principal {
    somebody("sam", &[UserRole::Supervisor])
}

/// Somebody of a role whom every standing list names.
pub fn named(name: &str, roles: &[UserRole]) -> Principal {
    Principal { lists: Restriction::ALL, ..somebody(name, roles) }
}

/// A child notice submitted an hour before noon, with indicators.
pub fn child_notice(reference: &str, indicators: &[&str]) -> Value {
    json!({
        "source": "niche", "reference": reference, "kind": "child",
        "submitted_at": (NOON - ppn_domain::Span::hours(1)).to_string(),
        "circumstances": "Officers attended.",
        "persons": [{ "key": "child", "roles": ["subject"], "estimated_age": 9,
            "voice": { "seen": true, "spoken_to": true, "spoken_to_alone": true } }],
        "indicators": indicators
    })
}

/// A notice as JSON.
pub fn as_json(notice: &Notice) -> Value {
    serde_json::to_value(notice).unwrap()
}

/// A server over HTTP, with a token for each role.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub base: String,
    /// The service behind it.
    pub service: Arc<Service>,
    /// The store's folder, removed with this.
    pub folder: TempDir,
    client: reqwest::Client,
}

impl Server {
    /// Starts one on a free port, on the machine's clock.
    pub async fn start() -> Self {
        Self::start_with(ppn_api::Options::default()).await
    }

    /// Starts one with options.
    pub async fn start_with(options: ppn_api::Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = migrated(folder.path().join("ppn.db"), &SystemClock).await;
        let service =
            Service::start(store, Arc::new(SystemClock), [9; 32], Settings::default()).await.unwrap();
        let lanes = Lanes::start(service.clone());
        let pages = ppn_web::pages(lanes.clone(), ppn_http::session::Cookies::new(false));
        let app = ppn_api::app(lanes, options).merge(pages);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
        });
        Self { base, service, folder, client: reqwest::Client::new() }
    }

    /// A token for a person of this name with this role.
    pub async fn token(&self, name: &str, role: UserRole) -> String {
        let request =
            TokenRequest { name: name.to_owned(), roles: Roles::from_iter([role]), source: None, days: 1 };
        self.service.create_token(&operator("test", "token"), &request).await.unwrap()
    }

    /// A request to a path.
    pub fn request(&self, method: &str, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.client.request(method.parse().unwrap(), format!("{}{path}", self.base));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends JSON and gives status and answer; an empty answer is null.
    pub async fn send(&self, method: &str, path: &str, token: &str, body: Option<&Value>) -> (u16, Value) {
        let mut request = self.request(method, path, Some(token));
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    /// POSTs JSON.
    pub async fn post(&self, path: &str, token: &str, body: &Value) -> (u16, Value) {
        self.send("POST", path, token, Some(body)).await
    }

    /// GETs.
    pub async fn get(&self, path: &str, token: &str) -> (u16, Value) {
        self.send("GET", path, token, None).await
    }
}

/// Sends a request and gives status and answer; an empty answer is null.
pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// The `ppn` program that was built beside the running test.
pub fn ppn() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let target = test.parent().and_then(|p| p.parent()).unwrap();
    let program = target.join(format!("ppn{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "build the program first: cargo build -p ppn");
    program
}

/// The top of the source tree.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Whether the long size of the long tests was asked for (`make soak`).
pub fn soak() -> bool {
    std::env::var("PPN_SOAK").is_ok_and(|size| size == "full")
}
