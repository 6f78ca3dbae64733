//! `ppn backup`: a whole and consistent copy of the store, while it is in use.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt as _;

use crate::cli::Backup;
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::wiring;

/// Runs the command.
pub async fn run(config: &Config, args: &Backup) -> Result<Done, Failure> {
    let to = &args.file;
    let service = wiring::start(config, wiring::open(config).await?).await?;
    // Begun here, empty, so that nobody else can read it at any moment.
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(to).map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => {
            Failure::wrong(format!("{}: this file exists: name a new one", to.display()))
        }
        _ => Failure::file(to.display(), &e),
    })?;
    if let Err(error) = service.backup(&wiring::operator("backup"), to).await {
        // Half a copy must not be taken for one.
        let _ = std::fs::remove_file(to);
        return Err(error.into());
    }
    let size = std::fs::metadata(to).map_err(|e| Failure::file(to.display(), &e))?.len();
    service.store().close().await;
    say(format_args!("{}: {}", to.display(), indicatif::HumanBytes(size)));
    Ok(Done::All)
}
