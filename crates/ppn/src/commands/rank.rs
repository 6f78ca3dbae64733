//! `ppn rank`: ordered work lists from files, with nothing stored.

use std::io::Write;
use std::path::Path;

use ppn_domain::{BAND_IS_NOT_A_GRADE, Desk};
use ppn_triage::{DEFAULT_POLICY, Policy, RankedItem, Ranking};

use super::print;
use crate::cli::{Rank, RankFormat};
use crate::failure::{Done, Failure, reason_line};
use crate::input::{self, Input};
use crate::progress::{self, say, say_beside};
use crate::table::{at_least, desk_title, harmless, table};

/// Notices that go from the reading thread to the ranking at once.
const BATCH: usize = 100;
/// Reasons of an item that a table shows.
const REASONS_SHOWN: usize = 3;

/// Runs the command.
pub async fn run(args: &Rank) -> Result<Done, Failure> {
    input::check(args.files.iter().chain(&args.history))?;
    let policy = policy(args.policy.as_deref())?;
    let mapping = input::mapping(&args.reading)?;
    let mut ranking = Ranking::new(&policy);
    let mut done = Done::All;
    let mut dated = false;
    let inputs =
        args.history.iter().map(|path| (path, false)).chain(args.files.iter().map(|path| (path, true)));
    for (path, ranked) in inputs {
        let format = args.reading.input.map(Into::into);
        let mut input = Input::open(path, format, mapping.as_ref(), BATCH, false).await?;
        let bar = progress::bytes("Reading", input.size);
        loop {
            let batch = match input.next().await {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                // What came before stands, and is ranked.
                Err(failure) => {
                    say_beside(&bar, format_args!("ppn: {}", failure.message));
                    done = Done::SomeRefused;
                    break;
                }
            };
            for record in batch.records {
                match record.result {
                    Ok(submission) if ranked => {
                        dated |= submission.notice.submitted_at.is_some();
                        ranking.add(&submission.notice);
                    }
                    Ok(submission) => ranking.add_history(&submission.notice),
                    Err(refusal) => {
                        done = Done::SomeRefused;
                        for error in &refusal.errors {
                            let line = error.line.unwrap_or(record.line);
                            say_beside(
                                &bar,
                                format_args!("{}: line {line}: {}", input.name, reason_line(error)),
                            );
                        }
                    }
                }
            }
            bar.set_position(batch.position);
        }
        bar.finish_and_clear();
    }
    let mut items = ranking.finish();
    if !dated && !items.is_empty() {
        say(format_args!(
            "No notice says when it was submitted, so the due times mean nothing: add submitted_at."
        ));
    }
    items.retain(|item| {
        (args.desk.is_empty() || args.desk.contains(&item.desk))
            && args.limit.is_none_or(|limit| item.position <= limit)
    });
    match args.format {
        RankFormat::Table => print(|out| tables(out, &items))?,
        RankFormat::Ndjson => print(|out| {
            items.iter().try_for_each(|item| {
                serde_json::to_writer(&mut *out, item)?;
                writeln!(out)
            })
        })?,
        RankFormat::Csv => print(|out| sheet(out, &items))?,
    }
    Ok(done)
}

/// The policy of a file, or the built-in one.
pub(super) fn policy(path: Option<&Path>) -> Result<Policy, Failure> {
    let Some(path) = path else {
        return Policy::from_toml(DEFAULT_POLICY)
            .map_err(|e| Failure::wrong(format!("built-in policy: {e}")));
    };
    let text = std::fs::read_to_string(path).map_err(|e| Failure::file(path.display(), &e))?;
    Policy::from_toml(&text).map_err(|errors| {
        let lines: Vec<_> = errors.0.iter().map(|e| format!("policy {}: {e}", path.display())).collect();
        Failure::wrong(lines.join("\nppn: "))
    })
}

