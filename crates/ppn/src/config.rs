//! Settings: a file, then the environment, then flags; every one has a working default.

mod reading;
mod settings;

use std::collections::BTreeMap;
use std::path::PathBuf;

use config::Value;
use ppn_domain::notice::codes::NoticeKind;
use ppn_domain::{Roles, Span, UserRole};
use ppn_http::Front;
use ppn_http::front::STRANGERS_A_MINUTE;
use ppn_service::{LONGEST_REVIEW_YEARS, ReviewGroup};
use serde::Deserialize;

use crate::cli::Global;
use crate::failure::Failure;

use reading::{Values, file, known_settings_only, table, wrong};
use settings::SETTINGS;
pub use settings::{Origin, REDACTED, Standing};

/// Where the settings are looked for when nobody names a file.
pub const DEFAULT_FILE: &str = "config/ppn.toml";

const SMALLEST_POOL: u32 = 4;
const LARGEST_POOL: u32 = 500;
const SHORTEST_LEASE: u32 = 5;
const LONGEST_LEASE: u32 = 720;
const SHORTEST_IDLE: u32 = 5;
const LONGEST_IDLE: u32 = 240;
const LONGEST_SESSION: u32 = 24;

/// What a force may set, by section of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where everything is kept.
    pub database: Database,
    /// How `ppn serve` is reached.
    pub server: Server,
    /// How it encrypts connections itself.
    pub tls: Tls,
    /// How much callers may ask for.
    pub limits: Limits,
    /// Where people sign in besides.
    pub openid: OpenId,
    /// How long work is held.
    pub claim: Claim,
    /// How long somebody stays signed in.
    pub session: Session,
    /// How long notices are kept.
    pub retention: Retention,
    /// How work is ordered.
    pub triage: Triage,
    /// How the record of who did what is sealed.
    pub audit: Audit,
    /// What is logged.
    pub log: Log,
}

/// Where everything is kept.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite://` and a path, or a URL of PostgreSQL.
    pub url: String,
    /// A way to the same PostgreSQL past a pooler.
    pub direct_url: Option<String>,
    /// A way to the same PostgreSQL as the role that owns the tables, for migrations.
    pub migrate_url: Option<String>,
    /// Connections to PostgreSQL at most.
    pub pool: u32,
    /// Nothing is kept between two transactions on a connection to PostgreSQL.
    pub unnamed_statements: bool,
}

/// A URL may hold a password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("pool", &self.pool)
            .field("unnamed_statements", &self.unnamed_statements)
            .finish_non_exhaustive()
    }
}

/// How `ppn serve` is reached.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Address and port.
    pub listen: String,
    /// A proxy in front of the service encrypts the connections.
    pub behind_proxy: bool,
    /// How browsers reach it, where that is not by `listen`.
    pub public_url: Option<String>,
    /// Whom to tell of a weakness, for `security.txt`.
    pub security_contact: Option<String>,
}

/// How `ppn serve` encrypts connections itself: with both files or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// The certificate with its chain, as PEM.
    pub certificate_file: Option<PathBuf>,
    /// Its key, as PEM.
    pub key_file: Option<PathBuf>,
}

/// How much callers may ask for; 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a minute from one address that no session and no token vouches for.
    pub strangers_a_minute: u32,
    /// Requests a minute of one session or token.
    pub callers_a_minute: u32,
}

/// Where people sign in besides: an OpenID provider.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenId {
    /// The provider's identifier; without it there is none.
    pub issuer: Option<String>,
    /// This service's identifier there.
    pub client_id: Option<String>,
    /// Its secret.
    pub client_secret: Option<String>,
    /// A file that holds the secret.
    pub client_secret_file: Option<PathBuf>,
    /// What is asked for beside `openid`, parted by spaces.
    pub scopes: String,
    /// The claim that names somebody.
    pub name_claim: String,
    /// The claim that lists their groups.
    pub groups_claim: String,
    /// What each group is here: `GROUP -> ROLE ROLE`, a line or a semicolon each.
    pub roles: String,
}

/// The secret is left out.
impl std::fmt::Debug for OpenId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenId")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .field("scopes", &self.scopes)
            .field("name_claim", &self.name_claim)
            .field("groups_claim", &self.groups_claim)
            .field("roles", &self.roles)
            .finish_non_exhaustive()
    }
}

/// How long work is held.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Claim {
    /// How long a claim lasts without an act on the item.
    pub lease_minutes: u32,
}

/// How long somebody stays signed in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Session {
    /// Without a request.
    pub idle_minutes: u32,
    /// However much they do.
    pub longest_hours: u32,
    /// The roles that need a second factor, parted by spaces or commas.
    pub second_factor: String,
}

