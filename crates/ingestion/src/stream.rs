//! Many notices from one input: JSON, NDJSON or CSV, in flat memory.

mod array;
mod input;
mod lines;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ppn_domain::Timestamp;

use crate::csv::{self, Mapping};
use crate::refusal::Refusal;
use crate::submission::{Submission, read_notice, too_large};
use input::Input;

/// How notices follow one another in an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One JSON object, or an array of them.
    Json,
    /// One JSON object a line; blank lines are skipped.
    Ndjson,
    /// Rows under a header, read through a [`Mapping`].
    Csv,
}

impl Format {
    /// The format that a file's extension names: `json`, `ndjson`, `jsonl` or `csv`.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// One notice of an input, accepted or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The line of the input on which it begins, from 1.
    pub line: u64,
    /// The notice as it stood, so that it can go to a rejects file that is itself importable: an
    /// NDJSON line, a JSON element made one line (without a line end), or the CSV rows (each with
    /// its line end). Empty for a notice over [`MAX_NOTICE_BYTES`](crate::MAX_NOTICE_BYTES), which
    /// is passed over without being held.
    pub raw: Vec<u8>,
    /// What became of it.
    pub result: Result<Submission, Refusal>,
}

/// Why an input, or the rest of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input itself failed.
    #[error("the input cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// The input is in an encoding that is not read.
    #[error("the input is in {encoding}: save it as UTF-8")]
    Encoding {
        /// The encoding, as far as its first bytes tell.
        encoding: &'static str,
    },
    /// A JSON input begins with neither an object nor an array.
    #[error("line {line}: a JSON input is one object or an array of them, and neither begins here")]
    NotJson {
        /// The line in the input.
        line: u64,
    },
    /// A JSON array ends without its closing bracket, so that notices may be missing.
    #[error("line {line}: the array is not closed: the input may have been cut off")]
    ArrayNotClosed {
        /// The last line of the input.
        line: u64,
    },
    /// Text follows a JSON object or array that is complete.
    #[error("line {line}: text follows the end of the JSON: for one notice a line, name the file .ndjson")]
    TrailingText {
        /// The line in the input.
        line: u64,
    },
    /// A CSV input without a header row.
    #[error("the CSV input has no header row")]
    NoHeader,
    /// A CSV input was given without a mapping.
    #[error("a CSV input needs a mapping that says what its columns mean")]
    NoMapping,
    /// The header lacks a column that the mapping names.
    #[error("the header has no column `{column}`{}", nearest_text(nearest.as_deref()))]
    ColumnMissing {
        /// The column in the mapping.
        column: String,
        /// The column in the header that is most like it.
        nearest: Option<String>,
    },
    /// The header has a column twice.
    #[error("the header has the column `{column}` twice")]
    ColumnTwice {
        /// The column.
        column: String,
    },
    /// The header has a column that the mapping neither maps nor ignores.
    #[error("the mapping does not say what column `{column}` means: map it, or add it to `ignored`")]
    ColumnNotMapped {
        /// The column in the header.
        column: String,
    },
}

fn nearest_text(nearest: Option<&str>) -> String {
    nearest.map(|name| format!("; the nearest is `{name}`")).unwrap_or_default()
}

/// The notices of one input, in order. After an error nothing follows.
pub struct Records {
    inner: Box<dyn Iterator<Item = Result<Record, ReadError>> + Send>,
    header: Option<Vec<u8>>,
    bytes_read: Arc<AtomicU64>,
}

impl std::fmt::Debug for Records {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Records").field("bytes_read", &self.bytes_read()).finish_non_exhaustive()
    }
}

impl Records {
    /// The header row of a CSV input as it stood, with its line end, to begin a rejects file with.
    pub fn header(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }

    /// How many bytes of the input have been worked, for a progress bar; of a CSV input, in its second pass.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Ordering::Relaxed)
    }
}

impl Iterator for Records {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.inner.next()
    }
}

/// Reads the notices of an input. A CSV input is copied to an unlinked temporary file first, since
/// the rows of one notice need not stand together.
///
/// # Errors
/// Returns a [`ReadError`] when the input cannot be begun: it fails, it is in UTF-16 or UTF-32, or it
/// is CSV without a mapping, without a header, or with a header that does not fit the mapping.
pub fn read(
    source: impl Read + Send + 'static,
    format: Format,
    mapping: Option<&Mapping>,
    now: Timestamp,
) -> Result<Records, ReadError> {
    let bytes_read = Arc::new(AtomicU64::new(0));
    let input = Input::new(Box::new(source), Arc::clone(&bytes_read))?;
    match format {
        Format::Json => {
            let elements = array::Elements::new(input, now);
            Ok(Records { inner: Box::new(elements), header: None, bytes_read })
        }
        Format::Ndjson => {
            let lines = lines::Lines::new(input, now);
            Ok(Records { inner: Box::new(lines), header: None, bytes_read })
        }
        Format::Csv => {
            let mapping = mapping.ok_or(ReadError::NoMapping)?;
            let (groups, header) = csv::open(input, mapping, now, Arc::clone(&bytes_read))?;
            Ok(Records { inner: Box::new(groups), header: Some(header), bytes_read })
        }
    }
}

/// A record of one JSON notice; line numbers inside it become those of the input.
fn record(raw: Vec<u8>, line: u64, now: Timestamp) -> Record {
    let result = read_notice(&raw, now).map_err(|mut refusal| {
        for error in &mut refusal.errors {
            error.line = Some(error.line.map_or(line, |inner| line.saturating_add(inner - 1)));
        }
        refusal
    });
    Record { line, raw, result }
}

fn too_large_record(line: u64) -> Record {
    Record { line, raw: Vec::new(), result: Err(Refusal::one(too_large().at_line(line))) }
}
