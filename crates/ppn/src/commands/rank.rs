//! `ppn rank`: ordered work lists from files, with nothing stored.

use std::io::Write;

use ppn_domain::{BAND_IS_NOT_A_GRADE, Desk};
use ppn_triage::{RankedItem, Ranking};

use super::print;
use crate::cli::{Rank, RankFormat};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::input;
use crate::policy_file;
use crate::progress::say;
use crate::table::{at_least, desk_title, harmless, table};

/// Reasons of an item that a table shows.
const REASONS_SHOWN: usize = 3;

/// Runs the command.
pub async fn run(config: &Config, args: &Rank) -> Result<Done, Failure> {
    input::check(args.files.iter().chain(&args.history))?;
    let policy = policy_file::read_named(config, args.policy.as_deref()).await?;
    let mapping = input::mapping(&args.reading)?;
    let mut ranking = Ranking::new(&policy, ppn_ingestion::profiles);
    let mut dated = false;
    let history = input::each(&args.history, &args.reading, mapping.as_ref(), |notice| {
        ranking.add_history(&notice);
    });
    let history = history.await?;
    let ranked = input::each(&args.files, &args.reading, mapping.as_ref(), |notice| {
        dated |= notice.submitted_at.is_some();
        ranking.add(&notice);
    });
    let done = history.and(ranked.await?);
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
    use ppn_triage::{DEFAULT_POLICY, Policy};

    fn sample() -> Vec<RankedItem> {
        let policy = Policy::from_toml(DEFAULT_POLICY).unwrap();
        let mut ranking = Ranking::new(&policy, ppn_ingestion::profiles);
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
