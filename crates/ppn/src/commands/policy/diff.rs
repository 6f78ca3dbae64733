//! `ppn policy diff`: what another policy would change for the same notices.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;

use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, PolicyRef};
use ppn_triage::compare::{Change, DeskSummary, ReasonChange, Standing, Turn, Weight};
use ppn_triage::{Comparison, Policy, Ranking, compare};
use serde::Serialize;

use super::stored;
use crate::cli::{Diff, ListFormat};
use crate::commands::{print, print_json};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::policy_file::LIVE;
use crate::table::{at_least, desk_title, harmless, table};
use crate::{input, policy_file, wiring};

/// What a program reads.
#[derive(Serialize)]
struct Report<'c> {
    old: &'c PolicyRef,
    new: &'c PolicyRef,
    lowerings: usize,
    #[serde(flatten)]
    comparison: &'c Comparison,
}

/// Runs the command.
pub async fn run(config: &Config, args: &Diff) -> Result<Done, Failure> {
    if args.on == [Path::new(LIVE)] {
        if !args.history.is_empty() {
            return Err(Failure::wrong("--history: the store has its own: leave it out with --on live"));
        }
        return on_live(config, args).await;
    }
    input::check(args.on.iter().chain(&args.history))?;
    let old = policy_file::read_named(config, Some(&args.old)).await?;
    let new = policy_file::read_named(config, Some(&args.new)).await?;
    let mapping = input::mapping(&args.reading)?;
    // Both at once: standard input can be read but once.
    let (mut before, mut after) =
        (Ranking::new(&old, ppn_ingestion::profiles), Ranking::new(&new, ppn_ingestion::profiles));
    let history = input::each(&args.history, &args.reading, mapping.as_ref(), |notice| {
        before.add_history(&notice);
        after.add_history(&notice);
    });
    let history = history.await?;
    let files = input::each(&args.on, &args.reading, mapping.as_ref(), |notice| {
        before.add(&notice);
        after.add(&notice);
    });
    let done = history.and(files.await?);
    let comparison = compare(&before.finish(), &after.finish());
    show(args, &old, &new, &comparison)?;
    Ok(done)
}

/// The unfinished work of the store under both.
async fn on_live(config: &Config, args: &Diff) -> Result<Done, Failure> {
    let old = policy_file::read_named(config, Some(&args.old)).await?;
    let new = policy_file::read_named(config, Some(&args.new)).await?;
    let service = stored::start(config).await?;
    let by = wiring::operator("policy diff");
    let (before, after) = if args.old == Path::new(LIVE) {
        let effect = service.effect_of(&by, &new).await?;
        stored::say_not_shown(effect.not_shown);
        (effect.before, effect.after)
    } else {
        (service.ranked_under(&by, &old).await?, service.ranked_under(&by, &new).await?)
    };
    show(args, &old, &new, &compare(&before, &after))?;
    service.store().close().await;
    Ok(Done::All)
}

fn show(args: &Diff, old: &Policy, new: &Policy, comparison: &Comparison) -> Result<(), Failure> {
    match args.format {
        ListFormat::Table => print(|out| tables(out, old, new, comparison, args.limit)),
        ListFormat::Json => print_json(&Report {
            old: old.reference(),
            new: new.reference(),
            lowerings: comparison.lowerings().count(),
            comparison,
        }),
    }
}

pub(super) fn tables(
    out: &mut dyn Write,
    old: &Policy,
    new: &Policy,
    told: &Comparison,
    limit: usize,
) -> std::io::Result<()> {
    writeln!(
        out,
        "From policy {} to policy {}. {BAND_IS_NOT_A_GRADE}\n",
        harmless(&old.reference().version),
        harmless(&new.reference().version)
    )?;
    summary(out, told)?;
    if told.changes.is_empty() && told.opened.is_empty() && told.not_opened.is_empty() {
        return writeln!(out, "\nNothing changes.");
    }
    for (turn, title) in [
        (Turn::LowerBand, "Lowered to a lower band: approving the policy accepts these lowerings"),
        (
            Turn::FewerPoints,
            "Lowered in points, in the same band: approving the policy accepts these lowerings",
        ),
        (Turn::HigherBand, "Raised to a higher band"),
        (Turn::MorePoints, "Raised in points, in the same band"),
        (Turn::SameRank, "Other reasons, questions or due time, at the same rank"),
    ] {
        let of: Vec<&Change> = told.changes.iter().filter(|change| change.turn == turn).collect();
        if !of.is_empty() {
            writeln!(out, "\n{title}: {}", of.len())?;
            changes(out, &of, limit)?;
        }
    }
    for (of, title) in [
        (&told.opened, "Opened at a desk to which the notice goes only under the new policy"),
        (&told.not_opened, "Not opened under the new policy; what is open stays as it was"),
    ] {
        if !of.is_empty() {
            writeln!(out, "\n{title}: {}", of.len())?;
            let mut page = table(&["Reference", "Desk", "Stands"]);
            for of in of.iter().take(limit) {
                page.add_row([
                    harmless(&of.reference).into_owned(),
                    desk_title(of.desk).to_owned(),
                    standing(of.stands),
                ]);
            }
            writeln!(out, "{page}")?;
        }
    }
    let moved: usize = told.desks.values().map(|desk| desk.place_alone).sum();
    if moved > 0 {
        writeln!(out, "\nOnly the place changes, since others rose or fell: {moved}")?;
    }
    Ok(())
}

