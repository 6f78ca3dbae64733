//! `ppn simulate --on`: notices of one's own, or the store's work, each desk by itself.

use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Band, Desk, Notice, Rank, Span, Suggestion, Timestamp};
use ppn_triage::simulation::{
    Arrival, Backlog, Group, Level, OwnBacklog, Report, Settings, families, simulate,
};
use ppn_triage::{OrderRule, Policy, RankedItem};
use serde::Serialize;

use super::{Bar, draw, levels, means, settings, stated, waits, whole};
use crate::cli::{ListFormat, Simulate};
use crate::commands::import::outcomes;
use crate::commands::policy::ranked;
use crate::commands::{print, print_json};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::policy_file::LIVE;
use crate::progress::{self, say};
use crate::table::desk_title;
use crate::{input, policy_file, wiring};

/// Work to replay.
struct Own {
    switch_on: Timestamp,
    desks: BTreeMap<Desk, Vec<Arrival>>,
    restricted: usize,
    opened_before: usize,
}

/// What a program reads.
#[derive(Debug, Serialize)]
struct Replayed {
    switch_on: Timestamp,
    /// Left out since somebody had opened them before; of the store, among what is unfinished.
    opened_before: usize,
    /// Restricted items among them, replayed by band and receipt alone; of the store.
    restricted: usize,
    /// Left out since they came after the last day that is simulated.
    after_the_end: usize,
    desks: Vec<OfDesk>,
}

#[derive(Debug, Serialize)]
struct OfDesk {
    desk: Desk,
    items: usize,
    report: Report,
}

/// Runs the command on notices of one's own.
pub(super) async fn run(config: &Config, args: &Simulate) -> Result<Done, Failure> {
    let (own, policy, order, done) = if args.on == [Path::new(LIVE)] {
        let (own, policy, order) = live(config, args).await?;
        (own, policy, order, Done::All)
    } else {
        let policy = policy_file::read_named(config, args.under.policy.as_deref()).await?;
        let (own, done) = files(args, &policy).await?;
        let order = policy.order();
        (own, policy, order, done)
    };
    let replayed = replay(args, own, &policy, order)?;
    if let Some(path) = args.chart.as_ref().filter(|_| !replayed.desks.is_empty()) {
        let (first, group) = if replayed.desks.iter().all(|of| is_mostly_found(&of.report)) {
            ("Found high", Group::HighRisk)
        } else {
            ("Red", Group::Band(Band::Red))
        };
        let bars: Vec<Bar> = replayed
            .desks
            .iter()
            .flat_map(|of| {
                let before = format!("{}: ", desk_title(of.desk));
                of.report.rules.iter().map(move |rule| Bar::of(rule, group, &before))
            })
            .collect();
        draw(path, first, &bars)?;
    }
    match args.format {
        ListFormat::Json => print_json(&replayed)?,
        ListFormat::Table => print(|out| page(out, &replayed))?,
    }
    Ok(done)
}

/// The store's own work, under the policy and the order in force.
async fn live(config: &Config, args: &Simulate) -> Result<(Own, Policy, OrderRule), Failure> {
    for (given, name) in [
        (args.under.policy.is_some(), "--policy"),
        (!args.under.history.is_empty(), "--history"),
        (!args.outcomes.is_empty(), "--outcomes"),
        (args.reading.mapping.is_some(), "--mapping"),
        (args.reading.input.is_some(), "--input"),
    ] {
        if given {
            return Err(Failure::wrong(format!(
                "{name}: the store has its own: leave it out with --on live"
            )));
        }
    }
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let days = Span::days(i64::from(args.history_days));
    let read = service.replay(&wiring::operator("simulate"), days).await?;
    let found = ((*service.policy()).clone(), service.order());
    service.store().close().await;
    let own = Own {
        switch_on: read.switch_on,
        desks: read.desks,
        restricted: read.restricted,
        opened_before: read.opened_before,
    };
    Ok((own, found.0, found.1))
}

/// What a file says of a notice, and what was found about it.
struct Seen {
    received: Option<Timestamp>,
    version: Option<Timestamp>,
    grade: Option<Grade>,
    found: Option<(Timestamp, Option<Level>)>,
}

