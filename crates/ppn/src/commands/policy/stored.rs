//! The policies of the store: proposed, approved by another person, applied.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::Path;
use std::sync::Arc;

use ppn_service::{Applied, Service};
use ppn_triage::{Policy, compare};

use super::diff;
use crate::cli::Approve;
use crate::commands::print;
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::{self, say};
use crate::table::{harmless, table};
use crate::{policy_file, wiring};

/// Of a hash, so many characters are enough to name it.
const SHORT: usize = 12;

pub(super) async fn start(config: &Config) -> Result<Arc<Service>, Failure> {
    wiring::start(config, wiring::open(config).await?).await
}

/// `ppn policy list`.
pub(super) async fn list(config: &Config) -> Result<Done, Failure> {
    let service = start(config).await?;
    let policies = service.policies(&wiring::operator("policy list")).await?;
    let mut page = table(&["Version", "Hash", "Proposed by", "Approved by", "Stands"]);
    for of in &policies {
        let stands = match (of.active, &of.kept.approver) {
            (true, _) => "in force",
            (false, Some(_)) => "approved",
            (false, None) => "waits for approval",
        };
        page.add_row([
            harmless(&of.kept.reference.version).into_owned(),
            of.kept.reference.hash.chars().take(SHORT).collect(),
            of.kept.proposer.clone(),
            of.kept.approver.clone().unwrap_or_default(),
            stands.to_owned(),
        ]);
    }
    service.store().close().await;
    print(|out| writeln!(out, "{page}"))?;
    Ok(Done::All)
}

/// `ppn policy propose`.
pub(super) async fn propose(config: &Config, file: &Path) -> Result<Done, Failure> {
    // Read by the same rules first, so that what is wrong is named by file and line.
    let policy = policy_file::read(Some(file))?;
    let service = start(config).await?;
    let reference = service.propose_policy(&wiring::operator("policy propose"), policy.text()).await?;
    service.store().close().await;
    let hash: String = reference.hash.chars().take(SHORT).collect();
    say(format_args!(
        "Version {} waits for another person: ppn policy approve {hash}",
        harmless(&reference.version)
    ));
    print(|out| writeln!(out, "{}", reference.hash))?;
    Ok(Done::All)
}

/// Says that something is left out, and what that means for an approval.
pub(super) fn say_not_shown(items: usize) {
    if items > 0 {
        say(format_args!(
            "{items} restricted items are not shown. What would lower one of them waits for a person."
        ));
    }
}

/// `ppn policy approve`.
pub(super) async fn approve(config: &Config, args: &Approve) -> Result<Done, Failure> {
    let service = start(config).await?;
    let by = wiring::operator("policy approve");
    let kept = service.policy_named(&by, &args.hash).await?;
    let proposed =
        Policy::from_toml(&kept.text).map_err(|e| Failure::wrong(format!("the proposed policy: {e}")))?;
    let effect = service.effect_of(&by, &proposed).await?;
    let told = compare(&effect.before, &effect.after);
    print(|out| diff::tables(out, &service.policy(), &proposed, &told, args.limit))?;
    say_not_shown(effect.not_shown);
    if !args.yes {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::wrong("nobody is there to answer: give --yes when the comparison was read"));
        }
        say("Approve it, and with it the lowerings above? Type yes:");
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer).map_err(|e| Failure::file("standard input", &e))?;
        if answer.trim() != "yes" {
            say("Nothing was approved.");
            return Ok(Done::SomeRefused);
        }
    }
    let reference = service.approve_policy(&by, &kept.reference.hash, &effect.lowerings).await?;
    service.store().close().await;
    say(format_args!(
        "Approved, with {} lowerings. Put it in force with: ppn policy apply {}",
        effect.lowerings.len(),
        reference.hash.chars().take(SHORT).collect::<String>()
    ));
    Ok(Done::All)
}

/// `ppn policy apply`.
pub(super) async fn apply(config: &Config, hash: &str) -> Result<Done, Failure> {
    let service = start(config).await?;
    let by = wiring::operator("policy apply");
    let reference = service.activate_policy(&by, hash).await?;
    say(format_args!("Version {} is in force.", harmless(&reference.version)));
    let unfinished: u64 =
        service.backlog(&by).await?.desks.iter().flat_map(|desk| &desk.counts).map(|count| count.items).sum();
    let bar = progress::notices("assessing", unfinished);
    let mut so_far = Applied::default();
    while service.apply_next(&mut so_far).await? {
        bar.set_position(u64::try_from(so_far.looked_at).unwrap_or(u64::MAX));
    }
    bar.finish_and_clear();
    service.store().close().await;
    say(format_args!(
        "{} unfinished items looked at, {} assessed again: {} raised, {} lowered as the \
         approval accepted; {} opened.",
        so_far.looked_at, so_far.assessed, so_far.raised, so_far.lowered, so_far.opened
    ));
    Ok(Done::All)
}
