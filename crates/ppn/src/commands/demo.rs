//! `ppn demo`: a service with an invented backlog, in a store of its own.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;

use ppn_domain::notice::codes::RestrictionReason;
use ppn_domain::{Act, Clock as _, Notice, Roles, SystemClock, UserRole};
use ppn_ingestion::{ReadError, Record, read_notice};
use ppn_service::{Given, LARGEST_SLICE, Service, TokenRequest};
use ppn_store::LogQuery;
use secrecy::{ExposeSecret as _, SecretString};

use super::import::{Intake, Stop};
use super::{migrate, serve};
use crate::cli::{Demo, Global};
use crate::config::Config;
use crate::failure::{Done, Failure, plain};
use crate::input::Input;
use crate::progress::{self, say};
use crate::seals::{self, Places};
use crate::tls::Encryption;
use crate::wiring;

/// Where the demonstration keeps its data.
const STORE: &str = "sqlite://data/demo.db";
/// The same backlog every time, but for the clock.
const SEED: u64 = 2022;

/// The roles that sign in, and what each looks at.
const ROLES: [(UserRole, &str); 7] = [
    (UserRole::Source, "submits notices"),
    (UserRole::Researcher, "works the child and adult desks"),
    (UserRole::Reviewer, "works the domestic abuse desk"),
    (UserRole::Supervisor, "watches the backlog, endorses, and opens restricted notices"),
    (UserRole::Auditor, "reads the record of who did what, and no notices"),
    (UserRole::Administrator, "reads the metrics from another machine"),
    (UserRole::PolicyOwner, "reads the backlog"),
];

/// Runs the command.
pub async fn run(mut config: Config, global: &Global, args: &Demo) -> Result<Done, Failure> {
    // The store of the live service, named in the file or the environment, is never the demonstration's.
    config.database.url = global.database_url.clone().unwrap_or_else(|| STORE.to_owned());
    serve::apply(&mut config, &args.listening);
    let encryption = Encryption::begin(&config).await?;
    let listener = serve::listen(&config)?;
    let file = wiring::database_file(&config.database.url)?;
    if args.fresh && file.exists() {
        delete(&file, args.yes)?;
    }
    let store = wiring::open_or_begin(&wiring::Place::File(file.clone())).await?;
    migrate::migrate(&*store).await?;
    let service = wiring::start(&config, store).await?;
    let places = Places::named(&config)?;
    places.make_key(&service, "demo").await?;
    if is_new(&service).await? {
        fill(&service).await?;
    } else {
        // Filling it twice would be at two moments: every notice would be a revision of itself.
        let waiting = unfinished(&service).await?;
        say(format_args!(
            "{}: used again, with {waiting} items unfinished; --fresh begins again.",
            file.display()
        ));
    }
    let ways_in = ways_in(&service).await?;
    let front = config.front();
    serve::serve(service, listener, places, &front, encryption, |address| welcome(address, &ways_in)).await?;
    Ok(Done::All)
}

fn delete(file: &Path, yes: bool) -> Result<(), Failure> {
    let is_a_demo = file.file_name().is_some_and(|name| name.to_string_lossy().contains("demo"));
    if !is_a_demo {
        return Err(Failure::wrong(format!(
            "{}: --fresh deletes only a store with \"demo\" in its file name",
            file.display()
        )));
    }
    if !yes {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::wrong("--fresh deletes the demonstration's store: give --yes as well"));
        }
        say(format_args!("Delete {} and begin again? [y/N]", file.display()));
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(|e| Failure::file("standard input", &e))?;
        if !matches!(answer.trim(), "y" | "Y" | "yes") {
            return Err(Failure::wrong("nothing was deleted"));
        }
    }
    for end in ["", "-wal", "-shm", seals::KEY_END, seals::HEADS_END] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(Path::new(&name)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::wrong(format!("{}: {}", file.display(), plain(&e))));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether nothing has happened in the store but its making.
async fn is_new(service: &Service) -> Result<bool, Failure> {
    let mut uow = service.store().read().await?;
    let log = uow.read_log(&LogQuery { limit: 3, ..LogQuery::default() }).await?;
    Ok(log.iter().all(|(_, row)| matches!(row.act, Act::PolicyInstalled | Act::SealingKeyMade)))
}

async fn unfinished(service: &Service) -> Result<u64, Failure> {
    let view = service.backlog_now().await?;
    Ok(view.desks.iter().flat_map(|desk| &desk.counts).map(|count| count.items).sum())
}

