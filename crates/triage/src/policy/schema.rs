//! The JSON Schema of a policy file, for editors that complete and check while one writes. What only
//! the whole file can tell (a rule that can never matter, an identifier that stands twice) is left to
//! [`Policy::from_toml`](super::Policy::from_toml).

use ppn_domain::notice::codes::{Answer, NoticeKind, Tool};
use ppn_domain::{Band, Desk, Suggestion};
use serde_json::{Map, Value, json};

use crate::facts::{FactDoc, FactKind, describe};

/// The schema. Every fact of the registry is in it by name, with its meaning.
pub fn schema() -> Value {
    let facts = describe();
    let of = |kind: FactKind| -> Value { facts.iter().filter(|fact| fact.kind == kind).map(named).collect() };
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "PPN Triage policy",
        "description": "What raises a notice, and by how much.",
        "type": "object",
        "additionalProperties": false,
        "required": ["version", "order", "limits", "thresholds", "little_known"],
        "properties": {
            "version": { "type": "string", "description": "Named in every assessment." },
            "order": table(&["reserve_every", "audit_every"], &json!({
                "reserve_every": number("Every so many picks serve whoever is furthest past their limit."),
                "audit_every": number("One in so many low picks is drawn at random; 0 turns it off."),
            })),
            "linking": table(&["possible_at"], &json!({
                "possible_at": number("How strongly two descriptions must speak for one person, in bits."),
            })),
            "limits": table(&["decided_times", "told_times", "share_hours", "hours"], &json!({
                "decided_times": number("Limit of the clock \"decided\", as so many times the limit to pick up."),
                "told_times": number("Limit of the clock \"partner told\", as so many times the limit to pick up."),
                "share_hours": number("All three limits of a share item, in hours."),
                "hours": by_desk(&bands(&["red", "amber", "green", "blue"], "Hours to pick up.")),
            })),
            "thresholds": by_desk(&bands(&["red", "amber", "green"], "Points from which the band begins.")),
            "little_known": table(&["at_most", "text"], &json!({
                "at_most": number("So many reasons or fewer, the officer's grade not counted."),
                "text": text("What is said of them."),
            })),
            "factor": rules(&["points"], json!({ "when": { "$ref": "#/$defs/when" } }), &["when"]),
            "floor": rules(&["band"], json!({ "when": { "$ref": "#/$defs/when" } }), &["when"]),
            "cluster": rules(&[], json!({
                "all": { "type": "array", "minItems": 2, "items": { "$ref": "#/$defs/when" } },
            }), &["all"]),
            "question": list(&["id", "desks", "fact", "text"], &json!({
                "id": text("Its identifier."),
                "desks": { "$ref": "#/$defs/desks" },
                "kinds": codes(NoticeKind::ALL.iter().map(|kind| kind.code())),
                "fact": { "$ref": "#/$defs/yes_no" },
                "when": { "$ref": "#/$defs/when" },
                "text": text("What somebody can answer."),
            })),
            "suggest": list(&["what", "desks"], &json!({
                "id": text("The criterion's identifier; it goes with `text`."),
                "text": text("The criterion in words, shown with what it rests on; it goes with `id`."),
                "what": { "enum": Suggestion::ALL.iter().map(|what| what.code()).collect::<Vec<_>>() },
                "desks": { "$ref": "#/$defs/desks" },
                "when": { "$ref": "#/$defs/when" },
                "band": { "$ref": "#/$defs/band" },
            })),
            "tools": {
                "type": "object",
                "propertyNames": { "enum": Tool::ALL.iter().map(|tool| tool.code()).collect::<Vec<_>>() },
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": table(&["fact", "from"], &json!({
                        "fact": { "$ref": "#/$defs/yes_no" },
                        "from": { "enum": Answer::ALL.iter().map(|answer| answer.code()).collect::<Vec<_>>() },
                    })),
                },
            },
            "cue_context": table(&[], &cue_context()),
            "cue": list(&["id", "label", "fact", "phrases", "source"], &json!({
                "id": text("Its identifier."),
                "label": text("What it is called."),
                "fact": { "$ref": "#/$defs/yes_no" },
                "past_fact": { "$ref": "#/$defs/yes_no" },
                "phrases": phrases(),
                "near": phrases(),
                "not_near": phrases(),
                "source": text("Where it comes from."),
            })),
        },
        "$defs": {
            "band": { "enum": Band::ALL.iter().map(|band| band.code()).collect::<Vec<_>>() },
            "desk": { "enum": Desk::ALL.iter().map(|desk| desk.code()).collect::<Vec<_>>() },
            "desks": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/desk" } },
            "yes_no": { "oneOf": of(FactKind::YesNo) },
            "count": { "oneOf": of(FactKind::Count) },
            "days": { "oneOf": of(FactKind::Days) },
            "when": { "anyOf": [
                { "$ref": "#/$defs/yes_no" },
                table(&["all"], &json!({ "all": { "type": "array", "items": { "$ref": "#/$defs/when" } } })),
                table(&["any"], &json!({ "any": { "type": "array", "items": { "$ref": "#/$defs/when" } } })),
                table(&["fact", "at_least"], &json!({
                    "fact": { "$ref": "#/$defs/count" }, "at_least": number("So many or more."),
                })),
                table(&["fact", "at_most"], &json!({
                    "fact": { "$ref": "#/$defs/days" }, "at_most": number("So many days or fewer."),
                })),
            ] },
        },
    })
}

