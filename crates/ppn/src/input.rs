//! Files of notices, read and checked on a thread of their own while the rest goes on.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use ppn_domain::{Clock as _, Notice, SystemClock};
use ppn_ingestion::{Format, Mapping, ReadError, Record};
use tokio::sync::mpsc;

use crate::cli::Reading;
use crate::failure::{Done, Failure, reason_line};
use crate::progress::{self, say_beside};

/// So much of an input is looked at to tell what it is.
const LOOKED_AT: usize = 64 * 1024;
/// A batch ends here even when few notices are in it, so that memory stays flat.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Notices that go at once from the reading thread to work that is done one by one.
const ONE_BY_ONE: usize = 100;
/// Batches that may wait to be worked.
const BATCHES_AHEAD: usize = 3;

/// Some notices of an input, in order.
#[derive(Debug)]
pub struct Batch {
    /// Accepted and refused.
    pub records: Vec<Record>,
    /// How many bytes of the input have been worked.
    pub position: u64,
}

/// What the reading thread says.
enum Message {
    Begun { format: Format, header: Option<Vec<u8>> },
    Batch(Batch),
    Failed(ReadError),
    Ended,
}

/// An input that is being read.
#[derive(Debug)]
pub struct Input {
    /// What it is called in messages.
    pub name: String,
    /// Its size in bytes, where it has one.
    pub size: Option<u64>,
    /// Its format.
    pub format: Format,
    /// The header of a CSV input.
    pub header: Option<Vec<u8>>,
    receive: mpsc::Receiver<Message>,
}

/// Whether a path stands for standard input.
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// What an input is called in messages.
pub fn name(path: &Path) -> String {
    if is_stdin(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Checks, before any work is done, that every input is there and standard input is named once.
pub fn check<'a>(paths: impl IntoIterator<Item = &'a PathBuf>) -> Result<(), Failure> {
    let mut stdin = 0;
    for path in paths {
        if is_stdin(path) {
            stdin += 1;
            continue;
        }
        let about = std::fs::metadata(path).map_err(|e| Failure::file(path.display(), &e))?;
        if about.is_dir() {
            return Err(Failure::wrong(format!("{}: this is a folder: name a file", path.display())));
        }
    }
    if stdin > 1 {
        return Err(Failure::wrong("standard input (-) can be read once: name it once"));
    }
    Ok(())
}

/// The mapping that the command line names.
pub fn mapping(reading: &Reading) -> Result<Option<Mapping>, Failure> {
    let Some(path) = &reading.mapping else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path.display(), &e))?;
    Mapping::from_toml(&text)
        .map(Some)
        .map_err(|e| Failure::wrong(format!("mapping {}: line {}: {}", path.display(), e.line, e.reason)))
}

/// Reads notices, a file after another, and hands over each that is good. What is not is named on
/// standard error with the line, what is wrong and the fix; what came before it stands.
pub async fn each(
    paths: &[PathBuf],
    reading: &Reading,
    mapping: Option<&Mapping>,
    mut take: impl FnMut(Notice),
) -> Result<Done, Failure> {
    let mut done = Done::All;
    for path in paths {
        let mut input = Input::open(path, reading.input.map(Into::into), mapping, ONE_BY_ONE, false).await?;
        let bar = progress::bytes("Reading", input.size);
        loop {
            let batch = match input.next().await {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(failure) => {
                    say_beside(&bar, format_args!("ppn: {}", failure.message));
                    done = Done::SomeRefused;
                    break;
                }
            };
            for record in batch.records {
                match record.result {
                    Ok(submission) => take(submission.notice),
                    Err(refusal) => {
                        done = Done::SomeRefused;
                        for error in &refusal.errors {
                            let line = error.line.unwrap_or(record.line);
                            say_beside(
                                &bar,
                                format_args!("{}: line {line}: {}", input.name, reason_line(error)),
                            );
                        }
                    }
                }
            }
            bar.set_position(batch.position);
        }
        bar.finish_and_clear();
    }
    Ok(done)
}

