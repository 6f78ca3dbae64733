//! Two notices side by side: whether they tell one event. History counts events, not notices.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::{NoticeId, Permission, WorkItemId};
use ppn_http::session::SignedInAs;
use ppn_service::{EventPair, EventSide, EventWord, Principal, Service, ServiceError};
use serde::Deserialize;

use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};
use crate::words;

#[derive(Debug)]
struct Side {
    title: String,
    facts: Vec<(String, String)>,
    told: String,
}

impl Side {
    fn of(side: EventSide) -> Self {
        let mut facts = vec![("Received".to_owned(), side.received.london_text())];
        facts.extend(side.occurred_at.map(|at| ("Happened".to_owned(), at.london_text())));
        if !side.references.is_empty() {
            facts.push(("References".to_owned(), side.references.join(", ")));
        }
        Self {
            title: format!("{} notice {}", words::kind(side.kind), side.reference),
            facts,
            told: side.circumstances.unwrap_or_default(),
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "event.html")]
struct EventPage {
    shell: Shell,
    item: WorkItemId,
    other: NoticeId,
    own: NoticeId,
    sides: [Side; 2],
    standing: String,
    said: Option<bool>,
    may: bool,
    reason: String,
    error: Option<String>,
}

fn view(
    by: &Principal,
    item: WorkItemId,
    pair: EventPair,
    reason: String,
    error: Option<String>,
) -> EventPage {
    let title = if error.is_some() { "Error: Is it one event?" } else { "Is it one event?" };
    let standing = match &pair.said {
        None => "Nobody has said whether these are one event.".to_owned(),
        Some((one, who, at)) => {
            let what = if *one { "one event" } else { "two events" };
            format!("{who} said on {} that they are {what}.", at.london_text())
        }
    };
    let [own, other] = &pair.sides;
    EventPage {
        shell: Shell::of(by, title, ""),
        item,
        own: own.notice_id,
        other: other.notice_id,
        standing,
        said: pair.said.map(|(one, ..)| one),
        sides: pair.sides.map(Side::of),
        may: by.may(Permission::DecideLink),
        reason,
        error,
    }
}

fn ids(item: &str, other: &str) -> Result<(WorkItemId, NoticeId), Refusal> {
    let item = item.parse().map_err(|_| Refusal::not_found())?;
    Ok((item, other.parse().map_err(|_| Refusal::not_found())?))
}

/// `GET /items/{id}/events/{other}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path((item, other)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (item, other) = ids(&item, &other)?;
    let pair = service.event_pair(&session.principal, item, other).await?;
    Ok(page(StatusCode::OK, &view(&session.principal, item, pair, String::new(), None)))
}

/// What somebody says of two notices.
#[derive(Debug, Deserialize)]
pub struct Word {
    #[serde(default)]
    own: String,
    #[serde(default)]
    say: String,
    #[serde(default)]
    reason: String,
}

/// `POST /items/{id}/events/{other}`.
pub async fn say(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path((item, other)): Path<(String, String)>,
    Form(sent): Form<Word>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let (item, other) = ids(&item, &other)?;
    let own: NoticeId = sent.own.parse().map_err(|_| Refusal::not_found())?;
    let word = match sent.say.as_str() {
        "one" => EventWord::One,
        "two" => EventWord::Two,
        "undo" => EventWord::Undo,
        _ => return Err(Refusal::not_found()),
    };
    match service.say_of_event(&by, (own, other), word, &sent.reason, None).await {
        Ok(_) => Ok(Redirect::to(&format!("/items/{item}#history")).into_response()),
        Err(error @ ServiceError::Invalid(_)) => {
            let pair = service.event_pair(&by, item, other).await?;
            let again = view(&by, item, pair, sent.reason, Some(said(&error)));
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
}
