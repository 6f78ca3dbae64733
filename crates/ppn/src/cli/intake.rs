//! What comes in from files, and what could not be read.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ppn_domain::UnreadableId;

use super::{ListFormat, Reading};

/// Bring notices in from files.
///
/// Safe to run again, and while the service runs: what is held already changes nothing. A notice that
/// cannot be read goes to a rejects file beside the input, in a form that can be mended and imported, with
/// the reasons in a file beside that; it also stands on the list of `ppn unreadable` until then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn import notices.ndjson
  ppn import export.csv --mapping config/mappings/records-export.toml
  ppn import --history last-year.ndjson waiting.ndjson --outcomes found.csv
  zcat notices.ndjson.gz | ppn import -

An outcomes file is CSV with a header, or NDJSON, of: source, reference, opened_at, found_band or
found_grade, outcome.")]
pub struct Import {
    /// Files of notices to work: JSON, NDJSON or CSV; - is standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["history", "outcomes"])]
    pub files: Vec<PathBuf>,
    /// Notices that were worked already: kept as history, not as work; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub history: Vec<PathBuf>,
    /// What people found about notices that are held; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub outcomes: Vec<PathBuf>,
    /// Where refused notices go, for one input file [default: beside the input].
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    #[command(flatten)]
    pub reading: Reading,
}

/// Deal with submissions that could not be read.
#[derive(Debug, Subcommand)]
pub enum Unreadable {
    /// List them, oldest first, without their content.
    #[command(after_help = "\
Examples:
  ppn unreadable list
  ppn unreadable list --all --format json")]
    List {
        /// Those that were dealt with as well.
        #[arg(long)]
        all: bool,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Print one as it was sent; what is wrong with it goes to standard error.
    #[command(after_help = "\
Examples:
  ppn unreadable show 019a... > mend.json")]
    Show {
        /// Its identifier, as the list shows it.
        #[arg(value_name = "ID")]
        id: UnreadableId,
    },
    /// Take in the mended content, and print the receipt.
    #[command(after_help = "\
Examples:
  ppn unreadable mend 019a... mend.json
  ppn unreadable mend 019a... - < mend.json")]
    Mend {
        /// Its identifier, as the list shows it.
        #[arg(value_name = "ID")]
        id: UnreadableId,
        /// The mended notice, as one JSON object; - is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say why one is no notice; the reason is kept.
    #[command(after_help = "\
Examples:
  ppn unreadable dismiss 019a... --reason 'A test message of the supplier'")]
    Dismiss {
        /// Its identifier, as the list shows it.
        #[arg(value_name = "ID")]
        id: UnreadableId,
        /// Why it is no notice.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}
