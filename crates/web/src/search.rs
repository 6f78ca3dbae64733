//! Search: a form that is sent and never stands in an address, and what it found, under an identifier that
//! ends with the session.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use ppn_domain::{Permission, PersonId, SearchId};
use ppn_http::session::SignedInAs;
use ppn_service::{FoundNotice, MOST_FOUND, Principal, SearchFor, SearchFound, Service, ServiceError};

use crate::item::Typed;
use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};
use crate::words;

/// The address of the form.
pub const SEARCH_PATH: &str = "/search";

/// A notice as a line of a list.
#[derive(Debug)]
pub struct NoticeRow {
    /// Where it is opened; none without an item.
    pub href: Option<String>,
    /// Kind and reference.
    pub title: String,
    /// Code and words of the band.
    pub band: Option<(&'static str, &'static str)>,
    /// Receipt, source, desk and standing.
    pub facts: String,
}

impl NoticeRow {
    /// Of a notice that was found.
    pub fn of(notice: &FoundNotice) -> Self {
        let mut facts =
            vec![format!("Received {}", notice.received.london_text()), format!("From {}", notice.source)];
        if let Some(item) = notice.item {
            facts.push(format!(
                "{}: {}",
                words::desk(item.desk),
                words::state_name(item.state).to_lowercase()
            ));
        }
        Self {
            href: notice.item.map(|item| format!("/items/{}", item.id)),
            title: format!("{} notice {}", words::kind(notice.kind), notice.reference),
            band: notice.item.map(|item| (item.band.code(), item.band.label())),
            facts: facts.join(". "),
        }
    }
}

#[derive(Debug)]
struct Told {
    named: String,
    facts: Vec<String>,
    notice: NoticeRow,
}

#[derive(Debug)]
struct PersonFound {
    id: PersonId,
    name: String,
    told: Vec<Told>,
}

#[derive(Debug)]
struct Fault {
    words: String,
    href: String,
}

#[derive(Debug, Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    typed: Typed,
    fault: Option<Fault>,
}

impl SearchPage {
    fn was(&self, field: &str) -> &str {
        self.typed.get(field).map_or("", String::as_str)
    }
}

#[derive(Debug, Template)]
#[template(path = "found.html")]
struct FoundPage {
    shell: Shell,
    by: String,
    asked: String,
    summary: String,
    people: Vec<PersonFound>,
    notices: Vec<NoticeRow>,
    more: bool,
    most: usize,
}

fn form(by: &Principal, typed: Typed, fault: Option<Fault>) -> SearchPage {
    let title = if fault.is_some() { "Error: Search" } else { "Search" };
    SearchPage { shell: Shell::of(by, title, SEARCH_PATH), typed, fault }
}

/// `GET /search`.
pub async fn show(SignedInAs(session): SignedInAs) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::ReadNotice)?;
    Ok(page(StatusCode::OK, &form(&by, Typed::default(), None)))
}

/// `POST /search`: leads to what was found.
pub async fn search(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::ReadNotice)?;
    let again = |typed: Typed, fault: Fault| {
        Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &form(&by, typed, Some(fault))))
    };
    let wish = match wished(&typed) {
        Ok(wish) => wish,
        Err(fault) => return again(typed, fault),
    };
    match service.search(&by, &wish, Some(session.id)).await {
        Ok(SearchFound { id: Some(id), .. }) => {
            Ok(Redirect::to(&format!("{SEARCH_PATH}/{id}")).into_response())
        }
        // In a session every search is kept.
        Ok(_) => Err(Refusal::not_found()),
        Err(error) => {
            let href = match &error {
                ServiceError::Invalid(errors) => errors.first().map_or("#reference", |e| field(&e.path)),
                _ => return Err(error.into()),
            };
            again(typed, Fault { words: said(&error), href: href.to_owned() })
        }
    }
}

/// The field of the form for a path that the service names.
fn field(path: &str) -> &'static str {
    match path {
        "/given_names" => "#given",
        "/family_name" => "#family",
        "/date_of_birth" | "/year_of_birth" => "#year",
        "/address_line" => "#line",
        "/postcode" => "#postcode",
        "/phone" => "#phone",
        _ => "#reference",
    }
}

