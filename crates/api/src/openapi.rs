//! The OpenAPI 3.1 document, from the code.

use ppn_ingestion::contract;
use serde_json::{Value, json};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Components, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

/// The name of the notice's schema in the document.
const NOTICE: &str = "Notice";
/// Many notices, one a line.
const NDJSON: &str = "application/x-ndjson";

/// Stands for the contract, which the document carries whole.
#[derive(Debug)]
pub struct NoticeSchema;

impl PartialSchema for NoticeSchema {
    fn schema() -> RefOr<Schema> {
        RefOr::Ref(Ref::from_schema_name(NOTICE))
    }
}

impl ToSchema for NoticeSchema {
    fn name() -> std::borrow::Cow<'static, str> {
        NOTICE.into()
    }
}

/// What the document says before its paths.
pub fn head() -> OpenApi {
    let mut components = Components::new();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
    );
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("PPN Triage")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Takes public protection notices in, explains their risk, and serves ordered work lists. \
                     A band sets the order; it is not a risk grade. Refusals are RFC 9457 problem details.",
                ))
                .license(Some(
                    LicenseBuilder::new()
                        .name("MIT OR Apache-2.0")
                        .identifier(Some("MIT OR Apache-2.0"))
                        .build(),
                ))
                .build(),
        )
        .components(Some(components))
        .security(Some([SecurityRequirement::new("bearer", Vec::<String>::new())]))
        .build()
}

/// The whole document. The notice's schema is the contract itself; only its inner references are
/// moved to where it stands here.
pub fn document() -> Value {
    let (_, api) = crate::routes().split_for_parts();
    let mut document = serde_json::to_value(api).unwrap_or_default();
    let mut notice = contract().clone();
    move_references(&mut notice, "#/$defs/", "#/components/schemas/Notice/$defs/");
    document["components"]["schemas"][NOTICE] = notice;
    let submit = &mut document["paths"]["/api/v1/notices"]["post"];
    submit["requestBody"]["content"][NDJSON] = json!({
        "schema": { "type": "string", "description": "One notice a line." },
        "example": format!("{}\n", crate::examples::notice()),
    });
    submit["responses"]["200"]["content"][NDJSON] = json!({
        "schema": { "type": "string", "description": "For NDJSON alone: a line for each of the body's, \
            with `line`, `status`, and the receipt or the problem." },
        "example": crate::examples::answered_line(),
    });
    // A duplicate names the notice that it repeats.
    document["components"]["schemas"]["Completion"]["if"] =
        json!({ "required": ["outcome"], "properties": { "outcome": { "const": "duplicate" } } });
    document["components"]["schemas"]["Completion"]["then"] =
        json!({ "required": ["duplicate_of"], "properties": { "duplicate_of": { "type": "string" } } });
    for operation in operations(&mut document) {
        parameters_are_never_null(operation);
        add_common_answers(operation);
        add_links(operation);
    }
    document
}

fn operations(document: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = document["paths"].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut);
    paths.filter_map(Value::as_object_mut).flat_map(serde_json::Map::values_mut)
}

/// A header or part of an address is text, or it is left out.
fn parameters_are_never_null(operation: &mut Value) {
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten();
    for kind in parameters.filter_map(|p| p.pointer_mut("/schema/type")) {
        if let Some(named) = kind.as_array().and_then(|types| types.iter().find(|t| *t != "null")).cloned() {
            *kind = named;
        }
    }
}

