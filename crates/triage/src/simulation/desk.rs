//! One run: people open what waits, one after another, under one rule.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Band, Rank, Span, Timestamp};

use super::Rule;
use super::draws::{Chance, LOOK_MINUTES, SHARE_MINUTES, span_of_days};
use super::notices::Level;
use super::settings::WorkSavers;
use super::world::{Case, Plan, Standing, World};
use crate::order::{Entry, OrderRule, WaitingOrder};

/// At most this many notices are opened together.
const MOST_IN_BUNDLE: usize = 20;
/// Openings a day are measured over so many days.
const MEASURED_OVER: u32 = 7;

/// How the live rule runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Orders {
    pub(super) live: OrderRule,
    pub(super) savers: WorkSavers,
}

impl Orders {
    fn of(&self, rule: Rule) -> (OrderRule, WorkSavers) {
        let plain = OrderRule { by_risk: true, reserve_every: 0, audit_every: None };
        match rule {
            Rule::DateOrder => (OrderRule { by_risk: false, ..plain }, WorkSavers::default()),
            Rule::OfficerGrade | Rule::Strict | Rule::Hindsight => (plain, WorkSavers::default()),
            Rule::Live => (self.live, self.savers),
        }
    }
}

/// What is overdue at a moment, and the worst wait that is stated then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stated {
    pub(super) overdue: u32,
    /// Limit + k x overdue / opened a day; `None` where no bound holds.
    pub(super) worst: Option<Span>,
}

/// What became of a world's notices under a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Run {
    /// When each was first opened.
    pub(super) opened: Vec<Option<Timestamp>>,
    /// At switch-on and after each day.
    pub(super) stated: Vec<Stated>,
    /// High-risk notices that a look closed although they needed research.
    pub(super) missed: u32,
}

/// Works a world's notices under a rule until the end of the plan.
pub(super) fn work(plan: &Plan<'_>, world: &World, rule: Rule, orders: &Orders) -> Run {
    let (order_rule, savers) = orders.of(rule);
    let mut chance = Chance::new(world.seed, 1 + rule as u64);
    let mut desk = Desk::new(plan, world, rule, order_rule, savers);
    let mut seats: BinaryHeap<Reverse<(Timestamp, u32)>> = (0..plan.roster.seats())
        .filter_map(|seat| Some(Reverse((plan.roster.staffed_from(seat, plan.switch_on)?, seat))))
        .collect();
    while let Some(Reverse((now, seat))) = seats.pop() {
        if now >= plan.end {
            break;
        }
        desk.pass_days(now);
        desk.admit(now);
        let free = match desk.open(now, &mut || chance.lot()) {
            Some(work) => Some(plan.roster.finish(seat, now, work)),
            // Nobody waits: the seat is free until the next notice arrives.
            None => desk.next_arrival(),
        };
        if let Some(free) = free.and_then(|free| plan.roster.staffed_from(seat, free)) {
            seats.push(Reverse((free, seat)));
        }
    }
    desk.pass_days(plan.end);
    desk.run
}

struct Desk<'p, 'a> {
    plan: &'p Plan<'a>,
    world: &'p World,
    rule: Rule,
    order_rule: OrderRule,
    savers: WorkSavers,
    order: WaitingOrder<usize>,
    to_share: VecDeque<usize>,
    /// How many cases have been admitted.
    admitted: usize,
    /// Those that waited at the last statement, and everything admitted since.
    waiting: Vec<usize>,
    /// Notices of each family so far, and the admitted ones among them.
    known: Vec<u32>,
    members: Vec<Vec<usize>>,
    /// Openings of each day so far.
    opened_on: Vec<u32>,
    reds_on: Vec<u32>,
    run: Run,
}

