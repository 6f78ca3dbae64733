//! What somebody does with an item. Each act answers with a redirect, so that going back or loading again
//! repeats nothing; one that is refused answers with the page, why, and what was typed.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Band, ClaimId, NoticeId, Outcome, Rank, Span, Timestamp, WorkItemId};
use ppn_http::session::SignedInAs;
use ppn_service::{
    Complete, GradeWish, HandOver, ItemPage, Lanes, MaracWish, Principal, ReadAt, Service, ServiceError,
};

use super::{Trouble, Typed, view};
use crate::layout::{desk_address, page};
use crate::refusal::{Refusal, said};

/// An act on an item as it was sent.
pub(super) struct Sent {
    by: Principal,
    id: WorkItemId,
    typed: Typed,
}

impl Sent {
    pub(super) fn of(by: Principal, id: &str, typed: Typed) -> Result<Self, Refusal> {
        Ok(Self { by, id: id.parse().map_err(|_| Refusal::not_found())?, typed })
    }

    pub(super) const fn by(&self) -> &Principal {
        &self.by
    }

    pub(super) fn field(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", |text| text.trim())
    }

    fn text(&self, name: &str) -> Option<String> {
        Some(self.field(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// The claim that the page was shown under. A form without one is of a page that nobody held.
    pub(super) fn claim(&self) -> Result<ClaimId, ServiceError> {
        self.field("claim").parse().map_err(|_| ServiceError::ClaimEnded)
    }

    fn read(&self) -> Option<ReadAt> {
        let at = self.field("read_at").parse().ok().map(Timestamp::from_micros)?;
        Some(ReadAt { revision: self.field("revision").parse().ok()?, at })
    }

    fn revision(&self) -> u32 {
        // Nothing is a revision of its own: the service then names the current one.
        self.field("revision").parse().unwrap_or(0)
    }

    /// Leads on, or shows the page again with why.
    pub(super) async fn end(
        self,
        service: &Service,
        done: Result<String, ServiceError>,
    ) -> Result<Response, Refusal> {
        let error = match done {
            Ok(to) => return Ok(Redirect::to(&to).into_response()),
            Err(error) => error,
        };
        let (status, lost) = match &error {
            ServiceError::HeldBy { .. } => (StatusCode::CONFLICT, true),
            ServiceError::Revised { .. }
            | ServiceError::LinkedSince
            | ServiceError::ClaimEnded
            | ServiceError::WrongState { .. }
            | ServiceError::NothingToLower
            | ServiceError::Raced => (StatusCode::CONFLICT, false),
            ServiceError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, false),
            ServiceError::Forbidden(_) | ServiceError::OwnDecision | ServiceError::NotOnTheList => {
                (StatusCode::FORBIDDEN, false)
            }
            ServiceError::Busy | ServiceError::Again => (StatusCode::SERVICE_UNAVAILABLE, false),
            _ => return Err(error.into()),
        };
        let field = match &error {
            ServiceError::Invalid(errors) => errors.first().map(|e| field_of(&e.path, &self.typed)),
            _ => None,
        };
        let trouble = Trouble { words: said(&error), field: field.unwrap_or_default(), lost };
        let version = service.item_version(&self.by, self.id).await?;
        let seen: ItemPage = service.item_page(&self.by, self.id, self.read()).await?;
        let mut typed = self.typed;
        for hidden in ["claim", "revision", "read_at", "say", "shown", "desk", "notice"] {
            typed.remove(hidden);
        }
        Ok(page(status, &view(&self.by, &seen, version, typed, Some(trouble))))
    }
}

/// The field of the page for a path that the service names: forms of one page name theirs apart.
fn field_of(path: &str, typed: &Typed) -> String {
    let name = path.trim_start_matches('/').replace('/', "-");
    let own = ["hold-", "assign-", "lower-", "restrict-", "lift-"].iter().map(|form| format!("{form}{name}"));
    let renamed = match name.as_str() {
        "until" => Some("hours".to_owned()),
        _ => own.into_iter().find(|own| typed.contains_key(own)),
    };
    renamed.unwrap_or(name)
}

fn here(id: WorkItemId) -> String {
    format!("/items/{id}")
}

type Act = (State<Lanes>, SignedInAs, Path<String>, Form<Typed>);

/// `POST /items/{id}/claim`.
pub async fn claim(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let done = lanes.service().claim_named(&sent.by, sent.id, None).await.map(|_| here(sent.id));
    sent.end(lanes.service(), done).await
}

/// `POST /items/{id}/bundle`: takes the waiting items of the household, each under its own claim. What
/// somebody else took meanwhile is left to them.
pub async fn take_bundle(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let done = take_all(service, &sent).await.map(|()| here(sent.id));
    sent.end(service, done).await
}

async fn take_all(service: &Service, sent: &Sent) -> Result<(), ServiceError> {
    for near in service.item_page(&sent.by, sent.id, None).await?.bundle {
        match service.claim_named(&sent.by, near.item.id, None).await {
            Ok(_)
            | Err(ServiceError::HeldBy { .. } | ServiceError::WrongState { .. } | ServiceError::Raced) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// `POST /items/{id}/renew`.
pub async fn renew(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service: &Arc<Service> = lanes.service();
    let done = match sent.claim() {
        Ok(claim) => service.renew(&sent.by, sent.id, claim, None).await.map(|_| here(sent.id)),
        Err(error) => Err(error),
    };
    sent.end(service, done).await
}

/// `POST /items/{id}/complete`: back to the desk, where the next one is taken.
pub async fn complete(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let done = complete_it(&lanes, &sent).await;
    sent.end(lanes.service(), done).await
}

async fn complete_it(lanes: &Lanes, sent: &Sent) -> Result<String, ServiceError> {
    let outcome: Outcome =
        sent.field("outcome").parse().map_err(|_| missing("/outcome", "choose how it ends"))?;
    let duplicate_of: Option<NoticeId> = match sent.text("duplicate_of") {
        Some(id) if outcome == Outcome::Duplicate => {
            Some(id.parse().map_err(|_| missing("/duplicate_of", "choose a notice of the list"))?)
        }
        _ => None,
    };
    let wish = Complete {
        by: sent.by.clone(),
        id: sent.id,
        claim: sent.claim()?,
        revision: sent.revision(),
        read_at: sent.read().map(|read| read.at),
        outcome,
        reason: sent.field("reason").to_owned(),
        duplicate_of,
        once: None,
    };
    let view = lanes.complete(wish).await?;
    Ok(desk_address(view.item.desk))
}

fn missing(path: &str, fix: &str) -> ServiceError {
    ServiceError::Invalid(vec![ppn_service::FieldError {
        path: path.to_owned(),
        rule: "required".to_owned(),
        fix: fix.to_owned(),
        line: None,
    }])
}

/// `POST /items/{id}/grade`: back to the desk, where the next one is taken.
pub async fn grade(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let done = grade_it(lanes.service(), &sent).await;
    sent.end(lanes.service(), done).await
}

async fn grade_it(service: &Service, sent: &Sent) -> Result<String, ServiceError> {
    let (reason, plan) = (sent.text("marac-reason"), sent.text("marac-plan"));
    let marac = match sent.field("marac") {
        "refer" => Some(MaracWish { refer: true, reason, plan }),
        "no" => {
            if reason.is_none() {
                return Err(missing("/marac/reason", "say why it is not referred"));
            }
            if plan.is_none() {
                return Err(missing("/marac/plan", "say what is done instead"));
            }
            Some(MaracWish { refer: false, reason, plan })
        }
        _ if reason.is_some() || plan.is_some() => {
            return Err(missing("/marac", "say whether it is referred"));
        }
        _ => None,
    };
    let wish = GradeWish {
        id: sent.id,
        claim: sent.claim()?,
        revision: sent.revision(),
        read_at: sent.read().map(|read| read.at),
        grade: sent.field("grade").parse().map_err(|_| missing("/grade", "choose a grade"))?,
        rationale: sent.field("rationale").to_owned(),
        marac,
    };
    let view = service.grade(&sent.by, &wish, None).await?;
    Ok(desk_address(view.item.desk))
}

/// `POST /items/{id}/release`.
pub async fn release(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let hand_over =
        HandOver { done: sent.text("done"), left: sent.text("left"), waiting: sent.text("waiting") };
    let done = match sent.claim() {
        Ok(claim) => {
            let released = service.release(&sent.by, sent.id, claim, &hand_over, None).await;
            released.map(|view| desk_address(view.item.desk))
        }
        Err(error) => Err(error),
    };
    sent.end(service, done).await
}

/// `POST /items/{id}/hold`.
pub async fn hold(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let hours: i64 = sent.field("hours").parse().unwrap_or(0);
    let until = service.now() + Span::hours(hours.clamp(0, 10_000));
    let done = match sent.claim() {
        Ok(claim) => {
            let held = service.hold(&sent.by, sent.id, claim, until, sent.field("hold-reason"), None).await;
            held.map(|view| desk_address(view.item.desk))
        }
        Err(error) => Err(error),
    };
    sent.end(service, done).await
}

/// `POST /items/{id}/assign`.
pub async fn assign(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let assigned =
        service.assign(&sent.by, sent.id, sent.field("to"), sent.field("assign-reason"), None).await;
    let done = assigned.map(|_| here(sent.id));
    sent.end(service, done).await
}

/// `POST /items/{id}/accept-lowering`.
pub async fn accept_lowering(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let band = sent.field("band").parse::<Band>();
    let points = sent.field("points").parse::<i32>();
    let done = match (band, points) {
        (Ok(band), Ok(score)) => {
            let (claim, to) = (sent.claim().ok(), Rank { band, score });
            let why = sent.field("lower-reason");
            let lowered = service.accept_lowering(&sent.by, sent.id, claim, to, why, None).await;
            lowered.map(|_| here(sent.id))
        }
        _ => Err(ServiceError::NothingToLower),
    };
    sent.end(service, done).await
}

/// `POST /items/{id}/endorse`.
pub async fn endorse(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let done = match (sent.claim(), sent.field("agree")) {
        (Ok(claim), agree @ ("yes" | "no")) => {
            let (revision, reason) = (sent.revision(), sent.field("reason"));
            let ended =
                service.endorse(&sent.by, sent.id, claim, revision, agree == "yes", reason, None).await;
            ended.map(|view| desk_address(view.item.desk))
        }
        (Ok(_), _) => Err(missing("/agree", "say whether you agree")),
        (Err(error), _) => Err(error),
    };
    sent.end(service, done).await
}

/// `POST /items/{id}/know-these-people`: it is hidden from whoever said so, and goes to somebody else.
pub async fn know_these_people(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let service = lanes.service();
    let desk = sent.field("desk").parse().map_or_else(|_| "/".to_owned(), desk_address);
    let done = service.know_these_people(&sent.by, sent.id, None).await.map(|()| desk);
    sent.end(service, done).await
}

/// `POST /items/{id}/restrict`.
pub async fn restrict(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let done = change_restriction(lanes.service(), &sent, true).await;
    sent.end(lanes.service(), done).await
}

/// `POST /items/{id}/lift-restriction`.
pub async fn lift_restriction(
    (State(lanes), SignedInAs(session), Path(id), Form(typed)): Act,
) -> Result<Response, Refusal> {
    let sent = Sent::of(session.principal, &id, typed)?;
    let done = change_restriction(lanes.service(), &sent, false).await;
    sent.end(lanes.service(), done).await
}

async fn change_restriction(service: &Service, sent: &Sent, on: bool) -> Result<String, ServiceError> {
    let (reason, why) = if on { ("restrict-reason", "restrict-why") } else { ("lift-reason", "lift-why") };
    let reason: RestrictionReason =
        sent.field(reason).parse().map_err(|_| missing("/reason", "choose a reason"))?;
    let notice: NoticeId = sent.field("notice").parse().map_err(|_| ServiceError::NotFound("notice"))?;
    let (by, why) = (&sent.by, sent.field(why));
    if on {
        service.restrict(by, notice, reason, why, None).await?;
    } else {
        service.lift_restriction(by, notice, reason, why, None).await?;
    }
    // Whom the list does not name does not see it again.
    match service.item_version(by, sent.id).await {
        Ok(_) => Ok(here(sent.id)),
        Err(ServiceError::NotFound(_)) => Ok("/".to_owned()),
        Err(error) => Err(error),
    }
}
