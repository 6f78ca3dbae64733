//! Figures over all seeds.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::Rule;
use super::desk::Run;
use super::figures::{FRACTIONS, Figures, Group, Waits, number};
use super::settings::{Settings, WorkSavers};
use super::world::{Plan, World};

/// A mean over seeds with its 95 % interval (Student's t). With one seed the interval is the mean itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean over the seeds.
    pub mean: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Estimate {
    /// `None` of nothing.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = number(values.len());
        if values.is_empty() {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let half = match StudentsT::new(0.0, 1.0, n - 1.0) {
            Ok(t) if n > 1.0 => t.inverse_cdf(0.975) * (squares / (n - 1.0) / n).sqrt(),
            _ => 0.0,
        };
        Some(Self { mean, low: mean - half, high: mean + half })
    }
}

/// What a report was made with.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "they are the switches of the run")]
pub struct Setting {
    /// Days from switch-on.
    pub days: u32,
    /// How many seeds.
    pub seeds: u32,
    /// The first of them.
    pub first_seed: u64,
    /// Notices found at switch-on and arriving after it, the mean over the seeds.
    pub notices: f64,
    /// Of them, those whose waits are counted.
    pub counted: f64,
    /// Of those, notices whose level is known: tables by level rest on them.
    pub of_known_level: f64,
    /// Notices that arrive in a day.
    pub notices_per_day: f64,
    /// Work arriving over work that can be done.
    pub rho: f64,
    /// The same in the surge.
    pub surge: Option<f64>,
    /// People by day on weekdays.
    pub people_by_day: u32,
    /// Mean minutes of research, fitted to the load.
    pub research_minutes: f64,
    /// What the simulated score tells before linking.
    pub auc: f64,
    /// Whether links raise.
    pub linking: bool,
    /// Every how manieth pick of the live rule is a reserve pick.
    pub reserve_every: u32,
    /// One in how many low picks of the live rule is an audit pick.
    pub audit_every: Option<u32>,
    /// The live rule looks at what may need no research.
    pub route_out: bool,
    /// The live rule shares at once with a social worker.
    pub share_at_once: bool,
    /// The live rule opens a household together.
    pub bundle: bool,
}

/// Waits of a group under a rule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GroupReport {
    /// Who.
    #[serde(flatten)]
    pub group: Group,
    /// Their waits in hours; shares as parts of one.
    pub waits: Waits<Estimate>,
    /// The mean wait as a part of the mean wait in date order.
    pub of_date_order: Option<Estimate>,
}

/// How far the part that was opened first holds more high risk than chance gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lift {
    /// The part of the backlog found.
    pub at: f64,
    /// High risk in it against its share of the whole; absent where less was opened.
    pub times: Option<Estimate>,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleReport {
    /// Which.
    pub rule: Rule,
    /// By group; a group that had nobody in any seed is left out.
    pub groups: Vec<GroupReport>,
    /// Hours from receipt of whoever waited longest.
    pub longest_since_receipt: Estimate,
    /// Past the limit of their band at switch-on.
    pub overdue_at_switch_on: Estimate,
    /// The same at the end.
    pub overdue_at_end: Estimate,
    /// Hours of the worst wait stated at switch-on, over the seeds in which a bound held throughout.
    pub stated_at_switch_on: Option<Estimate>,
    /// The most that was stated in the run.
    pub stated_at_most: Option<Estimate>,
    /// Seeds in which nobody waited longer than the most that was stated.
    pub seeds_inside_stated: u32,
    /// Hours of waiting weighted by level: for ranking rules, no probability of harm.
    pub risk_hours: Estimate,
    /// The same as a part of date order's.
    pub risk_hours_of_date_order: Option<Estimate>,
    /// High risk in what was opened first of the backlog found.
    pub lift: Vec<Lift>,
    /// Share of high risk opened later than in date order.
    pub later_than_date_order: Option<Estimate>,
    /// The mean hours by which.
    pub later_by_hours: Option<Estimate>,
    /// High-risk notices in a run that a look closed although they needed research.
    pub missed: Estimate,
}

impl RuleReport {
    /// The waits of a group.
    pub fn group(&self, group: Group) -> Option<&GroupReport> {
        self.groups.iter().find(|of| of.group == group)
    }
}

/// The five rules side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// What it was made with.
    pub setting: Setting,
    /// In the order of [`Rule::ALL`].
    pub rules: Vec<RuleReport>,
}

impl Report {
    /// What a rule did.
    pub fn rule(&self, rule: Rule) -> Option<&RuleReport> {
        self.rules.iter().find(|of| of.rule == rule)
    }
}

/// The figures of every seed so far.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    notices: Vec<f64>,
    counted: Vec<f64>,
    of_known_level: Vec<f64>,
    by_rule: [Vec<Figures>; 5],
}

