//! Looking at notices again, and erasing them.

use clap::{Args, Subcommand};
use ppn_domain::NoticeId;

use super::ListFormat;

/// Look at notices again, keep them, hold them, and erase what they said.
///
/// A notice is due for review so long after it was last written as its group says (retention.groups in the
/// settings). Nothing is erased by itself: a person decides about each.
#[derive(Debug, Subcommand)]
pub enum Retention {
    /// Print the notices that are due for review, the longest due first.
    #[command(after_help = "\
Examples:
  ppn retention due
  ppn retention due --format json")]
    Due {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    Review(RetentionReview),
    /// Erase what a notice said and what was made of it, for good.
    ///
    /// What is left says that the notice was there, how it ranked, and who did what when. Its work must be done
    /// first, and nobody may have put it under a legal hold. Copies of the store still hold it: the newest
    /// one is named.
    #[command(after_help = "\
Examples:
  ppn retention erase 019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21 --reason 'ten years, nothing since' --yes")]
    Erase {
        /// The notice.
        #[arg(value_name = "NOTICE")]
        id: NoticeId,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Also before it is due for review.
        #[arg(long)]
        before_due: bool,
        /// Do not ask before erasing.
        #[arg(long)]
        yes: bool,
    },
}

/// Decide on review that a notice is kept, or put it under a legal hold.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn retention review 019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21 --keep 10 --reason 'still at risk'
  ppn retention review 019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21 --hold --reason 'inquest'
  ppn retention review 019df1d0-1c40-7d12-b0a1-6a1f0e9c4d21 --lift-hold --reason 'inquest closed'")]
pub struct RetentionReview {
    /// The notice.
    #[arg(value_name = "NOTICE")]
    pub id: NoticeId,
    #[command(flatten)]
    pub what: RetentionWhat,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// What is decided.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct RetentionWhat {
    /// Keep it for so many years from now, and look at it again.
    #[arg(long, value_name = "YEARS")]
    pub keep: Option<u32>,
    /// Nobody erases it until the hold is lifted.
    #[arg(long)]
    pub hold: bool,
    /// Lift the hold.
    #[arg(long)]
    pub lift_hold: bool,
}
