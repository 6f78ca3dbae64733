//! `ppn policy`: what a policy says, what another would change, and what outcomes suggest.

mod check;
mod diff;
mod explain;
mod fit;
mod stored;

pub(super) use stored::LIVE;

use ppn_domain::{Desk, Notice};
use ppn_learning::{Found, Gathered};
use ppn_triage::{Policy, RankedItem, Ranking};

use super::import::outcomes;
use crate::cli::{self, Reading, Under};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::input;
use crate::progress::say;

/// Runs the command.
pub async fn run(config: &Config, what: &cli::Policy) -> Result<Done, Failure> {
    match what {
        cli::Policy::Check { file } => check::run(file),
        cli::Policy::Explain(args) => explain::run(args).await,
        cli::Policy::Diff(args) => diff::run(config, args).await,
        cli::Policy::Fit(args) => fit::run(args).await,
        cli::Policy::List => stored::list(config).await,
        cli::Policy::Propose { file } => stored::propose(config, file).await,
        cli::Policy::Approve { hash, yes } => stored::approve(config, hash, *yes).await,
        cli::Policy::Apply { hash } => stored::apply(config, hash).await,
    }
}

/// Ranks files under a policy; `see` is shown each notice that is ranked.
pub(super) async fn ranked(
    policy: &Policy,
    on: &[std::path::PathBuf],
    under: &Under,
    reading: &Reading,
    mut see: impl FnMut(&Notice),
) -> Result<(Vec<RankedItem>, Done), Failure> {
    let mapping = input::mapping(reading)?;
    let mut ranking = Ranking::new(policy, ppn_ingestion::profiles);
    let history =
        input::each(&under.history, reading, mapping.as_ref(), |notice| ranking.add_history(&notice)).await?;
    let files = input::each(on, reading, mapping.as_ref(), |notice| {
        see(&notice);
        ranking.add(&notice);
    });
    let done = history.and(files.await?);
    Ok((ranking.finish(), done))
}

/// Ranked files, with what people found about their notices.
pub(super) struct Observed {
    pub(super) items: Vec<RankedItem>,
    pub(super) gathered: Gathered,
    pub(super) done: Done,
}

/// Ranks files and joins what people found to their notices. An outcome of a notice that is not
/// there is named and left out.
pub(super) async fn observed(
    policy: &Policy,
    on: &[std::path::PathBuf],
    found: &[std::path::PathBuf],
    under: &Under,
    reading: &Reading,
) -> Result<Observed, Failure> {
    input::check(on.iter().chain(found).chain(&under.history))?;
    let mut gathered = Gathered::default();
    let (items, mut done) = ranked(policy, on, under, reading, |notice| gathered.add(notice)).await?;
    for path in found {
        let name = input::name(path);
        let refused = outcomes::each(path, |line, found| {
            let (source, reference) = (found.source, found.reference);
            let found = Found {
                opened_at: found.opened_at,
                band: found.band,
                grade: found.grade,
                outcome: found.outcome,
            };
            if !gathered.find(&source, &reference, found) {
                done = Done::SomeRefused;
                say(format_args!(
                    "{name}: line {line}: no such notice is among the files: add its file to --on"
                ));
            }
        })?;
        if refused {
            done = Done::SomeRefused;
        }
    }
    Ok(Observed { items, gathered, done })
}

/// The codes of desks, for a line of text.
fn desks(desks: &[String]) -> String {
    let title = |code: &String| {
        code.parse::<Desk>()
            .map_or_else(|_| code.clone(), |desk| crate::table::desk_title(desk).to_lowercase())
    };
    desks.iter().map(title).collect::<Vec<_>>().join(", ")
}
