//! Refusals as RFC 9457 problem details, with a stable `type` and per-field errors.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ppn_service::{FieldError, ServiceError};
use serde::Serialize;
use utoipa::ToSchema;

/// A field that needs mending. The value that was sent is never repeated.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "path": "/persons/0/roles/1", "rule": "unknown_code", "fix": "use one of the known codes; the nearest is `suspect`"
}))]
pub struct ProblemField {
    /// JSON pointer to the field, or the name of the parameter.
    pub path: String,
    /// The rule that it breaks.
    pub rule: String,
    /// What to do.
    pub fix: String,
    /// The line of the input, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
}

impl From<FieldError> for ProblemField {
    fn from(e: FieldError) -> Self {
        Self { path: e.path, rule: e.rule, fix: e.fix, line: e.line }
    }
}

/// A refusal: RFC 9457.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "urn:ppn-triage:problem:held", "title": "Held by somebody else", "status": 409,
    "detail": "held by ann.reviewer", "held_by": "ann.reviewer", "since": "2026-05-04T06:00:00Z"
}))]
pub struct Problem {
    /// Stable identifier of the kind of refusal.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// This case in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Fields that need mending.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ProblemField>,
    /// What more there is to say in some kinds.
    #[serde(flatten)]
    pub more: Box<More>,
}

/// What some kinds of refusal say beside the rest.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct More {
    /// Who holds the item now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// The state that the item is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'static str>,
    /// The notice's current revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_revision: Option<u32>,
    /// What the act would do now, where that is not what was shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub preview: Option<serde_json::Value>,
    /// Where a refused submission stands on the list of what could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable_id: Option<String>,
}

impl Problem {
    /// A refusal of one kind.
    pub fn new(status: StatusCode, kind: &str, title: &'static str) -> Self {
        Self {
            kind: format!("urn:ppn-triage:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: None,
            errors: Vec::new(),
            more: Box::default(),
        }
    }

    /// With this case in words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// With fields that need mending.
    #[must_use]
    pub fn fields(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors.into_iter().map(ProblemField::from).collect();
        self
    }

    /// One field that needs mending.
    pub fn field(path: &str, rule: &str, fix: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields need mending");
        problem.errors.push(ProblemField {
            path: path.to_owned(),
            rule: rule.to_owned(),
            fix: fix.into(),
            line: None,
        });
        problem
    }

    /// A submission that could not be read, and where it is kept.
    pub fn refused(id: ppn_domain::UnreadableId, errors: Vec<FieldError>) -> Self {
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "notice-refused", "The notice could not be read")
                .detail("Nothing is lost: what was sent is kept, and a person looks at it within the hour.")
                .fields(errors);
        problem.more.unreadable_id = Some(id.to_string());
        problem
    }

    /// A body over the limit.
    pub fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Too large")
            .detail(format!("send at most {limit} bytes"))
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        use ServiceError as E;
        let words = error.to_string();
        match error {
            E::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", "Sign in first")
                .detail("send a valid token in the header `Authorization: Bearer TOKEN`"),
            E::WrongCredentials => {
                Self::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "Wrong name or password")
                    .detail(words)
            }
            E::CodeNeeded => {
                Self::new(StatusCode::UNAUTHORIZED, "code-needed", "A code is missing").detail(words)
            }
            E::Provider(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "provider", "Not signed in by the provider").detail(words)
            }
            E::WrongCode => Self::new(StatusCode::UNAUTHORIZED, "wrong-code", "Wrong code").detail(words),
            E::TooSoon { until } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "too-soon", "Too many wrong passwords")
                    .detail(format!("try again at {until}"))
            }
            E::OwnAccount => {
                Self::new(StatusCode::FORBIDDEN, "own-account", "Somebody else must do that").detail(words)
            }
            E::Forbidden(_) | E::NotYourDesk(_) | E::NotYourSource | E::NotOnTheList => {
                Self::new(StatusCode::FORBIDDEN, "forbidden", "Your role may not do that").detail(words)
            }
            E::OwnDecision => {
                Self::new(StatusCode::FORBIDDEN, "own-decision", "Nobody endorses their own decision")
                    .detail(words)
            }
            E::NotFound(_) => Self::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail(words),
            E::Invalid(errors) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Some fields need mending")
                    .fields(errors)
            }
            E::HeldBy { holder, since } => {
                let mut problem =
                    Self::new(StatusCode::CONFLICT, "held", "Held by somebody else").detail(words);
                problem.more.held_by = Some(holder);
                problem.more.since = Some(since.to_string());
                problem
            }
            E::ClaimEnded => {
                Self::new(StatusCode::CONFLICT, "claim-ended", "That claim has ended").detail(words)
            }
            E::WrongState { from, .. } => {
                let mut problem =
                    Self::new(StatusCode::CONFLICT, "wrong-state", "Not in this state").detail(words);
                problem.more.state = Some(from.code());
                problem
            }
            E::Revised { current } => {
                let mut problem =
                    Self::new(StatusCode::CONFLICT, "revised", "The notice was revised").detail(words);
                problem.more.current_revision = Some(current);
                problem
            }
            E::LinkedSince => {
                Self::new(StatusCode::CONFLICT, "linked-since", "A linked notice arrived").detail(words)
            }
            E::KeyReused => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "Key used before")
                    .detail(words)
            }
            E::NothingToLower => {
                Self::new(StatusCode::CONFLICT, "nothing-to-lower", "Nothing lower on offer").detail(words)
            }
            E::PreviewChanged(_) => {
                Self::new(StatusCode::CONFLICT, "preview-changed", "Not what you were shown").detail(words)
            }
            E::Raced => Self::new(StatusCode::CONFLICT, "raced", "Somebody else was first")
                .detail("read it again and repeat"),
            E::NoProof(_) => {
                Self::new(StatusCode::CONFLICT, "no-proof", "Nothing can be proven").detail(words)
            }
            E::Busy | E::Again => Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Busy")
                .detail("nothing was done; try again in a moment"),
            E::Unknown => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "outcome-unknown", "It may have been done").detail(
                    "the answer of the store was lost: send the same request with the same Idempotency-Key \
                     again, which does it once and answers as the first would have; without a key, read \
                     first whether it was done",
                )
            }
            E::Store(cause) => {
                tracing::error!(error = %cause, cause = ?std::error::Error::source(&*cause), "the store failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here")
                    .detail("nothing was done; the operators have the details under this request's id")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let kind = self.kind.rsplit(':').next().unwrap_or_default().to_owned();
        response.extensions_mut().insert(crate::refusals::Kind(kind));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}
