//! Triage: policy, facts, assessment, order, rank and simulation. Pure: no input or output, no clock, nothing
//! asynchronous; the same input gives the same bytes.

pub mod assess;
pub mod facts;
pub mod links;
pub mod order;
pub mod policy;
pub mod rank;
mod routing;
pub mod simulation;

pub use assess::{DeskAssessment, assess};
pub use facts::{About, FactDoc, FactKind};
pub use order::{Entry, Heads, KeyA, KeyB, OrderRule, Pick, Turn, WaitingOrder};
pub use policy::{DEFAULT_POLICY, Policy, PolicyError, PolicyErrors};
pub use rank::{RankedItem, Ranking, rank};
