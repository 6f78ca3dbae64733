//! `ppn retention`: notices that are due for review, and their erasure.

use std::io::{BufRead as _, IsTerminal as _};

use ppn_domain::NoticeId;
use ppn_service::{DueForReview, MOST_DUE, Reviewed, Service, ServiceError};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{ListFormat, Retention, RetentionReview, RetentionWhat};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::table::{at_least, harmless, table};
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: Retention) -> Result<Done, Failure> {
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let done = act(&service, args).await;
    service.store().close().await;
    done
}

async fn act(service: &Service, args: Retention) -> Result<Done, Failure> {
    match args {
        Retention::Due { format } => {
            let due = service.due_for_review(&wiring::operator("retention due")).await?;
            match format {
                ListFormat::Json => print_json(&due.iter().map(as_json).collect::<Vec<_>>())?,
                ListFormat::Table if due.is_empty() => {
                    print(|out| writeln!(out, "No notice is due for review."))?;
                }
                ListFormat::Table => print_table(&due)?,
            }
            if due.len() == MOST_DUE as usize {
                say(format_args!("These are the {MOST_DUE} that are due longest: there may be more."));
            }
            Ok(Done::All)
        }
        Retention::Review(RetentionReview { id, what, reason }) => {
            let what = match what {
                RetentionWhat { keep: Some(years), .. } => Reviewed::Keep { years },
                RetentionWhat { hold: true, .. } => Reviewed::Hold,
                RetentionWhat { .. } => Reviewed::Lift,
            };
            let by = wiring::operator("retention review");
            service.review_retention(&by, id, what, &reason).await.map_err(|error| failure(error, id))?;
            Ok(Done::All)
        }
        Retention::Erase { id, reason, before_due, yes } => {
            confirm(id, yes)?;
            erase(service, id, &reason, before_due).await
        }
    }
}

fn confirm(id: NoticeId, yes: bool) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::wrong("what is erased does not come back: give --yes as well"));
    }
    say(format_args!("Erase what {id} said, for good? [y/N]"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(|e| Failure::file("standard input", &e))?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Failure::wrong("nothing was erased"))
    }
}

async fn erase(service: &Service, id: NoticeId, reason: &str, before_due: bool) -> Result<Done, Failure> {
    let by = wiring::operator("retention erase");
    let erased = service.erase(&by, id, reason, before_due).await.map_err(|error| failure(error, id))?;
    say(format_args!(
        "{id}: erased. Quoted in {} assessments of other notices, and no longer.",
        erased.quoted_elsewhere
    ));
    match erased.newest_backup {
        Some(backup) => say(format_args!(
            "The newest copy that still holds it: {}, made {}.",
            backup.file.as_deref().map_or_else(|| "a file that is not named".into(), harmless),
            backup.at
        )),
        None => say(
            "No copy was made by `ppn backup` since it came. Copies made by other means still hold it: those of PostgreSQL's own tools, and of disks.",
        ),
    }
    if !erased.written_over {
        say(
            "Traces of it are left in the store's files until they are written over: on SQLite a reader stood in the way, and the next erasure does it; on PostgreSQL vacuum the tables, and see how long its write-ahead log is kept.",
        );
    }
    Ok(Done::All)
}

fn failure(error: ServiceError, id: NoticeId) -> Failure {
    match error {
        ServiceError::NotFound(_) => Failure::wrong(format!("{id}: there is no such notice")),
        ServiceError::WrongState { .. } => {
            Failure::wrong(format!("{id}: its work is not done: complete it first"))
        }
        error => error.into(),
    }
}

fn print_table(due: &[DueForReview]) -> Result<(), Failure> {
    let mut table =
        table(&["Identifier", "Kind", "Group", "Last written", "Due since", "Notice", "Legal hold"]);
    at_least(&mut table, 0, 36);
    for of in due {
        let named = of.named.as_ref().map_or_else(
            || "restricted".to_owned(),
            |(source, reference)| harmless(&format!("{source} {reference}")).into_owned(),
        );
        table.add_row([
            of.id.to_string(),
            of.kind.to_string(),
            harmless(&of.group).into_owned(),
            of.written.to_string(),
            of.due.to_string(),
            named,
            of.held.as_ref().map_or_else(String::new, |(who, _)| harmless(who).into_owned()),
        ]);
    }
    print(|out| writeln!(out, "{table}"))
}

fn as_json(of: &DueForReview) -> Value {
    json!({
        "id": of.id, "kind": of.kind, "group": of.group, "written": of.written, "due": of.due,
        "source": of.named.as_ref().map(|(source, _)| source),
        "reference": of.named.as_ref().map(|(_, reference)| reference),
        "legal_hold": of.held.as_ref().map(|(by, at)| json!({ "by": by, "at": at })),
    })
}
