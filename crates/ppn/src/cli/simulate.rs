//! The simulation of five orders of work.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ppn_triage::simulation::SHIFTS;

use super::{ListFormat, Reading, Under};

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
