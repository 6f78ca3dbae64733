//! `ppn simulate`: five orders of work side by side, on a simulated backlog or on one's own.

mod own;

use std::io::Write;
use std::path::Path;

use charts_rs::{HorizontalBarChart, Series};
use ppn_domain::notice::codes::NoticeKind;
use ppn_triage::OrderRule;
use ppn_triage::simulation::{
    Backlog, Estimate, Group, Level, Load, Report, Rule, RuleReport, Settings, WorkSavers, simulate,
};

use super::{print, print_json};
use crate::cli::{ListFormat, Simulate, WorkSaver};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::table::table;
use crate::{policy_file, progress};

/// Runs the command.
pub async fn run(config: &Config, args: &Simulate) -> Result<Done, Failure> {
    if !args.on.is_empty() {
        return own::run(config, args).await;
    }
    if !args.under.history.is_empty() {
        return Err(Failure::wrong("--history: name the notices to replay with --on"));
    }
    let policy = policy_file::read_named(config, args.under.policy.as_deref()).await?;
    let settings = settings(args, policy.order())?;
    let bar = progress::notices("Seeds", u64::from(settings.seeds));
    let report =
        simulate(&settings, &policy, &Backlog::Report, &mut |done| bar.set_position(u64::from(done)))
            .map_err(|e| Failure::wrong(e.to_string()))?;
    bar.finish_and_clear();
    if let Some(path) = &args.chart {
        let bars: Vec<Bar> = report.rules.iter().map(|rule| Bar::of(rule, Group::HighRisk, "")).collect();
        draw(path, "High or critical", &bars)?;
    }
    match args.format {
        ListFormat::Json => print_json(&report)?,
        ListFormat::Table => print(|out| page(out, &report))?,
    }
    Ok(Done::All)
}

fn settings(args: &Simulate, usual: OrderRule) -> Result<Settings, Failure> {
    let [red, amber, green] = args.bands[..] else {
        return Err(Failure::wrong("--bands: give three percentages, as 3,9,33"));
    };
    let kinds = <[usize; 3]>::try_from(&args.kinds[..])
        .map_err(|_| Failure::wrong("--kinds: give three numbers, as 342,277,443"))?;
    let mut shifts = <[u32; 4]>::try_from(&args.shifts[..])
        .map_err(|_| Failure::wrong("--shifts: give four percentages, as 100,60,10,50"))?;
    if args.no_night_cover {
        shifts[2] = 0;
    }
    let default = Settings::default();
    let saves = |what| args.work_savers.contains(&what);
    Ok(Settings {
        days: args.days,
        seeds: args.seeds,
        first_seed: args.first_seed,
        notices_per_day: args.notices_per_day.unwrap_or(default.notices_per_day),
        kinds,
        load: args.staff.map_or(Load::Rho(args.rho), Load::Staff),
        surge: args.surge,
        shifts,
        research_minutes: args.research_minutes,
        research_cv: args.research_spread,
        high_risk_share: args.high_risk / 100.0,
        open_share: args.open_to_social_worker / 100.0,
        no_research_share: args.no_research / 100.0,
        auc: args.auc,
        adults_low_by: args.adults_low_by,
        band_shares: [red / 100.0, amber / 100.0, green / 100.0],
        linking: !args.no_linking,
        order: OrderRule {
            by_risk: true,
            reserve_every: args.reserve_every.unwrap_or(usual.reserve_every),
            audit_every: args.audit_every.map_or(usual.audit_every, |n| (n > 0).then_some(n)),
        },
        savers: WorkSavers {
            route_out: saves(WorkSaver::RouteOut),
            share_at_once: saves(WorkSaver::ShareAtOnce),
            bundle: saves(WorkSaver::Bundle),
        },
        ..default
    })
}

const fn rule_name(rule: Rule) -> &'static str {
    match rule {
        Rule::DateOrder => "Oldest first",
        Rule::OfficerGrade => "Officer's grade",
        Rule::Strict => "By rank, no reserve",
        Rule::Live => "By rank (live)",
        Rule::Hindsight => "Hindsight",
    }
}

fn plus_minus(of: Estimate) -> String {
    format!("{:.1} ± {:.1}", of.mean, of.high - of.mean)
}

fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

fn days(hours: f64) -> String {
    format!("{:.1}", hours / 24.0)
}

