//! The rows of one reference as one notice.

use ppn_domain::{Finding, FindingCode, Timestamp};
use serde_json::{Map, Value, json};

use super::cell;
use super::mapping::{Column, Mapping, Meaning};
use super::rows::Row;
use super::target::{Scope, prune};
use crate::refusal::{FieldError, Refusal, Rule};
use crate::submission::{Submission, read_notice};

/// A mapping laid over the header of one file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) mapping: Mapping,
    /// For each column of the mapping, its place in a row, in the order of the header.
    pub(super) places: Vec<(usize, usize)>,
    /// The place of the reference.
    pub(super) reference: usize,
    /// How many cells a row has.
    pub(super) width: usize,
}

impl Layout {
    fn columns(&self, scope: Scope) -> impl Iterator<Item = (&Column, usize)> {
        self.places
            .iter()
            .filter_map(|(column, place)| Some((self.mapping.columns.get(*column)?, *place)))
            .filter(move |(column, _)| column.scope() == scope)
    }
}

/// What a place in the notice was made from.
struct Origin {
    pointer: String,
    column: String,
    line: u64,
}

#[derive(Default)]
struct Build {
    findings: Vec<Finding>,
    origins: Vec<Origin>,
    errors: Vec<FieldError>,
}

/// Reads the rows of one reference as a notice.
pub(super) fn read(layout: &Layout, rows: &[Row], now: Timestamp) -> Result<Submission, Refusal> {
    let mut build = Build::default();
    let notice = build.notice(layout, rows);
    let (source, reference) = identity(&notice);
    if !build.errors.is_empty() {
        return Err(Refusal { source, reference, errors: build.errors });
    }
    let text = serde_json::to_vec(&notice).unwrap_or_default();
    match read_notice(&text, now) {
        Ok(mut submission) => {
            submission.findings.append(&mut build.findings);
            Ok(submission)
        }
        Err(mut refusal) => {
            let line = rows.first().map(|row| row.line);
            for error in &mut refusal.errors {
                name_origin(error, &build.origins, line);
            }
            Err(refusal)
        }
    }
}

fn identity(notice: &Value) -> (Option<String>, Option<String>) {
    let text = |name: &str| {
        notice.get(name).and_then(Value::as_str).filter(|t| t.chars().nth(64).is_none()).map(str::to_owned)
    };
    (text("source"), text("reference"))
}

