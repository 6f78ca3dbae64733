//! Schema errors as reasons that a person can act on, without the value that was sent.

use jsonschema::{ValidationError, error::ValidationErrorKind as Kind};
use serde_json::Value;

use crate::contract::{contract, validator};
use crate::nearest::nearest;
use crate::refusal::{FieldError, MAX_ERRORS, Rule, pointer_step};

/// The codes of a list this short are all named in the fix.
const SHORT_LIST: usize = 12;

/// Everything in which a document differs from the contract.
///
/// Returns what is told one by one, given how many are already told, and how many more there are.
pub(crate) fn differences(document: &Value, told: usize) -> (Vec<FieldError>, usize) {
    let mut errors = Vec::new();
    let mut more = 0;
    for error in validator().iter_errors(document) {
        for field_error in explain(&error, document) {
            push(field_error, &mut errors, &mut more, told);
        }
    }
    for field_error in dash_keys(document) {
        push(field_error, &mut errors, &mut more, told);
    }
    (errors, more)
}

/// Whether a document meets the contract, descriptions included.
pub(crate) fn is_valid(document: &Value) -> bool {
    validator().is_valid(document) && dash_keys(document).next().is_none()
}

fn push(error: FieldError, errors: &mut Vec<FieldError>, more: &mut usize, told: usize) {
    if told + errors.len() < MAX_ERRORS {
        errors.push(error);
    } else {
        *more += 1;
    }
}

fn explain(error: &ValidationError<'_>, document: &Value) -> Vec<FieldError> {
    let path = error.instance_path().as_str().to_owned();
    let one = |rule, fix: String| vec![FieldError::new(path.clone(), rule, fix)];
    match error.kind() {
        Kind::AdditionalProperties { unexpected } => {
            let known = known_members(error);
            unexpected.iter().map(|name| unknown_member(&path, name, &known)).collect()
        }
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            vec![FieldError::new(
                format!("{path}/{}", pointer_step(name)),
                Rule::Required,
                if path.is_empty() {
                    format!("Send `{name}`: nothing can stand in for it.")
                } else {
                    format!("Send `{name}`, or leave out what it belongs to.")
                },
            )]
        }
        Kind::PropertyNames { error: inner } => {
            let name = inner.instance().as_str().unwrap_or_default().to_owned();
            let fix = "Item codes are 1 to 32 small letters, digits and underscores: send the code so.";
            vec![FieldError::new(format!("{path}/{}", pointer_step(&name)), Rule::Pattern, fix)]
        }
        // Any rule may be the first to meet a null, and each would explain it worse.
        _ if document.pointer(&path).is_some_and(Value::is_null) => {
            one(Rule::Type, "Leave this out where it is not known: null is not accepted.".to_owned())
        }
        Kind::Enum { options } => one(Rule::UnknownCode, unknown_code(error.instance(), options)),
        Kind::Type { kind } => {
            let wanted = format!("{kind:?}").to_lowercase();
            one(Rule::Type, wrong_type(&wanted).to_owned())
        }
        Kind::Pattern { pattern } => one(Rule::Pattern, wrong_pattern(pattern)),
        Kind::Format { format } => one(Rule::Format, wrong_format(format)),
        Kind::MaxLength { limit } => one(Rule::TooLong, format!("Shorten it to at most {limit} characters.")),
        Kind::MinLength { .. } => one(Rule::TooShort, "Fill this in: it may not be empty.".to_owned()),
        Kind::MaxItems { limit } | Kind::MaxProperties { limit } => {
            one(Rule::TooMany, format!("Send at most {limit} entries here."))
        }
        Kind::MinItems { limit } | Kind::MinProperties { limit } => {
            one(Rule::TooFew, format!("Send at least {limit} here, or leave out what it belongs to."))
        }
        Kind::UniqueItems => {
            one(Rule::Repeated, "Send each entry once: two of them are the same.".to_owned())
        }
        Kind::Minimum { limit } => one(Rule::NumberRange, format!("Send a number that is {limit} or more.")),
        Kind::Maximum { limit } => one(Rule::NumberRange, format!("Send a number that is {limit} or less.")),
        other => one(Rule::Contract, format!("See `{}` in the contract for this place.", other.keyword())),
    }
}

