//! A link: two descriptions side by side, and whether they are one person.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::{LinkId, Permission, WorkItemId};
use ppn_http::session::SignedInAs;
use ppn_service::{LinkVerdict, LinkView, Principal, Service, ServiceError};
use serde::Deserialize;

use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};
use crate::words;

#[derive(Debug)]
struct Side {
    reference: String,
    name: String,
    born: String,
    address: String,
}

#[derive(Debug, Template)]
#[template(path = "link.html")]
struct LinkPage {
    shell: Shell,
    item: WorkItemId,
    id: LinkId,
    sides: Vec<Side>,
    state: String,
    decided: Option<String>,
    alike: Vec<String>,
    may: bool,
    reason: String,
    error: Option<String>,
}

fn view(by: &Principal, item: WorkItemId, link: LinkView, reason: String, error: Option<String>) -> LinkPage {
    let title = if error.is_some() { "Error: Are they one person?" } else { "Are they one person?" };
    let or = |text: Option<String>| text.unwrap_or_else(|| "not given, or protected".to_owned());
    LinkPage {
        shell: Shell::of(by, title, ""),
        item,
        id: link.id,
        sides: link
            .sides
            .into_iter()
            .map(|side| Side {
                reference: side.reference,
                name: or(side.name),
                born: or(side.date_of_birth.map(|born| born.format("%-d %b %Y").to_string())),
                address: or(side.address),
            })
            .collect(),
        state: words::capital(&link.state),
        decided: link.decided.map(|(who, at)| format!("by {who}, {}", at.london_text())),
        alike: link.reasons,
        may: by.may(Permission::DecideLink),
        reason,
        error,
    }
}

fn ids(item: &str, link: &str) -> Result<(WorkItemId, LinkId), Refusal> {
    let item = item.parse().map_err(|_| Refusal::not_found())?;
    Ok((item, link.parse().map_err(|_| Refusal::not_found())?))
}

/// `GET /items/{id}/links/{link}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path((item, link)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (item, link) = ids(&item, &link)?;
    let seen = service.link(&session.principal, link).await?;
    Ok(page(StatusCode::OK, &view(&session.principal, item, seen, String::new(), None)))
}

/// What somebody says of a link.
#[derive(Debug, Deserialize)]
pub struct Verdict {
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    reason: String,
}

/// `POST /items/{id}/links/{link}`.
pub async fn decide(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path((item, link)): Path<(String, String)>,
    Form(said_of_it): Form<Verdict>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let (item, link) = ids(&item, &link)?;
    let verdict = match said_of_it.verdict.as_str() {
        "confirm" => LinkVerdict::Confirm,
        "refuse" => LinkVerdict::Refuse,
        "undo" => LinkVerdict::Undo,
        _ => return Err(Refusal::not_found()),
    };
    match service.decide_link(&by, link, verdict, &said_of_it.reason, None).await {
        Ok(_) => Ok(Redirect::to(&format!("/items/{item}#people")).into_response()),
        Err(error @ ServiceError::Invalid(_)) => {
            let seen = service.link(&by, link).await?;
            let again = view(&by, item, seen, said_of_it.reason, Some(said(&error)));
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
}