#[derive(Default)]
struct AllSeen(HashMap<(String, String), Seen>);

impl AllSeen {
    /// The first receipt and the latest revision stand, as in the ranking.
    fn add(&mut self, notice: &Notice) {
        let version = notice.amended_at.or(notice.submitted_at);
        let fresh =
            || Seen { received: notice.submitted_at, version, grade: notice.officer_grade, found: None };
        let seen = self.0.entry((notice.source.clone(), notice.reference.clone())).or_insert_with(fresh);
        seen.received = match (seen.received, notice.submitted_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if version > seen.version {
            (seen.version, seen.grade) = (version, notice.officer_grade);
        }
    }
}

async fn files(args: &Simulate, policy: &Policy) -> Result<(Own, Done), Failure> {
    input::check(args.on.iter().chain(&args.outcomes).chain(&args.under.history))?;
    let mut seen = AllSeen::default();
    let (items, mut done) =
        ranked(policy, &args.on, &args.under, &args.reading, |notice| seen.add(notice)).await?;
    for path in &args.outcomes {
        let name = input::name(path);
        let mut missing = false;
        let refused = outcomes::each(path, |line, found| {
            let level = Level::found(found.band, found.grade);
            if let Some(seen) = seen.0.get_mut(&(found.source, found.reference)) {
                if seen.found.is_none_or(|(at, _)| at <= found.opened_at) {
                    seen.found = Some((found.opened_at, level));
                }
            } else {
                missing = true;
                say(format_args!(
                    "{name}: line {line}: no such notice is among the files: add its file to --on"
                ));
            }
        })?;
        if refused || missing {
            done = Done::SomeRefused;
        }
    }
    let latest = seen.0.values().filter_map(|seen| seen.received).max();
    let Some(latest) = latest.or_else(|| items.is_empty().then_some(Timestamp::from_micros(0))) else {
        return Err(Failure::wrong("no notice says when it was submitted: add submitted_at"));
    };
    let switch_on = latest - Span::days(i64::from(args.history_days));
    let mut desks: BTreeMap<Desk, Vec<(RankedItem, Arrival)>> = BTreeMap::new();
    let mut opened_before = 0;
    for item in items.into_iter().filter(|item| item.desk.is_assessed()) {
        let Some(seen) = seen.0.get(&(item.source.clone(), item.reference.clone())) else { continue };
        // With all of it waiting at the beginning, a finding made since says nothing of the queue.
        let opened = seen.found.map(|(at, _)| at).filter(|_| args.history_days > 0);
        if opened.is_some_and(|at| at < switch_on) {
            opened_before += 1;
            continue;
        }
        let arrival = Arrival {
            received: seen.received.unwrap_or(latest),
            kind: item.kind,
            desk: item.desk,
            rank: Rank { band: item.band, score: item.score },
            officer_grade: seen.grade,
            level: seen.found.and_then(|(_, level)| level),
            family: None,
            share: item.suggests.contains(&Suggestion::Share),
            no_research: item.suggests.contains(&Suggestion::NoResearch),
        };
        desks.entry(item.desk).or_default().push((item, arrival));
    }
    let desks = desks.into_iter().map(|(desk, items)| (desk, with_families(items))).collect();
    Ok((Own { switch_on, desks, restricted: 0, opened_before }, done))
}

/// Households, by the bundles of the ranking. A reference that several sources use means the own source's.
fn with_families(items: Vec<(RankedItem, Arrival)>) -> Vec<Arrival> {
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, (item, _)) in items.iter().enumerate() {
        places.entry(&item.reference).or_default().push(at);
    }
    let mut pairs = Vec::new();
    for (at, (item, _)) in items.iter().enumerate() {
        for other in item.bundle.iter().filter_map(|reference| places.get(reference.as_str())) {
            let own = other.iter().copied().find(|&other| items[other].0.source == item.source);
            let only = (other.len() == 1).then(|| other[0]);
            pairs.extend(only.or(own).map(|other| (at, other)));
        }
    }
    let families = families(items.len(), pairs);
    items.into_iter().zip(families).map(|((_, arrival), family)| Arrival { family, ..arrival }).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts and days")]
fn replay(args: &Simulate, own: Own, policy: &Policy, order: OrderRule) -> Result<Replayed, Failure> {
    let Own { switch_on, desks, restricted, opened_before } = own;
    let base = settings(args, order)?;
    let end = switch_on + Span::days(i64::from(base.days));
    let all: usize = desks.values().map(Vec::len).sum();
    let after_the_end = desks.values().flatten().filter(|arrival| arrival.received >= end).count();
    let runs = u64::from(base.seeds) * desks.len() as u64;
    let bar = progress::notices("Seeds", runs);
    let mut reports = Vec::new();
    for (at, (desk, arrivals)) in (0_u64..).zip(desks) {
        let items = arrivals.len();
        let per_day = match args.notices_per_day {
            Some(of_all) => (of_all * items as f64 / all as f64).max(0.1),
            None => received_per_day(&arrivals, switch_on, args.history_days),
        };
        let settings = Settings { notices_per_day: per_day, ..base.clone() };
        let invent = args.notices_per_day.is_some();
        let backlog = Backlog::Own(OwnBacklog { switch_on, arrivals, invent });
        let before = at * u64::from(base.seeds);
        let report = simulate(&settings, policy, &backlog, &mut |seed| {
            bar.set_position(before + u64::from(seed));
        })
        .map_err(|e| Failure::wrong(e.to_string()))?;
        reports.push(OfDesk { desk, items, report });
    }
    bar.finish_and_clear();
    Ok(Replayed { switch_on, opened_before, restricted, after_the_end, desks: reports })
}

/// How many a day a desk received: since the beginning where the replay goes back, else over all receipts.
#[expect(clippy::cast_precision_loss, reason = "counts and days")]
fn received_per_day(arrivals: &[Arrival], switch_on: Timestamp, history_days: u32) -> f64 {
    let since = arrivals.iter().filter(|arrival| arrival.received >= switch_on).count();
    if history_days > 0 && since > 0 {
        return (since as f64 / f64::from(history_days)).clamp(0.1, 5000.0);
    }
    let received = || arrivals.iter().map(|arrival| arrival.received);
    let (Some(first), Some(last)) = (received().min(), received().max()) else { return 0.1 };
    let days = (last - first).as_seconds() as f64 / 86_400.0;
    (arrivals.len() as f64 / days.max(1.0)).clamp(0.1, 5000.0)
}

/// Whether the level that people found is known for at least half.
fn is_mostly_found(report: &Report) -> bool {
    report.setting.of_known_level * 2.0 >= report.setting.counted
}

fn page(out: &mut dyn Write, of: &Replayed) -> std::io::Result<()> {
    if of.desks.is_empty() {
        return writeln!(out, "Nothing to replay.");
    }
    let items: usize = of.desks.iter().map(|of| of.items).sum();
    writeln!(
        out,
        "{items} items from {} on, each desk by itself.\n\
         A model of the queue, not of harm. Means over the seeds; ± is half of a 95 % interval.",
        of.switch_on.london_text()
    )?;
    for (count, what) in [
        (of.restricted, "of them are restricted: replayed by band and receipt alone"),
        (of.opened_before, "more are left out: somebody had opened them before"),
        (of.after_the_end, "of them came after the last day and are left out: see --days"),
    ] {
        if count > 0 {
            writeln!(out, "{count} {what}.")?;
        }
    }
    of.desks.iter().try_for_each(|of| desk(out, of))
}

fn desk(out: &mut dyn Write, of: &OfDesk) -> std::io::Result<()> {
    let (report, set) = (&of.report, &of.report.setting);
    let found = is_mostly_found(report);
    writeln!(
        out,
        "\n{}: {} items\n{} days, {} seeds, {:.1} notices a day, {} people by day, research {:.1} minutes, load {:.2}.",
        desk_title(of.desk),
        of.items,
        set.days,
        set.seeds,
        set.notices_per_day,
        set.people_by_day,
        set.research_minutes,
        set.rho
    )?;
    let rest = if found {
        "Hindsight takes the band of the others."
    } else {
        "Waits stand by band and by\nofficer's grade instead; hindsight takes the band of the others."
    };
    writeln!(
        out,
        "The tables by found level, later, lift and risk-hours rest on {:.0} of {:.0} notices. {rest}",
        set.of_known_level, set.counted
    )?;
    let (title, first) =
        if found { ("Found high", Group::HighRisk) } else { ("Red", Group::Band(Band::Red)) };
    writeln!(out, "\n{title}: hours until opened\n{}", waits(report, first))?;
    writeln!(out, "\nThe whole list\n{}", whole(report))?;
    if found {
        let columns: Vec<_> = levels().collect();
        writeln!(out, "\nMean hours until opened, by found level\n{}", means(report, &columns))?;
    }
    let bands =
        ["Red", "Amber", "Green", "Blue"].into_iter().zip(Band::ALL.iter().rev().copied().map(Group::Band));
    let grades = [
        ("Graded high", Some(Grade::High)),
        ("Medium", Some(Grade::Medium)),
        ("Standard", Some(Grade::Standard)),
        ("No grade", None),
    ];
    let columns: Vec<_> =
        bands.chain(grades.map(|(name, grade)| (name, Group::OfficerGrade(grade)))).collect();
    writeln!(out, "\nMean hours until opened, by band and by officer's grade\n{}", means(report, &columns))?;
    stated(out, report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::notice::codes::NoticeKind;
    use ppn_triage::DEFAULT_POLICY;

    fn replayed(found: usize) -> Replayed {
        let switch_on = ppn_triage::simulation::SWITCH_ON;
        let arrivals = (0..40)
            .map(|n| Arrival {
                received: switch_on - Span::hours(40 - i64::try_from(n).unwrap()),
                kind: NoticeKind::Child,
                desk: Desk::Child,
                rank: Rank { band: if n % 10 == 0 { Band::Red } else { Band::Green }, score: 1 },
                officer_grade: None,
                level: (n < found).then_some(if n % 10 == 0 { Level::High } else { Level::None }),
                family: None,
                share: false,
                no_research: false,
            })
            .collect();
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let settings = Settings { seeds: 2, days: 2, ..Settings::default() };
        let backlog = Backlog::Own(OwnBacklog { switch_on, arrivals, invent: false });
        let report = simulate(&settings, &policy, &backlog, &mut |_| {}).unwrap();
        let desks = vec![OfDesk { desk: Desk::Child, items: 40, report }];
        Replayed { switch_on, opened_before: 2, restricted: 3, after_the_end: 0, desks }
    }

    fn text(of: &Replayed) -> String {
        let mut text = Vec::new();
        page(&mut text, of).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn a_page_says_on_how_many_notices_its_tables_rest() {
        let most = text(&replayed(30));
        assert!(most.contains("rest on 30 of 40 notices") && most.contains("by found level"), "{most}");
        assert!(most.contains("\nFound high: hours until opened\n"));
        let few = text(&replayed(10));
        assert!(few.contains("rest on 10 of 40 notices") && few.contains("instead"), "{few}");
        assert!(few.contains("\nRed: hours until opened\n") && !few.contains("opened, by found level"));
        for page in [&most, &few] {
            assert!(page.contains("3 of them are restricted") && page.contains("2 more are left out"));
            assert!(page.contains("by band and by officer's grade") && !page.contains("after the last day"));
            assert!(page.lines().all(|line| line.chars().count() <= 130), "{page}");
        }
    }

    #[test]
    fn a_desk_gets_what_it_received_a_day() {
        let switch_on = Timestamp::from_micros(0);
        let at = |days: i64| Arrival {
            received: switch_on + Span::days(days),
            kind: NoticeKind::Adult,
            desk: Desk::Adult,
            rank: Rank { band: Band::Blue, score: 0 },
            officer_grade: None,
            level: None,
            family: None,
            share: false,
            no_research: false,
        };
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
        let all: Vec<Arrival> = (-4..6).map(at).collect();
        near(received_per_day(&all, switch_on, 3), 2.0);
        near(received_per_day(&all[..4], switch_on, 0), 4.0 / 3.0);
        // All at one moment count as one day, and where nothing came since the beginning the whole counts.
        near(received_per_day(&[at(-1), at(-1)], switch_on, 0), 2.0);
        near(received_per_day(&all[..4], switch_on, 3), 4.0 / 3.0);
    }
}
