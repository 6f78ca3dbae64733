//! Work without a browser, over HTTP.
#![expect(clippy::doc_markdown, reason = "these comments are the help, where marks would be shown")]

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ppn_domain::{Band, Desk, NoticeId, Outcome, StateName, WorkItemId};

use super::{ListFormat, codes};

/// Work from a terminal, without a browser: take, read, give back and complete.
///
/// Speaks to a running service, as the person whose token it is given: what they may not do there they may
/// not do here, and every reading is logged. The token comes from a file or the environment, and what is
/// typed about people from a file, standard input or the keyboard: neither ever stands on a command line.
#[derive(Debug, Args)]
pub struct Work {
    #[command(subcommand)]
    pub what: WorkCommand,
    #[command(flatten)]
    pub server: ServerArgs,
}

/// Which service, and as whom.
#[derive(Debug, Clone, Default, Args)]
pub struct ServerArgs {
    /// The service [environment: PPN_SERVER; default: http://127.0.0.1:8080]. On another machine: https.
    #[arg(long, value_name = "URL", global = true)]
    pub server: Option<String>,
    /// The file of the token, which others may not read [environment: PPN_TOKEN, the token itself].
    #[arg(long, value_name = "FILE", global = true)]
    pub token_file: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum WorkCommand {
    /// Take the next item of a desk, and print it.
    #[command(after_help = "\
Examples:
  ppn work next child
  ppn work next domestic_abuse --bundle --token-file ~/.ppn-token")]
    Next {
        /// The desk.
        #[arg(value_name = "DESK", value_parser = codes(Desk::ALL, Desk::code))]
        desk: Desk,
        /// Take the waiting items of the same household as well.
        #[arg(long)]
        bundle: bool,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// List items in the order of work, without content.
    #[command(after_help = "\
Examples:
  ppn work list --desk child
  ppn work list --state claimed --holder 'Ann Reed'
  ppn work list --format json | jq '.work_items[].id'")]
    List {
        /// At this desk; without it, at all of yours.
        #[arg(long, value_name = "DESK", value_parser = codes(Desk::ALL, Desk::code))]
        desk: Option<Desk>,
        /// In this state.
        #[arg(long, value_name = "STATE", default_value = "waiting", value_parser = codes(StateName::ALL, StateName::code))]
        state: StateName,
        /// In this band.
        #[arg(long, value_name = "BAND", value_parser = codes(Band::ALL, Band::code))]
        band: Option<Band>,
        /// Held by this person.
        #[arg(long, value_name = "NAME")]
        holder: Option<String>,
        /// Print at most so many: 1 to 200.
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Print an item with why it stands where it stands, and its notice.
    #[command(after_help = "\
Examples:
  ppn work show 019a...")]
    Show {
        /// The item.
        #[arg(value_name = "ID")]
        id: WorkItemId,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Give an item back that you hold, with what the next holder should know.
    ///
    /// Asks on a terminal for what is done, what is left and who is waiting; otherwise reads the three as JSON:
    /// {"done": ..., "left": ..., "waiting": ...}, each of which may be left out.
    #[command(after_help = "\
Examples:
  ppn work release 019a...
  ppn work release 019a... --from hand-over.json")]
    Release {
        /// The item.
        #[arg(value_name = "ID")]
        id: WorkItemId,
        /// The file of the three; - is standard input, which is read anyway where it is no terminal.
        #[arg(long, value_name = "FILE")]
        from: Option<PathBuf>,
    },
    Complete(Complete),
}

/// End an item that you hold, with its outcome and why.
///
/// The reason is asked for on a terminal, and otherwise read from a file or standard input. It is refused
/// where the notice was revised since the revision that you read. A child item closed unshared, and a domestic
/// abuse item, wait for a second person.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn work complete 019a... --revision 1 --outcome shared
  ppn work complete 019a... --revision 2 --outcome no_further_action --reason-from why.txt")]
pub struct Complete {
    /// The item.
    #[arg(value_name = "ID")]
    pub id: WorkItemId,
    /// The revision of the notice that you read, as `ppn work show` prints it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub revision: u32,
    /// How it ends.
    #[arg(long, value_name = "OUTCOME", value_parser = codes(&Outcome::CHOICES, Outcome::code))]
    pub outcome: Outcome,
    /// The file of the reason; - is standard input, which is read anyway where it is no terminal.
    #[arg(long, value_name = "FILE")]
    pub reason_from: Option<PathBuf>,
    /// For a duplicate: the notice that it repeats.
    #[arg(long, value_name = "ID", required_if_eq("outcome", "duplicate"))]
    pub duplicate_of: Option<NoticeId>,
}
