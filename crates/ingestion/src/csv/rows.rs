//! The rows of a spooled CSV file, each with the bytes that it was made of.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use csv::{ByteRecord, Position, ReaderBuilder};
use encoding_rs::WINDOWS_1252;

use crate::stream::ReadError;
use crate::submission::MAX_NOTICE_BYTES;

const BUFFER: usize = 64 * 1024;

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Its first line in the input.
    pub(super) line: u64,
    /// Its cells, trimmed.
    pub(super) cells: Vec<String>,
    /// As it stood, with its line end. Empty for a row that is too large.
    pub(super) raw: Vec<u8>,
    /// Larger than a notice may be; its cells are those of its first line.
    pub(super) too_large: bool,
    /// Its quotes open and close where cells do.
    pub(super) quotes_close: bool,
}

/// Rows in order.
pub(super) struct Rows {
    reader: csv::Reader<Tee>,
    record: ByteRecord,
    delimiter: u8,
}

impl Rows {
    /// Begins at the start of a file.
    pub(super) fn new(mut file: File, delimiter: u8) -> Result<Self, ReadError> {
        file.seek(SeekFrom::Start(0))?;
        let reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .buffer_capacity(BUFFER)
            .from_reader(Tee { file, kept: Vec::new(), base: 0, start: 0, overflowed: false });
        Ok(Self { reader, record: ByteRecord::new(), delimiter })
    }

    /// How far into the file the rows so far reach.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The file, to begin again.
    pub(super) fn into_file(self) -> File {
        self.reader.into_inner().file
    }

    /// The next row; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row>, ReadError> {
        let begin = self.reader.position().clone();
        self.reader.get_mut().start = begin.byte();
        match self.reader.read_byte_record(&mut self.record) {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(self.row(&begin))),
            Err(_) if self.reader.get_ref().overflowed => self.pass_over(&begin).map(Some),
            Err(e) => Err(ReadError::Io(e.into())),
        }
    }

    fn row(&self, begin: &Position) -> Row {
        let end = self.reader.position().byte();
        let mut raw = self.reader.get_ref().slice(begin.byte(), end);
        // Blank lines before a row are passed over by the reader and belong to no notice.
        let mut line = begin.line();
        let blank = raw.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
        line += raw.iter().take(blank).filter(|b| **b == b'\n').count() as u64;
        raw.drain(..blank);
        // The reader ends a row at the carriage return and leaves the rest of the line end behind.
        if raw.last() == Some(&b'\r') {
            raw.push(b'\n');
        }
        Row {
            line,
            cells: self.record.iter().map(text).collect(),
            quotes_close: quotes_close(&raw, self.delimiter),
            raw,
            too_large: false,
        }
    }

    /// A row without an end is most often a quote that was not closed, so what follows its first line
    /// is read again as rows of its own.
    fn pass_over(&mut self, begin: &Position) -> Result<Row, ReadError> {
        let first_line = self.reader.get_ref().kept_from(begin.byte());
        let length = first_line.iter().position(|b| *b == b'\n').map_or(first_line.len(), |at| at + 1);
        let cells = first_cells(&first_line[..length.min(BUFFER)], self.delimiter);
        let mut next = begin.clone();
        next.set_byte(begin.byte() + length as u64).set_line(begin.line() + 1);
        if length == first_line.len() {
            let at = self.reader.get_mut().line_end_after(next.byte())?;
            next.set_byte(at);
        }
        self.reader.get_mut().overflowed = false;
        self.reader.seek(next).map_err(|e| ReadError::Io(e.into()))?;
        Ok(Row { line: begin.line(), cells, raw: Vec::new(), too_large: true, quotes_close: false })
    }
}

/// Excel saves Windows-1252 where the person who exports does not choose, so what is not UTF-8 is that.
fn text(cell: &[u8]) -> String {
    match std::str::from_utf8(cell) {
        Ok(text) => text.trim().to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(cell).0.trim().to_owned(),
    }
}

fn first_cells(line: &[u8], delimiter: u8) -> Vec<String> {
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(line);
    let mut record = ByteRecord::new();
    match reader.read_byte_record(&mut record) {
        Ok(true) => record.iter().map(text).collect(),
        _ => Vec::new(),
    }
}

