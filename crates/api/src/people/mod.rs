//! People over notices, and the links between them.

pub mod decide;
pub mod link;
pub mod person;
pub mod say;
