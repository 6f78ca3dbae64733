//! A person over every notice: their part in each, and whom they may be besides.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::PersonId;
use ppn_domain::notice::codes::Role;
use ppn_http::session::SignedInAs;
use ppn_service::{PersonPage, Principal, Service, state_word};

use crate::layout::{Shell, page};
use crate::refusal::Refusal;
use crate::search::{NoticeRow, described};
use crate::words;

#[derive(Debug)]
struct Told {
    name: String,
    named: String,
    facts: Vec<String>,
    notice: NoticeRow,
}

#[derive(Debug)]
struct LinkRow {
    href: Option<String>,
    words: String,
    open: bool,
}

#[derive(Debug, Template)]
#[template(path = "person.html")]
struct PersonTemplate {
    shell: Shell,
    name: String,
    other_names: Vec<String>,
    named: Vec<String>,
    told: Vec<Told>,
    links: Vec<LinkRow>,
}

fn name(of: Option<&String>) -> String {
    of.map_or_else(|| "Name not given".to_owned(), Clone::clone)
}

fn filled(by: &Principal, seen: &PersonPage) -> PersonTemplate {
    let mut names: Vec<String> = seen.notices.iter().filter_map(|of| of.side.name.clone()).collect();
    let mut known = std::collections::BTreeSet::new();
    names.retain(|name| known.insert(name.to_lowercase()));
    let first = name(names.first());
    let parts = Role::ALL.iter().filter_map(|&role| {
        let count = seen.named_as(role);
        (count > 0).then(|| {
            let notices = words::count(count as u64, "notice", "notices");
            format!("Named as {} in {notices}", words::plain(role.code()))
        })
    });
    let told = seen.notices.iter().map(|of| Told {
        name: name(of.side.name.as_ref()),
        named: words::capital(&words::roles(&of.roles)),
        facts: described(of.side.date_of_birth, of.side.address.as_deref()),
        notice: NoticeRow::of(&of.notice),
    });
    let links = seen.links.iter().map(|link| LinkRow {
        href: link.item.map(|item| format!("/items/{item}/links/{}", link.id)),
        words: match &link.decided {
            Some((who, at)) => {
                format!("Link {} by {who}, {}", state_word(link.state), at.london_text())
            }
            None => "Compare with another notice".to_owned(),
        },
        open: link.decided.is_none(),
    });
    PersonTemplate {
        shell: Shell::of(by, "A person over every notice", ""),
        named: parts.collect(),
        told: told.collect(),
        links: links.collect(),
        other_names: names.split_off(names.len().min(1)),
        name: first,
    }
}

/// `GET /persons/{id}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: PersonId = id.parse().map_err(|_| Refusal::not_found())?;
    let seen = service.person_page(&session.principal, id).await?;
    Ok(page(StatusCode::OK, &filled(&session.principal, &seen)))
}
