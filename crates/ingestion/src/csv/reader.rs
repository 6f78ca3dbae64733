//! Two passes over a spooled CSV file: how many rows each reference has, then the notices.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ppn_domain::Timestamp;

use super::group::{self, Layout};
use super::mapping::{Mapping, Meaning};
use super::rows::{Row, Rows};
use crate::nearest::nearest;
use crate::refusal::{FieldError, MAX_ERRORS, Refusal, Rule};
use crate::stream::{ReadError, Record};
use crate::submission::{MAX_NOTICE_BYTES, too_large};

/// The notices of a CSV input.
pub(crate) struct Groups {
    rows: Rows,
    layout: Layout,
    now: Timestamp,
    hasher: RandomState,
    /// Rows still to come, by the hash of their reference.
    remaining: HashMap<u64, u64>,
    open: HashMap<u64, Vec<Group>>,
    ready: VecDeque<Group>,
    done: bool,
    position: Arc<AtomicU64>,
}

/// The rows of one reference, so far.
struct Group {
    reference: Option<String>,
    line: u64,
    raw: Vec<u8>,
    rows: Vec<Row>,
    errors: Vec<FieldError>,
    too_large: bool,
}

/// Copies the input aside, reads its header and counts its references. Returns the header row as well.
pub(crate) fn open(
    mut source: impl Read,
    mapping: &Mapping,
    now: Timestamp,
    position: Arc<AtomicU64>,
) -> Result<(Groups, Vec<u8>), ReadError> {
    let mut spool = tempfile::tempfile()?;
    std::io::copy(&mut source, &mut spool)?;
    let mut rows = Rows::new(spool, mapping.delimiter)?;
    let header = header(&mut rows)?;
    let layout = lay_out(&header, mapping)?;

    let hasher = RandomState::new();
    let mut remaining = HashMap::new();
    while let Some(row) = rows.next()? {
        if let Some(reference) = reference(&row, &layout) {
            *remaining.entry(hasher.hash_one(reference)).or_insert(0) += 1;
        }
    }
    let mut rows = Rows::new(rows.into_file(), mapping.delimiter)?;
    rows.next()?;
    position.store(rows.position(), Ordering::Relaxed);
    let groups = Groups {
        rows,
        layout,
        now,
        hasher,
        remaining,
        open: HashMap::new(),
        ready: VecDeque::new(),
        done: false,
        position,
    };
    Ok((groups, header.raw))
}

fn header(rows: &mut Rows) -> Result<Row, ReadError> {
    let mut row = rows.next()?.filter(|row| !row.too_large).ok_or(ReadError::NoHeader)?;
    if row.cells.iter().all(String::is_empty) {
        return Err(ReadError::NoHeader);
    }
    end_line(&mut row.raw);
    Ok(row)
}

fn lay_out(header: &Row, mapping: &Mapping) -> Result<Layout, ReadError> {
    let same = |a: &str, b: &str| a.trim().to_lowercase() == b.trim().to_lowercase();
    let mut places = Vec::new();
    for (index, column) in mapping.columns.iter().enumerate() {
        let mut found = header.cells.iter().enumerate().filter(|(_, name)| same(name, &column.name));
        let Some((place, _)) = found.next() else {
            let nearest = nearest(&column.name, header.cells.iter().map(String::as_str)).map(str::to_owned);
            return Err(ReadError::ColumnMissing { column: column.name.clone(), nearest });
        };
        if found.next().is_some() {
            return Err(ReadError::ColumnTwice { column: column.name.clone() });
        }
        places.push((index, place));
    }
    let stranger = header.cells.iter().enumerate().find(|(place, name)| {
        !places.iter().any(|(_, p)| p == place) && !mapping.ignored.iter().any(|ignored| same(ignored, name))
    });
    if let Some((_, name)) = stranger {
        return Err(ReadError::ColumnNotMapped { column: name.chars().take(64).collect() });
    }
    let goes_to_reference = |index: &usize| {
        mapping.columns.get(*index).is_some_and(
            |c| matches!(&c.meaning, Meaning::Member(target) if target.is_notice_member("reference")),
        )
    };
    let reference = places.iter().find(|(index, _)| goes_to_reference(index)).map_or(0, |(_, place)| *place);
    places.sort_by_key(|(_, place)| *place);
    Ok(Layout { mapping: mapping.clone(), places, reference, width: header.cells.len() })
}

