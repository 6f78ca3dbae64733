//! What an import refuses: in a file that can be mended and imported, and the reasons beside it.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ppn_ingestion::{Format, Record};
use ppn_service::FieldError;
use serde::Serialize;

use crate::failure::Failure;
use crate::input::Input;

const MOST_NUMBERED: u32 = 1000;

/// The rejects of one input; its files are made when the first notice is refused.
#[derive(Debug)]
pub struct Rejects {
    wanted: PathBuf,
    /// Begins a file of CSV.
    header: Option<Vec<u8>>,
    made: Option<Made>,
}

#[derive(Debug)]
struct Made {
    path: PathBuf,
    /// The file of the run before, where there is one.
    before: Option<PathBuf>,
    rejects: BufWriter<File>,
    reasons_path: PathBuf,
    reasons: BufWriter<File>,
    /// The line that the next reject begins on, from 1.
    line: u64,
    copied: bool,
}

/// A line of the file of reasons.
#[derive(Debug, Serialize)]
struct Why<'a> {
    /// The line in the input.
    line: u64,
    /// The line in the file of rejects; null for a notice too large to copy.
    rejects_line: Option<u64>,
    errors: &'a [FieldError],
}

impl Rejects {
    /// The rejects of an input: as named, else beside the input, else (standard input) in this folder.
    pub fn of(path: Option<&Path>, named: Option<&Path>, input: &Input) -> Self {
        let extension = if input.format == Format::Csv { "csv" } else { "ndjson" };
        let wanted = match (named, path) {
            (Some(named), _) => named.to_owned(),
            (None, Some(path)) => path.with_extension(format!("rejects.{extension}")),
            (None, None) => PathBuf::from(format!("import.rejects.{extension}")),
        };
        Self { wanted, header: input.header.clone(), made: None }
    }

    /// Keeps a refused notice as it stood, and why.
    pub fn add(&mut self, record: &Record, errors: &[FieldError]) -> Result<(), Failure> {
        if self.made.is_none() {
            self.made = Some(Made::at(&self.wanted, self.header.as_deref())?);
        }
        let Some(made) = &mut self.made else { return Ok(()) };
        made.add(record, errors).map_err(|e| Failure::file(made.path.display(), &e))
    }

    /// Hands what was added to the system.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let Some(made) = &mut self.made else { return Ok(()) };
        made.rejects
            .flush()
            .and_then(|()| made.reasons.flush())
            .map_err(|e| Failure::file(made.path.display(), &e))
    }

    /// Ends the files; the file of rejects (unless nothing could be copied) and that of the reasons.
    pub fn finish(mut self) -> Result<Option<(Option<PathBuf>, PathBuf)>, Failure> {
        self.flush()?;
        let Some(made) = self.made else { return Ok(None) };
        drop((made.rejects, made.reasons));
        if !made.copied {
            let _ = std::fs::remove_file(&made.path);
            return Ok(Some((None, made.reasons_path)));
        }
        // The same refusals as the run before: one copy of personal data is enough.
        if let Some(before) = made.before.filter(|before| same_content(before, &made.path)) {
            let _ = std::fs::remove_file(&made.path);
            let _ = std::fs::remove_file(&made.reasons_path);
            let reasons = reasons_of(&before);
            return Ok(Some((Some(before), reasons)));
        }
        Ok(Some((Some(made.path), made.reasons_path)))
    }
}

