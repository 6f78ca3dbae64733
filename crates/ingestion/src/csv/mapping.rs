//! The mapping file: what each column of an export means.
//!
//! Everything is checked against the contract when the file is read, so that a slip in it is told
//! with its line and not found a thousand rows later.

use std::collections::BTreeMap;
use std::str::FromStr;

use chrono_tz::Tz;
use ppn_domain::notice::codes::{Answer, Indicator};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use super::target::{Leaf, Scope, Target};
use super::time::{is_day_format, is_moment_format};
use crate::explain::is_dash_item;
use crate::nearest::nearest;

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct MappingError {
    /// The line of the mapping file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub reason: String,
}

/// What the columns of one kind of export mean.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(super) delimiter: u8,
    pub(super) zone: Tz,
    /// Cells that say nothing, in small letters.
    pub(super) blank: Vec<String>,
    /// Columns that are left unread on purpose.
    pub(super) ignored: Vec<String>,
    pub(super) constants: Vec<(Target, Vec<Value>)>,
    pub(super) columns: Vec<Column>,
}

/// One column.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) meaning: Meaning,
    /// Cells, in small letters, and what each stands for.
    pub(super) values: BTreeMap<String, String>,
    pub(super) separator: Option<String>,
    pub(super) formats: Vec<String>,
    pub(super) yes: Vec<String>,
    pub(super) no: Vec<String>,
    pub(super) no_was_asked: bool,
}

/// What a column fills.
#[derive(Debug, Clone)]
pub(super) enum Meaning {
    Member(Target),
    /// Yes states the indicator; an asked no rules it out.
    Indicator(Indicator, Scope),
    /// An answer of `dash_2009`.
    Answer(String),
}

