//! The use cases of PPN Triage: authorisation, transactions, the log.
//!
//! Every use case is a method of [`Service`]. Authorisation happens here and nowhere else. Each runs
//! in one unit of work with its rows of the log, and answers after everything is durable. Submitting,
//! claiming and completing take a slice of 1 to 100 requests; [`Lanes`] gather callers into slices.

mod act;
mod assessing;
mod auditing;
mod backfill;
mod backlog;
mod claim;
mod complete;
mod counting;
mod cues;
mod cursor;
mod error;
mod events;
mod feed;
mod found;
mod grading;
mod guarded;
mod holding;
mod item_page;
mod known_people;
mod lane;
mod linking;
mod links;
mod listing;
mod looking_back;
mod neighbours;
mod passwords;
mod person_page;
mod policies;
mod principal;
mod provider;
mod reading;
mod refusals;
mod replay;
mod restricting;
mod retention;
mod sealing;
mod search;
mod second_factor;
mod sessions;
mod sign_in;
mod submit;
mod tokens;
mod unreadables;
mod users;
mod view;
mod work_list;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use ppn_domain::{Act as ActCode, AuditId, AuditRow, Clock, Restriction, Roles, Span, Timestamp, work};
use ppn_store::{PolicyText, Schema, Store, StoreError, TokenOwner};
use ppn_triage::{OrderRule, Policy};
use rand::rngs::ChaCha12Rng;
use rand::{RngExt as _, SeedableRng as _};
use thiserror::Error;

pub use act::ANSWERS_KEPT;
pub use auditing::{
    AuditPage, AuditQuery, Export, ExportFormat, ExportedRow, LONGEST_LOG_PAGE, LONGEST_LOOK,
    MANY_IN_AN_HOUR, MOST_LOOKED_AT, Seen, Unusual, UnusualAccess, UnusualFound,
};
pub use backlog::{BacklogView, DeskBacklog, FLOW_WINDOW, WorstWait};
pub use claim::{ClaimNext, Claimed, MOST_IN_BUNDLE};
pub use complete::Complete;
pub use cues::{Consequence, CuePage, CuePreview, CueView, CueWord};
pub use cursor::{read_cursor, write_cursor};
pub use error::ServiceError;
pub use events::{EventPair, EventSide, EventView, EventWord};
pub use feed::{
    FEED_KEPT, FeedFollower, FeedWatch, LOOKED_ANYWAY, MOST_STREAMS, MOST_STREAMS_EACH, SENT_AT_ONCE, Told,
    WATCH_PAUSE,
};
pub use found::Found;
pub use grading::{GradeEffect, GradeWish, HIGH_GRADE, JUDGEMENT, MaracWish, is_criterion};
pub use guarded::GUARDED;
pub use holding::HandOver;
pub use item_page::{
    Change, ChangedSince, Holding, ItemPage, Looked, NearItem, NearNotice, Party, PastEvent, ReadAt, ToldBy,
};
pub use known_people::{Declared, LONGEST_DECLARED, MOST_DECLARED};
pub use lane::LARGEST_SLICE;
pub use links::{LinkSide, LinkVerdict, LinkView, PersonView, state_word};
pub use looking_back::{LinksDecided, LookedBack, PastNotice};
pub use passwords::{LONGEST_PASSWORD, SHORTEST_PASSWORD};
pub use person_page::{PersonLink, PersonNotice, PersonPage};
pub use policies::{APPLIED_AT_ONCE, Applied, Effect, KeptPolicy, PolicyProgress};
pub use ppn_ingestion::FieldError;
pub use ppn_triage::Tie;
pub use ppn_triage::explain::entries as policy_entries;
pub use principal::{Idempotency, Principal};
pub use provider::{
    ATTEMPT_LASTS, CLOCK_SKEW, Doubt, Identity, IdentityProvider, LONGEST_SUBJECT, Proofs, Provider,
    ProviderFault, Returned, SignedOut,
};
pub use reading::{LONGEST_PAGE, Line, ListRequest, NoticeFor, NoticeView, Page, SourceReceipt};
pub use refusals::{Refusal, STRANGERS_LOGGED_EVERY};
pub use replay::Replay;
pub use restricting::{GLASS_LASTS, OPENINGS_SHOWN, Opening, RestrictedItem, RestrictedView};
pub use retention::{
    Backup, DEFAULT_REVIEW_YEARS, DueForReview, ERASED, ErasedNotice, LONGEST_REVIEW_YEARS, MOST_DUE,
    ReviewGroup, Reviewed,
};
pub use sealing::{OutsideHeads, ProofOf, SEALED_AT_ONCE, Sealing, Verified};
pub use search::{FoundItem, FoundNotice, FoundPerson, MOST_FOUND, SearchFor, SearchFound};
pub use second_factor::{Enrolment, RECOVERY_CODES};
pub use sessions::{BROWSER_KEPT, DEFAULT_IDLE, DEFAULT_LONGEST, Session};
pub use sign_in::{FAILURES_KEPT, FREE_TRIES, LONGEST_DELAY, SignIn, SignedIn};
pub use submit::{Receipt, ReceiptItem, Refused, Submit, Submitted, UNREADABLE_LIMIT};
pub use tokens::{DEFAULT_TOKEN_DAYS, LONGEST_TOKEN_DAYS, TokenRequest};
pub use users::{Ended, GIVEN_PASSWORD_LASTS, Given, LONGEST_NAME, UserView};
pub use view::ItemView;
pub use work_list::{Home, ListedItem, WorkList, counted};

