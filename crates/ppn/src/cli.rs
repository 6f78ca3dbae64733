//! The command line. Commands stand with others of their group; what several take stands here.
#![expect(clippy::doc_markdown, reason = "these comments are the help, where marks would be shown")]

mod audit;
mod intake;
mod operations;
mod people;
mod policy;
mod rank;
mod reports;
mod retention;
mod running;
mod simulate;
mod work;

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use audit::{
    Audit, AuditExport, AuditFilter, AuditFormat, AuditProof, AuditSearch, AuditUnusual, AuditVerify,
    CheckProof,
};
pub use intake::{Import, Unreadable};
pub use operations::{Completions, Doctor, Settings};
pub use people::{Restricted, Token, TokenCreate, User, UserReason};
pub use policy::{Approve, Diff, Explain, Fit, Policy};
pub use rank::{Rank, RankFormat};
pub use reports::{Backlog, Fairness};
pub use retention::{Retention, RetentionReview, RetentionWhat};
pub use running::{Backup, Demo, Listening, Serve};
pub use simulate::{Simulate, WorkSaver};
pub use work::{Complete, ServerArgs, Work, WorkCommand};

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
    #[command(subcommand, arg_required_else_help = true)]
    Retention(Retention),
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
    #[command(arg_required_else_help = true)]
    Work(Work),
    Doctor(Doctor),
    Config(Settings),
    Completions(Completions),
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

/// How numbers and lists are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For a person.
    Table,
    /// For a program.
    Json,
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
