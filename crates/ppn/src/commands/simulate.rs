//! `ppn simulate`: five orders of work side by side on a simulated backlog.

use std::io::Write;

use charts_rs::{HorizontalBarChart, Series};
use ppn_domain::notice::codes::NoticeKind;
use ppn_triage::simulation::{
    Backlog, Estimate, Group, Level, Load, Report, Rule, RuleReport, Settings, WorkSavers, simulate,
};
use ppn_triage::{OrderRule, Policy};

use super::{print, print_json};
use crate::cli::{ListFormat, Simulate, WorkSaver};
use crate::failure::{Done, Failure};
use crate::table::table;
use crate::{policy_file, progress};

/// Runs the command.
pub fn run(args: &Simulate) -> Result<Done, Failure> {
    let policy = policy_file::read(args.policy.as_deref())?;
    let settings = settings(args, &policy)?;
    let bar = progress::notices("Seeds", u64::from(settings.seeds));
    let report =
        simulate(&settings, &policy, &Backlog::Report, &mut |done| bar.set_position(u64::from(done)))
            .map_err(|e| Failure::wrong(e.to_string()))?;
    bar.finish_and_clear();
    if let Some(path) = &args.chart {
        let svg = chart(&report)?;
        std::fs::write(path, svg).map_err(|e| Failure::file(path.display(), &e))?;
    }
    match args.format {
        ListFormat::Json => print_json(&report)?,
        ListFormat::Table => print(|out| page(out, &report))?,
    }
    Ok(Done::All)
}

fn settings(args: &Simulate, policy: &Policy) -> Result<Settings, Failure> {
    let [red, amber, green] = args.bands[..] else {
        return Err(Failure::wrong("--bands: give three percentages, as 3,9,33"));
    };
    let usual = policy.order();
    let saves = |what| args.work_savers.contains(&what);
    Ok(Settings {
        days: args.days,
        seeds: args.seeds,
        first_seed: args.first_seed,
        notices_per_day: args.notices_per_day,
        load: args.staff.map_or(Load::Rho(args.rho), Load::Staff),
        surge: args.surge,
        shifts: [100, 60, if args.no_night_cover { 0 } else { 10 }, 50],
        research_minutes: args.research_minutes,
        research_cv: args.research_spread,
        high_risk_share: args.high_risk / 100.0,
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
        ..Settings::default()
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
    writeln!(out, "\nTruly high or critical: hours until opened\n{}", high_risk(report))?;
    writeln!(out, "\nThe whole list\n{}", whole(report))?;
    writeln!(
        out,
        "\nMean hours until opened, by level and, for high or critical, by kind\n{}",
        by_group(report)
    )?;
    if let Some(live) = report.rule(Rule::Live) {
        let stated = or_dash(live.stated_at_switch_on, days);
        let most = or_dash(live.stated_at_most, days);
        writeln!(
            out,
            "\nBy rank (live): worst wait stated at switch-on {stated} days, at most {most}; nobody waited longer in {} of {} seeds.",
            live.seeds_inside_stated, set.seeds
        )?;
    }
    Ok(())
}

fn high_risk(report: &Report) -> comfy_table::Table {
    let mut table = table(&[
        "Order",
        "Mean",
        "Of oldest first",
        "Median",
        "95 %",
        "99 %",
        "Longest",
        "In 4 h",
        "In 24 h",
        "Later",
        "by h",
    ]);
    for rule in &report.rules {
        let Some(group) = rule.group(Group::HighRisk) else { continue };
        let waits = &group.waits;
        table.add_row([
            rule_name(rule.rule).to_owned(),
            plus_minus(waits.mean),
            or_dash(group.of_date_order, |part| format!("{part:.3}")),
            format!("{:.0}", waits.p50.mean),
            format!("{:.0}", waits.p95.mean),
            format!("{:.0}", waits.p99.mean),
            format!("{:.0}", waits.longest.mean),
            percent(waits.within_4h.mean),
            percent(waits.within_24h.mean),
            or_dash(rule.later_than_date_order, percent),
            or_dash(rule.later_by_hours, |by| format!("{by:.0}")),
        ]);
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

fn by_group(report: &Report) -> comfy_table::Table {
    let mut table = table(&[
        "Order",
        "Critical",
        "High",
        "Medium",
        "Standard",
        "None",
        "Child",
        "Adult",
        "Domestic abuse",
    ]);
    for rule in &report.rules {
        let levels = Level::ALL.into_iter().rev().map(Group::Level);
        let kinds = NoticeKind::ALL.iter().copied().map(Group::HighRiskOf);
        let cells = levels.chain(kinds).map(|group| mean_of(rule, group));
        table.add_row(std::iter::once(rule_name(rule.rule).to_owned()).chain(cells));
    }
    table
}

#[expect(clippy::cast_possible_truncation, reason = "hours, drawn to the pixel")]
fn chart(report: &Report) -> Result<String, Failure> {
    let of = |group| {
        report
            .rules
            .iter()
            .map(|rule| rule.group(group).map_or(0.0, |of| of.waits.mean.mean.round() as f32))
            .collect()
    };
    let names = report.rules.iter().map(|rule| rule_name(rule.rule).to_owned()).collect();
    let series = [("High or critical", Group::HighRisk), ("Everyone", Group::All)];
    let mut chart = HorizontalBarChart::new(
        series
            .into_iter()
            .map(|(name, group)| {
                let mut series = Series::new(name.to_owned(), of(group));
                series.label_show = true;
                series
            })
            .collect(),
        names,
    );
    chart.width = 760.0;
    chart.height = 420.0;
    "Mean hours until opened".clone_into(&mut chart.title.text);
    let words: Vec<String> = report
        .rules
        .iter()
        .map(|rule| {
            format!(
                "{}: {} for high or critical, {} for everyone",
                rule_name(rule.rule),
                mean_of(rule, Group::HighRisk),
                mean_of(rule, Group::All)
            )
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
    use ppn_triage::DEFAULT_POLICY;

    #[test]
    fn the_page_names_every_order_and_the_chart_speaks_to_those_who_cannot_see_it() {
        let settings = Settings { seeds: 2, days: 2, ..Settings::default() };
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let report = simulate(&settings, &policy, &Backlog::Report, &mut |_| {}).unwrap();
        let mut text = Vec::new();
        page(&mut text, &report).unwrap();
        let text = String::from_utf8(text).unwrap();
        let svg = chart(&report).unwrap();
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