/// The longest text that somebody types into a reason or a note, in characters.
pub const MAX_TYPED_CHARS: usize = 20_000;
/// How long a token that was looked up is believed without looking again.
pub const TOKEN_BELIEVED: Span = Span::seconds(5);
const TOKENS_REMEMBERED: usize = 10_000;

/// What a force may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// How long a claim lasts without an act on the item.
    pub lease: Span,
    /// A session ends after this time without a request.
    pub session_idle: Span,
    /// A session ends after this time however much it is used.
    pub session_longest: Span,
    /// Whoever signs in with a password and has one of these roles needs a second factor.
    pub second_factor: Roles,
    /// Which notices are kept alike, and when they are due for review.
    pub review_groups: Vec<ReviewGroup>,
    /// Order by risk. False is date order: triage switched off; assessments go on and are shown.
    pub by_risk: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: work::DEFAULT_LEASE,
            session_idle: DEFAULT_IDLE,
            session_longest: DEFAULT_LONGEST,
            second_factor: Roles::default(),
            review_groups: ReviewGroup::default_groups(),
            by_risk: true,
        }
    }
}

/// Why a service cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The store's tables are older than this program.
    #[error("the store is at version {found} and this program needs {needed}: run `ppn migrate`")]
    OlderSchema {
        /// Found.
        found: i64,
        /// Needed.
        needed: i64,
    },
    /// The store's tables are newer than this program.
    #[error("the store is at version {found}, newer than this program ({needed}): run a newer `ppn`")]
    NewerSchema {
        /// Found.
        found: i64,
        /// Needed.
        needed: i64,
    },
    /// The store holds no policy.
    #[error("the store holds no policy: run `ppn migrate`")]
    NoPolicy,
    /// The stored policy cannot be read.
    #[error("the stored policy cannot be read: {0}")]
    Policy(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The use cases.
#[derive(Debug)]
pub struct Service {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Mutex<ChaCha12Rng>,
    policy: RwLock<Arc<Policy>>,
    /// The hash of the policy under which all unfinished work was seen to stand.
    applied: Mutex<Option<String>>,
    settings: Settings,
    tokens: Mutex<HashMap<[u8; 32], (Timestamp, TokenOwner, Restriction)>>,
    /// When a stranger's refusal was logged last, by address, and how many were not since.
    strangers: Mutex<HashMap<String, (Timestamp, u64)>>,
    passwords: passwords::Passwords,
    provider: OnceLock<provider::Provider>,
    feed: feed::Hub,
}

impl Service {
    /// Creates or upgrades the store, and gives an empty one its first policy.
    ///
    /// # Errors
    /// When the store cannot be upgraded, or the policy cannot be read.
    pub async fn migrate(
        store: &dyn Store,
        clock: &dyn Clock,
        by: &str,
        policy: &str,
    ) -> Result<(), StartError> {
        store.migrate().await?;
        let mut uow = store.write().await?;
        // Several nodes may come to an empty store at once.
        uow.lock(&[act::turn_of(&[b"first policy"])]).await?;
        if uow.active_policy().await?.is_none() {
            let first = Policy::from_toml(policy).map_err(|e| StartError::Policy(e.to_string()))?;
            let installed_at = clock.now();
            uow.install_policy(&PolicyText {
                reference: first.reference().clone(),
                text: policy.to_owned(),
                proposer: by.to_owned(),
                approver: None,
                installed_at,
            })
            .await?;
            uow.append_log(&[AuditRow {
                id: AuditId::new(installed_at, rand::random()),
                at: installed_at,
                who: by.to_owned(),
                act: ActCode::PolicyInstalled,
                notice_id: None,
                work_item_id: None,
                person_id: None,
                origin: "ppn migrate".to_owned(),
                why: None,
                recipient: None,
                detail: serde_json::json!({ "policy": first.reference() }),
            }])
            .await?;
            uow.save().await?;
        }
        Ok(())
    }

    /// Starts on a store that is up to date. `seed` feeds identifiers, lots and tokens: take it from
    /// the machine's own randomness, except to repeat a run.
    ///
    /// # Errors
    /// When the store is older or newer than this program, or holds no policy.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        seed: [u8; 32],
        settings: Settings,
    ) -> Result<Arc<Self>, StartError> {
        match store.schema().await? {
            Schema::Current => {}
            Schema::Expanded { found, needed } => {
                tracing::warn!(found, needed, "the store is being upgraded: this program can serve it");
            }
            Schema::Older { found, needed } => return Err(StartError::OlderSchema { found, needed }),
            Schema::Newer { found, needed } => return Err(StartError::NewerSchema { found, needed }),
        }
        let kept = store.read().await?.active_policy().await?.ok_or(StartError::NoPolicy)?;
        let policy = Policy::from_toml(&kept.text).map_err(|e| StartError::Policy(e.to_string()))?;
        Ok(Arc::new(Self {
            store,
            clock,
            random: Mutex::new(ChaCha12Rng::from_seed(seed)),
            policy: RwLock::new(Arc::new(policy)),
            applied: Mutex::new(None),
            settings,
            tokens: Mutex::new(HashMap::new()),
            strangers: Mutex::new(HashMap::new()),
            passwords: passwords::Passwords::default(),
            provider: OnceLock::new(),
            feed: feed::Hub::default(),
        }))
    }

    /// The store, for what is no use case: health, backup, closing.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The active policy.
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The order in force.
    pub fn order(&self) -> OrderRule {
        OrderRule { by_risk: self.settings.by_risk, ..self.policy().order() }
    }

    /// Writes a consistent copy of the store to a new file.
    ///
    /// # Errors
    /// When the caller may not, or the copy cannot be written.
    pub async fn backup(&self, by: &Principal, to: &std::path::Path) -> Result<(), ServiceError> {
        by.require(ppn_domain::Permission::ManageTokens)?;
        self.store.backup(to).await?;
        // Whoever erases something later must find the copies that still hold it.
        let file = std::path::absolute(to).unwrap_or_else(|_| to.to_owned());
        let detail = Some(serde_json::json!({ "file": file.display().to_string() }));
        let entry = act::Entry { detail, ..act::Entry::default() };
        let row = self.log_row(by, self.clock.now(), ActCode::BackupMade, entry);
        let mut uow = self.store.write().await?;
        uow.append_log(&[row]).await?;
        Ok(uow.save().await?)
    }

    pub(crate) fn random(&self) -> u128 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).random()
    }

    pub(crate) fn draw(&self) -> i64 {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).random_range(0..=i64::MAX)
    }

    fn known_token(&self, hash: &[u8; 32]) -> Option<(TokenOwner, Restriction)> {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens
            .get(hash)
            .filter(|(looked_up, ..)| self.clock.now() - *looked_up < TOKEN_BELIEVED)
            .map(|(_, owner, lists)| (owner.clone(), *lists))
    }

    fn remember_token(&self, hash: [u8; 32], owner: TokenOwner, lists: Restriction) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        if tokens.len() >= TOKENS_REMEMBERED {
            tokens.clear();
        }
        tokens.insert(hash, (self.clock.now(), owner, lists));
    }

    /// Looks every token up again, after one was revoked or its user changed.
    fn forget_tokens(&self) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Whoever works on the database from the command line.