async fn fill(service: &Service) -> Result<(), Failure> {
    let stop = Stop::on_signals();
    let mut intake = Intake::new(service, wiring::operator("demo"), &stop);
    let backlog = tokio::task::spawn_blocking(|| ppn_demo::backlog(SEED, SystemClock.now()))
        .await
        .map_err(|_| Failure::wrong("the invented backlog could not be made"))?;
    for (what, notices, as_worked) in
        [("History", backlog.history, true), ("Waiting", backlog.waiting, false)]
    {
        let bar = progress::notices(what, notices.len() as u64);
        let mut input = Input::made("the demonstration", LARGEST_SLICE, records(notices)).await?;
        intake.take(&mut input, as_worked, None, &bar).await?;
        bar.finish_and_clear();
    }
    if stop.asked() {
        return Err(Failure::wrong("stopped before the demonstration was ready: give --fresh next time"));
    }
    say(format_args!("An invented backlog: nobody in it is real. {} notices.", intake.counts.new));
    Ok(())
}

/// Notices as if they had been sent, so that they pass through what every notice passes through.
fn records(notices: Vec<Notice>) -> impl Iterator<Item = Result<Record, ReadError>> + Send {
    (1_u64..).zip(notices).map(|(line, notice)| {
        let raw = serde_json::to_vec(&notice).map_err(|e| ReadError::Io(e.into()))?;
        Ok(Record { line, result: read_notice(&raw, SystemClock.now()), raw })
    })
}

/// How one role signs in.
struct WayIn {
    role: UserRole,
    does: &'static str,
    name: String,
    password: SecretString,
    token: String,
}

async fn ways_in(service: &Service) -> Result<Vec<WayIn>, Failure> {
    let by = wiring::operator("demo");
    let known: Vec<String> = service.users(&by).await?.into_iter().map(|user| user.name).collect();
    let mut made = Vec::with_capacity(ROLES.len());
    for (role, does) in ROLES {
        let name = format!("demo-{}", role.code());
        let roles = Roles::from_iter([role]);
        // A password is shown once, so one of an earlier run is replaced.
        let password = if known.contains(&name) {
            service.set_roles(&by, &name, &roles).await?;
            service.reset_password(&by, &name, Given::ToStay).await?.0
        } else {
            service.add_user(&by, &name, &roles, Given::ToStay).await?
        };
        if role == UserRole::Supervisor {
            for reason in RestrictionReason::ALL {
                service.put_on_list(&by, *reason, &name, true).await?;
            }
        }
        let request = TokenRequest { name: name.clone(), roles, source: None, days: 1 };
        let token = service.create_token(&by, &request).await?;
        made.push(WayIn { role, does, name, password, token });
    }
    Ok(made)
}

fn welcome(address: &str, ways_in: &[WayIn]) {
    let of = |role| ways_in.iter().find(|w| w.role == role).map_or("", |w| w.token.as_str());
    say(format_args!("\nPPN Triage, a demonstration: {address}\n"));
    say("Open it in a browser and sign in. An account for each role, with passwords of this store alone:");
    for way in ways_in {
        say(format_args!("  {:<19} {}  {}", way.name, way.password.expose_secret(), way.does));
    }
    say("\nThe API takes one of these tokens; they last a day:");
    for way in ways_in {
        say(format_args!("  {:<14} {}", way.role.code(), way.token));
    }
    say(format_args!(
        "\nTry:
  # submit a notice
  curl -s -H 'Authorization: Bearer {source}' -H 'Content-Type: application/json' \\
    -d '{{\"source\":\"demo\",\"reference\":\"TRY-1\",\"kind\":\"child\",\"circumstances\":\"A baby of four months with a bruise on the arm.\",\"persons\":[{{\"key\":\"baby\",\"roles\":[\"subject\"],\"estimated_age\":0}}],\"indicators\":[\"injury_to_infant\"]}}' \\
    {address}/api/v1/notices
  # the child desk, in order
  curl -s -H 'Authorization: Bearer {researcher}' '{address}/api/v1/work-items?desk=child'
  # take the next item
  curl -s -X POST -H 'Authorization: Bearer {researcher}' {address}/api/v1/desks/child/claims

Stop with Ctrl-C.",
        source = of(UserRole::Source),
        researcher = of(UserRole::Researcher),
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_demonstration_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let live = folder.path().join("ppn.db");
        std::fs::write(&live, "x").unwrap();
        assert_eq!(delete(&live, true).unwrap_err().code, 2);
        assert!(live.exists());
        let demo = folder.path().join("demo.db");
        std::fs::write(&demo, "x").unwrap();
        std::fs::write(folder.path().join("demo.db.heads"), "x").unwrap();
        delete(&demo, true).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
