//! Puts the parts together: the store that a URL names, and the service on it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ppn_domain::SystemClock;
use ppn_service::{Principal, Service};
use ppn_store::Store;
use ppn_store_sqlite::SqliteStore;
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::config::{Config, Log, LogFormat};
use crate::failure::Failure;

/// The file that a database URL names.
pub fn database_file(url: &str) -> Result<PathBuf, Failure> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Err(Failure::wrong(
            "database.url: this version keeps its data in SQLite and PostgreSQL is not built in: give sqlite:// and a path, for example sqlite://data/ppn.db",
        ));
    }
    // A URL may hold a password, so it is not repeated.
    let path = url.strip_prefix("sqlite://").ok_or_else(|| {
        Failure::wrong("database.url: give sqlite:// and a path, for example sqlite://data/ppn.db")
    })?;
    if path.is_empty() || path.ends_with('/') || path.contains('?') || path.contains('#') {
        return Err(Failure::wrong(
            "database.url: name a file after sqlite://, without parameters, for example sqlite://data/ppn.db",
        ));
    }
    Ok(PathBuf::from(path))
}

/// Opens a store that is there.
pub async fn open(config: &Config) -> Result<Arc<dyn Store>, Failure> {
    let file = database_file(&config.database.url)?;
    if !file.exists() {
        return Err(Failure::wrong(format!("there is no store at {}: run `ppn migrate`", file.display())));
    }
    connect(&file).await
}

/// Opens a store, beginning an empty one that only its owner can read where none is.
pub async fn open_or_begin(file: &Path) -> Result<Arc<dyn Store>, Failure> {
    let failed = |e: &std::io::Error| Failure::file(file.display(), e);
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| failed(&e))?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(failed(&e)),
    }
    connect(file).await
}

async fn connect(file: &Path) -> Result<Arc<dyn Store>, Failure> {
    match SqliteStore::open(file).await {
        Ok(store) => Ok(Arc::new(store)),
        Err(error) => Err(Failure::wrong(format!("{}: {}", file.display(), crate::failure::chain(&error)))),
    }
}

/// Starts the service on a store.
pub async fn start(config: &Config, store: Arc<dyn Store>) -> Result<Arc<Service>, Failure> {
    let mut seed = [0; 32];
    SysRng
        .try_fill_bytes(&mut seed)
        .map_err(|e| Failure::wrong(format!("this machine gives no random numbers: {e}")))?;
    Ok(Service::start(store, Arc::new(SystemClock), seed, config.service()).await?)
}

/// Whoever works at this command line.
pub fn operator(command: &str) -> Principal {
    ppn_service::operator(&os_user(), command)
}

/// The name of the person at this machine.
pub fn os_user() -> String {
    let named =
        ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok().filter(|n| !n.is_empty()));
    let name = named.or_else(|| {
        let said = std::process::Command::new("id").arg("-un").output().ok()?;
        String::from_utf8(said.stdout).ok().map(|name| name.trim().to_owned())
    });
    name.map(|n| n.chars().filter(|c| !c.is_control()).take(64).collect())
        .filter(|n: &String| !n.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Starts the log, on standard error.
pub fn start_log(log: &Log, usual: &str) -> Result<(), Failure> {
    let level = log.level.as_deref().unwrap_or(usual);
    let filter = tracing_subscriber::EnvFilter::try_new(level)
        .map_err(|e| Failure::wrong(format!("log.level: {e}: give error, warn, info, debug or trace")))?;
    let to = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => to.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => to.json().flatten_event(true).init(),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_a_file_or_says_what_to_give() {
        assert_eq!(database_file("sqlite://data/ppn.db").unwrap(), Path::new("data/ppn.db"));
        assert_eq!(database_file("sqlite:///var/lib/ppn.db").unwrap(), Path::new("/var/lib/ppn.db"));
        for url in ["postgres://u:secret@h/ppn", "mysql://x", "sqlite://", "sqlite://a.db?mode=ro", "a.db"] {
            let refused = database_file(url).unwrap_err();
            assert_eq!(refused.code, 2);
            assert!(refused.message.contains("sqlite://data/ppn.db"), "{url}");
            assert!(!refused.message.contains("secret"));
        }
    }
}
