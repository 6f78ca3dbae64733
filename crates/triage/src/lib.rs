//! Triage: policy, facts, assessment, order, rank and simulation. Pure: no input or output, no clock, nothing
//! asynchronous; the same input gives the same bytes.

pub mod assess;
pub mod compare;
pub mod cues;
pub mod explain;
pub mod facts;
mod hearing;
pub mod history;
pub mod linking;
pub mod order;
pub mod policy;
pub mod rank;
mod routing;
pub mod simulation;

pub use assess::{DeskAssessment, Sheet, assess, judge, read, read_and_trace};
pub use compare::{Comparison, compare};
pub use cues::{CueHit, Cues};
pub use facts::{About, FactDoc, FactKind};
pub use hearing::{CueDecisions, HeardCue, heard_cues};
pub use history::{Happened, History, Linked, Tie, Trace, Web};
pub use order::{Entry, Heads, KeyA, KeyB, OrderRule, Pick, Turn, WaitingOrder};
pub use policy::{DEFAULT_POLICY, Policy, PolicyError, PolicyErrors};
pub use rank::{RankedItem, Ranking, rank};
