//! Help: what each band, clock and reason means.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Desk};
use ppn_http::session::SignedInAs;
use ppn_service::Service;

use crate::layout::{Shell, page};
use crate::refusal::Refusal;
use crate::times::length;
use crate::words;

#[derive(Debug)]
struct Rule {
    id: String,
    label: String,
    points: String,
    floor: Option<(&'static str, &'static str)>,
}

#[derive(Debug, Template)]
#[template(path = "help.html")]
struct HelpPage {
    shell: Shell,
    version: String,
    rules: Vec<Rule>,
}

/// `GET /help`: everything that an order can rest on.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
) -> Result<Response, Refusal> {
    let policy = service.policy();
    let rules = ppn_service::policy_entries(&policy).into_iter().filter(|entry| entry.text.is_some());
    let rules = rules.map(|entry| Rule {
        label: entry.label.clone().unwrap_or_else(|| words::capital(&words::plain(&entry.id))),
        points: entry.points.map(|points| format!("{points} points")).unwrap_or_default(),
        floor: entry.floor.map(|band| (band.code(), band.label())),
        id: entry.id,
    });
    let help = HelpPage {
        shell: Shell::of(&session.principal, "Help", "/help"),
        version: policy.reference().version.clone(),
        rules: rules.collect(),
    };
    Ok(page(StatusCode::OK, &help))
}

#[derive(Debug, Template)]
#[template(path = "help-order.html")]
struct OrderPage {
    shell: Shell,
    not_a_grade: &'static str,
    by_risk: bool,
    reserve_every: u32,
    audit_every: Option<u32>,
    bands: Vec<(&'static str, &'static str, String)>,
}

#[derive(Debug, Template)]
#[template(path = "help-rule.html")]
struct RulePage {
    shell: Shell,
    title: String,
    text: Option<String>,
    points: Option<String>,
    floor: Option<(&'static str, &'static str)>,
    desks: String,
    asks: Vec<String>,
    facts: Vec<(String, String)>,
    source: Option<String>,
    version: String,
}

/// `GET /help/{topic}`: `order`, or the identifier of a reason.
pub async fn topic(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(topic): Path<String>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let policy = service.policy();
    if topic == "order" {
        let order = service.order();
        let bands = Band::ALL.iter().rev().map(|&band| {
            let limits = policy.limits(Desk::Child, band);
            let words = format!(
                "picked up within {}, decided within {}, the partner told within {}",
                length(limits.picked_up),
                length(limits.decided),
                length(limits.told)
            );
            (band.code(), band.label(), words)
        });
        let help = OrderPage {
            shell: Shell::of(&by, "How the order works", ""),
            not_a_grade: BAND_IS_NOT_A_GRADE,
            by_risk: order.by_risk,
            reserve_every: order.reserve_every,
            audit_every: order.audit_every,
            bands: bands.collect(),
        };
        return Ok(page(StatusCode::OK, &help));
    }
    let entries = ppn_service::policy_entries(&policy);
    let Some(entry) = entries.into_iter().find(|entry| entry.id == topic) else {
        return Err(Refusal::not_found());
    };
    let title = entry.label.unwrap_or_else(|| words::capital(&words::plain(&entry.id)));
    let desks: Vec<&str> = entry.desks.iter().filter_map(|code| code.parse().ok()).map(words::desk).collect();
    let help = RulePage {
        shell: Shell::of(&by, title.clone(), ""),
        title,
        text: entry.text.map(|text| text.replace("{who}", "who it is").replace("{n}", "how many")),
        points: entry.points.map(|points| format!("{points} points")),
        floor: entry.floor.map(|band| (band.code(), band.label())),
        desks: desks.join(", "),
        asks: entry.asks,
        facts: entry.rests_on.into_iter().map(|fact| (fact.meaning, fact.found_in)).collect(),
        source: entry.source,
        version: policy.reference().version.clone(),
    };
    Ok(page(StatusCode::OK, &help))
}
