//! Speaks to a running service over HTTP, for the commands that work there instead of on the store.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use uuid::Uuid;

use crate::cli::ServerArgs;
use crate::failure::{Failure, chain, plain};
use crate::progress::say;
use crate::table::harmless;

/// Where a service listens unless it is told otherwise.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_mins(1);
/// How often a request is sent that the service is too busy for, or whose answer was lost.
const TRIES: u32 = 4;
/// The longest that is waited between two of them, whatever the service asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// The most that is read of an answer.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// The most that is read of a file with a token.
const LARGEST_TOKEN: u64 = 4_096;

/// A way to a service, as one person.
#[derive(Debug)]
pub struct Client {
    http: HttpClient<HttpsConnector<HttpConnector>, String>,
    server: Uri,
    /// Marked sensitive: it prints as nothing.
    bearer: HeaderValue,
}

/// What came of sending a request once.
enum Sent {
    Answered(Value),
    /// Refused in a way that sending it again may mend.
    Again {
        after: Duration,
        failure: Failure,
    },
}

impl Client {
    /// As the flags and the environment say.
    ///
    /// # Errors
    /// When the address is none, would carry the token unencrypted to another machine, or there is no
    /// token.
    pub fn new(args: &ServerArgs) -> Result<Self, Failure> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = args.server.clone().or_else(|| variable("PPN_SERVER"));
        let server = server(named.as_deref().unwrap_or(DEFAULT_SERVER))?;
        let token = match (&args.token_file, variable("PPN_TOKEN")) {
            (Some(file), _) => token_of(file)?,
            (None, Some(token)) => token,
            (None, None) => {
                return Err(Failure::wrong(
                    "there is no token: name its file with --token-file, or put it into PPN_TOKEN; whoever runs the service makes one with `ppn token create`",
                ));
            }
        };
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.trim()))
            .map_err(|_| Failure::wrong("that is no token: it holds characters that no token has"))?;
        bearer.set_sensitive(true);
        let connector = connector(&server)?;
        Ok(Self { http: HttpClient::builder(TokioExecutor::new()).build(connector), server, bearer })
    }

    /// Reads.
    ///
    /// # Errors
    /// When the service cannot be reached, or refuses.
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(&Method::GET, path, None).await
    }

    /// Does something once, however often it has to be sent. `Null` where there is nothing to answer.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.send(&Method::POST, path, Some(body)).await
    }

    async fn send(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Value, Failure> {
        let key = Uuid::new_v4().to_string();
        let mut tries = 0;
        loop {
            tries += 1;
            match self.send_once(method, path, body, &key).await? {
                Sent::Answered(answer) => return Ok(answer),
                Sent::Again { failure, .. } if tries == TRIES => return Err(failure),
                Sent::Again { after, failure } => {
                    say(format_args!("ppn: {}; trying again", failure.message));
                    tokio::time::sleep(after.min(LONGEST_WAIT)).await;
                }
            }
        }
    }

    async fn send_once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
        key: &str,
    ) -> Result<Sent, Failure> {
        let server = self.server.to_string();
        let server = server.trim_end_matches('/');
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{server}/api/v1{path}"))
            .header(AUTHORIZATION, self.bearer.clone())
            .header(ACCEPT, "application/json");
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json").header("idempotency-key", key);
        }
        let text = body.map_or(String::new(), Value::to_string);
        let request =
            request.body(text).map_err(|e| Failure::wrong(format!("the request cannot be made: {e}")))?;
        let answered = tokio::time::timeout(TIMEOUT, async {
            let response = self.http.request(request).await?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, LARGEST_ANSWER).collect().await;
            Ok::<_, hyper_util::client::legacy::Error>((head, body))
        });
        let lost = |why: String| Sent::Again {
            after: Duration::from_secs(1),
            failure: Failure::wrong(format!("{server}: {why}")),
        };
        let (head, body) = match answered.await {
            Err(_) => return Ok(lost(format!("no answer within {} seconds", TIMEOUT.as_secs()))),
            Ok(Err(error)) if error.is_connect() => {
                return Err(Failure::wrong(format!(
                    "{server} cannot be reached: {}; is `ppn serve` running there? The address comes from --server or PPN_SERVER",
                    chain(&error)
                )));
            }
            Ok(Err(error)) => return Ok(lost(format!("the answer was lost: {}", chain(&error)))),
            Ok(Ok((_, Err(error)))) => return Ok(lost(format!("the answer was lost: {error}"))),
            Ok(Ok((head, Ok(body)))) => (head, body.to_bytes()),
        };
        let answer = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&body).ok() };
        match answer {
            Some(answer) if head.status.is_success() => Ok(Sent::Answered(answer)),
            Some(problem) => {
                let failure = refusal(head.status, &problem);
                if head.status != StatusCode::SERVICE_UNAVAILABLE {
                    return Err(failure);
                }
                let asked = head.headers.get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
                Ok(Sent::Again { after: Duration::from_secs(asked.unwrap_or(2)), failure })
            }
            None => Err(Failure::wrong(format!(
                "{server} answers {} and is no PPN Triage: look at --server or PPN_SERVER",
                head.status.as_u16()
            ))),
        }
    }
}