pub fn operator(user: &str, command: &str) -> Principal {
    use ppn_domain::UserRole as R;
    Principal {
        name: format!("operator:{user}"),
        roles: Roles::from_iter([R::Supervisor, R::Administrator, R::PolicyOwner, R::Auditor]),
        source: None,
        lists: Restriction::NONE,
        origin: format!("ppn {command}"),
    }
}

/// The service with a lane for each kind of request that gathers.
#[derive(Debug, Clone)]
pub struct Lanes {
    service: Arc<Service>,
    submit: Arc<lane::Lane<Submit, Submitted>>,
    claim: Arc<lane::Lane<ClaimNext, Option<Claimed>>>,
    complete: Arc<lane::Lane<Complete, ItemView>>,
}

impl Lanes {
    /// Starts the lanes; call it inside a runtime.
    pub fn start(service: Arc<Service>) -> Self {
        Self {
            submit: Arc::new(lane::Lane::start(service.clone(), |s: Arc<Service>, q| async move {
                s.submit(q).await
            })),
            claim: Arc::new(lane::Lane::start(service.clone(), |s: Arc<Service>, q| async move {
                s.claim_next(q).await
            })),
            complete: Arc::new(lane::Lane::start(service.clone(), |s: Arc<Service>, q| async move {
                s.complete(q).await
            })),
            service,
        }
    }

    /// The service, for everything that does not gather.
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Whether the store refused all that was submitted, claimed or completed here lately: it has no room,
    /// or cannot be reached.
    pub fn are_refused(&self) -> bool {
        self.submit.is_refused() || self.claim.is_refused() || self.complete.is_refused()
    }

    /// Submits one notice together with whoever else waits.
    ///
    /// # Errors
    /// As [`Service::submit`]; busy when too many wait.
    pub async fn submit(&self, request: Submit) -> Result<Submitted, ServiceError> {
        self.submit.ask(request).await
    }

    /// Claims the next item together with whoever else waits.
    ///
    /// # Errors
    /// As [`Service::claim_next`]; busy when too many wait.
    pub async fn claim_next(&self, request: ClaimNext) -> Result<Option<Claimed>, ServiceError> {
        self.claim.ask(request).await
    }

    /// Completes one item together with whoever else waits.
    ///
    /// # Errors
    /// As [`Service::complete`]; busy when too many wait.
    pub async fn complete(&self, request: Complete) -> Result<ItemView, ServiceError> {
        self.complete.ask(request).await
    }
}