/// The members that the contract knows where an object has one too many.
fn known_members(error: &ValidationError<'_>) -> Vec<&'static str> {
    let keyword = error.schema_path().as_str();
    let object = keyword.rsplit_once('/').map_or("", |(parent, _)| parent);
    contract()
        .pointer(object)
        .and_then(|schema| schema.get("properties")?.as_object())
        .map(|members| members.keys().map(String::as_str).collect())
        .unwrap_or_default()
}

fn unknown_member(path: &str, name: &str, known: &[&'static str]) -> FieldError {
    let fix = nearest(name, known.iter().copied()).map_or_else(
        || "The contract has no such member here: send it under its own name, or leave it out.".to_owned(),
        |near| format!("The contract has no such member here: did you mean `{near}`?"),
    );
    FieldError::new(format!("{path}/{}", pointer_step(name)), Rule::UnknownMember, fix)
}

fn unknown_code(sent: &Value, options: &Value) -> String {
    let codes: Vec<&str> = options.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let near = sent.as_str().and_then(|word| nearest(word, codes.iter().copied()));
    let meant = near.map_or_else(|| ".".to_owned(), |near| format!(": did you mean `{near}`?"));
    let known = match near {
        _ if codes.len() <= SHORT_LIST => format!(" Send one of {}.", listed(&codes)),
        None => " The contract lists them.".to_owned(),
        Some(_) => String::new(),
    };
    format!("This is not one of the codes for this place{meant}{known}")
}

fn listed(codes: &[&str]) -> String {
    let quoted: Vec<String> = codes.iter().map(|code| format!("`{code}`")).collect();
    quoted.join(", ")
}

fn wrong_type(wanted: &str) -> &'static str {
    let kinds = [
        ("string", "Send text, in quotes."),
        ("boolean", "Send true or false, without quotes; leave it out where it is not known."),
        ("integer", "Send a whole number, without quotes."),
        ("array", "Send a list, in square brackets, even of one."),
        ("object", "Send an object, in braces."),
    ];
    kinds
        .into_iter()
        .find(|(kind, _)| wanted.contains(kind))
        .map_or("Send the kind of value that the contract names for this place.", |(_, fix)| fix)
}

fn wrong_pattern(pattern: &str) -> String {
    let fix = match pattern {
        "^[a-z0-9][a-z0-9_-]*$" => {
            "Send small letters, digits, hyphens and underscores, with a letter or digit first."
        }
        "^[a-z0-9_]{1,16}$" => "Send 1 to 16 small letters, digits and underscores.",
        "^[0-9]{1,12}$" => "Send 1 to 12 digits, in quotes.",
        other if other.starts_with("^(W1|") => {
            let codes = other.trim_start_matches("^(").trim_end_matches(")$").replace('|', ", ");
            return format!("Send one of the 18+1 codes, or why it is not stated: {codes}.");
        }
        other => return format!("Send what fits the pattern `{other}`."),
    };
    fix.to_owned()
}

fn wrong_format(format: &str) -> String {
    match format {
        "date" => "Send a day that exists, as year-month-day, for example 2026-03-09.".to_owned(),
        "date-time" => {
            "Send a day and time with an offset, as in RFC 3339, for example 2026-03-09T14:05:00Z.".to_owned()
        }
        other => format!("Send what fits the format `{other}`."),
    }
}

/// The schema cannot tie the keys of answers to the tool; the contract's words do.
fn dash_keys(document: &Value) -> impl Iterator<Item = FieldError> {
    let assessments = document.get("risk_assessments").and_then(Value::as_array).into_iter().flatten();
    assessments
        .enumerate()
        .filter(|(_, assessment)| assessment.get("tool").and_then(Value::as_str) == Some("dash_2009"))
        .flat_map(|(index, assessment)| {
            ["answers", "comments"].into_iter().flat_map(move |member| {
                let keys = assessment.get(member).and_then(Value::as_object).into_iter().flatten();
                keys.filter(|(key, _)| !is_dash_item(key)).map(move |(key, _)| {
                    FieldError::new(
                        format!("/risk_assessments/{index}/{member}/{}", pointer_step(key)),
                        Rule::UnknownCode,
                        "The items of `dash_2009` are q1 to q27: send this under one of them.",
                    )
                })
            })
        })
}

/// Whether a key is one of q1 to q27, spelt just so.
pub(crate) fn is_dash_item(key: &str) -> bool {
    key.strip_prefix('q').is_some_and(|number| {
        !number.starts_with('0')
            && number.len() <= 2
            && number.bytes().all(|b| b.is_ascii_digit())
            && number.parse::<u8>().is_ok_and(|n| (1..=27).contains(&n))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fixes(document: &Value) -> Vec<FieldError> {
        differences(document, 0).0
    }

    fn only(document: &Value) -> FieldError {
        let mut all = fixes(document);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn with(member: &str, value: Value) -> Value {
        let mut document = json!({"source": "niche", "reference": "A1", "kind": "child"});
        document[member] = value;
        document
    }

    #[test]
    fn a_misspelt_member_is_told_its_nearest_name() {
        let error = only(&with("indicatrs", json!([])));
        assert_eq!((error.path.as_str(), error.rule.as_str()), ("/indicatrs", "unknown_member"));
        assert!(error.fix.contains("`indicators`"), "{}", error.fix);
    }

    #[test]
    fn a_misspelt_member_behind_a_reference_is_told_its_nearest_name() {
        let error = only(&with("persons", json!([{"roles": ["subject"], "famly_name": "Vole"}])));
        assert_eq!(error.path, "/persons/0/famly_name");
        assert!(error.fix.contains("`family_name`"), "{}", error.fix);
        assert!(!error.fix.contains("Vole"));
        let error = only(&with("location", json!({"postcod": "DE1"})));
        assert!(error.fix.contains("`postcode`"), "{}", error.fix);
    }

    #[test]
    fn an_unknown_code_is_told_its_nearest_and_a_short_list() {
        let error = only(&with("indicators", json!(["strangulaton"])));
        assert_eq!(error.path, "/indicators/0");
        let error = only(&with("indicators", json!(["non_fatal_strangulaton"])));
        assert!(error.fix.contains("`non_fatal_strangulation`"), "{}", error.fix);
        let error = only(&with("officer_grade", json!("severe")));
        assert!(error.fix.contains("`standard`, `medium`, `high`"), "{}", error.fix);
        assert!(!error.fix.contains("severe"));
    }

    #[test]
    fn only_q1_to_q27_are_items_of_dash() {
        assert!(is_dash_item("q1") && is_dash_item("q9") && is_dash_item("q10") && is_dash_item("q27"));
        for key in ["q0", "q01", "q28", "q+1", "Q1", "1", "q", "q100", "q१"] {
            assert!(!is_dash_item(key), "{key}");
        }
        let answers = json!([{"tool": "dash_2009", "answers": {"q28": "yes"}, "comments": {"note": "x"}}]);
        let errors = fixes(&with("risk_assessments", answers));
        assert_eq!(errors.len(), 2);
        assert!(errors.iter().all(|e| e.rule == "unknown_code" && e.fix.contains("q1 to q27")));
        let other_tool = json!([{"tool": "dara", "answers": {"item_a": "often"}}]);
        assert!(is_valid(&with("risk_assessments", other_tool)));
    }

    #[test]
    fn null_is_told_to_be_left_out() {
        for document in [with("officer_grade", json!(null)), with("circumstances", json!(null))] {
            let error = only(&document);
            assert_eq!(error.rule, "type");
            assert!(error.fix.contains("null is not accepted"));
        }
    }

    #[test]
    fn errors_past_the_cap_are_counted() {
        let many: Vec<Value> = (0..79).map(|n| json!(format!("zz{n}"))).collect();
        let (errors, more) = differences(&with("indicators", json!(many)), 0);
        assert_eq!((errors.len(), more), (MAX_ERRORS, 29));
    }
}
