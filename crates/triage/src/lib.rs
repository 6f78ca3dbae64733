//! Triage: policy, facts, assessment, order and rank. Pure: no input or output, no clock, nothing
//! asynchronous; the same input gives the same bytes.

pub mod assess;
pub mod cues;
pub mod facts;
mod hearing;
pub mod links;
pub mod order;
pub mod policy;
pub mod rank;
mod routing;

pub use assess::{DeskAssessment, assess};
pub use cues::{CueHit, Cues};
pub use facts::{About, FactDoc, FactKind};
pub use order::{Entry, Heads, KeyA, KeyB, OrderRule, Pick, Turn, WaitingOrder};
pub use policy::{DEFAULT_POLICY, Policy, PolicyError, PolicyErrors};
pub use rank::{RankedItem, Ranking, rank};
