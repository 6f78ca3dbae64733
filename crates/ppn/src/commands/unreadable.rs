//! `ppn unreadable`: submissions that could not be read, until a person deals with each.

use std::io::Read as _;
use std::path::Path;

use ppn_domain::UnreadableId;
use ppn_ingestion::MAX_NOTICE_BYTES;
use ppn_service::{FieldError, Service, ServiceError};
use ppn_store::{Unreadable, UnreadableState};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{ListFormat, Unreadable as Args};
use crate::config::Config;
use crate::failure::{Done, Failure, reason_line};
use crate::input;
use crate::progress::say;
use crate::table::{at_least, harmless, span_words, table};
use crate::wiring;

const PAGE: u32 = 200;

/// Runs the command.
pub async fn run(config: &Config, args: Args) -> Result<Done, Failure> {
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let done = match args {
        Args::List { all, format } => list(&service, all, format).await,
        Args::Show { id } => show(&service, id).await,
        Args::Mend { id, file } => mend(&service, id, &file).await,
        Args::Dismiss { id, reason } => {
            let by = wiring::operator("unreadable dismiss");
            match service.dismiss(&by, id, &reason, None).await {
                Ok(()) => Ok(Done::All),
                Err(error) => Err(failure(error, id)),
            }
        }
    };
    service.store().close().await;
    done
}

fn failure(error: ServiceError, id: UnreadableId) -> Failure {
    match error {
        ServiceError::NotFound(_) => Failure::wrong(format!(
            "{id}: there is no such submission: `ppn unreadable list --all` shows them"
        )),
        ServiceError::Raced => Failure::wrong(format!("{id}: somebody dealt with this one already")),
        error => error.into(),
    }
}

async fn list(service: &Service, all: bool, format: ListFormat) -> Result<Done, Failure> {
    let by = wiring::operator("unreadable list");
    let mut found: Vec<Unreadable> = Vec::new();
    loop {
        let page = service.unreadable_list(&by, !all, found.last().map(|u| u.id), PAGE).await?;
        let last = page.len() < PAGE as usize;
        found.extend(page);
        if last {
            break;
        }
    }
    match format {
        ListFormat::Json => print_json(&found.iter().map(as_json).collect::<Vec<_>>())?,
        ListFormat::Table if found.is_empty() => {
            print(|out| writeln!(out, "Nothing is waiting: every submission could be read."))?;
        }
        ListFormat::Table => print_table(service, &found)?,
    }
    Ok(Done::All)
}

fn print_table(service: &Service, found: &[Unreadable]) -> Result<(), Failure> {
    let now = service.now();
    let mut table = table(&["Identifier", "Arrived", "Sent by", "Source", "Reference", "State"]);
    at_least(&mut table, 0, 36);
    for one in found {
        let state = match &one.state {
            UnreadableState::Open if one.due < now => format!("open, {} late", span_words(now - one.due)),
            UnreadableState::Open => "open".to_owned(),
            UnreadableState::Mended { by, .. } => format!("mended by {by}"),
            UnreadableState::Dismissed { by, reason, .. } => format!("dismissed by {by}: {reason}"),
        };
        let known = |text: &Option<String>| {
            text.as_deref().map_or_else(|| "not known".to_owned(), |text| harmless(text).into_owned())
        };
        table.add_row([
            one.id.to_string(),
            one.arrived.london_text(),
            harmless(&one.submitted_by).into_owned(),
            known(&one.source),
            known(&one.reference),
            harmless(&state).into_owned(),
        ]);
    }
    print(|out| writeln!(out, "{table}"))
}

fn as_json(one: &Unreadable) -> Value {
    let state = match &one.state {
        UnreadableState::Open => json!({ "state": "open" }),
        UnreadableState::Mended { by, at, notice_id } => {
            json!({ "state": "mended", "by": by, "at": at, "notice_id": notice_id })
        }
        UnreadableState::Dismissed { by, at, reason } => {
            json!({ "state": "dismissed", "by": by, "at": at, "reason": reason })
        }
    };
    let mut value = json!({
        "id": one.id,
        "arrived": one.arrived,
        "due": one.due,
        "submitted_by": one.submitted_by,
        "source": one.source,
        "reference": one.reference,
        "errors": one.errors,
    });
    if let (Some(value), Value::Object(state)) = (value.as_object_mut(), state) {
        value.extend(state);
    }
    value
}

async fn show(service: &Service, id: UnreadableId) -> Result<Done, Failure> {
    let by = wiring::operator("unreadable show");
    let found = service.unreadable(&by, id).await.map_err(|e| failure(e, id))?;
    let errors: Vec<FieldError> = serde_json::from_value(found.errors).unwrap_or_default();
    for error in &errors {
        say(reason_line(error));
    }
    print(|out| out.write_all(&found.content))?;
    Ok(Done::All)
}

async fn mend(service: &Service, id: UnreadableId, file: &Path) -> Result<Done, Failure> {
    let name = input::name(file);
    let mut content = Vec::new();
    // One byte more than may be, so that what is too large is told and never held.
    let limit = MAX_NOTICE_BYTES as u64 + 1;
    let read = if input::is_stdin(file) {
        std::io::stdin().lock().take(limit).read_to_end(&mut content)
    } else {
        std::fs::File::open(file).and_then(|f| f.take(limit).read_to_end(&mut content))
    };
    read.map_err(|e| Failure::file(&name, &e))?;
    match service.mend(&wiring::operator("unreadable mend"), id, &content, None).await {
        Ok(receipt) => {
            print_json(&receipt)?;
            Ok(Done::All)
        }
        Err(ServiceError::Invalid(errors)) => {
            for error in &errors {
                let line = error.line.map_or(String::new(), |line| format!("line {line}: "));
                say(format_args!("{name}: {line}{}", reason_line(error)));
            }
            Err(Failure::refused(format!("{name}: it still cannot be read; nothing was changed")))
        }
        Err(error) => Err(failure(error, id)),
    }
}
