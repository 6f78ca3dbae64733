//! Counts of what waits, and of whom it is about.

use std::path::PathBuf;

use clap::Args;
use ppn_domain::Desk;

use super::{ListFormat, Reading, Under, codes};

/// Show what waits, desk by desk, and the worst wait.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn backlog
  ppn backlog --format json | jq '.desks[] | {desk, worst_wait}'")]
pub struct Backlog {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// Show bands, places, waits and outcomes by ethnicity, sex, age and disability.
///
/// Each subject or victim of a notice counts once. Shares have 95 % intervals. Groups of fewer than ten
/// people are withheld, and the share of whom nothing is recorded is told. The order itself never reads
/// ethnicity or sex. Age counts where the policy says so; a disability of an adult at risk counts as a care
/// need, which may raise and never lowers. On the store, waits are those of its clocks, shares come from how
/// items ended, and links from what people decided.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn fairness --on live
  ppn fairness --on waiting.ndjson
  ppn fairness --on last-year.ndjson --outcomes found.csv --desk child
  ppn fairness --on last-year.ndjson --outcomes found.csv --format json > fairness.json")]
pub struct Fairness {
    /// Files of notices: JSON, NDJSON or CSV; - is standard input. The word live is the store, as is
    /// nothing at all.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub on: Vec<PathBuf>,
    /// What people found about them, for waits and outcomes; may be given several times.
    #[arg(long, value_name = "FILE", requires = "on")]
    pub outcomes: Vec<PathBuf>,
    /// Print the tables of this desk instead of those over all desks.
    #[arg(long, value_name = "DESK", value_parser = codes(&Desk::ASSESSED, Desk::code))]
    pub desk: Option<Desk>,
    #[command(flatten)]
    pub under: Under,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
    #[command(flatten)]
    pub reading: Reading,
}
