//! The log on screen, for auditors: who did what. It holds identifiers and codes, and what was typed as a
//! reason.

pub mod export;
pub mod seen;
pub mod unusual;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::{Act, AuditRow, Permission, Span, Timestamp};
use ppn_http::session::SignedInAs;
use ppn_service::{AuditQuery, Principal, Service};
use serde::Deserialize;

use crate::layout::{Shell, page};
use crate::refusal::Refusal;
use crate::words;

/// The address of the log.
pub const AUDIT_PATH: &str = "/audit";
/// Rows of one page.
const ROWS: u32 = 100;
/// The longest name of a user, in characters.
const LONGEST_NAME: usize = 64;

/// What the address of the page says: identifiers, an act, a user and days.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    user: String,
    act: String,
    notice: String,
    item: String,
    person: String,
    from: String,
    until: String,
    before: String,
    format: String,
}

#[derive(Debug)]
struct Fault {
    words: &'static str,
    href: &'static str,
}

impl Filter {
    /// What is asked of the log.
    fn query(&self) -> Result<AuditQuery, Fault> {
        fn id<T: std::str::FromStr>(text: &str, href: &'static str) -> Result<Option<T>, Fault> {
            let fault = |_| Fault { words: "Give the whole identifier, or leave it empty", href };
            Some(text.trim()).filter(|text| !text.is_empty()).map(|t| t.parse().map_err(fault)).transpose()
        }
        let day = |text: &str, href: &'static str| {
            let fault = Fault { words: "Give a real day", href };
            match text.trim() {
                "" => Ok(None),
                text => Timestamp::day_begins(text).map(Some).ok_or(fault),
            }
        };
        if self.user.chars().count() > LONGEST_NAME {
            return Err(Fault { words: "Give the sign-in name of one user", href: "#user" });
        }
        let act = self.act.trim();
        Ok(AuditQuery {
            notice_id: id(&self.notice, "#notice")?,
            work_item_id: id(&self.item, "#item")?,
            person_id: id(&self.person, "#person")?,
            who: Some(self.user.trim()).filter(|name| !name.is_empty()).map(str::to_owned),
            act: match act {
                "" => None,
                act => Some(
                    act.parse().map_err(|_| Fault { words: "Choose an act of the list", href: "#act" })?,
                ),
            },
            from: day(&self.from, "#from")?,
            // The day itself is still in it: a day of 25 hours begins the next no earlier.
            until: day(&self.until, "#until")?.map(next_day),
        })
    }

    /// The address of the same look with another format or from another place.
    fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        let all = [
            ("user", self.user.as_str()),
            ("act", &self.act),
            ("notice", &self.notice),
            ("item", &self.item),
            ("person", &self.person),
            ("from", &self.from),
            ("until", &self.until),
        ];
        let given = all.iter().chain(more).filter(|(_, value)| !value.trim().is_empty());
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in given {
            query.append_pair(name, value.trim());
        }
        format!("{path}?{}", query.finish())
    }
}

/// When the day after begins that began at a moment.
fn next_day(begins: Timestamp) -> Timestamp {
    let next = (begins + Span::hours(30)).london_date();
    Timestamp::day_begins(&next.to_string()).unwrap_or(begins + Span::hours(24))
}

#[derive(Debug)]
struct Row {
    at: String,
    who: String,
    act: String,
    on: Vec<(&'static str, String, String)>,
    origin: String,
    why: Option<String>,
    recipient: Option<String>,
    detail: String,
}

impl Row {
    fn of(row: &AuditRow) -> Self {
        let on = [
            ("Notice", "notice", row.notice_id.map(|id| id.to_string())),
            ("Item", "item", row.work_item_id.map(|id| id.to_string())),
            ("Person", "person", row.person_id.map(|id| id.to_string())),
        ];
        let detail = row.detail.as_object().is_some_and(|detail| !detail.is_empty());
        Self {
            at: row.at.london_text(),
            who: row.who.clone(),
            act: words::capital(&words::plain(row.act.code())),
            on: on
                .into_iter()
                .filter_map(|(name, field, id)| {
                    let id = id?;
                    Some((name, format!("{AUDIT_PATH}?{field}={id}"), id))
                })
                .collect(),
            origin: row.origin.clone(),
            why: row.why.as_ref().map(|why| why.text.clone()).filter(|text| !text.is_empty()),
            recipient: row.recipient.clone(),
            detail: if detail { row.detail.to_string() } else { String::new() },
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "audit.html")]
struct AuditTemplate {
    shell: Shell,
    filter: Filter,
    acts: Vec<(&'static str, String, bool)>,
    fault: Option<Fault>,
    as_of: String,
    rows: Vec<Row>,
    next: Option<String>,
    csv: String,
    ndjson: String,
    seen: Option<String>,
}

fn filled(by: &Principal, filter: Filter, fault: Option<Fault>) -> AuditTemplate {
    let title = if fault.is_some() { "Error: The log" } else { "The log" };
    let mut acts: Vec<(&'static str, String, bool)> = Act::ALL
        .iter()
        .map(|act| (act.code(), words::capital(&words::plain(act.code())), act.code() == filter.act))
        .collect();
    acts.sort_by(|a, b| a.1.cmp(&b.1));
    let seen = filter.person.trim().parse::<ppn_domain::PersonId>().ok();
    AuditTemplate {
        shell: Shell::of(by, title, AUDIT_PATH),
        acts,
        fault,
        as_of: String::new(),
        rows: Vec::new(),
        next: None,
        csv: filter.address("/audit/export", &[("format", "csv")]),
        ndjson: filter.address("/audit/export", &[("format", "ndjson")]),
        seen: seen.map(|id| format!("/audit/persons/{id}")),
        filter,
    }
}

/// `GET /audit`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::ReadAudit)?;
    let query = match filter.query() {
        Ok(query) => query,
        Err(fault) => return Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &filled(&by, filter, Some(fault)))),
    };
    let before = filter.before.parse().ok();
    let seen = service.audit(&by, &query, before, ROWS).await?;
    let next = seen.next.map(|place| filter.address(AUDIT_PATH, &[("before", &place.to_string())]));
    let rows = seen.rows.iter().map(|(_, row)| Row::of(row)).collect();
    let shown = AuditTemplate { as_of: seen.as_of.london_text(), rows, next, ..filled(&by, filter, None) };
    Ok(page(StatusCode::OK, &shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_in_the_period_to_its_end_whatever_the_clocks_do() {
        for (day, next) in
            [("2026-03-29", "2026-03-30"), ("2026-10-25", "2026-10-26"), ("2026-06-01", "2026-06-02")]
        {
            let begins = Timestamp::day_begins(day).unwrap();
            assert_eq!(Some(next_day(begins)), Timestamp::day_begins(next), "{day}");
        }
    }

    #[test]
    fn what_cannot_stand_is_named_by_its_field() {
        for (filter, href) in [
            (Filter { notice: "12".to_owned(), ..Filter::default() }, "#notice"),
            (Filter { act: "nothing".to_owned(), ..Filter::default() }, "#act"),
            (Filter { from: "2026-02-30".to_owned(), ..Filter::default() }, "#from"),
            (Filter { user: "x".repeat(65), ..Filter::default() }, "#user"),
        ] {
            assert_eq!(filter.query().unwrap_err().href, href);
        }
        assert!(Filter { user: " ann ".to_owned(), ..Filter::default() }.query().unwrap().who.is_some());
    }
}