impl Input {
    /// Begins to read a file, or standard input. `with_raw` keeps the text of each notice as it stood.
    pub async fn open(
        path: &Path,
        format: Option<Format>,
        mapping: Option<&Mapping>,
        batch: usize,
        with_raw: bool,
    ) -> Result<Self, Failure> {
        let name = name(path);
        let (source, size): (Box<dyn Read + Send>, _) = if is_stdin(path) {
            (Box::new(std::io::stdin()), None)
        } else {
            let file = File::open(path).map_err(|e| Failure::file(&name, &e))?;
            let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|about| about.len());
            (Box::new(file), size)
        };
        let (named, mapping) = (format.or_else(|| Format::of_path(path)), mapping.cloned());
        Self::start(name, size, move |send| {
            let read = match named {
                Some(format) => Ok((format, source)),
                None => sniff(source),
            };
            let opened = read.map_err(ReadError::Io).and_then(|(format, source)| {
                Ok((format, ppn_ingestion::read(source, format, mapping.as_ref(), SystemClock.now())?))
            });
            match opened {
                Err(error) => drop(send.blocking_send(Message::Failed(error))),
                Ok((format, mut records)) => {
                    let header = records.header().map(<[u8]>::to_vec);
                    if send.blocking_send(Message::Begun { format, header }).is_ok() {
                        pump(&mut records, batch, with_raw, ppn_ingestion::Records::bytes_read, &send);
                    }
                }
            }
        })
        .await
    }

    /// Notices that are made rather than read.
    pub async fn made(
        name: &str,
        batch: usize,
        records: impl Iterator<Item = Result<Record, ReadError>> + Send + 'static,
    ) -> Result<Self, Failure> {
        Self::start(name.to_owned(), None, move |send| {
            let mut records = records;
            if send.blocking_send(Message::Begun { format: Format::Ndjson, header: None }).is_ok() {
                pump(&mut records, batch, false, |_| 0, &send);
            }
        })
        .await
    }

    async fn start(
        name: String,
        size: Option<u64>,
        work: impl FnOnce(mpsc::Sender<Message>) + Send + 'static,
    ) -> Result<Self, Failure> {
        let (send, mut receive) = mpsc::channel(BATCHES_AHEAD);
        std::thread::Builder::new()
            .name("reading".to_owned())
            .spawn(move || work(send))
            .map_err(|e| Failure::file("a thread to read with", &e))?;
        match receive.recv().await {
            Some(Message::Begun { format, header }) => Ok(Self { name, size, format, header, receive }),
            Some(Message::Failed(ReadError::NoMapping)) => Err(Failure::wrong(format!(
                "{name}: this is CSV: say what its columns mean with --mapping FILE (an example: config/mappings/records-export.toml)"
            ))),
            Some(Message::Failed(error)) => Err(Failure::wrong(format!("{name}: {error}"))),
            _ => Err(Failure::wrong(format!("{name}: reading stopped unexpectedly"))),
        }
    }

    /// The next batch; `None` after the last. An error ends the input: what came before it stands.
    pub async fn next(&mut self) -> Result<Option<Batch>, Failure> {
        match self.receive.recv().await {
            Some(Message::Batch(batch)) => Ok(Some(batch)),
            Some(Message::Ended) => Ok(None),
            Some(Message::Failed(error)) => Err(Failure::refused(format!("{}: {error}", self.name))),
            // Without its last word the thread came to grief, and notices may be missing.
            Some(Message::Begun { .. }) | None => {
                Err(Failure::refused(format!("{}: reading stopped unexpectedly", self.name)))
            }
        }
    }
}

fn pump<I>(
    records: &mut I,
    batch: usize,
    with_raw: bool,
    position: impl Fn(&I) -> u64,
    send: &mpsc::Sender<Message>,
) where
    I: Iterator<Item = Result<Record, ReadError>>,
{
    loop {
        let mut gathered = Vec::with_capacity(batch);
        let mut bytes = 0;
        let last = loop {
            match records.next() {
                Some(Ok(mut record)) => {
                    bytes += record.raw.len();
                    if !with_raw || record.result.is_ok() {
                        record.raw = Vec::new();
                    }
                    gathered.push(record);
                    if gathered.len() >= batch || bytes >= BATCH_BYTES {
                        break None;
                    }
                }
                Some(Err(error)) => break Some(Message::Failed(error)),
                None => break Some(Message::Ended),
            }
        };
        let position = position(records);
        if !gathered.is_empty()
            && send.blocking_send(Message::Batch(Batch { records: gathered, position })).is_err()
        {
            return;
        }
        if let Some(last) = last {
            // Nobody waits for it any more where the work was stopped.
            drop(send.blocking_send(last));
            return;
        }
    }
}

/// Tells the format of an input by how it begins.
fn sniff(mut source: Box<dyn Read + Send>) -> std::io::Result<(Format, Box<dyn Read + Send>)> {
    let mut begin = Vec::new();
    let mut chunk = [0; 4096];
    while begin.len() < LOOKED_AT && !has_a_line(&begin) {
        match source.read(&mut chunk) {
            Ok(0) => break,
            Ok(n) => begin.extend_from_slice(&chunk[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok((format_of(&begin), Box::new(Cursor::new(begin).chain(source))))
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start()
}

fn has_a_line(bytes: &[u8]) -> bool {
    without_mark(bytes).contains(&b'\n')
}

fn format_of(begin: &[u8]) -> Format {
    let begin = without_mark(begin);
    match begin.first() {
        Some(b'[') => Format::Json,
        Some(b'{') => {
            let line = begin.split(|b| *b == b'\n').next().unwrap_or(begin).trim_ascii_end();
            // An object laid out over lines does not end on its first one.
            if line.len() == begin.len() || line.ends_with(b"}") { Format::Ndjson } else { Format::Json }
        }
        Some(_) => Format::Csv,
        None => Format::Ndjson,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_known_by_how_it_begins() {
        assert_eq!(format_of(b" [\n{"), Format::Json);
        assert_eq!(format_of(b"\xef\xbb\xbf{\n  \"source\""), Format::Json);
        assert_eq!(format_of(b"{\"source\":\"a\"}\r\n{\"source\""), Format::Ndjson);
        assert_eq!(format_of(b"{\"source\":\"a\""), Format::Ndjson);
        assert_eq!(format_of(b"{\"broken}\n{\"source\":\"a\"}"), Format::Ndjson);
        assert_eq!(format_of(b"PPN Ref,PPN Type\n"), Format::Csv);
        assert_eq!(format_of(b""), Format::Ndjson);
    }
}
