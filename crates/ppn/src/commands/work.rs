//! `ppn work`: taking, reading, giving back and completing items of a running service.

use std::io::{BufRead as _, IsTerminal as _, Read as _, Write};
use std::path::Path;

use ppn_domain::{BAND_IS_NOT_A_GRADE, Band, Desk, Timestamp, WorkItemId};
use serde_json::{Value, json};

use super::{print, print_json};
use crate::cli::{Complete, ListFormat, Work, WorkCommand};
use crate::client::Client;
use crate::failure::{Done, Failure};
use crate::progress::say;
use crate::table::{harmless, table};

/// The most that is read of a reason or a hand-over: more than the service takes.
const LONGEST_TYPED: u64 = 256 * 1024;

/// Runs the command.
pub async fn run(args: Work) -> Result<Done, Failure> {
    let client = Client::new(&args.server)?;
    match args.what {
        WorkCommand::Next { desk, bundle, format } => next(&client, desk.code(), bundle, format).await,
        WorkCommand::List { desk, state, band, holder, limit, format } => {
            let limit = limit.to_string();
            let pairs = [
                ("state", Some(state.code())),
                ("limit", Some(limit.as_str())),
                ("desk", desk.map(Desk::code)),
                ("band", band.map(Band::code)),
                ("holder", holder.as_deref()),
            ];
            let query = form(&pairs);
            let page = client.get(&format!("/work-items?{query}")).await?;
            match format {
                ListFormat::Json => print_json(&page)?,
                ListFormat::Table => list(&page)?,
            }
            Ok(Done::All)
        }
        WorkCommand::Show { id, format } => {
            let answer = client.get(&format!("/work-items/{id}")).await?;
            show(&client, answer, format).await
        }
        WorkCommand::Release { id, from } => release(&client, id, from.as_deref()).await,
        WorkCommand::Complete(args) => complete(&client, &args).await,
    }
}

async fn next(client: &Client, desk: &str, bundle: bool, format: ListFormat) -> Result<Done, Failure> {
    let claimed = client.post(&format!("/desks/{desk}/claims"), &json!({ "bundle": bundle })).await?;
    if claimed.is_null() {
        say("Nothing waits at this desk.");
        return Ok(Done::All);
    }
    show(client, claimed, format).await
}

/// Prints an item and its notice.
async fn show(client: &Client, mut answer: Value, format: ListFormat) -> Result<Done, Failure> {
    let notice = text(&answer["work_item"], "notice_id");
    let read = client.get(&format!("/notices/{notice}")).await;
    if let (ListFormat::Table, _) | (_, Err(_)) = (format, &read) {
        // A claim that was made is told of even where the notice cannot be read.
        if format == ListFormat::Json {
            print_json(&answer)?;
        } else {
            print(|out| item(out, &answer))?;
        }
    }
    let notice = read?;
    match format {
        ListFormat::Table => print(|out| {
            writeln!(out, "\nThe notice")?;
            lines(out, &notice["notice"], 1)
        })?,
        ListFormat::Json => {
            if let Some(answer) = answer.as_object_mut() {
                answer.insert("notice".to_owned(), notice);
            }
            print_json(&answer)?;
        }
    }
    Ok(Done::All)
}

async fn release(client: &Client, id: WorkItemId, from: Option<&Path>) -> Result<Done, Failure> {
    let said = match typed(from)? {
        Typed::Text(text) => {
            let said: Value = serde_json::from_str(&text).map_err(|_| {
                Failure::wrong("give the hand-over as JSON: {\"done\": ..., \"left\": ..., \"waiting\": ...}")
            })?;
            let known = ["done", "left", "waiting"];
            if !said.as_object().is_some_and(|said| said.keys().all(|key| known.contains(&key.as_str()))) {
                return Err(Failure::wrong(
                    "give a JSON object of `done`, `left` and `waiting`, and no more",
                ));
            }
            said
        }
        Typed::AtTerminal => {
            let asked =
                [("done", "What is done?"), ("left", "What is left?"), ("waiting", "Who is waiting?")];
            let mut said = serde_json::Map::new();
            for (name, question) in asked {
                if let Some(answer) = ask(question)? {
                    said.insert(name.to_owned(), answer.into());
                }
            }
            Value::Object(said)
        }
    };
    let mut body = said;
    body["claim_id"] = own_claim(client, id).await?.into();
    let answer = client.post(&format!("/work-items/{id}/release"), &body).await?;
    stands(&answer);
    Ok(Done::All)
}

