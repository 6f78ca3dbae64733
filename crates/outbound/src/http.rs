//! One HTTP client for everything that goes out, with limits on time, size and number.

use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use thiserror::Error;
use tokio::sync::Semaphore;
use url::{Host, Url};

/// A whole answer comes within this time.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a connection may take.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// The largest answer that is read, in bytes.
pub const LARGEST_ANSWER: usize = 1024 * 1024;
/// So many requests are under way at once; further ones wait for as long as an answer may take.
const AT_ONCE: usize = 16;

/// Why there is no answer. Neither address nor content is repeated.
#[derive(Debug, Error)]
pub enum HttpFault {
    /// The client could not be made.
    #[error("the HTTP client cannot be started")]
    Client(#[source] reqwest::Error),
    /// It would go out unencrypted to another machine.
    #[error("the address is not one that is asked: it must begin with https://")]
    Address,
    /// The request cannot be sent as it is.
    #[error("the request cannot be sent")]
    Request(#[source] reqwest::Error),
    /// No connection, or no answer in time.
    #[error("no answer")]
    NoAnswer(#[source] reqwest::Error),
    /// Too many requests are under way.
    #[error("too many requests are under way")]
    Busy,
    /// More than [`LARGEST_ANSWER`].
    #[error("the answer is too large")]
    TooLarge,
    /// The answer cannot be taken over.
    #[error("the answer cannot be read")]
    Answer(#[source] openidconnect::http::Error),
}

/// The client.
#[derive(Debug)]
pub struct Http {
    client: reqwest::Client,
    turns: Semaphore,
}

impl Http {
    /// Follows no redirection: what is asked is an address that a person wrote down, or one that it named.
    pub fn new() -> Result<Self, HttpFault> {
        // Where somebody chose before, that stands.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECTED_WITHIN)
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("ppn-triage")
            .build()
            .map_err(HttpFault::Client)?;
        Ok(Self { client, turns: Semaphore::new(AT_ONCE) })
    }

    /// Sends a request and reads its answer.
    pub async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFault> {
        let request = reqwest::Request::try_from(request).map_err(HttpFault::Request)?;
        if !is_private(request.url()) {
            return Err(HttpFault::Address);
        }
        let turn = tokio::time::timeout(ANSWER_WITHIN, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(HttpFault::Busy) };
        let mut answer = self.client.execute(request).await.map_err(HttpFault::NoAnswer)?;
        let mut built = openidconnect::http::Response::builder().status(answer.status());
        if let Some(headers) = built.headers_mut() {
            headers.clone_from(answer.headers());
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(HttpFault::NoAnswer)? {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(HttpFault::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        built.body(body).map_err(HttpFault::Answer)
    }
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpFault;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFault>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}

/// Whether nobody on the way can read what goes to an address: it is encrypted, or leaves not this machine.
pub fn is_private(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_unencrypted_to_another_machine() {
        for (address, may) in [
            ("https://id.force.example/x", true),
            ("http://127.0.0.1:3000/x", true),
            ("http://localhost/x", true),
            ("http://[::1]:9/x", true),
            ("http://id.force.example/x", false),
            ("http://127.0.0.1.example/x", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(is_private(&address.parse().unwrap()), may, "{address}");
        }
    }
}