fn tables(out: &mut dyn Write, items: &[RankedItem]) -> std::io::Result<()> {
    if items.is_empty() {
        return writeln!(out, "Nothing to show.");
    }
    writeln!(out, "{BAND_IS_NOT_A_GRADE}")?;
    for &desk in Desk::ALL {
        let of_desk: Vec<&RankedItem> = items.iter().filter(|item| item.desk == desk).collect();
        if of_desk.is_empty() {
            continue;
        }
        let mut table = table(&["Place", "By date", "Band", "Why", "Due", "Reference"]);
        // Nothing that is read at a glance may be cut: the sentences take what is left.
        for (column, width) in [(0, 5), (1, 7), (2, 16), (4, 11), (5, 12)] {
            at_least(&mut table, column, width);
        }
        for item in of_desk {
            table.add_row([
                item.position.to_string(),
                item.date_order_position.to_string(),
                item.band.label().to_owned(),
                why(item),
                item.due.london_text(),
                harmless(&item.reference).into_owned(),
            ]);
        }
        writeln!(out, "\n{}\n{table}", desk_title(desk))?;
    }
    Ok(())
}

/// The first reasons, and what somebody could find out.
fn why(item: &RankedItem) -> String {
    let mut lines: Vec<String> =
        item.reasons.iter().take(REASONS_SHOWN).map(|reason| harmless(&reason.text).into_owned()).collect();
    if item.reasons.len() > REASONS_SHOWN {
        lines.push(format!("and {} more", item.reasons.len() - REASONS_SHOWN));
    }
    lines.extend(
        item.provisional.iter().take(1).map(|open| format!("Not known yet: {}", harmless(&open.question))),
    );
    lines.join("\n")
}

fn sheet(out: &mut dyn Write, items: &[RankedItem]) -> std::io::Result<()> {
    let mut sheet = csv::Writer::from_writer(out);
    sheet.write_record([
        "reference",
        "source",
        "kind",
        "desk",
        "position",
        "date_order_position",
        "band",
        "score",
        "provisional",
        "reasons",
        "suggests",
        "due",
        "bundle",
        "earlier_notices",
    ])?;
    for item in items {
        let provisional: Vec<_> = item.provisional.iter().map(|open| open.question.as_str()).collect();
        let reasons: Vec<_> = item.reasons.iter().map(|reason| reason.text.as_str()).collect();
        let suggests: Vec<_> = item.suggests.iter().map(|what| what.code()).collect();
        sheet.write_record([
            &cell(&item.reference),
            &cell(&item.source),
            item.kind.code(),
            item.desk.code(),
            &item.position.to_string(),
            &item.date_order_position.to_string(),
            item.band.code(),
            &item.score.to_string(),
            &cell(&provisional.join("; ")),
            &cell(&reasons.join("; ")),
            &suggests.join("; "),
            &item.due.to_string(),
            &cell(&item.bundle.join("; ")),
            &item.earlier_notices.to_string(),
        ])?;
    }
    sheet.flush()
}

/// Text from elsewhere that a spreadsheet would take for a formula is kept from being one.
fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::{Clock as _, SystemClock};

    fn sample() -> Vec<RankedItem> {
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let mut ranking = Ranking::new(&policy);
        for line in include_str!("../../../../config/mappings/sample.ndjson").lines() {
            ranking.add(&ppn_ingestion::read_notice(line.as_bytes(), SystemClock.now()).unwrap().notice);
        }
        ranking.finish()
    }

    #[test]
    fn a_table_shows_word_and_colour_and_says_once_that_a_band_is_no_grade() {
        let mut page = Vec::new();
        tables(&mut page, &sample()).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert_eq!(page.matches(BAND_IS_NOT_A_GRADE).count(), 1);
        assert!(page.contains("\nChild\n") && page.contains("SA-1"), "{page}");
        assert!(["open first", "open next", "in turn"].iter().any(|words| page.contains(words)), "{page}");
        assert!(!page.to_lowercase().contains("score"), "{page}");
        assert!(page.lines().all(|line| line.chars().count() <= 120), "{page}");
    }

    #[test]
    fn a_sheet_has_a_row_for_every_item() {
        let items = sample();
        let mut text = Vec::new();
        sheet(&mut text, &items).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_slice());
        assert_eq!(rows.headers().unwrap().len(), 14);
        assert_eq!(rows.records().map(Result::unwrap).count(), items.len());
        assert_eq!(cell("=1+1"), "'=1+1");
    }
}
