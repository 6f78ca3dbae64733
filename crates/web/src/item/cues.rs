//! Words of a notice that suggest a fact: whether it is so, once it was seen what the answer would change.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::profile::Digest;
use ppn_domain::{CueVerdict, Notice, Permission, Rank, WorkItemId};
use ppn_http::session::SignedInAs;
use ppn_service::{
    Consequence, CuePage, CuePreview, CueView, CueWord, Holding, Lanes, Principal, Service, ServiceError,
};

use super::acts::Sent;
use super::narrative::{Run, runs};
use super::{Trouble, Typed};
use crate::layout::{Shell, page};
use crate::refusal::{Refusal, said};
use crate::words;

/// What was said of a cue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    So,
    NotSo,
}

/// A cue as the page of its item lists it.
#[derive(Debug)]
pub(super) struct CueRow {
    pub(super) id: Digest,
    pub(super) href: String,
    pub(super) quote: String,
    pub(super) place: String,
    pub(super) label: String,
    pub(super) past: bool,
    pub(super) standing: String,
    pub(super) open: bool,
    pub(super) dismissed: bool,
}

/// The cues of a notice, in the order of their numbers.
pub(super) fn cue_rows(notice: &Notice, item: WorkItemId, cues: &[CueView]) -> Vec<CueRow> {
    let rows = cues.iter().map(|cue| {
        let (said, standing) = standing(cue);
        CueRow {
            id: cue.id,
            href: address(item, cue.id),
            quote: cue.words.says.clone(),
            place: words::place(notice, &cue.words.path),
            label: cue.label.clone(),
            past: cue.past,
            standing,
            open: said == Said::Nothing,
            dismissed: said == Said::NotSo,
        }
    });
    rows.collect()
}

fn standing(cue: &CueView) -> (Said, String) {
    match &cue.decided {
        None => (Said::Nothing, "Nobody has checked it".to_owned()),
        Some((CueVerdict::Confirmed, who, at)) => {
            (Said::So, format!("Right, said {who}, {}", at.london_text()))
        }
        Some((CueVerdict::Dismissed, who, at)) => {
            (Said::NotSo, format!("Not what is meant, said {who}, {}", at.london_text()))
        }
    }
}

fn address(item: WorkItemId, cue: Digest) -> String {
    format!("/items/{item}/cues/{cue}")
}

#[derive(Debug)]
struct ChangeRow {
    href: String,
    title: String,
    from: (&'static str, &'static str, i32),
    to: (&'static str, &'static str, i32),
    moves: bool,
    at_once: bool,
    gone: Vec<String>,
}