async fn complete(client: &Client, args: &Complete) -> Result<Done, Failure> {
    let id = args.id;
    let reason = match typed(args.reason_from.as_deref())? {
        Typed::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Typed::AtTerminal => ask("Why does it end so?")?,
    };
    let reason = reason.ok_or_else(|| Failure::wrong("give a reason: nothing was done"))?;
    let mut body = json!({
        "claim_id": own_claim(client, id).await?,
        "revision": args.revision,
        "outcome": args.outcome.code(),
        "reason": reason,
    });
    if let Some(notice) = args.duplicate_of {
        body["duplicate_of"] = notice.to_string().into();
    }
    let answer = client.post(&format!("/work-items/{id}/complete"), &body).await?;
    stands(&answer);
    Ok(Done::All)
}

/// The claim by which the caller holds an item; the service names it to nobody else.
async fn own_claim(client: &Client, id: WorkItemId) -> Result<String, Failure> {
    let answer = client.get(&format!("/work-items/{id}")).await?;
    let item = &answer["work_item"];
    if let Some(claim) = item["claim_id"].as_str() {
        return Ok(claim.to_owned());
    }
    Err(Failure::refused(match (item["holder"].as_str(), text(item, "state")) {
        (Some(holder), _) => format!(
            "you do not hold this item: {} does, since {}",
            harmless(holder),
            moment(item, "claimed_at")
        ),
        (None, state) => format!("you do not hold this item: it is {}", harmless(state)),
    }))
}

/// How an item stands after an act, on standard error: the act has no other data.
fn stands(answer: &Value) {
    let item = &answer["work_item"];
    let more = match text(item, "state") {
        "pending" => ": a second person decides",
        _ => "",
    };
    say(format_args!("{} is {}{more}.", harmless(text(item, "reference")), harmless(text(item, "state"))));
}

/// What was typed about people.
enum Typed {
    Text(String),
    /// It has to be asked for.
    AtTerminal,
}

/// From a file or standard input; never from the command line, which every user of a machine can read.
fn typed(from: Option<&Path>) -> Result<Typed, Failure> {
    let mut text = String::new();
    let (name, read) = match from {
        Some(path) if !crate::input::is_stdin(path) => {
            let file = std::fs::File::open(path).map_err(|e| Failure::file(path.display(), &e))?;
            (path.display().to_string(), file.take(LONGEST_TYPED).read_to_string(&mut text))
        }
        None if std::io::stdin().is_terminal() => return Ok(Typed::AtTerminal),
        _ => {
            let input = std::io::stdin().lock().take(LONGEST_TYPED).read_to_string(&mut text);
            ("standard input".to_owned(), input)
        }
    };
    read.map_err(|e| Failure::file(name, &e))?;
    Ok(Typed::Text(text))
}

/// Asks at the terminal: lines until an empty one. `None` where nothing was said.
fn ask(question: &str) -> Result<Option<String>, Failure> {
    say(format_args!("{question} (an empty line ends it)"));
    let mut said = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|e| Failure::file("standard input", &e))?;
        if line.trim().is_empty() {
            break;
        }
        said.push(line);
    }
    Ok(Some(said.join("\n")).filter(|text| !text.is_empty()))
}

