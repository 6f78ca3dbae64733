//! `--outcomes`: what people found about notices that are held, so that the order can be held to it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::str::FromStr;

use ppn_domain::notice::codes::Grade;
use ppn_domain::{Band, Timestamp};
use ppn_service::{Found, LARGEST_SLICE, Service, ServiceError};
use serde::Deserialize;

use super::intake::{Intake, patiently};
use crate::failure::Failure;
use crate::input;
use crate::progress::say;

const COLUMNS: [&str; 6] = ["source", "reference", "opened_at", "found_band", "found_grade", "outcome"];
const LONGEST_LINE: u64 = 1024 * 1024;

/// A line as it stands.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Line {
    source: Option<String>,
    reference: Option<String>,
    opened_at: Option<String>,
    found_band: Option<String>,
    found_grade: Option<String>,
    outcome: Option<String>,
}

/// A line that was read, or what is wrong with it.
type Read1 = (u64, Result<Found, String>);

/// Takes in a file; says whether something of it was refused.
pub async fn take(service: &Service, intake: &Intake<'_>, path: &Path) -> Result<bool, Failure> {
    let name = input::name(path);
    let mut lines = lines(path, &name)?;
    let (mut new, mut held, mut refused) = (0_u64, 0_u64, 0_u64);
    loop {
        let mut numbers = Vec::with_capacity(LARGEST_SLICE);
        let mut slice = Vec::with_capacity(LARGEST_SLICE);
        let mut ended = true;
        for (line, read) in lines.by_ref() {
            match read {
                Ok(found) => {
                    numbers.push(line);
                    slice.push(found);
                }
                Err(why) => {
                    refused += 1;
                    say(format_args!("{name}: line {line}: {why}"));
                }
            }
            if slice.len() == LARGEST_SLICE {
                ended = false;
                break;
            }
        }
        let answers = if slice.is_empty() {
            Vec::new()
        } else {
            patiently(|| service.add_found(intake.by(), &slice)).await?
        };
        for (line, answer) in numbers.into_iter().zip(answers) {
            match answer {
                Ok(true) => new += 1,
                Ok(false) => held += 1,
                Err(ServiceError::NotFound(_)) => {
                    refused += 1;
                    say(format_args!("{name}: line {line}: no such notice is held: import it first"));
                }
                Err(error) => {
                    refused += 1;
                    say(format_args!("{name}: line {line}: {error}"));
                }
            }
        }
        if ended {
            break;
        }
    }
    say(format_args!("outcomes: {new} new, {held} held already, {refused} refused"));
    Ok(refused > 0)
}

/// Reads a file and hands over each line that is good; says whether some were not.
pub fn each(path: &Path, mut take: impl FnMut(u64, Found)) -> Result<bool, Failure> {
    let name = input::name(path);
    let mut refused = false;
    for (line, read) in lines(path, &name)? {
        match read {
            Ok(found) => take(line, found),
            Err(why) => {
                refused = true;
                say(format_args!("{name}: line {line}: {why}"));
            }
        }
    }
    Ok(refused)
}

fn lines(path: &Path, name: &str) -> Result<Box<dyn Iterator<Item = Read1>>, Failure> {
    let source: Box<dyn Read> = if input::is_stdin(path) {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(|e| Failure::file(name, &e))?)
    };
    let mut source = BufReader::new(source);
    let begin = source.fill_buf().map_err(|e| Failure::file(name, &e))?;
    if begin.trim_ascii_start().starts_with(b"{") { Ok(Box::new(ndjson(source))) } else { csv(source, name) }
}

fn ndjson(mut source: impl std::io::BufRead + 'static) -> impl Iterator<Item = Read1> {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            let mut line = Vec::new();
            number += 1;
            match source.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some((number, json_line(&line))),
                // The line is named; nothing can follow it.
                Err(_) => return Some((number, Err("the file cannot be read from here on".to_owned()))),
            }
        }
    })
}

fn json_line(line: &[u8]) -> Result<Found, String> {
    let line: Line = serde_json::from_slice(line).map_err(|e| {
        if e.is_data() {
            format!("give texts, and no members but {}", COLUMNS.join(", "))
        } else {
            "this is not a JSON object".to_owned()
        }
    })?;
    found(line)
}

