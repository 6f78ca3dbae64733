//! `ppn policy explain`: a rule, a fact or a notice to the last point.

use std::io::Write;
use std::path::Path;

use ppn_domain::Evidence;
use ppn_service::ServiceError;
use ppn_triage::explain::{
    Entry, FactInPolicy, FactNote, Given, ItemExplained, Named, explain, explain_item, near,
};
use ppn_triage::{Policy, RankedItem};

use super::{desks, ranked, stored};
use crate::cli::{Explain, ListFormat};
use crate::commands::{print, print_json};
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::policy_file::LIVE;
use crate::table::{at_least, count, desk_title, harmless, table};
use crate::{input, policy_file, wiring};

/// Runs the command.
pub async fn run(config: &Config, args: &Explain) -> Result<Done, Failure> {
    let is_live = args.on == [Path::new(LIVE)];
    if is_live && !args.under.history.is_empty() {
        return Err(Failure::wrong("--history: the store has its own: leave it out with --on live"));
    }
    let files = args.on.iter().filter(|_| !is_live);
    input::check(files.chain(&args.under.history))?;
    let usual = is_live.then_some(Path::new(LIVE));
    let policy = policy_file::read_named(config, args.under.policy.as_deref().or(usual)).await?;
    if let Some(named) = explain(&policy, &args.what) {
        match args.format {
            ListFormat::Table => print(|out| of_policy(out, &named))?,
            ListFormat::Json => print_json(&named)?,
        }
        return Ok(Done::All);
    }
    if args.on.is_empty() {
        return Err(Failure::wrong(unknown(&policy, &args.what)));
    }
    let (items, done) = if is_live {
        (of_store(config, &policy, &args.what).await?, Done::All)
    } else {
        ranked(&policy, &args.on, &args.under, &args.reading, |_| {}).await?
    };
    let told = of_notice(&policy, &items, &args.what);
    if told.is_empty() {
        return Err(Failure::wrong(format!(
            "{} is no rule, no fact, and no notice {} has that reference",
            harmless(&args.what),
            if is_live { "of the store" } else { "of these files" }
        )));
    }
    match args.format {
        ListFormat::Table => print(|out| told.iter().try_for_each(|item| of_item(out, item)))?,
        ListFormat::Json => print_json(&told)?,
    }
    Ok(done)
}

/// The notice as the store holds it; nothing where it holds none.
async fn of_store(config: &Config, policy: &Policy, reference: &str) -> Result<Vec<RankedItem>, Failure> {
    let service = stored::start(config).await?;
    let items = service.items_under(&wiring::operator("policy explain"), policy, reference).await;
    service.store().close().await;
    match items {
        Err(ServiceError::NotFound(_)) => Ok(Vec::new()),
        items => Ok(items?),
    }
}

fn unknown(policy: &Policy, what: &str) -> String {
    let what_is = format!("{} is no rule and no fact of this policy", harmless(what));
    match near(policy, what).as_slice() {
        [] => format!("{what_is}; to explain a notice, name its file with --on, or the store with --on live"),
        near => format!("{what_is}: did you mean {}?", near.join(", ")),
    }
}

fn of_notice(policy: &Policy, items: &[RankedItem], reference: &str) -> Vec<ItemExplained> {
    let of = items.iter().filter(|item| item.reference == reference);
    of.map(|item| explain_item(policy, item)).collect()
}

fn of_policy(out: &mut dyn Write, named: &Named) -> std::io::Result<()> {
    if let Some(entry) = &named.entry {
        of_entry(out, entry)?;
    }
    if let Some(fact) = &named.fact {
        if named.entry.is_some() {
            writeln!(out)?;
        }
        of_fact(out, fact)?;
    }
    if let Some(given) = &named.given {
        if named.entry.is_some() || named.fact.is_some() {
            writeln!(out)?;
        }
        of_given(out, given)?;
    }
    Ok(())
}

