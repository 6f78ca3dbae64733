//! Where a column goes: a dotted name, checked against the contract.

use serde_json::{Map, Value};

use crate::contract::{contract, resolved};
use crate::nearest::nearest;
use crate::refusal::pointer_step;

/// Whose member a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Scope {
    Notice,
    /// The person of the row.
    Person,
    /// The one risk assessment of the notice.
    Assessment,
}

/// What a cell must become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Leaf {
    Text,
    Code(Vec<String>),
    Date,
    DateTime,
    YesNo,
    WholeNumber,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Step {
    name: String,
    /// The member is a list of objects, and the column fills its only element.
    only_element: bool,
}

/// A member of the contract, as a column names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) scope: Scope,
    steps: Vec<Step>,
    pub(super) leaf: Leaf,
    pub(super) list: bool,
}

impl Target {
    /// Finds a dotted name (`location.postcode`, `person.family_name`, `assessment.refused`).
    pub(super) fn find(name: &str) -> Result<Self, String> {
        let (scope, mut schema, rest) = match name.split_once('.') {
            Some(("person", rest)) => (Scope::Person, &contract()["$defs"]["person"], rest),
            Some(("assessment", rest)) => {
                (Scope::Assessment, &contract()["properties"]["risk_assessments"]["items"], rest)
            }
            _ => (Scope::Notice, contract(), name),
        };
        let mut steps = Vec::new();
        let mut parts = rest.split('.').peekable();
        while let Some(part) = parts.next() {
            schema = member(schema, part).map_err(|reason| format!("`{name}`: {reason}"))?;
            let items = resolved(&schema["items"]);
            let only_element = parts.peek().is_some() && items.get("properties").is_some();
            if only_element {
                schema = items;
            }
            steps.push(Step { name: part.to_owned(), only_element });
        }
        let list = schema["type"] == "array";
        let leaf = leaf(if list { resolved(&schema["items"]) } else { schema })
            .ok_or_else(|| format!("`{name}` is an object: name a member of it"))?;
        Ok(Self { scope, steps, leaf, list })
    }

    /// The pointer to the member, under the pointer to its owner.
    pub(super) fn pointer(&self, owner: &str) -> String {
        let mut pointer = owner.to_owned();
        for step in &self.steps {
            pointer.push('/');
            pointer.push_str(&pointer_step(&step.name));
            if step.only_element {
                pointer.push_str("/0");
            }
        }
        pointer
    }

