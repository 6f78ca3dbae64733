//! How a store on PostgreSQL is reached.

use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// Connections of one node at most. A node waits for its commits far more than it computes: two lanes
/// write, and the rest read or act on single items.
pub const CONNECTIONS: u32 = 16;
/// How long a caller waits for a connection before it is told that the store is busy.
pub const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
/// How long a statement waits for what another unit of work holds.
pub const LOCK_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a statement may take in all.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a unit of work may do nothing before the server ends it, so that a node that hangs keeps
/// nobody waiting for what it locked.
pub const IDLE_IN_TRANSACTION_TIMEOUT: Duration = Duration::from_secs(30);
/// Statements kept prepared on one connection: all of ours, and lists with their filters.
pub(crate) const PREPARED: usize = 256;

/// The parameters that a URL may carry. Others are refused: a setting misspelt is a setting not made.
const PARAMETERS: [&str; 10] = [
    "application_name",
    "dbname",
    "host",
    "password",
    "port",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "user",
];

/// How a store on PostgreSQL is reached. What it prints as holds no password.
#[derive(Clone)]
pub struct PostgresOptions {
    pub(crate) hosts: Vec<PgConnectOptions>,
    pub(crate) direct: Option<Vec<PgConnectOptions>>,
    pub(crate) owner: Option<Vec<PgConnectOptions>>,
    pub(crate) pool: u32,
    pub(crate) unnamed_statements: bool,
    pub(crate) wait_for_connection: Duration,
    pub(crate) lock_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) idle_in_transaction_timeout: Duration,
}

/// What is wrong with a URL. It is not repeated: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadUrl(String);

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadUrl {}

impl PostgresOptions {
    /// From `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full`. There may be several
    /// hosts, separated by commas: each new connection goes to the one that is not in recovery.
    ///
    /// # Errors
    /// When the URL is none of PostgreSQL or has a parameter that is none.
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        Ok(Self {
            hosts: hosts(url)?,
            direct: None,
            owner: None,
            pool: CONNECTIONS,
            unnamed_statements: false,
            wait_for_connection: WAIT_FOR_CONNECTION,
            lock_timeout: LOCK_TIMEOUT,
            statement_timeout: STATEMENT_TIMEOUT,
            idle_in_transaction_timeout: IDLE_IN_TRANSACTION_TIMEOUT,
        })
    }

    /// A second way to the same database, past a pooler: for migrations, which hold a lock over
    /// several transactions.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn direct_url(mut self, url: &str) -> Result<Self, BadUrl> {
        self.direct = Some(hosts(url)?);
        Ok(self)
    }

    /// A way to the same database as the role that owns the tables, for migrations. What serves then
    /// needs no more rights than to read and write, and of the log to read and add.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn migrate_url(mut self, url: &str) -> Result<Self, BadUrl> {
        self.owner = Some(hosts(url)?);
        Ok(self)
    }

    /// The role that serves.
    pub(crate) fn role(&self) -> &str {
        self.hosts.first().map_or("", PgConnectOptions::get_username)
    }

    /// Connections at most.
    #[must_use]
    pub fn pool(mut self, connections: u32) -> Self {
        self.pool = connections.max(1);
        self
    }

    /// Keeps no statement prepared and sets nothing for a session, so that a pooler may give each
    /// transaction another connection.
    #[must_use]
    pub const fn unnamed_statements(mut self, unnamed: bool) -> Self {
        self.unnamed_statements = unnamed;
        self
    }

    /// How long a caller waits for a connection.
    #[must_use]
    pub const fn wait_for_connection(mut self, time: Duration) -> Self {
        self.wait_for_connection = time;
        self
    }

    /// How long a statement waits for what another unit of work holds.
    #[must_use]
    pub const fn lock_timeout(mut self, time: Duration) -> Self {
        self.lock_timeout = time;
        self
    }

    /// How long a statement may take in all.
    #[must_use]
    pub const fn statement_timeout(mut self, time: Duration) -> Self {
        self.statement_timeout = time;
        self
    }

    /// How long a unit of work may do nothing.
    #[must_use]
    pub const fn idle_in_transaction_timeout(mut self, time: Duration) -> Self {
        self.idle_in_transaction_timeout = time;
        self
    }

    /// What holds for a session or, behind a pooler, for one transaction.
    pub(crate) fn limits(&self) -> String {
        let set = if self.unnamed_statements { "SET LOCAL" } else { "SET" };
        // Every statement of ours is a probe of an index that was made for it, or a scan that has none.
        // Left to itself the planner guesses at lists and limits, and where it guesses wide it reads all
        // notices into a hash, or a whole index into a bitmap that it then sorts. And no compilation: a
        // small statement that is guessed to be large would pay a hundred times its own time for it.
        format!(
            "{set} statement_timeout = {}; {set} lock_timeout = {}; \
             {set} idle_in_transaction_session_timeout = {}; {set} jit = off; \
             {set} enable_bitmapscan = off; {set} enable_hashjoin = off; {set} enable_mergejoin = off; \
             {set} random_page_cost = 1.1",
            self.statement_timeout.as_millis(),
            self.lock_timeout.as_millis(),
            self.idle_in_transaction_timeout.as_millis(),
        )
    }
}