/// The answers that limits and faults give, whatever was asked, and the headers of refusals.
fn add_common_answers(operation: &mut Value) {
    let problem = |description: &str| {
        json!({
            "description": description,
            "content": { "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } } },
        })
    };
    let takes_body = operation.get("requestBody").is_some();
    let Some(answers) = operation["responses"].as_object_mut() else { return };
    let mut add = |status: &str, description: &str| {
        answers.entry(status).or_insert_with(|| problem(description));
    };
    if takes_body {
        add("400", "The body ended early.");
        add("413", "Longer than 256 KiB.");
    }
    add("500", "The store or the program failed.");
    add("503", "Too slow, or busy: try again.");
    for (status, header, description, value) in [
        ("401", "WWW-Authenticate", "The scheme to use.", json!({ "const": "Bearer" })),
        ("503", "Retry-After", "Seconds to wait.", json!({ "type": "integer", "minimum": 1 })),
    ] {
        if let Some(answer) = answers.get_mut(status) {
            answer["headers"] =
                json!({ header: { "description": description, "required": true, "schema": value } });
        }
    }
}

/// What an answer leads to: the operations that take an identifier out of it.
fn add_links(operation: &mut Value) {
    let links = match operation["operationId"].as_str() {
        Some("claim_next" | "claim") => vec![("201", claim_links())],
        Some("submit") => vec![
            ("201", receipt_links()),
            ("200", receipt_links()),
            ("422", leads(&["show_unreadable", "mend", "dismiss"], "unreadable_id")),
        ],
        Some("mend") => vec![("201", receipt_links()), ("200", receipt_links())],
        _ => Vec::new(),
    };
    for (status, links) in links {
        operation["responses"][status]["links"] = links;
    }
}

fn receipt_links() -> Value {
    leads(&["show_notice"], "id")
}

fn claim_links() -> Value {
    let mut links = leads(
        &["show_work_item", "renew", "release", "hold", "complete", "approve", "reject"],
        "work_item/id",
    );
    links["show_notice"] = lead("show_notice", "work_item/notice_id");
    for act in ["renew", "release", "hold", "complete", "approve", "reject"] {
        links[act]["requestBody"] = json!({ "claim_id": "$response.body#/claim/id" });
    }
    for act in ["complete", "approve", "reject"] {
        links[act]["requestBody"]["revision"] = json!("$response.body#/work_item/revision");
    }
    links
}

fn leads(operations: &[&str], id: &str) -> Value {
    operations.iter().map(|o| ((*o).to_owned(), lead(o, id))).collect::<serde_json::Map<_, _>>().into()
}

fn lead(operation: &str, id: &str) -> Value {
    json!({ "operationId": operation, "parameters": { "id": format!("$response.body#/{id}") } })
}

/// Moves every reference that begins with `from` to begin with `to`.
fn move_references(schema: &mut Value, from: &str, to: &str) {
    match schema {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(target) if name == "$ref" => {
                        if let Some(rest) = target.strip_prefix(from) {
                            *target = format!("{to}{rest}");
                        }
                    }
                    value => move_references(value, from, to),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_references(item, from, to)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_schema_is_the_contract() {
        let mut notice = document()["components"]["schemas"][NOTICE].clone();
        move_references(&mut notice, "#/components/schemas/Notice/$defs/", "#/$defs/");
        assert_eq!(&notice, contract());
    }

    #[test]
    fn the_document_is_as_reviewed() {
        let mut document = document();
        // The contract has its own file: here it would only hide what changed.
        document["components"]["schemas"][NOTICE] = json!("contract/notice.schema.json");
        insta::assert_json_snapshot!(document);
    }

    #[test]
    fn every_link_leads_to_an_operation() {
        let mut document = document();
        let known: Vec<_> = operations(&mut document).map(|o| o["operationId"].clone()).collect();
        let mut links = 0;
        for operation in operations(&mut document) {
            for answer in operation["responses"].as_object().unwrap().values() {
                for link in answer["links"].as_object().into_iter().flat_map(serde_json::Map::values) {
                    links += 1;
                    assert!(known.contains(&link["operationId"]), "{link}");
                }
            }
        }
        assert_eq!(links, 23);
    }

    #[test]
    fn every_operation_has_an_example_of_its_answer() {
        let document = document();
        let mut operations = 0;
        let mut names = std::collections::BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                operations += 1;
                assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path} name");
                let answers = operation["responses"].as_object().unwrap();
                let shown = answers
                    .iter()
                    .filter(|(status, _)| status.starts_with('2'))
                    .filter_map(|(_, answer)| answer["content"].as_object())
                    .flat_map(|types| types.values());
                let shown: Vec<_> = shown.map(|t| t.get("example").is_some()).collect();
                assert!(shown.is_empty() || shown.contains(&true), "{method} {path}");
                if let Some(body) = operation.get("requestBody") {
                    let types = body["content"].as_object().unwrap();
                    assert!(types.values().all(|t| t.get("example").is_some()), "{method} {path} request");
                }
            }
        }
        assert_eq!(operations, 50);
    }
}
