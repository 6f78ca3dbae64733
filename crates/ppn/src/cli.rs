//! The command line.
#![expect(clippy::doc_markdown, reason = "these comments are the help, where marks would be shown")]

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Act, Desk, NoticeId, PersonId, Timestamp, TokenId, UnreadableId, UserRole, WorkItemId};

use crate::config::LogFormat;
use ppn_triage::simulation::SHIFTS;

/// Orders public protection notices so that those about people most at risk are opened first.
///
/// The machine orders, raises, explains and prepares; only a person grades, lowers, shares or closes.
#[derive(Debug, Parser)]
#[command(
    name = "ppn",
    version,
    disable_help_subcommand = true,
    after_help = "\
Try it, with nothing stored:
  ppn rank config/mappings/sample.ndjson

Look round a service with an invented backlog:
  ppn demo

Set up a service:
  ppn migrate
  ppn user add ann.reed --role researcher
  ppn token create --name records --role source --source niche
  ppn serve

Exit codes: 0 done; 1 some input was refused; 2 wrong usage or configuration, or the work could not be
done. Data goes to standard output, everything else to standard error."
)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct Global {
    /// The settings [environment: PPN_CONFIG; default: config/ppn.toml where it exists].
    #[arg(long, value_name = "FILE", global = true, help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// The store: sqlite:// and a path [environment: PPN_DATABASE_URL; default: sqlite://data/ppn.db].
    #[arg(long, value_name = "URL", global = true, help_heading = "Everywhere")]
    pub database_url: Option<String>,
}

/// What to do. The words of a command stand with its arguments.
#[derive(Debug, Subcommand)]
pub enum Command {
    Rank(Rank),
    /// Create the store, or upgrade it to this program.
    Migrate,
    Serve(Serve),
    Import(Import),
    Backlog(Backlog),
    /// Manage the tokens that people and machines sign in with.
    #[command(subcommand, arg_required_else_help = true)]
    Token(Token),
    /// Manage the people who sign in.
    #[command(subcommand, arg_required_else_help = true)]
    User(User),
    /// Say who opens restricted notices.
    #[command(subcommand, arg_required_else_help = true)]
    Restricted(Restricted),
    Backup(Backup),
    Simulate(Box<Simulate>),
    /// Deal with submissions that could not be read.
    #[command(subcommand, arg_required_else_help = true)]
    Unreadable(Unreadable),
    Demo(Demo),
    /// Check, explain, compare, fit, propose, approve and apply policies.
    #[command(subcommand, arg_required_else_help = true)]
    Policy(Policy),
    Fairness(Fairness),
    /// Read the log, check it, and prove to others what stands in it.
    #[command(subcommand, arg_required_else_help = true)]
    Audit(Audit),
}

/// How notices follow one another in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InputFormat {
    /// One JSON object, or an array of them.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Rows under a header, read through --mapping.
    Csv,
}

impl From<InputFormat> for ppn_ingestion::Format {
    fn from(format: InputFormat) -> Self {
        match format {
            InputFormat::Json => Self::Json,
            InputFormat::Ndjson => Self::Ndjson,
            InputFormat::Csv => Self::Csv,
        }
    }
}

/// How inputs are read.
#[derive(Debug, Clone, Default, Args)]
pub struct Reading {
    /// The format of every input; without it, by the name of the file or by how it begins.
    #[arg(long, value_name = "FORMAT")]
    pub input: Option<InputFormat>,
    /// What the columns of CSV inputs mean, for example config/mappings/records-export.toml.
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,
}

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

/// How numbers and lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For a person.
    Table,
    /// For a program.
    Json,
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

/// Run the service.
///
/// Connections are not encrypted by the service itself yet, so it listens on this machine alone unless
/// a proxy that encrypts stands in front of it. It stops within five seconds when told to (Ctrl-C).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn serve
  ppn serve --listen 127.0.0.1:9000
  ppn serve --listen 0.0.0.0:8080 --behind-proxy --log-format json")]
