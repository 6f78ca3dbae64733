//! `ppn`: PPN Triage on the command line and as a service.

mod cli;
mod client;
mod commands;
mod config;
mod failure;
mod input;
mod jobs;
mod measures;
mod openid;
mod policy_file;
mod progress;
mod seals;
mod table;
mod tls;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;

/// That of glibc takes longer with every notice that `rank` holds: see docs/benchmarks.md.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Wrong usage ends here, with exit code 2.
    let cli = cli::Cli::parse();
    match commands::run(cli) {
        Ok(done) => done.into(),
        Err(failure) => {
            if !failure.message.is_empty() {
                progress::say(format_args!("ppn: {}", failure.message));
            }
            ExitCode::from(failure.code)
        }
    }
}