/// As messages name it, without user and password.
impl fmt::Display for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgreSQL at {}", self.hosts.iter().map(name).collect::<Vec<_>>().join(","))
    }
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("hosts", &self.hosts.iter().map(name).collect::<Vec<_>>())
            .field("direct", &self.direct.as_ref().map(|hosts| hosts.iter().map(name).collect::<Vec<_>>()))
            .field("owner", &self.owner.as_ref().map(|hosts| hosts.iter().map(name).collect::<Vec<_>>()))
            .field("pool", &self.pool)
            .field("unnamed_statements", &self.unnamed_statements)
            .finish_non_exhaustive()
    }
}

/// A host as messages name it.
pub fn name(of: &PgConnectOptions) -> String {
    match of.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", of.get_host(), of.get_port()),
    }
}

fn hosts(url: &str) -> Result<Vec<PgConnectOptions>, BadUrl> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or_else(|| BadUrl("give postgres://USER@HOST/DATABASE".to_owned()))?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let (user, hosts) = authority.rsplit_once('@').map_or(("", authority), |(user, hosts)| (user, hosts));
    let at = if user.is_empty() { "" } else { "@" };
    for pair in tail.split_once('?').map_or("", |(_, query)| query).split('&').filter(|p| !p.is_empty()) {
        let parameter = pair.split('=').next().unwrap_or_default();
        if !PARAMETERS.contains(&parameter) {
            let known = PARAMETERS.join(", ");
            return Err(BadUrl(format!("there is no parameter `{parameter}`; there are {known}")));
        }
    }
    hosts
        .split(',')
        .map(|host| {
            let one = format!("postgres://{user}{at}{}{tail}", host.trim());
            let mut options = PgConnectOptions::from_str(&one)
                .map_err(|_| BadUrl("that is no URL of PostgreSQL: percent-encode what is special in the user, the password and the database".to_owned()))?;
            // In a URL an IPv6 address stands in brackets, and to be reached it stands in none.
            let bare = options.get_host().trim_matches(['[', ']']).to_owned();
            if bare != options.get_host() {
                options = options.host(&bare);
            }
            if options.get_application_name().is_none() {
                options = options.application_name("ppn");
            }
            // A parameter at connecting that poolers refuse, and no value of ours is a float.
            Ok(options.extra_float_digits(None))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_hosts_share_user_password_and_database() {
        let options =
            PostgresOptions::parse("postgresql://u:p%40ss@one:5433,two,[::1]:6000/ppn?sslmode=require")
                .unwrap();
        let names: Vec<String> = options.hosts.iter().map(name).collect();
        assert_eq!(names, ["one:5433", "two:5432", "::1:6000"]);
        for host in &options.hosts {
            assert_eq!(host.get_username(), "u");
            assert_eq!(host.get_database(), Some("ppn"));
            assert_eq!(host.get_application_name(), Some("ppn"));
        }
    }

    #[test]
    fn a_socket_folder_is_a_host() {
        let options = PostgresOptions::parse("postgres:///ppn?host=/run/postgresql&user=ppn").unwrap();
        assert_eq!(name(&options.hosts[0]), "/run/postgresql");
    }

    #[test]
    fn neither_options_nor_refusals_repeat_a_password() {
        let options = PostgresOptions::parse("postgres://u:secret@h1,h2/ppn")
            .and_then(|o| o.direct_url("postgres://u:secret@h3/ppn"))
            .and_then(|o| o.migrate_url("postgres://owner:secret@h3/ppn"))
            .unwrap();
        assert!(!format!("{options:?}").contains("secret"), "{options:?}");
        for url in
            ["mysql://u:secret@h/ppn", "postgres://u:secret@h:port/ppn", "postgres://u:secret@h/ppn?sslmod=x"]
        {
            let refused = PostgresOptions::parse(url).unwrap_err();
            assert!(!refused.to_string().contains("secret"), "{refused}");
        }
    }
}
