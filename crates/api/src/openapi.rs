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
    let ndjson = json!({
        "schema": { "type": "string", "description": "One notice a line." },
        "example": format!("{}\n", crate::examples::notice()),
    });
    document["paths"]["/api/v1/notices"]["post"]["requestBody"]["content"]["application/x-ndjson"] = ndjson;
    document
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
    fn every_operation_has_an_example_of_its_answer() {
        let document = document();
        let mut operations = 0;
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                operations += 1;
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
        assert_eq!(operations, 24);
    }
}
