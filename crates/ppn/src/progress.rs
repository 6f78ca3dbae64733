//! What a person sees while they wait, on standard error.

use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Says a line on standard error. That nobody listens there stops no work.
pub fn say(line: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// A bar over bytes; a moving count where the size is not known. Shown on a terminal alone.
pub fn bytes(what: &str, size: Option<u64>) -> ProgressBar {
    let template = if size.is_some() {
        "{prefix} {wide_bar} {bytes}/{total_bytes} {msg} {eta}"
    } else {
        "{prefix} {spinner} {bytes} {msg} {elapsed}"
    };
    start(size, template, what)
}

/// A bar over a count of notices.
pub fn notices(what: &str, count: u64) -> ProgressBar {
    start(Some(count), "{prefix} {wide_bar} {human_pos}/{human_len} {msg} {eta}", what)
}

/// A count that moves, where nobody knows how many there will be.
pub fn counting(what: &str) -> ProgressBar {
    start(None, "{prefix} {spinner} {human_pos} {elapsed}", what)
}

fn start(length: Option<u64>, template: &str, what: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = length.map_or_else(ProgressBar::no_length, ProgressBar::new);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Says a line without spoiling a bar.
pub fn say_beside(bar: &ProgressBar, line: impl Display) {
    bar.suspend(|| say(line));
}
