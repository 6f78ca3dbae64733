//! Learning: what people found, put beside what triage said.
//!
//! Two reports, and nothing that applies itself. [`fit`] suggests points for the rules of a policy
//! from found outcomes; [`fairness`] shows bands, waits and outcomes by group. Pure: no input or
//! output, no clock; chance is seeded, so the same rows give the same report.
//!
//! Sex, ethnicity, age group and disability are read for the reports alone. A feature of a fit is a
//! rule that fired, and nothing else.

mod auc;
pub mod fairness;
pub mod fit;
pub mod groups;
mod interval;
mod logistic;
mod propose;
mod rows;

pub use fairness::{Fairness, Monitored, fairness};
pub use fit::{FitError, FitOptions, Fitted, fit};
pub use groups::{Attribute, Groups};
pub use interval::{Estimate, Share};
pub use propose::{FIT_MARK, propose};
pub use rows::{Found, Gathered, Row, Worked, ended_high};
