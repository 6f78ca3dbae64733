//! What the tests share: a service on a store of its own, and a server to talk to over HTTP.
#![expect(clippy::missing_panics_doc, reason = "a test says by panicking what is wrong")]
#![expect(clippy::unwrap_used, reason = "a test says by panicking what is wrong")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use ppn_domain::{Clock, Notice, Restriction, Roles, SetClock, SystemClock, Timestamp, UserRole};
use ppn_http::Front;
use ppn_http::front::put_before;
use ppn_ingestion::{MAX_NOTICE_BYTES, read_notice};
use ppn_service::{
    FeedFollower, Lanes, Principal, Receipt, Service, Settings, Submit, Submitted, TokenRequest, operator,
};
use ppn_store::Store;
use ppn_store_conformance::cluster::{Cluster, Database, Durability};
use ppn_store_postgres::{PostgresOptions, PostgresStore};
use ppn_store_sqlite::SqliteStore;
use ppn_triage::DEFAULT_POLICY;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// The moment at which set clocks begin.
pub const NOON: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

/// What a store is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file of SQLite.
    Sqlite,
    /// A database of PostgreSQL.
    Postgres,
}

/// Makes a test of each case for each backend: a case is an async function of the [`Backend`].
#[macro_export]
macro_rules! on_each_backend {
    ($($case:ident)+) => {
        $crate::on_each_backend!(@ sqlite Sqlite $($case)+);
        $crate::on_each_backend!(@ postgres Postgres $($case)+);
    };
    (@ $module:ident $backend:ident $($case:ident)+) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case($crate::Backend::$backend).await;
            })+
        }
    };
}

/// Where a store is; gone with this.
#[derive(Debug)]
pub enum Place {
    /// A folder with `ppn.db` in it.
    Folder(TempDir),
    /// A database of the cluster that all tests share.
    Database(Database<'static>),
}

impl Place {
    /// An empty one.
    pub fn empty(on: Backend) -> Self {
        match on {
            Backend::Sqlite => Self::Folder(tempfile::tempdir().unwrap()),
            Backend::Postgres => Self::Database(cluster().database(None).unwrap()),
        }
    }

    /// A store there as this program needs it, with the policy that one begins with.
    pub async fn migrated(on: Backend, clock: &dyn Clock) -> Self {
        /// Migrated once, and copied for each test.
        const TEMPLATE: &str = "migrated";
        static MIGRATED: OnceCell<()> = OnceCell::const_new();
        if on == Backend::Postgres {
            MIGRATED
                .get_or_init(|| async {
                    cluster().create(TEMPLATE, None).unwrap();
                    let options = PostgresOptions::parse(&cluster().url(TEMPLATE)).unwrap();
                    let store = PostgresStore::open(options).await.unwrap();
                    Service::migrate(&store, clock, "operator:test", DEFAULT_POLICY).await.unwrap();
                    store.close().await;
                })
                .await;
            return Self::Database(cluster().database(Some(TEMPLATE)).unwrap());
        }
        let place = Self::empty(on);
        Service::migrate(&*place.store().await, clock, "operator:test", DEFAULT_POLICY).await.unwrap();
        place
    }

    /// Opens a store on it, as each node does.
    pub async fn store(&self) -> Arc<dyn Store> {
        match self {
            Self::Folder(folder) => Arc::new(SqliteStore::open(folder.path().join("ppn.db")).await.unwrap()),
            Self::Database(database) => {
                let options = PostgresOptions::parse(&database.url()).unwrap();
                Arc::new(PostgresStore::open(options).await.unwrap())
            }
        }
    }

    /// As `--database-url` names it.
    pub fn url(&self) -> String {
        match self {
            Self::Folder(folder) => format!("sqlite://{}", folder.path().join("ppn.db").display()),
            Self::Database(database) => database.url(),
        }
    }

    /// The database, where it is one.
    pub const fn database(&self) -> Option<&Database<'static>> {
        match self {
            Self::Folder(_) => None,
            Self::Database(database) => Some(database),
        }
    }
}

/// The PostgreSQL that the tests share; nothing in it waits for the disk.
pub fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| Cluster::start(Durability::None).unwrap())
}

/// A service on a store of its own, with a clock that moves only when told.
#[derive(Debug)]
pub struct Bench {
    /// The service.
    pub service: Arc<Service>,
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// Where its store is.
    pub place: Place,
}

impl Bench {
    /// A fresh one.
    pub async fn on(on: Backend) -> Self {
        Self::with(on, Settings::default()).await
    }

    /// A fresh one with settings.
    pub async fn with(on: Backend, settings: Settings) -> Self {
        let clock = Arc::new(SetClock::at(NOON));
        let place = Place::migrated(on, &*clock).await;
        let service = Service::start(place.store().await, clock.clone(), [7; 32], settings).await.unwrap();
        Self { service, clock, place }
    }

    /// Another node on the same store, with the same clock.
    pub async fn node(&self, seed: u8) -> Arc<Service> {
        let (store, clock) = (self.place.store().await, self.clock.clone());
        Service::start(store, clock, [seed; 32], Settings::default()).await.unwrap()
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
    /// Where its store is.
    pub place: Place,
    client: reqwest::Client,
}

impl Server {
    /// Starts one on a free port, on the machine's clock.
    pub async fn start() -> Self {
        Self::start_with(Backend::Sqlite, &Front::default()).await
    }

    /// The same on a backend.
    pub async fn on(on: Backend) -> Self {
        Self::start_with(on, &Front::default()).await
    }

    /// Starts one behind this.
    pub async fn start_with(on: Backend, front: &Front) -> Self {
        let place = Place::migrated(on, &SystemClock).await;
        let store = place.store().await;
        let service =
            Service::start(store, Arc::new(SystemClock), [9; 32], Settings::default()).await.unwrap();
        let mut follower = FeedFollower::new(service.clone());
        tokio::spawn(async move {
            loop {
                // What fails is begun anew, as the service itself does.
                let _ = follower.turn().await;
            }
        });
        let lanes = Lanes::start(service.clone());
        let pages = ppn_web::pages(lanes.clone(), front.cookies());
        let app = put_before(ppn_api::app(lanes, ppn_api::Options::default()).merge(pages), front);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>()).await.unwrap();
        });
        Self { base, service, place, client: client() }
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

/// A client over HTTP that follows nothing by itself.
pub fn client() -> reqwest::Client {
    // The program's own choice: the library makes none.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Sends a request and gives status and answer; an empty answer is null, and so is a stream, which is not
/// waited for.
pub async fn answer(request: reqwest::RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    if response.headers().get("content-type").is_some_and(|kind| kind == "text/event-stream") {
        return (status, Value::Null);
    }
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