/// A refusal speaks of the file that somebody can open: its column and its line.
fn name_origin(error: &mut FieldError, origins: &[Origin], line: Option<u64>) {
    let within = |origin: &&Origin| {
        error.path.strip_prefix(&origin.pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    error.line = line;
    if let Some(origin) = origins.iter().filter(within).max_by_key(|origin| origin.pointer.len()) {
        error.fix = format!("Column `{}`: {}", origin.column, error.fix);
        error.line = Some(origin.line);
    }
}

impl Build {
    fn notice(&mut self, layout: &Layout, rows: &[Row]) -> Value {
        let mut notice = owner_with_constants(layout, Scope::Notice);
        self.shared(layout, rows, Scope::Notice, "", &mut notice);
        let mut assessment = owner_with_constants(layout, Scope::Assessment);
        let bare = assessment.len();
        self.shared(layout, rows, Scope::Assessment, "/risk_assessments/0", &mut assessment);
        if assessment.len() > bare {
            assessment.entry("tool").or_insert_with(|| json!("dash_2009"));
            notice.insert("risk_assessments".to_owned(), json!([assessment]));
        }
        let persons = self.persons(layout, rows);
        if !persons.is_empty() {
            notice.insert("persons".to_owned(), Value::Array(persons));
        }
        let mut notice = Value::Object(notice);
        for (path, lacking) in prune(&mut notice) {
            let text =
                format!("This part was left out, because its `{lacking}` is blank or not in the mapping.");
            self.findings.push(Finding { code: FindingCode::UnmappedValue, path, text });
        }
        notice
    }

    /// Columns whose cells must agree in every row; a blank agrees with anything.
    fn shared(
        &mut self,
        layout: &Layout,
        rows: &[Row],
        scope: Scope,
        at: &str,
        owner: &mut Map<String, Value>,
    ) {
        for (column, place) in layout.columns(scope) {
            let mut said = rows.iter().filter_map(|row| {
                let cell = row.cells.get(place)?.as_str();
                (!cell::is_blank(cell, &layout.mapping)).then_some((row.line, cell))
            });
            let first = said.next();
            let line = first.or_else(|| rows.first().map(|row| (row.line, ""))).map_or(0, |(line, _)| line);
            let pointer = pointer(column, at);
            self.origins.push(Origin { pointer: pointer.clone(), column: column.name.clone(), line });
            let Some((_, cell)) = first else { continue };
            if let Some((other, _)) = said.find(|(_, other)| *other != cell) {
                let fix = format!(
                    "Column `{}` says one thing on line {line} and another on line {other}: rows of one reference must agree on it.",
                    column.name
                );
                self.errors.push(FieldError::new(pointer, Rule::RowsDisagree, fix).at_line(other));
                continue;
            }
            self.cell(layout, column, cell, pointer, owner);
        }
    }

    fn persons(&mut self, layout: &Layout, rows: &[Row]) -> Vec<Value> {
        let mut persons: Vec<Value> = Vec::new();
        let mut previous: Option<Map<String, Value>> = None;
        for row in rows {
            let at = format!("/persons/{}", persons.len());
            let mut person = Map::new();
            let mut any = false;
            let (findings, origins) = (self.findings.len(), self.origins.len());
            for (column, place) in layout.columns(Scope::Person) {
                let cell = row.cells.get(place).map_or("", String::as_str);
                let pointer = pointer(column, &at);
                self.origins.push(Origin {
                    pointer: pointer.clone(),
                    column: column.name.clone(),
                    line: row.line,
                });
                if !cell::is_blank(cell, &layout.mapping) {
                    any = true;
                    self.cell(layout, column, cell, pointer, &mut person);
                }
            }
            let repeated = previous.as_ref() == Some(&person) && is_identified(&person);
            if !any || repeated {
                self.findings.truncate(findings);
                self.origins.truncate(origins);
                continue;
            }
            previous = Some(person.clone());
            persons.push(complete(person, layout));
        }
        persons
    }

    fn cell(
        &mut self,
        layout: &Layout,
        column: &Column,
        cell: &str,
        pointer: String,
        owner: &mut Map<String, Value>,
    ) {
        let reading = cell::read(cell, column, &layout.mapping);
        if reading.unmapped {
            let text = format!(
                "Column `{}` holds something that the mapping does not know, which was left out: correct it at the source, or add it to the mapping.",
                column.name
            );
            self.findings.push(Finding { code: FindingCode::UnmappedValue, path: pointer.clone(), text });
        }
        if let Some(code) = reading.time {
            let text = local_time_text(code, &column.name);
            self.findings.push(Finding { code, path: pointer, text });
        }
        if reading.values.is_empty() {
            return;
        }
        match &column.meaning {
            Meaning::Member(target) => target.put(owner, reading.values),
            Meaning::Indicator(indicator, scope) => {
                let list = match (reading.values.first(), scope) {
                    (Some(Value::Bool(true)), _) => "indicators",
                    (_, Scope::Notice) => "indicators_ruled_out",
                    // The contract has nowhere to rule out a fact about one person.
                    _ => return,
                };
                push_new(owner, list, json!(indicator));
            }
            Meaning::Answer(item) => {
                let answers = owner.entry("answers").or_insert_with(|| Value::Object(Map::new()));
                if let (Value::Object(answers), Some(answer)) = (answers, reading.values.into_iter().next()) {
                    answers.insert(item.clone(), answer);
                }
            }
        }
    }
}

fn push_new(owner: &mut Map<String, Value>, list: &str, value: Value) {
    let list = owner.entry(list).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(elements) = list
        && !elements.contains(&value)
    {
        elements.push(value);
    }
}

fn owner_with_constants(layout: &Layout, scope: Scope) -> Map<String, Value> {
    let mut owner = Map::new();
    for (target, values) in layout.mapping.constants.iter().filter(|(target, _)| target.scope == scope) {
        target.put(&mut owner, values.clone());
    }
    owner
}

/// A person whose part is not known is still a person.
fn complete(mut person: Map<String, Value>, layout: &Layout) -> Value {
    for (name, value) in owner_with_constants(layout, Scope::Person) {
        person.entry(name).or_insert(value);
    }
    let has_role = person.get("roles").and_then(Value::as_array).is_some_and(|roles| !roles.is_empty());
    if !has_role {
        person.insert("roles".to_owned(), json!(["not_known"]));
    }
    Value::Object(person)
}

/// Two rows that describe nobody by name may well be two children.
fn is_identified(person: &Map<String, Value>) -> bool {
    ["person_id", "key", "identifiers", "family_name", "given_names"]
        .iter()
        .any(|name| person.contains_key(*name))
}

fn pointer(column: &Column, at: &str) -> String {
    match &column.meaning {
        Meaning::Member(target) => target.pointer(at),
        Meaning::Indicator(..) => format!("{at}/indicators"),
        Meaning::Answer(item) => format!("{at}/answers/{item}"),
    }
}

fn local_time_text(code: FindingCode, column: &str) -> String {
    if code == FindingCode::AmbiguousLocalTime {
        format!(
            "The time in column `{column}` came twice that night, when the clocks went back: the earlier is taken."
        )
    } else {
        format!(
            "The time in column `{column}` did not exist, since the clocks went forward: an hour later is taken."
        )
    }
}
