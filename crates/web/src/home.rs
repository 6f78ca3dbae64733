//! Home: what waits for the person who is signed in.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Permission, StateName};
use ppn_http::session::SignedInAs;
use ppn_service::{Service, counted};

use crate::layout::{Shell, desk_address, page};
use crate::refusal::Refusal;
use crate::times::Clock;
use crate::words;

#[derive(Debug)]
struct Held {
    id: String,
    title: String,
    band: &'static str,
    label: &'static str,
    until: String,
    decide: Clock,
}

#[derive(Debug)]
struct DeskRow {
    address: String,
    code: String,
    name: &'static str,
    is_for: &'static str,
    bands: Vec<(&'static str, &'static str, String, String)>,
    waiting: String,
    overdue: u64,
}

#[derive(Debug, Template)]
#[template(path = "home.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that is there or not")]
struct HomePage {
    shell: Shell,
    works: bool,
    declares: bool,
    audits: bool,
    administers: bool,
    reads_backlog: bool,
    not_a_grade: &'static str,
    held: Vec<Held>,
    desks: Vec<DeskRow>,
}

/// `GET /`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let shell = Shell::of(&by, "Home", "/");
    let mut home = HomePage {
        shell,
        works: by.may(Permission::ListWork),
        declares: by.may(Permission::KnowPeople),
        administers: by.may(Permission::ManageUsers),
        audits: by.may(Permission::ReadAudit),
        reads_backlog: by.may(Permission::ReadBacklog),
        not_a_grade: BAND_IS_NOT_A_GRADE,
        held: Vec::new(),
        desks: Vec::new(),
    };
    if home.works {
        let seen = service.home(&by).await?;
        let held = seen.held.into_iter().filter_map(|line| {
            let item = line.item;
            let claim = item.state.claim()?;
            Some(Held {
                id: item.id.to_string(),
                title: format!("{} {}", words::kind(item.kind), item.reference),
                band: item.rank.band.code(),
                label: item.rank.band.label(),
                until: claim.expires_at.london_text(),
                decide: Clock::at("Decide", item.clocks.decided, seen.as_of),
            })
        });
        home.held = held.collect();
        let desks = seen.desks.into_iter().map(|(desk, counts)| {
            let waiting = Some(StateName::Waiting);
            let bands = Band::ALL.iter().rev().map(|&band| {
                let address = format!("{}?band={band}", desk_address(desk));
                (band.code(), band.label(), words::number(counted(&counts, Some(band), waiting)), address)
            });
            DeskRow {
                address: desk_address(desk),
                code: desk.to_string(),
                name: words::desk(desk),
                is_for: words::desk_is_for(desk),
                bands: bands.collect(),
                waiting: words::number(counted(&counts, None, waiting)),
                overdue: counts.iter().map(|count| count.overdue).sum(),
            }
        });
        home.desks = desks.collect();
    }
    Ok(page(StatusCode::OK, &home))
}
