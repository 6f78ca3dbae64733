//! Who has seen somebody's record.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::PersonId;
use ppn_http::session::SignedInAs;
use ppn_service::Service;

use super::AUDIT_PATH;
use crate::layout::{Shell, in_address, page};
use crate::refusal::Refusal;
use crate::words;

#[derive(Debug)]
struct Row {
    who: String,
    log: String,
    first: String,
    last: String,
    acts: String,
    claimed: bool,
}

#[derive(Debug, Template)]
#[template(path = "audit-seen.html")]
struct SeenPage {
    shell: Shell,
    id: PersonId,
    rows: Vec<Row>,
}

/// `GET /audit/persons/{id}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let id: PersonId = id.parse().map_err(|_| Refusal::not_found())?;
    let seen = service.who_has_seen(&by, id).await?;
    let rows = seen.into_iter().map(|of| Row {
        log: format!("{AUDIT_PATH}?user={}&person={id}", in_address(&of.who)),
        first: of.first.london_text(),
        last: of.last.london_text(),
        acts: of
            .acts
            .iter()
            .map(|(act, times)| format!("{} ({})", words::plain(act), words::number(*times)))
            .collect::<Vec<_>>()
            .join("; "),
        claimed: of.claimed,
        who: of.who,
    });
    let shown =
        SeenPage { shell: Shell::of(&by, "Who has seen a record", AUDIT_PATH), id, rows: rows.collect() };
    Ok(page(StatusCode::OK, &shown))
}