fn csv(source: impl Read + 'static, name: &str) -> Result<Box<dyn Iterator<Item = Read1>>, Failure> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let header = reader
        .headers()
        .map_err(|_| Failure::wrong(format!("{name}: the header cannot be read: save the file as UTF-8")))?
        .clone();
    let header: csv::StringRecord = header.iter().map(|c| c.trim_start_matches('\u{feff}')).collect();
    for column in &header {
        if !COLUMNS.contains(&column) {
            return Err(Failure::wrong(format!(
                "{name}: there is no column `{}`: the columns are {}",
                crate::table::harmless(column),
                COLUMNS.join(", ")
            )));
        }
    }
    let mut row = csv::StringRecord::new();
    Ok(Box::new(std::iter::from_fn(move || match reader.read_record(&mut row) {
        Ok(false) => None,
        Ok(true) => {
            let line = row.position().map_or(0, csv::Position::line);
            let read = row.deserialize::<Line>(Some(&header)).map_err(|_| "a cell cannot be read".to_owned());
            Some((line, read.and_then(found)))
        }
        Err(error) => {
            let line = error.position().map_or(0, csv::Position::line);
            let why = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("this row has {len} cells and the header {expected_len}")
                }
                csv::ErrorKind::Utf8 { .. } => "this row is not UTF-8: save the file as UTF-8".to_owned(),
                _ => return None,
            };
            Some((line, Err(why)))
        }
    })))
}

fn found(line: Line) -> Result<Found, String> {
    let given = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
    let needed = |text, name: &str| given(text).ok_or_else(|| format!("{name}: required"));
    let opened_at = needed(line.opened_at, "opened_at")?;
    let opened_at = Timestamp::parse_rfc3339(&opened_at)
        .map_err(|_| "opened_at: give a time with its offset, as 2026-11-14T09:30:00Z".to_owned())?;
    let found = Found {
        source: needed(line.source, "source")?,
        reference: needed(line.reference, "reference")?,
        opened_at,
        band: code(given(line.found_band), "found_band", Band::ALL)?,
        grade: code(given(line.found_grade), "found_grade", Grade::ALL)?,
        outcome: given(line.outcome),
    };
    if found.band.is_none() && found.grade.is_none() {
        return Err("give found_band or found_grade".to_owned());
    }
    Ok(found)
}

fn code<T: FromStr + std::fmt::Display>(
    text: Option<String>,
    name: &str,
    all: &[T],
) -> Result<Option<T>, String> {
    let Some(text) = text else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let known: Vec<_> = all.iter().map(ToString::to_string).collect();
        format!("{name}: this is none of the codes: give {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_or_told_what_to_mend() {
        let mut rows = csv(
            "source,reference,opened_at,found_band,outcome\na,R1,2026-11-14T09:30:00Z,red,shared\na,R2,2026-11-14T09:30:00Z,purple,\na,R3,yesterday,red,\na,R4\n"
                .as_bytes(),
            "FILE",
        )
        .ok()
        .unwrap();
        let (line, first) = rows.next().unwrap();
        let first = first.unwrap();
        assert_eq!((line, first.band, first.outcome.as_deref()), (2, Some(Band::Red), Some("shared")));
        let told: Vec<_> = rows.map(|(line, read)| format!("{line}: {}", read.unwrap_err())).collect();
        assert_eq!(told[0], "3: found_band: this is none of the codes: give blue, green, amber, red");
        assert!(told[1].starts_with("4: opened_at: "));
        assert_eq!(told[2], "5: this row has 2 cells and the header 5");
    }

    #[test]
    fn a_line_of_json_says_nothing_of_what_was_sent() {
        let told = json_line(b"{\"source\":\"secret\",\"extra\":1}").unwrap_err();
        assert_eq!(
            told,
            "give texts, and no members but source, reference, opened_at, found_band, found_grade, outcome"
        );
        assert_eq!(json_line(b"{\"source\":").unwrap_err(), "this is not a JSON object");
    }
}
