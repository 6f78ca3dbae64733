//! What handlers take in: every rejection is a [`Problem`].

use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRef, FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use ppn_service::{Idempotency, Principal, Service};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tower_http::timeout::TimeoutError;

use crate::refusals::Asking;
use crate::{MAX_BODY_BYTES, Problem};

/// The longest idempotency key.
pub const MAX_KEY_CHARS: usize = 128;

/// Who asks: the owner of the bearer token.
#[derive(Debug, Clone)]
pub struct Caller(pub Principal);

impl<S> FromRequestParts<S> for Caller
where
    Arc<Service>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let service = Arc::<Service>::from_ref(state);
        let token = bearer(&parts.headers).ok_or(ppn_service::ServiceError::Unauthenticated)?;
        let by = service.authenticate(token, &peer(&parts.extensions)).await?;
        if let Some(asking) = parts.extensions.get::<Asking>() {
            asking.is(&by);
        }
        Ok(Self(by))
    }
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The address of whoever sent the request.
pub(crate) fn peer(extensions: &Extensions) -> String {
    extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or_else(|| "unknown".to_owned(), |ConnectInfo(address)| address.ip().to_string())
}

/// A whole body of at most so many bytes.
///
/// # Errors
/// 413 when it is longer, 408 when nothing more of it comes, 400 when it breaks off.
pub async fn whole_body(body: Body, limit: usize) -> Result<Bytes, Problem> {
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(e) if e.downcast_ref::<LengthLimitError>().is_some() => Err(Problem::too_large(limit)),
        Err(e) if is_pause(&*e) => {
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "paused", "The request paused for too long"))
        }
        Err(_) => Err(Problem::new(StatusCode::BAD_REQUEST, "broken-off", "The request broke off")),
    }
}

/// Whether a body was given up because nothing more of it came.
fn is_pause(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(<dyn std::error::Error>::is::<TimeoutError>)
}

/// The media type of a request without its parameters, in lower case.
pub fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// The refusal of a media type.
pub fn unsupported(accepted: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not a type that is read here")
        .detail(format!("send {accepted}"))
}

/// The content of a request as bytes and its hash; empty where there is none.
#[derive(Debug, Clone)]
pub struct Content {
    /// The bytes.
    pub bytes: Bytes,
    /// SHA-256 of route and bytes.
    pub request_hash: [u8; 32],
}

impl Content {
    /// The hash of a request: route and body.
    pub fn hash(route: &str, bytes: &[u8]) -> [u8; 32] {
        let mut hash = Sha256::new_with_prefix(route);
        hash.update([0]);
        hash.update(bytes);
        hash.finalize().into()
    }
}

/// A JSON body, with what is needed to recognise the same request.
#[derive(Debug, Clone)]
pub struct Json<T> {
    /// The body.
    pub body: T,
    /// Once only, where the caller sent a key.
    pub once: Option<Idempotency>,
}

impl<T, S> FromRequest<S> for Json<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let key = idempotency_key(&parts.headers)?;
        let bytes = whole_body(body, MAX_BODY_BYTES).await?;
        let is_json = media_type(&parts.headers).is_some_and(|m| {
            m == "application/json" || (m.starts_with("application/") && m.ends_with("+json"))
        });
        if !is_json && !bytes.is_empty() {
            return Err(unsupported("application/json"));
        }
        // A body that may be left out reads as an empty object; a required field is then missed by name.
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        let body = read_json(text)?;
        let once = key.map(|key| Idempotency { key, request_hash: Content::hash(parts.uri.path(), &bytes) });
        Ok(Self { body, once })
    }
}

/// Reads JSON; a refusal names path and fix, and never repeats a value.
///
/// # Errors
/// 422.
pub fn read_json<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    // Every body is an object, and serde would take a list as its members in order.
    if text.trim_ascii_start().starts_with(b"[") {
        return Err(Problem::field("", "type", "send an object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().to_string();
        field_problem(&pointer(&path), e.inner())
    })?;
    reader.end().map_err(|_| Problem::field("", "not_json", "send one JSON value and nothing after it"))?;
    Ok(read)
}

fn pointer(path: &str) -> String {
    if path == "." { String::new() } else { format!("/{}", path.replace(['.', '['], "/").replace(']', "")) }
}

fn field_problem(at: &str, error: &serde_json::Error) -> Problem {
    let words = error.to_string();
    // The part after ", expected" names what may stand there; the part before may repeat the value.
    let expected = words
        .rsplit_once(", expected ")
        .map(|(_, e)| e.rsplit_once(" at line ").map_or(e, |(e, _)| e).to_owned());
    let named =
        |prefix: &str| words.strip_prefix(prefix).and_then(|rest| rest.split('`').next()).map(str::to_owned);
    match error.classify() {
        serde_json::error::Category::Data => {
            if let Some(field) = named("missing field `") {
                Problem::field(&format!("{at}/{field}"), "required", "add this field")
            } else if words.starts_with("unknown field") {
                let fix = expected.map_or("leave this field out".to_owned(), |e| {
                    format!("no such field: use {}", e.replace("one of ", "one of these: "))
                });
                Problem::field(at, "unknown_member", fix)
            } else if let Some(codes) = words.strip_prefix("use one of: ") {
                let codes = codes.rsplit_once(" at line ").map_or(codes, |(c, _)| c);
                Problem::field(at, "unknown_code", format!("use one of: {codes}"))
            } else {
                Problem::field(
                    at,
                    "type",
                    expected.map_or("send another kind of value here".to_owned(), |e| format!("send {e}")),
                )
            }
        }
        _ => Problem::field(
            at,
            "not_json",
            format!("this is not JSON: look at line {}, column {}", error.line(), error.column()),
        ),
    }
}

/// The `Idempotency-Key` header.
#[derive(Debug, Clone)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        idempotency_key(&parts.headers).map(Self)
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    match value.to_str() {
        Ok(key) if (1..=MAX_KEY_CHARS).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()) => {
            Ok(Some(key.to_owned()))
        }
        _ => Err(Problem::field(
            "Idempotency-Key",
            "pattern",
            format!("send 1 to {MAX_KEY_CHARS} plain characters without spaces"),
        )),
    }
}

/// An identifier, or a code of a closed vocabulary, in the path.
#[derive(Debug, Clone, Copy)]
pub struct Id<T>(pub T);

impl<T, S> FromRequestParts<S> for Id<T>
where
    T: FromStr + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let not_found =
            || Problem::new(StatusCode::NOT_FOUND, "not-found", "Not found").detail("there is nothing here");
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| not_found())?;
        text.parse().map(Self).map_err(|_| not_found())
    }
}

/// Query parameters.
#[derive(Debug, Clone)]
pub struct Query<T>(pub T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
        serde_path_to_error::deserialize(reader).map(Self).map_err(|e| {
            let at = e.path().to_string();
            let words = e.inner().to_string();
            let fix = words
                .strip_prefix("use one of: ")
                .map(|codes| format!("use one of: {codes}"))
                .or_else(|| words.rsplit_once("expected ").map(|(_, e)| format!("use {e}")))
                .unwrap_or_else(|| "send another value".to_owned());
            Problem::field(if at == "." { "query" } else { &at }, "parameter", fix)
        })
    }
}
