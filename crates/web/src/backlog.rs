//! The backlog in numbers; each opens its list.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Desk, StateName};
use ppn_http::session::SignedInAs;
use ppn_service::{DeskBacklog, Service, WorstWait, counted};

use crate::layout::{Shell, desk_address, page};
use crate::refusal::Refusal;
use crate::times::length;
use crate::words;

/// A number, with the list behind it for those who may open it.
#[derive(Debug)]
struct Cell {
    text: String,
    href: Option<String>,
    late: bool,
}

impl Cell {
    fn of(count: u64, href: Option<String>) -> Self {
        Self { text: words::number(count), href: href.filter(|_| count > 0), late: false }
    }
}

#[derive(Debug)]
struct Row {
    label: &'static str,
    band: &'static str,
    cells: Vec<Cell>,
    oldest: String,
}

#[derive(Debug)]
struct DeskTable {
    name: &'static str,
    code: String,
    rows: Vec<Row>,
    totals: Vec<Cell>,
    opened: String,
    reds: String,
    worst: String,
    worst_is_bad: bool,
    empty: bool,
    provisional: u64,
    unassessed: u64,
}

#[derive(Debug, Template)]
#[template(path = "backlog.html")]
struct BacklogPage {
    shell: Shell,
    as_of: String,
    not_a_grade: &'static str,
    by_risk: bool,
    desks: Vec<DeskTable>,
    waiting: String,
    overdue: String,
    unreadable: (String, u64),
    policy: String,
    remaining: u64,
    remaining_words: String,
}

const STATES: [StateName; 4] = [StateName::Waiting, StateName::Claimed, StateName::Held, StateName::Pending];

/// `GET /backlog`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let view = service.backlog(&by).await?;
    let opens = |desk: Desk| by.may(ppn_domain::Permission::ListWork) && by.roles.work_at(desk);
    let sum = |of: fn(&ppn_store::DeskCount) -> u64| -> u64 {
        view.desks.iter().flat_map(|desk| &desk.counts).map(of).sum()
    };
    let waiting = sum(|count| if count.state == StateName::Waiting { count.items } else { 0 });
    let page_of = BacklogPage {
        shell: Shell::of(&by, "Backlog", "/backlog"),
        as_of: view.as_of.london_text(),
        not_a_grade: BAND_IS_NOT_A_GRADE,
        by_risk: view.by_risk,
        waiting: words::number(waiting),
        overdue: words::number(sum(|count| count.overdue)),
        unreadable: (words::count(view.unreadable.0, "submission", "submissions"), view.unreadable.1),
        policy: view.policy.policy.version.clone(),
        remaining: view.policy.remaining,
        remaining_words: words::count(view.policy.remaining, "item still stands", "items still stand"),
        desks: view.desks.iter().map(|desk| table(desk, opens(desk.desk), view.as_of)).collect(),
    };
    Ok(page(StatusCode::OK, &page_of))
}

fn table(of: &DeskBacklog, opens: bool, now: ppn_domain::Timestamp) -> DeskTable {
    let list = |query: String| opens.then(|| format!("{}?{query}", desk_address(of.desk)));
    let rows = Band::ALL.iter().rev().map(|&band| {
        let mut cells: Vec<Cell> = STATES
            .iter()
            .map(|&state| {
                let query = format!("state={state}&band={band}");
                Cell::of(counted(&of.counts, Some(band), Some(state)), list(query))
            })
            .collect();
        let overdue: u64 =
            of.counts.iter().filter(|count| count.band == band).map(|count| count.overdue).sum();
        let late = Cell::of(overdue, list(format!("band={band}&overdue=yes")));
        cells.insert(1, Cell { late: overdue > 0, ..late });
        let of_band = || of.counts.iter().filter(|count| count.band == band);
        let week_old = of_band().map(|count| count.week_old).sum();
        cells.push(Cell { late: week_old > 0, ..Cell::of(week_old, None) });
        let oldest = of_band().filter_map(|count| count.oldest).min();
        Row {
            label: band.label(),
            band: band.code(),
            cells,
            oldest: match oldest {
                Some(oldest) => length(now - oldest),
                None if of_band().next().is_some() => "restricted".to_owned(),
                None => "none".to_owned(),
            },
        }
    });
    let mut totals: Vec<Cell> = STATES
        .iter()
        .map(|&state| Cell::of(counted(&of.counts, None, Some(state)), list(format!("state={state}"))))
        .collect();
    let overdue: u64 = of.counts.iter().map(|count| count.overdue).sum();
    totals.insert(1, Cell { late: overdue > 0, ..Cell::of(overdue, list("overdue=yes".to_owned())) });
    let week_old = of.counts.iter().map(|count| count.week_old).sum();
    totals.push(Cell { late: week_old > 0, ..Cell::of(week_old, None) });
    DeskTable {
        name: words::desk(of.desk),
        code: of.desk.to_string(),
        rows: rows.collect(),
        totals,
        opened: format!("{:.1}", of.opened_per_day),
        reds: format!("{:.1}", of.reds_per_day),
        empty: of.counts.iter().all(|count| count.items == 0),
        worst: words::capital(&of.worst_wait.to_string()),
        worst_is_bad: matches!(of.worst_wait, WorstWait::NoLimit { .. } | WorstWait::NothingOpened),
        provisional: of.counts.iter().map(|count| count.provisional).sum(),
        unassessed: of.counts.iter().map(|count| count.unassessed).sum(),
    }
}
