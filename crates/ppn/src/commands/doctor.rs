//! `ppn doctor`: what is wrong with an installation, and what to do about it.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ppn_domain::{Clock as _, Span, SystemClock, Timestamp};
use ppn_store::{Condition, Fault, LogGuard, Look, Schema, Store};
use serde::Serialize;
use serde_json::json;

use super::{print, print_json, settings};
use crate::cli::{Doctor, Global, ListFormat};
use crate::config::{Config, Origin};
use crate::failure::{Done, Failure};
use crate::seals::Places;
use crate::table::{at_least, harmless, span_words, table};
use crate::wiring::{self, Place};

/// Clocks of two machines may differ by so much before leases and limits are read wrongly.
const SKEW: Span = Span::seconds(2);
/// The order in which acts are saved is not quite that of their times; a step back beyond this is a clock.
const STEP: Span = Span::seconds(30);
/// A disk with less free than this stops the service soon.
const TOO_LITTLE: u64 = 512 * 1024 * 1024;
/// A snapshot held for so long keeps enough dead rows in place to slow claims down.
const LONG_HELD: Span = Span::minutes(10);
/// A file of the write-ahead log beyond this is one that cannot be taken back into the store.
const LONG_WAL: u64 = 1024 * 1024 * 1024;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Fine,
    /// Somebody should look; the service works.
    Look,
    /// Something is lost, or will be.
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    subject: &'static str,
    level: Level,
    says: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Default)]
struct Report {
    checks: Vec<Check>,
}

impl Report {
    fn fine(&mut self, subject: &'static str, says: impl Into<String>) {
        self.checks.push(Check { subject, level: Level::Fine, says: says.into(), advice: None });
    }

    fn look(&mut self, subject: &'static str, says: impl Into<String>, advice: impl Into<String>) {
        let advice = Some(advice.into());
        self.checks.push(Check { subject, level: Level::Look, says: says.into(), advice });
    }

    fn wrong(&mut self, subject: &'static str, says: impl Into<String>, advice: impl Into<String>) {
        let advice = Some(advice.into());
        self.checks.push(Check { subject, level: Level::Wrong, says: says.into(), advice });
    }
}

/// Runs the command.
pub async fn run(config: &Config, global: &Global, args: &Doctor) -> Result<Done, Failure> {
    let mut report = Report::default();
    configuration(&mut report, config, global)?;
    let bytes = store(&mut report, config, args.thorough).await?;
    disks(&mut report, config, bytes)?;
    match args.format {
        ListFormat::Json => print_json(&json!({ "checks": report.checks }))?,
        ListFormat::Table => {
            let mut rows = table(&["", "What", "Found"]);
            for check in &report.checks {
                let mark = match check.level {
                    Level::Fine => "ok",
                    Level::Look => "look",
                    Level::Wrong => "WRONG",
                };
                let says = harmless(&check.says).into_owned();
                let found = match &check.advice {
                    None => says,
                    Some(advice) => format!("{says}\n-> {}", harmless(advice)),
                };
                rows.add_row([mark, check.subject, &found]);
            }
            at_least(&mut rows, 1, 14);
            print(|out| writeln!(out, "{rows}"))?;
        }
    }
    let worst = report.checks.iter().map(|check| check.level).max();
    Ok(if worst == Some(Level::Wrong) { Done::SomeRefused } else { Done::All })
}

