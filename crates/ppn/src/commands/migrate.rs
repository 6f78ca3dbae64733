//! `ppn migrate`: creates the store, or upgrades it.

use ppn_domain::SystemClock;
use ppn_service::Service;
use ppn_store::{LogGuard, Schema, Store};

use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::{self, say};
use crate::seals::Places;
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config) -> Result<Done, Failure> {
    let place = wiring::Place::named(&config.database)?;
    let store = wiring::open_or_begin(&place).await?;
    let before = store.schema().await?;
    migrate(&*store).await?;
    let service = wiring::start(config, store.clone()).await?;
    let linked = link_earlier(&service).await?;
    let places = Places::named(config)?;
    let (key, made) = places.make_key(&service, "migrate").await?;
    let guard = store.log_guard().await?;
    let said = match before {
        Schema::Current => "is up to date".to_owned(),
        Schema::Older { found: 0, needed } => format!("created, at version {needed}"),
        Schema::Older { found, needed } => format!("upgraded from version {found} to {needed}"),
        Schema::Expanded { .. } => "is newer than this program, which can serve it".to_owned(),
        Schema::Newer { .. } => "is newer than this program".to_owned(),
    };
    store.close().await;
    say(format_args!("{place}: {said}"));
    if linked > 0 {
        say(format_args!("The people of {linked} notices that were there before are linked."));
    }
    if made {
        match &places.key {
            Some(file) => {
                say(format_args!("The key that seals the log: {}. Keep a copy of it.", file.display()));
            }
            None => say(
                "The key that seals the log lies in the database, where whoever can write could forge seals: set audit.key_file to keep it elsewhere.",
            ),
        }
        say(format_args!("Its public half: {}", key.public()));
    }
    if matches!(place, wiring::Place::Postgres(_)) && guard == LogGuard::Trigger {
        say(
            "The role that serves owns the log and could change it: give the owner's way in as PPN_MIGRATE_URL, and serve as another role.",
        );
    }
    Ok(Done::All)
}

/// Links the people of notices that an earlier version kept. Stopped halfway it goes on the next time.
async fn link_earlier(service: &Service) -> Result<usize, Failure> {
    let by = wiring::operator("migrate");
    let (mut after, mut linked) = (None, 0);
    let bar = progress::counting("linking people");
    loop {
        let some = service.link_earlier_notices(&by, &mut after).await?;
        if some == 0 {
            bar.finish_and_clear();
            return Ok(linked);
        }
        linked += some;
        bar.inc(u64::try_from(some).unwrap_or(u64::MAX));
    }
}

/// Brings a store up to this program, unless a newer one made it.
pub async fn migrate(store: &dyn Store) -> Result<(), Failure> {
    match store.schema().await? {
        Schema::Newer { found, needed } => {
            return Err(ppn_service::StartError::NewerSchema { found, needed }.into());
        }
        // A newer program has upgraded it already.
        Schema::Expanded { .. } => return Ok(()),
        Schema::Current | Schema::Older { .. } => {}
    }
    let by = format!("operator:{}", wiring::os_user());
    Ok(Service::migrate(store, &SystemClock, &by, ppn_triage::DEFAULT_POLICY).await?)
}
