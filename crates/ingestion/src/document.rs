//! Bytes to a JSON document, stricter than JSON is: no member twice, no U+0000.

use std::cell::RefCell;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, error::Category};

use crate::refusal::{FieldError, MAX_ERRORS, Rule, pointer_step};

/// More values than a notice at every limit of the contract can hold; past it, a document is an
/// attack on memory, since each empty value costs thirty times its size as text.
const MAX_VALUES: usize = 200_000;

/// A document, and what was seen on the way to it.
#[derive(Debug, Default)]
pub(crate) struct Document {
    /// `None` where the text is not JSON.
    pub(crate) value: Option<Value>,
    /// Top-level `source`, even of a text that breaks off after it.
    pub(crate) source: Option<String>,
    /// Top-level `reference`, likewise.
    pub(crate) reference: Option<String>,
    /// What is wrong with the text itself.
    pub(crate) errors: Vec<FieldError>,
    /// Errors beyond those kept.
    pub(crate) more_errors: usize,
    /// Pointers to the strings in which U+0000 was replaced.
    pub(crate) unreadable: Vec<String>,
}

#[derive(Default)]
struct Notes {
    document: Document,
    values: usize,
    too_many: bool,
}

/// Reads one document. A UTF-8 byte order mark is skipped.
pub(crate) fn parse(bytes: &[u8]) -> Document {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) => {
            let at = e.valid_up_to();
            let fix = format!("The text is not UTF-8 from byte {at}: save or send it as UTF-8.");
            let error = FieldError::new("", Rule::NotUtf8, fix).at_line(line_of(bytes, at));
            return Document { errors: vec![error], ..Document::default() };
        }
    };
    let notes = RefCell::new(Notes::default());
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Seed { notes: &notes, place: &Place::Root }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value));
    let Notes { mut document, too_many, .. } = notes.into_inner();
    match value {
        Ok(value) => document.value = Some(value),
        Err(_) if too_many => {
            let fix = format!("The notice holds more than {MAX_VALUES} values: send one notice at a time.");
            document.errors.push(FieldError::new("", Rule::TooMany, fix));
        }
        Err(e) => document.errors.push(not_json(&e)),
    }
    document
}

fn not_json(e: &serde_json::Error) -> FieldError {
    let (line, column) = (e.line(), e.column());
    let error = if e.classify() == Category::Eof {
        FieldError::new("", Rule::NotJson, "The text ends in the middle of the notice: send it whole.")
    } else if e.to_string().starts_with("recursion limit") {
        FieldError::new(
            "",
            Rule::TooDeep,
            "Objects and arrays are nested too deep: the contract needs no more than ten levels.",
        )
    } else {
        let fix = format!(
            "The text is not JSON at line {line}, column {column}: put it right there and send it again."
        );
        FieldError::new("", Rule::NotJson, fix)
    };
    error.at_line(u64::try_from(line).unwrap_or(u64::MAX).max(1))
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    let ends = bytes.iter().take(at).filter(|b| **b == b'\n').count();
    u64::try_from(ends).unwrap_or(u64::MAX).saturating_add(1)
}

/// Where in the document, as a chain on the stack: a pointer is spelt out only where one is needed.
enum Place<'a> {
    Root,
    Member(&'a Place<'a>, &'a str),
    Element(&'a Place<'a>, usize),
}

impl Place<'_> {
    fn pointer(&self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Member(parent, name) => format!("{}/{}", parent.pointer(), pointer_step(name)),
            Self::Element(parent, index) => format!("{}/{index}", parent.pointer()),
        }
    }
}

