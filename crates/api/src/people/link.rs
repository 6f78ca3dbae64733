//! `GET /links/{id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::LinkId;
use ppn_http::{Caller, Id, Problem};
use ppn_service::{LinkSide, Service};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::Time;
use crate::examples;

/// Where a link stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    /// Nobody has said.
    Possible,
    /// A person said that they are one.
    Confirmed,
    /// A person said that they are two.
    Refused,
}

impl From<&str> for StateWord {
    fn from(word: &str) -> Self {
        match word {
            "confirmed" => Self::Confirmed,
            "refused" => Self::Refused,
            _ => Self::Possible,
        }
    }
}

/// What one notice says of the person.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkSideView {
    /// The mention.
    pub mention_id: Uuid,
    /// The person it stands for.
    pub person_id: Uuid,
    /// The notice.
    pub notice_id: Uuid,
    /// Its reference at its source.
    pub reference: String,
    /// Name as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Date of birth as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    pub date_of_birth: Option<String>,
    /// First line and postcode; left out where the address is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl From<LinkSide> for LinkSideView {
    fn from(side: LinkSide) -> Self {
        Self {
            mention_id: side.mention_id.0,
            person_id: side.person_id.0,
            notice_id: side.notice_id.0,
            reference: side.reference,
            name: side.name,
            date_of_birth: side.date_of_birth.map(|day| day.to_string()),
            address: side.address,
        }
    }
}

/// A link with both sides.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkAnswer {
    /// The link.
    pub id: Uuid,
    /// Where it stands.
    pub state: StateWord,
    /// How alike they are, in tenths of bits: more is more alike.
    pub score: i32,
    /// Why, in words that say nothing of either.
    pub reasons: Vec<String>,
    /// Who decided it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When it was decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<Time>,
    /// What the two notices say.
    pub sides: Vec<LinkSideView>,
}

impl From<ppn_service::LinkView> for LinkAnswer {
    fn from(view: ppn_service::LinkView) -> Self {
        let (decided_by, decided_at) = view.decided.map(|(who, at)| (who, at.into())).unzip();
        Self {
            id: view.id.0,
            state: StateWord::from(view.state.as_str()),
            score: view.score,
            reasons: view.reasons,
            decided_by,
            decided_at,
            sides: view.sides.into_iter().map(LinkSideView::from).collect(),
        }
    }
}

/// Compare the two sides of a link.
///
/// Enough of both notices to tell whether they are one person. Logged.
#[utoipa::path(
    get,
    path = "/api/v1/links/{id}",
    tag = "People",
    params(("id" = Uuid, Path, description = "The link.")),
    responses(
        (status = 200, description = "The link.", body = LinkAnswer, example = json!(examples::link())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn link(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<LinkId>,
) -> Result<Json<LinkAnswer>, Problem> {
    Ok(Json(service.link(&by, id).await?.into()))
}
