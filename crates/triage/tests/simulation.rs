//! The simulation as its callers see it.

use ppn_domain::notice::codes::{Grade, NoticeKind};
use ppn_domain::{Band, Desk, Rank, Span};
use ppn_triage::simulation::{
    Arrival, Backlog, Group, Level, OwnBacklog, Report, Rule, SWITCH_ON, Settings, SettingsError, WorkSavers,
    families, simulate,
};
use ppn_triage::{DEFAULT_POLICY, Policy};

const ALL: WorkSavers = WorkSavers { route_out: true, share_at_once: true, bundle: true };

fn report(settings: &Settings, backlog: &Backlog) -> Report {
    let policy = Policy::from_toml(DEFAULT_POLICY).expect("the built-in policy");
    simulate(settings, &policy, backlog, &mut |_| {}).expect("settings within their ranges")
}

fn short() -> Settings {
    Settings { seeds: 2, days: 3, ..Settings::default() }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let bytes = |first_seed| {
        serde_json::to_string(&report(&Settings { first_seed, ..short() }, &Backlog::Report)).unwrap()
    };
    assert_eq!(bytes(1), bytes(1));
    assert_ne!(bytes(1), bytes(2));
}

#[test]
fn high_risk_waits_a_part_of_its_wait_in_date_order_and_nobody_longer_than_is_stated() {
    for (auc, savers, at_most) in [
        (0.7, WorkSavers::default(), 0.47),
        (0.8, WorkSavers::default(), 0.32),
        (0.7, ALL, 0.16),
        (0.8, ALL, 0.11),
    ] {
        let settings = Settings { auc, savers, ..Settings::default() };
        let report = report(&settings, &Backlog::Report);
        let live = report.rule(Rule::Live).unwrap();
        let part = live.group(Group::HighRisk).unwrap().of_date_order.unwrap().mean;
        assert!(part <= at_most, "{auc} {savers:?}: {part}");
        assert_eq!(live.seeds_inside_stated, settings.seeds, "{auc} {savers:?}");
    }
}

#[test]
fn links_adults_and_the_reserve_can_be_switched() {
    let settings = Settings { seeds: 4, ..Settings::default() };
    let of = |settings: Settings, rule, group| {
        report(&settings, &Backlog::Report).rule(rule).unwrap().group(group).unwrap().waits.mean.mean
    };
    let plain = of(settings.clone(), Rule::Strict, Group::HighRisk);
    assert!(
        of(Settings { linking: false, ..settings.clone() }, Rule::Strict, Group::HighRisk) > plain * 1.05
    );
    let adults = Group::HighRiskOf(NoticeKind::Adult);
    let low = Settings { adults_low_by: 0.5, ..settings.clone() };
    assert!(of(low, Rule::Strict, adults) > of(settings.clone(), Rule::Strict, adults) * 1.2);
    let mut none = settings.clone();
    none.order.reserve_every = 0;
    none.order.audit_every = None;
    assert!((of(none, Rule::Live, Group::HighRisk) - plain).abs() < 1e-9);
    assert!(of(settings, Rule::Live, Group::HighRisk) > plain);
}

#[test]
fn a_backlog_of_ones_own_is_replayed_and_its_waits_alone_are_counted() {
    let waiting: Vec<Arrival> = (0..60)
        .map(|n| Arrival {
            received: SWITCH_ON - Span::hours(60 - n),
            kind: NoticeKind::Child,
            desk: Desk::Child,
            rank: Rank { band: if n % 10 == 0 { Band::Red } else { Band::Green }, score: 50 },
            officer_grade: Some(Grade::Standard),
            level: (n % 2 == 0).then_some(if n % 10 == 0 { Level::Critical } else { Level::Standard }),
            family: None,
            share: false,
            no_research: false,
        })
        .collect();
    let own = Backlog::Own(OwnBacklog { switch_on: SWITCH_ON, arrivals: waiting, invent: true });
    let report = report(&short(), &own);
    let live = report.rule(Rule::Live).unwrap();
    let count = |group| live.group(group).map(|of| of.waits.notices.mean);
    assert_eq!(count(Group::All), Some(60.0));
    assert_eq!(count(Group::HighRisk), Some(6.0));
    assert_eq!(count(Group::Kind(NoticeKind::Adult)), None);
    let mean = |rule| report.rule(rule).unwrap().group(Group::HighRisk).unwrap().waits.mean.mean;
    assert!(mean(Rule::Live) < mean(Rule::DateOrder));
}

fn arrival(hours: i64, band: Band, level: Option<Level>) -> Arrival {
    Arrival {
        received: SWITCH_ON + Span::hours(hours),
        kind: NoticeKind::Adult,
        desk: Desk::Adult,
        rank: Rank { band, score: 0 },
        officer_grade: None,
        level,
        family: None,
        share: false,
        no_research: false,
    }
}

