//! NDJSON in, one answer a line out, with flat memory however long the body is.

use axum::body::{Body, BodyDataStream, Bytes};
use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use ppn_http::{Content, Problem};
use ppn_ingestion::MAX_NOTICE_BYTES;
use ppn_service::{Idempotency, LARGEST_SLICE, Lanes, Principal, ServiceError, Submitted};
use serde_json::{Value, json};

use super::submit::{ReceiptView, submission};

/// One line of the body.
enum Line {
    Whole(Vec<u8>),
    TooLong,
}

/// Cuts a body into lines, holding at most one of them and never more than the limit.
struct Lines {
    body: BodyDataStream,
    held: Bytes,
    ended: bool,
    broke_off: bool,
}

impl Lines {
    /// The next line that is not blank, with how many lines it and the blanks before it take.
    async fn next(&mut self) -> Option<(u64, Line)> {
        let mut line = Vec::new();
        let mut too_long = false;
        let mut passed = 0;
        loop {
            if self.held.is_empty() {
                match self.body.next().await {
                    Some(Ok(chunk)) => self.held = chunk,
                    Some(Err(_)) => {
                        // What broke off in the middle of a line is no line.
                        self.broke_off = true;
                        return None;
                    }
                    None => self.ended = true,
                }
            }
            let end = self.held.iter().position(|&b| b == b'\n');
            let part = self.held.split_to(end.unwrap_or(self.held.len()));
            if too_long || line.len() + part.len() > MAX_NOTICE_BYTES {
                too_long = true;
                line = Vec::new();
            } else {
                line.extend_from_slice(&part);
            }
            if end.is_some() {
                drop(self.held.split_to(1));
            }
            if end.is_none() && !self.ended {
                continue;
            }
            passed += 1;
            if too_long {
                return Some((passed, Line::TooLong));
            }
            if !line.iter().all(u8::is_ascii_whitespace) {
                return Some((passed, Line::Whole(line)));
            }
            if self.ended && self.held.is_empty() {
                return None;
            }
            line.clear();
        }
    }
}

/// The answers, a slice of lines at a time.
pub fn answers(
    lanes: Lanes,
    by: Principal,
    key: Option<String>,
    body: Body,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> {
    let cutter = Lines { body: body.into_data_stream(), held: Bytes::new(), ended: false, broke_off: false };
    stream::unfold(Some((cutter, 0_u64)), move |state| {
        let (lanes, by, key) = (lanes.clone(), by.clone(), key.clone());
        async move {
            let (mut cutter, mut number) = state?;
            let mut gathered = Vec::new();
            let mut more = true;
            let mut held = 0;
            while gathered.len() < LARGEST_SLICE && held < MAX_NOTICE_BYTES {
                let Some((passed, line)) = cutter.next().await else {
                    more = false;
                    break;
                };
                number += passed;
                if let Line::Whole(content) = &line {
                    held += content.len();
                }
                gathered.push((number, line));
            }
            let mut text = answer_slice(&lanes, &by, key.as_deref(), gathered).await;
            if cutter.broke_off {
                push(
                    &mut text,
                    &json!({ "line": number + 1, "status": 400,
                        "title": "The request broke off: send this line and those after it again" }),
                );
            }
            if text.is_empty() {
                return None;
            }
            Some((Ok(Bytes::from(text)), more.then_some((cutter, number))))
        }
    })
}

async fn answer_slice(
    lanes: &Lanes,
    by: &Principal,
    key: Option<&str>,
    gathered: Vec<(u64, Line)>,
) -> Vec<u8> {
    let now = lanes.service().now();
    let (by, key) = (by.clone(), key.map(str::to_owned));
    // A hundred notices take long enough to read that other callers would notice.
    let read = tokio::task::spawn_blocking(move || {
        let mut numbers = Vec::with_capacity(gathered.len());
        let mut slice = Vec::with_capacity(gathered.len());
        for (number, line) in gathered {
            if let Line::Whole(content) = &line {
                let once = key.as_ref().map(|key| Idempotency {
                    key: format!("{key}#{number}"),
                    request_hash: Content::hash("line", content),
                });
                slice.push(submission(&by, content, once, now));
            }
            numbers.push((number, matches!(line, Line::Whole(_))));
        }
        (numbers, slice)
    });
    let Ok((numbers, slice)) = read.await else { return Vec::new() };
    let mut answered = lanes.service().submit(slice).await.into_iter();
    let mut text = Vec::new();
    for (number, was_read) in numbers {
        let answer = if was_read { answered.next() } else { None };
        let mut line = match answer {
            None => problem(&Problem::too_large(MAX_NOTICE_BYTES)),
            Some(answer) => one(answer),
        };
        line["line"] = json!(number);
        push(&mut text, &line);
    }
    text
}

fn one(answer: Result<Submitted, ServiceError>) -> Value {
    match answer {
        Ok(Submitted::Accepted(receipt)) => {
            let status = if receipt.created { 201 } else { 200 };
            let mut line = serde_json::to_value(ReceiptView::from(receipt)).unwrap_or_default();
            line["status"] = json!(status);
            line
        }
        Ok(Submitted::Refused { id, errors }) => problem(&Problem::refused(id, errors)),
        Err(error) => problem(&Problem::from(error)),
    }
}

fn problem(problem: &Problem) -> Value {
    serde_json::to_value(problem).unwrap_or_default()
}

fn push(text: &mut Vec<u8>, line: &Value) {
    text.extend_from_slice(line.to_string().as_bytes());
    text.push(b'\n');
}