impl Made {
    /// Files that nobody else can read. What a person may be mending is never written over, so a name
    /// that is taken gets a number.
    fn at(wanted: &Path, header: Option<&[u8]>) -> Result<Self, Failure> {
        let mut before = None;
        for number in 1..=MOST_NUMBERED {
            let path = numbered(wanted, number);
            match create(&path) {
                Ok(file) => {
                    let failed = |e: &std::io::Error| Failure::file(path.display(), e);
                    let mut rejects = BufWriter::new(file);
                    let mut line = 1;
                    if let Some(header) = header {
                        rejects.write_all(header).map_err(|e| failed(&e))?;
                        line += line_ends(header);
                        if !header.ends_with(b"\n") {
                            rejects.write_all(b"\n").map_err(|e| failed(&e))?;
                            line += 1;
                        }
                    }
                    let reasons_path = reasons_of(&path);
                    // Left over from rejects that were mended and taken away.
                    let _ = std::fs::remove_file(&reasons_path);
                    let reasons =
                        create(&reasons_path).map_err(|e| Failure::file(reasons_path.display(), &e))?;
                    let reasons = BufWriter::new(reasons);
                    return Ok(Self { path, before, rejects, reasons_path, reasons, line, copied: false });
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => before = Some(path),
                Err(e) => {
                    return Err(Failure::wrong(format!(
                        "{}: {}: name another place for refused notices with --rejects FILE",
                        path.display(),
                        crate::failure::plain(&e)
                    )));
                }
            }
        }
        Err(Failure::wrong(format!(
            "{}: {MOST_NUMBERED} files of rejects stand beside it: mend them or take them away",
            wanted.display()
        )))
    }

    fn add(&mut self, record: &Record, errors: &[FieldError]) -> std::io::Result<()> {
        let mut rejects_line = None;
        if !record.raw.is_empty() {
            rejects_line = Some(self.line);
            self.rejects.write_all(&record.raw)?;
            self.line += line_ends(&record.raw);
            if !record.raw.ends_with(b"\n") {
                self.rejects.write_all(b"\n")?;
                self.line += 1;
            }
            self.copied = true;
        }
        serde_json::to_writer(&mut self.reasons, &Why { line: record.line, rejects_line, errors })?;
        self.reasons.write_all(b"\n")
    }
}

fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn numbered(wanted: &Path, number: u32) -> PathBuf {
    if number == 1 {
        return wanted.to_owned();
    }
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy();
    let extension = wanted.extension().map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
    wanted.with_file_name(format!("{stem}-{number}{extension}"))
}

fn reasons_of(rejects: &Path) -> PathBuf {
    let mut name = rejects.as_os_str().to_owned();
    name.push(".reasons.ndjson");
    PathBuf::from(name)
}

fn line_ends(bytes: &[u8]) -> u64 {
    bytes.split(|b| *b == b'\n').skip(1).count() as u64
}

fn same_content(a: &Path, b: &Path) -> bool {
    let (Ok(a), Ok(b)) = (File::open(a), File::open(b)) else { return false };
    let length = |f: &File| f.metadata().map(|m| m.len()).ok();
    if length(&a) != length(&b) {
        return false;
    }
    let (mut a, mut b) = (BufReader::new(a).bytes(), BufReader::new(b).bytes());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return true,
            (Some(Ok(x)), Some(Ok(y))) if x == y => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    async fn refused(path: &Path, mapping: Option<&ppn_ingestion::Mapping>) -> (Vec<Record>, Input) {
        let mut input = Input::open(path, None, mapping, 100, true).await.unwrap();
        let mut records = Vec::new();
        while let Some(batch) = input.next().await.unwrap() {
            records.extend(batch.records.into_iter().filter(|r| r.result.is_err()));
        }
        (records, input)
    }

    async fn kept(path: &Path, mapping: Option<&ppn_ingestion::Mapping>) -> (PathBuf, PathBuf) {
        let (records, input) = refused(path, mapping).await;
        let mut rejects = Rejects::of(Some(path), None, &input);
        for record in &records {
            rejects.add(record, &record.result.as_ref().unwrap_err().errors).unwrap();
        }
        let (rejects, reasons) = rejects.finish().unwrap().unwrap();
        (rejects.unwrap(), reasons)
    }

    #[tokio::test]
    async fn rejects_of_json_are_lines_that_read_the_same_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.json");
        std::fs::write(&path, "[{\"source\":\"a\",\n \"reference\":\"R1\"},\n{\"source\":\"a\",\"kind\":7}]")
            .unwrap();
        let (rejects, reasons) = kept(&path, None).await;
        assert_eq!(rejects, folder.path().join("in.rejects.ndjson"));
        assert_eq!(reasons, folder.path().join("in.rejects.ndjson.reasons.ndjson"));
        for file in [&rejects, &reasons] {
            assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let (again, _) = refused(&rejects, None).await;
        assert_eq!(again.len(), 2);
        let reasons: Vec<serde_json::Value> = std::fs::read_to_string(reasons)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!((&reasons[0]["line"], &reasons[0]["rejects_line"]), (&1.into(), &1.into()));
        assert_eq!((&reasons[1]["line"], &reasons[1]["rejects_line"]), (&3.into(), &2.into()));
    }

    #[tokio::test]
    async fn rejects_of_csv_begin_with_the_header() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.csv");
        // Some of its cells are Windows-1252, as Excel saves them.
        let sample = include_bytes!("../../../../../config/mappings/records-export.sample.csv");
        let header = sample.split(|b| *b == b'\n').next().unwrap();
        let header = str::from_utf8(header).unwrap().trim_end();
        std::fs::write(&path, [sample, b"short,row\n".as_slice()].concat()).unwrap();
        let mapping = ppn_ingestion::Mapping::from_toml(include_str!(
            "../../../../../config/mappings/records-export.toml"
        ))
        .unwrap();
        let (rejects, _) = kept(&path, Some(&mapping)).await;
        let text = std::fs::read_to_string(&rejects).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), [header, "short,row"]);
        let (again, _) = refused(&rejects, Some(&mapping)).await;
        assert_eq!((again.len(), again[0].line), (1, 2));
    }

    #[tokio::test]
    async fn what_somebody_may_be_mending_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.ndjson");
        std::fs::write(&path, "{\"source\":\"a\"}\n").unwrap();
        let (first, _) = kept(&path, None).await;
        assert_eq!(kept(&path, None).await.0, first);
        std::fs::write(&first, "half mended").unwrap();
        assert_eq!(kept(&path, None).await.0, folder.path().join("in.rejects-2.ndjson"));
        assert_eq!(std::fs::read_to_string(&first).unwrap(), "half mended");
    }
}