/// How long notices are kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Review groups: `NAME: KIND KIND -> YEARS`, a line or a semicolon each.
    pub groups: String,
}

/// How work is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triage {
    /// By risk; false is date order.
    pub by_risk: bool,
}

/// How the record of who did what is sealed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// The file of the key that seals it.
    pub key_file: Option<PathBuf>,
    /// The file outside the store that the signed heads go to.
    pub heads_file: Option<PathBuf>,
}

/// What is logged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A level, or levels by module; without one a service says what it does and a command only what fails.
    pub level: Option<String>,
    /// For a person or for a machine.
    pub format: LogFormat,
}

/// How a line of the log is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For a person.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    const fn code(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite://data/ppn.db".to_owned(),
            direct_url: None,
            migrate_url: None,
            pool: ppn_store_postgres::CONNECTIONS,
            unnamed_statements: false,
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            behind_proxy: false,
            public_url: None,
            security_contact: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { strangers_a_minute: STRANGERS_A_MINUTE, callers_a_minute: 0 }
    }
}

impl Default for OpenId {
    fn default() -> Self {
        Self {
            issuer: None,
            client_id: None,
            client_secret: None,
            client_secret_file: None,
            scopes: "profile".to_owned(),
            name_claim: "preferred_username".to_owned(),
            groups_claim: "groups".to_owned(),
            roles: String::new(),
        }
    }
}

impl Default for Claim {
    fn default() -> Self {
        Self { lease_minutes: 240 }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { idle_minutes: 30, longest_hours: 12, second_factor: String::new() }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self { groups: "1: child adult domestic_abuse -> 10".to_owned() }
    }
}

impl Default for Triage {
    fn default() -> Self {
        Self { by_risk: true }
    }
}

impl Config {
    /// Reads the settings that hold for this run.
    pub fn load(global: &Global) -> Result<Self, Failure> {
        Self::from(global, |name| std::env::var(name).ok())
    }

    fn from(global: &Global, variable: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let file = file(global, &variable)?;
        let mut builder = config::Config::builder();
        if let Some((name, text)) = &file {
            known_settings_only(name, text)?;
            let values = Values { of: table(name, text)? };
            builder = builder.add_source(values);
        }
        let environment = SETTINGS
            .iter()
            .filter_map(|s| {
                let value = variable(s.variable)?;
                Some((s.key.to_owned(), Value::new(Some(&s.variable.to_owned()), value)))
            })
            .collect();
        builder = builder.add_source(Values { of: environment });
        if let Some(url) = &global.database_url {
            let flag = Value::new(Some(&"--database-url".to_owned()), url.clone());
            builder = builder.add_source(Values { of: [("database.url".to_owned(), flag)].into() });
        }
        let config: Self =
            builder.build().and_then(config::Config::try_deserialize).map_err(|e| wrong(&e))?;
        let lease = config.claim.lease_minutes;
        if !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&lease) {
            return Err(Failure::wrong(format!(
                "claim.lease_minutes is {lease}: give {SHORTEST_LEASE} to {LONGEST_LEASE} minutes"
            )));
        }
        let pool = config.database.pool;
        if !(SMALLEST_POOL..=LARGEST_POOL).contains(&pool) {
            return Err(Failure::wrong(format!(
                "database.pool is {pool}: give {SMALLEST_POOL} to {LARGEST_POOL} connections"
            )));
        }
        let idle = config.session.idle_minutes;
        if !(SHORTEST_IDLE..=LONGEST_IDLE).contains(&idle) {
            return Err(Failure::wrong(format!(
                "session.idle_minutes is {idle}: give {SHORTEST_IDLE} to {LONGEST_IDLE} minutes"
            )));
        }
        let longest = config.session.longest_hours;
        if !(1..=LONGEST_SESSION).contains(&longest) {
            return Err(Failure::wrong(format!(
                "session.longest_hours is {longest}: give 1 to {LONGEST_SESSION} hours"
            )));
        }
        let contact = config.server.security_contact.as_deref();
        if contact.is_some_and(|contact| !is_contact(contact)) {
            return Err(Failure::wrong(
                "server.security_contact: give an address that begins with https: or mailto:",
            ));
        }
        config.second_factor()?;
        config.openid.roles()?;
        config.retention.groups()?;
        Ok(config)
    }

    /// The roles that need a second factor.
    fn second_factor(&self) -> Result<Roles, Failure> {
        roles("session.second_factor", &self.session.second_factor)
    }

    /// How callers reach the service.
    pub fn front(&self) -> Front {
        Front {
            behind_proxy: self.server.behind_proxy,
            encrypted: self.tls.certificate_file.is_some(),
            strangers_a_minute: self.limits.strangers_a_minute,
            callers_a_minute: self.limits.callers_a_minute,
            security_contact: self.server.security_contact.clone(),
        }
    }

    /// The settings of the use cases.
    pub fn service(&self) -> ppn_service::Settings {
        ppn_service::Settings {
            lease: Span::minutes(self.claim.lease_minutes.into()),
            session_idle: Span::minutes(self.session.idle_minutes.into()),
            session_longest: Span::hours(self.session.longest_hours.into()),
            // A role that is none was refused when the settings were read.
            second_factor: self.second_factor().unwrap_or_default(),
            // As above.
            review_groups: self.retention.groups().unwrap_or_default(),
            by_risk: self.triage.by_risk,
        }
    }
}