fn or_dash(of: Option<Estimate>, show: impl Fn(f64) -> String) -> String {
    of.map_or_else(|| "-".to_owned(), |of| show(of.mean))
}

fn page(out: &mut dyn Write, report: &Report) -> std::io::Result<()> {
    let set = &report.setting;
    writeln!(
        out,
        "{} days, {} seeds, {} notices a day, {} people by day, research {:.1} minutes, load {:.2}, AUC {}.\n\
         A model of the queue, not of harm. Means over the seeds; ± is half of a 95 % interval.",
        set.days, set.seeds, set.notices_per_day, set.people_by_day, set.research_minutes, set.rho, set.auc
    )?;
    writeln!(out, "\nTruly high or critical: hours until opened\n{}", waits(report, Group::HighRisk))?;
    writeln!(out, "\nThe whole list\n{}", whole(report))?;
    let kinds = NoticeKind::ALL.iter().copied().zip(["Child", "Adult", "Domestic abuse"]);
    let columns: Vec<_> = levels().chain(kinds.map(|(kind, name)| (name, Group::HighRiskOf(kind)))).collect();
    writeln!(
        out,
        "\nMean hours until opened, by level and, for high or critical, by kind\n{}",
        means(report, &columns)
    )?;
    stated(out, report)
}

fn levels() -> impl Iterator<Item = (&'static str, Group)> {
    let names = ["Critical", "High", "Medium", "Standard", "None"];
    names.into_iter().zip(Level::ALL.into_iter().rev().map(Group::Level))
}

/// What was promised at the beginning, and whether it held.
fn stated(out: &mut dyn Write, report: &Report) -> std::io::Result<()> {
    if let Some(live) = report.rule(Rule::Live) {
        let at_first = or_dash(live.stated_at_switch_on, days);
        let most = or_dash(live.stated_at_most, days);
        writeln!(
            out,
            "\nBy rank (live): worst wait stated at switch-on {at_first} days, at most {most}; nobody waited longer in {} of {} seeds.",
            live.seeds_inside_stated, report.setting.seeds
        )?;
    }
    Ok(())
}

fn waits(report: &Report, of: Group) -> comfy_table::Table {
    let mut header =
        vec!["Order", "Mean", "Of oldest first", "Median", "95 %", "99 %", "Longest", "In 4 h", "In 24 h"];
    let is_high_risk = of == Group::HighRisk;
    if is_high_risk {
        header.extend(["Later", "by h"]);
    }
    let mut table = table(&header);
    for rule in &report.rules {
        let Some(group) = rule.group(of) else { continue };
        let waits = &group.waits;
        let mut row = vec![
            rule_name(rule.rule).to_owned(),
            plus_minus(waits.mean),
            or_dash(group.of_date_order, |part| format!("{part:.3}")),
            format!("{:.0}", waits.p50.mean),
            format!("{:.0}", waits.p95.mean),
            format!("{:.0}", waits.p99.mean),
            format!("{:.0}", waits.longest.mean),
            percent(waits.within_4h.mean),
            percent(waits.within_24h.mean),
        ];
        if is_high_risk {
            row.push(or_dash(rule.later_than_date_order, percent));
            row.push(or_dash(rule.later_by_hours, |by| format!("{by:.0}")));
        }
        table.add_row(row);
    }
    table
}

fn whole(report: &Report) -> comfy_table::Table {
    let mut table = table(&[
        "Order",
        "Mean h",
        "Longest, days",
        "Overdue: start",
        "end",
        "Risk-hours of oldest first",
        "Lift 10 %",
        "20 %",
        "30 %",
    ]);
    for rule in &report.rules {
        let lift = |place: usize| {
            rule.lift.get(place).map_or_else(String::new, |l| or_dash(l.times, |t| format!("{t:.1}")))
        };
        table.add_row([
            rule_name(rule.rule).to_owned(),
            mean_of(rule, Group::All),
            days(rule.longest_since_receipt.mean),
            format!("{:.0}", rule.overdue_at_switch_on.mean),
            format!("{:.0}", rule.overdue_at_end.mean),
            or_dash(rule.risk_hours_of_date_order, percent),
            lift(0),
            lift(1),
            lift(2),
        ]);
    }
    table
}

fn mean_of(rule: &RuleReport, group: Group) -> String {
    or_dash(rule.group(group).map(|of| of.waits.mean), |mean| format!("{mean:.0}"))
}