struct Seed<'a> {
    notes: &'a RefCell<Notes>,
    place: &'a Place<'a>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Seed<'_> {
    fn readable(&self, text: String) -> Value {
        if !text.contains('\0') {
            return Value::String(text);
        }
        self.notes.borrow_mut().document.unreadable.push(self.place.pointer());
        Value::String(text.replace('\0', "\u{fffd}"))
    }

    fn count<E: Error>(&self) -> Result<(), E> {
        let mut notes = self.notes.borrow_mut();
        notes.values += 1;
        if notes.values > MAX_VALUES {
            notes.too_many = true;
            return Err(E::custom("too many values"));
        }
        Ok(())
    }

    fn repeated(&self, name: &str) {
        let document = &mut self.notes.borrow_mut().document;
        if document.errors.len() >= MAX_ERRORS {
            document.more_errors += 1;
            return;
        }
        let path = format!("{}/{}", self.place.pointer(), pointer_step(name));
        let fix = "This member stands twice in one object, and one of the two would be lost: send it once.";
        document.errors.push(FieldError::new(path, Rule::RepeatedMember, fix));
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.count().map(|()| Value::Null)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        self.count().map(|()| Value::Bool(v))
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        self.count().map(|()| Value::Number(v.into()))
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        self.count().map(|()| Value::Number(v.into()))
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        self.count()?;
        // JSON Schema counts 7.0 and -0 as integers, so the types behind it must meet them as such.
        let whole = (0..=u8::MAX).find(|whole| (f64::from(*whole) - v).abs() == 0.0);
        Ok(whole.map(Number::from).or_else(|| Number::from_f64(v)).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        self.visit_string(v.to_owned())
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Value, E> {
        self.count()?;
        Ok(self.readable(v))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut elements = Vec::new();
        loop {
            let place = Place::Element(self.place, elements.len());
            match seq.next_element_seed(Seed { notes: self.notes, place: &place })? {
                Some(element) => elements.push(element),
                None => return Ok(Value::Array(elements)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        self.count()?;
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let place = Place::Member(self.place, &name);
            let value = access.next_value_seed(Seed { notes: self.notes, place: &place })?;
            if members.contains_key(&name) {
                self.repeated(&name);
                continue;
            }
            if let (Place::Root, Value::String(text)) = (self.place, &value) {
                self.remember(&name, text);
            }
            members.insert(name, value);
        }
        Ok(Value::Object(members))
    }
}

impl Seed<'_> {
    /// A refusal is filed under these two, so they are kept even where the rest cannot be read.
    fn remember(&self, name: &str, text: &str) {
        let fits = !text.is_empty() && text.chars().nth(64).is_none();
        let document = &mut self.notes.borrow_mut().document;
        match name {
            "source" if fits => document.source = Some(text.to_owned()),
            "reference" if fits => document.reference = Some(text.to_owned()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(bytes: &[u8]) -> Vec<(String, String)> {
        parse(bytes).errors.into_iter().map(|e| (e.path, e.rule)).collect()
    }

    #[test]
    fn a_member_twice_is_found_at_any_depth() {
        let text = br#"{"a":1,"b":[{"c":1,"c":2}],"a":2}"#;
        let expected = [("/b/0/c", "repeated_member"), ("/a", "repeated_member")];
        assert_eq!(rules(text), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn an_escaped_spelling_is_the_same_member() {
        assert_eq!(rules(br#"{"a":1,"\u0061":2}"#).len(), 1);
    }

    #[test]
    fn null_characters_are_replaced_and_told() {
        let document = parse(br#"{"a":["x\u0000y"]}"#);
        assert_eq!(document.value, Some(serde_json::json!({"a": ["x\u{fffd}y"]})));
        assert_eq!(document.unreadable, ["/a/0"]);
    }

    #[test]
    fn nesting_without_end_is_refused_and_not_followed() {
        let deep = "[".repeat(1_000_000);
        assert_eq!(rules(deep.as_bytes()), [(String::new(), "too_deep".to_owned())]);
    }

    #[test]
    fn a_million_values_are_refused() {
        let many = format!("[{}1]", "1,".repeat(1_000_000));
        assert_eq!(rules(many.as_bytes()), [(String::new(), "too_many".to_owned())]);
    }

    #[test]
    fn wrong_encoding_is_told_with_its_byte_and_line() {
        let error = parse(b"{\n\"a\":\"caf\xe9\"}").errors.remove(0);
        assert_eq!((error.rule.as_str(), error.line), ("not_utf8", Some(2)));
        assert!(error.fix.contains("byte 10"), "{}", error.fix);
    }

    #[test]
    fn whole_numbers_written_otherwise_are_whole() {
        assert_eq!(parse(b"[7.0,-0,1e2]").value, Some(serde_json::json!([7, 0, 100])));
    }

    #[test]
    fn a_text_that_breaks_off_still_says_whose_it_is() {
        let document = parse(br#"{"source":"niche","reference":"A1","kind":"#);
        assert_eq!((document.source.as_deref(), document.reference.as_deref()), (Some("niche"), Some("A1")));
        assert_eq!(document.errors[0].rule, "not_json");
    }
}