/// Whether it can stand in `security.txt`: an address on one line.
fn is_contact(contact: &str) -> bool {
    ["https:", "mailto:"].iter().any(|scheme| contact.starts_with(scheme))
        && contact.chars().all(|c| c.is_ascii_graphic())
}

impl OpenId {
    /// The roles of each group.
    pub fn roles(&self) -> Result<BTreeMap<String, Roles>, Failure> {
        let lines = self.roles.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
        lines
            .map(|line| {
                let (group, words) = line.rsplit_once("->").unwrap_or((line, ""));
                let (group, given) = (group.trim(), roles("openid.roles", words)?);
                if group.is_empty() || given.0.is_empty() {
                    return Err(Failure::wrong(
                        "openid.roles: write `GROUP -> ROLE ROLE` for each group, one a line",
                    ));
                }
                Ok((group.to_owned(), given))
            })
            .collect()
    }
}

impl Retention {
    /// The review groups: every kind of notice is in one.
    fn groups(&self) -> Result<Vec<ReviewGroup>, Failure> {
        let wrong = |why: String| Failure::wrong(format!("retention.groups: {why}"));
        let lines = self.groups.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
        let mut groups = Vec::new();
        for line in lines {
            let parts = line.split_once(':').and_then(|(name, rest)| Some((name, rest.rsplit_once("->")?)));
            let Some((name, (kinds, of))) = parts else {
                return Err(wrong("write `NAME: KIND KIND -> YEARS` for each group, one a line".to_owned()));
            };
            let kinds = kinds.split([',', ' ']).filter(|word| !word.is_empty()).map(str::parse::<NoticeKind>);
            let kinds = kinds.collect::<Result<Vec<_>, _>>().map_err(|_| {
                let known: Vec<&str> = NoticeKind::ALL.iter().map(|kind| kind.code()).collect();
                wrong(format!("a kind is none: use {}", known.join(", ")))
            })?;
            let years = of.trim().parse().ok().filter(|of| (1..=LONGEST_REVIEW_YEARS).contains(of));
            let Some(years) = years else {
                return Err(wrong(format!("give 1 to {LONGEST_REVIEW_YEARS} years to each group")));
            };
            groups.push(ReviewGroup { name: name.trim().to_owned(), kinds, years });
        }
        for kind in NoticeKind::ALL {
            if groups.iter().filter(|group| group.kinds.contains(kind)).count() != 1 {
                return Err(wrong(format!("put {kind} into one group")));
            }
        }
        Ok(groups)
    }
}