impl Column {
    pub(super) fn scope(&self) -> Scope {
        match &self.meaning {
            Meaning::Member(target) => target.scope,
            Meaning::Indicator(_, scope) => *scope,
            Meaning::Answer(_) => Scope::Assessment,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    delimiter: Option<Spanned<char>>,
    time_zone: Option<Spanned<String>>,
    #[serde(default)]
    blank: Vec<String>,
    #[serde(default)]
    ignored: Vec<String>,
    #[serde(default)]
    constants: BTreeMap<String, Spanned<Constant>>,
    columns: BTreeMap<String, Spanned<ColumnEntry>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Constant {
    Text(String),
    YesNo(bool),
    List(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEntry {
    to: Option<String>,
    indicator: Option<String>,
    of: Option<Of>,
    answer: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, String>,
    separator: Option<String>,
    #[serde(default)]
    date: OneOrMore,
    #[serde(default)]
    datetime: OneOrMore,
    yes_words: Option<Vec<String>>,
    no_words: Option<Vec<String>>,
    no: Option<No>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Of {
    Notice,
    Person,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum No {
    /// Somebody asked, and the answer was no.
    Asked,
    /// The form has no unless somebody says yes.
    Default,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum OneOrMore {
    #[default]
    None,
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    fn into_vec(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(one) => vec![one],
            Self::More(more) => more,
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    ///
    /// # Errors
    /// Returns a [`MappingError`] with the line when the text is not TOML, has a key or table that
    /// mappings do not have, names a member or code that the contract does not have, or does not say
    /// where source, reference and kind come from.
    pub fn from_toml(text: &str) -> Result<Self, MappingError> {
        let file: File = toml::from_str(text).map_err(|e| MappingError {
            line: line_at(text, e.span().map_or(0, |span| span.start)),
            reason: e.message().to_owned(),
        })?;
        build(file).map_err(|(at, reason)| MappingError { line: line_at(text, at), reason })
    }
}

fn line_at(text: &str, at: usize) -> u64 {
    let ends = text.bytes().take(at).filter(|b| *b == b'\n').count();
    u64::try_from(ends).unwrap_or(u64::MAX).saturating_add(1)
}

/// A reason and the byte at which it stands.
type At<T> = Result<T, (usize, String)>;

fn build(file: File) -> At<Mapping> {
    let delimiter = match file.delimiter {
        None => b',',
        Some(spanned) => {
            let at = spanned.span().start;
            let byte =
                u8::try_from(*spanned.get_ref()).ok().filter(|b| b.is_ascii() && !b"\"\r\n".contains(b));
            byte.ok_or((at, "`delimiter` is one ASCII character, not a quote or a line end".to_owned()))?
        }
    };
    let zone = match file.time_zone {
        None => chrono_tz::Europe::London,
        Some(spanned) => Tz::from_str(spanned.get_ref()).map_err(|_| {
            (spanned.span().start, "`time_zone` is a name such as `Europe/London`".to_owned())
        })?,
    };
    let mut constants = Vec::new();
    for (name, entry) in file.constants {
        let at = entry.span().start;
        constants.push(constant(&name, entry.into_inner()).map_err(|reason| (at, reason))?);
    }
    let mut columns = Vec::new();
    for (name, entry) in file.columns {
        let at = entry.span().start;
        if file.ignored.contains(&name) {
            return Err((at, format!("column `{name}` is mapped and ignored")));
        }
        let column = column(name, entry.into_inner()).map_err(|reason| (at, reason))?;
        clash(&column, &columns, &constants).map_err(|reason| (at, reason))?;
        columns.push(column);
    }
    let mapping =
        Mapping { delimiter, zone, blank: small(file.blank), ignored: file.ignored, constants, columns };
    mapping.names_every_notice().map_err(|reason| (0, reason))?;
    Ok(mapping)
}

fn small(words: Vec<String>) -> Vec<String> {
    words.into_iter().map(|word| word.trim().to_lowercase()).collect()
}

fn constant(name: &str, constant: Constant) -> Result<(Target, Vec<Value>), String> {
    let target = Target::find(name)?;
    let values = match (constant, target.list) {
        (Constant::YesNo(yes), false) if target.leaf == Leaf::YesNo => vec![Value::Bool(yes)],
        (Constant::Text(text), false) => vec![code(&target.leaf, text)?],
        (Constant::List(texts), true) => {
            texts.into_iter().map(|text| code(&target.leaf, text)).collect::<Result<_, _>>()?
        }
        _ => return Err(format!("`{name}` takes another kind of value")),
    };
    Ok((target, values))
}

fn code(leaf: &Leaf, text: String) -> Result<Value, String> {
    match leaf {
        Leaf::Text => Ok(Value::String(text)),
        Leaf::Code(codes) if codes.contains(&text) => Ok(Value::String(text)),
        Leaf::Code(codes) => Err(unknown(&text, codes.iter().map(String::as_str))),
        _ => Err("a constant is text or a code".to_owned()),
    }
}

fn unknown<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map_or_else(
        || format!("the contract has no code `{word}` here"),
        |near| format!("the contract has no code `{word}` here; did you mean `{near}`?"),
    )
}

fn column(name: String, entry: ColumnEntry) -> Result<Column, String> {
    let meaning = meaning(&entry)?;
    let dates = entry.date.into_vec();
    let times = entry.datetime.into_vec();
    if let Some(bad) = dates.iter().find(|f| !is_day_format(f)) {
        return Err(format!("`{bad}` is not the format of a whole date"));
    }
    if let Some(bad) = times.iter().find(|f| !is_moment_format(f)) {
        return Err(format!("`{bad}` is not the format of a whole date and time"));
    }
    let leaf = match &meaning {
        Meaning::Member(target) => Some(&target.leaf),
        _ => None,
    };
    match (leaf, dates.is_empty(), times.is_empty()) {
        (Some(Leaf::Date), true, _) => return Err("a date needs `date`, its format".to_owned()),
        (Some(Leaf::DateTime), _, true) => return Err("a time needs `datetime`, its format".to_owned()),
        (Some(Leaf::Date), false, true) | (Some(Leaf::DateTime), true, false) | (_, true, true) => {}
        _ => return Err("`date` and `datetime` belong to a date and to a time alone".to_owned()),
    }
    for stands_for in entry.values.values() {
        check_value(&meaning, stands_for)?;
    }
    if entry.separator.as_deref() == Some("") {
        return Err("`separator` is empty".to_owned());
    }
    if entry.separator.is_some() && !matches!(&meaning, Meaning::Member(target) if target.list) {
        return Err("`separator` belongs to a list alone".to_owned());
    }
    Ok(Column {
        name,
        meaning,
        values: entry.values.into_iter().map(|(cell, to)| (cell.trim().to_lowercase(), to)).collect(),
        separator: entry.separator,
        formats: dates.into_iter().chain(times).collect(),
        yes: small(entry.yes_words.unwrap_or_else(|| ["y", "yes", "true", "1"].map(str::to_owned).to_vec())),
        no: small(entry.no_words.unwrap_or_else(|| ["n", "no", "false", "0"].map(str::to_owned).to_vec())),
        no_was_asked: entry.no == Some(No::Asked),
    })
}

fn meaning(entry: &ColumnEntry) -> Result<Meaning, String> {
    match (&entry.to, &entry.indicator, &entry.answer) {
        (Some(to), None, None) => Target::find(to).map(Meaning::Member),
        (None, Some(word), None) => {
            let scope = if matches!(entry.of, Some(Of::Person)) { Scope::Person } else { Scope::Notice };
            word.parse::<Indicator>()
                .map(|indicator| Meaning::Indicator(indicator, scope))
                .map_err(|_| unknown(word, Indicator::ALL.iter().map(|i| i.code())))
        }
        (None, None, Some(item)) if is_dash_item(item) => Ok(Meaning::Answer(item.clone())),
        (None, None, Some(_)) => Err("`answer` is one of q1 to q27".to_owned()),
        _ => Err("a column has one of `to`, `indicator` and `answer`".to_owned()),
    }
}

fn check_value(meaning: &Meaning, stands_for: &str) -> Result<(), String> {
    match meaning {
        Meaning::Member(target) => code(&target.leaf, stands_for.to_owned()).map(drop),
        Meaning::Answer(_) => stands_for
            .parse::<Answer>()
            .map(drop)
            .map_err(|_| unknown(stands_for, Answer::ALL.iter().map(|a| a.code()))),
        Meaning::Indicator(..) => {
            Err("an indicator has `yes_words` and `no_words`, and no `values`".to_owned())
        }
    }
}

fn clash(column: &Column, columns: &[Column], constants: &[(Target, Vec<Value>)]) -> Result<(), String> {
    let same = |other: &Column| match (&column.meaning, &other.meaning) {
        (Meaning::Member(a), Meaning::Member(b)) => a.clashes_with(b),
        (Meaning::Answer(a), Meaning::Answer(b)) => a == b,
        _ => false,
    };
    if let Some(other) = columns.iter().find(|other| same(other)) {
        return Err(format!("columns `{}` and `{}` fill the same member", other.name, column.name));
    }
    match &column.meaning {
        Meaning::Member(target) if constants.iter().any(|(constant, _)| target.clashes_with(constant)) => {
            Err(format!("column `{}` fills a member that is a constant", column.name))
        }
        _ => Ok(()),
    }
}

impl Mapping {
    fn names_every_notice(&self) -> Result<(), String> {
        let mapped = |name: &str| {
            self.columns
                .iter()
                .any(|c| matches!(&c.meaning, Meaning::Member(target) if target.is_notice_member(name)))
        };
        let fixed = |name: &str| self.constants.iter().any(|(target, _)| target.is_notice_member(name));
        if !mapped("reference") {
            return Err("no column goes to `reference`".to_owned());
        }
        match ["source", "kind"].into_iter().find(|name| !mapped(name) && !fixed(name)) {
            Some(name) => Err(format!("neither a column nor a constant gives `{name}`")),
            None => Ok(()),
        }
    }

    /// The constant source, where there is one.
    pub(super) fn source(&self) -> Option<&str> {
        let (_, values) = self.constants.iter().find(|(target, _)| target.is_notice_member("source"))?;
        values.first()?.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str =
        "[constants]\nsource = \"export\"\nkind = \"child\"\n[columns.Ref]\nto = \"reference\"\n";

    #[track_caller]
    fn refused(more: &str, line: u64, reason: &str) {
        let error = Mapping::from_toml(&format!("{LEAST}{more}")).unwrap_err();
        assert!(error.line == line && error.reason.contains(reason), "{error}");
    }

    #[test]
    fn the_least_mapping_is_taken() {
        let mapping = Mapping::from_toml(LEAST).unwrap();
        assert_eq!((mapping.columns.len(), mapping.source()), (1, Some("export")));
    }

    #[test]
    fn slips_are_told_with_their_line() {
        refused("[columns.A]\nto = \"persn.family_name\"\n", 6, "no such member");
        refused("[columns.A]\nto = \"person.famly_name\"\n", 6, "`family_name`");
        refused("[columns.A]\nto = \"source_team\"\nvalus = {}\n", 8, "valus");
        refused("[columns.A]\nindicator = \"strangulation\"\n", 6, "no code");
        refused("[columns.A]\nto = \"officer_grade\"\nvalues = { H = \"hgh\" }\n", 6, "`high`");
        refused("[columns.A]\nto = \"occurred_at\"\n", 6, "`datetime`");
        refused("[columns.A]\nto = \"occurred_at\"\ndatetime = \"%d/%m\"\n", 6, "not the format");
        refused("[columns.A]\nto = \"reference\"\n", 4, "same member");
        refused("[columns.A]\nto = \"kind\"\n", 6, "constant");
        refused("[columns.A]\nanswer = \"q28\"\n", 6, "q1 to q27");
        refused("[columns.A]\nto = \"source_team\"\nseparator = \";\"\n", 6, "list alone");
        refused("[columns.A]\n", 6, "one of `to`");
        refused("delimiter\n", 6, "");
    }

    #[test]
    fn a_notice_needs_its_identity() {
        let error = Mapping::from_toml("[columns.Ref]\nto = \"reference\"\n").unwrap_err();
        assert!(error.reason.contains("`source`"), "{error}");
        let error = Mapping::from_toml("[columns.Kind]\nto = \"source_team\"\n").unwrap_err();
        assert!(error.reason.contains("`reference`"), "{error}");
    }
}