fn means(report: &Report, columns: &[(&'static str, Group)]) -> comfy_table::Table {
    let mut header = vec!["Order"];
    header.extend(columns.iter().map(|(name, _)| *name));
    let mut table = table(&header);
    for rule in &report.rules {
        let cells = columns.iter().map(|(_, group)| mean_of(rule, *group));
        table.add_row(std::iter::once(rule_name(rule.rule).to_owned()).chain(cells));
    }
    table
}

/// Mean hours under one order: of those who should be first, and of everyone.
struct Bar {
    name: String,
    first: Option<f64>,
    everyone: Option<f64>,
}

impl Bar {
    fn of(rule: &RuleReport, first: Group, before: &str) -> Self {
        let mean = |group| rule.group(group).map(|of| of.waits.mean.mean);
        Self {
            name: format!("{before}{}", rule_name(rule.rule)),
            first: mean(first),
            everyone: mean(Group::All),
        }
    }
}

fn draw(path: &Path, first: &str, bars: &[Bar]) -> Result<(), Failure> {
    std::fs::write(path, chart(first, bars)?).map_err(|e| Failure::file(path.display(), &e))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "hours and bars, drawn to the pixel"
)]
fn chart(first: &str, bars: &[Bar]) -> Result<String, Failure> {
    let series = |name: &str, of: fn(&Bar) -> Option<f64>| {
        let hours = bars.iter().map(|bar| of(bar).map_or(0.0, |hours| hours.round() as f32)).collect();
        let mut series = Series::new(name.to_owned(), hours);
        series.label_show = true;
        series
    };
    let names = bars.iter().map(|bar| bar.name.clone()).collect();
    let both = vec![series(first, |bar| bar.first), series("Everyone", |bar| bar.everyone)];
    let mut chart = HorizontalBarChart::new(both, names);
    chart.width = 760.0;
    chart.height = 420.0_f32.max(64.0 * bars.len() as f32 + 100.0);
    "Mean hours until opened".clone_into(&mut chart.title.text);
    let hours = |of: Option<f64>| of.map_or_else(|| "-".to_owned(), |hours| format!("{hours:.0}"));
    let words: Vec<String> = bars
        .iter()
        .map(|bar| {
            let (of_first, everyone) = (hours(bar.first), hours(bar.everyone));
            format!("{}: {of_first} for {}, {everyone} for everyone", bar.name, first.to_lowercase())
        })
        .collect();
    // The library draws, and says nothing to those who cannot see it.
    let described = format!(
        "<svg role=\"img\" aria-label=\"Mean hours until opened, by order of work\"><title>Mean hours until opened, by order of work</title><desc>{}.</desc>",
        words.join("; ").replace('&', "&amp;").replace('<', "&lt;")
    );
    let svg = chart.svg().map_err(|e| Failure::wrong(format!("the chart: {e}")))?;
    let Some((head, rest)) = svg.split_once('>') else { return Ok(svg) };
    let (opening, inside) = described.split_once('>').unwrap_or_default();
    Ok(format!("{head}{}>{inside}{rest}", opening.trim_start_matches("<svg")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_triage::{DEFAULT_POLICY, Policy};

    #[test]
    fn the_page_names_every_order_and_the_chart_speaks_to_those_who_cannot_see_it() {
        let settings = Settings { seeds: 2, days: 2, ..Settings::default() };
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let report = simulate(&settings, &policy, &Backlog::Report, &mut |_| {}).unwrap();
        let mut text = Vec::new();
        page(&mut text, &report).unwrap();
        let text = String::from_utf8(text).unwrap();
        let bars: Vec<Bar> = report.rules.iter().map(|rule| Bar::of(rule, Group::HighRisk, "")).collect();
        let svg = chart("High or critical", &bars).unwrap();
        for rule in Rule::ALL {
            assert!(text.matches(rule_name(rule)).count() >= 3, "{text}");
            assert!(svg.contains(rule_name(rule)));
        }
        assert!(text.contains("not of harm"));
        assert!(text.lines().all(|line| line.chars().count() <= 130), "{text}");
        assert_eq!(svg.matches("<svg").count(), 1);
        assert!(
            svg.contains("role=\"img\"")
                && svg.contains("aria-label=")
                && svg.contains("<desc>Oldest first: ")
        );
        assert!(!svg.contains("style="));
    }
}
