//! The log of who did what.
#![expect(clippy::doc_markdown, reason = "these comments are the help, where marks would be shown")]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use ppn_domain::{Act, NoticeId, PersonId, Timestamp, WorkItemId};

use super::{ListFormat, codes};

/// Read the log, check it, and prove to others what stands in it.
#[derive(Debug, Subcommand)]
pub enum Audit {
    Search(AuditSearch),
    Export(AuditExport),
    /// Say who has seen somebody's record: by whom the person, or a notice that mentions them, was opened, worked
    /// or changed.
    #[command(after_help = "\
Examples:
  ppn audit seen 019a...")]
    Seen {
        /// The person, as a notice names them.
        #[arg(value_name = "ID")]
        person: PersonId,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    Unusual(AuditUnusual),
    Verify(AuditVerify),
    Proof(AuditProof),
    CheckProof(CheckProof),
    /// Print the public half of the key that seals the log. Keep it where nobody who could change the store
    /// can change it, and give it to whoever has to check a proof.
    #[command(after_help = "\
Examples:
  ppn audit key > sealing-key.pub")]
    Key,
}

/// Which rows of the log.
#[derive(Debug, Clone, Default, Args)]
pub struct AuditFilter {
    /// About this notice.
    #[arg(long, value_name = "ID")]
    pub notice: Option<NoticeId>,
    /// About this work item.
    #[arg(long, value_name = "ID")]
    pub work_item: Option<WorkItemId>,
    /// About this person, or any notice that mentions them.
    #[arg(long, value_name = "ID")]
    pub person: Option<PersonId>,
    /// By this user; `operator:NAME` at a command line.
    #[arg(long, value_name = "NAME")]
    pub user: Option<String>,
    /// Of this act.
    #[arg(long, value_name = "ACT", hide_possible_values = true, value_parser = codes(Act::ALL, Act::code))]
    pub act: Option<Act>,
    /// At this moment or later: a day, or a time with its offset.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Option<Timestamp>,
}

/// A day in London, or a time with its offset.
fn moment(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text)
        .ok()
        .or_else(|| Timestamp::day_begins(text))
        .ok_or_else(|| "give a day as 2026-05-04, or a time as 2026-05-04T06:00:00Z".to_owned())
}

/// Search the log, newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn audit search --notice 019a...
  ppn audit search --user 'Sam Reed' --from 2026-05-01 --until 2026-05-08 --act consulted_notice
  ppn audit search --person 019a... --format json")]
pub struct AuditSearch {
    #[command(flatten)]
    pub filter: AuditFilter,
    /// Print at most so many.
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub limit: u32,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// How the log is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AuditFormat {
    /// Rows under a header, for a spreadsheet.
    Csv,
    /// One JSON object a line, for a program.
    Ndjson,
}

/// Write the log out, newest first.
///
/// The export is a row of the log before its first row leaves. In CSV a text that a spreadsheet would take for a
/// formula has an apostrophe before it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn audit export --from 2026-05-01 --until 2026-06-01 > may.ndjson
  ppn audit export --person 019a... --format csv > record.csv")]
pub struct AuditExport {
    #[command(flatten)]
    pub filter: AuditFilter,
    /// How to write.
    #[arg(long, value_enum, default_value = "ndjson")]
    pub format: AuditFormat,
}

/// Look for access that somebody should ask about.
///
/// Notices opened by somebody who had no work on them, many within an hour, and such on which somebody has the
/// user's surname. It says nothing of whether it was wrong, and measures nobody's work.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn audit unusual --from 2026-05-01 --until 2026-05-08")]
pub struct AuditUnusual {
    /// At this moment or later: a day, or a time with its offset.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub from: Timestamp,
    /// Before this moment, at most 31 days later.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub until: Timestamp,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// Check the whole log against its seals.
///
/// Names every row that was changed, removed, inserted or reordered, and says where a backup was restored that is
/// older than the last head outside the store. Exit code 1 when anything is wrong. Rows that are not sealed yet
/// are counted, and are no fault: `ppn serve` seals within ten seconds.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn audit verify
  ppn audit verify --public-key 3b6a27bc... --heads /mnt/elsewhere/node1.heads --heads node2.heads")]
pub struct AuditVerify {
    /// Heads that were kept outside the store; may be given several times [default: audit.heads_file].
    #[arg(long, value_name = "FILE")]
    pub heads: Vec<PathBuf>,
    /// Believe heads signed by this key and by no other; may be given several times [default: that of
    /// audit.key_file].
    #[arg(long, value_name = "HEX")]
    pub public_key: Vec<ppn_sealing::PublicKey>,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// Print a proof, as JSON, that can be checked without the store.
///
/// It holds what stands in the row, and says nothing of any other row.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn audit proof --row 019a... > row.json
  ppn audit proof --since 1200 > goes-on.json")]
pub struct AuditProof {
    /// That this row stands in the log.
    #[arg(long, value_name = "ID", required_unless_present = "since", conflicts_with = "since")]
    pub row: Option<ppn_domain::AuditId>,
    /// That the log only grew since its head of so many rows.
    #[arg(long, value_name = "SIZE")]
    pub since: Option<u64>,
}

/// Check a proof, without the store.
///
/// Exit code 1 when it shows nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn audit check-proof row.json --public-key 3b6a27bc...")]
pub struct CheckProof {
    /// The proof; - is standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Believe heads signed by this key; may be given several times.
    #[arg(long, value_name = "HEX", required = true)]
    pub public_key: Vec<ppn_sealing::PublicKey>,
}
