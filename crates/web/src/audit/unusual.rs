//! Access that somebody should ask about.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::{Permission, Span, Timestamp};
use ppn_http::session::SignedInAs;
use ppn_service::{LONGEST_LOOK, MANY_IN_AN_HOUR, Service, ServiceError, Unusual, UnusualAccess};
use serde::Deserialize;

use super::{AUDIT_PATH, next_day};
use crate::layout::{Shell, in_address, page};
use crate::refusal::{Refusal, said};
use crate::words;

/// The address of the page.
pub const UNUSUAL_PATH: &str = "/audit/unusual";
/// So many days are looked at where none are named.
const USUALLY: i64 = 7;

/// What the address says: the first and the last day.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Days {
    from: String,
    until: String,
}

#[derive(Debug)]
struct Row {
    what: String,
    who: String,
    log: String,
    when: String,
    notices: Vec<(String, String)>,
    more: usize,
}

impl Row {
    fn of(found: UnusualAccess) -> Self {
        let many = words::count(found.count as u64, "notice", "notices");
        Self {
            what: match found.kind {
                Unusual::WithoutClaim => format!("{many} opened without having claimed work on them"),
                Unusual::ManyInAnHour => format!("{many} opened, more than {MANY_IN_AN_HOUR} within an hour"),
                Unusual::OwnSurname => {
                    format!("{many} opened on which somebody has the user\u{2019}s surname")
                }
            },
            log: format!("{AUDIT_PATH}?user={}", in_address(&found.who)),
            when: format!("{} to {}", found.first.london_text(), found.last.london_text()),
            more: found.count.saturating_sub(found.notices.len()),
            notices: found
                .notices
                .iter()
                .map(|id| {
                    (format!("{AUDIT_PATH}?notice={id}&user={}", in_address(&found.who)), id.to_string())
                })
                .collect(),
            who: found.who,
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "audit-unusual.html")]
struct UnusualPage {
    shell: Shell,
    days: Days,
    fault: Option<String>,
    rows: Vec<Row>,
    whole: bool,
    longest: i64,
}

/// `GET /audit/unusual`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Query(mut days): Query<Days>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    by.require(Permission::ReadAudit)?;
    let today = service.now();
    if days.from.is_empty() && days.until.is_empty() {
        days.until = today.london_date().to_string();
        days.from = (today - Span::days(USUALLY - 1)).london_date().to_string();
    }
    let period = Timestamp::day_begins(&days.from).zip(Timestamp::day_begins(&days.until).map(next_day));
    let (rows, whole, fault) = match period {
        None => (Vec::new(), true, Some("Give two real days".to_owned())),
        Some((from, until)) => match service.unusual_access(&by, from, until).await {
            Ok(found) => (found.found.into_iter().map(Row::of).collect(), found.whole, None),
            Err(error @ ServiceError::Invalid(_)) => (Vec::new(), true, Some(said(&error))),
            Err(error) => return Err(error.into()),
        },
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let title = if fault.is_some() { "Error: Unusual access" } else { "Unusual access" };
    let shown = UnusualPage {
        shell: Shell::of(&by, title, UNUSUAL_PATH),
        days,
        fault,
        rows,
        whole,
        longest: LONGEST_LOOK.as_seconds() / 86_400,
    };
    Ok(page(status, &shown))
}
