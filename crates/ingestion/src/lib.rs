//! From bytes to notices: parse, validate against the contract, normalise, and say what is deficient.
//!
//! [`read_notice`] takes one notice; [`read`] takes a stream of them as JSON, NDJSON or CSV. Whatever
//! the input, neither panics: a notice is accepted with its findings, or refused with every reason.
//! No reason, fix or finding repeats a value that was sent, so that they may be logged and mailed.

mod contract;
mod csv;
mod document;
mod explain;
mod findings;
mod nearest;
mod profiles;
mod refusal;
mod stream;
mod submission;

pub use contract::{contract, schema_text};
pub use csv::{Mapping, MappingError};
pub use ppn_domain::profile::keys;
pub use profiles::profiles;
pub use refusal::{FieldError, Refusal};
pub use stream::{Format, ReadError, Record, Records, read};
pub use submission::{ContentHash, MAX_NOTICE_BYTES, Submission, read_notice};
