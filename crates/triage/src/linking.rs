//! People across notices: certain links, possible links, households.
//!
//! Pure, and independent of the order in which people come: the same mentions give the same people.
//! A mention is one person in one notice.

mod certain;
mod homes;
mod likeness;
mod people;

pub use certain::{Decision, MOST_UNDER_ONE_DESCRIPTION, Verdict, partition};
pub use homes::Homes;
pub use likeness::{Likeness, LikenessReason, compare, may_reach};
pub use people::{MOST_IN_BLOCK, MOST_IN_HOUSEHOLD, People, PersonIndex};

/// What a force tunes about possible links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linking {
    /// The score from which two people may be one, in tenths of bits.
    pub possible_at: i32,
}
