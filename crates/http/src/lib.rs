//! What every HTTP surface shares: who asks, what a refusal looks like, request ids, limits.

pub mod export;
pub mod extract;
pub mod feed;
pub mod front;
pub mod layers;
pub mod problem;
pub mod refusals;
pub mod session;

pub use extract::{Caller, Content, Id, IdempotencyKey, Json, Query};
pub use front::Front;
pub use layers::{MAX_BODY_BYTES, REQUEST_TIME_LIMIT};
pub use problem::{Problem, ProblemField};
pub use session::{CHANGE_PASSWORD_PATH, Cookies, NotSignedIn, Origin, SIGN_IN_PATH, SignedInAs, local_path};