fn configuration(report: &mut Report, config: &Config, global: &Global) -> Result<(), Failure> {
    const SUBJECT: &str = "settings";
    let standing = config.standing(global)?;
    let set = standing.iter().filter(|one| one.origin != Origin::Default);
    let named: Vec<String> =
        set.map(|one| format!("{} ({})", one.key, settings::from(&one.origin))).collect();
    if named.is_empty() {
        report.fine(SUBJECT, "every setting has its default");
    } else {
        report.fine(SUBJECT, format!("set: {}", named.join(", ")));
    }
    // A URL with a password in a file that others read is a password that others have.
    for one in &standing {
        let secret = one.value.as_deref().is_some_and(|value| value.contains(crate::config::REDACTED));
        if let (true, Origin::File { name, .. }) = (secret, &one.origin)
            && std::fs::metadata(name).is_ok_and(|about| about.mode() & 0o077 != 0)
        {
            report.wrong(
                SUBJECT,
                format!("{name}: others can read this file, and {} has a password in it", one.key),
                format!("chmod 600 {name}, and change the password; or give the URL as {}", one.variable),
            );
        }
    }
    Ok(())
}

/// The store, as far as it can be reached; says what it takes on disk.
async fn store(report: &mut Report, config: &Config, thorough: bool) -> Result<u64, Failure> {
    const SUBJECT: &str = "store";
    let place = Place::named(&config.database)?;
    let store = match wiring::open(config).await {
        Ok(store) => store,
        Err(failure) => {
            let advice = match &place {
                Place::File(_) => {
                    "see that database.url names the file that the service uses, and that you may read and write it and its folder"
                }
                Place::Postgres(_) => {
                    "see that the server runs and can be reached from here, that role, password and database are right, and that one of the hosts is not in recovery"
                }
            };
            report.wrong(SUBJECT, failure.message, advice);
            return Ok(0);
        }
    };
    let bytes = opened(report, config, &place, &store, thorough).await;
    store.close().await;
    bytes
}

async fn opened(
    report: &mut Report,
    config: &Config,
    place: &Place,
    store: &std::sync::Arc<dyn Store>,
    thorough: bool,
) -> Result<u64, Failure> {
    match store.schema().await? {
        Schema::Current => {}
        Schema::Older { found, needed } => {
            report.wrong(
                "store",
                format!("{place}: its tables are of version {found}, and this program needs {needed}"),
                "run `ppn migrate` with this program; back up first",
            );
            return Ok(0);
        }
        Schema::Expanded { found, needed } => {
            report.look(
                "store",
                format!("{place}: its tables are of version {found}, and this program is of {needed} and can serve them"),
                "go on with the upgrade, and look with the newer program's `ppn doctor`",
            );
            return Ok(0);
        }
        Schema::Newer { found, needed } => {
            report.wrong(
                "store",
                format!("{place}: its tables are of version {found}, and this program knows {needed}"),
                "run the newer program that upgraded them",
            );
            return Ok(0);
        }
    }
    let look = if thorough { Look::Thorough } else { Look::Quick };
    let before = SystemClock.now();
    let condition = store.condition(look).await?;
    let after = SystemClock.now();
    report
        .fine("store", format!("{place}: {}, {}", condition.engine, indicatif::HumanBytes(condition.bytes)));
    let bytes = condition.bytes;
    conditions(report, &condition, thorough);
    clocks(report, &condition, before, after);
    if let Place::File(file) = place {
        beside(report, file);
    }
    log(report, config, place, store).await?;
    Ok(bytes)
}