    /// Puts values there: the first, or in a list all of them after those that it has.
    pub(super) fn put(&self, owner: &mut Map<String, Value>, values: Vec<Value>) {
        let Some((leaf, parents)) = self.steps.split_last() else { return };
        let mut object = owner;
        for step in parents {
            let child = object.entry(step.name.clone()).or_insert_with(|| empty(step));
            let inner = if step.only_element { child.get_mut(0) } else { Some(child) };
            match inner {
                Some(Value::Object(members)) => object = members,
                _ => return,
            }
        }
        if self.list {
            let list = object.entry(leaf.name.clone()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(elements) = list {
                for value in values {
                    // The contract wants codes to differ; two columns may well say the same.
                    if !matches!(self.leaf, Leaf::Code(_)) || !elements.contains(&value) {
                        elements.push(value);
                    }
                }
            }
        } else if let Some(value) = values.into_iter().next() {
            object.insert(leaf.name.clone(), value);
        }
    }

    /// Two columns may fill one list, and nothing else.
    pub(super) fn clashes_with(&self, other: &Self) -> bool {
        !self.list && self.scope == other.scope && self.steps == other.steps
    }

    /// Whether this is a member of the notice itself, under this name.
    pub(super) fn is_notice_member(&self, name: &str) -> bool {
        self.scope == Scope::Notice && self.steps.len() == 1 && self.steps.iter().all(|s| s.name == name)
    }
}

fn empty(step: &Step) -> Value {
    let object = Value::Object(Map::new());
    if step.only_element { Value::Array(vec![object]) } else { object }
}

fn member(schema: &'static Value, name: &str) -> Result<&'static Value, String> {
    let members = schema.get("properties").and_then(Value::as_object);
    if let Some(found) = members.and_then(|m| m.get(name)) {
        return Ok(resolved(found));
    }
    let known = members.into_iter().flat_map(|m| m.keys().map(String::as_str));
    Err(nearest(name, known).map_or_else(
        || "the contract has no such member".to_owned(),
        |near| format!("the contract has no such member; did you mean `{near}`?"),
    ))
}

fn leaf(schema: &Value) -> Option<Leaf> {
    if let Some(codes) = schema.get("enum").and_then(Value::as_array) {
        return Some(Leaf::Code(codes.iter().filter_map(|c| c.as_str().map(str::to_owned)).collect()));
    }
    match (schema["type"].as_str()?, schema["format"].as_str()) {
        ("boolean", _) => Some(Leaf::YesNo),
        ("integer", _) => Some(Leaf::WholeNumber),
        ("string", Some("date")) => Some(Leaf::Date),
        ("string", Some("date-time")) => Some(Leaf::DateTime),
        ("string", _) => Some(alternatives(schema).map_or(Leaf::Text, Leaf::Code)),
        _ => None,
    }
}

/// The codes of a pattern that is a list of them, as that of ethnicity is.
fn alternatives(schema: &Value) -> Option<Vec<String>> {
    let list = schema["pattern"].as_str()?.strip_prefix("^(")?.strip_suffix(")$")?;
    Some(list.split('|').map(str::to_owned).collect())
}

/// Takes out objects that lack a member which the contract requires of them, since a blank or unknown
/// cell must cost its own part of the notice and not the whole. Returns where, and what is lacking.
pub(super) fn prune(notice: &mut Value) -> Vec<(String, String)> {
    let mut pruned = Vec::new();
    prune_members(notice, contract(), "", &mut pruned);
    pruned
}

fn prune_members(value: &mut Value, schema: &'static Value, at: &str, pruned: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => members.retain(|name, child| {
            let Some(schema) = schema.get("properties").and_then(|p| p.get(name)).map(resolved) else {
                return true;
            };
            keep(child, schema, &format!("{at}/{}", pointer_step(name)), pruned)
        }),
        Value::Array(elements) => {
            let schema = resolved(&schema["items"]);
            let mut index = 0;
            elements.retain_mut(|child| {
                index += 1;
                keep(child, schema, &format!("{at}/{}", index - 1), pruned)
            });
        }
        _ => {}
    }
}

fn keep(child: &mut Value, schema: &'static Value, at: &str, pruned: &mut Vec<(String, String)>) -> bool {
    prune_members(child, schema, at, pruned);
    let Value::Object(members) = child else { return true };
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    match required.into_iter().find(|name| !members.contains_key(*name)) {
        Some(lacking) => {
            pruned.push((at.to_owned(), lacking.to_owned()));
            false
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_target_is_found_in_the_contract() {
        let postcode = Target::find("person.address.postcode").unwrap();
        assert_eq!((postcode.scope, &postcode.leaf), (Scope::Person, &Leaf::Text));
        assert_eq!(postcode.pointer("/persons/2"), "/persons/2/address/postcode");
        assert_eq!(Target::find("occurred_at").unwrap().leaf, Leaf::DateTime);
        assert!(Target::find("concerns").unwrap().list);
        assert!(
            matches!(Target::find("person.ethnicity").unwrap().leaf, Leaf::Code(codes) if codes.contains(&"W3".to_owned()))
        );
    }

    #[test]
    fn a_misspelt_target_is_told_its_nearest() {
        let reason = Target::find("person.famly_name").unwrap_err();
        assert!(reason.contains("`family_name`"), "{reason}");
        assert!(Target::find("location").unwrap_err().contains("is an object"));
        assert!(Target::find("reference.more").is_err());
    }

    #[test]
    fn a_list_of_objects_gets_one_element() {
        let mut person = Map::new();
        let status = Target::find("person.social_care.status").unwrap();
        status.put(&mut person, vec![json!("child_in_need")]);
        Target::find("person.social_care.authority").unwrap().put(&mut person, vec![json!("derby_city")]);
        assert_eq!(person["social_care"], json!([{"status": "child_in_need", "authority": "derby_city"}]));
        assert_eq!(status.pointer(""), "/social_care/0/status");
    }

    #[test]
    fn an_object_that_lacks_what_it_needs_is_taken_out_alone() {
        let mut notice = json!({"officer": {"unit": "a"}, "persons": [{"roles": ["subject"], "social_care": [{"authority": "x"}]}]});
        let pruned = prune(&mut notice);
        assert_eq!(notice, json!({"persons": [{"roles": ["subject"], "social_care": []}]}));
        let expected = [("/officer", "collar_number"), ("/persons/0/social_care/0", "status")];
        assert_eq!(pruned, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
