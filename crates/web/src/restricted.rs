//! What is restricted: where it stands and whom to ask, opening it without being named, and who did.

use std::cmp::Reverse;
use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::{Permission, Timestamp, WorkItemId};
use ppn_http::session::SignedInAs;
use ppn_service::{GLASS_LASTS, Principal, RestrictedItem, Service, ServiceError};
use serde::Deserialize;

use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};
use crate::times::length;
use crate::words;

#[derive(Debug)]
struct Row {
    id: WorkItemId,
    number: usize,
    desk: &'static str,
    band: &'static str,
    label: &'static str,
    state: &'static str,
    age: String,
    due: String,
    late: bool,
    ask: String,
    unattended: bool,
}

impl Row {
    fn of((at, item): (usize, RestrictedItem), now: Timestamp) -> Self {
        let late = item.due < now;
        let left = if late { length(now - item.due) } else { length(item.due - now) };
        Self {
            id: item.id,
            number: at + 1,
            desk: words::desk(item.desk),
            band: item.band.code(),
            label: item.band.label(),
            state: words::state_name(item.state),
            age: length(now - item.received),
            due: format!("{left} {}", if late { "past the limit" } else { "left" }),
            late,
            ask: item.ask.join(", "),
            unattended: item.unattended,
        }
    }
}

#[derive(Debug)]
struct OpeningRow {
    href: Option<String>,
    reference: String,
    words: String,
}

#[derive(Debug, Template)]
#[template(path = "restricted.html")]
struct ListPage {
    shell: Shell,
    watches: bool,
    opens: bool,
    listed: bool,
    items: Vec<Row>,
    opened: Vec<OpeningRow>,
}

/// `GET /restricted`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let mut seen = service.restricted(&by).await?;
    seen.items.sort_by_key(|item| (Reverse(item.band), item.due));
    let now = service.now();
    let opened = seen.opened.into_iter().map(|of| OpeningRow {
        href: of.item.map(|id| format!("/items/{id}")),
        reference: of.reference,
        words: format!("opened by {}, {}", of.by, of.at.london_text()),
    });
    let list = ListPage {
        shell: Shell::of(&by, "Restricted", "/restricted"),
        watches: by.may(Permission::WatchRestricted),
        opens: by.may(Permission::BreakGlass),
        listed: by.lists.is_restricted(),
        items: seen.items.into_iter().enumerate().map(|row| Row::of(row, now)).collect(),
        opened: opened.collect(),
    };
    Ok(page(StatusCode::OK, &list))
}

#[derive(Debug, Template)]
#[template(path = "glass.html")]
struct GlassPage {
    shell: Shell,
    item: Row,
    lasts: String,
    reason: String,
    error: Option<String>,
}

async fn glass(
    service: &Service,
    by: &Principal,
    id: WorkItemId,
    reason: String,
    error: Option<String>,
) -> Result<GlassPage, Refusal> {
    by.require(Permission::BreakGlass)?;
    let seen = service.restricted(by).await?;
    let found = seen.items.into_iter().enumerate().find(|(_, item)| item.id == id);
    let item = Row::of(found.ok_or_else(Refusal::not_found)?, service.now());
    let title = "Open a restricted notice";
    let title = if error.is_some() { format!("Error: {title}") } else { title.to_owned() };
    Ok(GlassPage {
        shell: Shell::of(by, title, "/restricted"),
        item,
        lasts: length(GLASS_LASTS),
        reason,
        error,
    })
}

fn id_of(text: &str) -> Result<WorkItemId, Refusal> {
    text.parse().map_err(|_| Refusal::not_found())
}

/// `GET /restricted/{id}`: what opening it means, before it is done.
pub async fn before(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let shown = glass(&service, &session.principal, id_of(&id)?, String::new(), None).await?;
    Ok(page(StatusCode::OK, &shown))
}

/// Why somebody opens it.
#[derive(Debug, Deserialize)]
pub struct Why {
    #[serde(default)]
    reason: String,
}

/// `POST /restricted/{id}`.
pub async fn break_glass(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
    Form(sent): Form<Why>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let id = id_of(&id)?;
    match service.break_glass(&by, id, &sent.reason, None).await {
        Ok(()) => Ok(Redirect::to(&format!("/items/{id}")).into_response()),
        // It is open to them already.
        Err(ServiceError::Invalid(errors)) if errors.iter().any(|error| error.rule == "open") => {
            Ok(Redirect::to(&format!("/items/{id}")).into_response())
        }
        Err(error @ ServiceError::Invalid(_)) => {
            let again = glass(&service, &by, id, sent.reason, Some(said(&error))).await?;
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
}