fn of_entry(out: &mut dyn Write, entry: &Entry) -> std::io::Result<()> {
    let label = entry.label.as_ref().map(|label| format!(": {label}")).unwrap_or_default();
    writeln!(out, "{} {}{label}", entry.section, entry.id)?;
    write!(out, "Line {} of the policy.", entry.line)?;
    // A cue finds a fact; the rules that ask for it have the desks.
    if !entry.desks.is_empty() {
        write!(out, " Counts at: {}.", desks(&entry.desks))?;
    }
    writeln!(out)?;
    if !entry.kinds.is_empty() {
        writeln!(out, "Asked of these notices alone: {}.", desks(&entry.kinds))?;
    }
    match (entry.points, entry.floor) {
        (Some(points), Some(floor)) => writeln!(
            out,
            "Adds {}, and allows nothing lower than {floor}.",
            count(i64::from(points), "point")
        )?,
        (Some(points), None) => writeln!(out, "Adds {}.", count(i64::from(points), "point"))?,
        (None, Some(floor)) => writeln!(out, "Allows nothing lower than {floor}.")?,
        (None, None) => {}
    }
    for (name, written) in &entry.more {
        writeln!(out, "{name}: {}", harmless(written))?;
    }
    writeln!(out, "\nIt asks:")?;
    for line in &entry.asks {
        writeln!(out, "  {line}")?;
    }
    if let Some(text) = &entry.text {
        writeln!(out, "\nIt says:\n  {}", harmless(text))?;
    }
    writeln!(out, "\nIt rests on:")?;
    for fact in &entry.rests_on {
        of_note(out, fact)?;
    }
    if let Some(source) = &entry.source {
        writeln!(out, "\nWhere the weight comes from:\n  {}", harmless(source))?;
    }
    Ok(())
}

fn of_note(out: &mut dyn Write, fact: &FactNote) -> std::io::Result<()> {
    writeln!(out, "  {} ({}): {}", fact.id, fact.kind, fact.meaning)?;
    writeln!(out, "    found in {}", fact.found_in)
}

fn of_fact(out: &mut dyn Write, fact: &FactInPolicy) -> std::io::Result<()> {
    writeln!(out, "fact {} ({}): {}", fact.note.id, fact.note.kind, fact.note.meaning)?;
    writeln!(out, "Found in {}.", fact.note.found_in)?;
    if fact.asked_by.is_empty() {
        writeln!(out, "Nothing in this policy asks for it.")?;
    } else {
        writeln!(out, "\nAsked for by:")?;
        for asker in &fact.asked_by {
            writeln!(out, "  {} {}", asker.section, asker.id)?;
        }
    }
    writeln!(out, "\nA notice of which it holds:\n  {}", fact.example)
}

fn of_given(out: &mut dyn Write, given: &Given) -> std::io::Result<()> {
    writeln!(
        out,
        "reason {}: a reason the program gives by itself, not a rule of the policy: {}.",
        given.id, given.when
    )?;
    writeln!(out, "\nIt says:\n  {}", harmless(&given.text))
}

