//! A throw-away PostgreSQL for tests, driven by the programs that come with it.
//!
//! The cluster runs on its own: a shell that holds its end of a pipe stops it and removes its files
//! when this process ends, however it ends.

use std::io;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Whether what is committed reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// As a service must run: for tests of crashes, and for benchmarks.
    Full,
    /// Nothing waits for the disk: for tests of what statements do.
    None,
}

/// The database that every cluster has from the start.
const FIRST_DATABASE: &str = "postgres";
/// The user that owns everything in it; no password is asked for.
const USER: &str = "ppn";
/// A port found free may be taken before the server has it.
const TRIES: u32 = 3;

/// A running PostgreSQL with its files in a temporary folder.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
    /// Whom the server runs as, where that is not us: PostgreSQL refuses to run as root.
    as_user: Option<(u32, u32)>,
    keeper: Child,
}

impl Cluster {
    /// Makes and starts a cluster.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start; the message holds what it said.
    pub fn start(durability: Durability) -> io::Result<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new().prefix("ppn-postgres-").tempdir()?;
        let as_user = if std::fs::metadata("/proc/self")?.uid() == 0 { Some(other_user()?) } else { None };
        if let Some((user, group)) = as_user {
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group))?;
        }
        // From here on the keeper removes it.
        let folder = folder.keep();
        let mut keeper = Command::new("/bin/sh");
        keeper
            .arg("-c")
            .arg("trap '' INT TERM HUP; read -r _; \"$1/pg_ctl\" -D \"$2/data\" -m immediate -w stop; rm -rf \"$2\"")
            .args(["keeper".as_ref(), programs.as_os_str(), folder.as_os_str()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // The keys of a terminal that stop the test do not stop who cleans up after it.
            .process_group(0);
        become_user(&mut keeper, as_user, &folder);
        let mut cluster = Self { programs, folder, port: 0, as_user, keeper: keeper.spawn()? };
        let data = cluster.data();
        cluster.run(
            "initdb",
            &["-N", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C.UTF-8", "-D", &data],
        )?;
        let mut last = io::Error::other("not tried");
        for _ in 0..TRIES {
            cluster.port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
            cluster.configure(durability)?;
            match cluster.up() {
                Ok(()) => return Ok(cluster),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn configure(&self, durability: Durability) -> io::Result<()> {
        let durable = match durability {
            Durability::Full => "on",
            Durability::None => "off",
        };
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\nunix_socket_directories = '{}'\n\
             max_connections = 200\nfsync = {durable}\nfull_page_writes = {durable}\n\
             synchronous_commit = on\nlog_line_prefix = '%d '\nlog_checkpoints = off\n",
            self.port,
            self.folder.display()
        );
        let file = self.folder.join("data/postgresql.auto.conf");
        std::fs::write(&file, settings)?;
        if let Some((user, group)) = self.as_user {
            std::os::unix::fs::chown(file, Some(user), Some(group))?;
        }
        Ok(())
    }

    fn run(&self, program: &str, arguments: &[&str]) -> io::Result<String> {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).stdin(Stdio::null());
        become_user(&mut command, self.as_user, &self.folder);
        // To a file and not a pipe: a server that pg_ctl starts would hold a pipe open.
        let said = tempfile::NamedTempFile::new()?;
        command.stdout(said.reopen()?).stderr(said.reopen()?);
        let status = command.status()?;
        let text = std::fs::read_to_string(said.path())?;
        if status.success() { Ok(text) } else { Err(io::Error::other(format!("{program}: {text}"))) }
    }

    /// Starts the server again after [`Self::down`] or [`Self::crash`].
    ///
    /// # Errors
    /// When it does not start.
    pub fn up(&self) -> io::Result<()> {
        let log = self.log().display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-t", "60", "start"]).map(drop)
    }

    /// Stops the server as an operator does: what is under way is broken off.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn down(&self) -> io::Result<()> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "fast", "-w", "stop"]).map(drop)
    }

    /// Stops the server without a word to anybody, as a crash does.
    ///
    /// # Errors
    /// When it does not stop.
    pub fn crash(&self) -> io::Result<()> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]).map(drop)
    }

    /// From the next start on the server is in recovery and waits for a primary that never comes, or
    /// is not any more.
    ///
    /// # Errors
    /// When the file that says so cannot be written or removed.
    pub fn follow_nobody(&self, follow: bool) -> io::Result<()> {
        let signal = self.folder.join("data/standby.signal");
        if !follow {
            return std::fs::remove_file(signal);
        }
        std::fs::write(&signal, "")?;
        match self.as_user {
            Some((user, group)) => std::os::unix::fs::chown(signal, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// What the server wrote to its log; each line begins with the name of the database.
    pub fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// The port on 127.0.0.1.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The URL of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// A fresh database, empty or as a copy of another to which nobody is connected; gone with what is
    /// given.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn database(&self, copy_of: Option<&str>) -> io::Result<Database<'_>> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.create(&name, copy_of)?;
        Ok(Database { cluster: self, name })
    }

    /// Makes a database, empty or as a copy of another to which nobody is connected.
    ///
    /// # Errors
    /// When there is one of that name, or somebody is connected to the other.
    pub fn create(&self, database: &str, copy_of: Option<&str>) -> io::Result<()> {
        let sql = match copy_of {
            Some(other) => format!("CREATE DATABASE \"{database}\" TEMPLATE \"{other}\""),
            None => format!("CREATE DATABASE \"{database}\""),
        };
        self.sql(FIRST_DATABASE, &sql).map(drop)
    }

    /// Removes a database, and whoever is still connected to it from it.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn remove(&self, database: &str) -> io::Result<()> {
        self.sql(FIRST_DATABASE, &format!("DROP DATABASE \"{database}\" WITH (FORCE)")).map(drop)
    }

    /// Runs statements in a database and answers with what they give, one row a line.
    ///
    /// # Errors
    /// With what the server said.
    pub fn sql(&self, database: &str, sql: &str) -> io::Result<String> {
        self.run(
            "psql",
            &["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &self.url(database), "-c", sql],
        )
    }
}

/// A database of one test.
#[derive(Debug)]
pub struct Database<'c> {
    cluster: &'c Cluster,
    name: String,
}

