//! `ppn import`: notices in from files, safe to run again and beside the service.

mod intake;
pub(super) mod outcomes;
mod rejects;

use std::path::Path;
use std::time::Instant;

pub use intake::{Intake, Stop};
use ppn_service::LARGEST_SLICE;

use crate::cli::Import;
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::input::{self, Input};
use crate::progress::{self, say};
use crate::wiring;
use rejects::Rejects;

/// Runs the command: history first, then what waits, then what was found.
pub async fn run(config: &Config, args: &Import) -> Result<Done, Failure> {
    input::check(args.history.iter().chain(&args.files).chain(&args.outcomes))?;
    if args.rejects.is_some() && args.history.len() + args.files.len() != 1 {
        return Err(Failure::wrong(
            "--rejects names the rejects of one input: import one file at a time, or leave it out and each input has its own beside it",
        ));
    }
    let mapping = input::mapping(&args.reading)?;
    let service = wiring::start(config, wiring::open(config).await?).await?;
    let stop = Stop::on_signals();
    let mut intake = Intake::new(&service, wiring::operator("import"), &stop);
    let begun = Instant::now();
    let mut whole = true;

    let history = args.history.iter().map(|path| (path, true));
    for (path, as_worked) in history.chain(args.files.iter().map(|path| (path, false))) {
        if stop.asked() {
            break;
        }
        let format = args.reading.input.map(Into::into);
        let mut input = tokio::select! {
            input = Input::open(path, format, mapping.as_ref(), LARGEST_SLICE, true) => input?,
            () = stop.wait() => break,
        };
        let path = (!input::is_stdin(path)).then_some(path.as_path());
        let mut rejects = Rejects::of(path, args.rejects.as_deref(), &input);
        let bar = progress::bytes(&short_name(&input), input.size);
        let read = intake.take(&mut input, as_worked, Some(&mut rejects), &bar).await;
        bar.finish_and_clear();
        if let Some((rejects, reasons)) = rejects.finish()? {
            let mend = rejects.map_or(String::new(), |rejects| {
                format!("{}: mend these and import them; ", rejects.display())
            });
            say(format_args!("{mend}the reasons stand in {}", reasons.display()));
        }
        match read {
            Ok(()) => {}
            // The rest of this input cannot be read; the next one may be whole.
            Err(failure) if failure.code == 1 => {
                say(format_args!("ppn: {}", failure.message));
                whole = false;
            }
            Err(failure) => return Err(failure),
        }
    }
    let counts = intake.counts;
    if !args.history.is_empty() || !args.files.is_empty() {
        say(format_args!("{}", counts.summary(begun.elapsed())));
    }
    let mut refused = counts.refused > 0;
    for path in &args.outcomes {
        if !stop.asked() {
            refused |= outcomes::take(&service, &intake, path).await?;
        }
    }
    // What very large households put off; `ppn serve` would come to it too.
    while !stop.asked() && service.assess_pending().await? > 0 {}
    service.store().close().await;
    if stop.asked() {
        return Err(Failure::refused(
            "stopped: what was taken in so far is kept; run the same command again to go on, what is held already changes nothing",
        ));
    }
    Ok(if refused || !whole { Done::SomeRefused } else { Done::All })
}

fn short_name(input: &Input) -> String {
    Path::new(&input.name)
        .file_name()
        .map_or_else(|| input.name.clone(), |n| n.to_string_lossy().into_owned())
}