fn named(fact: &FactDoc) -> Value {
    json!({ "const": fact.id, "description": fact.meaning })
}

fn text(description: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": description })
}

fn number(description: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": description })
}

fn phrases() -> Value {
    json!({ "type": "array", "items": { "type": "string" } })
}

fn codes(codes: impl Iterator<Item = &'static str>) -> Value {
    json!({ "type": "array", "items": { "enum": codes.collect::<Vec<_>>() } })
}

fn table(required: &[&str], properties: &Value) -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": required, "properties": properties,
    })
}

fn list(required: &[&str], properties: &Value) -> Value {
    json!({ "type": "array", "items": table(required, properties) })
}

/// Floors, clusters and factors are told alike.
fn rules(required: &[&str], test: Value, by: &[&str]) -> Value {
    let mut properties = json!({
        "id": text("Its identifier."),
        "label": text("What it is called."),
        "desks": { "$ref": "#/$defs/desks" },
        "points": number("What it adds."),
        "band": { "$ref": "#/$defs/band" },
        "text": text("The reason as people read it."),
        "source": text("The guidance, study or finding that it rests on."),
    });
    if let (Some(all), Value::Object(test)) = (properties.as_object_mut(), test) {
        // A factor has points alone.
        if required.contains(&"points") {
            all.remove("band");
        }
        all.extend(test);
    }
    let required: Vec<&str> =
        ["id", "label", "desks", "text", "source"].iter().chain(required).chain(by).copied().collect();
    list(&required, &properties)
}

fn bands(bands: &[&str], description: &str) -> Value {
    let each: Map<String, Value> =
        bands.iter().map(|band| ((*band).to_owned(), number(description))).collect();
    table(bands, &Value::Object(each))
}

fn by_desk(each: &Value) -> Value {
    json!({
        "type": "object",
        "propertyNames": { "$ref": "#/$defs/desk" },
        "additionalProperties": each,
    })
}

fn cue_context() -> Value {
    let mut members: Map<String, Value> = [
        "negates",
        "negates_after",
        "not_a_negation",
        "begins_clause",
        "hypothetical",
        "affirms",
        "past",
        "present",
    ]
    .iter()
    .map(|member| ((*member).to_owned(), phrases()))
    .collect();
    members.insert("lists".to_owned(), json!({ "type": "object", "additionalProperties": phrases() }));
    Value::Object(members)
}
