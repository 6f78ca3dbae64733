//! What a store says of its own state, for whoever runs it.

use ppn_domain::{Span, Timestamp};

/// How far a store is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// What takes seconds.
    Quick,
    /// Every page and every entry of an index: minutes on a large store, and other reading is slower
    /// meanwhile.
    Thorough,
}

/// How many of the latest acts a condition tells of at most.
pub const LATEST_ACTS: u32 = 1_000;

/// The state of a store whose tables fit the program. It holds no content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The engine and its version.
    pub engine: String,
    /// What the store takes on disk, in bytes.
    pub bytes: u64,
    /// The settings that durability rests on.
    pub durability: Vec<DurableSetting>,
    /// What the program's tables need and what is not there as they need it.
    pub faults: Vec<Fault>,
    /// What the engine found broken, in its own words.
    pub damage: Vec<String>,
    /// What could not be looked at, and why.
    pub unchecked: Vec<&'static str>,
    /// The engine's own clock, where it has one beside the machine's.
    pub clock: Option<Timestamp>,
    /// When the latest acts of the log were, by the clocks of those who wrote them: the latest place
    /// first, at most [`LATEST_ACTS`].
    pub latest_acts: Vec<Timestamp>,
    /// Connections to the server, of everybody; of an engine that has a limit on them.
    pub connections: Option<Connections>,
    /// How long the oldest snapshot has been held, of the sessions that this role may see. Rows that
    /// were replaced since then stay in place.
    pub oldest_snapshot: Option<Span>,
}

/// A setting that durability rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurableSetting {
    /// As the engine names it.
    pub name: &'static str,
    /// As it stands.
    pub value: String,
    /// As it should stand.
    pub needed: &'static str,
    /// Whether it does.
    pub holds: bool,
    /// Without it, what was acknowledged may be lost. Otherwise damage may go unnoticed.
    pub required: bool,
}

/// Something of the tables that is not as the program needs it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// An index, a trigger or a table that is not there.
    Missing(String),
    /// One that is another than the program made.
    Other(String),
    /// One that is there, and that the engine does not use.
    Unusable(String),
}

/// Connections to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// In use by everybody.
    pub used: u64,
    /// At most.
    pub most: u64,
}