/// An address, refused where the token would travel unencrypted between machines.
fn server(named: &str) -> Result<Uri, Failure> {
    let wrong =
        || Failure::wrong("PPN_SERVER or --server: give an address such as https://ppn.example.police.uk");
    let uri: Uri = named.parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?;
    if uri.query().is_some() || uri.authority().is_some_and(|a| a.as_str().contains('@')) {
        return Err(wrong());
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_this_machine(host) => Ok(uri),
        Some("http") => Err(Failure::wrong(
            "PPN_SERVER or --server: http would carry the token and the notices unencrypted to another machine: give https",
        )),
        _ => Err(wrong()),
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A token that stands in a file which others cannot read.
fn token_of(file: &Path) -> Result<String, Failure> {
    let named = |e: &std::io::Error| Failure::wrong(format!("{}: {}", file.display(), plain(e)));
    let about = std::fs::metadata(file).map_err(|e| named(&e))?;
    if about.mode() & 0o077 != 0 {
        return Err(Failure::wrong(format!(
            "{}: others can read this token: chmod 600 it, and have it replaced if they may have",
            file.display()
        )));
    }
    if about.len() > LARGEST_TOKEN {
        return Err(Failure::wrong(format!("{}: that is no token", file.display())));
    }
    std::fs::read_to_string(file).map_err(|e| named(&e))
}

fn connector(server: &Uri) -> Result<HttpsConnector<HttpConnector>, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::wrong(format!("encryption cannot be set up: {e}"));
    let provider = rustls::crypto::ring::default_provider();
    let begun = HttpsConnectorBuilder::new();
    let begun = if server.scheme_str() == Some("https") {
        begun.with_provider_and_native_roots(provider).map_err(|e| failed(&e))?
    } else {
        let nobody = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .map_err(|e| failed(&e))?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        begun.with_tls_config(nobody)
    };
    Ok(begun.https_or_http().enable_http1().build())
}

/// What the service says against it, in one line and one more for each field.
fn refusal(status: StatusCode, problem: &Value) -> Failure {
    let text = |name: &str| problem.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut message = match text("title") {
        "" => format!("the service answers {}", status.as_u16()),
        title => title.to_owned(),
    };
    if !text("detail").is_empty() {
        let _ = write!(message, ": {}", text("detail"));
    }
    if !text("since").is_empty() {
        let _ = write!(message, " (since {})", text("since"));
    }
    if let Some(current) = problem.get("current_revision") {
        let _ = write!(message, " (the current revision is {current}: read it, and name it)");
    }
    for field in problem.get("errors").and_then(Value::as_array).into_iter().flatten() {
        let of = |name: &str| field.get(name).and_then(Value::as_str).unwrap_or_default();
        let _ = write!(message, "; {}: {}", of("path"), of("fix"));
    }
    if status == StatusCode::UNAUTHORIZED {
        message.push_str("; the token is none of this service, or has ended");
    }
    let message = harmless(&message).into_owned();
    match status {
        StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            Failure::refused(message)
        }
        _ => Failure::wrong(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_token_travels_encrypted_or_stays_on_this_machine() {
        for fine in
            ["http://127.0.0.1:8080", "http://[::1]:1", "http://localhost", "https://ppn.example/base"]
        {
            assert!(server(fine).is_ok(), "{fine}");
        }
        for wrong in
            ["http://ppn.example", "ppn.example", "ftp://x", "https://me:secret@h", "", "https://h/?a=b"]
        {
            let refused = server(wrong).unwrap_err();
            assert_eq!(refused.code, 2, "{wrong}");
            assert!(!refused.message.contains("secret"));
        }
    }

    #[test]
    fn a_token_that_others_can_read_is_refused() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"ppn_secret\n").unwrap();
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = token_of(file.path()).unwrap_err();
        assert!(refused.message.contains("chmod 600") && !refused.message.contains("secret"));
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(token_of(file.path()).unwrap().trim(), "ppn_secret");
    }

    /// An answer, and what came before it.
    async fn once(listener: &tokio::net::TcpListener, answer: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"{}") {
            let mut some = [0; 1024];
            let read = socket.read(&mut some).await.unwrap();
            assert!(read > 0, "the request ended early");
            request.extend_from_slice(&some[..read]);
        }
        socket.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    }

    /// The claim may have been made though its answer never came: the same key finds it again.
    #[tokio::test]
    async fn a_lost_answer_and_a_busy_service_are_asked_again_with_the_same_key() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server: Uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let http = HttpClient::builder(TokioExecutor::new()).build(connector(&server).unwrap());
        let client = Client { http, server, bearer: HeaderValue::from_static("Bearer x") };
        let answered = async {
            let busy = "HTTP/1.1 503 Busy\r\nretry-after: 0\r\nconnection: close\r\ncontent-length: 16\r\n\r\n{\"title\":\"Busy\"}";
            let first = once(&listener, "").await;
            let second = once(&listener, busy).await;
            let third = once(&listener, "HTTP/1.1 204 None\r\nconnection: close\r\n\r\n").await;
            [first, second, third].map(|request| {
                let key = request.lines().find_map(|line| line.strip_prefix("idempotency-key: "));
                key.map(str::to_owned).unwrap()
            })
        };
        let body = serde_json::json!({});
        let (sent, keys) = tokio::join!(client.post("/desks/child/claims", &body), answered);
        assert_eq!(sent.unwrap(), Value::Null);
        assert!(keys[0] == keys[1] && keys[1] == keys[2], "{keys:?}");
    }

    #[test]
    fn a_refusal_reads_as_one_line() {
        let problem = serde_json::json!({
            "type": "urn:ppn-triage:problem:held", "title": "Held by somebody else", "status": 409,
            "detail": "held by ann", "since": "2026-05-04T06:00:00Z",
        });
        let refused = refusal(StatusCode::CONFLICT, &problem);
        assert_eq!(
            (refused.code, refused.message.as_str()),
            (1, "Held by somebody else: held by ann (since 2026-05-04T06:00:00Z)")
        );
        let problem = serde_json::json!({
            "title": "Some fields need mending",
            "errors": [{ "path": "/reason", "rule": "required", "fix": "say why" }],
        });
        assert_eq!(
            refusal(StatusCode::UNPROCESSABLE_ENTITY, &problem).message,
            "Some fields need mending; /reason: say why"
        );
        let refused = refusal(StatusCode::UNAUTHORIZED, &serde_json::json!({ "title": "Sign in first" }));
        assert_eq!(refused.code, 2);
    }
}
