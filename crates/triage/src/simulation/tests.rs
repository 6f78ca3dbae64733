//! The simulator against closed forms, and what no run may break.
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "counts and seconds, far inside what is exact"
)]

use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Band, Desk, Rank, Span, Timestamp};

use super::desk::{Orders, Run, work};
use super::draws::{Chance, KINDS, REPORT, place};
use super::notices::{Backlog, Level};
use super::roster::{Roster, hour_of_week};
use super::settings::{Load, Settings, WorkSavers};
use super::world::{Case, Plan, Standing, World};
use super::{Rule, SWITCH_ON};
use crate::order::OrderRule;
use crate::policy::{DEFAULT_POLICY, Policy};

const ALL_SAVERS: WorkSavers = WorkSavers { route_out: true, share_at_once: true, bundle: true };

/// One server, one customer after another, times between arrivals and of service exponential.
///
/// A unit is a second. 300,000 customers leave a standard error of about 4 % of the mean wait at a load of
/// 0.85; the tolerance of the tests is 5 %.
fn queue(rule: Rule, seed: u64, level: impl Fn(f64) -> Level) -> Vec<(Level, f64)> {
    const LOAD: f64 = 0.85;
    const CUSTOMERS: usize = 300_000;
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let settings = Settings { linking: false, ..Settings::default() };
    let roster = Roster::one_seat();
    let mut plan = Plan::new(&settings, &policy, &Backlog::Report, &roster);
    let mut chance = Chance::new(seed, 9);
    let mut exponential = |mean: f64| Span::micros((-(1.0 - chance.unit()).ln() * mean * 1e6) as i64);
    let mut at = SWITCH_ON;
    let cases: Vec<Case> = (0..CUSTOMERS)
        .map(|family| {
            at = at + exponential(1.0 / LOAD);
            let research = exponential(1.0);
            let drawn = exponential(1.0).as_micros().rem_euclid(1000) as f64 / 1000.0;
            Case {
                received: at,
                kind: NoticeKind::Child,
                desk: Desk::Child,
                level: Some(level(drawn)),
                grade: None,
                family,
                standing: Standing::Assessed(Rank { band: Band::Green, score: 0 }),
                research,
                open_to_social_worker: false,
                no_research: false,
                look_finds: false,
                lot: 0,
                counted: true,
            }
        })
        .collect();
    plan.end = at + Span::days(30);
    let world = World { seed, worked: vec![0; CUSTOMERS], cases };
    let orders = Orders { live: OrderRule::default(), savers: WorkSavers::default() };
    let run = work(&plan, &world, rule, &orders);
    let waited = |(case, opened): (&Case, &Option<Timestamp>)| {
        (case.level.unwrap(), (opened.unwrap() - case.received).as_micros() as f64 / 1e6)
    };
    world.cases.iter().zip(&run.opened).map(waited).collect()
}

fn mean(waits: impl Iterator<Item = f64> + Clone) -> f64 {
    waits.clone().sum::<f64>() / waits.count() as f64
}

#[test]
fn one_server_in_date_order_waits_rho_over_one_less_rho() {
    let waits = queue(Rule::DateOrder, 3, |_| Level::Standard);
    let waited = mean(waits.iter().map(|(_, wait)| *wait));
    assert!((waited / 5.67 - 1.0).abs() < 0.05, "{waited}");
}

#[test]
fn two_classes_wait_as_priority_without_interruption_gives() {
    // Loads of 0.30 and 0.55: 0.85 / 0.70, and that over 0.15 (Cobham 1954).
    let class = |drawn: f64| if drawn < 0.30 / 0.85 { Level::Critical } else { Level::Standard };
    let waits = queue(Rule::Hindsight, 3, class);
    for (level, expected) in [(Level::Critical, 1.21), (Level::Standard, 8.10)] {
        let waited = mean(waits.iter().filter(|(of, _)| *of == level).map(|(_, wait)| *wait));
        assert!((waited / expected - 1.0).abs() < 0.05, "{level:?} {waited}");
    }
}