impl Database<'_> {
    /// Its URL.
    pub fn url(&self) -> String {
        self.cluster.url(&self.name)
    }

    /// Runs statements in it and answers with what they give, one row a line.
    ///
    /// # Errors
    /// With what the server said.
    pub fn sql(&self, sql: &str) -> io::Result<String> {
        self.cluster.sql(&self.name, sql)
    }

    /// Comes back when so many of those who are connected wait for what another one holds.
    ///
    /// # Errors
    /// When nobody does within ten seconds.
    pub fn until_some_wait(&self, count: u32) -> io::Result<()> {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        for _ in 0..200 {
            if self.sql(waiting)?.trim().parse::<u32>().is_ok_and(|waiting| waiting >= count) {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(io::Error::other("nobody waits"))
    }
}

impl Drop for Database<'_> {
    fn drop(&mut self) {
        // What is left goes with the cluster.
        let _ = self.cluster.remove(&self.name);
    }
}

impl std::ops::Deref for Database<'_> {
    type Target = str;

    /// Its name.
    fn deref(&self) -> &str {
        &self.name
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // The end of the pipe is the word to stop.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// A PgBouncer in transaction mode before a cluster: two transactions of a caller may reach two
/// connections.
#[derive(Debug)]
pub struct Pooler {
    process: Child,
    port: u16,
}

impl Pooler {
    /// Starts one with so many connections to each database; `None` where PgBouncer is not installed.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(cluster: &Cluster, connections: u32) -> io::Result<Option<Self>> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        let Some(program) = folders.find_map(|folder| Some(folder.join("pgbouncer")).filter(|p| p.exists()))
        else {
            return Ok(None);
        };
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user={USER}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {connections}\nmax_client_conn = 200\n",
            cluster.port
        );
        let file = cluster.folder.join(format!("pooler-{port}.ini"));
        std::fs::write(&file, settings)?;
        let mut command = Command::new(program);
        command.arg("-q").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        become_user(&mut command, cluster.as_user, &cluster.folder);
        let mut pooler = Self { process: command.spawn()?, port };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(Some(pooler));
            }
            if let Some(status) = pooler.process.try_wait()? {
                return Err(io::Error::other(format!("pgbouncer ended: {status}")));
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(io::Error::other("pgbouncer does not answer"))
    }

    /// The URL of a database through it.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn become_user(command: &mut Command, user: Option<(u32, u32)>, folder: &Path) {
    // Neither the caller's folder nor the caller's settings of PostgreSQL are of any use here.
    command.current_dir(folder).env("LC_ALL", "C.UTF-8");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PG") {
            command.env_remove(name);
        }
    }
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
}

/// The folder of the newest PostgreSQL that is installed.
fn programs() -> io::Result<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = debian
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").exists())
        .max();
    let on_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("initdb").exists())
    };
    newest
        .map(|(_, bin)| bin)
        .or_else(on_path)
        .ok_or_else(|| io::Error::other("PostgreSQL is not installed: apt-get install postgresql"))
}

/// User and group of `postgres`, else of `nobody`.
fn other_user() -> io::Result<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd")?;
    let find = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2);
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| io::Error::other("no user but root is known"))
}
