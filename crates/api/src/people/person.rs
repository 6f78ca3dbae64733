//! `GET /persons/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::PersonId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::{Service, state_word};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::Time;
use crate::examples;
use crate::people::link::{LinkSideView, StateWord};

/// A person over every notice that certain and confirmed links join.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The person.
    pub id: Uuid,
    /// Where they are mentioned, latest receipt first.
    pub mentions: Vec<LinkSideView>,
    /// Whom they may be besides, and what people said of it. Nothing of the other family is shown
    /// here: open the link to compare.
    pub links: Vec<BriefLinkView>,
}

/// A link, without its sides.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefLinkView {
    /// The link.
    pub id: Uuid,
    /// Where it stands.
    pub state: StateWord,
    /// How alike they are, in tenths of bits: more is more alike.
    pub score: i32,
    /// Why, in words that say nothing of either.
    pub reasons: Vec<String>,
    /// When it was found.
    pub made_at: Time,
    /// Who decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
}

/// Read a person.
///
/// Every notice of theirs that the caller may open, as it describes them. Logged.
#[utoipa::path(
    get,
    path = "/api/v1/persons/{id}",
    tag = "People",
    params(("id" = Uuid, Path, description = "The person, as a notice names them in `people`.")),
    responses(
        (status = 200, description = "The person.", body = PersonView, example = json!(examples::person())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn person(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<PersonId>,
) -> Result<Json<PersonView>, Problem> {
    let view = service.person(&by, id).await?;
    let links = view.links.into_iter().map(|link| BriefLinkView {
        id: link.id.0,
        state: StateWord::from(state_word(link.state)),
        score: link.score,
        reasons: link.reasons,
        made_at: link.made_at.into(),
        decided_by: link.decided.map(|(who, _)| who),
    });
    Ok(Json(PersonView {
        id: view.id.0,
        mentions: view.mentions.into_iter().map(LinkSideView::from).collect(),
        links: links.collect(),
    }))
}
