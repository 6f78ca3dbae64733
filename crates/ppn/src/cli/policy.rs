//! Policies.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ListFormat, Reading, Under};

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
