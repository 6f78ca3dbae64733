//! `ppn migrate`: creates the store, or upgrades it.

use ppn_domain::SystemClock;
use ppn_service::Service;
use ppn_store::{Schema, Store};

use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config) -> Result<Done, Failure> {
    let file = wiring::database_file(&config.database.url)?;
    let store = wiring::open_or_begin(&file).await?;
    let before = store.schema().await?;
    migrate(&*store).await?;
    let said = match before {
        Schema::Current => "is up to date".to_owned(),
        Schema::Older { found: 0, needed } => format!("created, at version {needed}"),
        Schema::Older { found, needed } => format!("upgraded from version {found} to {needed}"),
        Schema::Newer { .. } => "is newer than this program".to_owned(),
    };
    store.close().await;
    say(format_args!("{}: {said}", file.display()));
    Ok(Done::All)
}

/// Brings a store up to this program, unless a newer one made it.
pub async fn migrate(store: &dyn Store) -> Result<(), Failure> {
    if let Schema::Newer { found, needed } = store.schema().await? {
        return Err(ppn_service::StartError::NewerSchema { found, needed }.into());
    }
    let by = format!("operator:{}", wiring::os_user());
    Ok(Service::migrate(store, &SystemClock, &by, ppn_triage::DEFAULT_POLICY).await?)
}