impl<'p, 'a> Desk<'p, 'a> {
    fn new(
        plan: &'p Plan<'a>,
        world: &'p World,
        rule: Rule,
        order_rule: OrderRule,
        savers: WorkSavers,
    ) -> Self {
        Self {
            plan,
            world,
            rule,
            order_rule,
            savers,
            order: WaitingOrder::default(),
            to_share: VecDeque::new(),
            admitted: 0,
            waiting: Vec::new(),
            known: world.worked.clone(),
            members: vec![Vec::new(); world.worked.len()],
            opened_on: vec![0],
            reds_on: vec![0],
            run: Run { opened: vec![None; world.cases.len()], stated: Vec::new(), missed: 0 },
        }
    }

    fn next_arrival(&self) -> Option<Timestamp> {
        self.world.cases.get(self.admitted).map(|case| case.received)
    }

    /// Puts everything received until now in the order.
    fn admit(&mut self, now: Timestamp) {
        while let Some(case) = self.world.cases.get(self.admitted).filter(|case| case.received <= now) {
            let index = self.admitted;
            self.admitted += 1;
            self.known[case.family] += 1;
            if self.savers.share_at_once && case.open_to_social_worker {
                self.to_share.push_back(index);
            } else {
                let rank = self.assessed(case);
                if rank.band == Band::Red
                    && case.received >= self.plan.switch_on
                    && let Some(today) = self.reds_on.last_mut()
                {
                    *today += 1;
                }
                self.order.insert(index, self.entry(index, case, rank));
                self.members[case.family].push(index);
                self.waiting.push(index);
            }
            self.raise_family(case.family, index);
        }
    }

    /// Everybody else of the family who waits is assessed again.
    fn raise_family(&mut self, family: usize, newcomer: usize) {
        if !self.plan.settings.linking {
            return;
        }
        for place in 0..self.members[family].len() {
            let index = self.members[family][place];
            if index != newcomer && self.order.get(index).is_some() {
                let case = &self.world.cases[index];
                let rank = self.assessed(case);
                let entry = self.entry(index, case, rank);
                self.order.change(index, entry.rank, entry.due);
            }
        }
    }

    /// What triage says of a case now.
    fn assessed(&self, case: &Case) -> Rank {
        match case.standing {
            Standing::Assessed(rank) => rank,
            Standing::Signal(signal) => {
                let links = if self.plan.settings.linking { self.known[case.family] - 1 } else { 0 };
                let rank = self.plan.signal.rank(signal, links);
                // Only what nothing links is marked, and what is marked is blue.
                let routed = self.savers.route_out && case.no_research && links == 0;
                if routed { Rank { band: Band::Blue, ..rank } } else { rank }
            }
        }
    }

    fn entry(&self, index: usize, case: &Case, assessed: Rank) -> Entry {
        Entry {
            rank: match self.rule {
                Rule::DateOrder | Rule::Strict | Rule::Live => assessed,
                Rule::OfficerGrade => by_grade(case.grade),
                Rule::Hindsight => by_level(known_level(case)),
            },
            received: case.received,
            // Under every rule overdue is past the limit of the band that triage gives.
            due: case.received + self.plan.policy.limits(case.desk, assessed.band).picked_up,
            sequence: i64::try_from(index).unwrap_or(i64::MAX),
            lot: case.lot,
            restricted: false,
        }
    }

    /// Opens the next notice; how long it keeps somebody, or `None` where nothing waits.
    fn open(&mut self, now: Timestamp, draw: &mut dyn FnMut() -> i64) -> Option<Span> {
        if let Some(index) = self.to_share.pop_front() {
            self.mark(index, now);
            return Some(Span::minutes(SHARE_MINUTES));
        }
        let (index, _) = self.order.pick(&self.order_rule, now, draw)?;
        self.mark(index, now);
        let case = &self.world.cases[index];
        let mut minutes = self.looked_at(case);
        if self.savers.bundle && self.plan.settings.linking {
            minutes = minutes + self.bundle(case.family, now);
        }
        Some(minutes)
    }

    /// How long the notice that was opened takes.
    fn looked_at(&mut self, case: &Case) -> Span {
        let linked = self.plan.settings.linking && self.known[case.family] > 1;
        if !self.savers.route_out || !case.no_research || linked {
            return case.research;
        }
        let look = Span::minutes(LOOK_MINUTES);
        if case.level == Some(Level::None) || case.level.is_none() {
            look
        } else if case.look_finds {
            look + case.research
        } else {
            self.run.missed += u32::from(case.level.is_some_and(Level::is_high_risk));
            look
        }
    }