fn reference<'a>(row: &'a Row, layout: &Layout) -> Option<&'a str> {
    row.cells.get(layout.reference).map(String::as_str).filter(|text| !text.is_empty())
}

fn end_line(raw: &mut Vec<u8>) {
    if !raw.ends_with(b"\n") && !raw.ends_with(b"\r") {
        raw.push(b'\n');
    }
}

impl Groups {
    fn take(&mut self, row: Row) {
        let Some(reference) = reference(&row, &self.layout).map(str::to_owned) else {
            let mut group = Group::new(None, row.line);
            group.add(row, &self.layout);
            self.ready.push_back(group);
            return;
        };
        let hash = self.hasher.hash_one(&reference);
        let groups = self.open.entry(hash).or_default();
        let at =
            groups.iter().position(|g| g.reference.as_deref() == Some(&reference)).unwrap_or_else(|| {
                groups.push(Group::new(Some(reference), row.line));
                groups.len() - 1
            });
        if let Some(group) = groups.get_mut(at) {
            group.add(row, &self.layout);
        }
        let left = self.remaining.get_mut(&hash).map_or(0, |left| {
            *left = left.saturating_sub(1);
            *left
        });
        if left == 0 {
            self.remaining.remove(&hash);
            // Two references that share a hash are both complete when the count of both is.
            self.ready.extend(self.open.remove(&hash).unwrap_or_default());
        }
    }

    fn record(&self, mut group: Group) -> Record {
        let line = group.line;
        if group.too_large || !group.errors.is_empty() {
            if group.too_large {
                group.errors.insert(0, too_large().at_line(line));
            }
            let source = self.layout.mapping.source().map(str::to_owned);
            let reference = group.reference.filter(|text| text.chars().nth(64).is_none());
            let refusal = Refusal { source, reference, errors: group.errors };
            return Record { line, raw: group.raw, result: Err(refusal) };
        }
        let result = group::read(&self.layout, &group.rows, self.now);
        Record { line, raw: group.raw, result }
    }
}

impl Group {
    fn new(reference: Option<String>, line: u64) -> Self {
        Self { reference, line, raw: Vec::new(), rows: Vec::new(), errors: Vec::new(), too_large: false }
    }

    fn add(&mut self, mut row: Row, layout: &Layout) {
        let raw = std::mem::take(&mut row.raw);
        self.too_large |= row.too_large || self.raw.len() + raw.len() > MAX_NOTICE_BYTES;
        if self.too_large {
            self.raw = Vec::new();
            self.rows = Vec::new();
            return;
        }
        self.raw.extend_from_slice(&raw);
        end_line(&mut self.raw);
        match wrong(&row, layout) {
            Some(error) if self.errors.len() < MAX_ERRORS => self.errors.push(error),
            Some(_) => {}
            None => self.rows.push(row),
        }
    }
}

/// What is wrong with the form of a row, whatever its cells say.
fn wrong(row: &Row, layout: &Layout) -> Option<FieldError> {
    if !row.quotes_close {
        let fix = "A quote in this row does not close where a cell ends: double the quotes inside a cell, and close each cell.";
        return Some(FieldError::new("", Rule::Quoting, fix).at_line(row.line));
    }
    let (has, wants) = (row.cells.len(), layout.width);
    (has != wants).then(|| {
        let fix = format!("This row has {has} cells and the header {wants}: put quotes around cells that hold the delimiter.");
        FieldError::new("", Rule::FieldCount, fix).at_line(row.line)
    })
}

impl Iterator for Groups {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(group) = self.ready.pop_front() {
                return Some(Ok(self.record(group)));
            }
            if self.done {
                return None;
            }
            let row = self.rows.next();
            self.position.store(self.rows.position(), Ordering::Relaxed);
            match row {
                Ok(Some(row)) => self.take(row),
                Ok(None) => self.done = true,
                Err(e) => {
                    self.done = true;
                    return Some(Err(e));
                }
            }
        }
    }
}
