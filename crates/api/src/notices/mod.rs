//! Notices in, and out again.

pub mod check;
mod ndjson;
pub mod restrict;
pub mod show;
pub mod submit;
