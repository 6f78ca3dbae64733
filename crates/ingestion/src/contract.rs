//! The contract: the JSON Schema that every submission is held to.

use std::sync::LazyLock;

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

static TEXT: &str = include_str!("../../../contract/notice.schema.json");

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(TEXT).expect("the embedded contract is JSON; a test holds it to that")
});

static VALIDATOR: LazyLock<Validator> = LazyLock::new(|| {
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        // The linear engine: a hostile string cannot make a pattern run long.
        .with_pattern_options(PatternOptions::regex())
        .build(&DOCUMENT)
        .expect("the embedded contract is a schema; a test holds it to that")
});

/// The contract as it is published, byte for byte.
pub fn schema_text() -> &'static str {
    TEXT
}

/// The contract as a document.
pub fn contract() -> &'static Value {
    &DOCUMENT
}

pub(crate) fn validator() -> &'static Validator {
    &VALIDATOR
}

/// The schema that stands behind a `$ref` into this contract, or the schema itself.
pub(crate) fn resolved(schema: &'static Value) -> &'static Value {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| contract().pointer(reference.strip_prefix('#')?))
        .unwrap_or(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_contract_is_a_schema_with_formats_asserted() {
        assert!(contract().is_object());
        let bad =
            serde_json::json!({"source": "s", "reference": "r", "kind": "child", "occurred_at": "yesterday"});
        assert!(!validator().is_valid(&bad));
    }

    #[test]
    fn a_reference_resolves_inside_the_contract() {
        let location = &contract()["properties"]["location"];
        assert!(resolved(location).get("properties").is_some());
    }
}