impl ChangeRow {
    fn of(change: Consequence) -> Self {
        let rank = |rank: Rank| (rank.band.code(), rank.band.label(), rank.score);
        Self {
            href: format!("/items/{}", change.id),
            title: format!("{} at the {}", change.reference, words::desk(change.desk).to_lowercase()),
            from: rank(change.from),
            to: rank(change.to),
            moves: change.from != change.to,
            at_once: change.at_once,
            gone: change.gone.into_iter().map(|reason| reason.text).collect(),
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "cue.html")]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of the page that is there or not")]
struct CueShown {
    shell: Shell,
    item: WorkItemId,
    id: Digest,
    reference: String,
    label: String,
    past: bool,
    quote: String,
    runs: Vec<Run>,
    standing: String,
    open: bool,
    dismissed: bool,
    /// The caller holds the item and may say.
    may: bool,
    claim_id: String,
    /// What a dismissal would do; none where that is not asked.
    changes: Option<Vec<ChangeRow>>,
    /// What was shown, as the form sends it back.
    shown: String,
    why: String,
    trouble: Option<Trouble>,
}

fn view(by: &Principal, seen: CuePage, why: String, trouble: Option<Trouble>) -> CueShown {
    let CuePage { item, holding, cue, text, preview } = seen;
    let (said, standing) = standing(&cue);
    let title = format!("Are these words right? {} {}", words::kind(item.kind), item.reference);
    let shell_title = if trouble.is_some() { format!("Error: {title}") } else { title };
    let claim_id = match &holding {
        Holding::Own(claim) => claim.id.to_string(),
        Holding::Nobody | Holding::Other { .. } => String::new(),
    };
    let shown = preview.as_ref().map(written).unwrap_or_default();
    CueShown {
        shell: Shell::of(by, shell_title, ""),
        item: item.id,
        id: cue.id,
        reference: item.reference,
        runs: text.map(|text| runs(&text, &cue.words.path, std::slice::from_ref(&cue))).unwrap_or_default(),
        label: cue.label,
        past: cue.past,
        quote: cue.words.says,
        standing,
        open: said == Said::Nothing,
        dismissed: said == Said::NotSo,
        may: !claim_id.is_empty() && by.may(Permission::DecideCue) && by.roles.work_at(item.desk),
        claim_id,
        changes: preview.map(|preview| preview.items.into_iter().map(ChangeRow::of).collect()),
        shown,
        why,
        trouble,
    }
}

/// What falls at once, as a form sends it: an item, its band and its points, item after item.
fn written(preview: &CuePreview) -> String {
    let falls = preview.falls().into_iter();
    falls.map(|(id, to)| format!("{id} {} {}", to.band, to.score)).collect::<Vec<_>>().join(" ")
}

/// Reads what [`written`] wrote. What is not as that wrote it was shown to nobody.
fn read(shown: &str) -> Option<Vec<(WorkItemId, Rank)>> {
    let words: Vec<&str> = shown.split_whitespace().collect();
    let falls = words.chunks(3).map(|fall| {
        let [id, band, score] = fall else { return None };
        Some((id.parse().ok()?, Rank { band: band.parse().ok()?, score: score.parse().ok()? }))
    });
    falls.collect()
}

/// `GET /items/{id}/cues/{cue}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    SignedInAs(session): SignedInAs,
    Path((item, cue)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (item, cue) = ids(&item, &cue)?;
    let seen = service.cue_page(&session.principal, item, cue).await?;
    Ok(page(StatusCode::OK, &view(&session.principal, seen, String::new(), None)))
}

fn ids(item: &str, cue: &str) -> Result<(WorkItemId, Digest), Refusal> {
    let item = item.parse().map_err(|_| Refusal::not_found())?;
    Ok((item, cue.parse().map_err(|_| Refusal::not_found())?))
}

/// `POST /items/{id}/cues/{cue}`: what somebody says of it.
pub async fn decide(
    State(lanes): State<Lanes>,
    SignedInAs(session): SignedInAs,
    Path((item, cue)): Path<(String, String)>,
    Form(typed): Form<Typed>,
) -> Result<Response, Refusal> {
    let (id, cue) = ids(&item, &cue)?;
    let service = lanes.service();
    let sent = Sent::of(session.principal, &item, typed)?;
    let shown = read(sent.field("shown")).unwrap_or_default();
    let word = match sent.field("say") {
        "confirm" => CueWord::Confirm,
        "dismiss" => CueWord::Dismiss { reason: sent.field("why"), shown: &shown },
        "undo" => CueWord::Undo,
        _ => return Err(Refusal::not_found()),
    };
    let done = match sent.claim() {
        Ok(claim) => service.decide_cue(sent.by(), (id, claim), cue, word, None).await,
        Err(error) => Err(error),
    };
    let Err(error) = done else {
        return Ok(Redirect::to(&format!("/items/{id}#cue-{cue}")).into_response());
    };
    let status = match &error {
        ServiceError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        ServiceError::PreviewChanged(_)
        | ServiceError::HeldBy { .. }
        | ServiceError::ClaimEnded
        | ServiceError::WrongState { .. }
        | ServiceError::Raced => StatusCode::CONFLICT,
        ServiceError::Busy | ServiceError::Again => StatusCode::SERVICE_UNAVAILABLE,
        // The words went with the revision in which they stood.
        ServiceError::NotFound("cue") => {
            let gone = service.item(sent.by(), id).await?;
            return sent.end(service, Err(ServiceError::Revised { current: gone.item.revision })).await;
        }
        _ => return Err(error.into()),
    };
    let trouble = Trouble {
        words: said(&error),
        field: if matches!(error, ServiceError::Invalid(_)) { "why".to_owned() } else { String::new() },
        lost: matches!(error, ServiceError::HeldBy { .. }),
    };
    let seen = service.cue_page(sent.by(), id, cue).await?;
    let why = sent.field("why").to_owned();
    Ok(page(status, &view(sent.by(), seen, why, Some(trouble))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::Band;

    #[test]
    fn what_was_shown_comes_back_as_it_went() {
        let id = |n: u8| WorkItemId(uuid::Uuid::from_bytes([n; 16]));
        let falls = vec![
            (id(1), Rank { band: Band::Amber, score: 46 }),
            (id(2), Rank { band: Band::Green, score: -3 }),
        ];
        let text: Vec<String> =
            falls.iter().map(|(id, to)| format!("{id} {} {}", to.band, to.score)).collect();
        assert_eq!(read(&text.join(" ")), Some(falls));
        assert_eq!(read(""), Some(Vec::new()));
        for wrong in ["x", "x amber 1", "00000000-0000-0000-0000-000000000000 amber"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
