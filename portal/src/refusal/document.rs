//! The catalogue in the OpenAPI document.

use serde_json::{Value, json};
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{OpenApi, RefOr};

use super::catalogue;

/// Adds `x-refusals`, each with its code, status and both sentences, and lists the codes in the schema of a problem.
pub(crate) fn describe(document: &mut OpenApi) {
    let listed: Vec<Value> = catalogue()
        .map(|entry| json!({"code": entry.code, "status": entry.status, "detail": entry.en, "detail_zh": entry.zh}))
        .collect();
    let extension = ExtensionsBuilder::new().add("x-refusals", listed).build();
    document.extensions.get_or_insert_default().merge(extension);
    let code = document
        .components
        .as_mut()
        .and_then(|components| components.schemas.get_mut("Problem"))
        .and_then(|schema| match schema {
            RefOr::T(Schema::Object(problem)) => problem.properties.get_mut("code"),
            _ => None,
        });
    if let Some(RefOr::T(Schema::Object(code))) = code {
        code.enum_values = Some(catalogue().map(|entry| Value::from(entry.code)).collect());
    }
}
