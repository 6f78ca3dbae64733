//! Simulation: the same notices worked in five orders, side by side.
//!
//! A model of the queue, not of harm: a backlog found at switch-on, notices that go on arriving, people
//! on shifts who open one after another, and a true level that no rule but hindsight can see. The rule
//! that is simulated is the one that runs: [`crate::WaitingOrder`] with its reserve and audit picks,
//! under the limits of the policy. Everything is drawn from one seed, the same for each rule.
//!
//! `docs/simulation.md` states the model, its figures and what they cannot say.

mod desk;
mod draws;
mod figures;
mod notices;
mod report;
mod roster;
mod settings;
mod signal;
#[cfg(test)]
mod tests;
mod world;

use ppn_domain::Timestamp;

use crate::policy::Policy;

pub use figures::{FRACTIONS, Group, Waits};
pub use notices::{Arrival, Backlog, Level, OwnBacklog, families};
pub use report::{Estimate, GroupReport, Lift, Report, RuleReport, Setting};
pub use settings::{HAZARD, Load, OfficerGrades, SHIFTS, Settings, SettingsError, WorkSavers};

use desk::Orders;
use report::Gathered;
use roster::Roster;
use world::Plan;

/// The moment of switch-on where no backlog of one's own sets it: a Monday at eight.
pub const SWITCH_ON: Timestamp = Timestamp::from_micros(1_767_600_000_000_000);

/// An order of work that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Oldest first.
    DateOrder,
    /// The officer's grade first, oldest first inside it. No grade ranks as medium.
    OfficerGrade,
    /// Band and score, without reserve and audit picks.
    Strict,
    /// Band and score with reserve and audit picks, and with the work-savers that are switched on.
    Live,
    /// The true level first, oldest first inside it: what nobody can know beforehand.
    Hindsight,
}

impl Rule {
    /// Every rule, in the order of the report.
    pub const ALL: [Self; 5] =
        [Self::DateOrder, Self::OfficerGrade, Self::Strict, Self::Live, Self::Hindsight];
}

/// Runs every seed under every rule. `progress` is told how many seeds are done.
///
/// The same settings, policy and backlog give the same report. The cost of one seed is n log n in the
/// notices found and arriving.
///
/// # Errors
/// When a setting is outside its range, or together they leave nobody to work.
pub fn simulate(
    settings: &Settings,
    policy: &Policy,
    backlog: &Backlog,
    progress: &mut dyn FnMut(u32),
) -> Result<Report, SettingsError> {
    settings.check()?;
    let roster = Roster::for_load(settings)?;
    let plan = Plan::new(settings, policy, backlog, &roster);
    let orders = Orders { live: settings.order, savers: settings.savers };
    let mut gathered = Gathered::default();
    for done in 0..settings.seeds {
        let world = world::World::draw(&plan, settings.first_seed.wrapping_add(u64::from(done)));
        let runs = Rule::ALL.map(|rule| desk::work(&plan, &world, rule, &orders));
        gathered.add(&plan, &world, &runs);
        progress(done + 1);
    }
    Ok(gathered.report(&plan))
}