fn of_item(out: &mut dyn Write, item: &ItemExplained) -> std::io::Result<()> {
    writeln!(
        out,
        "{} {}, desk {}: {}{}, due {}",
        harmless(&item.source),
        harmless(&item.reference),
        desk_title(item.desk).to_lowercase(),
        item.band.label(),
        item.position.map_or_else(String::new, |place| format!(", place {place}")),
        item.due.london_text()
    )?;
    writeln!(out, "\nWhy this band:")?;
    for because in &item.band_because {
        writeln!(out, "  {because}")?;
    }
    let mut steps = table(&["Reason", "Points", "Total", "At least", "Rule", "Found in"]);
    for (column, width) in [(1, 6), (2, 5), (3, 8), (4, 16)] {
        at_least(&mut steps, column, width);
    }
    for step in &item.steps {
        steps.add_row([
            harmless(&step.text).into_owned(),
            step.points.map_or_else(String::new, |points| points.to_string()),
            step.total.to_string(),
            step.floor.map_or_else(String::new, |floor| floor.to_string()),
            step.rule.clone(),
            step.evidence.iter().map(place).collect::<Vec<_>>().join("\n"),
        ]);
    }
    writeln!(out, "\nEvery reason:\n{steps}")?;
    if let Some(begin) = item.bands_begin {
        write!(
            out,
            "\nWithout a floor green begins at {} points, amber at {}, red at {}.",
            begin.green, begin.amber, begin.red
        )?;
        if let Some(next) = item.to_next {
            let more = count(i64::from(next.points), "more point");
            write!(out, " {more} would reach {}.", next.band)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "\nWhat could raise it:")?;
    if item.could_raise.is_empty() {
        writeln!(out, "  No question is open.")?;
    }
    for open in &item.could_raise {
        writeln!(out, "  {} (could be {})", harmless(&open.question), open.could_be)?;
    }
    writeln!(out, "\nWhat this is not:")?;
    for line in item.is_not {
        writeln!(out, "  {line}")?;
    }
    writeln!(out)
}

/// A place in the notice, and what stands there.
fn place(evidence: &Evidence) -> String {
    let from = evidence.reference.as_ref().map(|from| harmless(from).into_owned());
    // The whole of another notice has no path.
    let at = (!evidence.path.is_empty()).then(|| harmless(&evidence.path).into_owned());
    let says = (!evidence.says.is_empty()).then(|| harmless(&evidence.says).into_owned());
    from.into_iter().chain(at).chain(says).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ppn_domain::BAND_IS_NOT_A_GRADE;
    use ppn_triage::{DEFAULT_POLICY, rank};

    /// The built-in policy with a cluster of our own, so that no change of the policy moves the page.
    fn policy() -> Policy {
        let text = format!(
            "{DEFAULT_POLICY}
[[cluster]]
id = \"two_together\"
label = \"Two together\"
desks = [\"child\", \"domestic_abuse\"]
all = [\"child_left_alone\", {{ any = [\"pregnant\", {{ fact = \"dash_yes_answers\", at_least = 3 }}] }}]
band = \"amber\"
points = 7
text = \"Together: {{who}}.\"
source = \"A study\"
"
        );
        Policy::from_toml(&text).unwrap()
    }

    fn page(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
        let mut page = Vec::new();
        write(&mut page).unwrap();
        String::from_utf8(page).unwrap()
    }

    #[test]
    fn a_rule_on_a_page() {
        let mut named = explain(&policy(), "two_together").unwrap();
        // Its line moves with every line above it.
        named.entry.as_mut().unwrap().line = 99;
        insta::assert_snapshot!(page(|out| of_policy(out, &named)));
    }

    #[test]
    fn a_fact_on_a_page() {
        let mut named = explain(&policy(), "child_left_alone").unwrap();
        named.fact.as_mut().unwrap().asked_by.retain(|asker| asker.id == "two_together");
        insta::assert_snapshot!(page(|out| of_policy(out, &named)));
    }

    #[test]
    fn a_reason_without_a_rule_on_a_page() {
        let told = |id: &str| page(|out| of_policy(out, &explain(&policy(), id).unwrap()));
        insta::assert_snapshot!(told("little_known"));
        // It is a fact as well.
        let both = told("open_to_social_care");
        assert!(both.starts_with("fact open_to_social_care"), "{both}");
        assert!(both.contains("by itself, not a rule of the policy: given at the share desk"), "{both}");
    }

    #[test]
    fn a_cue_has_no_desks() {
        let policy = policy();
        let cue = ppn_triage::explain::entries(&policy).into_iter().find(|entry| entry.section == "cue");
        let told = page(|out| of_entry(out, &cue.unwrap()));
        assert!(told.contains(" of the policy.\n") && !told.contains("Counts at"), "{told}");
    }

    #[test]
    fn a_notice_on_a_page() {
        let policy = policy();
        let notice = serde_json::json!({
            "source": "niche", "reference": "A-1", "kind": "child", "submitted_at": "2026-05-20T12:00:00Z",
            "circumstances": "x", "indicators": ["child_left_alone"],
            "persons": [{ "roles": ["subject"], "estimated_age": 12 }],
        });
        let items =
            rank(&policy, ppn_ingestion::profiles, vec![serde_json::from_value(notice).unwrap()], &[]);
        let told = of_notice(&policy, &items, "A-1");
        assert_eq!(told.len(), 1);
        insta::assert_snapshot!(page(|out| of_item(out, &told[0])));
        assert!(page(|out| of_item(out, &told[0])).contains(BAND_IS_NOT_A_GRADE));
    }

    #[test]
    fn a_slip_is_answered_with_what_is_near() {
        let told = unknown(&policy(), "two_togther");
        assert_eq!(told, "two_togther is no rule and no fact of this policy: did you mean two_together?");
        assert!(unknown(&policy(), "PPN-26-040001").contains("--on"));
    }
}
