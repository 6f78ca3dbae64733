//! Running the service, and keeping a copy of what it holds.
#![expect(clippy::doc_markdown, reason = "these comments are the help, where marks would be shown")]

use std::path::PathBuf;

use clap::Args;

use crate::config::LogFormat;

/// Run the service.
///
/// It listens on this machine alone unless connections are encrypted: by the service itself, with
/// tls.certificate_file and tls.key_file in the settings, or by a proxy in front of it. It stops within five
/// seconds when told to (Ctrl-C). A newer certificate is taken over when its files change, and on SIGHUP.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn serve
  ppn serve --listen 127.0.0.1:9000
  ppn serve --listen 0.0.0.0:8080 --behind-proxy --log-format json")]
pub struct Serve {
    #[command(flatten)]
    pub listening: Listening,
    /// How the log is written [environment: PPN_LOG_FORMAT; default: text].
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// Where a service listens.
#[derive(Debug, Clone, Args)]
pub struct Listening {
    /// Address and port [environment: PPN_LISTEN; default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// A proxy that encrypts stands in front: listen on an address that others reach.
    #[arg(long)]
    pub behind_proxy: bool,
}

/// Run a service with an invented backlog, to look round.
///
/// The backlog has the shape of one that inspectors found in 2022: 342 notices about children, 277 about
/// adults and 443 about domestic abuse, after ninety days of history. Nobody in it is real. It is kept in a
/// store of its own, data/demo.db, and used again the next time.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn demo
  ppn demo --listen 127.0.0.1:9000 --fresh --yes")]
pub struct Demo {
    #[command(flatten)]
    pub listening: Listening,
    /// Begin again: delete the demonstration's store first.
    #[arg(long)]
    pub fresh: bool,
    /// Do not ask before deleting.
    #[arg(long, requires = "fresh")]
    pub yes: bool,
}

/// Copy the store to a file while it is in use.
///
/// The copy is whole and consistent, and opens as a store. No file is written over.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn backup /backup/ppn-2026-11-22.db")]
pub struct Backup {
    /// The new file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}