fn with_world<T>(settings: &Settings, seed: u64, see: impl FnOnce(&Plan<'_>, &World) -> T) -> T {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let roster = Roster::for_load(settings).unwrap();
    let plan = Plan::new(settings, &policy, &Backlog::Report, &roster);
    see(&plan, &World::draw(&plan, seed))
}

#[test]
fn the_backlog_has_the_shape_of_the_report_and_the_ages_that_date_order_leaves() {
    with_world(&Settings::default(), 4, |plan, world| {
        let found: Vec<&Case> = world.cases.iter().filter(|case| case.received < plan.switch_on).collect();
        for kind in KINDS {
            let of_kind: Vec<_> = found.iter().filter(|case| case.kind == kind).collect();
            assert_eq!(of_kind.len(), REPORT[place(kind)]);
            let oldest = (plan.switch_on - of_kind[0].received).as_seconds() / 86_400;
            assert!((8..=14).contains(&oldest), "{kind} {oldest}");
        }
        assert!(world.cases.is_sorted_by_key(|case| case.received));
        assert!(world.cases.iter().all(|case| case.received < plan.end));
    });
}

#[test]
fn notices_come_in_the_numbers_levels_and_families_of_the_model() {
    let settings = Settings { days: 300, ..Settings::default() };
    with_world(&settings, 4, |plan, world| {
        let arrived: Vec<&Case> = world.cases.iter().filter(|case| case.received >= plan.switch_on).collect();
        let n = arrived.len() as f64;
        let share = |has: &dyn Fn(&Case) -> bool| arrived.iter().filter(|case| has(case)).count() as f64 / n;
        let near = |what: &str, value: f64, expected: f64, by: f64| {
            assert!((value - expected).abs() < by, "{what}: {value}, not {expected}");
        };
        near("a day", n / 300.0, 97.0, 2.5);
        for (level, expected) in Level::ALL.into_iter().zip([0.19, 0.41, 0.31, 0.075, 0.014]) {
            near("level", share(&|case| case.level == Some(level)), expected, 0.012);
        }
        let mut sizes = world.worked.clone();
        world.cases.iter().for_each(|case| sizes[case.family] += 1);
        near("linked", share(&|case| sizes[case.family] > 1), 0.23, 0.02);
        near("open", share(&|case| case.open_to_social_worker), 0.13, 0.01);
        let is = |case: &Case, kind| case.kind == kind;
        let weekend = |case: &Case| hour_of_week(case.received) >= 120;
        let of = |kind| share(&|case| is(case, kind) && weekend(case)) / share(&|case| is(case, kind));
        near("abuse at weekends", of(NoticeKind::DomesticAbuse), 2.4 / 7.4, 0.015);
        near("children at weekends", of(NoticeKind::Child), 1.6 / 6.6, 0.015);
    });
}

#[test]
fn kinds_and_shares_are_as_set() {
    let settings = Settings {
        days: 200,
        kinds: [0, 300, 100],
        open_share: 0.26,
        no_research_share: 0.35,
        ..Settings::default()
    };
    with_world(&settings, 5, |plan, world| {
        let found =
            |kind| world.cases.iter().filter(|c| c.received < plan.switch_on && c.kind == kind).count();
        assert_eq!(KINDS.map(found), [0, 300, 100]);
        let share = |of: &dyn Fn(&&Case) -> bool, has: &dyn Fn(&Case) -> bool| {
            let of: Vec<&Case> = world.cases.iter().filter(of).collect();
            of.iter().filter(|case| has(case)).count() as f64 / of.len() as f64
        };
        let adults = share(&|_| true, &|case| case.kind == NoticeKind::Adult);
        assert!((adults - 0.75).abs() < 0.01, "{adults}");
        // Twice as many as usual, of kinds in which half as many are: 9 % below high and 16.5 % at it.
        let open = share(&|_| true, &|case| case.open_to_social_worker);
        assert!((open - 0.19).abs() < 0.015, "{open}");
        let marked = share(&|case| case.level == Some(Level::None), &|case| case.no_research);
        assert!((marked - 0.35).abs() < 0.03, "{marked}");
    });
}

#[test]
fn a_shift_has_its_part_of_the_people() {
    let settings = Settings { load: Load::Staff(10), shifts: [50, 0, 20, 130], ..Settings::default() };
    let roster = Roster::for_load(&settings).unwrap();
    let last_seat = |day: i64, hour: i64| {
        let at = SWITCH_ON + Span::hours(24 * day + hour - 8);
        (0..roster.seats()).filter(|seat| roster.staffed_from(*seat, at) == Some(at)).count()
    };
    assert_eq!((last_seat(0, 8), last_seat(0, 15), last_seat(0, 16), last_seat(0, 21)), (5, 5, 0, 0));
    assert_eq!((last_seat(0, 22), last_seat(1, 7), last_seat(5, 8), last_seat(5, 20)), (2, 2, 13, 2));
}

fn run(settings: &Settings, rule: Rule, seed: u64) -> (Vec<Case>, Run) {
    with_world(settings, seed, |plan, world| {
        let orders = Orders { live: settings.order, savers: settings.savers };
        (world.cases.clone(), work(plan, world, rule, &orders))
    })
}

#[test]
fn nothing_is_lost_and_nobody_is_opened_before_coming_in() {
    // That nobody is opened twice is asserted where a notice is opened.
    for savers in [WorkSavers::default(), ALL_SAVERS] {
        let settings = Settings { savers, load: Load::Rho(0.3), days: 60, ..Settings::default() };
        for rule in Rule::ALL {
            let (cases, run) = run(&settings, rule, 2);
            assert_eq!(run.opened.len(), cases.len());
            let opened = cases.iter().zip(&run.opened).filter_map(|(c, at)| Some((c, (*at)?)));
            assert!(opened.clone().all(|(case, at)| at >= case.received.max(SWITCH_ON)));
            // With people to spare only the latest can still wait.
            let end = SWITCH_ON + Span::days(60);
            let left: Vec<&Case> =
                cases.iter().zip(&run.opened).filter(|(_, at)| at.is_none()).map(|(c, _)| c).collect();
            assert!(left.iter().all(|case| end - case.received < Span::days(1)), "{rule:?} {}", left.len());
        }
    }
}

#[test]
fn people_work_the_hours_that_are_staffed_and_no_others() {
    let settings = Settings { shifts: [100, 60, 0, 50], ..Settings::default() };
    let (_, run) = run(&settings, Rule::Live, 1);
    for at in run.opened.iter().flatten() {
        let (day, hour) = (hour_of_week(*at) / 24, hour_of_week(*at) % 24);
        assert!(if day < 5 { (8..22).contains(&hour) } else { (8..20).contains(&hour) }, "{day} {hour}");
    }
    let roster = Roster::for_load(&settings).unwrap();
    let friday_night = SWITCH_ON + Span::hours(4 * 24 + 14) - Span::minutes(10);
    // The first seat goes on at eight on Saturday, the last one of a weekday on Monday.
    assert_eq!(
        roster.finish(0, friday_night, Span::minutes(30)),
        SWITCH_ON + Span::days(5) + Span::minutes(20)
    );
    let four = SWITCH_ON + Span::hours(4 * 24 + 8) - Span::minutes(10);
    let last = roster.seats() - 1;
    assert_eq!(roster.finish(last, four, Span::minutes(30)), SWITCH_ON + Span::days(7) + Span::minutes(20));
}

#[test]
fn each_work_saver_does_what_it_says() {
    let opened = |savers| run(&Settings { savers, ..Settings::default() }, Rule::Live, 6);
    let (_, plain) = opened(WorkSavers::default());
    let count = |run: &Run| run.opened.iter().flatten().count();

    let (cases, shared) = opened(WorkSavers { share_at_once: true, ..WorkSavers::default() });
    let first = cases.iter().zip(&shared.opened).filter(|(case, _)| case.open_to_social_worker);
    assert!(first.clone().all(|(case, at)| at.unwrap() - case.received.max(SWITCH_ON) < Span::hours(12)));
    assert!(count(&shared) > count(&plain));

    let (cases, bundled) = opened(WorkSavers { bundle: true, ..WorkSavers::default() });
    let mut last = std::collections::HashMap::new();
    for (case, at) in cases.iter().zip(&bundled.opened) {
        // Whoever waits is opened with the first of the family that is.
        if let Some(earlier) = last.insert(case.family, *at) {
            assert!(
                earlier.is_some_and(|earlier| Some(earlier) == *at || earlier <= case.received)
                    || at.is_none()
            );
        }
    }
    assert!(count(&bundled) > count(&plain));

    let (_, routed) = opened(WorkSavers { route_out: true, ..WorkSavers::default() });
    assert!(count(&routed) > count(&plain));
}
