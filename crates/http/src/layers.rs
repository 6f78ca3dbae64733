//! Limits and what every answer carries.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, RequestId, SetRequestIdLayer};
use tower_http::sensitive_headers::SetSensitiveRequestHeadersLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::Problem;

/// The largest body of anything but a notice.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// An answer begins within this time, or the caller is told to try again. Streams are not cut.
pub const REQUEST_TIME_LIMIT: Duration = Duration::from_secs(30);

/// The rest of a body comes this soon after what came before, or the request is given up.
pub const BODY_PAUSE: Duration = Duration::from_secs(10);
/// What an answer may load and do where it says nothing else: nothing.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// What of the machine a page may use: nothing.
const PERMISSIONS_POLICY: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Wraps an app in what every answer carries: request id, log line, metrics, headers, compression.
pub(crate) fn wrap(app: Router) -> Router {
    let unless_said = |name: HeaderName, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    app.layer(RequestBodyTimeoutLayer::new(BODY_PAUSE))
        .layer(from_fn(time_limit))
        .layer(CatchPanicLayer::custom(|_| {
            tracing::error!("a handler panicked");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here")
                .into_response()
        }))
        .layer(from_fn(observe))
        .layer(CompressionLayer::new())
        .layer(unless_said(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(unless_said(header::CACHE_CONTROL, "no-store"))
        .layer(unless_said(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .layer(unless_said(header::X_FRAME_OPTIONS, "DENY"))
        .layer(unless_said(header::REFERRER_POLICY, "no-referrer"))
        .layer(unless_said(HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY))
        .layer(unless_said(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(unless_said(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(from_fn(own_request_id))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(SetSensitiveRequestHeadersLayer::new([header::AUTHORIZATION, header::COOKIE]))
}

/// Takes the address of a caller from the proxy in front: the last entry of `X-Forwarded-For`, which is the
/// one that the proxy itself wrote. Only for a service that nobody reaches but through that proxy.
pub(crate) fn behind_proxy(app: Router) -> Router {
    app.layer(from_fn(|mut request: Request, next: Next| async move {
        if let Some(address) = forwarded_for(request.headers()) {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address, 0)));
        }
        next.run(request).await
    }))
}

fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    let last = last.rsplit(',').next()?.trim();
    last.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// A caller's request id goes into our log, so only a plain short one is taken over.
async fn own_request_id(mut request: Request, next: Next) -> Response {
    let plain = request.headers().get(&REQUEST_ID).is_some_and(|id| {
        id.len() <= 64 && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-' || *b == b'_')
    });
    if !plain {
        let id = uuid::Uuid::new_v4().to_string();
        if let Ok(value) = HeaderValue::from_str(&id) {
            request.headers_mut().insert(REQUEST_ID, value.clone());
            request.extensions_mut().insert(RequestId::new(value));
        }
    }
    next.run(request).await
}

async fn time_limit(request: Request, next: Next) -> Response {
    match tokio::time::timeout(REQUEST_TIME_LIMIT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", "That took too long")
            .detail("it may still have been done: repeat it with the same idempotency key")
            .into_response(),
    }
}

/// One line of the log and one observation a request, by route and never by address: routes hold no data.
async fn observe(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let id =
        request.headers().get(&REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    // The machine's monotonic clock measures a length of time, not the time of day.
    let begun = Instant::now();
    let response = next.run(request).await;
    let took = begun.elapsed();
    let status = response.status().as_u16();
    tracing::info!(%id, %method, %route, status, took_us = took.as_micros(), "answered");
    let labels = [("method", method.to_string()), ("route", route), ("status", status.to_string())];
    metrics::counter!("ppn_http_requests_total", &labels).increment(1);
    metrics::histogram!("ppn_http_request_seconds", &labels).record(took.as_secs_f64());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_wrote_the_last_address() {
        let of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            forwarded_for(&headers).map(|address| address.to_string())
        };
        assert_eq!(of(&["127.0.0.1, 10.1.2.3"]).as_deref(), Some("10.1.2.3"));
        assert_eq!(of(&["127.0.0.1", "10.1.2.3:5000"]).as_deref(), Some("10.1.2.3"));
        assert_eq!(of(&["2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(of(&["unknown"]), None);
        assert_eq!(of(&[]), None);
    }
}