fn list(page: &Value) -> Result<(), Failure> {
    let empty = Vec::new();
    let items = page["work_items"].as_array().unwrap_or(&empty);
    let mut rows = table(&["Band", "Desk", "Reference", "Due", "Holder", "Suggests", "Item"]);
    for item in items {
        let suggests: Vec<&str> =
            item["suggests"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        rows.add_row([
            harmless(text(item, "band_label")).into_owned(),
            harmless(text(item, "desk")).into_owned(),
            harmless(text(item, "reference")).into_owned(),
            moment(item, "due"),
            harmless(item["holder"].as_str().unwrap_or_default()).into_owned(),
            harmless(&suggests.join(", ")).into_owned(),
            harmless(text(item, "id")).into_owned(),
        ]);
    }
    crate::table::at_least(&mut rows, 6, 36);
    print(|out| {
        writeln!(out, "{BAND_IS_NOT_A_GRADE}")?;
        writeln!(out, "{rows}")
    })?;
    if page["next_cursor"].is_string() {
        say("There are more: give a greater --limit, or take the next with `ppn work next`.");
    }
    Ok(())
}

/// An item, for a person: history and notes of others first, then why, then what is not known.
fn item(out: &mut dyn Write, answer: &Value) -> std::io::Result<()> {
    let item = &answer["work_item"];
    let of = |name: &str| harmless(text(item, name)).into_owned();
    writeln!(out, "{} at {} ({}), {}", of("reference"), of("desk"), of("kind"), of("band_label"))?;
    writeln!(out, "{BAND_IS_NOT_A_GRADE}")?;
    writeln!(out, "Item {}, revision {}, {}", of("id"), item["revision"], of("state"))?;
    writeln!(out, "Received {}, due {}", moment(item, "received"), moment(item, "due"))?;
    if let Some(holder) = item["holder"].as_str() {
        writeln!(out, "Held by {} until {}", harmless(holder), moment(item, "lease_until"))?;
    }
    if item["assessment_pending"] == Value::Bool(true) {
        writeln!(out, "Not assessed yet: it waits in amber.")?;
    }
    for note in each(item, "notes") {
        writeln!(
            out,
            "\n{} by {}, {}",
            harmless(text(note, "act")),
            harmless(text(note, "by")),
            moment(note, "at")
        )?;
        lines(out, &note["text"], 1)?;
    }
    writeln!(out, "\nWhy it stands here")?;
    for reason in each(item, "reasons") {
        writeln!(out, "  {}", harmless(text(reason, "text")))?;
        for evidence in each(reason, "evidence") {
            let other = evidence["reference"].as_str().map_or(String::new(), |r| format!(" ({r})"));
            writeln!(out, "      {}{}", harmless(text(evidence, "says")), harmless(&other))?;
        }
    }
    for (at, question) in each(item, "provisional").enumerate() {
        if at == 0 {
            writeln!(out, "\nWhat would help to know")?;
        }
        writeln!(out, "  {}", harmless(text(question, "question")))?;
    }
    for (at, other) in each(answer, "bundle").enumerate() {
        if at == 0 {
            writeln!(out, "\nWaiting at this desk for the same household")?;
        }
        writeln!(out, "  {}", harmless(other.as_str().unwrap_or_default()))?;
    }
    Ok(())
}

/// Any JSON as indented lines.
fn lines(out: &mut dyn Write, value: &Value, depth: usize) -> std::io::Result<()> {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (name, inside) in members.iter().filter(|(_, inside)| !inside.is_null()) {
                let name = harmless(name);
                match inside {
                    Value::Object(_) | Value::Array(_) => {
                        writeln!(out, "{indent}{name}:")?;
                        lines(out, inside, depth + 1)?;
                    }
                    Value::String(text) if text.contains('\n') => {
                        writeln!(out, "{indent}{name}:")?;
                        for line in text.lines() {
                            writeln!(out, "{indent}  {}", harmless(line))?;
                        }
                    }
                    Value::String(text) => writeln!(out, "{indent}{name}: {}", harmless(text))?,
                    other => writeln!(out, "{indent}{name}: {other}")?,
                }
            }
            Ok(())
        }
        Value::Array(all) => {
            for inside in all {
                if inside.is_object() {
                    writeln!(out, "{indent}-")?;
                }
                lines(out, inside, depth + usize::from(inside.is_object()))?;
            }
            Ok(())
        }
        Value::String(text) => writeln!(out, "{indent}{}", harmless(text)),
        other => writeln!(out, "{indent}{other}"),
    }
}

fn each<'v>(of: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    of[name].as_array().into_iter().flatten()
}

fn text<'v>(of: &'v Value, name: &str) -> &'v str {
    of[name].as_str().unwrap_or_default()
}

/// A moment as London reads it.
fn moment(of: &Value, name: &str) -> String {
    Timestamp::parse_rfc3339(text(of, name)).map_or_else(|_| "?".to_owned(), Timestamp::london_text)
}

/// Those of the pairs that have a value, as a query.
fn form(pairs: &[(&str, Option<&str>)]) -> String {
    let given = pairs.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(given).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_reads_as_lines_that_cannot_drive_a_terminal() {
        let mut out = Vec::new();
        let notice = json!({
            "circumstances": "Officers attended.\n\u{1b}[2JA child was there.",
            "persons": [{ "key": "child", "roles": ["subject"], "estimated_age": 9, "name": null }],
        });
        lines(&mut out, &notice, 1).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "  circumstances:\n    Officers attended.\n    \u{fffd}[2JA child was there.\n  persons:\n    -\n      \
             estimated_age: 9\n      key: child\n      roles:\n        subject\n"
        );
    }
}
