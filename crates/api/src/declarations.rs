//! `POST /declarations`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use ppn_http::{Caller, Problem};
use ppn_service::{Declared, Service};
use serde::Deserialize;
use utoipa::ToSchema;

/// The caller, or one of theirs.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredPerson {
    /// Given names.
    #[schema(max_length = 200)]
    pub given_names: Option<String>,
    /// Family name.
    #[schema(max_length = 200)]
    pub family_name: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Phone.
    #[schema(max_length = 200)]
    pub phone: Option<String>,
    /// The lines of the home address.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub address_lines: Vec<String>,
    /// Its postcode.
    #[schema(max_length = 200)]
    pub postcode: Option<String>,
}

/// Who somebody is, is nobody's business in a log.
impl std::fmt::Debug for DeclaredPerson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeclaredPerson").finish_non_exhaustive()
    }
}

/// The caller and theirs.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// Everybody whose notices the caller must not work.
    #[schema(max_items = 20)]
    pub people: Vec<DeclaredPerson>,
}

/// Declare who you and yours are.
///
/// Notices that name them, or are of their home, are hidden from the caller from now on. Only digests are kept, in the place of those before, and the answer does not say whether anything was found.
#[utoipa::path(
    post,
    path = "/api/v1/declarations",
    operation_id = "declare_people",
    tag = "Work",
    request_body(content = Declaration, example = json!({ "people": [{ "given_names": "Ann", "family_name": "Reed", "date_of_birth": "1988-03-04" }] })),
    responses(
        (status = 204, description = "It is kept."),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Somebody else changed it at the same moment.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: nothing was done; try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn declare(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    request: ppn_http::Json<Declaration>,
) -> Result<StatusCode, Problem> {
    let people: Vec<Declared> = request
        .body
        .people
        .into_iter()
        .map(|of| Declared {
            given_names: of.given_names,
            family_name: of.family_name,
            date_of_birth: of.date_of_birth,
            phone: of.phone,
            address_lines: of.address_lines,
            postcode: of.postcode,
        })
        .collect();
    service.declare_people(&by, &people).await?;
    Ok(StatusCode::NO_CONTENT)
}
