//! JSON: one object, or an array whose elements are taken one by one.
//!
//! The input is split by bytes, following strings and brackets, so that memory holds one element and
//! a broken element costs no other. A line end inside a string, which JSON does not allow, ends the
//! string: an unclosed quote then spoils its own element and not the rest of the file.

use std::io::BufRead;

use ppn_domain::Timestamp;

use super::input::Input;
use super::{ReadError, Record, record, too_large_record};
use crate::refusal::{FieldError, Refusal, Rule};
use crate::submission::MAX_NOTICE_BYTES;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begin,
    Element { first: bool },
    AfterEnd,
    Done,
}

/// The notices of a JSON input.
pub(super) struct Elements {
    input: Input,
    now: Timestamp,
    line: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Comma,
    Bracket,
    ObjectClosed,
    Input,
}

struct Element {
    raw: Vec<u8>,
    line: u64,
    too_large: bool,
    end: End,
}

/// Follows strings and brackets.
#[derive(Default)]
struct Nesting {
    open: Vec<u8>,
    in_string: bool,
    escaped: bool,
}

impl Nesting {
    /// Takes a byte; says whether it stands outside every bracket and string of the element.
    fn outside(&mut self, byte: u8) -> bool {
        if self.in_string {
            match byte {
                _ if self.escaped && byte != b'\n' => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' | b'\n' => {
                    self.in_string = false;
                    self.escaped = false;
                }
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.in_string = true,
            // Past the limit the element is refused whatever it holds, so memory may stay flat.
            b'{' | b'[' if self.open.len() < MAX_NOTICE_BYTES => self.open.push(byte),
            b'}' | b']' if !self.open.is_empty() => {
                self.close(if byte == b'}' { b'{' } else { b'[' });
                return false;
            }
            _ => {}
        }
        self.open.is_empty() && !self.in_string
    }

    /// A bracket that closes another kind than stands open closes what was left open inside its own,
    /// so that one missing bracket spoils one element.
    fn close(&mut self, opening: u8) {
        if let Some(at) = self.open.iter().rposition(|b| *b == opening) {
            self.open.truncate(at);
        }
    }
}

impl Elements {
    pub(super) fn new(input: Input, now: Timestamp) -> Self {
        Self { input, now, line: 1, state: State::Begin }
    }

    /// The next byte that is not white space, which stays in the input.
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(None);
            }
            let blank = chunk.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(chunk.len());
            let found = chunk.get(blank).copied();
            self.line += newlines(&chunk[..blank]);
            self.input.consume(blank);
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// Takes one element; `alone` for an object that is the whole input.
    fn element(&mut self, alone: bool) -> Result<Element, ReadError> {
        let mut element = Element { raw: Vec::new(), line: self.line, too_large: false, end: End::Input };
        let mut nesting = Nesting::default();
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return Ok(element);
            }
            let mut end = None;
            let mut used = chunk.len();
            for (at, byte) in chunk.iter().copied().enumerate() {
                let was_open = !nesting.open.is_empty();
                let outside = nesting.outside(byte);
                if alone && was_open && nesting.open.is_empty() {
                    end = Some(End::ObjectClosed);
                    used = at + 1;
                    break;
                }
                if !alone && outside && matches!(byte, b',' | b']') {
                    end = Some(if byte == b',' { End::Comma } else { End::Bracket });
                    used = at + 1;
                    break;
                }
            }
            let kept = if matches!(end, Some(End::Comma | End::Bracket)) { used - 1 } else { used };
            element.too_large |= element.raw.len() + kept > MAX_NOTICE_BYTES;
            if element.too_large {
                element.raw = Vec::new();
            } else {
                element.raw.extend_from_slice(&chunk[..kept]);
            }
            self.line += newlines(&chunk[..used]);
            self.input.consume(used);
            if let Some(end) = end {
                element.end = end;
                return Ok(element);
            }
        }
    }

    fn finish(&self, element: Element) -> Record {
        if element.too_large {
            return too_large_record(element.line);
        }
        let mut raw = element.raw;
        raw.truncate(raw.trim_ascii_end().len());
        if raw.is_empty() {
            let fix = "An element is missing here: take the comma out.";
            let error = FieldError::new("", Rule::NotJson, fix).at_line(element.line);
            return Record { line: element.line, raw, result: Err(Refusal::one(error)) };
        }
        let mut record = record(raw, element.line, self.now);
        // JSON allows a line end only between tokens, where a space says the same.
        for byte in &mut record.raw {
            if matches!(*byte, b'\n' | b'\r') {
                *byte = b' ';
            }
        }
        record
    }

    fn step(&mut self) -> Result<Option<Record>, ReadError> {
        loop {
            let next = self.peek()?;
            match (self.state, next) {
                (State::Done, _) | (State::AfterEnd, None) => return Ok(None),
                (State::AfterEnd, Some(_)) => return Err(ReadError::TrailingText { line: self.line }),
                (State::Begin, Some(b'[')) => {
                    self.input.consume(1);
                    self.state = State::Element { first: true };
                }
                (State::Begin, Some(b'{')) => {
                    let element = self.element(true)?;
                    self.state = State::AfterEnd;
                    return Ok(Some(self.finish(element)));
                }
                (State::Begin, _) => return Err(ReadError::NotJson { line: self.line }),
                (State::Element { first: true }, Some(b']')) => {
                    self.input.consume(1);
                    self.state = State::AfterEnd;
                }
                (State::Element { .. }, None) => return Err(ReadError::ArrayNotClosed { line: self.line }),
                (State::Element { .. }, Some(_)) => return self.array_element().map(Some),
            }
        }
    }

    fn array_element(&mut self) -> Result<Record, ReadError> {
        let element = self.element(false)?;
        let cut_off = element.end == End::Input;
        self.state = match element.end {
            End::Comma => State::Element { first: false },
            End::Bracket | End::ObjectClosed => State::AfterEnd,
            End::Input => State::Done,
        };
        let record = self.finish(element);
        if cut_off && record.result.is_ok() {
            // The last element came whole: it is kept, and the missing bracket is told next.
            self.state = State::Element { first: false };
        }
        Ok(record)
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().map(|b| u64::from(*b == b'\n')).sum()
}

impl Iterator for Elements {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Done {
            return None;
        }
        match self.step() {
            Ok(record) => record.map(Ok),
            Err(e) => {
                self.state = State::Done;
                Some(Err(e))
            }
        }
    }
}