/// Whether every quote that opens a cell closes it. One that does not has swallowed what follows it,
/// and the count of cells may still be right.
fn quotes_close(raw: &[u8], delimiter: u8) -> bool {
    let mut bytes = raw.iter().copied().peekable();
    loop {
        if bytes.peek() == Some(&b'"') {
            bytes.next();
            loop {
                match bytes.next() {
                    None => return false,
                    Some(b'"') if bytes.peek() == Some(&b'"') => {
                        bytes.next();
                    }
                    Some(b'"') => break,
                    Some(_) => {}
                }
            }
            if bytes.peek().is_some_and(|b| *b != delimiter && !matches!(b, b'\r' | b'\n')) {
                return false;
            }
        }
        if bytes.find(|b| *b == delimiter).is_none() {
            return true;
        }
    }
}

/// Keeps what the reader has taken and not yet given as rows.
struct Tee {
    file: File,
    kept: Vec<u8>,
    /// Where in the file `kept` begins.
    base: u64,
    /// Where in the file the present row begins.
    start: u64,
    overflowed: bool,
}

impl Tee {
    fn slice(&self, from: u64, to: u64) -> Vec<u8> {
        let from = usize::try_from(from.saturating_sub(self.base)).unwrap_or(usize::MAX);
        let to = usize::try_from(to.saturating_sub(self.base)).unwrap_or(usize::MAX);
        self.kept.get(from..to).map(<[u8]>::to_vec).unwrap_or_default()
    }

    fn kept_from(&self, from: u64) -> Vec<u8> {
        self.slice(from, self.base + self.kept.len() as u64)
    }

    /// The start of the first line that begins after a place.
    fn line_end_after(&mut self, mut at: u64) -> Result<u64, ReadError> {
        self.file.seek(SeekFrom::Start(at))?;
        let mut chunk = vec![0; BUFFER];
        loop {
            let n = self.file.read(&mut chunk)?;
            let end = chunk[..n].iter().position(|b| *b == b'\n');
            at += end.map_or(n, |end| end + 1) as u64;
            if n == 0 || end.is_some() {
                return Ok(at);
            }
        }
    }
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let given = usize::try_from(self.start - self.base).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.drain(..given);
        self.base += given as u64;
        if self.kept.len() > MAX_NOTICE_BYTES {
            self.overflowed = true;
            return Err(std::io::Error::other("a row is larger than a notice may be"));
        }
        let n = self.file.read(buffer)?;
        self.kept.extend_from_slice(&buffer[..n]);
        Ok(n)
    }
}

impl Seek for Tee {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = self.file.seek(to)?;
        self.kept.clear();
        self.base = at;
        self.start = at;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn rows(bytes: &[u8]) -> Vec<Row> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut rows = Rows::new(file, b',').unwrap();
        std::iter::from_fn(|| rows.next().unwrap()).collect()
    }

    #[test]
    fn a_row_keeps_its_bytes_and_its_line() {
        let all = rows(b"a,b\r\n\n\"x\ny\",\"2\"\nc, d ");
        let seen: Vec<_> = all.iter().map(|r| (r.line, r.cells.join("|"), r.raw.as_slice())).collect();
        let expected: Vec<(u64, String, &[u8])> = vec![
            (1, "a|b".to_owned(), b"a,b\r\n"),
            (3, "x\ny|2".to_owned(), b"\"x\ny\",\"2\"\n"),
            (5, "c|d".to_owned(), b"c, d "),
        ];
        assert_eq!(seen, expected);
        assert!(all.iter().all(|r| r.quotes_close));
    }

    #[test]
    fn each_cell_is_utf_8_or_else_windows_1252() {
        let all = rows(b"Zo\xeb,Zo\xc3\xab,\x80\n");
        assert_eq!(all[0].cells, ["Zo\u{eb}", "Zo\u{eb}", "\u{20ac}"]);
    }

    #[test]
    fn a_quote_that_swallows_the_next_row_is_seen() {
        // Three cells, as in every row, and the second notice inside the first.
        let all = rows(b"R1,Bob,\"text\nR2,Ann,\"other\"\n");
        assert_eq!((all.len(), all[0].cells.len(), all[0].quotes_close), (1, 3, false));
        assert!(!quotes_close(b"a,\"b", b','));
        assert!(quotes_close(b"5\" pipe,\"say \"\"no\"\"\",\"\"\r\n", b','));
    }

    #[test]
    fn a_row_without_end_is_passed_over_and_the_rest_read() {
        let mut bytes = b"R1,\"open\nR2,two\n".to_vec();
        bytes.extend(std::iter::repeat_n(b"R3,three\n", 600_000).flatten());
        let all = rows(&bytes);
        assert_eq!((all[0].too_large, all[0].cells[0].as_str()), (true, "R1"));
        assert_eq!((all[1].line, all[1].cells.join("|").as_str()), (2, "R2|two"));
        assert_eq!(all.len(), 600_002);
        assert_eq!(all[600_001].line, 600_002);
    }
}
