//! Who one knows: nobody works a notice about themselves or theirs.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use chrono::NaiveDate;
use ppn_domain::Permission;
use ppn_http::session::SignedInAs;
use ppn_service::{Declared, MOST_DECLARED, Principal, Service, ServiceError};
use serde::Deserialize;

use crate::item::Typed;
use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};

/// Forms that stand open at first: oneself, and one of one's own.
const AT_FIRST: usize = 2;

/// The fields of one person, by which each is called with the person's number behind it.
const FIELDS: [&str; 9] = ["given", "family", "day", "month", "year", "phone", "line", "town", "postcode"];

#[derive(Debug)]
struct Fault {
    words: String,
    href: String,
}

#[derive(Debug, Template)]
#[template(path = "declarations.html")]
struct DeclarationsPage {
    shell: Shell,
    people: Vec<usize>,
    most: usize,
    typed: Typed,
    done: bool,
    fault: Option<Fault>,
}

impl DeclarationsPage {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "a template passes references")]
    fn was(&self, field: &str, of: &usize) -> &str {
        self.typed.get(&format!("{field}-{of}")).map_or("", String::as_str)
    }
}

fn view(by: &Principal, people: usize, typed: Typed, done: bool, fault: Option<Fault>) -> DeclarationsPage {
    let title = if fault.is_some() { "Error: People you know" } else { "People you know" };
    DeclarationsPage {
        shell: Shell::of(by, title, ""),
        people: (1..=people.clamp(AT_FIRST, MOST_DECLARED)).collect(),
        most: MOST_DECLARED,
        typed,
        done,
        fault,
    }
}

/// What the address of the page says.
#[derive(Debug, Deserialize)]
pub struct Here {
    #[serde(default)]
    done: String,
}

/// `GET /declarations`.
pub async fn show(SignedInAs(session): SignedInAs, Query(here): Query<Here>) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::KnowPeople)?;
    Ok(page(StatusCode::OK, &view(&by, AT_FIRST, Typed::default(), here.done == "yes", None)))
}

/// `POST /declarations`: one more form, or what they say takes the place of what they said before.
pub async fn declare(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::KnowPeople)?;
    let forms: usize = typed.get("people").and_then(|n| n.parse().ok()).unwrap_or(AT_FIRST);
    let forms = forms.clamp(AT_FIRST, MOST_DECLARED);
    if typed.get("do").is_some_and(|wish| wish == "add") {
        return Ok(page(StatusCode::OK, &view(&by, forms + 1, typed, false, None)));
    }
    let mut people = Vec::new();
    for of in 1..=forms {
        match declared(&typed, of) {
            Ok(Some(person)) => people.push(person),
            Ok(None) => {}
            Err(fault) => {
                let again = view(&by, forms, typed, false, Some(fault));
                return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again));
            }
        }
    }
    match service.declare_people(&by, &people).await {
        Ok(()) => Ok(Redirect::to("/declarations?done=yes").into_response()),
        Err(error @ ServiceError::Invalid(_)) => {
            let fault = Fault { words: said(&error), href: "#given-1".to_owned() };
            let again = view(&by, forms, typed, false, Some(fault));
            Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &again))
        }
        Err(error) => Err(error.into()),
    }
}

/// One person of the form; none where nothing is written.
fn declared(typed: &Typed, of: usize) -> Result<Option<Declared>, Fault> {
    let text = |field: &str| {
        let text = typed.get(&format!("{field}-{of}")).map(|text| text.trim());
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    if FIELDS.iter().all(|field| text(field).is_none()) {
        return Ok(None);
    }
    let no_date =
        || Fault { words: format!("Give a real date of birth for person {of}"), href: format!("#day-{of}") };
    let born = match [text("year"), text("month"), text("day")] {
        [None, None, None] => None,
        [Some(year), Some(month), Some(day)] => {
            let date = match (year.parse(), month.parse(), day.parse()) {
                (Ok(year), Ok(month), Ok(day)) => NaiveDate::from_ymd_opt(year, month, day),
                _ => None,
            };
            Some(date.ok_or_else(no_date)?)
        }
        _ => return Err(no_date()),
    };
    Ok(Some(Declared {
        given_names: text("given"),
        family_name: text("family"),
        date_of_birth: born,
        phone: text("phone"),
        address_lines: text("line").into_iter().chain(text("town")).collect(),
        postcode: text("postcode"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        fields.iter().map(|(field, text)| ((*field).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn what_is_written_is_a_person_and_blanks_are_nobody() {
        let form = typed(&[
            ("given-1", " Ann "),
            ("family-1", "Lee"),
            ("day-1", "2"),
            ("month-1", "3"),
            ("year-1", "1990"),
            ("line-1", "1 Mill Lane"),
            ("town-1", "Derby"),
            ("phone-2", " "),
        ]);
        let person = declared(&form, 1).unwrap().unwrap();
        assert_eq!(person.given_names.as_deref(), Some("Ann"));
        assert_eq!(person.date_of_birth, NaiveDate::from_ymd_opt(1990, 3, 2));
        assert_eq!(person.address_lines, ["1 Mill Lane", "Derby"]);
        assert!(declared(&form, 2).unwrap().is_none());
    }

    #[test]
    fn half_a_date_is_not_taken_for_none() {
        for date in [&[("day-1", "2")][..], &[("day-1", "31"), ("month-1", "2"), ("year-1", "1990")]] {
            assert_eq!(declared(&typed(date), 1).unwrap_err().href, "#day-1");
        }
    }
}