pub struct Serve {
    #[command(flatten)]
    pub listening: Listening,
    /// How the log is written [environment: PPN_LOG_FORMAT; default: text].
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// Where a service listens.
#[derive(Debug, Clone, Args)]
pub struct Listening {
    /// Address and port [environment: PPN_LISTEN; default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// A proxy that encrypts stands in front: listen on an address that others reach.
    #[arg(long)]
    pub behind_proxy: bool,
}

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

/// Manage the tokens that people and machines sign in with.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a token and print it, alone, on standard output. It is shown once and kept nowhere.
    #[command(after_help = "\
Examples:
  ppn token create --name records --role source --source niche
  ppn token create --name 'Sam Reed' --role researcher --expires 30
  PPN_TOKEN=$(ppn token create --name duty --role supervisor --role administrator)")]
    Create(TokenCreate),
    /// List tokens, without their secrets.
    #[command(after_help = "\
Examples:
  ppn token list
  ppn token list --all --format json")]
    List {
        /// Those that ended or were revoked as well.
        #[arg(long)]
        all: bool,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// End a token before its time. To replace one without a gap, make the new one first.
    #[command(after_help = "\
Examples:
  ppn token revoke 019a...")]
    Revoke {
        /// Its identifier, as the list shows it.
        #[arg(value_name = "ID")]
        id: TokenId,
    },
}

/// Manage the people who sign in.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Add somebody and print their first password, alone, on standard output. It is shown once, lasts
    /// seven days, and opens nothing but its own change.
    #[command(after_help = "\
Examples:
  ppn user add ann.reed --role researcher
  ppn user add sam.lowe --role supervisor --role administrator")]
    Add {
        /// The name to sign in with.
        #[arg(value_name = "NAME")]
        name: String,
        /// What they are; may be given several times.
        #[arg(long, required = true, value_parser = codes(UserRole::ALL, UserRole::code))]
        role: Vec<UserRole>,
    },
    /// List everybody who signs in or whom tokens act as.
    #[command(after_help = "\
Examples:
  ppn user list
  ppn user list --format json")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Say what somebody is from now on. Their sessions end, and their tokens that allow more are revoked.
    #[command(after_help = "\
Examples:
  ppn user roles ann.reed --role reviewer")]
    Roles {
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
        /// What they are; may be given several times.
        #[arg(long, required = true, value_parser = codes(UserRole::ALL, UserRole::code))]
        role: Vec<UserRole>,
    },
    /// Let nothing of somebody open anything: no password, no session, no token.
    #[command(after_help = "\
Examples:
  ppn user disable ann.reed --reason 'Left the unit'")]
    Disable(UserReason),
    /// Let somebody in again who was disabled, with the password and the tokens that they had.
    #[command(after_help = "\
Examples:
  ppn user enable ann.reed --reason 'Back from leave'")]
    Enable(UserReason),
    /// Say whom the OpenID provider means by an identifier of its own (the claim `sub`): for somebody who has
    /// an account here already, or to whom the provider gave another identifier. Their sessions end. Whoever
    /// has no account yet needs none of this: they are added when they first sign in there.
    #[command(after_help = "\
Examples:
  ppn user link ann.reed --subject 8d2f0c1e-6b1f-4c53-9b8e-2f3a7d0c9e11")]
    Link {
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
        /// The provider's identifier of the person.
        #[arg(long, value_name = "SUBJECT")]
        subject: String,
    },
    /// Remove somebody's second factor, as when it is lost with its codes, and end their sessions.
    #[command(after_help = "\
Examples:
  ppn user remove-second-factor ann.reed --reason 'Lost her phone'")]
    RemoveSecondFactor(UserReason),
    /// Give somebody another first password, print it alone on standard output, and end their sessions.
    #[command(after_help = "\
Examples:
  ppn user reset ann.reed")]
    Reset {
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Say who opens restricted notices.
///
/// Each reason of restriction has a standing list of people, and one of them is on call. A notice opens
/// for those whom the list of every one of its reasons names.
#[derive(Debug, Subcommand)]
pub enum Restricted {
    /// Print every list.
    #[command(after_help = "\
Examples:
  ppn restricted list
  ppn restricted list --format json")]
    List {
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Put somebody on a list. The first of a list is on call.
    #[command(after_help = "\
Examples:
  ppn restricted add honour_based_abuse mary.hall
  ppn restricted add honour_based_abuse ann.reed --on-call")]
    Add {
        /// The reason of restriction.
        #[arg(value_name = "REASON", value_parser = codes(RestrictionReason::ALL, RestrictionReason::code))]
        reason: RestrictionReason,
        /// Their name, as they sign in.
        #[arg(value_name = "NAME")]
        name: String,
        /// They are whom others ask, in the place of whoever was.
        #[arg(long)]
        on_call: bool,
    },
    /// Take somebody off a list. Whoever is on call stays: put somebody else on call first.
    #[command(after_help = "\
Examples:
  ppn restricted remove honour_based_abuse mary.hall")]
    Remove {
        /// The reason of restriction.
        #[arg(value_name = "REASON", value_parser = codes(RestrictionReason::ALL, RestrictionReason::code))]
        reason: RestrictionReason,
        /// Their name.
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// Whom, and why.
#[derive(Debug, Args)]
pub struct UserReason {
    /// Their name.
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Why; it is kept with the log.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
}

/// A token to make.
#[derive(Debug, Args)]
pub struct TokenCreate {
    /// The person or machine that it acts as; added where nobody has that name.
    #[arg(long)]
    pub name: String,
    /// What it may do; may be given several times.
    #[arg(long, required = true, value_parser = codes(UserRole::ALL, UserRole::code))]
    pub role: Vec<UserRole>,
    /// The one source system that it may submit for.
    #[arg(long)]
    pub source: Option<String>,
    /// How many days it lasts.
    #[arg(long, value_name = "DAYS", default_value_t = ppn_service::DEFAULT_TOKEN_DAYS)]
    pub expires: u32,
}

/// Copy the store to a file while it is in use.
///
/// The copy is whole and consistent, and opens as a store. No file is written over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn backup /backup/ppn-2026-11-22.db")]
pub struct Backup {
    /// The new file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

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

/// What lets people finish more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WorkSaver {
    /// Notices marked as needing no research get a look of four minutes.
    RouteOut,
    /// Notices about people open to a social worker are shared in three minutes, before anything else.
    ShareAtOnce,
    /// Waiting notices of one household are opened together.
    Bundle,
}

/// Compare five orders of work on a simulated backlog, or on notices of your own.
///
/// Oldest first, by the officer's grade, strictly by rank, by rank with the reserve (the order that runs),
/// and with hindsight: the same notices, arrivals and people for each. The backlog has the shape of one that
/// inspectors found in 2022: 1,062 notices in three kinds, with the ages that date order leaves. A wait runs
/// from arrival, or from switch-on for what was found, to the first opening; what is unopened counts with its
/// wait so far. It is a model of the queue, not of harm. docs/simulation.md says what it rests on.
///
/// With --on the notices are your own: each desk works its own items, which come when they came, and the order
/// that runs is that of the policy. Hindsight takes the level that people found, and the band where nobody has.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn simulate
  ppn simulate --auc 0.7 --work-savers route-out,share-at-once,bundle
  ppn simulate --rho 0.9 --surge 1.1 --days 56 --format json
  ppn simulate --reserve-every 0 --seeds 50 --chart waits.svg
  ppn simulate --on waiting.ndjson --staff 2
  ppn simulate --on last-year.ndjson --outcomes found.csv --history-days 60 --days 60
  ppn simulate --on live --history-days 28 --staff 3")]
pub struct Simulate {
    /// Replay these notices: JSON, NDJSON or CSV; - is standard input. The word live is the unfinished work of
    /// the store.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub on: Vec<PathBuf>,
    /// What people found about them, as `ppn import --outcomes` reads it; may be given several times.
    #[arg(long, value_name = "FILE", requires = "on")]
    pub outcomes: Vec<PathBuf>,
    /// Begin so many days before the latest receipt, or before now with the store: what came since arrives when
    /// it came, and what was opened before is left out. With 0 everything waits at the beginning.
    #[arg(long, value_name = "DAYS", default_value_t = 0, requires = "on", value_parser = clap::value_parser!(u32).range(0..=3660))]
    pub history_days: u32,
    /// Days to run from switch-on.
    #[arg(long, value_name = "DAYS", default_value_t = 28)]
    pub days: u32,
    /// Runs, each from the next seed; figures are means over them with 95 % intervals.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub seeds: u32,
    /// The first seed. The same seeds and options give the same figures.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub first_seed: u64,
    /// Notices that are made up and arrive in a day [default: 97; with --on none].
    #[arg(long, value_name = "N")]
    pub notices_per_day: Option<f64>,
    /// Child, adult and domestic abuse notices found at switch-on; arrivals have the same mix.
    #[arg(long, value_name = "N", value_delimiter = ',', num_args = 1..=3, default_values_t = [342, 277, 443], conflicts_with = "on")]
    pub kinds: Vec<usize>,
    /// Work arriving over work that can be done: people and minutes of research are fitted to it.
    #[arg(long, value_name = "RATIO", default_value_t = 1.0, conflicts_with = "staff")]
    pub rho: f64,
    /// People by day on weekdays, instead of --rho; with --on at each desk. The other shifts follow --shifts.
    #[arg(long, value_name = "N")]
    pub staff: Option<u32>,
    /// The ratio in the three weeks in the middle of the run.
    #[arg(long, value_name = "RATIO")]
    pub surge: Option<f64>,
    /// Percentages of the people who are on: weekdays 8 to 16, 16 to 22, nights, weekends 8 to 20.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', num_args = 1..=4, default_values_t = SHIFTS)]
    pub shifts: Vec<u32>,
    /// Nobody works at night: the same as 0 in the third place of --shifts.
    #[arg(long)]
    pub no_night_cover: bool,
    /// Mean minutes of research, before they are fitted to --rho.
    #[arg(long, value_name = "MINUTES", default_value_t = 30.0)]
    pub research_minutes: f64,
    /// Spread of research times: standard deviation over mean.
    #[arg(long, value_name = "RATIO", default_value_t = 0.8)]
    pub research_spread: f64,
    /// Percentage of notices that are truly high or critical.
    #[arg(long, value_name = "PERCENT", default_value_t = 8.9)]
    pub high_risk: f64,
    /// Percentage of made-up notices about people who are open to a social worker; more where risk is high.
    #[arg(long, value_name = "PERCENT", default_value_t = 13.0)]
    pub open_to_social_worker: f64,
    /// Percentage of made-up notices with nothing in them that are marked as needing no research; others less.
    #[arg(long, value_name = "PERCENT", default_value_t = 70.0)]
    pub no_research: f64,
    /// How well the simulated rank tells high and critical from the rest, before links: 0.5 is chance.
    #[arg(long, value_name = "AREA", default_value_t = 0.8)]
    pub auc: f64,
    /// Adult notices are ranked too low by so many standard deviations.
    #[arg(long, value_name = "SD", default_value_t = 0.0)]
    pub adults_low_by: f64,
    /// Percentages of notices that are red, amber and green; the rest is blue.
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', num_args = 1..=3, default_values_t = [3.0, 9.0, 33.0], conflicts_with = "on")]
    pub bands: Vec<f64>,
    /// Links between notices raise nothing.
    #[arg(long)]
    pub no_linking: bool,
    /// Every how manieth pick goes to whoever is furthest past the limit; 0 is never [default: the policy's].
    #[arg(long, value_name = "N")]
    pub reserve_every: Option<u32>,
    /// One in how many low picks is drawn at random; 0 is never [default: the policy's].
    #[arg(long, value_name = "N")]
    pub audit_every: Option<u32>,
    /// What saves work under the order that runs, separated by commas.
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    pub work_savers: Vec<WorkSaver>,
    #[command(flatten)]
    pub under: Under,
    #[command(flatten)]
    pub reading: Reading,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
    /// Draw the mean waits as a chart too.
    #[arg(long, value_name = "FILE.svg")]
    pub chart: Option<PathBuf>,
}

/// Run a service with an invented backlog, to look round.
///
/// The backlog has the shape of one that inspectors found in 2022: 342 notices about children, 277 about
/// adults and 443 about domestic abuse, after ninety days of history. Nobody in it is real. It is kept in a
/// store of its own, data/demo.db, and used again the next time.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn demo
  ppn demo --listen 127.0.0.1:9000 --fresh --yes")]
pub struct Demo {
    #[command(flatten)]
    pub listening: Listening,
    /// Begin again: delete the demonstration's store first.
    #[arg(long)]
    pub fresh: bool,
    /// Do not ask before deleting.
    #[arg(long, requires = "fresh")]
    pub yes: bool,
}

/// Check, explain, compare, fit, propose, approve and apply policies.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Read a policy and say what is wrong with it, line by line; or what it holds.
    ///
    /// A policy is checked whole: unknown members, facts and desks (with the nearest known one),
    /// identifiers that stand twice, bands and limits out of order, points below one, and rules that can
    /// never matter. The exit code is 2 where anything is wrong.
    #[command(after_help = "\
Examples:
  ppn policy check config/policy.toml
  ppn policy check live")]
    Check {
        /// The policy; the word default is the built-in one, and live that of the store.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    Explain(Explain),
    /// List the facts that a policy may ask for: what each means, and where in a notice it is found.
    #[command(after_help = "\
Examples:
  ppn policy facts strangulation
  ppn policy facts --format json")]
    Facts {
        /// List only those whose identifier or meaning has this in it.
        #[arg(value_name = "WORD")]
        word: Option<String>,
        /// How to print.
        #[arg(long, value_enum, default_value = "table")]
        format: ListFormat,
    },
    /// Print the JSON Schema of a policy file, by which an editor completes facts and marks mistakes.
    ///
    /// It knows every fact by name. What only the whole file can tell is left to `ppn policy check`.
    #[command(after_help = "\
Examples:
  ppn policy schema > policy.schema.json")]
    Schema,
    Diff(Diff),
    Fit(Fit),
    /// List the policies of the store: which is in force, which waits for approval.
    List,
    /// Propose a policy to the store. It changes nothing until another person approves it.
    ///
    /// Prints the hash by which it is approved and applied.
    #[command(after_help = "\
Examples:
  ppn policy diff live tried.toml --on live
  ppn policy propose tried.toml")]
    Propose {
        /// The policy.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Approve a policy that somebody else proposed, and with it the lowerings that it brings.
    ///
    /// Shows first what it would change in the unfinished work. What was shown to be lowered is accepted
    /// with the approval; whatever else it would lower waits for a person. Nobody approves what they
    /// proposed.
    #[command(after_help = "\
Examples:
  ppn policy approve 4f2a91c07d3e
  ppn policy approve 4f2a91c07d3e --yes")]
    Approve(Approve),
    /// Put an approved policy in force, and assess unfinished work under it, highest bands first.
    ///
    /// Stopped halfway it loses nothing: run it again, or leave the rest to `ppn serve`. Each item stands
    /// under its old place until its turn.
    #[command(after_help = "\
Examples:
  ppn policy apply 4f2a91c07d3e")]
    Apply {
        /// The hash that proposing it printed, or the beginning of it; or its version.
        #[arg(value_name = "HASH")]
        hash: String,
    },
}

/// Which policy to approve, and how to show what it changes.
#[derive(Debug, Args)]
pub struct Approve {
    /// The hash that proposing it printed, or the beginning of it; or its version.
    #[arg(value_name = "HASH")]
    pub hash: String,
    /// Do not ask. The comparison is printed all the same.
    #[arg(long)]
    pub yes: bool,
    /// Print at most so many items of each kind of change.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: usize,
}

/// Explain a rule, a fact or a notice to the last point.
///
/// WHAT is looked up first as a factor, floor, cluster, question or fact of the policy, then as the
/// reference of a notice in the files that --on names, or of the store with --on live, where it is logged. A rule says what it asks, what it adds and where its
/// weight comes from. A fact says where in a notice it is found and which rules ask for it. A notice is
/// explained at each of its desks: the band and why no lower one, every reason with its points and the total
/// so far, and what could raise it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn policy explain strangulation
  ppn policy explain separated_within_a_year --policy tried.toml
  ppn policy explain SA-1 --on config/mappings/sample.ndjson
  ppn policy explain PPN-26-040001 --on live")]
pub struct Explain {
    /// The identifier of a rule or a fact, or the reference of a notice.
    #[arg(value_name = "WHAT")]
    pub what: String,
    /// Files of notices, which are each other's history: JSON, NDJSON or CSV. The word live is the store.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub on: Vec<PathBuf>,
    #[command(flatten)]
    pub under: Under,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
    #[command(flatten)]
    pub reading: Reading,
}

/// The policy and the history that notices are ranked with.
#[derive(Debug, Clone, Default, Args)]
pub struct Under {
    /// The policy: a file; the word default is the built-in one, and live that of the store [default:
    /// default, and on the store live].
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Notices that count as history and are not ranked; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub history: Vec<PathBuf>,
}

/// Show what another policy would change for the same notices, and why.
///
/// Which items change band, points and place, with the reasons that came, went or changed. Lowerings stand
/// first and are named as such: approving a policy accepts the lowerings in its comparison.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn policy diff default tried.toml --on waiting.ndjson
  ppn policy diff old.toml new.toml --on waiting.ndjson --history last-year.ndjson --limit 50
  ppn policy diff default tried.toml --on waiting.ndjson --format json | jq '.desks'
  ppn policy diff live tried.toml --on live")]
pub struct Diff {
    /// The policy that stands; the word default is the built-in one, and live that of the store.
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The policy that is to take its place.
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Files of notices: JSON, NDJSON or CSV; - is standard input. The word live is the unfinished work
    /// of the store.
    #[arg(long, required = true, value_name = "FILE", num_args = 1..)]
    pub on: Vec<PathBuf>,
    /// Notices that count as history and are not ranked; may be given several times.
    #[arg(long, value_name = "FILE")]
    pub history: Vec<PathBuf>,
    /// Print at most so many items of each kind of change in a table.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
    #[command(flatten)]
    pub reading: Reading,
}

/// Suggest points from what people found. Advice alone: nothing is applied.
///
/// For each desk a logistic regression of "found high" (red, or graded high at the domestic abuse desk) on
/// the rules that fired. Prints suggested points beside the present ones with 95 % intervals, and how often
/// each order puts a found high before one that is not (0.5 is blind, 1 is perfect), by kind and by group,
/// measured on notices that the fit did not see. Floors are never touched and no points fall below 1. Fewer
/// than 300 outcomes, or 30 found highs, are too few: it says so and stops with exit code 1.
///
/// On the store, what was imported with --outcomes stands first; where nothing was, how a person ended an
/// item tells, as far as that tells anything: docs/decisions/0021-outcomes-as-labels.md.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn policy fit --on live --write proposed.toml
  ppn policy fit --on last-year.ndjson --outcomes found.csv
  ppn policy fit --on last-year.ndjson --outcomes found.csv --write proposed.toml
  ppn policy diff default proposed.toml --on waiting.ndjson

An outcomes file is CSV with a header, or NDJSON, of: source, reference, opened_at, found_band or
found_grade, outcome.")]
pub struct Fit {
    /// Files of notices: JSON, NDJSON or CSV; - is standard input. The word live is the store, as is
    /// nothing at all.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub on: Vec<PathBuf>,
    /// What people found about them, beside what the store holds; may be given several times.
    #[arg(long, value_name = "FILE", requires = "on")]
    pub outcomes: Vec<PathBuf>,
    /// Write a proposed policy to a new file: the same text with other points.
    #[arg(long, value_name = "FILE")]
    pub write: Option<PathBuf>,
    /// Seed of the draws behind intervals: the same seed gives the same report.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    #[command(flatten)]
    pub under: Under,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
    #[command(flatten)]
    pub reading: Reading,
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

/// A closed vocabulary as an argument: its codes are listed, and a slip is told the nearest.
fn codes<T>(all: &'static [T], code: fn(T) -> &'static str) -> impl TypedValueParser<Value = T>
where
    T: Copy + FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(all.iter().map(move |one| code(*one))).try_map(|word| word.parse::<T>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    fn pages(command: &mut clap::Command, name: &str, into: &mut String) {
        let help = command.render_long_help().to_string();
        into.extend(["=== ", name, " --help\n", &help, "\n"]);
        let below: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
        for sub in below {
            if let Some(inner) = command.find_subcommand_mut(&sub) {
                pages(inner, &format!("{name} {sub}"), into);
            }
        }
    }

    #[test]
    fn the_help_of_every_command() {
        let mut command = Cli::command().term_width(110);
        command.build();
        command.clone().debug_assert();
        let mut all = String::new();
        pages(&mut command, "ppn", &mut all);
        insta::assert_snapshot!(all);
    }

    #[test]
    fn the_help_says_nothing_of_scores_or_prediction() {
        let mut command = Cli::command();
        command.build();
        let mut all = String::new();
        pages(&mut command, "ppn", &mut all);
        for word in ["score", "predict", "perpetrator"] {
            assert!(!all.to_lowercase().contains(word), "{word}");
        }
    }
}
