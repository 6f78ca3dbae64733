//! What can go wrong in a store.

use thiserror::Error;

/// The one storage error.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No connection or no turn to write came in time: try again.
    #[error("the store is busy")]
    Busy,
    /// Two units of work stood in each other's way and this one gave way: begin it again at once.
    #[error("another change came between")]
    Again,
    /// A row that should have changed once did not: somebody else was first.
    #[error("{table}: a row changed {changed} times instead of once")]
    NotOnce {
        /// The table.
        table: &'static str,
        /// How many rows changed.
        changed: u64,
    },
    /// The store was told to save, and its answer was lost: nobody knows whether it happened.
    #[error("the store's answer was lost: it may have been done, or not")]
    Unknown(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A stored value that no program of ours writes.
    #[error("{table}.{column}: a value that cannot be, in row {row}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The row's identifier.
        row: String,
    },
    /// The act is not one of this store's.
    #[error("{0}")]
    Unsupported(&'static str),
    /// The engine refused or could not be reached.
    #[error("the store failed")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// An inconsistency in a row.
    pub fn inconsistent(table: &'static str, column: &'static str, row: impl std::fmt::Display) -> Self {
        Self::Inconsistent { table, column, row: row.to_string() }
    }

    /// Checks that exactly one row changed.
    ///
    /// # Errors
    /// [`StoreError::NotOnce`] otherwise.
    pub const fn once(table: &'static str, changed: u64) -> Result<(), Self> {
        if changed == 1 { Ok(()) } else { Err(Self::NotOnce { table, changed }) }
    }
}
