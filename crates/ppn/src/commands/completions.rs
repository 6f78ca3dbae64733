//! `ppn completions`: what completes commands and options in a shell.

use clap::CommandFactory as _;

use super::print;
use crate::cli::{Cli, Completions};
use crate::failure::{Done, Failure};

/// Runs the command.
pub fn run(args: &Completions) -> Result<Done, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ppn", &mut script);
    print(|out| out.write_all(&script))?;
    Ok(Done::All)
}
