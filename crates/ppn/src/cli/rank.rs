//! Ranking files of notices.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ppn_domain::Desk;

use super::{Reading, codes};

/// How ranked lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RankFormat {
    /// A table a desk, for a person.
    Table,
    /// One JSON object a work item, for a program.
    Ndjson,
    /// One row a work item, for a spreadsheet.
    Csv,
}

/// Rank notices and print the ordered work lists; nothing is stored.
///
/// The notices are each other's history, as of the last of them. A notice may stand on several desks.
/// Notices that cannot be read are named on standard error with the line, what is wrong and the fix; the
/// others are ranked all the same, and the exit code is 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn rank config/mappings/sample.ndjson
  ppn rank this-week.ndjson --history last-year.ndjson --desk child --limit 20
  ppn rank export.csv --mapping config/mappings/records-export.toml --format csv > ranked.csv
  cat notices.ndjson | ppn rank - --format ndjson | jq 'select(.band == \"red\") | .reference'")]
pub struct Rank {
    /// Files of notices: JSON, NDJSON or CSV; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Notices that count as history and are not ranked; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub history: Vec<PathBuf>,
    /// Rank under this policy: a file; the word default is the built-in one, and live that of the store
    /// [default: default].
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: RankFormat,
    /// Print this desk alone; may be given several times.
    #[arg(long, value_name = "DESK", value_parser = codes(Desk::ALL, Desk::code))]
    pub desk: Vec<Desk>,
    /// Print at most so many items of each desk.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    #[command(flatten)]
    pub reading: Reading,
}
