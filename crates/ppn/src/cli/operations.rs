//! Looking after an installation.

use clap::Args;

use super::ListFormat;

/// Look for what is wrong with this installation, and say what to do about it.
///
/// Settings, the store and its version, durability, indexes and triggers, damage, clocks, disk, the log's key
/// and guard. It changes nothing and shows no content; run it beside the service, as whoever runs that. Exit
/// code 1 when anything is wrong; what should only be looked at leaves it at 0.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn doctor
  ppn doctor --thorough
  ppn doctor --format json | jq '.checks[] | select(.level == \"wrong\")'")]
pub struct Doctor {
    /// Read every page and every entry of the indexes as well: minutes on a large store.
    #[arg(long)]
    pub thorough: bool,
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// Print every setting, its value and where that comes from. Passwords are left out.
///
/// Flags of other commands (--listen, --behind-proxy, --log-format) stand above what is printed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn config
  PPN_LEASE_MINUTES=60 ppn config --format json | jq '.settings[] | select(.from != \"default\")'")]
pub struct Settings {
    /// How to print.
    #[arg(long, value_enum, default_value = "table")]
    pub format: ListFormat,
}

/// Print what completes commands and options in a shell.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  ppn completions bash > /etc/bash_completion.d/ppn
  ppn completions zsh > ~/.zfunc/_ppn
  ppn completions fish > ~/.config/fish/completions/ppn.fish")]
pub struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: clap_complete::Shell,
}
