//! What can be set, with the model's own values as the defaults.

use thiserror::Error;

use super::draws::{NO_RESEARCH_SHARE, OPEN_SHARE, REPORT};
use super::notices::Level;
use crate::order::OrderRule;

/// How many people there are for the work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Load {
    /// Work arriving over work that can be done: whole people are taken so that research takes about the
    /// minutes set, and those minutes are then moved so that the ratio holds exactly.
    Rho(f64),
    /// So many people by day on weekdays; the ratio follows.
    Staff(u32),
}

/// How well officers grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OfficerGrades {
    /// Reviewers keep 39 % of the highs and raise 7 % of the mediums.
    #[default]
    Report,
    /// As in the check of 24 highs, one of which was one.
    Check,
}

/// What lets people finish more: each can be switched. They act under the live rule alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WorkSavers {
    /// Notices marked as needing no research get a look of four minutes.
    pub route_out: bool,
    /// Notices about people open to a social worker are shared in three minutes, before anything else.
    pub share_at_once: bool,
    /// Waiting notices of one household are opened together, with one research for all.
    pub bundle: bool,
}

/// Everything that a simulation can be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Days from switch-on, 1 to 366.
    pub days: u32,
    /// Runs, each from the next seed, 1 to 1,000.
    pub seeds: u32,
    /// The first seed.
    pub first_seed: u64,
    /// Notices that arrive in a day, above 0 and up to 5,000.
    pub notices_per_day: f64,
    /// People against work.
    pub load: Load,
    /// Work arriving over work that can be done in the three weeks in the middle of the run.
    pub surge: Option<f64>,
    /// People on weekday days, evenings, at night and by day at weekends, in hundredths of those by day, each
    /// up to 200. Above 0 at least one is on; 0 leaves nobody on.
    pub shifts: [u32; 4],
    /// Mean minutes of research, 1 to 600, before they are fitted to the load.
    pub research_minutes: f64,
    /// Spread of research times: the standard deviation over the mean, 0 to 5.
    pub research_cv: f64,
    /// Share of notices that are truly high or critical, above 0 and below 0.5.
    pub high_risk_share: f64,
    /// Child, adult and domestic abuse notices found at switch-on, each up to 20,000; arrivals have the same
    /// mix. A backlog of a force's own has its own.
    pub kinds: [usize; 3],
    /// Share of notices about people who are open to a social worker, 0 to 0.39.
    pub open_share: f64,
    /// Share of notices with nothing in them that are marked as needing no research, 0 to 1; of those with
    /// something in them, a part of it.
    pub no_research_share: f64,
    /// How well officers grade.
    pub officers: OfficerGrades,
    /// How well the simulated score separates high and critical from the rest before linking: the area
    /// under the curve, 0.5 (not at all) to 0.99.
    pub auc: f64,
    /// Adult notices score too low by so many standard deviations of the score's noise, 0 to 3.
    pub adults_low_by: f64,
    /// Shares of notices whose score is red, amber and green; the rest is blue.
    pub band_shares: [f64; 3],
    /// Whether a notice raises the waiting notices of its family.
    pub linking: bool,
    /// The live rule's reserve and audit picks.
    pub order: OrderRule,
    /// What saves work under the live rule.
    pub savers: WorkSavers,
    /// Weights per hour of waiting by level, lowest first: for ranking, no probabilities of harm.
    pub hazard: [f64; 5],
}

/// Weekdays 8 to 16 all, 16 to 22 60 %, nights 10 %, weekends 8 to 20 half.
pub const SHIFTS: [u32; 4] = [100, 60, 10, 50];

/// Weights per hour of waiting by level, lowest first.
pub const HAZARD: [f64; 5] = [0.0, 0.5, 2.0, 8.0, 20.0];

