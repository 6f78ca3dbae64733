//! CSV exports, read through a mapping from columns to the members of the contract.
//!
//! Rows that have one reference are one notice. They need not stand together: the input is copied to
//! an unlinked temporary file, a first pass counts the rows of each reference, and a second gives a
//! notice when its last row has come, so that memory holds only the notices that are still open.

mod cell;
mod group;
mod mapping;
mod reader;
mod rows;
mod target;
mod time;

pub use mapping::{Mapping, MappingError};
pub(crate) use reader::open;
