//! `ppn policy`: what a policy says, what another would change, and what outcomes suggest.

mod check;
mod diff;
mod explain;
mod facts;
mod fit;
mod stored;

use std::path::{Path, PathBuf};

use ppn_domain::{Desk, Notice, Outcome, State};
use ppn_learning::fairness::Decided;
use ppn_learning::{Found, Gathered, Worked};
use ppn_service::PastNotice;
use ppn_triage::{Policy, RankedItem, Ranking};

use super::import::outcomes;
use crate::cli::{self, Reading, Under};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::policy_file::LIVE;
use crate::progress::say;
use crate::{input, policy_file, wiring};

/// Runs the command.
pub async fn run(config: &Config, what: &cli::Policy) -> Result<Done, Failure> {
    match what {
        cli::Policy::Check { file } => check::run(config, file).await,
        cli::Policy::Explain(args) => explain::run(config, args).await,
        cli::Policy::Facts { word, format } => facts::list(word.as_deref(), *format),
        cli::Policy::Schema => facts::print_schema(),
        cli::Policy::Diff(args) => diff::run(config, args).await,
        cli::Policy::Fit(args) => fit::run(config, args).await,
        cli::Policy::List => stored::list(config).await,
        cli::Policy::Propose { file } => stored::propose(config, file).await,
        cli::Policy::Approve(args) => stored::approve(config, args).await,
        cli::Policy::Apply { hash } => stored::apply(config, hash).await,
    }
}

/// Ranks files under a policy; `see` is shown each notice that is ranked.
pub(super) async fn ranked(
    policy: &Policy,
    on: &[PathBuf],
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

/// What a report rests on, as the command line names it.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    /// Files of notices; the word live, or nothing at all, is the store.
    pub(super) on: &'a [PathBuf],
    pub(super) outcomes: &'a [PathBuf],
    pub(super) under: &'a Under,
    pub(super) reading: &'a Reading,
}

/// Ranked notices, with what people found about them.
pub(super) struct Observed {
    pub(super) policy: Policy,
    pub(super) items: Vec<RankedItem>,
    pub(super) gathered: Gathered,
    pub(super) done: Done,
}

/// Ranks files or the store, and joins what people found to the notices. An outcome of a notice that
/// is not there is named and left out.
pub(super) async fn observed(config: &Config, command: &str, of: Sources<'_>) -> Result<Observed, Failure> {
    let Sources { on, outcomes, under, reading } = of;
    let is_live = on == [Path::new(LIVE)] || (on.is_empty() && outcomes.is_empty());
    let mut gathered = Gathered::default();
    let usual = is_live.then_some(Path::new(LIVE));
    let policy = policy_file::read_named(config, under.policy.as_deref().or(usual)).await?;
    let (items, mut done) = if is_live {
        if !under.history.is_empty() {
            return Err(Failure::wrong("--history: the store has its own: leave it out with --on live"));
        }
        input::check(outcomes)?;
        (on_live(config, command, &policy, &mut gathered).await?, Done::All)
    } else {
        if on.is_empty() {
            return Err(Failure::wrong("--on: name the files of the notices, or live for the store"));
        }
        input::check(on.iter().chain(outcomes).chain(&under.history))?;
        ranked(&policy, on, under, reading, |notice| gathered.add(notice)).await?
    };
    for path in outcomes {
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
                    "{name}: line {line}: no such notice is among those of --on: add its file, or import it"
                ));
            }
        })?;
        if refused {
            done = Done::SomeRefused;
        }
    }
    Ok(Observed { policy, items, gathered, done })
}

/// Everything that the store holds, with how it was worked.
async fn on_live(
    config: &Config,
    command: &str,
    policy: &Policy,
    gathered: &mut Gathered,
) -> Result<Vec<RankedItem>, Failure> {
    let service = stored::start(config).await?;
    let looked = service.look_back(&wiring::operator(command), policy, |past| gather(gathered, past)).await;
    service.store().close().await;
    let looked = looked?;
    if looked.left_out > 0 {
        say(format_args!("{} restricted notices were left out.", looked.left_out));
    }
    Ok(looked.items)
}

fn gather(gathered: &mut Gathered, past: &PastNotice) {
    let notice = &past.notice;
    gathered.add(notice);
    let (source, reference) = (notice.source.as_str(), notice.reference.as_str());
    for found in &past.found {
        let found = Found {
            opened_at: found.opened_at,
            band: found.found_band,
            grade: found.found_grade,
            outcome: found.outcome.clone(),
        };
        gathered.find(source, reference, found);
    }
    let worked = past.worked.iter().map(|item| {
        let clock = item.clocks.picked_up;
        Worked {
            desk: item.desk,
            waited: clock.met_at.map(|at| at - item.received),
            in_time: clock.met_at.map(|at| at <= clock.due),
            outcome: match item.state {
                State::Done { outcome } => Some(outcome).filter(|o| *o != Outcome::WorkedBefore),
                _ => None,
            },
        }
    });
    gathered.work(source, reference, worked.collect(), past.shared);
    // A cue is of the notice: what was said of it counts for everybody whom the notice is about.
    let (cues_confirmed, cues_dismissed) = past.cues;
    let mut decided =
        vec![Decided { cues_confirmed, cues_dismissed, ..Decided::default() }; notice.persons.len()];
    for links in &past.links {
        if let Some(of) = decided.get_mut(usize::from(links.position)) {
            (of.links_confirmed, of.links_refused) = (links.confirmed, links.refused);
        }
    }
    for (person, decided) in decided.into_iter().enumerate() {
        gathered.decide(source, reference, person, decided);
    }
}

/// The codes of desks, for a line of text.
fn desks(desks: &[String]) -> String {
    let title = |code: &String| {
        code.parse::<Desk>()
            .map_or_else(|_| code.clone(), |desk| crate::table::desk_title(desk).to_lowercase())
    };
    desks.iter().map(title).collect::<Vec<_>>().join(", ")
}
