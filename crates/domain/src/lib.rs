//! The words of PPN Triage as types: notice, work item, desk, band, assessment, claim, clocks.
//!
//! No input or output, and nothing asynchronous. States are types, and a transition that the rules
//! do not allow does not compile or returns a named error.

pub mod access;
pub mod assessment;
pub mod audit;
pub mod band;
pub mod clock;
pub mod codes;
pub mod desk;
pub mod finding;
pub mod ids;
pub mod notice;
pub mod profile;
pub mod restriction;
pub mod review;
pub mod time;
pub mod work;

pub use access::{Permission, Roles, UserRole};
pub use assessment::{Assessment, CueVerdict, Evidence, Ground, PolicyRef, Question, Reason, Suggestion};
pub use audit::{Act, AuditRow, StoredRow, TypedText};
pub use band::{BAND_IS_NOT_A_GRADE, Band, Rank};
pub use clock::{Clock, SetClock, SystemClock};
pub use desk::Desk;
pub use finding::{Finding, FindingCode};
pub use ids::{
    AssessmentId, AuditId, ClaimId, LinkId, MentionId, NoticeId, PersonId, ReviewId, SearchId, SessionId,
    TokenId, TypedTextId, UnreadableId, UserId, WorkItemId,
};
pub use notice::Notice;
pub use profile::{MatchKey, Profile};
pub use restriction::Restriction;
pub use review::{Review, SecondPerson};
pub use time::{Span, Timestamp, age_on};
pub use work::{Claim, Clocks, DueClock, Limits, NotAllowed, Outcome, State, StateName, WorkItem};