impl Default for Settings {
    fn default() -> Self {
        Self {
            days: 28,
            seeds: 20,
            first_seed: 1,
            notices_per_day: 97.0,
            load: Load::Rho(1.0),
            surge: None,
            shifts: SHIFTS,
            kinds: REPORT,
            research_minutes: 30.0,
            research_cv: 0.8,
            high_risk_share: 0.089,
            open_share: OPEN_SHARE,
            no_research_share: NO_RESEARCH_SHARE,
            officers: OfficerGrades::Report,
            auc: 0.8,
            adults_low_by: 0.0,
            band_shares: [0.03, 0.09, 0.33],
            linking: true,
            order: OrderRule::default(),
            savers: WorkSavers::default(),
            hazard: HAZARD,
        }
    }
}

/// Why settings cannot be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A number is outside its range.
    #[error("{what}: give {from} to {to}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// The least that is taken.
        from: &'static str,
        /// The most that is taken.
        to: &'static str,
    },
    /// The bands' shares leave nothing for blue.
    #[error("shares of the bands: together they must stay below 100 %")]
    BandShares,
    /// No number of people fits the load.
    #[error("people: no number of them makes the work arriving so large a part of what can be done")]
    NoStaff,
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let range = |ok: bool, what, from, to| {
            if ok { Ok(()) } else { Err(SettingsError::OutOfRange { what, from, to }) }
        };
        range((1..=366).contains(&self.days), "days", "1", "366")?;
        range((1..=1000).contains(&self.seeds), "seeds", "1", "1000")?;
        range((0.1..=5000.0).contains(&self.notices_per_day), "notices a day", "0.1", "5000")?;
        match self.load {
            Load::Rho(rho) => range((0.1..=3.0).contains(&rho), "rho", "0.1", "3")?,
            Load::Staff(staff) => range((1..=2000).contains(&staff), "people by day", "1", "2000")?,
        }
        range(self.surge.is_none_or(|s| (0.1..=3.0).contains(&s)), "rho in the surge", "0.1", "3")?;
        range((1.0..=600.0).contains(&self.research_minutes), "minutes of research", "1", "600")?;
        range((0.0..=5.0).contains(&self.research_cv), "spread of research", "0", "5")?;
        range(self.shifts.iter().all(|s| *s <= 200), "people on a shift", "0 %", "200 %")?;
        range(self.kinds.iter().all(|n| *n <= 20_000), "notices found of a kind", "0", "20000")?;
        range(self.kinds.iter().any(|n| *n > 0), "notices found of all kinds", "1", "60000")?;
        range((0.0..=0.39).contains(&self.open_share), "share open to a social worker", "0 %", "39 %")?;
        range((0.0..=1.0).contains(&self.no_research_share), "share without research", "0 %", "100 %")?;
        range((0.001..=0.3).contains(&self.high_risk_share), "share of high risk", "0.1 %", "30 %")?;
        range((0.5..=0.99).contains(&self.auc), "AUC", "0.5", "0.99")?;
        range((0.0..=3.0).contains(&self.adults_low_by), "adults too low by", "0", "3")?;
        let shares = self.band_shares;
        range(shares.iter().all(|s| (0.0..1.0).contains(s)), "shares of the bands", "0 %", "99 %")?;
        range(self.hazard.iter().all(|h| (0.0..=1e6).contains(h)), "weights", "0", "1000000")?;
        if shares.iter().sum::<f64>() < 1.0 { Ok(()) } else { Err(SettingsError::BandShares) }
    }

    /// The shares of the levels, lowest first, in notices of a kind whose high risk is so many times the
    /// usual. High and critical keep their proportion, and so do the rest.
    pub(super) fn level_shares(&self, times: f64) -> [f64; 5] {
        const BASE: [f64; 5] = [0.19, 0.41, 0.31, 0.075, 0.014];
        let high = BASE[3] + BASE[4];
        let wanted = (self.high_risk_share * times).min(0.9);
        let mut shares = BASE;
        for level in Level::ALL {
            let share = &mut shares[level.index()];
            *share *= if level.is_high_risk() {
                wanted / high
            } else {
                (1.0 - wanted) / (BASE[0] + BASE[1] + BASE[2])
            };
        }
        shares
    }
}