/// What the form asks for.
fn wished(typed: &Typed) -> Result<SearchFor, Fault> {
    let text =
        |field: &str| typed.get(field).map(|text| text.trim()).filter(|t| !t.is_empty()).map(str::to_owned);
    let fault = |words: &str| Fault { words: words.to_owned(), href: "#year".to_owned() };
    let year = |text: String| text.parse::<i32>().map_err(|_| fault("Give the year of birth in digits"));
    let (date, year) = match [text("year"), text("month"), text("day")] {
        [None, None, None] => (None, None),
        [Some(only), None, None] => (None, Some(year(only)?)),
        [Some(y), Some(m), Some(d)] => {
            let date = match (y.parse(), m.parse(), d.parse()) {
                (Ok(y), Ok(m), Ok(d)) => NaiveDate::from_ymd_opt(y, m, d),
                _ => None,
            };
            (Some(date.ok_or_else(|| fault("Give a real date of birth, or the year alone"))?), None)
        }
        _ => return Err(fault("Give the whole date of birth, or the year alone")),
    };
    Ok(SearchFor {
        reference: text("reference"),
        given_names: text("given"),
        family_name: text("family"),
        date_of_birth: date,
        year_of_birth: year,
        address_line: text("line"),
        postcode: text("postcode"),
        phone: text("phone"),
    })
}

/// `GET /search/{id}`.
pub async fn found(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: SearchId = id.parse().map_err(|_| Refusal::not_found())?;
    let found = service.search_again(&session.principal, id, session.id).await?;
    Ok(page(StatusCode::OK, &found_page(&session.principal, found)))
}

fn found_page(by: &Principal, found: SearchFound) -> FoundPage {
    let mut people: Vec<PersonFound> = Vec::new();
    for person in found.people {
        let told = Told {
            named: words::capital(&words::roles(&person.roles)),
            facts: described(person.date_of_birth, person.address.as_deref()),
            notice: NoticeRow::of(&person.notice),
        };
        let name = person.name.unwrap_or_else(|| "Name not given".to_owned());
        match people.iter_mut().find(|of| of.id == person.person_id) {
            Some(of) => of.told.push(told),
            None => people.push(PersonFound { id: person.person_id, name, told: vec![told] }),
        }
    }
    let notices: Vec<NoticeRow> = found.notices.iter().map(NoticeRow::of).collect();
    let mut parts = Vec::new();
    if !people.is_empty() {
        parts.push(words::count(people.len() as u64, "person", "people"));
    }
    if !notices.is_empty() {
        parts.push(words::count(notices.len() as u64, "notice", "notices"));
    }
    let summary = if parts.is_empty() { "Nothing was found".to_owned() } else { parts.join(" and ") };
    FoundPage {
        shell: Shell::of(by, summary.clone(), SEARCH_PATH),
        by: found.by.join(", "),
        asked: found.asked_at.london_text(),
        summary,
        people,
        notices,
        more: found.more,
        most: MOST_FOUND,
    }
}

/// Birth and address as one notice gives them.
pub fn described(born: Option<NaiveDate>, address: Option<&str>) -> Vec<String> {
    let born = born.map(|born| format!("Born {}", born.format("%-d %b %Y")));
    born.into_iter().chain(address.map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        fields.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn a_year_alone_is_taken_and_half_a_date_is_not() {
        let wish = wished(&typed(&[("family", " Lee "), ("given", "Ann"), ("year", "1990")])).unwrap();
        assert_eq!((wish.family_name.as_deref(), wish.year_of_birth), (Some("Lee"), Some(1990)));
        for half in [&[("day", "2")][..], &[("year", "1990"), ("month", "2")], &[("year", "MCM")]] {
            assert_eq!(wished(&typed(half)).unwrap_err().href, "#year");
        }
        let whole = wished(&typed(&[("year", "1990"), ("month", "3"), ("day", "2")])).unwrap();
        assert_eq!(whole.date_of_birth, NaiveDate::from_ymd_opt(1990, 3, 2));
    }
}