/// Durability, what is missing, damage, and who holds on to what.
fn conditions(report: &mut Report, condition: &Condition, thorough: bool) {
    for setting in condition.durability.iter().filter(|setting| !setting.holds) {
        let says = format!("{} is {}", setting.name, setting.value);
        if setting.required {
            report.wrong(
                "durability",
                says,
                format!(
                    "set {} = {}: as it is, what was acknowledged may be lost when the machine fails",
                    setting.name, setting.needed
                ),
            );
        } else {
            report.look(
                "durability",
                says,
                format!(
                    "with {} = {} a damaged page is noticed when it is read",
                    setting.name, setting.needed
                ),
            );
        }
    }
    if condition.durability.iter().filter(|setting| setting.required).all(|setting| setting.holds) {
        let named: Vec<String> =
            condition.durability.iter().map(|s| format!("{} {}", s.name, s.value)).collect();
        report.fine("durability", named.join(", "));
    }
    for fault in &condition.faults {
        let (says, advice) = match fault {
            Fault::Missing(name) => (
                format!("{name} is not there"),
                "somebody took it away: make it as the migrations do, or restore a backup; lists and claims may be slow, or the log unguarded, until then",
            ),
            Fault::Other(name) => (
                format!("{name} is another than the migrations make"),
                "somebody replaced it: make it as the migrations do",
            ),
            Fault::Unusable(name) => (
                format!("{name} is there and not used"),
                "an index: REINDEX INDEX CONCURRENTLY; a trigger: ALTER TABLE ... ENABLE TRIGGER",
            ),
        };
        report.wrong("tables", says, advice);
    }
    if condition.faults.is_empty() {
        report.fine("tables", "every index and every trigger is there and used");
    }
    for damage in &condition.damage {
        report.wrong(
            "integrity",
            damage.as_str(),
            "stop writing, keep a copy of the files as they are, and restore the latest backup: docs/operations.md",
        );
    }
    for unchecked in &condition.unchecked {
        report.look(
            "integrity",
            format!("not looked at: {unchecked}"),
            "CREATE EXTENSION amcheck, as the owner",
        );
    }
    if condition.damage.is_empty() {
        let how = if thorough {
            "every page and index entry was read"
        } else {
            "a quick look; --thorough reads all"
        };
        report.fine("integrity", format!("no damage found: {how}"));
    }
    if let Some(held) = condition.oldest_snapshot.filter(|held| *held >= LONG_HELD) {
        report.look(
            "snapshots",
            format!("a snapshot has been held for {}", span_words(held)),
            "a backup or a report that does not end keeps dead rows in place and slows claims: see pg_stat_activity, and end it if nobody needs it",
        );
    }
    if let Some(connections) = condition.connections {
        let says =
            format!("{} of {} connections of the server are in use", connections.used, connections.most);
        if connections.used.saturating_mul(10) >= connections.most.saturating_mul(9) {
            report.look(
                "connections",
                says,
                "lower database.pool of the nodes, raise max_connections, or put a pooler in between",
            );
        } else {
            report.fine("connections", says);
        }
    }
}

/// The store's clock against this machine's, and this machine's against what was written before.
fn clocks(report: &mut Report, condition: &Condition, before: Timestamp, after: Timestamp) {
    const SUBJECT: &str = "clocks";
    const ADVICE: &str = "let every machine follow a time server (chrony, systemd-timesyncd), and look at what was written meanwhile: limits and leases run by these clocks";
    let found = report.checks.len();
    if let Some(clock) = condition.clock {
        let skew = if clock < before - SKEW {
            Some(before - clock)
        } else if clock > after + SKEW {
            Some(clock - after)
        } else {
            None
        };
        if let Some(skew) = skew {
            let says = format!("this machine and the database differ by {}", seconds(skew));
            report.wrong(SUBJECT, says, ADVICE);
        }
    }
    if let Some(ahead) = condition.latest_acts.iter().max().map(|at| *at - after).filter(|d| *d > SKEW) {
        report.wrong(
            SUBJECT,
            format!("acts were logged {} ahead of this machine's clock", seconds(ahead)),
            ADVICE,
        );
    }
    // The latest place first: an act that was saved before another and is later by its clock is a step back.
    let back = condition.latest_acts.windows(2).map(|pair| pair[1] - pair[0]).max();
    if let Some(back) = back.filter(|back| *back > STEP) {
        report.look(
            SUBJECT,
            format!("between two acts of the log a clock went back by {}", seconds(back)),
            ADVICE,
        );
    }
    if report.checks.len() == found {
        let with = if condition.clock.is_some() {
            "this machine, the database and the log"
        } else {
            "this machine and the log"
        };
        report.fine(SUBJECT, format!("{with} agree"));
    }
}

fn seconds(span: Span) -> String {
    if span < Span::minutes(2) { format!("{} seconds", span.as_seconds()) } else { span_words(span) }
}