impl Gathered {
    pub(super) fn add(&mut self, plan: &Plan<'_>, world: &World, runs: &[Run; 5]) {
        let counted = || world.cases.iter().filter(|case| case.counted);
        self.notices.push(number(world.cases.len()));
        self.counted.push(number(counted().count()));
        self.of_known_level.push(number(counted().filter(|case| case.level.is_some()).count()));
        for (gathered, run) in self.by_rule.iter_mut().zip(runs) {
            let within = (plan.switch_on, plan.end);
            gathered.push(Figures::of(within, &plan.settings.hazard, world, run, &runs[0]));
        }
    }

    pub(super) fn report(self, plan: &Plan<'_>) -> Report {
        let date_order = &self.by_rule[0];
        Report {
            setting: self.setting(plan),
            rules: Rule::ALL
                .into_iter()
                .zip(&self.by_rule)
                .filter_map(|(rule, figures)| of_rule(rule, figures, date_order))
                .collect(),
        }
    }

    fn setting(&self, plan: &Plan<'_>) -> Setting {
        let settings: &Settings = plan.settings;
        let WorkSavers { route_out, share_at_once, bundle } = settings.savers;
        let mean = |of: &[f64]| Estimate::of(of).map_or(0.0, |of| of.mean);
        Setting {
            days: settings.days,
            seeds: settings.seeds,
            first_seed: settings.first_seed,
            notices: mean(&self.notices),
            counted: mean(&self.counted),
            of_known_level: mean(&self.of_known_level),
            notices_per_day: settings.notices_per_day,
            rho: plan.roster.rho,
            surge: settings.surge,
            people_by_day: plan.roster.full,
            research_minutes: plan.roster.minutes,
            auc: settings.auc,
            linking: settings.linking,
            reserve_every: settings.order.reserve_every,
            audit_every: settings.order.audit_every,
            route_out,
            share_at_once,
            bundle,
        }
    }
}

fn of_rule(rule: Rule, figures: &[Figures], date_order: &[Figures]) -> Option<RuleReport> {
    let over = |value: fn(&Figures) -> f64| Estimate::of(&figures.iter().map(value).collect::<Vec<_>>());
    let given = |value: &dyn Fn(&Figures) -> Option<f64>| {
        Estimate::of(&figures.iter().filter_map(value).collect::<Vec<_>>())
    };
    let parts = figures.iter().zip(date_order).filter(|(_, date)| date.risk_hours > 0.0);
    Some(RuleReport {
        rule,
        groups: Group::all()
            .enumerate()
            .filter_map(|(place, group)| of_group(place, group, figures, date_order))
            .collect(),
        longest_since_receipt: over(|f| f.longest_since_receipt)?,
        overdue_at_switch_on: over(|f| f.overdue_at_switch_on)?,
        overdue_at_end: over(|f| f.overdue_at_end)?,
        stated_at_switch_on: given(&|f| Some(f.stated?.0)),
        stated_at_most: given(&|f| Some(f.stated?.1)),
        seeds_inside_stated: figures.iter().map(|f| u32::from(f.is_inside_stated())).sum(),
        risk_hours: over(|f| f.risk_hours)?,
        risk_hours_of_date_order: Estimate::of(
            &parts.map(|(f, date)| f.risk_hours / date.risk_hours).collect::<Vec<_>>(),
        ),
        lift: FRACTIONS
            .into_iter()
            .enumerate()
            .map(|(place, at)| Lift { at, times: given(&|f| f.lift[place]) })
            .collect(),
        later_than_date_order: given(&|f| Some(f.later?.0)),
        later_by_hours: given(&|f| Some(f.later?.1)),
        missed: over(|f| f.missed)?,
    })
}

fn of_group(place: usize, group: Group, figures: &[Figures], date_order: &[Figures]) -> Option<GroupReport> {
    let waits: Vec<Waits<f64>> = figures.iter().filter_map(|f| f.groups[place]).collect();
    let over = |value: fn(&Waits<f64>) -> f64| Estimate::of(&waits.iter().map(value).collect::<Vec<_>>());
    let parts = figures.iter().zip(date_order).filter_map(|(f, date)| {
        let (mean, date) = (f.groups[place]?.mean, date.groups[place]?.mean);
        (date > 0.0).then_some(mean / date)
    });
    Some(GroupReport {
        group,
        waits: Waits {
            notices: over(|w| w.notices)?,
            mean: over(|w| w.mean)?,
            p50: over(|w| w.p50)?,
            p95: over(|w| w.p95)?,
            p99: over(|w| w.p99)?,
            longest: over(|w| w.longest)?,
            within_4h: over(|w| w.within_4h)?,
            within_24h: over(|w| w.within_24h)?,
        },
        of_date_order: Estimate::of(&parts.collect::<Vec<_>>()),
    })
}
