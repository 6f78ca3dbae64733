//! One cell, as the column that it stands in says it is to be read.

use ppn_domain::FindingCode;
use ppn_domain::notice::codes::Answer;
use serde_json::Value;

use super::mapping::{Column, Mapping, Meaning};
use super::target::Leaf;
use super::time;

/// What a cell says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// The value, or the entries of a list; none where nothing is known.
    pub(super) values: Vec<Value>,
    /// Part of the cell fits nothing that the mapping knows.
    pub(super) unmapped: bool,
    /// What is to be said of a local time.
    pub(super) time: Option<FindingCode>,
}

impl Reading {
    fn of(value: Option<Value>) -> Self {
        Self { unmapped: value.is_none(), values: value.into_iter().collect(), time: None }
    }
}

/// Whether a cell says nothing.
pub(super) fn is_blank(cell: &str, mapping: &Mapping) -> bool {
    cell.is_empty() || (!mapping.blank.is_empty() && mapping.blank.contains(&cell.to_lowercase()))
}

/// Reads a trimmed cell that is not blank.
pub(super) fn read(cell: &str, column: &Column, mapping: &Mapping) -> Reading {
    match &column.meaning {
        Meaning::Member(target) => match (&column.separator, target.list) {
            (Some(separator), true) => {
                let mut all = Reading::default();
                for part in cell.split(separator.as_str()).map(str::trim).filter(|p| !is_blank(p, mapping)) {
                    let reading = one(part, &target.leaf, column, mapping);
                    // The contract wants the entries of most lists to differ.
                    all.values.extend(reading.values);
                    all.unmapped |= reading.unmapped;
                }
                all
            }
            _ => one(cell, &target.leaf, column, mapping),
        },
        Meaning::Indicator(..) => yes_no(cell, column),
        Meaning::Answer(_) => answer(cell, column),
    }
}

fn one(cell: &str, leaf: &Leaf, column: &Column, mapping: &Mapping) -> Reading {
    match leaf {
        Leaf::YesNo => yes_no(cell, column),
        Leaf::Date => Reading::of(time::day(cell, &column.formats).map(Value::String)),
        Leaf::DateTime => match time::moment(cell, &column.formats, mapping.zone) {
            Some((text, time)) => Reading { values: vec![Value::String(text)], unmapped: false, time },
            None => Reading::of(None),
        },
        Leaf::WholeNumber => Reading::of(cell.parse::<u32>().ok().map(Value::from)),
        Leaf::Text if column.values.is_empty() => Reading::of(Some(Value::String(cell.to_owned()))),
        Leaf::Text => Reading::of(stands_for(cell, column)),
        Leaf::Code(codes) => Reading::of(stands_for(cell, column).or_else(|| {
            codes.iter().find(|code| code.eq_ignore_ascii_case(cell)).cloned().map(Value::String)
        })),
    }
}

fn stands_for(cell: &str, column: &Column) -> Option<Value> {
    column.values.get(&cell.to_lowercase()).cloned().map(Value::String)
}

/// A no that the form fills in by itself is not known; only an asked no is no.
fn yes_no(cell: &str, column: &Column) -> Reading {
    let word = cell.to_lowercase();
    if column.yes.contains(&word) {
        Reading::of(Some(Value::Bool(true)))
    } else if column.no.contains(&word) {
        let values = if column.no_was_asked { vec![Value::Bool(false)] } else { Vec::new() };
        Reading { values, ..Reading::default() }
    } else {
        Reading::of(None)
    }
}

fn answer(cell: &str, column: &Column) -> Reading {
    if let Some(code) = stands_for(cell, column) {
        return Reading::of(Some(code));
    }
    let mut reading = yes_no(cell, column);
    for value in &mut reading.values {
        let answer = if *value == Value::Bool(true) { Answer::Yes } else { Answer::No };
        *value = Value::String(answer.code().to_owned());
    }
    reading
}