/// Roles by name, parted by spaces or commas.
fn roles(setting: &str, words: &str) -> Result<Roles, Failure> {
    let words = words.split([',', ' ']).filter(|word| !word.is_empty());
    words.map(str::parse::<UserRole>).collect::<Result<Roles, _>>().map_err(|_| {
        let roles: Vec<&str> = UserRole::ALL.iter().map(|role| role.code()).collect();
        Failure::wrong(format!("{setting} names a role that is none: use {}", roles.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::settings::without_password;
    use super::*;
    use std::io::Write as _;

    fn load(file: &str, flag: Option<&str>, environment: &[(&str, &str)]) -> Result<Config, String> {
        let mut on_disk = tempfile::NamedTempFile::new().unwrap();
        on_disk.write_all(file.as_bytes()).unwrap();
        let global =
            Global { config: Some(on_disk.path().to_owned()), database_url: flag.map(str::to_owned) };
        let variable = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Config::from(&global, variable)
            .map_err(|f| f.message.replace(&on_disk.path().display().to_string(), "FILE"))
    }

    #[test]
    fn flags_stand_above_the_environment_and_the_environment_above_the_file() {
        let file = "[database]\nurl = \"sqlite://file.db\"\n[claim]\nlease_minutes = 60\n";
        let environment = [("PPN_DATABASE_URL", "sqlite://env.db"), ("PPN_BY_RISK", "false")];
        let url = |c: Result<Config, String>| c.unwrap().database.url;
        assert_eq!(url(load("", None, &[])), "sqlite://data/ppn.db");
        assert_eq!(url(load(file, None, &[])), "sqlite://file.db");
        assert_eq!(url(load(file, None, &environment)), "sqlite://env.db");
        assert_eq!(url(load(file, Some("sqlite://flag.db"), &environment)), "sqlite://flag.db");
        let all = load(file, None, &environment).unwrap();
        assert_eq!((all.claim.lease_minutes, all.triage.by_risk), (60, false));
    }

    #[test]
    fn a_setting_says_where_it_comes_from() {
        let mut on_disk = tempfile::NamedTempFile::new().unwrap();
        on_disk.write_all(b"[claim]\nlease_minutes = 60\n[session]\n# mine\nidle_minutes = 20\n").unwrap();
        let global = Global {
            config: Some(on_disk.path().to_owned()),
            database_url: Some("sqlite://f.db".to_owned()),
        };
        let variable = |name: &str| match name {
            "PPN_LEASE_MINUTES" => Some("90".to_owned()),
            "PPN_MIGRATE_URL" => Some("postgres://owner:secret@h/ppn".to_owned()),
            _ => None,
        };
        let standing = Config::from(&global, variable).unwrap().standing_from(&global, variable).unwrap();
        let of = |key: &str| {
            let one = standing.iter().find(|s| s.key == key).unwrap();
            (one.value.clone().unwrap_or_default(), one.origin.clone())
        };
        assert_eq!(of("database.url"), ("sqlite://f.db".to_owned(), Origin::Flag("--database-url")));
        assert_eq!(of("claim.lease_minutes"), ("90".to_owned(), Origin::Environment("PPN_LEASE_MINUTES")));
        let name = on_disk.path().display().to_string();
        assert_eq!(of("session.idle_minutes"), ("20".to_owned(), Origin::File { name, line: 5 }));
        assert_eq!(of("server.listen"), ("127.0.0.1:8080".to_owned(), Origin::Default));
        assert_eq!(of("audit.key_file"), (String::new(), Origin::Default));
        assert_eq!(of("database.migrate_url").0, "postgres://owner:***@h/ppn");
        assert_eq!(standing.len(), SETTINGS.len());
    }

    #[test]
    fn no_password_is_shown() {
        for (url, shown) in [
            ("sqlite://data/ppn.db", "sqlite://data/ppn.db"),
            ("postgres://u@h1,h2/ppn", "postgres://u@h1,h2/ppn"),
            (
                "postgres://u:p@ss:w@h1,h2:5433/ppn?sslmode=require",
                "postgres://u:***@h1,h2:5433/ppn?sslmode=require",
            ),
            (
                "postgres:///ppn?host=/run&user=u&password=p%40",
                "postgres:///ppn?host=/run&user=u&password=***",
            ),
            ("postgres://u:secret@h", "postgres://u:***@h"),
            ("postgres://u:pass/w?rd@h/ppn", "postgres://u:***@h/ppn"),
            ("postgres://h/ppn?password=a&sslmode=require", "postgres://h/ppn?password=***&sslmode=require"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }

    #[test]
    fn a_setting_that_is_none_is_refused_with_the_nearest_one() {
        let refused = load("[server]\nlistn = \"x\"\n", None, &[]).unwrap_err();
        assert_eq!(
            refused,
            "FILE: line 2: there is no setting `server.listn`; the nearest is `server.listen`"
        );
        let refused = load("lease_minutes = 3\n", None, &[]).unwrap_err();
        assert!(refused.starts_with("FILE: line 1: there is no setting `lease_minutes`"), "{refused}");
    }

    #[test]
    fn a_value_that_cannot_be_names_where_it_stands() {
        let refused = load("", None, &[("PPN_LEASE_MINUTES", "soon")]).unwrap_err();
        assert!(refused.starts_with("PPN_LEASE_MINUTES: claim.lease_minutes: "), "{refused}");
        let refused = load("[triage]\nby_risk = 3.5\n", None, &[]).unwrap_err();
        assert!(refused.starts_with("FILE: line 2: "), "{refused}");
        let refused = load("[claim]\nlease_minutes = 1\n", None, &[]).unwrap_err();
        assert_eq!(refused, "claim.lease_minutes is 1: give 5 to 720 minutes");
        let refused = load("", None, &[("PPN_DATABASE_POOL", "1")]).unwrap_err();
        assert_eq!(refused, "database.pool is 1: give 4 to 500 connections");
        let refused = load("[session]\nidle_minutes = 1\n", None, &[]).unwrap_err();
        assert_eq!(refused, "session.idle_minutes is 1: give 5 to 240 minutes");
        let refused = load("", None, &[("PPN_SESSION_LONGEST_HOURS", "48")]).unwrap_err();
        assert_eq!(refused, "session.longest_hours is 48: give 1 to 24 hours");
        let refused = load("[session]\nsecond_factor = \"supervisor, boss\"\n", None, &[]).unwrap_err();
        assert!(refused.starts_with("session.second_factor names a role that is none"), "{refused}");
        for roles in ["raru -> boss", "raru", "-> researcher"] {
            let refused = load("", None, &[("PPN_OPENID_ROLES", roles)]).unwrap_err();
            assert!(refused.starts_with("openid.roles"), "{roles}: {refused}");
        }
        let config = load("", None, &[("PPN_SECOND_FACTOR", "supervisor, administrator")]).unwrap();
        assert_eq!(config.service().second_factor.0.len(), 2);
        for groups in
            ["1: child -> 10", "child adult domestic_abuse -> 10", "1: child adult domestic_abuse -> 0"]
        {
            let refused = load("", None, &[("PPN_RETENTION_GROUPS", groups)]).unwrap_err();
            assert!(refused.starts_with("retention.groups"), "{groups}: {refused}");
        }
        let groups = "1: child domestic_abuse -> 10; 3: adult -> 6";
        let config = load("", None, &[("PPN_RETENTION_GROUPS", groups)]).unwrap();
        assert_eq!(config.service().review_groups.iter().map(|of| of.years).collect::<Vec<_>>(), [10, 6]);
        for contact in ["security@force.example", "mailto:a b", "mailto:a\nExpires: never"] {
            let refused = load("", None, &[("PPN_SECURITY_CONTACT", contact)]).unwrap_err();
            assert!(refused.starts_with("server.security_contact"), "{contact}: {refused}");
        }
        let refused = load("[claim\n", None, &[]).unwrap_err();
        assert!(refused.starts_with("FILE: line 1: "), "{refused}");
    }

    #[test]
    fn the_shipped_file_shows_every_setting_with_its_default() {
        let shipped = include_str!("../../../config/ppn.toml");
        assert_eq!(load(shipped, None, &[]).unwrap(), Config::default());
        let uncommented: String = shipped
            .lines()
            .map(|line| line.strip_prefix("#").filter(|l| !l.starts_with(' ')).unwrap_or(line))
            .fold(String::new(), |text, line| text + line + "\n");
        let all = load(&uncommented, None, &[]).unwrap();
        let level = Some("info".to_owned());
        let direct_url = Some("postgres://ppn@db1:5432,db2:5432/ppn".to_owned());
        let migrate_url = Some("postgres://ppn_owner@db1:5432,db2:5432/ppn".to_owned());
        let database = Database { direct_url, migrate_url, ..Database::default() };
        let audit = Audit {
            key_file: Some("/etc/ppn/sealing-key".into()),
            heads_file: Some("/mnt/elsewhere/ppn.heads".into()),
        };
        let log = Log { level, ..Log::default() };
        let server = Server {
            public_url: Some("https://ppn.example".to_owned()),
            security_contact: Some("mailto:security@force.example".to_owned()),
            ..Server::default()
        };
        let tls = Tls {
            certificate_file: Some("/etc/ppn/certificate.pem".into()),
            key_file: Some("/etc/ppn/key.pem".into()),
        };
        assert_eq!(all.openid.roles().unwrap().len(), 2);
        let openid = OpenId {
            issuer: Some("https://id.example/realms/force".to_owned()),
            client_id: Some("ppn".to_owned()),
            client_secret: Some("as the provider gave it".to_owned()),
            client_secret_file: Some("/etc/ppn/openid-secret".into()),
            roles: all.openid.roles.clone(),
            ..OpenId::default()
        };
        assert_eq!(all, Config { database, server, tls, openid, audit, log, ..Config::default() });
        for setting in SETTINGS {
            let (_, key) = setting.key.split_once('.').unwrap();
            assert!(uncommented.contains(&format!("\n{key} = ")), "{}", setting.key);
            assert!(shipped.contains(setting.variable), "{}", setting.variable);
        }
    }
}
