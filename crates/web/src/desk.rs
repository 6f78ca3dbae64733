//! A desk's work list, and the next item of it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Desk, StateName, Timestamp};
use ppn_http::session::SignedInAs;
use ppn_service::{
    ClaimNext, Lanes, ListRequest, ListedItem, Service, WorkList, counted, read_cursor, write_cursor,
};
use serde::Deserialize;

use crate::layout::{Shell, desk_address, page};
use crate::refusal::Refusal;
use crate::times::{Clock, length};
use crate::words;

/// Lines of one page: as many as somebody looks through.
const LINES: u32 = 25;
/// Reasons of one line; the rest are counted.
const REASONS: usize = 3;

/// What a list is narrowed to, as its address says it.
#[derive(Debug, Default, Deserialize)]
pub struct Narrowed {
    band: Option<String>,
    state: Option<String>,
    overdue: Option<String>,
    mine: Option<String>,
    after: Option<String>,
    /// Somebody asked for the next item and there was none.
    empty: Option<String>,
}

/// The same, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Filter {
    band: Option<Band>,
    state: StateName,
    overdue: bool,
    mine: bool,
}

impl Filter {
    fn address(self, desk: Desk) -> String {
        let mut query = Vec::new();
        if self.state != StateName::Waiting {
            query.push(format!("state={}", self.state));
        }
        query.extend(self.band.map(|band| format!("band={band}")));
        query.extend(self.overdue.then(|| "overdue=yes".to_owned()));
        query.extend(self.mine.then(|| "mine=yes".to_owned()));
        let address = desk_address(desk);
        if query.is_empty() { address } else { format!("{address}?{}", query.join("&")) }
    }

    fn after(self, desk: Desk, cursor: &str) -> String {
        let address = self.address(desk);
        let joint = if address.contains('?') { '&' } else { '?' };
        format!("{address}{joint}after={cursor}")
    }

    /// Nothing is narrowed.
    fn is_whole(self) -> bool {
        self == Self { band: None, state: StateName::Waiting, overdue: false, mine: false }
    }
}

/// The words of an optional parameter; an empty one is none.
fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl Narrowed {
    fn read(&self) -> Option<Filter> {
        Some(Filter {
            band: given(self.band.as_ref()).map(str::parse).transpose().ok()?,
            state: given(self.state.as_ref()).map_or(Ok(StateName::Waiting), str::parse).ok()?,
            overdue: given(self.overdue.as_ref()).is_some(),
            mine: given(self.mine.as_ref()).is_some(),
        })
    }
}

/// A count that opens the list behind it.
#[derive(Debug)]
struct Count {
    href: String,
    text: String,
    number: String,
    overdue: String,
    band: &'static str,
    current: bool,
}

/// A line of the list.
#[derive(Debug)]
struct Row {
    id: String,
    reference: String,
    source: String,
    kind: &'static str,
    band: &'static str,
    label: &'static str,
    unassessed: bool,
    restricted: bool,
    reserve: bool,
    now: String,
    by_date: String,
    reasons: Vec<String>,
    more: usize,
    questions: Vec<String>,
    lower: Option<String>,
    age: String,
    clocks: Vec<Clock>,
    bundle: Option<String>,
    state: String,
}

#[derive(Debug, Template)]
#[template(path = "desk.html")]
struct DeskPage {
    shell: Shell,
    desk: Desk,
    name: &'static str,
    is_for: &'static str,
    by_risk: bool,
    not_a_grade: &'static str,
    bands: Vec<Count>,
    states: Vec<Count>,
    filter: Filter,
    here: String,
    version: String,
    whole: String,
    as_of: String,
    rows: Vec<Row>,
    reserve: Option<(String, String)>,
    total: u64,
    total_words: String,
    state_title: &'static str,
    next: Option<String>,
    first: Option<String>,
    asked_and_empty: bool,
}

fn request(filter: Filter, name: &str, after: Option<&str>) -> Result<ListRequest, Refusal> {
    let after = after.map(|cursor| read_cursor(cursor).ok_or_else(Refusal::not_found)).transpose()?;
    Ok(ListRequest {
        desk: None,
        state: filter.state,
        band: filter.band,
        holder: filter.mine.then(|| name.to_owned()),
        overdue: filter.overdue,
        after,
        limit: LINES,
    })
}