fn summary(out: &mut dyn Write, told: &Comparison) -> std::io::Result<()> {
    let mut page = table(&[
        "Desk",
        "Items",
        "Red",
        "Amber",
        "Green",
        "Blue",
        "Lower band",
        "Fewer points",
        "Higher band",
        "More points",
        "Place alone",
        "Opened",
    ]);
    for (desk, of) in &told.desks {
        let band = |band| {
            let at =
                |counts: &std::collections::BTreeMap<Band, usize>| counts.get(&band).copied().unwrap_or(0);
            let (before, after) = (at(&of.before), at(&of.after));
            if before == after { before.to_string() } else { format!("{before} to {after}") }
        };
        let DeskSummary {
            items,
            lower_band,
            fewer_points,
            higher_band,
            more_points,
            place_alone,
            opened,
            ..
        } = of;
        let mut row = vec![desk_title(*desk).to_owned(), items.to_string()];
        row.extend([Band::Red, Band::Amber, Band::Green, Band::Blue].map(band));
        row.extend(
            [lower_band, fewer_points, higher_band, more_points, place_alone, opened]
                .map(ToString::to_string),
        );
        page.add_row(row);
    }
    writeln!(out, "{page}")
}

fn changes(out: &mut dyn Write, of: &[&Change], limit: usize) -> std::io::Result<()> {
    let mut page = table(&["Reference", "Desk", "Before", "After", "Why"]);
    for (column, width) in [(0, 12), (1, 14), (2, 16), (3, 16)] {
        at_least(&mut page, column, width);
    }
    for change in of.iter().take(limit) {
        page.add_row([
            harmless(&change.reference).into_owned(),
            desk_title(change.desk).to_owned(),
            standing(change.before),
            standing(change.after),
            why(change),
        ]);
    }
    writeln!(out, "{page}")?;
    if of.len() > limit {
        writeln!(out, "and {} more: --limit shows more, --format json all of them", of.len() - limit)?;
    }
    Ok(())
}

fn standing(at: Standing) -> String {
    format!("{}, {} points\nplace {}", at.band, at.score, at.position)
}

fn why(change: &Change) -> String {
    let mut lines: Vec<String> = change.reasons.iter().map(reason).collect();
    lines.extend(change.opened.iter().map(|open| format!("asks: {}", harmless(&open.question))));
    lines.extend(change.closed.iter().map(|open| format!("no longer asks: {}", harmless(&open.question))));
    if lines.is_empty() && change.before.band != change.after.band {
        lines.push("the points from which bands begin are others".to_owned());
    }
    if change.before.due != change.after.due && change.before.band == change.after.band {
        lines.push("the limits of the band are others".to_owned());
    }
    lines.join("\n")
}

fn reason(change: &ReasonChange) -> String {
    let rule = &change.rule;
    match (change.before, change.after) {
        (None, Some(after)) => format!("{rule} came: {}", weight(after)),
        (Some(before), None) => format!("{rule} went: it gave {}", weight(before)),
        (Some(before), Some(after)) => {
            let mut text = format!("{rule}: {}", weight(before));
            let _ = write!(text, " became {}", weight(after));
            text
        }
        (None, None) => rule.clone(),
    }
}

fn weight(of: Weight) -> String {
    match (of.points, of.floor) {
        (Some(points), Some(floor)) => format!("{points} points, at least {floor}"),
        (Some(points), None) => format!("{points} points"),
        (None, Some(floor)) => format!("at least {floor}"),
        (None, None) => "no points".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::Notice;
    use ppn_triage::{DEFAULT_POLICY, rank};

    fn notices() -> Vec<Notice> {
        let notice = |reference: &str, rest: &str| {
            let text = format!(
                r#"{{"source":"niche","reference":"{reference}","kind":"child","submitted_at":"2026-05-20T12:00:00Z","circumstances":"x",{rest}}}"#
            );
            serde_json::from_str(&text).unwrap()
        };
        vec![
            notice(
                "N-1",
                r#""indicators":["non_fatal_strangulation"],"persons":[{"roles":["subject"],"estimated_age":14}]"#,
            ),
            notice(
                "N-2",
                r#""indicators":["child_left_alone"],"persons":[{"roles":["subject"],"estimated_age":12}]"#,
            ),
            notice("N-3", r#""persons":[{"roles":["subject"],"estimated_age":12}]"#),
        ]
    }

    fn compared(to: &str) -> String {
        let (old, new) = (Policy::from_toml(DEFAULT_POLICY).unwrap(), Policy::from_toml(to).unwrap());
        let comparison = compare(
            &rank(&old, ppn_ingestion::profiles, notices(), &[]),
            &rank(&new, ppn_ingestion::profiles, notices(), &[]),
        );
        let mut page = Vec::new();
        tables(&mut page, &old, &new, &comparison, 20).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn a_comparison_on_a_page() {
        let to = DEFAULT_POLICY
            .replacen(
                "when = \"non_fatal_strangulation\"\nband = \"red\"\npoints = 40",
                "when = \"non_fatal_strangulation\"\nband = \"amber\"\npoints = 5",
                1,
            )
            .replacen(
                "when = \"child_left_alone\"\nband = \"amber\"\npoints = 14",
                "when = \"child_left_alone\"\nband = \"red\"\npoints = 14",
                1,
            );
        let page = compared(&to);
        assert!(page.contains("lowerings: 1"), "{page}");
        insta::assert_snapshot!(page);
    }

    #[test]
    fn the_same_policy_says_so() {
        assert!(compared(DEFAULT_POLICY).ends_with("\nNothing changes.\n"));
    }
}