fn own(arrivals: Vec<Arrival>) -> Backlog {
    Backlog::Own(OwnBacklog { switch_on: SWITCH_ON, arrivals, invent: false })
}

#[test]
fn ones_own_notices_arrive_when_they_came_are_counted_and_nothing_is_made_up() {
    // One every two hours from a day before switch-on to past the end; one person has time for all.
    let arrivals: Vec<Arrival> = (-12..60).map(|n| arrival(2 * n, Band::Green, None)).collect();
    let settings = Settings { load: ppn_triage::simulation::Load::Staff(1), ..short() };
    let report = report(&settings, &own(arrivals));
    assert!((report.setting.counted - 48.0).abs() < 1e-9, "12 waited, 36 came in three days");
    assert!((report.setting.notices - report.setting.counted).abs() < 1e-9);
    assert!(report.setting.of_known_level.abs() < 1e-9);
    for rule in &report.rules {
        let all = rule.group(Group::All).unwrap();
        // Whoever comes while nobody waits is opened at once: counted from switch-on, nobody would be.
        assert!(all.waits.p50.mean < 1.0, "{:?}", all.waits);
        assert!(rule.group(Group::HighRisk).is_none() && rule.group(Group::OfficerGrade(None)).is_some());
        assert_eq!(rule.group(Group::Band(Band::Green)).map(|of| of.waits), Some(all.waits));
    }
}

#[test]
fn hindsight_goes_by_what_was_found_and_else_by_the_band() {
    let level = |n: i64| match n % 4 {
        0 => (Band::Blue, Some(Level::High)),
        1 => (Band::Red, None),
        2 => (Band::Red, Some(Level::None)),
        _ => (Band::Green, None),
    };
    let arrivals = (0..80).map(|n| (level(n), n)).map(|((band, level), n)| arrival(n - 80, band, level));
    let report = report(&short(), &own(arrivals.collect()));
    let last = |rule, group| report.rule(rule).unwrap().group(group).unwrap().waits.longest.mean;
    let found_high = last(Rule::Hindsight, Group::HighRisk);
    let found_none = last(Rule::Hindsight, Group::Level(Level::None));
    assert!(found_high < last(Rule::Strict, Group::HighRisk), "blue, and found high");
    assert!(found_none > last(Rule::Strict, Group::Level(Level::None)), "red, and found nothing");
    assert!(last(Rule::Hindsight, Group::Band(Band::Green)) < found_none);
    assert!((report.setting.of_known_level - 40.0).abs() < 1e-9);
}

#[test]
fn found_bands_and_grades_make_levels() {
    for (band, grade, level) in [
        (Some(Band::Red), None, Some(Level::High)),
        (Some(Band::Amber), None, Some(Level::Medium)),
        (Some(Band::Green), None, Some(Level::Standard)),
        (Some(Band::Blue), None, Some(Level::None)),
        (Some(Band::Blue), Some(Grade::Standard), Some(Level::Standard)),
        (Some(Band::Green), Some(Grade::High), Some(Level::High)),
        (None, Some(Grade::Medium), Some(Level::Medium)),
        (None, None, None),
    ] {
        assert_eq!(Level::found(band, grade), level, "{band:?} {grade:?}");
    }
}

#[test]
fn pairs_make_families_however_they_are_chained() {
    assert_eq!(families(5, [(3, 1), (4, 3), (2, 2)]), [None, Some(1), None, Some(1), Some(1)]);
    assert_eq!(families(2, [(0, 7)]), [None, None]);
    let chain = families(1000, (1..1000).rev().map(|n| (n, n - 1)));
    assert!(chain.iter().all(|family| *family == Some(0)));
}

#[test]
fn settings_out_of_range_are_refused() {
    let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
    let refused = |settings| simulate(&settings, &policy, &Backlog::Report, &mut |_| {}).unwrap_err();
    assert!(matches!(
        refused(Settings { auc: f64::NAN, ..short() }),
        SettingsError::OutOfRange { what: "AUC", .. }
    ));
    assert!(matches!(refused(Settings { days: 0, ..short() }), SettingsError::OutOfRange { .. }));
    assert!(matches!(refused(Settings { kinds: [0; 3], ..short() }), SettingsError::OutOfRange { .. }));
    assert!(matches!(
        refused(Settings { shifts: [100, 201, 0, 0], ..short() }),
        SettingsError::OutOfRange { .. }
    ));
    assert!(matches!(refused(Settings { open_share: 0.5, ..short() }), SettingsError::OutOfRange { .. }));
    assert_eq!(refused(Settings { shifts: [0; 4], ..short() }), SettingsError::NoStaff);
    assert_eq!(refused(Settings { band_shares: [0.5, 0.4, 0.3], ..short() }), SettingsError::BandShares);
}
