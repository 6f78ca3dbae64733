//! `POST /work-items/{id}/grade`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use ppn_domain::{ClaimId, WorkItemId};
use ppn_http::{Caller, Id, Problem};
use ppn_service::{GradeWish, MaracWish, Service};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::GradeCode;
use crate::examples;
use crate::fields;
use crate::views::WorkItemAnswer;

/// A grade, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// The claim.
    pub claim_id: Uuid,
    /// The revision that was read.
    #[serde(deserialize_with = "fields::whole")]
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub revision: u32,
    /// The grade.
    pub grade: GradeCode,
    /// Why.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub rationale: String,
    /// What is said of MARAC. Left out, a high grade goes to MARAC and no other does.
    pub marac: Option<Marac>,
}

/// Whether the case is referred to MARAC.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Marac {
    /// Referred, or not.
    pub refer: bool,
    /// Why it is not referred.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub reason: Option<String>,
    /// What is done instead.
    #[schema(min_length = 1, max_length = 20000, pattern = r"\S")]
    pub plan: Option<String>,
}

/// Give a grade beside the officer's.
///
/// It completes the item, or makes it pending with an item at the endorsement desk: where the grade is
/// lowered from high, is below high on a red item, is standard though a criterion for MARAC is met, or is
/// lowered while a child is affected; where a criterion is met and the case is not referred, which needs a
/// reason and a plan; where nothing current says what is met; and for one in ten of the rest. Lowered is
/// against the grade that stands: the officer's, or that of an earlier review. Until a lower grade is
/// endorsed the higher stands.
#[utoipa::path(
    post,
    path = "/api/v1/work-items/{id}/grade",
    tag = "Work",
    params(
        ("id" = Uuid, Path, description = "The work item."),
        ("Idempotency-Key" = Option<String>, Header, description = "Act once for the same key, caller and body within 24 hours.", min_length = 1, max_length = 128, pattern = "^[!-~]+$"),
    ),
    request_body(content = Grading, example = json!({ "claim_id": examples::CLAIM_ID, "revision": 1, "grade": "medium", "rationale": "No violence in this event or the year before; the order holds.", "marac": { "refer": false, "reason": "The plan of last month stands.", "plan": "Weekly calls by the advocate." } })),
    responses(
        (status = 200, description = "The item as it now stands.", body = WorkItemAnswer, example = json!(examples::work_item_answer())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "None that the caller may see.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The claim, revision or state no longer holds.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again. Of the type outcome-unknown: send it again with its Idempotency-Key.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn grade(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    Id(id): Id<WorkItemId>,
    request: ppn_http::Json<Grading>,
) -> Result<Json<WorkItemAnswer>, Problem> {
    let body = request.body;
    let wish = GradeWish {
        id,
        claim: ClaimId(body.claim_id),
        revision: body.revision,
        grade: body.grade.0,
        rationale: body.rationale,
        marac: body.marac.map(|m| MaracWish { refer: m.refer, reason: m.reason, plan: m.plan }),
    };
    let view = service.grade(&by, &wish, request.once.as_ref()).await?;
    Ok(WorkItemAnswer::whole(view, &by.name))
}
