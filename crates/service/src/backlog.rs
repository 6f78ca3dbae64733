//! The backlog in numbers, and the worst wait.

use ppn_domain::{Band, Desk, Limits, Permission, Restriction, Span, StateName, Timestamp};
use ppn_store::DeskCount;

use crate::{PolicyProgress, Principal, Service, ServiceError};

/// The flow of work is measured over this time.
pub const FLOW_WINDOW: Span = Span::days(7);

/// How long anybody waits at most at one desk, at the present rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WorstWait {
    /// Nothing waits past its limit.
    WithinLimits,
    /// Limit + k x overdue / opened per day, for the longest limit at the desk.
    Bounded(Span),
    /// Nobody opened anything in the last seven days, so nothing can be said.
    NothingOpened,
    /// Reds arrive faster than work is opened: no limit can be promised.
    NoLimit {
        /// So many more items a day would have to be opened.
        more_per_day: f64,
    },
}

impl std::fmt::Display for WorstWait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::WithinLimits => f.write_str("everybody waiting is within their limit"),
            Self::Bounded(span) => {
                let hours = span.as_seconds() / 3600;
                let (days, hours) = (hours / 24, hours % 24);
                write!(f, "at most {days} days {hours} hours at the present rate")
            }
            Self::NothingOpened => {
                f.write_str("no limit can be promised: nothing was opened in the last seven days")
            }
            Self::NoLimit { more_per_day } => write!(
                f,
                "no limit can be promised: reds alone need {:.0} more opened a day",
                // A part of an item is one more to open: never "0 more".
                more_per_day.ceil()
            ),
        }
    }
}

/// One desk.
#[derive(Debug, Clone, PartialEq)]
pub struct DeskBacklog {
    /// The desk.
    pub desk: Desk,
    /// Counts by band and state.
    pub counts: Vec<DeskCount>,
    /// Items first opened a day, over the last seven days.
    pub opened_per_day: f64,
    /// Reds received a day, over the last seven days.
    pub reds_per_day: f64,
    /// The worst wait.
    pub worst_wait: WorstWait,
}

/// The whole backlog.
#[derive(Debug, Clone, PartialEq)]
pub struct BacklogView {
    /// The moment that it shows.
    pub as_of: Timestamp,
    /// Whether work is ordered by risk; false means date order.
    pub by_risk: bool,
    /// Desk by desk, every desk.
    pub desks: Vec<DeskBacklog>,
    /// How far the policy in force has reached the unfinished work.
    pub policy: PolicyProgress,
    /// Refused submissions that wait for a person, and how many of them too long.
    pub unreadable: (u64, u64),
}

impl Service {
    /// The backlog in numbers. Restricted items that the caller may not see count in the totals of desk,
    /// band and state alone.
    ///
    /// # Errors
    /// When the caller may not see it.
    pub async fn backlog(&self, by: &Principal) -> Result<BacklogView, ServiceError> {
        by.require(Permission::ReadBacklog)?;
        self.backlog_seen(by.viewer(self.clock.now()).opens).await
    }

    /// The backlog in numbers, for the service's own gauges: everything counts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn backlog_now(&self) -> Result<BacklogView, ServiceError> {
        self.backlog_seen(Restriction::ALL).await
    }

    async fn backlog_seen(&self, opens: Restriction) -> Result<BacklogView, ServiceError> {
        let mut uow = self.store.read().await?;
        let as_of = self.clock.now();
        let counts = uow.backlog_counts(as_of, opens).await?;
        let flow = uow.flow(as_of, FLOW_WINDOW).await?;
        let unreadable = uow.count_unreadable(as_of).await?;
        let progress = self.policy_progress(&mut *uow).await?;
        let order = self.order();
        let policy = self.policy();
        let desks = Desk::ALL
            .iter()
            .map(|&desk| {
                let counts: Vec<_> = counts.iter().filter(|c| c.desk == desk).copied().collect();
                let (opened, reds) =
                    flow.iter().find(|f| f.0 == desk).map_or((0, 0), |&(_, opened, reds)| (opened, reds));
                let (opened_per_day, reds_per_day) = (per_day(opened), per_day(reds));
                let worst_wait =
                    worst_wait(&counts, order.reserve_every, opened_per_day, reds_per_day, |band| {
                        policy.limits(desk, band)
                    });
                DeskBacklog { desk, counts, opened_per_day, reds_per_day, worst_wait }
            })
            .collect();
        Ok(BacklogView { as_of, by_risk: order.by_risk, desks, policy: progress, unreadable })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a week's work are far below 2^52")]
fn per_day(count: u64) -> f64 {
    count as f64 / (FLOW_WINDOW.as_seconds() as f64 / 86_400.0)
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "an estimate in days, shown to the hour"
)]
fn worst_wait(
    counts: &[DeskCount],
    reserve_every: u32,
    opened_per_day: f64,
    reds_per_day: f64,
    limits: impl Fn(Band) -> Limits,
) -> WorstWait {
    let waiting = counts.iter().filter(|c| c.state == StateName::Waiting);
    let overdue: u64 = waiting.clone().map(|c| c.overdue).sum();
    if overdue == 0 {
        return WorstWait::WithinLimits;
    }
    if opened_per_day <= 0.0 {
        return WorstWait::NothingOpened;
    }
    if reds_per_day >= opened_per_day {
        return WorstWait::NoLimit { more_per_day: reds_per_day - opened_per_day + 1.0 };
    }
    let longest = waiting.map(|c| limits(c.band).picked_up).max().unwrap_or(Span::ZERO);
    let days = f64::from(reserve_every) * overdue as f64 / opened_per_day;
    WorstWait::Bounded(Span::micros(
        longest.as_micros().saturating_add((days * Span::days(1).as_micros() as f64) as i64),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(overdue: u64) -> Vec<DeskCount> {
        vec![DeskCount {
            desk: Desk::Child,
            band: Band::Green,
            state: StateName::Waiting,
            items: 100,
            overdue,
            week_old: 0,
            provisional: 0,
            unassessed: 0,
            oldest: Some(Timestamp::from_micros(0)),
        }]
    }

    fn limits(_: Band) -> Limits {
        let day = Span::days(3);
        Limits { picked_up: day, decided: day.times(3), told: day.times(4) }
    }

    #[test]
    fn the_worst_wait_is_limit_plus_k_times_overdue_over_opened() {
        // 3 days + 4 x 10 / 20 a day.
        assert_eq!(worst_wait(&waiting(10), 4, 20.0, 1.0, limits), WorstWait::Bounded(Span::days(5)));
    }

    #[test]
    fn no_limit_is_promised_when_reds_take_every_pick() {
        assert_eq!(worst_wait(&waiting(10), 4, 5.0, 7.0, limits), WorstWait::NoLimit { more_per_day: 3.0 });
        assert_eq!(worst_wait(&waiting(10), 4, 0.0, 0.0, limits), WorstWait::NothingOpened);
        assert_eq!(worst_wait(&waiting(0), 4, 0.0, 0.0, limits), WorstWait::WithinLimits);
    }
}
