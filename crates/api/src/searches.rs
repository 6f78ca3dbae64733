//! `POST /searches`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::NaiveDate;
use ppn_http::{Caller, Problem};
use ppn_service::{FoundItem, FoundNotice, FoundPerson, SearchFor, SearchFound, Service};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::codes::{BandCode, DeskCode, KindCode, StateCode, Time};
use crate::examples;
use crate::fields;

/// What is searched for. Whatever is given narrows.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Searching {
    /// The reference of a notice, letter for letter.
    #[schema(max_length = 200)]
    pub reference: Option<String>,
    /// Given names.
    #[schema(max_length = 200)]
    pub given_names: Option<String>,
    /// Family name.
    #[schema(max_length = 200)]
    pub family_name: Option<String>,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// The year of birth, where no more is known; a year more or less is found too.
    #[serde(default, deserialize_with = "year")]
    #[schema(minimum = 1800, maximum = 2200)]
    pub year_of_birth: Option<i32>,
    /// The first line of the address.
    #[schema(max_length = 200)]
    pub address_line: Option<String>,
    /// The postcode.
    #[schema(max_length = 200)]
    pub postcode: Option<String>,
    /// The phone.
    #[schema(max_length = 200)]
    pub phone: Option<String>,
}

fn year<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i32>, D::Error> {
    #[derive(Deserialize)]
    struct Whole(#[serde(deserialize_with = "fields::whole")] i32);

    Ok(Option::<Whole>::deserialize(from)?.map(|Whole(year)| year))
}

/// Whom somebody searches for stands in no log.
impl std::fmt::Debug for Searching {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Searching").finish_non_exhaustive()
    }
}

/// A notice that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundNoticeView {
    /// The notice.
    pub notice_id: Uuid,
    /// Its source.
    pub source: String,
    /// Its reference at its source.
    pub reference: String,
    /// Its kind.
    pub kind: KindCode,
    /// Its receipt.
    pub received: Time,
    /// Its highest item, where it has any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_item: Option<FoundItemView>,
}

/// The item by which a notice is opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundItemView {
    /// The item.
    pub id: Uuid,
    /// Its desk.
    pub desk: DeskCode,
    /// Its band.
    pub band: BandCode,
    /// Where it stands.
    pub state: StateCode,
}

/// A person who was found, as one notice describes them.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundPersonView {
    /// The person over every notice.
    pub person_id: Uuid,
    /// Their name there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their date of birth there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_of_birth: Option<NaiveDate>,
    /// First line and postcode of their address there; left out where it is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Their parts there.
    pub roles: Vec<String>,
    /// The notice.
    pub notice: FoundNoticeView,
}

/// What a search found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// Notices with the reference, the latest receipt first.
    pub notices: Vec<FoundNoticeView>,
    /// Mentions of whoever is meant, the latest receipt first.
    pub people: Vec<FoundPersonView>,
    /// There may be more than is shown: give more to search by.
    pub more: bool,
    /// When it was asked.
    pub as_of: Time,
}

impl From<FoundItem> for FoundItemView {
    fn from(item: FoundItem) -> Self {
        Self {
            id: item.id.0,
            desk: DeskCode(item.desk),
            band: BandCode(item.band),
            state: StateCode(item.state),
        }
    }
}

impl From<FoundNotice> for FoundNoticeView {
    fn from(of: FoundNotice) -> Self {
        Self {
            notice_id: of.notice_id.0,
            source: of.source,
            reference: of.reference,
            kind: KindCode(of.kind),
            received: of.received.into(),
            work_item: of.item.map(FoundItemView::from),
        }
    }
}

impl From<FoundPerson> for FoundPersonView {
    fn from(of: FoundPerson) -> Self {
        Self {
            person_id: of.person_id.0,
            name: of.name,
            date_of_birth: of.date_of_birth,
            address: of.address,
            roles: of.roles.iter().map(|role| role.code().to_owned()).collect(),
            notice: of.notice.into(),
        }
    }
}

impl From<SearchFound> for SearchAnswer {
    fn from(found: SearchFound) -> Self {
        Self {
            notices: found.notices.into_iter().map(FoundNoticeView::from).collect(),
            people: found.people.into_iter().map(FoundPersonView::from).collect(),
            more: found.more,
            as_of: found.asked_at.into(),
        }
    }
}

/// Search notices and people.
///
/// By reference; by name with date or year of birth or postcode; by phone; by the first line of an address
/// with its postcode. Nobody is found by what the caller may not see: a former name, a protected address or
/// phone, a name that was withheld, a restricted notice. What was asked for is kept nowhere; the record says
/// by what it was searched and what was shown. At most 50 notices and 50 people are shown.
#[utoipa::path(
    post,
    path = "/api/v1/searches",
    operation_id = "search",
    tag = "People",
    request_body(content = Searching, example = json!({ "given_names": "Ann", "family_name": "Reed", "date_of_birth": "1988-03-04" })),
    responses(
        (status = 200, description = "What was found.", body = SearchAnswer, example = json!(examples::search())),
        (status = 401, description = "No valid token.", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The role may not do that.", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not JSON.", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Too little to search by, or a field that cannot stand.", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Busy: try again.", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub async fn search(
    State(service): State<Arc<Service>>,
    Caller(by): Caller,
    request: ppn_http::Json<Searching>,
) -> Result<Json<SearchAnswer>, Problem> {
    let body = request.body;
    let wish = SearchFor {
        reference: body.reference,
        given_names: body.given_names,
        family_name: body.family_name,
        date_of_birth: body.date_of_birth,
        year_of_birth: body.year_of_birth,
        address_line: body.address_line,
        postcode: body.postcode,
        phone: body.phone,
    };
    Ok(Json(service.search(&by, &wish, None).await?.into()))
}
