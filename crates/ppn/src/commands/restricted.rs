//! `ppn restricted`: who stands on the standing lists of restricted notices.

use ppn_domain::notice::codes::RestrictionReason;
use ppn_service::{Service, ServiceError};
use ppn_store::Listed;
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{ListFormat, Restricted};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::table::{harmless, table};
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: Restricted) -> Result<Done, Failure> {
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let done = act(&service, args).await;
    service.store().close().await;
    done
}

async fn act(service: &Service, args: Restricted) -> Result<Done, Failure> {
    match args {
        Restricted::List { format } => {
            let lists = service.restriction_lists(&wiring::operator("restricted list")).await?;
            match format {
                ListFormat::Json => print_json(&as_json(&lists))?,
                ListFormat::Table => print_table(&lists)?,
            }
            let empty: Vec<&str> = RestrictionReason::ALL
                .iter()
                .filter(|of| names(&lists, **of).is_empty())
                .map(|of| of.code())
                .collect();
            if !empty.is_empty() {
                say(format_args!(
                    "Nobody opens notices restricted as {}: `ppn restricted add` names somebody.",
                    empty.join(", ")
                ));
            }
        }
        Restricted::Add { reason, name, on_call } => {
            let by = wiring::operator("restricted add");
            let added = service.put_on_list(&by, reason, &name, on_call).await;
            added.map_err(|error| failure(error, &name))?;
        }
        Restricted::Remove { reason, name } => {
            let by = wiring::operator("restricted remove");
            let removed = service.take_off_list(&by, reason, &name).await;
            removed.map_err(|error| failure(error, &name))?;
        }
    }
    Ok(Done::All)
}

fn failure(error: ServiceError, name: &str) -> Failure {
    match error {
        ServiceError::NotFound(what) => {
            let name = harmless(name);
            Failure::wrong(format!(
                "{name}: there is no such {what}: `ppn user list` and `ppn restricted list` show everybody"
            ))
        }
        error => error.into(),
    }
}

/// The people on one list who open anything, with who is on call first.
fn names(lists: &[Listed], reason: RestrictionReason) -> Vec<String> {
    let mut of: Vec<&Listed> = lists.iter().filter(|of| of.reason == reason && !of.disabled).collect();
    of.sort_by_key(|of| !of.on_call);
    of.into_iter().map(|of| of.name.clone()).collect()
}

fn print_table(lists: &[Listed]) -> Result<(), Failure> {
    let mut table = table(&["Reason", "On call", "Others on the list"]);
    for &reason in RestrictionReason::ALL {
        let names = names(lists, reason);
        let on_call = lists.iter().find(|of| of.reason == reason && of.on_call && !of.disabled);
        let others: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| on_call.is_none_or(|of| of.name != *name))
            .collect();
        table.add_row([
            reason.code().to_owned(),
            on_call.map_or_else(|| "nobody".to_owned(), |of| harmless(&of.name).into_owned()),
            harmless(&others.join(", ")).into_owned(),
        ]);
    }
    print(|out| writeln!(out, "{table}"))
}

fn as_json(lists: &[Listed]) -> Vec<Value> {
    lists
        .iter()
        .map(|of| json!({ "reason": of.reason, "name": of.name, "on_call": of.on_call, "disabled": of.disabled }))
        .collect()
}
