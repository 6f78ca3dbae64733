//! One file a command.

mod audit;
mod backlog;
mod backup;
mod completions;
mod demo;
mod doctor;
mod fairness;
mod import;
mod migrate;
mod policy;
mod rank;
mod restricted;
mod retention;
mod serve;
mod settings;
mod simulate;
mod token;
mod unreadable;
mod user;
mod work;

use std::io::{BufWriter, Write};

use crate::cli::{Cli, Command};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::wiring;

/// Runs the command that the command line asks for.
pub fn run(cli: Cli) -> Result<Done, Failure> {
    let mut config = Config::load(&cli.global)?;
    if let Command::Serve(serve) = &cli.command
        && let Some(format) = serve.log_format
    {
        config.log.format = format;
    }
    let usual = match &cli.command {
        Command::Serve(_) => "info",
        Command::Demo(_) => "warn",
        _ => "error",
    };
    wiring::start_log(&config.log, usual)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::file("the runtime", &e))?;
    let done = runtime.block_on(async {
        match cli.command {
            Command::Rank(args) => rank::run(&config, &args).await,
            Command::Migrate => migrate::run(&config).await,
            Command::Serve(args) => serve::run(config, &args).await,
            Command::Import(args) => import::run(&config, &args).await,
            Command::Backlog(args) => backlog::run(&config, &args).await,
            Command::Token(args) => token::run(&config, args).await,
            Command::User(args) => user::run(&config, args).await,
            Command::Restricted(args) => restricted::run(&config, args).await,
            Command::Retention(args) => retention::run(&config, args).await,
            Command::Backup(args) => backup::run(&config, &args).await,
            Command::Simulate(args) => simulate::run(&config, &args).await,
            Command::Unreadable(args) => unreadable::run(&config, args).await,
            Command::Demo(args) => demo::run(config, &cli.global, &args).await,
            Command::Policy(what) => policy::run(&config, &what).await,
            Command::Audit(what) => audit::run(&config, what).await,
            Command::Fairness(args) => fairness::run(&config, &args).await,
            Command::Work(args) => work::run(args).await,
            Command::Doctor(args) => doctor::run(&config, &cli.global, &args).await,
            Command::Config(args) => settings::run(&config, &cli.global, &args),
            Command::Completions(args) => completions::run(&args),
        }
    });
    // A thread that waits for standard input must not keep the command from ending.
    runtime.shutdown_background();
    done
}

/// Writes data on standard output.
fn print(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(|e| Failure::output(&e))
}

/// Writes a value as JSON on standard output.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        writeln!(out)
    })
}
