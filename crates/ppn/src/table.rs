//! Tables for a person, fitted to their terminal; and text that came from elsewhere, made harmless.

use std::borrow::Cow;
use std::io::IsTerminal as _;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use ppn_domain::{Desk, Span, Timestamp};

/// The width of a table that goes to a file or a pipe.
const WIDTH_OF_A_PAGE: u16 = 120;

/// A table with a header.
pub fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    if !std::io::stdout().is_terminal() {
        let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
        table.set_width(columns.filter(|c| (40..=400).contains(c)).unwrap_or(WIDTH_OF_A_PAGE));
    }
    table.set_header(header.iter().copied());
    table
}

/// Keeps a column from being squeezed below so many characters of its own.
pub fn at_least(table: &mut Table, column: usize, width: u16) {
    const PADDING: u16 = 2;
    if let Some(column) = table.column_mut(column) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + PADDING)));
    }
}

/// Text from elsewhere for a terminal: control characters could move the cursor or lie about what is shown.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        text.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }).collect::<String>().into()
    } else {
        text.into()
    }
}

fn is_unsafe(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A desk's name for a heading.
pub const fn desk_title(desk: Desk) -> &'static str {
    match desk {
        Desk::Child => "Child",
        Desk::Adult => "Adult",
        Desk::DomesticAbuse => "Domestic abuse",
        Desk::Share => "Share",
        Desk::Endorsement => "Endorsement",
        Desk::Strategy => "Strategy discussions",
        Desk::Record => "Strategy records",
    }
}

/// A length of time in words, to the hour, or to the minute below two hours.
pub fn span_words(span: Span) -> String {
    let minutes = span.as_seconds().max(0) / 60;
    let (days, hours) = (minutes / 1440, minutes / 60 % 24);
    match (days, minutes / 60) {
        (0, 0 | 1) => count(minutes, "minute"),
        (0, hours) => count(hours, "hour"),
        _ if hours == 0 => count(days, "day"),
        _ => format!("{} {}", count(days, "day"), count(hours, "hour")),
    }
}

/// How long ago, in words.
pub fn age_words(since: Timestamp, now: Timestamp) -> String {
    span_words(now - since)
}

/// A number with its noun.
pub fn count(n: i64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_reads_as_a_person_says_it() {
        let said = [Span::minutes(1), Span::minutes(119), Span::hours(2), Span::days(1), Span::hours(77)];
        assert_eq!(said.map(span_words), ["1 minute", "119 minutes", "2 hours", "1 day", "3 days 5 hours"]);
    }

    #[test]
    fn text_from_elsewhere_cannot_drive_a_terminal() {
        assert_eq!(harmless("SA-1"), "SA-1");
        assert_eq!(harmless("\u{1b}[2J\u{202e}x"), "\u{fffd}[2J\u{fffd}x");
    }
}
