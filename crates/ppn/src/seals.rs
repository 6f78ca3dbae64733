//! Where the key that seals the log is kept, and the file of its heads outside the store.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ppn_sealing::{SealingKey, SignedHead};
use ppn_service::{OutsideHeads, Service};
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::config::Config;
use crate::failure::Failure;
use crate::wiring::{self, Place};

/// No line of a file of heads is longer.
const LONGEST_LINE: u64 = 1_024;

/// Where the key and the heads are.
#[derive(Debug, Clone)]
pub struct Places {
    /// The file of the key; without one the store keeps it.
    pub key: Option<PathBuf>,
    /// The file of the heads; without one none are kept outside.
    pub heads: Option<PathBuf>,
}

impl Places {
    /// As the settings name them. Beside a file of SQLite both have a place of their own.
    pub fn named(config: &Config) -> Result<Self, Failure> {
        let place = Place::named(&config.database)?;
        let beside = |end: &str| match &place {
            Place::File(file) => Some(ending(file, end)),
            Place::Postgres(_) => None,
        };
        Ok(Self {
            key: config.audit.key_file.clone().or_else(|| beside(KEY_END)),
            heads: config.audit.heads_file.clone().or_else(|| beside(HEADS_END)),
        })
    }

    /// The key, where one was made.
    pub async fn key(&self, service: &Service) -> Result<Option<SealingKey>, Failure> {
        match &self.key {
            Some(file) => read_key(file),
            None => Ok(service.kept_sealing_key(None).await?),
        }
    }

    /// The key, made where there is none. Says whether it was.
    pub async fn make_key(&self, service: &Service, command: &str) -> Result<(SealingKey, bool), Failure> {
        if let Some(key) = self.key(service).await? {
            return Ok((key, false));
        }
        let mut seed = [0; 32];
        SysRng
            .try_fill_bytes(&mut seed)
            .map_err(|e| Failure::wrong(format!("this machine gives no random numbers: {e}")))?;
        let new = SealingKey::from_seed(seed).map_err(|e| Failure::wrong(e.to_string()))?;
        let made = new.public();
        let key = match &self.key {
            Some(file) => {
                write_key(file, &new)?;
                new
            }
            None => service.kept_sealing_key(Some(&new)).await?.unwrap_or(new),
        };
        let first = key.public() == made;
        if first {
            service.sealing_key_made(&wiring::operator(command), &key).await?;
        }
        Ok((key, first))
    }
}

/// What stands after the name of a file of SQLite for its key.
pub const KEY_END: &str = ".sealing-key";
/// And for the heads.
pub const HEADS_END: &str = ".heads";

fn ending(file: &Path, end: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

fn read_key(file: &Path) -> Result<Option<SealingKey>, Failure> {
    match std::fs::read_to_string(file) {
        Ok(text) => SealingKey::from_text(&text)
            .map(Some)
            .map_err(|e| Failure::wrong(format!("audit.key_file: {}: {e}", file.display()))),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(Failure::file(format_args!("audit.key_file: {}", file.display()), &e)),
    }
}

fn write_key(file: &Path, key: &SealingKey) -> Result<(), Failure> {
    let write = || {
        let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
        new.write_all(key.to_text().as_bytes())?;
        new.sync_all()
    };
    write().map_err(|e| Failure::file(format_args!("audit.key_file: {}", file.display()), &e))
}

/// The file of heads that this node adds to.
#[derive(Debug)]
pub struct HeadsFile {
    file: File,
    /// How many rows the last head in it covers.
    last: u64,
}

impl HeadsFile {
    /// Opens it, beginning an empty one that others may not read. A line that was not written to its
    /// end is taken off: its head is still in the store.
    ///
    /// # Errors
    /// When it cannot be opened or mended.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)?;
        let length = file.seek(SeekFrom::End(0))?;
        let begin = length.saturating_sub(2 * LONGEST_LINE);
        file.seek(SeekFrom::Start(begin))?;
        let mut end = Vec::new();
        file.read_to_end(&mut end)?;
        if let Some(at) = end.iter().rposition(|byte| *byte == b'\n') {
            end.truncate(at + 1);
        } else if begin == 0 {
            end.clear();
        }
        file.set_len(begin + end.len() as u64)?;
        let last = end.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let last = serde_json::from_slice::<SignedHead>(last).map_or(0, |head| head.head.size);
        Ok(Self { file, last })
    }

    /// How many rows the last head in it covers.
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// Adds heads, and waits until they are on the disk.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn add(&mut self, heads: &[SignedHead]) -> std::io::Result<()> {
        let mut lines = Vec::new();
        for head in heads {
            serde_json::to_writer(&mut lines, head)?;
            lines.push(b'\n');
        }
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        if let Some(last) = heads.last() {
            self.last = last.head.size;
        }
        Ok(())
    }
}

/// The heads of a file, one after the other, and the number of its first line that is none, once it was
/// read: 0 where every line is one.
pub fn read_heads(path: &Path) -> Result<(OutsideHeads, Arc<AtomicU64>), Failure> {
    let file = File::open(path).map_err(|e| Failure::file(path.display(), &e))?;
    let bad = Arc::new(AtomicU64::new(0));
    let seen = bad.clone();
    let mut lines = BufReader::new(file);
    let mut number = 0;
    let heads = std::iter::from_fn(move || {
        loop {
            number += 1;
            let mut line = Vec::new();
            let read = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line);
            match read {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => match serde_json::from_slice::<SignedHead>(&line) {
                    Ok(head) => return Some(head),
                    Err(_) => {
                        let _ = seen.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
                    }
                },
                Err(_) => {
                    let _ = seen.compare_exchange(0, number, Ordering::Relaxed, Ordering::Relaxed);
                    return None;
                }
            }
        }
    });
    Ok((Box::new(heads), bad))
}

#[cfg(test)]
mod tests {
    use ppn_domain::Timestamp;
    use ppn_sealing::TreeHead;

    use super::*;

    fn head(size: u64) -> SignedHead {
        let key = SealingKey::from_seed([1; 32]).unwrap();
        key.sign(TreeHead { size, root: [1; 32], at: Timestamp::from_micros(5) })
    }

    #[test]
    fn a_file_of_heads_goes_on_after_a_line_that_broke_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("heads");
        let mut file = HeadsFile::open(&path).unwrap();
        assert_eq!(file.last(), 0);
        file.add(&[head(1), head(2)]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
        let mut file = HeadsFile::open(&path).unwrap();
        assert_eq!(file.last(), 1);
        file.add(&[head(2)]).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), whole);
        let (heads, bad) = read_heads(&path).unwrap();
        assert_eq!(heads.collect::<Vec<_>>(), [head(1), head(2)]);
        assert_eq!(bad.load(Ordering::Relaxed), 0);
        std::fs::write(&path, [b"{}\n", &whole[..]].concat()).unwrap();
        let (heads, bad) = read_heads(&path).unwrap();
        assert_eq!(heads.count(), 2);
        assert_eq!(bad.load(Ordering::Relaxed), 1);
    }
}
