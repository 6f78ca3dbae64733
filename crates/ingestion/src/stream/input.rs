//! The input as bytes: counted, its byte order mark skipped, and UTF-16 told from what can be read.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::ReadError;

const BUFFER: usize = 128 * 1024;

/// Bytes of an input, from after its byte order mark.
pub(crate) struct Input {
    reader: BufReader<Box<dyn Read + Send>>,
    consumed: Arc<AtomicU64>,
}

impl Input {
    /// Begins an input.
    pub(crate) fn new(source: Box<dyn Read + Send>, consumed: Arc<AtomicU64>) -> Result<Self, ReadError> {
        // The first bytes may come one by one from a pipe, so they are gathered before they are judged.
        let mut source = source;
        let mut first = Vec::with_capacity(4);
        source.by_ref().take(4).read_to_end(&mut first)?;
        if let Some(encoding) = wide_encoding(&first) {
            return Err(ReadError::Encoding { encoding });
        }
        let skip = if first.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let rest: Box<dyn Read + Send> = Box::new(std::io::Cursor::new(first.split_off(skip)).chain(source));
        consumed.fetch_add(skip as u64, Ordering::Relaxed);
        Ok(Self { reader: BufReader::with_capacity(BUFFER, rest), consumed })
    }
}

fn wide_encoding(first: &[u8]) -> Option<&'static str> {
    match first {
        [0xff, 0xfe, 0, 0] => Some("UTF-32 (little-endian)"),
        [0, 0, 0xfe, 0xff] => Some("UTF-32 (big-endian)"),
        [0xff, 0xfe, ..] => Some("UTF-16 (little-endian)"),
        [0xfe, 0xff, ..] => Some("UTF-16 (big-endian)"),
        // Neither JSON nor a header has a null in it; half of each ASCII character in UTF-16 is one.
        [a, 0, ..] if *a != 0 => Some("UTF-16 (little-endian)"),
        [0, b, ..] if *b != 0 => Some("UTF-16 (big-endian)"),
        _ => None,
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.reader.read(buffer)?;
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        loop {
            match self.reader.fill_buf() {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(_) => break,
            }
        }
        Ok(self.reader.buffer())
    }

    fn consume(&mut self, n: usize) {
        self.reader.consume(n);
        self.consumed.fetch_add(n as u64, Ordering::Relaxed);
    }
}
