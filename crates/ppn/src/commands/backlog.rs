//! `ppn backlog`: what waits, desk by desk, and the worst wait.

use std::io::Write;

use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Desk, StateName, Timestamp};
use ppn_service::{BacklogView, DeskBacklog, WorstWait};
use ppn_store::DeskCount;
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{Backlog, ListFormat};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::table::{age_words, desk_title, harmless, span_words, table};
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: &Backlog) -> Result<Done, Failure> {
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let view = service.backlog(&wiring::operator("backlog")).await?;
    service.store().close().await;
    match args.format {
        ListFormat::Json => print_json(&as_json(&view))?,
        ListFormat::Table => print(|out| page(out, &view))?,
    }
    Ok(Done::All)
}

fn page(out: &mut dyn Write, view: &BacklogView) -> std::io::Result<()> {
    let order = if view.by_risk { "by risk" } else { "by date: ordering by risk is switched off" };
    writeln!(out, "Backlog at {}, ordered {order}.\n{BAND_IS_NOT_A_GRADE}", view.as_of.london_text())?;
    let mut empty = Vec::new();
    for desk in &view.desks {
        if desk.counts.iter().all(|c| c.items == 0) {
            empty.push(desk_title(desk.desk));
            continue;
        }
        writeln!(out, "\n{}\n{}", desk_title(desk.desk), desk_table(desk, view.as_of))?;
        writeln!(
            out,
            "Worst wait: {}. Opened a day: {:.1}; reds received a day: {:.1}.",
            worst_wait_words(desk.worst_wait),
            desk.opened_per_day,
            desk.reds_per_day
        )?;
    }
    if !empty.is_empty() {
        writeln!(out, "\nNothing unfinished at: {}.", empty.join(", "))?;
    }
    if view.policy.remaining > 0 {
        writeln!(
            out,
            "\nPolicy {} is being applied: {} unfinished items still stand under the one before.",
            harmless(&view.policy.policy.version),
            view.policy.remaining
        )?;
    }
    match view.unreadable {
        (0, _) => writeln!(out, "\nEvery submission could be read."),
        (open, 0) => writeln!(out, "\nCould not be read: {open}. See `ppn unreadable list`."),
        (open, late) => writeln!(
            out,
            "\nCould not be read: {open}, {late} of them past the hour. See `ppn unreadable list`."
        ),
    }
}

fn desk_table(desk: &DeskBacklog, now: Timestamp) -> comfy_table::Table {
    let mut table = table(&[
        "Band",
        "Waiting",
        "Claimed",
        "Held",
        "Pending",
        "Overdue",
        "Over a week",
        "Not assessed",
        "Oldest",
    ]);
    for &band in Band::ALL.iter().rev() {
        let of_band: Vec<&DeskCount> = desk.counts.iter().filter(|c| c.band == band && c.items > 0).collect();
        if of_band.is_empty() {
            continue;
        }
        let oldest = of_band.iter().filter_map(|c| c.oldest).min();
        let items = |state| of_band.iter().filter(|c| c.state == state).map(|c| c.items).sum::<u64>();
        table.add_row([
            band.label().to_owned(),
            items(StateName::Waiting).to_string(),
            items(StateName::Claimed).to_string(),
            items(StateName::Held).to_string(),
            items(StateName::Pending).to_string(),
            of_band.iter().map(|c| c.overdue).sum::<u64>().to_string(),
            of_band.iter().map(|c| c.week_old).sum::<u64>().to_string(),
            of_band.iter().map(|c| c.unassessed).sum::<u64>().to_string(),
            // Where all are restricted, and not for whoever asks.
            oldest.map_or_else(|| "restricted".to_owned(), |oldest| age_words(oldest, now)),
        ]);
    }
    table
}

fn worst_wait_words(wait: WorstWait) -> String {
    match wait {
        WorstWait::WithinLimits => "nothing waits past its limit".to_owned(),
        WorstWait::Bounded(span) => format!("{} at the present rate", span_words(span)),
        WorstWait::NothingOpened => {
            "not known: things are overdue, and nobody opened anything in the last seven days".to_owned()
        }
        WorstWait::NoLimit { more_per_day } => format!(
            "no limit can be promised: reds arrive faster than work is opened; {more_per_day:.1} more a day would restore one"
        ),
    }
}

fn as_json(view: &BacklogView) -> Value {
    json!({
        "as_of": view.as_of,
        "by_risk": view.by_risk,
        "desks": view.desks.iter().map(desk_json).collect::<Vec<_>>(),
        "policy": { "version": view.policy.policy.version, "remaining": view.policy.remaining },
        "unreadable": { "open": view.unreadable.0, "overdue": view.unreadable.1 },
    })
}

fn desk_json(desk: &DeskBacklog) -> Value {
    let worst_wait = match desk.worst_wait {
        WorstWait::WithinLimits => json!({ "kind": "within_limits" }),
        WorstWait::Bounded(span) => json!({ "kind": "bounded", "hours": span.as_seconds() / 3600 }),
        WorstWait::NothingOpened => json!({ "kind": "nothing_opened" }),
        WorstWait::NoLimit { more_per_day } => json!({ "kind": "no_limit", "more_per_day": more_per_day }),
    };
    json!({
        "desk": Desk::code(desk.desk),
        "counts": desk.counts.iter().map(|c| json!({
            "band": c.band,
            "state": c.state,
            "items": c.items,
            "overdue": c.overdue,
            "week_old": c.week_old,
            "provisional": c.provisional,
            "unassessed": c.unassessed,
            "oldest": c.oldest,
        })).collect::<Vec<_>>(),
        "opened_per_day": desk.opened_per_day,
        "reds_per_day": desk.reds_per_day,
        "worst_wait": worst_wait,
    })
}
