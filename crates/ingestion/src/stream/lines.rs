//! NDJSON: one notice a line.

use std::io::BufRead;

use ppn_domain::Timestamp;

use super::input::Input;
use super::{ReadError, Record, record, too_large_record};
use crate::submission::MAX_NOTICE_BYTES;

/// The notices of an NDJSON input.
pub(super) struct Lines {
    input: Input,
    line: u64,
    now: Timestamp,
    done: bool,
}

enum Line {
    Whole(Vec<u8>),
    TooLarge,
    End,
}

impl Lines {
    pub(super) fn new(input: Input, now: Timestamp) -> Self {
        Self { input, line: 0, now, done: false }
    }

    fn next_line(&mut self) -> Result<Line, ReadError> {
        let mut line = Vec::new();
        let mut too_large = false;
        let mut any = false;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|b| *b == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            // A carriage return before the line end is no part of the notice's size.
            too_large |= line.len() + part.len() > MAX_NOTICE_BYTES + 1;
            if too_large {
                line = Vec::new();
            } else {
                line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |at| at + 1);
            self.input.consume(used);
            if end.is_some() {
                break;
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(match (any, too_large || line.len() > MAX_NOTICE_BYTES) {
            (false, _) => Line::End,
            (true, true) => Line::TooLarge,
            (true, false) => Line::Whole(line),
        })
    }
}

impl Iterator for Lines {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let line = match self.next_line() {
                Ok(line) => line,
                Err(e) => {
                    self.done = true;
                    return Some(Err(e));
                }
            };
            self.line += 1;
            match line {
                Line::End => self.done = true,
                Line::TooLarge => return Some(Ok(too_large_record(self.line))),
                Line::Whole(line) if line.iter().all(u8::is_ascii_whitespace) => {}
                Line::Whole(line) => return Some(Ok(record(line, self.line, self.now))),
            }
        }
        None
    }
}