/// The files of a store that is a file.
fn beside(report: &mut Report, file: &Path) {
    for end in ["", "-wal", "-shm", crate::seals::KEY_END] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let name = PathBuf::from(name);
        let Ok(about) = std::fs::metadata(&name) else { continue };
        if about.mode() & 0o077 != 0 {
            report.wrong(
                "files",
                format!("{}: others on this machine can read it", name.display()),
                format!("chmod 600 {}", name.display()),
            );
        }
        if end == "-wal" && about.len() > LONG_WAL {
            report.look(
                "files",
                format!("{}: {}", name.display(), indicatif::HumanBytes(about.len())),
                "a program that reads and does not end keeps it from being taken into the store: end it",
            );
        }
    }
}

/// The policy in force, the key that seals the log, its heads outside, and what guards it.
async fn log(
    report: &mut Report,
    config: &Config,
    place: &Place,
    store: &std::sync::Arc<dyn Store>,
) -> Result<(), Failure> {
    let service = match wiring::start(config, store.clone()).await {
        Ok(service) => service,
        Err(failure) => {
            report.wrong("policy", failure.message, "`ppn policy list` names those of the store");
            return Ok(());
        }
    };
    report.fine("policy", format!("{} is in force", service.policy().reference().version));
    let places = Places::named(config)?;
    match places.key(&service).await {
        Ok(Some(_)) => report.fine("seals", "there is a key that seals the log"),
        Ok(None) => report.wrong(
            "seals",
            "there is no key, and nothing of the log is sealed",
            "run `ppn migrate`, or put the copy of the key where audit.key_file says",
        ),
        Err(failure) => {
            report.wrong("seals", failure.message, "see audit.key_file, and that you may read it");
        }
    }
    if places.heads.is_none() {
        report.look(
            "seals",
            "no heads of the log are kept outside the store",
            "set audit.heads_file: rows cut off at the end, and a backup that was restored, show by them alone",
        );
    }
    if matches!(place, Place::Postgres(_)) {
        match store.log_guard().await? {
            LogGuard::Privilege => report.fine("log", "the role that serves may only read it and add to it"),
            LogGuard::Trigger => report.look(
                "log",
                "the role that serves owns the log and could change it",
                "give the owner's way in as PPN_MIGRATE_URL, and serve as another role: docs/operations.md",
            ),
        }
    }
    Ok(())
}

/// Where the service writes, and how much is free there.
fn disks(report: &mut Report, config: &Config, bytes: u64) -> Result<(), Failure> {
    let places = Places::named(config)?;
    let store = match Place::named(&config.database)? {
        Place::File(file) => Some(file),
        Place::Postgres(_) => None,
    };
    // A backup, and what a checkpoint has still to take in, need as much again.
    for (what, file, needed) in [("the store", store, bytes), ("the heads of the log", places.heads, 0)] {
        let Some(file) = file else { continue };
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        disk(report, what, folder, needed);
    }
    Ok(())
}

