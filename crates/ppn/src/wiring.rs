//! Puts the parts together: the store that a URL names, and the service on it.

use std::fs::{DirBuilder, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use ppn_domain::SystemClock;
use ppn_service::{Principal, Service};
use ppn_store::{Store, StoreError};
use ppn_store_postgres::{PostgresOptions, PostgresStore};
use ppn_store_sqlite::SqliteStore;
use rand::TryRng as _;
use rand::rngs::SysRng;

use crate::config::{Config, Database, Log, LogFormat};
use crate::failure::Failure;

/// Where a store is.
#[derive(Debug, Clone)]
pub enum Place {
    /// In a file of SQLite.
    File(PathBuf),
    /// In a database of PostgreSQL.
    Postgres(Box<PostgresOptions>),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(file) => file.display().fmt(f),
            Self::Postgres(options) => options.fmt(f),
        }
    }
}

impl Place {
    /// The place that the settings name.
    pub fn named(database: &Database) -> Result<Self, Failure> {
        let wrong = |setting: &'static str| move |e| Failure::wrong(format!("{setting}: {e}"));
        if !is_postgres(&database.url) {
            return database_file(&database.url).map(Self::File);
        }
        let mut options = PostgresOptions::parse(&database.url)
            .map_err(wrong("database.url"))?
            .pool(database.pool)
            .unnamed_statements(database.unnamed_statements);
        if let Some(direct) = &database.direct_url {
            options = options.direct_url(direct).map_err(wrong("database.direct_url"))?;
        }
        if let Some(owner) = &database.migrate_url {
            options = options.migrate_url(owner).map_err(wrong("database.migrate_url"))?;
        }
        Ok(Self::Postgres(Box::new(options)))
    }
}

fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}

/// The file that a database URL names.
pub fn database_file(url: &str) -> Result<PathBuf, Failure> {
    if is_postgres(url) {
        return Err(Failure::wrong(
            "database.url: the demonstration keeps its data in SQLite: give sqlite:// and a path, for example sqlite://data/demo.db",
        ));
    }
    // A URL may hold a password, so it is not repeated.
    let path = url.strip_prefix("sqlite://").ok_or_else(|| {
        Failure::wrong(
            "database.url: give sqlite:// and a path, for example sqlite://data/ppn.db, or postgres://USER@HOST/DATABASE",
        )
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
    let place = Place::named(&config.database)?;
    if let Place::File(file) = &place
        && !file.exists()
    {
        return Err(Failure::wrong(format!("there is no store at {place}: run `ppn migrate`")));
    }
    open_store(&place).await
}

/// Opens a store, beginning an empty one that only its owner can read where no file is. A database of
/// PostgreSQL is made by whoever runs the server.
pub async fn open_or_begin(place: &Place) -> Result<Arc<dyn Store>, Failure> {
    let Place::File(file) = place else { return open_store(place).await };
    let failed = |e: &std::io::Error| Failure::file(file.display(), e);
    if let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty() && !f.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| failed(&e))?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Ok(_) => {}
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(failed(&e)),
    }
    open_store(place).await
}

/// The one place that knows which backends there are.
async fn open_store(place: &Place) -> Result<Arc<dyn Store>, Failure> {
    let opened: Result<Arc<dyn Store>, StoreError> = match place {
        Place::File(file) => SqliteStore::open(file).await.map(|store| Arc::new(store) as _),
        Place::Postgres(options) => {
            PostgresStore::open((**options).clone()).await.map(|store| Arc::new(store) as _)
        }
    };
    opened.map_err(|error| Failure::wrong(format!("{place}: {}", crate::failure::chain(&error))))
}

/// Starts the service on a store.
pub async fn start(config: &Config, store: Arc<dyn Store>) -> Result<Arc<Service>, Failure> {
    let mut seed = [0; 32];
    SysRng
        .try_fill_bytes(&mut seed)
        .map_err(|e| Failure::wrong(format!("this machine gives no random numbers: {e}")))?;
    let service = Service::start(store, Arc::new(SystemClock), seed, config.service()).await?;
    crate::openid::set_up(config, &service)?;
    Ok(service)
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
        let at = |url: &str| Place::named(&Database { url: url.to_owned(), ..Database::default() });
        assert_eq!(at("sqlite://data/ppn.db").unwrap().to_string(), "data/ppn.db");
        assert_eq!(at("sqlite:///var/lib/ppn.db").unwrap().to_string(), "/var/lib/ppn.db");
        let two = at("postgres://u:secret@h1,h2:5433/ppn").unwrap();
        assert_eq!(two.to_string(), "PostgreSQL at h1:5432,h2:5433");
        assert!(!format!("{two:?}").contains("secret"));
        let refused = at("postgres://u:secret@h1:x/ppn").unwrap_err();
        assert_eq!((refused.code, refused.message.contains("secret")), (2, false));
        for url in ["postgres://u:secret@h/ppn", "mysql://x", "sqlite://", "sqlite://a.db?mode=ro", "a.db"] {
            let refused = database_file(url).unwrap_err();
            assert_eq!(refused.code, 2);
            assert!(refused.message.contains("sqlite://data/"), "{url}");
            assert!(!refused.message.contains("secret"));
        }
    }
}