/// `GET /desks/{desk}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path(desk): Path<String>,
    Query(narrowed): Query<Narrowed>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let desk: Desk = desk.parse().map_err(|_| Refusal::not_found())?;
    let filter = narrowed.read().ok_or_else(Refusal::not_found)?;
    let after = given(narrowed.after.as_ref());
    let request = request(filter, &by.name, after)?;
    let version = service.work_list_version(&by, desk, &request).await?;
    let tag = format!("\"{version}\"");
    let has_it = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let list = service.work_list(&by, desk, &request).await?;
        let asked_and_empty = given(narrowed.empty.as_ref()).is_some() && list.items.is_empty();
        let shell = Shell::of(&by, words::desk(desk), &desk_address(desk));
        page(StatusCode::OK, &view(shell, desk, filter, after.is_some(), version, list, asked_and_empty))
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn view(
    shell: Shell,
    desk: Desk,
    filter: Filter,
    later: bool,
    version: String,
    list: WorkList,
    asked_and_empty: bool,
) -> DeskPage {
    let counts = &list.counts;
    let bands = Band::ALL.iter().rev().map(|&band| {
        let to = Filter { band: Some(band), ..filter };
        let of = counts.iter().filter(|c| c.band == band && c.state == filter.state);
        let overdue: u64 = of.map(|c| c.overdue).sum();
        Count {
            href: to.address(desk),
            text: band.label().to_owned(),
            number: words::number(counted(counts, Some(band), Some(filter.state))),
            overdue: if overdue == 0 {
                String::new()
            } else {
                format!("{} past the limit", words::number(overdue))
            },
            band: band.code(),
            current: filter.band == Some(band),
        }
    });
    let states = StateName::ALL.iter().filter(|state| **state != StateName::Done).map(|&state| {
        let to = Filter { state, overdue: false, ..filter };
        Count {
            href: to.address(desk),
            text: words::state_name(state).to_owned(),
            number: words::number(counted(counts, filter.band, Some(state))),
            overdue: String::new(),
            band: "",
            current: filter.state == state,
        }
    });
    DeskPage {
        shell,
        desk,
        name: words::desk(desk),
        is_for: words::desk_is_for(desk),
        by_risk: list.by_risk,
        not_a_grade: BAND_IS_NOT_A_GRADE,
        bands: bands.collect(),
        states: states.collect(),
        filter,
        here: filter.address(desk),
        version,
        whole: desk_address(desk),
        as_of: list.as_of.london_text(),
        reserve: list
            .reserve
            .as_ref()
            .filter(|_| filter.state == StateName::Waiting)
            .map(|item| (item.id.to_string(), format!("{} {}", words::kind(item.kind), item.reference))),
        total: counted(counts, filter.band, Some(filter.state)),
        total_words: words::number(counted(counts, filter.band, Some(filter.state))),
        state_title: words::state_name(filter.state),
        next: list.next.map(|key| filter.after(desk, &write_cursor(key))),
        first: later.then(|| filter.address(desk)),
        rows: list.items.into_iter().map(|item| row(item, list.as_of)).collect(),
        asked_and_empty,
    }
}

fn row(listed: ListedItem, now: Timestamp) -> Row {
    let ListedItem { line, place, bundle } = listed;
    let item = line.item;
    let assessed = line.standing.or(line.latest.clone()).map(|stored| stored.assessment);
    let (reasons, questions) = assessed.map(|a| (a.reasons, a.questions)).unwrap_or_default();
    let words_of = |n: u64| words::number(n);
    Row {
        id: item.id.to_string(),
        source: item.source,
        reference: item.reference,
        kind: words::kind(item.kind),
        band: item.rank.band.code(),
        label: item.rank.band.label(),
        unassessed: line.latest.is_none(),
        restricted: item.restricted.is_restricted(),
        reserve: line.reserve_next,
        now: place.map(|place| words_of(place.now)).unwrap_or_default(),
        by_date: place.map(|place| words_of(place.by_date)).unwrap_or_default(),
        more: reasons.len().saturating_sub(REASONS),
        reasons: reasons.into_iter().take(REASONS).map(|reason| reason.text).collect(),
        questions: questions
            .into_iter()
            .map(|q| format!("{} Could be {}.", q.question, q.could_be.code()))
            .collect(),
        lower: item.could_be.map(|rank| rank.band.label().to_owned()),
        age: length(now - item.received),
        clocks: vec![
            Clock::at("Pick up", item.clocks.picked_up, now),
            Clock::at("Decide", item.clocks.decided, now),
            Clock::at("Tell partner", item.clocks.told, now),
        ],
        bundle: (bundle > 1).then(|| format!("{bundle} items of this household wait here")),
        state: words::state(&item.state, now),
    }
}

/// How the next item is asked for.
#[derive(Debug, Deserialize)]
pub struct NextForm {
    bundle: Option<String>,
}

/// `POST /desks/{desk}/next`: takes the next item and opens it.
pub async fn next(
    State(lanes): State<Lanes>,
    SignedInAs(session): SignedInAs,
    Path(desk): Path<String>,
    Form(form): Form<NextForm>,
) -> Result<Response, Refusal> {
    let by = session.principal;
    let desk: Desk = desk.parse().map_err(|_| Refusal::not_found())?;
    let wish = ClaimNext { by, desk, bundle: form.bundle.is_some(), once: None };
    let to = match lanes.claim_next(wish).await {
        Ok(Some(claimed)) => format!("/items/{}", claimed.view.item.id),
        Ok(None) => format!("{}?empty=yes", desk_address(desk)),
        Err(error) => return Err(error.into()),
    };
    Ok(Redirect::to(&to).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_keeps_its_address() {
        let filter = Filter { band: Some(Band::Red), state: StateName::Claimed, overdue: true, mine: true };
        let address = filter.address(Desk::Child);
        assert_eq!(address, "/desks/child?state=claimed&band=red&overdue=yes&mine=yes");
        let yes = Some("yes".to_owned());
        let read = Narrowed {
            band: Some("red".to_owned()),
            state: Some("claimed".to_owned()),
            overdue: yes.clone(),
            mine: yes,
            ..Narrowed::default()
        };
        assert_eq!(read.read(), Some(filter));
        assert!(Narrowed { band: Some("purple".to_owned()), ..Narrowed::default() }.read().is_none());
        assert!(
            Narrowed { band: Some(String::new()), ..Narrowed::default() }
                .read()
                .is_some_and(Filter::is_whole)
        );
    }
}