fn disk(report: &mut Report, what: &str, folder: &Path, needed: u64) {
    const SUBJECT: &str = "disk";
    let free = match rustix::fs::statvfs(folder) {
        Ok(about) => about.f_bavail.saturating_mul(about.f_frsize),
        Err(error) => {
            let says = format!("{}: {}", folder.display(), std::io::Error::from(error));
            return report.wrong(SUBJECT, says, format!("{what} is to stand there: make the folder"));
        }
    };
    let says = format!("{} free where {what} is ({})", indicatif::HumanBytes(free), folder.display());
    if free < TOO_LITTLE {
        report.wrong(SUBJECT, says, "make room: with a full disk every act is refused with 503");
    } else if free < needed.saturating_add(TOO_LITTLE) {
        report.look(SUBJECT, says, "a backup on this disk has no room: give it another, or make room");
    } else {
        report.fine(SUBJECT, says);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_store::{Connections, DurableSetting};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_780_000_000_000_000) + Span::seconds(seconds)
    }

    fn in_order() -> Condition {
        let setting = |name, required| DurableSetting {
            name,
            value: "on".to_owned(),
            needed: "on",
            holds: true,
            required,
        };
        Condition {
            engine: "PostgreSQL 15".to_owned(),
            bytes: 1,
            durability: vec![setting("fsync", true), setting("data_checksums", false)],
            faults: Vec::new(),
            damage: Vec::new(),
            unchecked: Vec::new(),
            clock: Some(at(0)),
            latest_acts: vec![at(-1), at(-2)],
            connections: Some(Connections { used: 20, most: 100 }),
            oldest_snapshot: None,
        }
    }

    /// What is found beside what is fine, by subject.
    fn found(change: impl FnOnce(&mut Condition)) -> Vec<(&'static str, Level)> {
        let mut condition = in_order();
        change(&mut condition);
        let mut report = Report::default();
        conditions(&mut report, &condition, false);
        clocks(&mut report, &condition, at(0), at(1));
        let not_fine: Vec<&Check> = report.checks.iter().filter(|c| c.level != Level::Fine).collect();
        assert!(not_fine.iter().all(|check| check.advice.is_some()));
        not_fine.into_iter().map(|check| (check.subject, check.level)).collect()
    }

    #[test]
    fn each_fault_is_found_and_says_what_to_do() {
        assert_eq!(found(|_| {}), []);
        let unset = |at: usize| {
            move |c: &mut Condition| {
                c.durability[at].holds = false;
                "off".clone_into(&mut c.durability[at].value);
            }
        };
        assert_eq!(found(unset(0)), [("durability", Level::Wrong)]);
        assert_eq!(found(unset(1)), [("durability", Level::Look)]);
        let missing = Fault::Missing("work_items_key_a".to_owned());
        assert_eq!(found(|c| c.faults.push(missing)), [("tables", Level::Wrong)]);
        assert_eq!(found(|c| c.damage.push("row 7 missing".to_owned())), [("integrity", Level::Wrong)]);
        assert_eq!(found(|c| c.unchecked.push("entries")), [("integrity", Level::Look)]);
        assert_eq!(found(|c| c.oldest_snapshot = Some(Span::minutes(9))), []);
        assert_eq!(found(|c| c.oldest_snapshot = Some(Span::hours(2))), [("snapshots", Level::Look)]);
        let full = Connections { used: 90, most: 100 };
        assert_eq!(found(|c| c.connections = Some(full)), [("connections", Level::Look)]);
    }

    #[test]
    fn clocks_that_differ_or_went_back_are_found() {
        assert_eq!(found(|c| c.clock = Some(at(3))), []);
        assert_eq!(found(|c| c.clock = Some(at(4))), [("clocks", Level::Wrong)]);
        assert_eq!(found(|c| c.clock = Some(at(-3))), [("clocks", Level::Wrong)]);
        assert_eq!(found(|c| c.clock = None), []);
        assert_eq!(found(|c| c.latest_acts = vec![at(60)]), [("clocks", Level::Wrong)]);
        assert_eq!(found(|c| c.latest_acts = vec![at(-9), at(0)]), []);
        assert_eq!(found(|c| c.latest_acts = vec![at(-90), at(0), at(-95)]), [("clocks", Level::Look)]);
        assert_eq!(found(|c| c.latest_acts.clear()), []);
    }

    #[test]
    fn a_disk_without_room_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let level = |needed| {
            let mut report = Report::default();
            disk(&mut report, "the store", folder.path(), needed);
            report.checks[0].level
        };
        assert!(level(0) <= Level::Look);
        assert!(level(u64::MAX) >= Level::Look);
        let mut report = Report::default();
        disk(&mut report, "the store", Path::new("/no/such/folder"), 0);
        assert_eq!(report.checks[0].level, Level::Wrong);
    }
}
