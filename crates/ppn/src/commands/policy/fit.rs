//! `ppn policy fit`: points that found outcomes suggest.

use std::io::Write;
use std::path::Path;

use ppn_domain::notice::codes::NoticeKind;
use ppn_learning::fit::{OrderOf, Slice, Suggested};
use ppn_learning::{Estimate, FitOptions, Fitted, fit, propose};
use ppn_triage::Policy;

use super::{Sources, observed};
use crate::cli::{Fit, ListFormat};
use crate::commands::{print, print_json};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::policy_file::LIVE;
use crate::progress::say;
use crate::table::{at_least, desk_title, harmless, table};

/// Runs the command.
pub async fn run(config: &Config, args: &Fit) -> Result<Done, Failure> {
    if let Some(path) = &args.write
        && path.exists()
    {
        return Err(Failure::wrong(format!("{}: there is a file already: name a new one", path.display())));
    }
    let Fit { on, outcomes, under, reading, .. } = args;
    if outcomes.is_empty() && !on.is_empty() && on != &[Path::new(LIVE)] {
        return Err(Failure::wrong("--outcomes: name what people found about these notices"));
    }
    let of = observed(config, "policy fit", Sources { on, outcomes, under, reading }).await?;
    let policy = &of.policy;
    let options = FitOptions { seed: args.seed, ..FitOptions::default() };
    let fitted = fit(&of.gathered.rows(policy, &of.items), policy, options)
        .map_err(|error| Failure::refused(error.to_string()))?;
    match args.format {
        ListFormat::Table => print(|out| tables(out, &fitted))?,
        ListFormat::Json => print_json(&fitted)?,
    }
    if let Some(path) = &args.write {
        write(path, &propose(policy, &fitted.points()))?;
        say(format_args!(
            "{}: a proposed policy. Nothing is applied: see `ppn policy diff` for what it would change.",
            path.display()
        ));
    }
    Ok(of.done)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    Policy::from_toml(text).map_err(|e| Failure::wrong(format!("the proposed policy: {e}")))?;
    std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|e| Failure::file(path.display(), &e))
}

fn tables(out: &mut dyn Write, fitted: &Fitted) -> std::io::Result<()> {
    writeln!(out, "{} found outcomes, {} of them found high.", fitted.outcomes, fitted.highs)?;
    for desk in &fitted.desks {
        let how = if desk.fitted { "" } else { " (too few to fit: it suggests nothing)" };
        writeln!(out, "  {}: {} items, {} found high{how}", desk_title(desk.desk), desk.items, desk.highs)?;
    }
    writeln!(
        out,
        "\nHow often the order puts a found high before one that is not (0.5 is blind, 1 is perfect), on\n\
         notices that the fit did not see, with 95 % intervals:"
    )?;
    let mut order = table(&["Notices", "How many", "Found high", "Present points", "Fitted points"]);
    at_least(&mut order, 0, 24);
    for of in &fitted.order {
        order.add_row(order_row(of));
    }
    writeln!(out, "{order}")?;
    writeln!(
        out,
        "\nSuggested points beside the present ones. The average notice keeps its total; floors stay as they are.\n\
         \"no difference told\": the interval holds the present points."
    )?;
    let mut points = table(&["Rule", "Fired", "Found high", "Present", "Suggested", "95 % interval", ""]);
    at_least(&mut points, 0, 24);
    for suggested in &fitted.suggestions {
        points.add_row(suggestion(suggested));
    }
    writeln!(out, "{points}")?;
    writeln!(
        out,
        "\n{} more rules fired too seldom to say anything of, and keep their points.\n\
         Read it with care: only what was opened has an outcome, and what was opened first is no fair sample\n\
         of what waits. Audit picks are. Nothing was applied.",
        fitted.too_seldom.len()
    )
}

fn order_row(of: &OrderOf) -> [String; 5] {
    let name = match &of.of {
        Slice::All => "all".to_owned(),
        Slice::Kind(kind) => match kind {
            NoticeKind::Child => "child notices",
            NoticeKind::Adult => "adult notices",
            NoticeKind::DomesticAbuse => "domestic abuse notices",
        }
        .to_owned(),
        Slice::Group(attribute, group) => format!("{}: {group}", attribute.words()),
    };
    let area = |area: Option<Estimate>| {
        area.map_or_else(
            || "too few".to_owned(),
            |e| format!("{:.2} ({:.2} to {:.2})", e.value, e.low, e.high),
        )
    };
    [name, of.items.to_string(), of.highs.to_string(), area(of.present), area(of.fitted)]
}

fn suggestion(of: &Suggested) -> [String; 7] {
    [
        harmless(&of.rule).into_owned(),
        of.fired.to_string(),
        of.fired_high.to_string(),
        of.present.to_string(),
        of.points.to_string(),
        format!("{} to {}", of.low, of.high),
        if of.holds_present() { "no difference told" } else { "" }.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::Desk;
    use ppn_learning::Attribute;
    use ppn_learning::fit::DeskFit;

    #[test]
    fn a_fit_on_a_page() {
        let area = |value| Some(Estimate { value, low: value - 0.03, high: value + 0.02 });
        let suggested = |rule: &str, points, low, high| Suggested {
            rule: rule.to_owned(),
            label: None,
            fired: 120,
            fired_high: 31,
            present: 10,
            points,
            low,
            high,
        };
        let fitted = Fitted {
            outcomes: 812,
            highs: 77,
            desks: vec![
                DeskFit { desk: Desk::Child, items: 700, highs: 70, fitted: true },
                DeskFit { desk: Desk::Adult, items: 112, highs: 7, fitted: false },
            ],
            suggestions: vec![suggested("worse", 24, 17, 33), suggested("control", 9, 3, 14)],
            too_seldom: vec!["rare".to_owned()],
            order: vec![
                OrderOf { of: Slice::All, items: 812, highs: 77, present: area(0.71), fitted: area(0.79) },
                OrderOf {
                    of: Slice::Group(Attribute::Sex, "Female"),
                    items: 500,
                    highs: 50,
                    present: area(0.7),
                    fitted: None,
                },
            ],
        };
        let mut page = Vec::new();
        tables(&mut page, &fitted).unwrap();
        insta::assert_snapshot!(String::from_utf8(page).unwrap());
    }
}
