//! `ppn fairness`: bands, places, waits and outcomes by group, from files or the store.

use std::io::Write;

use ppn_domain::{BAND_IS_NOT_A_GRADE, Desk};
use ppn_learning::fairness::{Figures, Table};
use ppn_learning::{Estimate, Fairness, Share, fairness};

use super::policy::{Sources, observed};
use super::{print, print_json};
use crate::cli::{self, ListFormat};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::table::{at_least, desk_title, table};

/// A column: its title, and what stands in it.
type Column = (&'static str, fn(&Figures) -> Option<String>);

const COLUMNS: [Column; 11] = [
    ("Red", |f| share(f.red)),
    ("Red or amber", |f| share(f.red_or_amber)),
    ("Blue", |f| share(f.blue)),
    ("Place", |f| f.place.map(|e| text(e, 100.0, " %"))),
    ("Waited", |f| f.waited_hours.map(|e| text(e, 1.0, " h"))),
    ("In time", |f| share(f.in_time)),
    ("Found high", |f| share(f.found_high)),
    ("Missed", |f| share(f.missed)),
    ("Shared", |f| share(f.shared)),
    ("Links confirmed", |f| share(f.links_confirmed)),
    ("Cues dismissed", |f| share(f.cues_dismissed)),
];

/// Runs the command.
pub async fn run(config: &Config, args: &cli::Fairness) -> Result<Done, Failure> {
    let cli::Fairness { on, outcomes, under, reading, .. } = args;
    let of = observed(config, "fairness", Sources { on, outcomes, under, reading }).await?;
    let report = fairness(&of.gathered.monitored(&of.items));
    match args.format {
        ListFormat::Table => print(|out| tables(out, &report, args.desk))?,
        ListFormat::Json => print_json(&report)?,
    }
    Ok(of.done)
}

fn tables(out: &mut dyn Write, report: &Fairness, desk: Option<Desk>) -> std::io::Result<()> {
    let over = desk.map_or("over all desks", desk_title);
    writeln!(
        out,
        "{} people of notices, {over}. {BAND_IS_NOT_A_GRADE}\n\
         Shares and medians with 95 % intervals. Place: 0 % is the head of the list. Missed: of those found\n\
         high, the share that stood in green or blue. Fewer than {} people are withheld.",
        report.people, report.smallest_group
    )?;
    for of in report.tables.iter().filter(|of| of.desk == desk) {
        let unrecorded = of
            .unrecorded
            .map_or_else(String::new, |s| format!(": not recorded for {:.0} %", s.share * 100.0));
        writeln!(out, "\n{}{unrecorded}", of.attribute.words())?;
        one(out, of)?;
    }
    Ok(())
}

fn one(out: &mut dyn Write, of: &Table) -> std::io::Result<()> {
    let told =
        |column: &&Column| of.groups.iter().filter_map(|l| l.figures.as_ref()).any(|f| column.1(f).is_some());
    let columns: Vec<&Column> = COLUMNS.iter().filter(told).collect();
    let mut header = vec!["Group", "People"];
    header.extend(columns.iter().map(|(title, _)| *title));
    let mut page = table(&header);
    at_least(&mut page, 0, 12);
    for line in &of.groups {
        let mut row = vec![line.group.to_owned()];
        match &line.figures {
            None => row.push("withheld".to_owned()),
            Some(figures) => {
                row.push(figures.people.to_string());
                row.extend(columns.iter().map(|(_, cell)| cell(figures).unwrap_or_else(|| "few".to_owned())));
            }
        }
        page.add_row(row);
    }
    writeln!(out, "{page}")
}

fn share(of: Option<Share>) -> Option<String> {
    of.map(percent)
}

fn percent(of: Share) -> String {
    text(Estimate { value: of.share, low: of.low, high: of.high }, 100.0, " %")
}

fn text(of: Estimate, times: f64, unit: &str) -> String {
    format!("{:.0}{unit}\n{:.0} to {:.0}", of.value * times, of.low * times, of.high * times)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::{Band, Span};
    use ppn_learning::Monitored;
    use ppn_learning::fairness::Decided;

    #[test]
    fn a_report_on_a_page() {
        let person = |sex: &str| {
            let text = format!(
                r#"{{"source":"s","reference":"r","kind":"child","persons":[{{"roles":["subject"],"sex":"{sex}","estimated_age":7}}]}}"#
            );
            ppn_learning::groups::people(&serde_json::from_str(&text).unwrap())[0]
        };
        let rows: Vec<Monitored> = (0..60)
            .map(|i| Monitored {
                notice: i,
                person: 0,
                groups: person(["female", "male", "not_known"][i % 3]),
                desk: Desk::Child,
                band: if i % 4 == 0 { Band::Red } else { Band::Green },
                place: (i + 1, 60),
                waited: Some(Span::hours(i64::try_from(i).unwrap())),
                in_time: Some(i < 40),
                found_high: Some(i % 5 == 0),
                shared: None,
                decided: Decided::default(),
            })
            .collect();
        let mut page = Vec::new();
        tables(&mut page, &fairness(&rows), None).unwrap();
        insta::assert_snapshot!(String::from_utf8(page).unwrap());
    }
}