    /// Opens what else waits of the family: the research is done once, and each more is read.
    fn bundle(&mut self, family: usize, now: Timestamp) -> Span {
        let mut more = Span::ZERO;
        let others: Vec<usize> = std::mem::take(&mut self.members[family]);
        let mut left = Vec::new();
        let mut taken = 0;
        for index in others {
            if taken == MOST_IN_BUNDLE {
                left.push(index);
            } else if self.order.remove(index).is_some() {
                taken += 1;
                self.mark(index, now);
                more = more + Span::minutes(LOOK_MINUTES);
            }
        }
        self.members[family] = left;
        more
    }

    fn mark(&mut self, index: usize, now: Timestamp) {
        debug_assert!(self.run.opened[index].is_none(), "nobody is opened twice");
        self.run.opened[index] = Some(now);
        if let Some(today) = self.opened_on.last_mut() {
            *today += 1;
        }
    }

    /// States the worst wait at switch-on and at the end of each day that has passed.
    fn pass_days(&mut self, now: Timestamp) {
        loop {
            let days = i64::try_from(self.run.stated.len()).unwrap_or(i64::MAX);
            let moment = self.plan.switch_on + Span::days(days);
            if moment > now {
                return;
            }
            self.admit(moment);
            let stated = self.state(moment);
            self.run.stated.push(stated);
            if days > 0 {
                self.opened_on.push(0);
                self.reds_on.push(0);
            }
        }
    }

    /// The statement that the backlog page makes: limit + k x overdue / opened a day.
    fn state(&mut self, now: Timestamp) -> Stated {
        self.waiting.retain(|index| self.order.get(*index).is_some());
        let (mut overdue, mut longest) = (0, Span::ZERO);
        for entry in self.waiting.iter().filter_map(|index| self.order.get(*index)) {
            overdue += u32::from(entry.due < now);
            longest = longest.max(entry.due - entry.received);
        }
        let days = u32::try_from(self.run.stated.len()).unwrap_or(MEASURED_OVER).min(MEASURED_OVER);
        let measured = |by_day: &[u32]| f64::from(by_day.iter().rev().take(days as usize).sum::<u32>());
        // Days before switch-on were worked one after another, each notice with its own research.
        let usual = self.plan.roster.openings_per_day(self.plan.settings.notices_per_day);
        let opened =
            (measured(&self.opened_on) + f64::from(MEASURED_OVER - days) * usual) / f64::from(MEASURED_OVER);
        let reds = measured(&self.reds_on) / f64::from(MEASURED_OVER);
        let k = self.order_rule.reserve_every;
        let bounded = k > 0 && opened > reds;
        Stated {
            overdue,
            worst: bounded.then(|| longest + span_of_days(f64::from(k) * f64::from(overdue) / opened)),
        }
    }
}

fn by_grade(grade: Option<Grade>) -> Rank {
    let band = match grade {
        Some(Grade::High) => Band::Red,
        Some(Grade::Medium) | None => Band::Amber,
        Some(Grade::Standard) => Band::Green,
    };
    Rank { band, score: 0 }
}

/// Where nobody found a level, what the band says is the best that is known.
fn known_level(case: &Case) -> Option<Level> {
    let band = || match case.standing {
        Standing::Assessed(rank) => Level::found(Some(rank.band), None),
        Standing::Signal(_) => None,
    };
    case.level.or_else(band)
}

fn by_level(level: Option<Level>) -> Rank {
    let (band, score) = match level {
        Some(Level::Critical) => (Band::Red, 0),
        Some(Level::High) => (Band::Amber, 0),
        Some(Level::Medium) => (Band::Green, 0),
        Some(Level::Standard) | None => (Band::Blue, 1),
        Some(Level::None) => (Band::Blue, 0),
    };
    Rank { band, score }
}
